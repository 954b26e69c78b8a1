"""Names and values from a file: what `--from` reads, beside the tokens.

    names.txt   a name a line
    new.csv     RFC 4180: a header of fields, as assignments and format= spell them, and a row each

Blank lines, and lines that begin with `#`, say nothing. It is CSV where the file's name ends in
.csv, or where its first line that says something holds a comma, or is a spelling of the field that
names the objects (`user`). Each row is a statement of its own, with the tokens' values too, and
planners take the assignments row by row: one plan, one question and one report for the whole file,
and Slurm is read once, not once a row.

An empty cell is as if the row had no such column, and '' (two quotes) the empty value. But where
objects are sought, every cell that says where says it: an empty user or partition is none (an
account's own row, the row for all partitions), and no other may be empty.

All functions are pure; what cannot be read is a UsageError that names file, line and column.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

from slurmctl_rest.errors import Refused, Unsupported, UsageError
from slurmctl_rest.model.columns import field_of
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.syntax import (
    Assignment,
    Selection,
    Statement,
    check_addable,
    check_assignment,
    check_condition,
    excludes,
    is_selecting,
    nothing_to_set,
    parse_condition,
    parse_names,
    split,
)
from slurmctl_rest.model.text import listed, printable

MAX_FILE_BYTES = 16 * 2**20
"""Bytes of a file: 100,000 rows of 160 characters."""
MAX_LINE_CHARACTERS = 64 * 2**10
"""Characters of a line."""
EMPTY_CELL = "''"
"""The cell that stands for the empty value, as a shell has it."""
MAY_BE_NONE = frozenset({"User", "Partition", "Partitions"})
"""Fields whose empty cell means none: an account-level row, or a row for all partitions."""

FileVerb: TypeAlias = Literal["add", "modify", "delete", "cancel"]
ASSIGNS = frozenset({"add", "modify"})


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file: what it is called in messages, and what stands in it."""

    name: str
    data: bytes

    def at(self, line: int, column: str = "") -> str:
        """Return the words for a place in it."""
        return f"{self.name}, line {line}" + (f", column {column}" if column else "")


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column: what its header says, and the field that this means."""

    title: str
    field: Field
    operator: Operator


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file that is read with the tokens."""

    entity: Entity
    verb: FileVerb
    base: Statement
    source: InputFile
    columns: Sequence[CsvColumn] = ()

    @property
    def selecting(self) -> list[str]:
        """Return the fields of the columns that name objects or say where they are."""
        return [column.field.name for column in self.columns if is_selecting(column.field)]


def parse_statements(
    entity: Entity, verb: FileVerb, base: Statement, source: InputFile
) -> list[Statement]:
    """Return the statements of a file, each with the tokens (`base`) of the command.

    Raise UsageError for what cannot be read, and Refused for a file that names nothing.

    Names alone are one statement.
    """
    if base.selection.names or base.selection.ids:
        raise UsageError(
            f"{entity.plural} are named on the command line and in {source.name}",
            "name them in one place only",
        )
    lines = _lines(source)
    first = next((line for line in lines if _says(line)), None)
    if first is None:
        raise _nothing(source)
    if not (_is_csv(entity, first) or source.name.lower().endswith(".csv")):
        return [_of_names(entity, verb, base, source, lines)]
    records = _records(source, lines)
    number, header = next(records)
    table = CsvFile(entity, verb, base, source)
    table = replace(table, columns=tuple(_columns(table, number, header)))
    _check_columns(table, number)
    rows = [_row(table, line, record) for line, record in records]
    if not rows:
        raise _nothing(source)
    _check_once(table, rows)
    _check_agreement(rows)
    if [column.field.access for column in table.columns] == [Access.KEY]:
        names = tuple(name for row in rows for name in row.selection.names)
        return [replace(base, selection=replace(base.selection, names=names))]
    return rows


def _nothing(source: InputFile) -> Refused:
    return Refused(
        f"{source.name} contains no names",
        "an empty file never selects everything: write at least one name into it",
    )


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _is_csv(entity: Entity, first: str) -> bool:
    keys = entity.key.spellings if entity.is_named else ()
    return "," in first or first.strip().lower() in {word.lower() for word in keys}


