"""What goes with a deletion, what stands in its way, and who is left without."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning import accounts, active_jobs, associations, tree
from slurmctl_rest.planning.steps import deletion_steps
from tests.strategies import AVAILABLE, members
from tests.support import account, association, job, only, user

OWN = association("physics", None, "science", QosLevel=("high", "normal"))
TOP = association("root", None, QosLevel=("normal",))
ALICE = association("physics", "alice", QosLevel=("high",))
BOB = association("physics", "bob", Partition="gpu", MaxJobs=3)
ROWS: Sequence[Row] = [TOP, association("science", None, "root"), OWN, ALICE, BOB]


def names_of(plan: list[Outcome]) -> list[tuple[str, str, str]]:
    """Return name, cause and error's class of each outcome."""
    return [
        (o.change.name, o.change.cascade_of, type(o.error).__name__ if o.error else "")
        for o in plan
    ]


ART = association("art", None, "root")
ALICE_IN_ART = association("art", "alice")


@pytest.mark.parametrize(
    ("rows", "others", "planned"),
    [
        ([ALICE], [ALICE_IN_ART], [("alice in physics", "", "")]),
        ([ALICE], [], [("alice in physics", "", "Conflict")]),
        ([ALICE, ALICE_IN_ART], [ALICE_IN_ART], [
            ("alice in physics", "", "Conflict"), ("alice in art", "", "Conflict"),
        ]),
        ([ALICE], [association("physics", "alice", Partition="gpu")], [
            ("alice in physics", "", ""),
        ]),
        ([OWN], [], [
            ("physics", "", ""), ("alice in physics", "physics", ""),
            ("bob in physics (gpu)", "physics", ""),
        ]),
        ([OWN, ALICE_IN_ART], [ALICE_IN_ART], [
            ("physics", "", ""), ("alice in physics", "physics", ""),
            ("bob in physics (gpu)", "physics", ""), ("alice in art", "", "Conflict"),
        ]),
        ([TOP], [], [("root", "", "Refused")]),
        ([ROWS[1]], [], [
            ("science", "", ""), ("physics", "science", ""), ("alice in physics", "science", ""),
            ("bob in physics (gpu)", "science", ""),
        ]),
    ],
    ids=["one of two", "the last", "both", "another partition stays", "an account's own",
         "an account's own and the last besides", "root", "all below"],
)  # fmt: skip
def test_delete(
    rows: Sequence[Row], others: Sequence[Row], planned: list[tuple[str, str, str]]
) -> None:
    assert names_of(associations.delete(rows, [*ROWS, *others], "alps")) == planned


def test_the_last_association_says_what_would_remove_it() -> None:
    error = only(associations.delete([ALICE], ROWS, "alps")).error
    assert error is not None
    assert (error.message, error.hint) == (
        "association 'alice in physics': user 'alice' has no other account on cluster 'alps' to "
        "become the default account",
        "to delete the user: slurmctl-rest user delete alice, or repeat with --last",
    )


def test_an_association_that_stands_for_the_default_account_stays() -> None:
    """Slurm refuses to take it, where all others are in the same account and stand for nothing."""
    default = association("physics", "alice", Default=True)
    in_gpu = association("physics", "alice", Partition="gpu")
    error = only(associations.delete([default], [default, in_gpu], "alps")).error
    assert isinstance(error, Conflict)
    assert (error.message, error.hint) == (
        "association 'alice in physics': it is in the default account of user 'alice', who "
        "has no other account on cluster 'alps'",
        "add the user to another account first: slurmctl-rest user add alice account=ACCOUNT",
    )
    for other in ({**in_gpu, "Default": True}, ALICE_IN_ART):
        assert only(associations.delete([default], [default, other], "alps")).error is None
    assert only(associations.delete([in_gpu], [default, in_gpu], "alps")).error is None


