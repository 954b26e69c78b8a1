"""A Slurm without accounting: every command says so, and none that slurmdbd were down."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import daemons, recipe, rest
from .cells import Cell, Cli
from .cluster import Cluster
from .machine import LabError, wait_until

CONFIGURATION = "/etc/slurm/slurm.conf"
SENTENCES = (
    *("account list", "assoc list", "user list", "qos list", "cluster list", "tres list"),
    *("account add physics -i", "user delete alice -i", "qos add high -i", "jobs history"),
)
BY_COMMANDS = ("usage report", "raw-usage reset physics -i")
REMEDY = "(AccountingStorageType of slurm.conf must be accounting_storage/slurmdbd)\n"


@contextmanager
def without_accounting(cluster: Cluster) -> Iterator[None]:
    """Have commands and a slurmrestd that know of no slurmdbd."""
    file = cluster.chroot.inside(CONFIGURATION)
    before = file.read_text()
    try:
        file.write_text(before.replace("accounting_storage/slurmdbd", "accounting_storage/none"))
        daemons.send(cluster.chroot, "slurmrestd", signal.SIGTERM)
        port = recipe.ports(cluster.suite).slurmrestd
        # 24.11 does not start with its plugin for slurmdbd then, 26.05 leaves that out by itself.
        argv = ("slurmrestd", "-a", "rest_auth/jwt", "-s", "openapi/slurmctld", f"127.0.0.1:{port}")
        cluster.chroot.spawn("slurmrestd", argv, recipe.REST_USER, {"SLURM_JWT": "daemon"})
        token = daemons.bare_token(cluster.token_file.read_text())
        wait_until(lambda: _answers(cluster, token), "slurmrestd answers", 10)
        yield
    finally:
        file.write_text(before)
        daemons.send(cluster.chroot, "slurmrestd", signal.SIGTERM)
        daemons.revive(cluster.chroot)


def _answers(cluster: Cluster, token: str) -> bool:
    try:
        return bool(rest.served(cluster.tcp_url, token))
    except (OSError, LabError):
        return False


@pytest.mark.parametrize("executor", ["cli", "rest"])
def test_without_accounting(cluster: Cluster, executor: str, tmp_path: Path) -> None:
    cell = Cell(cluster, executor, cluster.api_versions[-1] if executor == "rest" else "")
    cli = Cli(cell, tmp_path)
    with without_accounting(cluster):
        for sentence in (*SENTENCES, *BY_COMMANDS):
            done = cli(sentence)
            assert (done.code, done.out) == (10, ""), done.both
            assert "accounting is not configured" in done.err
            assert done.err.endswith(REMEDY)
        assert cli("jobs list").code == 0  # slurmctld's alone
        done = cli("ping --json")
        assert done.code == 10
        assert [(row["Daemon"], row["Status"]) for row in done.items] == [
            ("slurmctld", "up"),
            ("slurmdbd", "unconfigured"),
        ]
        assert "accounting is not configured" in done.err
        done = cli("doctor -nP --format Check,Status")
        failing = [line for line in done.out.splitlines() if line.endswith("|fail")]
        assert (done.code, failing) == (10, ["slurmdbd|fail"])
        assert done.err.endswith(REMEDY)
    assert cli("account list").code == 0
