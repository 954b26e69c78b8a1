"""Every limit of associations and QOS holds a real job; `jobs why` names it, and lets it start."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.cli import why
from slurmctl_rest.limits.reason_names import LIMIT_OF_REASON, kind_of
from slurmctl_rest.limits.reason_words import REASON_WORDS
from slurmctl_rest.limits.waits import holds

from .cells import Cell, Cli
from .cluster import Cluster
from .limit_cases import CASES, REFUSED, Case
from .machine import wait_until
from .slurm_reasons import reasons

Json = Any
MINUTES = "-t10"


def test_every_reason_of_slurm_has_words(cluster: Cluster) -> None:
    told = reasons(cluster.root)
    assert len(told) > 200
    assert {"Priority", "AssocGrpCpuLimit", "MaxCpuPerAccount"} <= {*told}
    assert [one for one in told if one not in LIMIT_OF_REASON and one not in REASON_WORDS] == []


def build(cluster: Cluster) -> None:
    """Make an account, below one of its own, for each case, and QOS; then set all limits."""
    numbers = [*CASES]
    every = ",".join(f"q{n}" for n in numbers if CASES[n].level == "qos")
    every += "," + ",".join(f"r{n}" for n in range(len(REFUSED)))
    lines = [
        f"add qos {every}",
        f"add account {','.join(f'p{n}' for n in numbers)} parent=root qos=normal,{every}",
        *(f"add account c{n} parent=p{n}" for n in numbers),
        *(f"add account s{n} parent=root qos=normal,r{n}" for n in range(len(REFUSED))),
        f"add user alice,bob account={','.join(f'c{n}' for n in numbers)}",
        f"add user alice account={','.join(f's{n}' for n in range(len(REFUSED)))}",
        *(f"{modify(case.level, n, 'p', 'c', 'q')} set {case.limit}" for n, case in CASES.items()),
        *(
            f"{modify(level, n, 's', 's', 'r')} set {field}=0"
            for n, (level, field) in enumerate(REFUSED)
        ),
        "quit",
    ]
    done = cluster.run("sacctmgr", "-iQ", text="\n".join([*lines, ""]))
    assert " error" not in done.stdout + done.stderr, done.stderr


def modify(level: str, number: int, parent: str, account: str, qos: str) -> str:
    """Return the beginning of sacctmgr's command that sets a limit where the case has it."""
    return {
        "user": f"modify user where name=alice account={account}{number}",
        "account": f"modify account where name={account}{number}",
        "parent": f"modify account where name={parent}{number}",
        "qos": f"modify qos where name={qos}{number}",
    }[level]


def submit_all(cluster: Cluster, user: str, jobs: dict[int, str], script: str) -> dict[int, str]:
    """Submit a job in the account, and the QOS, of each case, in one shell; return the numbers."""
    lines = []
    for number, options in jobs.items():
        qos = f"-qq{number}" if CASES[number].level == "qos" else ""
        lines.append(
            f"sbatch --parsable -o/dev/null {MINUTES} -Ac{number} {qos} {options} --wrap '{script}'"
        )
    done = cluster.run("bash", "-e", user=user, text="\n".join(lines))
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, done.stdout.split(), strict=True))


def reasons_now(cluster: Cluster) -> dict[str, str]:
    lines = cluster.run("squeue", "-h", "-tPD", "-o", "%i %r").stdout.splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


def both(cluster: Cluster, folder: Path) -> list[Cli]:
    found = []
    for cell in (Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1])):
        (folder / str(cell)).mkdir()
        found.append(Cli(cell, folder / str(cell)))
    return found


def expected(number: int, case: Case) -> tuple[object, ...]:
    """Return limit, TRES, value, and the object that it is of, as `jobs why` names it."""
    account = user = qos = origin = None
    if case.level == "qos":
        qos = f"q{number}"
        user = "alice" if case.field.endswith("PU") else None
        account = f"c{number}" if case.field.endswith("PA") else None
    else:
        account = f"p{number}" if case.level == "parent" else f"c{number}"
        if case.level == "user" or not case.field.startswith("Grp"):
            user = "alice"
        if case.level == "account" and not case.field.startswith("Grp"):
            origin = account
    return case.field, case.tres, case.value, account, user, qos, origin


