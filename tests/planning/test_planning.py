"""From operations and rows to changes: what will change, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds import Act, Names, Tres, Value
from slurmctl_rest.model.syntax import Assignment, Selection, parse_add, parse_modify, parse_select
from slurmctl_rest.planning import (
    accounts,
    associations,
    Outcome,
    RowChange,
    differences,
    missing,
    no_match,
    select,
    subject,
    unknown_qos,
    unselected,
    with_known_tres,
)
from tests.strategies import account_rows, assigned_values, assignments, modifications
from tests.support import PHYSICS, SETTABLE, account, assign, association, only

ROOT = account("root", None)
SCIENCE = account("science")
TREE = [ROOT, SCIENCE, PHYSICS]
LIMITS_ONLY = [f for f in SETTABLE if f.name != "Parent"]


def added(words: str, current: list[Row] | None = None) -> list[Outcome]:
    sentence = parse_add(ACCOUNT, words.split())
    rows = TREE if current is None else current
    return accounts.add(sentence.selection.names, sentence.assignments, rows, "alps")


def modified(words: str, current: list[Row] | None = None) -> list[Outcome]:
    sentence = parse_modify(ACCOUNT, words.split())
    rows = TREE if current is None else current
    chosen = select(ACCOUNT, rows, sentence.selection)
    return associations.modify(ACCOUNT, chosen, sentence.assignments, rows, "alps")


@given(row=account_rows(), found=account_rows(), data=st.data())
def test_the_read_back_differs_exactly_where_rows_differ(
    row: Row, found: Row, data: st.DataObject
) -> None:
    same = data.draw(st.sets(st.sampled_from([f.name for f in SETTABLE])))
    found = {name: row[name] if name in same else found[name] for name in row}
    change = RowChange(ACCOUNT, "modify", "physics", ROOT, row)
    assert differences(change, found) == {
        f.name: (row[f.name], found[f.name]) for f in SETTABLE if row[f.name] != found[f.name]
    }


@settings(max_examples=30)
@given(data=st.data())
def test_only_tres_that_are_known_get_past_the_check(data: st.DataObject) -> None:
    fields = [f for f in SETTABLE if isinstance(f.kind, Tres)]
    asked = data.draw(assignments(fields))
    known = data.draw(st.lists(st.sampled_from(["cpu", "mem", "GRES/gpu", "node"]), unique=True))
    lower = {name.lower() for name in known}
    named = {
        n.lower() for one in asked if isinstance(one.value, dict) for n in one.value
    }  # fmt: skip
    if named <= lower:
        checked = with_known_tres(asked, known)
        spelled = {n for one in checked if isinstance(one.value, dict) for n in one.value}
        assert spelled <= set(known)
        assert [(a.field, a.act) for a in checked] == [(a.field, a.act) for a in asked]
        return
    with pytest.raises(UsageError, match="is no TRES of this cluster") as refused:
        with_known_tres(asked, known)
    assert refused.value.hint == f"known: {', '.join(known)}"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["root", "science", "physics"]),
        ("physics,root", ["root", "physics"]),
        ("nobody", []),
        ("where parent=science", ["physics"]),
        ("where parent=science,root", ["science", "physics"]),
        ("science where parent=science", []),
        ("where Coordinators=alice", ["physics"]),
        ("where Coordinators=", ["root", "science"]),
        ("where cluster=alps organization=science", ["science", "physics"]),
        ("where cluster=jura", []),
    ],
)
def test_select(words: str, names: list[str]) -> None:
    selection = parse_select(ACCOUNT, words.split()).selection
    assert [row["Account"] for row in select(ACCOUNT, TREE, selection)] == names


@pytest.mark.parametrize("condition", ["QosLevel=normal", "MaxJobs=5", "GrpTRES=cpu=1,mem=2"])
def test_a_limit_is_no_condition(condition: str) -> None:
    """Own or in force? List would show the one and modify change the other."""
    with pytest.raises(UsageError, match="is no condition for accounts") as refused:
        parse_select(ACCOUNT, ["where", condition])
    assert refused.value.hint == (
        "these are: Account, Description, Organization, Coordinators, Cluster, Clusters, Parent"
    )


def test_a_removal_that_a_new_parent_hides_is_no_difference() -> None:
    before = account("a", QosLevel=("-high",))
    change = RowChange(ACCOUNT, "modify", "a", before, {**before, "Parent": "science"})
    assert change.after is not None
    assert differences(change, {**change.after, "QosLevel": ()}) == {}
    assert differences(change, {**change.after, "QosLevel": ("+low",)}) == {
        "QosLevel": (("-high",), ("+low",))
    }
    assert differences(change, {**change.after, "QosLevel": ("low",)}) == {
        "QosLevel": (("-high",), ("low",))
    }


def test_a_condition_on_nothing_never_matches_what_has_something() -> None:
    """Or `delete where coordinators=` would take every account."""
    for field in ("QosLevel", "Coordinators", "Clusters"):
        selection = Selection((), {field: ((),)})
        assert PHYSICS not in select(ACCOUNT, [PHYSICS], selection)


def test_missing() -> None:
    assert missing(ACCOUNT, TREE, ["a", "physics", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("after", "found", "wrong"),
    [
        (None, None, {}),
        (None, PHYSICS, {"Account": (None, "physics")}),
        (PHYSICS, None, {"Account": ("physics", None)}),
        (PHYSICS, PHYSICS, {}),
        (PHYSICS, {**PHYSICS, "Coordinators": (), "Clusters": ()}, {}),
        (PHYSICS, {**PHYSICS, "MaxJobs": None}, {"MaxJobs": (5, None)}),
    ],
    ids=["gone", "still there", "not there", "as planned", "not ours to set", "otherwise"],
)
def test_differences(
    after: Row | None, found: Row | None, wrong: dict[str, tuple[Value, Value]]
) -> None:
    assert differences(RowChange(ACCOUNT, "modify", "physics", ROOT, after), found) == wrong


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (None, None, False),
        (None, PHYSICS, True),
        (PHYSICS, None, True),
        (PHYSICS, PHYSICS, False),
        (PHYSICS, {**PHYSICS, "Coordinators": ()}, False),
        (PHYSICS, {**PHYSICS, "MaxJobs": 6}, True),
    ],
)
def test_whether_anything_changes(before: Row | None, after: Row | None, changes: bool) -> None:
    change = RowChange(ACCOUNT, "modify", "physics", before, after)
    assert (change.changes, change.to_do) == (changes, changes)
    implied = RowChange(ACCOUNT, "modify", "physics", before, after, implied_by="x")
    assert (implied.changes, implied.to_do) == (changes, False)


def test_subjects() -> None:
    changes = [RowChange(ACCOUNT, "add", name, None, None) for name in ("a", "b")]
    assert [subject(changes), subject(changes[:1]), subject([])] == [
        "account 'a', 'b'", "account 'a'", "",
    ]  # fmt: skip


def test_outcomes_for_what_is_not_there() -> None:
    here = [account("physics"), account("lasers")]
    asked = ["optics", "physics", "lasers"]
    outcomes = unselected(ACCOUNT, "modify", here, here[:1], asked, "alps")
    assert [(o.change.name, o.change.changes, str(o.error)) for o in outcomes] == [
        ("optics", False, "account 'optics' does not exist on cluster 'alps'"),
        ("lasers", False, "account 'lasers' does not meet the conditions"),
    ]
    assert no_match(ACCOUNT, "alps").message == "no account on cluster 'alps' meets the conditions"


@pytest.mark.parametrize(
    ("token", "message", "hint"),
    [
        ("QosLevel=hihg", "QosLevel: qos 'hihg' does not exist", "did you mean high?"),
        ("QosLevel-=zzz", "QosLevel: qos 'zzz' does not exist", "known: high, normal"),
        ("DefaultQOS=zzz", "DefaultQOS: qos 'zzz' does not exist", "known: high, normal"),
    ],
)
def test_unknown_qos(token: str, message: str, hint: str) -> None:
    error = unknown_qos([assign("MaxJobs=1"), assign(token)], ["high", "normal"])
    assert error is not None
    assert (error.message, error.hint) == (message, hint)


@pytest.mark.parametrize("token", ["QosLevel=", "DefaultQOS=-1", "qos+=high", "MaxJobs=3"])
def test_known_qos(token: str) -> None:
    assert unknown_qos([assign(token)], ["high"]) is None


def test_tres_are_spelled_as_the_cluster_spells_them() -> None:
    checked = with_known_tres(
        [assign("GrpTRES=license/matlab=5,CPU=-1"), assign("MaxJobs=1"), assign("MaxTRES=-1")],
        ["cpu", "license/Matlab"],
    )
    assert [one.value for one in checked] == [{"license/Matlab": 5, "cpu": None}, 1, None]


@given(data=st.data())
def test_names_never_get_a_sign_in_an_own_set(data: st.DataObject) -> None:
    """Not by any sequence of assignments: slurmrestd would take `+high` for a name."""
    kind = next(f.kind for f in SETTABLE if isinstance(f.kind, Names))
    value = kind.load(None)
    for _ in range(4):
        value = kind.merge(value, data.draw(st.sampled_from(Act)), data.draw(assigned_values(kind)))
        assert isinstance(value, tuple)
        signed = {name[0] in "+-" for name in value}
        assert len(signed) <= 1
