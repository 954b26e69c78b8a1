"""Which jobs are meant, and what cancelling them comes to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import NotFound, Refused, Unsupported
from slurmctl_rest.model.change import Action, Outcome, RowChange
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.syntax import Selection, parse_select
from slurmctl_rest.planning import jobs as plans
from tests.support import job, only

CUT = "12_[1,3,5,...]"
JOBS: Sequence[Row] = [
    job(5, "physics", "alice", "gpu", QOS="high", JobName="Fit"),
    job("7_1", "physics", "bob", JobIDRaw=8),
    job("7_2", "physics", "bob", JobIDRaw=9, state="RUNNING,COMPLETING"),
    job("7_[3-6]", "physics", "bob", state="PENDING"),
    job("10+0", "art", "carol", JobIDRaw=10),
    job("10+1", "art", "carol", "gpu", JobIDRaw=11),
    job("12_2", "art", "alice", JobIDRaw=13),
    job(CUT, "art", "alice", state="PENDING"),
]


def selected(text: str) -> Selection:
    return parse_select(JOB, text.split()).selection


def ids(jobs: Sequence[Row]) -> list[str]:
    return [str(one["JobID"]) for one in jobs]


def named(plan: Sequence[Outcome]) -> list[tuple[str, str]]:
    """Return the number and the error's class of each outcome."""
    return [(o.change.name, type(o.error).__name__ if o.error else "") for o in plan]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("5", ["5"]),
        ("5,99", ["5"]),
        ("id=5", ["5"]),
        ("7", ["7_1", "7_2", "7_[3-6]"]),
        ("7_2", ["7_2"]),
        ("7_4", ["7_4"]),
        ("7_2,7_4,7_6,7_9", ["7_2", "7_4", "7_6"]),
        ("7,7_4", ["7_1", "7_2", "7_[3-6]"]),
        ("8", ["7_1"]),
        ("10", ["10+0", "10+1"]),
        ("10+1", ["10+1"]),
        ("11", ["10+1"]),
        ("10_1", []),
        ("12", ["12_2", CUT]),
        ("12_2", ["12_2"]),
        ("12_2 state=pending", []),
        ("12_7", ["12_7"]),
        ("1", []),
        ("account=physics", ["5", "7_1", "7_2", "7_[3-6]"]),
        ("account=PHYSICS user=Alice", ["5"]),
        ("partition=GPU", ["5", "10+1"]),
        ("qos=High", ["5"]),
        ("qos=", ["7_1", "7_2", "7_[3-6]", "10+0", "10+1", "12_2", CUT]),
        ("name=Fit", ["5"]),
        ("name=fit", []),
        ("state=pending", ["7_[3-6]", CUT]),
        ("state=pd,cg", ["7_2", "7_[3-6]", CUT]),
        ("7 state=running", ["7_1", "7_2"]),
        ("7_4 state=running", []),
        ("account=art user=alice,carol partition=gpu", ["10+1"]),
        ("", ["5", "7_1", "7_2", "7_[3-6]", "10+0", "10+1", "12_2", CUT]),
    ],
)
def test_chosen(words: str, chosen: list[str]) -> None:
    assert ids(plans.chosen(JOBS, selected(words))) == chosen


def test_conditions_match_what_slurm_spells_in_its_own_way() -> None:
    jobs = [job(1, "Physics", "Alice", "GPU", QOS="High")]
    assert plans.chosen(jobs, selected("account=physics user=alice partition=gpu qos=high")) == jobs


def test_each_run_of_a_job_is_chosen() -> None:
    runs = [job(5, "physics", "alice", state=one) for one in ("NODE_FAIL", "COMPLETED")]
    assert plans.chosen(runs, selected("5")) == runs
    assert plans.chosen(runs, selected("5 state=completed")) == runs[1:]


@pytest.mark.parametrize("id_", ["7_3", "7_[3-6]", "7_[3,5,...]"])
def test_a_number_of_its_own_is_not_that_of_an_array(id_: str) -> None:
    """20_3 is a task of array 20, whatever has 20 for its own number."""
    jobs = [job(id_, "physics", "bob", JobIDRaw=20)]
    assert plans.chosen(jobs, selected("20_3")) == []
    assert plans.same(jobs, ["20_3"]) == []
    assert plans.chosen(jobs, selected("20")) == jobs


def test_a_part_of_waiting_tasks_is_a_job_of_its_own() -> None:
    (part,) = plans.chosen(JOBS, selected("7_4"))
    assert part == {**JOBS[3], "JobID": "7_4"}


