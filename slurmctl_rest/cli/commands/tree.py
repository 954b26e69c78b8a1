"""The verb `tree`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import notes, options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.fields import Entity

SYNTAX = "{names}[[where] field=value ...]"


def run(context: Context, entity: Entity, tokens: Sequence[str], as_of: str | None = None) -> None:
    """Show the tree, or the branches below the named accounts."""
    from slurmctl_rest.cli import tree

    if as_of is not None:
        from slurmctl_rest.cli import past

        past.turn_back(context, as_of)
    tree.run(context, entity, tokens)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("tree", ACCOUNT.noun): VerbEntry(
        run,
        "Show the tree of accounts with their own limits",
        SYNTAX,
        examples=("account tree", "account tree science", "account tree science --json"),
        options=(options.AS_OF,),
    ),
    ("tree", ASSOCIATION.noun): VerbEntry(
        run,
        "Show the tree of accounts and users with their own limits",
        SYNTAX,
        examples=(
            "assoc tree",
            "assoc tree where account=science",
            "assoc tree where user=alice,bob",
        ),
        effect="account= also selects everything below the account.",
        notes=(notes.ACCOUNT_LEVEL_NOTE,),
        options=(options.AS_OF,),
    ),
}
