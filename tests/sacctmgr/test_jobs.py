"""`modify job` in sacctmgr's words."""

from __future__ import annotations

import time

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr import jobs
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import LineRefused

OLD, NEW = "24.11.5", "26.05.5"


@pytest.mark.parametrize(
    ("line", "ids", "body"),
    [
        ("jobid=1 set Comment='A'", ["1"], {"comment": {"job": "A"}}),
        ("where j=2,1.0 jobid=2 set adminComment=x SystemComment=y",
         ["2", "1"], {"comment": {"administrator": "x", "system": "y"}}),
        ("set extra=e newwckey=w where job=3", ["3"], {"extra": "e", "wckey": "w"}),
        ("7 set DerivedES=3", ["7"],
         {"derived_exit_code": {"return_code": {"set": True, "infinite": False, "number": 3}}}),
    ],
)  # fmt: skip
def test_words(line: str, ids: list[str], body: Json) -> None:
    asked = jobs.read_jobs(line.split(), old=False)
    assert (asked.ids, asked.body) == (ids, body)


@pytest.mark.parametrize(
    ("line", "release", "out", "err"),
    [
        ("jobid=1", NEW, "", " You didn't give me anything to set\n"),
        (
            "jobid=1 set com=z",
            NEW,
            " Unknown option: com=z\n Use keyword 'where' to modify condition\n",
            "",
        ),
        (
            "jobid=1 set com=z",
            OLD,
            " Unknown option: com=z\n Use keyword 'where' to modify condition\n",
            " You didn't give me anything to set\n",
        ),
        (
            "1 set comment=z",
            OLD,
            "",
            " Unknown condition: 1\n Use keyword 'set' to modify value\n",
        ),
        (
            "jobid=1 set comment=z foo",
            NEW,
            "",
            " Bad format on foo: End your option with an '=' sign\n",
        ),
        ("jobid=x set comment=z", NEW, "", "sacctmgr: fatal: Bad job/step specified: x\n"),
    ],
)
def test_what_is_refused(line: str, release: str, out: str, err: str) -> None:
    with pytest.raises(LineRefused) as refused:
        jobs.read_jobs(line.split(), old=release == OLD)
    reply = refused.value.reply
    assert (reply.stdout, reply.stderr, reply.code) == (out, err, 1)


def test_tres_of_jobs_are_refused_by_name_where_sacctmgr_knows_them() -> None:
    with pytest.raises(Unsupported, match="TRES of a job is not possible over REST"):
        jobs.read_jobs(["1", "set", "TRES=cpu=2"], old=False)
    with pytest.raises(LineRefused) as refused:
        jobs.read_jobs(["jobid=1", "set", "TRES=cpu=2"], old=True)
    assert refused.value.reply.stdout.startswith(" Unknown option: TRES=cpu=2\n")


def test_the_latest_run_of_each_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    runs: list[Row] = [
        {"JobIDRaw": 2, "Submit": 90000},
        {"JobIDRaw": 1, "Submit": 60},
        {"JobIDRaw": 1, "Submit": 0},
    ]
    asked = jobs.read_jobs(["jobid=2,1,9", "set", "comment=x"], old=False)
    decided, found = jobs.modify_jobs(asked, runs, old=False)
    assert decided == WritePlan(
        " Modified jobs...\n"
        "  1 submitted at 1970-01-01T00:01:00\n"
        "  2 submitted at 1970-01-02T01:00:00\n"
    )
    assert found == [runs[1], runs[0]]


def test_no_such_job() -> None:
    asked = jobs.read_jobs(["jobid=9", "set", "comment=x"], old=False)
    said = " Error with request: Data has not changed since time specified\n"
    assert jobs.modify_jobs(asked, [], old=False) == (
        WritePlan(" Modified jobs...\n", failed=said, code=1),
        [],
    )
    old = f"sacctmgr: error: Request didn't affect anything\n{said}"
    assert jobs.modify_jobs(asked, [], old=True) == (WritePlan("", failed=old, code=1), [])


def test_jobs_that_rest_does_not_find() -> None:
    with pytest.raises(Unsupported, match="modified by JobID"):
        jobs.read_jobs(["set", "comment=z"], old=False)
    with pytest.raises(Unsupported, match="jobs by Users"):
        jobs.read_jobs(["users=alice", "set", "comment=z"], old=False)
