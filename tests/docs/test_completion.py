"""Completion in real shells, by the scripts as they are installed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slurmctl_rest.cli.commands.program import TOPICS
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.model.entities import ACCOUNT, USER
from slurmctl_rest.model.entities.qos import QOS_FLAGS
from slurmctl_rest.render.formats import FORMATS
from tests.support import write_config

ROOT = Path(__file__).parents[2]
SECONDS = 60

START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
READY = "shell is ready"
SETUP = {
    "bash": "bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; . {script}",
    "zsh": "fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; unsetopt list_ambiguous",
}
PROGRAM = """\
#!/bin/sh
[ -n "$_SLURMCTL_REST_COMPLETE" ] && exec "{python}" -m slurmctl_rest "$@"
printf '<%s>' "$@"
"""
"""The program at a TAB; otherwise it shows the words that it was given."""

SACCTMGR = """\
#!/bin/sh
case "$*" in
*tres*) printf 'Type|Name|\\ncpu||\\ngres|gpu:a100|\\n' ;;
*account*) printf '%s|\\n' Account root physics optics 'phantom;touch {trap}' \\
    'phobos$(touch {trap})' ;;
*user*) printf 'User|\\nalice|\\nbob|\\n' ;;
*qos*) printf 'Name|\\nnormal|\\nhigh|\\n' ;;
esac
"""
CONFIG = """
default_profile = "alps"
[profiles.alps]
cluster_name = "alps"
[profiles.zermatt]
cluster_name = "zermatt"
[profiles."$(touch {trap})"]
"""


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self.keyboard, screen = pty.openpty()
        termios.tcsetwinsize(screen, (50, 200))
        self.shell = subprocess.Popen(
            argv, stdin=screen, stdout=screen, stderr=screen, env=env, start_new_session=True
        )
        os.close(screen)

    def type(self, keys: str, *expected: str) -> str:
        """Type, and return the screen once every expected pattern is on it."""
        os.write(self.keyboard, keys.encode())
        shown, deadline = "", time.monotonic() + SECONDS
        while not all(re.search(pattern, shown) for pattern in expected):
            if not select.select([self.keyboard], [], [], deadline - time.monotonic())[0]:
                raise AssertionError(f"{expected} did not come in {SECONDS} s: {shown!r}")
            shown += os.read(self.keyboard, 65536).decode(errors="replace")
        return shown

    def close(self) -> None:
        self.shell.kill()
        self.shell.wait()
        os.close(self.keyboard)


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Path]:
    """Return a file that is only there if a shell has run what was offered."""
    yield tmp_path / "trap"
    assert not (tmp_path / "trap").exists()


@pytest.fixture
def env(tmp_path: Path, trap: Path) -> dict[str, str]:
    """Return an environment where slurmctl-rest is this program, and Slurm has some names."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {
        "slurmctl-rest": PROGRAM.format(python=sys.executable),
        "sacctmgr": SACCTMGR.format(trap=trap),
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    write_config(Path(os.environ["HOME"]), CONFIG.format(trap=trap))
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": os.environ["HOME"],
        "TERM": "dumb",
    }


Shells = Callable[[str], Terminal]


@pytest.fixture
def shells(env: dict[str, str], tmp_path: Path) -> Iterator[Shells]:
    """Return the maker of shells that have loaded the completion as its packages install it."""
    opened: list[Terminal] = []

    def start(shell: str) -> Terminal:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        script = ROOT / "completions" / f"slurmctl-rest.{shell}"
        shutil.copy(script, tmp_path / "_slurmctl-rest")
        terminal = Terminal(START[shell], env)
        opened.append(terminal)
        setup = SETUP[shell].format(script=script, folder=tmp_path)
        terminal.type(f"{setup}; echo shell' is 'ready\n", READY)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


