"""What `scontrol show assoc_mgr` prints: recorded on the lab, six jobs of alice and bob."""

from __future__ import annotations

from pathlib import Path

import pytest

from slurmctl_rest.backends.commands.assoc_mgr import limit_use, partitions_printed
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.limit_use import LimitUse, Measure, Partitions, PlaceUse, amount
from slurmctl_rest.model.partition_rules import PartitionRules
from tests.backends.partitions import GPU_RULES

RECORDED = Path(__file__).parents[2] / "recorded"
SUITES = ("trixie", "forky")


def text_of(suite: str) -> str:
    return (RECORDED / f"assoc_mgr_{suite}.txt").read_text()


def figures(use: PlaceUse) -> tuple[float | None, ...]:
    plain = (Measure.RUNNING, Measure.ACCRUING, Measure.SUBMITTED)
    return (*(amount(use, one) for one in plain), amount(use, Measure.TRES, "cpu"))


@pytest.mark.parametrize("suite", SUITES)
def test_the_use_of_a_tree_and_a_qos(suite: str) -> None:
    found = limit_use(text_of(suite), suite)
    assert {(key.account, key.user): figures(use) for key, use in found.associations.items()} == {
        ("root", ""): (3, 3, 6, 6),
        ("root", "root"): (0, 0, 0, 0),
        ("science", ""): (3, 3, 6, 6),
        ("physics", ""): (3, 3, 6, 6),
        ("physics", "alice"): (2, 1, 3, 4),
        ("physics", "bob"): (1, 2, 3, 2),
    }
    assert {name: figures(use) for name, use in found.qos.items()} == {
        "normal": (0, 2, 2, 0),
        "q1": (3, 1, 4, 6),
        "q2": (0, 0, 0, 0),
    }
    assert {name: figures(use) for name, use in found.qos_users.items()} == {
        ("normal", "bob"): (0, 2, 2, 0),
        ("q1", "alice"): (2, 1, 3, 4),
        ("q1", "bob"): (1, 0, 1, 2),
    }
    assert {name: figures(use) for name, use in found.qos_accounts.items()} == {
        ("normal", "physics"): (0, 2, 2, 0),
        ("q1", "physics"): (3, 1, 4, 6),
    }
    science = found.associations[AssociationKey(suite, "science")]
    assert amount(science, Measure.TRES, "gres/gpu:a100") == 1
    assert isinstance(amount(science, Measure.WALL), float)
    assert amount(science, Measure.RUN_MINUTES, "gres/gpu") is not None


def test_another_clusters_rows_and_free_text_are_no_records() -> None:
    text = text_of("forky").replace("Comment=(null)", "Comment=GrpJobs=9(9) ClusterName=x")
    assert limit_use(text, "forky") == limit_use(text_of("forky"), "forky")
    assert limit_use(text, "alps").associations == {}
    assert limit_use("", "forky") == LimitUse()


def test_what_comes_twice_or_is_cut_off_is_refused() -> None:
    lines = text_of("forky").splitlines()
    record = next(line for line in lines if "Account=science" in line)
    with pytest.raises(SlurmRefused, match="shows 'forky science' twice"):
        limit_use(f"{record}\n{record}\n", "forky")
    with pytest.raises(SlurmRefused, match="shows no GrpTRES"):
        limit_use(record.partition(" GrpTRES=")[0], "forky")
    with pytest.raises(SlurmRefused, match=r"shows GrpWall=5000\(0"):
        limit_use(record.replace("GrpWall=5000(0.00)", "GrpWall=5000(0"), "forky")


def test_the_qos_of_partitions() -> None:
    lines = [
        "PartitionName=batch AllowGroups=ALL AllowQos=ALL Default=YES QoS=N/A Hidden=NO State=UP",
        "PartitionName=gpu AllowGroups=ALL AllowQos=part Default=NO QoS=part Hidden=NO State=UP",
    ]
    assert partitions_printed("\n".join([*lines, ""])) == Partitions({"gpu": "part"}, "batch")
    with pytest.raises(SlurmRefused, match="scontrol shows no QoS"):
        partitions_printed("PartitionName=batch Default=YES")


def test_the_rules_of_partitions() -> None:
    line = (
        "PartitionName=gpu AllowGroups=root,users AllowAccounts=ja,jb DenyQos=normal Default=NO "
        "QoS=N/A DefaultTime=00:30:00 MaxNodes=UNLIMITED MaxTime=1-00:05:00 MinNodes=1 "
        "MaxCPUsPerNode=2 RootOnly=YES "
        "State=DRAIN TotalCPUs=64 TotalNodes=1 TRES=cpu=64,mem=62.50G,node=1,gres/gpu:a100=2"
    )
    assert partitions_printed(line).rules["gpu"] == GPU_RULES
    bare = "PartitionName=gpu AllowAccounts=ALL Default=YES QoS=N/A MaxTime=UNLIMITED"
    bare += " DefaultTime=NONE"
    assert partitions_printed(bare).rules["gpu"] == PartitionRules()
    with pytest.raises(SlurmRefused, match="scontrol's partition 'gpu' cannot be read: 'soon' is"):
        partitions_printed(bare.replace("UNLIMITED", "soon"))
