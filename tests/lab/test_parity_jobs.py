"""Deletions that active jobs are in the way of, over REST: they are named as by sacctmgr."""

from __future__ import annotations

from slurmctl_rest.sacctmgr.tokens import is_old

from .cells import Cell
from .cluster import Cluster
from .machine import wait_until
from .parity import Parity, compare
from .runaway import jobs
from .test_deleting import submit

DELETED = """
delete account chem
delete account science
delete account physics,chem
delete user alice
delete user bob
delete user alice,bob
delete user alice where account=chem
delete user bob account=physics,chem
delete account science cluster=NAME
""".strip().splitlines()
DELETED_QOS = """
delete qos high
delete qos low
delete qos normal
""".strip().splitlines()


def test_jobs_in_the_way_are_named_as_by_sacctmgr(cluster: Cluster) -> None:
    """Held ones first: they have not become eligible."""
    both = Parity(cluster)
    both.build()
    cluster.sacctmgr("add", "user", "bob", "account=chem")
    both.pristine = both.state()
    for options in ("physics -q high", "physics -q high", "chem -q low"):
        submit(cluster, *options.split())
    for options in ("physics -q normal --hold", "chem -q low", "physics -q high --hold"):
        submit(cluster, *options.split(), user="bob")
    started = "time_end = 0 AND time_start > 0 AND id_user > 0"
    wait_until(lambda: len(jobs(cluster, "id_job", started).split()) == 4, "the jobs' start", 30)
    old = is_old(cluster.release)
    # 24.11 deletes a QOS that jobs use, and an account above theirs without them.
    lines = [one for one in (*DELETED, *DELETED_QOS) if not old or one in DELETED[:-1]]
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    found = {
        line: compare(both, f"sacctmgr -i {line}".replace("NAME", cluster.cluster_name), cell)
        for line in lines
    }
    assert {line: what for line, what in found.items() if what} == {}
    for line in lines:  # or else nothing has been compared
        assert "Job(s) active" in both.real_alone(f"sacctmgr -i {line}").err or "NAME" in line
