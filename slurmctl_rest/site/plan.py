"""A plan that is kept in a file: what was seen, what is to change, and whether it still holds.

Its digest is of the cluster and the changes with their old values. A plan does not hold requests:
`apply` makes the changes of its site anew, and carries out those that the plan has, if they are the
same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from slurmctl_rest.errors import Changed, UsageError
from slurmctl_rest.model.change import Outcome, RowChange, subject
from slurmctl_rest.model.entities import ASSOCIATION, ENTITIES, QOS
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.render.changes import change_json
from slurmctl_rest.render.json import SCHEMA_VERSION, json_value
from slurmctl_rest.site.document import Table
from slurmctl_rest.site.tables import unset

PLAN_KIND = "plan"
PLAN_AGAIN = "slurmctl-rest plan -f FILE -o PLAN shows what there is now"
OF_CHANGE = ("entity", "name", "key", "action", "fields")


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as a file has it.

    site     the tables that the file of the site came to when the plan was made
    changes  objects of entity, name, key, action and fields, sorted
    """

    cluster: str
    prune: bool
    site: Table
    changes: Sequence[Json]
    impossible: Sequence[Json] = ()
    lost: Sequence[str] = ()
    created: str = ""
    meta: Mapping[str, Json] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the digest of the cluster and the changes."""
        return digest_of(self.cluster, self.changes)

    def as_json(self) -> dict[str, Json]:
        """Return the document of the plan."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": PLAN_KIND,
            **self.meta,
            "cluster": self.cluster,
            "created": self.created,
            "digest": self.digest,
            "prune": self.prune,
            "changes": list(self.changes),
            "impossible": list(self.impossible),
            "lost": list(self.lost),
            "site": dict(self.site),
        }


def digest_of(cluster: str, changes: Sequence[Json]) -> str:
    """Return the digest of changes, in whatever order they are: sha256:..."""
    ordered = sorted(changes, key=_canonical)
    text = _canonical({"cluster": cluster, "changes": ordered})
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def planned_changes(outcomes: Iterable[Outcome]) -> list[Json]:
    """Return the objects of the changes that can be made; sorted, so that executors agree."""
    found = [
        {name: change_json(one)[name] for name in OF_CHANGE}
        for one in outcomes
        if one.error is None
    ]
    return sorted(found, key=_canonical)


def stored_plan(
    plan: PlanSteps,
    cluster: str,
    site: Table,
    *,
    prune: bool,
    now: datetime,
    meta: Mapping[str, Json],
) -> StoredPlan:
    """Return the plan to be kept."""
    impossible = [
        {**{name: change_json(o)[name] for name in OF_CHANGE}, "reason": o.error.message}
        for o in plan.plan
        if o.error is not None
    ]
    return StoredPlan(
        cluster=cluster,
        prune=prune,
        site=site,
        changes=planned_changes(plan.plan),
        impossible=impossible,
        lost=what_is_lost(plan.plan),
        created=now.isoformat(timespec="seconds"),
        meta=meta,
    )