COMPLETED = {
    "acco": "<account>",
    "help exi": "<help><exit-codes>",
    "account list wh": "<account><list><where>",
    "account list where account=ph": "<account><list><where><account=physics>",
    "account list where ACC": "<account><list><where><Account=>",
    "account delete optics,ph": "<account><delete><optics,physics>",
    "account list format=Account,GrpW": "<account><list><format=Account,GrpWall>",
    "assoc modify where user=al": "<assoc><modify><where><user=alice>",
    "qos modify high set flags+=deny": "<qos><modify><high><set><flags+=DenyOnLimit>",
    "account modify x set GrpTRES=gres/": "<account><modify><x><set><GrpTRES=gres/gpu:a100=>",
    "account modify x set GrpTRES=cpu=1,gres/gpu:": (
        "<account><modify><x><set><GrpTRES=cpu=1,gres/gpu:a100=>"
    ),
    "account list --profile z": "<account><list><--profile><zermatt>",
    "--output=nd": "<--output=ndjson>",
    "-Poptics --color=ne": "<-Poptics><--color=never>",
    "--config .config/slurmctl-rest/conf": "<--config><.config/slurmctl-rest/config.toml>",
    "--config=.config/slurmctl-rest/conf": "<--config=.config/slurmctl-rest/config.toml>",
    'account list "where" "account=ph': "<account><list><where><account=physics>",
}
"""What is typed in front of a TAB, and the words that the program is then given."""

LISTED = {
    "account ": list(VERBS[ACCOUNT.noun]),
    "account list format=Account,Gr": ["GrpTRES", "GrpTRESMins", "GrpWall"],
    "qos modify high set Flags=": list(QOS_FLAGS.known),
    "qos modify high set Fl": ["Flags=", r"Flags\+=", "Flags-="],
    "user modify ": ["alice", "bob", "where", "set"],
    "--profile ": ["alps", "zermatt"],
    "help ": [*TOPICS, "account"],
    "help fields ": ["account", "qos"],
    "help user ": list(VERBS[USER.noun]),
    "--output=": list(FORMATS),
    "--output ": list(FORMATS),
}
"""What is typed in front of a TAB, and what is offered then."""


@pytest.mark.parametrize("shell", START)
def test_what_is_unique_is_put_in(shell: str, shells: Shells) -> None:
    terminal = shells(shell)
    for typed, words in COMPLETED.items():
        terminal.type(f"slurmctl-rest {typed}\t\n", re.escape(words))


@pytest.mark.parametrize("shell", START)
def test_what_is_possible_is_listed(shell: str, shells: Shells) -> None:
    terminal = shells(shell)
    for typed, offered in LISTED.items():
        terminal.type(f"slurmctl-rest {typed}\t", *(rf"(?<!\w){word}(?!\w)" for word in offered))
        terminal.type("\x15", "")  # Ctrl-U: an empty line


@pytest.fixture
def fish(env: dict[str, str]) -> Callable[[str], dict[str, str]]:
    """Return what fish offers behind a text, with the descriptions."""
    program = shutil.which("fish")
    if program is None:
        pytest.skip("fish is not installed")
    script = ROOT / "completions" / "slurmctl-rest.fish"

    def offered(typed: str) -> dict[str, str]:
        done = subprocess.run(
            [program, "--no-config", "-c", f"source {script}; complete -C $argv[1]", typed],
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        lines = [line.partition("\t") for line in done.stdout.splitlines()]
        return {word: help_ for word, _, help_ in lines}

    return offered


def test_fish_puts_in_what_is_unique(fish: Callable[[str], dict[str, str]]) -> None:
    for typed, words in COMPLETED.items():
        last = re.findall("<([^>]*)>", words)[-1]
        assert list(fish(f"slurmctl-rest {typed}")) == [last], typed


def test_fish_lists_what_is_possible(fish: Callable[[str], dict[str, str]]) -> None:
    for typed, offered in LISTED.items():
        found = fish(f"slurmctl-rest {typed}")
        for word in offered:
            assert any(re.search(rf"(?<!\w){word}$", one) for one in found), (typed, word)


def test_fish_shows_the_help(fish: Callable[[str], dict[str, str]]) -> None:
    assert fish("slurmctl-rest account list --profi") == {
        "--profile": "Use this profile of the configuration file"
    }
    assert fish("slurmctl-rest qos list where na") == {"Name=": "name of the QOS, in lower case"}
