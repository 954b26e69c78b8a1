"""UsageFactor of a QOS multiplies the minutes of its jobs: both executors reckon with it."""

from __future__ import annotations

from pathlib import Path

from .cluster import Cluster
from .machine import wait_until
from .test_limits_hold import both, reasons_now

FACTORS = {"normal": "1", "u2": "2", "u05": "0.5", "u0": "0"}
SAFE = {
    "us": "UsageFactor=2 Flags=UsageFactorSafe GrpTRESRunMins=cpu=10",
    "um": "UsageFactor=3 Flags=UsageFactorSafe MaxTRESMins=cpu=10",
    "ua": "UsageFactor=2 Flags=UsageFactorSafe",
    "uz": "UsageFactor=0 Flags=UsageFactorSafe GrpTRESRunMins=cpu=1",
    "un": "UsageFactor=9 GrpTRESRunMins=cpu=10",
}


def test_the_use_of_both_executors_is_the_same(cluster: Cluster, tmp_path: Path) -> None:
    update = ("scontrol", "update", "partition=batch")
    for name, factor in FACTORS.items():
        if name != "normal":
            cluster.sacctmgr("add", "qos", name, f"UsageFactor={factor}", "GrpTRESRunMins=cpu=999")
    cluster.sacctmgr("add", "qos", "part", "UsageFactor=3", "GrpTRESRunMins=cpu=999")
    names = ",".join((*FACTORS, "part"))
    cluster.sacctmgr("add", "account", "physics", f"qos={names}", "GrpTRESRunMins=cpu=999")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    cluster.run(*update, "qos=part")
    try:
        for name in FACTORS:
            words = ("sbatch", "-Aphysics", f"-q{name}", "-t20", "-o/dev/null", "--wrap=sleep 300")
            assert cluster.run(*words, user="alice").returncode == 0

        def running() -> int:
            return len(cluster.run("squeue", "-h", "-tR", "-o", "%i").stdout.split())

        wait_until(lambda: running() == len(FACTORS), "all jobs run", 30)
        used: dict[str, dict[str, int]] = {}
        for cli in both(cluster, tmp_path):
            items = cli("quota account=physics --json").items
            rows = [item for item in items if item["Limit"] == "GrpTRESRunMins"]
            used[cli.cell.executor] = {str(i["QOS"] or ""): int(str(i["Used"])) for i in rows}
        expected = {"": 70, "u2": 40, "u05": 10, "u0": 0, "part": 70}
        assert used["rest"] == expected
        # slurmctld may have counted down a minute since.
        assert all(0 <= expected[n] - one <= 4 for n, one in used["cli"].items()), used
        assert used["cli"].keys() == expected.keys()
    finally:
        cluster.run(*update, "qos=")


def test_what_a_job_needs_is_multiplied_where_the_qos_says_so(
    cluster: Cluster, tmp_path: Path
) -> None:
    for name, text in SAFE.items():
        cluster.sacctmgr("add", "qos", name, *text.split())
    cluster.sacctmgr("add", "account", "physics,optics", f"qos=normal,{','.join(SAFE)}")
    cluster.sacctmgr("modify", "account", "optics", "set", "GrpTRESRunMins=cpu=10")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics")
    jobs: dict[str, str] = {}
    for name in SAFE:
        account = "optics" if name == "ua" else "physics"
        words = ("sbatch", "--parsable", f"-A{account}", f"-q{name}", "-t6", "-o/dev/null")
        done = cluster.run(*words, "--wrap=sleep 300", user="alice")
        jobs[name] = done.stdout.strip()
    waiting = {
        jobs["us"]: "QOSGrpCPURunMinutesLimit",
        jobs["um"]: "QOSMaxCpuMinutesPerJobLimit",
        jobs["ua"]: "AssocGrpCPURunMinutesLimit",
    }
    wait_until(lambda: reasons_now(cluster) == waiting, "Slurm has judged all jobs", 30)
    expected = [
        (jobs["us"], "GrpTRESRunMins", 12),
        (jobs["um"], "MaxTRESMins", 18),
        (jobs["ua"], "GrpTRESRunMins", 12),
    ]
    for cli in both(cluster, tmp_path):
        items = cli("jobs why user=alice --json").items
        told = [(item["JobID"], item["Limit"], item["Need"]) for item in items]
        assert sorted(told) == sorted(expected)
        assert all("or more" not in str(item["Text"]) for item in items)
        for name, verdict in (("us", "waits"), ("uz", "starts")):
            (item,) = cli(f"access alice account=physics qos={name} time=6 --json").items
            assert (name, item["Verdict"]) == (name, verdict)
