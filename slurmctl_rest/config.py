"""Profiles: which cluster, by which road. The only reader of configuration files and environment.

A profile is a table of a TOML file; every key can come from the environment instead, which wins:
`SLURMCTL_REST_REST_API__URL=...`. Without any file, the environment alone makes a profile, and
without either the executor is `cli` with the sacctmgr on PATH.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from slurmctl_rest import keys, reading
from slurmctl_rest.errors import ConfigError, UsageError
from slurmctl_rest.keys import Unknown, Wrong, as_json, key
from slurmctl_rest.model import times
from slurmctl_rest.model.fields import MOST_DIGITS, did_you_mean
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.text import masked, printable
from slurmctl_rest.model.versions import DEFAULT, ApiVersion
from slurmctl_rest.places import ENV_PREFIX, LARGEST_FILE, config_files

ENV_OF_PROGRAM = ("CONFIG", "PROFILE", "DEBUG")
"""Variables of the program that are not keys of a profile."""

REST_PREFIX = f"{ENV_PREFIX}REST_API__"
"""Before the keys of rest_api."""

AUTO = "auto"


TableT = TypeVar("TableT")


def _url(url: str) -> str:
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


def _api_version(text: str) -> str:
    try:
        return text if text == AUTO else str(ApiVersion.parse(text))
    except UsageError as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


def _fit_for_a_header(name: str) -> str:
    if not name or not name.isascii() or not name.isprintable() or " " in name:
        raise ValueError("write the name of a user")
    return name


def _no_token(name: str) -> str:
    # Who writes the token itself here would find it in messages.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("write the name of a variable, not what it holds")
    return name


def _at_home(file: Path) -> Path:
    try:
        return file.expanduser()
    except RuntimeError as error:
        raise ValueError("whose home `~` means here is not known: write the whole path") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    """How slurmrestd is reached."""

    url: str = key(keys.text(_url), "http://host:port, https://host:port or unix:///path/of/socket")
    api_version: str = key(
        keys.text(_api_version), "v0.0.N, or auto: the newest both know", str(DEFAULT)
    )
    username: str = key(keys.text(_fit_for_a_header), "the user that the token is for", "root")
    token_file: Path | None = key(
        keys.path(_at_home), "holds the token, bare or SLURM_JWT=...", None
    )
    token_command: tuple[str, ...] = key(
        keys.words(), 'prints the token, ["vault", "read", ...]; run without a shell', ()
    )
    jwt_key: Path | None = key(
        keys.path(_at_home),
        "the key that Slurm checks tokens with (HS256): tokens are made here",
        None,
    )
    token_lifespan: int = key(
        keys.whole(10, 86_400), "seconds that a token made with jwt_key is good for", 300
    )
    token_env: str = key(
        keys.text(_no_token),
        "variable that holds the token, where none of these is set",
        "SLURM_JWT",
    )
    verify_ssl: bool = key(keys.flag(), "check the server's certificate", True)
    ca_file: Path | None = key(keys.path(_at_home), "certificates to check it against", None)
    client_cert: Path | None = key(keys.path(_at_home), "our certificate, PEM", None)
    client_key: Path | None = key(keys.path(_at_home), "its key, PEM, without a password", None)
    allow_plaintext: bool = key(
        keys.flag(), "let the token travel unencrypted to another host over http", False
    )
    proxy_from_env: bool = key(
        keys.flag(), "go through the proxy that HTTPS_PROXY and NO_PROXY name", False
    )
    check_queries: bool = key(
        keys.flag(),
        "refuse answers if slurmrestd was not told of each parameter of the question",
        True,
    )
    timeout: float = key(
        keys.number(0, 3600), "seconds for a request, with its answer and its repeats", 30.0
    )
    connect_timeout: float = key(keys.number(0, 3600), "seconds of it to connect in", 5.0)

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        named = [name for name in TOKEN_SOURCES if getattr(self, name)]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)}: the token comes from one of them")
        scheme, host = self.url.partition("://")[0], urlsplit(self.url).hostname or ""
        if scheme == "http" and not is_loopback(host) and not self.allow_plaintext:
            raise ValueError(
                f"url {self.url} would send the token unencrypted to another host: use https:// or "
                "an ssh tunnel, or say allow_plaintext = true"
            )
        if self.client_key and not self.client_cert:
            raise ValueError("client_key is set, and client_cert is not")


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


def _whole_path(file: Path) -> Path:
    file = _at_home(file)
    if not file.is_absolute():  # or each folder would get one of its own
        raise ValueError("write the whole path, like /var/log/slurmctl-rest")
    return file


def _known_zone(name: str) -> str:
    try:
        times.zone(name)
    except UsageError as error:
        raise ValueError(error.message) from error
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One cluster and the road to it."""

    execution_mode: Literal["cli", "rest"] = key(keys.one_of("cli", "rest"), "the executor", "cli")
    cluster_name: str | None = key(
        keys.text(parse_name), "required for rest; cli asks sacctmgr", None
    )
    slurm_bin_path: Path | None = key(keys.path(), "folder of sacctmgr, sacct, scancel ...", None)
    command_prefix: tuple[str, ...] = key(keys.words(), 'put before each, ["ssh", "login1"]', ())
    time_zone: str | None = key(
        keys.text(_known_zone), "of the site, like Europe/Berlin; unset: that of this machine", None
    )
    max_answer_mb: int = key(
        keys.whole(1, 65_536), "MB that one answer, or what one command prints, may have", 512
    )
    audit_file: Path | None = key(
        keys.path(_whole_path), "where each write leaves a line of JSON; unset: nowhere", None
    )
    audit_log: Literal["syslog", "journald"] | None = key(
        keys.one_of("syslog", "journald"), "log that hears of each change, besides", None
    )
    lock_dir: Path | None = key(
        keys.path(_whole_path),
        "folder of the lock that writers on one machine take; unset: /run/lock or /tmp",
        None,
    )
    journal: bool = key(
        keys.flag(), "after a write, ask Slurm's transactions for other writers (sacctmgr)", True
    )
    second_look: bool | None = key(
        keys.flag(),
        "after a write of lists, look twice for other writers; unset: over REST without a journal",
        None,
    )
    rest_api: RestApi | None = key(keys.table(RestApi), "how slurmrestd is reached; for rest", None)

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        if self.execution_mode == "rest":
            for name in ("rest_api", "cluster_name"):
                if getattr(self, name) is None:
                    raise ValueError(f"{name} is required where execution_mode is 'rest'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A profile file."""

    default_profile: str | None = key(
        keys.text(), "the one that is taken where none is named", None
    )
    profiles: Mapping[str, Mapping[str, Json]] = key(keys.tables(), "by their names")


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
    table: Mapping[str, Json]

    def load(self) -> Profile:
        source = f"profile '{self.name}' in {self.file}" if self.name else "the environment"
        return _read(Profile, _merged(self.table, _environment(self.table)), source)


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
    environment = _environment(chosen.table)
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
    settings = Settings(profiles={}) if path is None else _read_file(path)
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
    values: Any, above: tuple[str, ...], chosen: _Chosen, environment: Mapping[str, Json]
) -> Iterator[Setting]:
    """Yield the keys of a table; those of a table in it are dotted."""
    for one in keys.of(type(values)).values():
        path_ = (*above, one.name)
        value = getattr(values, one.name)
        if one.companions.table is not None and value is not None:
            yield from _settings_of(value, path_, chosen, environment)
        else:
            source = DEFAULT_SOURCE
            if _holds(environment, path_):
                source = f"${_variable(path_)}"
            elif _holds(chosen.table, path_):
                source = str(chosen.file)
            yield Setting(".".join(path_), _masked(as_json(value)), source)


