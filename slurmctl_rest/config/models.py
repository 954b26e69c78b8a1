"""The keys of a profile. From these models come the checks, the messages and the manual.

A validator raises ValueError with what to write instead, and never with the value: that may be a
token in the wrong place.
"""

# Annotations are not postponed here: pydantic would compile each of them anew at every start.
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.text import listed
from slurmctl_rest.model.versions import DEFAULT, ApiVersion

AUTO = "auto"

TOKEN_SOURCES = ("token_file", "token_command", "jwt_key")
"""Keys of which one may be set; without any, token_env names the variable."""

PROTECTED_NOUNS = ("account", "user", "qos", "cluster")
"""Nouns that a pattern of `protected` may begin with."""

T = TypeVar("T")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that nobody on a network can listen."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# --- what keys take -----------------------------------------------------------------------------


def _utf8(text: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("the text is not UTF-8")
    return text


def _no_flag(value: T) -> T:
    if isinstance(value, bool):  # to Python, and to pydantic, True is 1
        raise PydanticKnownError("float_type")
    return value


def _url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"http", "https", "unix"} or not rest.strip("/"):
        raise ValueError("write http://host:port, https://host:port or unix:///path")
    if scheme == "unix" and not rest.startswith("/"):
        raise ValueError("write the whole path of the socket, like unix:///run/slurmrestd.sock")
    if scheme != "unix":
        parts = urlsplit(url)
        # A name and a password in a URL would show in every message that names slurmrestd.
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("write only host and port, without a path")
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
    # A token that somebody writes here would show in messages.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("write the name of a variable, not its value")
    return name


def _protected(pattern: str) -> str:
    noun, separator, glob = pattern.rpartition(":")
    if not glob or (separator and noun not in PROTECTED_NOUNS):
        raise ValueError(f"write a pattern, or one after {listed(PROTECTED_NOUNS)} and a colon")
    return pattern


def _known_zone(name: str) -> str:
    try:
        times.zone(name)
    except UsageError as error:
        raise ValueError(error.message) from error
    return name


def _at_home(file: Path) -> Path:
    try:
        return file.expanduser()
    except RuntimeError as error:
        raise ValueError("the home folder of `~` is not known: write the whole path") from error


def _whole_path(file: Path) -> Path:
    file = _at_home(file)
    if not file.is_absolute():  # or each folder would get one of its own
        raise ValueError("write the whole path, like /var/log/slurmctl-rest")
    return file


Utf8Text = Annotated[str, AfterValidator(_utf8)]
HomePath = Annotated[Path, AfterValidator(_at_home)]
WholePath = Annotated[Path, AfterValidator(_whole_path)]
TimeoutSeconds = Annotated[float, Field(gt=0, le=3600), BeforeValidator(_no_flag)]

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class StrictTable(BaseModel):
    """A table of keys; others are refused."""

    # A ValidationError would print the value, also in a traceback.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*")
    @classmethod
    def _is_clean(cls, value: T) -> T:
        """Refuse control characters: no system call takes NUL, and no key any."""
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str | Path) and CONTROL.search(_utf8(str(text))):
                raise ValueError("the text contains a control character")
        return value


# --- the tables ---------------------------------------------------------------------------------


class RestApi(StrictTable):
    """How slurmrestd is reached."""

    url: Annotated[Utf8Text, AfterValidator(_url)] = Field(
        description="address: http://host:port, https://host:port or unix:///path/of/socket"
    )
    api_version: Annotated[Utf8Text, AfterValidator(_api_version)] = Field(
        default=str(DEFAULT),
        description="API version v0.0.N, or auto: the newest that both sides know",
    )
    username: Annotated[Utf8Text, AfterValidator(_fit_for_a_header)] = Field(
        default="root", description="user that the token is for"
    )
    token_file: HomePath | None = Field(
        default=None, description="file of the token, bare or as SLURM_JWT=..."
    )
    token_command: tuple[str, ...] = Field(
        default=(),
        description='command that prints the token, ["vault", "read", ...]; run without a shell',
    )
    jwt_key: HomePath | None = Field(
        default=None,
        description="file of Slurm's key for tokens (HS256): tokens are made with it",
    )
    token_lifespan: Annotated[int, Field(ge=10, le=86_400), BeforeValidator(_no_flag)] = Field(
        default=300, description="lifetime in seconds of tokens made with jwt_key"
    )
    token_env: Annotated[Utf8Text, AfterValidator(_no_token)] = Field(
        default="SLURM_JWT",
        description="variable that holds the token, if none of these keys is set",
    )
    verify_ssl: bool = Field(default=True, description="verify the certificate of slurmrestd")
    ca_file: HomePath | None = Field(
        default=None, description="file of the certificates to verify it with"
    )
    client_cert: HomePath | None = Field(
        default=None, description="file of the client certificate, PEM"
    )
    client_key: HomePath | None = Field(
        default=None, description="file of its key, PEM, without a password"
    )
    allow_plaintext: bool = Field(
        default=False, description="allow http to another host, which sends the token unencrypted"
    )
    proxy_from_env: bool = Field(
        default=False, description="use the proxy that HTTPS_PROXY and NO_PROXY name"
    )
    check_queries: bool = Field(
        default=True,
        description="refuse answers if a parameter of the request did not reach slurmrestd",
    )
    timeout: TimeoutSeconds = Field(
        default=30.0, description="seconds for a request, its answer and its retries"
    )
    connect_timeout: TimeoutSeconds = Field(default=5.0, description="seconds of these to connect")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        named = [name for name in TOKEN_SOURCES if getattr(self, name)]
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)}: set only one of them")
        scheme, host = self.url.partition("://")[0], urlsplit(self.url).hostname or ""
        if scheme == "http" and not is_loopback(host) and not self.allow_plaintext:
            raise ValueError(
                f"url {self.url} would send the token unencrypted to another host: use https:// or "
                "an ssh tunnel, or set allow_plaintext = true"
            )
        if self.client_key and not self.client_cert:
            raise ValueError("client_key is set, but client_cert is not")
        return self


