"""Other writers at the same time: their changes between our look at Slurm and our write.

Everybody reads, changes and writes lists whole, so the later of two writers takes away the values
that the earlier one has set. Here both are kept. The lock keeps away writers on this machine. The
others are found in Slurm's journal, if it can be read; if not, a second look shows whether the
values that we have set are still there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.transactions import Journal
from slurmctl_rest.cli.verify import AssociationPlace, Verification, place
from slurmctl_rest.errors import Changed, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.names import Names, NameSet
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.text import printable
from slurmctl_rest.planning.differences import differences
from slurmctl_rest.planning.journal import (
    COLUMNS_OF_NOUN,
    Review,
    delta,
    may_have_met,
    on_top,
    parts_of_field,
    review,
)
from slurmctl_rest.planning.readback import OTHER_WRITER

MAX_ROUNDS = 4
"""Times that a change is carried out on top of another's: each needs one more other writer."""
PAUSE_S = (0.3, 0.6)
"""Before the second look: longer than another needs from its look to its write."""
SENT_WHOLE = frozenset({"Coordinators", "Description", "Organization", "PreemptMode"})
"""Fields that a write over REST sends though they do not change, beside lists."""


Notices: TypeAlias = Mapping[int, frozenset[str]]
"""Id of a change of which the journal tells all -> the fields that others have set since."""


@dataclass(frozen=True, slots=True)
class Contention:
    """The look at other writers after a write.

    since        when the plan began to look at Slurm
    seen         numbers of the transactions that were there then, and do not count
    second_look  whether to look twice; None: over REST, where the journal does not tell
    """

    backend: Backend
    verification: Verification
    journal: Journal | None
    since: float
    seen: frozenset[int]
    second_look: bool | None
    warn: Callable[[str], object]

    def reconciled(self, outcomes: Sequence[Outcome], cluster: str) -> list[Outcome]:
        """Return what has become of changes in the end, once they stand beside others'."""
        if not any(map(_could_be_lost, outcomes)):
            return list(outcomes)
        try:
            return self._reconciled(outcomes, cluster)
        except SlurmctlError:  # it was written and read back: that holds without a further look
            return list(outcomes)

    def _reconciled(self, outcomes: Sequence[Outcome], cluster: str) -> list[Outcome]:
        outcomes, told = self._by_journal(outcomes, cluster)
        always = self.second_look is True
        again = [
            o.change
            for o in outcomes
            if _could_be_lost(o) and o.error is None and (always or id(o.change) not in told)
        ]
        again = [change for change in again if any(_is_list(change, n) for n in change.fields)]
        if again and (always or (self.second_look is None and self.backend.executor == "rest")):
            # By chance, or two writers that are in step would stay so.
            retry.pause(random.uniform(*PAUSE_S))  # nosec B311 # noqa: S311 (no secret)
            outcomes, told = self._by_journal(outcomes, cluster)
            outcomes = self._judged(
                outcomes, [one for one in again if id(one) not in told], cluster
            )
        return self._forgiven(outcomes, told, cluster)

    def _by_journal(
        self, outcomes: Sequence[Outcome], cluster: str
    ) -> tuple[Sequence[Outcome], Notices]:
        """Carry out on top of another's write what it took away, and put back what ours did.

        Return, too, of which changes the journal tells all.
        """
        journal = self.journal
        asked = [o.change for o in outcomes if _could_be_lost(o) and _is_kept(o.change)]
        if journal is None or not asked:
            return outcomes, {}
        pending = {id(change): change for change in asked}
        mended: dict[int, Changed | None] = {}
        told: dict[int, frozenset[str]] = {}
        old = set(self.seen)
        for _ in range(MAX_ROUNDS):
            changes = list(pending.values())
            try:
                entries = [
                    one for one in journal.read(self.since, cluster) if one.number not in old
                ]
                if not may_have_met(entries, changes):
                    # Nobody else wrote these rows: the journal tells all of them.
                    told |= {key: told.get(key, frozenset()) for key in pending}
                    break
                ids = journal.ids(changes, cluster)
                found = self.verification.read_back(changes)
            except SlurmctlError:  # it is not kept, or not for us: then the second look tells
                break
            again: dict[int, RowChange] = {}
            erased: dict[int, str] = {}
            for key, change in pending.items():
                row = found.get(place(change, cluster))
                seen = review(change, row or {}, entries, ids) if row else Review()
                if seen.known:
                    told[key] = told.get(key, frozenset()) | seen.later
                better = on_top(change, row, seen.lost, seen.erased) if row else None
                # What this executor cannot write is left to the read-back, which reports it.
                if better is None or not better.changes or self.backend.unsupported_reason(better):
                    continue
                again[key] = better
                erased[key] = ", ".join(seen.erased)
                self._tell(change, seen)
            if not again:
                break
            sent = self.backend.write(list(again.values()))
            mended |= {
                key: _not_restored(o, erased[key]) for key, o in zip(again, sent, strict=True)
            }
            pending = again
            old |= {one.number for one in entries}
        told = {id(c): told[id(c)] for c in asked if id(c) in told and _is_whole(c)}
        if not mended:
            return outcomes, told
        sent_again = [replace(o, error=mended.get(id(o.change)) or o.error) for o in outcomes]
        return self._judged(sent_again, [c for c in asked if id(c) in mended], cluster), told

    def _tell(self, change: RowChange, seen: Review) -> None:
        what = subject([change])
        if seen.lost:
            self.warn(f"{what}: another writer reverted {', '.join(seen.lost)}; it was set again")
        if seen.erased:
            self.warn(
                f"{what}: this write overwrote {', '.join(seen.erased)} of another writer; it was "
                "restored"
            )

    def _judged(
        self, outcomes: Sequence[Outcome], changes: Sequence[RowChange], cluster: str
    ) -> list[Outcome]:
        """Look again whether what these changes have set is there."""
        found = self.verification.read_back(changes) if changes else {}
        looked = {id(change) for change in changes}
        return [
            replace(o, error=o.error or _lost(o.change, found.get(place(o.change, cluster))))
            if id(o.change) in looked
            else o
            for o in outcomes
        ]

    def _forgiven(self, outcomes: Sequence[Outcome], told: Notices, cluster: str) -> list[Outcome]:
        """Take the error from changes that are there as asked, though others' stand beside them."""
        accused = [o.change for o in outcomes if _could_be_lost(o) and o.error is not None]
        found = self.verification.read_back(accused) if accused else {}
        forgiven = []
        for outcome in outcomes:
            change = outcome.change
            row = found.get(place(change, cluster)) if _could_be_lost(outcome) else None
            # slurmrestd erases what a POST leaves out: what is gone is our own fault there, unless
            # another has set that field since.
            by_others = self.backend.executor != "rest" or (
                row is not None and _gone(change, row) <= told.get(id(change), frozenset())
            )
            if outcome.error and row and by_others and not _lost(change, row):
                self.warn(f"{subject([change])}: another writer changed it at the same time")
                outcome = Outcome(change)  # noqa: PLW2901 (completed)
            forgiven.append(outcome)
        return forgiven


