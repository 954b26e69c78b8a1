"""What `history`, `blame` and `watch` show: changes from Slurm's journal, and who made them."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.names import EXACT, NAME, OPTIONAL_NAME, Phrases
from slurmctl_rest.model.kinds.numbers import NUMBER

PHRASES = Phrases("fields, each with its value before and after")


def _read(name: str, kind: Kind, help_: str) -> Field:
    return Field(name, kind, "", help_, access=Access.READ, record=SlurmRecord.OBJECT)


def _condition(name: str, kind: Kind, help_: str, *aliases: str) -> Field:
    return replace(_read(name, kind, help_), where=True, access=Access.SCOPE, aliases=aliases)


NUMBER_OF_CHANGE = _read("Number", NUMBER, "number of the transaction in Slurm's journal")
TIME_OF_CHANGE = _read("Time", MOMENT, "time of the change")

HISTORY = Entity(
    "history",
    (
        replace(NUMBER_OF_CHANGE, access=Access.KEY),
        TIME_OF_CHANGE,
        _condition("Actor", EXACT, "user who made it; empty if the journal does not tell", "By"),
        _read("Action", EXACT, "add, modify or delete; move if only the new parent is known"),
        _read("Object", EXACT, "noun and name of the object"),
        _read("Changes", PHRASES, "fields, each with its value before and after"),
        _read("Via", OPTIONAL_NAME, "user and profile of this program, from the audit trail"),
    ),
    ("Number", "Time", "Actor", "Object", "Action", "Changes"),
    many="changes",
)

HISTORY_WORDS = Entity(
    "history",
    (
        *HISTORY.fields,
        _condition("Start", MOMENT, "first moment; without it, the oldest entry", "Since"),
        _condition("End", MOMENT, "last moment; without it, now", "Until"),
        _condition("Account", NAME, "account of the association", "Accounts"),
        _condition("User", NAME, "user of the association", "Users"),
        _condition("Partition", OPTIONAL_NAME, "partition of the association"),
        _condition("Cluster", NAME, "cluster of the association"),
    ),
    HISTORY.columns,
)
"""What the words of `history`, `blame` and `watch` may name."""

BLAME = Entity(
    "blame",
    (
        replace(_read("Field", EXACT, "name of the field"), access=Access.KEY),
        _read("Value", EXACT, "its value now"),
        _read("Before", EXACT, "its value before it was set"),
        _read("Actor", EXACT, "user who set it; empty if the journal does not tell"),
        TIME_OF_CHANGE,
        NUMBER_OF_CHANGE,
        _read("From", OPTIONAL_NAME, "account that it is inherited from"),
    ),
    ("Field", "Value", "Before", "Actor", "Time", "Number", "From"),
    many="fields",
)
