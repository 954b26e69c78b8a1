"""What all nouns share: selecting, comparing, checking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.change import Action, RowChange, called, name_of, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row, suggestion
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.syntax import Selection, parse_select
from slurmctl_rest.planning.checks import unknown_qos, with_known_tres
from slurmctl_rest.planning.differences import differences
from slurmctl_rest.planning.targets import missing, no_match, not_among, select, unselected
from tests.strategies import account_rows, assigned_values, assignments, qos_rows
from tests.support import PHYSICS, SETTABLE, account, assign, association, only, qos, user

ROOT = account("root", None)
SCIENCE = account("science")
TREE = [ROOT, SCIENCE, PHYSICS]
LIMITS_ONLY = [f for f in SETTABLE if f.name != "Parent"]


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
        assert [(a.field, a.operator) for a in checked] == [(a.field, a.operator) for a in asked]
        return
    with pytest.raises(UsageError, match="the cluster has no TRES") as refused:
        with_known_tres(asked, known)
    missed = refused.value.message.split("'")[1]
    assert refused.value.hint == suggestion(missed, known)


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
    with pytest.raises(UsageError, match="accounts cannot be selected by") as refused:
        parse_select(ACCOUNT, ["where", condition])
    assert refused.value.hint == (
        "known: Account, Description, Organization, Coordinators, Cluster, Clusters, Parent, Flags"
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
        (PHYSICS, {**PHYSICS, "IndirectCoordinators": ("x",), "Clusters": ()}, {}),
        (PHYSICS, {**PHYSICS, "Coordinators": ()}, {"Coordinators": (("alice",), ())}),
        (PHYSICS, {**PHYSICS, "MaxJobs": None}, {"MaxJobs": (5, None)}),
    ],
    ids=["gone", "still there", "not there", "as planned", "not ours to set", "a set", "a limit"],
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
        (PHYSICS, {**PHYSICS, "IndirectCoordinators": ("x",)}, False),
        (PHYSICS, {**PHYSICS, "Coordinators": ()}, True),
        (PHYSICS, {**PHYSICS, "MaxJobs": 6}, True),
    ],
)
def test_whether_anything_changes(before: Row | None, after: Row | None, changes: bool) -> None:
    change = RowChange(ACCOUNT, "modify", "physics", before, after)
    assert (change.changes, change.needs_write) == (changes, changes)
    implied = RowChange(ACCOUNT, "modify", "physics", before, after, cascade_of="x")
    assert (implied.changes, implied.needs_write) == (changes, False)


def test_subjects() -> None:
    changes = [RowChange(ACCOUNT, "add", name, None, None) for name in ("a", "b")]
    assert [subject(changes), subject(changes[:1]), subject([])] == [
        "account 'a', 'b'", "account 'a'", "",
    ]  # fmt: skip


def test_outcomes_for_what_is_not_there() -> None:
    here = [account("physics"), account("lasers")]
    asked = ["optics", "physics", "lasers"]
    outcomes = unselected(ACCOUNT, "modify", here, not_among(ACCOUNT, here[:1], asked), "alps")
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
        value = kind.merge(
            value, data.draw(st.sampled_from(Operator)), data.draw(assigned_values(kind))
        )
        assert isinstance(value, tuple)
        signed = {name[0] in "+-" for name in value}
        assert len(signed) <= 1


# --- other entities


def test_subjects_of_several_nouns() -> None:
    changes = [
        RowChange(USER, "modify", "alice", None, None),
        RowChange(ASSOCIATION, "delete", "alice in physics", None, None),
        RowChange(USER, "modify", "bob", None, None),
    ]
    assert subject(changes) == "user 'alice', 'bob', association 'alice in physics'"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (association("physics", None), "physics"),
        (association("physics", "alice"), "alice in physics"),
        (association("physics", "alice", Partition="gpu"), "alice in physics (gpu)"),
    ],
)
def test_names_of_associations(row: Row, name: str) -> None:
    assert name_of(ASSOCIATION, row) == name
    assert called(ASSOCIATION, row) == f"association '{name}'"


def test_names_of_others() -> None:
    rows = {ACCOUNT: PHYSICS, USER: user("alice"), QOS: qos("high")}
    assert [called(entity, row) for entity, row in rows.items()] == [
        "account 'physics'", "user 'alice'", "qos 'high'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["alice", "bob", "carol"]),
        ("bob,alice", ["alice", "bob"]),
        ("where AdminLevel=Operator", ["bob"]),
        ("where DefaultAccount=physics", ["alice", "bob"]),
        ("where DefaultAccount=", ["carol"]),
        ("where account=art", ["bob"]),
        ("where account=art,physics", ["alice", "bob"]),
        ("where partition=gpu", ["alice"]),
        ("where partition=", ["bob", "carol"]),
        ("where clusters=jura", ["carol"]),
        ("where coordinators=art", ["bob"]),
    ],
)
def test_select_users(words: str, names: list[str]) -> None:
    rows = [
        user("alice", Partitions=("gpu", "long")),
        user("bob", AdminLevel="Operator", Accounts=("art", "physics"), Coordinators=("art",)),
        user("carol", None, Clusters=("jura",)),
    ]
    selection = parse_select(USER, words.split()).selection
    assert [row["User"] for row in select(USER, rows, selection)] == names


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("where flags=nodecay", ["high"]),
        ("where flags=", ["low", "normal", "gang"]),
        ("where preempt=low", ["high"]),
        ("where preemptmode=requeue", ["low"]),
        ("where preemptmode=off", ["high", "normal"]),
        ("where preemptmode=gang", ["gang"]),
        ("where preemptmode=suspend,requeue", ["low", "gang"]),
        ("where preemptmode=cancel", []),
        ("where description=high", ["high"]),
        ("high,normal where preempt=", ["normal"]),
    ],
)
def test_select_qos(words: str, names: list[str]) -> None:
    rows = [
        qos("high", Flags=("DenyOnLimit", "NoDecay"), Preempt=("low",)),
        qos("low", PreemptMode="requeue"),
        qos("normal"),
        qos("gang", PreemptMode="gang,suspend"),
    ]
    selection = parse_select(QOS, words.split()).selection
    assert [row["Name"] for row in select(QOS, rows, selection)] == names


@pytest.mark.parametrize(
    ("entity", "token", "message"),
    [
        (QOS, "Preempt=low,nosuch", "Preempt: qos 'nosuch' does not exist"),
        (QOS, "Preempt-=nosuch", "Preempt: qos 'nosuch' does not exist"),
        (QOS, "Preempt=", None),
        (QOS, "Flags=NoDecay", None),
        (ASSOCIATION, "DefaultQOS=nosuch", "DefaultQOS: qos 'nosuch' does not exist"),
    ],
)
def test_unknown_qos_of_other_entities(entity: Entity, token: str, message: str | None) -> None:
    error = unknown_qos([assign(token, entity)], ["low"])
    assert (error.message if error else None) == message


@pytest.mark.parametrize(
    ("entity", "action", "message"),
    [
        (QOS, "modify", "qos 'x' does not exist"),
        (USER, "delete", "user 'x' does not exist on cluster 'alps'"),
    ],
)
def test_what_is_of_no_cluster_is_named_without_one(
    entity: Entity, action: Action, message: str
) -> None:
    outcome = only(unselected(entity, action, [], not_among(entity, [], ["x"]), "alps"))
    assert str(outcome.error) == message


def test_the_read_back_of_a_row_of_which_only_some_is_known() -> None:
    """A switched default account is planned without the user's other facts."""
    before = {"User": "alice", "Cluster": "alps", "DefaultAccount": "physics"}
    change = RowChange(USER, "modify", "alice", before, {**before, "DefaultAccount": "art"})
    assert change.fields == {"DefaultAccount": ("physics", "art")}
    found = user("alice", "art", AdminLevel="Operator", Coordinators=("zoo",))
    assert differences(change, found) == {}
    assert differences(change, {**found, "DefaultAccount": "zoo"}) == {
        "DefaultAccount": ("art", "zoo")
    }
    assert differences(change, None) == {"User": ("alice", None)}


@pytest.mark.parametrize(
    ("entity", "row", "key"),
    [(ASSOCIATION, association("a", "b"), "Account"), (USER, user("b"), "User"),
     (QOS, qos("b"), "Name")],
    ids=["association", "user", "qos"],
)  # fmt: skip
def test_what_was_to_be_deleted_and_is_there(entity: Entity, row: Row, key: str) -> None:
    change = RowChange(entity, "delete", name_of(entity, row), row, None)
    assert differences(change, row) == {key: (None, change.name)}
    assert differences(change, None) == {}


@given(data=st.data())
def test_a_qos_read_back_differs_exactly_where_rows_differ(data: st.DataObject) -> None:
    wanted, found = data.draw(qos_rows()), data.draw(qos_rows())
    change = RowChange(QOS, "modify", "high", qos("high"), wanted)
    assert differences(change, found) == {
        f.name: (wanted[f.name], found[f.name])
        for f in QOS.fields
        if f.settable and wanted[f.name] != found[f.name]
    }
