"""QOS and coordinators: what adding, modifying and deleting them plans."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from slurmctl_rest.errors import Conflict, NotFound, Refused, SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.syntax import Assignment, parse_add
from slurmctl_rest.planning import qos as plans
from tests.strategies import QOS_FIELDS, assignments, qos_rows, settings_of
from tests.support import PHYSICS, account, alike, assign, association, only, qos, to_each

HIGH = qos("high", Priority=10, Preempt=("low",), Flags=("DenyOnLimit", "NoDecay"),
           GrpTRES={"cpu": 5, "mem": 1024})  # fmt: skip
LOW, NORMAL = qos("low"), qos("normal")
ALL = [HIGH, LOW, NORMAL]


def added(words: str) -> list[Outcome]:
    sentence = parse_add(QOS, words.split())
    return plans.add(dict.fromkeys(sentence.selection.names, sentence.assignments), ALL)


def modified(row: Row, *tokens: str) -> Outcome:
    return only(plans.modify(alike([row], [assign(token, QOS) for token in tokens])))


# --- laws


@given(row=qos_rows(), asked=assignments(QOS_FIELDS))
def test_a_modify_changes_only_what_it_names(row: Row, asked: tuple[Assignment, ...]) -> None:
    change = only(plans.modify(alike([row], asked))).change
    named = {one.field.name for one in asked}
    assert change.after is not None
    assert change.fields.keys() <= named
    assert {k: v for k, v in change.after.items() if k not in named} == {
        k: v for k, v in row.items() if k not in named
    }


@given(row=qos_rows(), asked=assignments(QOS_FIELDS))
def test_what_is_done_needs_not_be_done_again(row: Row, asked: tuple[Assignment, ...]) -> None:
    first = only(plans.modify(alike([row], asked))).change
    assert first.after is not None
    assert not only(plans.modify(alike([first.after], asked))).change.changes


@given(asked=settings_of(QOS_FIELDS))
def test_a_qos_is_added_as_asked_and_then_there_is_nothing_to_do(
    asked: tuple[Assignment, ...],
) -> None:
    outcome = only(plans.add(dict.fromkeys(["slow"], asked), ALL))
    assume(outcome.error is None)
    assert outcome.change.after is not None
    fresh = qos("slow")
    for one in asked:
        kind = one.field.kind
        wanted = kind.merge(fresh[one.field.name], Operator.SET, one.value)
        assert outcome.change.after[one.field.name] == wanted
    again = only(plans.add(dict.fromkeys(["slow"], asked), [*ALL, outcome.change.after]))
    assert (again.change.changes, again.error) == (False, None)


# --- add and modify


def test_a_new_qos_is_what_slurm_makes_of_it() -> None:
    outcome = only(added("slow Priority=3 Flags=NoDecay PreemptMode=cancel"))
    after = qos("slow", Priority=3, Flags=("NoDecay",), PreemptMode="cancel")
    assert outcome == Outcome(RowChange(QOS, "add", "slow", None, after))
    assert outcome.change.fields == {
        "Description": (None, "slow"),
        "Priority": (0, 3),
        "PreemptMode": ("cluster", "cancel"),
        "Flags": ((), ("NoDecay",)),
    }


@pytest.mark.parametrize(
    ("words", "error", "message", "hint"),
    [
        ("high Priority=10", None, "", ""),
        (
            "high Priority=11", Conflict, "qos 'high' already exists, with Priority=10",
            "slurmctl-rest qos modify high set Priority=11",
        ),
        (
            "new Preempt=low,new", Conflict, "qos 'new' cannot preempt itself",
            "remove it from Preempt",
        ),
    ],
)  # fmt: skip
def test_add(words: str, error: type[SlurmctlError] | None, message: str, hint: str) -> None:
    found = only(added(words)).error
    assert type(found) is (error or type(None))
    if found is not None:
        assert (found.message, found.hint) == (message, hint)


def test_add_takes_no_changes() -> None:
    with pytest.raises(UsageError) as refused:
        added("new Flags+=NoDecay")
    assert refused.value.message == "Flags accepts only '=' when the qos is added"


@pytest.mark.parametrize(
    ("tokens", "fields"),
    [
        (["Flags+=Relative"], {"Flags": ("DenyOnLimit", "NoDecay", "Relative")}),
        (["Flags-=NoDecay"], {"Flags": ("DenyOnLimit",)}),
        (["Flags-=NoDecay,DenyOnLimit"], {"Flags": ()}),
        (["Flags=-1"], {"Flags": ()}),
        (["Preempt-=low"], {"Preempt": ()}),
        (["Preempt+=normal"], {"Preempt": ("low", "normal")}),
        (["GrpTRES=cpu=-1,node=3"], {"GrpTRES": {"mem": 1024, "node": 3}}),
        (["GrpTRES=-1"], {"GrpTRES": {}}),
        (["Priority=-1"], {"Priority": 0}),
        (["UsageFactor=2", "GraceTime=30"], {"UsageFactor": 2.0, "GraceTime": 30}),
        (["PreemptMode=within"], {"PreemptMode": "within"}),
        (["Priority=10", "Flags+=NoDecay"], {}),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_modify(tokens: list[str], fields: dict[str, Value]) -> None:
    outcome = modified(HIGH, *tokens)
    assert outcome.error is None
    assert {name: after for name, (_, after) in outcome.change.fields.items()} == fields
    assert outcome.change.changes is bool(fields)


def test_no_qos_preempts_itself() -> None:
    error = modified(HIGH, "Preempt+=high").error
    assert isinstance(error, Conflict)
    assert (error.message, error.hint) == (
        "qos 'high' cannot preempt itself", "remove it from Preempt",
    )  # fmt: skip


# --- delete


def test_delete_and_who_preempts_it_no_longer_does() -> None:
    plan = plans.delete([LOW], ALL, [])
    assert plan == [
        Outcome(RowChange(QOS, "modify", "high", HIGH, {**HIGH, "Preempt": ()})),
        Outcome(RowChange(QOS, "delete", "low", LOW, None)),
    ]
    assert plans.delete([HIGH, LOW], ALL, []) == [
        Outcome(RowChange(QOS, "delete", "high", HIGH, None)),
        Outcome(RowChange(QOS, "delete", "low", LOW, None)),
    ]


def test_where_the_others_cannot_be_changed_nothing_is_deleted() -> None:
    plan = plans.delete([LOW, NORMAL], ALL, [])
    error = Unsupported("no")
    kept = plans.unless_refused(plan, lambda change: error if change.action == "modify" else None)
    assert [(o.change.name, type(o.error)) for o in kept] == [
        ("low", Unsupported), ("normal", Refused),
    ]  # fmt: skip
    assert kept[0].error is error
    assert plans.unless_refused(plan, lambda _: None) == plan


def test_what_slurm_takes_out_of_preempt_itself_needs_no_change() -> None:
    plan = plans.delete([LOW], ALL, [])
    error = Unsupported("no")
    assert plans.without_emptied(plan, lambda _: error) == plan[1:]
    assert plans.without_emptied(plan, lambda _: None) == plan
    stays = Outcome(plan[1].change, error)
    assert plans.without_emptied([plan[0], stays], lambda _: error) == [plan[0], stays]
    more = Outcome(RowChange(QOS, "modify", "high", HIGH, {**HIGH, "Preempt": (), "Priority": 9}))
    assert plans.without_emptied([more, plan[1]], lambda _: error) == [more, plan[1]]


def test_normal_stays() -> None:
    (outcome,) = plans.delete([NORMAL], ALL, [])
    assert isinstance(outcome.error, Refused)
    assert (outcome.error.message, outcome.error.hint) == (
        "qos 'normal' is never deleted",
        "Slurm gives it to every root account",
    )


def test_a_default_qos_stays() -> None:
    rows = [association(f"a{number}", None, DefaultQOS="low") for number in range(12)]
    rows.append(association("a0", "alice", Partition="gpu", DefaultQOS="high"))
    plan = plans.delete([LOW, HIGH], ALL, rows)
    assert [str(o.error) for o in plan] == [
        "qos 'low': it is the DefaultQOS of a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 and 2 more",
        "qos 'high': it is the DefaultQOS of alice in a0 (gpu)",
    ]
    assert plan[0].error is not None
    assert plan[0].error.hint == (
        "change DefaultQOS of these first: slurmctl-rest assoc modify where "
        "defaultqos=low set DefaultQOS=..."
    )


@pytest.mark.parametrize(
    ("level", "named"),
    [(("low",), True), (("+low",), True), (("-low",), True), (("lower",), False), ((), False)],
)
def test_who_names_a_qos(level: tuple[str, ...], named: bool) -> None:
    rows = [association("a", "alice", QosLevel=level)]
    assert plans.named_by(rows).get("low", []) == (["alice in a"] if named else [])


# --- coordinators


ZOO = account("zoo", Coordinators=("eve",))


@pytest.mark.parametrize(
    ("act", "users", "after"),
    [
        (
            Operator.ADD,
            ["bob", "al"],
            {"physics": ("al", "alice", "bob"), "zoo": ("al", "bob", "eve")},
        ),
        (Operator.ADD, ["alice"], {"physics": ("alice",), "zoo": ("alice", "eve")}),
        (Operator.REMOVE, ["alice", "gone"], {"physics": (), "zoo": ("eve",)}),
    ],
)
def test_coordinate(act: Operator, users: list[str], after: dict[str, tuple[str, ...]]) -> None:
    rows = [ZOO, PHYSICS]
    plan = plans.plan_coordinators(
        rows, to_each(rows, users), act, ["al", "alice", "bob", "eve"], rows
    )
    assert {o.change.name: (o.change.after or {})["Coordinators"] for o in plan} == after
    for outcome in plan:
        assert outcome.error is None
        assert outcome.change.entity is ACCOUNT
        assert outcome.change.fields.keys() <= {"Coordinators"}


def test_a_coordinator_by_the_flag_stays_one() -> None:
    """Of the account itself, or of one above. A coordinator by name alone goes."""
    above = account("science", Coordinators=("bob",), IndirectCoordinators=("alice", "eve"))
    rows = [above, account("zoo", Coordinators=("eve",))]
    plan = plans.plan_coordinators(rows, to_each(rows, ["alice", "eve"]), Operator.REMOVE, [], rows)
    errors = {o.change.name: o.error for o in plan}
    assert errors["zoo"] is None
    told = errors["science"]
    assert isinstance(told, Conflict)
    assert (told.message, told.hint) == (
        "account 'science': alice, eve would still coordinate it, by the flag "
        "UsersAreCoords of the account or of one above it",
        "to clear the flag for all users: sacctmgr modify account science set "
        "flags=NoUsersAreCoords",
    )
    added = plans.plan_coordinators(rows, to_each(rows, ["eve"]), Operator.ADD, ["eve"], rows)
    assert [o.error for o in added] == [None, None]


def test_the_lowest_account_gets_its_coordinator_first() -> None:
    rows = [account("root", None), account("science"), PHYSICS]
    plan = plans.plan_coordinators(rows, to_each(rows, ["bob"]), Operator.ADD, ["bob"], rows)
    assert [o.change.name for o in plan] == ["physics", "science", "root"]


def test_a_coordinator_must_be_a_user() -> None:
    with pytest.raises(NotFound) as refused:
        plans.plan_coordinators(
            [PHYSICS], to_each([PHYSICS], ["nobody"]), Operator.ADD, ["bob"], [PHYSICS]
        )
    assert (refused.value.message, refused.value.hint) == (
        "user 'nobody' does not exist",
        "slurmctl-rest user add nobody account=ACCOUNT",
    )
