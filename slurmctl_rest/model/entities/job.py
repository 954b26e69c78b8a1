"""Jobs: one table, read from slurmctld's records (what runs and waits) and from slurmdbd's (all).

`squeue --json` writes slurmctld's records as slurmrestd does. The field names are sacct's, whose
columns say what slurmdbd's records say. A pending array is one record, `5_[1-100]`, and its tasks
part from it as they start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.model.entities.job_ids import JobId
from slurmctl_rest.model.entities.job_notes import JOB_NOTES
from slurmctl_rest.model.fields import MUST_BE_THERE, Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind, Value, as_list, as_text
from slurmctl_rest.model.kinds.durations import ELAPSED, MOMENT, NO_DURATION, Minutes
from slurmctl_rest.model.kinds.names import NAME, OPTIONAL_NAME, TEXT, NameSet
from slurmctl_rest.model.kinds.numbers import COUNT, NUMBER
from slurmctl_rest.model.kinds.tres import TRES, tres_amount
from slurmctl_rest.model.kinds.words import one_of
from slurmctl_rest.model.text import as_shown, printable

STATE_CODES: Mapping[str, str] = {
    "BOOT_FAIL": "BF", "CANCELLED": "CA", "COMPLETED": "CD", "COMPLETING": "CG",
    "CONFIGURING": "CF", "DEADLINE": "DL", "FAILED": "F", "NODE_FAIL": "NF",
    "OUT_OF_MEMORY": "OOM", "PENDING": "PD", "PREEMPTED": "PR", "REQUEUED": "RQ",
    "REQUEUE_FED": "RF", "REQUEUE_HOLD": "RH", "RESIZING": "RS", "REVOKED": "RV", "RUNNING": "R",
    "SIGNALING": "SI", "SPECIAL_EXIT": "SE", "STAGE_OUT": "SO", "STOPPED": "ST",
    "SUSPENDED": "S", "TIMEOUT": "TO",
}  # fmt: skip
"""Slurm's states and what squeue calls them in short."""

ENDED = frozenset(
    {
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL"),
        *("OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT"),
    }
)
"""States of jobs that are over; slurmctld shows them for a while. COMPLETING comes beside one."""

PENDING = "PENDING"
BY_THEMSELVES = ENDED | {PENDING, "RUNNING", "SUSPENDED"}
"""The states of which a job always has one; all others come beside one."""


class States(NameSet):
    """Slurm's states of a job: one, or one with what is happening besides."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return all states, as people write them."""
        return tuple(state.lower() for state in STATE_CODES)

    def parse(self, text: str) -> Value:
        """Read one state, in any case, whole or in short."""
        short = {code: state for state, code in STATE_CODES.items()}
        word = text.strip().upper()
        return (one_of(short.get(word, word), STATE_CODES),)

    def read(self, text: str) -> Value:
        """Read `CANCELLED by 1000`; of a run that was REQUEUED records say PENDING besides."""
        state = text.partition(" ")[0]
        beside = [PENDING] if state and state not in BY_THEMSELVES else []
        return self.load([*beside, state] if state else [])


class SlurmWord(Kind):
    """A word of Slurm's own that is only shown; `nothing` is its word for none."""

    def __init__(self, nothing: str = "") -> None:
        """An empty word is none, too."""
        super().__init__({"type": ["string", "null"]}, "text")
        self.nothing = nothing

    def parse(self, text: str) -> Value:
        """Take it as it is shown."""
        return as_shown(text) or None

    def read(self, text: str) -> Value:
        """Read the word; sacct has the same one for none."""
        return self.load(text)

    def load(self, json: Json) -> Value:
        """Read the word."""
        return None if json is None or as_text(json) in {"", self.nothing} else json


