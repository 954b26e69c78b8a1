"""Jobs: the selection of jobs, and the plan to cancel or signal them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from slurmctl_rest.errors import NotFound, Refused, Unsupported
from slurmctl_rest.model.change import Action, Outcome, RowChange, subject
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.job_ids import array_id, ids, is_cut, tasks, tasks_in, whole
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.syntax import Assignment, Selection
from slurmctl_rest.planning.checks import assigned
from slurmctl_rest.planning.targets import meets

NAME_CONDITIONS = ("Account", "User", "Partition", "QOS")
"""Conditions that match in any case: Slurm's own do, and slurmrestd does not lower names."""

SEE_LIST = "slurmctl-rest jobs list shows the active jobs"
"""The remedy for a job that Slurm does not know."""


def chosen(jobs: Sequence[Row], selection: Selection) -> list[Row]:
    """Return the jobs that the selection names; of waiting tasks of an array those that are."""
    # Users are matched here and never asked for: squeue and slurmrestd want them in their passwd.
    where = {
        n: tuple(map(_lower, v)) if n in NAME_CONDITIONS else v for n, v in selection.where.items()
    }
    meant: dict[int, list[str]] = {}  # by place: each run of a job has its number
    for place, name in _pairs(jobs, selection.names):
        meant.setdefault(place, []).append(name)
    return [
        part
        for place, job in enumerate(jobs)
        if meets({n: _lower(v) if n in NAME_CONDITIONS else v for n, v in job.items()}, where)
        for part in (_parts(job, meant.get(place, [])) if selection.names else [job])
    ]


