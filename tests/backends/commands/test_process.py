"""Programs that are really run: small scripts that stand in for sacctmgr."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from slurmctl_rest.backends import process
from slurmctl_rest.backends.commands import output
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.process import PASSED, Runner, environment
from slurmctl_rest.backends.commands.runner import CommandRunner
from slurmctl_rest.errors import SlurmctlError, Unanswered, Unreachable, UsageError
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.text import printable
from tests.support import PHYSICS, profile

LINE = CommandLine(("sacctmgr", "list", "a b", "*", "$HOME", "x;y"))


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


ECHO = 'for word in "$@"; do echo "$word"; done; echo problem >&2; exit 3'


def test_arguments_arrive_as_they_are_and_all_is_heard(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", ECHO)
    assert Runner(tmp_path / "bin", ())(LINE) == Finished(
        3, "list\na b\n*\n$HOME\nx;y\n", "problem\n"
    )


def test_it_is_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "sacctmgr", "echo found")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert Runner(None, ())(LINE).stdout == "found\n"


def test_a_prefix_stands_before_and_the_name_is_found_on_the_other_side(tmp_path: Path) -> None:
    program(tmp_path / "bin", "ssh", 'echo "$@"')
    ssh = str(tmp_path / "bin" / "ssh")
    line = CommandLine(("sacctmgr", "list"))
    assert Runner(None, (ssh, "login1"))(line).stdout == "login1 sacctmgr list\n"
    there = Runner(Path("/opt/bin"), (ssh, "login1"))(line).stdout
    assert there == "login1 /opt/bin/sacctmgr list\n"


def test_it_reads_nothing_and_speaks_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {
        **dict.fromkeys((*PASSED, "SSH_AUTH_SOCK", "LD_PRELOAD", "SLURMX"), "ours"),
        **dict.fromkeys(OF_THE_COMMANDS, "theirs"),
        "LC_ALL": "de_CH.UTF-8",
        "LD_PRELOAD": "",
    }
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    program(tmp_path / "bin", "sacctmgr", "cat; env")
    printed = Runner(tmp_path / "bin", ())(LINE).stdout.splitlines()
    names = {line.partition("=")[0] for line in printed}
    assert set(OF_THE_COMMANDS) & names == set()
    assert {*PASSED, "SSH_AUTH_SOCK", "LD_PRELOAD", "SLURMX"} <= names
    assert "LC_ALL=C.UTF-8" in printed
    assert "theirs" not in "".join(printed)


OF_THE_COMMANDS = (
    *("SACCT_FORMAT", "SACCT_FEDERATION", "SACCT_LOCAL", "SACCTMGR_X", "LANGUAGE"),
    *("SQUEUE_FORMAT", "SQUEUE_PARTITION", "SQUEUE_STATES", "SQUEUE_USERS", "SQUEUE_SORT"),
    *("SCANCEL_INTERACTIVE", "SCANCEL_USER", "SCANCEL_STATE", "SCANCEL_VERBOSE", "SCANCEL_HURRY"),
    *("SCONTROL_ALL", "SCONTROL_FUTURE", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT", "SLURM_JSON"),
    *("SLURM_DEBUG_FLAGS", "SLURM_BITSTR_LEN", "SLURM_SACK_KEY", "SLURM_JOB_ID"),
)


def test_bytes_that_are_not_utf_8_are_escaped(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", r"printf 'a\377b'; printf '\351' >&2")
    assert Runner(tmp_path / "bin", ())(LINE) == Finished(0, r"a\xffb", r"\xe9")


def test_bytes_in_json_are_escaped_as_json_has_it(tmp_path: Path) -> None:
    program(tmp_path / "bin", "squeue", r"""printf '{"name": "um\351l \\\\ud800"}'""")
    line = CommandLine(("squeue", "--json"))
    assert output.document(line, Runner(tmp_path / "bin", ())(line)) == {"name": r"um\xe9l \ud800"}


def test_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    binaries = "set slurm_bin_path of the profile to the folder of the Slurm commands"
    prefix = "check command_prefix of the profile"
    for run, message, remedy in (
        (Runner(None, ()), "sacctmgr is not on PATH", binaries),
        (Runner(tmp_path, ()), f"{tmp_path}/sacctmgr: No such file or directory", binaries),
        (Runner(None, ("nossh",)), "nossh: No such file or directory", prefix),
    ):
        with pytest.raises(Unreachable) as refused:
            run(LINE)
        assert (refused.value.message, refused.value.hint) == (message, remedy)


READ = CommandLine(("sacctmgr", "-p", "list", "account"))
CHANGE = RowChange(ACCOUNT, "delete", "physics", PHYSICS, None)
WRITE = CommandLine(("sacctmgr", "-i", "delete", "account", "where", "name=physics"), (CHANGE,))
UNKNOWN = "list the object before you repeat the write: it may be done"


def refused(
    line: CommandLine,
    path: Path | None,
    prefix: Sequence[str] = (),
    limit: float = 30.0,
    largest: int = 1000,
) -> SlurmctlError:
    with pytest.raises(SlurmctlError) as caught:
        Runner(path, prefix, limit, largest)(line)
    return caught.value


def told(error: SlurmctlError, folder: Path) -> tuple[type[SlurmctlError], str, str, bool]:
    message = error.message.replace(f"{folder}/", "")
    return type(error), message, error.hint, error.retryable


def test_what_cannot_be_run(tmp_path: Path) -> None:
    """Nothing was sent: a write is no more than a read."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sacctmgr").write_text("#!/bin/sh\n")
    (tmp_path / "folder" / "sacctmgr").mkdir(parents=True)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "sacctmgr").write_bytes(b"\x7fELF nonsense")
    program(tmp_path / "by", "sacctmgr", "")
    (tmp_path / "by" / "sacctmgr").write_text("#!/nowhere/sh\n")
    (tmp_path / "code" / "sacctmgr").chmod(0o755)
    remedy = "set slurm_bin_path of the profile to the folder of the Slurm commands"
    for folder, words, hint in (
        ("bin", "Permission denied", remedy),
        ("folder", "it is a folder", remedy),
        (
            "code",
            "it is not a program for this machine",
            "a script needs a first line, like #!/bin/sh",
        ),
        ("by", "the interpreter in its first line does not exist", "check the file"),
    ):
        for line in (READ, WRITE):
            error = refused(line, tmp_path / folder)
            assert told(error, tmp_path) == (
                Unreachable, f"{folder}/sacctmgr: {words}", hint, False,
            )  # fmt: skip


