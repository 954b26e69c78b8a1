"""Requests to slurmrestd, built purely: from queries and row changes to method, path and body.

Facts about slurmrestd that a builder must respect stand beside the line that does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from slurmctl_rest.backends.batching import (
    MOST_DELETED,
    MOST_ROWS,
    by_cluster,
    in_blocks,
    in_branches,
    in_parts,
    own_and_users,
)
from slurmctl_rest.backends.changeset import Work
from slurmctl_rest.backends.naming import unnameable
from slurmctl_rest.backends.new_users import batches
from slurmctl_rest.backends.query import History, Kill
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.command import Command
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.account import elsewhere, texts_of_new_account
from slurmctl_rest.model.entities.association import is_own, key
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Entity, Field, Record, Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import Names, means_itself
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.text import is_escaped, printable
from slurmctl_rest.model.tres_counts import LARGEST_TRES
from slurmctl_rest.model.versions import V40, V41, V42, ApiVersion


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` begins behind the host; `changes` are what a write carries.

    abreast  it may be sent together with those next to it that may, too
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    changes: tuple[RowChange, ...] = ()
    abreast: bool = False

    def __post_init__(self) -> None:
        """Refuse to be what would hit more than was meant, or end slurmrestd: a planner's bug."""
        if wrong := _harm(self):
            raise AssertionError(f"{self.method} {self.path} is not sent: {wrong}")

    @property
    def command(self) -> Command:
        """Return it as it is logged and shown."""
        return Command(method=self.method, path=self.path, query=self.query, body=self.body)

    @property
    def what(self) -> str:
        """Return what a message about it is about: the objects written, or the request."""
        return subject(self.changes) or f"{self.method} {self.path}"


def _harm(request: Request) -> str:
    """Return what is dangerous in a write, or nothing."""
    if request.method == "GET":
        return ""
    harms = DELETIONS if request.method == "DELETE" else BODIES
    return next((harm for harm, is_so in harms.items() if is_so(request)), "")


def is_of_slurmdbd(request: Request) -> bool:
    """Tell whether slurmrestd passes it on to slurmdbd, and not to slurmctld."""
    return request.path.startswith("/slurmdb/")


def _is_on(request: Request, *nouns: str) -> bool:
    return request.path.split("/")[-2] in nouns


def _lacks(names: Json) -> bool:
    """Tell whether names are none, or one of them is empty."""
    return not names or not all(names)


def _body(request: Request, key: str) -> Json:
    return (request.body or {}).get(key)


def _qos_names(request: Request) -> list[Json]:
    """Return every name of a QOS in a list of the body."""
    condition = _body(request, "association_condition") or {}
    rows = [*(_body(request, "associations") or ()), condition.get("association") or {}]
    preempting = [one.get("preempt") or {} for one in _body(request, "qos") or ()]
    lists = [row.get(key) or () for row in rows for key in ("qos", "qoslevel")]
    lists += [one.get("list") or () for one in preempting]
    return [name for some in lists for name in some]


def _lacks_selector(request: Request) -> bool:
    condition = _body(request, "association_condition")
    keys = ("accounts", "clusters", *({"users"} & {*(condition or ())}))
    return condition is not None and any(_lacks(condition.get(key)) for key in keys)


def _names_no_rows(request: Request) -> bool:
    """Tell whether a deletion of associations names no cluster, or neither accounts nor users."""
    named = [request.query[key] for key in ("account", "user") if key in request.query]
    bad = not named or any(_lacks(names.split(",")) for names in named)
    return bad or not request.query.get("cluster")


DELETIONS: Mapping[str, Callable[[Request], bool]] = {
    "it names no rows": lambda r: _is_on(r, "associations", "association") and _names_no_rows(r),
    "it names no jobs": lambda r: _is_on(r, "jobs") and _lacks(_body(r, "jobs")),
    "it names nothing": lambda r: (
        _is_on(r, "account", "user", "qos") and not r.path.rpartition("/")[2].strip(".")
    ),
}
BODIES: Mapping[str, Callable[[Request], bool]] = {
    "it names nobody": _lacks_selector,
    "a QOS without a name ends slurmrestd 26.05": lambda r: not all(_qos_names(r)),
}
"""What is wrong with a write -> whether it is so."""


