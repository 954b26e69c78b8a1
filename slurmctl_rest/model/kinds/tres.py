"""Trackable resources: a count for each, and their names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model import tres_counts
from slurmctl_rest.model.kinds.base import (
    CLEARING,
    TRES_RULE,
    Json,
    Kind,
    Operator,
    Value,
    _shown,
    as_list,
    as_text,
    whole_number,
)
from slurmctl_rest.model.text import printable


class Tres(Kind):
    """Counts by TRES, like cpu=100,gres/gpu=8; memory in MB. -1 clears one, `-1` alone all.

    JSON: a list of {type, name, id, count}. slurmrestd takes a list as the final state, sacctmgr
    merges what it is given; a value here is always the whole state.
    """

    def __init__(self, unit: str = "TRES=count, mem in MB") -> None:
        """`unit` is what is counted."""
        super().__init__(
            {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}, unit
        )

    def parse(self, text: str) -> Value:
        """Read `name=count,...`; a count of -1 is None: clear that one. -1 alone clears all."""
        if text.strip().lower() in CLEARING:
            return None
        counts: dict[str, int | None] = {}
        for part in text.split(","):
            name, equals, count = part.strip().partition("=")
            if not equals or not re.fullmatch(TRES_RULE, name, re.ASCII):
                raise ValueError(f"'{part}' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2")
            if name.lower() in map(str.lower, counts):
                raise ValueError(f"'{name}' is named twice")
            clears = count.lower() in CLEARING
            counts[name] = None if clears else tres_counts.parse_count(name.lower(), count)
        return counts

    def read(self, text: str) -> Value:
        """Read what sacctmgr printed."""
        counts = {}
        for part in text.split(",") if text else ():
            name, _, count = part.partition("=")
            counts[name] = tres_counts.read_count(count)
        return counts

    def load(self, json: Json) -> Value:
        """Read the list. A count above 2**63 comes as a negative number, and is kept."""
        counts = [_tres_entry(entry) for entry in as_list(json)]
        # -1 is INFINITE64: no limit
        return {name: count % 2**64 for name, count in counts if count != -1}

    def text(self, value: Value) -> str:
        """Write `name=count,...`, memory in its largest whole unit."""
        counts = sorted(_counts(value).items())  # sacctmgr sorts by name
        return ",".join(f"{name}={tres_counts.count_text(name, count)}" for name, count in counts)

    def dump(self, value: Value) -> Json:
        """Write the list by type and name; slurmrestd finds the id itself."""
        return [
            {"type": name.partition("/")[0], "name": name.partition("/")[2], "count": count}
            for name, count in _counts(value).items()
        ]

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Put the named counts over the current ones; None removes one, or alone all.

        What is added or taken away changes a count; no limit counts as 0 there, as in sacctmgr.
        """
        if value is None:
            return {}
        merged = {**_counts(current), **_counts(value)}
        if operator is not Operator.SET:
            sign = 1 if operator is Operator.ADD else -1
            for name, by in counts(value).items():
                # As sacctmgr 26.05 counts. 24.11 has no such
                # words, so the sum is sent on every release.
                merged[name] = max(0, (_counts(current).get(name) or 0) + sign * by)
        return {name: count for name, count in merged.items() if count is not None}

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Name only what differs; what is gone is -1."""
        old, new = _counts(before), _counts(after)
        changed = {name: count for name, count in new.items() if old.get(name) != count}
        gone = {name: None for name in old if name not in new}
        # sacctmgr merges by TRES, and cannot clear a list as a whole
        # (tests/lab/test_facts.py::test_sacctmgr_cannot_clear_a_tres_limit_as_a_whole).
        return [f"={self.text({**changed, **gone})}"]


class TresCount(Tres):
    """The same, of which one count is shown: GrpCPUs, which was there before there were TRES."""

    def __init__(self, name: str) -> None:
        """`name` of the TRES."""
        super().__init__()
        self.name = name

    def text(self, value: Value) -> str:
        """Write the count, memory in its largest whole unit; none is empty."""
        count = counts(value).get(self.name)
        return "" if count is None else tres_counts.count_text(self.name, count)


class TresName(Kind):
    """The name of a TRES, like cpu or gres/gpu:a100: a condition."""

    def __init__(self) -> None:
        """Make the one kind of names of TRES that there is."""
        super().__init__({"type": ["string", "null"]}, "TRES, like cpu")

    def parse(self, text: str) -> Value:
        """Check that it can be one."""
        if not re.fullmatch(TRES_RULE, text.strip(), re.ASCII):
            raise ValueError(f"'{printable(text)}' is not a TRES, like cpu or gres/gpu")
        return text.strip()

    def load(self, json: Json) -> Value:
        """Read the string."""
        return None if json is None else as_text(json)


def tres_name(type_: str, name: str | None) -> str:
    """Return the spelling used in limits: `cpu`, `gres/gpu`."""
    return f"{type_}/{name}" if name else type_


def _tres_entry(json: Json) -> tuple[str, int]:
    match json:
        case {"type": str(type_), "name": str(name), "count": count}:
            return tres_name(type_, name), whole_number(count)
    raise ValueError(f"{_shown(json)} is not {{type, name, count}}")


def counts(value: Value) -> dict[str, int]:
    """Return the counts of a value; none of those that it clears."""
    return {name: count for name, count in _counts(value).items() if count is not None}


def _counts(value: Value) -> Mapping[str, int | None]:
    return value if isinstance(value, Mapping) else {}


def tres_amount(name: str, text: str) -> tuple[int, int]:
    """Read a count of a job's TRES, like 4000M or 1.50G: numerator and denominator.

    Units are powers of 1024; mem is counted in MB, all others as they are.
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([KMGTP]?)", text, re.ASCII)
    if match is None:
        raise ValueError(f"'{name}={text}' is not a count")
    whole, behind = match[1], match[2] or ""
    power = "KMGTP".index(match[3]) + 1 if match[3] else 0
    power -= 2 if name == "mem" and match[3] else 0
    up, down = 1024 ** max(power, 0), 1024 ** max(-power, 0)
    return int(whole + behind) * int(up), int(10 ** len(behind)) * int(down)


TRES = Tres()


TRES_MINUTES = Tres("TRES=minutes")


TRES_NAME = TresName()
