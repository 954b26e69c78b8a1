"""What the program computes as inherited is what sacctmgr shows as in force."""

from __future__ import annotations

import random
from pathlib import Path

from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.kinds import Names, Tres

from .cells import Cell, Cli
from .cluster import Cluster

INHERITED = [f for f in ACCOUNT.fields if f.inherits]
TREES = 6


def test_effective_limits_equal_sacctmgrs(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "high,low,mid")
    chance = random.Random(20261122)  # noqa: S311 (a repeatable tree, no secret)
    for tree in range(TREES):
        for number in range(5):
            parent = "root" if number == 0 else f"t{tree}n{chance.randrange(number)}"
            add(cluster, f"t{tree}n{number}", parent, chance)
    columns = ",".join(("Account", *(f.column for f in INHERITED)))
    listed = cluster.sacctmgr("-P", "list", "assoc", "where", "user=", f"format={columns}")
    header, *rows = listed.splitlines()
    for executor, version in (("cli", ""), ("rest", cluster.api_versions[-1])):
        done = Cli(Cell(cluster, executor, version), tmp_path)(f"account list -P format={columns}")
        assert done.out.splitlines()[0] == header
        assert sorted(done.out.splitlines()[1:]) == sorted(rows)


def add(cluster: Cluster, name: str, parent: str, chance: random.Random) -> None:
    limits = []
    for field in INHERITED:
        if chance.random() < 0.4 and field.name != "DefaultQOS":
            if isinstance(field.kind, Tres):
                tres = chance.sample(["cpu", "mem", "node", "gres/gpu"], chance.randint(1, 3))
                text = ",".join(f"{one}={chance.randint(1, 9)}" for one in tres)
            elif isinstance(field.kind, Names):
                text = ",".join(chance.sample(["high", "low", "mid", "normal"], 2))
            else:
                text = str(chance.randint(1, 999))
            limits.append(f"{field.name}={text}")
    cluster.sacctmgr("add", "account", name, f"parent={parent}", *limits)
    if chance.random() < 0.4 and not any(limit.startswith("QosLevel") for limit in limits):
        sign = chance.choice("+-")
        cluster.sacctmgr("modify", "account", name, "set", f"QosLevel{sign}=mid")
