"""Real clients of sacctmgr, unmodified: the same values and state with ours as with the real one.

tests/clients/ has the clients and what is called of each. `make clients` installs them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.__main__ import why_not
from tests.clients.coldfront import FILE
from tests.clients.table import CLIENTS, ROOT, Client
from tests.lab import parity, served
from tests.lab.cells import Cell
from tests.lab.cluster import Cluster
from tests.lab.parity import Parity

Played = Mapping[str, Any]
"""A step of a client as tests/clients/playing.py prints it, with the state after it."""

INHERITED = "inherited QosLevel"
REFUSED_OVER_REST = {
    '["add_account_qos", "rcinherits", "high"]': INHERITED,
    '["slurm_add_account", "CLUSTER", "cfplus", ["QOS=+high"]]': INHERITED,
}
"""Steps that over REST raise with this text, and change nothing."""


def program() -> Path:
    """Return this program as it is installed beside the tests."""
    return Path(sys.executable).with_name("slurmctl-rest")


def profile(cell: Cell) -> str:
    """Return a profile with no more than it needs: over the commands that is no cluster's name."""
    name = f'cluster_name = "{cell.cluster.cluster_name}"\n'
    return cell.profile().replace(name, "" if cell.executor == "cli" else name)


WITH_LINK = "bank"
NOTHING = "-"
"""In the place of a value where the method raised, and the other way about."""
VERSION = "CLIENTS_VERSION"
"""A variable: the API version to drive the clients over, instead of the newest."""


def rest(cluster: Cluster) -> Cell:
    """Return the cell over REST.

    One for each release, since each call of a client starts this program: the newest of 26.05, and
    of 24.11, too. Before v0.0.42 slurmrestd has no GrpTRESMins of a QOS, which Waldur sets.
    """
    return Cell(cluster, "rest", os.environ.get(VERSION, cluster.api_versions[-1]))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_gets_and_leaves_the_same(
    cluster: Cluster, client: Client, tmp_path: Path
) -> None:
    missing = why_not(client)
    if missing:
        pytest.skip(missing)
    config = tmp_path / "config.toml"
    both = Parity(cluster)
    theirs = list(played(client, both, Path(cluster.bin_path), tmp_path))
    for cell in (Cell(cluster, "cli"), rest(cluster)):
        config.write_text(f'default_profile = "cell"\n{profile(cell)}')
        with sacctmgr_of(client, tmp_path / cell.executor) as programs:
            ours = list(played(client, both, programs, tmp_path, SLURMCTL_REST_CONFIG=str(config)))
        assert [one["step"] for one in ours] == [one["step"] for one in theirs]
        refused = REFUSED_OVER_REST if cell.executor == "rest" else {}
        differing = []
        for number, (here, there) in enumerate(zip(ours, theirs, strict=True)):
            why = refused.get(json.dumps(here["step"]).replace(cluster.cluster_name, "CLUSTER"))
            if why is None:
                unlike = differences(here, there)
                differing += [(str(cell), here["step"], unlike)] * bool(unlike)
            else:
                assert why in here["text"]
                assert here["state"] == ours[number - 1]["state"]
        assert differing == []


@contextlib.contextmanager
def sacctmgr_of(client: Client, folder: Path) -> Iterator[Path]:
    """Return the folder with the `sacctmgr` of a client: the link, or what is as the link is.

    One client has the link itself. The others make hundreds of calls, and of each the start of
    Python would be nine tenths.
    """
    folder.mkdir()
    if client.name == WITH_LINK:
        subprocess.run([program(), "sacctmgr", "--install", folder], check=True)
        yield folder
        return
    with served.sacctmgr(folder) as programs:
        yield programs


def differences(here: Played, there: Played) -> Mapping[str, object]:
    """Return what of a step is not the same: name -> (ours, theirs)."""
    pairs = {n: (here.get(n, NOTHING), there.get(n, NOTHING)) for n in {**here, **there}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def played(
    client: Client, both: Parity, programs: Path, folder: Path, **environment: str
) -> Iterator[Played]:
    """Let a client make its calls from the tree of Parity, and yield what came of each."""
    both.build()
    cluster = both.cluster.cluster_name
    file = f"/tmp/clients-{os.getpid()}.cfg"  # noqa: S108 (in the chroot, and here; runs share it)
    files = (Path(file), both.cluster.chroot.inside(file))
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [client.python, "-m", f"tests.clients.{client.name}", cluster, str(programs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env={
                "PATH": f"{programs}:/usr/bin:/bin",
                "HOME": str(folder),
                FILE: file,
                **environment,
            },
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        for line in process.stdout:
            step = {name: parity.masked(value) for name, value in json.loads(line).items()}
            dumped = [one.read_text() for one in files if one.exists()]
            for one in files:
                one.unlink(missing_ok=True)
            yield {**step, "state": both.state(), "dumped": dumped}
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0, (folder / "log").read_text()