def test_too_many_words(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", "")
    long = CommandLine((*WRITE.argv[:-1], f"name={'x' * 200_000}"), (CHANGE,))
    assert told(refused(long, tmp_path / "bin"), tmp_path) == (
        Unreachable,
        "bin/sacctmgr: the command line is too long",
        "name fewer objects at once",
        False,
    )


def test_no_more_processes() -> None:
    """In a process of its own: the limit would hold for all others."""
    code = (
        "import os, resource; from pathlib import Path\n"
        "from slurmctl_rest.backends.commands.process import Runner\n"
        "from slurmctl_rest.backends.commands.argv import CommandLine\n"
        "os.getuid() or os.setuid(65534)  # root has no limit\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))\n"
        "try: Runner(Path('/bin'), ())(CommandLine(('true',)))\n"
        "except Exception as e: print(e.message, e.hint, e.retryable, sep='|')\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == (
        "/bin/true: no more processes can be started|try again in a moment; see ulimit -u|True\n"
    )


@pytest.mark.parametrize("word", ["a\0b", "a\ud800"])
def test_words_that_no_program_can_be_told(tmp_path: Path, word: str) -> None:
    program(tmp_path / "bin", "sacctmgr", "touch ran")
    error = refused(CommandLine(("sacctmgr", word)), tmp_path / "bin")
    assert isinstance(error, UsageError)
    assert error.message == f"'{printable(word)}' cannot be passed to a program"
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ended ignores SIGTERM, as it is born, or has nothing to put in order."""
    monkeypatch.setattr(process, "TERMINATE_TIMEOUT_S", 0.3)


HANGING = {
    "it": "exec sleep 100",
    "its child": "sleep 100",
    "a grandchild holds its streams": "sleep 100 & exit 0",
    "it heeds no SIGTERM": "trap '' TERM; sleep 100; sleep 100",
    "it closed its streams": "exec >&- 2>&-; sleep 100",
}


@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("script", HANGING.values(), ids=list(HANGING))
def test_what_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path, script: str) -> None:
    program(tmp_path / "bin", "sacctmgr", f"echo $$ >{tmp_path}/group; {script}")
    path = tmp_path / "bin"
    read = refused(READ, path, limit=0.5)
    assert told(read, tmp_path) == (
        Unreachable,
        "bin/sacctmgr did not end within 0.5 seconds, and was stopped",
        "check that slurmdbd is up: `slurmctl-rest ping`",
        True,
    )
    assert is_gone(int((tmp_path / "group").read_text()))
    write = refused(WRITE, path, limit=0.5)
    assert told(write, tmp_path) == (
        Unanswered,
        "account 'physics': bin/sacctmgr did not end within 0.5 seconds, and was stopped",
        UNKNOWN,
        False,
    )
    assert is_gone(int((tmp_path / "group").read_text()))


def is_gone(group: int) -> bool:
    """Tell whether nothing of a process group lives; whoever adopts the dead may take its time."""
    for _ in range(1000):
        if not alive(group):
            return True
        time.sleep(0.01)
    return False


def alive(group: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        state, _, its_group = text.rpartition(")")[2].split()[:3]
        if int(its_group) == group and state != "Z":
            found.append(text)
    return found


def test_it_may_put_its_things_in_order(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        f"def end(*_): open('{tmp_path}/tidy', 'w').close(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])  # as it is born with it\n"
        "print('x' * 1000, flush=True); time.sleep(100)\n"
    )
    program(tmp_path / "bin", "sacctmgr", f'exec {sys.executable} -c "{code}"')
    assert "printed more than" in refused(READ, tmp_path / "bin", largest=1000).message
    assert (tmp_path / "tidy").exists()


def test_where_a_prefix_may_ask_for_a_password_the_terminal_stays_its_own(tmp_path: Path) -> None:
    """With a terminal: the same process group as ours. Without one: a group of its own."""
    program(tmp_path, "sudo", 'cut -d" " -f5 /proc/self/stat')
    code = (
        "import os, sys; from pathlib import Path\n"
        "from slurmctl_rest.backends.commands.process import Runner\n"
        "from slurmctl_rest.backends.commands.argv import CommandLine\n"
        f"for prefix in ((), ('{tmp_path}/sudo',)):\n"
        f"    out = Runner(Path('{tmp_path}'), prefix)(CommandLine(('sudo',))).stdout\n"
        "    print('ours' if int(out) == os.getpgid(0) else 'its own')\n"
    )
    alone = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, start_new_session=True,
    )  # fmt: skip
    assert alone.stdout == "its own\nits own\n"
    pid, terminal = pty.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, "-c", code])  # noqa: S606 (a child of this test)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while chunk := os.read(terminal, 1000):
            shown += chunk
    os.waitpid(pid, 0)
    os.close(terminal)
    assert shown.decode().split() == ["its", "own", "ours"]


@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_too_much(tmp_path: Path, stream: str) -> None:
    to = "" if stream == "stdout" else ">&2"
    program(tmp_path / "bin", "sacctmgr", f"echo $$ >{tmp_path}/group; yes {to}")
    read = refused(READ, tmp_path / "bin", largest=3 * 2**20)
    assert told(read, tmp_path) == (
        Unreachable,
        f"bin/sacctmgr was stopped: it printed more than 3 MiB on {stream}",
        "select less, by names or conditions; or raise max_answer_mb of the profile",
        False,
    )
    assert is_gone(int((tmp_path / "group").read_text()))
    write = refused(WRITE, tmp_path / "bin", largest=3 * 2**20)
    assert (type(write), write.hint, write.retryable) == (Unanswered, UNKNOWN, False)


def test_a_lot_on_both_streams_at_once(tmp_path: Path) -> None:
    """Who read one stream first would wait for ever: the other's pipe is full."""
    lot = "head -c 100000000 /dev/zero"
    program(tmp_path / "bin", "sacctmgr", f"{lot} & {lot} >&2; wait")
    finished = Runner(tmp_path / "bin", ())(READ)
    assert (finished.exit_code, len(finished.stdout), len(finished.stderr)) == (
        0, 100_000_000, 100_000_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("kill -KILL $$", "SIGKILL"),
        ("echo half; echo oops >&2; kill -SEGV $$", "SIGSEGV: oops"),
        ("kill -40 $$", "signal 40"),
        ("exit 137", "SIGKILL"),  # a wrapper's word for it
    ],
)
def test_killed(tmp_path: Path, script: str, words: str) -> None:
    program(tmp_path / "bin", "sacctmgr", script)
    assert told(refused(READ, tmp_path / "bin"), tmp_path) == (
        Unreachable,
        f"bin/sacctmgr was killed by {words}",
        "check its machine, which may be out of memory",
        True,
    )
    assert told(refused(WRITE, tmp_path / "bin"), tmp_path) == (
        Unanswered, f"account 'physics': bin/sacctmgr was killed by {words}", UNKNOWN, False,
    )  # fmt: skip


