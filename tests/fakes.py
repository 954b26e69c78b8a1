"""Fakes at the edge: `Slurmrestd` answers httpx requests, `Sacctmgr` command lines.

Both answer reads from one World until the first write to slurmdbd reaches them, then from another
one, and keep all that they were asked. Jobs end when they are cancelled, at once or some looks
later.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import httpx

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.model.entities import ASSOCIATION, JOB, QOS
from slurmctl_rest.model.entities.association import LINEAGE, AssociationKey, association_key
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.tres import TRES, Tres
from tests.support import KNOWN_TRES, LIMITS, PHYSICS, account, association, names_in, qos

NOW = 1_795_500_000
"""slurmctld's clock."""
QOS_ROWS = (qos("normal"), qos("high", Priority=10, Preempt=("low",)), qos("low"))


@dataclass(frozen=True)
class World:
    """What slurmdbd and slurmctld hold.

    accounts      with coordinators
    associations  of all clusters; those of users bear `Default` in the default account
    levels        AdminLevel of users; who has an association is a user without, too
    jobs          those that slurmctld knows
    past          those that slurmdbd knows
    """

    accounts: Sequence[Row]
    associations: Sequence[Row]
    qos: Sequence[Row] = QOS_ROWS
    tres: Sequence[str] = KNOWN_TRES
    levels: Mapping[str, str] = field(default_factory=dict)
    jobs: Sequence[Row] = ()
    past: Sequence[Row] = ()

    def account_records(self) -> list[dict[str, Json]]:
        """Return slurmrestd's and sacctmgr's JSON of accounts."""
        return [
            {
                "name": row["Account"],
                "description": row["Description"],
                "organization": row["Organization"],
                "coordinators": [
                    {"name": n, "direct": True} for n in names_in(row["Coordinators"])
                ],
            }
            for row in self.accounts
        ]

    def user_records(self) -> list[dict[str, Json]]:
        """Return the JSON of users."""
        members = [
            str(row["User"]) for row in self.associations if row["User"] and not row["Deleted"]
        ]
        return [
            {
                "name": name,
                "administrator_level": [self.levels.get(name, "None")],
                "coordinators": [
                    {"name": row["Account"], "direct": True}
                    for row in self.accounts
                    if name in names_in(row["Coordinators"])
                ],
            }
            for name in dict.fromkeys([*members, *self.levels])
        ]

    def tres_records(self) -> list[dict[str, Json]]:
        """Return the JSON of TRES."""
        parts = [name.partition("/") for name in self.tres]
        return [
            {"type": type_, "name": name, "id": number, "count": 0}
            for number, (type_, _, name) in enumerate(parts, 1)
        ]

    def qos_records(self) -> list[dict[str, Json]]:
        """Return the JSON of QOS; it does not tell `within` and `priority`."""
        records = []
        for number, row in enumerate(self.qos, 1):
            record: dict[str, Json] = {"id": number}
            for f in QOS.fields:
                f.put(record, row[f.name])
            mode = [word for word in record["preempt"]["mode"] if word.isupper()]
            record["preempt"]["mode"] = mode
            records.append(record)
        return records

    def cluster_records(self) -> list[dict[str, Json]]:
        """Return the JSON of clusters: each has a row of root."""
        controller = {"host": "10.0.0.1", "port": 6817}
        return [
            {"name": row["Cluster"], "controller": controller, "rpc_version": 11008, "nodes": "n1"}
            for row in self.associations
            if row["Account"] == "root" and row["User"] is None
        ]

    def chosen(
        self,
        *,
        accounts: Sequence[str] | None = None,
        users: Sequence[str] | None = None,
        partitions: Sequence[str] | None = None,
        cluster: str | None = None,
        ids: Sequence[str] | None = None,
        deleted: bool = False,
    ) -> list[Row]:
        """Return the associations that meet the conditions; '' is an account's own row."""
        assert partitions is None or partitions == [""] or "" not in partitions, (
            "slurmdbd has no condition for this partition, or none"
        )
        return [
            row
            for number, row in enumerate(self.associations, 1)
            if (deleted or not row["Deleted"])
            and (accounts is None or row["Account"] in accounts)
            and (users is None or (row["User"] or "") in users)
            and (partitions is None or (row["Partition"] or "") in partitions)
            and cluster in {None, row["Cluster"]}
            and (ids is None or str(number) in ids)
        ]

    def in_force(self, row: Row) -> Row:
        """Return an association as slurmdbd applies it; the lab shows that this is how it does."""
        return self._applied[association_key(row)].row

    def lineage(self, row: Row) -> str:
        """Return the place in the tree, as slurmdbd writes it."""
        own = {(r["Cluster"], r["Account"]): r for r in self.associations if r["User"] is None}
        steps = [f"0-{row['User']}", row["Partition"]] if row["User"] else []
        account = row["Account"]
        while account and account != "root" and account not in steps:
            steps.insert(0, account)
            account = own.get((row["Cluster"], account), {}).get("Parent")
        return "/".join(["", *(str(step) for step in steps if step), ""])

    @cached_property
    def _applied(self) -> Mapping[AssociationKey, Effective]:
        return effective(ASSOCIATION, self.associations)


