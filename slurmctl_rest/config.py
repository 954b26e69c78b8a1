"""Profiles: which cluster, by which road. The only reader of configuration files and environment.

A profile is a table of a TOML file; every key can come from the environment instead, which wins:
`SLURMCTL_REST_REST_API__URL=...`. Without any file, the environment alone makes a profile, and
without either the executor is `cli` with the sacctmgr on PATH.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from slurmctl_rest.errors import ConfigError, UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.fields import did_you_mean
from slurmctl_rest.model.kinds import Json, masked, parse_name, printable
from slurmctl_rest.model.versions import DEFAULT, ApiVersion
from slurmctl_rest.places import ENV_PREFIX, config_files

ENV_OF_PROGRAM = ("CONFIG", "PROFILE", "DEBUG")
"""Variables of the program that are not keys of a profile."""

AUTO = "auto"


class RestApi(BaseModel):
    """How slurmrestd is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="http://host:port, https://host:port or unix:///path/of/socket")
    api_version: str = Field(str(DEFAULT), description="v0.0.N, or auto: the newest both know")
    username: str = Field("root", description="the user that the token is for")
    token_file: Path | None = Field(None, description="holds the token, bare or SLURM_JWT=...")
    token_command: tuple[str, ...] = Field(
        (), description='prints the token, ["vault", "read", ...]; run without a shell'
    )
    jwt_key: Path | None = Field(
        None, description="the key that Slurm checks tokens with (HS256): tokens are made here"
    )
    token_lifespan: int = Field(
        300, ge=10, le=86_400, description="seconds that a token made with jwt_key is good for"
    )
    token_env: str = Field(
        "SLURM_JWT", description="variable that holds the token, where none of these is set"
    )
    verify_ssl: bool = Field(True, description="check the server's certificate")
    ca_file: Path | None = Field(None, description="certificates to check it against")
    client_cert: Path | None = Field(None, description="our certificate, PEM")
    client_key: Path | None = Field(None, description="its key, PEM, without a password")
    allow_plaintext: bool = Field(
        False, description="let the token travel unencrypted to another host over http"
    )
    proxy_from_env: bool = Field(
        False, description="go through the proxy that HTTPS_PROXY and NO_PROXY name"
    )
    timeout: float = Field(
        30.0, gt=0, le=3600, description="seconds for a request, with its answer and its repeats"
    )
    connect_timeout: float = Field(5.0, gt=0, le=3600, description="seconds of it to connect in")

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in {"http", "https", "unix"} or not rest.strip("/"):
            raise ValueError("write http://host:port, https://host:port or unix:///path")
        if scheme == "unix" and not rest.startswith("/"):
            raise ValueError("a unix socket needs its whole path: unix:///run/slurmrestd.sock")
        if scheme != "unix":
            parts = urlsplit(url)
            if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
                raise ValueError("only host and port: paths are this program's own")
            if not parts.hostname or parts.port == 0:  # .port raises ValueError for what is none
                raise ValueError("write http://host:port")
        return url.rstrip("/")

    @field_validator("username")
    @classmethod
    def _fit_for_a_header(cls, name: str) -> str:
        if not name or not name.isascii() or not name.isprintable() or " " in name:
            raise ValueError("write the name of a user")
        return name

    @field_validator("token_env")
    @classmethod
    def _no_token(cls, name: str) -> str:
        # Who writes the token itself here would find it in messages.
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("write the name of a variable, not what it holds")
        return name

    @field_validator("token_file", "jwt_key", "ca_file", "client_cert", "client_key")
    @classmethod
    def _at_home(cls, file: Path | None) -> Path | None:
        return _expanded(file)

    @field_validator("api_version")
    @classmethod
    def _readable_version(cls, text: str) -> str:
        try:
            return text if text == AUTO else str(ApiVersion.parse(text))
        except UsageError as error:
            raise ValueError(f"{error.message}; {error.hint}") from error

    @model_validator(mode="after")
    def _one_source(self) -> RestApi:
        named = [key for key in TOKEN_SOURCES if getattr(self, key)]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)}: the token comes from one of them")
        return self

    @model_validator(mode="after")
    def _safe_from_listeners(self) -> RestApi:
        scheme, host = self.url.partition("://")[0], urlsplit(self.url).hostname or ""
        if scheme == "http" and not is_loopback(host) and not self.allow_plaintext:
            raise ValueError(
                f"url {self.url} would send the token unencrypted to another host: use https:// or "
                "an ssh tunnel, or say allow_plaintext = true"
            )
        if self.client_key and not self.client_cert:
            raise ValueError("client_key is set, and client_cert is not")
        return self


