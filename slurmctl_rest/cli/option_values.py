"""Values of the program's options: which are sound, and what several come to."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import typer

from slurmctl_rest.errors import UsageError
from slurmctl_rest.render.formats import FORMATS, option_of

Resolution: TypeAlias = Literal["fail", "keep", "overwrite"]
"""What becomes of a value that has changed on the cluster and in a site's file."""


def known_format(name: str) -> str:
    """Return the name of an output format; BadParameter for any other."""
    if name not in FORMATS:
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(FORMATS)}")
    return name


def sound_query(expression: str | None) -> str | None:
    """Return the expression of --query; UsageError for one that cannot be read."""
    if expression is not None:
        from slurmctl_rest.render import query  # noqa: PLC0415  (loads jmespath)

        query.compiled(expression)
    return expression


def sound_digest(digest: str | None) -> str | None:
    """Return the digest of --approve; BadParameter for what is none."""
    if digest is not None and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise typer.BadParameter("write the digest that plan or --dry-run has shown: sha256:...")
    return digest


def sound_template(text: str | None) -> str | None:
    """Return the text of --template; UsageError for one that cannot be read."""
    if text is not None:
        from slurmctl_rest.render import template  # noqa: PLC0415  (only where it is needed)

        template.template_pieces(text)
    return text


def template_stands_alone() -> UsageError:
    """Return the error for --template with what also says what is printed."""
    return UsageError("--template stands alone", "omit format=, the other formats and --query")


def output_of(
    output: str,
    query: str | None,
    template: str | None,
    *,
    json: bool,
    bars: tuple[bool, bool],
    columns: str | None = None,
) -> str:
    """Return the output format that the options of the program come to; UsageError if none can be.

    `bars`: -p and -P; `columns`: those of --format. --query prints JSON: json or ndjson; `table` is
    nobody's wish.
    """
    chosen = "json" if json else "parsable2" if bars[1] else "parsable" if bars[0] else output
    if template is not None:
        if chosen != "table" or query is not None or columns is not None:
            raise template_stands_alone()
        return "template"
    if query is None:
        return chosen
    if chosen not in {"table", "json", "ndjson"}:
        raise UsageError(f"--query prints JSON, and not {chosen}", "omit -p, -P and --output")
    return "ndjson" if chosen == "ndjson" else "json"


def sound_timeout(seconds: float | None) -> float | None:
    """Return the seconds that --timeout takes; BadParameter for others."""
    # Not Typer's own min and max: for a range it loads all of pydantic.
    if seconds is not None and not 0 < seconds <= MAX_TIMEOUT_S:
        raise typer.BadParameter(f"{seconds} is not between 0 and {MAX_TIMEOUT_S}")
    return seconds


MAX_TIMEOUT_S = 3600


TEXTS = ("help", "man", "completion", "export", "dump", "explain", "demo")
"""Commands that print a text: no format of a list changes it. With --json their errors are JSON."""


def refuse_formats_of_texts(command: str, output: str, query: str | None) -> None:
    """Raise UsageError for a format, or --query, of a command that prints a text."""
    if command in TEXTS and (query is not None or output not in {"table", "json", "ndjson"}):
        option = "--query" if query is not None else option_of(output)
        hint = (
            "slurmctl-rest export --format json"
            if command == "export"
            else f"slurmctl-rest {command} --help"
        )
        raise UsageError(f"{command} prints a text, which {option} does not change", hint)
