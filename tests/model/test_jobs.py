"""Jobs: records of slurmctld and of slurmdbd as rows, and what their numbers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import JOB, job_ids
from slurmctl_rest.model.entities import job as job_rows
from slurmctl_rest.model.entities.job import PAST_JOB, STATE_CODES
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.text import nearest_first
from tests.support import nothing, only


def number(value: int | None) -> Json:
    return {"set": value is not None, "infinite": False, "number": value or 0}


UNLIMITED: Json = {"set": True, "infinite": True, "number": 0}

# slurmctld's record of a job, with all that is read of it and a little that is not.
RUNNING: Json = {
    "job_id": 7,
    "array_job_id": number(0),
    "array_task_id": number(None),
    "array_task_string": "",
    "het_job_id": number(0),
    "het_job_offset": number(0),
    "cluster": "alps",
    "name": "fit",
    "account": "physics",
    "user_name": "alice",
    "user_id": 2001,
    "partition": "gpu",
    "qos": "normal",
    "job_state": ["RUNNING"],
    "state_reason": "None",
    "submit_time": number(1_790_000_000),
    "start_time": number(1_790_000_060),
    "end_time": number(1_790_003_660),
    "time_limit": number(60),
    "tres_req_str": "cpu=2,mem=4000M,node=1,billing=2,gres/gpu=1",
    "tres_alloc_str": "cpu=2,mem=4G,node=1,billing=2,gres/gpu:a100=1",
    "nodes": "n[1-2]",
    "exit_code": {"return_code": number(0), "signal": {"id": number(None)}},
}
RUNNING_ROW: dict[str, Value] = {
    "JobID": "7",
    "JobIDRaw": 7,
    "JobName": "fit",
    "Account": "physics",
    "User": "alice",
    "Partition": "gpu",
    "QOS": "normal",
    "State": ("RUNNING",),
    "Reason": None,
    "Submit": 1_790_000_000,
    "Start": 1_790_000_060,
    "End": None,  # slurmctld tells when it has to end
    "Elapsed": None,
    "Timelimit": 60,
    "ReqTRES": {"cpu": 2, "mem": 4000, "node": 1, "billing": 2, "gres/gpu": 1},
    "AllocTRES": {"cpu": 2, "mem": 4096, "node": 1, "billing": 2, "gres/gpu:a100": 1},
    "NodeList": "n[1-2]",
    "ExitCode": None,
}

# slurmdbd's record of the same job, when it had failed.
FAILED: Json = {
    "job_id": 7,
    "array": {"job_id": 0, "task_id": number(None), "task": ""},
    "het": {"job_id": 0, "job_offset": number(None)},
    "cluster": "alps",
    "name": "fit",
    "account": "physics",
    "user": "alice",
    "partition": "gpu",
    "qos": "normal",
    "state": {"current": ["FAILED"], "reason": "NonZeroExitCode"},
    "time": {
        "submission": 1_790_000_000,
        "start": 1_790_000_060,
        "end": 1_790_000_160,
        "elapsed": 90,
        "limit": UNLIMITED,
    },
    "tres": {
        "requested": [
            {"type": "cpu", "name": "", "id": 1, "count": 2},
            {"type": "mem", "name": "", "id": 2, "count": 4000},
        ],
        "allocated": [
            {"type": "cpu", "name": "", "id": 1, "count": 2},
            {"type": "energy", "name": "", "id": 3, "count": -2},
            {"type": "gres", "name": "gpu:a100", "id": 1002, "count": 1},
            {"type": "fs", "name": "disk", "id": 6, "count": 0},
        ],
    },
    "nodes": "n1",
    "exit_code": {"return_code": number(3), "signal": {"id": number(9)}},
}
FAILED_ROW: dict[str, Value] = {
    **RUNNING_ROW,
    "State": ("FAILED",),
    "Reason": "NonZeroExitCode",
    "End": 1_790_000_160,
    "Elapsed": 90,
    "Timelimit": None,
    "ReqTRES": {"cpu": 2, "mem": 4000},
    "AllocTRES": {"cpu": 2, "gres/gpu:a100": 1},
    "NodeList": "n1",
    "ExitCode": "3:9",
}


def test_a_record_of_slurmctld_as_a_row() -> None:
    assert job_rows.of_slurmctld([RUNNING], "alps") == [RUNNING_ROW]
    assert list(RUNNING_ROW) == [f.name for f in JOB.fields]


def test_a_record_of_slurmdbd_as_a_row() -> None:
    assert job_rows.of_slurmdbd([FAILED]) == [FAILED_ROW]
    assert list(FAILED_ROW) == [f.name for f in PAST_JOB.fields]


@given(st.frozensets(st.integers(0, 200), min_size=1))
def test_the_bitmap_of_waiting_tasks_is_read(waiting: frozenset[int]) -> None:
    """slurmdbd's JSON has it in hexadecimal digits."""
    task = f"{sum(2**one for one in waiting):#X}".replace("X", "x") + "%2"
    (row,) = job_rows.of_slurmdbd([{"job_id": 5, "array": {"job_id": 5, "task": task}}])
    assert {one for part in job_ids.tasks(str(row["JobID"])) for one in part} == waiting


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", {}),
        ("cpu=2,mem=4000M,node=1", {"cpu": 2, "mem": 4000, "node": 1}),
        ("mem=1.50G", {"mem": 1536}),
        ("mem=512K", {"mem": 1}),
        ("mem=2P", {"mem": 2 * 1024**3}),
        ("mem=100", {"mem": 100}),
        ("bb/datawarp=200G,gres/gpumem=40K", {"bb/datawarp": 200 * 1024**3, "gres/gpumem": 40_960}),
    ],
)
def test_what_a_job_asked_for_is_read_with_every_unit(text: str, counts: dict[str, int]) -> None:
    assert JOB["ReqTRES"].load({"tres_req_str": text}) == counts


