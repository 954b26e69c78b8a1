"""`quota`, `jobs why`, `access` and `describe`, with the use of limits put in at the edge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

import pytest

from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import describe
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.entities.job import HELD_JOB
from slurmctl_rest.model.entities.job_ids import whole
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.limit_use import (
    NO_PARTITIONS,
    LimitUse,
    Measure,
    Partitions,
    PlaceUse,
    UseQuery,
)
from slurmctl_rest.model.partition_rules import PartitionRules
from tests.cli.conftest import Program, Programs
from tests.fakes import BEFORE, World
from tests.support import association, job, qos

ALICE = AssociationKey("alps", "physics", "alice")
PHYSICS = AssociationKey("alps", "physics")
SCIENCE = AssociationKey("alps", "science")


def used(running: int, cpus: int) -> PlaceUse:
    return {
        Measure.RUNNING: running,
        Measure.SUBMITTED: running + 1,
        Measure.ACCRUING: 1,
        Measure.TRES: {"cpu": cpus},
        Measure.MINUTES: {"cpu": 50},
        Measure.RUN_MINUTES: {"cpu": 10},
        Measure.WALL: 2.5,
    }


def held(id_: str, state: str, reason: str | None, **values: Value) -> Row:
    nothing: dict[str, Value] = dict.fromkeys(f.name for f in HELD_JOB.fields)
    base: Mapping[str, Value] = {"QOS": "high", "Reason": reason, "Timelimit": 60, **values}
    return {**nothing, **job(id_, "physics", "alice", "batch", state), **base}


JOBS = (
    held("1", "RUNNING", None, Start=1_795_500_000, AllocTRES={"cpu": 3}, ReqTRES={"cpu": 3}),
    held("2", "PENDING", "Priority", ReqTRES={"cpu": 4, "mem": 100}),
    held("3", "PENDING", "JobHeldUser", ReqTRES={"cpu": 1}),
    held("4", "PENDING", "Dependency", ReqTRES={"cpu": 1}, Dependency="afterok:1"),
)


@dataclass
class Reader:
    """Slurm's use of limits, and its jobs."""

    use_: LimitUse
    asked: list[UseQuery] = field(default_factory=list)
    backend: Backend | None = None
    partitions_: Partitions = NO_PARTITIONS
    settings_: Mapping[str, str] = field(default_factory=lambda: {"EnforcePartLimits": "NO"})

    def use(self, query: UseQuery) -> LimitUse:
        self.asked.append(query)
        return self.use_

    def beside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def associations(self, query: Query, qos: Sequence[str] = ()) -> list[Row]:
        del qos
        assert self.backend is not None
        return self.backend.read(query)

    def over(self, backend: Backend) -> Reader:
        self.backend = backend
        return self

    def jobs(self, ids: Iterable[str] = ()) -> list[Row]:
        wanted = {whole(one) for one in ids}
        return [row for row in JOBS if not wanted or whole(str(row["JobID"])) in wanted]

    def qos(self, query: Query) -> list[Row]:
        assert self.backend is not None
        return self.backend.read(query)

    def partitions(self) -> Partitions:
        return self.partitions_

    def settings(self) -> Mapping[str, str]:
        return self.settings_

    def active(self) -> list[Row]:
        return [JOBS[0]]


WORLD: World = replace(
    BEFORE,
    associations=[
        association("root", None, QosLevel=("normal",)),
        {**association("science", None, "root"), "GrpTRES": {"cpu": 6}, "QosLevel": ("high",)},
        {**association("physics", None, "science"), "MaxJobs": 4, "MaxTRES": {"cpu": 9}},
        {**association("physics", "alice"), "GrpJobs": 3, "Default": True},
    ],
    qos=[qos("normal"), qos("high", MaxTRESPU={"cpu": 5}, MaxSubmitJobsPU=1)],
    levels={"carl": "None"},
)
USE = LimitUse(
    {ALICE: used(1, 3), PHYSICS: used(1, 3), SCIENCE: used(2, 5)},
    {"high": used(1, 3)},
    {("high", "alice"): used(1, 3)},
)


HERE = "on cluster 'alps'"


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader(USE)
    monkeypatch.setattr("slurmctl_rest.cli.context.limit_reader", made.over)
    return made


@pytest.fixture
def limited(programs: Programs, executor: str, reader: Reader) -> Program:
    del reader
    return programs(executor, WORLD)


