"""The audit trail: users and their changes, kept where the profile says; off by default.

    audit_file   a file, one JSON object a line
    audit_log    syslog or journald, one message a change

A write leaves a record before anything is sent (`begun`) and one with its outcome, joined by an
`id`. One record would not do: if it were written afterwards, it could not stop a write that it has
no room for, and a killed program would leave nothing; if it were mended afterwards, it could not be
appended to a log. Records hold the commands that were run, never a token.
"""

from __future__ import annotations

import os
import pwd
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from slurmctl_rest.appending import append_line
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import Interrupted, Refused, SlurmctlError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render import changes
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped

Result: TypeAlias = Literal["begun", "done", "partly", "failed", "interrupted"]

SYSLOG = "/dev/log"
JOURNALD = "/run/systemd/journal/socket"
PRIORITY = 10 * 8 + 5
"""authpriv.notice: these records are for administrators' eyes alone."""
LOGIN_UID = Path("/proc/self/loginuid")
NO_LOGIN = 2**32 - 1
"""The kernel's word for a process that no login has begun, like a cron job's."""


@dataclass(frozen=True, slots=True)
class Who:
    """The user who writes, and the cluster.

    user        of the operating system, by the real uid
    login       the login user, as the kernel keeps it through sudo and su; None: nobody, or unknown
    slurm_user  the token's user; None over the commands, where Slurm sees `user`
    """

    user: str
    login: str | None
    profile: str | None
    cluster: str
    executor: str
    slurm_user: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry of the trail."""

    id: str
    time: str
    who: Who
    result: Result
    outcomes: Sequence[Outcome]
    commands: Sequence[SentCommand]

    def as_json(self) -> dict[str, Json]:
        """Return the object of a line."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": "audit",
            "time": self.time,
            "id": self.id,
            "user": self.who.user,
            "login": self.who.login,
            "profile": self.who.profile,
            "cluster": self.who.cluster or None,
            "executor": self.who.executor,
            "slurm_user": self.who.slurm_user,
            "outcome": self.result,
            "changes": [changes.change_json(outcome) for outcome in self.outcomes],
            "commands": [command.as_json() for command in self.commands],
        }

    def messages(self) -> Iterator[str]:
        """Yield a line a change, for logs that cut long messages: without the commands.

        Where no change is known, a line has the commands.
        """
        if not self.outcomes:
            yield dumped(self.as_json())
        for outcome in self.outcomes:
            alone = replace(self, outcomes=[outcome], commands=[]).as_json()
            yield dumped({key: value for key, value in alone.items() if key != "commands"})


Sink: TypeAlias = Callable[[AuditRecord], None]
"""Takes a record, or raises OSError."""


class Trail:
    """The trail of one write: `begin`, then `end`."""

    def __init__(self, sinks: Mapping[str, Sink], who: Who) -> None:
        """`sinks`: where records go, each by the name that errors call it."""
        self.sinks = sinks
        self.who = who
        self.id = secrets.token_hex(8)

    def begin(self, plan: Sequence[Outcome], preview: Sequence[SentCommand]) -> None:
        """Note what is about to be done; Refused where that cannot be noted."""
        noted: dict[str, Sink] = {}
        try:
            self._put("begun", plan, preview, noted)
        except Unwritten as error:
            refused = Refused(
                f"{error}: nothing was sent",
                "no write is done without its audit trail: check audit_file and audit_log of the "
                "profile",
            )
            # A sink that has the first record gets an end, too, or the write would look killed.
            self.sinks = noted
            with suppress(Unwritten):
                self._put("failed", [Outcome(o.change, o.error or refused) for o in plan], ())
            raise refused from error.__cause__

    def end(
        self,
        outcomes: Sequence[Outcome],
        ran: Sequence[SentCommand],
        result: Result | None = None,
    ) -> SlurmctlError | None:
        """Record the outcome; return the error if that is not possible.

        `result`: of a command whose changes are not known.
        """
        try:
            self._put(result or result_of(outcomes), outcomes, ran)
        except Unwritten as error:
            return SlurmctlError(
                f"{error}: the outcome of write {self.id} is not recorded",
                "the write itself ended as reported; record it by hand",
            )
        return None

    def _put(
        self,
        result: Result,
        outcomes: Sequence[Outcome],
        ran: Sequence[SentCommand],
        noted: dict[str, Sink] | None = None,
    ) -> None:
        """Hand a record to each sink; `noted` gets those that have taken it."""
        time = datetime.now().astimezone().isoformat(timespec="milliseconds")
        record = AuditRecord(self.id, time, self.who, result, outcomes, ran)
        for name, sink in self.sinks.items():
            try:
                sink(record)
            except OSError as error:
                raise Unwritten(f"{name} cannot be written: {error.strerror or error}") from error
            if noted is not None:
                noted[name] = sink


