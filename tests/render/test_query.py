"""--query: JMESPath over items, whole output; and format= in JSON, with the named keys alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.columns import parse_columns
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.render.listing import OutputTarget, ResultList
from slurmctl_rest.render.query import QUERY_EXAMPLE, compiled, queried
from tests.support import PHYSICS, account

LISTING = ResultList(
    ACCOUNT,
    [account("root", None), PHYSICS],
    parse_columns(ACCOUNT, "MaxJobs,Account,GrpTRES%30,MaxJobs"),
    named=True,
)


def output(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_json_has_the_named_keys_alone_in_their_order() -> None:
    inherited = replace(LISTING, inherited=[{}, {"MaxJobs": "root"}])
    assert output([*FORMATS["ndjson"](inherited, OutputTarget())]) == (
        '{"MaxJobs": null, "Account": "root", "GrpTRES": {}}\n'
        '{"MaxJobs": 5, "Account": "physics", "GrpTRES": {"cpu": 100, "mem": 2048}}\n'
    )


def test_columns_of_a_switch_leave_json_whole() -> None:
    (_, line) = FORMATS["ndjson"](replace(LISTING, named=False), OutputTarget())
    assert [*json.loads(line)] == [*(f.name for f in ACCOUNT.fields), "inherited"]


@pytest.mark.parametrize(
    ("expression", "one_a_line", "whole"),
    [
        ("[].Account", False, '[\n  "root",\n  "physics"\n]\n'),
        ("[].Account", True, '"root"\n"physics"\n'),
        ("[?MaxJobs > `4`].Account | [0]", False, '"physics"\n'),
        ("[?GrpTRES.cpu == `100`].GrpTRES.mem", True, "2048\n"),
        ("length(@)", True, "2\n"),
        ("[?Account == 'none']", False, "[]\n"),
        ("[?Account == 'none']", True, ""),
        ("nothing", False, "null\n"),
        ("{all: [].Account}", True, '{"all": ["root", "physics"]}\n'),
    ],
)
def test_what_an_expression_makes_of_items(expression: str, one_a_line: bool, whole: str) -> None:
    found = queried(LISTING, expression, OutputTarget(), one_a_line=one_a_line)
    assert output([*found]) == whole


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("", "--query is empty", QUERY_EXAMPLE),
        (
            "[?MaxJobs",
            "--query cannot be read at character 10: it ends too early (in '[?MaxJobs')",
            QUERY_EXAMPLE,
        ),
        (
            "[].User]",
            "--query cannot be read at character 8: ']' is not expected (in '[].User]')",
            QUERY_EXAMPLE,
        ),
        (
            "a # b",
            "--query cannot be read at character 3: Unknown token # (in 'a # b')",
            QUERY_EXAMPLE,
        ),
        ("lenght(@)", "--query: there is no function lenght()", "did you mean length?"),
        ("&a", "--query makes no JSON of the items", QUERY_EXAMPLE),
        ("to_number('nan')", "--query makes no JSON of the items", QUERY_EXAMPLE),
        ("(" * 5000, "--query is nested too deeply", QUERY_EXAMPLE),
    ],
)
def test_what_cannot_be_applied(expression: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        [*queried(LISTING, expression, OutputTarget(), one_a_line=False)]
    assert (error.value.message, error.value.hint) == (message, hint)


def test_a_wrong_type_is_said_in_the_words_of_jmespath() -> None:
    with pytest.raises(UsageError, match=r"--query: In function sum\(\), invalid type"):
        [*queried(LISTING, "sum(@)", OutputTarget(), one_a_line=False)]
    assert compiled("[].User") == compiled("[].User")
