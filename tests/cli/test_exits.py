"""Exit codes, and how an error is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from slurmctl_rest import errors
from slurmctl_rest.cli.exits import Exit, exit_of, report_error
from slurmctl_rest.errors import SlurmctlError


def everything(kind: type[SlurmctlError] = SlurmctlError) -> Iterator[type[SlurmctlError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from everything(below)


CODES = {
    "SlurmctlError": (1, "error"),
    "SlurmRefused": (1, "slurm_refused"),
    "UsageError": (2, "usage"),
    "ConfigError": (2, "configuration"),
    "NotFound": (3, "not_found"),
    "Conflict": (4, "conflict"),
    "Changed": (4, "changed_under_us"),
    "PermissionDenied": (5, "permission_denied"),
    "NotAuthenticated": (5, "not_authenticated"),
    "Unreachable": (6, "unreachable"),
    "Unanswered": (6, "unanswered"),
    "PartlyDone": (7, "partly_done"),
    "OverThreshold": (8, "over_threshold"),
    "Refused": (9, "refused"),
    "Unsupported": (10, "unsupported"),
    "Interrupted": (130, "interrupted"),
}


@pytest.mark.parametrize("kind", list(everything()), ids=lambda kind: kind.__name__)
def test_the_exit_and_the_word_of_every_error(kind: type[SlurmctlError]) -> None:
    assert (int(exit_of(kind("x"))), kind.code) == CODES[kind.__name__]
    assert kind.__name__ in str(errors.__doc__).split()


def test_the_contract_s_codes() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "CONFLICT": 4,
        "PERMISSION": 5,
        "UNREACHABLE": 6,
        "PARTLY": 7,
        "DIFFERS": 8,
        "REFUSED": 9,
        "UNSUPPORTED": 10,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.NotFound("account 'a' is not"), "slurmctl-rest: account 'a' is not\n"),
        (errors.NotFound("no", "add it"), "slurmctl-rest: no (add it)\n"),
        (errors.NotFound("a\nb\x1b", "c\r"), "slurmctl-rest: a\\nb\\x1b (c\\r)\n"),
    ],
)
def test_an_error_is_one_line(
    error: SlurmctlError, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report_error(error, as_json=False)
    assert capsys.readouterr() == ("", line)


def test_verbose_adds_slurm_s_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.Conflict("no")
    error.said = "Error 7001"
    report_error(error, as_json=False, verbose=True)
    assert capsys.readouterr().err == "slurmctl-rest: no\nSlurm said: Error 7001\n"


def test_an_error_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.Conflict("no", "wait", retryable=True, http_status=500, slurm_errno=7001)
    error.executor = "rest"
    error.said = "jobs"
    report_error(error, as_json=True)
    ended = capsys.readouterr()
    assert ended.out == ""
    assert json.loads(ended.err) == {
        "error": {
            "code": "conflict",
            "exit": 4,
            "message": "no",
            "hint": "wait",
            "retryable": True,
            "executor": "rest",
            "http_status": 500,
            "slurm_errno": 7001,
            "slurm_said": "jobs",
        }
    }
    assert ended.err.count("\n") == 1