def trail(name: str, profile: Profile, cluster: str, executor: str) -> Trail | None:
    """Return the trail of a write of this process, if the profile has one."""
    wanted = sinks(profile)
    if not wanted:
        return None
    user, login = identity()
    token_is_for = profile.rest_api.username if profile.rest_api and executor == "rest" else None
    return Trail(wanted, Who(user, login, name or None, cluster, executor, token_is_for))


class Unwritten(Exception):
    """A record could not be written; the words say where and why."""


def result_of(outcomes: Sequence[Outcome]) -> Result:
    """Return the one word for all outcomes."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if any(isinstance(error, Interrupted) for error in errors):
        return "interrupted"
    if not errors:
        return "done"
    return "partly" if len(errors) < len(outcomes) else "failed"


def sinks(profile: Profile) -> dict[str, Sink]:
    """Return where the profile wants its records."""
    found: dict[str, Sink] = {}
    if profile.audit_file is not None:
        found[f"the audit trail {profile.audit_file}"] = to_file(profile.audit_file)
    if profile.audit_log is not None:
        found[f"the audit trail in {profile.audit_log}"] = LOGS[profile.audit_log]
    return found


def identity() -> tuple[str, str | None]:
    """Return the user of this process, and the login user."""
    try:
        login: int | None = int(LOGIN_UID.read_text(encoding="ascii"))
    except (OSError, ValueError):
        login = None
    return _name(os.getuid()), None if login in {None, NO_LOGIN} else _name(login or 0)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


# --- where records go -----------------------------------------------------------------------


def to_file(path: Path) -> Sink:
    """Return the sink that appends a line to a file, for its owner alone where it is new."""

    def append(record: AuditRecord) -> None:
        text = dumped(record.as_json())
        # There must be room for the outcome, too, which also has the commands that were run.
        room = OUTCOME_RATIO * len(text) + OUTCOME_MORE if record.result == "begun" else 0
        append_line(path, text, room)

    return append


OUTCOME_RATIO, OUTCOME_MORE = 4, 1024
"""Bytes that both records of a write need at most, by those of the first."""


def to_syslog(record: AuditRecord) -> None:
    """Send the messages to the local syslog."""
    for message in record.messages():
        head = f"<{PRIORITY}>slurmctl-rest[{os.getpid()}]: "
        _send(SYSLOG, (head + message).encode())


def to_journald(record: AuditRecord) -> None:
    """Send the messages to journald, with fields to look for: `journalctl SLURMCTL_REST_ID=...`."""
    for message in record.messages():
        fields = {
            "MESSAGE": message,
            "PRIORITY": str(PRIORITY % 8),
            "SYSLOG_FACILITY": str(PRIORITY // 8),
            "SYSLOG_IDENTIFIER": "slurmctl-rest",
            "SLURMCTL_REST_ID": record.id,
            "SLURMCTL_REST_OUTCOME": record.result,
        }
        # JSON has no newline in it, so each field is a line of its own.
        _send(JOURNALD, "".join(f"{key}={value}\n" for key, value in fields.items()).encode())


def _send(address: str, datagram: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        # A log daemon that is stopped leaves its socket full, and a sender waiting.
        sender.settimeout(SEND_TIMEOUT_S)
        sender.connect(address)
        sender.sendall(datagram)


SEND_TIMEOUT_S = 5.0
"""Time that a log may keep us waiting."""

LOGS: Mapping[str, Sink] = {"syslog": to_syslog, "journald": to_journald}