@pytest.mark.parametrize(
    ("names", "none"),
    [
        ("5,7_2,7_4,8,10,10+1,12_99", []),
        ("6,7_9,10+2,5_1,12", ["6", "7_9", "10+2", "5_1"]),
    ],
)
def test_unmatched(names: str, none: list[str]) -> None:
    assert plans.unmatched(JOBS, names.split(",")) == none
    assert plans.unmatched([], names.split(",")) == names.split(",")


@pytest.mark.parametrize(
    ("names", "same"),
    [
        (["5", "5"], ["5"]),
        (["7_4"], ["7_[3-6]"]),
        (["7_[3-4]", "7_[5-6]"], ["7_[3-6]"]),
        (["7_[6-9]", "7_1"], ["7_1", "7_[3-6]"]),
        (["7_[7-9]"], []),
        (["12_7"], []),
        (["12_3"], [CUT]),
        (["12_2"], ["12_2"]),
        (["12_[8,9,...]"], [CUT]),
        (["10+0"], ["10+0"]),
        ([], []),
    ],
)
def test_same(names: list[str], same: list[str]) -> None:
    assert ids(plans.same(JOBS, names)) == same


# --- plans


OVER = [job(3, "physics", "bob", state="COMPLETED"), job("7_0", "physics", "bob", state="FAILED")]


@pytest.mark.parametrize(
    ("words", "action", "plan"),
    [
        ("5,7_4", "cancel", [("5", ""), ("7_4", "")]),
        ("3", "cancel", [("3", "")]),
        ("3,99", "cancel", [("3", ""), ("99", "NotFound")]),
        ("5 account=art", "cancel", [("5", "NotFound")]),
        ("7,7_0", "cancel", [("7_1", ""), ("7_2", ""), ("7_[3-6]", ""), ("7_0", "")]),
        ("account=nosuch", "cancel", []),
        ("12", "cancel", [("12_2", ""), (CUT, "")]),
        ("user=alice", "cancel", [("5", ""), ("12_2", ""), (CUT, "")]),
        ("state=pending", "cancel", [("7_[3-6]", ""), (CUT, "Unsupported")]),
        ("state=pending", "signal", []),
        ("account=physics", "signal", [("5", ""), ("7_1", ""), ("7_2", "")]),
        ("7_4", "signal", [("7_4", "")]),
    ],
)
def test_cancel(words: str, action: Action, plan: list[tuple[str, str]]) -> None:
    found = plans.plan_cancel(JOBS, OVER, selected(words), action)
    assert named(found) == plan
    assert {o.change.action for o in found} <= {action}


def test_what_has_ended_is_no_change() -> None:
    outcome = only(plans.plan_cancel(JOBS, OVER, selected("3"), "cancel"))
    assert outcome == Outcome(RowChange(JOB, "cancel", "3", None, None))
    assert not outcome.change.changes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("99", "job '99' is unknown to Slurm"),
        ("7_9", "job '7_9' is unknown to Slurm"),
        ("5 account=art", "job '5' does not meet the conditions"),
    ],
)
def test_what_is_not_there(words: str, message: str) -> None:
    error = only(plans.plan_cancel(JOBS, OVER, selected(words), "cancel")).error
    assert isinstance(error, NotFound)
    assert (error.message, error.hint) == (message, "slurmctl-rest jobs list shows the active jobs")


UNKNOWN, UNMET = "is unknown to Slurm", "does not meet the conditions"


@pytest.mark.parametrize(
    ("words", "over", "plan"),
    [
        ("7_[2-9]", ["7_8", "7_9"], {"7_2": "", "7_[3-6]": "", "7_7": UNKNOWN, "7_[8-9]": ""}),
        ("7_[7-9]", ["7_[7-9]"], {"7_[7-9]": ""}),
        ("7_[7-9]", ["7_[7-8]"], {"7_[7-8]": "", "7_9": UNKNOWN}),
        ("7_[7-9]", [], {"7_[7-9]": UNKNOWN}),
        ("7_[3-9] user=alice", ["7_9"], {"7_[3-6]": UNMET, "7_9": "", "7_[7-8]": UNKNOWN}),
        ("20,5,19_[1-2],18", ["19_1"],
         {"5": "", "20": UNKNOWN, "19_1": "", "19_2": UNKNOWN, "18": UNKNOWN}),
    ],
)  # fmt: skip
def test_of_several_tasks_each_has_its_own_end(
    words: str, over: list[str], plan: dict[str, str]
) -> None:
    """Some are active, some are over, and some never were."""
    ended = [job(id_, "physics", "bob", state="COMPLETED") for id_ in over]
    found = plans.plan_cancel(JOBS, ended, selected(words), "cancel")
    told = {o.change.name: str(o.error) if o.error else "" for o in found}
    assert told == {name: f"job '{name}' {why}" if why else "" for name, why in plan.items()}


