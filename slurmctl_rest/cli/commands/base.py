"""A command as the command line sees it: its options, its help, and the function it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Literal

from slurmctl_rest.model.fields import Entity


@dataclass(frozen=True, slots=True)
class VerbEntry:
    """A verb as one noun has it.

    run       is called with the context, the entity, the tokens, and the options by their names
    summary   the line in a list of commands
    syntax    the tokens it takes; {names} and {switches} stand for those that the entity has
    examples  three, which its help shows
    effect    the paragraph of its help: it must leave room for the options in 40 lines
    notes     further paragraphs, for the manual page
    prints    the table of what it prints, where it is not that of the noun
    """

    run: Callable[..., None]
    summary: str
    syntax: str
    examples: Sequence[str]
    effect: str = ""
    notes: Sequence[str] = ()
    options: Sequence[Parameter] = ()
    prints: Entity | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Return the text for the manual page."""
        return (*([self.effect] if self.effect else []), *self.notes)


@dataclass(frozen=True, slots=True)
class Standalone:
    """The help of a command that is no verb of an entity, and the table of what it prints.

    entity  None if it prints no listing
    topics  topics of help that its help names
    shares  which options of the program its help shows, if it prints no listing: those of a
            `write`, also to this program's own `file`, those of what `read`s and prints JSON,
            those of `all` commands, or none
    """

    summary: str
    entity: Entity | None = None
    syntax: str = ""
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ("options", "exit-codes")
    shares: Literal["", "all", "file", "read", "write"] = ""
