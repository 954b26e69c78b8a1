"""Strategies of hypothesis: values of every kind, rows, assignments and planned changes."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

from hypothesis import assume
from hypothesis import strategies as st

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.job import SlurmWord
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import MAX_COUNT, MAX_MINUTES, Kind, Operator, Value
from slurmctl_rest.model.kinds.durations import Grace, Minutes, Month
from slurmctl_rest.model.kinds.names import Exact, Name, Names, NameSet, Text
from slurmctl_rest.model.kinds.numbers import Amount, Count, Percent, Real, Shares, Weight
from slurmctl_rest.model.kinds.percentages import ClusterParts
from slurmctl_rest.model.kinds.tres import Tres, TresName
from slurmctl_rest.model.kinds.words import Mark, Mode, Switch, Word, WordSet
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.model.tres_counts import MAX_MEM_MB, MAX_TRES
from slurmctl_rest.planning import accounts, associations
from slurmctl_rest.planning import qos as qos_plans
from slurmctl_rest.planning import users as user_plans
from slurmctl_rest.planning.users import UserAddition, UserModification
from tests.support import (
    ADDABLE,
    KNOWN_TRES,
    OWN_LIMITS,
    SETTABLE,
    account,
    alike,
    association,
    only,
    qos,
    user,
)

# --- values ---------------------------------------------------------------------------------

names = st.from_regex(r"[a-z0-9_][a-z0-9._-]{0,11}", fullmatch=True)
few_names = st.sampled_from(["a", "b", "c", "high"])
counts = st.integers(0, MAX_COUNT) | st.integers(0, 3)
minutes = st.integers(0, MAX_MINUTES) | st.integers(0, 3)
megabytes = st.integers(0, MAX_MEM_MB) | st.sampled_from([1024, 1536, 1024**3])
sizes = st.integers(0, MAX_TRES) | st.integers(0, 3) | st.sampled_from([1024, 1536, 1024**4])
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=string.ascii_uppercase),
    max_size=20,
).map(lambda text: text.strip(" "))
yes_or_no = st.booleans()


def reals(least: int = 0) -> st.SearchStrategy[float]:
    """Draw numbers with at most six digits after the point."""
    millionths = st.integers(least, 10**15 - 1) | st.integers(least, 3_000_000)
    return millionths.map(lambda number: number / 10**6)


def tres_of(least: int = 0, *, clearing: bool = False) -> st.SearchStrategy[dict[str, int | None]]:
    """Draw counts by TRES; memory has a bound of its own."""
    none = st.none() if clearing else st.nothing()
    parts = [
        st.tuples(st.just(name), none | (megabytes if name == "mem" else sizes))
        for name in KNOWN_TRES
    ]
    return st.lists(st.one_of(parts), min_size=least, max_size=4).map(dict)


tres = tres_of()


def set_of(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw sorted tuples of different words."""
    return st.frozensets(strategy, max_size=4).map(lambda found: tuple(sorted(found)))


