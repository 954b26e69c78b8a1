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


# --- laws


@given(row=account_rows(), asked=assignments(LIMITS_ONLY))
def test_a_modify_changes_only_what_it_names(row: Row, asked: tuple[Assignment, ...]) -> None:
    change = only(associations.modify(ACCOUNT, [row], asked, [row], "alps")).change
    named = {one.field.name for one in asked}
    assert change.after is not None
    assert change.fields.keys() <= named
    assert {k: v for k, v in change.after.items() if k not in named} == {
        k: v for k, v in row.items() if k not in named
    }
    assert {name: after for name, (_, after) in change.fields.items()} == {
        name: change.after[name] for name in named if change.after[name] != row[name]
    }


@given(row=account_rows(), asked=assignments(LIMITS_ONLY))
def test_what_is_done_needs_not_be_done_again(row: Row, asked: tuple[Assignment, ...]) -> None:
    outcome = only(associations.modify(ACCOUNT, [row], asked, [row], "alps"))
    first = outcome.change
    assume(outcome.error is None)
    assert first.after is not None
    second = only(associations.modify(ACCOUNT, [first.after], asked, [first.after], "alps")).change
    assert not second.changes
    assert not second.to_do
    assert second.fields == {}


@given(change=modifications())
def test_every_change_has_an_inverse(change: RowChange) -> None:
    """Setting each changed field back plans the row as it was."""
    assert change.before is not None
    assert change.after is not None
    back = []
    for name, (old, new) in change.fields.items():
        if isinstance(ACCOUNT[name].kind, Tres):
            assert isinstance(old, dict)
            assert isinstance(new, dict)
            old = {**dict.fromkeys(new), **old}  # noqa: PLW2901
        back.append(Assignment(ACCOUNT[name], Act.SET, old))
    undone = only(associations.modify(ACCOUNT, [change.after], back, [change.after], "alps")).change
    assert undone.after == change.before
    assert undone.fields == {name: (new, old) for name, (old, new) in change.fields.items()}


@given(row=account_rows(), data=st.data())
def test_assigning_what_is_there_changes_nothing(row: Row, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(LIMITS_ONLY))
    same = Assignment(field, Act.SET, row[field.name])
    assert not only(associations.modify(ACCOUNT, [row], [same], [row], "alps")).change.changes


@given(asked=assignments(LIMITS_ONLY))
def test_an_account_is_added_as_asked_and_then_there_is_nothing_to_do(
    asked: tuple[Assignment, ...],
) -> None:
    asked = tuple(one for one in asked if one.act is Act.SET)
    change = only(accounts.add(["optics"], asked, [ROOT], "alps")).change
    assert change.after is not None
    for one in asked:
        kind = one.field.kind
        fresh = kind.merge(kind.load(None), Act.SET, one.value)
        assert change.after[one.field.name] == fresh
    again = only(accounts.add(["optics"], asked, [ROOT, change.after], "alps"))
    assert (again.change.changes, again.error) == (False, None)


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


# --- examples: select


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


def test_the_highest_of_doomed_accounts_goes_first() -> None:
    """Deleting it takes what stands below; the other way round a default account is in the way."""
    rows = [account("a", "c"), account("b"), account("c"), account("d", "a")]
    outcomes = accounts.delete(rows[:3], [], [ROOT, *rows], "alps")
    assert [outcome.change.name for outcome in outcomes] == ["c", "a", "b"]


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


# --- examples: add


def test_a_new_account_is_what_slurm_makes_of_it() -> None:
    outcome = only(added("optics parent=science GrpTRES=cpu=5,mem=-1 Desc=light"))
    after = account(
        "optics", "science", Description="light", GrpTRES={"cpu": 5}, Clusters=(), Fairshare=1
    )
    assert outcome == Outcome(RowChange(ACCOUNT, "add", "optics", None, after))
    assert outcome.change.fields == {
        "Description": (None, "light"),
        "Organization": (None, "science"),
        "Parent": (None, "science"),
        "Fairshare": (None, 1),
        "GrpTRES": ({}, {"cpu": 5}),
    }


