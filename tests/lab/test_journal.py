"""Slurm's journal replayed against what Slurm shows, after random writes of several actors.

JOURNAL_STEPS: how many (in CI few); JOURNAL_SEED: another sequence.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from pathlib import Path

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.console import Options
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
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
BESIDE = {ACCOUNT.noun: ("Coordinators",), USER.noun: ("DefaultAccount",)}
"""Fields of a row that are no columns of its own table."""
OLDER = frozenset({"root", "normal"})
"""What slurmdbd makes itself, without a transaction."""


def reading(cluster: Cluster, folder: Path) -> JournalReading:
    """Return what reads the journal of a cluster."""
    config = folder / "journal.toml"
    config.write_text(Cell(cluster, "cli").profile())
    context = Context()
    context.options = Options(profile="cell", config=config)
    return JournalReading(context, cluster.cluster_name)


def present(reader: JournalReading) -> dict[str, dict[str, Row]]:
    """Return what Slurm shows, by noun and by what the journal calls it."""
    journal, cluster = reader.journal, reader.cluster
    places = {n: row for n, row in journal.places(cluster).items() if not row["Deleted"]}
    found: dict[str, dict[str, Row]] = {ASSOCIATION.noun: places}
    for entity, also in ((ACCOUNT, {"Flags"}), (USER, set[str]()), (QOS, set[str]())):
        rows = journal.read_rows(Query(entity, cluster, also=frozenset(also)))
        found[entity.noun] = {str(row[entity.key.name]): row for row in rows}
    return found


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
        found += different(entity, replay.rows_of(entity), shown[entity.noun])
    return found


def test_the_journal_replayed_is_what_slurm_shows(cluster: Cluster, tmp_path: Path) -> None:
    cluster.restart()
    newest = cluster.api_versions[-1]
    (tmp_path / "rest").mkdir()
    (tmp_path / "cli").mkdir()
    rest = Cli(Cell(cluster, "rest", newest), tmp_path / "rest")
    commands = Cli(Cell(cluster, "cli"), tmp_path / "cli")
    steps = Steps(cluster, rest, commands, random.Random(SEED))  # noqa: S311 (a test)
    reader = reading(cluster, tmp_path)
    begin = time.monotonic()
    for number in made(steps, STEPS):
        if number % 20 == 0 or number == STEPS:
            reader = reading(cluster, tmp_path)
            replay = reader.replayed(lambda _, __: None)
            assert (replay.complaints, against_slurm(replay, present(reader))) == ([], []), number
    print(f"{STEPS} steps in {time.monotonic() - begin:.1f} s")