def test_a_bitmap_is_shown_as_a_list() -> None:
    (row,) = job_rows.of_slurmdbd([{"job_id": 5, "array": {"job_id": 5, "task": "0x27C"}}])
    assert row["JobID"] == "5_[2-6,9]"


def test_records_that_tell_nothing_but_a_number() -> None:
    bare = {**nothing(JOB), "JobID": "7", "JobIDRaw": 7}
    assert job_rows.of_slurmctld([{"job_id": 7}], "alps") == [bare]
    assert job_rows.of_slurmdbd([{"job_id": 7}]) == [bare]


CTLD: dict[str, tuple[Json, str, Value]] = {
    "a start that is planned": (
        {"job_state": ["PENDING"], "start_time": number(5)}, "Start", None,
    ),
    "a start of a job that is requeued": (
        {"job_state": ["PENDING", "REQUEUED"], "start_time": number(5)}, "Start", None,
    ),
    "a start that has been": (
        {"job_state": ["CANCELLED"], "start_time": number(5)}, "Start", 5,
    ),
    "no start": ({"job_state": ["CANCELLED"], "start_time": number(0)}, "Start", None),
    "a reason": ({"state_reason": "Priority"}, "Reason", "Priority"),
    "no reason": ({"state_reason": "None"}, "Reason", None),
    "no limit": ({"time_limit": UNLIMITED}, "Timelimit", None),
    "the partition's limit": ({"time_limit": number(None)}, "Timelimit", None),
    "several partitions": ({"partition": "gpu,long"}, "Partition", "gpu,long"),
    "nothing allocated": ({"tres_alloc_str": ""}, "AllocTRES", {}),
    "memory in a unit": ({"tres_req_str": "mem=3T"}, "ReqTRES", {"mem": 3 * 1024**2}),
    "two states": ({"job_state": ["RUNNING", "COMPLETING"]}, "State", ("COMPLETING", "RUNNING")),
    "a state of tomorrow": ({"job_state": ["BRAND_NEW"]}, "State", ("BRAND_NEW",)),
    "a name like no name": ({"name": "a|b\nc"}, "JobName", "a|b\nc"),
    "no nodes": ({"nodes": ""}, "NodeList", None),
}  # fmt: skip


@pytest.mark.parametrize(("other", "name", "value"), CTLD.values(), ids=CTLD)
def test_what_slurmctld_tells(other: Json, name: str, value: Value) -> None:
    found = only(job_rows.of_slurmctld([{**RUNNING, **other}], "alps"))
    state = tuple(sorted(other.get("job_state", RUNNING["job_state"])))
    assert found == {**RUNNING_ROW, "State": state, name: value}


