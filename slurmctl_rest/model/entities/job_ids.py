"""Numbers of jobs as Slurm writes them: 75, 75_3, 75_[2-5%2], 75+1."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json, Kind, Value
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.text import printable

_NUMBER = r"[1-9]\d{0,9}"


_TASKS = r"\d{1,7}(?:-\d{1,7}(?::[1-9]\d{0,6})?)?(?:,\d{1,7}(?:-\d{1,7}(?::[1-9]\d{0,6})?)?)*"


MAX_TASKS = 4_000_000
"""The largest number of a task that slurm.conf's MaxArraySize allows."""


class JobId(Kind):
    """The number of a job, of a task of an array (`12_3`), or of a part of a mixed job (`12+1`).

    So are several tasks (`12_[4-9]`), as lists print those that wait.
    """

    def __init__(self) -> None:
        """The number alone of an array, or of a mixed job, means all of it."""
        super().__init__({"type": "string"}, "number, or number_task")

    def parse(self, text: str) -> Value:
        """Read what any list of jobs prints: `12`, `12_3`, `12_[4-9%2]`, `12+1`.

        A list of tasks that Slurm has cut off (`12_[1,3,...]`) means the array that bears it.
        """
        word = text.strip()
        if re.fullmatch(rf"{_NUMBER}(?:[_+]\d{{1,9}})?", word, re.ASCII):
            return word
        if step := re.fullmatch(
            rf"({_NUMBER}(?:[_+]\d+)?)\.(?:\d+|batch|extern|interactive)", word
        ):
            raise ValueError(f"'{word}' is a step: name its job, {step[1]}")
        if re.fullmatch(rf"{_NUMBER}_\[{_TASKS}(?:[,-]?\.\.\.)?(?:%\d+)?\]", word, re.ASCII):
            # `%2` says how many tasks may run at once: lists print it, and no request takes it.
            word = re.sub("%.*", "]", word)
            if is_cut(word):
                return word
            chosen = {task for part in tasks(word) for task in part}
            if chosen and max(chosen) <= MAX_TASKS:
                # Written anew without steps: scancel refuses 17_[1-299:2],
                # which squeue prints (tests/lab/test_job_ids.py).
                return array_id(word.partition("_")[0], chosen)
        raise ValueError(
            f"'{printable(text)}' is not the number of a job: write 12, 12_3, 12_[4-9] or 12+1"
        )

    def read(self, text: str) -> Value:
        """Take it as it is, but for how many of waiting tasks may run at once: `12_[4-9%2]`."""
        return (text.partition("%")[0] + "]" * ("%" in text)) or None

    def load(self, json: Json) -> Value:
        """Read a plain number."""
        return None if json is None else str(NUMBER.load(json))


def ids(jobs: Iterable[Row]) -> tuple[str, ...]:
    """Return the numbers of the jobs, as both executors take them."""
    return tuple(str(job["JobID"]) for job in jobs)


def whole(id_: str) -> str:
    """Return the number of the array, or the mixed job, that a job is of; or its own."""
    return re.split("[_+]", id_)[0]


def tasks(id_: str) -> list[range]:
    """Return the tasks of `5_[1-6:2,9%4]` or of `5_3`; what is no part of an array has none.

    Of a list that is cut off, those that are told.
    """
    found = re.fullmatch(r"\d+_\[?([\d,:-]+?)(?:,?\.\.\.)?(?:%\d+)?\]?", id_, re.ASCII)
    return [_task_range(part) for part in found[1].split(",")] if found else []


def array_id(whole_: str, numbers: Collection[int]) -> str:
    """Return the name of these tasks of an array: `12_3`, or `12_[2-6,9]`."""
    if len(numbers) == 1:
        return f"{whole_}_{next(iter(numbers))}"
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    listed = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"{whole_}_[{listed}]"


def tasks_in(ids_: Iterable[str]) -> int:
    """Count jobs, each waiting task of an array as one."""
    return sum(max(1, sum(map(len, tasks(id_)))) for id_ in ids_)


def is_cut(id_: str) -> bool:
    """Tell whether Slurm has cut the list of tasks off, which it does where it is long."""
    return "..." in id_


def _task_range(text: str) -> range:
    bounds, _, step = text.partition(":")
    first, _, last = bounds.partition("-")
    return range(int(first), int(last or first) + 1, int(step or 1))