def named(item: Json) -> tuple[object, ...]:
    names = ("Limit", "TRES", "Value", "Account", "User", "QOS", "From")
    return tuple(item[name] for name in names)


def test_each_limit_holds_a_job_and_why_lets_it_start(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(CASES) > 60
    build(cluster)
    wait_until(
        lambda: (
            cluster.run(
                "sbatch", "-H", "--parsable", "-Ac0", "--wrap", "true", user="alice"
            ).returncode
            == 0
        ),
        "slurmctld knows the accounts",
    )
    cluster.run("scancel", "-ualice")
    fillers: dict[int, str] = {}
    for user in ("alice", "bob"):
        mine = {n: c.filler for n, c in CASES.items() if c.filler and c.filler_user == user}
        fillers |= submit_all(cluster, user, mine, "sleep 200")
    wait_until(lambda: not reasons_now(cluster), "what is to run runs", 20)
    held = submit_all(cluster, "alice", {n: case.job for n, case in CASES.items()}, "true")
    wait_until(
        lambda: (
            len(now := reasons_now(cluster)) == len(held)
            and not {"Priority", "None"} & {*now.values()}
        ),
        "Slurm has a reason for each",
        20,
    )
    ours = both(cluster, tmp_path)
    # Slurm's reason, which is believed, would hide what was computed wrongly: the commands know the
    # whole use, and have to find each limit without it. slurmrestd does not tell all of it.
    with monkeypatch.context() as patch:
        patch.setattr(why, "holds", lambda demand, states, _: holds(demand, states))
        answers = [explained(ours[0], held)]
    answers.append(explained(ours[1], held))
    for number, case in CASES.items():
        job = held[number]
        for answer in answers:
            assert [named(item) for item in answer[job]] == [expected(number, case)], str(case)
        (told,) = answers[0][job]
        limit = LIMIT_OF_REASON[told["Reason"]]
        assert limit.field == case.field, (str(case), told["Reason"])
        assert limit.kind == (kind_of(case.tres) if case.tres else ""), (str(case), told["Reason"])
        (over_rest,) = answers[1][job]
        if over_rest["Used"] is not None and over_rest["Note"] is None:
            assert over_rest["Used"] == told["Used"], str(case)
        if case.filler and told["Used"]:
            assert told["Ends"] == over_rest["Ends"], str(case)
            assert told["Ends"] in ([], [fillers[number]]), str(case)
    carry_out(ours, answers, held)
    wait_until(lambda: not reasons_now(cluster), "all have started", 30)


def explained(cli: Cli, held: dict[int, str]) -> dict[str, list[Json]]:
    """Return the rows of `jobs why` by job."""
    found: dict[str, list[Json]] = {job: [] for job in held.values()}
    done = cli("jobs why user=alice --json")
    assert done.code == 0, done.err
    for item in done.items:
        found[str(item["JobID"])].append(item)
    return found


VERBATIM = 3
"""Remedies of each noun that are run as they are printed. The rest of accounts and QOS, which would
take a second each, goes through the same command from a file of CSV."""


def carry_out(
    ours: Sequence[Cli], answers: Sequence[dict[str, list[Json]]], held: dict[int, str]
) -> None:
    """Run the remedies, one executor's and the other's in turn."""
    tables: dict[tuple[int, str], list[dict[str, str]]] = {}
    counted: Counter[tuple[int, str]] = Counter()
    for number, job in held.items():
        which = number % 2
        (item,) = answers[which][job]
        words = shlex.split(item["Remedy"])
        program, noun, verb, name, set_, assignment = (*words, "", "")[:6]
        assert (program, verb) == ("slurmctl-rest", "modify")
        rows = tables.setdefault((which, noun), [])
        field, _, value = assignment.partition("=")
        rows.append({"Name": name, field: value})
        counted[which, noun] += 1
        if noun == "assoc" or counted[which, noun] <= VERBATIM:
            rows.pop()
            done = ours[which](*words[1:], "-i")
            assert done.code == 0, (item, done.err)
        else:
            assert set_ == "set"
    for (which, noun), rows in tables.items():
        if rows:
            file = ours[which].config.with_name(f"{noun}.csv")
            names = {"account": "Account", "qos": "Name"}
            fields = sorted({field for row in rows for field in row} - {"Name"})
            lines = [
                ",".join([names[noun], *fields]),
                *(
                    ",".join([row["Name"], *(f'"{row.get(field, "")}"' for field in fields)])
                    for row in rows
                ),
            ]
            file.write_text("\n".join(lines) + "\n")
            done = ours[which](noun, "modify", "--from", str(file), "-i")
            assert done.code == 0, done.err


def test_two_limits_at_once_are_both_named(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("modify", "qos", "high", "set", "MaxTRESPU=cpu=1")
    cluster.sacctmgr("add", "account", "science", "GrpTRES=cpu=3", "qos=normal,high")
    cluster.sacctmgr("add", "account", "physics", "parent=science", "MaxWall=5")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    done = cluster.run(
        *("sbatch", "--parsable", "-Aphysics", "-qhigh", "-n4", MINUTES, "--wrap", "true"),
        user="alice",
    )
    assert done.returncode == 0, done.stderr
    job = done.stdout.strip()
    for cli in both(cluster, tmp_path):
        items = explained(cli, {0: job})[job]
        assert sorted(named(item)[:3] for item in items) == [
            ("GrpTRES", "cpu", 3),
            ("MaxTRESPU", "cpu", 1),
            ("MaxWall", None, 5),
        ]
        listed = cli(f"jobs list {job} format=JobID,Why -P").out
        assert re.search("GrpTRES.*MaxTRESPU|MaxTRESPU.*GrpTRES", listed)
    # The last one is over REST: it reads of the tree what is above the job, and no more.
    for line in (f"jobs why {job} -v", "quota user=alice -v"):
        asked = [line for line in cli(line).err.splitlines() if "/slurmdb/" in line]
        assert len(asked) > 3
        assert [one for one in asked if "/qos/" not in one and not OF_FEW.search(one)] == []
    cluster.sacctmgr("modify", "account", "science", "set", "GrpTRES=cpu=2")
    (tmp_path / "last").mkdir()
    for cli in both(cluster, tmp_path / "last"):
        last = cli("account describe science --json").items[-1]
        assert last["Field"] == "LastChange"
        assert re.fullmatch(LAST, str(last["Text"])), last


def test_jobs_of_other_accounts_below_the_same_one_are_told(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.sacctmgr("add", "account", "science", "GrpTRES=cpu=3")
    cluster.sacctmgr("add", "account", "physics,chemistry", "parent=science")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics,chemistry")

    def submit(user: str, account: str) -> str:
        words = ("sbatch", "--parsable", f"-A{account}", "-n2", MINUTES, "--wrap", "sleep 600")
        done = cluster.run(*words, user=user)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    running = submit("bob", "chemistry")
    wait_until(lambda: cluster.run("squeue", "-ho%t").stdout.strip() == "R", "a job that runs")
    job = submit("alice", "physics")
    for cli in both(cluster, tmp_path):
        [item] = explained(cli, {0: job})[job]
        assert (item["Limit"], item["Used"], item["Ends"]) == ("GrpTRES", 2, [running])
        assert item["Until"] is not None


OF_FEW = re.compile(r"[?&](account|user)=\w")
LAST = r"\d{4}-\S+ by root: GrpTRES: cpu=3 -> cpu=2 \(transaction \d+\)"


def test_the_qos_of_a_partition_holds_its_jobs(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "part", "MaxTRES=cpu=2", "GrpJobs=1")
    cluster.sacctmgr("add", "qos", "high", "MaxTRES=cpu=1")
    cluster.sacctmgr("add", "account", "physics", "qos=normal,high")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    update = ("scontrol", "update", "partitionname=batch")
    wait_until(lambda: cluster.run(*update, "qos=part").returncode == 0, "slurmctld knows it", 10)
    try:
        words = ("sbatch", "--parsable", "-Aphysics", "-o/dev/null", MINUTES)
        done = cluster.run(*words, "-n1", "--wrap", "sleep 100", user="bob")
        assert done.returncode == 0, done.stderr
        running = done.stdout.strip()
        wait_until(lambda: not reasons_now(cluster), "what is to run runs", 20)
        done = cluster.run(*words, "-qhigh", "-n4", "--wrap", "true", user="alice")
        assert done.returncode == 0, done.stderr
        job = done.stdout.strip()
        for cli in both(cluster, tmp_path):
            items = explained(cli, {0: job})[job]
            # That of the job's QOS is not looked at: the partition's comes first.
            found = {named(item)[:3]: (item["QOS"], item["Ends"]) for item in items}
            assert found == {
                ("MaxTRES", "cpu", 2): ("part", []),
                ("GrpJobs", None, 1): ("part", [running]),
            }
            (item,) = cli("access bob account=physics partition=batch tres=cpu=1 --json").items
            assert (item["Verdict"], item["QOS"], item["Limit"]) == ("waits", "part", "GrpJobs")
            part = [item for item in cli("quota user=bob --json").items if item["QOS"] == "part"]
            assert [(item["Limit"], item["Used"]) for item in part] == [("GrpJobs", 1)]
    finally:
        cluster.run(*update, "qos=")


def test_what_is_refused_at_submission_is_foretold(cluster: Cluster, tmp_path: Path) -> None:
    accounts = [f"s{n}" for n in range(len(REFUSED))]
    cluster.sacctmgr("add", "qos", ",".join(f"r{n}" for n in range(len(REFUSED))))
    cluster.sacctmgr("add", "account", ",".join(f"t{n}" for n in range(len(REFUSED))))
    for number, account in enumerate(accounts):
        qos = f"qos=normal,r{number}"
        cluster.sacctmgr("add", "account", account, f"parent=t{number}", qos)
    cluster.sacctmgr("add", "user", "alice", f"account={','.join(accounts)}")
    for number, (level, field) in enumerate(REFUSED):
        words = shlex.split(modify(level, number, "t", "s", "r"))
        cluster.sacctmgr(*words, "set", f"{field}=0")
    ours = both(cluster, tmp_path)
    for number, (level, field) in enumerate(REFUSED):
        qos = f"r{number}" if level == "qos" else "normal"
        done = cluster.run(
            "sbatch", f"-As{number}", f"-q{qos}", MINUTES, "--wrap", "true", user="alice"
        )
        assert done.returncode == 1, (level, field)
        assert re.search(r"job submit limit|AccountingPolicy|violates", done.stderr), done.stderr
        cli = ours[number % 2]
        (item,) = cli(f"access alice account=s{number} qos={qos} time=10 --json").items
        assert (item["Verdict"], item["Limit"]) == ("refused", field)
        words = shlex.split(str(item["Remedy"]))
        assert cli(*words[1:], "-i").code == 0
        done = cluster.run(
            "sbatch", "-H", f"-As{number}", f"-q{qos}", MINUTES, "--wrap", "true", user="alice"
        )
        assert done.returncode == 0, (level, field, done.stderr)


TREE = (
    ("science", "root", "GrpTRES=cpu=40,mem=8G GrpTRESRunMins=cpu=9000 GrpJobs=30 GrpWall=500"),
    ("physics", "science", "GrpTRES=cpu=30 GrpTRESMins=cpu=900 MaxJobs=9 GrpSubmitJobs=40"),
    ("optics", "physics", "GrpTRES=cpu=12,node=1 GrpJobs=11 MaxSubmitJobs=20 GrpJobsAccrue=9"),
)
SHOWN = ("Account", "User", "QOS", "Limit", "TRES", "Value", "Used")


def test_quota_is_what_slurm_s_own_commands_show(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "high", "GrpTRES=cpu=50", "MaxJobsPU=15", "MaxTRESPA=cpu=40")
    for account, parent, limits in TREE:
        words = limits.split()
        cluster.sacctmgr("add", "account", account, f"parent={parent}", "qos=normal,high", *words)
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics,optics", "MaxJobs=12")
    for user, account, jobs in (
        ("alice", "physics", 6),
        ("alice", "optics", 4),
        ("bob", "optics", 6),
    ):
        lines = [f"sbatch -o/dev/null -A{account} -qhigh {MINUTES} -n1 --wrap 'sleep 100'"] * jobs
        done = cluster.run("bash", "-e", user=user, text="\n".join(lines))
        assert done.returncode == 0, done.stderr
    for user in ("alice", "bob"):
        lines = [f"sbatch -o/dev/null -Aphysics {MINUTES} -n1 --wrap 'sleep 100'"] * 2
        cluster.run("bash", "-e", user=user, text="\n".join(lines))
    wait_until(lambda: not reasons_now(cluster), "20 jobs run", 20)
    # Five gain age priority, one that is held does not.
    waiting = ("sbatch", "-o/dev/null", "-Aoptics", MINUTES, "-n1", "--exclusive")
    for option in ("--array=1-3", "-n1", "-n1", "-H"):
        assert cluster.run(*waiting, option, "--wrap", "true", user="alice").returncode == 0
    asked = ("scontrol", "-o", "show", "assoc_mgr", "flags=assoc", "account=optics", "users=bob")
    accrue = "GrpJobsAccrue=9(5)"
    wait_until(lambda: accrue in cluster.run(*asked).stdout, "slurmctld has looked at them", 40)
    shown, over_rest = (cli("quota all --json") for cli in both(cluster, tmp_path))
    assert (shown.code, over_rest.code) == (0, 0), over_rest.err
    told = {tuple(item[n] for n in SHOWN[:5]): item for item in shown.items}
    used = {key: item["Used"] for key, item in told.items()}
    expected_use = {
        ("science", None, None, "GrpTRES", "cpu"): 20,
        ("science", None, None, "GrpTRES", "mem"): 2000,
        ("science", None, None, "GrpJobs", None): 20,
        ("physics", None, None, "GrpTRES", "cpu"): 20,
        ("physics", None, None, "GrpSubmitJobs", None): 26,
        ("optics", None, None, "GrpJobsAccrue", None): 5,
        ("optics", None, None, "GrpTRES", "cpu"): 10,
        ("optics", None, None, "GrpTRES", "node"): 1,
        ("optics", None, None, "GrpJobs", None): 10,
        ("physics", "alice", None, "MaxJobs", None): 8,
        ("optics", "bob", None, "MaxJobs", None): 6,
        (None, None, "high", "GrpTRES", "cpu"): 16,
        (None, "alice", "high", "MaxJobsPU", None): 10,
        ("optics", None, "high", "MaxTRESPA", "cpu"): 10,
    }
    assert {key: used[key] for key in expected_use} == expected_use
    run_minutes = used["science", None, None, "GrpTRESRunMins", "cpu"]
    assert isinstance(run_minutes, int)
    assert 100 < run_minutes <= 200
    raw = cluster.run("sshare", "-nPlm", "-A", "science,physics", "-o", SSHARE).stdout
    shares = {name.strip(): rest for name, *rest in (line.split("|") for line in raw.splitlines())}
    # The minute may be over between the two looks.
    assert abs(run_minutes - cpus_in(shares["science"][1])) <= 20
    assert used["physics", None, None, "GrpTRESMins", "cpu"] == cpus_in(shares["physics"][0])
    # What the executors both know they tell alike, and what slurmrestd cannot tell is unset.
    for item in over_rest.items:
        key = tuple(item[n] for n in SHOWN[:5])
        if item["Used"] is None:
            assert item["Limit"] in {"GrpTRESMins", "GrpWall"}
            assert item["Note"]
        elif item["Note"] is None:
            assert item == told[key]
        else:
            assert abs(float(str(item["Used"])) - float(str(used[key]))) <= 21
    assert {tuple(i[n] for n in SHOWN[:5]) for i in over_rest.items} == {*told}
    fullest = [float(str(item["Percent"])) for item in shown.items]
    assert fullest == sorted(fullest, reverse=True)
    over = both_over(cluster, tmp_path)
    assert over == [8, 8]


SSHARE = "Account,GrpTRESRaw,TRESRunMins"


def cpus_in(text: str) -> int:
    """Return the number of CPUs, or of their minutes, of a list of TRES."""
    return int(text.partition("cpu=")[2].partition(",")[0])


def both_over(cluster: Cluster, folder: Path) -> list[int]:
    more = folder / "over"
    more.mkdir()
    return [cli("quota user=bob --over 60").code for cli in both(cluster, more)]
