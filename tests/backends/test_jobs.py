"""Jobs over both executors: the same rows, the same words about those that are not signalled."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import httpx
import pytest

from slurmctl_rest.backends.commands import argv, complaints
from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.query import CancelRequest, History, another_cluster
from slurmctl_rest.backends.rest import responses
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import (
    NotAuthenticated,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.rights import CANCELLING
from slurmctl_rest.model.times import Window
from tests.fakes import (
    Sacctmgr,
    Seen,
    Slurmrestd,
    job_status,
    json_answer,
    plain,
    scancel_says,
    world,
)
from tests.support import account, cli_profile, job, rest_profile

pytestmark = pytest.mark.usefixtures("token")

NOW: Sequence[Row] = [
    job(3, "physics", "bob", state="COMPLETED", Submit=10, Start=20),
    job("5_2", "optics", "bob", JobIDRaw=6, Submit=10, Start=20, Timelimit=60, NodeList="n1",
        ReqTRES={"cpu": 2, "mem": 4096}, AllocTRES={"cpu": 4}, JobName="fit", QOS="high"),
    job("5_[3-9]", "optics", "bob", state="PENDING", Reason="Priority", Submit=10),
    job("8+0", "physics", "alice", JobIDRaw=8, Submit=11, Start=12),
    job("8+1", "physics", "alice", "gpu", JobIDRaw=9, Submit=11, Start=12),
    job(12, "science", "x", None, "PENDING", Submit=13),
]  # fmt: skip
PAST: Sequence[Row] = [
    job(3, "physics", "bob", state="NODE_FAIL", Submit=100, Start=110, End=120, Elapsed=10,
        ExitCode="0:0", NodeList="n1"),
    job(3, "physics", "bob", state="COMPLETED", Submit=200, Start=210, End=250, Elapsed=40,
        ExitCode="0:0", ReqTRES={"cpu": 2, "mem": 4000}, NodeList="n1"),
    job("5_2", "optics", "bob", JobIDRaw=6, Submit=300, Start=310, Elapsed=5, Timelimit=60,
        NodeList="n2"),
]  # fmt: skip
WORLD = world([account("root", None)], jobs=NOW, past=PAST)

Make = Callable[..., Backend]


def rest(**fake: Json) -> RestBackend:
    return RestBackend(rest_profile(), httpx.MockTransport(Slurmrestd(WORLD, **fake)))


def cli(**fake: Json) -> CommandsBackend:
    return CommandsBackend(cli_profile(), Sacctmgr(WORLD, **fake))


both = pytest.mark.parametrize("make", [rest, cli])


@both
def test_jobs(make: Make) -> None:
    one = make()
    assert one.jobs() == NOW
    assert one.jobs(["physics", "nosuch"]) == [NOW[0], NOW[3], NOW[4]]
    assert one.jobs(["nosuch"]) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (History("alps", Window(0, 400)), PAST),
        (History("alps", Window(250, 260)), [PAST[1]]),
        (History("alps", Window(121, 200)), []),
        (History("alps", Window(0, 400), ("optics", "art")), [PAST[2]]),
        (History("alps", ids=("3",)), PAST[:2]),
        (History("alps", ids=("5", "3", "99")), PAST),
        (History("alps", ids=("5", "6", "3", "5")), PAST),  # 6 is the task's own number
        (History("jura", Window(0, 400)), []),
    ],
    ids=str,
)
@both
def test_history(make: Make, query: History, found: Sequence[Row]) -> None:
    assert make().history(query) == found


def test_jobs_of_other_clusters_that_slurmdbd_knows_by_the_same_number_are_left_out() -> None:
    """`GET job/3` has no condition for the cluster."""
    assert rest().history(History("jura", ids=("3",))) == []


@both
def test_cancel_runs_what_cancelling_shows(make: Make) -> None:
    one = make()
    kill = CancelRequest(("3", "5_[3-9]", "12"))
    shown = one.preview_cancel(kill)
    assert one.log == []
    assert one.cancel(kill) == {}
    assert list(one.log) == shown
    states = {str(row["JobID"]): row["State"] for row in one.jobs()}
    assert states == {
        "3": ("CANCELLED",), "5_2": ("RUNNING",), "5_[3-9]": ("CANCELLED",), "8+0": ("RUNNING",),
        "8+1": ("RUNNING",), "12": ("CANCELLED",),
    }  # fmt: skip


@both
def test_a_signal_ends_nothing(make: Make) -> None:
    one = make()
    assert one.cancel(CancelRequest(("5_2",), "USR1", "full")) == {}
    assert one.jobs() == NOW


# --- what is said of jobs that are not signalled


def judged_by_number(*status: Json) -> dict[str, SlurmctlError]:
    return responses.failed_jobs({"status": list(status)})


def judged_by_words(*lines: str) -> dict[str, SlurmctlError]:
    line = argv.cancel_jobs(CancelRequest(("5",)))[0]
    return complaints.failed_jobs(line, Finished(0, "", "".join(lines)))


REFUSED: dict[int, tuple[type[SlurmctlError], str] | None] = {
    2002: (PermissionDenied, "permission denied"),
    2017: None,
    2020: (SlurmRefused, "Job can not be altered now, try again later"),
    2021: None,
}


@pytest.mark.parametrize("number", REFUSED)
@pytest.mark.parametrize("id_", ["7", "5_[60-70]", "8+1"])
def test_what_is_a_failure_and_what_is_none(number: int, id_: str) -> None:
    """The same over both executors; a job that has ended, or is gone, is none."""
    status, line = job_status(id_, number), scancel_says(id_, number)
    for found in (judged_by_number(status), judged_by_words(line)):
        expected = REFUSED[number]
        if expected is None:
            assert found == {}
            continue
        ((name, error),) = found.items()
        assert (name, type(error), error.message) == (
            id_, expected[0], f"job '{id_}': {expected[1]}",
        )  # fmt: skip
        assert error.said in status["error"]["string"]
    assert {error.slurm_errno for error in judged_by_number(status).values()} <= {number}


# Both as they were recorded.
STATUS: Json = {
    "error": {
        "string": "Access/permission denied",
        "code": 2002,
        "message": "Access/permission denied",
    },
    "step_id": "5_[60-70]",
    "job_id": {"set": True, "infinite": False, "number": 5},
    "federation": {"sibling": ""},
}
STDERR = "scancel: error: Kill job error on job id 5_[60-70]: Access/permission denied\n"


def test_the_recorded_shapes() -> None:
    for found in (judged_by_number(STATUS), judged_by_words(STDERR)):
        assert [(id_, error.message, error.said) for id_, error in found.items()] == [
            ("5_[60-70]", "job '5_[60-70]': permission denied", "Access/permission denied")
        ]
    assert job_status("5_[60-70]", 2002) == STATUS
    assert scancel_says("5_[60-70]", 2002) == STDERR


def test_each_job_has_its_own_error() -> None:
    told = [("5", 2002), ("6", 2021), ("7_1", 2020), ("8", 0)]
    by_number = judged_by_number(*(job_status(*one) for one in told))
    by_words = judged_by_words(*(scancel_says(*one) for one in told if one[1]))
    for found in (by_number, by_words):
        assert {id_: type(error) for id_, error in found.items()} == {
            "5": PermissionDenied, "7_1": SlurmRefused,
        }  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"status": []},
        {"status": [{"step_id": "5", "error": {"code": 0, "string": "No error"}}]},
    ],
    ids=str,
)
def test_answers_without_failures(document: Json) -> None:
    assert responses.failed_jobs(document) == {}


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (None, "null"),
        (["odd"], '"odd"'),
        ([{"step_id": "5"}], '{"step_id": "5"}'),
        ([{"step_id": "5", "error": None}], '{"step_id": "5", "error": null}'),
        ([{"step_id": "5", "error": {"code": "0"}}], '{"step_id": "5", "error": {"code": "0"}}'),
        ([{"step_id": 5, "error": {"code": 0}}], '{"step_id": 5, "error": {"code": 0}}'),
    ],
    ids=str,
)
def test_answers_that_do_not_tell_what_became_of_the_jobs(status: Json, shown: str) -> None:
    with pytest.raises(Unanswered) as refused:
        responses.failed_jobs({"status": status})
    assert (refused.value.message, refused.value.hint, refused.value.http_status) == (
        f"slurmrestd does not report the outcome for the jobs: its 'status' is {shown}",
        "check them before you repeat: slurmctl-rest jobs list",
        200,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"string": "one", "message": "two"}, "one"),
        ({"message": "two"}, "two"),
        ({"string": "", "message": "two"}, "two"),
    ],
)
def test_the_words_of_an_error(words: Json, said: str) -> None:
    (error,) = judged_by_number({"step_id": "5", "error": {"code": 9999, **words}}).values()
    assert error.message == f"job '5': {said}"


def test_the_status_is_shown_where_it_is_no_list() -> None:
    with pytest.raises(Unanswered, match=r"the outcome for the jobs: its 'status' is 5$"):
        responses.failed_jobs({"status": 5})


def test_what_is_needed_to_cancel_the_jobs_of_others() -> None:
    errors = judged_by_number(
        {"step_id": "5", "error": {"code": 2002}}, {"step_id": "6", "error": {"code": 2066}}
    )
    assert [error.hint for error in errors.values()] == [CANCELLING, "add it first"]


def test_an_error_without_words_is_one_all_the_same() -> None:
    (error,) = judged_by_number({"step_id": "5", "error": {"code": 9999}}).values()
    assert (type(error), error.message, error.slurm_errno) == (
        SlurmRefused, "job '5': no description", 9999,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("finished", "error", "message"),
    [
        (Finished(0, "", ""), None, ""),
        (Finished(0, "", "scancel: warning: something\n"), None, ""),
        (Finished(1, "", scancel_says("5", 2021)), None, ""),
        (
            Finished(1, "", "scancel: error: Unable to contact slurm controller (connect failure)"),
            Unreachable, "scancel 5: slurmctld does not answer",
        ),
        (
            Finished(1, "", "scancel: error: Invalid signal: FOO\n"), SlurmRefused,
            "scancel 5: scancel: error: Invalid signal: FOO",
        ),
    ],
    ids=["good", "warning", "too late", "no slurmctld", "bad signal"],
)  # fmt: skip
def test_an_exit_code_of_scancel_counts_where_no_job_is_named(
    finished: Finished, error: type[SlurmctlError] | None, message: str
) -> None:
    line = argv.cancel_jobs(CancelRequest(("5",)))[0]
    if error is None:
        assert complaints.failed_jobs(line, finished) == {}
        return
    with pytest.raises(SlurmctlError) as refused:
        complaints.failed_jobs(line, finished)
    assert type(refused.value) is error
    assert refused.value.message == message


def test_errors_of_all_commands_come_together() -> None:
    """Where the numbers do not fit into one command."""
    ids = tuple(map(str, range(1, 5003)))
    one = cli(answer=lambda words: Finished(0, "", scancel_says(words[2], 2002)))
    assert list(one.cancel(CancelRequest(ids))) == ["1", "5001"]


# --- slurmctld that is down, or another's


def test_slurmctld_of_another_cluster_is_none_of_ours() -> None:
    assert another_cluster("alps", "alps") is None
    assert another_cluster("", "alps") is None
    error = another_cluster("jura", "alps")
    assert error is not None
    assert (error.message, error.hint) == (
        "jobs of cluster 'alps' are not to be had here: slurmctld is that of 'jura'",
        "use a profile that leads to alps",
    )


ELSEWHERE: Json = {"meta": {"slurm": {"release": "24.11.5", "cluster": "jura"}}, "jobs": []}


@pytest.mark.parametrize(
    "one",
    [
        lambda: rest(answer=lambda _: json_answer(200, ELSEWHERE)),
        lambda: cli(answer=lambda _: Finished(0, httpx.Response(200, json=ELSEWHERE).text, "")),
    ],
    ids=["rest", "cli"],
)
def test_jobs_of_another_cluster_are_refused(one: Callable[[], Backend]) -> None:
    with pytest.raises(Unsupported, match="slurmctld is that of 'jura'"):
        one().jobs()


def error_answer(seen: Seen) -> httpx.Response:
    del seen
    return json_answer(500, {"errors": [{"error_number": 1, "error": "Unspecified error"}]})


def test_slurmctld_that_is_down() -> None:
    """slurmrestd has no number of its own for that."""
    with pytest.raises(Unreachable) as lost:
        rest(answer=error_answer).jobs()
    assert (lost.value.message, lost.value.hint, lost.value.retryable) == (
        "GET /slurm/v0.0.43/jobs/: Unspecified error", "check that slurmctld is up", True,
    )  # fmt: skip
    said = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"
    with pytest.raises(Unreachable) as lost:
        cli(answer=lambda _: Finished(1, "", said)).jobs()
    assert lost.value.message == "squeue: slurmctld does not answer"
    with pytest.raises(NotAuthenticated):
        rest(answer=lambda _: plain(401, "text/plain", b"no")).jobs()
    with pytest.raises(SlurmRefused) as foreign:  # which says nothing of slurmctld
        rest(answer=lambda _: plain(200, "text/html", b"<html>")).jobs()
    assert foreign.value.retryable is False


STATES = [
    ("7", ["RUNNING"]),
    ("8", ["CANCELLED", "COMPLETING"]),
    ("9", ["CANCELLED"]),
    ("10", ["COMPLETED"]),
    ("70_1", ["PENDING"]),
    ("70_2", ["PENDING"]),
    ("5+1", ["PENDING"]),
]


@pytest.mark.parametrize(
    ("ids", "over"),
    [(["7"], False), (["8"], False), (["9"], True), (["9", "10", "11"], True), (["9", "7"], False)],
)
def test_states_tell_whether_jobs_are_over(ids: list[str], over: bool) -> None:
    """One that still clears up, or whose state squeue tells by halves, is looked at."""
    jobs = [{"job_id": id_, "state": states} for id_, states in STATES]
    lines = [f"{id_.split('_')[0].split('+')[0]}|{states[-1]}|\n" for id_, states in STATES]
    assert rest(answer=lambda _: json_answer(200, {"jobs": jobs})).are_over(ids) is over
    assert (
        cli(answer=lambda _: Finished(0, "".join(["JOBID|STATE|\n", *lines]), "")).are_over(ids)
        is over
    )


def test_states_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(SlurmRefused, match="'state' is missing"):
        rest(answer=lambda _: json_answer(200, {"jobs": [{"job_id": "7"}]})).are_over(["7"])
    with pytest.raises(
        SlurmRefused, match=re.escape("squeue printed '7|' instead of a job's number|state|")
    ):
        cli(answer=lambda _: Finished(0, "JOBID|STATE|\n9|PENDING|\n7|\n", "")).are_over(["7"])
    with pytest.raises(Unreachable):
        rest(answer=error_answer).are_over(["7"])
    with pytest.raises(Unreachable):
        cli(
            answer=lambda _: Finished(
                1, "", "slurm_load_jobs error: Unable to contact slurm controller"
            )
        ).are_over(["7"])