def _holds(table: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(table, Mapping) or name not in table:
            return False
        table = table[name]
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
        raise ConfigError(f"profile file {path}: '{printable(wrong)}' holds a control character")
    return _read(Settings, {"profiles": {}, **document}, str(path))


def _endless(text: str) -> str:
    """Return what is wrong with a number that Python does not read, by the key before it."""
    number = re.search(rf"(?<![\d_])[\d_]{{{MOST_DIGITS}}}", text)
    before = text[: number.start()].rpartition("=")[0] if number else ""
    name = before.rstrip().rpartition("\n")[2].strip(" \t{,")[-MOST_NAME:]
    return f"{printable(name)}: a number of more than {MOST_DIGITS} digits"


MOST_NAME = 100
DEEPEST = 200
"""Dots in a line: tables in tables without end would end Python itself."""


def _text_of(path: Path) -> str:
    """Return the text of a file, or of a pipe, of at most 1 MiB: devices may never end.

    An editor's byte-order mark is none of it.
    """
    content = reading.read_whole(path, LARGEST_FILE, reading.is_file_or_pipe)
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


def _merged(below: Json, above: Json) -> Json:
    """Return one table of two: what stands above wins, key by key."""
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    both = {name: _merged(below[name], above[name]) for name in below if name in above}
    return {**below, **above, **both}


def _environment(table: Mapping[str, Json]) -> dict[str, Json]:
    """Return what variables say; not of rest_api where a table of the file does not use it."""
    texts = {name.upper(): text for name, text in os.environ.items()}
    values = _of_variables(Profile, ENV_PREFIX, texts)
    inner = _of_variables(RestApi, REST_PREFIX, texts)
    if inner:
        values["rest_api"] = _merged(values.get("rest_api", {}), inner)
    mode = values.get("execution_mode", table.get("execution_mode", "cli"))
    if table and mode == "cli" and "rest_api" not in table:
        _refuse_wrong(values.pop("rest_api", {}))
    return values


def _refuse_wrong(api: Json) -> None:
    """Refuse values that are not used here: with another profile they would be."""
    known = keys.of(RestApi)
    for name, value in api.items() if isinstance(api, Mapping) else ():
        try:
            if name in known:
                known[name].read(value)
        except Wrong as wrong:
            raise ConfigError(f"the environment's rest_api.{wrong}") from wrong


def _of_variables(table: type[Any], prefix: str, texts: Mapping[str, str]) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for one in keys.of(table).values():
        variable = prefix + one.name.upper()
        if variable not in texts:
            continue
        try:
            values[one.name] = (
                json.loads(texts[variable]) if one.companions.is_json else texts[variable]
            )
        except (ValueError, RecursionError) as error:
            wanted = "a table" if one.companions.table else "an array of strings"
            raise ConfigError(f"the environment's {variable}: write {wanted} as JSON") from error
    return values


def _read(kind: type[TableT], values: Json, source: str) -> TableT:
    """Return a table; ConfigError says the first thing that is wrong with it, by the key's name."""
    try:
        return keys.read(kind, values)
    except Unknown as error:
        hint = did_you_mean(error.path[-1], error.known) or f"known: {', '.join(error.known)}"
        name = printable(".".join(error.path))
        raise ConfigError(f"{source}: '{name}'{error.reason}", hint) from error
    except Wrong as error:
        raise ConfigError(f"{source}: {printable(str(error), 0)}") from error


def _refuse_unknown_variables() -> None:
    """Refuse SLURMCTL_REST_* variables that mean nothing: a typo there would be lost in silence."""
    known = [ENV_PREFIX + name for name in ENV_OF_PROGRAM]
    known += [ENV_PREFIX + name.upper() for name in keys.of(Profile)]
    known += [REST_PREFIX + name.upper() for name in keys.of(RestApi)]
    for variable in os.environ:
        if variable.upper().startswith(ENV_PREFIX) and variable.upper() not in known:
            raise ConfigError(
                f"the environment's {printable(variable)} is no setting",
                did_you_mean(variable, known),
            )
