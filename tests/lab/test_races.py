"""Another administrator writes at the same time, or the answer is lost: the read-back tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.planning import Outcome

from .cells import Cell, Cli, state
from .cluster import Cluster

REMEDY = "(another administrator may have changed it at the same time; look, and repeat)"
AFTER = "Slurm shows something else after the write"
Overtake = Callable[..., None]


@pytest.fixture(params=["cli", "rest"])
def road(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the newest REST, in a furnished cluster."""
    version = cluster.api_versions[-1] if request.param == "rest" else ""
    cluster.sacctmgr("add", "qos", "low")
    cluster.sacctmgr("add", "qos", "high", "flags=NoDecay", "GrpTRES=cpu=1")
    cluster.sacctmgr("add", "account", "optics,physics")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics,optics", "defaultaccount=physics")
    return Cli(Cell(cluster, request.param, version), tmp_path)


@pytest.fixture
def overtake(road: Cli, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Return what sets up a write of another administrator, between our write and our look."""

    def set_up(*commands: str) -> None:
        backend = backend_of(road)
        write = backend.write

        def write_and_be_overtaken(self: Any, changes: Any) -> Any:
            outcomes = write(self, changes)
            for command in commands:
                road.cell.cluster.sacctmgr(*command.split())
            return outcomes

        monkeypatch.setattr(backend, "write", write_and_be_overtaken)

    return set_up


def backend_of(cli: Cli) -> Any:
    return RestBackend if cli.cell.executor == "rest" else CommandsBackend


RACES = {
    "a user": (
        "user modify alice set AdminLevel=Operator DefaultAccount=optics",
        "modify user alice set adminlevel=administrator defaultaccount=physics",
        "user 'alice'",
        "AdminLevel is Administrator, not Operator; DefaultAccount is physics, not optics",
    ),
    "a new user": (
        "user add carol account=optics AdminLevel=Operator",
        "modify user carol set adminlevel=none",
        "user 'carol'",
        "AdminLevel is None, not Operator",
    ),
    "an association of a user": (
        "assoc modify where account=physics user=alice set Fairshare=5 GrpTRES=mem=1G MaxJobs=3",
        "modify user alice account=physics set fairshare=77 GrpTRES=cpu=3 MaxJobs=-1",
        "association 'alice in physics'",
        "Fairshare is 77, not 5; GrpTRES is cpu=3,mem=1G, not mem=1G; MaxJobs is (unset), not 3",
    ),
    "the QOS of an association": (
        "user modify alice where account=optics set QosLevel=normal,high",
        "modify user alice account=optics set qos=normal,low",
        "association 'alice in optics'",
        "QosLevel is low,normal, not high,normal",
    ),
    "a QOS": (
        "qos modify high set Flags+=DenyOnLimit GrpTRES=mem=1G Priority=5",
        "modify qos high set flags=NoReserve GrpTRES=cpu=9 PreemptMode=cancel",
        "qos 'high'",
        "PreemptMode is cancel, not cluster; Flags is NoReserve, not DenyOnLimit,NoDecay; "
        "GrpTRES is cpu=9,mem=1G, not cpu=1,mem=1G",
    ),
    "a new QOS": (
        "qos add mid Flags=DenyOnLimit",
        "modify qos mid set flags=-1 Preempt=low",
        "qos 'mid'",
        "Preempt is low, not (unset); Flags is (unset), not DenyOnLimit",
    ),
    "coordinators that came": (
        "coordinator add alice account=physics",
        "add coordinator account=physics names=bob",
        "account 'physics'",
        "Coordinators is alice,bob, not alice",
    ),
    "coordinators that went": (
        "coordinator add alice account=physics",
        "delete coordinator account=physics names=alice",
        "account 'physics'",
        "Coordinators is (unset), not alice",
    ),
    "a field that was not named": (
        "user modify alice where account=physics set MaxJobs=3",
        "modify user alice account=physics set MaxWall=60",
        "association 'alice in physics'",
        "MaxWall is 01:00:00, not (unset)",
    ),
    "a user who is gone": (
        "user modify alice set AdminLevel=Operator",
        "delete user alice",
        "user 'alice'",
        "User is (unset), not alice",
    ),
    "an association that is gone": (
        "user modify alice where account=optics set MaxJobs=3",
        "delete user alice account=optics",
        "association 'alice in optics'",
        "Account is (unset), not alice in optics",
    ),
    "a QOS that is gone": (
        "qos modify low set Priority=5",
        "delete qos low",
        "qos 'low'",
        "Name is (unset), not low",
    ),
    "an account that is gone": (
        "coordinator add alice account=lasers",
        "delete account lasers",
        "account 'lasers'",
        "Account is (unset), not lasers",
    ),
}


@pytest.mark.parametrize("race", RACES.values(), ids=list(RACES))
def test_a_change_under_us_is_seen_by_the_read_back(
    road: Cli, overtake: Overtake, race: tuple[str, str, str, str]
) -> None:
    sentence, others, subject, differs = race
    road.cell.cluster.sacctmgr("add", "account", "lasers")
    overtake(others)
    done = road(f"{sentence} -i")
    assert done.code in {4, 7}  # 7: a part of it was done
    assert f"{subject}: {AFTER}: {differs}" in done.err
    assert done.err.endswith(f"{REMEDY}\n")


BACK_AGAIN = {
    "user": ("user delete bob", "add user bob account=physics", "user 'bob'"),
    "association": (
        "assoc delete where user=bob account=optics",
        "add user bob account=optics",
        "association 'bob in optics'",
    ),
    "qos": ("qos delete low", "add qos low", "qos 'low'"),
}


@pytest.mark.parametrize("race", BACK_AGAIN.values(), ids=list(BACK_AGAIN))
def test_what_we_deleted_and_another_added_again_is_seen(
    road: Cli, overtake: Overtake, race: tuple[str, str, str]
) -> None:
    sentence, others, subject = race
    overtake(others)
    done = road(f"{sentence} -i")
    assert done.code in {4, 7}
    assert f"{subject}: {AFTER}: " in done.err
    assert ", not (unset)" in done.err


def test_what_another_deleted_before_us_is_gone_as_asked(
    road: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our first look and our write; slurmdbd says that nothing matched, and that is so."""
    cluster = road.cell.cluster
    backend = backend_of(road)
    write = backend.write

    def be_overtaken_and_write(self: Any, changes: Any) -> Any:
        cluster.sacctmgr("delete", "user", "bob")
        return write(self, changes)

    monkeypatch.setattr(backend, "write", be_overtaken_and_write)
    done = road("user delete bob -i")
    assert (done.code, done.err) == (0, "")
    assert "bob" not in state(cluster)


GONE_BEFORE = {
    "user modify bob set MaxJobs=3": "delete user bob",
    "user modify bob set AdminLevel=Operator": "delete user bob",
    "user modify bob set DefaultAccount=optics": "delete user bob",
    "qos modify low set Priority=3": "delete qos low",
    "coordinator add bob account=lasers": "delete account lasers",
    "account modify lasers set Fairshare=3": "delete account lasers",
}


@pytest.mark.parametrize(("sentence", "others"), GONE_BEFORE.items(), ids=list(GONE_BEFORE))
def test_what_another_deleted_before_our_change_is_never_taken_for_done(
    road: Cli, monkeypatch: pytest.MonkeyPatch, sentence: str, others: str
) -> None:
    """slurmrestd adds what a POST does not find, but bare: the read-back misses the rest."""
    cluster = road.cell.cluster
    cluster.sacctmgr("add", "account", "lasers")
    cluster.sacctmgr("modify", "user", "bob", "set", "Priority=4")
    backend = backend_of(road)
    write = backend.write

    def be_overtaken_and_write(self: Any, changes: Any) -> Any:
        cluster.sacctmgr(*others.split())
        return write(self, changes)

    monkeypatch.setattr(backend, "write", be_overtaken_and_write)
    done = road(f"{sentence} -i")
    refused = road.cell.executor == "cli" and sentence.startswith("coordinator")
    assert (done.code, done.out) == (1 if refused else 4, "")
    assert ("non-existent account 'lasers'" if refused else AFTER) in done.err


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize(
    "sentence",
    [
        "user add carol account=physics,optics partition=gpu AdminLevel=Operator",
        "user modify alice set DefaultAccount=optics AdminLevel=Operator",
        "coordinator add alice account=physics,optics",
        "qos modify high set Flags+=DenyOnLimit",
        "user delete bob",
    ],
)
def test_a_write_whose_answer_is_lost_is_told_by_the_read_back(
    road: Cli, monkeypatch: pytest.MonkeyPatch, sentence: str, done: bool
) -> None:
    cluster = road.cell.cluster
    before = state(cluster)
    backend = backend_of(road)
    write = backend.write

    def write_and_hear_nothing(self: Any, changes: Any) -> Any:
        if done:
            write(self, changes)
        return [Outcome(change, Unreachable("no answer")) for change in changes]

    monkeypatch.setattr(backend, "write", write_and_hear_nothing)
    result = road(f"{sentence} -i")
    assert (result.code, state(cluster) == before) == ((0, False) if done else (6, True))
    assert ("no answer" in result.err) is not done
