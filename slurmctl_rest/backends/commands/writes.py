"""The command lines that carry out changes: only what changes is assigned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from slurmctl_rest.backends.batching import (
    MAX_DELETIONS_PER_CALL,
    MAX_ROWS_PER_CALL,
    Rectangle,
    by_cluster,
    chunked,
    in_branches,
    in_rectangles,
    split_account_level,
    split_complete_users,
    user_spans,
)
from slurmctl_rest.backends.changeset import ChangeSet
from slurmctl_rest.backends.commands import object_writes
from slurmctl_rest.backends.commands.command_line import (
    MAX_NAMES_PER_ARGUMENT,
    NAMES_HERE,
    Arguments,
    CommandLine,
    _named,
    assignment_steps,
    by_names,
)
from slurmctl_rest.backends.naming import unnameable
from slurmctl_rest.backends.new_users import batches
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import elsewhere, texts_of_new_account
from slurmctl_rest.model.entities.job import PAST_JOB, job_number
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import Text


def resets(changes: Sequence[RowChange], cluster: str) -> list[CommandLine]:
    """Set raw usage to 0: one command for accounts, one for QOS, one for a block of users' rows.

    If one name does not exist, nothing of a command is done.
    """
    for change in changes:
        if wrong := unnameable(change):
            raise wrong
    lines = []
    for entity in (ACCOUNT, QOS):
        named = [change for change in changes if change.entity is entity]
        for carried in chunked(named, MAX_NAMES_PER_ARGUMENT):
            where = (_named("name", carried), f"cluster={cluster}")
            verb = ("sacctmgr", "-i", "modify", entity.noun, "where", *where)
            lines += [CommandLine((*verb, *RESET), changes=carried)] if carried else []
    rows = [change for change in changes if change.entity is ASSOCIATION]
    # Of several partitions, sacctmgr takes the first; without any, the first row that it finds.
    for partition in dict.fromkeys(c.old["Partition"] for c in rows):
        alike = [c for c in rows if c.old["Partition"] == partition]
        for block, here, carried in _in_rectangles(alike):
            words = (*_on_users("modify", block, here), *RESET)
            lines.append(CommandLine(words, changes=carried))
    return lines


RESET = ("set", "RawUsage=0")


def writes(changes: Iterable[RowChange]) -> list[CommandLine]:
    """Return the command lines that carry the changes out: one for all names that change alike."""
    work = ChangeSet(changes)
    for change in work.changes:
        if impossible := unsupported_reason(change):
            raise impossible
    lines = [
        *_with_values(work, _with_flags(by_names(work.of("add", ACCOUNT), _add))),
        *_with_values(
            work, _add_users(work.users_created_with_rows(), work.of("add", ASSOCIATION))
        ),
        *by_names(work.of("add", QOS), _add_qos),
        # Before deletions: QOS that stay lose the doomed ones from Preempt first (planning/qos.py).
        *by_names(work.of("modify", QOS), _modify),
        *by_names(work.of("modify", ACCOUNT), _modify),
        *_coordinators(work.of("modify", ACCOUNT)),
        *_modify_associations(work.of("modify", ASSOCIATION)),
        *by_names(work.modified_users(), _add_wckeys),
        # Level and default account apart: the level is the same
        # on all clusters, and cluster= goes with the other alone.
        *by_names(work.modified_users(), _modify_level),
        *by_names(work.modified_users(), _modify_default_wckey),
        *by_names(work.modified_users(), _modify_default),
        *by_names(work.modified_users(), _rename),
        *_modify_jobs(work.of("modify", PAST_JOB)),
        *_delete_accounts(work.of("delete", ACCOUNT)),
        *by_names(work.of("delete", USER), _delete, MAX_DELETIONS_PER_CALL),
        *_delete_associations(work.of("delete", ASSOCIATION)),
        # Last, and each alone: beside an addition it may hang slurmdbd (backends/hanging.py).
        *by_names(work.of("delete", QOS), _delete, most=1),
        *object_writes.object_lines(work),
    ]
    return [replace(line, changes=work.whole(line.changes)) for line in lines]


def _with_values(work: ChangeSet, lines: Iterable[CommandLine]) -> Iterator[CommandLine]:
    """Yield each command that adds, and after it those that set values on the new rows."""
    for line in lines:
        yield line
        later = work.deferred(line.changes)
        yield from by_names([c for c in later if c.entity is ACCOUNT], _modify)
        yield from _modify_associations([c for c in later if c.entity is ASSOCIATION])


def _with_flags(lines: Iterable[CommandLine]) -> Iterator[CommandLine]:
    """Yield each addition, and after it the flags: one that was deleted comes back with its own."""
    for line in lines:
        yield line
        flagged = [change for change in line.changes if "Flags" in change.fields]
        yield from by_names(flagged, _flag)


def _flag(change: RowChange) -> Arguments:
    words = ("sacctmgr", "-i", "modify", "account", "where", NAMES_HERE, "set")
    return (*words, *assignment_steps(change, ["Flags"]))


def unsupported_reason(change: RowChange) -> Unsupported | None:
    """Return the error for what sacctmgr has no words for: it turns a quote into a backtick."""
    if change.entity is not PAST_JOB and (wrong := unnameable(change)):
        return wrong
    for name, (_, after) in change.fields.items() if change.after is not None else ():
        if isinstance(change.entity[name].kind, Text) and set("'\"") & set(str(after)):
            return Unsupported(
                f"{subject([change])}: sacctmgr cannot store a quote in {name}",
                'omit the quote, or use a profile with execution_mode = "rest"',
            )
    return None


def _add(change: RowChange) -> Arguments:
    after = change.new
    defaults = texts_of_new_account(change.name, after["Parent"])
    # Coordinators are those whom the account kept while it had no association here; sacctmgr has no
    # word for them where it adds.
    kept = {"Flags", "Coordinators"}
    others = {name: both for name, both in change.fields.items() if name not in kept}
    named = [name for name, (_, value) in others.items() if defaults.get(name) != value]
    verb = ("sacctmgr", "-i", "add", change.entity.noun, NAMES_HERE, f"cluster={after['Cluster']}")
    return (*verb, *assignment_steps(change, named))


def _add_qos(change: RowChange) -> Arguments:
    own = {**change.fields, "Description": (None, change.new["Description"])}
    named = [n for n, (_, value) in own.items() if (n, value) != ("Description", change.name)]
    return ("sacctmgr", "-i", "add", "qos", NAMES_HERE, *assignment_steps(change, named))


def _add_users(users_: Sequence[RowChange], rows: Sequence[RowChange]) -> list[CommandLine]:
    """Return one command for each block of associations alike."""
    lines = []
    for batch in batches(users_, rows):
        block = batch.block
        partition = (f"partition={','.join(block.partitions)}",) if any(block.partitions) else ()
        alike = (*batch.users[:1], batch.rows[0])
        argv = (
            *("sacctmgr", "-i", "add", "user", f"name={','.join(block.users)}"),
            *(f"account={','.join(block.accounts)}", f"cluster={batch.cluster}", *partition),
            *(word for one in alike for word in assignment_steps(one, one.fields)),
        )
        lines.append(CommandLine(argv, changes=batch.changes))
    return lines


def _modify(change: RowChange) -> Arguments:
    """Modify an account or a QOS; coordinators have a command of their own."""
    named = [name for name in change.fields if name != "Coordinators"]
    cluster = change.old.get("Cluster")
    where = (NAMES_HERE, *((f"cluster={cluster}",) if cluster else ()))
    words = ("sacctmgr", "-i", "modify", change.entity.noun, "where", *where, "set")
    return (*words, *assignment_steps(change, named)) if named else ()


def _modify_level(change: RowChange) -> Arguments:
    if "AdminLevel" not in change.fields:
        return ()
    words = ("sacctmgr", "-i", "modify", "user", "where", NAMES_HERE, "set")
    return (*words, *assignment_steps(change, ["AdminLevel"]))


def _modify_jobs(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Modify what slurmdbd keeps of jobs: one command for all that change alike."""
    groups: dict[Arguments, list[RowChange]] = {}
    for change in changes:
        words = assignment_steps(change, change.fields)
        told = tuple(f"New{word}" if word.startswith("WCKey=") else word for word in words)
        groups.setdefault(told, []).append(change)
    return [
        CommandLine((*MODIFY_JOB, f"JobID={','.join(named)}", "set", *words), changes=part)
        for words, group in groups.items()
        for part in chunked(group, MAX_NAMES_PER_ARGUMENT)
        if (named := [job_number(change.old) for change in part])
    ]


