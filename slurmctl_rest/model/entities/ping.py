"""What `ping` shows: each daemon that should answer, and whether it does.

slurmrestd and `scontrol ping --json`, `sacctmgr ping --json` write the same JSON. The fields that
say "up" changed with the API: `pinged` up to v0.0.44, `responding` from v0.0.42.
"""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field, Row
from slurmctl_rest.model.kinds import COUNT, TEXT, Json

PING = Entity(
    "ping",
    (
        Field("Daemon", TEXT, "", "slurmctld or slurmdbd", access=Access.KEY),
        Field("Host", TEXT, "hostname", "where it should run", access=Access.READ),
        Field("Role", TEXT, "", "primary or backup", access=Access.READ),
        Field("Status", TEXT, "", "up or down", access=Access.READ),
        Field("Release", TEXT, "", "Slurm's release, as the answer says", access=Access.READ),
        Field("Latency", COUNT, "", "milliseconds from question to answer", access=Access.READ),
        Field("Detail", TEXT, "status", "what is wrong", access=Access.READ),
    ),
    ("Daemon", "Host", "Role", "Status", "Release", "Latency", "Detail"),
)


def rows(daemon: str, document: Json, milliseconds: int) -> list[Row]:
    """Read every daemon of a ping's document."""
    return [
        {
            "Daemon": daemon,
            "Host": ping.get("hostname"),
            "Role": "primary" if ping.get("primary", ping.get("mode") == "primary") else "backup",
            "Status": "up" if _is_up(ping) else "down",
            "Release": document.get("meta", {}).get("slurm", {}).get("release"),
            "Latency": milliseconds,
            "Detail": None if _is_up(ping) else ping.get("status") or "does not answer",
        }
        for ping in document.get("pings") or ()
    ]


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


def _is_up(ping: Json) -> bool:
    if "responding" in ping:
        return bool(ping["responding"])
    return str(ping.get("pinged")) == "UP"
