"""Command lines that write clusters, wckeys, federations and resources, and those of operations.

Each names its objects: with -i, sacctmgr would take none for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from slurmctl_rest.backends.changeset import ChangeSet
from slurmctl_rest.backends.commands.command_line import (
    NAMES_HERE,
    Arguments,
    CommandLine,
    assignment_steps,
    by_names,
)
from slurmctl_rest.model.change import Action, RowChange
from slurmctl_rest.model.entities import (
    ARCHIVE,
    CLUSTERS,
    FEDERATION,
    RESOURCE,
    RUNAWAY_JOBS,
    SLURMDBD,
    STATS,
    WCKEY,
)
from slurmctl_rest.model.entities.cluster import NOT_FEDERATED
from slurmctl_rest.model.entities.daemons import ARCHIVED
from slurmctl_rest.model.fields import Entity, SlurmRecord
from slurmctl_rest.model.kinds.base import Value


def object_lines(work: ChangeSet) -> list[CommandLine]:
    """Return the command lines that carry these changes out."""
    return [
        *by_names(work.of("add", CLUSTERS, FEDERATION), _add),
        *by_names(work.of("modify", CLUSTERS, FEDERATION), _modify_own),
        # Apart: of both in one command, 24.11 says that its database is busy.
        *by_names(work.of("modify", CLUSTERS), _modify_limits),
        *_wckeys(work.of("add", WCKEY), ("add", "user"), ()),
        *_wckeys(work.of("delete", WCKEY), ("delete", "user"), ("where",)),
        *(line for change in work.of("add", RESOURCE) for line in _add_resource(change)),
        *(line for change in work.of("modify", RESOURCE) for line in _modify_resource(change)),
        *(_on_resource("delete", change) for change in work.of("delete", RESOURCE)),
        *by_names(work.of("delete", CLUSTERS, FEDERATION), _delete),
        *_fix(work.of("fix", RUNAWAY_JOBS)),
        *(
            CommandLine(("sacctmgr", "-i", *words(change)), changes=(change,))
            for entity, action, words in OPERATIONS
            for change in work.of(action, entity)
        ),
    ]


def _add(change: RowChange) -> Arguments:
    words = ("sacctmgr", "-i", "add", change.entity.noun, NAMES_HERE)
    return (*words, *assignment_steps(change, change.fields))


def _modify_own(change: RowChange) -> Arguments:
    return _modify(change, SlurmRecord.OBJECT)


def _modify_limits(change: RowChange) -> Arguments:
    return _modify(change, SlurmRecord.ASSOCIATION)


def _modify(change: RowChange, record: SlurmRecord) -> Arguments:
    named = [
        name
        for name, (_, after) in change.fields.items()
        if change.entity[name].record is record and after != NOT_FEDERATED
    ]
    words = ("sacctmgr", "-i", "modify", change.entity.noun, "where", NAMES_HERE, "set")
    return (*words, *assignment_steps(change, named)) if named else ()


def _delete(change: RowChange) -> Arguments:
    return ("sacctmgr", "-i", "delete", change.entity.noun, "where", NAMES_HERE)


def _wckeys(
    changes: Sequence[RowChange], verb: Arguments, where: Arguments
) -> Iterator[CommandLine]:
    """Yield a command for all users, and one for all wckeys, that go together.

    It always names wckeys: without them, `delete user` would delete the user.
    """
    for cluster in dict.fromkeys(c.row["Cluster"] for c in changes):
        here = [change for change in changes if change.row["Cluster"] == cluster]
        users: dict[str, list[str]] = {}
        for change in here:
            users.setdefault(str(change.row["WCKey"]), []).append(str(change.row["User"]))
        blocks: dict[tuple[str, ...], list[str]] = {}
        for wckey, some in users.items():
            blocks.setdefault(tuple(sorted(some)), []).append(wckey)
        for names, wckeys in blocks.items():
            words = (f"name={','.join(names)}", f"cluster={cluster}", f"wckeys={','.join(wckeys)}")
            carried = tuple(change for change in here if change.row["WCKey"] in wckeys)
            yield CommandLine(("sacctmgr", "-i", *verb, *where, *words), changes=carried)


def _add_resource(change: RowChange) -> Iterator[CommandLine]:
    named = [name for name in change.fields if name != ALLOWED]
    line = ("sacctmgr", "-i", "add", "resource", *_of_resource(change))
    yield CommandLine((*line, *assignment_steps(change, named)), changes=(change,))
    yield from _parts(change)


ALLOWED = "Allowed"


def _modify_resource(change: RowChange) -> Iterator[CommandLine]:
    """Yield the commands that change a resource, and what clusters may use of it.

    slurmdbd asks which clusters have a resource where its Count, LastConsumed or Flags change, and
    reads memory that it has not set where none of them is told (24.11 and 26.05 alike; 26.05 may
    end). So Count always is.
    """
    named = [name for name in change.fields if name != ALLOWED]
    if named:
        count = () if "Count" in named else (f"Count={change.new['Count']}",)
        words = ("set", *assignment_steps(change, named), *count)
        yield _on_resource("modify", change, *words)
    yield from _parts(change)


def _parts(change: RowChange) -> Iterator[CommandLine]:
    """Yield the commands that give clusters their parts, and take them away."""
    before, after = (_numbers(value) for value in change.fields.get(ALLOWED, ({}, {})))
    if gone := sorted(before.keys() - after.keys()):
        yield _on_resource("delete", change, f"cluster={','.join(gone)}")
    for number in dict.fromkeys(after.values()):
        alike = [name for name, its in after.items() if its == number]
        new = sorted(name for name in alike if name not in before)
        other = sorted(name for name in alike if before.get(name, number) != number)
        if new:
            words = (f"cluster={','.join(new)}", f"allowed={number}")
            line = ("sacctmgr", "-i", "add", "resource", *_of_resource(change), *words)
            yield CommandLine(line, changes=(change,))
        if other:
            named = f"cluster={','.join(other)}"
            yield _on_resource("modify", change, named, "set", f"allowed={number}")


def _numbers(value: Value) -> dict[str, int | None]:
    return dict(value) if isinstance(value, Mapping) else {}


def _on_resource(verb: str, change: RowChange, *words: str) -> CommandLine:
    line = ("sacctmgr", "-i", verb, "resource", "where", *_of_resource(change), *words)
    return CommandLine(line, changes=(change,))


def _of_resource(change: RowChange) -> Arguments:
    return (f"name={change.row['Name']}", f"server={change.row['Server']}")


def _fix(changes: Sequence[RowChange]) -> Iterator[CommandLine]:
    """Yield what ends all runaway jobs of a cluster: sacctmgr cannot choose among them."""
    for cluster in dict.fromkeys(change.old["Cluster"] for change in changes):
        here = tuple(change for change in changes if change.old["Cluster"] == cluster)
        words = ("list", "runawayjobs", "where", f"cluster={cluster}")
        yield CommandLine(("sacctmgr", "-i", "-p", *words), changes=here)


def _archive(change: RowChange) -> Arguments:
    named = _flags_and_values(change.new.items())
    return ("archive", change.action, *named)


def _flags_and_values(values: Iterable[tuple[str, Value]]) -> Iterator[str]:
    for name, value in values:
        if name in ARCHIVED:
            yield from [name] if value else []
        elif value is not None and name != ARCHIVE.key.name:
            yield f"{name}={value}"


OPERATIONS: Sequence[tuple[Entity, Action, Callable[[RowChange], Arguments]]] = (
    (ARCHIVE, "dump", _archive),
    (ARCHIVE, "load", _archive),
    (STATS, "clear", lambda _: ("clear", "stats")),
    (SLURMDBD, "reconfigure", lambda _: ("reconfigure",)),
    (SLURMDBD, "shutdown", lambda _: ("shutdown",)),
)
"""What is done to slurmdbd itself, in sacctmgr's words."""