class ExitCode(SlurmWord):
    """How a job ended, as sacct writes it: `code:signal`."""

    def read(self, text: str) -> Value:
        """Take it as it is."""
        return text or None

    def load(self, json: Json) -> Value:
        """Read {return_code, signal: {id}}."""
        if json is None:
            return None
        if not isinstance(json, Mapping) or not isinstance(json.get("signal", {}), Mapping):
            raise ValueError(f"'{printable(str(json))}' is not an exit code")  # noqa: TRY004
        code = _place(json.get("return_code")) or 0
        signal = _place((json.get("signal") or {}).get("id")) or 0
        return f"{code}:{signal}"


class Limit(Minutes):
    """How long a job may run: as long as it likes, or as its partition lets it, is no limit."""

    def read(self, text: str) -> Value:
        """Read a duration, or the word for none."""
        return None if text in {*NO_DURATION, "Partition_Limit"} else super().read(text)


class Requested(Kind):
    """Counts by TRES, of a job: slurmctld writes them as text, slurmdbd as a list."""

    def __init__(self) -> None:
        """They look like limits."""
        super().__init__(TRES.schema, TRES.unit)

    def parse(self, text: str) -> Value:
        """Read `cpu=2,mem=4G,gres/gpumem=1.5G`; a part of one counts whole, for people."""
        counts = {}
        for part in text.split(",") if text else ():
            name, _, count = part.partition("=")
            numerator, denominator = tres_amount(name, count)
            counts[name] = -(-numerator // denominator)
        return counts

    def read(self, text: str) -> Value:
        """Read sacct's text, which has a count that is not known as 0, or as 2^64 - 2."""
        counts = self.parse(text)
        known = counts.items() if isinstance(counts, Mapping) else ()
        return {name: n for name, n in known if n is not None and 0 < n < UNKNOWN_AMOUNT}

    def load(self, json: Json) -> Value:
        """Read either; a negative count is one that is not known (energy of a running job)."""
        if isinstance(json, str):
            return self.parse(json)
        known = [one for one in as_list(json) if not _is_unknown(one)]
        return TRES.load(known)

    def text(self, value: Value) -> str:
        """Write `cpu=2,mem=4G`."""
        return TRES.text(value)


UNKNOWN_AMOUNT = 2**63
"""Counts from here on are negative ones of 64 bits."""


def _is_unknown(entry: Json) -> bool:
    count = entry.get("count") if isinstance(entry, Mapping) else None
    return isinstance(count, int) and count <= 0


def _shown(name: str, kind: Kind, path: str, help_: str) -> Field:
    # No job is ever written back: what a release does not tell of one is unset.
    return Field(
        name, kind, path, help_, access=Access.READ, record=SlurmRecord.OBJECT, absent=None
    )


def _where(name: str, kind: Kind, path: str, help_: str, *aliases: str) -> Field:
    return replace(_shown(name, kind, path, help_), where=True, aliases=aliases)


WHY_COLUMN = replace(
    _shown("Why", TEXT, "", "why the job waits: the limits that hold it, or the reason in words"),
    absent="",
)
JOB = Entity(
    "job",
    (
        Field(
            "JobID", JobId(), "job_id", "job ID: 12, task 12_3, pending tasks 12_[4-9]",
            aliases=("id", "ids", "jobs"), access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        _shown("JobIDRaw", NUMBER, "job_id", "job number; each task gets its own when it starts"),
        _where("JobName", SlurmWord(), "name", "name of the job", "name", "names"),
        _where("Account", NAME, "account", "account of the job", "accounts"),
        _where("User", NAME, "user_name", "user of the job", "users"),
        _where("Partition", OPTIONAL_NAME, "partition", "partition of the job", "partitions"),
        _where("QOS", NAME, "qos", "QOS of the job"),
        _where("State", States("states"), "job_state", "state of the job", "states"),
        _shown("Reason", SlurmWord("None"), "state_reason", "why the job waits, or has ended"),
        _shown("Submit", MOMENT, "submit_time", "time of submission"),
        _shown("Start", MOMENT, "start_time", "time of start; in history, start= sets the window"),
        _shown("End", MOMENT, "", "time of end; in history, end= sets the window"),
        _shown("Elapsed", ELAPSED, "", "run time without suspensions; only in history"),
        _shown("Timelimit", Limit("minutes"), "time_limit", "longest run time; empty: no limit"),
        _shown("ReqTRES", Requested(), "tres_req_str", "requested TRES"),
        _shown("AllocTRES", Requested(), "tres_alloc_str", "allocated TRES"),
        _shown("NodeList", SlurmWord("None assigned"), "nodes", "nodes of the job"),
        _shown("ExitCode", ExitCode(), "", "exit code and signal, as code:signal"),
    ),
    ("JobID", "JobName", "Account", "User", "Partition", "State", "Start", "Reason", "NodeList"),
    command="jobs",
    on_request=(WHY_COLUMN,),
)  # fmt: skip

HELD_JOB = replace(
    JOB,
    fields=(
        *JOB.fields,
        _shown("Accrue", MOMENT, "accrue_time", "when it began to gain age priority"),
        _shown("Eligible", MOMENT, "eligible_time", "when it may begin"),
        _shown("Dependency", SlurmWord(), "dependency", "jobs that it depends on"),
        _shown("Licenses", SlurmWord(), "licenses", "licenses that it asks for"),
        _shown("Reservation", SlurmWord(), "resv_name", "its reservation"),
    ),
)
"""The same table, with what else matters to why a job waits."""

PAST: Mapping[str, str] = {
    "User": "user",
    "State": "state.current",
    "Reason": "state.reason",
    "Submit": "time.submission",
    "Start": "time.start",
    "End": "time.end",
    "Elapsed": "time.elapsed",
    "Timelimit": "time.limit",
    "ReqTRES": "tres.requested",
    "AllocTRES": "tres.allocated",
    "ExitCode": "exit_code",
}
"""Paths in slurmdbd's records that differ from those in slurmctld's: one table has both."""

PAST_JOB = replace(
    JOB,
    fields=tuple(
        replace(
            f,
            path=PAST.get(f.name, f.path),
            where=f.where or f.name in {"Start", "End"},
        )
        for f in JOB.fields
    ),
    columns=("JobID", "JobName", "Account", "User", "Partition", "State", "Start", "End",
             "Elapsed", "ExitCode"),
    on_request=JOB_NOTES,
)  # fmt: skip
"""The same table, for what slurmdbd tells; as conditions, start= and end= are those of a window."""


def of_slurmctld(records: Iterable[Json], cluster: str, table: Entity = JOB) -> list[Row]:
    """Read slurmctld's records; those that a federation shows of siblings are left out."""
    rows = []
    for record in records:
        if record.get("cluster") in {None, "", cluster}:
            row = JOB.load(record, (f for f in table.fields if f.path))
            started = PENDING not in _names(row["State"])  # or else it is when it might
            array, het = _number(record, "array_job_id"), _number(record, "het_job_id")
            # `2-6%2`: behind the sign stands how many may
            # run at once, which is no part of the name.
            task = (record.get("array_task_string") or "").partition("%")[0]
            part = _place(record.get("het_job_offset"))
            id_ = _id(row["JobIDRaw"], array, _place(record.get("array_task_id")), task, het, part)
            nothing = {f.name: f.load({}) for f in JOB.fields if not f.path}
            rows.append(
                {**row, **nothing, "JobID": id_, "Start": row["Start"] if started else None}
            )
    return sort_jobs(rows)


def of_slurmdbd(records: Iterable[Json], also: Collection[str] = ()) -> list[Row]:
    """Read slurmdbd's records: each run of a job that was requeued is one.

    `also`: fields on request.
    """
    rows = []
    fields = (*PAST_JOB.fields, *(f for f in JOB_NOTES if f.name in also))
    for record in records:
        row = PAST_JOB.load(record, fields)
        array, het = record.get("array") or {}, record.get("het") or {}
        id_ = _id(
            row["JobIDRaw"],
            array.get("job_id") or 0,
            _place(array.get("task_id")),
            _listed((array.get("task") or "").partition("%")[0]),
            het.get("job_id") or 0,
            _place(het.get("job_offset")),
        )
        rows.append({**row, "JobID": id_})
    return sort_jobs(rows)


def not_over(records: Iterable[Json]) -> set[str]:
    """Return the numbers of jobs that are not over, or whose processes are not gone yet.

    The records tell number and state alone. Tasks of an array and parts of a mixed job have
    numbers of their own here, which slurmctld mixes up with that of the whole (24.11, 26.05).
    """
    rows = [STATE.load(record) for record in records]
    there = (row for row in rows if is_there(row))
    return {str(row["JobID"]) for row in there}


STATE = Entity(
    "job",
    (
        Field("JobID", TEXT, "job_id", "the job", access=Access.KEY, record=SlurmRecord.OBJECT),
        replace(JOB["State"], path="state", absent=MUST_BE_THERE),
    ),
    (),
)
"""Fields of a job in slurmctld's answer about states alone."""


def is_active(row: Row) -> bool:
    """Tell whether the job still holds its association: pending, running, suspended."""
    return not ENDED & set(_names(row["State"]))


def is_there(row: Row) -> bool:
    """Tell whether the job is active, or its processes are not gone yet."""
    return is_active(row) or "COMPLETING" in _names(row["State"])


def _listed(text: str) -> str:
    """Return waiting tasks as a list, `2-6,9`: slurmdbd's JSON has a bitmap of them, `0x27C`."""
    if not re.fullmatch(r"0x[0-9A-Fa-f]+", text):
        return text
    bits = f"{int(text, 16):b}"[::-1]
    runs = [(run.start(), run.end() - 1) for run in re.finditer("1+", bits)]
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _id(raw: Value, array: int, task: int | None, waiting: str, het: int, part: int | None) -> str:
    if array and waiting:
        return f"{array}_[{waiting}]"
    if array and task is not None:
        return f"{array}_{task}"
    # A mixed job's parts are called by the number of its first part, as squeue and scancel have it.
    return f"{het}+{part or 0}" if het else str(raw)


def _number(record: Json, key: str) -> int:
    value = _place(record.get(key))
    return value if isinstance(value, int) else 0


def _place(json: Json) -> int | None:
    """Return a number that may be 0, where it is set."""
    value = (COUNT if isinstance(json, Mapping) else NUMBER).load(json)
    return value if isinstance(value, int) else None


def _names(value: Value) -> Sequence[str]:
    return value if isinstance(value, tuple) else ()


def job_number(row: Row) -> str:
    """Return what a job is called where its record is changed.

    A task by its place in the array: the number of its own may be the array's, too. A part of a
    mixed job by its number.
    """
    return str(row["JobID"] if "_" in str(row["JobID"]) else row["JobIDRaw"])


def latest(rows: Iterable[Row]) -> list[Row]:
    """Return the last run of each job, in the order of the jobs."""
    return list({row["JobID"]: row for row in sort_jobs(rows)}.values())


RunOrder: TypeAlias = tuple[Value, ...]
"""The key of one run of a job."""


def run(row: Row) -> RunOrder:
    """Return which run of which job it is."""
    return row["JobID"], row["JobIDRaw"], row["Submit"], row["Start"]


def sort_jobs(rows: Iterable[Row]) -> list[Row]:
    """Return jobs in the order in which they are shown."""
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[int, ...]:
    """Return the place among jobs: by array, and in it by task, waiting ones last; then by run.

    A run that has not started is the last one.
    """
    id_ = str(row["JobID"])
    begin, _, rest = id_.replace("+", "_").partition("_")
    submitted, started = row["Submit"], row["Start"]
    task = int(rest) if rest.isdecimal() else SORTS_LAST if rest else 0
    return (
        int(begin),
        task,
        submitted if isinstance(submitted, int) else 0,
        started if isinstance(started, int) else SORTS_LAST,
    )


SORTS_LAST = 2**32
"""Above every number of a task, and every moment that Slurm can hold."""