def test_what_a_deletion_is() -> None:
    plan = associations.delete([TOP, ROWS[1], ALICE_IN_ART], [*ROWS, ALICE_IN_ART], "alps")
    assert {o.change.action for o in plan} == {"delete"}
    assert [o.change.before for o in plan] == [TOP, ROWS[1], OWN, ALICE, BOB, ALICE_IN_ART]
    assert all(o.change.after is None for o in plan)
    error = plan[0].error
    assert error is not None
    assert (error.message, error.hint) == (
        "account 'root' is never deleted", "it is above all accounts",
    )  # fmt: skip


def test_an_own_row_takes_all_below_be_it_named_too_or_not() -> None:
    for rows in ([ROWS[1]], [ROWS[1], OWN, ALICE]):
        plan = associations.delete(rows, [*ROWS, ALICE_IN_ART], "alps")
        assert names_of(plan) == [
            ("science", "", ""),
            ("physics", "science", ""),
            ("alice in physics", "science", ""),
            ("bob in physics (gpu)", "science", ""),
        ]
        assert plan[0].change.companions == (OWN,)


def test_the_highest_of_own_rows_goes_whatever_is_named_first() -> None:
    plan = associations.delete([OWN, ROWS[1]], ROWS, "alps")
    assert names_of(plan) == [
        ("science", "", ""),
        ("physics", "science", ""),
        ("alice in physics", "science", ""),
        ("bob in physics (gpu)", "science", ""),
    ]


@given(rows=members(), data=st.data())
def test_a_row_goes_once_or_stays(rows: Sequence[Row], data: st.DataObject) -> None:
    """And no user is left without, but for those whose account's own row goes."""
    everything = [*AVAILABLE, *rows]
    chosen = data.draw(st.lists(st.sampled_from(everything), min_size=1, unique_by=association_key))
    plan = associations.delete(chosen, everything, "alps")
    gone = [association_key(o.change.before or {}) for o in plan if o.error is None]
    assert len(gone) == len({*gone})
    named = {association_key(row) for row in chosen}
    own = [str(row["Account"]) for row in chosen if not row["User"] and row["Account"] != "root"]
    doomed = tree.below(own, AVAILABLE, "alps")
    assert {*gone} == {
        association_key(row)
        for row in everything
        if row["Account"] in doomed
        or (row["User"] and association_key(row) in named and _stays(row, everything, named))
    }


def _stays(row: Row, everything: Sequence[Row], named: set[AssociationKey]) -> bool:
    return any(r["User"] == row["User"] and association_key(r) not in named for r in everything)


# --- default accounts


def going(*rows: Row) -> list[Outcome]:
    """Return the plan in which these rows go with an account."""
    return [associations.implied(row, "x", "alps") for row in rows]


DEFAULT = association("physics", "alice", Default=True)
IN_GPU = association("physics", "alice", Default=True, Partition="gpu")
IN_ZOO = association("zoo", "alice")
ZOO_GPU = association("zoo", "alice", Partition="gpu")
ELSEWHERE = association("art", "alice", Cluster="jura")


@pytest.mark.parametrize(
    ("goes", "stays", "switched"),
    [
        ([DEFAULT], [IN_ZOO, ALICE_IN_ART], ("physics", "art", ["art"])),
        ([DEFAULT, IN_GPU], [IN_ZOO, ZOO_GPU], ("physics", "zoo", ["zoo", "zoo"])),
        ([DEFAULT], [], None),
        ([DEFAULT], [ELSEWHERE], None),
        ([IN_ZOO], [DEFAULT], None),
        ([IN_GPU], [DEFAULT], None),
    ],
    ids=[
        "the first other",
        "all rows of it",
        "no other",
        "another cluster",
        "not the default",
        "another row of the same account",
    ],
)
def test_default_accounts_are_switched_before_they_go(
    goes: Sequence[Row], stays: Sequence[Row], switched: tuple[str, str, list[str]] | None
) -> None:
    plan = going(*goes)
    found, detours = associations.with_default_accounts(plan, [*goes, *stays])
    assert detours == []
    assert found[-len(plan) :] == plan
    assert {o.change.action for o in plan} == {"delete"}
    if switched is None:
        assert found == plan
        return
    before, after, companions = switched
    change = found[0].change
    assert (change.entity, change.action, change.name) == (USER, "modify", "alice")
    assert change.before == {"User": "alice", "Cluster": "alps", "DefaultAccount": before}
    assert change.after == {"User": "alice", "Cluster": "alps", "DefaultAccount": after}
    assert [row["Account"] for row in change.companions] == companions
    assert len(found) == len(plan) + 1


