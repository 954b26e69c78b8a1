"""docs/sacctmgr-manual.md has each row of sacctmgr's manual, as it was measured on the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from slurmctl_rest.cli.drop_in.over_rest import HANDLERS
from slurmctl_rest.sacctmgr import list_requests, options, verbs
from slurmctl_rest.sacctmgr.conditions import CONDITION_NOUNS
from tests.manual import table
from tests.manual.page import Entry, entries
from tests.manual.probes import CHECKED_ELSEWHERE, probes
from tests.manual.table import Row

ROWS = table.read()


def test_the_page_says_what_was_measured() -> None:
    """If it fails, run `make manual` on the lab, or `python -m tests.manual.table` without one."""
    assert table.PAGE.read_text() == table.page(ROWS)


def test_each_row_of_the_manual_has_its_command_lines() -> None:
    recorded: dict[Entry, list[str]] = {}
    for row in ROWS:
        recorded.setdefault(row.entry, []).append(row.line)
    made = {entry: [str(one) for one in probes(entry)] or [""] for entry in recorded}
    assert recorded == made
    without = {entry.section for entry, lines in made.items() if lines == [""]}
    # The verbs of nouns stand with the nouns.
    assert without == {*CHECKED_ELSEWHERE, "COMMANDS"}


def answered() -> Iterator[tuple[Row, str, str, Sequence[str], options.LineOptions]]:
    """Yield the rows that are commands, each with its verb, noun, further words and options."""
    for row in ROWS:
        line = row.line.partition("<<<")[0].replace("{cluster}", "lab")
        given, words = options.options_and_words(line.split())
        if words and row.rest and row.real == "works" and row.section != "OPTIONS":
            yield row, *verbs.meant(words), given


def test_what_has_a_handler_is_answered_over_rest_and_nothing_else() -> None:
    """If it fails after a change, run `make manual`: what is recorded is no longer so."""
    found: dict[tuple[str, str], set[bool]] = {}
    for row, verb, noun, _, _ in answered():
        if row.rest != table.DIFFERENT:
            found.setdefault((verb, noun), set()).add(row.rest == table.EQUAL)
    handled = {*HANDLERS, *(("list", noun) for noun in CONDITION_NOUNS)}
    alone = {(verb, "") for verb in verbs.SINGLE_VERBS}
    works = {command for command, answers in found.items() if True in answers}
    assert works - alone <= handled
    assert {command for command in handled if command in found} == works - alone


class Facts:
    """The facts of the tree that the lines meet, on 26.05."""

    def is_newer(self) -> bool:
        return True

    def qos(self) -> Mapping[str, str]:
        return {"normal": "1", "high": "2", "low": "3", "unused": "4"}

    def tres(self) -> Mapping[str, str]:
        return {}


LISTS = [
    (row, noun, words, given)
    for row, verb, noun, words, given in answered()
    if verb == "list" and noun in CONDITION_NOUNS and row.rest == table.EQUAL
]


@pytest.mark.parametrize(("row", "noun", "words", "given"), LISTS)
def test_lists_that_were_answered_are_understood(
    row: Row, noun: str, words: Sequence[str], given: options.LineOptions
) -> None:
    wanted = list_requests.read_list(noun, words, given, Facts())
    conditions = [word for word in words if "=" in word and not word.startswith("format=")]
    assert bool(wanted.where) or not conditions, row
    assert list_requests.list_columns(wanted)


PAGE = r"""
.SH "SPECIFICATIONS FOR ACCOUNTS"
.TP
\fBFlags\fR=<\fIflag\fR>[,<\fIflag\fR>,...]
Valid options are:
.RS
.TP
\fBUsersAreCoords\fR
If set, all users.
.RE
.IP

.IP \fBMaxTRES\fR=TRES[+|\-]=<\fImax_TRES\fR>
.PD 0
.SH "SPECIFICATIONS FOR FLAT FILE"
Account options are:
.RS
.TP
\fBQOS\fR(=,+=,\-=)
Names.
.RE
.SH "EXAMPLES"
.TP
\fBnothing\fR
"""


def test_the_rows_of_a_page() -> None:
    accounts = "SPECIFICATIONS FOR ACCOUNTS"
    assert list(entries(PAGE)) == [
        Entry(accounts, "Flags=<flag>[,<flag>,...]"),
        Entry(accounts, "UsersAreCoords", "Flags"),
        Entry(accounts, "MaxTRES=TRES[+|-]=<max_TRES>"),
        Entry("SPECIFICATIONS FOR FLAT FILE", "QOS(=,+=,-=)", "Account"),
    ]


def test_the_words_of_a_row_are_joined_where_they_give_the_same() -> None:
    def row(line: str, rest: str, real: str = "works") -> Row:
        return Row(
            "SPECIFICATIONS FOR X", "Key=<value>", "", line, real, rest, "equal", "equal", ""
        )

    rows = [
        row("-nP list account where Key=7", "equal"),
        row("-i modify account where Key=7 set a=b", "refused: a|b_c"),
        row("-i modify account chem set Key=7", "refused: a|b_c"),
        row("-i add account new Key=7", "equal", "refused"),
    ]
    assert table.page(rows).splitlines()[-2:] == [
        "|---|---|---|---|",
        "| `Key=<value>` | list account: yes; modify account where, modify account: "
        r"refused: a\|b\_c | yes | - |",
    ]