@dataclass(frozen=True, slots=True)
class ByVersion:
    """A word that changed with the API: (first version, word), oldest first."""

    words: tuple[tuple[ApiVersion, str], ...]

    def at(self, version: ApiVersion) -> str:
        """Return the word of a version."""
        return [word for since, word in self.words if since <= version][-1]


# Switches of queries. slurmrestd ignores a wrong name with a warning.
OWN_LIMITS = ByVersion(((V40, "without_parent_limits"), (V42, "Exclude limits from parents")))
RAW_QOS = ByVersion(((V40, "with_raw_qos"), (V42, "Include the raw QOS or delta_qos")))
DELETED = ByVersion(((V40, "with_deleted"), (V42, "Include deleted associations")))
COORDINATORS = ByVersion(((V40, "with_coords"), (V41, "WithCoordinators")))

# Where slurmdbd had no ping, its diag stands in for it.
PING_SLURMDBD = ByVersion(((V40, "diag/"), (V42, "ping/")))

NONE = " "
"""An empty user or partition in a query: SQL pads strings before it compares them, so ' ' is ''.

An empty `user` means the opposite to slurmdbd: every row that has a user; an empty `partition`
means any. A database that does not pad answers nothing, which backend.py takes as: filter here.
"""

ACCOUNTS_OWN_ROWS = {"user": NONE}
USERS_ROWS = {"user": ""}


def _step(name: str) -> str:
    """Return a name as one step of a path; dots alone, which httpx would walk, never come here."""
    return quote(name, safe="")


def slurmdb(version: ApiVersion, path: str, **rest: Json) -> Request:
    """Return a GET in slurmdbd's namespace."""
    return Request("GET", f"/slurmdb/{version}/{path}", **rest)


def ping(version: ApiVersion) -> Request:
    """Return the cheapest request that shows whether a version is served."""
    return Request("GET", f"/slurm/{version}/ping/")


def diag(version: ApiVersion) -> Request:
    """Ask slurmctld how it does: unlike its ping, this fails where the token is refused."""
    return Request("GET", f"/slurm/{version}/diag/")


def ping_slurmdbd(version: ApiVersion) -> Request:
    """Return the request that shows whether slurmdbd answers."""
    return slurmdb(version, PING_SLURMDBD.at(version))


def accounts(version: ApiVersion, names: Sequence[str]) -> Request:
    """Ask for accounts with their coordinators: one by name, else all (there is no name filter)."""
    if len(names) == 1:
        # Here the switch kept its old name in all versions.
        return slurmdb(version, f"account/{_step(names[0])}", query={"with_coords": "true"})
    return slurmdb(version, "accounts/", query=_on(version, COORDINATORS))


FEW_ACCOUNTS = {"description": "-"}
"""A condition that hardly any account meets; for users there is none."""


def users(version: ApiVersion, names: Sequence[str]) -> Request:
    """Ask for users with the accounts that they coordinate: one by name, else all."""
    if len(names) == 1:
        return slurmdb(version, f"user/{_step(names[0])}", query={"with_coords": "true"})
    return slurmdb(version, "users/", query={"with_coords": "true"})


def qos(version: ApiVersion, names: Sequence[str]) -> Request:
    """Ask for QOS: one by name, else all (the filter of names is ignored)."""
    return slurmdb(version, f"qos/{_step(names[0])}" if len(names) == 1 else "qos/")


def one_association(version: ApiVersion) -> Request:
    """Ask for one association: what an addition that waits for a lock holds up.

    A question that names a cluster gets its answer all the same (the lab).
    """
    return slurmdb(version, "associations/", query={"id": "1"})


