"""docs/drop-in.md as the tests read it: its tables say which lines are not as sacctmgr's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "drop-in.md"
KINDS = "### Kinds of lines that differ"


def different_kinds(release: str) -> Sequence[re.Pattern[str]]:
    """Return patterns of the lines that differ on purpose in a release, from the page's table."""
    section = PAGE.read_text().partition(KINDS)[2].partition("\n#")[0]
    rows = re.findall(r"^\| `(.*?)` \| (.*)$", section, re.MULTILINE)
    old = release.startswith("24.11")
    return [
        re.compile(pattern.replace(r"\|", "|"), re.IGNORECASE)
        for pattern, why in rows
        if ("24.11: " not in why or old) and ("26.05: " not in why or not old)
    ]
