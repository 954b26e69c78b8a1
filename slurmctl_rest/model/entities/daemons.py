"""What the daemons tell of themselves: instances, reservations, statistics, configuration.

Besides, what may be done to slurmdbd itself: `archive` and `slurmdbd`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from slurmctl_rest.model.fields import Access, Entity, Field, Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind, Value, as_list, as_text, whole_number
from slurmctl_rest.model.kinds.durations import MOMENT
from slurmctl_rest.model.kinds.names import COMMA_LIST, EXACT, NAME_SET, OPTIONAL_NAME
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.kinds.words import Choice, Mark


class TresText(Tres):
    """Counts by TRES that are shown. JSON: the text that sacctmgr prints."""

    def load(self, json: Json) -> Value:
        """Read the text."""
        return self.read("" if json is None else as_text(json))


def _shown(name: str, kind: Kind, path: str, help_: str, *, absent: Json = "") -> Field:
    return Field(
        name, kind, path, help_,
        access=Access.READ, record=SlurmRecord.OBJECT, absent=absent,
    )  # fmt: skip


def _number(name: str, path: str, help_: str) -> Field:
    return _shown(name, NUMBER, path, help_, absent=None)


def _moment(name: str, path: str, help_: str) -> Field:
    return _shown(name, MOMENT, path, help_, absent=None)


def _condition(field: Field, access: Access = Access.SCOPE) -> Field:
    return replace(field, where=True, access=access)


def _key(field: Field) -> Field:
    return _condition(replace(field, aliases=("Names",)), Access.KEY)


INSTANCE = Entity(
    "instance",
    (
        replace(
            _condition(_shown("Cluster", OPTIONAL_NAME, "cluster", "cluster")),
            aliases=("Clusters",),
        ),
        replace(
            _key(_shown("NodeName", EXACT, "node_name", "node that ran in the cloud")),
            aliases=("Nodes",),
        ),
        _moment("TimeStart", "time.time_start", "when the instance began"),
        _moment("TimeEnd", "time.time_end", "when the instance ended; unset while it lasts"),
        _condition(_shown("InstanceId", EXACT, "instance_id", "the cloud's name of the instance")),
        _condition(_shown("InstanceType", EXACT, "instance_type", "type of the instance")),
        _condition(_shown("Extra", EXACT, "extra", "text that the node was given")),
    ),
    ("Cluster", "NodeName", "TimeStart", "TimeEnd", "InstanceId", "InstanceType", "Extra"),
)

RESERVATION = Entity(
    "reservation",
    (
        _key(_shown("Name", EXACT, "name", "name of the reservation")),
        _moment("TimeStart", "start_time", "when it begins"),
        _moment("TimeEnd", "end_time", "when it ends"),
        _shown("TRES", TresText(), "tres", "TRES that are reserved"),
        _shown("Nodes", EXACT, "node_list", "nodes"),
        _number("NodeCount", "node_count", "how many nodes"),
        _number("CoreCount", "core_count", "how many cores"),
        _condition(_shown("Partition", EXACT, "partition", "partition")),
        _condition(_shown("Users", COMMA_LIST, "users", "users who may use it")),
        _condition(_shown("Accounts", COMMA_LIST, "accounts", "accounts that may use it")),
        _shown("Groups", COMMA_LIST, "groups", "groups of users who may use it"),
        _shown("Licenses", EXACT, "licenses", "licenses that are reserved"),
        _shown("Features", EXACT, "features", "features that the nodes must have"),
        _condition(_shown("Flags", NAME_SET, "flags", "flags, in slurmrestd's words", absent=None)),
    ),
    ("Name", "TimeStart", "TimeEnd", "TRES", "Nodes", "Partition", "Users", "Accounts", "Flags"),
)

ROLLUP, RPC, USER = "rollup", "rpc", "user"
STATS = Entity(
    "stats",
    (
        _key(_shown("Name", EXACT, "", "what is counted: a rollup, an RPC, a user")),
        _condition(
            _shown("Kind", Choice({ROLLUP: "", RPC: "", USER: ""}, "word"), "", "kind of the row")
        ),
        _number("Count", "", "how often"),
        _number("Average", "", "microseconds that each took"),
        _number("Total", "", "microseconds that all took"),
        _number("Last", "", "microseconds that the last one took; rollups only"),
        _number("Max", "", "microseconds that the longest one took; rollups only"),
        _moment("LastRun", "", "when the last one ran; rollups only"),
    ),
    ("Kind", "Name", "Count", "Average", "Total", "Last", "Max", "LastRun"),
    many="stats",
)

CONFIGURATION = Entity(
    "configuration",
    (
        _key(_shown("Name", EXACT, "", "name of the setting")),
        _condition(
            _shown(
                "Program", Choice({"sacctmgr": "", "slurmdbd": ""}, "word"), "",
                "who has the setting: sacctmgr, from slurm.conf, or slurmdbd",
            )
        ),
        _shown("Value", EXACT, "", "value"),
    ),
    ("Program", "Name", "Value"),
    many="configuration settings",
)  # fmt: skip

SLURMDBD = Entity(
    "slurmdbd",
    (_key(_shown("Name", EXACT, "", "slurmdbd")),),
    ("Name",),
    many="slurmdbd",
)

_YES = Mark("yes")


def _archived(name: str, kind: Kind, help_: str) -> Field:
    return Field(name, kind, "", help_, record=SlurmRecord.OBJECT)


ARCHIVED = ("Events", "Jobs", "Reservations", "Steps", "Suspend", "TXN", "Usage")
"""What archive dump writes where it is named."""

ARCHIVE = Entity(
    "archive",
    (
        _key(_shown("Name", EXACT, "", "slurmdbd")),
        _archived("Directory", EXACT, "folder on slurmdbd's host that archive files are put in"),
        *(_archived(name, _YES, f"also archive {name.lower()}: a bare word") for name in ARCHIVED),
        *(
            _archived(
                f"Purge{name}After", EXACT,
                f"delete {name.lower()} records that are older, like 12months or 30days",
            )
            for name in ("Event", "Job", "Resv", "Step", "Suspend", "TXN", "Usage")
        ),
        _archived("Script", EXACT, "script that slurmdbd runs instead of archiving"),
        _archived("File", EXACT, "archive file on slurmdbd's host, to load"),
        _archived("Insert", EXACT, "SQL to load, as an archive file holds it"),
    ),
    ("Name",),
    many="archives",
)  # fmt: skip


def statistics(document: Json) -> Iterator[Row]:
    """Yield the rows of `statistics`, as slurmrestd and sacctmgr --json tell them.

    ValueError where it is none.
    """
    found = document.get("statistics")
    if not isinstance(found, Mapping):
        raise ValueError("'statistics' is missing")  # noqa: TRY004 (as kinds raise it)
    yield from _rollups(found.get("rollups"))
    for kind, key, name in ((RPC, "RPCs", "rpc"), (USER, "users", "user")):
        for one in sorted(as_list(found.get(key) or []), key=lambda one: as_text(one[name])):
            time = one["time"]
            yield _statistic(kind, as_text(one[name]), one["count"], time["average"], time["total"])


OLD_ROLLUPS = {"internal": "hourly", "user": "daily", "unknown": "monthly"}
"""Before v0.0.42 slurmrestd calls the kinds of rollups otherwise, by a mistake of its own."""


def _rollups(found: Json) -> Iterator[Row]:
    """Yield the rollups that have run; before v0.0.42 they are a list."""
    if isinstance(found, Mapping):
        for name, one in found.items():
            duration = one["duration"]
            if count := whole_number(one["count"]):
                total = whole_number(duration["time"])
                yield _statistic(
                    ROLLUP, name, count, total // count, total,
                    duration["last"], duration["max"], one["last_run"],
                )  # fmt: skip
        return
    for one in as_list(found or []):
        name = as_text(one["type"]).lower()
        if whole_number(one["total_cycles"]):
            yield _statistic(
                ROLLUP, OLD_ROLLUPS.get(name, name), one["total_cycles"], one["mean_cycles"],
                one["total_time"], one["last_cycle"], one["max_cycle"], one["last_run"],
            )  # fmt: skip


def _statistic(
    kind: str, name: str, count: Json, average: Json, total: Json,
    last: Json = None, longest: Json = None, ran: Json = None,
) -> Row:  # fmt: skip
    values = {"Count": count, "Average": average, "Total": total, "Last": last, "Max": longest}
    return {
        "Name": name,
        "Kind": kind,
        **{field: STATS[field].kind.load(value) for field, value in values.items()},
        "LastRun": MOMENT.load(ran),
    }


SECOND_PART = "SlurmDBD configuration:"
HIDDEN = "(hidden)"


def settings(text: str) -> Iterator[Row]:
    """Yield the rows of `sacctmgr show configuration`: its own settings, then slurmdbd's."""
    own, _, theirs = text.partition(SECOND_PART)
    for program, part in (("sacctmgr", own), ("slurmdbd", theirs)):
        for name, value in re.findall(r"^(\S+) *= ?(.*)$", part, re.MULTILINE):
            unset = value in {"", "(null)"}
            secret = name.endswith("Pass") and not unset
            yield {
                "Name": name,
                "Program": program,
                "Value": None if unset else HIDDEN if secret else value,
            }
