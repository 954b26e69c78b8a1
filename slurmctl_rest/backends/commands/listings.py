"""Lists that sacctmgr alone has: one table of their columns, one reader.

A text that somebody has written, like the reason of an event, may hold a `|` and a newline, and
sacctmgr escapes neither. So columns that cannot hold them come first; after each free text some of
these are repeated (`ID%1`: sacctmgr leaves out a word that it has had), and so show where it ends.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from slurmctl_rest.backends.commands.argv import IN_SECONDS
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.output import check_header
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import NOT_PRINTED_WHOLE, SlurmRefused
from slurmctl_rest.model.entities import (
    CLUSTERS,
    EVENT,
    FEDERATION,
    PROBLEM,
    RESOURCE,
    RUNAWAY_JOBS,
    TRANSACTION,
    WCKEY,
)
from slurmctl_rest.model.fields import Entity, Field, Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.text import ESCAPING, printable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of sacctmgr's.

    fields  its columns
    free    those whose text may hold anything
    marks   those that are repeated after a free text
    words   what the command line has besides
    asks    sacctmgr asks something after the list: no is the answer
    """

    noun: str
    fields: Sequence[Field]
    free: Sequence[str] = ()
    marks: Sequence[str] = ()
    words: Sequence[str] = ()
    asks: bool = False

    @property
    def ordered(self) -> list[Field]:
        """Return the columns in the order in which they are asked for, those with marks last."""
        return [
            *(f for f in self.fields if f.name not in self.free),
            *(f for f in self.fields if f.name in self.free),
        ]

    @property
    def columns(self) -> list[tuple[Field, int]]:
        """Return each column, and how often it was asked for before."""
        found: list[tuple[Field, int]] = []
        known = {field.name: field for field in self.fields}
        for field in self.ordered:
            found.append((field, 0))
            if field.name in self.free:
                time = 1 + sum(1 for one, _ in found if one.name == self.marks[0])
                found += [(known[name], time - 1) for name in self.marks]
        return found


def _of(entity: Entity, *without: str) -> tuple[Field, ...]:
    return tuple(f for f in entity.fields if f.name not in without)


LISTINGS: Mapping[str, Listing] = {
    WCKEY.noun: Listing("wckey", _of(WCKEY), free=("WCKey", "User"), marks=("ID", "Cluster")),
    EVENT.noun: Listing(
        "event", _of(EVENT), free=("Reason",), marks=("TimeStart", "Cluster", "NodeName")
    ),
    TRANSACTION.noun: Listing(
        "transaction", _of(TRANSACTION), free=("Where", "Info"), marks=("ID", "Time")
    ),
    PROBLEM.noun: Listing("problem", _of(PROBLEM)),
    RUNAWAY_JOBS.noun: Listing(
        "runawayjobs", _of(RUNAWAY_JOBS), free=("Name",), marks=("ID", "TimeSubmit"), asks=True
    ),
    FEDERATION.noun: Listing("federation", _of(FEDERATION)),
    RESOURCE.noun: Listing(
        "resource",
        _of(RESOURCE, "Allowed"),
        free=("Name", "Server", "ServerType", "Description"),
        marks=("ID", "Count"),
    ),
}
"""The nouns, each with its list."""

OF_CLUSTERS = Listing(CLUSTERS.noun, (CLUSTERS.key, *CLUSTERS.on_request))
"""What JSON does not tell of clusters."""
PARTS_OF_RESOURCES = Listing(
    "resource",
    (
        RESOURCE["ID"],
        Field("Cluster", RESOURCE["Name"].kind, "", "cluster"),
        Field("Part", RESOURCE["Count"].kind, "", "what it may use", word="Allowed"),
    ),
    words=("withclusters",),
)


def line(listing: Listing, query: Query) -> CommandLine:
    """Return the command line of a list."""
    scope = next((f.asked for f in listing.fields if f.name == "Cluster"), "")
    conditions = {**({scope: (query.cluster,)} if scope and query.cluster else {}), **query.where}
    where = [f"{word}={','.join(values)}" for word, values in conditions.items()]
    columns = [
        f"{field.column}%{time}" if time else field.column for field, time in listing.columns
    ]
    return CommandLine(
        (
            *("sacctmgr", "-p", "list", listing.noun, *listing.words),
            *(["where", *where] if where else []),
            f"format={','.join(columns)}",
        ),
        environment=IN_SECONDS,
        answer="n\n" if listing.asks else "",
    )


def listed_rows(listing: Listing, text: str) -> list[dict[str, Value]]:
    """Read what the command line has printed; SlurmRefused where that is no such list."""
    titles = [field.title for field, _ in listing.columns]
    if listing.asks:
        if NO_JOBS in text:
            return []
        text = text[max(text.find(f"{titles[0]}|"), 0) :]  # a note comes first
    header, _, rest = text.partition("\n")
    check_header("sacctmgr", titles, header.removesuffix("|"))
    names = [field.name for field in listing.ordered]
    rows = (dict(zip(names, cells, strict=True)) for cells in listed_cells(listing, rest))
    return [_row(listing, cells) for cells in rows]


NO_JOBS = "No runaway jobs found"


RowTexts: TypeAlias = Sequence[str]
"""The texts of a row, in the order of Listing.ordered."""


