"""The origin of each value of a profile: `profile show`, and doctor."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from slurmctl_rest.config.load import Chosen, choose_profile
from slurmctl_rest.config.models import Profile
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.model.entities.profile import DEFAULT_SOURCE
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import masked


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a profile as it holds: its value as JSON, and where it comes from.

    source  path of the file, the variable ($SLURMCTL_REST_...), or DEFAULT_SOURCE
    """

    key: str
    value: Json
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A profile, and the origin of each of its values; `mode`: that of the file."""

    name: str
    profile: Profile
    file: Path | None
    mode: int | None
    settings: tuple[Setting, ...]


def explain_profile(name: str | None = None, file: Path | None = None) -> Explanation:
    """Return the profile with the source of each value; what looks like a token is masked."""
    chosen = choose_profile(name, file)
    profile = chosen.load()
    return Explanation(
        chosen.name,
        profile,
        chosen.file,
        None if chosen.file is None else chosen.file.stat().st_mode & 0o777,
        tuple(_settings_of(profile, (), chosen, chosen.environment())),
    )


def _settings_of(
    table: BaseModel, above: tuple[str, ...], chosen: Chosen, environment: Mapping[str, Json]
) -> Iterator[Setting]:
    """Yield the keys of a table; those of a table in it are dotted."""
    for name, value in table.model_dump(mode="json").items():
        path = (*above, name)
        inner = getattr(table, name)
        if isinstance(inner, BaseModel):
            yield from _settings_of(inner, path, chosen, environment)
        else:
            source = DEFAULT_SOURCE
            if _holds(environment, path):
                source = f"${_variable(path)}"
            elif _holds(chosen.table, path):
                source = str(chosen.file)
            yield Setting(".".join(path), _masked(value), source)


def _holds(table: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(table, Mapping) or name not in table:
            return False
        table = table[name]
    return True


def _variable(path: tuple[str, ...]) -> str:
    """Return the variable that a key of the environment comes from: its own, or its table's."""
    # pydantic-settings reads variables in any case.
    present = {variable.upper() for variable in os.environ}
    names = (ENV_PREFIX + "__".join(path[:end]).upper() for end in range(len(path), 0, -1))
    return next(name for name in names if name in present)


def _masked(value: Json) -> Json:
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return masked(value) if isinstance(value, str) else value
