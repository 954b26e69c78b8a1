"""One transaction, taken apart: as both releases wrote it, with texts that look like others."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slurmctl_rest.backends.commands.listings import (
    LISTINGS,
    RowTexts,
    StreamedListing,
    listed_cells,
)
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.journal.parse import sql_text
from slurmctl_rest.model.entities import TRANSACTION
from slurmctl_rest.model.journal import assignments

from . import journals
from .journals import entry

HOSTILE = st.text(
    st.sampled_from("'\"\\|\n\t,()=;`a1é\x01") | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)
SNEAKY = "x'), '7|1796048961||Remove Accounts|root|name in('root')|7|1796048961|\n"


def quoted(text: str) -> str:
    """Write a text as slurmdbd does."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize(
    ("where", "conditions"),
    [
        ("(id_assoc=7)", {"id_assoc": ("7",)}),
        ("(id_assoc=20 || id_assoc=24)", {"id_assoc": ("20", "24")}),
        ("id_assoc=12 || id_assoc=14", {"id_assoc": ("12", "14")}),
        ("name in('r1','r2')", {"name": ("r1", "r2")}),
        ("(name='qa' || name='qb')", {"name": ("qa", "qb")}),
        ("(user='bob') && (acct='phys')", {"user": ("bob",), "acct": ("phys",)}),
        ("id='3'", {"id": ("3",)}),
        ("high", {"": ("high",)}),
        ("", {}),
    ],
)
def test_conditions_name_the_objects(where: str, conditions: dict[str, tuple[str, ...]]) -> None:
    assert entry("Modify QOS", where).conditions == conditions


def test_lists_are_set_row_by_row_and_all_else_on_each() -> None:
    info = (
        "shares=5, grp_tres = if (id_assoc=20, '1=4', grp_tres), qos=if (qos='', '', "
        "replace(replace(qos, ',5,', ','), ',,', ',')), qos=if (qos=',', '', qos), "
        "grp_tres = if (id_assoc=24, '', grp_tres)"
    )
    one = entry("Modify Associations", "(id_assoc=20 || id_assoc=24)", info)
    list_ = "if (qos='', '', replace(replace(qos, ',5,', ','), ',,', ',')) if (qos=',', '', qos)"
    assert one.sets("20") == {"shares": "5", "grp_tres": "'1=4'", "qos": list_}
    assert one.sets("24") == {"shares": "5", "qos": list_, "grp_tres": "''"}


@given(HOSTILE, HOSTILE)
@example(SNEAKY, "o\\")
@example("', organization='", "")
@example("é" * 5_000, "|" * 10_000)
def test_a_text_is_read_as_it_was_written(text: str, other: str) -> None:
    info = f"mod_time=1, description={quoted(text)}, organization={quoted(other)}, flags='0'"
    sets = entry("Add Accounts", "physics", info).sets()
    assert (sql_text(sets["description"]), sql_text(sets["organization"])) == (text, other)
    assert [*sets] == ["mod_time", "description", "organization", "flags"]


@given(HOSTILE, st.integers(0, 200))
@example("a, b='c", 12)
def test_a_text_without_its_end_is_refused_by_the_number(text: str, at: int) -> None:
    info = f"description={quoted(text)}, organization='o'"
    cut = info[: min(at, len(info) - 1)]
    try:
        told = dict(assignments(cut))
    except ValueError:
        with pytest.raises(SlurmRefused, match="transaction 7 of Slurm's journal cannot be read"):
            entry("Add Accounts", "physics", cut).sets()
    else:  # what came whole is told as it is
        whole = dict(assignments(info))
        assert {c: t for c, t in told.items() if t} == {c: whole[c] for c, t in told.items() if t}


@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4), st.integers(1, 40))
@example([(SNEAKY, SNEAKY)], 7)
def test_rows_are_told_apart_however_they_come(texts: list[tuple[str, str]], size: int) -> None:
    listing = LISTINGS[TRANSACTION.noun]
    titles = "|".join(field.title for field, _ in listing.columns)
    lines = [
        f"{n}|17960{n}||Add Accounts|root|{where}|{n}|17960{n}|{info}|{n}|17960{n}|\n"
        for n, (where, info) in enumerate(texts, 5)
        # A text that guesses the number and the second of its own write is refused by `assigned`.
        if f"|{n}|17960{n}|" not in where + info
    ]
    text = f"{titles}|\n" + "".join(lines)
    found: list[RowTexts] = []
    streamed = StreamedListing(listing, found, list.append)
    whole = text.encode()
    for at in range(0, len(whole), size):
        streamed.take(whole[at : at + size])
    assert streamed.end() == [*listed_cells(listing, "".join(lines))]
    kept = [pair for n, pair in enumerate(texts, 5) if f"|{n}|17960{n}|" not in "".join(pair)]
    assert [tuple(cells[5:]) for cells in found] == kept


@pytest.mark.parametrize("suite", journals.SUITES)
def test_a_journal_that_is_cut_off_is_refused(suite: str) -> None:
    listing = LISTINGS[TRANSACTION.noun]
    found: list[RowTexts] = []
    streamed = StreamedListing(listing, found, list.append)
    streamed.take(journals.printed(suite).encode()[:-30])
    with pytest.raises(SlurmRefused, match="a line that is no row"):
        streamed.end()