TOKEN_SOURCES = ("token_file", "token_command", "jwt_key")
"""Keys of which one may be set; without any, token_env names the variable."""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that nobody on a network can listen."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Environment(PydanticBaseSettingsSource):
    """The environment, without rest_api where a profile of the file has the executor cli."""

    def __init__(
        self,
        settings: type[BaseSettings],
        environment: PydanticBaseSettingsSource,
        file: PydanticBaseSettingsSource,
    ) -> None:
        super().__init__(settings)
        self.environment, self.file = environment, file

    def __call__(self) -> dict[str, Any]:
        values, table = self.environment(), self.file()
        mode = values.get("execution_mode", table.get("execution_mode", "cli"))
        unused = table and mode == "cli" and "rest_api" not in table
        return {key: value for key, value in values.items() if not (unused and key == "rest_api")}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self.environment.get_field_value(field, field_name)


class Profile(BaseSettings):
    """One cluster and the road to it."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    execution_mode: Literal["cli", "rest"] = Field("cli", description="the executor")
    cluster_name: str | None = Field(None, description="required for rest; cli asks sacctmgr")
    slurm_bin_path: Path | None = Field(None, description="folder of sacctmgr, sacct, scancel ...")
    command_prefix: tuple[str, ...] = Field((), description='put before each, ["ssh", "login1"]')
    time_zone: str | None = Field(
        None, description="of the site, like Europe/Berlin; unset: that of this machine"
    )
    max_answer_mb: int = Field(
        512, ge=1, le=65_536, description="MB that one answer, or what one command prints, may have"
    )
    audit_file: Path | None = Field(
        None, description="where each write leaves a line of JSON; unset: nowhere"
    )
    audit_log: Literal["syslog", "journald"] | None = Field(
        None, description="log that hears of each change, besides"
    )
    rest_api: RestApi | None = Field(None, description="how slurmrestd is reached; for rest")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, whose table comes as keyword arguments."""
        del dotenv_settings, file_secret_settings
        return _Environment(settings_cls, env_settings, init_settings), init_settings

    @field_validator("cluster_name")
    @classmethod
    def _lower_name(cls, name: str | None) -> str | None:
        return None if name is None else parse_name(name)

    @field_validator("audit_file")
    @classmethod
    def _whole_path(cls, file: Path | None) -> Path | None:
        file = _expanded(file)
        if file is not None and not file.is_absolute():  # or each folder would get one of its own
            raise ValueError("write the whole path, like /var/log/slurmctl-rest/audit.jsonl")
        return file

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            times.zone(name)
        except UsageError as error:
            raise ValueError(error.message) from error
        return name

    @model_validator(mode="after")
    def _complete_for_rest(self) -> Profile:
        if self.execution_mode == "rest":
            for key in ("rest_api", "cluster_name"):
                if getattr(self, key) is None:
                    raise ValueError(f"{key} is required where execution_mode is 'rest'")
        return self


class Settings(BaseModel):
    """A profile file."""

    model_config = ConfigDict(extra="forbid")

    default_profile: str | None = None
    profiles: dict[str, dict[str, Any]] = Field(default_factory=dict)


def _expanded(file: Path | None) -> Path | None:
    try:
        return file if file is None else file.expanduser()
    except RuntimeError as error:
        raise ValueError("whose home `~` means here is not known: write the whole path") from error


