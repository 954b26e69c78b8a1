"""A command as the command line sees it: its options, its help, and the function it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter

from slurmctl_rest.model.fields import Entity


@dataclass(frozen=True, slots=True)
class VerbEntry:
    """A verb as one noun has it.

    run       is called with the context, the entity, the tokens, and the options by their names
    summary   the line in a list of commands
    syntax    the tokens it takes; {names} and {switches} stand for those that the entity has
    """

    run: Callable[..., None]
    summary: str
    syntax: str
    examples: Sequence[str]
    notes: Sequence[str] = ()
    options: Sequence[Parameter] = ()


@dataclass(frozen=True, slots=True)
class Standalone:
    """The help of a command that is no verb of an entity, and the table of what it shows."""

    summary: str
    entity: Entity
    syntax: str = ""
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
