"""Live names at a TAB over both executors, then from the cache; silence if there are none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest.backends.connect import connect
from slurmctl_rest.cli.completion import names
from slurmctl_rest.cli.completion.scripts import VARIABLE
from slurmctl_rest.config.load import load_profile
from slurmctl_rest.model.entities import ACCOUNT, CLUSTERS, QOS, TRES_TYPE, USER

from .cells import Cell
from .cluster import Cluster
from .machine import wait_until

MADE = (
    ("add", "qos", "high"),
    ("add", "account", "physics"),
    ("add", "user", "alice", "account=physics"),
)


def test_names_are_those_that_sacctmgr_lists(cell: Cell, tmp_path: Path) -> None:
    for line in MADE:
        cell.cluster.sacctmgr("-i", *line)
    config = tmp_path / "config.toml"
    config.write_text(cell.profile())
    backend = connect(load_profile(None, config)[1])
    asked = {entity.noun: sorted(backend.names(entity)) for entity in (ACCOUNT, USER, QOS)}
    backend.close()
    assert asked == {
        "account": ["physics", "root"],
        "user": ["alice", "root"],
        "qos": ["high", "normal"],
    }
    assert cell.cluster.cluster_name in names.fetch(CLUSTERS.noun, {"--config": str(config)})
    tres = set(names.fetch(TRES_TYPE.noun, {"--config": str(config)}))
    assert {"cpu", "mem", "gres/gpu"} <= tres
    assert "dynamic_offset" not in tres


Tab = Callable[..., list[str]]


@pytest.fixture
def tab(tmp_path: Path) -> Tab:
    """Return the press of a TAB: what is offered behind words, with a profile file."""

    def press(config: Path, *words: str) -> list[str]:
        ours = {k: v for k, v in os.environ.items() if not k.startswith("SLURM")}
        done = subprocess.run(
            [sys.executable, "-m", "slurmctl_rest", "--config", str(config), *words],
            env={**ours, VARIABLE: "zsh", "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stderr == ""
        return [line.partition("\t")[0] for line in done.stdout.splitlines()]

    return press


def names_come(tab: Tab, *words: object) -> list[str]:
    """Return what is offered once names have come: on a busy machine at a later TAB than the first.

    A TAB waits no longer than 1.5 s for them; who asks may take 10 s.
    """
    found: list[str] = []

    def come() -> bool:
        found[:] = tab(*words)
        return bool(found)

    wait_until(come, f"names for {words[1:]}", 60)
    return found


@pytest.mark.parametrize("executor", ["cli", "rest"])
def test_names_come_from_the_cache_afterwards(
    cluster: Cluster, executor: str, tab: Tab, tmp_path: Path
) -> None:
    for line in MADE:
        cluster.sacctmgr("-i", *line)
    version = cluster.api_versions[-1] if executor == "rest" else ""
    config = tmp_path / "config.toml"
    config.write_text(Cell(cluster, executor, version).profile())
    assert names_come(tab, config, "account", "modify", "ph") == ["physics"]
    assert names_come(tab, config, "user", "list", "where", "account=ph") == ["account=physics"]
    cluster.sacctmgr("-i", "add", "account", "phonons")
    assert tab(config, "account", "modify", "ph") == ["physics"]  # nothing was asked
    config.touch()
    assert names_come(tab, config, "account", "modify", "ph") == ["phonons", "physics"]


def test_it_is_silent_where_slurm_does_not_answer(
    cluster: Cluster, tab: Tab, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("SLURM_JWT=wrong\n")
    rest = Cell(cluster, "rest", cluster.api_versions[-1])
    faults = {
        "port": rest.profile(url="http://127.0.0.1:9"),
        "token": rest.profile(token_file=str(tmp_path / "token")),
        "missing": rest.profile(token_file=str(tmp_path / "missing")),
    }
    for name, profile in faults.items():
        config = tmp_path / f"{name}.toml"
        config.write_text(profile)
        assert tab(config, "account", "modify", "ph") == []
        assert tab(config, "account", "modify", "se") == ["set"]
