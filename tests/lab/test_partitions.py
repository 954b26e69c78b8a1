"""What a partition has against a job: `access` says it before sbatch does; and parts of a job."""

from __future__ import annotations

import time
from pathlib import Path

from .cluster import Cluster
from .machine import wait_until
from .test_limits_hold import both

CASES = (
    ("AllowAccounts=optics", "", "waits", "AllowAccounts"),
    ("AllowAccounts=physics", "", "starts", None),
    ("AllowAccounts=science", "", "starts", None),
    ("DenyAccounts=physics,optics", "", "waits", "DenyAccounts"),
    ("DenyAccounts=science", "", "waits", "DenyAccounts"),
    ("DenyAccounts=optics", "", "starts", None),
    ("AllowQos=high", "", "waits", "AllowQos"),
    ("DenyQos=normal", "", "waits", "DenyQos"),
    ("MaxTime=5", "", "waits", "MaxTime"),
    ("MaxTime=10", "", "starts", None),
    ("MaxNodes=1", "tres=node=2", "waits", "MaxNodes"),
    ("State=DOWN", "", "waits", "State"),
    ("State=DRAIN", "", "refused", "State"),
    ("State=INACTIVE", "", "refused", "State"),
    ("State=UP", "tres=cpu=64", "starts", None),
    ("State=UP", "tres=mem=900G", "refused", "TRES"),
    ("State=UP", "tres=gres/gpu=3", "refused", "TRES"),
    ("State=UP", "tres=gres/gpu=2", "starts", None),
)
OF_RELEASE = (
    ("MinNodes=2", "", "MinNodes"),
    ("MaxCPUsPerNode=1", "tres=cpu=2", "MaxCPUsPerNode"),
    ("State=UP", "tres=node=2", "TRES"),
    ("State=UP", "tres=cpu=65", "TRES"),
)
"""What 24.11 refuses, and 26.05 lets wait."""
ENFORCED = (
    ("AllowAccounts=optics", "", "refused", "AllowAccounts"),
    ("DenyQos=normal", "", "refused", "DenyQos"),
    ("MaxTime=5", "", "refused", "MaxTime"),
    ("MaxNodes=1", "tres=node=2", "refused", "MaxNodes"),
    ("State=UP", "tres=cpu=65", "refused", "TRES"),
    ("State=DOWN", "", "waits", "State"),
    ("State=UP", "", "starts", None),
)
"""What becomes of a job with EnforcePartLimits=ALL; ANY differs for several partitions alone."""
BACK = (
    *("AllowAccounts=ALL", "AllowQos=ALL", "MaxTime=INFINITE", "MaxNodes=UNLIMITED"),
    *("State=UP", "MinNodes=0", "MaxCPUsPerNode=UNLIMITED"),
)
OF_SBATCH = {
    "tres=node=2": ("-N2",),
    "tres=cpu=2": ("-n2",),
    "tres=cpu=65": ("-n65",),
    "tres=cpu=64": ("-n64",),
    "tres=mem=900G": ("--mem=900G",),
    "tres=gres/gpu=3": ("--gpus=3",),
    "tres=gres/gpu=2": ("--gpus=2",),
}
OF_PARTITION = (
    *("PartitionConfig", "PartitionTimeLimit", "PartitionNodeLimit", "PartitionDown"),
    *("not permitted to use this partition", "not in group permitted"),
)


def submitted(cluster: Cluster, words: tuple[str, ...]) -> str:
    """Return what becomes of a job in the partition: starts, waits for it, or refused."""
    job = ("sbatch", "--parsable", "-Aphysics", "-pgpu", "-t10", "-o/dev/null", *words)
    done = cluster.run(*job, "--wrap=sleep 60", user="alice")
    if done.returncode:
        return "refused"

    def seen() -> str:
        return cluster.run("squeue", "-h", "-j", done.stdout.strip(), "-o", "%T %r").stdout

    def judged() -> bool:
        told = seen()
        return told.startswith("RUNNING") or any(words in told for words in OF_PARTITION)

    wait_until(judged, f"slurmctld has judged {words}: {seen()}", 30)
    verdict = "starts" if seen().startswith("RUNNING") else "waits"
    cluster.run("scancel", "-u", "alice")
    wait_until(lambda: not cluster.run("squeue", "-h").stdout, "the job is gone", 30)
    return verdict


