"""The Python API: read, plan and apply, for portals and services that embed this program.

    with slurmctl_rest.connect("alps") as slurm:
        accounts = slurm.read("account", "list", "physics").items
        plan = slurm.plan("account", "modify", "physics", "set", "MaxJobs=20")
        if plan.changed:
            slurm.apply(plan)

The words are those of the command line, and take the same path: both executors, the guards, the
lock, the read-back and the audit trail are the same. Nothing is printed, nobody is asked, and
errors are raised. docs/python-api.md has the promise of what stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from slurmctl_rest.cli import embedded
from slurmctl_rest.errors import SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.kinds.base import Json

OPTION = "options are keyword arguments: all=True, missing_ok=True, cancel_jobs=True"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a read returned; `items` are as `slurmctl-rest schema KIND` describes them."""

    kind: str
    items: Sequence[Mapping[str, Any]]
    cluster: str | None
    executor: str | None
    slurm: str | None
    """Release of Slurm, like 24.11.5."""
    warnings: Sequence[str]
    document: Mapping[str, Any]
    """The whole JSON document: some kinds have more keys."""


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after: `fields` has (before, after) of each field that differs."""

    entity: str
    name: str
    key: Mapping[str, str | None]
    action: str
    changed: bool
    fields: Mapping[str, tuple[Any, Any]]
    error: str | None = None
    """Code of the error, if this object cannot be changed, or was not."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a write would do; `apply` carries out just that."""

    words: Sequence[str]
    cluster: str
    changes: Sequence[Change]
    commands: Sequence[Mapping[str, Any]]
    """The requests or command lines that would be sent."""
    warnings: Sequence[str]
    digest: str
    """Of the cluster and the changes with their old values, as --approve takes it."""
    changed: bool


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write did, as the read-back shows it."""

    changed: bool
    changes: Sequence[Change]
    warnings: Sequence[str]


@dataclass(slots=True)
class Connection:
    """A profile, and what is done with it; each call is a command of its own.

    It may be used by several threads: nothing is kept between calls.
    """

    profile: str | None = None
    config: Path | None = None
    cluster: str | None = None
    timeout: float | None = None
    closed: bool = field(default=False, init=False)

    def read(self, *words: str, **options: Any) -> ReadResult:
        """Run a command that reads; raise Refused if it writes, and its error if it has one."""
        document = self._document(words, options, "--readonly")
        return ReadResult(
            kind=str(document.get("kind", "")),
            items=document.get("items", []),
            cluster=document.get("cluster"),
            executor=document.get("executor"),
            slurm=document.get("slurm"),
            warnings=document.get("warnings", []),
            document=document,
        )

    def plan(self, *words: str, **options: Any) -> ChangePlan:
        """Return what a write would do; nothing is written.

        Raise the error of the write if any of its objects cannot be changed.
        """
        document = self._document(words, options, "--dry-run")
        if document.get("kind") != "change":
            raise UsageError(f"'{' '.join(words[:2])}' is no write", "use read")
        return ChangePlan(
            words=self._line(words, options),
            cluster=str(document["cluster"] or ""),
            changes=[_change(one) for one in document["changes"]],
            commands=document["commands"],
            warnings=document["warnings"],
            digest=document["digest"],
            changed=document["changed"],
        )

    def apply(self, plan: ChangePlan) -> WriteResult:
        """Carry out a plan and return what came of it, as it was read back.

        Raise Changed, before anything is sent, if the same words would do something else by now;
        Refused if it is beyond a guard of the profile: `slurmctl-rest --approve` is for that.
        """
        self._check_open()
        printed = embedded.run([*plan.words, *self._of_profile(), "--json"], digest=plan.digest)
        document = json.loads(printed)
        return WriteResult(
            changed=document["changed"],
            changes=[_change(one) for one in document["changes"]],
            warnings=document["warnings"],
        )

    def close(self) -> None:
        """End the connection: further calls raise UsageError."""
        self.closed = True

    def __enter__(self) -> Connection:
        """Return the connection itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _document(self, words: Sequence[str], options: Mapping[str, Any], mode: str) -> Json:
        self._check_open()
        line = self._line(words, options)
        printed = embedded.run([*line, *self._of_profile(), mode, "--json"])
        try:
            document = json.loads(printed)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Unsupported(f"'{' '.join(words[:2])}' prints no JSON", "use the command line")
        return document

    @staticmethod
    def _line(words: Sequence[str], options: Mapping[str, Any]) -> list[str]:
        """Return the command line. A word cannot be an option: it may be a name from elsewhere."""
        if wrong := [word for word in words if word.startswith("-")]:
            raise UsageError(f"'{wrong[0]}' begins with -", OPTION)
        line = list(words)
        for name, value in options.items():
            spelled = f"--{name.rstrip('_').replace('_', '-')}"
            if value is True:
                line.append(spelled)
            elif value is not None and value is not False:
                line.append(f"{spelled}={value}")
        return line

    def _of_profile(self) -> list[str]:
        known = {
            "profile": self.profile,
            "config": self.config,
            "cluster": self.cluster,
            "timeout": self.timeout,
        }
        return [f"--{name}={value}" for name, value in known.items() if value is not None]

    def _check_open(self) -> None:
        if self.closed:
            raise UsageError("the connection is closed", "connect again")


def connect_profile(
    profile: str | None = None,
    *,
    config: str | Path | None = None,
    cluster: str | None = None,
    timeout: float | None = None,
) -> Connection:
    """Return a connection over a profile of the configuration file, or the default profile.

    Nothing is sent before the first call. `timeout`: seconds to wait for Slurm.
    """
    return Connection(profile, Path(config) if config else None, cluster, timeout)


def changes_of(error: SlurmctlError) -> list[Change]:
    """Return what was done, and what not, of a write that raised (PartlyDone, Interrupted ...)."""
    if not error.answer.startswith("{"):
        return []
    return [_change(one) for one in json.loads(error.answer).get("changes", ())]


def _change(one: Json) -> Change:
    error = one["error"] or {}
    return Change(
        entity=one["entity"],
        name=one["name"],
        key=one["key"],
        action=one["action"],
        changed=one["changed"],
        fields={name: (side["before"], side["after"]) for name, side in one["fields"].items()},
        error=error.get("code"),
        message=error.get("message"),
    )
