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
    JOB.noun: ("list", "history", "modify", "cancel"),
    USAGE.noun: ("report", "history"),
    RAW_USAGE.noun: ("reset",),
}

FILE_OF_NOUN = {JOB.noun: "jobs", USAGE.noun: "usage", RAW_USAGE.noun: "raw_usage"}
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