@st.composite
def signed_sets(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw changes to an inherited set: no name is both added and taken away."""
    added = draw(st.frozensets(few_names, max_size=3))
    gone = draw(st.frozensets(few_names, max_size=3)) - added
    return tuple(sorted([*("+" + name for name in added), *("-" + name for name in gone)]))


name_sets = set_of(few_names | names)


def _modes(kind: Mode) -> st.SearchStrategy[str]:
    words = [word for word in kind.known if word not in {kind.first, kind.GANG}]
    both = [f"{front},{word}" for front in (kind.GANG, *kind.QUALIFIERS) for word in words]
    return st.sampled_from([*kind.known, *kind.QUALIFIERS, *both])


# The nearest class of a kind decides.
_VALUES: dict[type[Kind], Callable[..., st.SearchStrategy[Value]]] = {
    Shares: lambda kind: st.just(kind.PARENT) | st.integers(0, kind.PARENT_NUMBER - 1),
    Grace: lambda _: counts,
    Weight: lambda _: counts,
    Percent: lambda _: st.none() | st.integers(0, 1000).map(lambda tenths: tenths / 10),
    Amount: lambda _: st.none() | counts | counts.map(lambda number: number + 0.25),
    Minutes: lambda _: st.none() | minutes,
    Count: lambda _: st.none() | counts,
    Names: lambda _: name_sets | signed_sets(),
    Switch: lambda kind: st.sampled_from([(), (kind.on,)]),
    WordSet: lambda kind: set_of(st.sampled_from(sorted(kind.known))),
    NameSet: lambda _: name_sets,
    Tres: lambda _: tres,
    Month: lambda _: st.none() | st.sampled_from(["2026-10", "1970-02"]),
    TresName: lambda _: st.none() | st.sampled_from(KNOWN_TRES),
    Mode: _modes,
    Word: lambda kind: st.sampled_from(sorted(kind.known)),
    Mark: lambda _: yes_or_no,
    Real: lambda kind: (
        reals(0 if kind.zero else 1) | (st.none() if kind.default is None else st.nothing())
    ),
    Name: lambda kind: st.none() | names if kind.clears else names,
    Exact: lambda _: st.none() | texts.filter(bool),
    Text: lambda _: texts,
    ClusterParts: lambda _: st.dictionaries(names, st.integers(0, 65_534), max_size=3),
    SlurmWord: lambda _: st.none() | texts.filter(bool),
}


def values(kind: Kind) -> st.SearchStrategy[Value]:
    """Draw what a row can hold in a field of the kind."""
    return next(_VALUES[one] for one in type(kind).__mro__ if one in _VALUES)(kind)


def assigned_values(kind: Kind) -> st.SearchStrategy[Value]:
    """Draw what an assignment can hold: -1 clears one TRES, or all; names bear no sign."""
    if isinstance(kind, Tres):
        return st.none() | tres_of(1, clearing=True)
    return name_sets if isinstance(kind, Names) else values(kind)


@st.composite
def assignments(draw: st.DrawFn, fields: Sequence[Field] = SETTABLE) -> tuple[Assignment, ...]:
    """Draw what can stand behind one `set`: no field twice."""
    chosen = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=6, unique=True))
    result = []
    for f in chosen:
        act = draw(st.sampled_from(sorted(f.kind.acts)))
        value = draw(assigned_values(f.kind))
        if not value and f.kind.acts != {Operator.SET}:
            act = Operator.SET  # to add nothing is no assignment
        result.append(Assignment(f, act, value))
    return tuple(result)


def settings_of(fields: Sequence[Field]) -> st.SearchStrategy[tuple[Assignment, ...]]:
    """Draw what can stand where an object is added: `=` only."""
    return assignments(fields).map(
        lambda found: tuple(a for a in found if a.operator is Operator.SET)
    )


# --- rows -----------------------------------------------------------------------------------


@st.composite
def _filled(draw: st.DrawFn, row: Row, fields: Sequence[Field]) -> Row:
    """Draw the row with any values in a few of the fields."""
    given = draw(st.lists(st.sampled_from(fields), max_size=7, unique=True))
    return {**row, **{f.name: draw(values(f.kind)) for f in given}}


def account_rows(name: str = "physics", parent: str = "root") -> st.SearchStrategy[Row]:
    """Draw an account on cluster alps with any values of its own in a few fields."""
    fields = [f for f in SETTABLE if f.name != "Parent"]
    return _filled(account(name, parent), fields)


def user_associations(
    account_: str = "physics", user_: str = "alice", partition: str | None = None
) -> st.SearchStrategy[Row]:
    """Draw a user's association with any values of its own in a few fields."""
    return _filled(association(account_, user_, Partition=partition), OWN_LIMITS)


QOS_FIELDS = [f for f in QOS.fields if f.settable]


def qos_rows(name: str = "high") -> st.SearchStrategy[Row]:
    """Draw a QOS with any values in a few fields."""
    return _filled(qos(name), QOS_FIELDS)


@st.composite
def _touched(
    draw: st.DrawFn, row: Row, fields: Sequence[Field]
) -> tuple[Row, tuple[Assignment, ...]]:
    """Draw the row with values in a few fields, and assignments to some of the same fields."""
    chosen = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=7, unique=True))
    before = {**row, **{f.name: draw(values(f.kind)) for f in chosen}}
    return before, draw(assignments(chosen))


# --- planned changes ------------------------------------------------------------------------


@st.composite
def modifications(draw: st.DrawFn, fields: Sequence[Field] = SETTABLE) -> RowChange:
    """Draw a planned modify of an account below root that the planner has no error for."""
    movable = [f for f in fields if f.name != "Parent"]
    row, asked = draw(_touched(account("physics"), movable))
    outcome = only(associations.modify(ACCOUNT, alike([row], asked), [row], "alps"))
    assume(outcome.error is None)
    return outcome.change


@st.composite
def association_modifications(draw: st.DrawFn) -> RowChange:
    """Draw a planned modify of a user's association."""
    partition = draw(st.sampled_from([None, "gpu"]))
    row, asked = draw(_touched(association("physics", "alice", Partition=partition), OWN_LIMITS))
    outcome = only(associations.modify(ASSOCIATION, alike([row], asked), [row], "alps"))
    assume(outcome.error is None)
    return outcome.change


@st.composite
def qos_modifications(draw: st.DrawFn) -> RowChange:
    """Draw a planned modify of a QOS."""
    row, asked = draw(_touched(qos("slow"), QOS_FIELDS))
    outcome = only(qos_plans.modify(alike([row], asked)))
    assume(outcome.error is None)
    return outcome.change


