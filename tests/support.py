"""What unit tests share: rows written short, assignments, profiles and tokens."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from slurmctl_rest.config.models import Profile
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, ENTITIES, JOB, QOS, USER
from slurmctl_rest.model.fields import Access, Entity, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.syntax import Assignment, parse_modify
from slurmctl_rest.planning.targets import Target

T = TypeVar("T")

EVERY_FIELD = [(entity, f) for entity in ENTITIES for f in entity.fields]
FIELD_IDS = [f"{entity.noun}-{f.name}" for entity, f in EVERY_FIELD]
SETTABLE = [f for f in ACCOUNT.fields if f.settable]
ADDABLE = [f for f in SETTABLE if f.access is Access.SET]
LIMITS = [f for f in SETTABLE if f.record is SlurmRecord.ASSOCIATION]
OWN_LIMITS = [f for f in ASSOCIATION.fields if f.settable and f.name != "Parent"]
"""What may be set on a user's row."""
TRES_FIELDS = [f for f in LIMITS if isinstance(f.kind, Tres)]

KNOWN_TRES = ("billing", "cpu", "gres/gpu", "gres/gpu:a100", "license/matlab", "mem", "node")


# --- rows, written short ---------------------------------------------------------------------


def nothing(entity: Entity) -> dict[str, Value]:
    """Return the row in which all is unset."""
    return {f.name: f.kind.load(None) for f in entity.fields}


def account(name: str, parent: str | None = "root", **values: Value) -> dict[str, Value]:
    """Return the row of an account on cluster alps; what is not given is unset."""
    base: dict[str, Value] = {
        "Account": name,
        "Description": name,
        "Organization": name if parent in {None, "root"} else parent,
        "Cluster": "alps",
        "Clusters": ("alps",),
        "Parent": parent,
        "Fairshare": 1,
    }
    return {**nothing(ACCOUNT), **base, **values}


def association(
    account_: str, user_: str | None, parent: str | None = None, **values: Value
) -> dict[str, Value]:
    """Return the row of an association on cluster alps."""
    place: dict[str, Value] = {"Cluster": "alps", "Account": account_, "User": user_}
    base: dict[str, Value] = {**place, "Parent": parent, "Fairshare": 1}
    return {**nothing(ASSOCIATION), **base, **values}


def user(name: str, default: str | None = "physics", **values: Value) -> dict[str, Value]:
    """Return the row of a user on cluster alps, in the default account unless told otherwise."""
    here = default is not None
    base: dict[str, Value] = {
        "User": name,
        "DefaultAccount": default,
        "Cluster": "alps" if here else None,
        "Clusters": ("alps",) if here else (),
        "Accounts": (default,) if default is not None else (),
    }
    return {**nothing(USER), **base, **values}


def qos(name: str, **values: Value) -> dict[str, Value]:
    """Return the row of a QOS."""
    base = {"Name": name, "Description": name, "PreemptMode": "cluster"}
    return {**nothing(QOS), **base, **values}


def job(
    id_: int | str,
    account_: str,
    user_: str,
    partition: str | None = "batch",
    state: str = "RUNNING",
    **values: Value,
) -> dict[str, Value]:
    """Return the row of a job; of a task its own number is not the array's unless it is given."""
    base: dict[str, Value] = {
        "JobID": str(id_),
        "JobIDRaw": int(re.split("[_+]", str(id_))[0]),
        "Account": account_,
        "User": user_,
        "Partition": partition,
        "State": tuple(sorted(state.split(","))),
    }
    return {**nothing(JOB), **base, **values}


def assign(text: str, entity: Entity = ACCOUNT) -> Assignment:
    """Return the assignment that a token means."""
    return only(parse_modify(entity, ["set", text]).assignments)


def alike(rows: Sequence[Row], assignments: Sequence[Assignment]) -> list[Target]:
    """Return each row with the same assignments."""
    return [(row, assignments) for row in rows]


def to_each(accounts: Sequence[Row], users: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the same users for each account."""
    return {str(row["Account"]): users for row in accounts}


def at(document: Json, path: str) -> Json:
    """Return what stands at a dotted path, or None."""
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def mapping(value: Value) -> Mapping[str, int | None]:
    """Return the value, which counts TRES."""
    assert isinstance(value, Mapping)
    return value


def names_in(value: Value) -> tuple[str, ...]:
    """Return the value, which is a set of names."""
    assert isinstance(value, tuple)
    return value


def only(found: Sequence[T]) -> T:
    """Return the one element."""
    assert len(found) == 1, found
    return found[0]


def noun_of(entity: Entity) -> str:
    """Return an entity's noun, for test ids."""
    return entity.noun


def holds(row: Row, **values: Value) -> dict[str, Value]:
    """Return the row with other values."""
    return {**row, **values}


PHYSICS = account(
    "physics",
    "science",
    Description="light and matter",
    Coordinators=("alice",),
    Fairshare=20,
    GrpTRES={"cpu": 100, "mem": 2048},
    MaxJobs=5,
    QosLevel=("high", "normal"),
)
"""An account with a bit of everything."""


# --- profiles and tokens ----------------------------------------------------------------------


def rest_profile(**api: Json) -> Profile:
    """Return a profile for slurmrestd; its token is in $SLURM_JWT unless `api` says otherwise."""
    table = {"url": "http://localhost:6820", "api_version": "v0.0.43", "username": "admin", **api}
    return profile(execution_mode="rest", cluster_name="alps", rest_api=table)


def cli_profile() -> Profile:
    """Return a profile for the Slurm commands."""
    return profile(execution_mode="cli", cluster_name="alps")


def profile(**table: Json) -> Profile:
    """Return a profile with these keys; the others have their defaults."""
    return Profile.model_validate(table)


def jwt(exp: int | None, mark: str = "s") -> str:
    """Return a token like Slurm's, that says when it ends; `mark` tells tokens apart."""
    claims = {"sun": "admin", **({} if exp is None else {"exp": exp})}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{middle}.{mark * 20}"


def write_config(home: Path, text: str) -> Path:
    """Write the user's profile file where it is looked for."""
    path = home / ".config" / "slurmctl-rest" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def give_away(path: Path) -> None:
    """Make it another user's; only root can."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.lchown(path, 4321, 4321)
