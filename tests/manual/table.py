"""What each row of the manual gives, as it was measured: the file, and the page made from it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path

from tests.manual.page import Entry
from tests.manual.probes import CHECKED_ELSEWHERE

HERE = Path(__file__).parent
RECORDED = HERE / "sacctmgr-26.05.tsv"
PAGE = HERE.parents[1] / "docs" / "sacctmgr-manual.md"
RELEASE = "26.05"


@dataclass(frozen=True, slots=True)
class Row:
    """One command line of one row of the manual; without a line the row has none.

    real             `works`; `refused`: sacctmgr itself does not take the line; `endless`: it takes
                     it, and does not end
    rest, commands   the voice `sacctmgr`: `equal`, `refused: WORDS`, `different`, or nothing where
                     it was not run
    native_rest, native_commands
                     the program's own voice: `equal` (the same rows, or a plan), `exit N: WORDS`
    """

    section: str
    text: str
    under: str
    line: str = ""
    real: str = ""
    rest: str = ""
    commands: str = ""
    native_rest: str = ""
    native_commands: str = ""

    @property
    def entry(self) -> Entry:
        """Return the row of the manual."""
        return Entry(self.section, self.text, self.under)


COLUMNS = tuple(one.name for one in fields(Row))


def read() -> Sequence[Row]:
    """Return the recorded rows, in the manual's order."""
    with RECORDED.open(newline="") as file:
        return [Row(**row) for row in csv.DictReader(file, delimiter="\t")]


def write(rows: Iterable[Row]) -> None:
    """Record rows, and write the page of docs/ anew."""
    rows = [*rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    RECORDED.write_text(text.getvalue())
    PAGE.write_text(page(rows))


EQUAL, REFUSED, DIFFERENT = "equal", "refused", "different"
ENDLESS = "endless"
WAYS: Mapping[str, str] = {
    "rest": "`sacctmgr` over REST",
    "native_rest": "`slurmctl-rest` over REST",
    "native_commands": "`slurmctl-rest` over the commands",
}
HEAD = f"""\
# sacctmgr's manual, row by row

`make manual` writes this page. It reads the manual page of sacctmgr {RELEASE}, runs a command
line for each row, verb and noun on real Slurm, through sacctmgr and through this program, and
compares. [tests/manual/](../tests/manual/probes.py) has the lines.

- **yes**: `sacctmgr` prints the same bytes, exits with the same code and leaves the same state;
  `slurmctl-rest`, in its own words, lists the same rows, or plans a change (`--dry-run`).
- **refused** (`sacctmgr`): exit 1, one line on stderr, nothing on stdout, and nothing changes.
- **exit N** (`slurmctl-rest`): it refuses, and nothing changes. 2: there is no such word; 9: a
  guard; 10: not possible this way.
- **differs**: the answer is another one; [drop-in.md](drop-in.md#what-differs-on-purpose) says why.

The voice `sacctmgr` ([drop-in.md](drop-in.md)) over the commands hands all words on to the real
sacctmgr, and has no column: {{commands}}.

"""


def page(rows: Sequence[Row]) -> str:
    """Return the text of docs/sacctmgr-manual.md."""
    run = [row for row in rows if row.commands]
    equal = sum(row.commands == EQUAL for row in run)
    text = HEAD.replace("{commands}", f"{equal} of {len(run)} lines gave the same answer")
    for section, group in groupby(rows, key=lambda row: row.section):
        text += f"## {section.capitalize() if section.isupper() else section}\n\n"
        if section in CHECKED_ELSEWHERE:
            text += f"{CHECKED_ELSEWHERE[section]}.\n\n"
        text += "| | " + " | ".join(WAYS.values()) + " |\n|---" * 1 + "|---" * len(WAYS) + "|\n"
        for entry, of_entry in groupby(group, key=lambda row: row.entry):
            lines = [row for row in of_entry if row.line]
            cells = [_cell(lines, way) for way in WAYS]
            name = f"{entry.under}: {entry.text}" if entry.under else entry.text
            text += f"| `{name.replace('|', chr(92) + '|')}` | " + " | ".join(cells) + " |\n"
        text += "\n"
    return text.rstrip("\n") + "\n"


def _cell(rows: Sequence[Row], way: str) -> str:
    """Return what all lines of a row of the manual give over one way, the same ones together."""
    taken = [row for row in rows if row.real == "works" and getattr(row, way)]
    if not taken:
        real = {row.real for row in rows}
        return UNANSWERED.get(real.pop(), "-") if len(real) == 1 else "-"
    found: dict[str, list[str]] = {}
    for row in taken:
        found.setdefault(getattr(row, way), []).append(_whom(row.line))
    if len(found) == 1:
        return _said(next(iter(found)))
    return "; ".join(f"{', '.join(dict.fromkeys(of))}: {_said(what)}" for what, of in found.items())


UNANSWERED = {REFUSED: "sacctmgr refuses it", ENDLESS: "sacctmgr does not end"}
"""What the page says where sacctmgr itself has no answer to any line of a row."""


def _said(what: str) -> str:
    if what == EQUAL:
        return "yes"
    if what == DIFFERENT:
        return "**differs**"
    return what.replace("|", "\\|").replace("_", "\\_")


VERBS = re.compile(r"\b(list|show|add|create|modify|delete|remove|dump|load|archive) ?(\S*)")


def _whom(line: str) -> str:
    """Return the verb and noun of a line, with what stands before or behind `set`."""
    found = VERBS.search(line)
    if found is None:
        return line
    place = " where" if found[1] == "modify" and " where " in line else ""
    return f"{found[1]} {found[2]}{place}".strip()
