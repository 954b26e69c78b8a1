"""The Python API on real Slurm; examples/waldur.py does Waldur's 42 operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import slurmctl_rest
from examples.waldur import Waldur
from slurmctl_rest.api import changes_of

from . import recipe
from .cells import PROFILE, Cell, Cli
from .cluster import Cluster
from .test_transcripts import submitted

OPERATIONS = {name for name in vars(Waldur) if not name.startswith("_")}
MINUTES = {"cpu": 1000, "mem": 2000}
SAID: tuple[tuple[str, tuple[Any, ...], Any], ...] = (
    ("create_resource", ("proj", "The project", "waldur"), None),
    ("create_resource", ("alloc", "Allocation", "", "proj"), None),
    ("create_resource", ("alloc", "Allocation", "", "proj"), None),
    ("list_resources", (), ["alloc", "proj", "root"]),
    ("list_tres", (), [..., "cpu", "mem"]),
    ("list_clusters", (), [...]),
    ("get_resource", ("nosuch",), None),
    ("get_account_parent", ("alloc",), "proj"),
    ("set_account_parent", ("alloc", "root"), None),
    ("get_account_parent", ("alloc",), "root"),
    ("account_has_users", ("alloc",), False),
    ("create_association", ("alice", "alloc"), None),
    ("create_association", ("bob", "alloc", "alloc"), None),
    ("create_association_with_partition", ("carol", "proj", "debug"), None),
    ("account_has_users", ("alloc",), True),
    ("list_resource_users", ("alloc",), ["alice", "bob"]),
    ("get_association", ("dave", "alloc"), None),
    ("set_resource_limits", ("alloc", MINUTES), None),
    ("set_resource_limits", ("alloc", {"mem": -1}), None),
    ("get_resource_limits", ("alloc",), {"cpu": 1000}),
    ("set_account_limits", ("alloc", "GrpTRES", {"cpu": 10}), None),
    ("get_account_limits", ("alloc",), {..., ("GrpTRES", "cpu", 10)}),
    ("set_resource_user_limits", ("alloc", "alice", {"cpu": 600}), None),
    ("get_resource_user_limits", ("alloc",), {"alice": {"cpu": 600}, "bob": {}}),
    ("set_account_fairshare", ("alloc", 30), None),
    ("get_account_fairshare", ("alloc",), 30),
    ("set_account_grp_submit_jobs", ("alloc", 0), None),
    ("set_account_grp_submit_jobs", ("alloc", -1), None),
    ("create_qos", ("high", "DenyOnLimit", "cpu=20", "60"), None),
    ("create_qos", ("low",), None),
    ("qos_exists", ("high",), True),
    ("qos_exists", ("nosuch",), False),
    ("set_qos_grp_tres_mins", ("high", {"cpu": 100}), None),
    ("get_qos_grp_tres_mins", ("high",), {"cpu": 100}),
    ("reset_qos_raw_usage", ("high",), None),
    ("set_account_qos", ("alloc", "high"), None),
    ("add_account_qos", ("alloc", "low"), None),
    ("get_current_account_qos", ("alloc",), ["high", "low"]),
    ("set_account_qos_list", ("alloc", ["high", "low", "normal"]), None),
    ("set_account_default_qos", ("alloc", "low"), None),
    ("create_association_with_qos", ("dave", "alloc", ["high", "low"], "low"), None),
    ("reset_raw_usage", ("alloc",), None),
    ("get_usage_report", ("alloc",), [...]),
    ("get_historical_usage_report", ("alloc", "2020-01"), []),
)  # fmt: skip


def agrees(given: Any, wanted: Any) -> bool:
    """Tell whether they are equal; with `...` what stands beside it has to be among them."""
    if isinstance(wanted, list) and ... in wanted:
        return {*wanted} - {...} <= {*given}
    if isinstance(wanted, set):
        return all(given[one[0]][one[1]] == one[2] for one in wanted if one is not ...)
    return bool(given == wanted)


@pytest.fixture
def slurm(executor: Cli) -> Iterator[slurmctl_rest.Connection]:
    with slurmctl_rest.connect(config=executor.config, profile=PROFILE) as connection:
        yield connection


def test_the_example_has_the_operations_of_waldurs_client() -> None:
    assert len(OPERATIONS) == 42


def test_waldurs_operations(
    cluster: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Over REST on one release and over the commands on the other: they are 60 commands."""
    name = "rest" if cluster.suite == recipe.SUITES[-1] else "cli"
    cell = Cell(cluster, name, cluster.api_versions[-1] if name == "rest" else "")
    slurm = slurmctl_rest.connect(config=Cli(cell, tmp_path).config, profile=PROFILE)
    waldur = Waldur(slurm)
    called = set()
    for name, arguments, wanted in SAID:
        called.add(name)
        given = getattr(waldur, name)(*arguments)
        assert agrees(given, wanted), (name, arguments, given)
    partitioned = waldur.get_association("carol", "proj")
    assert partitioned is not None
    assert partitioned["Partition"] == "debug"
    waldur.create_association_with_partitions("bob", "proj", ["debug"])
    job = submitted(cluster, "alice", ["sbatch", "-A", "alloc", "--hold", "--wrap=true"])
    assert waldur.list_active_user_jobs("alloc", "alice") == [job]
    waldur.cancel_active_user_jobs("alloc", "alice")
    assert waldur.list_active_user_jobs("alloc", "alice") == []
    waldur.delete_association("alice", "alloc")
    waldur.delete_association("alice", "alloc")
    waldur.delete_all_users_from_account("alloc")
    assert waldur.list_resource_users("alloc") == []
    waldur.delete_resource("alloc")
    waldur.delete_resource("alloc")
    waldur.delete_qos("low")
    assert not waldur.qos_exists("low")
    called |= {"create_association_with_partitions", "list_active_user_jobs", "delete_resource",
               "cancel_active_user_jobs", "delete_association", "delete_qos",
               "delete_all_users_from_account"}  # fmt: skip
    assert called == OPERATIONS
    assert capfd.readouterr() == ("", "")  # nothing is printed


def test_a_plan_is_carried_out_as_it_was_approved_or_not_at_all(
    slurm: slurmctl_rest.Connection,
) -> None:
    slurm.apply(slurm.plan("account", "add", "physics", "MaxJobs=3"))
    old = slurm.plan("account", "modify", "physics", "set", "MaxJobs=5")
    assert [(one.name, one.fields) for one in old.changes] == [("physics", {"MaxJobs": (3, 5)})]
    slurm.apply(slurm.plan("account", "modify", "physics", "set", "MaxJobs=4"))
    with pytest.raises(slurmctl_rest.Changed) as stale:
        slurm.apply(old)
    assert (stale.value.message, stale.value.hint) == (
        "the plan is another one than was approved", "plan again, and decide on the new plan",
    )  # fmt: skip
    assert slurm.read("account", "list", "physics", format="MaxJobs").items == [{"MaxJobs": 4}]
    with pytest.raises(slurmctl_rest.PartlyDone) as partly:
        slurm.plan("account", "modify", "physics,nosuch", "set", "MaxJobs=9")
    assert [(one.name, one.error) for one in changes_of(partly.value)] == [
        ("physics", None), ("nosuch", "not_found"),
    ]  # fmt: skip
