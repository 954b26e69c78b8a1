"""A plan that is kept in a file: what was seen, what is to change, and whether it still holds.

Its digest is of the cluster and the changes with their old values. A plan does not hold requests:
`apply` makes the changes of its site anew, and carries out those that the plan has, if they are the
same.
"""

from __future__ import annotations

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
from slurmctl_rest.render.digest import OF_CHANGE, canonical, digest_of, planned_changes
from slurmctl_rest.render.json import SCHEMA_VERSION, json_value
from slurmctl_rest.site.document import Table
from slurmctl_rest.site.tables import unset

PLAN_KIND = "plan"
PLAN_AGAIN = "slurmctl-rest plan -f FILE -o PLAN shows what there is now"


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as a file has it.

    site     the tables that the file of the site came to when the plan was made
    changes  objects of entity, name, key, action and fields, sorted
    guards   what the guards of the profile say of it
    origins  where each difference comes from, if that is known
    warnings what was said when it was made
    """

    cluster: str
    prune: bool
    site: Table
    changes: Sequence[Json]
    impossible: Sequence[Json] = ()
    lost: Sequence[str] = ()
    guards: Sequence[str] = ()
    origins: Sequence[Json] = ()
    warnings: Sequence[str] = ()
    created: str = ""
    meta: Mapping[str, Json] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the digest of the cluster, the changes and what is impossible."""
        return digest_of(self.cluster, self.changes, self.impossible)

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
            "guards": list(self.guards),
            "origins": list(self.origins),
            "site": dict(self.site),
            "warnings": list(self.warnings),
        }


def stored_plan(
    plan: PlanSteps,
    cluster: str,
    site: Table,
    *,
    prune: bool,
    now: datetime,
    meta: Mapping[str, Json],
    guards: Sequence[str] = (),
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
        guards=guards,
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
            f"the raw usage of {rows} deleted {'association' if rows == 1 else 'associations'} is "
            "set to 0: added again, GrpTRESMins and GrpWall are full (reports still count all jobs)"
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

    What the executor cannot do stays among them with its error: it is not left in silence. What
    another executor could not do, and this one can, is done.

    Raise Changed, naming the object and both values, where one of its rows is not as it was.
    """
    wanted = _all_of(stored)
    names = {str(one["name"]) for one in stored.changes}
    kept: set[int] = set()
    new = 0
    for outcome in plan.plan:
        change = outcome.change
        now = change_json(outcome)
        if outcome.error is not None:
            if _identity(now) in wanted:
                kept.add(id(change))
            else:
                new += 1
            continue
        then = wanted.get(_identity(now))
        if then is None:
            if change.action == "add" or change.cascade_of in names:
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


def _all_of(stored: StoredPlan) -> dict[tuple[str, str], Json]:
    """Return the changes of a plan by object, with what was impossible over its executor."""
    found = {_identity(one): one for one in stored.changes}
    for one in stored.impossible:
        known: Json = found.get(_identity(one), one)
        found[_identity(one)] = {**known, "fields": {**one["fields"], **known["fields"]}}
    return found


def _moved(change: RowChange, then: Json, now: Json) -> str:
    """Return what is not as the plan saw it; nothing if all is, or is done already."""
    what = subject([change])
    if then["action"] != now["action"] and not (then["action"] == "add" != now["action"]):
        return f"{what} was to be {then['action']}d, and now it would be {now['action']}d"
    added = then["action"] == "add" and now["action"] == "modify"
    for name, sides in now["fields"].items():
        seen: Json = then["fields"].get(name)
        before, after = sides["before"], sides["after"]
        if seen is None:
            old = "as the file has it" if not added else "not there"
            return f"{what}: {name} was {old} when the plan was made, and is {_shown(before)} now"
        bare = json_value(unset(change.entity[name])) if added else None
        if now["action"] != "add" and before not in (seen["before"], bare):
            return (
                f"{what}: {name} was {_shown(seen['before'])} when the plan was made, and is "
                f"{_shown(before)} now"
            )
        if after != seen["after"]:  # a date has passed, or the file of the plan was edited
            return (
                f"{what}: {name} was to become {_shown(seen['after'])} when the plan was made, and "
                f"would become {_shown(after)} now"
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
    return str(change["entity"]), canonical(change["key"])


KNOWN_NOUNS = frozenset(entity.noun for entity in ENTITIES)


def _shown(value: Json) -> str:
    return "unset" if value in (None, [], {}, "") else printable(canonical(value))
