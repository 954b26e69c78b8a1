"""Jobs, as much as a deletion has to know: which are active, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slurmctl_rest.model.fields import Access, Entity, Field, Record, Row
from slurmctl_rest.model.kinds import COUNT, NAME, NAME_SET, OPTIONAL_NAME, Json

JOB = Entity(
    "job",
    (
        Field("ID", COUNT, "job_id", "the job", access=Access.KEY, record=Record.OBJECT),
        Field("Account", NAME, "account", "its account", access=Access.READ, record=Record.OBJECT),
        Field("User", NAME, "user_name", "its user", access=Access.READ, record=Record.OBJECT),
        Field(
            "Partition", OPTIONAL_NAME, "partition", "its partition",
            access=Access.READ, record=Record.OBJECT,
        ),
        Field(
            "State", NAME_SET, "job_state", "its state",
            access=Access.READ, record=Record.OBJECT,
        ),
    ),
    ("ID", "Account", "User", "Partition", "State"),
)  # fmt: skip

ENDED = frozenset(
    {
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL"),
        *("OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT"),
    }
)
"""States of jobs that are over; slurmctld shows them for a while. COMPLETING comes beside one."""


def active(records: Iterable[Json], accounts: Sequence[str]) -> list[Row]:
    """Read slurmctld's records (squeue --json writes the same): jobs of the accounts.

    Only those that still hold their association: pending, running, suspended.
    """
    rows: list[Row] = [{f.name: f.load(record) for f in JOB.fields} for record in records]
    found = [row for row in rows if row["Account"] in accounts and not ENDED & _states(row)]
    return sorted(found, key=_number)


def ids(jobs: Iterable[Row]) -> list[str]:
    """Return the numbers of the jobs, as both roads take them."""
    return [str(job["ID"]) for job in jobs]


def _states(row: Row) -> set[str]:
    states = row["State"]
    return set(states if isinstance(states, tuple) else ())


def _number(row: Row) -> int:
    number = row["ID"]
    return number if isinstance(number, int) else 0