RECORDS = {
    ACCOUNT.noun: ("accounts/", "accounts"),
    USER.noun: ("users/", "users"),
    QOS.noun: ("qos/", "qos"),
    CLUSTERS.noun: ("clusters/", "clusters"),
    TRES_TYPE.noun: ("tres/", "TRES"),
}
"""Where all records of an entity are, and the key of their list."""


def names(version: ApiVersion, entity: Entity) -> tuple[Request, str]:
    """Ask for all records as they are, for their names; with the key of the list."""
    path, key = RECORDS[entity.noun]
    return slurmdb(version, path), key


def jobs(version: ApiVersion) -> Request:
    """Ask slurmctld for all its jobs: it has no filter."""
    return Request("GET", f"/slurm/{version}/jobs/")


def states(version: ApiVersion) -> Request:
    """Ask slurmctld for the states of all jobs: of several by number it cannot be asked (lab)."""
    return Request("GET", f"/slurm/{version}/jobs/state")


def history(version: ApiVersion, query: History) -> list[Request]:
    """Ask slurmdbd for jobs of a window, or for each by its number.

    A query of no switch at all would show duplicates and leave times as they are, with the steps;
    any switch drops both. Users are not named: slurmrestd wants those in its passwd.
    """
    if query.window is None:
        return [slurmdb(version, f"job/{_step(id_)}") for id_ in query.ids]
    named = {"account": ",".join(query.accounts)} if query.accounts else {}
    switches = ("skip_steps", "show_duplicates", "disable_truncate_usage_time")
    where = {
        "cluster": query.cluster,
        "start_time": f"uts{query.window.start}",
        "end_time": f"uts{query.window.end}",
        **named,
        **dict.fromkeys(switches, "true"),
    }
    return [slurmdb(version, "jobs/", query=where)]


REACH = {"steps": [], "batch": ["BATCH_JOB"], "full": ["FULL_JOB"]}
"""Flags of a signal, by Kill.reach."""


def cancel(version: ApiVersion, kill: Kill) -> Request:
    """Cancel or signal jobs, all in one request."""
    flags = REACH[kill.reach] if kill.signal else []
    body: dict[str, Json] = {"jobs": list(kill.ids)}
    body |= {"signal": kill.signal} if kill.signal else {}
    body |= {"flags": flags} if flags else {}
    return Request("DELETE", f"/slurm/{version}/jobs/", body=body)


def associations(version: ApiVersion, query: Mapping[str, str], *switches: ByVersion) -> Request:
    """Ask for associations."""
    return slurmdb(version, "associations/", query={**query, **_on(version, *switches)})


def _on(version: ApiVersion, *switches: ByVersion) -> dict[str, str]:
    return {switch.at(version): "true" for switch in switches}


def writes(changes: Iterable[RowChange], version: ApiVersion) -> list[Request]:
    """Return the requests that carry the changes out, as few as slurmrestd allows."""
    work = Work(changes)
    for change in work.changes:
        if impossible := refusal(change, version):
            raise impossible
    requests = [
        *_with_values(version, work, _add_accounts(version, work.of("add", ACCOUNT))),
        *_with_values(
            version, work, _add_users(version, work.coming(), work.of("add", ASSOCIATION))
        ),
        *_post_qos(version, [*work.of("add", QOS), *work.of("modify", QOS)]),
        *_modify_associations(version, work.of("modify", ACCOUNT, ASSOCIATION)),
        *_modify_accounts(version, work.of("modify", ACCOUNT)),
        *_modify_users(version, work.modified_users(), work.of("modify", ASSOCIATION)),
        *_delete_accounts(version, work.of("delete", ACCOUNT)),
        *_abreast([_delete(version, change) for change in work.of("delete", USER)]),
        *_delete_associations(version, work.of("delete", ASSOCIATION)),
        # Last, and each alone: beside an addition it may hang slurmdbd (backends/hanging.py).
        *(_delete(version, change) for change in work.of("delete", QOS)),
    ]
    return [replace(request, changes=work.whole(request.changes)) for request in requests]


