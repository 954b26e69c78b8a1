"""The audit trail of real writes, over both executors: what is in it, none goes without."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from slurmctl_rest.model.kinds.base import Json
from tests.mounts import on_a_small_disk

from .cells import PROFILE, Cell, Cli, state
from .cluster import Cluster

SENTENCES = (
    "account add science,physics -i",
    "account modify physics set parent=science GrpTRES=cpu=10 -i",
    "user add alice account=physics MaxJobs=2 -i",
    "qos add high Priority=5 -i",
    "raw-usage reset physics -i",
    "account delete science,physics -i",
    "qos delete high -i",
)


def keep_trail(cli: Cli, file: Path) -> None:
    head = f"[profiles.{PROFILE}]\n"
    text = cli.config.read_text().replace(head, f'{head}audit_file = "{file}"\n')
    cli.config.write_text(text)


def records(file: Path) -> list[dict[str, Json]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_each_write_leaves_what_it_did(executor: Cli, tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    keep_trail(executor, trail)
    done = [(sentence, executor(f"{sentence} --json")) for sentence in SENTENCES]
    assert [(sentence, one.code) for sentence, one in done] == [(s, 0) for s in SENTENCES]
    found = records(trail)
    assert [record["outcome"] for record in found] == ["begun", "done"] * len(SENTENCES)
    assert [record["changes"] for record in found[1::2]] == [
        json.loads(one.out)["changes"] for _, one in done
    ]
    assert all(a["id"] == b["id"] for a, b in zip(found[::2], found[1::2], strict=True))
    assert {record["user"] for record in found} == {"root"}
    over_rest = [record for record in found if record["executor"] == "rest"]
    assert len(over_rest) == (
        12 if executor.cell.executor == "rest" else 0
    )  # raw usage is the cli's
    token = executor.cell.cluster.token_file.read_text().strip().removeprefix("SLURM_JWT=")
    assert token not in trail.read_text()


def test_what_slurm_refused_is_in_the_trail(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)
    (tmp_path / "token").write_text(cluster.token("alice"))
    rest.configure(token_file=str(tmp_path / "token"), username="alice")
    trail = tmp_path / "audit.jsonl"
    keep_trail(rest, trail)
    assert rest("account modify physics set MaxJobs=1 -i").code == 5
    begun, failed = records(trail)
    assert (begun["outcome"], failed["outcome"]) == ("begun", "failed")
    assert (begun["slurm_user"], failed["slurm_user"]) == ("alice", "alice")
    assert failed["changes"][0]["error"]["code"] == "permission_denied"


def test_a_full_disk_refuses_the_write(executor: Cli) -> None:
    keep_trail(executor, Path("/dev/full"))
    before = state(executor.cell.cluster)
    done = executor("account add physics -i")
    assert (done.code, done.out) == (9, "")
    assert "the audit trail /dev/full cannot be written: No space left on device" in done.err
    assert state(executor.cell.cluster) == before


def test_a_disk_that_fills_in_the_middle_refuses_the_write(executor: Cli, tmp_path: Path) -> None:
    """Be it in the first record, or in that of the outcome: nothing is sent, nothing is written."""
    disk = tmp_path / "disk"
    disk.mkdir()
    keep_trail(executor, disk / "audit.jsonl")
    before = state(executor.cell.cluster)
    command = f"{sys.executable} -m slurmctl_rest --config {executor.config} account add physics -i"
    script = f"""
fill() {{ rm -f {disk}/*; head -c $((8191 - $1)) /dev/zero | tr '\\0' x >{disk}/audit.jsonl; }}
for left in 100 500 1000 2000; do
    fill $left; echo >>{disk}/audit.jsonl
    {command} || echo exit $?
    wc -lc <{disk}/audit.jsonl
done
"""
    done = on_a_small_disk(disk, 8, script, dict(os.environ))
    refused = [f"exit 9\n1 {8192 - left}\n" for left in (100, 500, 1000, 2000)]
    assert " ".join(done.stdout.split()) == " ".join("".join(refused).split())
    assert done.stderr.count("No space left on device: nothing was sent") == 4
    assert state(executor.cell.cluster) == before
    fill = f"head -c 4000 /dev/zero | tr '\\0' x >{disk}/audit.jsonl"  # as if it had been cut
    done = on_a_small_disk(disk, 16, f"{fill}\n{command} -Q\ntail -n 2 {disk}/*", dict(os.environ))
    assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["begun", "done"]
