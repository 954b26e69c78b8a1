"""What a partition asks of its jobs, whatever the limits of associations and QOS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PartitionRules:
    """The rules of one partition; an empty list allows all, and denies nobody.

    state     UP, DOWN, DRAIN or INACTIVE
    max_time  minutes; None, as of the other numbers: no limit
    default_time  minutes of a job that names none; None: as many as it may have
    nodes     how many it has
    tres      what they have together; mem in MB, and as Slurm rounds it
    """

    state: str = "UP"
    allow_accounts: tuple[str, ...] = ()
    deny_accounts: tuple[str, ...] = ()
    allow_qos: tuple[str, ...] = ()
    deny_qos: tuple[str, ...] = ()
    allow_groups: tuple[str, ...] = ()
    root_only: bool = False
    max_time: int | None = None
    default_time: int | None = None
    max_nodes: int | None = None
    min_nodes: int = 0
    max_cpus_per_node: int | None = None
    nodes: int = 0
    tres: Mapping[str, float] = field(default_factory=dict)


NO_NAMES = frozenset({"ALL", "(null)", ""})
MEMORY_UNITS: Mapping[str, float] = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
MEMORY = re.compile(r"([\d.]+)([KMGTP]?)")
TRES_PART = re.compile(r"([^,=]+)=([^,]+)")


def names_of_list(text: str) -> tuple[str, ...]:
    """Return the names of a list of Slurm's: `ALL` is none.

    >>> names_of_list("jb,ja"), names_of_list("ALL")
    (('jb', 'ja'), ())
    """
    return () if text in NO_NAMES else tuple(name for name in text.split(",") if name)


def tres_of_nodes(text: str) -> dict[str, float]:
    """Return the counts of `cpu=64,mem=62.50G,gres/gpu=2`; without those that are no numbers.

    >>> tres_of_nodes("cpu=64,mem=62.50G,gres/gpu=2")
    {'cpu': 64.0, 'mem': 64000.0, 'gres/gpu': 2.0}
    """
    found: dict[str, float] = {}
    for name, count in TRES_PART.findall(text):
        if match := MEMORY.fullmatch(count):
            unit = match[2] or "M" if name == "mem" else "M"
            found[name] = float(match[1]) * MEMORY_UNITS[unit]
    return found