def test_an_account_below_root_is_its_own_organization() -> None:
    assert only(added("optics")).change.after == account("optics", "root", Clusters=())


def test_what_is_there_as_asked_changes_nothing() -> None:
    outcome = only(added("physics parent=science GrpTRES=cpu=100 QosLevel=normal,high"))
    assert outcome == Outcome(RowChange(ACCOUNT, "add", "physics", PHYSICS, PHYSICS))
    assert not outcome.change.changes


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            "physics parent=science MaxJobs=6",
            "account 'physics' exists already, with MaxJobs=5",
            "slurmctl-rest account modify physics set MaxJobs=6",
        ),
        (
            "physics parent=science MaxJobs=-1",
            "account 'physics' exists already, with MaxJobs=5",
            "slurmctl-rest account modify physics set MaxJobs=-1",
        ),
        (
            "physics parent=science GrpTRES=-1",
            "account 'physics' exists already, with GrpTRES=cpu=100,mem=2G",
            "slurmctl-rest account modify physics set GrpTRES=-1",
        ),
        (
            "physics parent=root",
            "account 'physics' exists already, with Parent=science",
            "slurmctl-rest account modify physics set Parent=root",
        ),
    ],
)
def test_what_is_there_otherwise_is_a_conflict(words: str, message: str, hint: str) -> None:
    error = only(added(words)).error
    assert isinstance(error, Conflict)
    assert (error.message, error.hint) == (message, hint)


def test_an_account_of_another_cluster_keeps_its_texts() -> None:
    elsewhere = account(
        "optics", None, Cluster=None, Clusters=("jura",), Fairshare=None, Description="old",
        Coordinators=("bob",),
    )  # fmt: skip
    outcome = only(added("optics parent=science", [*TREE, elsewhere]))
    assert outcome.error is None
    assert outcome.change.before is None
    assert outcome.change.after == account(
        "optics", "science", Description="old", Organization="optics", Coordinators=("bob",),
        Clusters=(),
    )  # fmt: skip
    other = only(added("optics parent=science Desc=new", [*TREE, elsewhere]))
    assert isinstance(other.error, Conflict)


@pytest.mark.parametrize("parent", ["nosuch", "elsewhere"])
def test_a_parent_must_be_on_the_cluster(parent: str) -> None:
    elsewhere = account("elsewhere", None, Cluster=None, Clusters=("jura",))
    with pytest.raises(NotFound) as refused:
        added(f"optics parent={parent}", [*TREE, elsewhere])
    assert refused.value.message == f"parent account '{parent}' does not exist on cluster 'alps'"


def test_add_takes_no_changes() -> None:
    with pytest.raises(UsageError) as refused:
        added("optics QosLevel+=high")
    assert refused.value.message == "QosLevel takes '=' only where an account is added"


# --- examples: modify


