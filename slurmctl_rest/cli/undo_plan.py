"""The plan of `undo` and `restore`: from rows as they are to be to changes in their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from slurmctl_rest.cli import load_changes
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.delete import deletable_qos
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.load_changes import COORDINATORS, DELETIONS
from slurmctl_rest.cli.load_reading import FileReading
from slurmctl_rest.errors import NotFound
from slurmctl_rest.journal.as_of import moved_unseen
from slurmctl_rest.journal.blame import LastChanges, ObjectKey, object_key
from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.journal.undo import Wanted
from slurmctl_rest.model.change import Action, Outcome, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import COMMENT, AssociationKey, association_key
from slurmctl_rest.model.entities.user import DEFAULT_WCKEY, OF_WCKEYS, WCKEYS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.names import NAMES
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import associations as association_plans
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.planning.tree import below
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import FIELDS_OF_PLACED_ACCOUNT, Loading


class Told:
    """What the journal tells, and what there is."""

    def __init__(self, context: Context, cluster: str) -> None:
        """Read both."""
        reader = JournalReading(context, cluster)
        found: dict[int, tuple[list[JournalChange], LastChanges]] = {}

        def take(replay: Replay, _: JournalEntry, changes: list[JournalChange]) -> None:
            all_, last = found.setdefault(id(replay), ([], LastChanges()))
            all_ += changes
            last.take(changes)

        replay = reader.replayed(take)
        self.changes, self.last = found.get(id(replay), ([], LastChanges()))
        # Fields on request, which a change may have set.
        context.requested = OF_WCKEYS | {"Flags", COMMENT.name}
        # Slurm keeps the row, and the number, of a QOS that jobs have used.
        self.kept_qos = frozenset(reader.journal.names().qos.values())
        self.loading = Loading(FileReading(context).present(cluster), wanted=cluster)
        self.loading.cluster = cluster
        present = self.loading.present
        self.present: dict[ObjectKey, Row] = {
            **{(ACCOUNT.noun, name): row for name, row in present.accounts.items()},
            **{(USER.noun, name): row for name, row in present.users.items()},
            **{(ASSOCIATION.noun, name_of(ASSOCIATION, r)): r for r in present.rows.values()},
            **{(QOS.noun, str(row["Name"])): row for row in present.qos},
        }
        there = {
            number: row
            for name, number in replay.own_rows.items()
            if (row := self.present.get((ASSOCIATION.noun, name)))
        }
        self.moved = moved_unseen(replay, there)


def undo_changes(context: Context, told: Told, wanted: Wanted, cluster: str) -> PlanSteps:
    """Return the changes in their steps, and say what does not come back."""
    loading, gone = told.loading, dict[ObjectKey, Row]()
    for (noun, name), row in wanted.rows.items():
        there = told.present.get((noun, name))
        if row is None:
            if there is not None:
                gone[noun, name] = there
            continue
        _put(context, loading, noun, name, row)
    for (noun, name), row in wanted.rows.items():
        added = noun == QOS.noun and row is not None and (noun, name) not in told.present
        if added and name not in told.kept_qos:
            context.console.warn(f"qos '{name}' comes back with a new ID")
    _without_lost_qos(context, loading)
    loading.accounts = _highest_first(loading)
    try:
        changes = load_changes.file_changes(loading)
    except FileError as error:
        said = " ".join(line.strip() for line in error.lines)
        raise NotFound(said.removeprefix("sacctmgr: error: ")) from error
    back = sum(adds_association(outcome) for outcome in changes.plan)
    if back:
        context.console.warn(
            f"{back} {'association comes' if back == 1 else 'associations come'} back without "
            "raw usage: Slurm counts it from 0"
        )
    _inherit_before_changes(changes)
    _add_removed_coordinators(changes, told, wanted)
    _keep_accounts_in_use(context, told, gone, cluster, force=wanted.force)
    for outcome in _deletions(told, gone, cluster, partial(deletable_qos, context)):
        changes.plan.append(outcome)
        changes.at(DELETIONS).append((outcome.change, outcome.change))
    return changes


def adds_association(outcome: Outcome) -> bool:
    """Tell whether a change adds an association: an account comes with its own."""
    change = outcome.change
    return change.action == "add" and change.entity in (ACCOUNT, ASSOCIATION)


def _put(context: Context, loading: Loading, noun: str, name: str, row: Row) -> None:
    """Put a row as it is to be beside those that there are."""
    if noun == ASSOCIATION.noun:
        key = association_key(row)
        empty = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
        told = {n: v for n, v in row.items() if n in empty or n == COMMENT.name}
        row_there = loading.present.rows.get(key, {})
        comment = row_there.get(COMMENT.name)
        stays = bool(row_there) and told.get(COMMENT.name, comment) != comment
        if context.backend.executor == "rest" and stays:
            context.console.warn(
                f"the comment of {name} stays: slurmrestd can only set it on what it adds"
            )
            told[COMMENT.name] = comment
        there = _texts(row_there.get("QosLevel"))
        signed = [one for one in _texts(told.get("QosLevel")) if one[0] in "+-"]
        if context.backend.executor == "rest" and {*signed} - {*there}:
            context.console.warn(
                f"QosLevel {listed(signed)} of {name} does not come back over REST, which cannot "
                'add to inherited QOS; use a profile with execution_mode = "cli"'
            )
            told["QosLevel"] = there
        loading.rows[key] = {**empty, **told, "Deleted": False}
        if not key.user:
            account = loading.accounts.get(key.account) or _new_account(key.account)
            placed = {*FIELDS_OF_PLACED_ACCOUNT, COMMENT.name}
            limits = {n: v for n, v in told.items() if n in placed}
            loading.accounts[key.account] = {**account, **limits, "Cluster": loading.cluster}
    elif noun == ACCOUNT.noun:
        before = loading.accounts.get(name) or _new_account(name)
        own = {n: row[n] for n in ("Description", "Organization", "Flags") if n in row}
        loading.accounts[name] = {**before, **own}
        loading.coordinators[name] = [*_texts(row.get("Coordinators"))]
    elif noun == USER.noun:
        empty = {f.name: f.kind.load(None) for f in USER.fields}
        before = loading.users.get(name) or {**empty, "AdminLevel": "None"}
        of_users = ("User", "AdminLevel", "DefaultAccount", *OF_WCKEYS)
        own = {n: row[n] for n in of_users if n in row}
        keys = _wckeys(context, name, own, loading.present.users.get(name, {}))
        loading.users[name] = {**before, **own, **keys}
    else:
        present = {str(one["Name"]): one for one in loading.present.qos}
        old = present.get(name)
        empty = {f.name: f.kind.load(None) for f in QOS.fields}
        after = {**empty, **row, "ID": None if old is None else old["ID"]}
        action: Action = "add" if old is None else "modify"
        loading.qos.changes.append(RowChange(QOS, action, name, old, after))


def _wckeys(context: Context, name: str, row: Row, there: Row) -> Row:
    """Return the WCKeys that a user is to have: no write of a user takes any away."""
    here, wanted = (_texts(one.get(WCKEYS.name)) for one in (there, row))
    staying = [key for key in here if key not in wanted] if WCKEYS.name in row else []
    if not staying:
        return {}
    keys = ",".join(staying)
    context.console.warn(
        f"WCKeys {keys} of user '{name}' stay: `slurmctl-rest wckey delete {pasted(keys)} where "
        f"user={pasted(name)}` takes them away"
    )
    default = row.get(DEFAULT_WCKEY.name) or there.get(DEFAULT_WCKEY.name)
    return {WCKEYS.name: tuple(sorted({*here, *wanted})), DEFAULT_WCKEY.name: default}


def _highest_first(loading: Loading) -> dict[str, Row]:
    """Return the accounts so that none comes before the one that it is to be below."""

    def depth(name: str) -> int:
        seen = {name}
        row = loading.rows.get(AssociationKey(loading.cluster, name))
        while row is not None and (parent := str(row["Parent"] or "")) not in seen:
            seen.add(parent)
            row = loading.rows.get(AssociationKey(loading.cluster, parent))
        return len(seen)

    return dict(sorted(loading.accounts.items(), key=lambda item: depth(item[0])))


def _new_account(name: str) -> Row:
    empty = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    return {**empty, "Account": name, "Clusters": ()}


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _without_lost_qos(context: Context, loading: Loading) -> None:
    """Leave out QOS that are not there any more: Slurm would refuse the whole row."""
    coming = {change.name for change in loading.qos.changes}
    known = {str(row["Name"]) for row in loading.present.qos} | coming
    for key, row in loading.rows.items():
        names = _texts(row["QosLevel"])
        default = row["DefaultQOS"]
        lost = {n.lstrip("+-") for n in names} - known
        lost |= {str(default)} - known if default is not None else set()
        if lost and row is not loading.present.rows.get(key):
            context.console.warn(
                f"{name_of(ASSOCIATION, row)}: QOS {listed(sorted(lost))} is gone and is left out; "
                "restore it first"
            )
            kept = tuple(name for name in names if name.lstrip("+-") in known)
            loading.rows[key] = {
                **row,
                "QosLevel": kept,
                "DefaultQOS": default if default in known else None,
            }


def _inherit_before_changes(changes: PlanSteps) -> None:
    """Have a row inherit its QOS before any are added to these: from `high` to `+high`.

    sacctmgr adds to the list that there is, and a list of its own would get more.
    """
    later: list[tuple[RowChange, RowChange]] = []
    for step in changes.steps:
        for at, (part, whole) in enumerate(step):
            before, after = (_texts(row.get("QosLevel")) for row in (part.old, part.new))
            adds = bool(after) and NAMES.inherits(after) and not NAMES.inherits(before)
            if part.action == "modify" and adds:
                between = {**part.new, "QosLevel": ()}
                step[at] = (replace(part, after=between), whole)
                later.append((replace(part, before=between), whole))
    changes.at((COORDINATORS, 1)).extend(later)


def _add_removed_coordinators(changes: PlanSteps, told: Told, wanted: Wanted) -> None:
    for (noun, name), row in wanted.rows.items():
        there = told.present.get((noun, name))
        if noun != ACCOUNT.noun or row is None or there is None:
            continue
        before = _texts(there.get("Coordinators"))
        left = tuple(one for one in before if one in _texts(row.get("Coordinators")))
        if left != before and "Coordinators" in row:
            change = RowChange(ACCOUNT, "modify", name, there, {**there, "Coordinators": left})
            changes.add(COORDINATORS, change)


def _keep_accounts_in_use(
    context: Context, told: Told, gone: dict[ObjectKey, Row], cluster: str, *, force: bool
) -> None:
    """Keep an account that others have put something below: it would go with the account."""
    rows = [*told.loading.present.rows.values()]
    for key in [key for key, row in gone.items() if "Account" in row and not row.get("User")]:
        account = str(gone[key]["Account"])
        inside = below([account], [row for row in rows if row["User"] is None], cluster)
        others = [
            name_of(ASSOCIATION, row)
            for row in rows
            if row["Account"] in inside
            and (ASSOCIATION.noun, name_of(ASSOCIATION, row)) not in gone
        ]
        if others and not force:
            context.console.warn(
                f"account '{account}' is kept: {listed(sorted(others))} would go with it; --force "
                "deletes these, too"
            )
            del gone[key]


def _as_marked(loading: Loading, row: Row) -> Row:
    """Return an association with the mark of the default account that its user is to have."""
    user = loading.users.get(str(row["User"]))
    return row if user is None else {**row, "Default": row["Account"] == user["DefaultAccount"]}


def _deletions(
    told: Told,
    gone: Mapping[ObjectKey, Row],
    cluster: str,
    deletable: Callable[[Sequence[Outcome]], list[Outcome]],
) -> list[Outcome]:
    """Return the removals: what was added is to be gone."""
    present = told.loading.present
    rows = [*present.rows.values()]
    named = {noun: {n: row for (of, n), row in gone.items() if of == noun} for noun, _ in gone}
    accounts, users = named.get(ACCOUNT.noun, {}), named.get(USER.noun, {})
    found: list[Outcome] = []
    on_the_way = set(accounts)
    dependents = [row for row in rows if str(row["Account"]) in on_the_way]
    current = [*present.accounts.values()]
    found += account_plans.delete([*accounts.values()], dependents, current, cluster)
    found += user_plans.delete([*users.values()], rows, cluster)
    left = [
        _as_marked(told.loading, row)
        for row in named.get(ASSOCIATION.noun, {}).values()
        if str(row["Account"]) not in accounts and str(row["User"]) not in users
    ]
    # By then what comes back is there, and default accounts are as they are to be.
    then = [_as_marked(told.loading, row) for row in told.loading.rows.values()]
    found += association_plans.delete(left, then, cluster) if left else []
    qos = [*named.get(QOS.noun, {}).values()]
    plan = qos_plans.delete(qos, present.qos, rows) if qos else []
    found += deletable(plan)
    # An association may go with its account and with its user.
    once: dict[ObjectKey, Outcome] = {}
    for outcome in found:
        once.setdefault(object_key(outcome.change), outcome)
    return [*once.values()]