DEFAULT_SOURCE = "default"


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
    """A profile, and where each of its values comes from; `mode`: who may do what with the file."""

    name: str
    profile: Profile
    file: Path | None
    mode: int | None
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of the file, each with its error where it is none.

    default  the one that is taken where no option names another; it may be none of them
    """

    file: Path | None
    default: str | None
    profiles: Mapping[str, Profile | ConfigError]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A table of the file; without any table the environment makes the profile."""

    name: str
    file: Path | None
    table: Mapping[str, Any]

    def load(self) -> Profile:
        source = f"profile '{self.name}' in {self.file}" if self.name else "the environment"
        return _profile(self.table, source)


def load_profile(name: str | None = None, file: Path | None = None) -> tuple[str, Profile]:
    """Return the profile's name and the profile; ConfigError names the key that is wrong.

    `name` and `file` are what --profile and --config said. The name is empty where no file was
    found: then the environment, or nothing at all, makes the profile.
    """
    chosen = _choose(name, file)
    return chosen.name, chosen.load()


def explain(name: str | None = None, file: Path | None = None) -> Explanation:
    """Return the profile with the source of each value; what looks like a token is masked."""
    chosen = _choose(name, file)
    profile = chosen.load()
    table = InitSettingsSource(Profile, dict(chosen.table))
    environment = _Environment(Profile, EnvSettingsSource(Profile), table)()
    return Explanation(
        chosen.name,
        profile,
        chosen.file,
        None if chosen.file is None else chosen.file.stat().st_mode & 0o777,
        tuple(_settings_of(profile, (), chosen, environment)),
    )


def all_profiles(file: Path | None = None) -> Profiles:
    """Return every profile of the file; without any, the one that the environment makes."""
    _refuse_unknown_variables()
    path = _find_file(file)
    settings = Settings() if path is None else _read_file(path)
    found = [_Chosen(name, path, table) for name, table in settings.profiles.items()]
    loaded = {one.name: _tried(one) for one in found or [_Chosen("", path, {})]}
    only = next(iter(loaded)) if len(loaded) == 1 else None
    return Profiles(path, _env("PROFILE") or settings.default_profile or only, loaded)


def _tried(chosen: _Chosen) -> Profile | ConfigError:
    try:
        return chosen.load()
    except ConfigError as error:
        return error


def _choose(name: str | None, file: Path | None) -> _Chosen:
    _refuse_unknown_variables()
    path = _find_file(file)
    name = name or _env("PROFILE")
    if path is None:
        if name:
            raise ConfigError(f"profile '{name}': there is no profile file", _where_files_go())
        return _Chosen("", None, {})
    settings = _read_file(path)
    chosen = name or settings.default_profile
    if chosen is None and len(settings.profiles) == 1:
        chosen = next(iter(settings.profiles))
    if chosen is None and not settings.profiles:
        return _Chosen("", path, {})
    if chosen is None:
        raise ConfigError(
            f"{path} holds several profiles and no default_profile",
            f"--profile {'|'.join(settings.profiles)}",
        )
    if chosen not in settings.profiles:
        raise ConfigError(
            f"profile '{chosen}' is not in {path}",
            did_you_mean(chosen, list(settings.profiles))
            or f"there: {', '.join(settings.profiles)}",
        )
    return _Chosen(chosen, path, settings.profiles[chosen])


def _settings_of(
    model: BaseModel, above: tuple[str, ...], chosen: _Chosen, environment: Mapping[str, Any]
) -> Iterator[Setting]:
    """Yield the keys of a model; those of a table in it are dotted."""
    values = model.model_dump(mode="json")
    for key in type(model).model_fields:
        path = (*above, key)
        value = getattr(model, key)
        if isinstance(value, BaseModel):
            yield from _settings_of(value, path, chosen, environment)
        else:
            source = DEFAULT_SOURCE
            if _holds(environment, path):
                source = f"${_variable(path)}"
            elif _holds(chosen.table, path):
                source = str(chosen.file)
            yield Setting(".".join(path), _masked(values[key]), source)


