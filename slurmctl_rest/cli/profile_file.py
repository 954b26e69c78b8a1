"""`profile init`, `set` and `use`: the configuration file is written."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import typer

from slurmctl_rest.backends.commands.process import on_path
from slurmctl_rest.cli import doctor
from slurmctl_rest.cli.context import Context
from slurmctl_rest.config import edit, found
from slurmctl_rest.config.load import choose_profile, file_text
from slurmctl_rest.config.paths import config_files
from slurmctl_rest.errors import ConfigError, Refused, UsageError
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable
from slurmctl_rest.replacing import PRIVATE, replace_whole

UNAUTHENTICATED = (
    "the profile names no source of a token: SLURM_JWT is read, which is not set (profile set "
    "token_file=FILE; scontrol token username=NAME prints a token)"
)


def init(context: Context, words: Sequence[str], *, check: bool) -> None:
    """Write a new profile, and check it. At a terminal, ask for what is not given."""
    name, settings = _split(words)
    _refuse_readonly(context)
    given = edit.parse_settings(settings)
    here = found.look(getpass.getuser(), on_path("sacctmgr"))
    asks = context.console.can_ask() and not context.options.immediate
    if name is None:
        name = typer.prompt("Name of the profile", "default", err=True) if asks else "default"
    if not name.strip() or not name.isprintable():
        raise UsageError(f"'{printable(name)}' is not a name for a profile", "profile init NAME")
    keys = found.suggested(here, _asked(here, given) if asks else given)
    file = _file(context)
    text = edit.with_keys(_text(file), name, keys, new=True)
    if not found.has_token(here, keys):
        context.console.warn(UNAUTHENTICATED)
    if _wrote(context, file, text, f"profile '{name}'") and check:
        with closing(context.beside(profile=name, config=file)) as other:
            doctor.run(other)


def set_(context: Context, words: Sequence[str]) -> None:
    """Give keys of a profile other values."""
    name, settings = _split(words)
    _refuse_readonly(context)
    if not settings:
        raise UsageError("no key is given", "profile set [NAME] KEY=VALUE")
    wanted = edit.parse_settings(settings)
    chosen = choose_profile(name or context.options.profile, context.options.config)
    if not chosen.name or chosen.file is None:
        raise ConfigError("there is no profile yet", "profile init")
    text = edit.with_keys(_text(chosen.file), chosen.name, wanted)
    _wrote(context, chosen.file, text, f"profile '{chosen.name}'")


def use(context: Context, name: str) -> None:
    """Make another profile the default one."""
    _refuse_readonly(context)
    file = _file(context)
    if not os.path.lexists(file):
        raise ConfigError(f"profile '{printable(name)}': there is no profile file", "profile init")
    _wrote(context, file, edit.with_default(_text(file), name), f"default profile '{name}'")


def _split(words: Sequence[str]) -> tuple[str | None, list[str]]:
    names = [word for word in words if "=" not in word]
    if len(names) > 1:
        raise UsageError(f"'{printable(names[1])}' is not KEY=VALUE", "one profile at a time")
    return names[0] if names else None, [word for word in words if "=" in word]


def _asked(here: found.OnThisMachine, given: found.Keys) -> found.Keys:
    """Ask for what matters and is not given; what was found is what Enter takes."""
    answers: dict[tuple[str, ...], Json] = {**given}
    likely = "rest" if here.urls or any(path[0] == "rest_api" for path in given) else "cli"
    if found.EXECUTOR not in answers:
        answers[found.EXECUTOR] = _ask("Executor: rest (slurmrestd) or cli (sacctmgr)", likely)
    if answers[found.EXECUTOR] != "rest":
        return answers
    if found.URL not in answers:
        answers[found.URL] = _ask("Address of slurmrestd", next(iter(here.urls), None))
    if found.USERNAME not in answers:
        answers[found.USERNAME] = _ask("User that the token is for", here.user)
    if not {*found.OF_TOKENS} & {*answers} and not here.has_token and here.jwt_key is None:
        answers[found.TOKEN_FILE] = _ask("File of the token (- for SLURM_JWT)", "-")
    return {path: value for path, value in answers.items() if value != "-"}


def _ask(question: str, default: str | None) -> str:
    return cast("str", typer.prompt(question, default, err=True))


def _refuse_readonly(context: Context) -> None:
    if context.options.readonly:
        raise Refused("--readonly refuses all writes")


def _file(context: Context) -> Path:
    """Return the file that is meant: the one that is read, or the first place for one."""
    if context.options.config is not None:
        return context.options.config
    places = list(config_files())
    return next((path for path in places if os.path.lexists(path)), places[0])


def _text(file: Path) -> str:
    return file_text(file) if os.path.lexists(file) else ""


def _wrote(context: Context, file: Path, text: str, what: str) -> bool:
    """Write the file unless this is a dry run; tell whether it was written."""
    if context.options.dry_run:
        context.console.print([text.rstrip("\n")])
        return False
    if text == _text(file):
        context.console.say(f"{what}: nothing to change")
        return True
    try:
        replace_whole(file, text, PRIVATE)
    except OSError as error:
        raise ConfigError(
            f"profile file {file}: {error.strerror or error}", "name another one with --config"
        ) from error
    context.console.say(f"{what}: written to {file}")
    return True
