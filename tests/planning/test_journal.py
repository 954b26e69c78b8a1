"""What the journal tells of two writes to one row: what was lost, and what ours took away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.journal import Ids, Transaction
from slurmctl_rest.planning.journal import Review, may_have_met, on_top, parts_of_field, review

IDS = Ids(
    tres={"1": "cpu", "2": "mem", "1001": "gres/gpu"},
    qos={"1": "normal", "2": "low", "3": "high"},
    associations={("physics", "", ""): "7"},
)
BEFORE: Row = {
    "Account": "physics",
    "GrpTRES": {"cpu": 1, "mem": 1},
    "QosLevel": ("normal",),
    "MaxJobs": 1,
}
SET_CPU: Row = {**BEFORE, "GrpTRES": {"cpu": 5, "mem": 1}}


def change(after: Row, entity: Entity = ACCOUNT, before: Row = BEFORE) -> RowChange:
    return RowChange(entity, "modify", "physics", before, after)


def journal(*infos: str, action: str = "Modify Associations", time: int = 100) -> list[Transaction]:
    return [
        Transaction(number, time, "alps", action, "root", f"(id_assoc=7)|{info}")
        for number, info in enumerate(infos, 1)
    ]


def tres(value: str) -> str:
    return f"grp_tres = if (id_assoc=7, '{value}', grp_tres)"


@dataclass(frozen=True)
class Case:
    """Transactions in their order, what is there now, and what they tell."""

    infos: Sequence[str]
    now: Row
    told: Review
    after: Row = None  # type: ignore[assignment]


def row(cpu: int | None, mem: int | None, **more: object) -> Row:
    counts = {name: n for name, n in (("cpu", cpu), ("mem", mem)) if n is not None}
    return {**BEFORE, "GrpTRES": counts, **more}  # type: ignore[dict-item]


OURS = tres("1=5,2=1")
LATER = frozenset({"GrpTRES"})
CASES: Mapping[str, Case] = {
    "alone": Case([OURS], row(5, 1), Review(known=True)),
    "another on top of ours": Case(
        [OURS, tres("1=5,2=9")], row(5, 9), Review(known=True, later=LATER)
    ),
    "ours on top of another's": Case(
        [tres("1=1,2=9"), tres("1=5,2=9")], row(5, 9), Review(known=True)
    ),
    "ours took another's away": Case(
        [tres("1=1,2=9"), OURS], row(5, 1), Review(known=True, erased={"GrpTRES": {"mem": "9"}})
    ),
    "ours put back what another took away": Case(
        [tres("1=1"), OURS], row(5, 1), Review(known=True, erased={"GrpTRES": {"mem": None}})
    ),
    "another took ours away": Case(
        [OURS, tres("1=1,2=9")],
        row(1, 9),
        Review(known=True, lost={"GrpTRES": {"cpu": "5"}}, later=LATER),
    ),
    "both": Case(
        [tres("1=1,2=9"), OURS, tres("1=1,2=9")],
        row(1, 9),
        Review(known=True, lost={"GrpTRES": {"cpu": "5"}}, later=LATER),
    ),
    "another set the same to something else": Case(
        [OURS, tres("1=8,2=1")], row(8, 1), Review(known=True, later=LATER)
    ),
    "what ours took away was set again": Case(
        [tres("1=1,2=9"), OURS, tres("1=5,2=10")], row(5, 10), Review(known=True, later=LATER)
    ),
    "our own again, by somebody who puts it back": Case(
        [tres("1=1,2=9"), OURS, tres("1=1,2=9"), tres("1=5,2=9")], row(5, 9), Review(known=True)
    ),
    "a plain number that another put back was meant": Case(
        ["max_jobs=5", "max_jobs=1"],
        row(1, 1),
        Review(known=True, later=frozenset({"MaxJobs"})),
        {**BEFORE, "MaxJobs": 5},
    ),
    "a plain number takes nothing away": Case(
        ["max_jobs=9", OURS], row(5, 1, MaxJobs=9), Review(known=True)
    ),
    "ours is not there": Case([tres("1=1,2=9")], row(1, 9), Review()),
    "nothing is there": Case([], row(5, 1), Review()),
    "QOS that ours took away": Case(
        ["qos=',1,2,', delta_qos=''", "qos=',1,3,', delta_qos=''"],
        row(1, 1, QosLevel=("high", "normal")),
        Review(known=True, erased={"QosLevel": {"low": ""}}),
        {**BEFORE, "QosLevel": ("high", "normal")},
    ),
    "a QOS that was added, and ours took away": Case(
        [
            "delta_qos=if (qos='', replace(concat(x, ',+2,'), ',,', ','), '')",
            "qos=',1,3,', delta_qos=''",
        ],
        row(1, 1, QosLevel=("high", "normal")),
        Review(known=True, erased={"QosLevel": {"low": ""}}),
        {**BEFORE, "QosLevel": ("high", "normal")},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_what_the_journal_tells(case: Case) -> None:
    asked = change(case.after or SET_CPU)
    assert review(asked, case.now, journal(*case.infos), IDS) == case.told


def test_what_was_set_before_the_row_was_made_anew_does_not_count() -> None:
    told = [
        *journal(tres("1=1,2=9")),
        Transaction(2, 100, "alps", "Add Associations", "root", "id_assoc=7|acct='physics'"),
        Transaction(3, 100, "alps", "Modify Associations", "root", f"(id_assoc=7)|{OURS}"),
    ]
    assert review(change(SET_CPU), row(5, 1), told, IDS) == Review(known=True)


def test_what_the_plan_has_seen_is_not_put_back() -> None:
    """Whatever another entry tells: our write left it as the plan saw it, or was asked to."""
    told = journal(tres("1=1,2=1"), OURS)
    assert review(change(SET_CPU), row(5, 1), told, IDS) == Review(known=True)


def test_other_rows_do_not_count() -> None:
    other = Transaction(1, 100, "alps", "Modify Associations", "root", "(id_assoc=70)|max_jobs=3")
    assert review(change(SET_CPU), row(5, 1), [other], IDS) == Review()


def test_a_qos_is_told_by_its_name() -> None:
    before: Row = {"Name": "low", "GrpTRES": {}, "Preempt": ()}
    asked = RowChange(QOS, "modify", "low", before, {**before, "Preempt": ("normal",)})
    told = [
        Transaction(1, 100, "", "Modify QOS", "root", "(name='low')|preempt=',3,', preempt_mode=0"),
        Transaction(2, 100, "", "Modify QOS", "root", "(name='low')|preempt=',1,', preempt_mode=0"),
    ]
    now = {**before, "Preempt": ("normal",)}
    seen = review(asked, now, told, IDS)
    assert seen == Review(known=True, erased={"Preempt": {"high": ""}})
    mended = on_top(asked, now, seen.lost, seen.erased)
    assert mended is not None
    assert mended.fields == {"Preempt": (("normal",), ("high", "normal"))}


def test_flags_are_parts_of_a_number() -> None:
    before: Row = {"Name": "low", "Flags": ()}
    asked = RowChange(QOS, "modify", "low", before, {**before, "Flags": ("NoDecay",)})
    told = [
        Transaction(1, 100, "", "Modify QOS", "root", "(name='low')|flags=(flags & ~2415919103)"),
        Transaction(2, 100, "", "Modify QOS", "root", "(name='low')|flags=64"),
        Transaction(3, 100, "", "Modify QOS", "root", "(name='low')|flags=256"),
    ]
    now = {**before, "Flags": ("NoDecay",)}
    seen = review(asked, now, told, IDS)
    assert seen == Review(known=True, erased={"Flags": {"DenyOnLimit": ""}})


def qos_told(*flags: str) -> list[Transaction]:
    return [
        Transaction(number, 100, "", "Modify QOS", "root", f"(name='low')|flags={text}")
        for number, text in enumerate(flags, 1)
    ]


@pytest.mark.parametrize(
    ("written", "now", "erased"),
    [
        (["(flags | 64)", "256"], ("NoDecay",), {"DenyOnLimit": ""}),
        (["(flags | 64)", "320"], ("DenyOnLimit", "NoDecay"), {}),
        (["(flags & ~16)", "272"], ("NoDecay", "NoReserve"), {"NoReserve": None}),
        (["(flags & ~64)", "272"], ("NoDecay", "NoReserve"), {}),
        (["(flags + 64)", "256"], ("NoDecay",), {}),
        (["(flags | 64)", "(flags | 256)"], ("DenyOnLimit", "NoDecay", "NoReserve"), {}),
    ],
    ids=["added", "added, and kept", "taken away", "was not there", "odd", "ours says one alone"],
)
def test_flags_that_were_added_or_taken_away(
    written: list[str], now: tuple[str, ...], erased: Mapping[str, str | None]
) -> None:
    """`Flags+=` of sacctmgr is an expression in the journal, and names its flags alone."""
    before: Row = {"Name": "low", "Flags": ("NoReserve",)}
    asked = RowChange(QOS, "modify", "low", before, {**before, "Flags": ("NoDecay", "NoReserve")})
    seen = review(asked, {**before, "Flags": now}, qos_told(*written), IDS)
    assert seen == Review(known=True, erased={"Flags": erased} if erased else {})


def test_one_part_does_not_hide_another() -> None:
    """A plain number, or a list that nobody else wrote, stands before the list that was lost."""
    asked = change({**BEFORE, "GrpTRES": {"cpu": 5, "mem": 1}, "QosLevel": ("high", "normal")})
    told = journal(
        f"max_jobs=2, grp_tres_mins='2=7', {tres('1=1,2=9')}",
        f"max_jobs=3, grp_tres_mins='2=7', qos=',1,3,', delta_qos='', {OURS}",
    )
    now = row(5, 1, QosLevel=("high", "normal"), GrpTRESMins={"mem": 7}, MaxJobs=3)
    assert review(asked, now, told, IDS) == Review(known=True, erased={"GrpTRES": {"mem": "9"}})


def test_ours_may_come_in_two_transactions() -> None:
    """sacctmgr has each field of a user's row and of the user in a transaction of its own."""
    asked = change({**SET_CPU, "MaxJobs": 5})
    told = journal("max_jobs=5", OURS, tres("1=1,2=9"))
    seen = review(asked, row(1, 9, MaxJobs=5), told, IDS)
    assert seen == Review(known=True, lost={"GrpTRES": {"cpu": "5"}}, later=LATER)


