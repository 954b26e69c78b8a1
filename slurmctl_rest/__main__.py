"""`python -m slurmctl_rest`, and the console script."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from slurmctl_rest import __version__
from slurmctl_rest.cli import streams
from slurmctl_rest.cli.completion.scripts import VARIABLE


def main() -> None:
    """Run the program and exit with its code."""
    streams.prepare()
    try:
        if VARIABLE in os.environ:
            from slurmctl_rest.cli import complete  # noqa: PLC0415  (for a TAB alone)

            if shell := complete.asked():
                sys.exit(complete.main(shell, sys.argv[1:]))
        if (words := _of_sacctmgr()) is not None:
            from slurmctl_rest.cli.drop_in.quick import hand_on  # noqa: PLC0415

            hand_on(words)
            from slurmctl_rest.cli.drop_in.run import main as drop_in  # noqa: PLC0415

            sys.exit(drop_in(words))
        if sys.argv[1:] in (["--version"], ["-V"]) and _told_version():
            sys.exit()
        # Most of what a short run makes are modules and classes, which stay. Python looks through
        # them for cycles over and over, and once more at the end: a quarter of the time.
        gc.set_threshold(100_000)
        from slurmctl_rest.cli.app import main as run  # noqa: PLC0415  (not for completion)

        code = run()
        gc.freeze()
        sys.exit(code)
    except KeyboardInterrupt:  # before the program hears it itself
        streams.drop()
        print("slurmctl-rest: interrupted; nothing was changed", file=sys.stderr)
        sys.exit(130)


def _of_sacctmgr() -> list[str] | None:
    """Return sacctmgr's words, where the program was called by that name, or is to answer to it."""
    if os.path.basename(sys.argv[0]) == SACCTMGR:  # noqa: PTH119 (pathlib takes a tenth of a start)
        return sys.argv[1:]
    of_ours = sys.argv[1:2] != [SACCTMGR] or sys.argv[2:] in (["-h"], ["--help"])
    return None if of_ours else sys.argv[2:]


SACCTMGR = "sacctmgr"


def _told_version() -> bool:
    """Print the version, a fifth as long without Typer; False if stdout cannot be written."""
    with suppress(OSError):  # app.main says what is wrong
        print(f"slurmctl-rest {__version__}")
        streams.finish()
        return True
    return False


if __name__ == "__main__":
    main()
