"""Refusals: found by number and by words alike, and told in the same sentence."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.reasons import (
    REASONS,
    Reason,
    hanging_slurmdbd,
    not_configured,
    of_number,
    of_words,
    slurm_refused,
)


@pytest.mark.parametrize(
    ("reason", "number"), [(reason, n) for reason in REASONS for n in reason.numbers]
)
def test_each_number_finds_its_reason(reason: Reason, number: int) -> None:
    assert of_number(number) is reason


@pytest.mark.parametrize(
    ("reason", "words"), [(reason, w) for reason in REASONS for w in (*reason.words, *reason.gaps)]
)
def test_each_wording_finds_its_reason_wherever_it_stands(reason: Reason, words: str) -> None:
    assert of_words(f"  sacctmgr: error: {words.upper()} ... ") is reason


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (11, Unreachable),
        (111, Unreachable),
        (1007, NotAuthenticated),
        (2002, PermissionDenied),
        (2045, NotFound),
        (2046, NotFound),
        (2066, NotFound),
        (7000, Unreachable),
        (7001, Conflict),
        (7009, Conflict),
        (7011, Conflict),
        (7012, PermissionDenied),
        (9008, NotAuthenticated),
        (9200, SlurmRefused),
        (0, SlurmRefused),
    ],
)
def test_numbers_of_slurm_become_errors_of_ours(number: int, error: type[SlurmctlError]) -> None:
    refused = slurm_refused(
        "account 'a'", of_number(number), "so", slurm_errno=number, http_status=500
    )
    assert type(refused) is error
    assert (refused.slurm_errno, refused.http_status, refused.said) == (number, 500, "so")


def test_a_connection_that_broke_is_that_of_the_daemon_that_was_asked() -> None:
    of_each = [of_number(104), of_number(104, slurmctld=True)]
    assert [one and one.text for one in of_each] == [
        "slurmdbd does not answer",
        "slurmctld does not answer",
    ]
    assert of_number(2002, slurmctld=True) is of_number(2002)


@pytest.mark.parametrize(
    ("said", "error", "retryable"),
    [
        (" Database is busy or waiting for lock from other user.", Unreachable, True),
        ("Your user doesn't have privilege to perform this action", PermissionDenied, False),
        ("Error with request: Job(s) active, cancel job(s) before remove", Conflict, False),
        ("sacctmgr: error: Munge encode failed", NotAuthenticated, False),
        ("Sending PersistInit msg: Connection refused", Unreachable, True),
        (
            "sacctmgr: error: Getting response to message type: DBD_MODIFY_ASSOCS\n"
            "sacctmgr: error: DBD_MODIFY_ASSOCS failure: No such file or directory\n",
            Unreachable,
            True,
        ),
        (
            "sacctmgr: error: slurm_persist_conn_open: No response to persist_init\n"
            "sacctmgr: error: Sending PersistInit msg: Unspecified error\n",
            Unreachable,
            True,
        ),
        ("sacctmgr: error: /etc/slurm.conf: No such file or directory", Unreachable, False),
        ("Bad format on something", SlurmRefused, False),
        ("Coordinators can not increase job limits beyond ...", PermissionDenied, False),
        ("You are not running a supported accounting_storage plugin", Unsupported, False),
        ("Slurm accounting storage is disabled", Unsupported, False),
        ("error: Unable to contact slurm controller (connect failure)", Unreachable, True),
    ],
)
def test_words_of_sacctmgr_become_errors_of_ours(
    said: str, error: type[SlurmctlError], retryable: bool
) -> None:
    refused = slurm_refused("account 'a'", of_words(said), said)
    assert (type(refused), refused.retryable) == (error, retryable)


def test_without_a_reason_slurm_s_own_words_are_the_message() -> None:
    refused = slurm_refused("account 'a'", None, "odd\n" + "x" * 400)
    assert refused.message == "account 'a': odd\\n" + "x" * 294 + "…"
    assert refused.hint == ""


RETRYABLE = {
    "slurmdbd's database is locked by another session": "the session ends",
    "slurmctld does not answer": "it is started again, or its backup takes over",
    "slurmdbd does not answer": "it is started again, or its backup takes over",
    "slurmdbd lost its database": "it is started again; of two that lock each other one is over",
}
"""Reasons that pass without anybody doing anything about the command, and how."""


def test_a_repeat_is_advised_where_it_can_help_and_nowhere_else() -> None:
    assert {reason.text for reason in REASONS if reason.retryable} == {*RETRYABLE}
    for number, slurmctld in ((104, True), (111, True), (104, False), (7000, False), (1205, False)):
        asked = of_number(number, slurmctld=slurmctld)
        assert slurm_refused("account 'a'", asked, "so").retryable
    for error in (hanging_slurmdbd(), not_configured("accounting is not configured")):
        assert not error.retryable


def test_only_a_locked_database_is_sure_to_have_done_nothing() -> None:
    undone = [reason for reason in REASONS if not slurm_refused("x", reason, "").sent]
    assert undone == [of_words("Database is busy")]


def test_a_slurm_without_accounting() -> None:
    error = not_configured("accounting is not configured", http_status=500)
    assert (error.message, error.hint, error.http_status) == (
        "accounting is not configured",
        "AccountingStorageType of slurm.conf must be accounting_storage/slurmdbd",
        500,
    )


FLAGS = {
    "slurmdbd's database is locked by another session": (Unreachable, True, True),
    "slurmctld does not answer": (Unreachable, True, False),
    "slurmdbd does not answer": (Unreachable, True, False),
    "slurmdbd lost its database": (Unreachable, True, False),
    "a program, or a file that it needs, is missing": (Unreachable, False, False),
}
"""Reason -> error, whether it passes by itself, whether nothing was done; all others: no and no."""


def test_each_reason_of_the_flags_is_one() -> None:
    """Its flags would be tried nowhere otherwise."""
    assert FLAGS.keys() <= {reason.text for reason in REASONS}


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.text)
def test_what_a_refusal_carries_of_its_reason(reason: Reason) -> None:
    error, retryable, undone = FLAGS.get(reason.text, (reason.error, False, False))
    refused = slurm_refused("account 'a'", reason, "so", http_status=500, slurm_errno=9)
    assert type(refused) is error
    assert (refused.message, refused.hint) == (f"account 'a': {reason.text}", reason.hint)
    assert (refused.retryable, refused.sent) == (retryable, not undone)
    assert (refused.http_status, refused.slurm_errno, refused.said) == (500, 9, "so")
