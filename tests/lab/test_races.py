"""Another administrator writes at the same time, or the answer is lost: the read-back tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.change import Outcome

from .cells import Cell, Cli, state
from .cluster import Cluster

AFTER = "Slurm shows other values after the write: "
REMEDY = "(check the object, and repeat; another administrator may have changed it meanwhile)"
NOT_TAKEN = "Slurm accepted the write, but did not carry it out: "
LOG = "(check the object, and repeat; see slurmdbd's log)"
GONE = (
    "it no longer exists after the write (it was deleted meanwhile; check whether that was "
    "intended, and repeat)"
)
BACK = (
    "it still exists after the deletion (if nobody has added it again, repeat the command; "
    "if the same happens again, see slurmdbd's log)"
)
NOT_OURS = "; this write did not change it; another administrator probably did"
Overtake = Callable[..., None]


@pytest.fixture(params=["cli", "rest"])
def executor(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the newest REST, in a furnished cluster."""
    version = cluster.api_versions[-1] if request.param == "rest" else ""
    cluster.sacctmgr("add", "qos", "low")
    cluster.sacctmgr("add", "qos", "high", "flags=NoDecay", "GrpTRES=cpu=1")
    cluster.sacctmgr("add", "account", "optics,physics")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics,optics", "defaultaccount=physics")
    return Cli(Cell(cluster, request.param, version), tmp_path)


