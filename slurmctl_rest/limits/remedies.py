"""What would let a job start that a limit holds: jobs that end, or a larger limit. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slurmctl_rest.limits.findings import LimitState
from slurmctl_rest.limits.waits import Hold, counts_against
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.job_ids import ids
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.tres import counts
from slurmctl_rest.model.limit_use import NO_PARTITIONS, Measure, Partitions
from slurmctl_rest.model.tres_counts import count_text


@dataclass(frozen=True, slots=True)
class Ends:
    """Jobs that would have to end, the first to end first; and when they end at the latest.

    at  seconds since 1970; None where one of them has no time limit, or nothing would help
    """

    jobs: tuple[str, ...]
    at: int | None


def ends(
    hold: Hold,
    active: Iterable[Row],
    parents: Mapping[str, str],
    partitions: Partitions = NO_PARTITIONS,
) -> Ends:
    """Return the jobs that make room for the one that is held, by their time limits.

    Nothing makes room in a limit on one job, or in what was used before.
    """
    state = hold.state
    if state.rule.measure not in FREED or not state.rule.counts_others or state.used is None:
        return Ends((), None)
    if hold.need > state.value:
        return Ends((), None)
    counting = [job for job in active if counts_against(job, state, parents, partitions)]
    counting.sort(key=lambda job: (end_of(job) or math.inf, str(job["JobID"])))
    used, chosen = state.used, list[Row]()
    for job in counting:
        if used + hold.need <= state.value:
            break
        freed = _freed(job, state)
        if freed:
            used -= freed
            chosen.append(job)
    last = max((end_of(job) or math.inf for job in chosen), default=math.inf)
    enough = used + hold.need <= state.value
    return Ends(ids(chosen), int(last) if enough and last != math.inf else None)


FREED = frozenset({Measure.RUNNING, Measure.TRES, Measure.RUN_MINUTES})
"""What a job gives back where it ends."""


def end_of(job: Row) -> int | None:
    """Return when a job ends at the latest; None where it has no time limit."""
    start, limit = job["Start"], job["Timelimit"]
    if not isinstance(start, int) or not isinstance(limit, int):
        return None
    return start + 60 * limit


def _freed(job: Row, state: LimitState) -> float:
    if state.rule.measure is Measure.RUNNING:
        return 1
    count = counts(job["AllocTRES"]).get(state.tres, 0)
    limit = job["Timelimit"]
    # It was counted with its whole time limit at first, and by and by with less.
    minutes = limit if isinstance(limit, int) and state.rule.measure is Measure.RUN_MINUTES else 1
    return count * minutes


def limit_field(state: LimitState) -> Field:
    """Return the row of the table that the limit is."""
    return (QOS if state.qos else ASSOCIATION)[state.field]


def place_of(state: LimitState) -> str:
    """Return whose limit it is, in words: `account physics`, `user alice in account physics`."""
    key = state.key
    if state.qos:
        part = f" for user {key.user}" if key.user else ""
        part = f" for account {key.account}" if key.account else part
        return f"QOS {state.qos}{part}"
    if not key.user:
        return f"account {key.account}"
    of_partition = f" and partition {key.partition}" if key.partition else ""
    whose = f"user {key.user} in account {key.account}{of_partition}"
    return f"{whose} (set on account {state.origin})" if state.origin else whose


def amount_text(state: LimitState, number: float) -> str:
    """Return a number of the limit's unit as people write it: `8 cpu`, `4G mem`, `3`."""
    if state.tres:
        return f"{count_text(state.tres, math.ceil(number))} {state.tres}"
    return f"{number:g}"


UNIT_TEXTS: Mapping[Measure, str] = {
    Measure.RUNNING: " running jobs",
    Measure.ACCRUING: " jobs that gain age priority",
    Measure.SUBMITTED: " pending and running jobs",
    Measure.WALL: " minutes",
    Measure.TRES: "",
    Measure.MINUTES: " minutes",
    Measure.RUN_MINUTES: " minutes",
}


def text_of(hold: Hold) -> str:
    """Return the sentence about a limit that holds a job."""
    state = hold.state
    unit = UNIT_TEXTS[state.rule.measure]
    limit = f"{place_of(state)}: {state.field} is {amount_text(state, state.value)}{unit}"
    about = "about " if state.note else ""
    if state.rule.counts_others:
        used = (
            "the use is not known"
            if state.used is None
            else (f"{about}{amount_text(state, state.used)} used")
        )
        limit += f", {used}"
    if state.factor != 1:
        limit += f" (LimitFactor {state.factor:g} of the QOS is in it)"
    verb = "asks for only" if state.rule.least else "needs"
    # Slurm counts the whole node for --exclusive, and no end for a job without a time limit.
    more = "" if _would_help(hold) else ", or more that Slurm counts for it"
    return f"{limit}; the job {verb} {amount_text(state, hold.need)}{more}"


def _would_help(hold: Hold) -> bool:
    """Tell whether the value that is enough is another one than the limit has."""
    state = hold.state
    return hold.enough < state.value if state.rule.least else hold.enough > state.value


def remedy_of(hold: Hold) -> str | None:
    """Return the command with which the job may start; None where none is known."""
    return command_of(hold.state, hold.enough) if _would_help(hold) else None


def command_of(state: LimitState, value: float) -> str:
    """Return the command that gives a limit this value where it is set.

    Example: slurmctl-rest account modify physics set GrpTRES=cpu=28
    """
    kind = limit_field(state).kind
    number = math.ceil(value / state.factor)
    text = kind.to_argument({state.tres: number} if state.tres else number)
    assignment = f"set {state.field}={text}"
    key = state.key
    if state.qos:
        return f"slurmctl-rest qos modify {state.qos} {assignment}"
    if state.origin or not key.user:
        return f"slurmctl-rest account modify {state.origin or key.account} {assignment}"
    partition = f" partition={key.partition}" if key.partition else ""
    where = f"where account={key.account} user={key.user}{partition}"
    return f"slurmctl-rest assoc modify {where} {assignment}"
