"""What jobs have used: TRES-seconds of a window of time, by account, user, day ...; raw usage."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER
from slurmctl_rest.model.entities.computed import column, condition
from slurmctl_rest.model.fields import Access, Entity, Field
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


def _accounts(help_: str) -> Field:
    return replace(condition("Account", NAME, help_, "Accounts"), access=Access.KEY)


USAGE = Entity(
    "usage",
    (
        _accounts("account"),
        condition("User", NAME, "user", "Users"),
        condition("QOS", NAME, "QOS"),
        condition("Partition", NAME, "partition", "Partitions"),
        column("Day", TEXT, "day, like 2026-10-01"),
        condition("Month", MONTH, "month; as a condition, instead of start= and end="),
        condition(
            "TRES", TRES_NAME, "TRES, mem in MB; without this condition, all TRES with usage"
        ),
        column("Used", AMOUNT, "usage, to two decimals"),
        column("Seconds", TRES_SECONDS, "usage in TRES seconds, exactly"),
        column("Share", PERCENT, "percentage of the report's total of the TRES"),
        column("Limit", AMOUNT, "GrpTRESMins of the account itself, in reports by account"),
        column("LimitUsed", AMOUNT, "usage of the account and everything below it, in the window"),
        column("Percent", PERCENT, "LimitUsed as a percentage of Limit"),
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
        condition("Start", MOMENT, "start of the window; without it, one month, in history twelve"),
        condition("End", MOMENT, "end of the window; without it, now"),
        condition(
            "By", Choice({word.lower(): "" for word in GROUPS}, "words"), "fields to group by"
        ),
        condition("Units", Choice(dict.fromkeys(SECONDS_OF_UNIT, ""), "word"), "unit of Used"),
        replace(CLUSTER, help="cluster"),
    ),
    USAGE.columns,
)  # fmt: skip
"""What the words of `usage report` and `usage history` may name."""

RAW_USAGE = Entity(
    "raw-usage",
    (
        _accounts("account, with everything below it; with user=, account of the user"),
        condition("User", NAME, "user, in the accounts that you name", "Users"),
        condition("QOS", NAME, "QOS"),
        replace(CLUSTER, help="cluster"),
    ),
    ("Account", "User", "QOS"),
)
