"""Over REST: which file of this folder answers a verb of sacctmgr and its noun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TypeAlias

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import alone
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.conditions import LIST_NOUNS
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, Reply, lines

Handler: TypeAlias = Callable[[Context, Options, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun."""

HANDLERS: Mapping[tuple[str, str], str] = {
    ("add", "account"): "accounts.add",
    ("add", "cluster"): "clusters.add",
    ("add", "coordinator"): "coordinators.add",
    ("add", "qos"): "qos.add",
    ("add", "user"): "users.add",
    ("delete", "account"): "accounts.delete",
    ("delete", "cluster"): "clusters.delete",
    ("delete", "coordinator"): "coordinators.delete",
    ("delete", "qos"): "qos.delete",
    ("delete", "user"): "users.delete",
    ("dump", ""): "dump.dumped",
    ("list", "runawayjob"): "runaway.listed",
    ("load", ""): "load.loaded",
    ("modify", "account"): "accounts.modify",
    ("modify", "cluster"): "clusters.modify",
    ("modify", "job"): "jobs.modify",
    ("modify", "qos"): "qos.modify",
    ("modify", "user"): "users.modify",
}
"""(verb, noun) -> the function that answers, in a file of this folder.

Lists that are not here are those of LIST_NOUNS.
"""

DATA_PARSERS = "list"
"""The value of --json that asks for all that there are."""


def answered(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Return the reply to words."""
    if options.data_parser == DATA_PARSERS:
        from slurmctl_rest.cli.drop_in.documents import parsers  # noqa: PLC0415  (as below)

        return parsers(context)
    if options.help or options.version:
        words = ["version" if options.version else "help"]
    verb, noun, further = verbs.meant(words, readonly=options.readonly)
    if verb in alone.WORDS:
        return _of_one_word(context, options, verb, words)
    if verb == "modify" and any(map(verbs.resets_usage, further)):
        from slurmctl_rest.cli.drop_in.commands import handed_on  # noqa: PLC0415  (as below)

        # As `slurmctl-rest raw-usage`, whatever the profile says: slurmrestd cannot reset it.
        argv = [*(["-i"] if options.immediate else ()), *words]
        return handed_on(context, options, argv, words)
    handler = _handler(verb, noun)
    if handler is None:
        raise Unsupported(
            f"sacctmgr {verb} {noun}".rstrip() + " is not possible over REST", NEEDS_COMMANDS
        )
    return handler(context, options, further)


def _handler(verb: str, noun: str) -> Handler | None:
    """Return what answers a verb, loaded where it is asked for: scripts call sacctmgr in loops."""
    if verb == "list" and (verb, noun) not in HANDLERS:
        from slurmctl_rest.cli.drop_in.listing import answered_list  # noqa: PLC0415

        return partial(answered_list, noun) if noun in LIST_NOUNS else None
    module, _, function = HANDLERS.get((verb, noun), "").partition(".")
    if not module:
        return None
    handler: Handler = getattr(import_module(f"{__package__}.{module}"), function)
    return handler


def _of_one_word(context: Context, options: Options, verb: str, words: Sequence[str]) -> Reply:
    reply = alone.WORDS[verb](context, options)
    if len(words) == 1 or verb not in verbs.ALONE:
        return reply
    code = reply.code if verb in verbs.GOES_ON else FAILED
    return replace(reply, stderr=lines(verbs.ALONE[verb].format(words[0])), code=code)
