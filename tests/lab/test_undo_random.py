"""Random writes taken back, at once and later, with others in between.

UNDO_STEPS: how many writes (in CI few); JOURNAL_SEED: another sequence. Every value that an undo
leaves otherwise than it was before the write has to be named.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.model.change import name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Row

from .cells import Result
from .cluster import Cluster
from .journal_steps import Steps
from .test_journal import programs, reading

STEPS = int(os.environ.get("UNDO_STEPS", "10"))
SEED = int(os.environ.get("JOURNAL_SEED", "1"))
BESIDE = {ACCOUNT.noun: ("Coordinators",), USER.noun: ("DefaultAccount",)}

BEGIN = (
    "add qos jq1,jq2 Priority=5 GrpTRES=cpu=4",
    "add account ja1,ja2 qos=normal,jq1 MaxJobs=5",
    "add account ja3 parent=ja1 GrpTRES=cpu=9,mem=9",
    "add user alice,bob account=ja1,ja3 MaxWall=60",
    "add user eve account=ja2 partition=debug",
    "add coordinator account=ja1 names=alice",
)
"""Something that most writes find."""

Part = tuple[str, str, str, str]
"""(noun, name of the object, field, part of a value: TRES, QOS, or nothing)"""
Parts = dict[Part, object]


def parts_of(cluster: Cluster, folder: Path) -> Parts:
    """Return everything that is set, by the smallest part that one write may set."""
    present = reading(cluster, folder).present
    found: Parts = {}
    for entity in (ACCOUNT, USER, ASSOCIATION, QOS):
        # The user's DefaultAccount tells the mark, which all associations of that account get.
        names = [f.name for f in FIELDS_OF_COLUMNS[entity.noun].values() if f.name != "Default"]
        names += BESIDE.get(entity.noun, ())
        for row in present[entity.noun].values():
            name = name_of(entity, row)
            found[entity.noun, name, "", ""] = True
            for path, value in _values(row, names):
                found[(entity.noun, name, *path)] = value
    columns = "account,user,partition,comment"
    listed = cluster.sacctmgr("-nP", "show", "assoc", f"format={columns}", "where", "cluster=")
    for line in listed.splitlines():
        account, user, partition, comment = line.split("|")
        if comment:
            row = {"Account": account, "User": user or None, "Partition": partition or None}
            found[ASSOCIATION.noun, name_of(ASSOCIATION, row), "Comment", ""] = comment
    return found


def _values(row: Row, names: list[str]) -> Iterator[tuple[tuple[str, str], object]]:
    for name in names:
        value = row.get(name)
        if isinstance(value, Mapping):
            yield from (((name, str(part)), count) for part, count in value.items())
        elif isinstance(value, tuple):
            yield from (((name, str(part)), True) for part in value)
        elif value not in (None, ""):
            yield (name, ""), value


Changed = dict[Part, tuple[object, object]]
"""A part -> its value before, and after; None: there is none."""


def changed(before: Parts, after: Parts) -> Changed:
    """Return the parts that differ."""
    return {
        part: (before.get(part), after.get(part))
        for part in {*before} | {*after}
        # A move leaves no transaction, so nothing takes it back.
        if before.get(part) != after.get(part)
        and not (part[2] == "Parent" and part in before and part in after)
    }


@dataclass(slots=True)
class Undoing:
    """Writes, undoes, and compares."""

    cluster: Cluster
    folder: Path
    steps: Steps
    chance: random.Random
    kept: list[tuple[str, Changed]] = field(default_factory=list)
    """Numbers of writes that nobody has taken back, and what each has changed."""
    reasons: list[str] = field(default_factory=list)
    undone: list[int] = field(default_factory=lambda: [0, 0])
    """How many were taken back at once, and later."""
    wrong: list[str] = field(default_factory=list)

    def newest(self) -> int:
        """Return the number of the last transaction."""
        told = self.cluster.sacctmgr("-nP", "show", "transactions", "format=id")
        return max(map(int, told.split()), default=0)

    def step(self) -> None:
        """Make a write that changes anything, and mostly take one back: this one, or another."""
        first, before = self.newest() + 1, parts_of(self.cluster, self.folder)
        while self.newest() < first:
            self.steps.one()
        last, after = self.newest(), parts_of(self.cluster, self.folder)
        if before == after:
            return
        self.kept.append((f"{first}..{last}", changed(before, after)))
        chosen = self.chance.random()
        if chosen < 0.5:
            self.take_back(-1, after)
        elif chosen < 0.8:
            self.take_back(self.chance.randrange(len(self.kept)), after)

    def take_back(self, at: int, now: Parts) -> None:
        """Undo one of the writes that are kept, and compare."""
        self.undone[0 if at in {-1, len(self.kept) - 1} else 1] += 1
        numbers, wrote = self.kept.pop(at)
        program = self.steps.rest if self.chance.random() < 0.3 else self.steps.commands
        done = program("undo", numbers, "-i")
        result = parts_of(self.cluster, self.folder)
        told = [line for line in done.err.splitlines() if not NO_REASON.search(line)]
        self.reasons += told
        wrong = [*self.not_named(wrote, now, result, told), *unasked(wrote, now, result, done)]
        if wrong:
            self.wrong.append(f"{numbers} {program.cell.executor} {wrote}: {done.told} {wrong}")

    def not_named(
        self, wrote: Changed, now: Parts, result: Parts, told: list[str]
    ) -> Iterator[str]:
        """Yield the parts that are not as before the write, and that no message is about."""
        for part, (before, after) in wrote.items():
            if result.get(part) == before or (part[2] and part_of_what_is_gone(part, result)):
                continue
            words = part[1].split(" in ")
            if not any(word in line for line in told for word in words):
                yield f"{part}: {before!r} -> {after!r}, {now.get(part)!r}, {result.get(part)!r}"


def part_of_what_is_gone(part: Part, result: Parts) -> bool:
    """Tell whether the object of a part is not there: it is judged as a whole."""
    return (*part[:2], "", "") not in result


NO_REASON = re.compile("without raw usage|comes back with a new ID")
"""What is said of whatever comes back."""


def unasked(wrote: Changed, now: Parts, result: Parts, done: Result) -> Iterator[str]:
    """Yield the parts that the write had not changed, and that the undo has."""
    for part, (before, after) in changed(now, result).items():
        if part not in wrote and not _follows(part, wrote, done):
            yield f"{part} was {before!r}, and is {after!r}"


def _follows(part: Part, wrote: Changed, done: Result) -> bool:
    """Tell whether a part goes, or comes, with an object that does."""
    del done
    noun, name, _, _ = part
    return (noun, name, "", "") in wrote


def test_random_writes_are_taken_back_or_it_is_said_why_not(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.restart()
    rest, commands = programs(cluster, tmp_path)
    chance = random.Random(SEED)  # noqa: S311 (a test)
    steps = Steps(cluster, rest, commands, chance)
    for line in BEGIN:
        cluster.sacctmgr(*line.split())
    undoing = Undoing(cluster, tmp_path, steps, chance)
    for _ in range(STEPS):
        undoing.step()
    print(f"{STEPS} steps, {undoing.undone} undone; {len(undoing.reasons)} reasons")
    print(*sorted(undoing.reasons), sep="\n")
    assert undoing.wrong == []
