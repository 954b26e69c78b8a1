"""Long lists on a terminal, through $PAGER as git does it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from slurmctl_rest.render.cells import rows_of


def show_paged(lines: Sequence[str], width: int, height: int) -> None:
    """Print the lines; through the pager where they are more than the terminal shows at once."""
    argv = pager(os.environ)
    # The last line of the screen is the shell's.
    is_long = sum(rows_of(line, width) for line in lines) >= height
    if not (argv and is_long and sys.stdin.isatty() and _page(argv, lines)):
        for line in lines:
            print(line)


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal knows letters alone: no colours, nothing that is written over."""
    return (environment.get("TERM") or "dumb") == "dumb"


def pager(environment: Mapping[str, str]) -> list[str]:
    """Return the command line of the pager; nothing where there is to be none."""
    if is_dumb(environment):
        return []  # less would complain of it, and wait
    named = environment.get("PAGER")
    if named is None:
        less = shutil.which("less")
        return [less] if less else []
    try:
        argv = shlex.split(named)
    except ValueError:  # a quotation without an end
        return []
    return [] if argv == ["cat"] else argv


def _page(argv: Sequence[str], lines: Sequence[str]) -> bool:
    """Show the lines in the pager until it is left; False where it cannot be started."""
    # F: not for what fits, R: colours, X: what was shown stays.
    # The user's own LESS wins, as with git.
    environment = {"LESS": "FRX", **os.environ}
    sys.stdout.flush()
    with _left_to_the_pager():
        try:
            child = subprocess.Popen(  # nosec B603 # noqa: S603 (an argument list, no shell)
                argv, stdin=subprocess.PIPE, env=environment
            )
        except OSError:
            return False
        text = "".join(f"{line}\n" for line in lines)
        encoded = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace")
        try:
            with suppress(BrokenPipeError):  # it was left before the end
                child.communicate(encoded)
            child.wait()
        except BaseException:  # we end, and would leave it at the terminal with the shell
            child.terminate()
            raise
    return True


@contextmanager
def _left_to_the_pager() -> Iterator[None]:
    """Let the keys that send signals mean to the pager what they mean there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: object) -> None:
    """Do nothing; unlike SIG_IGN, this is not inherited."""
