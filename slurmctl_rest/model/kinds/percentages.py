"""What each cluster may use of a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model.kinds.base import CLEARING, Json, Kind, Operator, Value
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.text import printable
from slurmctl_rest.model.tres_counts import bounded

MAX_ALLOWED = 65_534
"""slurmdbd's column has 16 bits, of which the last number means that none is set."""


class ClusterParts(Kind):
    """A number for each cluster, like alps=20,jura=30; -1 takes a cluster's part away."""

    acts = frozenset({Operator.SET})

    def __init__(self) -> None:
        """Make the one kind of it that there is."""
        parts = {"type": "integer", "minimum": 0}
        super().__init__({"type": "object", "additionalProperties": parts}, "cluster=number")

    def parse(self, text: str) -> Value:
        """Read `cluster=number,...`; a number of -1 is None: take that one away."""
        parts: dict[str, int | None] = {}
        for part in text.split(","):
            name, equals, number = part.strip().partition("=")
            clears = number.lower() in CLEARING
            if not equals or not (clears or re.fullmatch(r"\d{1,9}", number, re.ASCII)):
                raise ValueError(f"'{printable(part)}' is not CLUSTER=NUMBER (-1 takes it away)")
            parts[parse_name(name)] = None if clears else bounded(int(number), MAX_ALLOWED)
        return parts

    def load(self, json: Json) -> Value:
        """Return what was put together from several lines."""
        return dict(json or {})

    def text(self, value: Value) -> str:
        """Write `cluster=number,...`."""
        return ",".join(f"{name}={-1 if n is None else n}" for name, n in sorted(_items(value)))

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Put the named parts over the current ones; None removes one."""
        del operator
        merged = {**dict(_items(current)), **dict(_items(value))}
        return {name: number for name, number in merged.items() if number is not None}


def _items(value: Value) -> list[tuple[str, int | None]]:
    return list(value.items()) if isinstance(value, Mapping) else []


CLUSTER_PARTS = ClusterParts()
