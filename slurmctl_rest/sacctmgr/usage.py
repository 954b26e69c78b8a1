"""The help of the voice `sacctmgr`: what it takes, out of the tables by which it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slurmctl_rest.sacctmgr.columns import LIST_COLUMNS
from slurmctl_rest.sacctmgr.options import LONG
from slurmctl_rest.sacctmgr.verbs import NOUNS_OF_VERB, VERBS

OPTIONS = {
    "-h": "print this text",
    "-i": "write without a question",
    "-n": "leave out the header of a list",
    "-o": "accepted, and without effect",
    "-p": "end each column of a list with '|'",
    "-P": "separate the columns of a list by '|'",
    "-Q": "print fewer messages",
    "-r": "refuse to write",
    "-s": "show the associations of accounts and users, too",
    "-v": "print more messages",
    "-V": "print the release of Slurm",
    "--json": "print slurmrestd's JSON of a list",
    "--yaml": "print it as YAML",
    "--dry-run": "print what would be sent, and send nothing (not of sacctmgr)",
}
"""What each option does."""

USAGE_WIDTH = 76


def usage_text() -> str:
    """Return the help; it begins as sacctmgr's does."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield "sacctmgr [<OPTION>] [<COMMAND>]"
    yield "    Valid <OPTION> values are:"
    for option, text in OPTIONS.items():
        longs = [f"--{long}" for long, letter in LONG.items() if letter == option]
        yield f"     {' or '.join(dict.fromkeys([option, *longs]))}: {text}"
    yield ""
    yield "  Valid <COMMAND> values are:"
    of = {verb: [word for word, _, meant in VERBS if meant == verb] for _, _, verb in VERBS}
    for words in of.values():
        yield f"     {' or '.join(words)}"
    for verb, nouns in NOUNS_OF_VERB.items():
        yield ""
        yield f"  {verb} is followed by one of:"
        yield from _wrapped([noun for noun, _, _ in nouns])
    yield ""
    yield "  Columns of lists, for format=NAME,NAME%USAGE_WIDTH:"
    yield from _wrapped([column.words[0][0] for column in LIST_COLUMNS])
    yield ""
    yield "  Commands, names and fields may be in any case, and cut short."
    yield "  The manual page of sacctmgr has the fields and conditions of each command."


def _wrapped(words: Sequence[str]) -> Iterator[str]:
    line = "    "
    for word in words:
        if len(line) + len(word) + 1 > USAGE_WIDTH:
            yield line
            line = "    "
        line += f" {word}"
    yield line
