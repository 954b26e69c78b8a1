"""Raw usage: what sshare shows goes to 0 for what is named, and for nothing beside it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from .cells import Cell, Cli
from .cluster import Cluster
from .machine import wait_until
from .test_deleting import submit
from .test_usage import run_again


@pytest.fixture
def program(cluster: Cluster, tmp_path: Path) -> Cli:
    """The program, with a profile for a slurmrestd that nobody answers for."""
    program = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)
    program.configure(url="http://127.0.0.1:1")
    return program


def usage(cluster: Cluster) -> dict[str, int]:
    """Return RawUsage as sshare has it: account, or account/user, or account/user/partition."""
    done = cluster.run("sshare", "-nPa", "-o", "Account,User,Partition,RawUsage")
    assert done.returncode == 0, done.stderr
    rows = [line.strip().split("|") for line in done.stdout.splitlines()]
    return {"/".join(filter(None, names)): int(raw) for *names, raw in rows}


def run_jobs(cluster: Cluster, *jobs: tuple[str, ...]) -> None:
    """Run jobs (user, account, options of sbatch) for a second, until their usage is counted."""
    before = usage(cluster)
    numbers = [submit(cluster, account, *options, user=user) for user, account, *options in jobs]

    def states() -> list[str]:
        return cluster.run("squeue", "-h", "-o", "%t", "-j", ",".join(numbers)).stdout.split()

    wait_until(lambda: states() == ["R"] * len(jobs), "jobs that run")
    time.sleep(1.2)
    cluster.run("scancel", *numbers)
    wanted = {f"{account}/{user}" for user, account, *_ in jobs}

    def counted() -> bool:
        time.sleep(0.2)
        now = usage(cluster)
        grown = {"/".join(key.split("/")[:2]) for key in now if now[key] > before.get(key, 0)}
        return wanted <= grown and not states()

    wait_until(counted, "usage of the jobs", 70)


def accounts(cluster: Cluster) -> None:
    """Add science with physics (and optics below it) and art."""
    parents = {"science": "root", "physics": "science", "art": "science", "optics": "physics"}
    for name, parent in parents.items():
        cluster.sacctmgr("add", "account", name, f"parent={parent}")
    cluster.sacctmgr("add", "user", "alice,bob", f"account={','.join(parents)}")


def test_an_account_goes_to_0_with_all_below_it_and_siblings_stay(
    cluster: Cluster, program: Cli
) -> None:
    """Every run of a job counts, as in our reports: also that of one that was requeued."""
    accounts(cluster)
    start = int(time.time())
    requeued = submit(cluster, "physics", "--requeue", "-n4", user="bob")
    time.sleep(1.5)
    run_again(cluster, requeued)
    time.sleep(1.2)
    cluster.run("scancel", requeued)
    run_jobs(cluster, ("alice", "physics"), ("bob", "optics"), ("bob", "art"), ("alice", "science"))
    before = usage(cluster)
    assert before["physics"] == before["physics/alice"] + before["physics/bob"] + before["optics"]
    when = f"start={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(start))}"
    report = program(f"usage report tres=billing --basis allocated units=seconds {when} --json")
    told = {f"{i['Account']}/{i['User']}": i["Used"] for i in report.items}
    assert told == {key: before[key] for key in told}
    assert before["physics/bob"] > 0

    done = program("raw-usage reset physics --dry-run")
    command = (
        "sacctmgr -i modify account where name=physics "
        f"cluster={cluster.cluster_name} set RawUsage=0"
    )
    assert (done.code, done.out) == (
        0, f"account physics: would reset\nwould run: {command}\n"
    )  # fmt: skip
    warning = "resetting account 'physics' also resets the accounts below it: optics"
    assert done.err == f"slurmctl-rest: warning: {warning}\n"
    assert usage(cluster) == before

    done = program("raw-usage reset physics -i")
    assert (done.code, done.out) == (0, "account physics: reset\n")
    gone = {"physics", "physics/alice", "physics/bob", "optics", "optics/alice", "optics/bob"}
    above = {name: before[name] - before["physics"] for name in ("root", "science")}
    assert usage(cluster) == {**before, **dict.fromkeys(gone, 0), **above}


def test_names_that_do_not_exist_do_not_keep_the_others_from_theirs(
    cluster: Cluster, program: Cli
) -> None:
    accounts(cluster)
    run_jobs(cluster, ("alice", "art"), ("alice", "optics"))
    done = program("raw-usage reset art,nosuch,optics -i")
    assert (done.code, done.out) == (
        7, "account art: reset\naccount optics: reset\naccount nosuch: FAILED to reset\n"
    )  # fmt: skip
    assert "1 of 3 failed: account 'nosuch' does not exist on cluster" in done.err
    assert {usage(cluster)[name] for name in ("art", "optics")} == {0}
    for words, what in (
        ("nosuch", "account 'nosuch'"),
        ("user=nobody account=art", "association 'nobody in art'"),
        ("qos=nosuch", "qos 'nosuch'"),
    ):
        done = program(f"raw-usage reset {words} -i")
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith(f"slurmctl-rest: {what} does not exist")


def test_users_go_to_0_in_the_accounts_named_and_in_all_partitions_there(
    cluster: Cluster, program: Cli
) -> None:
    """Of several rows of a user, sacctmgr by itself resets the one that it finds first."""
    accounts(cluster)
    cluster.sacctmgr("add", "user", "alice", "account=art", "partition=batch,gpu")
    cluster.sacctmgr("add", "user", "bob", "account=art", "partition=gpu")
    run_jobs(
        cluster,
        *(("alice", "art", "-p", "batch"), ("alice", "art", "-p", "gpu")),
        *(("bob", "art", "-p", "batch"), ("bob", "art", "-p", "gpu")),
        *(("alice", "physics"), ("bob", "physics"), ("alice", "optics")),
    )
    before = usage(cluster)
    busy = ("art/alice/batch", "art/alice/gpu", "art/bob", "art/bob/gpu", "physics/alice")
    assert all(before[name] for name in busy)
    done = program("raw-usage reset user=alice,bob account=art,physics -i")
    assert (done.code, done.err) == (0, "")
    assert set(done.out.splitlines()) == {
        *("association alice in art: reset", "association bob in art: reset"),
        *("association alice in art (batch): reset", "association alice in art (gpu): reset"),
        *("association bob in art (gpu): reset", "association alice in physics: reset"),
        "association bob in physics: reset",
    }
    after = usage(cluster)
    left = {name: raw for name, raw in after.items() if raw}
    rest = before["optics"]
    assert left == {**dict.fromkeys(("root", "science", "physics", "optics", "optics/alice"), rest)}


def test_qos_go_to_0(cluster: Cluster, program: Cli) -> None:
    accounts(cluster)
    cluster.sacctmgr("add", "qos", "high,low")
    cluster.sacctmgr("modify", "user", "where", "name=alice", "set", "qos+=high,low")
    run_jobs(cluster, ("alice", "art", "-q", "high"), ("alice", "art", "-q", "low"))

    def raw(name: str) -> float:
        shown = cluster.run("scontrol", "show", "assoc_mgr", f"qos={name}", "flags=qos").stdout
        return float(shown.split("UsageRaw=")[1].split()[0])

    assert raw("high") > 0
    low = raw("low")
    assert program("raw-usage reset qos=high -i").out == "qos high: reset\n"
    assert (raw("high"), raw("low")) == (0, low)


def test_a_user_without_the_right_is_told_so(cluster: Cluster, tmp_path: Path) -> None:
    """sacctmgr says nothing at all, not even to an Operator."""
    accounts(cluster)
    cluster.sacctmgr("add", "user", "operator", "account=art", "AdminLevel=Operator")
    program = Cli(Cell(cluster, "cli"), tmp_path)
    script = tmp_path / "sacctmgr"
    argv = cluster.chroot.command(["sacctmgr"], user="operator")
    script.write_text(f'#!/bin/sh\nexec {" ".join(argv)} "$@"\n')
    script.chmod(0o755)
    lines = program.config.read_text().splitlines()
    lines = [f'slurm_bin_path = "{tmp_path}"' if "slurm_bin" in ln else ln for ln in lines]
    program.config.write_text("\n".join(lines))
    done = program("raw-usage reset art -i")
    assert (done.code, done.out) == (5, "")
    assert done.err == (
        "slurmctl-rest: account 'art': permission denied (only AdminLevel Administrator, root "
        "and SlurmUser may reset raw usage)\n"
    )
    cluster.sacctmgr("modify", "user", "where", "name=operator", "set", "AdminLevel=Administrator")
    assert program("raw-usage reset art -i").out == "account art: reset\n"


def test_daemons_that_are_down_and_commands_that_are_missing_are_exit_6(
    cluster: Cluster, program: Cli, tmp_path: Path
) -> None:
    accounts(cluster)

    def kill(daemon: str) -> None:
        pid = int(cluster.chroot.pid_file(daemon).read_text())
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}/exe").exists(), f"the end of {daemon}")

    try:
        kill("slurmctld")
        done = program("raw-usage reset art -i")
        assert "account 'art': slurmctld does not answer (" in done.err
        assert (done.code, done.out) == (6, "")
        assert program("usage report").code == 0
        kill("slurmdbd")
        for words in ("usage report", "raw-usage reset art -i"):
            done = program(words)
            assert (done.code, done.out) == (6, "")
            assert "slurmdbd does not answer (" in done.err
    finally:
        cluster.restart()

    text = program.config.read_text().replace(str(cluster.bin_path), str(tmp_path / "nowhere"))
    program.config.write_text(text)
    for words in ("usage report", "usage history", "raw-usage reset art -i"):
        done = program(words)
        assert (done.code, done.out) == (6, "")
        assert done.err == (
            "slurmctl-rest: usage and raw-usage always run the Slurm commands, and "
            f"{tmp_path}/nowhere/sacctmgr: No such file or directory "
            "(set slurm_bin_path of the profile to the folder of the Slurm commands)\n"
        )
