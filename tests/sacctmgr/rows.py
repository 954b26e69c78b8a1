"""The tree of tests/lab/parity.py, as rows: own values of accounts and users on one cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.fields import Row


def account(name: str, parent: str | None = "root", **values: Any) -> Row:
    """An account's own association."""
    return association(name, None, Parent=parent, **values)


def association(account: str, user: str | None, partition: str | None = None, **values: Any) -> Row:
    """An association as Slurm makes it, with some values."""
    unset = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
    place = {"Cluster": "lab", "Account": account, "User": user, "Partition": partition}
    return {**unset, **place, "Fairshare": 1, **values}


def record(name: str, **values: Any) -> Row:
    """The record of an account."""
    unset = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    return {**unset, "Account": name, "Description": name, "Organization": "uni", **values}


def user(name: str, **values: Any) -> Row:
    """The record of a user."""
    unset = {f.name: f.kind.load(None) for f in USER.fields}
    return {**unset, "User": name, "AdminLevel": "None", "Clusters": ("lab",), **values}


ROWS = [
    account("root", None, QosLevel=("normal",)),
    account("hpc_proj1"),
    account("hpc_alloc1", "hpc_proj1", GrpJobs=50),
    association("hpc_alloc1", "dave", Default=True),
    account("science"),
    account("chem", "science", QosLevel=("low", "normal")),
    association("chem", "alice"),
    association("chem", "carol", Default=True),
    association("chem", "carol", "gpu", QosLevel=("low",), DefaultQOS="low"),
    account("physics", "science", QosLevel=("high", "normal"), GrpTRES={"cpu": 100}),
    association("physics", "alice", Default=True, MaxJobs=5),
    association("physics", "bob", Default=True),
]


class Facts:
    """A Slurm with these QOS and TRES; `old`: it is 24.11."""

    def __init__(
        self,
        qos: Sequence[str] = ("normal", "high", "low"),
        tres: Sequence[str] = ("cpu", "mem", "node", "gres/gpu"),
        *,
        old: bool = False,
    ) -> None:
        self.old = old
        self.names = qos
        self.known = tres

    def is_newer(self) -> bool:
        return not self.old

    def qos(self) -> Mapping[str, str]:
        return {name: str(number) for number, name in enumerate(self.names, 1)}

    def tres(self) -> Mapping[str, str]:
        numbers = {str(number): name for number, name in enumerate(self.known, 1)}
        return {name: name for name in self.known} | numbers
