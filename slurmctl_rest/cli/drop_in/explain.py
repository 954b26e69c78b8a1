"""`explain "sacctmgr ..."`: the native command that means the same, and what the line comes to."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.process import argv_of
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import over_rest
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.sacctmgr import options as options_
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.native import native
from slurmctl_rest.sacctmgr.reply import SACCTMGR, LineRefused

Commands: TypeAlias = Mapping[str, Collection[str]]
"""The verbs of each of this program's nouns."""


def explain_line(context: Context, text: str, known: Commands) -> None:
    """Print it; a list is read, and nothing is ever written."""
    context.console.print([*_lines(context, text, known)])


def _lines(context: Context, text: str, known: Commands) -> Iterator[str]:
    try:
        words = shlex.split(text)
        if words and Path(words[0]).name == SACCTMGR:
            words = words[1:]
        options, rest = options_.options_and_words(words)
        if not rest:
            raise UsageError("no sacctmgr command", 'explain "sacctmgr list account"')
        verb, noun, tail = verbs.meant(rest)
    except ValueError as error:
        raise UsageError(f"'{text}': {error}") from error
    except LineRefused as refused:
        raise UsageError(f"sacctmgr says: {str(refused).strip().splitlines()[0]}") from refused
    own = native(options, verb, noun, tail, known)
    yield f"native:  {own or 'none; only the voice sacctmgr has it'}"
    profile = context.named_profile[1]
    if profile.execution_mode == "cli":
        line = CommandLine((SACCTMGR, *words))
        there = argv_of(line, profile.slurm_bin_path, profile.command_prefix)
        yield f"runs:    {SentCommand(argv=tuple(there))}"
        return
    dry = replace(options, dry_run=True, immediate=True)
    try:
        reply = over_rest.rest_answered(context, dry, rest)
    except LineRefused as refused:
        reply = refused.reply
    for told in reply.stderr.splitlines():
        yield f"says:    {told}"
    for told in reply.stdout.splitlines() if verb != "list" else ():
        yield f"{'sends' if told.startswith(SENT_LINES) else 'says'}:{'':4}{told}"
    for command in dict.fromkeys(map(str, context.backend.log)):
        yield f"reads:   {command}"


SENT_LINES = ("POST /", "DELETE /")
"""Beginnings of the lines that --dry-run adds to what is said."""