def plan_cancel(
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
    missed = unmatched(jobs, selection.names)
    gone = unmatched(active, missed)
    unknown = unmatched(over, gone)
    reasons = {
        **dict.fromkeys(_without(missed, gone), "does not meet the conditions"),
        **dict.fromkeys(unknown, "is unknown to Slurm"),
        **dict.fromkeys(_without(gone, unknown), ""),  # over, so nothing is left to do
    }
    order = {whole(name): place for place, name in reversed([*enumerate(selection.names)])}
    for name in sorted(reasons, key=lambda name: order[whole(name)]):
        error = NotFound(f"job '{name}' {reasons[name]}", SEE_LIST) if reasons[name] else None
        plan.append(Outcome(RowChange(JOB, action, name, None, None), error))
    return plan


def plan_modify(
    jobs: Sequence[Row], selection: Selection, assignments: Sequence[Assignment]
) -> list[Outcome]:
    """Plan to change what slurmdbd keeps of the jobs that are named: of each the last run."""
    found = chosen(jobs, selection)
    plan = [_modified(job, assignments) for job in found]
    missed = unmatched(jobs, selection.names)
    reasons = dict.fromkeys(missed, "is unknown to slurmdbd")
    reasons |= dict.fromkeys(
        _without(unmatched(found, selection.names), missed), "does not meet the conditions"
    )
    for name, reason in reasons.items():
        hint = f"slurmctl-rest jobs history {name}"
        error = NotFound(f"job '{name}' {reason}", hint)
        plan.append(Outcome(RowChange(PAST_JOB, "modify", name, None, None), error))
    return plan


def _modified(job: Row, assignments: Sequence[Assignment]) -> Outcome:
    change = RowChange(PAST_JOB, "modify", str(job["JobID"]), job, assigned(job, assignments))
    if "[" not in change.name or not change.changes:
        return Outcome(change)
    error = Unsupported(
        f"{subject([change])}: slurmdbd has no record of its own of a task that waits",
        "repeat when its tasks have started",
    )
    return Outcome(change, error)


def unmatched(jobs: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return the names that mean none of the jobs; of several tasks, those that are none."""
    meant: dict[str, list[str]] = {}
    for place, name in _pairs(jobs, names):
        meant.setdefault(name, []).append(str(jobs[place]["JobID"]))
    left = (_rest(name, meant[name]) if name in meant else name for name in names)
    return [name for name in left if name]


def _rest(name: str, ids_: Sequence[str]) -> str:
    """Return the tasks of a name that are none of these jobs, which it means: empty for none."""
    named = _tasks(name)
    whole_or_cut = any(not tasks(id_) or is_cut(id_) for id_ in ids_)
    left = set() if is_cut(name) or whole_or_cut else named - _tasks(*ids_)
    return array_id(whole(name), left) if left else ""


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the names that are none of the others; of several tasks, what the others leave."""
    gone = set(others)
    by_whole: dict[str, list[str]] = {}
    for name in others:
        by_whole.setdefault(whole(name), []).append(name)
    left = (
        _rest(name, [n for n in by_whole.get(whole(name), ()) if tasks(n)]) if "[" in name else name
        for name in names
        if name not in gone
    )
    return [name for name in left if name]


def _tasks(*names: str) -> set[int]:
    return {task for name in names for part in tasks(name) for task in part}


def same(jobs: Iterable[Row], names: Sequence[str]) -> list[Row]:
    """Return the jobs that are, or are known to have tasks of, the jobs of these numbers."""
    near = _near(names)
    return [job for job in jobs if any(_shares(str(job["JobID"]), name) for name in near(job))]


def ids_to_send(changes: Sequence[RowChange]) -> tuple[str, ...]:
    """Return the numbers that Slurm is told; a list of tasks that is cut off becomes the array."""
    # Jobs are cancelled by number, those that were shown and no others: a condition that Slurm
    # evaluated would also match jobs that were submitted in between. Waiting tasks are named
    # (12_[4-9]), because the array's number means its running tasks, too.
    names = [whole(c.name) if is_cut(c.name) else c.name for c in changes]
    return tuple(dict.fromkeys(names))


def ids_answered(change: RowChange) -> tuple[str, ...]:
    """Return the numbers under which Slurm may speak of the job.

    Of a part of a mixed job (`12+0`) it speaks by the number that the part has for itself.
    """
    return (*ids_to_send([change]), str(change.old.get("JobIDRaw", "")))


def counted(changes: Sequence[RowChange]) -> int | None:
    """Count the jobs, each waiting task as one; None where Slurm does not tell all tasks."""
    names = [change.name for change in changes]
    return None if any(map(is_cut, names)) else tasks_in(names)


def guard_number(count: int | None, most: int | None, action: Action) -> None:
    """Refuse to touch more jobs than `--max-jobs` allows: Refused, too, if nobody can count."""
    if most is None:
        return
    if count is None:
        raise Refused(
            "could not count the jobs: Slurm does not list all tasks of a waiting array",
            "omit --max-jobs",
        )
    if count > most:
        raise Refused(
            f"this would {action} {count} job{'s' * (count != 1)}, but --max-jobs allows {most}",
            "name fewer jobs, or raise --max-jobs",
        )


def _outcome(job: Row, action: Action, kept: Sequence[Row]) -> Outcome:
    change = RowChange(JOB, action, str(job["JobID"]), job, None)
    if not is_cut(change.name):
        return Outcome(change)
    left = [one for one in kept if whole(str(one["JobID"])) == whole(change.name)]
    error = Unsupported(
        f"{subject([change])}: Slurm does not list all of its tasks, and you selected "
        "only a part of the array",
        f"name the array ({whole(change.name)}) to {action} all of it",
    )
    return Outcome(change, error if left else None)


def _pairs(jobs: Sequence[Row], names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the place of each job with each name that means it, or means tasks of it."""
    # Names are found by the array's number: jobs times names would be quadratic.
    near, alone = _near(names), set(ids(jobs))
    for place, job in enumerate(jobs):
        id_, raw = str(job["JobID"]), str(job["JobIDRaw"])
        for name in near(job):
            # A task that does not stand alone may be among those that are cut off.
            hidden = is_cut(id_) and name not in alone and whole(name) == whole(id_)
            if name == raw or _shares(id_, name) or hidden:
                yield place, name


def _near(names: Iterable[str]) -> Callable[[Row], Iterable[str]]:
    """Return the function that finds the names that might mean a job."""
    by_whole: dict[str, list[str]] = {}
    for name in names:
        by_whole.setdefault(whole(name), []).append(name)

    def near(job: Row) -> Iterable[str]:
        # A task has two numbers, 12_3 and one of its own.
        places = (whole(str(job["JobID"])), str(job["JobIDRaw"]))
        return dict.fromkeys(name for place in places for name in by_whole.get(place, ()))

    return near


def _parts(job: Row, names: Sequence[str]) -> list[Row]:
    """Return the job, or where the names mean only some of its waiting tasks, these."""
    id_ = str(job["JobID"])
    if not names:
        return []
    if {id_, whole(id_), str(job["JobIDRaw"])} & set(names) or "[" not in id_:
        return [job]
    if is_cut(id_):  # the tasks that are meant may be among those that are cut off
        return [{**job, "JobID": name} for name in names]
    left, parts = _tasks(id_), list[Row]()
    for name in names:
        if some := left & _tasks(name):
            parts.append({**job, "JobID": array_id(whole(id_), some)})
            left -= some
    return parts


def _shares(id_: str, other: str) -> bool:
    """Tell whether the two are the same job, or are known to have tasks of an array in common."""
    if whole(id_) != whole(other):
        return False
    if other in {id_, whole(id_)} or (is_cut(id_) and is_cut(other)):
        return True
    theirs = tasks(other)
    return any(set(one) & set(two) for one in tasks(id_) for two in theirs)


def _states(job: Row) -> Sequence[str]:
    states = job["State"]
    return states if isinstance(states, tuple) else ()


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value
