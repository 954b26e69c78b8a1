"""`delete`: remove objects from this cluster, and show the cascade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli import checks, input_file
from slurmctl_rest.cli import selection as selecting
from slurmctl_rest.cli.add import coordinate
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, QOS, USER
from slurmctl_rest.model.entities.account import ROOT, elsewhere
from slurmctl_rest.model.entities.association import ACCOUNT_LEVEL, LINEAGE, association_key
from slurmctl_rest.model.entities.user import FROM_ASSOCIATIONS, USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.syntax import Statement
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning import accounts as account_plans
from slurmctl_rest.planning import associations as association_plans
from slurmctl_rest.planning import lineage
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.active_jobs import blocked_by_jobs, held_jobs, of_nobody
from slurmctl_rest.planning.associations import (
    Detour,
    left_without,
    lost_associations,
    with_default_accounts,
)
from slurmctl_rest.planning.steps import deletion_steps
from slurmctl_rest.planning.targets import (
    MAX_NAMES_WITH_NEAREST,
    UnmatchedName,
    match_targets,
    missing,
    more_unknown,
    no_match,
    not_among,
    unselected,
)
from slurmctl_rest.planning.tree import below
from slurmctl_rest.sacctmgr.tokens import is_old


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How far a deletion goes: what its options have said."""

    everything: bool = False
    missing_ok: bool = False
    all_clusters: bool = False
    cancel_jobs: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """A plan, and all associations that were read to make it."""

    plan: Sequence[Outcome]
    associations: Sequence[Row] = ()


def run(
    context: Context,
    entity: Entity,
    tokens: Sequence[str],
    options: DeleteOptions,
    file: str | None = None,
) -> None:
    """Delete what is selected, each with its outcome."""
    words = USER_WITH_LIMITS if entity is USER else entity
    everything = options.everything
    statements = input_file.read_statements(
        context, words, "delete", tokens, file, everything=everything
    )
    checks.refuse_columns(context, statements[0], "a deletion")
    checks.guard_write(context, statements[0].selection, everything=everything)
    context.request(statements)
    cluster = context.cluster_of(statements)
    Write(context).run_plan(
        lambda: _planned(context, entity, statements, cluster, options), cluster
    )


def _planned(
    context: Context, entity: Entity, statements: Statements, cluster: str, options: DeleteOptions
) -> Planned:
    """Plan the deletion, and look for active jobs that block it."""
    deletion = PLANS[entity.noun](context, statements, cluster, options)
    found = examined_deletion(context, deletion, cluster, cancel_jobs=options.cancel_jobs)
    return Planned(found.plan, found.jobs, deletion_steps(found.plan, found.detours))


@dataclass(frozen=True, slots=True)
class ExaminedDeletion:
    """A deletion as Slurm takes it, and the jobs that are to be cancelled before it."""

    plan: Sequence[Outcome]
    detours: Sequence[Detour]
    jobs: Sequence[Row] = ()


def examined_deletion(
    context: Context, deletion: Deletion, cluster: str, *, cancel_jobs: bool = False
) -> ExaminedDeletion:
    """Return a deletion with errors where jobs, or Slurm's way of deleting, are in its way.

    The default accounts of users who stay are switched before it.
    """
    # Before the look at jobs: what is refused for its lineage keeps its jobs, too.
    plan = without_more(context, deletion.plan)
    doomed = lost_associations(plan)
    active = checks.active_jobs(context, doomed, cluster, required=cancel_jobs)
    jobs = held_jobs(active, doomed, deletion.associations)
    # Jobs of a user whom slurmctld cannot name may be those of somebody who stays.
    kept = of_nobody(jobs, plan) if cancel_jobs else jobs
    unblocked, plan = plan, blocked_by_jobs(plan, kept, deletion.associations)
    if plan != unblocked:  # what jobs keep, others must not take along
        plan = without_more(context, plan)
    jobs = held_jobs(active, lost_associations(plan), deletion.associations) if cancel_jobs else []
    # Last: users of refused deletions keep the default account that they have.
    plan, detours = with_default_accounts(plan, deletion.associations)
    for user in left_without(plan, deletion.associations, cluster):
        context.console.warn(
            f"user '{user}' will have no account on {cluster}, and so no default account"
        )
    return ExaminedDeletion(plan, detours, jobs)


