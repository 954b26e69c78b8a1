"""The plan of `undo`: each object once; and a moment that the journal does not reach."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from slurmctl_rest.backends.transactions import JournalPlace
from slurmctl_rest.cli import console, history, past
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.past import PastRows
from slurmctl_rest.cli.undo import _now_called
from slurmctl_rest.cli.undo_plan import Told, _deletions
from slurmctl_rest.errors import Conflict
from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import Replay
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Row
from tests.cli.conftest import Program
from tests.journal.journals import entry
from tests.support import account, association, user


def test_an_association_that_goes_with_account_and_user_is_told_once() -> None:
    own, member = association("un1", None, "root"), association("un1", "unu", Default=True)
    un1, unu = account("un1", Clusters=()), user("unu", "un1", Clusters=())
    present = SimpleNamespace(
        rows={association_key(row): row for row in (own, member)}, accounts={"un1": un1}, qos=()
    )
    told = cast(Told, SimpleNamespace(loading=SimpleNamespace(present=present, rows={}, users={})))
    gone: dict[tuple[str, str], Row] = {
        ("account", "un1"): un1,
        ("association", "un1"): own,
        ("user", "unu"): unu,
        ("association", "unu in un1"): member,
    }
    plan = _deletions(told, gone, "alps", list)
    found = [(o.change.entity.noun, o.change.name) for o in plan]
    assert found == [("account", "un1"), ("association", "unu in un1"), ("user", "unu")]


def test_an_association_goes_when_the_one_that_comes_back_has_the_mark() -> None:
    """Who was deleted, and added to another account, is back in the first one alone."""
    here, back = association("un1", "unu", Default=True), association("un2", "unu")
    present = SimpleNamespace(rows={association_key(here): here}, accounts={}, qos=())
    rows = {association_key(row): row for row in (here, back)}
    loading = SimpleNamespace(present=present, rows=rows, users={"unu": user("unu", "un2")})
    told = cast(Told, SimpleNamespace(loading=loading))
    (outcome,) = _deletions(told, {("association", "unu in un1"): here}, "alps", list)
    assert (outcome.change.name, outcome.error) == ("unu in un1", None)


class Reading:
    """Reads a journal of one entry."""

    present: Mapping[str, Mapping[str, Row]] = {
        entity.noun: {} for entity in (ACCOUNT, USER, ASSOCIATION, QOS)
    }
    renamed = ()

    def __init__(self, *_: object) -> None:
        """Of any cluster."""

    def replayed(self, _: object, before: Callable[[Replay, JournalEntry], object]) -> Replay:
        """Replay it."""
        replay = Replay("alps")
        before(replay, entry("Add Accounts", "physics"))
        return replay


@pytest.mark.parametrize("verb", ["list", "tree"])
def test_a_moment_before_the_journal_is_not_known(
    program: Program, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(past, "JournalReading", Reading)
    ended = program("account", verb, "--as-of", "1999-01-01")
    assert (ended.code, ended.out) == (3, "")
    begins = "Slurm's journal begins at 2026-11-30T"
    assert begins in ended.err
    assert "nothing earlier is known (give a later time to --as-of)" in ended.err


class ThreeAccounts(Reading):
    """Tells of three new accounts."""

    def replayed(self, take: Callable[..., object], **_: object) -> Replay:  # type: ignore[override]
        """Replay them."""
        replay = Replay("alps")
        for number, name in enumerate("abc"):
            one = entry("Add Accounts", name, number=number)
            take(replay, one, replay.apply(one))
        return replay


def test_history_takes_sort_and_limit(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "JournalReading", ThreeAccounts)
    ended = program("history", "sort=-Number", "limit=2", "format=Object", "-n")
    assert (ended.code, ended.out.split("\n")) == (0, ["account 'c'", "account 'b'", ""])


def test_an_association_goes_by_the_name_that_its_user_had(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = JournalReading(Context(), "alps")
    places = {"9": JournalPlace("physics", "annb", "", deleted=False)}
    monkeypatch.setitem(vars(reading), "places", places)
    monkeypatch.setitem(vars(reading), "renamed", [("ann", "anna"), ("x", "y"), ("anna", "annb")])
    rows = [reading.place("9", renames) for renames in range(4)]
    assert [row["User"] for row in rows if row] == ["ann", "anna", "anna", "annb"]


def test_restore_means_users_by_the_names_that_they_have_now() -> None:
    there = [association("physics", name) for name in ("ann", "bob", "eve")]
    then = PastRows([], [user(name) for name in ("ann", "bob", "eve")], there, [], {"ann": "bob"})
    found = then.as_now_called()
    assert [row["User"] for row in (*found.users, *found.associations)] == ["bob", "eve"] * 2
    assert _now_called(USER, "ann", then) == "bob"
    assert _now_called(ASSOCIATION, "ann in physics", then) == "bob in physics"
    assert _now_called(ACCOUNT, "ann", then) == "ann"
    with pytest.raises(Conflict) as refusal:
        _now_called(USER, "bob", then)
    assert (refusal.value.message, refusal.value.hint) == (
        "user 'bob' of that time is gone, and another user has got the name since",
        "give that one another name: slurmctl-rest user modify bob set NewName=",
    )


def test_the_question_names_the_transactions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    monkeypatch.setattr(console, "_wait_for", lambda _: None)
    gone = RowChange(ACCOUNT, "delete", "art", account("art"), None)
    asked = console.Console(console.Options())
    assert not asked.confirmed([Outcome(gone)], "Carry this out?", "", (17, 18))
    assert capsys.readouterr().err == (
        "takes back transactions 17..18\naccount art: delete\nCarry this out? [y/N] "
    )
