"""Two writers at once on real Slurm: neither loses what it was told was done."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli import console, lock, turn

from . import races
from .cells import PROFILE, Cell, Cli, neutral
from .cluster import Cluster

ROUNDS = 3
"""Of each kind; `make races` has 500."""


@pytest.fixture(params=["cli", "rest"])
def cli(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the newest REST, in a furnished cluster."""
    races.furnish(cluster)
    cluster.sacctmgr("modify", "account", races.ACCOUNT, "set", "GrpTRES=cpu=1,mem=1", "MaxJobs=1")
    version = cluster.api_versions[-1] if request.param == "rest" else ""
    return Cli(Cell(cluster, request.param, version), tmp_path)


def shown(cli: Cli, columns: str = "GrpTRES") -> str:
    where = ("account=racing", "user=", f"format={columns}")
    return cli.cell.cluster.sacctmgr("-nP", "show", "assoc", *where).strip()


def say_in_profile(cli: Cli, line: str) -> None:
    head = f"[profiles.{PROFILE}]\n"
    cli.config.write_text(cli.cell.profile().replace(head, f"{head}{line}\n"))


Overtake = Callable[[str, str], None]


@pytest.fixture
def overtake(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Return what lets sacctmgr write once, before or after our own first request."""
    backend: Any = RestBackend if cli.cell.executor == "rest" else CommandsBackend
    write = backend.write

    def set_up(when: str, words: str) -> None:
        def overtaken(self: Any, changes: Any) -> Any:
            monkeypatch.setattr(backend, "write", write)
            if when == "before":
                cli.cell.cluster.sacctmgr(*words.split())
            outcomes = write(self, changes)
            if when == "after":
                cli.cell.cluster.sacctmgr(*words.split())
            return outcomes

        monkeypatch.setattr(backend, "write", overtaken)

    return set_up


@pytest.mark.parametrize("world", [races.World(), races.World(lock=False)], ids=str)
def test_no_change_is_lost_in_silence(cluster: Cluster, tmp_path: Path, world: races.World) -> None:
    """Both are done, and both say so; without the lock the journal tells of the other."""
    races.furnish(cluster)
    races.warm_up(cluster)
    for title, pair, executors, one in races.lines(races.LIMITS):
        if one == world:
            tally = races.race(cluster, pair, executors, world, ROUNDS, tmp_path)
            assert tally.both == ROUNDS, f"{title}: {tally}: {tally.words}"


CAME_BETWEEN = {
    "TRES": (
        "account modify racing set GrpTRES=cpu=5",
        "modify account racing set GrpTRES=mem=9",
        "GrpTRES",
        "cpu=5,mem=9M",
    ),
    "a number and TRES": (
        "account modify racing set MaxJobs=5",
        "modify account racing set GrpTRES=mem=9",
        "MaxJobs,GrpTRES",
        "5|cpu=1,mem=9M",
    ),
    "TRES taken away": (
        "account modify racing set GrpTRES=cpu=5",
        "modify account racing set GrpTRES=mem=-1",
        "GrpTRES",
        "cpu=5",
    ),
    "QOS": (
        "account modify racing set QosLevel=normal,high",
        "modify account racing set qos=normal,low",
        "QOS",
        "high,low,normal",
    ),
}


@pytest.mark.parametrize("race", CAME_BETWEEN.values(), ids=list(CAME_BETWEEN))
def test_what_came_between_our_look_and_our_write_is_kept(
    cli: Cli, overtake: Overtake, race: tuple[str, str, str, str]
) -> None:
    sentence, others, columns, both = race
    overtake("before", others)
    done = cli(f"{sentence} -i")
    assert (done.code, shown(cli, columns)) == (0, both), done.err


@pytest.mark.parametrize(
    ("others", "code", "left", "words"),
    [
        ("GrpTRES=cpu=1,mem=9", 0, "cpu=5,mem=9M", "another writer reverted GrpTRES"),
        ("GrpTRES=mem=9", 0, "cpu=5,mem=9M", "another writer changed it at the same time"),
        ("MaxWall=60", 0, "cpu=5,mem=1M", ""),
        ("GrpTRES=mem=-1", 0, "cpu=5", "another writer changed it at the same time"),
        ("GrpTRES=cpu=7", 4, "cpu=7,mem=1M", "GrpTRES is cpu=7,mem=1M, not cpu=5,mem=1M"),
    ],
    ids=["stale", "on top", "another field", "taken away", "the same on purpose"],
)
def test_what_came_after_our_write(
    cli: Cli, overtake: Overtake, others: str, code: int, left: str, words: str
) -> None:
    """What was put back is set again; what another set on purpose stays, and is no success."""
    overtake("after", f"modify account racing set {others}")
    done = cli("account modify racing set GrpTRES=cpu=5 -i")
    assert (done.code, shown(cli)) == (code, left), done.err
    assert words in done.err


def test_without_a_journal_a_second_look_finds_what_is_gone(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_in_profile(cli, "journal = false")

    def pause(seconds: float) -> None:
        assert 0.3 <= seconds <= 0.6
        cli.cell.cluster.sacctmgr("modify", "account", "racing", "set", "GrpTRES=cpu=1")

    monkeypatch.setattr(retry, "pause", pause)
    done = cli("account modify racing set GrpTRES=cpu=5 -i")
    if cli.cell.executor == "cli":  # sacctmgr sends what it names alone: nobody is waited for
        assert (done.code, done.err, shown(cli)) == (0, "", "cpu=5,mem=1M")
        return
    assert (done.code, done.err) == (
        4,
        "slurmctl-rest: account 'racing': changed again by another writer: GrpTRES is "
        "cpu=1,mem=1M, not cpu=5,mem=1M (check the object, and repeat; another administrator "
        "may have changed it meanwhile)\n",
    )


@pytest.mark.parametrize(
    ("key", "sentence", "looks"),
    [
        ("second_look = true", "set GrpTRES=cpu=5", 1),
        ("second_look = false\njournal = false", "set GrpTRES=cpu=5", 0),
        ("second_look = true", "set MaxJobs=5", 0),
        ("journal = true", "set GrpTRES=cpu=5", 0),
    ],
)
def test_the_profile_says_when_to_look_twice(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, key: str, sentence: str, looks: int
) -> None:
    say_in_profile(cli, key)
    paused: list[float] = []
    monkeypatch.setattr(retry, "pause", paused.append)
    done = cli(f"account modify racing {sentence} -i")
    assert (done.code, done.err, len(paused)) == (0, "", looks)


def test_two_coordinators_who_come_at_once_both_are(cli: Cli, overtake: Overtake) -> None:
    overtake("after", "add coordinator account=racing names=bob")
    done = cli("coordinator add alice account=racing -i")
    assert (done.code, done.err) == (
        0,
        "slurmctl-rest: warning: account 'racing': another writer changed it at the same time\n",
    )


CHANGED_MEANWHILE = {
    "a limit": (
        "account modify racing set MaxJobs=5",
        "modify account racing set GrpTRES=mem=9",
        "account 'racing': changed since it was read, nothing was sent: "
        "GrpTRES is now cpu=1,mem=9M, was cpu=1,mem=1M",
    ),
    "a QOS": (
        "qos modify low set Priority=5",
        "modify qos low set GrpTRES=cpu=3",
        "qos 'low': changed since it was read, nothing was sent: GrpTRES is now cpu=3, was (unset)",
    ),
    "what is to be deleted": (
        "assoc delete where user=bob account=lasers",
        "modify user bob account=lasers set MaxJobs=3",
        "association 'bob in lasers': changed since it was read, nothing was sent: "
        "MaxJobs is now 3, was (unset)",
    ),
    "what is to be added": (
        "account add optics",
        "add account optics",
        "account 'optics': changed since it was read, nothing was sent: Account is now optics, "
        "was (unset)",
    ),
}


@pytest.mark.parametrize("race", CHANGED_MEANWHILE.values(), ids=list(CHANGED_MEANWHILE))
def test_what_changes_while_a_person_is_asked_is_an_error_and_nothing_is_sent(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, race: tuple[str, str, str]
) -> None:
    sentence, others, words = race

    held: list[str] = []
    acquire = lock.acquire

    def noted(cluster: str, *words: Any) -> lock.Lock:
        held.append(cluster)
        return acquire(cluster, *words)

    def confirm(*_: object) -> bool:
        assert not held
        cli.cell.cluster.sacctmgr(*others.split())
        return True

    monkeypatch.setattr(lock, "acquire", noted)
    monkeypatch.setattr(console.Console, "can_ask", lambda _: True)
    monkeypatch.setattr(console.Console, "confirmed", confirm)
    done = cli(sentence)
    assert (done.code, done.out) == (4, "")
    hint = "another administrator changed it meanwhile; check it, and repeat"
    assert done.err.endswith(f"slurmctl-rest: {words} ({hint})\n")
    assert held == [cli.cell.cluster.cluster_name]


def test_a_plan_that_took_long_is_made_anew_where_nobody_was_asked(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = turn.Turn.moved
    monkeypatch.setattr(turn, "FRESH_S", 0.0)

    def overtaken(self: turn.Turn, plan: Any) -> Any:
        cli.cell.cluster.sacctmgr("modify", "account", "racing", "set", "GrpTRES=mem=9")
        return look(self, plan)

    monkeypatch.setattr(turn.Turn, "moved", overtaken)
    done = cli("account modify racing set GrpTRES=cpu=5 -i")
    assert (done.code, done.err) == (0, "")
    assert re.findall("GrpTRES: .*", done.out) == ["GrpTRES: cpu=1,mem=9M -> cpu=5,mem=9M"]
    assert shown(cli) == "cpu=5,mem=9M"


def test_a_dry_run_takes_no_lock(cli: Cli, tmp_path: Path) -> None:
    say_in_profile(cli, f'lock_dir = "{tmp_path}/locks"')
    (tmp_path / "locks").mkdir()
    assert cli("account modify racing set MaxJobs=5 --dry-run").code == 0
    assert not [*(tmp_path / "locks").iterdir()]
    assert cli("account modify racing set MaxJobs=5 -i").code == 0
    assert len([*(tmp_path / "locks").iterdir()]) == 1


def test_where_no_lock_is_possible_one_warning_says_so(cli: Cli, tmp_path: Path) -> None:
    say_in_profile(cli, f'lock_dir = "{tmp_path}/nowhere"')
    done = cli("account modify racing set MaxJobs=5 -i")
    assert (done.code, done.err) == (
        0,
        "slurmctl-rest: warning: could not lock out other writers on this machine: "
        f"No such file or directory ({tmp_path}/nowhere); check lock_dir of the profile\n",
    )


def test_the_same_number_on_another_cluster_is_another_row(cli: Cli) -> None:
    """Each cluster of a slurmdbd numbers its own associations: 3 is physics here, and art there."""
    cluster = cli.cell.cluster
    cluster.restart()
    cluster.sacctmgr("add", "cluster", "jura")
    cluster.sacctmgr("add", "qos", "low,high")
    cluster.sacctmgr("add", "account", "physics", f"cluster={cluster.cluster_name}")
    cluster.sacctmgr("add", "account", "art", "cluster=jura")
    numbers = cluster.sacctmgr("-nP", "show", "assoc", "user=", "format=cluster,account,id").split()
    assert {f"{cluster.cluster_name}|physics|3", "jura|art|3"} <= {*numbers}
    others = ("where", "art", "cluster=jura", "set", "GrpTRES=mem=7", "qos=low")
    cluster.sacctmgr("modify", "account", *others)
    done = cli("account modify physics set GrpTRES=cpu=5 QosLevel=high -i")
    assert (done.code, neutral(done.err, cluster)) == (0, "")  # REST warns of the inheritance
    columns = "format=cluster,account,grptres,qos"
    told = cluster.sacctmgr("-nP", "show", "assoc", "user=", "wopl", columns).split()
    assert {f"{cluster.cluster_name}|physics|cpu=5|high", "jura|art|mem=7M|low"} <= {*told}
