"""Rows are printed as they come, and a list that fails is never taken for a whole one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx
import pytest

from slurmctl_rest.backends.rest.associations import ACCOUNTS_PER_REQUEST, PARALLEL_REQUESTS
from slurmctl_rest.model.columns import parse_columns
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.render.listing import OutputTarget, ResultList
from tests.cli.conftest import Program, Programs
from tests.fakes import Seen, Slurmrestd, plain, world
from tests.support import account, association

NAMES = [f"a{number:03}" for number in range(ACCOUNTS_PER_REQUEST * PARALLEL_REQUESTS * 6)]
LARGE = world(
    [account("root", None, QosLevel=("normal",)), *(account(name, "root") for name in NAMES)],
    [association(name, f"u{name}", Default=True) for name in NAMES],
)


def failing(programs: Programs, account_: str) -> Program:
    """Return a program whose slurmrestd cannot tell this account's associations."""

    def answer(seen: Seen) -> httpx.Response | None:
        names = seen.query.get("account", "").split(",")
        of_users = seen.query.get("user") != " "
        return plain(400, "text/plain", b"broken") if account_ in names and of_users else None

    program = programs("rest", LARGE)
    assert isinstance(program.slurm, Slurmrestd)
    program.slurm.answer = answer
    return program


@pytest.mark.parametrize("format_", ["-P", "-p", "--output=csv", "--output=ndjson"])
def test_what_came_before_the_part_that_fails_was_printed(programs: Programs, format_: str) -> None:
    program = failing(programs, NAMES[-1])
    ended = program("assoc", "list", format_)
    assert ended.code == 1
    assert "400: 'broken'" in ended.err
    assert NAMES[0] in ended.out
    assert NAMES[-1] not in ended.out


@pytest.mark.parametrize("format_", ["--json", "--output=table"])
def test_what_is_one_whole_is_not_printed_in_part(programs: Programs, format_: str) -> None:
    program = failing(programs, NAMES[-1])
    ended = program("assoc", "list", format_)
    assert (ended.code, ended.out) == (1, "")


@pytest.mark.parametrize("format_", ["-P", "--output=csv", "--output=ndjson"])
def test_not_even_a_header_is_printed_where_the_first_part_fails(
    programs: Programs, format_: str
) -> None:
    program = failing(programs, NAMES[0])
    ended = program("assoc", "list", format_)
    assert (ended.code, ended.out) == (1, "")


@pytest.mark.parametrize("format_", ["parsable", "parsable2", "csv", "ndjson"])
def test_a_row_is_written_before_the_next_one_is_read(format_: str) -> None:
    read: list[str] = []

    def rows(users: Sequence[str]) -> Iterator[Row]:
        for user in users:
            read.append(user)
            yield association("physics", user)

    of = ResultList(ASSOCIATION, rows(["alice", "bob"]), parse_columns(ASSOCIATION, "User"))
    lines = FORMATS[format_](of, OutputTarget(header=False))
    assert "alice" in next(iter(lines))
    assert read == ["alice"]
