"""Targets: the rows of several statements, and what is said of names that match none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from slurmctl_rest.errors import NotFound
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import Assignment, Selection, Statement
from slurmctl_rest.planning.targets import (
    UnmatchedName,
    match_targets,
    more_unknown,
    no_match,
    unknown_names,
    unselected,
)
from tests.support import account, assign, qos

ART, LASERS, OPTICS = ROWS = [account(name) for name in ("art", "lasers", "optics")]
ONE, TWO = (assign(f"MaxJobs={number}") for number in (1, 2))


def statement(names: Iterable[str], *assignments: Assignment, place: str = "") -> Statement:
    return Statement(Selection(tuple(names)), assignments, place=place)


@pytest.mark.parametrize(
    ("statements", "asked", "missed"),
    [
        ([statement(["optics", "art"], ONE)], [(ART, (ONE,)), (OPTICS, (ONE,))], []),
        ([statement(["zoo", "art"], ONE)], [(ART, (ONE,))], [("zoo", "")]),
        (
            [statement(["optics"], ONE, place="line 1"), statement(["art"], TWO, place="line 2")],
            [(OPTICS, (ONE,)), (ART, (TWO,))],
            [],
        ),
        (
            [statement(["zoo"], place="line 1"), statement(["art", "bar"], TWO, place="line 2")],
            [(ART, (TWO,))],
            [("zoo", "line 1"), ("bar", "line 2")],
        ),
        (
            [statement(["art"], ONE), statement(["art"], TWO)],
            [(ART, (ONE,)), (ART, (TWO,))],
            [],
        ),
        ([], [], []),
    ],
    ids=["of one", "of one, and a name", "of two", "of two, and names", "a row twice", "none"],
)
def test_rows_of_statements(
    statements: list[Statement], asked: list[object], missed: list[UnmatchedName]
) -> None:
    assert match_targets(ACCOUNT, ROWS, statements) == (asked, missed)


LIST = "slurmctl-rest account list shows all accounts"


def unmatched(entity: Entity, *names: str, place: str = "") -> list[tuple[str, str]]:
    rows = ROWS if entity is ACCOUNT else [qos("normal")]
    plan = unselected(entity, "delete", rows, [(name, place) for name in names], "alps")
    assert [o.change for o in plan] == [RowChange(entity, "delete", n, None, None) for n in names]
    return [(o.error.message, o.error.hint) for o in plan if isinstance(o.error, NotFound)]


def test_a_name_that_selects_nothing_has_its_place_and_the_nearest_name() -> None:
    assert unmatched(ACCOUNT, "opticx", place="new.csv, line 7") == [
        (
            "new.csv, line 7: account 'opticx' does not exist on cluster 'alps'",
            "did you mean optics?",
        )
    ]
    assert unmatched(ACCOUNT, "zoo", "art") == [
        ("account 'zoo' does not exist on cluster 'alps'", LIST),
        ("account 'art' does not meet the conditions", LIST),
    ]
    assert unmatched(QOS, "nromal") == [("qos 'nromal' does not exist", "did you mean normal?")]


def test_no_name_is_near_that_another_one_meant() -> None:
    assert unmatched(ACCOUNT, "opticx", "optics")[0][1] == LIST
    missed = [("opticx", "")]
    for chosen, hint in (([OPTICS], LIST), ([ART], "did you mean optics?")):
        (outcome,) = unselected(ACCOUNT, "delete", ROWS, missed, "alps", chosen)
        assert outcome == Outcome(outcome.change, outcome.error)
        assert outcome.error is not None
        assert outcome.error.hint == hint


def test_the_first_ten_alone_are_compared_with_all_names() -> None:
    names = [f"optics{number}" for number in range(11)]
    hints = [hint for _, hint in unmatched(ACCOUNT, *names)]
    assert hints == ["did you mean optics?"] * 10 + [LIST]


def test_unknown_names_are_warnings() -> None:
    assert unknown_names(ACCOUNT, ["art", "opticx", "zoo"], ROWS) == [
        "account 'opticx' does not exist; did you mean optics?",
        "account 'zoo' does not exist",
    ]
    assert unknown_names(ACCOUNT, ["art"], ROWS) == []
    names = [f"zoo{number:02}" for number in range(12)]
    assert unknown_names(ACCOUNT, names, ROWS, where=" on jura") == [
        *(f"account '{name}' does not exist on jura" for name in names[:10]),
        "2 more accounts do not exist on jura: zoo10, zoo11",
    ]
    assert unknown_names(ACCOUNT, names[:10], ROWS) == [
        f"account '{name}' does not exist" for name in names[:10]
    ]


def test_those_that_are_more() -> None:
    assert more_unknown(ACCOUNT, ["a", "b"]) == ["2 more accounts do not exist: a, b"]
    assert more_unknown(ACCOUNT, ["a"], " here") == ["1 more accounts do not exist here: a"]
    assert more_unknown(ACCOUNT, []) == []


def test_conditions_that_no_row_meets() -> None:
    error = no_match(ACCOUNT, "alps")
    assert (error.message, error.hint) == (
        "no account on cluster 'alps' meets the conditions",
        LIST,
    )
