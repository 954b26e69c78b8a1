"""What doctor wants to know of the tree of associations and of the QOS: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from slurmctl_rest.model.change import name_of
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level, qos_names_of
from slurmctl_rest.model.facts import LimitTree
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import NOT_SET, effective
from slurmctl_rest.model.limit_rules import ASSOCIATION_RULES, QOS_RULES
from slurmctl_rest.model.limit_use import Measure


def limit_tree(
    rows: Sequence[Row], qos: Iterable[Row], is_in_unix: Callable[[str], bool] | None
) -> LimitTree:
    """Return what the rows of a cluster, with own values, and the QOS come to.

    `is_in_unix`: whether the operating system knows a user; None where nobody can say.
    """
    qos = list(qos)
    keys = [association_key(row) for row in rows]
    users = sorted({key.user for key in keys} - {""})
    defaults = {str(row["User"]) for row in rows if row["User"] and row["Default"]}
    used = {key.account for key in keys if key.user}
    used |= {str(row["Parent"]) for row in rows if is_account_level(row) and row["Parent"]}
    accounts = {key.account for key in keys if not key.user}
    allowed: set[str] = set()
    for one in effective(ASSOCIATION, rows).values():
        allowed |= qos_names_of(one.row)
    places = [*((row, ASSOCIATION_RULES) for row in rows), *((row, QOS_RULES) for row in qos)]
    of_minutes = [
        field
        for row, rules in places
        for field, rule in rules.items()
        if rule.measure in OF_MINUTES and rule.counts_others and row[field] not in NOT_SET
    ]
    return LimitTree(
        limited=sum(any(row[field] not in NOT_SET for field in rules) for row, rules in places),
        of_minutes=len(of_minutes),
        run_minutes=tuple(
            " ".join(filter(None, (key.account, key.user, key.partition)))
            for key, row in zip(keys, rows, strict=True)
            if row["MaxTRESRunMins"] not in NOT_SET
        ),
        without_default=tuple(user for user in users if user not in defaults),
        not_in_unix=None
        if is_in_unix is None
        else tuple(user for user in users if not is_in_unix(user)),
        empty_accounts=tuple(
            key.account
            for key in keys
            if not key.user and key.account not in used and key.account != ROOT
        ),
        unused_qos=tuple(sorted(str(row["Name"]) for row in qos if row["Name"] not in allowed)),
        orphans=tuple(
            name_of(ASSOCIATION, row)
            for key, row in zip(keys, rows, strict=True)
            if (key.account if key.user else row["Parent"] or key.account) not in accounts
        ),
    )


OF_MINUTES = frozenset({Measure.MINUTES, Measure.WALL})
