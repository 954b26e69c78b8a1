"""`modify job` in sacctmgr's words."""

from __future__ import annotations

import time

import pytest

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr import jobs
from slurmctl_rest.sacctmgr.decided import Decided
from slurmctl_rest.sacctmgr.reply import Refused

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
    asked = jobs.read(line.split(), NEW)
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
        (
            "1 set TRES=cpu=2",
            NEW,
            "",
            "sacctmgr: error: TRES of a job is not possible over REST (a profile with "
            'execution_mode = "cli" runs the real sacctmgr)\n',
        ),
        (
            "set comment=z",
            NEW,
            "",
            "sacctmgr: error: jobs are modified by JobID over REST (a profile with "
            'execution_mode = "cli" runs the real sacctmgr)\n',
        ),
    ],
)
def test_what_is_refused(line: str, release: str, out: str, err: str) -> None:
    with pytest.raises(Refused) as refused:
        jobs.read(line.split(), release)
    reply = refused.value.reply
    assert (reply.stdout, reply.stderr, reply.code) == (out, err, 1)


def test_the_latest_run_of_each_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    runs: list[Row] = [
        {"JobIDRaw": 2, "Submit": 90000},
        {"JobIDRaw": 1, "Submit": 60},
        {"JobIDRaw": 1, "Submit": 0},
    ]
    asked = jobs.read(["jobid=2,1,9", "set", "comment=x"], NEW)
    decided, found = jobs.decide(asked, runs, NEW)
    assert decided == Decided(
        " Modified jobs...\n"
        "  1 submitted at 1970-01-01T00:01:00\n"
        "  2 submitted at 1970-01-02T01:00:00\n"
    )
    assert found == [runs[1], runs[0]]


def test_no_such_job() -> None:
    asked = jobs.read(["jobid=9", "set", "comment=x"], NEW)
    said = " Error with request: Data has not changed since time specified\n"
    assert jobs.decide(asked, [], NEW) == (Decided(" Modified jobs...\n", (), said, 1), [])
    old = f"sacctmgr: error: Request didn't affect anything\n{said}"
    assert jobs.decide(asked, [], OLD) == (Decided("", (), old, 1), [])
