"""The AdminLevel that each write needs: the remedy if Slurm refuses it.

slurmdbd reports only "permission denied", so the remedy comes from this table of changes. Both
executors use it; tests/lab/test_rights.py checks each row against real Slurm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ARCHIVE,
    ASSOCIATION,
    CLUSTERS,
    FEDERATION,
    QOS,
    RESOURCE,
    SLURMDBD,
    STATS,
    USER,
)
from slurmctl_rest.model.entities.association import is_account_level
from slurmctl_rest.model.entities.user import ADMIN_LEVEL

ADMINISTRATOR = "this needs AdminLevel Administrator"
OPERATOR = "this needs AdminLevel Operator"
CANCELLING = f"{OPERATOR}, or a coordinator of the account; users may cancel their own jobs"
RESETTING = "only AdminLevel Administrator, root and SlurmUser may reset raw usage"


@dataclass(frozen=True, slots=True)
class Right:
    """The right that a kind of change needs."""

    needed: str
    covers: Callable[[RowChange], bool]


def _level(change: RowChange, when: str) -> object:
    return ((change.before if when == "before" else change.after) or {}).get("AdminLevel")


def _concerns_administrators(change: RowChange) -> bool:
    """Tell whether a level changes, or an Administrator comes or goes.

    An Operator may add and delete others.
    """
    if change.entity is not USER:
        return False
    if change.action == "modify":
        return "AdminLevel" in change.fields
    return HIGHEST in {_level(change, "before"), _level(change, "after")}


def _gives_a_level(change: RowChange) -> bool:
    return change.entity is USER and change.action == "add" and "AdminLevel" in change.fields


HIGHEST = [*ADMIN_LEVEL.known][-1]


def _is_limit_of_account(change: RowChange) -> bool:
    row = change.new
    if change.entity is ASSOCIATION:
        return change.action == "modify" and is_account_level(row)
    texts = {"Description", "Organization", "Coordinators", "Flags"}
    return change.entity is ACCOUNT and change.action == "modify" and not texts & {*change.fields}


ADMINISTRATORS_ALONE = (QOS, CLUSTERS, FEDERATION, RESOURCE, ARCHIVE, STATS, SLURMDBD)


RIGHTS = (
    Right(
        ADMINISTRATOR,
        lambda c: c.entity in ADMINISTRATORS_ALONE or _concerns_administrators(c),
    ),
    Right(OPERATOR, _gives_a_level),
    Right(
        f"{OPERATOR}, or a coordinator of the parent account",
        lambda c: (c.entity is ACCOUNT and c.action == "add") or _is_limit_of_account(c),
    ),
    Right(
        # slurmrestd asks for the level (backends/rest/requests.py, unsupported_level).
        f"{OPERATOR}, or a coordinator of the account",
        lambda c: c.entity is ACCOUNT and {*c.fields} == {"Coordinators"},
    ),
    Right(
        f"{OPERATOR}; users may set their own default account",
        lambda c: c.entity is USER and c.action == "modify",
    ),
    Right(
        f"{OPERATOR}, or a coordinator of the account, who may give only QOS that it has",
        lambda c: (
            c.entity is ASSOCIATION and not is_account_level(c.new) and "QosLevel" in c.fields
        ),
    ),
    Right(
        f"{OPERATOR}, or a coordinator of the account",
        lambda c: (
            (c.entity is ASSOCIATION and not is_account_level(c.row))
            or (c.entity is USER and c.action == "add")
        ),
    ),
    Right(f"{OPERATOR}, or a coordinator of all the user's accounts", lambda c: c.entity is USER),
    Right(OPERATOR, lambda _: True),
)
"""The first that covers a change is what it needs; what stands first is hardest to have."""


def remedy(changes: Sequence[RowChange]) -> str:
    """Return what is needed for all of the changes."""
    covering = [next(right for right in RIGHTS if right.covers(change)) for change in changes]
    # One request carries several changes: it needs the right that is hardest to have.
    return min(covering, key=RIGHTS.index).needed if covering else ""
