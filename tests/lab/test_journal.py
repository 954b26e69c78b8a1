"""Slurm's journal replayed against what Slurm shows, after random writes of several actors.

JOURNAL_STEPS: how many (in CI few); JOURNAL_SEED: another sequence.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from pathlib import Path

from slurmctl_rest.backends.commands.associations import as_slurmrestd_shows
from slurmctl_rest.cli.console import Options
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.past import PastRows, rows_at
from slurmctl_rest.journal.as_of import moved_unseen
from slurmctl_rest.journal.replay import Replay
from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row

from .cells import Cell, Cli
from .cluster import Cluster
from .journal_steps import Steps, made

STEPS = int(os.environ.get("JOURNAL_STEPS", "60"))
SEED = int(os.environ.get("JOURNAL_SEED", "1"))
MOMENTS = int(os.environ.get("JOURNAL_MOMENTS", "3"))
NOW = 2**40
BESIDE = {ACCOUNT.noun: ("Coordinators",), USER.noun: ("DefaultAccount",)}
"""Fields of a row that are no columns of its own table."""
OLDER = frozenset({"root", "normal"})
"""What slurmdbd makes itself, without a transaction."""


def programs(cluster: Cluster, folder: Path) -> tuple[Cli, Cli]:
    """Return this program over slurmrestd, and over the Slurm commands."""
    found: list[Cli] = []
    for cell in (Cell(cluster, "rest", cluster.api_versions[-1]), Cell(cluster, "cli")):
        (folder / cell.executor).mkdir()
        found.append(Cli(cell, folder / cell.executor))
    return found[0], found[1]


def reading(cluster: Cluster, folder: Path) -> JournalReading:
    """Return what reads the journal of a cluster."""
    config = folder / "journal.toml"
    config.write_text(Cell(cluster, "cli").profile())
    context = Context()
    context.options = Options(profile="cell", config=config)
    return JournalReading(context, cluster.cluster_name)


def different(entity: Entity, ours: Mapping[str, Row], theirs: Mapping[str, Row]) -> list[str]:
    """Return each value that differs: ours, then Slurm's."""
    names = [field.name for field in FIELDS_OF_COLUMNS[entity.noun].values()]
    names = [name for name in names if name not in {"Default", "Comment"}]
    names += BESIDE.get(entity.noun, ())
    found = [f"{entity.noun} {key}: not shown" for key in ours if key not in theirs]
    found += [
        f"{entity.noun} {key}: not told" for key in theirs if key not in ours and key not in OLDER
    ]
    for key in {*ours} & {*theirs}:
        row, other = ours[key], theirs[key]
        found += [
            f"{entity.noun} {key} {name}: {row.get(name, '?')!r} instead of {other.get(name)!r}"
            for name in names
            if (name in row or key not in OLDER) and row.get(name, "?") != other.get(name)
        ]
    return found


def against_slurm(replay: Replay, shown: Mapping[str, Mapping[str, Row]]) -> list[str]:
    """Return every difference of a replay; a move that the journal does not have is none."""
    for name, _, to in moved_unseen(replay, shown[ASSOCIATION.noun]):
        replay.associations[replay.own_rows[name]]["Parent"] = to
    found: list[str] = []
    for entity in (ACCOUNT, USER, ASSOCIATION, QOS):
        ours: Mapping[str, Row] = replay.rows_of(entity)
        if entity is ASSOCIATION:
            ours = dict(zip(ours, as_slurmrestd_shows([*ours.values()]), strict=True))
        found += different(entity, ours, shown[entity.noun])
    return found


def test_the_journal_replayed_is_what_slurm_shows(cluster: Cluster, tmp_path: Path) -> None:
    cluster.restart()
    rest, commands = programs(cluster, tmp_path)
    steps = Steps(cluster, rest, commands, random.Random(SEED))  # noqa: S311 (a test)
    begin = time.monotonic()
    moments: list[tuple[int, PastRows]] = []
    for number in made(steps, STEPS):
        if number % max(STEPS // MOMENTS, 1) == 0 or number == STEPS:
            reader = reading(cluster, tmp_path)
            replay = reader.replayed(lambda *_: None)
            assert (replay.complaints, against_slurm(replay, reader.present)) == ([], []), number
            moments.append((int(time.time()), rows_at(reader.context, reader.cluster, NOW)))
            time.sleep(1.05)  # the journal counts seconds
    for moment, then in moments:
        context = reading(cluster, tmp_path).context
        assert rows_at(context, cluster.cluster_name, moment) == then, moment
    print(f"{STEPS} steps, {len(moments)} moments in {time.monotonic() - begin:.1f} s")


def test_lists_and_trees_show_what_there_was(cluster: Cluster, tmp_path: Path) -> None:
    program = cluster.sacctmgr
    both = programs(cluster, tmp_path)
    program("add", "account", "science", "GrpTRES=cpu=100", "MaxJobs=4")
    program("add", "account", "physics", "parent=science")
    program("add", "user", "alice", "account=physics", "MaxWall=60")
    program("add", "coordinator", "account=science", "names=alice")
    lists = (
        "account list science,physics WithCoord --json",
        "account tree --json",
        "assoc list where user=alice --json",
        "assoc tree where account=science",
        "user list alice WithCoord -P",
        "qos list -P format=Name,Flags,Priority",
        "assoc list where account=physics WOPLimits -P",
    )
    then = [(cli, words, cli(words)) for cli in both for words in lists]
    time.sleep(1.05)
    moment = f"uts{int(time.time())}"
    time.sleep(1.05)
    program("delete", "account", "science", "physics")
    program("modify", "qos", "normal", "set", "Priority=7", "Flags=NoDecay")
    for cli, words, before in then:
        after = cli(f"{words} --as-of {moment}")
        assert (after.code, after.out) == (0, before.out), (words, after.err)
    program("modify", "qos", "normal", "set", "Priority=-1", "Flags=-1")