def test_a_row_that_was_made_by_its_names_counts_from_then_on() -> None:
    added = "id_assoc=70|acct='optics'"
    told = [
        *journal(tres("1=1,2=9")),
        Transaction(2, 100, "alps", "Add Associations", "root", added),
        Transaction(3, 100, "alps", "Modify Associations", "root", f"(id_assoc=7)|{OURS}"),
    ]
    erased = {"GrpTRES": {"mem": "9"}}  # another row was made, not ours
    assert review(change(SET_CPU), row(5, 1), told, IDS) == Review(known=True, erased=erased)


def test_an_empty_value_has_no_parts() -> None:
    found = {"Empty": "", "None": None, "Number": 0, "Names": ("a", "b"), "Counts": {"cpu": 1}}
    assert {name: parts_of_field(name, found) for name in (*found, "Missing")} == {
        "Empty": {},
        "None": {},
        "Number": {"": "0"},
        "Names": {"a": "", "b": ""},
        "Counts": {"cpu": "1"},
        "Missing": {},
    }


def test_our_own_fields_alone_go_on_top() -> None:
    mended = on_top(change(SET_CPU), row(1, 9, MaxJobs=4), {"GrpTRES": {"cpu": "5"}})
    assert mended is not None
    assert mended.fields == {"GrpTRES": ({"cpu": 1, "mem": 9}, {"cpu": 5, "mem": 9})}


