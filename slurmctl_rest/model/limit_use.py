"""What jobs use of limits, as an executor has it: the use of associations and of QOS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.partition_rules import PartitionRules


class Measure(Enum):
    """What a limit counts."""

    RUNNING = "running jobs"
    ACCRUING = "pending jobs that gain age priority"
    SUBMITTED = "pending and running jobs"
    WALL = "wall clock minutes used"
    TRES = "TRES of running jobs"
    MINUTES = "TRES minutes used"
    RUN_MINUTES = "TRES minutes that running jobs may still use"


PER_TRES = frozenset({Measure.TRES, Measure.MINUTES, Measure.RUN_MINUTES})
"""What is counted for each TRES by itself."""

Used: TypeAlias = float | Mapping[str, float]
PlaceUse: TypeAlias = Mapping[Measure, Used]
"""The use of one place; a measure that the executor does not have is not in it."""

NO_USE: PlaceUse = {measure: {} if measure in PER_TRES else 0 for measure in Measure}


@dataclass(frozen=True, slots=True)
class Partitions:
    """Partitions with a QOS of their own: its limits hold, and count, all jobs of the partition.

    qos      partition -> QOS, of those that have one
    default  the partition of jobs that name none; empty: the executor does not tell it
    rules    what each partition asks of its jobs; all partitions are there
    """

    qos: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    rules: Mapping[str, PartitionRules] = field(default_factory=dict, compare=False)

    def qos_of(self, partition: str) -> str:
        """Return the QOS of a partition, of the default one if none is named; empty: none."""
        return self.qos.get(partition or self.default, "")

    def names_of(self, qos: str, partition: str) -> frozenset[str]:
        """Return the QOS that a job of a QOS in a partition counts against."""
        return frozenset({qos, self.qos_of(partition)} - {""})


NO_PARTITIONS = Partitions()


@dataclass(frozen=True, slots=True)
class UseQuery:
    """Whose use is asked for.

    keys  of associations: accounts' own ones, with all that stands below, and users'
    qos   the whole of each, and each user's and account's part
    partitions  whose jobs count against a QOS, too
    """

    cluster: str
    keys: frozenset[AssociationKey] = frozenset()
    qos: tuple[str, ...] = ()
    partitions: Partitions = NO_PARTITIONS


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What an executor has found.

    associations  by key; of an account's own row: with all that stands below
    qos           of a QOS as a whole
    qos_users     by (QOS, user)
    qos_accounts  by (QOS, account)
    notes         why a measure is not exact, or not known
    """

    associations: Mapping[AssociationKey, PlaceUse] = field(default_factory=dict)
    qos: Mapping[str, PlaceUse] = field(default_factory=dict)
    qos_users: Mapping[tuple[str, str], PlaceUse] = field(default_factory=dict)
    qos_accounts: Mapping[tuple[str, str], PlaceUse] = field(default_factory=dict)
    notes: Mapping[Measure, str] = field(default_factory=dict)


def amount(use: PlaceUse | None, measure: Measure, tres: str = "") -> float | None:
    """Return the use of a measure, of one TRES where it counts TRES; None where it is unknown."""
    if use is None or measure not in use:
        return None
    used = use[measure]
    return used.get(tres, 0) if isinstance(used, Mapping) else used