def test_a_user_who_goes_needs_no_default_account() -> None:
    plan = [Outcome(RowChange(USER, "delete", "alice", user("alice"), None)), *going(DEFAULT)]
    assert associations.with_default_accounts(plan, [DEFAULT, IN_ZOO]) == (plan, [])
    assert associations.left_without(plan, [DEFAULT], "alps") == []


def test_a_failed_removal_switches_nothing() -> None:
    plan = [Outcome(one.change, Conflict("no")) for one in going(DEFAULT)]
    assert associations.with_default_accounts(plan, [DEFAULT, IN_ZOO]) == (plan, [])
    assert associations.left_without(plan, [DEFAULT], "alps") == []


def test_a_default_account_that_stays_is_another_one_only_meanwhile() -> None:
    """Slurm refuses to delete one of its associations as it refuses the last."""
    stays = {**IN_GPU, "Default": True}
    plan = going(DEFAULT)
    found, [detour] = associations.with_default_accounts(plan, [DEFAULT, stays, IN_ZOO])
    assert found == [Outcome(detour.whole), *plan]
    assert (detour.whole.fields, detour.whole.needs_write) == ({}, False)
    switches = [(one.fields, one.companions) for one in (detour.there, detour.back)]
    assert switches == [
        ({"DefaultAccount": ("physics", "zoo")}, (IN_ZOO,)),
        ({"DefaultAccount": ("zoo", "physics")}, (stays,)),
    ]
    [there, deletion, back] = deletion_steps(found, [detour])
    assert [part for part, _ in (*there, *deletion, *back)] == [
        *(detour.there, plan[0].change, detour.back),
    ]


def test_who_is_left_without() -> None:
    bob = [association("physics", "bob", Default=True), association("art", "bob")]
    rows = [DEFAULT, IN_GPU, *bob, ELSEWHERE]
    plan = going(DEFAULT, IN_GPU, bob[0])
    assert associations.left_without(plan, rows, "alps") == ["alice"]
    assert associations.left_without(going(DEFAULT), rows, "alps") == []
    assert associations.left_without([], rows, "alps") == []


@given(rows=members(), data=st.data())
def test_whoever_loses_the_default_gets_another_or_is_left_without(
    rows: Sequence[Row], data: st.DataObject
) -> None:
    rows = [{**row, "Default": row["Account"] == _first(row, rows)} for row in rows]
    doomed = {row["Account"] for row in data.draw(st.lists(st.sampled_from(rows), min_size=1))}
    goes = [row for row in rows if row["Account"] in doomed]
    found, _ = associations.with_default_accounts(going(*goes), rows)
    switches = {
        o.change.name: (o.change.after or {})["DefaultAccount"]
        for o in found
        if o.change.entity is USER
    }
    left = associations.left_without(found, rows, "alps")
    for name in {str(row["User"]) for row in rows}:
        mine = [row for row in rows if row["User"] == name]
        kept = {row["Account"] for row in mine} - doomed
        lost_default = any(row["Default"] and row["Account"] in doomed for row in mine)
        assert (name in left) is not bool(kept)
        assert (name in switches) is (lost_default and bool(kept))
        assert name not in switches or switches[name] in kept


