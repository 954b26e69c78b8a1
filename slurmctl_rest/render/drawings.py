"""What a person looks at: changes, trees, findings, settings and usage, as rich draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import DEFAULT_SOURCE, SETTING
from slurmctl_rest.model.entities.quota import QUOTA
from slurmctl_rest.model.entities.usage import USAGE
from slurmctl_rest.model.entities.why import WAIT_REASON
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.numbers import Count
from slurmctl_rest.render import table as tables
from slurmctl_rest.render.described import UNSET, Description, Node
from slurmctl_rest.render.listing import MAX_ROWS_DRAWN, OutputTarget, ResultList, display_text
from slurmctl_rest.render.rich_console import Words, drawn, ruled_table
from slurmctl_rest.render.styles import MARKS, STYLES, Role, role_of


def change(description: Description, target: OutputTarget) -> Iterator[str]:
    """Yield the object's line with its mark, and below it a table of its fields: old -> new."""
    style = STYLES[description.role] if description.role else ""
    mark, subject = MARKS[description.role], f" {description.subject}: "
    yield from drawn(Text.assemble((mark, style), subject, (description.words, style)), target)
    fields = Table.grid(padding=(0, 1, 0, 0))
    for no_wrap in (True, True, False, True, False):
        fields.add_column(no_wrap=no_wrap)
    for name, before, after in description.fields:
        role: Role = "removed" if not after else "changed" if before else "added"
        old, new = _value(before or "", "removed", target), _value(after, "added", target)
        fields.add_row(
            Text(f"  {MARKS[role]}", STYLES[role]),
            Text(f"{name}:"),
            *((new,) if before is None else (old, Text("->"), new)),
        )
    if description.fields:
        yield from drawn(fields, target)
    if description.failure:
        failure = f"  {display_text(description.failure, target)}"
        yield from drawn(Words(failure, STYLES["bad"], indent=" " * 6), target)


def _value(text: str, role: Role, target: OutputTarget) -> Words:
    return Words(display_text(text, target), STYLES[role]) if text else Words(UNSET, "dim")


def trees(tops: Iterable[Node], target: OutputTarget) -> Iterator[str]:
    """Yield the lines of each tree."""
    for top in tops:
        # rich shows nothing of a row that is as far to the right as the screen is wide.
        width = max(target.width, 4 * _depth(top) + MIN_LABEL_COLUMNS)
        yield from drawn(
            _filled(Tree(_label(top, target)), top, target), replace(target, width=width)
        )


MIN_LABEL_COLUMNS = 24
"""Columns; beyond the screen the terminal breaks the lines."""


def _depth(node: Node) -> int:
    return max((1 + _depth(inner) for inner in node.inside), default=0)


def _filled(tree: Tree, node: Node, target: OutputTarget) -> Tree:
    for inner in node.inside:
        _filled(tree.add(_label(inner, target)), inner, target)
    return tree


def _label(node: Node, target: OutputTarget) -> Words:
    """Return name and limits; what leads to the rows inside goes past the lines after the first."""
    nothing, past, *_ = Tree.ASCII_GUIDES if target.ascii else Tree.TREE_GUIDES[0]
    text = f"{node.name}  {node.limits}".rstrip()
    indent = past if node.inside else nothing
    return Words(text, STYLES["limit"], after=len(node.name), indent=indent)


def lines(listing: ResultList, target: OutputTarget) -> Iterable[str]:
    """Return the lines of a list whose entity has a form of its own on a screen."""
    rows = list(listing.rows)
    listing = replace(listing, rows=rows)
    draw = LISTS[listing.entity.noun]
    # Columns that were asked for are shown as in any list, with their widths; bars stay.
    as_asked = listing.chosen and (draw is not _usage or any(c.width for c in listing.columns))
    if as_asked or not rows or len(rows) > MAX_ROWS_DRAWN:
        return tables.lines(listing, target)
    return draw(listing, rows, target)


def _findings(listing: ResultList, rows: Sequence[Row], target: OutputTarget) -> Iterable[str]:
    """Return a check a row: its status, its name, and the detail with the remedy below it."""
    found = Table.grid(padding=(0, 2, 0, 0))
    named = [c.field.name for c in listing.columns if c.field.name not in VERDICT]
    for _ in ("Status", *named):
        found.add_column(no_wrap=True)
    for row in rows:
        status, detail, remedy = (_text(row, name, target) for name in VERDICT)
        role = role_of("Status", status)
        said = [Words(detail), *([Words(f"-> {remedy}", indent="   ")] if remedy else [])]
        found.add_row(
            Text(status, STYLES[role] if role else "dim"),
            *(Text(_text(row, name, target)) for name in named),
            Group(*said),
        )
    return drawn(found, target)


VERDICT = ("Status", "Detail", "Remedy")


def _settings(listing: ResultList, rows: Sequence[Row], target: OutputTarget) -> Iterable[str]:
    """Return keys, values and their sources; defaults are dim, and notes are there if any is."""
    columns = [c for c in listing.columns if any(row[c.field.name] for row in rows)]
    found = ruled_table(target)
    for column in columns:
        found.add_column(_title(column), no_wrap=column.field is SETTING.key)
    for row in rows:
        style = "dim" if row["Source"] == DEFAULT_SOURCE else ""
        found.add_row(*(Words(_text(row, c.field.name, target), style) for c in columns))
    return drawn(found, target)


