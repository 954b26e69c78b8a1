"""The requests that carry out changes.

A body holds each list of TRES and QOS whole: slurmrestd erases what a body omits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.backends.batching import (
    MAX_DELETIONS_PER_CALL,
    MAX_ROWS_PER_CALL,
    by_cluster,
    chunked,
    in_branches,
    in_rectangles,
    split_account_level,
)
from slurmctl_rest.backends.changeset import ChangeSet
from slurmctl_rest.backends.new_users import batches
from slurmctl_rest.backends.rest import wckeys
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import NONE, _step, modify_job
from slurmctl_rest.backends.rest.unsupported import unsupported_reason
from slurmctl_rest.backends.rest.values import (
    ASSOCIATION_FIELDS,
    after_of,
    changed_fields,
    counts_of,
)
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, CLUSTERS, QOS, USER, WCKEY
from slurmctl_rest.model.entities.account import ROOT, elsewhere, texts_of_new_account
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.entities.job import PAST_JOB, job_number
from slurmctl_rest.model.entities.user import WCKEYS
from slurmctl_rest.model.fields import Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.numbers import COUNT
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.versions import ApiVersion


def writes(changes: Iterable[RowChange], version: ApiVersion) -> list[Request]:
    """Return the requests that carry the changes out, as few as slurmrestd allows."""
    work = ChangeSet(changes)
    for change in work.changes:
        if impossible := unsupported_reason(change, version):
            raise impossible
    requests = [
        *_with_values(
            version, work, _with_flags(version, _add_accounts(version, work.of("add", ACCOUNT)))
        ),
        *_with_values(
            version,
            work,
            _add_users(version, work.users_created_with_rows(), work.of("add", ASSOCIATION)),
        ),
        *_add_clusters(version, work.of("add", CLUSTERS)),
        *wckeys.added(version, work.of("add", WCKEY), MAX_ROWS_PER_CALL),
        # Before deletions: QOS that stay lose the doomed ones from Preempt first (planning/qos.py).
        *_post_qos(version, [*work.of("add", QOS), *work.of("modify", QOS)]),
        # Before users: the mark of a default account
        # sends its rows whole, with the values set here.
        *_modify_associations(version, work.of("modify", ACCOUNT, ASSOCIATION, CLUSTERS)),
        *_modify_accounts(version, work.of("modify", ACCOUNT)),
        *_modify_users(version, work.modified_users(), work.of("modify", ASSOCIATION)),
        *(_modify_job(version, change) for change in work.of("modify", PAST_JOB)),
        *_delete_accounts(version, work.of("delete", ACCOUNT)),
        *_in_parallel([_delete(version, change) for change in work.of("delete", USER)]),
        *_delete_associations(version, work.of("delete", ASSOCIATION)),
        *wckeys.deleted(version, work.of("delete", WCKEY)),
        *(_delete(version, change) for change in work.of("delete", CLUSTERS)),
        # Last, and each alone: beside an addition it may hang slurmdbd (backends/hanging.py).
        *(_delete(version, change) for change in work.of("delete", QOS)),
    ]
    return [replace(request, changes=work.whole(request.changes)) for request in requests]


def _with_values(
    version: ApiVersion, work: ChangeSet, requests: Iterable[Request]
) -> Iterator[Request]:
    """Yield each request that adds, and after it the one that sets values on the new rows.

    That one carries no other row: slurmrestd would add a row that it does not find.
    """
    for request in requests:
        yield request
        yield from _modify_associations(version, work.deferred(request.changes))


def _post(version: ApiVersion, path: str, body: Json, changes: Sequence[RowChange]) -> Request:
    return Request("POST", f"/slurmdb/{version}/{path}/", body=body, changes=tuple(changes))


def _add_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Return one accounts_association/ for all accounts that are to look alike."""
    groups: dict[str, list[RowChange]] = {}
    for change in changes:
        body = {"association": _new_association(change), "account": _new_account(change)}
        # One request has one set of values for all its
        # accounts; the text is the key of those alike.
        groups.setdefault(json.dumps(body, sort_keys=True), []).append(change)
    requests = []
    for text, group in groups.items():
        body = json.loads(text)
        for part in chunked(group, MAX_ROWS_PER_CALL):
            condition = {
                "accounts": [change.name for change in part],
                "clusters": [after_of(part[0])["Cluster"]],
                "association": body["association"],
            }
            whole = {"association_condition": condition, "account": body["account"]}
            requests.append(_post(version, "accounts_association", whole, part))
    return requests


