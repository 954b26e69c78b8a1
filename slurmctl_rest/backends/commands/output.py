"""What sacctmgr and scontrol print, judged purely: rows, or one of our errors."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds import Json, printable


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit code and all it said."""

    exit_code: int
    stdout: str
    stderr: str


NOTHING_DONE = ("nothing modified", "nothing deleted", "nothing new added", "didn't affect anything")
"""Said with exit code 1 where all is as asked already; the read-back tells."""

ERRORS: Sequence[tuple[str, type[SlurmctlError], str]] = (
    ("access/permission denied", PermissionDenied, "your AdminLevel must allow it"),
    ("your user doesn't have privilege", PermissionDenied, "your AdminLevel must allow it"),
    ("only admins/operators/coordinators", PermissionDenied, "your AdminLevel must allow it"),
    ("running job", Conflict, "cancel the jobs of the account first, or wait for them"),
    ("jobs running", Conflict, "cancel the jobs of the account first, or wait for them"),
    ("default account", Conflict, "give the users another default account first"),
    ("database is busy", Unreachable, "try again in a moment"),
    ("munge", NotAuthenticated, "is munged running, and is its key the cluster's?"),
    ("authentication", NotAuthenticated, "is munged running, and is its key the cluster's?"),
    ("connection refused", Unreachable, "is slurmdbd up? `slurmctl-rest ping` shows it"),
    ("unable to contact", Unreachable, "`slurmctl-rest ping` shows who does not answer"),
    ("persistent connection", Unreachable, "is slurmdbd up? `slurmctl-rest ping` shows it"),
    ("unrecognized option", Unsupported, "this release of the Slurm commands is too old"),
    ("doesn't exist", NotFound, ""),
)
"""Words of sacctmgr, lower case, the first that is found: the error and the remedy."""


def check(line: CommandLine, finished: Finished) -> Finished:
    """Return a good result as it is; raise what sacctmgr said otherwise."""
    said = re.sub(r"\s+", " ", f"{finished.stderr} {finished.stdout}").strip()
    if finished.exit_code == 0 or any(words in said.lower() for words in NOTHING_DONE):
        return finished
    shown = printable(re.sub(r"\s+", " ", finished.stderr).strip() or said, 300)
    what = f"{line.argv[0]} {' '.join(w for w in line.argv[1:4] if not w.startswith('-'))}"
    reason = shown or f"exit code {finished.exit_code} without a word"
    for words, kind, remedy in ERRORS:
        if words in said.lower():
            raise kind(f"{what}: {reason}", remedy, retryable=kind is Unreachable)
    raise SlurmRefused(f"{what}: {reason}")


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
    return found if isinstance(found, list) else []


def table(entity: Entity, text: str) -> list[Row]:
    """Read -nP output whose columns are the entity's fields in their order."""
    rows = []
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) != len(entity.fields):
            raise SlurmRefused(
                f"sacctmgr printed {len(cells)} columns where {len(entity.fields)} were asked: "
                f"'{printable(line)}'"
            )
        rows.append(
            {f.name: f.kind.read(cell) for f, cell in zip(entity.fields, cells, strict=True)}
        )
    return rows