def without_more(context: Context, plan: Sequence[Outcome]) -> list[Outcome]:
    """Return the plan without deletions by which Slurm would delete more than is in it."""
    steps = lineage.steps(plan)
    changes = [o.change for o in plan if o.change.name in steps and not o.change.cascade_of]
    wild = any(lineage.is_wild(step, one) for one in changes for step in steps[one.name])
    by_name = {step for one in changes if one.entity is not USER for step in steps[one.name]}
    if not (wild or by_name):  # nobody calls an account, or a partition, as users are called there
        return list(plan)
    # Names of all accounts and users are read only for a name that holds a `_`.
    query = Query(ASSOCIATION, "", view=View.IN_FORCE, fields=OF_LINEAGE)
    return lineage.kept_from(
        plan,
        context.backend.names(ACCOUNT) if wild else (),
        context.backend.names(USER) if wild else (),
        context.backend.read(query),
    )


OF_LINEAGE = frozenset({"Partition", LINEAGE.name})


Statements: TypeAlias = Sequence[Statement]
"""Of several, each names objects, and has the same conditions."""
Plan: TypeAlias = Callable[[Context, Statements, str, DeleteOptions], Deletion]


def _accounts(
    context: Context, statements: Statements, cluster: str, options: DeleteOptions
) -> Deletion:
    named = bool(statements[0].selection.names)
    current = context.accounts(cluster)
    here = [row for row in current if options.all_clusters or _lives_here(row, cluster)]
    asked, missed = match_targets(ACCOUNT, here, statements)
    rows = [row for row, _ in asked if named or row["Account"] != ROOT]  # "all" is not root
    if not rows and not named and not options.missing_ok:
        raise no_match(ACCOUNT, cluster)
    scope = "" if options.all_clusters else cluster
    trees: Sequence[Row] = current
    if options.all_clusters and rows:
        trees = context.associations("", {"User": [ACCOUNT_LEVEL]})
    branch = account_plans.branch([association_key(row).account for row in rows], trees, scope)
    read: list[Row] = []
    dependents: list[Row] = []
    if rows:
        own = context.associations(scope, {"Account": branch})
        there = set(branch)
        dependents = [row for row in own if row["Account"] in there]
        read = _with_all_of_their_users(context, own, dependents, scope)
    plan = account_plans.delete(rows, dependents, trees, cluster, everywhere=options.all_clusters)
    plan += _missing(context, ACCOUNT, here, missed, rows, cluster, options)
    _warn_of_what_stays(context, plan, current, cluster)
    return Deletion(plan, read)


def _users(
    context: Context, statements: Statements, cluster: str, options: DeleteOptions
) -> Deletion:
    """Delete users; where accounts or partitions are named, only these associations."""
    first = statements[0].selection
    conditional = bool(set(FROM_ASSOCIATIONS) & set(first.where))
    found = selecting.select_users(context, [one.selection for one in statements], cluster)
    associations = found.associations
    chosen: dict[Value, Row] = {}
    rows: list[Row] = []
    missed: list[UnmatchedName] = []
    for statement, part in zip(statements, found.parts, strict=True):
        members = {row["User"] for row in part.rows}
        some = [
            user
            for user in part.users
            if (options.all_clusters or _lives_here(user, cluster))
            and (first.names or user["User"] != ROOT)
            and (user["User"] in members or not conditional)
        ]
        meant = {user["User"]: user for user in some}
        chosen |= meant
        rows += [row for row in part.rows if row["User"] in meant] if conditional else []
        missed += not_among(USER, some, statement.selection.names, statement.place)
    users = list(chosen.values())
    if conditional and options.all_clusters:
        raise UsageError(
            "--all-clusters deletes users, not some of their associations",
            "omit it, or omit accounts and partitions",
        )
    if not users and not first.names and not options.missing_ok:
        raise no_match(USER, cluster)
    here = [u for u in found.users if options.all_clusters or _lives_here(u, cluster)]
    if conditional and options.missing_ok:  # of these, an association is what may be missing
        here = [user for user in here if user["User"] in chosen]
    absent = _missing(context, USER, here, missed, users, cluster, options)
    if rows:
        return _rows_of_users(context, rows, associations, cluster, options, absent)
    if options.all_clusters and users:
        names = [association_key(user).user for user in users]
        associations = context.associations("", {"User": names})
    plan = user_plans.delete(users, associations, cluster, everywhere=options.all_clusters)
    _warn_of_life_elsewhere(context, plan)
    return Deletion([*plan, *absent], associations)