def _with_values(version: ApiVersion, work: Work, requests: Iterable[Request]) -> Iterator[Request]:
    """Yield each request that adds, and behind it what sets values on what it has added.

    It carries no other row: slurmrestd would add one that it does not find.
    """
    for request in requests:
        yield request
        yield from _modify_associations(version, work.later(request.changes))


def _post(version: ApiVersion, path: str, body: Json, changes: Sequence[RowChange]) -> Request:
    return Request("POST", f"/slurmdb/{version}/{path}/", body=body, changes=tuple(changes))


def _add_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One accounts_association/ for all accounts that are to look alike."""
    groups: dict[str, list[RowChange]] = {}
    for change in changes:
        body = {"association": _new_association(change), "account": _new_account(change)}
        groups.setdefault(json.dumps(body, sort_keys=True), []).append(change)
    requests = []
    for text, group in groups.items():
        body = json.loads(text)
        for part in in_parts(group, MOST_ROWS):
            condition = {
                "accounts": [change.name for change in part],
                "clusters": [_after(part[0])["Cluster"]],
                "association": body["association"],
            }
            whole = {"association_condition": condition, "account": body["account"]}
            requests.append(_post(version, "accounts_association", whole, part))
    return requests


def _new_association(change: RowChange) -> Json:
    """Return the flat, lower-case keys that accounts_association/ takes; only what is set."""
    return {
        f.add_key: f.kind.dump(_after(change)[f.name]) for f in _changed(change, Record.ASSOCIATION)
    }


def _new_account(change: RowChange) -> Json:
    """Return the texts, or nothing where they are those that slurmdbd fills in."""
    after = _after(change)
    texts = texts_of_new_account(change.name, after["Parent"])
    if texts.items() <= after.items():
        return {}
    return {change.entity[name].path: change.entity[name].kind.dump(after[name]) for name in texts}


def _add_users(
    version: ApiVersion, users: Sequence[RowChange], rows: Sequence[RowChange]
) -> list[Request]:
    """One users_association/ for each block of associations alike; `user` must be there."""
    requests = []
    for batch in batches(users, rows):
        condition = {
            "users": list(batch.block.users),
            "accounts": list(batch.block.accounts),
            "clusters": [batch.cluster],
            "association": _new_association(batch.rows[0]),
        }
        if any(batch.block.partitions):
            condition["partitions"] = list(batch.block.partitions)
        body = {"association_condition": condition, "user": _new_user(batch.users)}
        requests.append(_post(version, "users_association", body, batch.changes))
    return requests


def _new_user(alike: Sequence[RowChange]) -> Json:
    if not alike:
        return {}
    change = alike[0]
    fields = [change.entity[name] for name in change.fields]
    return {f.add_key: f.kind.dump(_after(change)[f.name]) for f in fields if f.add_key}


OF_ASSOCIATIONS = tuple(ASSOCIATION.settable(Record.ASSOCIATION))
COUNTED = tuple(f for f in OF_ASSOCIATIONS if isinstance(f.kind, Tres))


def _modify_associations(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One associations/ for many rows, with what changes on each.

    Nobody inherits from a user's row: such requests may be sent abreast.
    """
    items = {
        id(change): _association(_after(change), changed)
        for change in changes
        if (changed := _changed(change, Record.ASSOCIATION))
    }
    concerned = [change for change in changes if id(change) in items]
    requests = []
    for part in in_parts(concerned, MOST_ROWS) if concerned else ():
        body = {"associations": [items[id(change)] for change in part]}
        of_users = not any(is_own(change.before or {}) for change in part)
        requests.append(replace(_post(version, "associations", body, part), abreast=of_users))
    return requests


