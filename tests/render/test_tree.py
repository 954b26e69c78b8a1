"""The tree of accounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.render.listing import OutputTarget
from slurmctl_rest.render.tree import lines
from tests.support import PHYSICS, account


def test_a_tree_with_the_limits_of_each() -> None:
    rows = [
        account("root", None),
        account("art", Fairshare="parent"),
        PHYSICS,
        account("optics", "physics", MaxWall=90),
        account("science"),
        account("zoo"),
    ]
    assert list(lines(ACCOUNT, rows)) == [
        "root  Fairshare=1",
        "├── art  Fairshare=parent",
        "├── science  Fairshare=1",
        "│   └── physics  Fairshare=20 GrpTRES=cpu=100,mem=2G MaxJobs=5 QosLevel=high,normal",
        "│       └── optics  Fairshare=1 MaxWall=01:30:00",
        "└── zoo  Fairshare=1",
    ]


def test_a_branch_stands_at_the_top_and_zero_is_shown() -> None:
    rows = [account("optics", "physics", MaxJobs=0), PHYSICS]
    assert [line.partition("  ")[0] for line in lines(ACCOUNT, rows)] == ["physics", "└── optics"]
    assert list(lines(ACCOUNT, rows))[1] == "└── optics  Fairshare=1 MaxJobs=0"


NESTED = [account("root", None), PHYSICS, account("science"), account("optics", "physics")]


def test_a_line_that_is_too_wide_goes_on_below_itself() -> None:
    layout = OutputTarget(terminal=True, width=36)
    assert list(lines(ACCOUNT, NESTED, layout)) == [
        "root  Fairshare=1",
        "└── science  Fairshare=1",
        "    └── physics  Fairshare=20",
        "        │   GrpTRES=cpu=100,mem=2G",
        "        │   MaxJobs=5",
        "        │   QosLevel=high,normal",
        "        └── optics  Fairshare=1",
    ]


def test_in_ascii() -> None:
    rows = [*NESTED, account("zoö")]
    assert list(lines(ACCOUNT, rows, OutputTarget(ascii=True))) == [
        "root  Fairshare=1",
        "|-- science  Fairshare=1",
        "|   `-- physics  Fairshare=20 GrpTRES=cpu=100,mem=2G MaxJobs=5 QosLevel=high,normal",
        "|       `-- optics  Fairshare=1",
        "`-- zo\\xf6  Fairshare=1",
    ]


def test_limits_are_coloured() -> None:
    [line] = lines(ACCOUNT, [account("a", None)], OutputTarget(color=True))
    assert line == "a\x1b[36m  Fairshare=1\x1b[0m"


def test_nothing() -> None:
    assert list(lines(ACCOUNT, [])) == []


@given(parents=st.lists(st.integers(0, 9), max_size=9))
def test_every_account_stands_in_the_tree_once(parents: list[int]) -> None:
    rows = [account("a0", None)]
    for number, parent in enumerate(parents, 1):
        rows.append(account(f"a{number}", f"a{min(parent, number - 1)}"))
    found = [line.lstrip("│├└─ ").partition("  ")[0] for line in lines(ACCOUNT, rows)]
    assert sorted(found) == sorted(str(row["Account"]) for row in rows)