MODIFY_JOB = ("sacctmgr", "-i", "modify", "job", "where")


def _add_wckeys(change: RowChange) -> Arguments:
    """Add WCKeys to a user who exists: `modify` has no word for them."""
    before, after = change.fields.get("WCKeys", ((), ()))
    new = sorted(_set_of(after) - _set_of(before))
    words = ("sacctmgr", "-i", "add", "user", NAMES_HERE, f"cluster={change.old['Cluster']}")
    return (*words, f"WCKeys={','.join(new)}") if new else ()


def _modify_default_wckey(change: RowChange) -> Arguments:
    if "DefaultWCKey" not in change.fields:
        return ()
    cluster = f"cluster={change.old['Cluster']}"
    words = ("sacctmgr", "-i", "modify", "user", "where", NAMES_HERE, cluster, "set")
    return (*words, *assignment_steps(change, ["DefaultWCKey"]))


def _modify_default(change: RowChange) -> Arguments:
    if "DefaultAccount" not in change.fields:
        return ()
    cluster = f"cluster={change.old['Cluster']}"
    words = ("sacctmgr", "-i", "modify", "user", "where", NAMES_HERE, cluster, "set")
    return (*words, *assignment_steps(change, ["DefaultAccount"]))


def _rename(change: RowChange) -> Arguments:
    """Rename a user; the last of all that is done with the old name."""
    if USER.key.name not in change.fields:
        return ()
    words = ("sacctmgr", "-i", "modify", "user", "where", NAMES_HERE, "set")
    return (*words, f"NewName={change.new[USER.key.name]}")


