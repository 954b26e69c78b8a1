"""The voice `sacctmgr` as a process: its question, its link, and the real sacctmgr it runs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from slurmctl_rest.cli.drop_in import install

ASKED = "Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): "
AGAIN = "Y or N please\n(N/y): "
ASK = "from slurmctl_rest.cli.drop_in.question import answered_yes; print(answered_yes())"
END = "\nerror: Inappropriate ioctl for device\n"


@pytest.mark.parametrize(
    ("typed", "said", "answer"),
    [
        ("y\n", "\n", True),
        ("yes\n", "\n", True),
        ("Y", "\n", True),
        ("n\n", "\n", False),
        ("\n", "\n", False),
        ("xy", f"\n{AGAIN}\n", True),
        ("ab\ny", f"\n{AGAIN}\n{AGAIN}\n", False),
        ("", END, False),
        ("x", f"\n{AGAIN}{END}", False),
    ],
)
def test_the_question_reads_one_character(typed: str, said: str, answer: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=typed, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{ASKED}{said}{answer}\n"


def test_two_questions_share_what_is_typed() -> None:
    both = f"{ASK}; print(answered_yes())"
    done = subprocess.run(
        [sys.executable, "-c", both], input="yn", capture_output=True, text=True, check=True
    )
    assert [line for line in done.stdout.splitlines() if line in {"True", "False"}] == [
        "True",
        "False",
    ]


def test_silence_is_a_no() -> None:
    hurried = (
        "from slurmctl_rest.cli.drop_in import question; question.SECONDS = 0.2; "
        "print(question.answered_yes())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hurried], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read().endswith("(N/y): timeout\nFalse\n")


def test_a_terminal_needs_no_return_key() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=theirs, stdout=subprocess.PIPE, text=True
    ) as child:
        os.write(ours, b"y")
        out, _ = child.communicate(timeout=20)
    assert out.endswith("True\n")


# --- the link -------------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console script that runs."""
    path = tmp_path / "venv" / "slurmctl-rest"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(path)])
    return path


