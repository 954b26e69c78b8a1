"""`jobs why`: which limits hold a job, or what else it waits for, and what would let it start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.limits import LimitFacts, read_limits, read_parents
from slurmctl_rest.cli.named import last_error, unseen_errors
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.limits import remedies
from slurmctl_rest.limits.reason_names import LIMIT_OF_REASON
from slurmctl_rest.limits.reason_words import ReasonWords, name_of_reason, reason_in_words
from slurmctl_rest.limits.waits import (
    Hold,
    association_of,
    demand_of,
    holds,
    limits_of,
    qos_in_order,
    usage_factor,
)
from slurmctl_rest.model import times
from slurmctl_rest.model.entities import JOB, job_ids
from slurmctl_rest.model.entities.job import is_active
from slurmctl_rest.model.entities.why import WAIT_REASON
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_use import NO_PARTITIONS
from slurmctl_rest.model.syntax import parse_select
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.times import Zone
from slurmctl_rest.planning import jobs as plans

PENDING = "PENDING"


def run(context: Context, tokens: Sequence[str], tz: str | None) -> None:
    """Show why the jobs wait that the tokens name; NotFound for one that slurmctld lacks."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    statement = parse_select(JOB, [*tokens, *format_], columns_of=WAIT_REASON)
    columns = context.columns_of(
        WAIT_REASON, statement.columns
    )  # a format that cannot be is refused first
    selection = statement.selection
    if not selection.names and not selection.where:
        raise UsageError("no job is named", "jobs why 12, or jobs why user=alice")
    zone = context.zone(tz)
    cluster = context.cluster_of_jobs()
    with context.limits.beside():
        told = context.limits.jobs(selection.names)
        jobs = plans.chosen(told, selection)
        # slurmrestd tells them as they are named, squeue by their numbers.
        jobs.sort(key=lambda job: int(job_ids.whole(str(job["JobID"]))))
        unknown = plans.unmatched(jobs, selection.names)
        if not selection.names:
            jobs = [job for job in jobs if waits(job)]
        rows = why_rows(context, cluster, jobs, zone)
    absent = last_error(unseen_errors(context, selection.where, told, cluster))
    if jobs or not unknown:
        context.show(WAIT_REASON, rows, columns, cluster=cluster)
    if unknown:
        names = ", ".join(unknown)
        raise NotFound(
            f"slurmctld has no job {listed(unknown)}",
            f"slurmctl-rest jobs history {names.replace(' ', '')} shows past ones",
        )
    if absent is not None:
        raise absent


def waits(job: Row) -> bool:
    """Tell whether a job has not started."""
    states = job["State"]
    return is_active(job) and isinstance(states, tuple) and PENDING in states


def why_rows(context: Context, cluster: str, jobs: Sequence[Row], zone: Zone) -> list[Row]:
    """Return the rows of the entity WAIT_REASON, job by job."""
    held = holds_of(context, cluster, [job for job in jobs if waits(job)])
    facts, found = held
    active: list[Row] = []
    all_holds = [hold for some in found.values() for hold in some]
    if any(hold.state.rule.counts_others for hold in all_holds):
        active = context.limits.active()
    parents = dict(facts.parents) if facts is not None else {}
    if any(not hold.state.qos and not hold.state.key.user for hold in all_holds):
        # Jobs of other accounts below the same one count, too, and have not been looked at yet.
        parents |= read_parents(
            context, cluster, {str(job["Account"]) for job in active} - {*parents}
        )
    rows: list[Row] = []
    for job in jobs:
        mine = found.get(str(job["JobID"]), [])
        if not mine or _says_more(job):
            rows.append(_of_reason(job, zone))
        rows += [_of_hold(job, hold, active, parents, facts, zone) for hold in mine]
    return rows


def _says_more(job: Row) -> bool:
    """Tell whether Slurm's reason is another one than limits: to raise these is not enough then."""
    name = name_of_reason(str(job["Reason"] or ""))
    return waits(job) and name not in LIMIT_OF_REASON and name not in SAYS_NOTHING


SAYS_NOTHING = frozenset(
    {
        *("None", "Priority", "Resources", "AccountingPolicy"),
        *("AssociationJobLimit", "AssociationResourceLimit", "AssociationTimeLimit"),
        *("QOSJobLimit", "QOSResourceLimit", "QOSTimeLimit"),
    }
)
"""Reasons beside which a limit that holds the job is the whole answer."""


