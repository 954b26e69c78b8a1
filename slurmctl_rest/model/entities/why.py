"""What `jobs why` shows: a row for each limit, or other reason, that holds a job."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.computed import column
from slurmctl_rest.model.entities.job import JOB
from slurmctl_rest.model.entities.quota import of_limit
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.names import NAME_SET, TEXT
from slurmctl_rest.model.kinds.numbers import AMOUNT

WAIT_REASON = Entity(
    "why",
    (
        JOB["JobID"],
        replace(JOB["State"], where=False),
        column("Reason", TEXT, "Slurm's own reason"),
        of_limit("Account"),
        of_limit("User"),
        of_limit("Partition"),
        of_limit("QOS"),
        column("Limit", TEXT, "the limit that holds the job; empty if the reason is no limit"),
        of_limit("TRES"),
        of_limit("Value"),
        of_limit("Used"),
        column("Need", AMOUNT, "what the job needs of the limit"),
        of_limit("From"),
        column("Since", MOMENT, "time since which the job could have begun"),
        column("Ends", NAME_SET, "running jobs that make room where they end"),
        column("Until", MOMENT, "time by which these have ended, by their time limits"),
        column("Text", TEXT, "the reason in words"),
        column("Remedy", TEXT, "command that raises the limit, or the next step"),
        of_limit("Note"),
    ),
    ("JobID", "Reason", "Text", "Until", "Remedy"),
    many="waiting jobs",
)  # fmt: skip
