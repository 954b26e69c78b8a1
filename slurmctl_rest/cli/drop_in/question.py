"""sacctmgr's question before a write, and the answers that it takes."""

from __future__ import annotations

import sys

from slurmctl_rest.sacctmgr.lists import ListFacts

QUESTION = "Would you like to commit changes? (You have 30 seconds to decide)\n(N/y): "


def agreed() -> bool:
    """Ask, and tell whether the answer is yes; the end of the input is none."""
    sys.stdout.write(QUESTION)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower().startswith("y")


AGAIN = "Y or N please\n(N/y): "
AT_END = "\nerror: Inappropriate ioctl for device\n"
"""What 26.05 says where its input has ended; 24.11 would ask without end."""


def sure(text: str, facts: ListFacts) -> bool:
    """Ask whether to go on, as sacctmgr does before a list; it reads letter by letter."""
    sys.stdout.write(f"{text} (You have 30 seconds to decide)\n(N/y): ")
    while True:
        sys.stdout.flush()
        letter = sys.stdin.read(1)
        if letter and letter in "yYnN\n":
            break
        if not letter:
            sys.stdout.write(AT_END if facts.is_newer() else "\n")
            return False
        sys.stdout.write(f"\n{AGAIN}")
    sys.stdout.write("\n")
    return letter in "yY"
