"""Signals in the middle of a real write, over both executors, and a terminal that goes."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slurmctl_rest.model.kinds.base import Json

from .cells import state
from .cluster import Cluster
from .faults.table import TWO
from .faults.world import Executor, World, script, signalled

TOLD = "interrupted; done: association 'alice in physics'; not done: user 'alice'"


@pytest.fixture(params=["cli", "rest"])
def world(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Iterator[World]:
    executor: Executor = request.param
    made = World(cluster, executor, tmp_path)
    made.furnish()
    made.keys["audit_file"] = str(tmp_path / "trail")
    try:
        yield made
    finally:
        made.close()


def trail(world: World) -> list[dict[str, Json]]:
    return [json.loads(line) for line in (world.folder / "trail").read_text().splitlines()]


def outcomes(record: dict[str, Json]) -> dict[str, str]:
    return {
        change["name"]: change["error"]["message"] if change["error"] else "done"
        for change in record["changes"]
    }


def is_half_done(world: World) -> None:
    """The write under way has ended, and the other was not sent; the trail says so."""
    now = state(world.cluster)
    assert "Operator" not in now
    assert "MaxJobs=3" in now
    assert world.writes == 1
    begun, ended = trail(world)
    assert (begun["outcome"], ended["outcome"]) == ("begun", "interrupted")
    assert outcomes(ended) == {"alice": "interrupted; not sent", "alice in physics": "done"}


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_the_write_under_way_ends_and_nothing_more_is_sent(
    world: World, number: signal.Signals
) -> None:
    signalled(number)(world)
    ended = world.run(TWO.sentence, 10)
    assert (ended.code, ended.error["message"]) == (130, TOLD)
    assert [change["error"] is None for change in ended.document["changes"]] == [False, True]
    is_half_done(world)


def test_a_terminal_that_goes_leaves_an_outcome(cluster: Cluster, tmp_path: Path) -> None:
    """ssh drops: SIGHUP comes, and whatever is written to the terminal is an error from then on."""
    world = World(cluster, "cli", tmp_path)
    world.furnish()
    world.keys["audit_file"] = str(tmp_path / "trail")
    for name in ("arrived", "go"):
        os.mkfifo(tmp_path / name)
    script(f"[ $write = 1 ] && {{ echo >{tmp_path}/arrived; cat {tmp_path}/go; }}")(world)
    terminal, end = pty.openpty()
    setsid = shutil.which("setsid")
    assert setsid is not None
    program = (sys.executable, "-m", "slurmctl_rest", "--config", str(world._profile()))
    with subprocess.Popen(
        [setsid, "--ctty", *program, *TWO.sentence.split()], stdin=end, stdout=end, stderr=end
    ) as child:
        os.close(end)
        (tmp_path / "arrived").read_text()
        os.close(terminal)
        (tmp_path / "go").write_text("")
        assert child.wait(20) == 130
    is_half_done(world)
    world.close()
