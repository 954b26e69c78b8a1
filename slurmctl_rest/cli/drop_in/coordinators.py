"""add and delete of coordinators, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before
from slurmctl_rest.cli.drop_in.writing import written
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning.tree import lowest_first
from slurmctl_rest.sacctmgr import coordinators, writes
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import Reply
from slurmctl_rest.sacctmgr.writes import Request

NOUN = "user"
"""Coordinators are selected by the words that select users."""


def add(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Make users coordinators of accounts."""
    request = _request(context, words)
    coordinators.check_new(request)
    return _written(context, options, request, coordinators.added)


def delete(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Let users no longer coordinate accounts."""
    request = _request(context, words)
    coordinators.check_gone(request)
    return _written(context, options, request, coordinators.removed)


def _request(context: Context, words: Sequence[str]) -> Request:
    catalog = before.catalog(context, writes.needed(NOUN, words))
    return writes.selection(NOUN, words, catalog, old=before.is_old(context))


def _written(
    context: Context,
    options: Options,
    request: Request,
    plan: Callable[[Request, Sequence[Row], str], Plan],
) -> Reply:
    def make() -> Plan:
        accounts = before.records(context, "account")
        users = before.records(context, "user", request.of("User")) if request.of("User") else []
        coordinators.check_known(request, accounts, users)
        # Whoever coordinates an account is to slurmrestd no coordinator of its own below it.
        return plan(request, lowest_first(accounts, accounts), context.backend.cluster())

    return written(context, options, make)
