"""Fakes at the edge: `Slurmrestd` answers httpx requests, `Sacctmgr` command lines.

Both answer reads from one World until the first write to slurmdbd reaches them, then from another
one, and keep all that they were asked. Jobs end when they are cancelled, at once or some looks
later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.output import Finished
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds import Json, Tres
from tests.support import KNOWN_TRES, LIMITS, PHYSICS, account, association, names_in, qos

QOS_ROWS = (qos("normal"), qos("high", Priority=10, Preempt=("low",)), qos("low"))


@dataclass(frozen=True)
class World:
    """What slurmdbd and slurmctld hold.

    accounts      with coordinators
    associations  of all clusters; those of users bear `Default` in the default account
    levels        AdminLevel of users; who has an association is a user without, too
    """

    accounts: Sequence[Row]
    associations: Sequence[Row]
    qos: Sequence[Row] = QOS_ROWS
    tres: Sequence[str] = KNOWN_TRES
    levels: Mapping[str, str] = field(default_factory=dict)
    jobs: Sequence[Row] = ()

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
        for row in self.qos:
            record: dict[str, Json] = {}
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


def world(
    rows: Iterable[Row],
    users: Iterable[Row] = (),
    *,
    levels: Mapping[str, str] = {},
    qos_: Sequence[Row] = QOS_ROWS,
    jobs: Sequence[Row] = (),
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
    return World(rows, [*own, *users], qos=qos_, levels=levels, jobs=jobs)


ROOT = account("root", None, QosLevel=("normal",))
SCIENCE = account("science")
ALICE = association("physics", "alice", Default=True)
BOB = association("physics", "bob", Default=True, MaxJobs=2)
BEFORE = world([ROOT, SCIENCE, PHYSICS], [ALICE, BOB])


@dataclass
class Jobs:
    """slurmctld's jobs. Cancelled ones are over after `looks` further looks."""

    rows: Sequence[Row]
    looks: int = 0
    cancelled: set[str] = field(default_factory=set)

    def records(self, *, ended: bool) -> list[dict[str, Json]]:
        """Return the JSON of jobs, of those that are over where `ended`."""
        records = []
        for row in self.rows:
            over = str(row["ID"]) in self.cancelled and self.looks <= 0
            if ended or not over:
                state = ["CANCELLED"] if over else list(names_in(row["State"]))
                records.append(
                    {
                        "job_id": row["ID"],
                        "account": row["Account"],
                        "user_name": row["User"],
                        "partition": row["Partition"],
                        "job_state": state,
                    }
                )
        self.looks -= bool(self.cancelled)
        return records


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
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """Take the jobs of the world."""
        self.jobs = Jobs(self.before.jobs)

    @property
    def writes(self) -> list[Seen]:
        """Return what came in that is not a GET."""
        return [one for one in self.seen if one.method != "GET"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
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
            self.jobs.cancelled |= set((body or {})["jobs"])
            return json_answer(200, {"status": []})
        if seen.method != "GET":
            self.before = self.after or self.before
            return json_answer(200, {})
        return json_answer(200, self._document(api, version, path, seen.query))

    def _document(self, api: str, version: str, path: str, query: Mapping[str, str]) -> Json:
        noun, _, name = path.rstrip("/").partition("/")
        if noun in {"ping", "diag"}:
            return {"pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        if (api, noun) == ("slurm", "jobs"):
            return {"jobs": self.jobs.records(ended=True)}
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
            for row in found
            if row["User"] or not users_only
        ]

    def _record(self, row: Row, *, own: bool, raw: bool) -> dict[str, Json]:
        """Return the record; of QOS, slurmrestd shows one of three views."""
        record: dict[str, Json] = {}
        for f in ASSOCIATION.fields:
            f.put(record, row[f.name])
        record["flags"] = ["DELETED"] if row["Deleted"] else []
        record["is_default"] = row["Default"] or not row["User"]  # so it says of own rows
        names = names_in(row["QosLevel"])
        if raw:
            record["qos"] = [name for name in names if name[0] not in "+-"]
        elif own:
            record["qos"] = [name.lstrip("+") for name in names if name[0] != "-"]
        else:
            record["qos"] = sorted(self._qos_in_the_end(row))
        if not own:  # limits of accounts above come as if they were the row's own
            ASSOCIATION["MaxJobs"].put(record, 424242)
        return record

    def _qos_in_the_end(self, row: Row) -> set[str]:
        names = names_in(row["QosLevel"])
        if any(name[0] not in "+-" for name in names):
            return set(names)
        above = [
            r
            for r in self.before.associations
            if not r["User"]
            and r["Cluster"] == row["Cluster"]
            and r["Account"] == (row["Account"] if row["User"] else row["Parent"])
        ]
        found = self._qos_in_the_end(above[0]) if above else set()
        return (found | {n[1:] for n in names if n[0] == "+"}) - {
            n[1:] for n in names if n[0] == "-"
        }


# --- the commands ----------------------------------------------------------------------------


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
        self.jobs = Jobs(self.before.jobs)

    @property
    def writes(self) -> list[tuple[str, ...]]:
        """Return the command lines that are not plain reads."""
        return [argv for argv in self.seen if not {"list", "ping", "squeue"} & {*argv[:3]}]

    def __call__(self, line: CommandLine) -> Finished:
        self.seen.append(line.argv)
        own = self.answer(line.argv)
        if own is not None:
            return own
        if line.argv[0] == "scancel":
            self.jobs.cancelled |= set(line.argv[1:])
            return Finished(0, "", "")
        if line.argv[1] == "-i":
            self.before = self.after or self.before
            return Finished(0, " done\n", "")
        where = dict(word.split("=", 1) for word in line.argv if "=" in word)
        if line.argv[1] == "-nP":
            return Finished(0, "".join(f"{text}\n" for text in self._lines(line.argv, where)), "")
        return Finished(0, json.dumps(self._document(line.argv, where)), "")

    def _lines(self, argv: tuple[str, ...], where: Mapping[str, str]) -> list[str]:
        if argv[2:4] == ("list", "qos"):
            assert where == {"format": "Name,PreemptMode"}
            return [f"{row['Name']}|{row['PreemptMode']}" for row in self.before.qos]
        assert argv[2:4] == ("list", "association"), f"the fake does not know {argv}"
        assert "woplimits" in argv, "limits of accounts above would be taken for own ones"
        found = self.before.chosen(
            accounts=_split(where, "account"),
            users=_split(where, "user"),
            partitions=_split(where, "partition"),
            cluster=where.get("cluster"),
            ids=_split(where, "id"),
            deleted="withdeleted" in argv,
        )
        columns = {f.column: f for f in ASSOCIATION.fields}
        fields = [columns[word] for word in where["format"].split(",")]
        return [
            "|".join(_cell(row, f.name, f.kind.text(row[f.name])) for f in fields)
            for row in found
            if row["Default"] or not row["User"] or "onlydefaults" not in argv
        ]

    def _document(self, argv: tuple[str, ...], where: Mapping[str, str]) -> Json:
        meta = {"slurm": {"release": "24.11.5", "cluster": "alps"}}
        if "ping" in argv:
            return {"meta": meta, "pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        if argv[0] == "squeue":
            accounts = where["--account"].split(",")
            found = self.jobs.records(ended=False)
            return {"meta": meta, "jobs": [one for one in found if one["account"] in accounts]}
        assert argv[1:3] == ("--json", "list"), f"the fake does not know {argv}"
        lists = {
            "account": ("accounts", self.before.account_records),
            "user": ("users", self.before.user_records),
            "qos": ("qos", self.before.qos_records),
            "cluster": ("clusters", self.before.cluster_records),
            "tres": ("TRES", self.before.tres_records),
        }
        key, records = lists[argv[3]]
        wanted = _split(where, "name")
        return {
            "meta": meta,
            key: [one for one in records() if wanted is None or one["name"] in wanted],
        }


def _split(where: Mapping[str, str], key: str) -> list[str] | None:
    return where[key].split(",") if key in where else None


def _cell(row: Row, name: str, text: str) -> str:
    if name == "Deleted":  # the column Flags
        return "Deleted" if row[name] else ""
    assert not isinstance(ASSOCIATION[name].kind, Tres) or "|" not in text
    return text
