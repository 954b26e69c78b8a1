"""What sacctmgr and scontrol print, judged purely: rows, or one of our errors."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.errors import SlurmRefused, Unsupported
from slurmctl_rest.model.fields import Field
from slurmctl_rest.model.kinds import Json, Value, printable
from slurmctl_rest.model.reasons import of_words, refusal


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit code and all it said."""

    exit_code: int
    stdout: str
    stderr: str


NOTHING_DONE = (
    "nothing modified",
    "nothing deleted",
    "nothing new added",
    "didn't affect anything",
)
"""Said with exit code 1 where all is as asked already; the read-back tells."""


def check(line: CommandLine, finished: Finished) -> Finished:
    """Return a good result as it is; raise what sacctmgr said otherwise."""
    said = _one_line(f"{finished.stderr} {finished.stdout}")
    if finished.exit_code == 0 or any(words in said.lower() for words in NOTHING_DONE):
        return finished
    shown = _one_line(finished.stderr) or said or f"exit code {finished.exit_code}, not a word"
    raise refusal(line.what, of_words(said), shown)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def document(line: CommandLine, finished: Finished) -> Json:
    """Return the JSON that --json printed."""
    try:
        answer = json.loads(finished.stdout)
    except ValueError as error:
        check(line, finished)
        start = printable(finished.stdout[:80])
        raise Unsupported(
            f"{line.argv[0]} --json printed no JSON, but '{start}'",
            "the Slurm commands must be of release 23.11 or later",
        ) from error
    return answer if isinstance(answer, dict) else {}


def records(line: CommandLine, finished: Finished, key: str) -> list[Json]:
    """Return one list of a --json document."""
    check(line, finished)
    found = document(line, finished).get(key)
    if not isinstance(found, list):
        raise SlurmRefused(f"{line.what}: the JSON holds no list '{key}'")
    return found


def table(fields: Sequence[Field], text: str) -> list[dict[str, Value]]:
    """Read -nP output whose columns are the fields, in their order."""
    rows: list[dict[str, Value]] = []
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) != len(fields):
            raise SlurmRefused(
                f"sacctmgr printed {len(cells)} columns where {len(fields)} were asked: "
                f"'{printable(line)}'"
            )
        rows.append({f.name: _value(f, c) for f, c in zip(fields, cells, strict=True)})
    return rows


def _value(field: Field, cell: str) -> Value:
    try:
        return field.kind.read(cell)
    except ValueError as error:
        raise SlurmRefused(f"sacctmgr printed for {field.column}: {error}") from error
