"""Command lines of sacctmgr and scontrol, built purely.

`-i` answers every question of sacctmgr with yes, also "you named nothing: all of them?". A writing
command line therefore always names its objects and the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slurmctl_rest.backends import Command, in_parts
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import elsewhere, texts_of_new_account
from slurmctl_rest.model.kinds import Text
from slurmctl_rest.planning import RowChange, subject


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One command line; `changes` are what a writing one carries."""

    argv: tuple[str, ...]
    changes: tuple[RowChange, ...] = ()

    @property
    def command(self) -> Command:
        """Return it as it is logged and shown."""
        return Command(argv=self.argv)

    @property
    def what(self) -> str:
        """Return what a message about it is about: the objects written, or the command."""
        words = [word for word in self.argv[:4] if not word.startswith("-")]
        return subject(self.changes) or " ".join(words)


MOST_NAMES = 500
"""Names in one argument: Linux ends an argument at 128 KiB, and 500 of the longest are 100 KB."""

ASSOCIATION_COLUMNS = tuple(field.column for field in ASSOCIATION.fields)


def accounts(names: Sequence[str]) -> CommandLine:
    """Ask for accounts with their coordinators, as JSON: their texts may hold any character."""
    where = ("where", f"name={','.join(names)}") if names else ()
    return CommandLine(("sacctmgr", "--json", "list", "account", "withcoord", *where))


def associations(names: Sequence[str], cluster: str = "", *, users: bool) -> CommandLine:
    """Ask for associations with own limits only: no column can hold a `|` or a newline.

    -P is four times faster than --json. `user=` with nothing means the accounts' own rows.
    """
    where = [f"account={','.join(names)}"] if names else []
    where += [f"cluster={cluster}"] if cluster else []
    where += [] if users else ["user="]
    columns = ",".join(ASSOCIATION_COLUMNS)
    return CommandLine(
        (
            *("sacctmgr", "-nP", "list", "association"),
            *(["where", *where] if where else []),
            *("woplimits", "withrawqoslevel", f"format={columns}"),
        )
    )


def listing(entity: str) -> CommandLine:
    """Ask for all rows of a small table, as JSON."""
    return CommandLine(("sacctmgr", "--json", "list", entity))


PING_SLURMCTLD = CommandLine(("scontrol", "--json", "ping"))
PING_SLURMDBD = CommandLine(("sacctmgr", "--json", "ping"))


def writes(changes: Iterable[RowChange]) -> list[CommandLine]:
    """Return the command lines that carry the changes out: one for all names that change alike."""
    groups: dict[tuple[str, ...], list[RowChange]] = {}
    for change in changes:
        if change.to_do:
            if impossible := refusal(change):
                raise impossible
            groups.setdefault(WORDS[change.action](change), []).append(change)
    lines = []
    for words, group in groups.items():
        for names in in_parts([change.name for change in group], MOST_NAMES):
            carried = tuple(change for change in group if change.name in names)
            lines.append(CommandLine(tuple(_with_names(words, names)), changes=carried))
    return lines


def refusal(change: RowChange) -> Unsupported | None:
    """Return the error for what sacctmgr has no words for: it turns a quote into a backtick."""
    for name, (_, after) in change.fields.items() if change.after is not None else ():
        if isinstance(change.entity[name].kind, Text) and set("'\"") & set(str(after)):
            return Unsupported(
                f"{subject([change])}: sacctmgr cannot store a quote in {name}",
                'leave it out, or use a profile with execution_mode = "rest"',
            )
    return None


NAMES_HERE = "name="
"""The word that takes the names of a group."""


def _add(change: RowChange) -> tuple[str, ...]:
    after = change.after or {}
    defaults = texts_of_new_account(change.name, after["Parent"])
    return (
        *("sacctmgr", "-i", "add", change.entity.noun, NAMES_HERE, f"cluster={after['Cluster']}"),
        *(
            f"{name}{step}"
            for name, (_, value) in change.fields.items()
            if defaults.get(name) != value
            for step in change.entity[name].kind.steps(None, value)
        ),
    )


def _modify(change: RowChange) -> tuple[str, ...]:
    before = change.before or {}
    return (
        *("sacctmgr", "-i", "modify", change.entity.noun, "where", NAMES_HERE),
        *(f"cluster={before['Cluster']}", "set"),
        *(
            f"{name}{step}"
            for name, (old, new) in change.fields.items()
            for step in change.entity[name].kind.steps(old, new)
        ),
    )


def _delete(change: RowChange) -> tuple[str, ...]:
    """Remove the account itself where it lives on this cluster only, else its rows here."""
    before = change.before or {}
    words = ("sacctmgr", "-i", "delete", change.entity.noun, "where")
    if elsewhere(before):
        names = ",".join((change.name, *change.takes))
        return (*words, f"name={names}", f"cluster={before['Cluster']}")
    return (*words, NAMES_HERE)


WORDS = {"add": _add, "modify": _modify, "delete": _delete}


def _with_names(words: Iterable[str], names: Sequence[str]) -> list[str]:
    return [word + ",".join(names) if word == NAMES_HERE else word for word in words]