def _rows_of_users(
    context: Context,
    rows: Sequence[Row],
    associations: Sequence[Row],
    cluster: str,
    options: DeleteOptions,
    absent: Sequence[Outcome] = (),
) -> Deletion:
    """Delete associations; with `--last` users go with their last one."""
    leaving: list[Outcome] = []
    if options.last:
        going = left_without(
            [association_plans.implied(row, "", cluster) for row in rows], associations, cluster
        )
        users = context.read(USER, cluster, going) if going else []
        leaving = user_plans.delete(users, associations, cluster)
        rows = [row for row in rows if row["User"] not in going]
    plan = association_plans.delete(rows, associations, cluster)
    return Deletion([*plan, *leaving, *absent], associations)


def _associations(
    context: Context, statements: Statements, cluster: str, options: DeleteOptions
) -> Deletion:
    selections = [one.selection for one in statements]
    read = selecting.each_of_associations(context, selections, cluster)
    by_account = "Account" in selections[0].where
    chosen = [row for row in read.rows if by_account or row["Account"] != ROOT]
    for statement, part in zip(statements, read.parts, strict=True):
        if not (part if statement.place else chosen):
            error = statement.located(no_match(ASSOCIATION, cluster))
            if not options.missing_ok:
                raise error
            context.console.warn(str(error))
    current = list(read.own.values())
    branch = below(
        [association_key(r).account for r in chosen if r["User"] is None], current, cluster
    )
    if branch:
        current = context.associations(cluster, {"Account": branch})
    there = set(branch)
    concerned = [row for row in current if row["Account"] in there] + chosen
    current = _with_all_of_their_users(context, current, concerned, cluster)
    return _rows_of_users(context, chosen, current, cluster, options)


def _coordinators(
    context: Context, statements: Statements, cluster: str, options: DeleteOptions
) -> Deletion:
    plan = coordinate(context, statements, cluster, Operator.REMOVE, missing_ok=options.missing_ok)
    return Deletion(plan)


def _qos(
    context: Context, statements: Statements, cluster: str, options: DeleteOptions
) -> Deletion:
    current = context.read(QOS, cluster)
    asked, missed = match_targets(QOS, current, statements)
    rows = [row for row, _ in asked]
    if not rows and not statements[0].selection.names and not options.missing_ok:
        raise no_match(QOS)
    # Of all clusters: they share the QOS, and any of them may have it for a DefaultQOS.
    associations = context.associations("") if rows else []
    plan = qos_plans.delete(rows, current, associations)
    plan = deletable_qos(context, plan)
    if any(o.error is None and o.change.action == "delete" for o in plan):
        context.console.warn(MAY_HANG)
    named_by = qos_plans.named_by(associations)
    for outcome in plan:
        named = named_by.get(outcome.change.name, [])
        if named and outcome.error is None and outcome.change.action == "delete":
            context.console.warn(
                f"qos '{outcome.change.name}' will be removed from QosLevel of {listed(named)}; "
                "those without another QOS then inherit"
            )
    return Deletion([*plan, *_missing(context, QOS, current, missed, rows, cluster, options)])


