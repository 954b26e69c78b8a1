"""The base of all kinds of values, and how they read JSON.

A kind knows one value in all its spellings:

    sacctmgr's text  --parse-->  value  --dump-->  slurmrestd's JSON
    sacctmgr's text  <--text--   value  <--load--  slurmrestd's JSON

and what `=`, `+=` and `-=` make of a current value (`merge`), and which operators and texts lead
sacctmgr from one value to another (`to_assignments`). Unset is None everywhere. The tri-state
numbers of slurmrestd ({set, infinite, number}) do not leave this package.

Codecs raise ValueError with a sentence; the field that owns the value adds its name. `load` raises
it for what is not of the kind's shape: read as unset, a limit would be lost with the next write.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from json import dumps
from typing import Any, TypeAlias

from slurmctl_rest.model.text import printable

Value: TypeAlias = int | float | str | tuple[str, ...] | Mapping[str, int | None] | None
"""The value of a field. A TRES mapping holds None only inside an assignment, where it clears."""


Json: TypeAlias = Any
"""Decoded JSON of slurmrestd; nothing is known of it before a kind has loaded it."""


# Bounds that the database and both executors can store. Larger values that another client stored
# are still read, but a row that slurmrestd could not send back whole is not written over REST.
MAX_COUNT = 2**31 - 1  # slurmdbd's columns are signed: more is not stored at all


NO_VAL = 2**32 - 2  # Slurm's word for none, in plain numbers


MAX_MINUTES = 35_791_393  # sacctmgr reads seconds in 31 bits: more is another limit


MAX_TEXT_BYTES = 65_535  # bytes: slurmdbd's columns cut more


CLEARING = frozenset({"-1", "infinite", "unlimited"})


TRES_RULE = r"[A-Za-z][\w./:@-]*"


class Operator(StrEnum):
    """The effect of an assignment on the current value."""

    SET = "="
    ADD = "+="
    REMOVE = "-="


class Kind(ABC):
    """A kind of value. Subclasses state the codecs; see the module's docstring."""

    acts: frozenset[Operator] = frozenset({Operator.SET})
    clear_text = "-1"
    is_ordered = False
    """Whether values are numbers, or times: one may be above another."""

    def __init__(self, schema: Json, unit: str = "") -> None:
        """`schema` is the JSON Schema of the value in our own output; `unit` is for help."""
        self.schema = schema
        self.unit = unit

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words that a value may be, where Slurm or this program defines them."""
        return ()

    @abstractmethod
    def parse(self, text: str) -> Value:
        """Read what a user wrote, and refuse what Slurm could not hold; None clears."""

    @abstractmethod
    def load(self, json: Json) -> Value:
        """Read what slurmrestd wrote; None is a record without, like that of a new object."""

    def read(self, text: str) -> Value:
        """Read what sacctmgr printed; empty is unset. What Slurm holds is never refused."""
        return self.parse(text) if text else self.load(None)

    def text(self, value: Value) -> str:
        """Write as sacctmgr prints it; unset is empty."""
        return "" if value is None else str(value)

    def dump(self, value: Value) -> Json:
        """Write as slurmrestd takes it in a POST that sets the value; None clears."""
        return value

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Return what `operator value` makes of `current`."""
        del current, operator
        return value

    def to_argument(self, value: Value) -> str:
        """Write as sacctmgr is told, where that is not what it prints."""
        return self.text(value)

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Return sacctmgr's operators with their values that lead from before to after."""
        del before
        return [f"={self.clear_text if after is None else self.to_argument(after)}"]


def as_text(json: Json) -> str:
    """Return the JSON, where it is a string; raise ValueError otherwise."""
    if not isinstance(json, str):
        raise ValueError(f"{_shown(json)} is not a string")  # noqa: TRY004 (the codecs' one error)
    return json


def as_list(json: Json) -> list[Json]:
    """Return the JSON, where it is a list; none at all is empty. Raise ValueError otherwise."""
    if json is None:
        return []
    if not isinstance(json, list):
        raise ValueError(f"{_shown(json)} is not a list")  # noqa: TRY004
    return json


def truth(json: Json) -> bool:
    """Return the JSON, where it is true or false; raise ValueError otherwise."""
    if not isinstance(json, bool):
        raise ValueError(f"{_shown(json)} is neither true nor false")  # noqa: TRY004
    return json


def whole_number(json: Json) -> int:
    """Return the JSON, where it is an integer of at most 64 bits."""
    # type(): True is an int to isinstance().
    if type(json) is not int or not -(2**63) <= json < 2**64:
        raise ValueError(f"{_shown(json)} is not a whole number")
    return json


def tri_state(json: Json, kind: type[int] | type[float] = int) -> Any:
    """Return the number of {set, infinite, number}; None where it is not set, or infinite."""
    match json:
        case {"set": bool(is_set), "infinite": bool(infinite), "number": int() | float() as number}:
            # Where fractions are allowed, one that is written
            # without a point is a whole number all the same.
            if kind is int or type(number) is not float:
                whole_number(number)
            return number if is_set and not infinite else None
    raise ValueError(f"{_shown(json)} is not {{set, infinite, number}}")


def _shown(json: Json) -> str:
    return printable(dumps(json))