LOOK = "check command_prefix and slurm_bin_path of the profile"
SSH = {
    "ssh: connect to host x port 22: Connection refused": (
        Unreachable, "ssh could not connect: {}", LOOK, True,
    ),
    "alice@x: Permission denied (publickey).": (
        Unreachable, "ssh could not connect: {}", LOOK, False,
    ),
    "Host key verification failed.": (Unreachable, "ssh could not connect: {}", LOOK, False),
    "client_loop: send disconnect: Broken pipe": (
        Unanswered, "account 'physics': ssh lost the connection: {}", UNKNOWN, False,
    ),
    "": (Unanswered, "account 'physics': ssh lost the connection", UNKNOWN, False),
}  # fmt: skip


@pytest.mark.parametrize("said", SSH)
def test_ssh_itself_failed(tmp_path: Path, said: str) -> None:
    """Exit code 255, and what was to be run there has never printed anything."""
    program(tmp_path, "ssh", f"echo '{said}' >&2; exit 255")
    kind, message, hint, retryable = SSH[said]
    ssh = (str(tmp_path / "ssh"), "x")
    expected = (kind, message.format(said), hint, retryable)
    assert told(refused(WRITE, None, ssh), tmp_path) == expected
    assert isinstance(refused(READ, None, ssh), Unreachable)


