"""Typer's commands, made and loaded only if this run needs them.

tests/cli/test_imports.py states which modules each run loads.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_group

Made: TypeAlias = TyperCommand | TyperGroup
TextOf: TypeAlias = Callable[[], str]
"""Writes a text that is to be shown."""

PANELS = ("Input", "Selection", "Values", "Write", "Output", "Common")
"""Titles of options in help, in their order: Typer's rich_help_panel of each option."""
HELP = "Print this help"


def group(
    callback: Callable[..., None],
    commands: Mapping[str, Callable[[], Made]],
    text: TextOf | None = None,
    *,
    usage: str,
    end: TextOf | None = None,
    titles: Mapping[str, Sequence[str]] | None = None,
    context_settings: dict[str, Any] | None = None,
) -> TyperGroup:
    """Return commands together, each made when it is asked for.

    text    the help, or callback's
    usage   what follows the words of the group
    end     the last paragraphs of the help
    titles  the commands under each title of the help; one title for all if it is not given
    """
    app = typer.Typer(
        cls=CommandGroup,
        callback=callback,
        invoke_without_command=True,
        add_completion=False,  # cli/complete.py answers the shells
        pretty_exceptions_enable=False,
        # With a mode Typer loads rich for its help.
        rich_markup_mode=None,
        context_settings=context_settings,
    )
    made = cast(CommandGroup, get_group(app))
    made.commands, made.text, made.end = OnDemand(commands), text, end
    made.usage, made.titles = usage, titles or {"Commands": [*commands]}
    return made


def typer_command(
    function: Callable[..., None],
    text: TextOf | None = None,
    *,
    short: TextOf | None = None,
    usage: TextOf | None = None,
    end: TextOf | None = None,
    shared: Callable[[], Collection[str]] = tuple,
    hidden: bool = False,
) -> TyperCommand:
    """Return the command that calls the function.

    text    the help, or the function's
    short   the line in a list of commands
    usage   the tokens that it takes, where Typer could only print that it takes some
    end     the last paragraphs of the help
    shared  names of the program's options that its help shows, too
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=LeafCommand, hidden=hidden)(function)
    made = cast(LeafCommand, get_command(app))
    made.text, made.short, made.usage, made.end, made.shared = text, short, usage, end, shared
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
    end: TextOf | None = None
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
            if one.name == "help":
                one.help, one.rich_help_panel = HELP, "Common"
        return params

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage; what stands in brackets is not broken."""
        own = ctx.make_formatter()
        own.write_usage(ctx.command_path, _unbroken(self.usage_after))
        formatter.write(own.getvalue().translate(BREAKABLE))

    @property
    def usage_after(self) -> str:
        """The usage after the words of the command."""
        raise NotImplementedError

    def format_help_text(self, _: Any, formatter: Any) -> None:
        """Write the paragraphs; a list with a title stands at the margin, as options do."""
        for paragraph in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            if paragraph.startswith("\b"):
                formatter.write_text(paragraph)
            else:
                with formatter.indentation():
                    formatter.write_text(paragraph)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the last paragraphs, at the margin."""
        if self.end:
            own = ctx.make_formatter()
            own.write_text(self.end())
            formatter.write_paragraph()
            formatter.write(own.getvalue().translate(BREAKABLE))


class CommandGroup(_Described, TyperGroup):
    """The program, a noun, or other commands together."""

    usage: str = ""
    titles: Mapping[str, Sequence[str]] = {}

    def get_short_help_str(self, _: int = 45) -> str:
        """Return the line in a list of commands."""
        return (self.help or "").partition("\n")[0]

    @property
    def usage_after(self) -> str:
        """The usage after the words of the group."""
        return self.usage

    def format_options(self, _: Any, formatter: Any) -> None:
        """Write the commands alone: the help of each command has its options."""
        width = max(len(name) for names in self.titles.values() for name in names)
        for title, names in self.titles.items():
            shorts = ((name, self.commands[name].get_short_help_str()) for name in names)
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", short) for name, short in shorts])


class LeafCommand(_Described, TyperCommand):
    """A command; its short text is never cut."""

    short: TextOf | None = None
    usage: TextOf | None = None
    shared: Callable[[], Collection[str]] = tuple

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line in a list of commands."""
        return self.short() if self.short else super().get_short_help_str(limit)

    @property
    def usage_after(self) -> str:
        """The usage after the words of the command."""
        return f"[options] {self.usage() if self.usage else ''}".rstrip()

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options by their panels: the command's own, and those it shares."""
        panels = {
            title: [one for option in options if (one := option.get_help_record(ctx))]
            for title, options in self.panels(ctx).items()
        }
        width = max(len(names) for records in panels.values() for names, _ in records)
        for title, records in panels.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl([(f"{names:<{width}}", help_) for names, help_ in records])

    def panels(self, ctx: Any) -> Mapping[str, Sequence[TyperOption]]:
        """Return the options that help shows, by the titles above them."""
        shared = self.shared()
        whole = ctx.find_root().command
        options = [*self.get_params(ctx), *(p for p in whole.params if p.name in shared)]
        return by_panel(options)


def by_panel(parameters: Sequence[Any]) -> Mapping[str, list[TyperOption]]:
    """Return the options among parameters by their panels."""
    found: dict[str, list[TyperOption]] = {title: [] for title in PANELS}
    for one in parameters:
        if isinstance(one, TyperOption):
            found[one.rich_help_panel or "Common"].append(one)
    # --help is the last one.
    return {t: sorted(some, key=lambda one: one.name == "help") for t, some in found.items()}


UNBREAKABLE = str.maketrans({" ": "\N{NO-BREAK SPACE}", "-": "\N{NON-BREAKING HYPHEN}"})
BREAKABLE = {ord(after): before for before, after in UNBREAKABLE.items()}
"""Places at which Typer would break a line, and characters that it does not know as such."""


def unbreakable(text: str) -> str:
    """Return words that stay on one line of help."""
    return text.translate(UNBREAKABLE)


def _unbroken(usage: str) -> str:
    """Return the usage with hard spaces: in brackets, before dots, and after `set`."""
    return "".join(_pieces(usage))


def _pieces(usage: str) -> Iterator[str]:
    depth = 0
    for at, character in enumerate(usage):
        depth += (character == "[") - (character == "]")
        glued = usage.startswith("...", at + 1) or usage[:at].endswith(" set")
        holds = character == " " and (depth or glued)
        yield unbreakable(character) if holds else character


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
