"""Programs that are really run: small scripts that stand in for sacctmgr."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.output import Finished
from slurmctl_rest.backends.commands.process import SCRUBBED, environment, runner
from slurmctl_rest.errors import Unanswered, Unreachable

LINE = CommandLine(("sacctmgr", "list", "a b", "*", "$HOME", "x;y"))


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


ECHO = 'for word in "$@"; do echo "$word"; done; echo problem >&2; exit 3'


def test_arguments_arrive_as_they_are_and_all_is_heard(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", ECHO)
    assert runner(tmp_path / "bin", ())(LINE) == Finished(
        3, "list\na b\n*\n$HOME\nx;y\n", "problem\n"
    )


def test_it_is_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "sacctmgr", "echo found")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert runner(None, ())(LINE).stdout == "found\n"


def test_a_prefix_stands_before_and_the_name_is_found_on_the_other_side(tmp_path: Path) -> None:
    program(tmp_path / "bin", "ssh", 'echo "$@"')
    ssh = str(tmp_path / "bin" / "ssh")
    line = CommandLine(("sacctmgr", "list"))
    assert runner(None, (ssh, "login1"))(line).stdout == "login1 sacctmgr list\n"
    there = runner(Path("/opt/bin"), (ssh, "login1"))(line).stdout
    assert there == "login1 /opt/bin/sacctmgr list\n"


def test_it_reads_nothing_and_speaks_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in SCRUBBED:
        monkeypatch.setenv(variable, "x")
    monkeypatch.setenv("LC_ALL", "de_CH.UTF-8")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    program(tmp_path / "bin", "sacctmgr", "cat; env")
    printed = runner(tmp_path / "bin", ())(LINE).stdout.splitlines()
    assert "LC_ALL=C.UTF-8" in printed
    assert "SLURM_CONF=/etc/slurm.conf" in printed
    assert [line for line in printed if line.startswith(SCRUBBED)] == []


def test_what_is_not_utf_8_is_shown_anyhow(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", r"printf 'a\377b'")
    assert runner(tmp_path / "bin", ())(LINE).stdout == "a\ufffdb"


def test_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    binaries = "set slurm_bin_path of the profile to the folder of the Slurm commands"
    prefix = "look at command_prefix of the profile"
    for run, message, remedy in (
        (runner(None, ()), "sacctmgr is not on PATH", binaries),
        (runner(tmp_path, ()), f"{tmp_path}/sacctmgr: No such file or directory", binaries),
        (runner(None, ("nossh",)), "nossh: No such file or directory", prefix),
    ):
        with pytest.raises(Unreachable) as refused:
            run(LINE)
        assert (refused.value.message, refused.value.hint) == (message, remedy)


def test_a_program_that_may_not_be_run(tmp_path: Path) -> None:
    (tmp_path / "sacctmgr").write_text("#!/bin/sh\n")
    with pytest.raises(Unreachable, match="sacctmgr: Permission denied"):
        runner(tmp_path, ())(LINE)


def test_a_program_that_does_not_end(tmp_path: Path) -> None:
    program(tmp_path / "bin", "sacctmgr", "exec sleep 20")
    with pytest.raises(Unreachable) as refused:
        runner(tmp_path / "bin", (), 0.05)(LINE)
    assert refused.value.message.endswith("sacctmgr did not end within 0 seconds")
    assert refused.value.retryable
    with pytest.raises(Unanswered) as lost:
        runner(tmp_path / "bin", (), 0.05)(CommandLine(("sacctmgr", "-i", "add", "qos")))
    assert (lost.value.late, lost.value.retryable) == (True, False)


def test_environment() -> None:
    ours = {"HOME": "/h", "SACCT_FORMAT": "x", "LC_ALL": "de", "SLURM_TIME_FORMAT": "x"}
    assert json.dumps(environment(ours), sort_keys=True) == ('{"HOME": "/h", "LC_ALL": "C.UTF-8"}')


def test_the_terminal_s_signals_do_not_reach_it(tmp_path: Path) -> None:
    """Ctrl-C goes to all programs of a terminal: which one it ends is ours to say."""
    before = signal.getsignal(signal.SIGINT)
    program(tmp_path / "bin", "sacctmgr", "kill -INT $$; kill -TERM $$; echo still here")
    assert runner(tmp_path / "bin", ())(LINE) == Finished(0, "still here\n", "")
    assert signal.getsignal(signal.SIGINT) is before


def test_it_ends_where_we_do(tmp_path: Path) -> None:
    # Not while it starts: threads of another runner's would hear the signal, and lose it.
    kill = "sleep 0.5; kill -INT $PPID; exec sleep 60"
    program(tmp_path / "bin", "sacctmgr", f"echo $$ >{tmp_path}/pid; {kill}")
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # another runner may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            runner(tmp_path / "bin", ())(LINE)
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
