"""Over REST: which file of this folder answers a verb of sacctmgr and its noun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import alone, clusters, jobs, qos
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, Reply, lines

Handler: TypeAlias = Callable[[Context, Options, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun."""

HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("add", "cluster"): clusters.add,
    ("add", "qos"): qos.add,
    ("delete", "cluster"): clusters.delete,
    ("delete", "qos"): qos.delete,
    ("modify", "job"): jobs.modify,
    ("modify", "qos"): qos.modify,
}
"""(verb, noun) -> what answers."""


def answered(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Return the reply to words."""
    if options.help or options.version:
        words = ["version" if options.version else "help"]
    verb, noun, rest = verbs.meant(words, readonly=options.readonly)
    if verb in alone.WORDS:
        return _of_one_word(context, options, verb, words)
    handler = HANDLERS.get((verb, noun))
    if handler is None:
        raise Unsupported(
            f"sacctmgr {verb} {noun}".rstrip() + " is not possible over REST", NEEDS_COMMANDS
        )
    return handler(context, options, rest)


def _of_one_word(context: Context, options: Options, verb: str, words: Sequence[str]) -> Reply:
    reply = alone.WORDS[verb](context, options)
    if len(words) == 1 or verb not in verbs.ALONE:
        return reply
    code = reply.code if verb in alone.GOES_ON else FAILED
    return replace(reply, stderr=lines(verbs.ALONE[verb].format(words[0])), code=code)
