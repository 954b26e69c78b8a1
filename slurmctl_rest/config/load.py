"""Profiles as they hold: a table of a TOML file, and above it the environment.

Every key can come from a variable, which wins: `SLURMCTL_REST_REST_API__URL=...`. Without any file,
the environment alone makes a profile, and without either the executor is `cli` with the sacctmgr on
PATH. Nothing else reads configuration files or these variables, but for completion, which reads the
names of profiles.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource

from slurmctl_rest import reading
from slurmctl_rest.config.models import (
    CONTROL,
    PROFILE_TABLES,
    Profile,
    ProfileFile,
    RestApi,
    properties,
)
from slurmctl_rest.config.paths import ENV_PREFIX, MAX_PROFILE_FILE_BYTES, config_files
from slurmctl_rest.errors import ConfigError
from slurmctl_rest.model.fields import MAX_DIGITS, did_you_mean, suggestion
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable

ENV_OF_PROGRAM = ("CONFIG", "PROFILE", "DEBUG")
"""Variables of the program that are not keys of a profile."""

PREFIXES = {name: f"{ENV_PREFIX}{name.upper()}__" for name in PROFILE_TABLES}
"""Before the keys of a table in a profile."""

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of the file, each with its error where it is none.

    default  the one that is taken where no option names another; it may be none of them
    """

    file: Path | None
    default: str | None
    profiles: Mapping[str, Profile | ConfigError]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A table of the file; without any table the environment makes the profile."""

    name: str
    file: Path | None
    table: Mapping[str, Json]

    def load(self) -> Profile:
        """Return the profile; ConfigError names the first key that is wrong."""
        source = f"profile '{self.name}' in {self.file}" if self.name else "the environment"
        variables = self.environment()
        return validated(Profile, _merged(self.table, variables), source, variables)

    def environment(self) -> dict[str, Json]:
        """Return what variables say; not of rest_api where a table does not use it."""
        values = Variables()()
        mode = values.get("execution_mode", self.table.get("execution_mode", "cli"))
        if self.table and mode == "cli" and "rest_api" not in self.table:
            _refuse_wrong(values.pop("rest_api", {}))
        return values


class Variables(EnvSettingsSource):
    """The environment as pydantic-settings reads it: lists and tables are JSON."""

    def __init__(self) -> None:
        """Read the environment."""
        # No model is a BaseSettings, whose constructor takes `_env_file` and the like out of any
        # table that it is given. A source needs no more of the model than its fields.
        super().__init__(
            cast("type[BaseSettings]", Profile), env_prefix=ENV_PREFIX, env_nested_delimiter="__"
        )

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        """Return what JSON says; ConfigError names the variable."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError) as error:
            of = (
                PREFIXES[one]
                for one in PROFILE_TABLES
                if field_name in PROFILE_TABLES[one].model_fields
            )
            prefix = ENV_PREFIX if field_name in Profile.model_fields else next(of)
            wanted = "a table" if field_name in PROFILE_TABLES else "an array of strings"
            raise ConfigError(
                f"environment variable {prefix}{field_name.upper()}: write {wanted} as JSON"
            ) from error


def load_profile(name: str | None = None, file: Path | None = None) -> tuple[str, Profile]:
    """Return the profile's name and the profile; ConfigError names the key that is wrong.

    `name` and `file` are what --profile and --config said. The name is empty where no file was
    found: then the environment, or nothing at all, makes the profile.
    """
    chosen = choose_profile(name, file)
    return chosen.name, chosen.load()


def all_profiles(file: Path | None = None) -> Profiles:
    """Return every profile of the file; without any, the one that the environment makes."""
    _refuse_unknown_variables()
    path = _find_file(file)
    content = ProfileFile() if path is None else _read_file(path)
    found = [Chosen(name, path, table) for name, table in content.profiles.items()]
    loaded = {one.name: _tried(one) for one in found or [Chosen("", path, {})]}
    only = next(iter(loaded)) if len(loaded) == 1 else None
    return Profiles(path, _env("PROFILE") or content.default_profile or only, loaded)


def _tried(chosen: Chosen) -> Profile | ConfigError:
    try:
        return chosen.load()
    except ConfigError as error:
        return error


