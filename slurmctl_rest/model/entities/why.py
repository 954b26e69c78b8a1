"""What `jobs why` shows: a row for each limit, or other reason, that holds a job."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.job import JOB
from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.names import NAME_SET, TEXT
from slurmctl_rest.model.kinds.numbers import AMOUNT


def _shown(name: str, kind: Kind, help_: str) -> Field:
    return Field(name, kind, "", help_, access=Access.READ, record=SlurmRecord.OBJECT)


def _of_limit(name: str) -> Field:
    return replace(QUOTA[name], where=False, aliases=(), access=Access.READ)


WAIT_REASON = Entity(
    "why",
    (
        JOB["JobID"],
        replace(JOB["State"], where=False),
        _shown("Reason", TEXT, "Slurm's own reason"),
        _of_limit("Account"),
        _of_limit("User"),
        _of_limit("Partition"),
        _of_limit("QOS"),
        _shown("Limit", TEXT, "the limit that holds the job; empty if the reason is no limit"),
        _of_limit("TRES"),
        _of_limit("Value"),
        _of_limit("Used"),
        _shown("Need", AMOUNT, "what the job needs of the limit"),
        _of_limit("From"),
        _shown("Since", MOMENT, "time since which the job could have begun"),
        _shown("Ends", NAME_SET, "running jobs that make room where they end"),
        _shown("Until", MOMENT, "time by which these have ended, by their time limits"),
        _shown("Text", TEXT, "the reason in words"),
        _shown("Remedy", TEXT, "command that raises the limit, or the next step"),
        _of_limit("Note"),
    ),
    ("JobID", "Reason", "Text", "Until", "Remedy"),
)  # fmt: skip
