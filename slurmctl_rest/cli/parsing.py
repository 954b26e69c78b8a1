"""Typer's commands, made and loaded only if this run needs them.

tests/cli/test_imports.py states which modules each run loads.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_group

Made: TypeAlias = TyperCommand | TyperGroup
TextOf: TypeAlias = Callable[[], str]
"""Writes a text that is to be shown."""


def group(
    callback: Callable[..., None],
    commands: Mapping[str, Callable[[], Made]],
    text: TextOf | None = None,
    context_settings: dict[str, Any] | None = None,
) -> TyperGroup:
    """Return commands together, each made when it is asked for; `text`: the help, or callback's."""
    app = typer.Typer(
        cls=CommandGroup,
        callback=callback,
        invoke_without_command=True,
        add_completion=False,  # cli/complete.py answers the shells
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=context_settings,
    )
    made = cast(CommandGroup, get_group(app))
    made.commands, made.text = OnDemand(commands), text
    return made


def typer_command(
    function: Callable[..., None],
    text: TextOf | None = None,
    *,
    short: TextOf | None = None,
    usage: TextOf | None = None,
    hidden: bool = False,
) -> TyperCommand:
    """Return the command that calls the function.

    text   the help, or the function's
    short  the line in a list of commands
    usage  which words it takes, where Typer could only say that it takes some
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=LeafCommand, hidden=hidden)(function)
    made = cast(LeafCommand, get_command(app))
    made.text, made.short, made.usage = text, short, usage
    return made


class OnDemand(UserDict[str, Any]):
    """Commands by their names: each is made when it is asked for, and most never are.

    All names are known at once: help, completion and "did you mean" go through them.
    """

    def __getitem__(self, name: str) -> Made:
        """Return the command of a name."""
        found = self.data[name]
        made: Made = found if isinstance(found, Made) else found()
        self.data[name] = made
        return made


class _Described:
    """Something whose help is written when it is shown, and whose words are read lightly."""

    text: TextOf | None = None
    given: str | None = None

    @property
    def help(self) -> str | None:
        """The whole text."""
        return self.text() if self.text else self.given

    @help.setter  # noqa: A003 (the name is Typer's)
    def help(self, text: str | None) -> None:
        self.given = text

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for one in params:
            one.get_runtime_param = ValueReader
        return params


class CommandGroup(_Described, TyperGroup):
    """The program, a noun, or other commands together."""


class LeafCommand(_Described, TyperCommand):
    """A command; its short text is never cut."""

    short: TextOf | None = None
    usage: TextOf | None = None

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line in a list of commands."""
        return self.short() if self.short else super().get_short_help_str(limit)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the usage after the words of the command."""
        usage = self.usage
        return [f"[options] {usage()}"] if usage else super().collect_usage_pieces(ctx)


class ValueReader:
    """Reads the words of a parameter in Typer's place, to the same values.

    Typer loads pydantic to read any word. Here that is done for a bad one alone, to say what is
    wrong with it.
    """

    @staticmethod
    def coerce(value: Any, param: TyperOption | TyperArgument, ctx: Any) -> Any:
        """Return the value of words, or of a default."""
        if value is None:
            return () if param.nargs == -1 else None
        kind = param.type_descriptor.annotation
        if value in get_args(kind):  # of a Literal
            return value
        try:
            return READ[kind](value)
        except (KeyError, ValueError):
            return type(param).get_runtime_param(param).coerce(value, param=param, ctx=ctx)


READ: Mapping[Any, Callable[[Any], Any]] = {str: str, int: int, float: float, list[str]: list}
