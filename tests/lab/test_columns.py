"""sacctmgr's columns: how each release spells, heads and places them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slurmctl_rest.sacctmgr.columns import LIST_COLUMNS, ListColumn, UnknownColumn, shown_column
from slurmctl_rest.sacctmgr.list_requests import WCKEY_COLUMNS
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.printing import table_lines
from tests.lab.cluster import Cluster

TABLES = (("account", LIST_COLUMNS), ("wckey", WCKEY_COLUMNS))


def words(known: Sequence[ListColumn]) -> Iterator[str]:
    """Yield each spelling as long as it is, as short as it may be, and a letter shorter."""
    for column in known:
        for spelling, letters, _ in column.words:
            lower = spelling.lower()
            yield from (lower, lower[:letters], lower[: letters - 1])


def header_of(word: str, known: Sequence[ListColumn]) -> str:
    """Return the header of the column that a word means; nothing where it means none."""
    try:
        return shown_column(word, known).column.header
    except UnknownColumn:
        return ""


def test_words_mean_the_same_columns_with_the_same_headers_and_widths(cluster: Cluster) -> None:
    for noun, known in TABLES:
        meant = dict.fromkeys(word for word in words(known) if header_of(word, known))
        columns = [shown_column(word, known) for word in meant]
        for options in (LineOptions(), LineOptions(parsable="-P")):
            argv = ["-P"] if options.parsable else []
            listing = ("list", noun, "nosuch", f"format={','.join(meant)}")
            said = cluster.run("sacctmgr", *argv, *listing).stdout.splitlines()
            assert said == list(table_lines(columns, [], options)), noun


def test_shorter_words_mean_no_column(cluster: Cluster) -> None:
    for noun, known in TABLES:
        unknown = dict.fromkeys(word for word in words(known) if not header_of(word, known))
        for word in filter(None, unknown):
            said = cluster.run("sacctmgr", "list", noun, f"format={word}").stderr
            assert said == f"Unknown field '{word}'\n", noun
