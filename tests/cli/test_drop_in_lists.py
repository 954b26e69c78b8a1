"""Lists in sacctmgr's words over REST: from argv to both streams, with a slurmrestd of our own."""

from __future__ import annotations

import contextlib
import io
import json
import os

import pytest

from slurmctl_rest.cli.drop_in import question, run
from tests.cli.conftest import Ended, Programs
from tests.fakes import Slurmrestd


class Sacctmgr:
    """The program by that name."""

    def __init__(self, programs: Programs) -> None:
        slurm = programs("rest").slurm
        assert isinstance(slurm, Slurmrestd)
        self.slurm = slurm

    def __call__(self, *words: str, typed: str = "") -> Ended:
        """Run it with these words."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patch,
        ):
            keys, fingers = os.pipe()
            os.write(fingers, typed.encode())
            os.close(fingers)
            patch.setattr(question, "STDIN_FD", keys)
            code = run.main(words)
            os.close(keys)
        return Ended(code, out.getvalue(), err.getvalue())


@pytest.fixture
def sacctmgr(programs: Programs) -> Sacctmgr:
    return Sacctmgr(programs)


QUESTION = (
    "You requested options that are only valid when querying with the withassoc option.\n"
    "Are you sure you want to continue? (You have 30 seconds to decide)\n(N/y): "
)


def test_a_table(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("list", "account", "format=account,org%-6")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:2] == ["   Account Org    ", "---------- ------ "]
    assert "   physics " in ended.out
    assert [one.method for one in sacctmgr.slurm.seen] == ["GET"] * len(sacctmgr.slurm.seen)


def test_one_account_is_one_request(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("-nP", "list", "account", "physics", "format=account")
    assert ended == Ended(0, "physics\n", "")
    assert [one.path.rpartition("/account/")[2] for one in sacctmgr.slurm.seen][-1] == "physics"


def test_unknown_words_are_refused_before_anything_is_asked(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("list", "account", "foo=1")
    said = " Unknown condition: foo=1\n Use keyword 'set' to modify value\n"
    assert ended == Ended(1, "", said)
    assert sacctmgr("list", "account", "format=foo") == Ended(1, "", "Unknown field 'foo'\n")
    assert sacctmgr.slurm.seen == []


@pytest.mark.parametrize(
    ("typed", "out"),
    [
        ("n\n", "\nAborted\n"),
        ("\n", "\nAborted\n"),
        ("q\ny\n", "\nY or N please\n(N/y): \nAborted\n"),
        ("xy", "\nY or N please\n(N/y): \nphysics\n"),
        ("y\n", "\nphysics\n"),
        ("Y", "\nphysics\n"),
    ],
)
def test_the_question_is_answered_letter_by_letter(
    sacctmgr: Sacctmgr, typed: str, out: str
) -> None:
    words = ("-nP", "list", "account", "physics", "cluster=alps", "format=account")
    assert sacctmgr(*words, typed=typed) == Ended(0, QUESTION + out, "")


def test_at_the_end_of_the_input_the_answer_is_no(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("list", "account", "cluster=alps")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(QUESTION)
    assert ended.out.endswith("\nAborted\n")


def test_immediate_asks_nothing(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("-inP", "list", "account", "physics", "cluster=alps", "format=account")
    assert ended == Ended(0, "physics\n", "")


def test_what_slurmrestd_does_not_tell_names_the_remedy(sacctmgr: Sacctmgr) -> None:
    for words, untold in (
        (("list", "cluster", "federation=x"), "slurmrestd does not tell Federation"),
        (("list", "assoc", "WithRaw"), "slurmrestd does not tell raw QOS"),
    ):
        assert sacctmgr(*words) == Ended(
            1,
            "",
            f"sacctmgr: error: {untold} "
            '(a profile with execution_mode = "cli" runs the real sacctmgr)\n',
        )


def test_json_is_the_answer_of_the_newest_version_that_is_served(sacctmgr: Sacctmgr) -> None:
    ended = sacctmgr("--json", "list", "qos")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert list(document) == ["qos", "meta", "errors", "warnings"]
    assert document["meta"]["plugin"]["data_parser"] == "data_parser/v0.0.43"
    assert sacctmgr.slurm.seen[-1].path == "/slurmdb/v0.0.43/qos/"
    ended = sacctmgr("--json=v0.0.41", "list", "qos")
    assert json.loads(ended.out)["meta"]["plugin"]["data_parser"] == "data_parser/v0.0.41"
    ended = sacctmgr("--json=v0.0.99", "list", "qos")
    assert (ended.code, ended.out) == (1, "")
    assert "unable to find plugin: data_parser/v0.0.99" in ended.err
