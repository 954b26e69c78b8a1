"""Writes of clusters, wckeys, federations and resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import (
    USE_COMMANDS,
    NotFound,
    Refused,
    SlurmctlError,
    Unsupported,
    UsageError,
)
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities import CLUSTERS, FEDERATION, RESOURCE, USER, WCKEY
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.syntax import Selection, Statement, parse_add, parse_modify, parse_select
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning import objects as plans
from slurmctl_rest.planning.checks import unknown_user
from slurmctl_rest.planning.targets import match_targets, missing, no_match, unselected


def add_objects(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Add what is named, each with its outcome."""
    statement = parse_add(entity, _with_parts(entity, tokens))
    checks.guard_write(context, statement.selection)
    cluster = _cluster(context, entity, statement.selection)

    def plan() -> Planned:
        (checked,) = checks.checked(context, [statement], cluster)
        wanted = [(row, checked.assignments) for row in plans.new_rows(entity, checked, cluster)]
        current = _current(context, entity, checked, "add")
        _check_names(context, entity, checked, cluster)
        return Planned(plans.add(entity, wanted, current))

    Write(context).run_plan(plan, cluster)


def modify_objects(
    context: Context, entity: Entity, tokens: Sequence[str], *, everything: bool
) -> None:
    """Modify what is selected, each with its outcome."""
    statement = parse_modify(entity, _with_parts(entity, tokens))
    _modify(context, entity, statement, everything=everything)


def _modify(context: Context, entity: Entity, statement: Statement, *, everything: bool) -> None:
    checks.guard_write(context, statement.selection, everything=everything)
    cluster = _cluster(context, entity, statement.selection)

    def plan() -> Planned:
        (checked,) = checks.checked(context, [statement], cluster)
        current = _current(context, entity, checked, "modify")
        _check_names(context, entity, checked, cluster)
        asked, missed = match_targets(entity, current, [checked])
        if not asked and not missed:
            raise no_match(entity)
        absent = unselected(entity, "modify", current, missed, "", [row for row, _ in asked])
        return Planned([*plans.modify(entity, asked), *absent])

    Write(context).run_plan(plan, cluster)


def delete_objects(
    context: Context, entity: Entity, tokens: Sequence[str], *, missing_ok: bool
) -> None:
    """Delete what is selected, each with its outcome; of a resource, only some clusters' parts."""
    words, clusters = _without_clusters(entity, tokens)
    if clusters:
        gone = f"Allowed={','.join(f'{name}=-1' for name in clusters)}"
        _modify(context, entity, parse_modify(entity, [*words, "set", gone]), everything=False)
        return
    statement = parse_select(entity, tokens)
    checks.refuse_columns(context, statement, "a deletion")
    checks.guard_write(context, statement.selection)
    cluster = _cluster(context, entity, statement.selection)
    Write(context).run_plan(
        lambda: Planned(_deletion(context, entity, statement, cluster, missing_ok=missing_ok)),
        cluster,
    )


def delete_clusters(
    context: Context,
    tokens: Sequence[str],
    confirm: str | None,
    *,
    missing_ok: bool,
    with_associations: bool,
) -> None:
    """Delete clusters; their names have to be written once more, at the question or before it."""
    statement = parse_select(CLUSTERS, tokens)
    checks.refuse_columns(context, statement, "a deletion")
    if not statement.selection.names:
        raise Refused("a deletion of clusters needs their names", "cluster delete NAME")
    name = ",".join(statement.selection.names)
    if confirm is not None and confirm != name:
        raise Refused(f"--confirm is '{confirm}', and not '{name}'", f"--confirm {name}")
    if context.options.immediate and confirm is None and not context.options.dry_run:
        raise Refused(
            "a deletion of clusters has to be confirmed by their names, which -i does not do",
            f"--confirm {name}",
        )
    if confirm is None and not (context.options.dry_run or context.console.can_ask()):
        raise Refused("no terminal to confirm this write on", f"use --confirm {name}, or --dry-run")
    context.options = replace(context.options, immediate=confirm is not None)
    checks.guard_write(context, statement.selection)
    cluster = context.cluster()

    def plan() -> Planned:
        found = _deletion(context, CLUSTERS, statement, cluster, missing_ok=missing_ok)
        if not with_associations and any(o.error is None for o in found):
            found = plans.with_associations_kept(found, context.associations(""))
        return Planned(found)

    Write(context).run_plan(plan, cluster, typed=name)