def world(
    rows: Iterable[Row],
    users: Iterable[Row] = (),
    *,
    levels: Mapping[str, str] = {},
    qos_: Sequence[Row] = QOS_ROWS,
    jobs: Sequence[Row] = (),
    past: Sequence[Row] = (),
) -> World:
    """Return the world that holds these accounts with their own associations, and users' rows."""
    rows = list(rows)
    own = [
        association("", None)
        | {f.name: r[f.name] for f in LIMITS}
        | {"Cluster": cluster, "Account": r["Account"], "Parent": r["Parent"]}
        for r in rows
        for cluster in names_in(r["Clusters"])
    ]
    return World(rows, [*own, *users], qos=qos_, levels=levels, jobs=jobs, past=past)


ROOT = account("root", None, QosLevel=("normal",))
SCIENCE = account("science")
ALICE = association("physics", "alice", Default=True)
BOB = association("physics", "bob", Default=True, MaxJobs=2)
BEFORE = world([ROOT, SCIENCE, PHYSICS], [ALICE, BOB])


SAYS = {
    2002: "Access/permission denied",
    2017: "Invalid job id specified",
    2020: "Job can not be altered now, try again later",
    2021: "Job/step already completing or completed",
}
"""What slurmctld says of a job that it does not signal: over REST by number, in words too."""


@dataclass
class Jobs:
    """slurmctld's jobs, and slurmdbd's.

    looks      at cancelled jobs before they are over
    completes  looks at them after that while they are completing
    refused    jobs that slurmctld will not signal, with its number; each as it is told
    """

    rows: Sequence[Row]
    past: Sequence[Row] = ()
    looks: int = 0
    completes: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)

    def records(self) -> list[dict[str, Json]]:
        """Return slurmctld's JSON, of those that are over too."""
        ended = self.looks <= 0
        states = ["CANCELLED", "COMPLETING"] if self.looks > -self.completes else ["CANCELLED"]
        records = []
        for row in self.rows:
            goes, stays = self._parted(str(row["JobID"]))
            now = list(names_in(row["State"]))
            if goes:
                records.append(_job_record({**row, "JobID": goes}, states if ended else now))
            if stays:
                records.append(_job_record({**row, "JobID": stays}, now))
        self.looks -= bool(self.cancelled)
        return records

    def states(self) -> list[tuple[str, list[str]]]:
        """Return number and states of each; it is no look that they get further by."""
        looks = self.looks
        found = [(str(one["job_id"]), one["job_state"]) for one in self.records()]
        self.looks = looks
        return found

    def past_rows(
        self,
        cluster: str | None,
        accounts: Sequence[str] | None,
        numbers: Sequence[str] | None,
        window: tuple[str | None, str | None],
    ) -> list[Row]:
        """Return slurmdbd's jobs: a window is uts1,uts2; numbers are those of whole arrays."""
        assert (numbers is None) is (None not in window), "without either slurmdbd takes today"
        start, end = (int((word or "uts0").removeprefix("uts")) for word in window)
        return [
            row
            for row in self.past
            if cluster in {None, "alps"}
            and (accounts is None or row["Account"] in accounts)
            and (
                numbers is None
                or {_parts_of(str(row["JobID"]))[0], str(row["JobIDRaw"])} & {*numbers}
            )
            and (numbers is not None or _count(row["Submit"]) < end)
            and (numbers is not None or _count(row["End"] or end) >= start)
        ]

    def cancel(self, told: Sequence[str], *, signal: bool) -> dict[str, int]:
        """Cancel or signal the jobs; return the numbers of errors."""
        if not signal:
            self.cancelled |= {id_ for id_ in told if id_ not in self.refused}
        return {id_: self.refused.get(id_, 0) for id_ in told}

    def _parted(self, id_: str) -> tuple[str, str]:
        """Return what is cancelled of a job, and what is not: of an array there may be both."""
        number, tasks = _parts_of(id_)
        told = [_parts_of(one) for one in self.cancelled]
        if any(one == number and what in {"", tasks} for one, what in told):
            return id_, ""
        gone = {task for one, what in told if one == number for task in _tasks(what)}
        goes, stays = (
            [task for task in _tasks(tasks) if (task in gone) is yes] for yes in (True, False)
        )
        if not goes or not stays:
            return (id_, "") if goes else ("", id_)
        return f"{number}_[{_listed(goes)}]", f"{number}_[{_listed(stays)}]"


