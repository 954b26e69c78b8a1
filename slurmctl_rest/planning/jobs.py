"""Jobs: which of them are meant, and what cancelling them comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slurmctl_rest.errors import NotFound, Refused, Unsupported
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.job import ids, is_cut, tasks, tasks_in, whole
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds import Value
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.planning import Action, Outcome, RowChange, meets, subject

NAMES = ("Account", "User", "Partition", "QOS")
"""Conditions that match in any case: Slurm's own do, and slurmrestd does not lower names."""


def chosen(jobs: Iterable[Row], selection: Selection) -> list[Row]:
    """Return the jobs that the selection names; of waiting tasks of an array those that are."""
    where = {n: tuple(map(_lower, v)) if n in NAMES else v for n, v in selection.where.items()}
    found = [
        job
        for job in jobs
        if meets({n: _lower(v) if n in NAMES else v for n, v in job.items()}, where)
    ]
    if not selection.names:
        return found
    meant: dict[str, tuple[Row, list[str]]] = {}
    for job, name in _pairs(found, selection.names):
        meant.setdefault(str(job["JobID"]), (job, []))[1].append(name)
    return [one for job, names in meant.values() for one in _parts(job, names)]


def cancel(
    active: Sequence[Row], over: Sequence[Row], selection: Selection, action: Action
) -> list[Outcome]:
    """Plan to cancel (or signal) what is chosen of the active jobs.

    To cancel one that is `over` is no change.
    """
    jobs = chosen(active, selection)
    if action == "signal" and not selection.names:  # a waiting job has no processes to signal
        jobs = [job for job in jobs if "PENDING" not in _states(job)]
    meant = set(ids(jobs))
    kept = [job for job in active if job["JobID"] not in meant]
    plan = [_outcome(job, action, kept) for job in jobs]
    for name in unmatched(jobs, selection.names):
        change = RowChange(JOB, action, name, None, None)
        is_active, is_over = not unmatched(active, [name]), not unmatched(over, [name])
        what = "does not meet the conditions" if is_active else "is not known to Slurm"
        error = NotFound(f"job '{name}' {what}", "slurmctl-rest jobs list shows those there are")
        plan.append(Outcome(change, None if is_over and not is_active else error))
    return plan


def unmatched(jobs: Iterable[Row], names: Sequence[str]) -> list[str]:
    """Return the names that mean none of the jobs."""
    meant = {name for _, name in _pairs(jobs, names)}
    return [name for name in names if name not in meant]


def same(jobs: Iterable[Row], names: Sequence[str]) -> list[Row]:
    """Return the jobs that are, or have tasks of, the jobs of these numbers."""
    return list({str(job["JobID"]): job for job, _ in _pairs(jobs, names)}.values())


def told(changes: Sequence[RowChange]) -> tuple[str, ...]:
    """Return the numbers that Slurm is told; a list of tasks that is cut off becomes the array."""
    names = [whole(c.name) if is_cut(c.name) else c.name for c in changes]
    return tuple(dict.fromkeys(names))


def counted(changes: Sequence[RowChange]) -> int | None:
    """Count the jobs, each waiting task as one; None where Slurm does not tell all tasks."""
    names = [change.name for change in changes]
    return None if any(map(is_cut, names)) else tasks_in(names)


def guard_number(count: int | None, most: int | None, action: Action) -> None:
    """Refuse to touch more jobs than `--max-jobs` allows."""
    if most is None:
        return
    if count is None:
        raise Refused(
            "an array waits of which Slurm does not tell all tasks, so they cannot be counted",
            "leave out --max-jobs",
        )
    if count > most:
        raise Refused(
            f"this would {action} {count} job{'s' * (count != 1)}, and --max-jobs allows {most}",
            "name fewer jobs, or allow more",
        )


def _outcome(job: Row, action: Action, kept: Sequence[Row]) -> Outcome:
    change = RowChange(JOB, action, str(job["JobID"]), job, None)
    if not is_cut(change.name):
        return Outcome(change)
    left = [one for one in kept if whole(str(one["JobID"])) == whole(change.name)]
    error = Unsupported(
        f"{subject([change])}: Slurm does not tell all of its tasks, and others of this array "
        "are not meant",
        f"name the array ({whole(change.name)}) to {action} all of it",
    )
    return Outcome(change, error if left else None)


def _pairs(jobs: Iterable[Row], names: Iterable[str]) -> Iterator[tuple[Row, str]]:
    """Yield each job with each name that means it, or means tasks of it."""
    by_whole: dict[str, list[str]] = {}
    for name in names:
        by_whole.setdefault(whole(name), []).append(name)
    for job in jobs:
        id_, raw = str(job["JobID"]), str(job["JobIDRaw"])
        near = (*by_whole.get(whole(id_), ()), *by_whole.get(raw, ()))
        for name in dict.fromkeys(near):
            if name in {whole(id_), raw} or _shares(id_, name):
                yield job, name


def _parts(job: Row, names: Sequence[str]) -> list[Row]:
    """Return the job, or where the names mean only some of its waiting tasks, these."""
    id_ = str(job["JobID"])
    if {id_, whole(id_), str(job["JobIDRaw"])} & set(names):
        return [job]
    return [{**job, "JobID": name} for name in names]


def _shares(id_: str, other: str) -> bool:
    """Tell whether the two are the same job, or have tasks of an array in common."""
    if id_ == other:
        return True
    if whole(id_) != whole(other):
        return False
    if is_cut(id_) or is_cut(other):
        return True
    theirs = tasks(other)
    return any(set(one) & set(two) for one in tasks(id_) for two in theirs)


def _states(job: Row) -> Sequence[str]:
    states = job["State"]
    return states if isinstance(states, tuple) else ()


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value