def _deletion(
    context: Context, entity: Entity, statement: Statement, cluster: str, *, missing_ok: bool
) -> list[Outcome]:
    current = _current(context, entity, statement, "delete")
    here = [row for row in current if entity is not WCKEY or row["Cluster"] == cluster]
    asked, missed = match_targets(entity, here, [_anywhere(entity, statement)])
    rows = [row for row, _ in asked]
    if not rows and not missed and not missing_ok:
        raise no_match(entity, cluster if entity is WCKEY else "")
    absent = unselected(entity, "delete", here, missed, cluster if entity is WCKEY else "", rows)
    if missing_ok:
        gone = {*missing(entity, here, (name for name, _ in missed))}
        for outcome in absent:
            if outcome.change.name in gone:
                context.console.warn(str(outcome.error))
        absent = [outcome for outcome in absent if outcome.change.name not in gone]
    return [*plans.delete(entity, rows, current), *absent]


def _current(context: Context, entity: Entity, statement: Statement, verb: str) -> list[Row]:
    """Return all objects, with the fields on request that the statement names.

    Raise Unsupported for what the executor cannot read: it might be so already, or not. What it
    cannot list, it cannot `verb` either.
    """
    told = {assignment.field.name for assignment in statement.assignments}
    also = entity.requested({*told, *statement.selection.where})
    unreadable = also & {*(context.backend.unreadable_fields(entity) if also else ())}
    if unreadable:
        names = listed(sorted(unreadable))
        what = f"set {names} of {entity.plural}"
        if unreadable.isdisjoint(told):
            what = f"select {entity.plural} by {names}"
        raise Unsupported(f"slurmrestd cannot {what}", USE_COMMANDS)
    if "Federation" in told:
        also |= entity.requested({"FedState"})  # Slurm changes it, too
    try:
        return context.backend.read(Query(entity, "", also=also))
    except Unsupported as error:  # it is about the list, which nobody has asked for
        raise Unsupported(f"slurmrestd cannot {verb} {entity.plural}", error.hint) from error


def _anywhere(entity: Entity, statement: Statement) -> Statement:
    """Return the statement without cluster=, which has said where the rows are."""
    if entity is not WCKEY:
        return statement
    where = {n: v for n, v in statement.selection.where.items() if n != "Cluster"}
    return replace(statement, selection=replace(statement.selection, where=where))


def _cluster(context: Context, entity: Entity, selection: Selection) -> str:
    """Return the cluster that is meant, and whose lock the write takes."""
    return context.cluster(selection if entity is WCKEY else Selection())


def _check_names(context: Context, entity: Entity, statement: Statement, cluster: str) -> None:
    """Raise for a cluster, a federation or a user that does not exist."""
    error: SlurmctlError | None = None
    if entity is WCKEY:
        if cluster not in context.backend.clusters():
            raise NotFound(
                f"cluster '{cluster}' does not exist",
                "check cluster_name of the profile, or --cluster",
            )
        names = [str(name) for name in statement.selection.where.get("User", ())]
        rows = context.read(USER, cluster, names)
        error = unknown_user(names, {str(row["User"]) for row in rows})
    told = {assignment.field.name for assignment in statement.assignments}
    if told & {"Clusters", "Allowed", "Federation"}:
        federations: Sequence[Row] = ()
        if "Federation" in told:
            federations = context.backend.read(Query(FEDERATION, ""))
        error = plans.unknown_assigned(
            statement.assignments,
            context.backend.clusters(),
            [str(row["Federation"]) for row in federations],
        )
    if error is not None:
        raise error


def _with_parts(entity: Entity, tokens: Sequence[str]) -> list[str]:
    """Return the words with `cluster=alps allowed=20`, as sacctmgr has it, in one: Allowed=alps=20.

    >>> _with_parts(RESOURCE, ["matlab", "cluster=alps,jura", "set", "allowed=20"])
    ['matlab', 'set', 'Allowed=alps=20,jura=20']
    """
    words, clusters = _without_clusters(entity, tokens)
    if not clusters:
        return words
    told = [word for word in words if _is_part(word)]
    if len(told) != 1:
        raise UsageError(
            f"cluster={','.join(clusters)} needs allowed=NUMBER", "or write Allowed=CLUSTER=NUMBER"
        )
    number = told[0].partition("=")[2]
    parts = ",".join(f"{name}={number}" for name in clusters)
    return [f"Allowed={parts}" if word in told else word for word in words]


def _is_part(word: str) -> bool:
    key, _, number = word.partition("=")
    return len(key) > 1 and "allowed".startswith(key.lower()) and number.lstrip("-").isdecimal()


def _without_clusters(entity: Entity, tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words of a resource without cluster=, and the names of these clusters."""
    words: list[str] = []
    clusters: list[str] = []
    for token in tokens:
        key, equals, names = token.partition("=")
        if entity is RESOURCE and equals and len(key) > 1 and "clusters".startswith(key.lower()):
            clusters += names.split(",")
        else:
            words.append(token)
    return words, clusters