def _first(row: Row, rows: Sequence[Row]) -> object:
    return min(str(r["Account"]) for r in rows if r["User"] == row["User"])


# --- jobs


@pytest.mark.parametrize(
    ("goes", "stays", "held"),
    [
        ([ALICE], [], [1, 2]),
        ([IN_GPU], [ALICE], [1]),
        ([ALICE], [IN_GPU], [2]),
        ([ALICE, IN_GPU], [], [1, 2]),
        ([IN_GPU], [], [1]),
        ([IN_ZOO], [ALICE], []),
        ([OWN], [ALICE], []),
    ],
    ids=["for all partitions", "of the partition alone", "of all others", "both",
         "the only one", "another account", "the account's own"],
)  # fmt: skip
def test_a_job_holds_the_association_of_its_partition_or_that_for_all(
    goes: Sequence[Row], stays: Sequence[Row], held: list[int]
) -> None:
    jobs = [job(1, "physics", "alice", "gpu"), job(2, "physics", "alice", "batch"),
            job(3, "physics", "bob", "gpu"), job(4, "art", "alice", "gpu")]  # fmt: skip
    found = active_jobs.held_jobs(jobs, goes, [*goes, *stays])
    assert [one["JobIDRaw"] for one in found] == held


@pytest.mark.parametrize(
    ("partitions", "held"), [("gpu,long", True), ("long,batch", False), ("batch,gpu", True)]
)
def test_a_pending_job_may_name_several_partitions(partitions: str, held: bool) -> None:
    jobs = [job(1, "physics", "alice", partitions, "PENDING")]
    found = active_jobs.held_jobs(jobs, [IN_GPU], [IN_GPU, ALICE])
    assert bool(found) is held


def test_active_jobs_are_a_conflict_of_what_they_hold() -> None:
    jobs = [job(number, "physics", "alice") for number in range(1, 23)]
    jobs.append(job(99, "physics", "bob", "gpu"))
    plan = [
        *associations.delete([OWN], ROWS, "alps"),
        Outcome(RowChange(ASSOCIATION, "delete", "art", ART, None)),
    ]
    found = active_jobs.blocked_by_jobs(plan, jobs, ROWS)
    assert names_of(found) == [("physics", "", "Conflict"), ("art", "", "")]
    error = found[0].error
    assert error is not None
    assert (error.message, error.hint) == (
        "association 'physics': 23 jobs are active: "
        f"{', '.join(map(str, range(1, 11)))} and 13 more",
        "use --cancel-jobs to cancel them first, or wait until they end",
    )


UNKNOWN = "slurmctld does not know the user of"


@pytest.mark.parametrize(
    ("plan", "said", "kept"),
    [
        (
            associations.delete([ALICE], [*ROWS, IN_ZOO], "alps"),
            f"association 'alice in physics': 2 jobs are active: 7, 8; {UNKNOWN} 8",
            [8],
        ),
        (
            associations.delete([BOB], [*ROWS, association("art", "bob")], "alps"),
            f"association 'bob in physics (gpu)': 1 job is active: 8; {UNKNOWN} 8",
            [8],
        ),
        (
            associations.delete([OWN], ROWS, "alps"),
            "association 'physics': 2 jobs are active: 7, 8",
            [],
        ),
        (associations.delete([ALICE_IN_ART], [ALICE_IN_ART, ALICE], "alps"), "", []),
    ],
    ids=["a user's", "another's", "the account's own", "in another account"],
)  # fmt: skip
def test_a_job_whose_user_nobody_knows_any_more_may_be_anybodys_in_its_account(
    plan: list[Outcome], said: str, kept: list[int]
) -> None:
    """It is in the way of all of them, and cancelled only where they all go."""
    jobs = [job(7, "physics", "alice"), {**job(8, "physics", ""), "User": None}]
    held = active_jobs.held_jobs(jobs, associations.lost_associations(plan), [*ROWS, ALICE_IN_ART])
    assert [one["JobIDRaw"] for one in active_jobs.of_nobody(held, plan)] == kept
    error = active_jobs.blocked_by_jobs(plan, jobs, [*ROWS, ALICE_IN_ART])[0].error
    assert (error.message if error else "") == said


