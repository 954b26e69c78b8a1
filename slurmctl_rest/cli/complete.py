"""The answer to a TAB: words in, lines out. It never writes to Slurm, never asks, never complains.

`__main__` comes here before anything is loaded. Every TAB starts the program anew, so this must
stay fast: no Typer, no tables, but a grammar that `make docs` has written (30 ms instead of 160).
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence

from slurmctl_rest.cli import streams
from slurmctl_rest.cli.completion import lines, names
from slurmctl_rest.cli.completion.candidates import Completion, Grammar, complete
from slurmctl_rest.cli.completion.scripts import SCRIPTS, VARIABLE

SOURCE = "source_"


def asked() -> str:
    """Return which shell asks, and let the programs that are started know nothing of it."""
    return os.environ.pop(VARIABLE, "")


def main(shell: str, arguments: Sequence[str]) -> int:
    """Answer a shell: what its script has handed over, line by line; nothing where it fails."""
    try:
        for line in reply(shell, arguments):
            print(line)
        streams.finish()
    except Exception as error:  # a person is typing, and the line is not to be spoilt
        if os.environ.get("SLURMCTL_REST_DEBUG"):
            raise
        streams.drop()
        # A script is written to a file, and nobody is typing; `| head` has enough.
        is_left = isinstance(error, BrokenPipeError)
        if shell.startswith(SOURCE) and isinstance(error, OSError) and not is_left:
            print(f"slurmctl-rest: {streams.unwritten(error)}", file=sys.stderr)
            return 1
    return 0


def reply(shell: str, arguments: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the answer; `source_bash`: those of bash's script."""
    if shell.startswith(SOURCE):
        yield SCRIPTS[shell.removeprefix(SOURCE)].rstrip("\n")
    elif shell == "bash":
        text, breaks = arguments
        line = lines.parse_line(text, breaks)
        yield from lines.for_bash(_answer(line.words[1:], line.incomplete), line)
    elif shell in SCRIPTS:
        *words, typed = arguments
        yield from lines.with_help(_answer(words, lines.unquoted(typed)))


def _answer(words: Sequence[str], incomplete: str) -> Completion:
    # By the loader, which may be that of a zip.
    text = pkgutil.get_data("slurmctl_rest.cli.completion", "grammar.json")
    grammar: Grammar = json.loads(text or b"{}")
    return complete(grammar, words, incomplete, names.complete_names)