def moved(
    changes: Sequence[RowChange], found: Mapping[AssociationPlace, Row], cluster: str
) -> Changed | None:
    """Return the error where rows are not as the plan saw them; `found`: what is there now."""
    for change in changes:
        row = found.get(place(change, cluster))
        if change.before is None and row is not None and row.get("Clusters"):
            row = row if row["Cluster"] == cluster else None  # it lives elsewhere, not here
        wrong = differences(replace(change, after=change.before), row)
        if wrong:
            words = "; ".join(
                f"{name} is now {_shown(change.entity, name, now)}, was "
                f"{_shown(change.entity, name, then)}"
                for name, (then, now) in wrong.items()
            )
            return Changed(
                f"{subject([change])}: changed since it was read, nothing was sent: {words}",
                "another administrator changed it meanwhile; check it, and repeat",
            )
    return None


def _could_be_lost(outcome: Outcome) -> bool:
    """Tell whether another write could have taken a change away, or it another's."""
    change = outcome.change
    done = outcome.error is None or isinstance(outcome.error, Changed)
    return done and change.action == "modify" and change.needs_write


def _is_kept(change: RowChange) -> bool:
    """Tell whether the journal has anything of what a change sets."""
    return not {*COLUMNS_OF_NOUN.get(change.entity.noun, {}).values()}.isdisjoint(change.fields)


def _is_whole(change: RowChange) -> bool:
    """Tell whether the journal has all that a change sets, as far as it could be lost."""
    known = {*COLUMNS_OF_NOUN[change.entity.noun].values()}
    return all(name in known or not _is_list(change, name) for name in change.fields)


def _is_list(change: RowChange, name: str) -> bool:
    """Tell whether a field is sent whole, even by writers who do not mean it, and may be lost."""
    is_sent = name in SENT_WHOLE and change.entity in {ACCOUNT, QOS}
    return is_sent or isinstance(change.entity[name].kind, Tres | NameSet)


def _gone(change: RowChange, found: Row) -> set[str]:
    """Return the fields that lack something that the plan has seen or set, or inherit no more."""
    after = change.new
    frozen = {
        name
        for name in after
        if isinstance(kind := change.entity[name].kind, Names)
        and kind.inherits(after[name])
        and not kind.inherits(found[name])
    }
    gone = (
        name
        for name in after
        if not parts_of_field(name, after).keys() <= parts_of_field(name, found).keys()
    )
    return frozen.union(gone)


def _lost(change: RowChange, found: Row | None) -> Changed | None:
    """Return the error where a field that was set is not as it was set."""
    wrong = {n: v for n, v in differences(change, found).items() if n in change.fields or not found}
    if found is not None:
        wrong = {name: both for name, both in wrong.items() if _misses(change, name, found)}
    if not wrong:
        return None
    words = "; ".join(
        f"{name} is {_shown(change.entity, name, now)}, not {_shown(change.entity, name, wanted)}"
        for name, (wanted, now) in wrong.items()
    )
    return Changed(f"{subject([change])}: changed again by another writer: {words}", OTHER_WRITER)


def _not_restored(sent: Outcome, erased: str) -> Changed | None:
    """Return the error where what our write took from another could not be put back."""
    if sent.error is None or not erased:
        return None  # what we have lost ourselves is judged by what is there
    return Changed(
        f"{subject([sent.change])}: this write overwrote {erased} of another writer, and could "
        f"not restore it: {sent.error.message}",
        OTHER_WRITER,
    )


def _misses(change: RowChange, name: str, found: Row) -> bool:
    """Tell whether a part that was set is not there: another's parts beside it do no harm."""
    now = parts_of_field(name, found)
    return any(now.get(part) != value for part, value in delta(change)[name].items())


def _shown(entity: Entity, name: str, value: object) -> str:
    return printable(entity[name].kind.text(value)) or "(unset)"  # type: ignore[arg-type]