def test_jobs_of_nobody_go_with_an_account_that_goes() -> None:
    """Not with its user, nor with what is refused, or only modified."""
    nobodys = {**job(8, "physics", ""), "User": None}
    jobs = [job(7, "physics", "alice"), nobodys]
    there = account("physics")

    def kept(*plan: Outcome) -> list[Row]:
        return active_jobs.of_nobody(jobs, plan)

    gone = RowChange(ACCOUNT, "delete", "physics", there, None)
    assert kept(Outcome(gone)) == []
    assert kept(Outcome(gone, Conflict("no"))) == [nobodys]
    assert kept(Outcome(RowChange(ACCOUNT, "modify", "physics", there, there))) == [nobodys]
    assert kept(Outcome(RowChange(USER, "delete", "physics", user("physics"), None))) == [nobodys]
    assert kept(*associations.delete([OWN], ROWS, "alps")) == []
    assert kept(Outcome(gone), *associations.delete([ART], [ART], "alps")) == []
    assert kept() == [nobodys]


@pytest.mark.parametrize(("count", "more"), [(10, ""), (11, " and 1 more"), (20, " and 10 more")])
def test_ten_jobs_are_shown(count: int, more: str) -> None:
    jobs = [job(number, "physics", "alice") for number in range(1, count + 1)]
    plan = associations.delete([OWN], ROWS, "alps")
    error = only(active_jobs.blocked_by_jobs(plan, jobs, ROWS)).error
    assert error is not None
    assert error.message == (
        f"association 'physics': {count} jobs are active: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10{more}"
    )


def test_the_remedy_where_a_job_may_be_anybodys() -> None:
    plan = associations.delete([ALICE], [*ROWS, IN_ZOO], "alps")
    jobs = [{**job(8, "physics", ""), "User": None}]
    error = active_jobs.blocked_by_jobs(plan, jobs, ROWS)[0].error
    assert error is not None
    assert error.hint == ("cancel them with `slurmctl-rest jobs cancel`, or wait until they end")


def test_one_job_is_one() -> None:
    plan = associations.delete([ALICE], [*ROWS, IN_ZOO], "alps")
    error = only(active_jobs.blocked_by_jobs(plan, [job(7, "physics", "alice")], ROWS)).error
    assert error is not None
    assert error.message == "association 'alice in physics': 1 job is active: 7"


def test_without_jobs_nothing_is_in_the_way() -> None:
    plan = associations.delete([OWN], ROWS, "alps")
    assert active_jobs.blocked_by_jobs(plan, [], ROWS) == plan
    failed = [Outcome(plan[0].change, Conflict("no"))]
    assert active_jobs.blocked_by_jobs(failed, [job(1, "physics", "alice")], ROWS) == failed


# --- a parent that is refused, and its child that is not


PBA = association("pba", None, "root")
PBC = association("pbc", None, "pba")
PBD = association("pbd", None, "pbc")
PBE = association("pbe", None, "pba")
ALICE_IN_PBA = association("pba", "alice", Default=True)
BOB_IN_PBC = association("pbc", "bob", Default=True)
BOB_IN_PBB = association("pbb", "bob")
ALICE_IN_PBD = association("pbd", "alice")
BRANCH: Sequence[Row] = [PBA, PBC, PBD, PBE, ALICE_IN_PBA, BOB_IN_PBC, ALICE_IN_PBD]
EVERY: Sequence[Row] = [TOP, association("pbb", None, "root"), BOB_IN_PBB, *BRANCH]


