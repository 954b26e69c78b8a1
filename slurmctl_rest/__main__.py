"""`python -m slurmctl_rest`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program and exit with its code."""
    from slurmctl_rest.cli.app import main as run  # noqa: PLC0415  (nothing loads before this)

    sys.exit(run())


if __name__ == "__main__":
    main()
