"""The options of the voice `sacctmgr`, which may stand anywhere on its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from getopt import GetoptError, gnu_getopt
from typing import Any

from slurmctl_rest.sacctmgr.reply import Refused, lines


@dataclass(frozen=True, slots=True)
class Options:
    """What the options say; the comment has sacctmgr's letter."""

    immediate: bool = False  # -i
    header: bool = True  # -n
    oneliner: bool = False  # -o, which changes nothing
    parsable: str = ""  # "-p" or "-P"
    quiet: bool = False  # -Q
    readonly: bool = False  # -r
    associations: bool = False  # -s
    verbose: int = 0  # -v
    help: bool = False  # -h
    version: bool = False  # -V
    document: str = ""  # "json" or "yaml": the list is that of slurmrestd
    data_parser: str = ""  # behind --json= or --yaml=, like v0.0.45
    argv: Sequence[str] = ()  # the whole line, which --json tells
    dry_run: bool = False  # ours: --dry-run


LETTERS = "hinopPQrsvV"
SETTINGS: dict[str, dict[str, Any]] = {
    "-h": {"help": True},
    "-i": {"immediate": True},
    "-n": {"header": False},
    "-o": {"oneliner": True},
    "-p": {"parsable": "-p"},
    "-P": {"parsable": "-P"},
    "-Q": {"quiet": True},
    "-r": {"readonly": True},
    "-s": {"associations": True},
    "-V": {"version": True},
    "--json": {"document": "json"},
    "--yaml": {"document": "yaml"},
    "--dry-run": {"dry_run": True},
}
"""What each option sets."""
LONG = {
    "--associations": "-s",
    "--help": "-h",
    "--immediate": "-i",
    "--noheader": "-n",
    "--oneliner": "-o",
    "--parsable": "-p",
    "--parsable2": "-P",
    "--quiet": "-Q",
    "--readonly": "-r",
    "--usage": "-h",
    "--verbose": "-v",
    "--version": "-V",
}
"""The long options, each with its letter."""
LONG_ALONE = ("json", "yaml", "dry-run")


def split(argv: Sequence[str]) -> tuple[Options, list[str]]:
    """Return the options of a command line, and its other words.

    Raises Refused, with what sacctmgr says to an option that it does not know.

    >>> split(["list", "account", "-nP"])
    (Options(header=False, parsable='-P'), ['list', 'account'])
    """
    names = [*(long.removeprefix("--") for long in LONG), *LONG_ALONE]
    # `--json=v0.0.45` has a value of its own word; getopt cannot say that one may be missing.
    plain = [word.partition("=")[0] if word.startswith(DOCUMENTS) else word for word in argv]
    try:
        found, words = gnu_getopt(plain, LETTERS, names)
    except GetoptError as error:
        raise _unknown(error) from error
    parsers = [word.partition("=")[2] for word in argv if word.startswith(DOCUMENTS)]
    options = Options()
    if parsers:
        options = replace(options, data_parser=parsers[-1], argv=tuple(argv))
    for name, _ in found:
        letter = LONG.get(name, name)
        if letter == "-v":
            options = replace(options, verbose=options.verbose + 1)
        else:
            options = replace(options, **SETTINGS[letter])
    return options, words


DOCUMENTS = ("--json", "--yaml")


def _unknown(error: GetoptError) -> Refused:
    what = f"invalid option -- '{error.opt}'"
    if len(error.opt or "") > 1:
        what = f"unrecognized option '--{error.opt}'"
    return Refused(lines(f"sacctmgr: {what}", 'Try "sacctmgr --help" for more information'))