@st.composite
def qos_additions(draw: st.DrawFn) -> RowChange:
    """Draw a planned add of a QOS."""
    outcome = only(qos_plans.add(dict.fromkeys(["slow"], draw(settings_of(QOS_FIELDS))), []))
    assume(outcome.error is None)
    return outcome.change


@st.composite
def account_changes(draw: st.DrawFn) -> RowChange:
    """Draw an add, a modify or a delete of the account physics."""
    action = draw(st.sampled_from(["add", "modify", "modify", "delete"]))
    if action == "modify":
        return draw(modifications())
    if action == "delete":
        clusters = draw(st.sampled_from([("alps",), ("alps", "jura")]))
        row = {**draw(account_rows()), "Clusters": clusters}
        return RowChange(ACCOUNT, "delete", "physics", row, None)
    fields = [f for f in ADDABLE if f.name != "Parent"]
    asked = draw(settings_of(fields))
    return only(
        accounts.add(dict.fromkeys(["physics"], asked), [account("root", None)], "alps")
    ).change


USERS, ACCOUNTS, PARTITIONS = ["alice", "bob", "carol"], ["art", "physics", "zoo"], ["gpu", "long"]
AVAILABLE: Sequence[Row] = [
    association("root", None),
    association("zoo", None, "root"),
    association("physics", None, "zoo"),
    association("art", None, "physics"),
]
"""The accounts' own rows of the changes to users that are drawn here."""


def some(of: Sequence[str], least: int = 1) -> st.SearchStrategy[list[str]]:
    """Draw a few of the words, each once."""
    return st.lists(st.sampled_from(of), min_size=least, unique=True)


@st.composite
def user_additions(draw: st.DrawFn) -> list[RowChange]:
    """Draw a planned add of users in accounts and partitions."""
    partitions = draw(st.just([None]) | some(PARTITIONS))
    level = list(draw(settings_of([USER["AdminLevel"], *OWN_LIMITS])))
    plan = user_plans.add(
        [UserAddition(draw(some(USERS)), draw(some(ACCOUNTS)), partitions, level)],
        [],
        AVAILABLE,
        "alps",
    )
    assume(all(outcome.error is None for outcome in plan))
    return [outcome.change for outcome in plan]


@st.composite
def members(draw: st.DrawFn) -> list[Row]:
    """Draw different associations of users."""
    partitions = st.sampled_from([None, *PARTITIONS])
    keys = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(USERS), partitions)
    found = draw(st.lists(keys, min_size=1, max_size=8, unique=True))
    return [association(a, u, Partition=p) for a, u, p in found]


@st.composite
def user_changes(draw: st.DrawFn) -> list[RowChange]:
    """Draw changes to users and their associations: adds, modifies or deletes."""
    what = draw(st.sampled_from(["add", "modify rows", "modify users", "delete rows", "delete"]))
    if what == "add":
        return draw(user_additions())
    if what == "modify rows":
        asked = draw(assignments(OWN_LIMITS))
        plan = associations.modify(ASSOCIATION, alike(draw(members()), asked), AVAILABLE, "alps")
        assume(all(outcome.error is None for outcome in plan))
        return [outcome.change for outcome in plan]
    if what == "modify users":
        users = [user(name, "art") for name in draw(some(USERS))]
        theirs = [association(a, str(u["User"])) for u in users for a in ("art", "zoo")]
        fields = [f for f in USER.fields if f.settable]
        asked = draw(assignments(fields))
        asked = tuple(a if a.field.name == "AdminLevel" else _to_zoo(a) for a in asked)
        plan = user_plans.modify_users(
            [UserModification(users, [], asked)], [*AVAILABLE, *theirs], "alps"
        )
        return [outcome.change for outcome in plan]
    if what == "delete rows":
        rows: Sequence[Row] = draw(members())
        return [RowChange(ASSOCIATION, "delete", f"row {n}", r, None) for n, r in enumerate(rows)]
    clusters = draw(st.sampled_from([("alps",), ("alps", "jura")]))
    everywhere = draw(yes_or_no)
    gone = [user(name, Clusters=clusters) for name in draw(some(USERS))]
    plan = user_plans.delete(gone, [], "alps", everywhere=everywhere)
    return [outcome.change for outcome in plan]


def _to_zoo(assignment: Assignment) -> Assignment:
    return Assignment(assignment.field, Operator.SET, "zoo")


@st.composite
def any_changes(draw: st.DrawFn) -> list[RowChange]:
    """Draw changes to objects of any noun, as one command has them."""
    what = draw(st.sampled_from(["account", "users", "qos modify", "qos add", "qos delete"]))
    if what == "account":
        return [draw(account_changes())]
    if what == "users":
        return draw(user_changes())
    if what == "qos delete":
        return [RowChange(QOS, "delete", "slow", draw(qos_rows("slow")), None)]
    return [draw(qos_additions() if what == "qos add" else qos_modifications())]
