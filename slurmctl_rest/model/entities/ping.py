"""What `ping` shows: each daemon that should answer, and whether it does.

slurmrestd and `scontrol ping --json`, `sacctmgr ping --json` write the same JSON. The fields that
say "up" changed with the API: `pinged` up to v0.0.44, `responding` from v0.0.42.
"""

from __future__ import annotations

from slurmctl_rest.errors import SlurmctlError, SlurmRefused
from slurmctl_rest.model.fields import Access, Entity, Field, Row
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.numbers import Count
from slurmctl_rest.model.reasons import NOT_CONFIGURED
from slurmctl_rest.model.text import printable


class Milliseconds(Count):
    """A time that is shown with its unit. JSON and Prometheus have the number alone."""

    def read(self, text: str) -> Value:
        """Read the number, with or without the unit."""
        return super().read(text.removesuffix(LATENCY_UNIT))

    def text(self, value: Value) -> str:
        """Write the number and the unit."""
        return "" if value is None else f"{value}{LATENCY_UNIT}"


LATENCY_UNIT = " ms"

PING = Entity(
    "ping",
    (
        Field("Daemon", TEXT, "", "slurmctld or slurmdbd", access=Access.KEY),
        Field("Host", TEXT, "hostname", "host on which the daemon should run", access=Access.READ),
        Field("Role", TEXT, "", "primary or backup", access=Access.READ),
        Field("Status", TEXT, "", "up or down; slurmdbd also unconfigured", access=Access.READ),
        Field("Release", TEXT, "", "Slurm release in the answer", access=Access.READ),
        Field(
            "Latency",
            Milliseconds("ms"),
            "",
            "milliseconds from request to answer",
            access=Access.READ,
        ),
        Field("Detail", TEXT, "status", "reason why the daemon is not up", access=Access.READ),
    ),
    ("Daemon", "Host", "Role", "Status", "Release", "Latency", "Detail"),
)


UNCONFIGURED = "unconfigured"


def status_of(error: SlurmctlError) -> str:
    """Return the status of a daemon that was asked in vain."""
    return UNCONFIGURED if NOT_CONFIGURED in error.message else "down"


def rows(daemon: str, document: Json, milliseconds: int) -> list[Row]:
    """Read every daemon of a ping's document; raise SlurmRefused where one cannot be read."""
    pings = document.get("pings", [])
    if not isinstance(pings, list):
        raise _unreadable(daemon, pings)
    return [_row(daemon, ping, document, milliseconds) for ping in pings]


def _row(daemon: str, ping: Json, document: Json, milliseconds: int) -> Row:
    match ping:
        case {"hostname": str(host), "responding": bool(up)}:
            pass
        # Some versions have both (v0.0.42 to v0.0.44): `responding` is the newer one.
        case {"hostname": str(host), "pinged": str(word)} if "responding" not in ping:
            up = word == "UP"
        case _:
            raise _unreadable(daemon, ping)
    match ping:
        case {"primary": bool(primary)}:
            pass
        case {"mode": str(mode)} if "primary" not in ping:
            primary = mode == "primary"
        case {"primary": "primary"}:  # as slurm-emulator has it
            primary = True
        case _:
            raise _unreadable(daemon, ping)
    status = ping.get("status") or "does not answer"
    if not isinstance(status, str):
        raise _unreadable(daemon, ping)
    return {
        **row(daemon, "up" if up else "down", document, milliseconds, "" if up else status),
        "Host": host,
        "Role": "primary" if primary else "backup",
    }


def _unreadable(daemon: str, ping: Json) -> SlurmRefused:
    return SlurmRefused(f"cannot read the ping of {daemon}: {printable(str(ping))}")


def row(daemon: str, status: str, document: Json, milliseconds: int, detail: str = "") -> Row:
    """Return the row of a daemon that was asked in another way than by its ping."""
    return {
        "Daemon": daemon,
        "Host": None,
        "Role": "primary",
        "Status": status,
        "Release": document.get("meta", {}).get("slurm", {}).get("release"),
        "Latency": milliseconds,
        "Detail": detail or None,
    }
