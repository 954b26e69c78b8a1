"""Users: what adding, modifying and deleting them makes of them and of their associations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slurmctl_rest.errors import NotFound, Refused, SlurmctlError, UsageError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.model.syntax import Assignment, parse_add
from slurmctl_rest.planning import users
from slurmctl_rest.planning.associations import new_row
from slurmctl_rest.planning.checks import assigned
from slurmctl_rest.planning.users import UserAddition, UserModification
from tests.strategies import (
    ACCOUNTS,
    AVAILABLE,
    PARTITIONS,
    USERS,
    members,
    settings_of,
    some,
    user_additions,
)
from tests.support import OWN_LIMITS, assign, association, only, user

ROOT_ROW = association("root", None, QosLevel=("normal",))
OWN: Sequence[Row] = [
    ROOT_ROW,
    association("physics", None, "root", QosLevel=("high", "normal")),
    association("art", None, "root"),
]


def added(words: str, there: Sequence[Row] = [], rows: Sequence[Row] = []) -> list[Outcome]:
    sentence = parse_add(USER_WITH_LIMITS, words.split())
    where = sentence.selection.where
    names = {name: [n for v in values for n in v] for name, values in where.items()}  # type: ignore[union-attr]
    return users.add(
        [
            UserAddition(
                sentence.selection.names,
                names.get("Accounts", []),
                names.get("Partitions") or [None],
                sentence.assignments,
            )
        ],
        there,
        [*OWN, *rows],
        "alps",
    )


def shown(plan: list[Outcome]) -> list[tuple[str, str, dict[str, object], str]]:
    """Return action, name, changed fields and error of each outcome."""
    return [
        (o.change.action, o.change.name, {n: v for n, (_, v) in o.change.fields.items()},
         str(o.error or ""))
        for o in plan
    ]  # fmt: skip


# --- add: laws


@given(
    names=some(USERS),
    accounts=some(ACCOUNTS),
    partitions=st.just([None]) | some(PARTITIONS),
    there=members(),
    asked=settings_of(OWN_LIMITS),
)
def test_exactly_the_asked_rows_come(
    names: list[str],
    accounts: list[str],
    partitions: list[str | None],
    there: Sequence[Row],
    asked: tuple[Assignment, ...],
) -> None:
    """Each user in each account and partition; what is there stays as it is."""
    current = [*AVAILABLE, *there]
    known = [user(name) for name in sorted({str(row["User"]) for row in there})]
    plan = users.add([UserAddition(names, accounts, partitions, asked)], known, current, "alps")
    rows = [o for o in plan if o.change.entity is ASSOCIATION]
    wanted = {("alps", a, n, p or "") for n in names for a in accounts for p in partitions}
    assert {association_key(o.change.after or {}) for o in rows} == wanted
    assert len(rows) == len(wanted)
    existing = {association_key(row): row for row in there}
    for outcome in rows:
        change = outcome.change
        assert change.after is not None
        if association_key(change.after) in existing:
            assert change.before == existing[association_key(change.after)]
            if change.action == "add":
                assert change.after == change.before
            else:  # it has no value of its own
                bare = new_row("alps", str(change.after["Account"]))
                names = [f.name for f in ASSOCIATION.fields if f.settable]
                assert {n: change.before[n] for n in names} == {n: bare[n] for n in names}
                assert change.after == assigned(change.before, asked)
        else:
            assert change.before is None
            for one in asked:
                kind = one.field.kind
                fresh = kind.merge(kind.load(None), Operator.SET, one.value)
                assert change.after[one.field.name] == fresh


@given(plan=user_additions())
def test_new_users_come_each_with_the_first_account_as_the_default(plan: list[RowChange]) -> None:
    rows = [change.after or {} for change in plan if change.entity is ASSOCIATION]
    new = {change.name: change for change in plan if change.entity is USER}
    assert {str(row["User"]) for row in rows} == new.keys()
    for name, change in new.items():
        assert change.action == "add"
        assert change.before is None
        assert change.after is not None
        first = next(row["Account"] for row in rows if row["User"] == name)
        assert change.after["DefaultAccount"] == first


@given(asked=settings_of(OWN_LIMITS), level=st.sampled_from(["None", "Operator"]))
def test_what_is_added_need_not_be_added_again(asked: tuple[Assignment, ...], level: str) -> None:
    every = (*asked, assign(f"AdminLevel={level}", USER_WITH_LIMITS))
    first = users.add([UserAddition(["alice"], ["art"], [None], every)], [], AVAILABLE, "alps")
    assume(all(outcome.error is None for outcome in first))
    (there, row) = [o.change.after or {} for o in first]
    again = users.add(
        [UserAddition(["alice"], ["art"], [None], every)], [there], [*AVAILABLE, row], "alps"
    )
    assert [(o.change.changes, o.error) for o in again] == [(False, None)]


# --- add: examples


def test_a_new_user_whole() -> None:
    plan = added("alice account=physics,art partition=gpu AdminLevel=operator MaxJobs=5")
    assert plan == [
        Outcome(
            RowChange(
                USER, "add", "alice", None,
                {
                    "User": "alice", "AdminLevel": "Operator", "DefaultAccount": "physics",
                    "Coordinators": (), "IndirectCoordinators": (), "Cluster": "alps",
                    "Clusters": (), "Accounts": (), "Partitions": (),
                },
            )
        ),
        *(
            Outcome(
                RowChange(
                    ASSOCIATION, "add", f"alice in {account_} (gpu)", None,
                    association(account_, "alice", Partition="gpu", MaxJobs=5),
                )
            )
            for account_ in ("physics", "art")
        ),
    ]  # fmt: skip


NEW = {"DefaultAccount": "physics"}


@pytest.mark.parametrize(
    ("words", "there", "rows", "planned"),
    [
        (
            "alice account=physics,art DefaultAccount=art", [], [],
            [("add", "alice", {"DefaultAccount": "art"}, ""),
             ("add", "alice in physics", {"Fairshare": 1}, ""),
             ("add", "alice in art", {"Fairshare": 1}, "")],
        ),
        (
            "alice DefaultAccount=art", [], [],
            [("add", "alice", {"DefaultAccount": "art"}, ""),
             ("add", "alice in art", {"Fairshare": 1}, "")],
        ),
        (
            "alice account=physics DefaultAccount=art", [], [],
            [("add", "alice", {"DefaultAccount": "art"},
              "user 'alice': its default account 'art' is not one of its accounts"),
             ("add", "alice in physics", {"Fairshare": 1},
              "user 'alice': its default account 'art' is not one of its accounts")],
        ),
        (
            "alice account=art", [user("alice")], [association("physics", "alice", Default=True)],
            [("add", "alice in art", {"Fairshare": 1}, "")],
        ),
        (
            "alice account=art", [user("alice", None, Clusters=("jura",))],
            [association("zoo", "alice", Cluster="jura", Default=True)],
            [("modify", "alice", {"DefaultAccount": "art"}, ""),
             ("add", "alice in art", {"Fairshare": 1}, "")],
        ),
        (
            "alice account=physics", [user("alice")], [association("physics", "alice")],
            [("add", "alice in physics", {}, "")],
        ),
        (
            "alice account=physics Admin=Operator", [user("alice")],
            [association("physics", "alice")],
            [("modify", "alice", {"AdminLevel": "Operator"},
              "user 'alice' already exists, with AdminLevel=None")],
        ),
        (
            "alice account=physics DefaultAccount=physics", [user("alice", "art")],
            [association("art", "alice"), association("physics", "alice")],
            [("modify", "alice", {},
              "user 'alice' already exists, with DefaultAccount=art")],
        ),
        (
            "alice account=physics MaxJobs=5", [user("alice")],
            [association("physics", "alice", MaxJobs=3)],
            [("add", "alice in physics", {},
              "association 'alice in physics' already exists, with MaxJobs=3")],
        ),
        (
            "alice account=art DefaultQOS=high", [], [],
            [("add", "alice in art", {"Fairshare": 1, "DefaultQOS": "high"},
              "association 'alice in art': its DefaultQOS 'high' would not be in its QosLevel "
              "(normal)")],
        ),
        (
            "alice,bob account=physics", [user("bob")], [association("physics", "bob")],
            [("add", "alice", NEW, ""), ("add", "alice in physics", {"Fairshare": 1}, ""),
             ("add", "bob in physics", {}, "")],
        ),
    ],
    ids=["a default account", "it alone", "it elsewhere", "in another account",
         "on another cluster", "as asked", "another level", "another default account",
         "another limit", "a QOS it may not use", "one new, one not"],
)  # fmt: skip
def test_add(
    words: str,
    there: Sequence[Row],
    rows: Sequence[Row],
    planned: list[tuple[str, str, dict[str, object], str]],
) -> None:
    assert shown(added(words, there, rows)) == planned


@pytest.mark.parametrize(
    ("words", "error", "message", "hint"),
    [
        (
            "alice", UsageError, "no account is given for the user",
            "slurmctl-rest user add NAME account=ACCOUNT",
        ),
        (
            "alice account=zoo", NotFound, "account 'zoo' does not exist on cluster 'alps'",
            "slurmctl-rest account add zoo",
        ),
        (
            "alice account=physics grptres=cpu+=1", UsageError,
            "GrpTRES accepts only '=' when the user is added", "",
        ),
    ],
)  # fmt: skip
def test_add_refuses(words: str, error: type[SlurmctlError], message: str, hint: str) -> None:
    far = [association("zoo", None, "root", Cluster="jura")]
    with pytest.raises(SlurmctlError) as refused:
        added(words, [], far)
    assert (type(refused.value), refused.value.message, refused.value.hint) == (
        error, message, hint,
    )  # fmt: skip


def test_the_default_account_is_one_that_the_user_comes_into() -> None:
    """Of several accounts the first may be refused; its row never comes."""
    plan = added("alice account=art,physics DefaultQOS=high")
    coming = {
        (o.change.after or {})["Account"]
        for o in plan
        if o.change.entity is ASSOCIATION and o.error is None
    }
    assert coming == {"physics"}
    for outcome in plan:
        if outcome.change.entity is USER and outcome.error is None:
            assert (outcome.change.after or {})["DefaultAccount"] in coming


def test_what_to_do_about_a_conflict() -> None:
    rows = [association("physics", "alice", Partition="gpu", MaxJobs=3)]
    error = only(
        added("alice account=physics partition=gpu MaxJobs=5", [user("alice")], rows)
    ).error
    assert error is not None
    assert error.hint == (
        "slurmctl-rest assoc modify account=physics user=alice partition=gpu set MaxJobs=5"
    )


# --- modify


def modified(there: Sequence[Row], rows: Sequence[Row], *tokens: str) -> list[Outcome]:
    asked = [assign(token, USER_WITH_LIMITS) for token in tokens]
    return users.modify_users([UserModification(there, rows, asked)], [*OWN, *rows], "alps")


MEMBER = [
    association("physics", "alice", Default=True),
    association("art", "alice", Partition="gpu"),
    association("art", "alice"),
]
ALICE = user("alice", Accounts=("art", "physics"), Partitions=("gpu",))


def test_levels_go_to_the_user_and_limits_to_the_rows() -> None:
    assert shown(modified([ALICE], MEMBER[1:], "AdminLevel=Operator", "MaxJobs=3")) == [
        ("modify", "alice", {"AdminLevel": "Operator"}, ""),
        ("modify", "alice in art (gpu)", {"MaxJobs": 3}, ""),
        ("modify", "alice in art", {"MaxJobs": 3}, ""),
    ]


def test_a_limit_of_a_user_knows_how_many_rows_the_user_has_here() -> None:
    """Whether one command for all of them says the same."""
    far = association("zoo", "alice", Cluster="jura")
    bob = association("art", "bob")
    asked = [assign("MaxJobs=3", USER_WITH_LIMITS)]
    choices = [UserModification([ALICE], MEMBER[1:], asked)]
    plan = users.modify_users(choices, [*OWN, *MEMBER, far, bob], "alps")
    assert [o.change.of_user for o in plan] == [len(MEMBER)] * len(MEMBER[1:])


def test_a_level_alone_touches_no_row() -> None:
    assert shown(modified([ALICE], MEMBER, "AdminLevel=None")) == [("modify", "alice", {}, "")]


def test_another_default_account_takes_all_rows_in_it() -> None:
    (outcome,) = modified([ALICE], MEMBER, "DefaultAccount=art")
    assert outcome.error is None
    assert outcome.change.fields == {"DefaultAccount": ("physics", "art")}
    assert outcome.change.companions == (MEMBER[2], MEMBER[1])


@pytest.mark.parametrize("account_", ["root", "nosuch"])
def test_a_default_account_must_be_one_of_the_user_s(account_: str) -> None:
    (outcome,) = modified([ALICE], MEMBER, f"DefaultAccount={account_}")
    error = outcome.error
    assert isinstance(error, NotFound)
    assert (error.message, error.hint) == (
        f"user 'alice' is not in account '{account_}' on cluster 'alps'",
        f"slurmctl-rest user add alice account={account_}",
    )


def test_limits_of_a_user_who_is_elsewhere_only_are_not_found() -> None:
    far = user("carol", None, Clusters=("jura",))
    plan = modified([ALICE, far], MEMBER[:1], "MaxJobs=3")
    assert shown(plan) == [
        ("modify", "carol", {}, "user 'carol' has no association on cluster 'alps'"),
        ("modify", "alice in physics", {"MaxJobs": 3}, ""),
    ]
    assert isinstance(plan[0].error, NotFound)
    assert plan[0].change == RowChange(USER, "modify", "carol", far, far)
    level = modified([far], [], "AdminLevel=Operator")
    assert shown(level) == [("modify", "carol", {"AdminLevel": "Operator"}, "")]


# --- delete


FAR_ROW = association("zoo", "alice", Cluster="jura")


@pytest.mark.parametrize(
    ("row", "everywhere", "planned"),
    [
        (ALICE, False, ["alice", "alice in physics", "alice in art (gpu)", "alice in art"]),
        (ALICE, True, ["alice", "alice in physics", "alice in art (gpu)", "alice in art",
                       "alice in zoo on jura"]),
        (user("alice", None), False, ["alice", "alice in physics", "alice in art (gpu)",
                                      "alice in art"]),
        (user("alice", None, Clusters=("jura",)), False,
         ["user 'alice' has no association on cluster 'alps'"]),
        (user("root"), False, ["user 'root' is never deleted"]),
        (user("root"), True, ["user 'root' is never deleted"]),
    ],
    ids=["here", "everywhere", "nowhere", "elsewhere", "root", "root everywhere"],
)  # fmt: skip
def test_delete(row: Row, everywhere: bool, planned: list[str]) -> None:
    rows = [*OWN, *MEMBER, FAR_ROW, association("physics", "bob")]
    plan = users.delete([row], rows, "alps", everywhere=everywhere)
    assert [str(o.error) if o.error else o.change.name for o in plan] == planned
    assert [o.change.needs_write for o in plan] == [True, *[False] * (len(plan) - 1)]
    assert plan[0].change.everywhere is everywhere
    if row["User"] == "root":
        assert isinstance(plan[0].error, Refused)
        assert plan[0].error.hint == "slurmctld and slurmdbd run as root"


def test_one_user_in_several_rows() -> None:
    plan = users.add(
        [
            UserAddition(["alice"], ["art"], [None], [assign("MaxJobs=1", USER_WITH_LIMITS)]),
            UserAddition(["bob"], ["art"], [None], []),
            UserAddition(
                ["alice"], ["zoo"], ["gpu"], [assign("DefaultAccount=zoo", USER_WITH_LIMITS)]
            ),
        ],
        [],
        AVAILABLE,
        "alps",
    )
    assert [(o.change.name, (o.change.after or {}).get("DefaultAccount")) for o in plan] == [
        ("alice", "zoo"),
        ("alice in art", None),
        ("alice in zoo (gpu)", None),
        ("bob", "art"),
        ("bob in art", None),
    ]
    assert [(o.change.after or {}).get("MaxJobs") for o in plan] == [None, 1, None, None, None]


def test_what_several_rows_say_of_a_user_is_one_change() -> None:
    row = association("art", "alice", Default=True)
    level, limit = (assign(w, USER_WITH_LIMITS) for w in ("AdminLevel=Operator", "MaxJobs=3"))
    there = user("alice", "art")
    plan = users.modify_users(
        [UserModification([there], [row], [level, limit]), UserModification([there], [], [level])],
        [*AVAILABLE, row],
        "alps",
    )
    assert [(o.change.name, dict(o.change.fields)) for o in plan] == [
        ("alice", {"AdminLevel": ("None", "Operator")}),
        ("alice in art", {"MaxJobs": (None, 3)}),
    ]


def test_a_default_account_in_which_the_user_is_already_is_marked() -> None:
    """None of the new associations can bring it."""
    there = user("alice", None, Clusters=("alps",), Accounts=("art",))
    rows = [association("art", "alice", Partition="gpu"), association("art", "alice")]
    plan = added("alice account=physics DefaultAccount=art", [there], rows)
    change = plan[0].change
    assert (change.entity, change.action, change.fields) == (
        USER,
        "modify",
        {"DefaultAccount": (None, "art")},
    )
    assert [row["Partition"] for row in change.companions] == [None, "gpu"]
