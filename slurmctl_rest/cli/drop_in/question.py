"""sacctmgr's question before a write, and the answers that it takes."""

from __future__ import annotations

import sys

QUESTION = "Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): "


def agreed() -> bool:
    """Ask, and tell whether the answer is yes; the end of the input is none."""
    sys.stdout.write(QUESTION)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower().startswith("y")