def holds_of(
    context: Context, cluster: str, jobs: Sequence[Row]
) -> tuple[LimitFacts | None, Mapping[str, list[Hold]]]:
    """Return the limits that hold each of the jobs that wait, by its number."""
    if not jobs:
        return None, {}
    accounts, users, qos = (
        sorted({str(job[name]) for job in jobs if job[name]}) for name in ("Account", "User", "QOS")
    )
    partitions = {one for job in jobs for one in _partitions(job)}
    facts = read_limits(context, cluster, accounts, users, qos, partitions=partitions)
    return facts, {str(job["JobID"]): _holds_of_job(facts, job) for job in jobs}


def _partitions(job: Row) -> list[str]:
    """Return the partitions that a job may run in."""
    return str(job["Partition"] or "").split(",")


def _holds_of_job(facts: LimitFacts, job: Row) -> list[Hold]:
    """Return the limits that hold a job in each of its partitions; in one where none does, none."""
    whole = demand_of(job, job_ids.tasks_in([str(job["JobID"])]))
    whole = replace(whole, factor=usage_factor(facts.qos.get(whole.qos)))
    found: dict[tuple[object, ...], Hold] = {}
    for partition in _partitions(job):
        demand = replace(whole, partition=partition)
        key = association_of(demand, facts.tree, facts.cluster)
        if key is None:
            return []
        of_partition = facts.qos.get(facts.partitions.qos_of(partition))
        rows = qos_in_order(facts.qos.get(demand.qos), of_partition)
        states = limits_of(demand, key, facts.tree, rows, facts.use)
        some = holds(demand, states, str(job["Reason"] or ""))
        if not some:
            return []
        for hold in some:
            state = hold.state
            found.setdefault((state.key, state.qos, state.field, state.tres), hold)
    return [*found.values()]


def _of_hold(
    job: Row,
    hold: Hold,
    active: Iterable[Row],
    parents: Mapping[str, str],
    facts: LimitFacts | None,
    zone: Zone,
) -> Row:
    partitions = facts.partitions if facts is not None else NO_PARTITIONS
    ends = remedies.ends(hold, active, parents, partitions)
    state = hold.state
    return {
        **_of_job(job, zone),
        **{name: state.row()[name] for name in OF_LIMIT},
        "Need": hold.need,
        "Ends": ends.jobs,
        "Until": None if ends.at is None else times.as_rfc3339(ends.at, zone),
        "Text": remedies.text_of(hold),
        "Remedy": remedies.remedy_of(hold),
    }


OF_LIMIT = (
    *("Account", "User", "Partition", "QOS", "Limit", "TRES", "Value", "Used", "From", "Note"),
)


def _of_job(job: Row, zone: Zone) -> dict[str, Value]:
    since = job["Eligible"]
    return {
        "JobID": job["JobID"],
        "State": job["State"],
        "Reason": job["Reason"],
        "Since": times.as_rfc3339(since, zone) if isinstance(since, int) else None,
    }


def _of_reason(job: Row, zone: Zone) -> Row:
    """Return the row of a job that no limit holds."""
    nothing: dict[str, Value] = {**dict.fromkeys(OF_LIMIT), "Need": None, "Ends": (), "Until": None}
    if not waits(job):
        state = JOB["State"].kind.text(job["State"])
        text = f"it does not wait: {state}"
        return {**_of_job(job, zone), **nothing, "Text": text, "Remedy": None}
    said = _in_words(job)
    return {**_of_job(job, zone), **nothing, "Text": said.text, "Remedy": said.step or None}


def _in_words(job: Row) -> ReasonWords:
    """Return Slurm's reason in words, with what the job depends on, or the licenses it needs."""
    reason = str(job["Reason"] or "")
    said = reason_in_words(reason, str(job["JobID"]))
    for name in ("Dependency", "Licenses"):
        if reason.startswith(name) and job[name]:
            return replace(said, text=f"{said.text} ({job[name]})")
    return said


def short_texts(context: Context, cluster: str, jobs: Sequence[Row]) -> dict[str, str]:
    """Return the column Why of `jobs list`: the number of a job that waits -> why, in short."""
    waiting = [job for job in jobs if waits(job)]
    _, found = holds_of(context, cluster, waiting)
    texts = {}
    for job in waiting:
        number = str(job["JobID"])
        parts = [*map(remedies.text_of, found.get(number, []))]
        if not parts or _says_more(job):
            parts.insert(0, _in_words(job).text)
        texts[number] = "; ".join(parts)
    return texts
