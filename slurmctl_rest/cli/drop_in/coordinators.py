"""add and delete of coordinators, in sacctmgr's words and with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before
from slurmctl_rest.cli.drop_in.writing import written
from slurmctl_rest.model.entities import ACCOUNT, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.planning.tree import lowest_first
from slurmctl_rest.sacctmgr import coordinators
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import Reply
from slurmctl_rest.sacctmgr.write_requests import WriteRequest


def coordinator_added(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Make users coordinators of accounts."""
    # Coordinators are selected by the words that select users.
    request = before.requested(context, "delete", USER.noun, words)
    coordinators.check_new(request)
    return _written(context, options, request, coordinators.add_coordinators)


def coordinator_deleted(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Let users no longer coordinate accounts."""
    request = before.requested(context, "delete", USER.noun, words)
    coordinators.check_gone(request)
    return _written(context, options, request, coordinators.remove_coordinators)


def _written(
    context: Context,
    options: LineOptions,
    request: WriteRequest,
    plan: Callable[[WriteRequest, Sequence[Row], str], WritePlan],
) -> Reply:
    def make() -> WritePlan:
        accounts = before.read_records(context, ACCOUNT.noun)
        named = request.of("User")
        users = before.read_records(context, USER.noun, named) if named else []
        coordinators.check_known(request, accounts, users)
        # Whoever coordinates an account is to slurmrestd no coordinator of its own below it.
        return plan(request, lowest_first(accounts, accounts), context.backend.cluster())

    return written(context, options, make, named=[context.backend.cluster()])