def _modify_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One accounts/ for many accounts; but one each where coordinators change.

    Of several accounts in one POST only the first would get new coordinators.
    """
    concerned = [c for c in changes if _changed(c, Record.OBJECT)]
    groups = [[c] for c in concerned if "Coordinators" in c.fields]
    alike = [c for c in concerned if "Coordinators" not in c.fields]
    return [
        _post(version, "accounts", {"accounts": [_account(c) for c in group]}, group)
        for group in (*groups, *in_parts(alike, MOST_ROWS))
        if group
    ]


def _modify_users(
    version: ApiVersion, changes: Sequence[RowChange], modified: Sequence[RowChange]
) -> list[Request]:
    """One users/ for many levels; the default account is a mark on one of its associations.

    `modified` are the associations that were modified before: marked as they were, they would lose
    the TRES that they have just been given.
    """
    requests = []
    now = {key(_after(change)): _after(change) for change in modified}
    for part in in_parts([c for c in changes if "AdminLevel" in c.fields], MOST_ROWS):
        path = USER["AdminLevel"].path
        items = [{"name": c.name, path: _dumped(c, "AdminLevel")} for c in part]
        requests += [_post(version, "users", {"users": items}, part)] if part else []
    for part in in_parts([c for c in changes if "DefaultAccount" in c.fields], MOST_ROWS):
        # sacctmgr marks all rows of the user in that account, slurmrestd those that it is told.
        rows = [now.get(key(row), row) for c in part for row in c.takes]
        items = [{**_association(row, []), "is_default": True} for row in rows]
        requests += [_post(version, "associations", {"associations": items}, part)] if part else []
    return requests


def _dumped(change: RowChange, name: str) -> Json:
    return change.entity[name].kind.dump(_after(change)[name])


def _association(row: Row, changed: Sequence[Field]) -> Json:
    """Return the association with what changes, and all that slurmrestd would lose otherwise."""
    item: dict[str, Json] = {
        "account": row["Account"],
        "cluster": row["Cluster"],
        "partition": row.get("Partition") or "",
        "user": row.get("User") or "",  # required; empty is the account's own row
    }
    names = {f.name for f in changed}
    for f in OF_ASSOCIATIONS:
        if isinstance(f.kind, Tres):
            # A TRES list is final state: one that is left out is erased.
            f.put(item, row[f.name])
        elif isinstance(f.kind, Names):
            # Left out, the inherited set would become the row's own. [] leaves it as it is.
            f.put(item, row[f.name] if f.name in names else ())
        elif f.name in names:
            f.put(item, row[f.name])
    return item


def _account(change: RowChange) -> Json:
    """Return the account whole: organization is required, coordinators left out are removed."""
    item: dict[str, Json] = {"name": change.name}
    for f in change.entity.settable(Record.OBJECT):
        f.put(item, _after(change)[f.name])
    return item


def _post_qos(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One qos/ for many that are new or changed."""
    return [
        _post(version, "qos", {"qos": [_qos(change) for change in part]}, part)
        for part in in_parts(changes, MOST_ROWS)
        if part
    ]


def _qos(change: RowChange) -> Json:
    """Return the QOS with what changes, and what slurmrestd resets where it is left out.

    Unlike those of associations, TRES of a QOS merge: a count of -1 removes one.
    """
    before, after = change.before or {}, _after(change)
    item: dict[str, Json] = {"name": change.name}
    for name in change.fields:
        f = change.entity[name]
        if isinstance(f.kind, Tres):
            f.put(item, {**dict.fromkeys(_counts(before, name), -1), **_counts(after, name)})
        else:
            f.put(item, after[name])
    if change.before is not None:
        change.entity["PreemptMode"].put(item, after["PreemptMode"])
        flags = change.entity["Flags"]
        if "Flags" not in change.fields:
            item[flags.path] = ["NOT_SET"]
        elif not after["Flags"]:
            item[flags.path] = ["REMOVE", *flags.kind.dump(before["Flags"])]
    return item


def _counts(row: Row, name: str) -> Mapping[str, int | None]:
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}


