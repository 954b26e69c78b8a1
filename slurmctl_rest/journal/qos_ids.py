"""Names of QOS that are gone: slurmdbd forgets them, and its journal has numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slurmctl_rest.journal.parse import OF_ONE_ROW, JournalEntry


@dataclass(slots=True)
class _Addition:
    """A QOS that was added; number "": not known yet."""

    name: str
    number: str = ""


def qos_names(entries: Iterable[JournalEntry], known: Mapping[str, str]) -> dict[str, str]:
    """Return number -> name of all QOS, those of the past too, as far as it is certain.

    `entries`: those about QOS, in their order; `known`: what Slurm tells now, of deleted ones too.

    A new QOS has a larger number than all before, so numbers and additions stand in the same order.
    Between two that are known they are paired if there are as many of one as of the other. A QOS
    that jobs have used is kept with its number, which is known: added again, it has that one again
    (tests/lab/test_facts.py::test_a_qos_that_jobs_have_used_comes_back_with_its_number).
    """
    made: list[_Addition] = []
    latest: dict[str, _Addition] = {}
    numbers, placed = dict(known), set[str]()

    def place(number: str, name: str) -> None:
        """Give the last addition of that name its number."""
        if number not in placed and name in latest and not latest[name].number:
            latest[name].number = number
        placed.add(number)

    for entry in entries:
        if entry.action == "Add QOS":
            for name in entry.conditions.get("", ()):
                if not any(known.get(number) == name for number in placed):
                    latest[name] = _Addition(name)
                    made.append(latest[name])
        elif entry.action == "Remove QOS":
            for number in entry.conditions.get("id", ()):
                if name := numbers.setdefault(number, ""):
                    place(number, name)
        elif entry.action == "Modify QOS":
            named = entry.conditions.get("name", ())
            found = OF_ONE_ROW.search(entry.info)
            if len(named) == 1 and found:
                numbers[found[1]] = named[0]
                place(found[1], named[0])
    for number, name in known.items():
        place(number, name)
    return _paired(made, numbers)


def _paired(made: Iterable[_Addition], numbers: Mapping[str, str]) -> dict[str, str]:
    found = dict(numbers)
    low, waiting = 0, list[str]()
    for one in [*made, _Addition("", str(max(map(int, numbers), default=0) + 1))]:
        if not one.number:
            waiting.append(one.name)
            continue
        nameless = (int(n) for n, name in numbers.items() if not name)
        between = [str(n) for n in sorted(nameless) if low < n < int(one.number)]
        if low == 0 and waiting:  # the first ones may be older than the journal
            between = between[-len(waiting) :]
        if len(between) == len(waiting):
            found.update(zip(between, waiting, strict=True))
        low, waiting = int(one.number), []
    return {number: name for number, name in found.items() if name}