def _with_flags(version: ApiVersion, requests: Iterable[Request]) -> Iterator[Request]:
    """Yield each addition of accounts, and after it the flags, for which it has no word."""
    for request in requests:
        yield request
        flagged = [change for change in request.changes if "Flags" in change.fields]
        if flagged:
            items = [_account(change) for change in flagged]
            yield _post(version, "accounts", {"accounts": items}, flagged)


def _new_association(change: RowChange) -> Json:
    """Return the flat, lower-case keys that accounts_association/ takes; only what is set."""
    return {
        f.add_key: f.kind.dump(after_of(change)[f.name])
        for f in changed_fields(change, SlurmRecord.ASSOCIATION)
    }


def _new_account(change: RowChange) -> Json:
    """Return the texts, or nothing where they are those that slurmdbd fills in."""
    after = after_of(change)
    texts = texts_of_new_account(change.name, after["Parent"])
    if texts.items() <= after.items():
        return {}
    return {change.entity[name].path: change.entity[name].kind.dump(after[name]) for name in texts}


def _add_users(
    version: ApiVersion, users: Sequence[RowChange], rows: Sequence[RowChange]
) -> list[Request]:
    """Return one users_association/ for each block of associations alike.

    The key `user` must be there. It holds a new user's level and default account.
    """
    requests = []
    for batch in batches(users, rows):
        condition = {
            "users": list(batch.block.users),
            "accounts": list(batch.block.accounts),
            "clusters": [batch.cluster],
            "association": _new_association(batch.rows[0]),
        }
        if wckeys := _new_wckeys(batch.users):
            condition["wckeys"] = wckeys
        # Without the key a row is for all partitions.
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
    return {f.add_key: f.kind.dump(after_of(change)[f.name]) for f in fields if f.add_key}


def _new_wckeys(alike: Sequence[RowChange]) -> Json:
    fields = alike[0].fields if alike else {}
    return WCKEYS.kind.dump(fields[WCKEYS.name][1]) if WCKEYS.name in fields else []


