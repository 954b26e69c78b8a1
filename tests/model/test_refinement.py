"""The words that only lists have, and what they leave of rows: stated, and against plain Python."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, JOB, USER
from slurmctl_rest.model.entities.events import EVENT, EVENT_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.entities.with_assoc import WITH_ASSOC_TABLES
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.refinement import SortKey, in_sort_order, is_comparison
from slurmctl_rest.model.syntax import parse_modify, parse_select

ROWS: list[Row] = [
    {"User": None, "Account": "root", "MaxJobs": None, "Fairshare": 1, "MaxWall": None,
     "GrpTRES": {}, "QosLevel": ("normal",), "Default": False},
    {"User": None, "Account": "physics", "MaxJobs": 20, "Fairshare": "parent", "MaxWall": 60,
     "GrpTRES": {"cpu": 100, "gres/gpu": 2}, "QosLevel": ("high", "normal"), "Default": False},
    {"User": "alice", "Account": "physics", "MaxJobs": 9, "Fairshare": 7, "MaxWall": 1440,
     "GrpTRES": {"cpu": 8}, "QosLevel": (), "Default": True},
    {"User": "node10", "Account": "optics", "MaxJobs": 0, "Fairshare": 7, "MaxWall": 5,
     "GrpTRES": {"mem": 4096}, "QosLevel": ("low",), "Default": True},
    {"User": "node2", "Account": "optics", "MaxJobs": None, "Fairshare": 70, "MaxWall": None,
     "GrpTRES": {}, "QosLevel": ("low",), "Default": False},
]  # fmt: skip
"""Numbered from 0 in the tests."""


def left(*tokens: str, entity: Entity = ASSOCIATION, rows: list[Row] = ROWS) -> list[int]:
    """Return the numbers of the rows that the tokens leave, in their order."""
    refinement = parse_list(entity, tokens).refinement
    return [rows.index(row) for row in refinement.of_rows(rows)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("MaxJobs>9", [1]),
        ("MaxJobs>=9", [1, 2]),
        ("MaxJobs<9", [3]),
        ("MaxJobs<=9", [2, 3]),
        ("MaxJobs=9", [2]),
        ("MaxJobs!=9", [0, 1, 3, 4]),
        ("MaxJobs.gt=9", [1]),
        ("MaxJobs.ge=9", [1, 2]),
        ("MaxJobs.lt=9", [3]),
        ("MaxJobs.le=9", [2, 3]),
        ("MaxJobs.ne=9,20", [0, 3, 4]),
        ("MaxJobs=9,20", [1, 2]),
        ("MaxJobs=", [0, 4]),
        ("MaxJobs=''", [0, 4]),
        ("MaxJobs=-1", [0, 4]),
        ("MaxJobs!=", [1, 2, 3]),
        ("maxj>9", [1]),
        ("where MaxJobs>0 and MaxJobs<20", [2]),
        ("MaxWall>00:30:00", [1, 2]),
        ("MaxWall>=1-0", [2]),
        ("Fairshare>7", [4]),
        ("Fairshare=parent", [1]),
        ("Fairshare!=parent", [0, 2, 3, 4]),
        ("GrpTRES=cpu>8", [1]),
        ("GrpTRES=cpu>=8", [1, 2]),
        ("GrpTRES=CPU.ge=8", [1, 2]),
        ("GrpTRES=mem>2G", [3]),
        ("GrpTRES=cpu=100,gres/gpu=2", [1]),
        ("GrpTRES=cpu!=8", [0, 1, 3, 4]),
        ("GrpTRES=cpu!=", [1, 2]),
        ("GrpTRES=cpu=", [0, 3, 4]),
        ("GrpTRES=cpu=-1", [0, 3, 4]),
        ("GrpTRES=", [0, 4]),
        ("GrpTRES!=", [1, 2, 3]),
        ("GrpCPUs>8", [1]),
        ("GrpCPUs=8", [2]),
        ("user=node*", [3, 4]),
        ("user=NODE?", [4]),
        ("user=a*,node2", [2, 4]),
        ("user=a* user=node2", [2, 4]),
        ("user!=a*", [0, 1, 3, 4]),
        ("user=*", [2, 3, 4]),
        ("user!=", [2, 3, 4]),
        ("account=p* user=a*", [2]),
        ("qos=h*", [1]),
        ("qos!=low", [0, 1, 2]),
        ("qos!=", [0, 1, 3, 4]),
        ("Default=yes", [2, 3]),
        ("sort=MaxJobs", [3, 2, 1, 0, 4]),
        ("sort=-MaxJobs", [1, 2, 3, 0, 4]),
        ("sort=Fairshare", [0, 2, 3, 4, 1]),
        ("sort=-Fairshare,User", [1, 4, 2, 3, 0]),
        ("sort=User", [2, 4, 3, 0, 1]),
        ("sort=Account,-MaxWall", [3, 4, 2, 1, 0]),
        ("sort=-GrpTRES=cpu", [1, 2, 0, 3, 4]),
        ("sort=GrpCPUs limit=1", [2]),
        ("limit=2", [0, 1]),
        ("limit=99", [0, 1, 2, 3, 4]),
        ("sort=-MaxJobs limit=2 MaxJobs>=0", [1, 2]),
    ],
)  # fmt: skip
def test_what_is_left_of_rows(words: str, found: list[int]) -> None:
    assert left(*words.split()) == found


@pytest.mark.parametrize(
    ("entity", "words", "message"),
    [
        (ACCOUNT, "GrpJbos>10", "account has no field 'GrpJbos'"),
        (ACCOUNT, "sort=Nothing", "account has no field 'Nothing'"),
        (ACCOUNT, "sort=", "'sort=' names no field"),
        (ACCOUNT, "sort=Account,", "'sort=Account,' names no field"),
        (ACCOUNT, "sort=Account sort=Parent", "sort= is given twice"),
        (ACCOUNT, "sort=GrpTRES", "GrpTRES has several counts: name the TRES"),
        (ACCOUNT, "sort=MaxJobs=cpu", "MaxJobs has no TRES"),
        (ACCOUNT, "limit=0", "'0' is not a positive whole number"),
        (ACCOUNT, "limit=-1", "'-1' is not a positive whole number"),
        (ACCOUNT, "limit=1e3", "'1e3' is not a positive whole number"),
        (ACCOUNT, "limit=\u0663", "is not a positive whole number"),
        (ACCOUNT, "limit=1 limit=2", "limit= is given twice"),
        (ACCOUNT, "GrpJobs>many", "'many' is not a whole number"),
        (ACCOUNT, "GrpJobs>1,2", "'1,2' is not a whole number"),
        (ACCOUNT, "GrpJobs>-1", "'-1' is not a number"),
        (ACCOUNT, "GrpJobs>", "'' is not a whole number"),
        (ACCOUNT, "GrpJobs=1*", "'1*' is not a whole number"),
        (ACCOUNT, "Fairshare>parent", "'parent' is not a number"),
        (ACCOUNT, "Organization>a", "Organization is neither a number nor a time"),
        (ACCOUNT, "GrpTRES>10", "GrpTRES has several counts, and '>' compares one"),
        (ACCOUNT, "GrpTRES=cpu>", "'cpu=' is not a whole number"),
        (ACCOUNT, "GrpTRES=cpu>-1", "'-1' is not a number"),
        (ASSOCIATION, "cluster=a*", "a cluster is selected by '=' and its name"),
        (ASSOCIATION, "cluster!=alps", "a cluster is selected by '=' and its name"),
        (JOB, "start=now", "jobs cannot be selected by Start"),
    ],
)
def test_words_that_cannot_be_read(entity: Entity, words: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_list(entity, words.split())
    assert message in error.value.message


def test_rows_may_have_other_fields_than_conditions() -> None:
    with pytest.raises(UsageError, match="MaxJobs of users belongs to their associations"):
        parse_list(USER_WITH_LIMITS, ["MaxJobs>1"], columns_of=USER)
    with pytest.raises(UsageError, match="Start is no column of events"):
        parse_list(EVENT_WORDS, ["start>now"], columns_of=EVENT)
    joined = WITH_ASSOC_TABLES[USER.noun]
    found = parse_list(
        USER_WITH_LIMITS, ["accounts=p*", "a*", "WithCoord", "MaxJobs>1"], ["WithCoord"], joined
    )
    assert [str(c.field.name) for c in found.refinement.comparisons] == [
        "MaxJobs",
        "Account",
        "User",
    ]
    assert found.switches == {"WithCoord"}
    assert found.selection.names == ()


def test_names_that_hold_signs_are_still_names() -> None:
    found = parse_list(ACCOUNT, ["zz<9", "physics", "name=max>1"])
    assert (found.selection.names, bool(found.refinement)) == (("zz<9", "physics", "max>1"), False)
    assert [is_comparison(ACCOUNT, w) for w in ("GrpJobs>1", "grpjobs.gt=1", "zz<9", "a=b>1")] == [
        *(True, True, False, False)
    ]


@pytest.mark.parametrize("word", ["GrpJobs>1", "GrpJobs>=1", "GrpJobs!=1", "GrpJobs.lt=1"])
def test_writes_do_not_compare(word: str) -> None:
    for parse in (parse_select, parse_modify):
        with pytest.raises(UsageError, match="only lists compare"):
            parse(ACCOUNT, [word, "set", "MaxJobs=1"] if parse is parse_modify else [word])


def test_a_wildcard_is_part_of_a_name_to_a_write() -> None:
    assert parse_select(ACCOUNT, ["a*"]).selection.names == ("a*",)


# --- against plain Python ---------------------------------------------------------------------

numbers = st.none() | st.integers(0, 30)
names = st.none() | st.text("ab1", min_size=1, max_size=3)
rows = st.lists(
    st.builds(lambda n, u, t: {"MaxJobs": n, "User": u, "GrpTRES": {"cpu": t} if t else {}},
              numbers, names, st.integers(0, 30)),
    max_size=12,
)  # fmt: skip
COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip


@given(rows, st.sampled_from([*COMPARE]), st.integers(0, 30))
def test_comparisons_are_those_of_python(found: list[Row], sign: str, wanted: int) -> None:
    of_jobs = parse_list(ASSOCIATION, [f"MaxJobs{sign}{wanted}"]).refinement.of_rows(found)
    of_cpus = parse_list(ASSOCIATION, [f"GrpTRES=cpu{sign}{wanted}"]).refinement.of_rows(found)
    compare = COMPARE[sign]
    assert [*of_jobs] == [
        r for r in found if isinstance(n := r["MaxJobs"], int) and compare(n, wanted)
    ]
    assert [*of_cpus] == [
        r for r in found if isinstance(t := r["GrpTRES"], dict) and t and compare(t["cpu"], wanted)
    ]


@given(rows, st.text("ab1*?", min_size=1, max_size=4).filter(lambda t: re.search(r"[*?]", t)))
def test_wildcards_are_those_of_a_shell(found: list[Row], text: str) -> None:
    pattern = text.replace("*", ".*").replace("?", ".")
    kept = parse_list(ASSOCIATION, [f"user={text}"]).refinement.of_rows(found)
    assert [*kept] == [r for r in found if r["User"] and re.fullmatch(pattern, str(r["User"]))]


@given(rows, st.booleans(), st.booleans(), st.none() | st.integers(1, 5))
def test_the_order_is_that_of_python(
    found: list[Row], down: bool, then_down: bool, limit: int | None
) -> None:
    marks = ["-" if one else "" for one in (down, then_down)]
    tokens = [f"sort={marks[0]}MaxJobs,{marks[1]}GrpTRES=cpu"]
    refinement = parse_list(
        ASSOCIATION, [*tokens, *([f"limit={limit}"] if limit else [])]
    ).refinement

    def key(row: Row) -> tuple[int, ...]:
        tres, jobs = row["GrpTRES"], row["MaxJobs"]
        cpus = tres.get("cpu") if isinstance(tres, dict) else None
        places = []
        for value, is_down in ((jobs, down), (cpus, then_down)):
            number = value if isinstance(value, int) else 0
            places += [value is None, -number if is_down else number]
        return tuple(places)

    assert [*refinement.of_rows(found)] == sorted(found, key=key)[:limit]


@given(st.lists(st.text("ab0", min_size=1, max_size=4)))
def test_texts_of_digits_are_sorted_as_people_count(texts: list[str]) -> None:
    found = in_sort_order(texts, [SortKey(JOB["JobName"])], lambda text: {"JobName": text})
    assert sorted(found) == sorted(texts)
    assert in_sort_order(["node10", "node9", "75_3", "9"], [SortKey(JOB["JobName"])],
                    lambda text: {"JobName": text}) == ["9", "75_3", "node9", "node10"]  # fmt: skip