def test_what_a_partition_has_against_a_job_is_foretold(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("add", "account", "science,optics", "qos=normal,high")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    old = cluster.suite == "trixie"
    of_release = ((*one[:2], "refused" if old else "waits", one[2]) for one in OF_RELEASE)
    clis = both(cluster, tmp_path)
    update = ("scontrol", "update", "partition=gpu")
    try:
        for setting, tres, verdict, limit in (*CASES, *of_release):
            cluster.run(*update, setting)
            slurm = submitted(cluster, OF_SBATCH.get(tres, ()))
            for cli in clis:
                words = f"access alice account=physics partition=gpu time=10 {tres}"
                item = cli(f"{words} --json").items[0]
                found = (slurm, item["Verdict"], item["Limit"])
                assert found == (verdict, verdict, limit), (setting, tres, item)
                remedy = str(item["Remedy"] or "").split()
            # The lab has one node: more do not help there.
            if remedy and slurm == "waits" and limit not in {"MaxNodes", "MinNodes"}:
                assert remedy[:3] == ["scontrol", "update", "partitionname=gpu"]
                assert cluster.run(*remedy).returncode == 0, remedy
                time.sleep(0.2)
                assert cli(f"{words} -nP format=Verdict").out == "starts\n", remedy
            cluster.run(*update, *BACK)
            cluster.run(*update, "DenyAccounts=")
            cluster.run(*update, "DenyQos=")
        cluster.run(*update, "AllowGroups=root")
        for cli in clis:
            asked = cli("access root account=root partition=gpu tres=cpu=1")
            assert (asked.code, asked.err) == (0, "")
            assert "starts" in asked.out
            unknown = cli("access alice account=physics partition=gpu")
            assert "allows groups root alone, and this machine does not know" in unknown.err
            missing = cli("access alice partition=gup")
            assert (missing.code, missing.err) == (
                3,
                f"slurmctl-rest: partition 'gup' does not exist on cluster "
                f"'{cluster.cluster_name}' (known: batch, gpu)\n",
            )
    finally:
        cluster.run(*update, "AllowGroups=ALL", *BACK)
        cluster.run(*update, "DenyAccounts=")
        cluster.run(*update, "DenyQos=")
        cluster.run("scancel", "-u", "alice")


def test_enforced_limits_of_partitions_refuse_a_job(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    clis = both(cluster, tmp_path)
    configuration = cluster.root / "etc/slurm/slurm.conf"
    before = configuration.read_text()
    update = ("scontrol", "update", "partition=gpu")
    try:
        configuration.write_text(f"{before}EnforcePartLimits=ALL\n")
        assert cluster.run("scontrol", "reconfigure").returncode == 0
        for setting, tres, verdict, limit in ENFORCED:
            cluster.run(*update, setting)
            slurm = submitted(cluster, OF_SBATCH.get(tres, ()))
            for cli in clis:
                told = cli(f"access alice account=physics partition=gpu time=10 {tres} --json")
                (item,) = told.items
                # slurmrestd tells the setting from v0.0.45 on.
                unknown = "EnforcePartLimits of slurm.conf is not known" in told.out
                assert not (unknown and cli.cell.executor == "cli")
                expected = (slurm, "waits" if unknown else verdict, limit)
                assert (verdict, item["Verdict"], item["Limit"]) == expected, (setting, tres, item)
            cluster.run(*update, *BACK)
            cluster.run(*update, "DenyQos=")
    finally:
        configuration.write_text(before)
        cluster.run("scontrol", "reconfigure")
        cluster.run(*update, *BACK)
        cluster.run(*update, "DenyQos=")
        cluster.run("scancel", "-u", "alice")


def test_the_time_that_slurmctld_gives_a_job_is_foretold(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "short", "MaxWall=20")
    cluster.sacctmgr("add", "account", "physics", "qos=normal,short", "MaxWall=25")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    clis = both(cluster, tmp_path)
    update = ("scontrol", "update", "partition=gpu")
    try:
        for setting, qos, minutes, verdict in (
            ("MaxTime=INFINITE", "normal", "25:00", "starts"),
            ("MaxTime=22", "short", "20:00", "starts"),
            ("MaxTime=15", "short", "20:00", "waits"),
            ("MaxTime=INFINITE", "short", "20:00", "starts"),
            ("DefaultTime=30", "normal", "30:00", "waits"),
            ("DefaultTime=30", "short", "30:00", "waits"),
        ):
            cluster.run(*update, setting)
            job = ("sbatch", "--parsable", "-Aphysics", "-pgpu", f"-q{qos}", "-o/dev/null")
            number = cluster.run(*job, "--wrap=sleep 60", user="alice").stdout.strip()
            words = {"starts": "RUNNING", "waits": "Limit"}[verdict]
            asked = ("squeue", "-h", "-j", number, "-o", "%l %T %r")
            wait_until(lambda: words in cluster.run(*asked).stdout, f"{setting} {qos}", 20)  # noqa: B023
            assert cluster.run(*asked).stdout.split()[0] == minutes
            for cli in clis:
                told = cli(f"access alice account=physics partition=gpu qos={qos} --json")
                assert [item["Verdict"] for item in told.items] == [verdict], (setting, qos)
    finally:
        cluster.run("scancel", "-u", "alice")
        cluster.run(*update, "MaxTime=INFINITE")
        # No word takes DefaultTime back.
        cluster.run("scontrol", "reconfigure")


def test_each_part_of_a_heterogeneous_job_has_its_own_reason(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics")
    parts = ("-H", "-Aphysics", "-n1", "-t10", "-o/dev/null", ":", "-H", "-Aoptics", "-n2", "-t10")
    done = cluster.run("sbatch", "--parsable", *parts, "--wrap=sleep 60", user="alice")
    job = done.stdout.strip()
    # 26.05 refuses the whole job where the limit is there before.
    cluster.sacctmgr("modify", "account", "optics", "set", "GrpTRES=cpu=1")
    cluster.run("scontrol", "release", job)
    try:
        asked = ("squeue", "-h", "-o", "%i %r")
        held = f"{job}+1 AssocGrpCpuLimit"
        wait_until(lambda: held in cluster.run(*asked).stdout, "Slurm holds a part", 30)
        for cli in both(cluster, tmp_path):
            for words in (job, f"{job}+0,{job}+1", "user=alice"):
                told = cli(f"jobs why {words} --json").items
                found = {str(item["JobID"]): (item["Account"], item["Limit"]) for item in told}
                assert found == {f"{job}+0": (None, None), f"{job}+1": ("optics", "GrpTRES")}
            (second,) = cli(f"jobs why {job}+1 --json").items
            assert (second["JobID"], second["Need"]) == (f"{job}+1", 2)
    finally:
        cluster.run("scancel", "-u", "alice")