def test_those_that_are_not_there_come_in_the_order_of_their_names() -> None:
    found = plans.plan_cancel(JOBS, [], selected("30,5,20,25"), "cancel")
    assert [o.change.name for o in found] == ["5", "30", "20", "25"]


def test_a_job_that_runs_again_has_not_ended() -> None:
    before = [job(5, "physics", "alice", state="NODE_FAIL")]
    assert named(plans.plan_cancel(JOBS, before, selected("5 account=art"), "cancel")) == [
        ("5", "NotFound")
    ]


def test_waiting_tasks_that_slurm_does_not_tell_go_with_their_array_alone() -> None:
    """Without all of the array, what else would go could not be said."""
    error = plans.plan_cancel(JOBS, [], selected("state=pending"), "cancel")[-1].error
    assert isinstance(error, Unsupported)
    assert (error.message, error.hint) == (
        f"job '{CUT}': Slurm does not list all of its tasks, and you selected only a part of "
        "the array",
        "name the array (12) to cancel all of it",
    )
    alone = [one for one in JOBS if one["JobID"] != "12_2"]
    assert named(plans.plan_cancel(alone, [], selected("state=pending user=alice"), "cancel")) == [
        (CUT, "")
    ]


def changes(*names: str) -> list[RowChange]:
    return [RowChange(JOB, "cancel", name, job(name, "physics", "bob"), None) for name in names]


@pytest.mark.parametrize(
    ("names", "told", "count"),
    [
        ((), (), 0),
        (("5", "7_4", "10+1"), ("5", "7_4", "10+1"), 3),
        (("7_1", "7_[3-6]"), ("7_1", "7_[3-6]"), 5),
        (("12_2", CUT), ("12_2", "12"), None),
        ((CUT, "12_[9,...]"), ("12",), None),
    ],
    ids=str,
)
def test_what_slurm_is_told(
    names: tuple[str, ...], told: tuple[str, ...], count: int | None
) -> None:
    assert plans.ids_to_send(changes(*names)) == told
    assert plans.counted(changes(*names)) == count


@pytest.mark.parametrize(
    ("name", "raw", "answered"),
    [
        ("5", 5, ("5", "5")),
        ("7_1", 8, ("7_1", "8")),
        ("10+1", 11, ("10+1", "11")),
        (CUT, 12, ("12", "12")),
    ],
)
def test_how_slurm_may_speak_of_a_job(name: str, raw: int, answered: tuple[str, ...]) -> None:
    change = RowChange(JOB, "cancel", name, job(name, "a", "b", JobIDRaw=raw), None)
    assert plans.ids_answered(change) == answered


@pytest.mark.parametrize(("count", "most"), [(5, None), (None, None), (5, 5), (0, 0), (5, 6)])
def test_numbers_that_are_allowed(count: int | None, most: int | None) -> None:
    plans.guard_number(count, most, "cancel")


