"""Over REST: which file of this folder answers a verb of sacctmgr and its noun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TypeAlias

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import alone
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.conditions import CONDITION_NOUNS
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, SACCTMGR, LineRefused, Reply, as_lines
from slurmctl_rest.sacctmgr.tokens import is_old

Handler: TypeAlias = Callable[[Context, LineOptions, Sequence[str]], Reply]
"""Answers the words behind a verb and its noun."""

HANDLERS: Mapping[tuple[str, str], str] = {
    ("add", "account"): "accounts.account_added",
    ("add", "cluster"): "qos_and_clusters.cluster_added",
    ("add", "coordinator"): "coordinators.coordinator_added",
    ("add", "qos"): "qos_and_clusters.qos_added",
    ("add", "user"): "users.user_added",
    ("delete", "account"): "accounts.account_deleted",
    ("delete", "cluster"): "qos_and_clusters.cluster_deleted",
    ("delete", "coordinator"): "coordinators.coordinator_deleted",
    ("delete", "qos"): "qos_and_clusters.qos_deleted",
    ("delete", "user"): "users.user_deleted",
    ("dump", ""): "dump.cluster_dumped",
    ("list", "runawayjob"): "runaway.runaway_listed",
    ("load", ""): "load.file_loaded",
    ("modify", "account"): "accounts.account_modified",
    ("modify", "cluster"): "qos_and_clusters.cluster_modified",
    ("modify", "job"): "jobs.job_modified",
    ("modify", "qos"): "qos_and_clusters.qos_modified",
    ("modify", "user"): "users.user_modified",
}
"""(verb, noun) -> the function that answers, in a file of this folder.

Lists that are not here are those of CONDITION_NOUNS.
"""

NOT_ANSWERED: Mapping[str, str] = {
    "configuration": "slurmrestd tells a part of slurmdbd's settings, and none of sacctmgr's",
    "event": "slurmrestd tells no events",
    "federation": "slurmrestd knows no federations",
    "instance": "instances are nodes of a cloud, of which there was none to compare with",
    "problem": "only slurmdbd's host knows which users have a UID",
    "reservation": "slurmrestd tells slurmctld's reservations, which have no UnusedWall",
    "resource": "slurmrestd knows no resources",
    "stats": "slurmrestd does not tell the numbers of RPCs and users, which are printed",
    "transaction": "slurmrestd tells no transactions",
}
"""Nouns that REST does not answer, and why; docs/drop-in.md has the same table."""

DATA_PARSERS = "list"
"""The value of --json that asks for all that there are."""


def rest_answered(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Return the reply to words."""
    if options.data_parser == DATA_PARSERS:
        from slurmctl_rest.cli.drop_in.documents import parsers  # noqa: PLC0415  (as below)

        return parsers(context)
    _refuse_conflicting(context, options)
    if options.help or options.version:
        words = ["version" if options.version else "help"]
    verb, noun, further = verbs.meant(words, readonly=options.readonly)
    if verb in alone.SINGLE_ANSWERS:
        return _of_one_word(context, options, verb, words)
    if verb == "modify" and any(map(verbs.resets_usage, further)):
        from slurmctl_rest.cli.drop_in.commands import handed_on  # noqa: PLC0415  (as below)

        # As `slurmctl-rest raw-usage`, whatever the profile says: slurmrestd cannot reset it.
        argv = [*(["-i"] if options.immediate else ()), *words]
        return handed_on(context, options, argv, words)
    handler = _handler(verb, noun)
    if handler is None:
        why = f": {NOT_ANSWERED[noun]}" if noun in NOT_ANSWERED else ""
        raise Unsupported(
            f"{SACCTMGR} {verb} {noun}".rstrip() + f" is not possible over REST{why}",
            NEEDS_COMMANDS,
        )
    return handler(context, options, further)


def _refuse_conflicting(context: Context, options: LineOptions) -> None:
    """Raise LineRefused for options that exclude each other, but to 24.11."""
    both = options.quiet and options.verbose and not (options.help or options.version)
    if both and not is_old(context.backend.release()):
        raise LineRefused(as_lines("conflicting 'quiet' and 'verbose' options"))


def _handler(verb: str, noun: str) -> Handler | None:
    """Return what answers a verb, loaded where it is asked for: scripts call sacctmgr in loops."""
    if verb == "list" and (verb, noun) not in HANDLERS:
        from slurmctl_rest.cli.drop_in.listing import answered_list  # noqa: PLC0415

        return partial(answered_list, noun) if noun in CONDITION_NOUNS else None
    module, _, function = HANDLERS.get((verb, noun), "").partition(".")
    if not module:
        return None
    handler: Handler = getattr(import_module(f"{__package__}.{module}"), function)
    return handler


def _of_one_word(context: Context, options: LineOptions, verb: str, words: Sequence[str]) -> Reply:
    reply = alone.SINGLE_ANSWERS[verb](context, options)
    if len(words) == 1 or verb not in verbs.SINGLE_VERBS:
        return reply
    code = reply.code if verb in verbs.GOES_ON else FAILED
    return replace(reply, stderr=as_lines(verbs.SINGLE_VERBS[verb].format(words[0])), code=code)