def _modify_associations(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Return one associations/ for many rows, with the values that change on each.

    Nobody inherits from a user's row, and each request is a transaction of its own: requests for
    users' rows may be sent together.
    """
    items = {
        id(change): _association(version, after_of(change), changed)
        for change in changes
        if (changed := changed_fields(change, SlurmRecord.ASSOCIATION))
    }
    concerned = [change for change in changes if id(change) in items]
    requests = []
    for part in chunked(concerned, MAX_ROWS_PER_CALL) if concerned else ():
        body = {"associations": [items[id(change)] for change in part]}
        of_users = not any(is_account_level(change.old) for change in part)
        requests.append(replace(_post(version, "associations", body, part), parallel_safe=of_users))
    return requests


def _modify_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Return one accounts/ for many accounts; but one each if coordinators change.

    Of several accounts in one POST only the first would get new coordinators, also those that the
    flag makes of its users. The plan's order stays, the lowest account first (planning/tree.py).
    """
    concerned = [c for c in changes if changed_fields(c, SlurmRecord.OBJECT)]
    groups = [[c] for c in concerned if COORDINATING & {*c.fields}]
    alike = [c for c in concerned if not COORDINATING & {*c.fields}]
    return [
        _post(version, "accounts", {"accounts": [_account(c) for c in group]}, group)
        for group in (*groups, *chunked(alike, MAX_ROWS_PER_CALL))
        if group
    ]


COORDINATING = frozenset({"Coordinators", "Flags"})
"""Fields of an account that make users its coordinators."""


def _modify_users(
    version: ApiVersion, changes: Sequence[RowChange], modified: Sequence[RowChange]
) -> list[Request]:
    """Return one users/ for many levels; the default account is a mark on associations.

    `modified` are the associations that were modified before: marked as they were, they would lose
    the TRES that they have just been given.
    """
    requests = []
    now = {association_key(after_of(change)): after_of(change) for change in modified}
    for part in chunked([c for c in changes if WCKEYS.name in c.fields], MAX_ROWS_PER_CALL):
        # Before the default, which has to be one of them.
        items = [item for change in part for item in _added_wckeys(change)]
        requests += [_post(version, "wckeys", {"wckeys": items}, part)] if part else []
    own = [change for change in changes if USER_RECORD_FIELDS & {*change.fields}]
    for part in chunked(own, MAX_ROWS_PER_CALL):
        items = [_user(change) for change in part]
        requests += [_post(version, "users", {"users": items}, part)] if part else []
    for part in chunked([c for c in changes if c.marks_default], MAX_ROWS_PER_CALL):
        # slurmrestd has no other way to change it. sacctmgr marks all rows of the user in that
        # account, slurmrestd those that it is told.
        rows = [now.get(association_key(row), row) for c in part for row in c.companions]
        # Whole, though nothing else changes: a TRES list that is left out is erased.
        items = [{**_association(version, row, []), "is_default": True} for row in rows]
        requests += [_post(version, "associations", {"associations": items}, part)] if part else []
    return requests


def _modify_job(version: ApiVersion, change: RowChange) -> Request:
    body: dict[str, Json] = {}
    for name, (_, after) in change.fields.items():
        change.entity[name].put(body, after)
    return replace(modify_job(version, job_number(change.old), body), changes=(change,))


USER_RECORD_FIELDS = {"AdminLevel", "DefaultWCKey"}
"""Fields that a POST of users/ sets; it leaves those alone that it does not name."""


def _user(change: RowChange) -> Json:
    item: dict[str, Json] = {"name": change.name}
    for name in sorted(USER_RECORD_FIELDS & {*change.fields}):
        change.entity[name].put(item, after_of(change)[name])
    return item


def _added_wckeys(change: RowChange) -> Iterator[Json]:
    before, after = change.fields[WCKEYS.name]
    for name in sorted({*WCKEYS.kind.dump(after)} - {*WCKEYS.kind.dump(before)}):
        yield {"name": name, "cluster": after_of(change)["Cluster"], "user": change.name}


def _association(version: ApiVersion, row: Row, changed: Sequence[Field]) -> Json:
    """Return the association with what changes, and all that slurmrestd would lose otherwise."""
    item: dict[str, Json] = {
        "account": row.get("Account", ROOT),  # limits of a cluster are those of its root account
        "cluster": row["Cluster"],
        "partition": row.get("Partition") or "",
        "user": row.get("User") or "",  # required; empty is the account's own row
    }
    names = {f.name for f in changed}
    for f in ASSOCIATION_FIELDS:
        if isinstance(f.kind, Tres):
            # A TRES list is final state: one that is left out is erased. A version that lacks the
            # list refuses it, and keeps what it does not know.
            if f.is_known_to(version):
                f.put(item, row[f.name])
        elif isinstance(f.kind, Names):
            # Left out, the inherited set would become the row's own. [] leaves it as it is.
            f.put(item, row[f.name] if f.name in names else ())
        elif f.name in names:
            f.put(item, row[f.name])
    return item


def _account(change: RowChange) -> Json:
    """Return the account whole: a POST without organization fails, one without coordinators removes
    them.
    """
    item: dict[str, Json] = {"name": change.name}
    for f in change.entity.settable(SlurmRecord.OBJECT):
        f.put(item, after_of(change)[f.name])
    if "Flags" in change.fields:  # left out, they stay
        change.entity["Flags"].put(item, after_of(change)["Flags"])
    return item


def _post_qos(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Return one qos/ for many that are new or changed."""
    return [
        _post(version, "qos", {"qos": [_qos(change) for change in part]}, part)
        for part in chunked(changes, MAX_ROWS_PER_CALL)
        if part
    ]


def _add_clusters(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Add clusters by their names, and set their limits: all else slurmctld tells slurmdbd.

    Their root accounts get a Priority of 0, where sacctmgr leaves none: so it is cleared.
    """
    if not changes:
        return []
    # qos [] leaves it as it is, and no TRES list is
    # sent: a cluster that is new has no limits to lose.
    place = {"account": ROOT, "user": "", "partition": "", "qos": []}
    roots = [
        {
            **(_association(version, after_of(change), told) if told else place),
            "cluster": change.name,
            "priority": COUNT.dump(after_of(change).get("Priority")),
        }
        for change in changes
        for told in [changed_fields(change, SlurmRecord.ASSOCIATION)]
    ]
    return [
        _post(version, "clusters", {"clusters": [{"name": c.name} for c in changes]}, changes),
        _post(version, "associations", {"associations": roots}, changes),
    ]


def _qos(change: RowChange) -> Json:
    """Return the QOS with what changes, and what slurmrestd resets where it is left out.

    Unlike those of associations, TRES of a QOS merge: a count of -1 removes one.
    """
    before, after = change.old, after_of(change)
    item: dict[str, Json] = {"name": change.name}
    for name in change.fields:
        f = change.entity[name]
        if isinstance(f.kind, Tres):
            f.put(item, {**dict.fromkeys(counts_of(before, name), -1), **counts_of(after, name)})
        else:
            f.put(item, after[name])
    if change.before is not None:
        # A POST that leaves out PreemptMode or flags resets them; NOT_SET keeps flags.
        change.entity["PreemptMode"].put(item, after["PreemptMode"])
        flags = change.entity["Flags"]
        if "Flags" not in change.fields:
            item[flags.path] = ["NOT_SET"]
        elif not after["Flags"]:
            item[flags.path] = ["REMOVE", *flags.kind.dump(before["Flags"])]
    return item


def _delete_accounts(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Remove the associations of several accounts together, and then the accounts one by one.

    One by one, the first would be refused if it is the default account of a user who is in the
    second too.
    """
    here = [change for change in changes if not change.everywhere]
    # An account that is on other clusters, too, only loses its rows here.
    together = here if len(here) > 1 else [c for c in here if elsewhere(c.old)]
    alone = [c for c in changes if c.everywhere or not elsewhere(c.old)]
    # Only an account without rows may go beside another: below it there is nothing any more.
    bare = {id(change) for change in together}
    # An account that is known without an association here has no rows to name.
    placed = [change for change in together if association_key(change.old).cluster]
    return [
        *_delete_own_rows(version, placed),
        *_in_parallel([_delete(version, c) for c in alone if id(c) in bare]),
        *(_delete(version, c) for c in alone if id(c) not in bare),
    ]


def _in_parallel(deletions: Sequence[Request]) -> list[Request]:
    """Return deletions of one object each; many of them may be sent together.

    slurmrestd has no request for several, and each costs slurmdbd a look at all jobs. A few go in
    order, so that what -v shows is the same each time.
    """
    many = len(deletions) >= DELETIONS_WORTH_A_CONNECTION
    return [replace(one, parallel_safe=many and not one.query) for one in deletions]


DELETIONS_WORTH_A_CONNECTION = 10
"""Deletions for which a second connection is worth opening."""


def _delete(version: ApiVersion, change: RowChange) -> Request:
    """Remove the object itself where it lives on this cluster only, else its rows here."""
    before = change.old
    if change.entity is USER and elsewhere(before) and not change.everywhere:
        query = {"cluster": association_key(before).cluster, "user": change.name}
        return _delete_rows(version, query, [change])
    path = f"/slurmdb/{version}/{change.entity.noun}/{_step(change.name)}"
    return Request("DELETE", path, changes=(change,))


def _delete_associations(version: ApiVersion, changes: Sequence[RowChange]) -> list[Request]:
    """Remove accounts' own rows with all below, and users' rows in blocks."""
    own, users = split_account_level(changes)
    requests = _delete_own_rows(version, own)
    for cluster, here in by_cluster(users).items():
        for block, carried in in_rectangles(here, MAX_DELETIONS_PER_CALL):
            query = {
                "account": ",".join(block.accounts),
                "cluster": cluster,
                # "" would mean rows of every partition.
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
