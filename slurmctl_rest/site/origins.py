"""Where a difference comes from: the file, the cluster since the last apply, or both. Pure.

What was applied last is a site as well. Where the cluster differs from it, somebody else has
changed the cluster since; where it does not, the file has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.text import printable
from slurmctl_rest.render.json import json_value
from slurmctl_rest.site.desired import Member, Site

ChangedOn: TypeAlias = Literal["file", "cluster", "both"]
"""Where something has changed since the last apply."""
WORDS_OF_ORIGINS: Mapping[ChangedOn, str] = {
    "file": "changed in your file",
    "cluster": "changed on the cluster since your last apply",
    "both": "changed on the cluster and in your file since your last apply",
}


@dataclass(frozen=True, slots=True)
class ChangeOrigin:
    """Where one difference comes from.

    field    none: the object itself is there, or is not
    applied  what the last apply has made of the field
    by       who has changed the cluster, if the journal tells
    """

    change: RowChange
    field: str
    place: ChangedOn
    applied: Value = None
    by: str = ""

    def __str__(self) -> str:
        """Return what a person reads."""
        by = f", by {printable(self.by)}" if self.by else ""
        if not self.field:
            return f"{subject([self.change])}: {WORDS_OF_ORIGINS[self.place]}{by}"
        text_of = self.change.entity[self.field].kind.text
        told = f"{subject([self.change])} {self.field}: {WORDS_OF_ORIGINS[self.place]}{by}"
        if self.place == "file":
            return told
        return f"{told} (applied last: {printable(text_of(self.applied)) or 'unset'})"

    def as_json(self) -> Json:
        """Return the object of --json."""
        return {
            "entity": self.change.entity.noun,
            "name": self.change.name,
            "field": self.field or None,
            "changed": self.place,
            "applied": json_value(self.applied),
            "by": self.by or None,
        }


def origins(
    found: Iterable[RowChange],
    since: Iterable[RowChange],
    staying: Collection[tuple[str, str]] = (),
) -> list[ChangeOrigin]:
    """Return the origin of each difference of a file.

    `since`: the differences between the cluster and what was applied last. `staying`: noun and name
    of what only the cluster had then, and which has changed nowhere.
    """
    drift = {(one.entity.noun, one.name): one for one in since}
    told = []
    for change in found:
        then = drift.get((change.entity.noun, change.name))
        if change.action == "delete" and (change.entity.noun, change.name) in staying:
            continue
        if change.action != "modify":
            same = then is not None and then.action == change.action
            told.append(ChangeOrigin(change, "", "cluster" if same else "file"))
            continue
        drifted = then.fields if then is not None and then.action == "modify" else {}
        for name, (_, wanted) in change.fields.items():
            if name not in drifted:
                told.append(ChangeOrigin(change, name, "file"))
                continue
            applied = drifted[name][1]
            place: ChangedOn = "cluster" if applied == wanted else "both"
            told.append(ChangeOrigin(change, name, place, applied))
    return told


def conflict_of(told: Sequence[ChangeOrigin]) -> Conflict | None:
    """Return the error for what has changed on both sides; nothing if nothing has."""
    both = [one for one in told if one.place == "both"]
    if not both:
        return None
    said = []
    for one in both[:MAX_CONFLICTS_SHOWN]:
        text_of = one.change.entity[one.field].kind.text
        now, wanted = one.change.fields[one.field]
        values = (f"the file has {_shown(text_of(wanted))}", _shown(text_of(one.applied)))
        by = f", by {printable(one.by)}" if one.by else ""
        said.append(
            f"{subject([one.change])} {one.field}: {values[0]}, the last apply had {values[1]}, "
            f"and the cluster has {_shown(text_of(now))}{by}"
        )
    more = len(both) - MAX_CONFLICTS_SHOWN
    said += [f"and {more} more"] if more > 0 else []
    return Conflict(
        f"changed on the cluster and in the file since the last apply: {'; '.join(said)}",
        "correct the file, or choose --conflict keep (the cluster's) or overwrite (the file's)",
    )


MAX_CONFLICTS_SHOWN = 5


def kept(site: Site, told: Sequence[ChangeOrigin]) -> Site:
    """Return the site with the cluster's values where both sides have changed."""
    for one in told:
        if one.place != "both":
            continue
        change, row = one.change, one.change.old
        wish = {one.field: row[one.field]}
        if change.entity is QOS:
            site = replace(site, qos={**site.qos, change.name: {**site.qos[change.name], **wish}})
        elif change.entity is USER:
            own = {**site.users.get(change.name, {}), **wish}
            site = replace(site, users={**site.users, change.name: own})
        elif change.entity is ACCOUNT:
            table = site.accounts[change.name]
            table = replace(table, wishes={**table.wishes, **wish})
            site = replace(site, accounts={**site.accounts, change.name: table})
        elif change.entity is ASSOCIATION:
            site = _member_kept(site, row, wish)
    return site


def _member_kept(site: Site, row: Row, wish: Mapping[str, Value]) -> Site:
    account = str(row["Account"])
    table = site.accounts[account]
    member = Member(str(row["User"]), str(row["Partition"] or ""))
    members = dict(table.members or {})
    members[member] = {**members.get(member, {}), **wish}
    return replace(site, accounts={**site.accounts, account: replace(table, members=members)})


def _shown(text: str) -> str:
    return printable(text) or "unset"
