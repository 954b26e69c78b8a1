"""Accounts: the account itself, known to all clusters, and its own association on one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from slurmctl_rest.model.entities.association import (
    CLUSTER,
    COMMENT,
    DELETED_RECORD,
    LIMITS,
    PARENT,
)
from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import INDIRECT_OFFICERS, NAME, NAME_SET, OFFICERS, TEXT
from slurmctl_rest.model.kinds.words import Switch
from slurmctl_rest.model.versions import V41

ACCOUNT_FLAGS = Switch("UsersAreCoords", "NoUsersAreCoords", "flags")

ACCOUNT = Entity(
    "account",
    (
        Field(
            "Account", NAME, "name",
            "name of the account, in lower case",
            aliases=("Names", "Accounts"), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Description", TEXT, "description",
            "free text, stored in lower case",
            header="Descr", aliases=("Descriptions",), where=True, record=SlurmRecord.OBJECT,
            database="description",
        ),
        Field(
            "Organization", TEXT, "organization",
            "organization of the account, stored in lower case",
            header="Org", aliases=("Organizations",), where=True, record=SlurmRecord.OBJECT,
            database="organization",
        ),
        Field(
            "Coordinators", OFFICERS, "coordinators",
            "users who may administer the account and all accounts below it",
            word="Coord", header="Coord Accounts",
            where=True, access=Access.MODIFY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "IndirectCoordinators", INDIRECT_OFFICERS, "coordinators",
            "users who may administer the account because they coordinate an account above it",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        replace(CLUSTER, help="cluster; empty in lists if the account is not on it"),
        Field(
            "Clusters", NAME_SET, "",
            "clusters on which the account has an association",
            where=True, access=Access.READ,
        ),
        replace(PARENT, aliases=("ParentAccount", "Parents"), where=True),
        *LIMITS,
    ),
    ("Account", "Description", "Organization"),
    on_request=(
        Field(
            "Flags", ACCOUNT_FLAGS, "flags",
            "UsersAreCoords: its users may administer it; NoUsersAreCoords takes that away",
            where=True, record=SlurmRecord.OBJECT, since=V41, absent=None, database="flags",
        ),
        COMMENT,
        DELETED_RECORD,
    ),
)  # fmt: skip


ROOT = "root"
"""The account that Slurm makes itself, and that everything hangs from."""


def texts_of_new_account(name: str, parent: Value) -> dict[str, Value]:
    """Return the texts that slurmdbd fills in for an account that is added without.

    Example: {"Description": "physics", "Organization": "science"}
    """
    return {"Description": name, "Organization": name if parent == ROOT else parent}


def elsewhere(row: Row) -> tuple[str, ...]:
    """Return the other clusters on which the account of a row has an association too."""
    clusters = row.get("Clusters")
    named = clusters if isinstance(clusters, tuple) else ()
    return tuple(name for name in named if name != row["Cluster"])


def load(record: Json, also: Collection[str] = ()) -> dict[str, Value]:
    """Read slurmrestd's record of an account (sacctmgr --json writes the same).

    `also`: fields on request.
    """
    own = (f for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT)
    asked = (f for f in ACCOUNT.on_request if f.record is SlurmRecord.OBJECT and f.name in also)
    return ACCOUNT.load(record, (*own, *asked))


def join(accounts: Iterable[Row], associations: Iterable[Row], cluster: str) -> list[Row]:
    """Put each account and its own association on the cluster into one row, sorted by name.

    `associations` holds the accounts' own rows of every cluster: an account that has none here
    keeps Cluster unset, and Clusters says where it lives.
    """
    here: dict[Value, Row] = {}
    clusters: dict[Value, set[str]] = {}
    for association in associations:
        clusters.setdefault(association["Account"], set()).add(str(association["Cluster"]))
        if association["Cluster"] == cluster:
            here[association["Account"]] = association
    rows = []
    for account in accounts:
        name = account["Account"]
        own = here.get(name, {})
        row: dict[str, Value] = {
            f.name: own.get(f.name, f.kind.load(None))
            for f in ACCOUNT.fields
            if f.record is SlurmRecord.ASSOCIATION
        }
        row |= {f.name: account[f.name] for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT}
        # Sorted, here and below: Slurm answers in another order over each executor.
        row["Clusters"] = tuple(sorted(clusters.get(name, ())))
        asked = {
            f.name: told[f.name]
            for f in ACCOUNT.on_request
            if f.name in (told := account if f.record is SlurmRecord.OBJECT else own)
        }
        rows.append({**{f.name: row[f.name] for f in ACCOUNT.fields}, **asked})
    return sorted(rows, key=lambda row: str(row["Account"]))