def _delete_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Remove the associations of several accounts together, and then the accounts one by one.

    One by one, the first would be refused where it is the default account of a user who is in the
    second too.
    """
    here = [change for change in changes if not change.everywhere]
    together = here if len(here) > 1 else [c for c in here if elsewhere(c.before or {})]
    alone = [c for c in changes if c.everywhere or not elsewhere(c.before or {})]
    # Only an account without rows may go beside another: below it there is nothing any more.
    bare = {id(change) for change in together}
    return [
        *_delete_own_rows(version, together),
        *_abreast([_delete(version, c) for c in alone if id(c) in bare]),
        *(_delete(version, c) for c in alone if id(c) not in bare),
    ]


def _abreast(deletions: Sequence[Request]) -> list[Request]:
    """Return deletions of one object each; many of them may be sent together.

    slurmrestd has no request for several, and each costs slurmdbd a look at all jobs. A few go in
    order, so that what -v shows is the same each time.
    """
    many = len(deletions) >= MANY_DELETIONS
    return [replace(one, abreast=many and not one.query) for one in deletions]


MANY_DELETIONS = 10
"""Deletions for which a second connection is worth opening."""


def _delete(version: ApiVersion, change: RowChange) -> Request:
    """Remove the object itself where it lives on this cluster only, else its rows here."""
    before = change.before or {}
    if change.entity is USER and elsewhere(before) and not change.everywhere:
        query = {"cluster": str(before["Cluster"]), "user": change.name}
        return _delete_rows(version, query, [change])
    path = f"/slurmdb/{version}/{change.entity.noun}/{_step(change.name)}"
    return Request("DELETE", path, changes=(change,))


def _delete_associations(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Remove accounts' own rows with all below, and users' rows in blocks."""
    own, users = own_and_users(changes)
    requests = _delete_own_rows(version, own)
    for cluster, here in by_cluster(users).items():
        for block, carried in in_blocks(here, MOST_DELETED):
            query = {
                "account": ",".join(block.accounts),
                "cluster": cluster,
                "partition": ",".join(block.partitions) or NONE,
                "user": ",".join(block.users),
            }
            requests.append(_delete_rows(version, query, carried))
    return requests


def _delete_own_rows(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Remove accounts' own rows and all below, in few requests a cluster."""
    return [
        _delete_rows(version, {"account": ",".join(names), "cluster": cluster}, carried)
        for names, cluster, carried in in_branches(changes)
    ]


def _delete_rows(
    version: ApiVersion, query: Mapping[str, str], changes: Sequence[RowChange]
) -> Request:
    path = f"/slurmdb/{version}/associations/"
    return Request("DELETE", path, query=query, changes=tuple(changes))


CLI = 'execution_mode = "cli"'


def refusal(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for what slurmrestd has no words for, or would lose."""
    if wrong := unnameable(change):
        return wrong
    if change.entity is QOS:
        return _version_refusal(change, version) or _qos_refusal(change)
    return (
        _version_refusal(change, version)
        or _counts_refusal(change)
        or _inheritance_refusal(change)
        or _coordinators_refusal(change)
        or _account_refusal(change)
    )


def _version_refusal(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for fields that the version does not know."""
    for name in change.fields if change.after is not None else ():
        field = change.entity[name]
        since, until = field.since or version, field.until or version
        if not since <= version <= until:
            takes = f"{since} or later" if version < since else f"{until} or earlier"
            return Unsupported(
                f"{subject([change])}: API {version} of slurmrestd cannot set {name}",
                f"it takes {takes}: set api_version, or use a profile with {CLI}",
            )
    return None


def _counts_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for a row with a count that slurmrestd would cut: lists are sent whole."""
    rows = [change.after or {}] if _changed(change, Record.ASSOCIATION) else []
    rows += change.takes if "DefaultAccount" in change.fields else ()
    for row in rows:
        for f in COUNTED:
            if any((n or 0) > LARGEST_TRES for n in _counts(row, f.name).values()):
                text = f.kind.text(row[f.name])
                return Unsupported(
                    f"{subject([change])}: slurmrestd cannot hold its {f.name}={text}",
                    f"lower that limit, or use a profile with {CLI}",
                )
    return None


def _inheritance_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for changes to inherited names."""
    for name, (before, after) in change.fields.items():
        kind = change.entity[name].kind
        if not isinstance(kind, Names):
            continue
        if after and kind.inherits(after):
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot add to an inherited {name} or take from "
                "it",
                f"name the whole list ({name}=a,b), or use a profile with {CLI}",
            )
        if before and not after and change.action == "modify":
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot restore the inheritance of {name}",
                f"use a profile with {CLI}",
            )
    return None