@pytest.mark.parametrize(
    ("count", "most", "action", "message", "hint"),
    [
        (
            5, 4, "cancel", "this would cancel 5 jobs, but --max-jobs allows 4",
            "name fewer jobs, or raise --max-jobs",
        ),
        (
            1, 0, "signal", "this would signal 1 job, but --max-jobs allows 0",
            "name fewer jobs, or raise --max-jobs",
        ),
        (
            None, 99, "cancel",
            "could not count the jobs: Slurm does not list all tasks of a waiting array",
            "omit --max-jobs",
        ),
    ],
)  # fmt: skip
def test_numbers_that_are_refused(
    count: int | None, most: int, action: Action, message: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        plans.guard_number(count, most, action)
    assert (refused.value.message, refused.value.hint) == (message, hint)


# --- laws, over jobs of which a model knows each single task


@st.composite
def some_jobs(draw: st.DrawFn) -> list[tuple[Row, frozenset[tuple[int, str]]]]:
    """Draw jobs, each with all that it is: (number, task); no two of them share any."""
    found: list[tuple[Row, frozenset[tuple[int, str]]]] = []
    numbers = draw(st.lists(st.integers(1, 12).map(lambda n: n * 10), max_size=4, unique=True))
    for number in numbers:
        what = draw(st.sampled_from(["job", "array", "mixed"]))
        account = draw(st.sampled_from(["physics", "art"]))
        if what == "job":
            found.append((job(number, account, "alice"), frozenset({(number, "")})))
        elif what == "mixed":
            found += [
                (
                    job(f"{number}+{part}", account, "alice", JobIDRaw=number + part),
                    frozenset({(number, f"+{part}")}),
                )
                for part in range(draw(st.integers(1, 3)))
            ]
        else:
            tasks = sorted(draw(st.frozensets(st.integers(0, 9), min_size=1)))
            started = draw(st.integers(0, len(tasks)))
            found += [
                (
                    job(f"{number}_{task}", account, "alice", JobIDRaw=number + 1 + at),
                    frozenset({(number, f"_{task}")}),
                )
                for at, task in enumerate(tasks[:started])
            ]
            if waiting := tasks[started:]:
                text = f"{number}_[{','.join(map(str, waiting))}]"
                row = job(text, account, "alice", state="PENDING")
                found.append((row, frozenset((number, f"_{task}") for task in waiting)))
    return found


names_of_jobs = st.builds(
    "{}{}".format,
    st.integers(1, 12).map(lambda n: n * 10),
    st.just("") | st.integers(0, 9).map("_{}".format) | st.integers(0, 3).map("+{}".format),
)


def meant_by(
    name: str, drawn: Sequence[tuple[Row, frozenset[tuple[int, str]]]]
) -> set[tuple[int, str]]:
    """Return all that a name means, by the model: a whole job, or one task or part of it."""
    number, _, _ = name.replace("+", "_").partition("_")
    behind = name.removeprefix(number)
    return {
        one for _, all_ in drawn for one in all_ if one[0] == int(number) and behind in {"", one[1]}
    }


def all_of(id_: str) -> set[tuple[int, str]]:
    """Return all that a number says, by the model."""
    number, bracket, tasks = id_.partition("_[")
    if bracket:
        return {(int(number), f"_{task}") for task in tasks.rstrip("]").split(",")}
    number = id_.replace("+", "_").partition("_")[0]
    return {(int(number), id_.removeprefix(number))}


@given(drawn=some_jobs(), names=st.lists(names_of_jobs, min_size=1, max_size=4, unique=True))
def test_what_is_chosen_is_all_that_is_named_and_nothing_else(
    drawn: list[tuple[Row, frozenset[tuple[int, str]]]], names: list[str]
) -> None:
    jobs = [row for row, _ in drawn]
    meant = {name: meant_by(name, drawn) for name in names}
    chosen = plans.chosen(jobs, Selection(names=tuple(names)))
    parts = [one for row in chosen for one in sorted(all_of(str(row["JobID"])))]
    assert sorted(parts) == sorted(set().union(*meant.values()))  # each once
    assert plans.unmatched(jobs, names) == [name for name in names if not meant[name]]
    assert {str(row["JobID"]) for row in plans.same(jobs, names)} == {
        str(row["JobID"]) for row, all_ in drawn if any(all_ & one for one in meant.values())
    }


@given(
    drawn=some_jobs(),
    names=st.lists(names_of_jobs, max_size=3, unique=True),
    account=st.sampled_from([(), ("physics",), ("PHYSICS", "art")]),
    action=st.sampled_from(["cancel", "signal"]),
)
def test_nothing_but_what_is_meant_is_ever_told(
    drawn: list[tuple[Row, frozenset[tuple[int, str]]]],
    names: list[str],
    account: tuple[str, ...],
    action: Action,
) -> None:
    jobs = [row for row, _ in drawn]
    selection = Selection(tuple(names), {"Account": account} if account else {})
    plan = plans.plan_cancel(jobs, [], selection, action)
    needed = [o.change for o in plan if o.error is None and o.change.changes]
    told = [one for id_ in plans.ids_to_send(needed) for one in all_of(id_)]
    accounts = {one.lower() for one in account}
    allowed = {
        one
        for row, all_ in drawn
        for one in all_
        if (not accounts or row["Account"] in accounts)
        and (names or action == "cancel" or row["State"] != ("PENDING",))
        and (not names or any(one in meant_by(name, drawn) for name in names))
    }
    assert sorted(told) == sorted(allowed)
    assert plans.counted(needed) == len(told)