def test_the_link_is_made_once(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drop-in"
    link = folder / "sacctmgr"
    assert install.install(str(folder)).stdout == f"{link} now leads to {script}\n"
    assert link.readlink() == script
    assert install.install(str(folder)).stdout == f"{link} already leads to {script}\n"


def test_the_link_needs_a_folder_that_can_be_made(script: Path, tmp_path: Path) -> None:
    assert script.is_file()
    beside, far = tmp_path / "file", tmp_path / "no" / "folder"
    beside.touch()
    for folder, said in (
        ("", "--install names no folder"),
        (str(beside), f"{beside}: File exists"),
        (str(far), f"{far}: No such file or directory"),
    ):
        assert install.install(folder).stderr == f"slurmctl-rest: {said}\n"


def test_a_link_to_where_the_program_was_is_replaced(script: Path, tmp_path: Path) -> None:
    link = tmp_path / "sacctmgr"
    link.symlink_to("/nowhere/slurmctl-rest")
    assert install.install(str(tmp_path)).code == 0
    assert link.readlink() == script


@pytest.mark.parametrize("what", ["file", "link", "folder"])
def test_nothing_else_is_replaced(script: Path, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    if what == "file":
        (folder / "sacctmgr").write_text("real")
    if what == "link":
        (folder / "sacctmgr").symlink_to("/usr/bin/true")
    if what == "folder":
        (folder / "sacctmgr").mkdir()
    before = sorted(folder.iterdir())
    reply = install.install(str(folder))
    assert (reply.code, reply.stdout) == (1, "")
    assert reply.stderr.startswith("slurmctl-rest: ")
    assert sorted(folder.iterdir()) == before


# --- over the commands ----------------------------------------------------------------------------

FAKE = """#!/bin/sh
case "$*" in
--version|-V) echo "slurm-wlm RELEASE"; exit ;;
esac
echo "$*" >> "$0.seen"
case "$*" in
*killed*) kill -TERM $$ ;;
*fails*) echo " Nothing modified"; exit 1 ;;
*asks*) head -c 1 | od -An -c | tr -d ' ' ;;
esac
"""


class Site:
    """A folder with a sacctmgr that notes its words, and a profile for it."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.trail = folder / "trail"
        self.config = folder / "config.toml"
        self.release("24.11.5")
        self.config.write_text(
            f'[profiles.a]\nexecution_mode = "cli"\ncluster_name = "alps"\n'
            f'slurm_bin_path = "{self.bin}"\naudit_file = "{self.trail}"\nlock_dir = "{folder}"\n'
        )

    def release(self, release: str) -> None:
        """Be of this release."""
        program = self.bin / "sacctmgr"
        program.write_text(FAKE.replace("RELEASE", release))
        program.chmod(0o755)

    def run(self, *words: str, typed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run the voice with nothing in its environment but the place of the profile."""
        return subprocess.run(
            [sys.executable, "-m", "slurmctl_rest", "sacctmgr", *words],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "SLURMCTL_REST_CONFIG": str(self.config), **env},
            timeout=60,
        )

    def seen(self) -> list[str]:
        """Return the lines that sacctmgr was run with."""
        file = self.bin / "sacctmgr.seen"
        return file.read_text().splitlines() if file.exists() else []

    def records(self) -> list[tuple[str, object]]:
        """Return outcome and commands of each record."""
        if not self.trail.exists():
            return []
        found = [json.loads(line) for line in self.trail.read_text().splitlines()]
        return [(record["outcome"], record["commands"]) for record in found]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of its own."""
    return Site(tmp_path)


def test_a_write_is_between_two_records(site: Site) -> None:
    assert site.run("-i", "add", "qos", "x").returncode == 0
    assert site.seen() == ["-i add qos x"]
    command = [{"argv": [str(site.bin / "sacctmgr"), "-i", "add", "qos", "x"]}]
    assert site.records() == [("begun", command), ("done", command)]


@pytest.mark.parametrize(
    ("word", "code", "outcome"), [("fails", 1, "failed"), ("killed", 143, "interrupted")]
)
def test_how_a_write_ended(site: Site, word: str, code: int, outcome: str) -> None:
    assert site.run("-i", "modify", "qos", word).returncode == code
    assert [name for name, _ in site.records()] == ["begun", outcome]


def test_nothing_is_written_without_the_trail(site: Site) -> None:
    site.trail.mkdir()
    done = site.run("-i", "add", "qos", "x")
    assert (done.returncode, done.stdout, site.seen()) == (1, "", [])
    assert done.stderr.startswith("sacctmgr: error: ")


@pytest.mark.parametrize("line", ["list qos", "-r add qos x", "-V", "--help add", "version"])
def test_what_writes_nothing_leaves_no_record(site: Site, line: str) -> None:
    site.run(*line.split())
    assert site.records() == []


def test_dry_run_prints_the_line_and_runs_nothing(site: Site) -> None:
    done = site.run("--dry-run", "-i", "add", "account", "a b")
    assert done.stdout == f"{site.bin}/sacctmgr -i add account 'a b'\n"
    assert (done.returncode, site.seen(), site.records()) == (0, [], [])


@pytest.mark.parametrize(
    ("typed", "release", "got"),
    [("y\n", "24.11.5", "y"), ("", "24.11.5", "n"), ("", "26.05.5", "")],
)
def test_the_end_of_the_input_is_a_no_where_it_would_be_asked_for_ever(
    site: Site, typed: str, release: str, got: str
) -> None:
    site.release(release)
    assert site.run("add", "qos", "asks", typed=typed).stdout.strip() == got


def test_a_link_to_this_program_is_never_run_as_sacctmgr(site: Site, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    script = Path(sys.executable).with_name("slurmctl-rest")
    (here / "sacctmgr").symlink_to(script)
    text = site.config.read_text().replace(f'slurm_bin_path = "{site.bin}"\n', "")
    site.config.write_text(text)
    environment = {
        "PATH": f"{here}:{site.bin}:/usr/bin:/bin",
        "SLURMCTL_REST_CONFIG": str(site.config),
    }

    def sacctmgr() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [here / "sacctmgr", "list", "qos"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (sacctmgr().returncode, site.seen()) == (0, ["list qos"])
    site.config.write_text(f'{text}slurm_bin_path = "{here}"\n')
    assert "is this program, and not Slurm's" in sacctmgr().stderr


def explained(site: Site, line: str) -> subprocess.CompletedProcess[str]:
    """Run `explain`."""
    return subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", "explain", line],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SLURMCTL_REST_CONFIG": str(site.config)},
        timeout=60,
    )


def test_a_line_is_explained_and_not_run(site: Site) -> None:
    done = explained(site, "sacctmgr -i modify account 'a b' set maxj=3")
    assert (done.returncode, done.stdout) == (
        0,
        "native:  slurmctl-rest account modify 'a b' set maxj=3 -i\n"
        f"runs:    {site.bin}/sacctmgr -i modify account 'a b' set maxj=3\n",
    )
    assert site.seen() == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sacctmgr foo", "sacctmgr says: invalid keyword: foo"),
        ("sacctmgr", "no sacctmgr command"),
        ("sacctmgr list 'x", "No closing quotation"),
    ],
)
def test_a_line_that_is_none(site: Site, line: str, said: str) -> None:
    done = explained(site, line)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


# --- lines from stdin -----------------------------------------------------------------------------

LINES = """
from slurmctl_rest.cli.drop_in.session import session
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import Reply
def answer(options, words):
    return Reply(f"{options.readonly} {words}\\n", code=int(words[0] == "bad"))
def put(reply):
    print(reply.stdout, end="")
done = session(LineOptions(), answer, put)
print(repr(done.stdout), done.code)
"""


@pytest.mark.parametrize(
    ("typed", "out"),
    [
        ("", "sacctmgr: '\\n' 0\n"),
        (
            'list qos "a b"\n!!\n',
            "sacctmgr: list qos \"a b\"\nFalse ['list', 'qos', '\"a', 'b\"']\n"
            "sacctmgr: !!\nFalse ['list', 'qos', '\"a', 'b\"']\nsacctmgr: '\\n' 0\n",
        ),
        (
            "bad\nreadonly\nexit\nlist",
            "sacctmgr: bad\nFalse ['bad']\nsacctmgr: readonly\nTrue ['readonly']\n"
            "sacctmgr: exit\nTrue ['exit']\n'' 1\n",
        ),
        (
            "# no\n\nlist",
            "sacctmgr: # no\nsacctmgr: \nsacctmgr: list\nFalse ['list']\nsacctmgr: '\\n' 1\n",
        ),
    ],
)
def test_lines_are_answered_as_they_come(typed: str, out: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINES], input=typed, capture_output=True, text=True, check=True
    )
    assert done.stdout == out
