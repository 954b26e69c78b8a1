"""Versions of slurmrestd's API (OpenAPI plugins v0.0.N)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slurmctl_rest.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class ApiVersion:
    """`v0.0.43` as something that can be compared. `number` is the last part."""

    number: int

    @classmethod
    def parse(cls, text: str) -> ApiVersion:
        """Read `v0.0.43` (or `0.0.43`); raise UsageError for anything else."""
        match = re.fullmatch(r"v?0\.0\.(\d{1,3})", text.strip())
        if match is None:
            raise UsageError(
                f"'{text}' is not an API version", f"write it like {DEFAULT}, or 'auto'"
            )
        version = cls(int(match[1]))
        if version < OLDEST:
            raise UsageError(f"API version {version} is not supported", f"the oldest is {OLDEST}")
        return version

    def __str__(self) -> str:
        """Return the spelling that stands in URLs."""
        return f"v0.0.{self.number}"


V40, V41, V42, V43, V44, V45 = KNOWN = tuple(ApiVersion(number) for number in range(40, 46))
"""The versions that this program speaks, oldest first; each is proven on the lab."""

OLDEST, DEFAULT = V40, V43
