"""A terminal of tmux with a shell in it, driven as a person would: keys in, the screen out."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.secrets import told

SECONDS = 60
"""How long to wait for what must come, on a busy machine."""

TMUX = shutil.which("tmux") or ""
REASON = "" if TMUX else "tmux is not installed"
_numbers = itertools.count()


class Screen:
    """The terminal. A command's exit code is shown behind it, as `[exit N]`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def run(self, command: str) -> str:
        """Run a command to its end, and return what is on the screen then, without the command."""
        self.start(command)
        return self.ended()

    def start(self, command: str) -> None:
        """Clear the screen and begin with a command."""
        self._tmux("send-keys", "-R")
        self._tmux("clear-history")
        self.type(f'clear; {command}; echo "[exit $?]"', "Enter")

    def ended(self) -> str:
        """Return what is on the screen once the command has ended, and the shell is back."""
        return self.shows(r"(?m)^\[exit \d+\]\n\$").rpartition("\n$")[0]

    def type(self, *keys: str) -> None:
        """Press keys; words like Enter and C-c are keys too."""
        for key in keys:
            named = key in NAMED
            self._tmux("send-keys", *(() if named else ("-l",)), key)

    def shows(self, pattern: str, *, colors: bool = False, seconds: float = SECONDS) -> str:
        """Wait until the screen shows what the pattern matches, and return all that is on it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            shown = self._tmux("capture-pane", "-p", *(["-e"] if colors else [])).rstrip("\n")
            told("the terminal", shown)
            if re.search(pattern, shown):
                return shown
            time.sleep(0.02)
        raise AssertionError(f"{pattern} did not come in {seconds} s:\n{shown}")

    def insist(self, key: str, pattern: str) -> str:
        """Press a key until the screen shows the pattern: Ctrl-C takes what is typed behind it."""
        for _ in range(SECONDS):
            self.type(key)
            try:
                return self.shows(pattern, seconds=1)
            except AssertionError:
                continue
        return self.shows(pattern, seconds=1)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            [TMUX, "-S", str(self._socket), *words], capture_output=True, text=True, check=True
        )
        return done.stdout


NAMED = {"Enter", "C-c", "C-d", "Space"}


@contextmanager
def screen(
    folder: Path, columns: int, variables: Mapping[str, str], lines: int = 24
) -> Iterator[Screen]:
    """Open a terminal of this size whose shell has these variables, and close it in the end."""
    socket = folder / f"tmux{next(_numbers)}"
    environment = {
        **{n: v for n, v in os.environ.items() if not n.startswith(FOREIGN)},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PS1": "$ ",
        "LC_ALL": "C.UTF-8",
        "PAGER": "",
        **variables,
    }
    command = [TMUX, "-u", "-S", str(socket), "-f", "/dev/null", "new-session", "-d"]
    size = ["-x", str(columns), "-y", str(lines)]
    # tmux sets TERM itself, and a shell that is no terminal's drops PS1.
    term = variables.get("TERM", "screen")
    shell = f"exec env PS1='$ ' TERM={term} bash --norc --noprofile"
    subprocess.run([*command, *size, shell], env=environment, check=True)
    try:
        opened = Screen(socket)
        opened.shows(r"^\$")
        yield opened
    finally:
        subprocess.run([TMUX, "-S", str(socket), "kill-server"], check=False)


FOREIGN = ("SLURM", "SACCT", "TMUX", "LESS", "NO_COLOR", "COLUMNS", "LINES", "PROMPT", "BASH")


def program(folder: Path, name: str, text: str) -> Path:
    """Write a shell script, and return the folder that it is in."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return folder
