"""Requests to slurmrestd, built purely: from queries and row changes to method, path and body.

Facts about slurmrestd that a builder must respect stand beside the line that does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from slurmctl_rest.backends import Command
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities.account import elsewhere, texts_of_new_account
from slurmctl_rest.model.fields import Field, Record, Row
from slurmctl_rest.model.kinds import LARGEST_TRES, Json, Names, Tres
from slurmctl_rest.model.versions import V40, V41, V42, ApiVersion
from slurmctl_rest.planning import RowChange, subject


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` begins behind the host; `changes` are what a write carries."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    changes: tuple[RowChange, ...] = ()

    @property
    def command(self) -> Command:
        """Return it as it is logged and shown."""
        return Command(method=self.method, path=self.path, query=self.query, body=self.body)

    @property
    def what(self) -> str:
        """Return what a message about it is about: the objects written, or the request."""
        return subject(self.changes) or f"{self.method} {self.path}"


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
COORDINATORS = ByVersion(((V40, "with_coords"), (V41, "WithCoordinators")))

# Where slurmdbd had no ping, its diag stands in for it.
PING_SLURMDBD = ByVersion(((V40, "diag/"), (V42, "ping/")))

ACCOUNTS_OWN_ROWS = {"user": " "}
"""Only rows without a user: SQL pads strings before it compares them, so ' ' equals ''.

An empty `user` means the opposite to slurmdbd: every row that has a user. A database that does not
pad answers nothing, which backend.py takes as: filter here.
"""


def slurmdb(version: ApiVersion, path: str, **rest: Json) -> Request:
    """Return a GET in slurmdbd's namespace."""
    return Request("GET", f"/slurmdb/{version}/{path}", **rest)


def ping(version: ApiVersion) -> Request:
    """Return the cheapest request that shows whether a version is served."""
    return Request("GET", f"/slurm/{version}/ping/")


def ping_slurmdbd(version: ApiVersion) -> Request:
    """Return the request that shows whether slurmdbd answers."""
    return slurmdb(version, PING_SLURMDBD.at(version))


def accounts(version: ApiVersion, names: Sequence[str]) -> Request:
    """Ask for accounts with their coordinators: one by name, else all (there is no name filter)."""
    if len(names) == 1:
        # Here the switch kept its old name in all versions.
        return slurmdb(version, f"account/{quote(names[0])}", query={"with_coords": "true"})
    return slurmdb(version, "accounts/", query=_on(version, COORDINATORS))


def associations(version: ApiVersion, query: Mapping[str, str], *switches: ByVersion) -> Request:
    """Ask for associations."""
    return slurmdb(version, "associations/", query={**query, **_on(version, *switches)})


def _on(version: ApiVersion, *switches: ByVersion) -> dict[str, str]:
    return {switch.at(version): "true" for switch in switches}


def writes(changes: Iterable[RowChange], version: ApiVersion) -> list[Request]:
    """Return the requests that carry the changes out, as few as slurmrestd allows."""
    changing = [change for change in changes if change.to_do]
    for change in changing:
        if impossible := refusal(change, version):
            raise impossible
    return [
        *_adds(version, [c for c in changing if c.action == "add"]),
        *_modifies(version, [c for c in changing if c.action == "modify"]),
        *(_delete(version, c) for c in changing if c.action == "delete"),
    ]