def _listed(tasks: Sequence[int]) -> str:
    return ",".join(map(str, tasks))


def _count(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _parts_of(id_: str) -> tuple[str, str]:
    """Return the number of a job, and what is behind it: 12_[3-5] is 12 and _[3-5]."""
    number = re.split("[_+]", id_)[0]
    return number, id_.removeprefix(number)


def _tasks(behind: str) -> list[int]:
    """Return the tasks of _3 or _[1,3-5]; a list that is cut off tells none."""
    found: list[int] = []
    if behind[:1] == "_" and "..." not in behind:
        for part in behind.strip("_[]").split(","):
            first, _, last = part.partition("-")
            found += range(int(first), int(last or first) + 1)
    return found


def _place_of(row: Row) -> dict[str, Json]:
    """Return what a job is part of: an array, or a mixed job."""
    number, behind = _parts_of(str(row["JobID"]))
    one = int(behind[1:]) if behind[1:].isdecimal() else None
    return {
        "array": int(number) if behind[:1] == "_" else 0,
        "task": one if behind[:1] == "_" else None,
        "waiting": behind[2:-1] if one is None and behind else "",
        "mixed": int(number) if behind[:1] == "+" else 0,
        "offset": one if behind[:1] == "+" else None,
    }


def _tri(number: Json) -> Json:
    return {"set": number is not None, "infinite": False, "number": number or 0}


def _job_record(row: Row, states: Sequence[str]) -> dict[str, Json]:
    """Return slurmctld's record of a job."""
    place = _place_of(row)
    return {
        "job_id": row["JobIDRaw"],
        "array_job_id": _tri(place["array"]),
        "array_task_id": _tri(place["task"]),
        "array_task_string": place["waiting"],
        "het_job_id": _tri(place["mixed"]),
        "het_job_offset": _tri(place["offset"]),
        "cluster": "alps",
        "name": row["JobName"] or "",
        "account": row["Account"],
        "user_name": row["User"],
        "partition": row["Partition"] or "",
        "qos": row["QOS"] or "",
        "job_state": states,
        "state_reason": row["Reason"] or "None",
        "submit_time": _tri(row["Submit"]),
        "start_time": _tri(row["Start"] or 0),
        "time_limit": _tri(row["Timelimit"]),
        "tres_req_str": JOB["ReqTRES"].kind.text(row["ReqTRES"]),
        "tres_alloc_str": JOB["AllocTRES"].kind.text(row["AllocTRES"]),
        "nodes": row["NodeList"] or "",
    }


def _past_record(row: Row) -> dict[str, Json]:
    """Return slurmdbd's record of a run."""
    place = _place_of(row)
    record: dict[str, Json] = {
        "job_id": row["JobIDRaw"],
        "array": {
            "job_id": place["array"], "task_id": _tri(place["task"]), "task": place["waiting"],
        },
        "het": {"job_id": place["mixed"], "job_offset": _tri(place["offset"])},
        "cluster": "alps",
        "name": row["JobName"] or "",
        "account": row["Account"],
        "user": row["User"],
        "partition": row["Partition"] or "",
        "qos": row["QOS"] or "",
        "state": {"current": list(names_in(row["State"])), "reason": row["Reason"] or "None"},
        "time": {
            "submission": row["Submit"], "start": row["Start"] or 0, "end": row["End"] or 0,
            "elapsed": row["Elapsed"], "limit": _tri(row["Timelimit"]),
        },
        "tres": {
            "requested": TRES.dump(row["ReqTRES"]), "allocated": TRES.dump(row["AllocTRES"]),
        },
        "nodes": row["NodeList"] or "None assigned",
    }  # fmt: skip
    if row["ExitCode"]:
        code, _, signal = str(row["ExitCode"]).partition(":")
        record["exit_code"] = {"return_code": _tri(int(code)), "signal": {"id": _tri(int(signal))}}
    return record


# --- slurmrestd ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json = None
    token: str = ""


def json_answer(status: int, document: Json) -> httpx.Response:
    """Return an answer of slurmrestd."""
    meta = {"slurm": {"release": "24.11.5", "cluster": "alps"}}
    return httpx.Response(status, json={"meta": meta, "errors": [], "warnings": [], **document})


def job_status(id_: str, number: int) -> dict[str, Json]:
    """Return what slurmrestd says of a job that was to be signalled; 0 is good."""
    words = SAYS[number] if number else "No error"
    return {
        "error": {"string": words, "code": number, "message": words},
        "step_id": id_,
        "job_id": {"set": True, "infinite": False, "number": int(_parts_of(id_)[0])},
        "federation": {"sibling": ""},
    }


NOT_SERVED = (404, "text/plain", b"Unable find requested URL. Please view documentation.")
OLD_SWITCHES = ("without_parent_limits", "with_raw_qos", "with_deleted")
NEW_SWITCHES = (
    "Exclude limits from parents",
    "Include the raw QOS or delta_qos",
    "Include deleted associations",
)
"""Of v0.0.40 and v0.0.41, and from v0.0.42 on: limits, raw QOS, deleted."""
SINCE_V42 = ("GrpSubmitJobs", "GrpTRESMins")
"""Fields of a QOS."""


def plain(status: int, type_: str, body: bytes) -> httpx.Response:
    """Return an answer that is no JSON."""
    return httpx.Response(status, headers={"Content-Type": type_}, content=body)


@dataclass
class Slurmrestd:
    """A slurmrestd with a state: httpx.MockTransport(Slurmrestd(...)) takes the network's place."""

    before: World = BEFORE
    after: World | None = None
    serves: Sequence[str] = ("v0.0.41", "v0.0.42", "v0.0.43")
    answer: Callable[[Seen], httpx.Response | None] = lambda _: None
    """May answer instead, for errors."""
    seen: list[Seen] = field(default_factory=list)
    probes: list[str] = field(default_factory=list)
    """Where it was seen whether a switch arrives: by one that comes twice."""
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """Take the jobs of the world."""
        self.jobs = Jobs(self.before.jobs, self.before.past)

    @property
    def writes(self) -> list[Seen]:
        """Return what came in that is not a GET."""
        return [one for one in self.seen if one.method != "GET"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if "X-SLURM-USER-TOKEN" not in request.headers:
            return plain(401, "text/plain", b"Authentication failure")
        body = json.loads(request.content) if request.content else None
        if twice := _said_twice(request):
            self.probes.append(request.url.path)
            told = [{"description": "from list", "source": f"#/{name}/"} for name in twice]
            return json_answer(200, {"warnings": told})
        seen = Seen(
            request.method,
            request.url.path,
            dict(request.url.params),
            body,
            request.headers["X-SLURM-USER-TOKEN"],
        )
        self.seen.append(seen)
        _, api, version, path = seen.path.split("/", 3)
        if version not in self.serves:
            return plain(*NOT_SERVED)
        own = self.answer(seen)
        if own is not None:
            return own
        if (seen.method, api, path) == ("DELETE", "slurm", "jobs/"):
            return json_answer(200, {"status": self._signalled(body)})
        if seen.method != "GET":
            self.before = self.after or self.before
            return json_answer(200, {})
        return json_answer(200, self._document(api, version, path, seen.query))

    def _document(self, api: str, version: str, path: str, query: Mapping[str, str]) -> Json:
        noun, _, name = path.rstrip("/").partition("/")
        if (api, noun) == ("slurm", "diag"):
            return {"statistics": {"req_time": _tri(NOW)}}
        if noun in {"ping", "diag"}:
            return {"pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        if (api, noun, name) == ("slurm", "jobs", "state"):
            return {"jobs": [{"job_id": id_, "state": now} for id_, now in self.jobs.states()]}
        if (api, noun) == ("slurm", "jobs"):
            return {"jobs": self.jobs.records()}
        if noun in {"jobs", "job"}:
            return {"jobs": self._past(name, query)}
        if noun == "associations":
            return {"associations": self._associations(version, query)}
        lists: dict[str, tuple[str, Callable[[], list[dict[str, Json]]]]] = {
            "accounts": ("accounts", self.before.account_records),
            "account": ("accounts", self.before.account_records),
            "users": ("users", self.before.user_records),
            "user": ("users", self.before.user_records),
            "qos": ("qos", lambda: self._qos(version)),
            "clusters": ("clusters", self.before.cluster_records),
            "tres": ("TRES", self.before.tres_records),
        }
        assert noun in lists, f"the fake does not know {api}/{path}"
        key, records = lists[noun]
        return {key: [one for one in records() if not name or one["name"] == name]}

    def _past(self, name: str, query: Mapping[str, str]) -> list[dict[str, Json]]:
        """Return slurmdbd's jobs: one by its number, or those of a window."""
        switches = {"skip_steps", "show_duplicates", "disable_truncate_usage_time"}
        window = {"cluster", "start_time", "end_time"}
        if name:
            assert not query, "any switch would leave out what the bare path shows"
            return [*map(_past_record, self.jobs.past_rows(None, None, [name], (None, None)))]
        assert set(query) - {"account"} == switches | window
        times = query["start_time"], query["end_time"]
        found = self.jobs.past_rows(query["cluster"], _split(query, "account"), None, times)
        return [*map(_past_record, found)]

    def _signalled(self, body: Json) -> list[dict[str, Json]]:
        """Signal the jobs, and say of each what slurmrestd says: the status is 200 all the same."""
        assert set(body) <= {"jobs", "signal", "flags"}
        errors = self.jobs.cancel(body["jobs"], signal="signal" in body)
        return [job_status(id_, number) for id_, number in errors.items()]

    def _qos(self, version: str) -> list[dict[str, Json]]:
        records = self.before.qos_records()
        for record in records if version < "v0.0.42" else ():
            del record["limits"]["max"]["jobs"]["count"]
            del record["limits"]["max"]["tres"]["minutes"]["total"]
        return records

    def _associations(self, version: str, query: Mapping[str, str]) -> list[dict[str, Json]]:
        own, raw, deleted = OLD_SWITCHES if version < "v0.0.42" else NEW_SWITCHES
        conditions = {"account", "user", "partition", "cluster", "id"}
        assert set(query) <= {own, raw, deleted} | conditions, "wrong names are ignored"

        def named(key: str) -> list[str] | None:
            # ' ' is '' to SQL; an empty user means: any that has one.
            return [one.strip() for one in query[key].split(",")] if query.get(key) else None

        found = self.before.chosen(
            accounts=named("account"),
            users=named("user"),
            partitions=named("partition"),
            cluster=query.get("cluster"),
            ids=named("id"),
            deleted=deleted in query,
        )
        users_only = query.get("user") == ""
        return [
            self._record(row, own=own in query, raw=raw in query)
            | {"id": list(self.before.associations).index(row) + 1}
            for row in found
            if row["User"] or not users_only
        ]

    def _record(self, row: Row, *, own: bool, raw: bool) -> dict[str, Json]:
        """Return the record; of QOS, slurmrestd shows one of three views."""
        record: dict[str, Json] = {}
        # Limits of accounts above come as if they were the row's own.
        limits = row if own else self.before.in_force(row)
        for f in ASSOCIATION.fields:
            f.put(record, limits[f.name])
        record["flags"] = ["DELETED"] if row["Deleted"] else []
        record["is_default"] = row["Default"] or not row["User"]  # so it says of own rows
        record["lineage"] = self.before.lineage(row)
        names = names_in(row["QosLevel"])
        if raw:
            record["qos"] = [name for name in names if name[0] not in "+-"]
        elif own:
            record["qos"] = [name.lstrip("+") for name in names if name[0] != "-"]
        return record


def _said_twice(request: httpx.Request) -> list[str]:
    """Return the parameters that come twice: slurmrestd complains of each."""
    params = request.url.params
    return [name for name in params if len(params.get_list(name)) > 1]


# --- the commands ----------------------------------------------------------------------------


CONFIG = f"""\
Configuration data as of {NOW}
ClusterName             = alps
SlurmUser               = slurm(64030)
SLURM_VERSION           = 24.11.5
SlurmdUser              = root(0)

Slurmctld(primary) at head is UP
"""
"""Parts of what `scontrol show config` prints."""
READ_JOBS = ("squeue", "sacct")
"""Commands that only read."""


def scancel_says(id_: str, number: int) -> str:
    """Return the line on stderr for a job that was not signalled."""
    return f"scancel: error: Kill job error on job id {id_}: {SAYS[number]}\n"


@dataclass
class Sacctmgr:
    """sacctmgr, scontrol, squeue and scancel with a state, in the place of subprocess."""

    before: World = BEFORE
    after: World | None = None
    answer: Callable[[tuple[str, ...]], Finished | None] = lambda _: None
    seen: list[tuple[str, ...]] = field(default_factory=list)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """Take the jobs of the world."""
        self.jobs = Jobs(self.before.jobs, self.before.past)

    @property
    def writes(self) -> list[tuple[str, ...]]:
        """Return the command lines that are not plain reads."""
        return [
            argv for argv in self.seen if not {"list", "show", "ping", *READ_JOBS} & {*argv[:3]}
        ]

    def __call__(self, line: CommandLine) -> Finished:
        self.seen.append(line.argv)
        own = self.answer(line.argv)
        if own is not None:
            return own
        if line.argv[1] == "--version":
            return Finished(0, "slurm-wlm 24.11.5\n", "")
        if line.argv[0] == "scancel":
            return self._signalled(line.argv)
        if line.argv == ("scontrol", "show", "config"):
            assert line.environment == {"TZ": "UTC", "SLURM_TIME_FORMAT": "%s"}
            return Finished(0, CONFIG, "")
        if line.argv[1] == "-i":
            self.before = self.after or self.before
            return Finished(0, " done\n", "")
        if line.argv[3:4] == ("transactions",):
            return Finished(1, "", " Access/permission denied\n")
        where = dict(word.split("=", 1) for word in line.argv if "=" in word)
        if line.argv == ("squeue", "--local", "--states=all", "--format=%A|%T|"):
            told = "".join(f"{id_}|{states[-1]}|\n" for id_, states in self.jobs.states())
            return Finished(0, f"JOBID|STATE|\n{told}", "")
        if line.argv[0] == "sacct":
            return Finished(0, self._past(line, where), "")
        if line.argv[1] == "-p":
            lines = [where["format"].replace(",", "|"), *self._lines(line.argv, where)]
            return Finished(0, "".join(f"{text}|\n" for text in lines), "")
        return Finished(0, json.dumps(self._document(line.argv, where)), "")

    def _past(self, line: CommandLine, where: Mapping[str, str]) -> str:
        """Print slurmdbd's jobs: by number, or those of a window."""
        switches = ("--noconvert", "--allocations", "--allusers", "--duplicates")
        assert line.argv[1] == "-p", f"the fake does not know {line.argv}"
        assert {*switches} <= {*line.argv}, f"the fake does not know {line.argv}"
        assert line.environment == {
            "TZ": "UTC", "SLURM_TIME_FORMAT": "%s", "SLURM_BITSTR_LEN": "0",
        }  # fmt: skip
        follows = dict(itertools.pairwise(line.argv))
        found = self.jobs.past_rows(
            where["--clusters"],
            _split(where, "--accounts"),
            _split(where, "--jobs"),
            (follows.get("-S"), follows.get("-E")),
        )
        mark, columns = where["--delimiter"], where["--format"].split(",")
        cells = [[_sacct_cell(row, column) for column in columns] for row in found]
        lines = ["".join(f"{cell}{mark}" for cell in one) for one in (columns, *cells)]
        return "".join(f"{line}\n" for line in lines)

    def _signalled(self, argv: tuple[str, ...]) -> Finished:
        """Signal the jobs, and say what failed; with --ctld the exit code is always 0."""
        assert argv[1] == "--ctld"
        told = [word for word in argv[2:] if not word.startswith("--")]
        errors = self.jobs.cancel(told, signal=any(word.startswith("--signal") for word in argv))
        return Finished(0, "", "".join(scancel_says(i, n) for i, n in errors.items() if n))

    def _lines(self, argv: tuple[str, ...], where: Mapping[str, str]) -> list[str]:
        if list(where) == ["format"] and where["format"] == NAME_COLUMNS.get(argv[3]):
            keys = ("type", "name") if argv[3] == "tres" else ("name",)
            records = self._lists()[argv[3]][1]()
            return [
                "|".join(str(record[association_key]) for association_key in keys)
                for record in records
            ]
        if argv[2:4] == ("list", "qos"):
            assert where == {"format": "Name,PreemptMode"}
            return [f"{row['Name']}|{row['PreemptMode']}" for row in self.before.qos]
        if argv[2:4] == ("list", "cluster"):  # what JSON does not tell of them: nothing
            records = self._lists()["cluster"][1]()
            return [
                "|".join([str(one["name"]), *[""] * where["format"].count(",")]) for one in records
            ]
        assert argv[2:4] == ("list", "association"), f"the fake does not know {argv}"
        in_force = not {"woplimits", "withrawqoslevel"} & {*argv}
        assert in_force or {"woplimits", "withrawqoslevel"} <= {*argv}, "own values, or no one's"
        found = self.before.chosen(
            accounts=_split(where, "account"),
            users=_split(where, "user"),
            partitions=_split(where, "partition"),
            cluster=where.get("cluster"),
            ids=_split(where, "id"),
            deleted="withdeleted" in argv,
        )
        columns = {f.column: f for f in (*ASSOCIATION.fields, LINEAGE)}
        words = where["format"].split(",")
        fields = [columns[word] for word in words if word != "ID"]
        assert "ID" not in words[:-1]
        rows = list(self.before.associations)
        return [
            "|".join(
                [
                    *(_cell(one, f.name, f.kind.text(one[f.name])) for f in fields),
                    *([str(rows.index(row) + 1)] if "ID" in words else []),
                ]
            )
            for row in found
            for applied in [self.before.in_force(row) if in_force else row]
            for one in [{**applied, LINEAGE.name: self.before.lineage(row)}]
            if row["Default"] or not row["User"] or "onlydefaults" not in argv
        ]

    def _lists(self) -> dict[str, tuple[str, Callable[[], list[dict[str, Json]]]]]:
        return {
            "account": ("accounts", self.before.account_records),
            "user": ("users", self.before.user_records),
            "qos": ("qos", self.before.qos_records),
            "cluster": ("clusters", self.before.cluster_records),
            "tres": ("TRES", self.before.tres_records),
        }

    def _document(self, argv: tuple[str, ...], where: Mapping[str, str]) -> Json:
        meta = {"slurm": {"release": "24.11.5", "cluster": "alps"}, "client": {"user": "root"}}
        if "ping" in argv:
            return {"meta": meta, "pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        if argv[0] == "squeue":
            assert argv[1:4] == ("--json", "--local", "--states=all")
            named = _split(where, "--account")
            found = self.jobs.records()
            chosen = [one for one in found if named is None or one["account"] in named]
            return {"meta": meta, "jobs": chosen}
        assert argv[1:3] == ("--json", "list"), f"the fake does not know {argv}"
        key, records = self._lists()[argv[3]]
        wanted = _split(where, "name")
        return {
            "meta": meta,
            key: [one for one in records() if wanted is None or one["name"] in wanted],
        }


def _sacct_cell(row: Row, column: str) -> str:
    """Return the text of one of sacct's columns."""
    value = row[column]
    if column in {"Submit", "Start", "End"}:
        return "Unknown" if value is None else str(value)
    if column == "State" and value != ("PENDING",):
        value = tuple(state for state in names_in(value) if state != "PENDING")
    text = PAST_JOB[column].kind.text(value)
    return text or {"Reason": "None", "NodeList": "None assigned", "Timelimit": "UNLIMITED"}.get(
        column, ""
    )


NAME_COLUMNS = {
    "account": "Account",
    "user": "User",
    "qos": "Name",
    "cluster": "Cluster",
    "tres": "Type,Name",
}
"""What is asked for of each noun, where names are all that is wanted."""


def _split(where: Mapping[str, str], key: str) -> list[str] | None:
    return where[key].split(",") if key in where else None


def _cell(row: Row, name: str, text: str) -> str:
    if name == "Deleted":  # the column Flags
        return "Deleted" if row[name] else ""
    assert name == LINEAGE.name or not isinstance(ASSOCIATION[name].kind, Tres) or "|" not in text
    return text