DBD: dict[str, tuple[Json, str, Value]] = {
    "not over": ({"time": {"end": 0}}, "End", None),
    "never started": ({"time": {"start": 0}}, "Start", None),
    "no time": ({"time": {"elapsed": 0}}, "Elapsed", 0),
    "a limit": ({"time": {"limit": number(60)}}, "Timelimit", 60),
    "a good end": (
        {"exit_code": {"return_code": number(0), "signal": {"id": number(None)}}},
        "ExitCode", "0:0",
    ),
    "a good end, as older versions have it": (
        {"exit_code": {"return_code": 0, "signal": {"signal_id": 0, "name": ""}}},
        "ExitCode", "0:0",
    ),
    "a signal": (
        {"exit_code": {"return_code": number(0), "signal": {"id": number(15), "name": "TERM"}}},
        "ExitCode", "0:15",
    ),
    "no end": ({"exit_code": None}, "ExitCode", None),
    "no TRES": ({"tres": {"requested": None}}, "ReqTRES", {}),
    "energy that is not known": (
        {"tres": {"allocated": [{"type": "energy", "name": "", "id": 3, "count": -2}]}},
        "AllocTRES", {},
    ),
    "energy that is known": (
        {"tres": {"allocated": [{"type": "energy", "name": "", "id": 3, "count": 9}]}},
        "AllocTRES", {"energy": 9},
    ),
    "two states": (
        {"state": {"current": ["CANCELLED", "COMPLETING"]}}, "State", ("CANCELLED", "COMPLETING"),
    ),
}  # fmt: skip


# What sacct prints of the same job.
PRINTED: dict[str, str] = {
    "JobID": "7", "JobIDRaw": "7", "JobName": "fit", "Account": "physics", "User": "alice",
    "Partition": "gpu", "QOS": "normal", "State": "FAILED", "Reason": "NonZeroExitCode",
    "Submit": "1790000000", "Start": "1790000060", "End": "1790000160", "Elapsed": "00:01:30",
    "Timelimit": "UNLIMITED", "ReqTRES": "cpu=2,mem=4000M",
    "AllocTRES": "cpu=2,energy=18446744073709551614,fs/disk=0,gres/gpu:a100=1",
    "NodeList": "n1", "ExitCode": "3:9",
}  # fmt: skip
SACCT: dict[str, tuple[str, str, Value]] = {
    "not over": ("End", "Unknown", None),
    "never started": ("Start", "None", None),
    "never started, as slurmdbd has it": ("Start", "4294967294", None),
    "no time": ("Elapsed", "00:00:00", 0),
    "days": ("Elapsed", "2-01:00:01", 176_401),
    "a clock that went back": ("Elapsed", "INVALID", None),
    "a limit": ("Timelimit", "1-00:00:00", 1440),
    "the partition's limit": ("Timelimit", "Partition_Limit", None),
    "no TRES": ("AllocTRES", "", {}),
    "energy that is known": ("AllocTRES", "energy=9", {"energy": 9}),
    "no reason": ("Reason", "None", None),
    "no nodes": ("NodeList", "None assigned", None),
    "no account": ("Account", "", None),
    "any name": ("JobName", "a|b\nc", "a|b\nc"),
    "who cancelled it": ("State", "CANCELLED by 1000", ("CANCELLED",)),
    "begun anew": ("State", "REQUEUED", ("PENDING", "REQUEUED")),
    "resized": ("State", "RESIZING", ("PENDING", "RESIZING")),
    "waiting": ("State", "PENDING", ("PENDING",)),
    "a task": ("JobID", "12_3", "12_3"),
    "a part of a mixed job": ("JobID", "12+1", "12+1"),
    "waiting tasks": ("JobID", "12_[4,6-9]", "12_[4,6-9]"),
    "waiting tasks, not all at once": ("JobID", "12_[4,6-9%2]", "12_[4,6-9]"),
}


def test_what_sacct_prints_says_the_same_as_slurmdbds_record() -> None:
    assert {f.name: f.kind.read(PRINTED[f.name]) for f in PAST_JOB.fields} == FAILED_ROW
    assert list(PRINTED) == list(FAILED_ROW)


@pytest.mark.parametrize(("name", "text", "value"), SACCT.values(), ids=SACCT)
def test_what_sacct_prints(name: str, text: str, value: Value) -> None:
    assert PAST_JOB[name].kind.read(text) == value


@pytest.mark.parametrize(("other", "name", "value"), DBD.values(), ids=DBD)
def test_what_slurmdbd_tells(other: Json, name: str, value: Value) -> None:
    record = {
        **FAILED,
        **{k: {**FAILED[k], **v} if isinstance(v, dict) else v for k, v in other.items()},
    }
    assert only(job_rows.of_slurmdbd([record])) == {**FAILED_ROW, name: value}


# --- numbers

