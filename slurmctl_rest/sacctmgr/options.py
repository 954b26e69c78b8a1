"""The options of the voice `sacctmgr`, which may stand anywhere on its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines


@dataclass(frozen=True, slots=True)
class LineOptions:
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


OPTION_VALUES: dict[str, dict[str, Any]] = {
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
LONG: Mapping[str, str] = {
    "autocomplete": "",
    "help": "-h",
    "usage": "-h",
    "immediate": "-i",
    "noheader": "-n",
    "oneliner": "-o",
    "parsable": "-p",
    "parsable2": "-P",
    "quiet": "-Q",
    "readonly": "-r",
    "associations": "-s",
    "verbose": "-v",
    "version": "-V",
    "json": "--json",
    "yaml": "--yaml",
    "dry-run": "--dry-run",
}
"""The long options in sacctmgr's order, each with its letter; --autocomplete is for its completion
alone. --dry-run is ours."""
WITH_VALUE = frozenset({"json", "yaml"})
"""Those that may have a value: a version of the API."""
LAST = frozenset({"-h", "-V"})
"""Those behind which sacctmgr reads nothing."""


def options_and_words(argv: Sequence[str]) -> tuple[LineOptions, list[str]]:
    """Return the options of a command line, and its other words.

    Raises LineRefused, with what sacctmgr says to an option that it does not know.

    >>> options_and_words(["list", "account", "-n"])[1]
    ['list', 'account']
    """
    options = LineOptions()
    words: list[str] = []
    for place, word in enumerate(argv):
        if word == "--":
            words += argv[place + 1 :]
            break
        if word.startswith("--"):
            found = [_long(word)]
        elif word.startswith("-") and word != "-":
            found = [f"-{letter}" for letter in word[1:]]
        else:
            words.append(word)
            continue
        for name in found:
            if name == "-v":
                options = replace(options, verbose=options.verbose + 1)
            elif name in OPTION_VALUES:
                options = replace(options, **OPTION_VALUES[name])
                if name.removeprefix("--") in WITH_VALUE:
                    value = word.partition("=")[2]
                    options = replace(options, data_parser=value, argv=tuple(argv))
            else:
                raise _refused(f"invalid option -- '{name[1:]}'")
            if name in LAST:
                return options, words
    return options, words


def _long(word: str) -> str:
    """Return the option that a long one means: its name, or the beginning of one alone."""
    name, equals, _ = word[2:].partition("=")
    found = [name] if name in LONG else [known for known in LONG if known.startswith(name)]
    if not found:
        raise _refused(f"unrecognized option '{word}'")
    if len({LONG[known] for known in found}) > 1:
        possible = " ".join(f"'--{known}'" for known in found)
        raise _refused(f"option '{word}' is ambiguous; possibilities: {possible}")
    if equals and found[0] not in WITH_VALUE:
        raise _refused(f"option '--{found[0]}' doesn't allow an argument")
    if not LONG[found[0]]:
        raise _refused(f"option '--{found[0]}' requires an argument")
    return LONG[found[0]]


def _refused(what: str) -> LineRefused:
    return LineRefused(as_lines(f"sacctmgr: {what}", 'Try "sacctmgr --help" for more information'))
