"""Which verbs each noun has, and the options of each verb."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands that are
# made in closures, and could not resolve them as strings.

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeAlias

import typer

from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTERS,
    COORDINATOR,
    JOB,
    QOS,
    RAW_USAGE,
    TRES_TYPE,
    USAGE,
    USER,
)
from slurmctl_rest.model.fields import Entity

VERBS: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: ("list", "tree", "add", "modify", "delete"),
    USER.noun: ("list", "add", "modify", "delete"),
    ASSOCIATION.noun: ("list", "tree", "add", "modify", "delete"),
    COORDINATOR.noun: ("list", "add", "delete"),
    QOS.noun: ("list", "add", "modify", "delete"),
    CLUSTERS.noun: ("list",),
    TRES_TYPE.noun: ("list",),
    JOB.noun: ("list", "history", "cancel"),
    USAGE.noun: ("report", "history"),
    RAW_USAGE.noun: ("reset",),
}

Tokens = Annotated[list[str] | None, typer.Argument(hidden=True)]
"""sacctmgr's: the usage of each verb says which."""
All = Annotated[bool, typer.Option("--all", help="Act on everything on the cluster.")]
MissingOk = Annotated[bool, typer.Option("--missing-ok", help="What is not there is no error.")]
AllClusters = Annotated[
    bool, typer.Option("--all-clusters", help="Delete it on every cluster, not on this one alone.")
]
CancelJobs = Annotated[
    bool, typer.Option("--cancel-jobs", help="Cancel its active jobs first, and wait for them.")
]
Last = Annotated[bool, typer.Option("--last", help="A user goes with the last association, too.")]
UnixUser = Annotated[
    bool,
    typer.Option("--require-unix-user", help="Refuse users whom the operating system lacks."),
]

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Names, one a line, or CSV with a column a field; `-` is stdin.",
    ),
]

TimeZone = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help="Time zone, like Europe/Berlin; or the profile's."),
]
MaxJobs = Annotated[int | None, typer.Option(metavar="N", help="Refuse where more jobs are meant.")]
Signal = Annotated[
    str | None, typer.Option(metavar="SIGNAL", help="Send this signal, and let the jobs be.")
]
Batch = Annotated[bool, typer.Option("--batch", help="The signal goes to the batch script.")]
Full = Annotated[bool, typer.Option("--full", help="The signal goes to script and steps.")]
Wait = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="Wait as long until the jobs are gone.")
]
Basis = Annotated[
    Literal["requested", "allocated"],
    typer.Option(help="Count the TRES that a job asked for, or those that it was given."),
]

Command: TypeAlias = Callable[..., None]
"""It loads what it calls: the verb that was named, and no other."""


def command(entity: Entity, verb: str) -> Command:
    """Return the function that Typer calls for a verb of a noun."""
    make = OF_NOUN.get((verb, entity.noun)) or OF_VERB[verb]
    return make(entity)


def _list(entity: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None) -> None:
        from slurmctl_rest.cli import list as list_

        list_.run(context.obj, entity, tokens or [])

    return run


def _tree(entity: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None) -> None:
        from slurmctl_rest.cli import tree

        tree.run(context.obj, entity, tokens or [])

    return run


def _add(entity: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None, from_: From = None) -> None:
        from slurmctl_rest.cli import add

        add.run(context.obj, entity, tokens or [], from_)

    return run


def _add_users(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        unix_user: UnixUser = False,
    ) -> None:
        from slurmctl_rest.cli import add

        add.run(context.obj, entity, tokens or [], from_, require_unix_user=unix_user)

    return run


def _modify(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        everything: All = False,
    ) -> None:
        from slurmctl_rest.cli import modify

        modify.run(context.obj, entity, tokens or [], from_, everything=everything)

    return run


def _delete(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        everything: All = False,
        missing_ok: MissingOk = False,
    ) -> None:
        from slurmctl_rest.cli import delete

        delete.run(
            context.obj, entity, tokens or [], delete.DeleteOptions(everything, missing_ok), from_
        )

    return run


