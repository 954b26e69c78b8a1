"""The order of the words of a command line: options first, then the noun, then its verb."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.fields import did_you_mean
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr.grammar import VERBS, noun_first


def in_order(
    words: Sequence[str], takes_value: Mapping[str, bool], commands: Mapping[str, Collection[str]]
) -> list[str]:
    """Return the words in the order in which Typer reads them.

    >>> in_order(["list", "accounts", "-n"], {"-n": False}, {"account": ["list"]})
    ['-n', 'account', 'list']
    """
    options, rest = split_options(words, takes_value)
    if rest[:1] and rest[0] in WITH_THEIR_OWN_OUT:
        others = {name: takes for name, takes in takes_value.items() if name != "-o"}
        options, rest = split_options(words, others)
    ordered = noun_first(rest, commands)
    if ordered == rest and rest and rest[0].lower() in VERBS:
        raise _no_noun(rest, commands)
    return options + ordered


WITH_THEIR_OWN_OUT = ("export", "plan")
"""Commands whose -o is the file that they write."""


def _no_noun(words: Sequence[str], commands: Mapping[str, Collection[str]]) -> UsageError:
    """Return the error for a verb whose noun is missing, or is not known to have it."""
    verb = words[0]
    nouns = [noun for noun, verbs in commands.items() if VERBS[verb.lower()] in verbs]
    if len(words) > 1 and not words[1].startswith("-"):
        hint = did_you_mean(words[1], nouns)
        message = f"'{printable(words[1])}' is no object of {verb}"
    else:
        hint, message = "", f"'{verb}' needs an object"
    return UsageError(message, hint or f"{verb} {', '.join(nouns)}")


def split_options(
    words: Sequence[str], takes_value: Mapping[str, bool]
) -> tuple[list[str], list[str]]:
    """Return the options of the program, which may stand anywhere, and the other words.

    `takes_value` holds every spelling of them. Words after `--` are left alone.

    >>> split_options(["account", "list", "-n"], {"-n": False})
    (['-n'], ['account', 'list'])
    """
    front: list[str] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest += [word, *queue]
            break
        name = word.partition("=")[0] if word.startswith("--") else word
        if name in takes_value:
            front.append(word)
            if takes_value[name] and name == word:
                if not queue:
                    raise UsageError(f"{word} needs a value", "slurmctl-rest --help")
                front.append(queue.pop(0))
        # Typer takes -nP apart, but only where both are options of the same command.
        elif _is_cluster_of_letters(word, takes_value):
            front.append(word)
        else:
            rest.append(word)
    return front, rest


def _is_cluster_of_letters(word: str, takes_value: Mapping[str, bool]) -> bool:
    """Tell whether the word is like -nP, or like -Malps."""
    if len(word) < 3 or word[0] != "-" or word[1] == "-":
        return False
    if takes_value.get(word[:2], False):
        return True
    return all(f"-{letter}" in takes_value and not takes_value[f"-{letter}"] for letter in word[1:])