def _adds(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One accounts_association/ for all accounts that are to look alike."""
    groups: dict[str, list[RowChange]] = {}
    for change in changes:
        body = {"association": _new_association(change), "account": _new_account(change)}
        groups.setdefault(json.dumps(body, sort_keys=True), []).append(change)
    requests = []
    for text, group in groups.items():
        body = json.loads(text)
        condition = {
            "accounts": [change.name for change in group],
            "clusters": [_after(group[0])["Cluster"]],
            "association": body["association"],
        }
        requests.append(
            Request(
                "POST",
                f"/slurmdb/{version}/accounts_association/",
                body={"association_condition": condition, "account": body["account"]},
                changes=tuple(group),
            )
        )
    return requests


def _new_association(change: RowChange) -> Json:
    """Return the flat, lower-case keys that accounts_association/ takes; only what is set."""
    after = _after(change)
    return {
        f.add_key: f.kind.dump(after[f.name])
        for f in change.entity.settable(Record.ASSOCIATION)
        if f.name in change.fields
    }


def _new_account(change: RowChange) -> Json:
    """Return description and organization, unless they are those that Slurm itself fills in."""
    after = _after(change)
    fields = list(change.entity.settable(Record.OBJECT))
    if texts_of_new_account(change.name, after["Parent"]).items() <= after.items():
        return {}
    return {f.path: f.kind.dump(after[f.name]) for f in fields}


def _modifies(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """One associations/ and one accounts/ for all rows."""
    requests = []
    for record, path in ((Record.ASSOCIATION, "associations"), (Record.OBJECT, "accounts")):
        concerned = [c for c in changes if _changed(c, record)]
        if not concerned:
            continue
        item = _association if record is Record.ASSOCIATION else _account
        requests.append(
            Request(
                "POST",
                f"/slurmdb/{version}/{path}/",
                body={path: [item(change) for change in concerned]},
                changes=tuple(concerned),
            )
        )
    return requests


def _association(change: RowChange) -> Json:
    """Return the association with what changes, and all that slurmrestd would lose otherwise."""
    after = _after(change)
    item: dict[str, Json] = {
        "account": change.name,
        "cluster": after["Cluster"],
        "partition": "",
        "user": "",  # required; empty is the account's own row
    }
    changed = _changed(change, Record.ASSOCIATION)
    for f in change.entity.settable(Record.ASSOCIATION):
        if isinstance(f.kind, Tres):
            # A TRES list is final state: one that is left out is erased.
            f.put(item, after[f.name])
        elif isinstance(f.kind, Names):
            # Left out, the inherited set would become the row's own. [] leaves it as it is.
            f.put(item, after[f.name] if f in changed else ())
        elif f in changed:
            f.put(item, after[f.name])
    return item


def _account(change: RowChange) -> Json:
    """Return the account whole: organization is required, coordinators left out are removed."""
    after = _after(change)
    item: dict[str, Json] = {"name": change.name}
    for f in change.entity.settable(Record.OBJECT):
        f.put(item, after[f.name])
    item["coordinators"] = [{"name": name} for name in _names(after, "Coordinators")]
    return item


def _delete(version: ApiVersion, change: RowChange) -> Request:
    """Remove the account itself where it lives on this cluster only, else its rows here."""
    before = change.before or {}
    cluster = str(before["Cluster"])
    if elsewhere(before):
        names = ",".join((change.name, *change.takes))
        path, query = "associations/", {"account": names, "cluster": cluster}
    else:
        path, query = f"account/{quote(change.name)}", {}
    return Request("DELETE", f"/slurmdb/{version}/{path}", query=query, changes=(change,))


CLI = 'execution_mode = "cli"'


def refusal(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for what slurmrestd has no words for.

    That is: fields that the version does not know, changes to inherited names, and changes to a row
    that holds a count which it would cut, because every TRES list of the row has to be sent back.
    """
    for name in change.fields:
        since, until = change.entity[name].since or version, change.entity[name].until or version
        if not since <= version <= until:
            return Unsupported(
                f"{subject([change])}: API {version} of slurmrestd cannot set {name}",
                f"it takes {since} or later: set api_version, or use a profile with {CLI}",
            )
    for f in (
        change.entity.settable(Record.ASSOCIATION) if _changed(change, Record.ASSOCIATION) else ()
    ):
        counts = (change.after or {}).get(f.name)
        if isinstance(counts, Mapping) and any((n or 0) > LARGEST_TRES for n in counts.values()):
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot hold its {f.name}={f.kind.text(counts)}",
                f"lower that limit, or use a profile with {CLI}",
            )
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


def _changed(change: RowChange, record: Record) -> list[Field]:
    names = change.fields
    return [f for f in change.entity.settable(record) if f.name in names]


def _after(change: RowChange) -> Row:
    if change.after is None:
        raise AssertionError(f"{change.name} is to be deleted")
    return change.after


def _names(row: Row, name: str) -> tuple[str, ...]:
    value = row.get(name)
    return value if isinstance(value, tuple) else ()