@pytest.fixture
def overtake(executor: Cli, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Return what sets up a write of another administrator, between our write and our look."""

    def set_up(*commands: str) -> None:
        backend = backend_of(executor)
        write = backend.write

        def write_and_be_overtaken(self: Any, changes: Any) -> Any:
            outcomes = write(self, changes)
            for command in commands:
                executor.cell.cluster.sacctmgr(*command.split())
            return outcomes

        monkeypatch.setattr(backend, "write", write_and_be_overtaken)

    return set_up


def backend_of(cli: Cli) -> Any:
    return RestBackend if cli.cell.executor == "rest" else CommandsBackend


RACES = {
    "a user": (
        "user modify alice set AdminLevel=Operator DefaultAccount=optics",
        "modify user alice set adminlevel=administrator defaultaccount=physics",
        f"user 'alice': {AFTER}AdminLevel is Administrator, not Operator; "
        f"DefaultAccount is physics, not optics {REMEDY}",
    ),
    "a new user": (
        "user add carol account=optics AdminLevel=Operator",
        "modify user carol set adminlevel=none",
        f"user 'carol': {NOT_TAKEN}AdminLevel is still None, not Operator {LOG}",
    ),
    "an association of a user": (
        "assoc modify where account=physics user=alice set Fairshare=5 GrpTRES=mem=1G MaxJobs=3",
        "modify user alice account=physics set fairshare=77 GrpTRES=cpu=3 MaxJobs=-1",
        f"association 'alice in physics': {AFTER}Fairshare is 77, not 5; "
        f"GrpTRES is cpu=3,mem=1G, not mem=1G; MaxJobs is (unset), not 3 {REMEDY}",
    ),
    "a new association that gets more": (
        "user add bob account=lasers MaxJobs=3",
        "modify user bob account=lasers set MaxSubmitJobs=4",
        f"association 'bob in lasers': {AFTER}MaxSubmitJobs is 4, not (unset) {REMEDY}",
    ),
    "the QOS of an association": (
        "user modify alice where account=optics set QosLevel=normal,high",
        "modify user alice account=optics set qos=normal,low",
        f"association 'alice in optics': {AFTER}QosLevel is low,normal, not high,normal {REMEDY}",
    ),
    "a QOS": (
        "qos modify high set Flags+=DenyOnLimit GrpTRES=mem=1G Priority=5",
        "modify qos high set flags=NoReserve GrpTRES=cpu=9 PreemptMode=cancel",
        f"qos 'high': {AFTER}PreemptMode is cancel, not cluster; Flags is NoReserve, "
        f"not DenyOnLimit,NoDecay; GrpTRES is cpu=9,mem=1G, not cpu=1,mem=1G {REMEDY}",
    ),
    "a new QOS": (
        "qos add mid Flags=DenyOnLimit",
        "modify qos mid set flags=-1 Preempt=low",
        f"qos 'mid': {AFTER}Preempt is low, not (unset); "
        f"Flags is (unset), not DenyOnLimit {REMEDY}",
    ),
    "coordinators that went": (
        "coordinator add alice account=physics",
        "delete coordinator account=physics names=alice",
        f"account 'physics': {NOT_TAKEN}Coordinators is still (unset), not alice {LOG}",
    ),
    "a user who is gone": (
        "user modify alice set AdminLevel=Operator",
        "delete user alice",
        f"user 'alice': {GONE}",
    ),
    "an association that is gone": (
        "user modify alice where account=optics set MaxJobs=3",
        "delete user alice account=optics",
        f"association 'alice in optics': {GONE}",
    ),
    "a QOS that is gone": (
        "qos modify low set Priority=5",
        "delete qos low",
        f"qos 'low': {GONE}",
    ),
    "an account that is gone": (
        "coordinator add alice account=lasers",
        "delete account lasers",
        f"account 'lasers': {GONE}",
    ),
    "a user who is back": (
        "user delete bob",
        "add user bob account=physics",
        f"user 'bob': {BACK}",
    ),
    "an association that is back": (
        "assoc delete where user=bob account=optics",
        "add user bob account=optics",
        f"association 'bob in optics': {BACK}",
    ),
    "a QOS that is back": (
        "qos delete low",
        "add qos low",
        f"qos 'low': {BACK}",
    ),
    "a new association that is gone": (
        "user add bob account=lasers",
        "delete user bob account=lasers",
        "association 'bob in lasers': it does not exist after the addition (if nobody has deleted "
        "it, repeat the command; if the same happens again, see slurmdbd's log)",
    ),
}


@pytest.mark.parametrize("race", RACES.values(), ids=list(RACES))
def test_a_change_under_us_is_seen_by_the_read_back(
    executor: Cli, overtake: Overtake, race: tuple[str, str, str]
) -> None:
    sentence, others, said = race
    executor.cell.cluster.sacctmgr("add", "account", "lasers")
    overtake(others)
    done = executor(f"{sentence} -i")
    assert done.code in {4, 7}  # 7: a part of it was done
    words, remedy = said.rsplit(" (", 1)  # where several failed, the first one's remedy stands
    assert words in done.err
    assert done.err.endswith(f"({remedy}\n") or done.code == 7


NOTICES = {
    "a field that was unset": (
        "user modify alice where account=physics set MaxJobs=3",
        "modify user alice account=physics set MaxWall=60 GrpTRES=cpu=3",
        "association 'alice in physics': GrpTRES is now cpu=3, was (unset); "
        f"MaxWall is now 01:00:00, was (unset){NOT_OURS}",
        False,
    ),
    "a field that had another value": (
        "user modify bob set MaxJobs=3",
        "modify user bob account=physics set GrpTRES=cpu=5,mem=7 Priority=9",
        "association 'bob in physics': Priority is now 9, was 4; "
        f"GrpTRES is now cpu=5,mem=7M, was cpu=1,mem=2M{NOT_OURS}",
        False,
    ),
    "a TRES that is gone": (
        "user modify bob set MaxJobs=3",
        "modify user bob account=physics set GrpTRES=mem=-1",
        f"association 'bob in physics': GrpTRES is now cpu=1, was cpu=1,mem=2M{NOT_OURS}",
        True,
    ),
    "a number that is gone": (
        "user modify bob set MaxJobs=3",
        "modify user bob account=physics set Priority=-1",
        f"association 'bob in physics': Priority is now (unset), was 4{NOT_OURS}",
        True,
    ),
    "inherited QOS that are own ones": (
        "user modify bob where account=physics set MaxJobs=3",
        "modify user bob account=physics set qoslevel=normal,high",
        f"association 'bob in physics': QosLevel is now high,normal, was (unset){NOT_OURS}",
        True,
    ),
    "a coordinator more": (
        "account modify physics set Description=new",
        "add coordinator account=physics names=bob",
        f"account 'physics': Coordinators is now alice,bob, was alice{NOT_OURS}",
        False,
    ),
    "a coordinator less": (
        "account modify physics set Description=new",
        "delete coordinator account=physics names=alice",
        f"account 'physics': Coordinators is now (unset), was alice{NOT_OURS}",
        True,
    ),
    "a flag more": (
        "qos modify high set Priority=5",
        "modify qos high set flags+=NoReserve",
        f"qos 'high': Flags is now NoDecay,NoReserve, was NoDecay{NOT_OURS}",
        False,
    ),
    "a flag less": (
        "qos modify high set Priority=5",
        "modify qos high set flags-=NoDecay",
        f"qos 'high': Flags is now (unset), was NoDecay{NOT_OURS}",
        True,
    ),
    "a level": (
        "user modify alice set DefaultAccount=optics",
        "modify user alice set adminlevel=operator",
        f"user 'alice': AdminLevel is now Operator, was None{NOT_OURS}",
        False,
    ),
}
"""Sentence, what another does, what is said; and whether it could be our own loss over REST."""


@pytest.mark.parametrize("race", NOTICES.values(), ids=list(NOTICES))
def test_a_change_of_what_we_did_not_set_is_a_notice_unless_it_may_be_our_loss(
    executor: Cli, overtake: Overtake, race: tuple[str, str, str, bool]
) -> None:
    sentence, others, said, may_be_ours = race
    cluster = executor.cell.cluster
    # With Slurm's journal it is known who did it: tests/lab/test_together.py.
    executor.config.write_text(
        executor.cell.profile().replace("[profiles.cell]", "[profiles.cell]\njournal = false", 1)
    )
    cluster.sacctmgr("add", "coordinator", "account=physics", "names=alice")
    with_limits = ("GrpTRES=cpu=1,mem=2", "Priority=4")
    cluster.sacctmgr("modify", "user", "bob", "where", "account=physics", "set", *with_limits)
    overtake(others)
    done = executor(f"{sentence} -i --json")
    if may_be_ours and executor.cell.executor == "rest":
        assert done.code in {4, 7}
        assert AFTER in done.err
        assert NOT_OURS not in done.both
    else:
        assert (done.code, done.err) == (0, "")
        assert json.loads(done.out)["warnings"][-1:] == [said]


@pytest.mark.parametrize(
    ("sentence", "others", "code", "said"),
    [
        (
            "user modify alice set MaxJobs=3",
            "add user alice account=lasers MaxJobs=8",
            4,
            "association 'alice in lasers': it was added during this write, but not by it "
            "(another administrator may have added it; check whether it is wanted)",
        ),
        (
            "user add bob account=lasers",
            "delete user bob account=optics",
            4,
            "association 'bob in optics': it was deleted during this write, but not by it "
            "(another administrator may have deleted it; check whether that was intended)",
        ),
        (
            "assoc delete where user=bob account=optics",
            "add user bob account=optics partition=gpu",
            4,
            "association 'bob in optics (gpu)': it was added during this write, but not by it "
            "(another administrator may have added it; check whether it is wanted)",
        ),
        # Nobody has looked at alice's other associations, and no more is read for it.
        (
            "assoc modify where user=alice account=physics set MaxJobs=3",
            "add user alice account=lasers",
            0,
            "",
        ),
        # What is no part of the users that are touched is no difference.
        ("user modify alice set MaxJobs=3", "add user bob account=lasers", 0, ""),
        ("user add bob account=lasers", "add account masers parent=lasers", 0, ""),
    ],
)
def test_associations_of_the_users_that_appear_or_disappear_are_a_difference(
    executor: Cli, overtake: Overtake, sentence: str, others: str, code: int, said: str
) -> None:
    executor.cell.cluster.sacctmgr("add", "account", "lasers")
    overtake(others)
    done = executor(f"{sentence} -i")
    assert (done.code, done.err) == (code, f"slurmctl-rest: {said}\n" if said else "")


def test_what_nobody_asked_for_stands_in_the_report(executor: Cli, overtake: Overtake) -> None:
    executor.cell.cluster.sacctmgr("add", "account", "lasers")
    overtake("add user alice account=lasers")
    done = executor("user modify alice where account=physics set MaxJobs=3 -i --json")
    report = json.loads(done.out)
    assert (done.code, json.loads(done.err)["error"]["code"]) == (4, "changed_under_us")
    assert [(c["name"], c["action"], c["changed"]) for c in report["changes"]] == [
        ("alice in physics", "modify", True),
        ("alice in lasers", "add", False),
    ]
    assert report["changes"][1]["error"]["code"] == "changed_under_us"


def test_what_slurm_accepts_and_does_not_do_is_nobody_elses_change(
    executor: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backend_of(executor)
    monkeypatch.setattr(backend, "write", lambda _, changes: [Outcome(one) for one in changes])
    done = executor("user modify alice where account=physics set MaxJobs=3 -i")
    assert (done.code, done.err) == (
        4,
        f"slurmctl-rest: association 'alice in physics': {NOT_TAKEN}"
        f"MaxJobs is still (unset), not 3 {LOG}\n",
    )


def test_a_mark_that_takes_limits_from_its_association_is_seen(
    executor: Cli, overtake: Overtake
) -> None:
    """Over REST a default account is changed by sending its association: TRES lists and all."""
    cluster = executor.cell.cluster
    cluster.sacctmgr("modify", "user", "bob", "where", "account=optics", "set", "GrpTRES=cpu=1")
    overtake("modify user bob account=optics set GrpTRES=cpu=-1")
    done = executor("user modify bob set DefaultAccount=optics -i")
    said = f"association 'bob in optics': {AFTER}GrpTRES is (unset), not cpu=1 {REMEDY}"
    whole = (4, f"slurmctl-rest: {said}\n") if executor.cell.executor == "rest" else (0, "")
    assert (done.code, done.err) == whole


def test_what_another_deleted_before_us_is_gone_as_asked(
    executor: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our first look and our write; slurmdbd says that nothing matched, and that is so."""
    cluster = executor.cell.cluster
    backend = backend_of(executor)
    write = backend.write

    def be_overtaken_and_write(self: Any, changes: Any) -> Any:
        cluster.sacctmgr("delete", "user", "bob")
        return write(self, changes)

    monkeypatch.setattr(backend, "write", be_overtaken_and_write)
    done = executor("user delete bob -i")
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
    executor: Cli, monkeypatch: pytest.MonkeyPatch, sentence: str, others: str
) -> None:
    """slurmrestd adds what a POST does not find, but bare: the read-back misses the rest."""
    cluster = executor.cell.cluster
    cluster.sacctmgr("add", "account", "lasers")
    cluster.sacctmgr("modify", "user", "bob", "set", "Priority=4")
    backend = backend_of(executor)
    write = backend.write

    def be_overtaken_and_write(self: Any, changes: Any) -> Any:
        cluster.sacctmgr(*others.split())
        return write(self, changes)

    monkeypatch.setattr(backend, "write", be_overtaken_and_write)
    done = executor(f"{sentence} -i")
    refused = executor.cell.executor == "cli" and sentence.startswith("coordinator")
    assert (done.code, done.out) == (1 if refused else 4, "")
    said = "non-existent account 'lasers'" if refused else GONE
    assert said in done.err or AFTER in done.err


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
    executor: Cli, monkeypatch: pytest.MonkeyPatch, sentence: str, done: bool
) -> None:
    cluster = executor.cell.cluster
    before = state(cluster)
    backend = backend_of(executor)
    write = backend.write

    def write_and_hear_nothing(self: Any, changes: Any) -> Any:
        if done:
            write(self, changes)
        return [Outcome(change, Unreachable("no answer")) for change in changes]

    monkeypatch.setattr(backend, "write", write_and_hear_nothing)
    result = executor(f"{sentence} -i")
    assert (result.code, state(cluster) == before) == ((0, False) if done else (6, True))
    assert ("no answer" in result.err) is not done
