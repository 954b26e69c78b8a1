"""`--from`: the statements of a command whose names, or values, are in a file or on stdin."""

from __future__ import annotations

import select
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import files
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.files import FileVerb, InputFile
from slurmctl_rest.model.syntax import Statement, parse_add, parse_modify, parse_select

STDIN = "-"


def read_statements(
    context: Context,
    entity: Entity,
    verb: FileVerb,
    tokens: Sequence[str],
    file: str | None,
    *,
    everything: bool = False,
) -> list[Statement]:
    """Return the statement of the tokens, or one for each row of the file (`-`: of stdin).

    With a file, a write that must not begin is refused before anything is read.
    """
    if file is None:
        return [_parsed(entity, verb, tokens, by_file=False)]
    if everything:
        raise UsageError("--all and --from cannot be used together", "name objects, or use --all")
    base = _parsed(entity, verb, tokens, by_file=True)
    if file == STDIN and _is_terminal():
        raise UsageError(
            "--from -: stdin is a terminal", "pipe names into it: ... | slurmctl-rest ... --from -"
        )
    checks.guard_write(context, base.selection, everything=True)
    return files.parse_statements(entity, verb, base, _source(file))


def _parsed(entity: Entity, verb: FileVerb, tokens: Sequence[str], *, by_file: bool) -> Statement:
    if verb == "add":
        return parse_add(entity, tokens, by_file=by_file)
    if verb == "modify":
        return parse_modify(entity, tokens, by_file=by_file)
    return parse_select(entity, tokens)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _source(file: str) -> InputFile:
    """Return the file, or as much of it as shows that it is too large."""
    try:
        if file == STDIN:
            if sys.stdin is None:
                raise UsageError("--from -: stdin is closed", "name a file")
            return InputFile("stdin", _read(sys.stdin.buffer))
        with Path(file).open("rb") as opened:
            return InputFile(file, _read(opened))
    except OSError as error:
        raise UsageError(f"--from {file}: {error.strerror or error}") from error


def _read(stream: BinaryIO) -> bytes:
    """Read up to the end: a pipe that does not wait (O_NONBLOCK) has more than it gives at once."""
    content = b""
    while len(content) <= files.MAX_FILE_BYTES:
        some: bytes | None = stream.read(files.MAX_FILE_BYTES + 1 - len(content))
        if some == b"":
            break
        if some is None:
            select.select([stream], [], [])
        content += some or b""
    return content
