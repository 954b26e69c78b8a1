"""Releases of Slurm with defects that this program has met, and what repairs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Release: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Defect:
    """Something that is wrong up to a release; `fixed`: the first good one of each line."""

    what: str
    fixed: tuple[Release, ...]

    def hits(self, release: Release) -> bool:
        """Tell whether a release has it: of a line without a fix all, newer lines none."""
        if release >= max(self.fixed):
            return False
        return not any(release[:2] == good[:2] and release >= good for good in self.fixed)


RECOMMENDED: Mapping[str, Release] = {"rest": (25, 11, 0), "cli": (23, 11, 0)}
"""By executor, the oldest release that is recommended; the commands know --json from then on."""


REPAIRED = ((24, 11, 6), (25, 5, 3))


DEFECTS: Mapping[str, tuple[Defect, ...]] = {
    "rest": (
        Defect("adding accounts may crash slurmrestd", REPAIRED),
        Defect("changing a QOS may leak memory in slurmrestd", REPAIRED),
    ),
    "cli": (),
}
