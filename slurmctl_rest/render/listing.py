"""A list of rows, ready to be shown: its columns, its texts, and where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Generic, TypeVar

from slurmctl_rest.cache import MAX_ENTRIES
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.text import printable


@dataclass(frozen=True, slots=True)
class OutputTarget:
    """The stream that output goes to: its width, colour and so on."""

    terminal: bool = False
    color: bool = False
    width: int = 80
    height: int = 24
    header: bool = True
    ascii: bool = False
    """It can show nothing else: lines and bars are drawn with it, and other letters escaped."""

    @property
    def draws(self) -> bool:
        """Tell whether there is a screen that is wide enough for what rich puts side by side."""
        return self.terminal and self.width >= MIN_DRAWN_COLUMNS


MIN_DRAWN_COLUMNS = 60
"""Columns of such a screen: rich cuts off what has no room, which the plain forms never do."""


MAX_ROWS_DRAWN, MAX_CHANGES_DRAWN = 1000, 100
"""What rich draws of rows and of changes. A row of a tree takes it 0.1 ms of CPU time, one of a
table 0.4 ms, a change 1.6 ms: nobody looks at each of 20,000, but everybody would wait for them."""


EMPTY_VALUES: Sequence[Value] = (None, {}, ())
"""Values that every kind writes as nothing: most are such, and need not be asked for."""


T = TypeVar("T")


class Texts(dict[int, str], Generic[T]):
    """Texts of values, by the value's id: rows share most of theirs, and 1 is not True.

    Look one up as `texts.get(id(value)) or texts.of(value)`: most are there, and none is empty.
    """

    def __init__(self, text: Callable[[T], str]) -> None:
        """`text`: what makes one."""
        super().__init__()
        self._text = text
        self._values: dict[int, T] = {}

    def of(self, value: T) -> str:
        """Return the text of a value that was not seen before."""
        if len(self) >= MAX_ENTRIES:
            self.clear()
            self._values.clear()
        self._values[id(value)] = value  # an id is another's as soon as its value is gone
        self[id(value)] = text = self._text(value)
        return text


@dataclass(frozen=True, slots=True)
class ResultList:
    """Rows to be shown, which may come while they are; they are walked through once.

    `inherited` runs parallel to rows, where anything is inherited.
    `meta` and `warnings` are looked at behind the last row.
    `chosen`: the columns were asked for, and are not the entity's usual ones.
    `named`: `format=` has named the columns, and JSON has no other keys.
    `totals`: rows that sum up the others, for people: only a table ends with them.
    `complete`: all has been read that rows are made of, so none of them can fail.
    """

    entity: Entity
    rows: Iterable[Row]
    columns: Sequence[Column]
    inherited: Iterable[Mapping[str, Origin]] = ()
    meta: Callable[[], Mapping[str, Json]] = dict
    warnings: Sequence[str] = ()
    chosen: bool = False
    named: bool = False
    totals: Sequence[Row] = ()
    complete: bool = False

    def cells(self) -> Iterator[list[str]]:
        """Yield sacctmgr's text of each column, row by row."""
        texts = [(column.field.name, column.field.kind.text) for column in self.columns]
        for row in self.rows:
            yield [
                text(v) if (v := row.get(name)) or v not in EMPTY_VALUES else ""
                for name, text in texts
            ]

    def pairs(self) -> Iterator[tuple[Row, Mapping[str, Origin]]]:
        """Yield each row with what it inherits."""
        nothing: Mapping[str, Origin] = {}
        return zip(self.rows, chain(self.inherited, repeat(nothing)), strict=False)

    @property
    def names(self) -> list[str]:
        """Return the names of the columns' fields: the headers of all but sacctmgr's formats."""
        return [column.name for column in self.columns]

    @property
    def sacctmgr_headers(self) -> list[str]:
        """Return the headers that sacctmgr -P prints."""
        return [column.field.title for column in self.columns]


def display_text(text: str, target: OutputTarget) -> str:
    """Return text for people as the stream can show it: each character is one there."""
    text = printable(text, 0)
    return text.encode("ascii", "backslashreplace").decode() if target.ascii else text
