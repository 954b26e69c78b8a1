"""JSON documents, changed in one place: a key that is gone, or a value of another JSON type."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from slurmctl_rest.model.kinds.base import Json

Path = tuple[str | int, ...]
OTHERS: Sequence[Json] = (
    None,
    True,
    False,
    0,
    7,
    2.5,
    10**30,
    "",
    "x",
    [],
    ["x"],
    [7],
    {},
    {"x": 1},
)
"""What takes the place of a value of another type."""


def paths(document: Json, front: Path = ()) -> Iterator[Path]:
    """Yield the way to each value of a document."""
    if isinstance(document, dict):
        inner: Iterator[tuple[str | int, Json]] = iter(document.items())
    else:
        inner = enumerate(document) if isinstance(document, list) else iter(())
    for step, value in inner:
        yield (*front, step)
        yield from paths(value, (*front, step))


def json_type(value: Json) -> str:
    """Return the name that JSON has for the type."""
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, int | float) else str(type(value))


def changed(data: st.DataObject, document: Json) -> tuple[Json, Path, Json]:
    """Draw the document with one change; the way to it; and what stands there (... is: gone)."""
    ways = list(paths(document))
    path = ways[data.draw(st.integers(0, len(ways) - 1))]
    found = copy.deepcopy(document)
    inside = found
    for step in path[:-1]:
        inside = inside[step]
    old = inside[path[-1]]
    if isinstance(inside, dict) and data.draw(st.booleans()):
        del inside[path[-1]]
        return found, path, ...
    inside[path[-1]] = new = data.draw(
        st.sampled_from([one for one in OTHERS if json_type(one) != json_type(old)])
    )
    return found, path, new