def _holds(table: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True


def _variable(path: tuple[str, ...]) -> str:
    """Return the variable that a key of the environment comes from: its own, or its table's."""
    present = {variable.upper() for variable in os.environ}
    names = (ENV_PREFIX + "__".join(path[:end]).upper() for end in range(len(path), 0, -1))
    return next(name for name in names if name in present)


def _masked(value: Json) -> Json:
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return masked(value) if isinstance(value, str) else value


def _find_file(file: Path | None) -> Path | None:
    named = file or (Path(os.environ[ENV_PREFIX + "CONFIG"]) if _env("CONFIG") else None)
    if named is not None:
        try:
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


def _env(name: str) -> str | None:
    return os.environ.get(ENV_PREFIX + name) or None


def _where_files_go() -> str:
    return "looked for: " + ", ".join(str(path) for path in config_files())


def _read_file(path: Path) -> Settings:
    try:
        document = tomllib.loads(_text_of(path))
        wrong = _uncontrolled(document)
    except OSError as error:
        raise ConfigError(f"profile file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"profile file {path} is not TOML: {error}") from error
    if wrong is not None:
        raise ConfigError(f"profile file {path}: '{printable(wrong)}' holds a control character")
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        raise _config_error(error, str(path), Settings) from error


LARGEST_FILE = 2**20
DEEPEST = 200
"""Dots in a line: tables in tables without end would end Python itself."""


def _text_of(path: Path) -> str:
    """Return the text of a plain file of at most 1 MiB: others may never end, or keep us waiting.

    An editor's byte-order mark is none of it.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ConfigError(f"profile file {path} is no plain file")
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"profile file {path} is larger than 1 MiB")
    text = content.decode("utf-8-sig")
    if any(line.count(".") > DEEPEST for line in text.splitlines()):
        raise ConfigError(f"profile file {path} is not TOML: a key of too many parts")
    return text


def _uncontrolled(value: Json) -> str | None:
    """Return the first text in a document with a control character: no key has a use for one."""
    if isinstance(value, str):
        return value if any(ord(c) < 32 or ord(c) == 127 for c in value) else None
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    return next((wrong for one in inner if (wrong := _uncontrolled(one)) is not None), None)


def _profile(table: Mapping[str, Any], source: str) -> Profile:
    for key in table:
        if key.startswith("_"):  # pydantic-settings would take these for its own arguments
            raise ConfigError(f"{source}: '{printable(key)}' is no key")
    try:
        return Profile(**table)
    except ValidationError as error:
        raise _config_error(error, source, Profile) from error
    except ValueError as error:  # pydantic-settings: a variable that should be JSON is not
        raise ConfigError(f"{source}: {error}") from error
    except TypeError as error:
        raise ConfigError(f"{source}: a key is no word ({error})") from error


def _config_error(error: ValidationError, source: str, model: type[BaseModel]) -> ConfigError:
    """Say the first thing that is wrong, by the key's name; never its value, it may be a token."""
    errors = error.errors(include_url=False, include_input=False)
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        word = str(first["loc"][-1])
        known = RestApi if first["loc"][0] == "rest_api" else model
        return ConfigError(
            f"{source}: '{printable(key)}' is no key",
            did_you_mean(word, list(known.model_fields))
            or f"known: {', '.join(known.model_fields)}",
        )
    if first["type"] == "missing":
        return ConfigError(f"{source}: {key} is missing")
    reason = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"{source}: {printable(key)}: {reason}" if key else f"{source}: {reason}")


def _refuse_unknown_variables() -> None:
    """Refuse SLURMCTL_REST_* variables that mean nothing: a typo there would be lost in silence."""
    known = [ENV_PREFIX + name for name in ENV_OF_PROGRAM]
    known += [ENV_PREFIX + key.upper() for key in Profile.model_fields]
    known += [f"{ENV_PREFIX}REST_API__{key.upper()}" for key in RestApi.model_fields]
    for variable in os.environ:
        if variable.upper().startswith(ENV_PREFIX) and variable.upper() not in known:
            raise ConfigError(
                f"the environment's {printable(variable)} is no setting",
                did_you_mean(variable, known),
            )
