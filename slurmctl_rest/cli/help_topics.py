"""`help`: a topic, or the help of a command, as with --help.

It loads no profile, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from slurmctl_rest.cli.commands.program import TOPICS
from slurmctl_rest.cli.parsing import by_panel
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.fields import did_you_mean


def run(context: typer.Context, words: Sequence[str]) -> None:
    """Print the help of the words; raise UsageError if there is none."""
    whole = context.find_root()
    first = words[0].lower() if words else ""
    if first == "options":
        lines = _options(whole)
    elif first in TOPICS:
        from slurmctl_rest.cli.topics import TEXTS  # noqa: PLC0415  (for a topic alone)

        lines = [*TEXTS[first](list(words[1:]))]
    else:
        lines = _of_command(whole, words)
    context.obj.console.print(lines)


def _of_command(whole: Any, words: Sequence[str]) -> list[str]:
    found = whole
    for at, word in enumerate(words):
        commands = getattr(found.command, "commands", {})
        if word not in commands:
            known = [*commands, *(TOPICS if at == 0 else ())]
            asked = " ".join(words[: at + 1])
            hint = did_you_mean(word, known) or f"see '{whole.command_path} help help'"
            raise UsageError(f"there is no help on '{asked}'", hint)
        found = typer.Context(commands[word], info_name=word, parent=found)
    text: str = found.get_help()
    return text.splitlines()


def _options(whole: Any) -> list[str]:
    """Return the options of the program by their panels."""
    formatter = whole.make_formatter()
    formatter.write_text("Options of every command, before or after it")
    for title, options in by_panel(whole.command.get_params(whole)).items():
        if records := [one for o in options if (one := o.get_help_record(whole))]:
            with formatter.section(title):
                formatter.write_dl([(f"{names:<27}", help_) for names, help_ in records])
    text: str = formatter.getvalue()
    return text.rstrip("\n").splitlines()
