"""What the program computes as inherited is what sacctmgr shows as in force."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from slurmctl_rest.backends.rest.associations import ACCOUNTS_PER_REQUEST
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.tres import Tres

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
        ask = Cli(Cell(cluster, executor, version), tmp_path)
        done = ask(f"account list -P format={columns}")
        assert done.out.splitlines()[0] == header
        assert sorted(done.out.splitlines()[1:]) == sorted(rows)
        # JSON is computed here, of own values: it tells where each comes from.
        assert lines_of(ask("account list --output ndjson").out, ACCOUNT) == sorted(rows)


def test_many_associations_are_those_of_sacctmgr_in_each_view(
    cluster: Cluster, tmp_path: Path
) -> None:
    """More accounts than one request asks for, with users, who change what they inherit."""
    cluster.run("sacctmgr", "-iQ", text="\n".join([*many(), "quit", ""]))
    columns = ",".join(("Account", "User", *(f.column for f in INHERITED)))
    listed = cluster.sacctmgr("-P", "list", "assoc", f"format={columns}")
    header, *rows = listed.splitlines()
    assert len(rows) > 3 * 2 * ACCOUNTS_PER_REQUEST
    executors = [("cli", ""), *(("rest", version) for version in cluster.api_versions)]
    told: dict[str, set[str]] = {}
    for executor, version in executors:
        ask = Cli(Cell(cluster, executor, version), tmp_path)
        done = ask(f"assoc list -P format={columns}")
        assert done.out.splitlines()[0] == header
        assert sorted(done.out.splitlines()[1:]) == sorted(rows)
        for words in ("", "WithRawQOS"):
            found = ask(f"assoc list {words} --output ndjson").out
            told.setdefault(words, set()).add(found)
        assert lines_of(ask("assoc list --output ndjson").out, ASSOCIATION) == sorted(rows)
    assert [len(texts) for texts in told.values()] == [1, 1]  # word for word, over every executor


def many() -> Iterator[str]:
    """Yield sacctmgr's commands for a tree of accounts with two users each."""
    yield "add qos high,low"
    yield "modify account root set qos=normal,low maxjobs=99 maxtres=cpu=9,mem=9"
    names = [f"p{number:02}" for number in range(3 * ACCOUNTS_PER_REQUEST + 1)]
    for number, name in enumerate(names):
        parent = names[number // 2] if number % 3 else "root"
        yield f"add account {name} parent={parent} {f'maxjobs={number}' if number % 4 == 1 else ''}"
        limit = "maxtres=cpu=3" if number % 5 == 2 else ""
        yield f"add user u{name},v{name} account={name} {limit}"
    for number, change in {3: "+=high", 7: "-=low", 11: "=high", 13: "+=low", 17: "-=high"}.items():
        yield f"modify user u{names[number]} where account={names[number]} set qos{change}"
    yield f"modify account {names[20]} set qos-=low"


def lines_of(ndjson: str, entity: Entity) -> list[str]:
    """Return the rows as sacctmgr would print them, sorted."""
    names = ("Account", "User") if entity is ASSOCIATION else ("Account",)
    fields = [*(entity[name] for name in names), *INHERITED]
    found = []
    for item in map(json.loads, ndjson.splitlines()):
        values = [item[f.name] for f in fields]
        texts = [
            f.kind.text(tuple(value) if isinstance(value, list) else value)
            for f, value in zip(fields, values, strict=True)
        ]
        found.append("|".join(texts))
    return sorted(found)


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
