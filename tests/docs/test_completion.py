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

from slurmctl_rest.cli.help_texts import SUMMARY

ROOT = Path(__file__).parents[2]
VERBS = list(SUMMARY)
SECONDS = 60

START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
READY = "shell is ready"
SETUP = {
    "bash": "bind 'set show-all-if-ambiguous on'; . {script}",
    "zsh": "fpath=({folder} $fpath); autoload -U compinit; compinit -u -D",
}


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
def env(tmp_path: Path) -> dict[str, str]:
    """Return an environment where slurmctl-rest is this program."""
    program = tmp_path / "bin" / "slurmctl-rest"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m slurmctl_rest "$@"\n')
    program.chmod(0o755)
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": os.environ["HOME"],
        "TERM": "dumb",
    }


@pytest.fixture
def shells(env: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
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


@pytest.mark.parametrize("shell", START)
def test_a_noun_is_completed(shell: str, shells: Callable[[str], Terminal]) -> None:
    shells(shell).type("slurmctl-rest acc\t", "slurmctl-rest account ")


@pytest.mark.parametrize("shell", START)
def test_verbs_are_listed(shell: str, shells: Callable[[str], Terminal]) -> None:
    shells(shell).type("slurmctl-rest account \t", *(rf"\b{verb}\b" for verb in VERBS))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("slurmctl-rest acc", ["account"]), ("slurmctl-rest account ", sorted(VERBS))],
)
def test_fish(typed: str, offered: list[str], env: dict[str, str]) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    script = ROOT / "completions" / "slurmctl-rest.fish"
    done = subprocess.run(
        [fish, "--no-config", "-c", f"source {script}; complete -C '{typed}'"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(line.partition("\t")[0] for line in done.stdout.splitlines()) == offered