def _coordinators(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Return a command to add and one to delete coordinators, for all accounts alike."""
    groups: dict[Arguments, list[RowChange]] = {}
    for change in changes:
        before, after = change.fields.get("Coordinators", ((), ()))
        old, new = _set_of(before), _set_of(after)
        for verb, names in (("add", new - old), ("delete", old - new)):
            if names:
                words = (verb, f"names={','.join(sorted(names))}")
                groups.setdefault(words, []).append(change)
    return [
        CommandLine(
            (*("sacctmgr", "-i", verb, "coordinator"), _named("account", part), names),
            changes=part,
        )
        for (verb, names), group in groups.items()
        for part in chunked(group, MAX_NAMES_PER_ARGUMENT)
    ]


def _set_of(value: Value) -> set[str]:
    return set(value if isinstance(value, tuple) else ())


def _modify_associations(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Return one command for all accounts, or for each block of users' rows, that change alike.

    Users who change with all their rows share a command, whichever account each is in.
    """
    groups: dict[Arguments, list[RowChange]] = {}
    for change in changes:
        groups.setdefault(assignment_steps(change, change.fields), []).append(change)
    lines = []
    for words, group in groups.items():
        own, users_ = split_account_level(group)
        lines += [
            CommandLine((*_on_accounts("modify", part, cluster), "set", *words), changes=carried)
            for part, cluster, carried in _in_accounts(own)
        ]
        whole, others = split_complete_users(users_)
        lines += [
            CommandLine((*_on_users("modify", block, cluster), "set", *words), changes=carried)
            for block, cluster, carried in (
                *_in_rectangles(whole, of=user_spans),
                *_in_rectangles(others),
            )
        ]
    return lines


def _delete_accounts(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Remove accounts that live here only, all in one command; of the others what they have here.

    One by one, the first would be refused if it is the default account of a user who is in the
    second too.
    """
    going = [c for c in changes if c.everywhere or not elsewhere(c.old)]
    staying = [c for c in changes if elsewhere(c.old) and not c.everywhere]
    return [*by_names(going, _delete), *_delete_own_rows(staying)]


def _delete_associations(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Remove accounts' own rows with all below, and users' rows in blocks."""
    own, users_ = split_account_level(changes)
    return [
        *_delete_own_rows(own),
        *(
            CommandLine(_on_users("delete", block, cluster), changes=carried)
            for block, cluster, carried in _in_rectangles(users_, MAX_DELETIONS_PER_CALL)
        ),
    ]


def _delete_own_rows(changes: Sequence[RowChange]) -> list[CommandLine]:
    """Remove accounts' own rows and all below, in few commands a cluster."""
    return [
        CommandLine(_on_accounts("delete", names, cluster), changes=carried)
        for names, cluster, carried in in_branches(changes)
    ]


def _on_accounts(verb: str, names: Iterable[str], cluster: Value) -> Arguments:
    named = f"name={','.join(names)}"
    return ("sacctmgr", "-i", verb, "account", "where", named, f"cluster={cluster}")


def _on_users(verb: str, block: Rectangle, cluster: Value) -> Arguments:
    return (
        *("sacctmgr", "-i", verb, "user", "where", f"name={','.join(block.users)}"),
        *(f"account={','.join(block.accounts)}", f"cluster={cluster}"),
        # `partition=` with nothing means rows for all
        # partitions; without the word it would mean any row.
        f"partition={','.join(block.partitions)}",
    )


def _delete(change: RowChange) -> Arguments:
    """Remove the object itself where it lives on this cluster only, else its rows here."""
    before = change.old
    words = ("sacctmgr", "-i", "delete", change.entity.noun, "where", NAMES_HERE)
    if change.entity is USER and elsewhere(before) and not change.everywhere:
        return (*words, f"cluster={before['Cluster']}")
    return words


def _in_accounts(
    changes: Sequence[RowChange],
) -> Iterator[tuple[tuple[str, ...], Value, tuple[RowChange, ...]]]:
    """Yield names, cluster and changes of accounts' own rows, as many as one command holds."""
    for cluster, group in by_cluster(changes).items():
        for part in chunked(group, MAX_NAMES_PER_ARGUMENT):
            yield tuple(c.key.account for c in part), cluster, part


def _in_rectangles(
    changes: Sequence[RowChange],
    most: int = MAX_ROWS_PER_CALL,
    of: Callable[
        [Sequence[RowChange], int], list[tuple[Rectangle, tuple[RowChange, ...]]]
    ] = in_rectangles,
) -> Iterator[tuple[Rectangle, Value, tuple[RowChange, ...]]]:
    """Yield blocks of users' rows, with the cluster and the changes on them."""
    for cluster, group in by_cluster(changes).items():
        for block, carried in of(group, most):
            yield block, cluster, carried
