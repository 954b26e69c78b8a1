"""`python -m slurmctl_rest`, and the console script."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping

from slurmctl_rest import __version__
from slurmctl_rest.cli.completion.scripts import VARIABLE


def main() -> None:
    """Run the program and exit with its code."""
    _make_streams_safe()
    try:
        if VARIABLE in os.environ:
            from slurmctl_rest.cli import complete  # noqa: PLC0415  (for a TAB alone)

            if shell := complete.asked():
                sys.exit(complete.main(shell, sys.argv[1:]))
        if sys.argv[1:] in (["--version"], ["-V"]) and _told_version():
            sys.exit()
        from slurmctl_rest.cli.app import main as run  # noqa: PLC0415  (not for completion)

        sys.exit(run())
    except KeyboardInterrupt:  # before the program hears it itself
        print("slurmctl-rest: interrupted; nothing was changed", file=sys.stderr)
        sys.exit(130)


def _told_version() -> bool:
    """Say the version, which takes a fifth as long without Typer; who cannot hear it goes on."""
    with contextlib.suppress(OSError):  # app.main says what is wrong
        print(f"slurmctl-rest {__version__}", flush=True)
        return True
    return False


def _make_streams_safe() -> None:
    """Open what the caller closed, and let no character of a name end the program.

    Python leaves a closed stream as None, and would then print errors among the rows. In the
    locale C it takes a terminal for one that shows UTF-8, which may be so or not.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(_null(number), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "ascii" if stream.isatty() and _is_plain(os.environ) else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Tell whether the locale is C: the terminal shows ASCII, and who knows what else."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next((name for name in names if name), "C") in {"C", "POSIX"}


def _null(number: int) -> int:
    """Return /dev/null under the number of a closed stream, so that no socket gets it."""
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return number


if __name__ == "__main__":
    main()