def what_is_lost(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what deletions take that adding again does not bring back, a sentence each."""
    gone = [o.change for o in outcomes if o.error is None and o.change.after is None]
    found = []
    rows = sum(change.entity is ASSOCIATION or change.entity.noun == "account" for change in gone)
    if rows:
        found.append(
            f"the raw usage of {rows} deleted associations is set to 0: added again, their "
            "GrpTRESMins and GrpWall are full (reports still count all jobs)"
        )
    names = [change.name for change in gone if change.entity is QOS]
    if names:
        found.append(
            f"{subject([c for c in gone if c.entity is QOS])}: added again, it has another ID, and "
            "is in no list of an association"
        )
    return found


def read_plan(file: str, document: Json) -> StoredPlan:
    """Return the plan of a document; raise UsageError for what is none, or was edited."""
    name = printable(file, 0)
    try:
        plan = StoredPlan(
            cluster=str(document["cluster"]),
            prune=bool(document["prune"]),
            site=dict(document["site"]),
            changes=list(document["changes"]),
            created=str(document["created"]),
            impossible=list(document["impossible"]),
        )
        version, digest = document["schema_version"], document["digest"]
        identities = [_identity(one) for one in plan.changes]
        for one in plan.impossible:
            _identity(one)  # it names an object, too
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{name}: it is no whole plan", PLAN_AGAIN) from None
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{name}: this program does not know plans of version {version}", PLAN_AGAIN
        )
    if digest != plan.digest or len({*identities}) != len(identities):
        raise UsageError(f"{name}: its changes are not those of its digest", PLAN_AGAIN)
    return plan


def is_plan(document: Json) -> bool:
    """Tell whether a document is a plan, and no site."""
    return isinstance(document, Mapping) and document.get("kind") == PLAN_KIND


def restricted(plan: PlanSteps, stored: StoredPlan) -> tuple[PlanSteps, int]:
    """Return the steps of a plan that was kept, and how many differences it does not have.

    What the executor cannot do stays among them with its error: it is not left in silence.

    Raise Changed, naming the object and both values, where one of its rows is not as it was.
    """
    wanted = {_identity(one): one for one in stored.changes}
    names = {str(one["name"]) for one in stored.changes}
    impossible = {_identity(one) for one in stored.impossible}
    kept: set[int] = set()
    new = 0
    for outcome in plan.plan:
        change = outcome.change
        now = change_json(outcome)
        if outcome.error is not None:
            if _identity(now) in impossible | wanted.keys():
                kept.add(id(change))
            else:
                new += 1
            continue
        then = wanted.get(_identity(now))
        if then is None:
            is_new = change.action != "add" and change.cascade_of not in names
            if not is_new and _identity(now) not in impossible:
                what = "is gone" if change.action == "add" else "was added"
                raise Changed(f"{subject([change])} {what} since the plan was made", PLAN_AGAIN)
            new += 1
            continue
        if wrong := _moved(change, then, now):
            raise Changed(wrong, PLAN_AGAIN)
        kept.add(id(change))
    result = PlanSteps([o for o in plan.plan if id(o.change) in kept])
    for step, parts in plan.parts.items():
        result.parts[step] = [(part, whole) for part, whole in parts if id(whole) in kept]
    return result, new


def _moved(change: RowChange, then: Json, now: Json) -> str:
    """Return what is not as the plan saw it; nothing if all is, or is done already."""
    what = subject([change])
    if then["action"] != now["action"] and not (then["action"] == "add" != now["action"]):
        return f"{what} was to be {then['action']}d, and now it would be {now['action']}d"
    added = then["action"] == "add" and now["action"] == "modify"
    for name, sides in now["fields"].items():
        seen = then["fields"].get(name)
        before = sides["before"]
        if seen is None:
            old = "as the file has it" if not added else "not there"
            return f"{what}: {name} was {old} when the plan was made, and is {_shown(before)} now"
        bare = json_value(unset(change.entity[name])) if added else None
        if before not in (seen["before"], bare):
            return (
                f"{what}: {name} was {_shown(seen['before'])} when the plan was made, and is "
                f"{_shown(before)} now"
            )
    return ""


def rest_of(stored: StoredPlan, outcomes: Sequence[Outcome]) -> StoredPlan:
    """Return what is left to do of a plan, by what has become of each change."""
    done = {_identity(change_json(o)) for o in outcomes if o.error is None}
    left = [one for one in stored.changes if _identity(one) not in done]
    return replace(stored, changes=left)


def _identity(change: Json) -> tuple[str, str]:
    if change["entity"] not in KNOWN_NOUNS:
        raise ValueError(change["entity"])
    return str(change["entity"]), _canonical(change["key"])


KNOWN_NOUNS = frozenset(entity.noun for entity in ENTITIES)


def _shown(value: Json) -> str:
    return "unset" if value in (None, [], {}, "") else printable(_canonical(value))


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
