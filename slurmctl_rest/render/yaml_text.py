"""Documents of JSON as YAML 1.2 in blocks: what reads YAML 1.1 sees the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.json import dumped


def yaml_lines(value: Json, margin: str = "") -> Iterator[str]:
    """Yield the lines of an object or a list that is not empty.

    >>> list(yaml_lines({"items": [{"Account": "no", "MaxJobs": 5}], "warnings": []}))
    ['items:', '  - Account: "no"', '    MaxJobs: 5', 'warnings: []']
    """
    if isinstance(value, list):
        for item in value:
            if _is_block(item):
                first, *rest = yaml_lines(item, f"{margin}  ")
                yield f"{margin}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{margin}- {_scalar(item)}"
        return
    for name, item in value.items():
        if _is_block(item):
            yield f"{margin}{_scalar(name)}:"
            yield from yaml_lines(item, f"{margin}  ")
        else:
            yield f"{margin}{_scalar(name)}: {_scalar(item)}"


def _is_block(value: Json) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _scalar(value: Json) -> str:
    """Return a value in one line: as JSON, which is YAML, or without needless quotes."""
    is_plain = isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in YAML_WORDS
    return str(value) if is_plain else dumped(value)


PLAIN = re.compile(r"[A-Za-z/][\w./+=@-]*( [\w./+=@-]+)*", re.ASCII)
YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
"""Words that are no strings without quotes: YAML 1.1 takes `no` and `on` for false and true."""