class StreamedListing(Generic[T]):
    """Reads a list while it is printed: each row as it comes, none is kept."""

    def __init__(self, listing: Listing, tally: T, add: Callable[[T, RowTexts], object]) -> None:
        """`add` adds a row to the tally, as it was printed: most readers want few of many."""
        self._listing, self._tally, self._add = listing, tally, add
        self._ends = _ends(listing)
        self._decode = codecs.getincrementaldecoder("utf-8")(ESCAPING).decode
        self._rest, self._header = "", False
        self._wrong: SlurmRefused | None = None

    def take(self, chunk: bytes) -> None:
        """Add the rows that have come whole."""
        text = self._rest + self._decode(chunk)
        # A row may end here; whether it does, its marks tell.
        if self._wrong is None and "|\n" in text:
            try:
                text = text[self._read(text) :]
            except SlurmRefused as wrong:
                self._wrong = wrong
        self._rest = text if self._wrong is None else ""

    def end(self) -> T:
        """Return the tally, of a try that was good; SlurmRefused where a row cannot be read."""
        rest = self._rest + self._decode(b"", final=True)
        if self._wrong is not None:
            raise self._wrong
        if not self._header:
            check_header("sacctmgr", self._titles, rest.partition("\n")[0].removesuffix("|"))
        if rest:
            raise _cut(rest)
        return self._tally

    @property
    def _titles(self) -> list[str]:
        return [field.title for field, _ in self._listing.columns]

    def _read(self, text: str) -> int:
        """Read whole rows; return where the rest begins."""
        at = 0
        if not self._header:
            at = text.index("\n") + 1
            check_header("sacctmgr", self._titles, text[: at - 1].removesuffix("|"))
            self._header = True
        while at < len(text):
            found = _cells_at(self._ends, text, at)
            if found is None:
                break
            cells, at = found
            self._add(self._tally, cells)
        return at


def listed_cells(listing: Listing, text: str) -> Iterator[RowTexts]:
    """Yield the cells of each row below the header; SlurmRefused where one is no such row."""
    at, ends = 0, _ends(listing)
    while at < len(text) and not (listing.asks and text.startswith("\n", at)):
        found = _cells_at(ends, text, at)
        if found is None:
            raise _cut(text[at:])
        cells, at = found
        yield cells


@dataclass(frozen=True, slots=True)
class RowEnds:
    """How the cells of a row are told apart: so many plain ones, then so many free texts.

    marks  which of the plain ones are repeated after each free text
    usual  a row in which no text has a `|`: of 100,000, most are told apart in a fifth of the time
    """

    plain: int
    free: int
    marks: Sequence[int]
    usual: re.Pattern[str]


def _ends(listing: Listing) -> RowEnds:
    names = [field.name for field in listing.ordered]
    free = len([name for name in names if name in listing.free])
    plain, marks = len(names) - free, [names.index(name) for name in listing.marks]
    repeated = "".join(rf"\{number + 1}\|" for number in marks)
    usual = r"([^|]*)\|" * plain + rf"([^|]*)\|{repeated}" * free + r"\n"
    return RowEnds(plain, free, marks, re.compile(usual))


def _cells_at(ends: RowEnds, text: str, at: int) -> tuple[RowTexts, int] | None:
    """Return the cells of the row that begins there, and where it ends; None if it is not whole."""
    if usual := ends.usual.match(text, at):
        return usual.groups(), usual.end()
    begin, cells = at, list[str]()
    for _ in range(ends.plain):
        end = text.find("|", at)
        if end < 0:
            return None
        cells.append(text[at:end])
        at = end + 1
    mark = f"|{'|'.join([cells[one] for one in ends.marks])}|"
    for _ in range(ends.free):
        end = text.find(mark, at)
        if end < 0:
            return None
        cells.append(text[at:end])
        at = end + len(mark)
    if at == len(text):
        return None
    if text[at] != "\n":
        raise _cut(text[begin:])
    return cells, at + 1


def _cut(rest: str) -> SlurmRefused:
    start = printable(rest[:80])
    return SlurmRefused(f"sacctmgr printed a line that is no row: '{start}'", NOT_PRINTED_WHOLE)


def _row(listing: Listing, cells: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for field in listing.fields:
        try:
            found[field.name] = field.kind.read(cells[field.name])
        except ValueError as error:
            said = f"sacctmgr printed for {field.column} of {listing.noun}: {error}"
            raise SlurmRefused(said) from error
    return found


def federations(found: Sequence[Row]) -> list[Row]:
    """Put the lines of each federation together: it has one for each cluster."""
    clusters: dict[Value, list[str]] = {}
    for row in found:
        told = row["Clusters"]
        clusters.setdefault(row["Federation"], []).extend(told if isinstance(told, tuple) else ())
    return [{"Federation": n, "Clusters": tuple(sorted(some))} for n, some in clusters.items()]


def resources(found: Sequence[Row], parts: Sequence[Row]) -> list[Row]:
    """Return resources with what clusters may use of them."""
    allowed: dict[Value, dict[str, int]] = {}
    for part in parts:
        number = part["Part"]
        allowed.setdefault(part["ID"], {})[str(part["Cluster"])] = (
            number if isinstance(number, int) else 0
        )
    return [{**row, "Allowed": allowed.get(row["ID"], {})} for row in found]
