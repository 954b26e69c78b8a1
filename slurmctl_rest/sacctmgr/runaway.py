"""`list runawayjobs` in sacctmgr's words: what is asked for, the table, and the question; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr.columns import ShownColumn, UnknownColumn, shown_column
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.printing import Fit, table_lines
from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines, invalid_operator, unknown_condition
from slurmctl_rest.sacctmgr.spellings import Spelling, meaning_of, spelled
from slurmctl_rest.sacctmgr.tokens import listed_names, split_word, with_more

RUNAWAY_CONDITIONS: Sequence[Spelling] = spelled(Cluster=1, Format=1)
MEANINGLESS = (("where", 5), ("set", 3))
"""Words that may stand first, and mean nothing."""
RUNAWAY_COLUMNS = ("ID%-12", "Name", "Part", "Cluster", "State%10", "Submit", "Start", "End")

NONE_FOUND = "Runaway Jobs: No runaway jobs found on cluster {}"
MENDS_ONE_CLUSTER = "sacctmgr: error: You can only fix runaway jobs on one cluster at a time."
MENDING_DENIED = "sacctmgr: error: You must have an AdminLevel>=Operator to fix runaway jobs"
WHAT_RUNAWAY_IS = (
    "NOTE: Runaway jobs are jobs that don't exist in the controller but have a start time and no "
    "end time in the database"
)
MENDING_DISCARDED = "Changes Discarded"
QUESTION = {
    True: """
Would you like to fix these runaway jobs?
(This will set the end time for each job to the latest out of the start, eligible, or submit \
times, and set the state to completed.
Once corrected, this will trigger the rollup to reroll usage from before the earliest submit \
time of all the runaway jobs.)

""",
    False: """
Would you like to fix these runaway jobs?
(This sets the end time for each job to the latest of the job's start, eligible, and submit times, \
and sets the state to completed.
Once corrected, this triggers the SlurmDBD to recalculate the usage from before the earliest \
submit time of all the runaway jobs. Warning: This could take a long time and sreport may not \
return data until the recalculation is completed.)

""",
}
"""Whether the release is 24.11 -> what it asks."""


@dataclass(slots=True)
class RunawayRequest:
    """What the words ask for; `complaints`: what is said of those that mean nothing."""

    clusters: list[str] = field(default_factory=list)
    format: list[str] = field(default_factory=list)
    complaints: str = ""


def read_runaway(words: Sequence[str], *, old: bool) -> RunawayRequest:
    """Read the words behind the noun; raise LineRefused for more than one cluster."""
    asked = RunawayRequest()
    skipped = 1 if words and _means_nothing(words[0]) else 0
    for one in map(split_word, words[skipped:]):
        name = "Cluster" if one.is_bare else meaning_of(one.key, RUNAWAY_CONDITIONS)
        if not name:
            asked.complaints += as_lines(*unknown_condition(one.text, ""))
        elif one.operator not in {"", "="} and not old:
            asked.complaints += as_lines(invalid_operator(one.operator, one.text))
        elif name == "Cluster":
            asked.clusters = with_more(asked.clusters, listed_names(one.value))
        else:
            asked.format = with_more(asked.format, listed_names(one.value))
    if len(asked.clusters) > 1:
        raise LineRefused(asked.complaints + as_lines(MENDS_ONE_CLUSTER))
    return asked


def _means_nothing(text: str) -> bool:
    lower = text.lower()
    return any(len(lower) <= letters and known.startswith(lower) for known, letters in MEANINGLESS)


def runaway_table(
    asked: RunawayRequest,
    jobs: Sequence[Row],
    options: LineOptions,
    clock: Callable[[int], datetime],
) -> str:
    """Return the table with the note before it; `clock`: from seconds to a local time.

    Raises LineRefused for a word of format= that names no column.
    """
    columns: list[ShownColumn] = []
    for part in asked.format or RUNAWAY_COLUMNS:
        try:
            columns.append(shown_column(part))
        except UnknownColumn as error:
            raise LineRefused(
                asked.complaints + as_lines(f"Unknown field '{error}'"), as_lines(WHAT_RUNAWAY_IS)
            ) from error
    rows = [
        [_text(row, one.column.header, clock) for one in columns]
        for row in sorted(jobs, key=lambda row: (row["TimeSubmit"], row["ID"]))
    ]
    fits = [RUNAWAY_FITS.get(one.column.header, Fit.CUT) for one in columns]
    return as_lines(WHAT_RUNAWAY_IS, *table_lines(columns, rows, options, fits))


RUNAWAY_FITS = {
    "ID": Fit.WHOLE,
    "Name": Fit.MARKED,
    "Partition": Fit.MARKED,
    "Cluster": Fit.MARKED,
    "State": Fit.MARKED,
}
"""Column -> what becomes of a text that has no room; those of times are cut."""


def _text(row: Row, header: str, clock: Callable[[int], datetime]) -> str | None:
    """Return a text; None for a column of other lists, which leaves not even room."""
    if header not in row:
        return None
    value = row[header]
    if not header.startswith("Time"):
        return str(value)
    return f"{clock(value):%Y-%m-%dT%H:%M:%S}" if isinstance(value, int) else "Unknown"