def _lines(source: InputFile) -> list[str]:
    """Return the lines of the text, without their ends."""
    data = source.data.removeprefix(codecs.BOM_UTF8)
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{source.name} is larger than {MAX_FILE_BYTES // 2**20} MiB", "split it")
    if (zero := data.find(b"\0")) >= 0:
        raise UsageError(
            f"{source.at(_line_at(data, zero))}: the line contains a NUL character",
            "save it as UTF-8 text",
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{source.at(_line_at(data, error.start))}: the line is not UTF-8",
            "save it as UTF-8 text",
        ) from error
    # Not splitlines(): it ends lines at form feeds and
    # U+2028 too, and messages count lines as editors do.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise UsageError(
                f"{source.at(number)}: the line is longer than {MAX_LINE_CHARACTERS} characters"
            )
    return lines


def _line_at(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _of_names(
    entity: Entity, verb: FileVerb, base: Statement, source: InputFile, lines: Sequence[str]
) -> Statement:
    """Read a name a line; one that stands there twice counts once."""
    if not entity.is_named:
        raise UsageError(
            f"{source.name}: {entity.plural} have no names",
            "use CSV with the columns account,user,partition",
        )
    if verb == "modify" and not base.assignments:
        raise nothing_to_set(entity)
    names: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        if _says(line):
            if "," in line:
                raise UsageError(
                    f"{source.at(number)}: '{printable(line.strip())}' is more than one name",
                    "write one name per line, or CSV whose first line lists the fields",
                )
            try:
                names |= dict.fromkeys(parse_names(entity, line.strip()))
            except UsageError as error:
                raise _located(error, source.at(number)) from error
    return replace(base, selection=replace(base.selection, names=tuple(names)))


def _records(source: InputFile, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins: a quoted cell may hold ends of lines."""
    number = begin = 0

    def fed() -> Iterator[str]:
        nonlocal number, begin
        for line in lines:
            number += 1
            if begin or _says(line):
                begin = begin or number
                # The reader joins the lines of a quoted cell as they are, so each needs its end.
                yield f"{line}\n"

    # strict: otherwise Python reads a quote that is never closed as text up to the file's end.
    reader = csv.reader(fed(), strict=True)
    while True:
        begin = 0
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise UsageError(
                f"{source.at(begin)}: not valid CSV: {error}",
                "check the quotes",
            ) from error
        if record is None:
            return
        yield begin, record


def _columns(table: CsvFile, line: int, header: Sequence[str]) -> Iterator[CsvColumn]:
    """Find the fields of the header, and refuse what the verb or the tokens do not let in."""
    known: list[CsvColumn] = []
    for cell in header:
        # A header may add to values, too: the column `QosLevel+` means QosLevel+=.
        spelling, operator, _ = split(f"{cell.strip()}=")
        try:
            column = CsvColumn(
                cell.strip(), field_of(table.entity, spelling, "set"), operator or Operator.SET
            )
            _check_column(table, column, known)
        except (UsageError, Unsupported) as error:
            raise _located(error, table.source.at(line, printable(cell.strip()))) from error
        known.append(column)
        yield column


def _check_column(table: CsvFile, column: CsvColumn, known: Sequence[CsvColumn]) -> None:
    """Refuse a column that cannot be, or that repeats another one or the tokens."""
    entity, base, field = table.entity, table.base, column.field
    if is_selecting(field):
        if column.operator is not Operator.SET:
            raise UsageError(f"{field.name} does not accept '{column.operator[0]}'")
        if field.access is not Access.KEY:
            check_condition(entity, field)
    elif table.verb not in ASSIGNS:
        raise UsageError(
            f"{field.name} cannot be a column: this command sets no values",
            "omit it; allowed columns: "
            + listed([f.name for f in entity.fields if is_selecting(f)]),
        )
    else:
        check_assignment(entity, field, column.operator)
        if table.verb == "add":
            check_addable(entity, field, f"{field.name}{column.operator}...")
    if any(excludes(one.field, one.operator, field, column.operator) for one in known):
        raise UsageError(f"{field.name} has two columns")
    if field.name in base.selection.where or any(
        excludes(one.field, one.operator, field, column.operator) for one in base.assignments
    ):
        raise UsageError(
            f"{field.name} is given on the command line and in a column",
            "give it in one place only",
        )


def _check_columns(table: CsvFile, line: int) -> None:
    """Refuse a header that names no objects, or sets nothing."""
    entity, named = table.entity, table.selecting
    here = {*named, *table.base.selection.where}
    if entity.is_named and entity.key.name not in named:
        raise UsageError(
            f"{table.source.at(line)}: no column names the {entity.plural}",
            f"the first line must list the fields: {entity.key.name},...",
        )
    if entity is ASSOCIATION and not {"Account", "User"} & here:
        raise UsageError(
            f"{table.source.at(line)}: no column names the associations",
            "the first line must list the fields: account,user,partition,...",
        )
    sets = len(named) < len(table.columns) or table.base.assignments
    if table.verb == "modify" and not sets:
        raise nothing_to_set(entity)


def _row(table: CsvFile, line: int, record: Sequence[str]) -> Statement:
    """Return the statement of a row."""
    source, base = table.source, table.base
    if len(record) != len(table.columns):
        raise UsageError(
            f"{source.at(line)}: {len(record)} cells, but the header has {len(table.columns)}",
            "put a cell that contains a comma in quotes",
        )
    names: list[str] = []
    where = dict(base.selection.where)
    assignments = list(base.assignments)
    for column, cell in zip(table.columns, record, strict=True):
        field = column.field
        try:
            if (text := _cell_text(table, column, cell)) is None:
                continue
            if field.access is Access.KEY:
                names += parse_names(table.entity, text)
            elif is_selecting(field):
                where[field.name] = parse_condition(field, text)
            else:
                assignments.append(Assignment(field, column.operator, field.parse(text)))
        except UsageError as error:
            raise _located(error, source.at(line, column.title)) from error
    selection = Selection(tuple(dict.fromkeys(names)), where)
    return Statement(selection, tuple(assignments), place=source.at(line))


def _cell_text(table: CsvFile, column: CsvColumn, cell: str) -> str | None:
    """Return the text of a cell; None: it sets nothing."""
    if cell == EMPTY_CELL:
        return ""
    if cell:
        return cell
    if column.field.access is Access.KEY:
        raise UsageError(f"the cell is empty, and names no {table.entity.noun}")
    if not is_selecting(column.field) or table.verb == "add":
        return None
    if column.field.name in MAY_BE_NONE:
        return ""
    raise UsageError("the cell is empty", "fill it, or omit the column")


def _check_once(table: CsvFile, rows: Sequence[Statement]) -> None:
    """Refuse two rows that mean the same object, told by the values of the columns that select.

    `there`, for example: {("alice", "physics"): "new.csv, line 2"}
    """
    there: dict[tuple[Value, ...], str] = {}
    columns = [name for name in table.selecting if not _is_key(table.entity, name)]
    for row in rows:
        named = (_each(row.selection.where.get(name, (None,))) for name in columns)
        for one in product(row.selection.names or ("",), *named):
            if one in there:
                words = " ".join(str(part) for part in one if part)
                raise UsageError(
                    f"{row.place}: '{printable(words)}' is already named in {there[one]}",
                    "write one row for each",
                )
            there[one] = row.place


def _each(values: Iterable[Value]) -> list[Value]:
    """Return values, and of one that is a list of names each of these: account=a,b is two."""
    return [part for one in values for part in (one if isinstance(one, tuple) else (one,))]


def _is_key(entity: Entity, name: str) -> bool:
    return entity.is_named and entity.key.name == name


def _check_agreement(rows: Sequence[Statement]) -> None:
    """Refuse two rows of one user that differ in what is the user's and no association's."""
    stated: dict[tuple[str, str, Operator], tuple[Value, str]] = {}
    for row in rows:
        own = [one for one in row.assignments if one.field.record is SlurmRecord.OBJECT]
        for name, one in product(row.selection.names, own):
            value, place = stated.setdefault(
                (name, one.field.name, one.operator), (one.value, row.place)
            )
            if value != one.value:
                raise UsageError(
                    f"{row.place}: '{name}' has a different {one.field.name} in {place}",
                    "give it the same value in all rows of the user",
                )


def _located(error: UsageError | Unsupported, place: str) -> UsageError | Unsupported:
    return type(error)(f"{place}: {error.message}", error.hint)
