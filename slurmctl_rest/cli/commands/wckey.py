"""The verbs of `wckey`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.records import SYNTAX
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import WCKEY
from slurmctl_rest.model.fields import Entity

ONE_NAME_NOTE = (
    "slurmrestd can only delete a wckey from all users and clusters that have it. If others keep "
    "it, this is refused (exit 10)."
)


def list_(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show wckeys."""
    from slurmctl_rest.cli import records

    records.list_(context, entity, tokens)


def add_wckeys(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Give users wckeys."""
    from slurmctl_rest.cli import objects

    objects.add_objects(context, entity, tokens)


def delete_wckeys(
    context: Context, entity: Entity, tokens: Sequence[str], *, missing_ok: bool
) -> None:
    """Take wckeys from users."""
    from slurmctl_rest.cli import objects

    objects.delete_objects(context, entity, tokens, missing_ok=missing_ok)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", WCKEY.noun): VerbEntry(
        list_,
        "List the wckeys of users",
        SYNTAX,
        examples=(
            "wckey list",
            "wckey list where user=alice",
            "wckey list project1 format=WCKey,User,ID",
        ),
    ),
    ("add", WCKEY.noun): VerbEntry(
        add_wckeys,
        "Give wckeys to users",
        "name,... user=name,...",
        examples=(
            "wckey add project1 user=alice",
            "wckey add project1,project2 user=alice,bob -i",
            "wckey add project1 user=alice --dry-run",
        ),
        effect="Users must exist. A user who has the wckey on this cluster keeps it.",
        notes=(
            "If it is the user's first wckey, it becomes the default. Slurm 24.11 makes the newest "
            "one the default where sacctmgr adds it.",
        ),
    ),
    ("delete", WCKEY.noun): VerbEntry(
        delete_wckeys,
        "Take wckeys from users",
        "{names}[[where] field=value ...]",
        examples=(
            "wckey delete project1 where user=alice",
            "wckey delete project1",
            "wckey delete where user=alice -i",
        ),
        effect="Without user=, every user of this cluster who has the wckey loses it.",
        notes=(ONE_NAME_NOTE,),
        options=(options.MISSING_OK,),
    ),
}