def test_a_modify_before_and_after() -> None:
    outcome = only(modified("physics set GrpTRES=cpu=7,mem=-1 MaxJobs=-1 QosLevel-=high Desc=x"))
    assert outcome.error is None
    assert outcome.change.before == PHYSICS
    assert outcome.change.after == {
        **PHYSICS, "GrpTRES": {"cpu": 7}, "MaxJobs": None, "QosLevel": ("normal",),
        "Description": "x",
    }  # fmt: skip
    assert outcome.change.fields == {
        "Description": ("light and matter", "x"),
        "GrpTRES": ({"cpu": 100, "mem": 2048}, {"cpu": 7}),
        "MaxJobs": (5, None),
        "QosLevel": (("high", "normal"), ("normal",)),
    }


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (
            "physics set parent=nosuch", NotFound,
            "parent account 'nosuch' does not exist on cluster 'alps'",
        ),
        (
            "science set parent=physics", Conflict,
            "account 'science' cannot have the parent 'physics', which is itself or below",
        ),
        (
            "science set parent=science", Conflict,
            "account 'science' cannot have the parent 'science', which is itself or below",
        ),
        ("root set parent=science", Refused, "account 'root' has no parent"),
        (
            "physics set QosLevel-=high,normal", Refused,
            "account 'physics' would be left without any QosLevel of its own, "
            "which Slurm takes as: inherit the parent's",
        ),
    ],
)  # fmt: skip
def test_a_modify_that_slurm_would_not_do_or_do_otherwise(
    words: str, error: type[SlurmctlError], message: str
) -> None:
    outcome = only(modified(words))
    assert type(outcome.error) is error
    assert outcome.error.message == message


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("physics set DefaultQOS=low", "high,normal"),
        ("physics set QosLevel=low DefaultQOS=high", "low"),
        ("physics set QosLevel-=high DefaultQOS=high", "normal"),
        ("science set DefaultQOS=high", "normal"),
        ("physics set DefaultQOS=high", None),
        ("science set DefaultQOS=normal", None),
        ("science set DefaultQOS=high QosLevel+=high", None),
        ("physics set DefaultQOS=-1", None),
    ],
)
def test_a_default_qos_must_be_among_those_that_may_be_used(
    words: str, allowed: str | None
) -> None:
    root = account("root", None, QosLevel=("normal",))
    error = only(modified(words, [root, SCIENCE, PHYSICS])).error
    if allowed is None:
        assert error is None
        return
    assert isinstance(error, Conflict)
    assert error.message.endswith(f"would not be among the QOS that it may use ({allowed})")


def test_an_account_that_is_elsewhere_only_is_not_found_here() -> None:
    elsewhere = account("far", None, Cluster=None, Clusters=("jura",))
    error = only(modified("far set MaxJobs=1", [elsewhere])).error
    assert isinstance(error, NotFound)
    assert error.message == "account 'far' has no association on cluster 'alps'"


def test_names_taken_away_and_added_in_one_command() -> None:
    """Emptied on the way, the set must not turn into a change to the inherited one."""
    row = account("a", QosLevel=("high",))
    outcome = only(modified("a set QosLevel-=high QosLevel+=low", [ROOT, row]))
    assert outcome.change.after is not None
    assert outcome.error is not None or outcome.change.after["QosLevel"] == ("low",)


# --- examples: delete


def test_delete_says_what_goes_along() -> None:
    optics = account("optics", "physics")
    rows = [*TREE, optics]
    users = [association("physics", "alice"), association("optics", "bob")]
    dependents = [association("physics", None), association("optics", None, "physics"), *users]
    outcomes = accounts.delete([PHYSICS], dependents, rows, "alps")
    assert [(o.change.name, o.change.implied_by, o.error) for o in outcomes] == [
        ("physics", "", None),
        ("optics", "physics", None),
        ("alice in physics", "physics", None),
        ("bob in optics", "physics", None),
    ]
    assert [o.change.to_do for o in outcomes] == [True, False, False, False]
    assert all(o.change.changes for o in outcomes)
    assert outcomes[1].change.entity is ASSOCIATION


def test_a_row_in_a_partition_is_named_so() -> None:
    row = association("physics", "alice") | {"Partition": "gpu"}
    outcomes = accounts.delete([PHYSICS], [row], TREE, "alps")
    assert outcomes[1].change.name == "alice in physics (gpu)"


def test_root_stays_and_nothing_goes_along_with_it() -> None:
    outcomes = accounts.delete([ROOT], [association("science", None)], TREE, "alps")
    error = only(outcomes).error
    assert isinstance(error, Refused)
    assert error.message == "account 'root' is never deleted"


# --- small things


def test_below_walks_down_one_cluster_only() -> None:
    rows = [*TREE, account("optics", "physics"), account("far", "science", Cluster="jura")]
    assert associations.below(["science"], rows, "alps") == ["science", "physics", "optics"]
    assert associations.below(["optics"], rows, "alps") == ["optics"]
    assert associations.below([], rows, "alps") == []


def test_a_loop_of_parents_ends() -> None:
    rows = [account("a", "b"), account("b", "a")]
    assert associations.below(["a"], rows, "alps") == ["a", "b"]


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
