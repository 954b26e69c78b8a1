"""Names of QOS that are gone: slurmdbd forgets them, and its journal has numbers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

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
    (tests/lab/test_journal.py::test_a_qos_that_jobs_have_used_keeps_its_number).
    """
    told = [*entries]
    numbers = sorted({*map(int, known), *(int(n) for one in told for n in _numbers_in(one))})
    for older in range(len(numbers) + 1):  # the smallest ones may be older than the journal
        walk = _Walk(known, _last_removals(told), [str(number) for number in numbers[older:]])
        if walk.explains(told):
            return {**known, **walk.names}
    numbering = _Numbering(known, dict(known))
    for entry in told:
        if act := NUMBERING_ACTS.get(entry.action):
            act(numbering, entry)
    for number, name in known.items():
        numbering.place(number, name)
    return _paired(numbering.made, numbering.numbers)


def _numbers_in(entry: JournalEntry) -> tuple[str, ...]:
    if entry.action == "Remove QOS":
        return entry.conditions.get("id", ())
    found = OF_ONE_ROW.search(entry.info) if entry.action == "Modify QOS" else None
    return (found[1],) if found and len(entry.conditions.get("name", ())) == 1 else ()


def _last_removals(entries: Iterable[JournalEntry]) -> dict[str, int]:
    removals = (one for one in entries if one.action == "Remove QOS")
    return {number: at for at, one in enumerate(removals) for number in _numbers_in(one)}


@dataclass(slots=True)
class _Walk:
    """A walk through the journal in which each new QOS gets the next number.

    Slurm keeps a QOS that jobs have used, at least for a while: an addition of its name then makes
    it alive again. It does so if its number is removed once more, or is there now.

    coming  numbers of QOS that the journal adds, in their order
    """

    known: Mapping[str, str]
    last_removals: Mapping[str, int]
    coming: list[str]
    names: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    removals: int = 0

    def explains(self, entries: Iterable[JournalEntry]) -> bool:
        """Tell whether all entries, and what there is now, follow from the numbers."""
        ours = {*self.coming}
        self.latest = {name: n for n, name in self.known.items() if n not in ours}
        steps = {"Add QOS": self._adds, "Remove QOS": self._removes, "Modify QOS": self._modifies}
        for entry in entries:
            if (step := steps.get(entry.action)) and not step(entry, ours):
                return False
        return len(self.names) == len(ours) and self.alive <= {*self.known}

    def _adds(self, entry: JournalEntry, ours: Container[str]) -> bool:
        del ours
        for name in entry.conditions.get("", ()):
            before = self.latest.get(name)
            if before in self.alive:
                return False
            kept = before is not None and (
                before in self.known or self.last_removals.get(before, -1) >= self.removals
            )
            if before is None or not kept:
                if len(self.names) == len(self.coming):
                    return False
                before = self.coming[len(self.names)]
                self.names[before] = name
                self.latest[name] = before
            if self.known.get(before, name) != name:
                return False
            self.alive.add(before)
        return True

    def _removes(self, entry: JournalEntry, ours: Container[str]) -> bool:
        self.removals += 1
        for number in _numbers_in(entry):
            if number in ours and number not in self.alive:
                return False
            self.alive.discard(number)
        return True

    def _modifies(self, entry: JournalEntry, ours: Container[str]) -> bool:
        for number in _numbers_in(entry):
            name = entry.conditions["name"][0]
            if number in ours and self.names.get(number) != name:
                return False
            self.latest.setdefault(name, number)
        return True


@dataclass(slots=True)
class _Numbering:
    """Additions in their order, with the numbers that are certain.

    numbers  number -> name; "" for a name that is not known yet
    latest   the last addition of each name
    placed   numbers whose addition is found, or is older than the journal
    """

    known: Mapping[str, str]
    numbers: dict[str, str]
    made: list[_Addition] = field(default_factory=list)
    latest: dict[str, _Addition] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)

    def place(self, number: str, name: str) -> None:
        """Give the last addition of that name its number."""
        if number not in self.placed and name in self.latest and not self.latest[name].number:
            self.latest[name].number = number
        self.placed.add(number)

    def add(self, entry: JournalEntry) -> None:
        """Note an addition, unless the QOS has been kept."""
        for name in entry.conditions.get("", ()):
            if not any(self.known.get(number) == name for number in self.placed):
                self.latest[name] = _Addition(name)
                self.made.append(self.latest[name])

    def remove(self, entry: JournalEntry) -> None:
        """Note a number that is gone."""
        for number in entry.conditions.get("id", ()):
            if name := self.numbers.setdefault(number, ""):
                self.place(number, name)

    def modify(self, entry: JournalEntry) -> None:
        """Learn the number of a QOS from a list of TRES, which is set by number."""
        named = entry.conditions.get("name", ())
        found = OF_ONE_ROW.search(entry.info)
        if len(named) == 1 and found:
            self.numbers[found[1]] = named[0]
            self.place(found[1], named[0])


NUMBERING_ACTS: Mapping[str, Callable[[_Numbering, JournalEntry], None]] = {
    "Add QOS": _Numbering.add,
    "Remove QOS": _Numbering.remove,
    "Modify QOS": _Numbering.modify,
}


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
