"""What `history`, `blame` and `watch` show: changes from Slurm's journal, and who made them."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.computed import column, condition
from slurmctl_rest.model.fields import Access, Entity
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.names import EXACT, NAME, OPTIONAL_NAME, Phrases
from slurmctl_rest.model.kinds.numbers import NUMBER

PHRASES = Phrases("fields, each with its value before and after")


NUMBER_OF_CHANGE = column("Number", NUMBER, "number of the transaction in Slurm's journal")
TIME_OF_CHANGE = column("Time", MOMENT, "time of the change")

HISTORY = Entity(
    "history",
    (
        replace(NUMBER_OF_CHANGE, access=Access.KEY),
        TIME_OF_CHANGE,
        condition("Actor", EXACT, "user who made it; empty if the journal does not tell", "By"),
        column("Action", EXACT, "add, modify or delete; move if only the new parent is known"),
        column("Object", EXACT, "noun and name of the object"),
        column("Changes", PHRASES, "fields, each with its value before and after"),
        column("Via", OPTIONAL_NAME, "user and profile of this program, from the audit trail"),
    ),
    ("Number", "Time", "Actor", "Object", "Action", "Changes"),
    many="changes",
)

HISTORY_WORDS = Entity(
    "history",
    (
        *HISTORY.fields,
        condition("Start", MOMENT, "first moment; without it, the oldest entry", "Since"),
        condition("End", MOMENT, "last moment; without it, now", "Until"),
        condition("Account", NAME, "account of the association", "Accounts"),
        condition("User", NAME, "user of the association", "Users"),
        condition("Partition", OPTIONAL_NAME, "partition of the association"),
        condition("Cluster", NAME, "cluster of the association"),
    ),
    HISTORY.columns,
)
"""What the words of `history`, `blame` and `watch` may name."""

BLAME = Entity(
    "blame",
    (
        replace(column("Field", EXACT, "name of the field"), access=Access.KEY),
        column("Value", EXACT, "its value now"),
        column("Before", EXACT, "its value before it was set"),
        column("Actor", EXACT, "user who set it; empty if the journal does not tell"),
        TIME_OF_CHANGE,
        NUMBER_OF_CHANGE,
        column("From", OPTIONAL_NAME, "account that it is inherited from"),
    ),
    ("Field", "Value", "Before", "Actor", "Time", "Number", "From"),
    many="fields",
)
