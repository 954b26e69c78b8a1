"""Which verbs each noun has, and the command of each verb."""

# No `from __future__ import annotations` here: Typer reads the annotations of commands, and could
# not resolve them as strings.

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ARCHIVE,
    ASSOCIATION,
    CLUSTERS,
    CONFIGURATION,
    COORDINATOR,
    EVENT,
    FEDERATION,
    INSTANCE,
    JOB,
    PROBLEM,
    QOS,
    RAW_USAGE,
    RESERVATION,
    RESOURCE,
    RUNAWAY_JOBS,
    SLURMDBD,
    STATS,
    TRANSACTION,
    TRES_TYPE,
    USAGE,
    USER,
    WCKEY,
)
from slurmctl_rest.model.fields import Entity

VERBS: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.noun: ("list", "describe", "tree", "add", "modify", "delete"),
    USER.noun: ("list", "describe", "add", "modify", "delete"),
    ASSOCIATION.noun: ("list", "describe", "tree", "add", "modify", "delete"),
    COORDINATOR.noun: ("list", "add", "delete"),
    QOS.noun: ("list", "describe", "add", "modify", "delete"),
    CLUSTERS.noun: ("list", "add", "modify", "delete"),
    TRES_TYPE.noun: ("list",),
    JOB.noun: ("list", "history", "why", "modify", "cancel"),
    USAGE.noun: ("report", "history"),
    RAW_USAGE.noun: ("reset",),
    WCKEY.noun: ("list", "add", "delete"),
    FEDERATION.noun: ("list", "add", "modify", "delete"),
    RESOURCE.noun: ("list", "add", "modify", "delete"),
    EVENT.noun: ("list",),
    TRANSACTION.noun: ("list",),
    PROBLEM.noun: ("list",),
    RUNAWAY_JOBS.noun: ("list", "fix"),
    INSTANCE.noun: ("list",),
    RESERVATION.noun: ("list",),
    STATS.noun: ("list", "clear"),
    CONFIGURATION.noun: ("list",),
    ARCHIVE.noun: ("dump", "load"),
    SLURMDBD.noun: ("reconfigure", "shutdown"),
}

FILE_OF_NOUN = {
    JOB.noun: "jobs",
    USAGE.noun: "usage",
    RAW_USAGE.noun: "raw_usage",
    WCKEY.noun: "wckey",
    FEDERATION.noun: "federation",
    RESOURCE.noun: "federation",
    EVENT.noun: "records",
    TRANSACTION.noun: "records",
    PROBLEM.noun: "records",
    INSTANCE.noun: "records",
    RESERVATION.noun: "records",
    CONFIGURATION.noun: "records",
    RUNAWAY_JOBS.noun: "operations",
    STATS.noun: "operations",
    ARCHIVE.noun: "operations",
    SLURMDBD.noun: "operations",
}
"""Nouns whose verbs share a file of cli/commands/; every other verb has one of its own."""

TokenArguments = Annotated[list[str] | None, typer.Argument(hidden=True)]
"""sacctmgr's: the usage of each verb says which."""


def verb_of(entity: Entity, verb: str) -> VerbEntry:
    """Return a verb of a noun; its file is loaded here, because most runs need one alone."""
    file = import_module(f"slurmctl_rest.cli.commands.{FILE_OF_NOUN.get(entity.noun, verb)}")
    found: VerbEntry = file.VERBS[verb, entity.noun]
    return found


def verb_function(entity: Entity, verb: str) -> Callable[..., None]:
    """Return the function that Typer calls for a verb of a noun.

    Typer reads the options from the signature, so that of the function says what the table says:

        user add    (context, tokens=None, *, from_=None, unix_user=False)
    """
    found = verb_of(entity, verb)

    def run(context: typer.Context, tokens: TokenArguments = None, **options: Any) -> None:
        found.run(context.obj, entity, tokens or [], **options)

    whole = signature(run)
    first = [p for p in whole.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    told = whole.replace(parameters=[*first, *found.options])
    run.__signature__ = told  # type: ignore[attr-defined]  # (functions take any attribute)
    return run