def deletable_qos(context: Context, plan: Sequence[Outcome]) -> list[Outcome]:
    """Return a plan of planning.qos.delete() as this release and this executor carry it out."""
    plan = leaving_preempt_to_slurm(context, plan)
    return qos_plans.unless_refused(plan, context.backend.unsupported_reason)


def leaving_preempt_to_slurm(context: Context, plan: Sequence[Outcome]) -> list[Outcome]:
    """Return a plan with deleted QOS without changes that Slurm makes itself, but for 24.11."""
    changed = any(o.change.entity is QOS and o.change.action == "modify" for o in plan)
    # Only then: a release that no answer has told so far is asked for.
    if not changed or is_old(context.backend.release()):
        return [*plan]
    return qos_plans.without_emptied(plan, context.backend.unsupported_reason)


MAY_HANG = (
    "deleting a QOS while an account or a user is added can hang slurmdbd "
    "(check with `slurmctl-rest doctor`)"
)

PLANS: Mapping[str, Plan] = {
    ACCOUNT.noun: _accounts,
    USER.noun: _users,
    ASSOCIATION.noun: _associations,
    COORDINATOR.noun: _coordinators,
    QOS.noun: _qos,
}


def _lives_here(row: Row, cluster: str) -> bool:
    """Tell whether the object has an association here, or nowhere."""
    return row["Cluster"] == cluster or not row["Clusters"]


def _with_all_of_their_users(
    context: Context, read: Sequence[Row], concerned: Sequence[Row], cluster: str
) -> list[Row]:
    """Return the rows, and all others of the users concerned: who has another account?"""
    users = sorted({association_key(row).user for row in concerned if row["User"] is not None})
    if not users:
        return list(read)
    theirs = context.associations(cluster, {"User": users})
    rows = {association_key(row): row for row in (*read, *theirs)}
    return list(rows.values())


def _missing(
    context: Context,
    entity: Entity,
    here: Sequence[Row],
    missed: Sequence[UnmatchedName],
    chosen: Sequence[Row],
    cluster: str,
    options: DeleteOptions,
) -> list[Outcome]:
    """Return the outcomes of names that are not selected; with --missing-ok warn of some."""
    outcomes = unselected(entity, "delete", here, missed, cluster, chosen)
    if not options.missing_ok:
        return outcomes
    gone = set(missing(entity, here, (name for name, _ in missed)))
    absent = [outcome for outcome in outcomes if outcome.change.name in gone]
    for outcome in absent[:MAX_NAMES_WITH_NEAREST]:
        context.console.warn(str(outcome.error))
    for warning in more_unknown(entity, [o.change.name for o in absent[MAX_NAMES_WITH_NEAREST:]]):
        context.console.warn(warning)
    return [outcome for outcome in outcomes if outcome.change.name not in gone]


def _warn_of_what_stays(
    context: Context, plan: Sequence[Outcome], current: Sequence[Row], cluster: str
) -> None:
    """Say what Slurm leaves: accounts below without an association, and life on other clusters."""
    changes = [o.change for o in plan if o.change.needs_write and o.error is None]
    doomed = {change.name: None for change in changes}
    if left := [name for name in below(doomed, current, cluster) if name not in doomed]:
        context.console.warn(
            f"accounts below also lose their associations, and keep only their names and "
            f"descriptions: {listed(left)}"
        )
    _warn_of_life_elsewhere(context, plan)


def _warn_of_life_elsewhere(context: Context, plan: Sequence[Outcome]) -> None:
    for change in (o.change for o in plan if o.change.needs_write and o.error is None):
        others = elsewhere(change.old) if change.entity in {ACCOUNT, USER} else ()
        if others and not change.everywhere:
            context.console.warn(
                f"{change.entity.noun} '{change.name}' remains on {listed(others)}; "
                f"only its associations on {change.old['Cluster']} are deleted"
            )
