"""The pictures of the documents: what the program shows on a terminal, of what slurmrestd answered.

    python -m tests.docs.pictures     writes docs/pictures/ anew

The answers are those of the newest tape (tests/recorded/), so that a picture is made anywhere and
is the same everywhere; rich draws it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from unittest import mock

import httpx
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from slurmctl_rest.backends.rest import transport as real
from slurmctl_rest.cli.app import main
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.model.versions import ApiVersion
from tests.recorded.tape import URL, Exchange, Tape, request_of, tapes
from tests.support import jwt

from .drawings import DRAWINGS
from .recording import MAIN_JOB, Keyboard, animated, answers_of

FOLDER = Path(__file__).parents[2] / "docs/pictures"
WIDTH = 100
PICTURES: Mapping[str, Sequence[str]] = {
    "accounts.svg": (
        "account tree",
        "account list format=Account,Parent,Share,GrpTRES,GrpTRESMins,QOS",
    ),
    "dry-run.svg": (
        "assoc tree where account=physics",
        "account modify physics set Description='light and matter' --dry-run",
    ),
}
"""What is typed for each of them: anything that only reads what the tape has been asked."""

RECORDING = "main-job.svg"

CLUSTER = "alps"
ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "", "COLUMNS": str(WIDTH), "LINES": "999"}
"""So many lines that nothing is paged."""
PROFILE = f"""
[profiles.{CLUSTER}]
execution_mode = "rest"
cluster_name = "{{suite}}"
second_look = false
journal = false
[profiles.{CLUSTER}.rest_api]
url = "{URL}"
api_version = "{{version}}"
token_file = "{{folder}}/token"
"""
WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""rich's drawing, which would have a browser load a font from a host of its own."""


class Screen(io.StringIO):
    """Standard output that is a terminal, of a kind that knows all letters."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Return what the program asks."""
        return True


def pictures() -> dict[str, str]:
    """Return the text of each picture by its file's name."""
    tape = max(tapes(), key=lambda tape: ApiVersion.parse(tape.api_version))
    transport = answers(tape)
    screens = {
        name: drawn(name, [(line, shown(tape, line, transport)) for line in sentences])
        for name, sentences in PICTURES.items()
    }
    drawings = {name: drawing.svg() for name, drawing in DRAWINGS.items()}
    return {**screens, **drawings, RECORDING: recorded(tape)}


def recorded(tape: Tape) -> str:
    """Return the recording of the main job, each step coming after the last."""
    transport = httpx.MockTransport(answers_of(tape))
    steps = [(step.words, shown(tape, step.words, transport, step.answer)) for step in MAIN_JOB]
    heights = [text.count("\n") + 3 for _, text in steps]
    return animated(drawn(RECORDING, steps), heights)


def drawn(name: str, steps: Sequence[tuple[str, str]]) -> str:
    """Return the picture of a terminal on which the sentences were typed, with what came."""
    # On a dumb terminal rich would draw 80 columns, whatever it is told.
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, _environ=ENVIRONMENT
    )
    for sentence, text in steps:
        console.print(Text(f"$ slurmctl-rest {sentence}", style="bold"))
        console.print(Text.from_ansi(text), end="\n\n")
    svg = console.export_svg(
        title="slurmctl-rest", code_format=WITHOUT_FONTS, unique_id=Path(name).stem
    )
    svg = svg.replace("<text ", '<text xml:space="preserve" ')  # or some readers indent nothing
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def shown(tape: Tape, sentence: str, transport: httpx.BaseTransport, answer: str = "") -> str:
    """Return what is on a terminal afterwards; `answer` is typed to a question."""
    screen = Screen()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "token").write_text(jwt(None), encoding="ascii")
        (Path(folder) / "token").chmod(0o600)
        config = Path(folder) / "config.toml"
        config.write_text(
            PROFILE.format(suite=tape.suite, version=tape.api_version, folder=folder),
            encoding="utf-8",
        )
        with (
            mock.patch.dict(os.environ, ENVIRONMENT),
            mock.patch.object(real, "_transport", return_value=transport),
            mock.patch("sys.stdin", Keyboard(answer, screen)),
            mock.patch("slurmctl_rest.cli.console._wait_for"),
            contextlib.redirect_stdout(screen),
            contextlib.redirect_stderr(screen),
        ):
            os.environ.pop("NO_COLOR", None)
            code = main([*shlex.split(sentence), "--config", str(config)])
    assert code == Exit.OK, screen.getvalue()
    return screen.getvalue().replace(tape.suite, CLUSTER).strip("\n")


def answers(tape: Tape) -> httpx.MockTransport:
    """Return a slurmrestd that answers what the tape has, from before anything was written."""
    known: dict[str, Exchange] = {}
    for exchange in tape.exchanges:
        if exchange.method != "GET":
            break
        if exchange.status == HTTPStatus.OK:
            known.setdefault(str(exchange.request), exchange)
    return httpx.MockTransport(lambda request: known[str(request_of(request))].response)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name_, text in pictures().items():
        (FOLDER / name_).write_text(text, encoding="utf-8")
