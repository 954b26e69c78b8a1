"""What jobs have used: TRES-seconds of a window of time, by account, user, day ...; raw usage."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER
from slurmctl_rest.model.fields import Access, Entity, Field, Record
from slurmctl_rest.model.kinds.base import Kind
from slurmctl_rest.model.kinds.durations import MOMENT, MONTH
from slurmctl_rest.model.kinds.names import NAME, TEXT
from slurmctl_rest.model.kinds.numbers import AMOUNT, PERCENT, TRES_SECONDS
from slurmctl_rest.model.kinds.tres import TRES_NAME
from slurmctl_rest.model.kinds.words import Choice

GROUPS = ("Account", "User", "QOS", "Partition", "Day", "Month")
"""Fields that usage may be grouped by."""

SECONDS_OF_UNIT = {"minutes": 60, "hours": 3600, "seconds": 1}
BASES = {"requested": "ReqTRES", "allocated": "AllocTRES"}
"""Bases of usage, each with its column of sacct."""


def _column(name: str, kind: Kind, help_: str) -> Field:
    return Field(name, kind, "", help_, access=Access.READ, record=Record.OBJECT)


def _word(name: str, kind: Kind, help_: str, *aliases: str) -> Field:
    return Field(
        name, kind, "", help_,
        aliases=aliases, where=True, access=Access.SCOPE, record=Record.OBJECT,
    )  # fmt: skip


def _accounts(help_: str) -> Field:
    return replace(_word("Account", NAME, help_, "Accounts"), access=Access.KEY)


USAGE = Entity(
    "usage",
    (
        _accounts("the account"),
        _word("User", NAME, "the user", "Users"),
        _word("QOS", NAME, "the QOS"),
        _word("Partition", NAME, "the partition", "Partitions"),
        _column("Day", TEXT, "the day, like 2026-10-01"),
        _word("Month", MONTH, "the month; as a condition in place of start= and end="),
        _word("TRES", TRES_NAME, "the TRES, mem in MB; without the condition all that occur"),
        _column("Used", AMOUNT, "what was used, to two decimals"),
        _column("Seconds", TRES_SECONDS, "the same, exactly"),
        _column("Share", PERCENT, "Used, of all that the report has of the TRES"),
        _column("Limit", AMOUNT, "GrpTRESMins of the account's own, where accounts are shown"),
        _column("LimitUsed", AMOUNT, "what counts in the window: the account, and all below it"),
        _column("Percent", PERCENT, "LimitUsed, of Limit"),
    ),
    ("Account", "User", "TRES", "Used", "Share", "Limit", "LimitUsed", "Percent"),
)  # fmt: skip

OF_LIMITS = ("Limit", "LimitUsed", "Percent")
"""Columns that accounts alone have."""

OF_TOTALS = ("TRES", "Used", "Seconds")
"""Fields of the totals of a report."""

USAGE_WORDS = Entity(
    "usage",
    (
        *USAGE.fields,
        _word("Start", MOMENT, "where the window begins; without it a month, or twelve"),
        _word("End", MOMENT, "where it ends; without it: now"),
        _word("By", Choice({word.lower(): "" for word in GROUPS}, "words"), "what is summed up"),
        _word("Units", Choice(dict.fromkeys(SECONDS_OF_UNIT, ""), "word"), "unit of Used"),
        replace(CLUSTER, help="the cluster"),
    ),
    USAGE.columns,
)  # fmt: skip
"""What the words of `usage report` and `usage history` may name."""

RAW_USAGE = Entity(
    "raw-usage",
    (
        _accounts("the account, with all below it; with user=: that of the user"),
        _word("User", NAME, "the user, in the accounts that are named", "Users"),
        _word("QOS", NAME, "the QOS"),
        replace(CLUSTER, help="the cluster"),
    ),
    ("Account", "User", "QOS"),
)