def test_not_there_or_not_to_be_run_behind_a_prefix(tmp_path: Path) -> None:
    sudo = (str(tmp_path / "sudo"),)
    program(tmp_path, "sudo", "echo 'env: sacctmgr: Keine Berechtigung' >&2; exit 126")
    assert told(refused(WRITE, None, sudo), tmp_path) == (
        Unreachable,
        "account 'physics': sudo could not be run there: env: sacctmgr: Keine Berechtigung",
        LOOK,
        False,
    )
    program(tmp_path, "sudo", "exit 127")
    error = refused(WRITE, None, sudo)
    missing = "account 'physics': a program, or a file that it needs, is missing"
    assert (type(error), error.message, error.retryable) == (Unreachable, missing, False)


def test_the_shell_behind_ssh_gets_each_word_as_one(tmp_path: Path) -> None:
    """Ssh joins its words with blanks, and a shell on the other side parts them again."""
    program(tmp_path, "ssh", 'shift; exec sh -c "$*"')
    program(tmp_path / "bin", "sacctmgr", ECHO)
    argv = ("sacctmgr", "set", "Description=a b; touch ran", "$(touch ran)", "it's", "", "*", "~")
    printed = "".join(f"{word}\n" for word in argv[1:])
    ssh = str(tmp_path / "ssh")
    for prefix in ((ssh, "login1"), (ssh, "a", ssh, "b"), ("env", ssh, "login1")):
        assert Runner(tmp_path / "bin", prefix)(CommandLine(argv)).stdout == printed
    assert not (Path.cwd() / "ran").exists()


def test_environment() -> None:
    ours = {"HOME": "/h", "SACCT_FORMAT": "x", "LC_ALL": "de", "SLURM_TIME_FORMAT": "x"}
    assert json.dumps(environment(ours), sort_keys=True) == ('{"HOME": "/h", "LC_ALL": "C.UTF-8"}')