def _usage(listing: ResultList, rows: Sequence[Row], target: OutputTarget) -> Iterable[str]:
    """Return the table with a bar beside each share, which compares it to the largest one."""
    columns, cells = listing.columns, tables.cells_of(listing, target)
    if not listing.chosen and _room(columns, cells, target) < MIN_BAR_COLUMNS:
        columns, cells = tables.without_empty(columns, cells)
    room = min(_room(columns, cells, target), MAX_BAR_COLUMNS)
    if room < MIN_BAR_COLUMNS:
        return tables.lines(listing, target)
    largest: dict[Value, float] = {}
    for row in rows:
        largest[row["TRES"]] = max(largest.get(row["TRES"], 0), _share(row))
    found = ruled_table(target)
    for column in columns:
        right = isinstance(column.field.kind, Count)
        found.add_column(_title(column), no_wrap=True, justify="right" if right else "left")
        if column.field.name == SHARE:
            found.add_column()
    for texts, row in zip_longest(cells, rows):  # the totals have no bar
        line: list[RenderableType] = []
        for column, cell in zip(columns, texts, strict=True):
            line.append(Text(cell.text))
            if column.field.name == SHARE:
                line.append(_bar(_share(row), largest[row["TRES"]], room) if row else "")
        found.add_row(*line)
    return drawn(found, target)


def _quota(listing: ResultList, rows: Sequence[Row], target: OutputTarget) -> Iterable[str]:
    """Return the limits with a bar beside each percentage, in the colour of how full it is."""
    columns, cells = tables.without_empty(listing.columns, tables.cells_of(listing, target))
    room = min(_room(columns, cells, target), MAX_BAR_COLUMNS)
    if room < MIN_BAR_COLUMNS:
        return tables.lines(listing, target)
    found = ruled_table(target)
    for column in columns:
        right = isinstance(column.field.kind, Count)
        found.add_column(_title(column), no_wrap=True, justify="right" if right else "left")
        if column.field.name == FULLNESS:
            found.add_column()
    for texts, row in zip(cells, rows, strict=True):
        line: list[RenderableType] = []
        for column, cell in zip(columns, texts, strict=True):
            line.append(Text(cell.text))
            if column.field.name == FULLNESS:
                line.append(_fullness(row[FULLNESS], room))
        found.add_row(*line)
    return drawn(found, target)


FULLNESS = "Percent"
FULL_PERCENT, NEARLY_FULL_PERCENT = 100, 80


def _fullness(percent: Value, width: int) -> RenderableType:
    """Return the bar of a percentage; of one that nobody knows nothing."""
    if not isinstance(percent, int | float):
        return ""
    role: Role = "limit"
    if percent >= NEARLY_FULL_PERCENT:
        role = "bad" if percent >= FULL_PERCENT else "changed"
    style = STYLES[role]
    return ProgressBar(
        total=FULL_PERCENT,
        completed=min(percent, FULL_PERCENT),
        width=width,
        style="bright_black",
        complete_style=style,
        finished_style=style,
    )


def _reasons(listing: ResultList, rows: Sequence[Row], target: OutputTarget) -> Iterable[str]:
    """Return a reason a row: the job, the words, and below them what ends and the remedy."""
    del listing
    found = Table.grid(padding=(0, 2, 0, 0))
    found.add_column(no_wrap=True)
    found.add_column()
    for row in rows:
        jobs = row["Ends"]
        ending = ", ".join(jobs) if isinstance(jobs, tuple) else ""
        until = f" by {_text(row, 'Until', target)}" if row["Until"] else ""
        lines_below = [f"-> {_text(row, 'Remedy', target)}"] if row["Remedy"] else []
        if ending:
            lines_below.insert(0, f"room is made by jobs {ending}{until}")
        told = [Words(_text(row, "Text", target), STYLES["limit"] if row["Limit"] else "")]
        told += [Words(one, indent="   ") for one in lines_below]
        found.add_row(Text(_text(row, "JobID", target), STYLES["title"]), Group(*told))
    return drawn(found, target)


SHARE = "Share"
MIN_BAR_COLUMNS, MAX_BAR_COLUMNS = 4, 20


def _room(columns: Sequence[Column], cells: tables.Cells, target: OutputTarget) -> int:
    """Return how many columns of the screen a table leaves for bars."""
    widths = tables.natural_widths(columns, cells)
    return target.width - sum(widths) - len(tables.GAP) * len(widths)


def _bar(share: float, largest: float, width: int) -> ProgressBar:
    return ProgressBar(
        total=largest or 1,
        completed=share,
        width=width,
        style="bright_black",
        complete_style=STYLES["limit"],
        finished_style=STYLES["limit"],
    )


def _share(row: Row) -> float:
    share = row[SHARE]
    return share if isinstance(share, int | float) else 0


def _title(column: Column) -> Text:
    return Text.assemble((column.field.title, STYLES["title"]))


def _text(row: Row, field: str, target: OutputTarget) -> str:
    return display_text(str(row[field] or ""), target)


LISTS: Mapping[str, Callable[[ResultList, Sequence[Row], OutputTarget], Iterable[str]]] = {
    CHECK.noun: _findings,
    SETTING.noun: _settings,
    USAGE.noun: _usage,
    QUOTA.noun: _quota,
    WAIT_REASON.noun: _reasons,
}
"""Lists that have a form of their own on a screen: by the noun of the entity."""
