"""A slurmdbd that hangs is told from one that is slow, or down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest.backends.commands import writes as command_writes
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.limit_reader import command_limits
from slurmctl_rest.backends.hanging import explained, hangs
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest import writes as rest_writes
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import SlurmctlError, SlurmRefused, Unreachable
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION, QOS, USER
from slurmctl_rest.model.reasons import hanging_slurmdbd
from slurmctl_rest.model.versions import V43
from tests.support import association, qos, user


def late() -> object:
    error = Unreachable("too late", "ask for less", retryable=True)
    error.late = True
    raise error


def down() -> object:
    raise Unreachable("down")


def refused() -> object:
    raise SlurmRefused("no")


def well() -> object:
    return []


Ask = Callable[[], object]


@pytest.mark.parametrize(("one", "expected"), [(late, True), (well, False)])
def test_it_hangs_where_one_association_is_late_and_other_answers_are_not(
    one: Ask, expected: bool
) -> None:
    assert hangs(well, one) is expected


@pytest.mark.parametrize(
    ("cheap", "one", "error"),
    [
        (late, well, "too late"),
        (down, late, "down"),
        (well, down, "down"),
        (well, refused, "no"),
    ],
)
def test_what_else_keeps_it_from_answering_is_raised(cheap: Ask, one: Ask, error: str) -> None:
    with pytest.raises(SlurmctlError, match=error):
        hangs(cheap, one)


ELSE = "slurmrestd answers nothing else either: see `slurmctl-rest doctor`"
OF_COMMANDS = "sacctmgr gets no other answer either: see `slurmctl-rest doctor`"


@pytest.mark.parametrize(
    ("cheap", "one", "message", "hint"),
    [
        (well, late, hanging_slurmdbd().message, hanging_slurmdbd().hint),
        (well, well, "a list was late", "ask for less"),
        (late, well, "a list was late", ELSE),
        (down, well, "a list was late", "ask for less"),
        (refused, well, "a list was late", "ask for less"),
    ],
)
def test_what_is_said_of_a_question_that_was_late(
    cheap: Ask, one: Ask, message: str, hint: str
) -> None:
    error = Unreachable("a list was late", "ask for less")
    told = explained(error, lambda: hangs(cheap, one))
    assert (told.message, told.hint, told.retryable) == (message, hint, False)


def test_over_the_commands_nothing_is_said_of_slurmrestd(tmp_path: Path) -> None:
    """Every sacctmgr hangs, and so does each of the two questions."""
    for name in ("sacctmgr", "scontrol"):
        made = tmp_path / name
        made.write_text("#!/bin/sh\nexec sleep 100\n")
        made.chmod(0o700)
    profile = Profile(execution_mode="cli", cluster_name="alps", slurm_bin_path=tmp_path)
    backend = CommandsBackend(profile, timeout=0.2, waits=())
    with pytest.raises(Unreachable) as late:
        backend.read(Query(ASSOCIATION, "alps"))
    said = "sacctmgr did not end within 0.2 seconds, and was stopped"
    assert (late.value.message, late.value.hint) == (f"{tmp_path}/{said}", OF_COMMANDS)
    with pytest.raises(Unreachable) as waiting:
        command_limits(backend).partitions()
    assert waiting.value.hint == "check that slurmctld is up: `slurmctl-rest ping`"


def test_qos_are_deleted_last_and_each_alone() -> None:
    changes = [
        RowChange(QOS, "delete", "low", qos("low"), None),
        RowChange(QOS, "delete", "slow", qos("slow"), None),
        RowChange(USER, "delete", "alice", user("alice"), None),
        RowChange(ASSOCIATION, "delete", "bob in a", association("a", "bob"), None),
        RowChange(QOS, "modify", "high", qos("high", Priority=1), qos("high", Priority=2)),
    ]
    for carriers in (command_writes.writes(changes), rest_writes.writes(changes, V43)):
        names = [[change.name for change in carrier.changes] for carrier in carriers]
        assert names == [["high"], ["alice"], ["bob in a"], ["low"], ["slow"]]