def test_the_terminal_s_signals_do_not_reach_it(tmp_path: Path) -> None:
    """Ctrl-C goes to all programs of a terminal: which one it ends is ours to say.

    So does SIGHUP, where the terminal is gone.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    kill = "".join(f"kill -{number:d} $$; " for number in numbers)
    program(tmp_path / "bin", "sacctmgr", f"{kill}echo still here")
    assert Runner(tmp_path / "bin", ())(LINE) == Finished(0, "still here\n", "")
    assert [signal.getsignal(number) for number in numbers] == before


def test_it_says_all_although_slurmdbd_closed_the_connection(tmp_path: Path) -> None:
    """SIGPIPE would end sacctmgr at its last word to slurmdbd, with what it printed lost."""
    program(tmp_path / "bin", "sacctmgr", "kill -PIPE $$; echo refused >&2; exit 1")
    assert Runner(tmp_path / "bin", ())(LINE) == Finished(1, "", "refused\n")


def test_it_ends_where_we_do(tmp_path: Path) -> None:
    # Not while it starts: threads of another runner's would hear the signal, and lose it.
    kill = "sleep 0.5; kill -INT $PPID; exec sleep 60"
    program(tmp_path / "bin", "sacctmgr", f"echo $$ >{tmp_path}/pid; {kill}")
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # another runner may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            Runner(tmp_path / "bin", ())(LINE)
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_who_takes_what_is_printed_gets_all_of_it_as_it_comes(tmp_path: Path) -> None:
    """The outcome holds where it begins: what is needed to say why a program failed."""
    program(tmp_path / "bin", "sacctmgr", "printf one; sleep 0.2; printf two; echo no >&2; exit 3")
    taken: list[bytes] = []
    assert Runner(tmp_path / "bin", ())(LINE, taken.append) == Finished(3, "one", "no\n")
    assert taken == [b"one", b"two", b""]


@pytest.mark.usefixtures("short_grace")
def test_what_is_taken_is_bounded_too(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", "exec yes")
    taken: list[bytes] = []
    with pytest.raises(Unreachable, match="it printed more than 1 MiB on stdout"):
        Runner(tmp_path / "bin", (), largest=2**20)(LINE, taken.append)
    assert sum(map(len, taken)) <= 2**20


def test_who_cannot_take_it_ends_the_program(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", f"echo $$ > {tmp_path / 'pid'}; exec yes")

    def take(chunk: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Runner(tmp_path / "bin", ())(LINE, take)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


SHOW, LIST = CommandLine(("sacctmgr", "show")), CommandLine(("sacctmgr", "list"))


def beside(folder: Path, text: str) -> CommandRunner:
    program(folder / "bin", "sacctmgr", text)
    return CommandRunner(profile(slurm_bin_path=str(folder / "bin"), cluster_name="alps"))


def test_a_command_that_is_begun_runs_beside_the_next_one(tmp_path: Path) -> None:
    """One after the other they would wait for each other for ever."""
    os.mkfifo(tmp_path / "pipe")
    runner = beside(
        tmp_path, f"case $1 in show) cat {tmp_path}/pipe;; list) echo a > {tmp_path}/pipe;; esac"
    )
    with runner.beside():
        runner.begin(SHOW)
        assert runner.ran(LIST) == Finished(0, "", "")
        assert runner.ran(SHOW) == Finished(0, "a\n", "")
    assert [one.argv for one in runner.log] == [SHOW.argv, LIST.argv]


def test_a_begun_command_is_run_again_where_it_may_be(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    runner = beside(
        tmp_path, f"test -e {seen} && exec echo good; touch {seen}; echo error: x >&2; exit 0"
    )
    with runner.beside():
        runner.begin(LIST)
        assert runner.ran(LIST) == Finished(0, "good\n", "")
    assert [one.argv for one in runner.log] == [LIST.argv, LIST.argv]


def test_a_command_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    runner = beside(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 100")
    with runner.beside():
        runner.begin(LIST)
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.01)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
    runner.begin(SHOW)  # outside nothing is begun
    assert [one.argv for one in runner.log] == [LIST.argv]


def test_a_command_that_cannot_be_begun_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    runner = beside(tmp_path, "")
    (tmp_path / "bin" / "sacctmgr").unlink()
    with runner.beside():
        runner.begin(LIST)
        with pytest.raises(Unreachable, match="bin/sacctmgr: No such file or directory"):
            runner.ran(LIST)


def test_what_a_begun_command_prints_waits_for_who_takes_it(tmp_path: Path) -> None:
    """More than a pipe holds; and what the first try has handed on is not the second one's."""
    seen = tmp_path / "seen"
    runner = beside(
        tmp_path,
        f"test -e {seen} && exec echo good; touch {seen}; seq 99999; echo error: x >&2; exit 0",
    )
    tries: list[list[bytes]] = []

    def begin() -> Callable[[bytes], object]:
        tries.append([])
        return tries[-1].append

    with runner.beside():
        runner.begin(LIST, streamed=True)
        assert tries == []
        assert runner.streamed(LIST, begin).stdout == "good\n"
    first, second = map(b"".join, tries)
    assert (first.count(b"\n"), second) == (99999, b"good\n")
    assert [one.argv for one in runner.log] == [LIST.argv, LIST.argv]