def _delete_coordinators(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        missing_ok: MissingOk = False,
    ) -> None:
        from slurmctl_rest.cli import delete

        delete.run(
            context.obj, entity, tokens or [], delete.DeleteOptions(missing_ok=missing_ok), from_
        )

    return run


def _delete_accounts(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        everything: All = False,
        missing_ok: MissingOk = False,
        all_clusters: AllClusters = False,
        cancel_jobs: CancelJobs = False,
    ) -> None:
        from slurmctl_rest.cli import delete

        ways = delete.DeleteOptions(everything, missing_ok, all_clusters, cancel_jobs)
        delete.run(context.obj, entity, tokens or [], ways, from_)

    return run


def _delete_users(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        everything: All = False,
        missing_ok: MissingOk = False,
        all_clusters: AllClusters = False,
        cancel_jobs: CancelJobs = False,
        last: Last = False,
    ) -> None:
        from slurmctl_rest.cli import delete

        ways = delete.DeleteOptions(everything, missing_ok, all_clusters, cancel_jobs, last)
        delete.run(context.obj, entity, tokens or [], ways, from_)

    return run


def _delete_associations(entity: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        everything: All = False,
        missing_ok: MissingOk = False,
        cancel_jobs: CancelJobs = False,
        last: Last = False,
    ) -> None:
        from slurmctl_rest.cli import delete

        ways = delete.DeleteOptions(everything, missing_ok, cancel_jobs=cancel_jobs, last=last)
        delete.run(context.obj, entity, tokens or [], ways, from_)

    return run


def _list_jobs(_: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None, tz: TimeZone = None) -> None:
        from slurmctl_rest.cli import jobs

        jobs.list_(context.obj, tokens or [], tz)

    return run


def _history_of_jobs(_: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None, tz: TimeZone = None) -> None:
        from slurmctl_rest.cli import jobs

        jobs.history(context.obj, tokens or [], tz)

    return run


def _cancel_jobs(_: Entity) -> Command:
    def run(
        context: typer.Context,
        tokens: Tokens = None,
        from_: From = None,
        max_jobs: MaxJobs = None,
        signal: Signal = None,
        batch: Batch = False,
        full: Full = False,
        wait: Wait = None,
    ) -> None:
        from slurmctl_rest.cli import jobs

        ending = jobs.Ending.of(max_jobs, signal, wait, batch=batch, full=full)
        jobs.cancel(context.obj, tokens or [], ending, from_)

    return run


def _usage(verb: str) -> Callable[[Entity], Command]:
    def make(_: Entity) -> Command:
        def run(
            context: typer.Context,
            tokens: Tokens = None,
            basis: Basis = "requested",
            tz: TimeZone = None,
        ) -> None:
            from slurmctl_rest.cli import usage

            usage.report(context.obj, tokens or [], usage.DEFAULTS[verb], basis, tz)

        return run

    return make


def _reset(_: Entity) -> Command:
    def run(context: typer.Context, tokens: Tokens = None) -> None:
        from slurmctl_rest.cli import raw_usage

        raw_usage.reset(context.obj, tokens or [])

    return run


OF_VERB: Mapping[str, Callable[[Entity], Command]] = {
    "list": _list,
    "tree": _tree,
    "add": _add,
    "modify": _modify,
    "delete": _delete,
}
OF_NOUN: Mapping[tuple[str, str], Callable[[Entity], Command]] = {
    ("add", USER.noun): _add_users,
    ("add", ASSOCIATION.noun): _add_users,
    ("delete", ACCOUNT.noun): _delete_accounts,
    ("delete", USER.noun): _delete_users,
    ("delete", ASSOCIATION.noun): _delete_associations,
    ("delete", COORDINATOR.noun): _delete_coordinators,
    ("list", JOB.noun): _list_jobs,
    ("history", JOB.noun): _history_of_jobs,
    ("report", USAGE.noun): _usage("report"),
    ("history", USAGE.noun): _usage("history"),
    ("reset", RAW_USAGE.noun): _reset,
    ("cancel", JOB.noun): _cancel_jobs,
}
"""Verbs that have options of their own with some nouns."""
