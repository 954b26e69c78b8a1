"""`usage` and `raw-usage`, from argv to exit, with the Slurm commands replaced at the edge."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.usage import Accounting
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.config.models import Profile
from tests.cli.conftest import Ended, Program, Programs
from tests.fakes import ALICE, BOB, ROOT, SCIENCE, Sacctmgr, world
from tests.support import PHYSICS, account, association

NOON = 1793448000  # 2026-10-31T12:00:00Z
NOW = NOON + 36 * 3600
OPTICS = account("optics", "physics")
LIMITED = {**PHYSICS, "GrpTRESMins": {"cpu": 100}}
SLURM = world([ROOT, SCIENCE, LIMITED, OPTICS], [ALICE, BOB, association("optics", "bob")])
RUNS = (
    ("physics", "alice", "normal", "batch", NOON, NOON + 3600, 3600, "cpu=2,mem=1G"),
    ("optics", "bob", "high", "gpu", NOON, NOON + 90, 90, "cpu=1,gres/gpu:a100=1"),
    ("physics", "bob", "normal", "gpu", NOON, NOON, 0, "cpu=64"),
)
MONTH = ("month=2026-10", "--tz", "UTC")
Line = tuple[str, ...]


@dataclass
class Sacct:
    """sacct, which cuts nothing: it answers with the runs that the test has for its window."""

    runs: tuple[tuple[object, ...], ...] = RUNS
    windows: dict[tuple[str, str], tuple[tuple[object, ...], ...]] = field(default_factory=dict)
    seen: list[Line] = field(default_factory=list)

    def __call__(self, argv: Line) -> Finished | None:
        if argv[0] != "sacct":
            return None
        self.seen.append(argv)
        at = argv.index("-S")
        runs = self.windows.get((argv[at + 1], argv[at + 3]), self.runs)
        named = [word.split("=", 1)[1].split(",") for word in argv if word.startswith("--accounts")]
        rows = [
            "|".join(map(str, (number, number, *run)))
            for number, run in enumerate(runs, 1)
            if not named or run[0] in named[0]
        ]
        return Finished(0, "".join(f"{row}|\n" for row in (HEADER, *rows)), "")


HEADER = "DBIndex|JobIDRaw|Account|User|QOS|Partition|Start|End|ElapsedRaw|ReqTRES"


@dataclass
class Usage:
    """The program over a profile, the fake sacctmgr and the fake sacct."""

    program: Program
    slurm: Sacctmgr
    sacct: Sacct

    def __call__(self, *words: str, stdin: str | None = None) -> Ended:
        return self.program(*words, stdin=stdin)


@pytest.fixture
def usage(programs: Programs, executor: str, monkeypatch: pytest.MonkeyPatch) -> Usage:
    """Whatever the profile, only the Slurm commands are run."""
    program = programs(executor)
    sacct = Sacct()
    slurm = Sacctmgr(SLURM, answer=sacct)

    def accounting(
        profile: Profile, timeout: float | None = None, waits: object = ()
    ) -> Accounting:
        return Accounting(profile, slurm)

    def connect(profile: Profile, timeout: float | None = None, waits: object = ()) -> Backend:
        raise AssertionError("nobody else is to be asked")

    monkeypatch.setattr("slurmctl_rest.cli.context.accounting", accounting)
    monkeypatch.setattr("slurmctl_rest.cli.context.connect", connect)
    monkeypatch.setattr("time.time", lambda: NOW + 0.9)
    return Usage(program, slurm, sacct)


def test_a_report_is_a_table_with_totals(usage: Usage) -> None:
    ended = usage("usage", "report", *MONTH)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "Account  User   TRES           Used    Share  Limit  LimitUsed  Percent\n"
        "optics   bob    cpu            1.50    1.2\n"
        "optics   bob    gres/gpu:a100  1.50    100.0\n"
        "physics  alice  cpu            120     98.8   100    121.50     121.5\n"
        "physics  alice  mem            61440   100.0\n"
        "(total)         cpu            121.50  100.0\n"
        "(total)         gres/gpu:a100  1.50    100.0\n"
        "(total)         mem            61440   100.0\n"
    )
    assert len(usage.sacct.seen) == 1


def test_scripts_get_no_totals_among_the_rows(usage: Usage) -> None:
    words = ("usage", "report", *MONTH, "tres=cpu", "by=month,qos", "units=seconds")
    assert usage(*words, "-P").out == (
        "Month|QOS|TRES|Used|Share\n2026-10|high|cpu|90|1.2\n2026-10|normal|cpu|7200|98.8\n"
    )
    document = json.loads(usage(*words, "--json").out)
    assert document["totals"] == [{"TRES": "cpu", "Used": 7290, "Seconds": 7290}]
    assert document["items"][0] == {
        "Account": None, "User": None, "QOS": "high", "Partition": None, "Day": None,
        "Month": "2026-10", "TRES": "cpu", "Used": 90, "Seconds": 90, "Share": 1.2, "Limit": None,
        "LimitUsed": None, "Percent": None,
    }  # fmt: skip
    about = ("executor", "start", "end", "time_zone", "basis", "unit", "by")
    assert [document[key] for key in about] == [
        "cli", "2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00", "UTC", "requested",
        "seconds", ["month", "qos"],
    ]  # fmt: skip


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "━"), ("ascii", "-")])
def test_people_see_bars_beside_the_shares(
    usage: Usage, encoding: str, bar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.conftest._Terminal.encoding", encoding)
    words = ("usage", "report", *MONTH, "by=user", "tres=cpu", "--color=never")
    assert usage(*words, stdin="").out.splitlines() == [
        "User     TRES    Used  Share",
        {"utf-8": "─", "ascii": "-"}[encoding] * 50,
        f"alice    cpu      120   98.8  {bar * 20}",
        "bob      cpu     1.50    1.2",
        "(total)  cpu   121.50  100.0",
    ]
    asked = usage(*words, "format=User,Share", stdin="").out.splitlines()
    assert asked[2] == f"alice     98.8  {bar * 20}"
    assert bar * 3 not in usage(*words, "format=User%9,Share", stdin="").out.splitlines()[2]


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        (["report"], "2026-11-01T00:00:00", NOW),
        (["history"], "2025-12-01T00:00:00", NOW),
        (["report", "start=2026-10-01"], "2026-10-01T00:00:00", NOW),
        (["report", "start=2026-10-02", "end=2026-10-03"], "2026-10-02T00:00:00", 1790985600),
        (["report", "end=2026-10-01"], "2026-09-01T00:00:00", 1790812800),
        (["report", "month=2026-11"], "2026-11-01T00:00:00", NOW),
    ],
)
def test_windows(usage: Usage, words: list[str], start: str, end: int) -> None:
    """sacct is never asked about the future: it would take another now than the one before."""
    ended = usage("usage", *words, "--tz", "UTC", "--json")
    assert json.loads(ended.out)["start"] == f"{start}+00:00"
    at = usage.sacct.seen[0].index("-E")
    assert usage.sacct.seen[0][at + 1] == f"uts{end}"


def test_a_window_that_has_not_come_is_empty(usage: Usage) -> None:
    ended = usage("usage", "report", "month=2027-01", "by=user")
    assert (ended.code, ended.out, usage.sacct.seen) == (0, "User  TRES  Used  Share\n", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start=2026-10-02", "end=2026-10-02"], "is not after the start"),
        (["month=2026-10", "end=2026-10-02"], "month= cannot be used with start= or end="),
        (["month=2026-13"], "'2026-13' is not a month"),
        (["start=soon"], "'soon' is not a time"),
        (["start=today,now"], "start= accepts only one value"),
        (["units=minutes,hours"], "units= accepts only one value"),
        (["units=days"], "Units: 'days' is not one of minutes, hours, seconds"),
        (["by="], "By: '' is not one of account, user, qos, partition, day, month"),
        (["by=account,job"], "By: 'job' is not one of account"),
        (["tres=gpu"], "tres: the cluster has no TRES 'gpu'"),
        (["tres=="], "TRES: '=' is not a TRES"),
        (["--tz", "Mars/Base"], "time zone 'Mars/Base' is not known"),
        (["--basis", "planned"], "--basis"),
        (["format=Start"], "usage has no field 'Start'"),
        (["account!=physics"], "usage is counted by names: Account takes '=' and names"),
        (["limit=none"], "limit=none: 'none' is not a positive whole number"),
        (["sort=Foo"], "usage has no field 'Foo'"),
    ],
)
def test_words_that_cannot_be_read(usage: Usage, words: list[str], said: str) -> None:
    ended = usage("usage", "report", *words)
    assert (ended.code, ended.out, usage.sacct.seen) == (2, "", [])
    assert said in ended.err


def test_a_job_that_paused_across_midnight_is_asked_for_day_by_day(usage: Usage) -> None:
    midnight = NOON + 12 * 3600
    paused = ("physics", "alice", "normal", "batch", midnight - 60, midnight + 60, 50, "cpu=1")
    usage.sacct.runs = (*RUNS, paused)
    first = (*paused[:4], midnight - 60, midnight, 20, "cpu=1")
    second = (*paused[:4], midnight, midnight + 60, 30, "cpu=1")
    edges = [f"uts{midnight + days * 24 * 3600}" for days in (-1, 0, 1)]
    usage.sacct.windows = {
        (edges[0], edges[1]): (*RUNS, first),
        (edges[1], edges[2]): (*RUNS, second),
    }
    ended = usage(
        "usage", "report", "start=2026-10-30", "end=2026-11-02", "by=day", "tres=cpu",
        "units=seconds", "--tz", "UTC", "-nP", "format=Day,Used",
    )  # fmt: skip
    assert ended.out == f"2026-10-31|{7200 + 90 + 20}\n2026-11-01|30\n"
    assert ["--jobs=4" in argv for argv in usage.sacct.seen] == [False, True, True]


def test_limits_do_not_depend_on_conditions(usage: Usage) -> None:
    words = ("usage", "report", *MONTH, "by=account", "tres=cpu", "-nP")
    limits = "physics|cpu|120|{}|100|121.50|121.5\n"
    assert limits.format("100.0") in usage(*words, "user=alice").out
    assert len(usage.sacct.seen) == 1  # all jobs were told, and those of optics counted beside
    del usage.sacct.seen[:]
    assert usage(*words, "physics").out == limits.format("100.0")
    assert [argv[-2] for argv in usage.sacct.seen] == [
        "--accounts=physics", "--accounts=optics,physics",
    ]  # fmt: skip
    del usage.sacct.seen[:]
    assert limits.format("98.8") in usage(*words, "physics", "WithSubAccounts").out
    assert len(usage.sacct.seen) == 1


def test_names_without_jobs_that_do_not_exist_are_said(usage: Usage) -> None:
    gone = ("gone", "ghost", "old", "batch", NOON, NOON + 60, 60, "cpu=1")
    usage.sacct.runs = (*RUNS, gone)
    ended = usage("usage", "report", "gone,nosuch", *MONTH, "user=ghost,alice,nobody", "qos=old,no")
    assert ended.code == 0
    assert "gone     ghost  cpu" in ended.out
    assert ended.err == "".join(
        f"slurmctl-rest: warning: {what}, and has no jobs there\n"
        for what in (
            "account 'nosuch' does not exist on cluster 'alps'",
            "user 'nobody' does not exist on cluster 'alps'",
            "qos 'no' does not exist",
        )
    )
    quiet = usage("usage", "report", "science", *MONTH, "user=bob")
    assert (quiet.code, quiet.err) == (0, "")


def test_a_cluster_that_does_not_exist_is_not_taken_for_an_idle_one(usage: Usage) -> None:
    ended = usage("usage", "report", "-M", "nosuch")
    assert (ended.code, ended.out, usage.sacct.seen) == (3, "", [])


def test_an_error_says_who_was_asked(usage: Usage) -> None:
    ended = usage("usage", "report", "-M", "nosuch", "--json")
    assert json.loads(ended.err)["error"]["executor"] == "cli"


# --- raw usage ----------------------------------------------------------------------------------

RESET = ("raw-usage", "reset")


def wrote(usage: Usage) -> list[str]:
    """Return the command lines that write."""
    return [" ".join(argv[2:]) for argv in usage.slurm.writes if argv[0] != "sacct"]


def test_accounts_are_reset_after_a_question_that_says_what_goes_with_them(usage: Usage) -> None:
    ended = usage(*RESET, "physics", stdin="y\n")
    assert (ended.code, ended.out) == (0, "1 reset\n")
    assert ended.err.startswith(
        "slurmctl-rest: warning: resetting account 'physics' also resets the accounts below it: "
        "optics\n"
        "~ account physics: reset\n"
    )
    assert wrote(usage) == ["modify account where name=physics cluster=alps set RawUsage=0"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["physics"], 9, "no terminal to confirm"),
        (["physics", "-i", "--readonly"], 9, "--readonly"),
        (["-i"], 9, "give accounts, user= with account=, or qos="),
        (["cluster=alps", "-i"], 9, "give accounts, user= with account=, or qos="),
        (["user=alice", "-i"], 2, "raw-usage reset user=alice account=physics"),
        (["physics", "format=User", "-i"], 2, "a reset has no columns"),
        (["nosuch", "-i"], 3, "account 'nosuch' does not exist on cluster 'alps'"),
        (["user=bob", "account=science", "-i"], 3, "association 'bob in science' does not exist"),
        (["qos=nosuch", "-i"], 3, "qos 'nosuch' does not exist"),
        (["physics", "-M", "nosuch", "-i"], 3, "cluster 'nosuch' does not exist"),
    ],
)
def test_what_is_refused_writes_nothing(
    usage: Usage, words: list[str], code: int, said: str
) -> None:
    ended = usage(*RESET, *words)
    assert (ended.code, ended.out, wrote(usage)) == (code, "", [])
    assert said in ended.err


def test_each_name_has_its_outcome(usage: Usage) -> None:
    ended = usage(*RESET, "science,nosuch", "qos=normal", "-i", "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["executor"], document["changed"]) == (7, "cli", True)
    told = [
        (one["entity"], one["name"], one["action"], one["changed"], one["fields"], one["error"])
        for one in document["changes"]
    ]
    missing = "account 'nosuch' does not exist on cluster 'alps'"
    assert told == [
        ("account", "science", "reset", True, {}, None),
        ("account", "nosuch", "reset", False, {}, {"code": "not_found", "message": missing}),
        ("qos", "normal", "reset", True, {}, None),
    ]
    assert wrote(usage) == [
        "modify account where name=science cluster=alps set RawUsage=0",
        "modify qos where name=normal cluster=alps set RawUsage=0",
    ]


def test_a_dry_run_shows_the_commands(usage: Usage) -> None:
    ended = usage(*RESET, "user=alice,bob", "account=physics", "--dry-run")
    assert (ended.code, ended.err, wrote(usage)) == (0, "", [])
    assert ended.out == (
        "association alice in physics: would reset\n"
        "association bob in physics: would reset\n"
        "would run: sacctmgr -i modify user where name=alice,bob account=physics cluster=alps "
        "partition= set RawUsage=0\n"
    )


def test_a_user_who_may_not_is_told_so(usage: Usage) -> None:
    usage.slurm.answer = lambda argv: Finished(1, "", "") if "RawUsage=0" in argv else None
    ended = usage(*RESET, "science", "-i")
    assert (ended.code, ended.out) == (5, "")
    assert "account 'science': permission denied" in ended.err