def choose_profile(name: str | None, file: Path | None) -> Chosen:
    """Return the table of the profile that the options, the environment or the file name."""
    _refuse_unknown_variables()
    path = _find_file(file)
    name = name or _env("PROFILE")
    if path is None:
        if name:
            raise ConfigError(f"profile '{name}': there is no profile file", _where_files_go())
        return Chosen("", None, {})
    content = _read_file(path)
    chosen = name or content.default_profile
    if chosen is None and len(content.profiles) == 1:
        chosen = next(iter(content.profiles))
    if chosen is None and not content.profiles:
        return Chosen("", path, {})
    if chosen is None:
        raise ConfigError(
            f"{path} has several profiles and no default_profile",
            f"--profile {'|'.join(content.profiles)}",
        )
    if chosen not in content.profiles:
        raise ConfigError(
            f"profile '{chosen}' is not in {path}",
            suggestion(chosen, list(content.profiles)),
        )
    return Chosen(chosen, path, content.profiles[chosen])


# --- the file -----------------------------------------------------------------------------------


def _find_file(file: Path | None) -> Path | None:
    named = file or (Path(os.environ[ENV_PREFIX + "CONFIG"]) if _env("CONFIG") else None)
    if named is not None:
        try:
            # Not is_file(): a profile may come through a pipe, <(...) of a shell.
            named.stat()
        except OSError as error:
            raise ConfigError(f"profile file {named}: {error.strerror}") from error
        return named
    return next((path for path in config_files() if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:  # a folder that we may not look into
        raise ConfigError(f"profile file {path}: {error.strerror}") from error


def _where_files_go() -> str:
    return "looked for: " + ", ".join(str(path) for path in config_files())


def _read_file(path: Path) -> ProfileFile:
    # The TOML source of pydantic-settings opens plain files only, and reads them without a bound; a
    # profile may come through a pipe.
    text = ""
    try:
        text = _text_of(path)
        document = tomllib.loads(text)
        wrong = _uncontrolled(document)
    except OSError as error:
        raise ConfigError(f"profile file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"profile file {path} is not TOML: {error}") from error
    except ValueError as error:
        raise ConfigError(f"profile file {path}: {_endless(text)}") from error
    if wrong is not None:
        raise ConfigError(f"profile file {path}: '{printable(wrong)}' contains a control character")
    return validated(ProfileFile, document, str(path))


def file_text(path: Path) -> str:
    """Return the text of a file of profiles; ConfigError where they could not be loaded."""
    _read_file(path)
    return _text_of(path)


MAX_KEY_CHARACTERS = 100


def _endless(text: str) -> str:
    """Return what is wrong with a number that Python does not read, by the key before it."""
    number = re.search(rf"(?<![\d_])[\d_]{{{MAX_DIGITS}}}", text)
    before = text[: number.start()].rpartition("=")[0] if number else ""
    name = before.rstrip().rpartition("\n")[2].strip(" \t{,")[-MAX_KEY_CHARACTERS:]
    return f"{printable(name)}: a number of more than {MAX_DIGITS} digits"


MAX_DOTS_IN_A_LINE = 200
"""Dots in a line: tables in tables without end would end Python itself."""


def _text_of(path: Path) -> str:
    """Return the text of a file, or of a pipe, of at most 1 MiB: devices may never end.

    An editor's byte-order mark is none of it.
    """
    content = reading.read_whole(path, MAX_PROFILE_FILE_BYTES, reading.is_file_or_pipe)
    if len(content) > MAX_PROFILE_FILE_BYTES:
        raise ConfigError(f"profile file {path} is larger than 1 MiB")
    text = content.decode("utf-8-sig")
    if any(line.count(".") > MAX_DOTS_IN_A_LINE for line in text.splitlines()):
        raise ConfigError(f"profile file {path} is not TOML: a key with too many parts")
    return text


def _uncontrolled(value: Json) -> str | None:
    """Return the first text in a document with a control character: no key has a use for one."""
    if isinstance(value, str):
        return value if CONTROL.search(value) else None
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    return next((wrong for one in inner if (wrong := _uncontrolled(one)) is not None), None)


# --- the environment ----------------------------------------------------------------------------


def _env(name: str) -> str | None:
    return os.environ.get(ENV_PREFIX + name) or None


def _refuse_unknown_variables() -> None:
    """Refuse SLURMCTL_REST_* variables that mean nothing: a typo there would be lost in silence."""
    known = [ENV_PREFIX + name for name in ENV_OF_PROGRAM]
    known += [ENV_PREFIX + name.upper() for name in Profile.model_fields]
    known += [
        PREFIXES[table] + name.upper()
        for table in PROFILE_TABLES
        for name in PROFILE_TABLES[table].model_fields
    ]
    for variable in os.environ:
        # In any case, as pydantic-settings reads them.
        if variable.upper().startswith(ENV_PREFIX) and variable.upper() not in known:
            raise ConfigError(
                f"environment variable {printable(variable)} is not a setting",
                did_you_mean(variable, known),
            )


def _refuse_wrong(api: Json) -> None:
    """Refuse values that are not used here: with another profile they would be."""
    if not isinstance(api, Mapping):
        return
    try:
        RestApi.model_validate({k: v for k, v in api.items() if k in RestApi.model_fields})
    except ValidationError as error:
        # That a key is missing, or does not go with another, is the other profile's business.
        for one in error.errors():
            if one["loc"] and one["type"] != "missing":
                text = printable(_complaint(RestApi, one), 0)
                raise ConfigError(f"the environment: rest_api.{text}") from error


def _merged(below: Mapping[str, Json], above: Mapping[str, Json]) -> dict[str, Json]:
    """Return one table of two: what stands above wins, key by key."""
    merged = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(below[name], Mapping) and isinstance(above[name], Mapping):
            merged[name] = _merged(below[name], above[name])
    return merged


# --- what is wrong with it ----------------------------------------------------------------------


def validated(
    model: type[ModelT],
    values: Mapping[str, Json],
    source: str,
    variables: Mapping[str, Json] | None = None,
) -> ModelT:
    """Return the model of a table; ConfigError names the first key that is wrong, and the nearest.

    `variables`: those of the values that the environment has; the variable is named then.

    A key that is none comes before all else: it may be why another one is missing.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = error.errors()
        first = next((one for one in wrong if one["type"] == "extra_forbidden"), wrong[0])
        *above, name = first["loc"] or [""]
        if first["type"] == "extra_forbidden":
            known = list(_model_at(model, above).model_fields)
            raise ConfigError(
                f"{source}: '{printable('.'.join(map(str, first['loc'])))}' is not a key",
                suggestion(str(name), known),
            ) from error
        if variables and (variable := _variable(variables, first["loc"])):
            source = f"environment variable {variable}"
        raise ConfigError(f"{source}: {printable(_complaint(model, first), 0)}") from error


def _variable(values: Mapping[str, Json], location: Iterable[Any]) -> str:
    """Return the variable that a value comes from; empty if it comes from elsewhere."""
    path: list[str] = []
    found: Json = values
    for part in takewhile(lambda one: isinstance(one, str), location):
        if not isinstance(found, Mapping):
            break
        if part not in found:
            return ""
        found = found[part]
        path.append(part.upper())
    # A table of which the file has a part is nobody's alone.
    return "" if not path or isinstance(found, Mapping) else ENV_PREFIX + "__".join(path)


def _complaint(model: type[BaseModel], error: Any) -> str:
    """Say in our words what pydantic has found wrong, and never which value it was."""
    path = list(takewhile(lambda part: isinstance(part, str), error["loc"]))
    key = ".".join(path)
    match error["type"]:
        case "missing":
            return f"{key} is missing"
        case "value_error":
            what = str(error["ctx"]["error"])
        case "model_type" | "dict_type":
            what = "write a table"
        case _:
            what = _to_write(properties(_model_at(model, path[:-1]))[path[-1]])
    return f"{key}: {what}" if key else what


def _model_at(model: type[BaseModel], above: list[Any]) -> type[BaseModel]:
    return PROFILE_TABLES[above[0]] if len(above) == 1 and above[0] in PROFILE_TABLES else model


def _to_write(schema: Json) -> str:
    """Say what a key takes, by its JSON Schema; the value is never shown."""
    kind = schema.get("anyOf", [schema])[0]  # the other one is null
    match kind["type"]:
        case "boolean":
            return "write true or false"
        case "integer":
            return f"write a whole number from {kind['minimum']} to {kind['maximum']}"
        case "number":
            return f"write a number above {kind['exclusiveMinimum']}, at most {kind['maximum']}"
        case "array":
            return 'write an array of strings, ["like", "this"]'
    return f"write {' or '.join(map(repr, kind['enum']))}" if "enum" in kind else "write a string"
