"""`--template`: what is read of it, and how it is filled in."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.fields import Row
from slurmctl_rest.render.listing import OutputTarget, ResultList
from slurmctl_rest.render.template import filled, template_columns
from tests.support import PHYSICS, account


def shown(template: str, row: Row, *, terminal: bool = False) -> str:
    columns = template_columns(template, ACCOUNT)
    [line] = filled(ResultList(ACCOUNT, [row], columns), template, OutputTarget(terminal=terminal))
    return line


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{Account} {grptres}", "physics cpu=100,mem=2G"),
        (
            "{Account:9}|{Account:<9}|{Account:>9}|{Account:3}|",
            "physics  |physics  |  physics|physics|",
        ),
        ("{{Account}} {maxj}{MaxWall}.", "{Account} 5."),
        (r"{Account}\t{Account}\n", "physics\tphysics\n"),
        ("{MaxJobs.from}-{MaxWall.from}", "root-"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_row(template: str, line: str) -> None:
    assert shown(template, {**PHYSICS, "MaxJobs.From": "root", "MaxWall.From": None}) == line


def test_values_of_others_do_not_move_the_terminal_and_wide_letters_take_two_columns() -> None:
    row = account("物理", Description="a\x1b[31m\n")
    assert shown("{Account:6}|{Desc}", row, terminal=True) == r"物理  |a\x1b[31m\n"
    assert shown("{Desc}", row) == "a\x1b[31m\n"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{Acount}", "account has no field 'Acount'"),
        ("{Account", "--template cannot be read: expected '}' before end of string"),
        ("{}", "--template: '' is not a field of a template"),
        ("{0}", "account has no field '0'"),
        ("{Account.__class__}", "account has no field 'Account.__class__'"),
        ("{Account[0]}", "--template: 'Account[0]' is not a field of a template"),
        ("{Account!r}", "--template: 'Account' is not a field of a template"),
        ("{Account:>99999}", "--template: 'Account' is not a field of a template"),
        ("{Account:{Account}}", "--template: 'Account' is not a field of a template"),
        ("{Account,Description}", "--template: 'Account,Description' is not a field of a template"),
    ],
)
def test_what_is_no_template(template: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        template_columns(template, ACCOUNT)
    assert caught.value.message == message


def test_a_field_that_is_nearly_right() -> None:
    with pytest.raises(UsageError) as caught:
        template_columns("{Acount}", ACCOUNT)
    assert caught.value.hint == "did you mean Account?"
