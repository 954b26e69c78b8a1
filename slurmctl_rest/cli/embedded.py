"""A command inside another program: the command line's own path, without a terminal.

What it would print is kept, and nothing is asked: a plan that was approved before is the answer to
the question of a write, and any other plan is refused before anything is sent.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import typer

from slurmctl_rest.cli import app
from slurmctl_rest.cli.console import Console, Options
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Changed, Interrupted, SlurmctlError, Unsupported
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.render.listing import OutputTarget

PLAN_ANEW = "plan again, and decide on the new plan"
NEEDS_TERMINAL = frozenset({"demo", "edit", "help", "mcp", "sacctmgr", "watch"})
"""Commands that are for a person at a terminal, or never end."""


class SilentConsole(Console):
    """A console that keeps what is printed, and answers for a plan that was approved."""

    def __init__(self, digest: str = "") -> None:
        """`digest`: of the plan that was approved, if there is one."""
        super().__init__(Options())
        self.digest = digest
        self.text = io.StringIO()

    def output_target(self, stream: object = None) -> OutputTarget:
        """Return a place that is no terminal."""
        del stream
        return OutputTarget(header=self.options.header)

    def _write(self, lines: list[str]) -> None:
        if lines:
            self.text.write("\n".join([*lines, ""]))
            lines.clear()

    def eprint(self, message: str) -> None:
        """Drop it: `warnings` of the answer has what matters, and errors are raised."""

    def can_ask(self) -> bool:  # type: ignore[override]  # (it is an instance that was approved)
        """Tell whether a plan was approved."""
        return bool(self.digest)

    def confirmed(
        self,
        plan: Sequence[Outcome],
        question: str,
        typed: str = "",
        transactions: Sequence[int] = (),
    ) -> bool:
        """Say yes: `hold_to` has seen that it is the plan that was approved."""
        del plan, question, typed, transactions
        return True

    def hold_to(self, digest: Callable[[], str]) -> None:
        """Raise Changed for any other plan than the one that was approved."""
        if self.digest and digest() != self.digest:
            raise Changed("the plan is another one than was approved", PLAN_ANEW)


class SilentContext(Context):
    """A context whose terminal is nobody's: no progress is drawn, and no signal is heard."""

    def on_command(self, command: SentCommand) -> None:
        """Keep silent: the log of the executor has the command."""


def run(words: Sequence[str], *, digest: str = "") -> str:
    """Run a command line and return what it prints; raise its error, with that as `answer`."""
    if {*words[:1]} & NEEDS_TERMINAL:
        raise Unsupported(f"'{words[0]}' needs a terminal", "use the command line")
    context = SilentContext()
    context.console = SilentConsole(digest)
    error_: SlurmctlError
    try:
        app.run_words(list(words), context)
    except SlurmctlError as error:
        error_ = error
    except typer.TyperException as error:
        error_ = app.misspoken(error)
    except typer.Abort:
        error_ = Interrupted("interrupted; nothing was changed")
    else:
        return context.console.text.getvalue()
    finally:
        context.close()
    error_.executor = error_.executor or context.executor
    error_.answer = context.console.text.getvalue()
    raise error_