class Guard(StrictTable):
    """How far one command may go without a plan that somebody has approved."""

    max_changes: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_no_flag)] | None = (
        Field(default=None, description="objects that one command may add, modify or delete")
    )
    max_deletes: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_no_flag)] | None = (
        Field(default=None, description="objects of these that one command may delete")
    )
    max_raise: Annotated[float, Field(gt=0, le=1_000_000), BeforeValidator(_no_flag)] | None = (
        Field(
            default=None,
            description="factor by which one command may raise a limit; to clear one is beyond any",
        )
    )
    protected: tuple[Annotated[Utf8Text, AfterValidator(_protected)], ...] = Field(
        default=(),
        description="patterns of accounts, users and QOS that stay as they are, like root, staff* "
        "or qos:normal",
    )
    require_approval: bool = Field(
        default=False, description="carry out nothing but plans that --approve names"
    )


class Profile(StrictTable):
    """One cluster and the executor that reaches it."""

    execution_mode: Literal["cli", "rest"] = Field(default="cli", description="executor")
    cluster_name: Annotated[Utf8Text, AfterValidator(parse_name)] | None = Field(
        default=None,
        description="name of the cluster; unset: that of slurmrestd, or of sacctmgr",
    )
    slurm_bin_path: Path | None = Field(
        default=None, description="folder of sacctmgr, sacct, scancel, squeue and scontrol"
    )
    command_prefix: tuple[str, ...] = Field(
        default=(), description='words before each command, like ["ssh", "login1"]'
    )
    time_zone: Annotated[Utf8Text, AfterValidator(_known_zone)] | None = Field(
        default=None,
        description="time zone of the site, like Europe/Berlin; unset: that of this machine",
    )
    max_answer_mb: Annotated[int, Field(ge=1, le=65_536), BeforeValidator(_no_flag)] = Field(
        default=512, description="largest answer of slurmrestd, or output of a command, in MB"
    )
    audit_file: WholePath | None = Field(
        default=None, description="file to which each write appends a line of JSON; unset: none"
    )
    audit_log: Literal["syslog", "journald"] | None = Field(
        default=None, description="system log to which each change is reported, too"
    )
    lock_dir: WholePath | None = Field(
        default=None,
        description="folder of the lock for writers on this machine; unset: /run/lock or /tmp",
    )
    journal: bool = Field(
        default=True,
        description="after a write, look for other writers in Slurm's transactions (sacctmgr)",
    )
    second_look: bool | None = Field(
        default=None,
        description="after a write of lists, look a second time for other writers; unset: over "
        "REST without a journal",
    )
    warn_unix_users: bool = Field(
        default=True,
        description="warn of users who are added and whom the operating system lacks, or may lack",
    )
    rest_api: RestApi | None = Field(
        default=None, description="how to reach slurmrestd; required for rest"
    )

    guard: Guard | None = Field(default=None, description="how far one command may go")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.execution_mode == "rest" and self.rest_api is None:
            raise ValueError("rest_api is required if execution_mode is 'rest'")
        return self


PROFILE_TABLES: Mapping[str, type[StrictTable]] = {"rest_api": RestApi, "guard": Guard}
"""The tables in a profile, by their keys."""


class ProfileFile(StrictTable):
    """A file of profiles, by their names; each is checked when it is taken."""

    default_profile: Utf8Text | None = Field(
        default=None, description="profile to use if none is named"
    )
    # Not Profile: one that is wrong must not keep the others from being used.
    profiles: dict[str, dict[str, Any]] = {}


def properties(table: type[BaseModel]) -> dict[str, dict[str, Json]]:
    """Return the JSON Schema of each key; a table is just that, since its keys have their own."""
    found = {}
    for name, schema in table.model_json_schema()["properties"].items():
        is_table = "$ref" in schema.get("anyOf", [schema])[0]
        kept = {"type": "object"} if is_table else schema
        found[name] = {k: kept[k] for k in sorted(kept) if k not in {"title", "description"}}
    return found