def test_what_goes_on_top_of_a_new_row_modifies_it() -> None:
    now = row(1, 9, MaxJobs=4)
    added = RowChange(ACCOUNT, "add", "physics", None, SET_CPU)
    assert on_top(added, now, {"GrpTRES": {"cpu": "5"}}, {"GrpTRES": {"mem": None}}) == RowChange(
        ACCOUNT, "modify", "physics", now, {**now, "GrpTRES": {"cpu": 5}}
    )


def test_a_number_goes_on_top_as_it_was_wanted() -> None:
    mended = on_top(change({**BEFORE, "MaxJobs": 3}), BEFORE, {"MaxJobs": {"": "3"}})
    assert mended is not None
    assert mended.fields == {"MaxJobs": (1, 3)}


def test_a_part_of_an_inherited_list_is_none_of_the_row() -> None:
    inherits: Row = {**BEFORE, "QosLevel": ("+low",)}
    assert on_top(change(SET_CPU), inherits, {"QosLevel": {"high": ""}}) is None


@pytest.mark.parametrize(
    ("infos", "met"),
    [([OURS], False), ([OURS, "max_jobs=3"], True), ([], True)],
    ids=["written once", "written twice", "not written"],
)
def test_a_row_that_was_written_once_needs_no_closer_look(infos: list[str], met: bool) -> None:
    assert may_have_met(journal(*infos), [change(SET_CPU)]) is met


def test_a_name_goes_on_top_of_an_own_list() -> None:
    mended = on_top(change(SET_CPU), BEFORE, {"QosLevel": {"high": ""}})
    assert mended is not None
    assert mended.fields == {"QosLevel": (("normal",), ("high", "normal"))}