PLACES: dict[str, tuple[str, int, int, int | None, str, int, int | None]] = {
    # JobID, job_id, array, task, waiting tasks, mixed job, part of it
    "a job": ("7", 7, 0, None, "", 0, None),
    "a task": ("5_3", 9, 5, 3, "", 0, None),
    "task 0": ("5_0", 5, 5, 0, "", 0, None),
    "waiting tasks": ("5_[1-6]", 5, 5, None, "1-6", 0, None),
    "with a step": ("5_[1-9:2]", 5, 5, None, "1-9:2", 0, None),
    "so many at once": ("5_[1-6]", 5, 5, None, "1-6%2", 0, None),
    "cut off": ("5_[1,3,5,...]", 5, 5, None, "1,3,5,...", 0, None),
    "cut off, so many at once": ("5_[1,3,...]", 5, 5, None, "1,3,...%4", 0, None),
    "the first part": ("5+0", 5, 0, None, "", 5, 0),
    "another part": ("5+2", 7, 0, None, "", 5, 2),
}


@pytest.mark.parametrize(
    ("id_", "raw", "array", "task", "waiting", "mixed", "part"), PLACES.values(), ids=PLACES
)
def test_numbers(
    id_: str, raw: int, array: int, task: int | None, waiting: str, mixed: int, part: int | None
) -> None:
    """slurmctld and slurmdbd tell them in shapes of their own."""
    ctld = {
        "job_id": raw,
        "array_job_id": number(array),
        "array_task_id": number(task),
        "array_task_string": waiting,
        "het_job_id": number(mixed),
        "het_job_offset": number(part),
    }
    dbd = {
        "job_id": raw,
        "array": {"job_id": array, "task_id": number(task), "task": waiting},
        "het": {"job_id": mixed, "job_offset": number(part)},
    }
    for found in (job_rows.of_slurmctld([ctld], "alps"), job_rows.of_slurmdbd([dbd])):
        assert (only(found)["JobID"], only(found)["JobIDRaw"]) == (id_, raw)
    whole = job_ids.whole(id_)
    assert whole == str(array or mixed or raw)
    assert job_ids.is_cut(id_) is ("..." in waiting)


def test_jobs_of_siblings_of_a_federation_are_left_out() -> None:
    records = [
        {"job_id": one, "cluster": cluster}
        for one, cluster in enumerate(("alps", "jura", "", None))
    ]
    found = job_rows.of_slurmctld([*records, {"job_id": 9}], "alps")
    assert job_ids.ids(found) == ("0", "2", "3", "9")


def test_jobs_are_sorted_by_array_and_task_the_waiting_last() -> None:
    def of(raw: int, array: int = 0, task: int | None = None, waiting: str = "") -> Json:
        place = {"job_id": array, "task_id": number(task), "task": waiting}
        return {"job_id": raw, "array": place, "time": {"submission": 100 - raw}}

    runs = [{**of(8), "time": {"submission": at}} for at in (20, 10)]
    mixed = {"job_id": 12, "het": {"job_id": 11, "job_offset": number(1)}}
    records = [
        of(30), of(5, 5, None, "11-20"), of(9, 5, 10), of(7, 5, 2), mixed, *runs, of(4),
    ]  # fmt: skip
    rows = job_rows.of_slurmdbd(records)
    assert [(row["JobID"], row["Submit"]) for row in rows] == [
        ("4", 96), ("5_2", 93), ("5_10", 91), ("5_[11-20]", 95), ("8", 10), ("8", 20),
        ("11+1", None), ("30", 70),
    ]  # fmt: skip
    again = [{**of(8), "time": {"submission": 10, "start": at}} for at in (0, 40, 30)]
    assert [row["Start"] for row in job_rows.of_slurmdbd(again)] == [30, 40, None]
    bare = [{"job_id": one} for one in (10, 9, 100)]
    assert job_ids.ids(job_rows.of_slurmctld(bare, "alps")) == ("9", "10", "100")


@pytest.mark.parametrize(
    ("id_", "tasks"),
    [
        ("5", []),
        ("5+1", []),
        ("5_0", [0]),
        ("5_12", [12]),
        ("5_[1-4]", [1, 2, 3, 4]),
        ("5_[7]", [7]),
        ("5_[1-9:4]", [1, 5, 9]),
        ("5_[1-6:2,9]", [1, 3, 5, 9]),
        ("5_[1,3-4,9]", [1, 3, 4, 9]),
        ("5_[1,3,...]", [1, 3]),
    ],
)
def test_tasks(id_: str, tasks: list[int]) -> None:
    assert [task for part in job_ids.tasks(id_) for task in part] == tasks