def of_accounts(*names: str) -> list[Outcome]:
    """Return the plan in which these accounts go."""
    parents = {str(row["Account"]): str(row["Parent"]) for row in EVERY if not row["User"]}
    rows = [account(name, parents[name]) for name in names]
    return accounts.delete(rows, BRANCH, EVERY, "alps")


def of_own_rows(*names: str) -> list[Outcome]:
    """Return the plan in which all associations of these accounts go."""
    rows = [row for row in EVERY if row["Account"] in names]
    return associations.delete(rows, EVERY, "alps")


CONFLICT = "Conflict"
UNDER_PBC = [("bob in pbc", "pbc", ""), ("pbd", "pbc", ""), ("alice in pbd", "pbc", "")]
UNDER_PBD = [("alice in pbd", "pbd", "")]


@pytest.mark.parametrize("planned", [of_accounts, of_own_rows])
@pytest.mark.parametrize(
    ("names", "where", "left"),
    [
        (["pba"], ["pba"], [("pba", "", CONFLICT)]),
        (["pba"], ["pbd"], [("pba", "", CONFLICT)]),
        (["pba", "pbc"], ["pba"], [("pba", "", CONFLICT), ("pbc", "", ""), *UNDER_PBC]),
        (["pbc", "pba"], ["pba"], [("pba", "", CONFLICT), ("pbc", "", ""), *UNDER_PBC]),
        (["pba", "pbc"], ["pbd"], [("pba", "", CONFLICT), ("pbc", "", CONFLICT)]),
        (["pba", "pbd"], ["pba"], [("pba", "", CONFLICT), ("pbd", "", ""), *UNDER_PBD]),
        (["pba", "pbc", "pbd"], ["pba", "pbc"], [
            ("pba", "", CONFLICT), ("pbc", "", CONFLICT), ("pbd", "", ""), *UNDER_PBD,
        ]),
        (["pba", "pbc", "pbd"], ["pbd"], [
            ("pba", "", CONFLICT), ("pbc", "", CONFLICT), ("pbd", "", CONFLICT),
        ]),
    ],
)  # fmt: skip
def test_what_goes_with_a_child_stays_in_the_plan_where_its_parent_is_refused(
    planned: Callable[..., list[Outcome]],
    names: Sequence[str],
    where: Sequence[str],
    left: list[tuple[str, str, str]],
) -> None:
    users = {"pba": "alice", "pbc": "bob", "pbd": "alice"}
    jobs = [job(number, name, users[name]) for number, name in enumerate(where, 1)]
    found = active_jobs.blocked_by_jobs(planned(*names), jobs, EVERY)
    assert sorted(names_of(found)) == sorted(left)
    asked = [o.change for o in found if o.change.name in names]
    assert [change.needs_write for change in asked] == [True] * len(names)


@pytest.mark.parametrize("planned", [of_accounts, of_own_rows])
def test_a_child_whose_parent_is_refused_is_deleted_as_if_it_were_named_alone(
    planned: Callable[..., list[Outcome]],
) -> None:
    """With what its request names besides, and with the switch of default accounts."""
    jobs = [job(1, "pba", "alice")]
    found = active_jobs.blocked_by_jobs(planned("pba", "pbc"), jobs, EVERY)
    alone = planned("pbc")
    assert [o.change for o in found if o.error is None] == [o.change for o in alone]
    assert associations.lost_associations(found) == associations.lost_associations(alone)
    assert (
        associations.with_default_accounts(found, EVERY)[0][0]
        == (associations.with_default_accounts(alone, EVERY)[0][0])
    )


def test_what_goes_on_another_cluster_stays_with_the_child_too() -> None:
    far = association("pbc", "carol", Cluster="jura")
    rows = [account("pba", "root"), account("pbc", "pba")]
    plan = accounts.delete(rows, [*BRANCH, far], EVERY, "alps", everywhere=True)
    found = associations.with_errors(plan, {"pba": Conflict("no")})
    assert ("carol in pbc on jura", "pbc", "") in names_of(found)