def _coordinators_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for who coordinates it otherwise already: slurmrestd would do nothing."""
    before, after = change.fields.get("Coordinators", ((), ()))
    added = {*_names(after)} - {*_names(before)}
    already = sorted(added & {*_names((change.before or {}).get(INDIRECT))})
    if not already:
        return None
    return Unsupported(
        f"{subject([change])}: slurmrestd cannot make {', '.join(already)} its coordinator, who "
        "coordinates it already, through an account above it or the flag UsersAreCoords",
        f"this gives no further rights; where it is wanted, use a profile with {CLI}",
    )


def level_refusal(changes: Sequence[RowChange], username: str) -> Unsupported | None:
    """Return the error for coordinators whom a coordinator names: slurmrestd asks for a level.

    It writes the account anew before its coordinators, which takes AdminLevel Operator; it has no
    other request for them (all versions). slurmdbd alone would let the account's coordinators.
    """
    for change in changes:
        before = change.before or {}
        coordinating = {*_names(before.get("Coordinators")), *_names(before.get(INDIRECT))}
        if {*change.fields} == {"Coordinators"} and username in coordinating:
            return Unsupported(
                f"{subject([change])}: slurmrestd changes coordinators for AdminLevel Operator "
                f"alone, and {username} only coordinates it",
                f"use a profile with {CLI}",
            )
    return None


def _account_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for an account with something that a POST, which is whole, would alter.

    Bytes that are not UTF-8 are known here as they are shown, and not as they are.
    """
    if change.entity is not ACCOUNT or change.action != "modify":
        return None
    if not _changed(change, Record.OBJECT):
        return None
    kept = [f for f in ACCOUNT.settable(Record.OBJECT) if f.name not in change.fields]
    for f in kept:
        value = _after(change)[f.name]
        texts = [text for text in _names(value) if not means_itself(text)]
        texts += [value] if isinstance(value, str) and is_escaped(value) else []
        if texts:
            return Unsupported(
                f"{subject([change])}: slurmrestd takes an account whole, and cannot be sent its "
                f"{f.name} '{printable(texts[0])}' as it is",
                f"set {f.name} too, or use a profile with {CLI}",
            )
    return None


INDIRECT = "IndirectCoordinators"


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _qos_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for what a POST of a QOS cannot say."""
    what, fields = subject([change]), change.fields if change.after is not None else {}
    mode = (change.after or {}).get("PreemptMode")
    if change.after is not None and not PREEMPT_MODE.is_told(mode):
        said = (
            "set PreemptMode=" + str(mode)
            if "PreemptMode" in fields
            else ("keep its PreemptMode, which holds within or priority")
        )
        return Unsupported(f"{what}: slurmrestd cannot {said}", f"use a profile with {CLI}")
    before, after = fields.get("Preempt", (None, None))
    if before and not after:
        return Unsupported(f"{what}: slurmrestd cannot empty Preempt", f"use a profile with {CLI}")
    return None


def caution(change: RowChange) -> str:
    """Return what a POST may take away unseen: slurmrestd shows `within,cancel` as CANCEL."""
    mode = (change.before or {}).get("PreemptMode")
    keeps = change.action == "modify" and "PreemptMode" not in change.fields
    if change.entity is not QOS or not keeps or PREEMPT_MODE.is_sure(mode):
        return ""
    return (
        f"{subject([change])}: slurmrestd does not tell whether its PreemptMode {mode} holds "
        "'within' or 'priority' too; where it does, this write takes them away"
    )


def _changed(change: RowChange, record: Record) -> list[Field]:
    return [f for name in change.fields if (f := change.entity[name]).record is record]


def _after(change: RowChange) -> Row:
    if change.after is None:
        raise AssertionError(f"{change.name} is to be deleted")
    return change.after