@pytest.mark.parametrize(
    ("ids", "count"),
    [
        ((), 0),
        (("5",), 1),
        (("5", "5_3", "5+1"), 3),
        (("5_[1-100]",), 100),
        (("5_[1-9:2]", "6_[1,2]", "7"), 8),
        (("5_[0-4294967293]",), 4_294_967_294),
    ],
    ids=str,
)
def test_tasks_are_counted_without_being_listed(ids: tuple[str, ...], count: int) -> None:
    assert job_ids.tasks_in(ids) == count


task_sets = st.frozensets(st.integers(0, 40), min_size=1)


@given(task_sets)
def test_a_list_of_tasks_comes_back(tasks: frozenset[int]) -> None:
    id_ = f"5_[{','.join(map(str, sorted(tasks)))}]"
    assert {task for part in job_ids.tasks(id_) for task in part} == tasks
    assert job_ids.tasks_in([id_]) == len(tasks)


# --- states


@pytest.mark.parametrize(
    ("states", "active", "there"),
    [
        (("RUNNING",), True, True),
        (("PENDING",), True, True),
        (("SUSPENDED",), True, True),
        (("PENDING", "REQUEUED"), True, True),
        (("COMPLETING", "RUNNING"), True, True),
        (("CANCELLED", "COMPLETING"), False, True),
        (("CANCELLED",), False, False),
        (("COMPLETED",), False, False),
        ((), True, True),
    ],
    ids=str,
)
def test_jobs_that_are_active_and_those_that_are_there(
    states: tuple[str, ...], active: bool, there: bool
) -> None:
    row = {**nothing(JOB), "State": states}
    assert (job_rows.is_active(row), job_rows.is_there(row)) == (active, there)


def test_what_is_over() -> None:
    """All states are one or the other: a new one of Slurm's has to be thought about."""
    assert set(STATE_CODES) - job_rows.ENDED == {
        "COMPLETING", "CONFIGURING", "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD",
        "RESIZING", "REVOKED", "RUNNING", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED",
        "SUSPENDED",
    }  # fmt: skip
    assert set(STATE_CODES) >= job_rows.ENDED


# --- what people write


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(("State", word, ("PENDING",)) for word in ("pending", "PENDING", "pd", " Pd ")),
        *(("State", code, (state,)) for state, code in STATE_CODES.items()),
        *(("JobID", word, word.strip()) for word in ("12", "12_3", "12_0", "12+1", " 12 ")),
        ("JobID", "9999999999_999999999", "9999999999_999999999"),
        ("JobID", "12_[4-9]", "12_[4-9]"),
        ("JobID", " 12_[4-9%2] ", "12_[4-9]"),
        ("JobID", "12_[7]", "12_7"),
        ("JobID", "12_[0-6:2,9,10]", "12_[0,2,4,6,9-10]"),
        ("JobID", "12_[4,5,6,4]", "12_[4-6]"),
        ("JobID", "12_[1,3,5,...]", "12_[1,3,5,...]"),  # cut off
        ("JobID", "12_[1,3,...%4]", "12_[1,3,...]"),
        ("JobID", "12_[1,3-6...]", "12_[1,3-6...]"),
        ("JobID", "12_[1,3-...]", "12_[1,3-...]"),
        ("JobID", "12_[4000000]", "12_4000000"),
        ("JobName", "a b|c", "a b|c"),
        ("Partition", "GPU", "gpu"),
        ("Partition", "", None),
        ("Account", "Physics", "physics"),
    ],
)
def test_words_of_conditions(name: str, text: str, value: Value) -> None:
    assert JOB[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        *(
            (
                "JobID", text,
                f"JobID: '{shown}' is not the number of a job: write 12, 12_3, 12_[4-9] or 12+1",
            )
            for text, shown in (
                ("0", "0"), ("012", "012"), ("", ""), ("12_", "12_"),
                ("12_[]", "12_[]"), ("12_[3-1]", "12_[3-1]"),
                ("12_[1-3", "12_[1-3"), ("12_[1-]", "12_[1-]"), ("12_[1-3:0]", "12_[1-3:0]"),
                ("12_[4000001]", "12_[4000001]"), ("12+[1-3]", "12+[1-3]"),
                ("12_[...]", "12_[...]"),
                ("12_1.x", "12_1.x"), ("-1", "-1"), ("1\n2", "1\\n2"),
                ("12345678901", "12345678901"), ("٣", "٣"), ("12_1234567890", "12_1234567890"),
            )
        ),
        ("State", "run", f"State: 'RUN' is not one of {nearest_first('run', [*STATE_CODES])}"),
        ("State", "", f"State: '' is not one of {nearest_first('', [*STATE_CODES])}"),
    ],
)  # fmt: skip
def test_words_that_are_none(name: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        JOB[name].parse(text)
    assert refused.value.message == message