def test_quota_shows_the_fullest_limit_first_up_the_tree(limited: Program, reader: Reader) -> None:
    ended = limited("quota", "user=alice")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "Account  User   QOS   Limit            TRES  Value  Used  Left  Percent\n"
        "         alice  high  MaxSubmitJobsPU        1      2     0     200.0\n"
        "science               GrpTRES          cpu   6      5     1     83.3\n"
        "         alice  high  MaxTRESPU        cpu   5      3     2     60.0\n"
        "physics  alice        GrpJobs                3      1     2     33.3\n"
        "physics  alice        MaxJobs                4      1     2     25.0\n"
    )
    (asked,) = reader.asked
    assert {(key.account, key.user) for key in asked.keys} == {
        ("root", ""),
        ("science", ""),
        ("physics", ""),
        ("physics", "alice"),
    }
    assert asked.qos == ("high",)


def test_quota_over_a_threshold_exits_with_8(limited: Program) -> None:
    ended = limited("quota", "user=alice", "--over", "80", "-P", "--format", "Account,Limit")
    assert ended.code == 8
    assert ended.out == "Account|Limit\n|MaxSubmitJobsPU\nscience|GrpTRES\n"
    assert "2 limits are used to 80 % or more" in ended.err
    ended = limited("quota", "user=alice", "--over", "300", "--json")
    assert (ended.code, json.loads(ended.out)["items"]) == (0, [])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["quota", "user=carl"], 3, "user 'carl' has no association on cluster 'alps' (slurmctl"),
        (["quota", "user=carl", "account=physics"], 3,
         "user 'carl' has no association in account physics on cluster 'alps' (slurmctl"),
        (["quota", "user=alise"], 3, f"user 'alise' does not exist {HERE} (did you mean alice?)"),
        (["quota", "account=phisics"], 3,
         f"account 'phisics' does not exist {HERE} (did you mean physics?)"),
        (["quota", "qos=hihg"], 3, "qos 'hihg' does not exist (did you mean high?)"),
        (["quota", "all", "user=alice"], 2, "'all' stands alone"),
        (["quota", "--over", "-3"], 2, "--over takes a percentage"),
        (["jobs", "why"], 2, "no job is named"),
        (["jobs", "why", "99"], 3, "slurmctld has no job 99"),
        (["access", "account=physics"], 2, "name one user"),
        (["access", "alice", "qos=a,b"], 2, "qos= accepts only one value"),
        (["access", "alice", "account=phisics"], 3,
         f"account 'phisics' does not exist {HERE} (did you mean physics?)"),
        (["access", "alise"], 3, f"user 'alise' does not exist {HERE} (did you mean alice?)"),
        (["access", "alise", "account=physics"], 3,
         f"user 'alise' does not exist {HERE} (did you mean alice?)"),
        (["access", "alice", "qos=hgih"], 3, "qos 'hgih' does not exist (did you mean high?)"),
        (["access", "alice", "cluster=nosuch"], 3, "cluster 'nosuch' does not exist"),
        (["quota", "-M", "nosuch"], 3, "cluster 'nosuch' does not exist"),
        (["account", "describe"], 2, "name accounts to describe"),
        (["jobs", "why", "user=alise"], 3,
         f"user 'alise' does not exist {HERE} (did you mean alice?)"),
        (["account", "describe", "phisics"], 3,
         f"account 'phisics' does not exist {HERE} (did you mean physics?)"),
        (["qos", "describe", "hihg"], 3, "qos 'hihg' does not exist (did you mean high?)"),
        (["user", "describe", "alise"], 3,
         f"user 'alise' does not exist {HERE} (did you mean alice?)"),
        (["user", "describe", "carl"], 3, f"user 'carl' has no association {HERE} (slurmctl"),
        (["assoc", "describe", "account=phisics"], 3,
         f"account 'phisics' does not exist {HERE} (did you mean physics?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(limited: Program, words: list[str], code: int, said: str) -> None:
    ended = limited(*words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


@pytest.mark.parametrize(
    ("words", "column", "shown", "said"),
    [
        ("quota account=physics,phisics", "Account", {"physics", "science"},
         f"account 'phisics' does not exist {HERE} (did you mean physics?)"),
        ("account describe physics,arts", "Account", {"physics"},
         f"account 'arts' does not exist {HERE} (slurmctl-rest account list shows all accounts)"),
        ("user describe alice,alise,carl", "User", {"alice"},
         f"user 'alise' does not exist {HERE}; user 'carl' has no association {HERE} "
         "(did you mean alice?)"),
        ("qos describe high,hihg", "QOS", {"high"},
         "qos 'hihg' does not exist (did you mean high?)"),
    ],
)  # fmt: skip
def test_names_that_exist_are_shown_beside_one_that_does_not(
    limited: Program, words: str, column: str, shown: set[str], said: str
) -> None:
    ended = limited(*words.split(), "-P", "-n", "--format", column)
    assert ({*ended.out.split()}, ended.code) == (shown, 7)
    assert ended.err.splitlines()[-1] == f"slurmctl-rest: {said}"


def test_why_names_every_limit_that_holds_a_job_and_what_makes_room(limited: Program) -> None:
    ended = limited("jobs", "why", "2", "--json", "--tz", "UTC")
    assert (ended.code, ended.err) == (0, "")
    told = [
        (i["Limit"], i["Account"], i["User"], i["QOS"], i["Used"], i["Need"], i["Ends"], i["Until"])
        for i in json.loads(ended.out)["items"]
    ]
    until = "2026-11-24T07:00:00+00:00"
    assert told == [
        ("MaxTRESPU", None, "alice", "high", 3, 4, ["1"], until),
        ("GrpTRES", "science", None, None, 5, 4, ["1"], until),
    ]
    ended = limited("jobs", "why", "2", "-P", "--format", "Text,Remedy")
    assert ended.out == (
        "Text|Remedy\n"
        "QOS high for user alice: MaxTRESPU is 5 cpu, 3 cpu used; the job needs 4 cpu"
        "|slurmctl-rest qos modify high set MaxTRESPU=cpu=7\n"
        "account science: GrpTRES is 6 cpu, 5 cpu used; the job needs 4 cpu"
        "|slurmctl-rest account modify science set GrpTRES=cpu=9\n"
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("JobHeldUser", ["its user holds it|"]),
        ("Reservation", ["it waits for its reservation to begin|"]),
        (
            "ReqNodeNotAvail, UnavailableNodes:n1",
            ["a node that it needs is down, drained, or reserved for others|"],
        ),
        ("Licenses", ["the licenses that it needs are in use (matlab:1)|"]),
        ("Priority", []),
        ("Resources", []),
    ],
)
def test_what_holds_a_job_beside_any_limit_comes_first(
    limited: Program, monkeypatch: pytest.MonkeyPatch, reason: str, words: list[str]
) -> None:
    """To raise the limit alone would not let it start."""
    waiting = held("5", "PENDING", reason, ReqTRES={"cpu": 4}, Licenses="matlab:1")
    monkeypatch.setattr(Reader, "jobs", lambda *_: [waiting])
    ended = limited("jobs", "why", "5", "-P", "-n", "--format", "Text,Limit")
    assert ended.out.splitlines() == [
        *words,
        "QOS high for user alice: MaxTRESPU is 5 cpu, 3 cpu used; the job needs 4 cpu|MaxTRESPU",
        "account science: GrpTRES is 6 cpu, 5 cpu used; the job needs 4 cpu|GrpTRES",
    ]


def test_why_puts_other_reasons_in_words(limited: Program) -> None:
    ended = limited("jobs", "why", "3,4,1", "-P", "--format", "JobID,Text,Remedy")
    assert ended.out == (
        "JobID|Text|Remedy\n"
        "1|it does not wait: RUNNING|\n"
        "3|its user holds it|scontrol release 3\n"
        "4|it depends on another job that has not ended (afterok:1)|scontrol show job 4 shows "
        "Dependency; to drop it: scontrol update jobid=4 dependency=\n"
    )
    ended = limited("jobs", "why", "user=alice", "-P", "-n", "--format", "JobID")
    assert ended.out.split() == ["2", "2", "3", "4"]


def test_a_job_is_held_by_the_qos_of_its_partition(
    programs: Programs, executor: str, reader: Reader
) -> None:
    reader.partitions_ = Partitions({"batch": "part"}, "batch")
    world = replace(WORLD, qos=[*WORLD.qos, qos("part", MaxTRES={"cpu": 1}, MaxTRESPU={"cpu": 99})])
    limited = programs(executor, world)
    ended = limited("jobs", "why", "2", "-P", "--format", "Limit,QOS,Account,Value")
    # MaxTRESPU of the partition's QOS takes the place of that of the job's.
    assert ended.out == "Limit|QOS|Account|Value\nMaxTRES|part||1\nGrpTRES||science|6\n"
    ended = limited("access", "alice", "tres=cpu=2", "-P", "--format", "Verdict,Limit,QOS")
    assert "waits|MaxTRES|part\n" in ended.out
    ended = limited("quota", "user=alice", "-P", "--format", "QOS,Limit")
    assert "part|MaxTRESPU\n" in ended.out
    reader.partitions_ = Partitions({"batch": "part"})
    ended = limited("access", "alice", "tres=cpu=2", "-P", "--format", "Verdict,Limit,QOS")
    assert "the default partition is not known over" in ended.err
    assert "part" not in ended.out


def test_jobs_list_has_a_column_why(limited: Program) -> None:
    ended = limited("jobs", "list", "3,4", "format=JobID,Why", "-P")
    depends = "it depends on another job that has not ended (afterok:1)"
    assert ended.out == f"JobID|Why\n3|its user holds it\n4|{depends}\n"


def test_access_foretells_a_refusal_a_wait_and_a_start(limited: Program) -> None:
    ended = limited(
        "access", "alice", "tres=cpu=2", "time=30", "-P", "--format", "Verdict,Limit,Used,Need"
    )
    assert ended.out == (
        "Verdict|Limit|Used|Need\nrefused|MaxSubmitJobsPU|2|1\nwaits|GrpTRES|5|2\n"
    )
    ended = limited("access", "alice", "account=physics", "qos=normal", "-P", "--format", "Text")
    assert ended.out == "Text\nQOS normal is not among those that alice may use: high\n"
    ended = limited("access", "carl", "account=physics", "-P", "--format", "Verdict,Remedy")
    assert ended.out == "Verdict|Remedy\nrefused|slurmctl-rest user add carl account=physics\n"


def test_describe_shows_each_value_with_its_origin_and_its_use(limited: Program) -> None:
    columns = ("-P", "--format", "Field,TRES,Text,From,Used")
    ended = limited("user", "describe", "alice", *columns)
    assert ended.out == (
        "Field|TRES|Text|From|Used\n"
        "DefaultAccount||physics||\n"
        "AdminLevel||None||\n"
        "Coordinators||physics||\n"
        "Fairshare||1||\n"
        "GrpJobs||3||1\n"
        "MaxJobs||4|physics|1\n"
        "MaxTRES|cpu|9|physics|\n"
        "QosLevel||high|science|\n"
    )
    ended = limited("account", "describe", "science", *columns)
    assert "GrpTRES|cpu|6||5\nQosLevel||high||\n" in ended.out
    ended = limited("qos", "describe", "high", *columns)
    assert "MaxTRESPU|cpu|5||3\n" in ended.out


def test_format_takes_the_origin_of_a_limit(limited: Program) -> None:
    words = (
        "assoc",
        "list",
        "where",
        "user=alice",
        "format=User,MaxJobs,MaxJobs.from,MaxTRES.FROM",
    )
    ended = limited(*words)
    assert ended.out == (
        "User   MaxJobs  MaxJobs.From  MaxTRES.From\nalice  4        physics       cpu=physics\n"
    )
    (item,) = json.loads(limited(*words, "--json").out)["items"]
    assert item == {
        "User": "alice",
        "MaxJobs": 4,
        "MaxJobs.From": "physics",
        "MaxTRES.From": "cpu=physics",
    }
    ended = limited("account", "list", "physics", "format=MaxJobs.from,QOS.from", "-P")
    assert ended.out == "MaxJobs.From|QOS.From\n|science\n"
    ended = limited("user", "list", "alice", "WithAssoc", "format=User,MaxJobs.from%10", "-P")
    assert ended.out == "User|MaxJobs.From\nalice|physics\n"
    ended = limited("assoc", "list", "format=GrpJobs.from")
    assert (ended.code, ended.err.split(" (")[0]) == (
        2,
        "slurmctl-rest: association: GrpJobs is never inherited, so it has no '.from'",
    )


def test_describe_ends_with_the_last_change(
    limited: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"physics": "2026-11-30T18:12:26+00:00 by root: MaxJobs: 5 -> 4 (transaction 12)"}
    monkeypatch.setattr(describe, "last_changes", lambda *_: told)
    ended = limited(
        "account", "describe", "science,physics", "-P", "--format", "Account,Field,Text"
    )
    assert ended.out.endswith(f"physics|LastChange|{told['physics']}\n")
    assert ended.out.count("LastChange") == 1
    ended = limited("assoc", "describe", "where", "account=physics", "-P", "--format", "Field")
    assert (ended.code, "LastChange" in ended.out) == (0, False)


def test_access_looks_at_the_partition(limited: Program, reader: Reader) -> None:
    rules = {"batch": PartitionRules(allow_accounts=("art",)), "gpu": PartitionRules(max_time=30)}
    reader.partitions_ = Partitions({}, "batch", rules)
    words = ("access", "alice", "tres=cpu=1", "time=60", "-nP", "--format")
    for partition, line in (
        ("", "waits|AllowAccounts||||partition batch allows account art, not physics"),
        ("gpu", "waits|MaxTime||30|60|partition gpu: MaxTime is 30 minutes; the job needs 60"),
    ):
        named = [f"partition={partition}"] if partition else []
        ended = limited(*words, "Verdict,Limit,TRES,Value,Need,Text", *named)
        assert line in ended.out.splitlines()
    ended = limited("access", "alice", "partition=gup")
    assert (ended.code, ended.out) == (3, "")
    assert "partition 'gup' does not exist on cluster 'alps' (known: batch, gpu)" in ended.err
    reader.partitions_ = Partitions({}, "", rules)
    ended = limited("access", "alice", "-nP", "--format", "Limit")
    assert "its rules and its QOS are not looked at" in ended.err


@pytest.mark.parametrize(
    ("settings", "verdicts", "warns"),
    [
        ({"EnforcePartLimits": "NO"}, "waits State, waits MaxTime", False),
        ({"EnforcePartLimits": "ANY"}, "refused MaxTime, waits State", False),
        ({"EnforcePartLimits": "ALL"}, "refused MaxTime, waits State", False),
        ({}, "waits State, waits MaxTime", True),
    ],
)
def test_what_partitions_enforce_refuses_a_job(
    limited: Program, reader: Reader, settings: Mapping[str, str], verdicts: str, *, warns: bool
) -> None:
    rules = {"batch": PartitionRules(state="DOWN", max_time=30)}
    reader.partitions_, reader.settings_ = Partitions({}, "batch", rules), settings
    ended = limited("access", "alice", "time=60", "--json", "--format", "Verdict,Limit")
    told = [(i["Verdict"], i["Limit"]) for i in json.loads(ended.out)["items"]]
    ours = [f"{verdict} {limit}" for verdict, limit in told if limit in {"State", "MaxTime"}]
    assert ", ".join(ours) == verdicts
    assert ("EnforcePartLimits of slurm.conf is not known over" in ended.out) == warns


FREE: World = replace(
    WORLD,
    associations=[
        *WORLD.associations[:3],
        {
            **association("physics", "alice"),
            "Default": True,
            "MaxWall": 50,
            "MaxTRES": {"gres/gpu": 0, "mem": 5, "billing": 3},
        },
    ],
    qos=[qos("normal"), qos("high")],
)


@pytest.mark.parametrize(
    ("words", "rules", "shown", "unknown"),
    [
        ([], PartitionRules(), "starts||", ["mem", "billing"]),
        ([], PartitionRules(max_time=60), "starts||", ["mem", "billing"]),
        ([], PartitionRules(max_time=40), "waits|MaxTime|50", ["mem", "billing"]),
        ([], PartitionRules(default_time=60), "waits|MaxWall|60", ["mem", "billing"]),
        (["time=60"], PartitionRules(default_time=5), "waits|MaxWall|60", ["mem", "billing"]),
        (["tres=mem=9"], PartitionRules(), "waits|MaxTRES|9", ["billing"]),
        (["tres=mem=1,billing=3"], PartitionRules(), "starts||", []),
        (["tres=mem=1,gres/gpu:a100=1,billing=1"], PartitionRules(), "waits|MaxTRES|1", []),
    ],
)
def test_access_knows_what_slurmctld_gives_a_job_that_does_not_name_it(
    programs: Programs,
    executor: str,
    reader: Reader,
    words: list[str],
    rules: PartitionRules,
    shown: str,
    unknown: list[str],
) -> None:
    reader.use_, reader.partitions_ = LimitUse(), Partitions({}, "batch", {"batch": rules})
    ended = programs(executor, FREE)(
        "access", "alice", *words, "-nP", "--format=Verdict,Limit,Need"
    )
    assert ended.out == f"{shown}\n"
    about = [line.split("limits on ")[1].split()[0] for line in ended.err.splitlines()]
    assert about == unknown
