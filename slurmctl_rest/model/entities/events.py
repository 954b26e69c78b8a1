"""What slurmdbd has noted: events, transactions, problems, and jobs that ran away.

sacctmgr alone tells them. Conditions that only Slurm can judge are passed on (Field.asked).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.durations import ELAPSED, MOMENT
from slurmctl_rest.model.kinds.names import EXACT, NAME, OPTIONAL_NAME
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.tres import TRES


def _shown(name: str, kind: Kind, help_: str, *, header: str = "", word: str = "") -> Field:
    return Field(
        name, kind, "", help_,
        header=header, word=word, access=Access.READ, record=SlurmRecord.OBJECT,
    )  # fmt: skip


def _asked(field: Field, word: str, access: Access = Access.SCOPE) -> Field:
    """Return the field as a condition that sacctmgr is asked with."""
    return replace(field, where=True, access=access, asked=word)


def _key(field: Field) -> Field:
    return replace(field, where=True, access=Access.KEY)


def _bounds(without: str) -> tuple[Field, ...]:
    return (
        _asked(_shown("Start", MOMENT, f"start of the window; without it, {without}"), "start"),
        _asked(_shown("End", MOMENT, "end of the window; without it, now"), "end"),
    )


_CLUSTER = replace(_shown("Cluster", OPTIONAL_NAME, "cluster"), aliases=("Clusters",))

EVENT = Entity(
    "event",
    (
        _asked(_CLUSTER, "cluster"),
        replace(
            _asked(
                _shown("NodeName", EXACT, "node; empty for an event of the cluster"),
                "nodes", Access.KEY,
            ),
            aliases=("Nodes",),
        ),
        _shown("TimeStart", MOMENT, "when it began"),
        _shown("TimeEnd", MOMENT, "when it ended; unset while it lasts"),
        _shown("Duration", ELAPSED, "how long it has lasted"),
        replace(_asked(_shown("State", EXACT, "state of the node"), "states"), aliases=("States",)),
        _asked(_shown("Event", EXACT, "Cluster or Node"), "event"),
        _asked(_shown("Reason", EXACT, "reason that was given"), "reason"),
        _asked(_shown("User", EXACT, "user who set the state"), "user"),
        _shown("TRES", TRES, "TRES of the node, or of the cluster"),
        _shown("ClusterNodes", EXACT, "nodes of the cluster", header="Cluster Nodes"),
    ),
    ("Cluster", "NodeName", "TimeStart", "TimeEnd", "State", "Reason", "User"),
)  # fmt: skip

EVENT_WORDS = Entity("event", (*EVENT.fields, *_bounds("yesterday")), EVENT.columns)
"""What the words of `event list` may name."""

TRANSACTION = Entity(
    "transaction",
    (
        _asked(_shown("ID", NUMBER, "number of the transaction"), "id", Access.KEY),
        _shown("Time", MOMENT, "when it was written", word="TimeStamp"),
        _asked(_CLUSTER, "cluster"),
        _asked(_shown("Action", EXACT, "what was done, like Modify Associations"), "action"),
        _asked(_shown("Actor", EXACT, "user who did it"), "actor"),
        _shown("Where", EXACT, "condition on what was written, in the database's words"),
        _shown("Info", EXACT, "what was written, in the database's words"),
    ),
    ("Time", "Action", "Actor", "Where", "Info"),
)

TRANSACTION_WORDS = Entity(
    "transaction",
    (
        *TRANSACTION.fields,
        *_bounds("the first"),
        replace(
            _asked(_shown("Account", NAME, "account that it is about"), "account"),
            aliases=("Accounts",),
        ),
        replace(_asked(_shown("User", NAME, "user it is about"), "user"), aliases=("Users",)),
    ),
    TRANSACTION.columns,
)  # fmt: skip
"""What the words of `transaction list` may name."""

PROBLEM = Entity(
    "problem",
    (
        _key(replace(_shown("User", OPTIONAL_NAME, "user"), aliases=("Users", "Names"))),
        replace(_CLUSTER, where=True, access=Access.SCOPE),
        replace(
            _shown("Account", OPTIONAL_NAME, "account"),
            where=True, access=Access.SCOPE, aliases=("Accounts",),
        ),
        _shown("Problem", EXACT, "what is wrong"),
    ),
    ("Cluster", "Account", "User", "Problem"),
)  # fmt: skip

RUNAWAY_JOBS = Entity(
    "runawayjobs",
    (
        _key(_shown("ID", EXACT, "number of the job")),
        _shown("Partition", EXACT, "partition"),
        _asked(_CLUSTER, "cluster"),
        _shown("State", EXACT, "state that slurmdbd has"),
        _shown("TimeSubmit", MOMENT, "when it was submitted"),
        _shown("TimeStart", MOMENT, "when it began"),
        _shown("TimeEnd", MOMENT, "when it ended; unset"),
        _shown("Name", EXACT, "name of the job"),
    ),
    ("ID", "Name", "Partition", "Cluster", "State", "TimeSubmit", "TimeStart", "TimeEnd"),
    many="runaway jobs",
)

LIST_WORDS: Mapping[str, Entity] = {EVENT.noun: EVENT_WORDS, TRANSACTION.noun: TRANSACTION_WORDS}
"""What the words of a list may name, where that is more than its columns."""
