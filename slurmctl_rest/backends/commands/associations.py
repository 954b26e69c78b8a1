"""Associations that sacctmgr prints: which are meant, in how many commands, what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.backends.commands.command_line import MAX_NAMES_PER_ARGUMENT
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import NOT_PRINTED_WHOLE, SlurmRefused
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.model.kinds.base import Value


def is_meant(query: Query, row: Row) -> bool:
    """Tell whether a row meets the conditions: a wrapper of sacctmgr may lose one, and a plan would
    hold the rows of others.

    slurmdbd compares without regard to case.
    """
    named = {**query.where, **({"Cluster": (query.cluster,)} if query.cluster else {})}
    return all(
        str(row[name] or "").lower() in {value.lower() for value in values}
        for name, values in named.items()
    )


def one_default_each(marked: Iterable[Row]) -> None:
    """Raise SlurmRefused where a user has two default accounts on a cluster.

    Asked where all rows are shown as defaults: so they are if the switch that asks for those alone
    is lost.
    """
    accounts: dict[tuple[Value, Value], Value] = {}
    for row in marked:
        first = accounts.setdefault((row["Cluster"], row["User"]), row["Account"])
        if first != row["Account"]:
            raise SlurmRefused(
                f"sacctmgr shows two default accounts of user '{row['User']}' on cluster "
                f"'{row['Cluster']}': '{first}' and '{row['Account']}'",
                NOT_PRINTED_WHOLE,
            )


def as_slurmrestd_shows(rows: Sequence[Row]) -> list[Row]:
    """Return rows with those changes to inherited QOS that slurmrestd shows too."""
    final = [one.row for one in effective(ASSOCIATION, rows).values()]
    return association_rows.without_idle_removals(rows, final)


def parts_of(query: Query) -> Iterator[Query]:
    """Yield the query in parts, each with as many names as an argument holds."""
    users, accounts = query.where.get("User", ()), query.where.get("Account", ())
    for some_users in chunked([user for user in users if user], MAX_NAMES_PER_ARGUMENT):
        for some_accounts in chunked(accounts, MAX_NAMES_PER_ARGUMENT):
            named = {"User": some_users, "Account": some_accounts}
            rest = {name: some for name, some in named.items() if some}
            yield replace(query, where={**query.where, **rest} if rest else query.where)
