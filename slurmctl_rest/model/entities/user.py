"""Users: what all clusters know of them, and their associations on one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from slurmctl_rest.model.entities.association import CLUSTER, COMMENT, DELETED_RECORD, LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Value, as_list, as_text
from slurmctl_rest.model.kinds.names import INDIRECT_OFFICERS, NAME, NAME_SET, OFFICERS
from slurmctl_rest.model.kinds.words import Word

ADMIN_LEVEL = Word(
    {"None": "None", "Operator": "Operator", "Administrator": "Administrator"},
    "None, Operator or Administrator",
    {"admin": "administrator"},
)

USER = Entity(
    "user",
    (
        Field(
            "User", NAME, "name",
            "name of the user, in lower case",
            aliases=("Names", "Users"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "AdminLevel", ADMIN_LEVEL, "administrator_level",
            "administrative rights of the user",
            header="Admin", where=True, record=SlurmRecord.OBJECT, add_key="adminlevel",
            database="admin_level",
        ),
        # Slurm marks an association as the default, in one account on each cluster. So a user's
        # row takes this value from the marked association, and over REST it is changed by marking
        # those in the new account (RowChange.companions).
        Field(
            "DefaultAccount", NAME, "",
            "account of jobs that name none, on this cluster",
            header="Def Acct", where=True, record=SlurmRecord.OBJECT, add_key="defaultaccount",
        ),
        Field(
            "Coordinators", OFFICERS, "coordinators",
            "accounts that the user may administer",
            word="Coord", header="Coord Accounts", aliases=("CoordAccounts",),
            where=True, access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "IndirectCoordinators", INDIRECT_OFFICERS, "coordinators",
            "accounts that the user may administer because of an account above",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        replace(CLUSTER, help="cluster; empty in lists if the user is not on it"),
        Field(
            "Clusters", NAME_SET, "",
            "clusters on which the user has an association",
            where=True, access=Access.READ,
        ),
        Field(
            "Accounts", NAME_SET, "",
            "accounts in which the user has an association on this cluster",
            aliases=("Account",), where=True, access=Access.SCOPE,
        ),
        Field(
            "Partitions", NAME_SET, "",
            "partitions for which the user has an association of its own on this cluster",
            aliases=("Partition",), where=True, access=Access.SCOPE,
        ),
    ),
    ("User", "DefaultAccount", "AdminLevel"),
    on_request=(
        Field(
            "DefaultWCKey", NAME, "default.wckey",
            "WCKey of jobs that name none",
            header="Def WCKey", where=True, record=SlurmRecord.OBJECT, add_key="defaultwckey",
        ),
        Field(
            "WCKeys", NAME_SET, "",
            "WCKeys that the user's jobs may name on this cluster; takes = when added, and +=",
            where=True, record=SlurmRecord.OBJECT,
        ),
        DELETED_RECORD,
    ),
)  # fmt: skip

FROM_ASSOCIATIONS = {"Accounts": "Account", "Partitions": "Partition", "QosLevel": "QosLevel"}
"""Conditions on users that select among their associations: our name -> the association's."""

DEFAULT_WCKEY, WCKEYS = USER["DefaultWCKey"], USER["WCKeys"]

NEW_NAME = Field(
    "NewName", NAME, "",
    "another name for the user, on all clusters",
    access=Access.MODIFY, record=SlurmRecord.OBJECT,
)  # fmt: skip
"""A word of `user modify`; no row has it."""

USER_WITH_LIMITS = Entity(
    "user",
    (
        *USER.fields,
        *(replace(f, where=f.name in FROM_ASSOCIATIONS) for f in LIMITS),
    ),
    USER.columns,
    on_request=(*USER.on_request, COMMENT, NEW_NAME),
)
"""What the words of `user add` and `user modify` may name: limits go to the associations."""


OF_WCKEYS = frozenset({DEFAULT_WCKEY.name, WCKEYS.name})


def load(record: Json, also: Collection[str] = ()) -> dict[str, Value]:
    """Read slurmrestd's record of a user (sacctmgr --json writes the same).

    `also`: fields on request, which the record must hold.
    """
    asked = (f for f in USER.on_request if f.path and f.name in also)
    own = (f for f in USER.fields if f.record is SlurmRecord.OBJECT)
    return USER.load(record, (*own, *asked))


def join(users: Iterable[Row], associations: Iterable[Row], cluster: str) -> list[Row]:
    """Put each user and its associations into one row, sorted by name.

    `associations` are of every cluster: a user who has none here keeps Cluster unset.
    """
    own: dict[Value, list[Row]] = {}
    for association in associations:
        if association["User"] is not None:
            own.setdefault(association["User"], []).append(association)
    rows: list[Row] = []
    for user in users:
        all_rows = own.get(user["User"], [])
        here = [row for row in all_rows if row["Cluster"] == cluster]
        defaults = [row["Account"] for row in here if row["Default"]]
        rows.append(
            {
                **user,
                # Rows for several partitions of the account may
                # bear the mark, too: all name the same account.
                "DefaultAccount": defaults[0] if defaults else None,
                "Cluster": cluster if here else None,
                "Clusters": _names(all_rows, "Cluster"),
                "Accounts": _names(here, "Account"),
                "Partitions": _names(here, "Partition"),
            }
        )
    return sorted(rows, key=lambda row: str(row["User"]))


def with_wckeys(users: Iterable[Row], records: Iterable[Json], cluster: str) -> list[Row]:
    """Return users with the WCKeys that each has on the cluster; `records` are slurmrestd's."""
    found: dict[str, set[str]] = {}
    for record in records:
        if record.get("cluster") == cluster and "DELETED" not in as_list(record.get("flags")):
            found.setdefault(as_text(record.get("user")), set()).add(as_text(record.get("name")))
    return [
        {**user, WCKEYS.name: tuple(sorted(found.get(str(user["User"]), ())))} for user in users
    ]


def _names(rows: Iterable[Row], field: str) -> tuple[str, ...]:
    return tuple(sorted({str(row[field]) for row in rows if row[field] is not None}))
