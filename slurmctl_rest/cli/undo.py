"""`undo` and `restore`: changes of Slurm's journal taken back, by a plan like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from slurmctl_rest.cli import checks
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.history import parsed_words
from slurmctl_rest.cli.past import PastRows, past_moment, rows_at
from slurmctl_rest.cli.undo_plan import Told, undo_changes
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import Conflict, NotFound, UsageError
from slurmctl_rest.journal.blame import object_key
from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.journal.undo import Wanted, branch_at, last_command, moved_back
from slurmctl_rest.model.change import name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.model.text import in_runs

UNDO_SYNTAX = "undo N[..M] | last | by=USER since=TIME"
NUMBERS = re.compile(r"(\d+)(?:\.\.(\d+))?")
LAST_CHANGE = "last"


def undo(context: Context, tokens: Sequence[str], *, force: bool) -> None:
    """Take changes back that the tokens name."""
    chosen, words = _numbers(tokens)
    asked = parsed_words(context, words, None)
    if tokens and not chosen and LAST_CHANGE not in tokens and not asked.filter.start:
        raise UsageError(
            "no change is given: without since=, the whole journal would be taken back",
            UNDO_SYNTAX,
        )
    checks.guard_write(context, Selection(), everything=bool(tokens), hint=UNDO_SYNTAX)

    def wanted(told: Told) -> Wanted:
        found = [one for one in told.changes if asked.filter.means(one)]
        if chosen:
            found = [one for one in found if _is_in(one.entry.number, chosen)]
        if LAST_CHANGE in tokens:
            found = last_command(found)
        if not found:
            raise NotFound("no such change is in Slurm's journal", "see `slurmctl-rest history`")
        _refuse_untold(context, found)
        result = Wanted(told.present, told.last, force=force)
        result.transactions = tuple(sorted({one.entry.number for one in found if not one.moved}))
        result.moves = {name: (before, after) for name, before, after in told.moved}
        if LAST_CHANGE in tokens and result.moves:
            _tell_of_moves(context, result)
        meant = {id(one) for one in found}
        for one in reversed(told.changes):
            if id(one) in meant:
                result.take_back(one)
            else:
                result.pass_over(one)
        result.settle()
        return result

    _write(context, asked.cluster, wanted)


def restore(context: Context, tokens: Sequence[str], as_of: str | None, *, force: bool) -> None:
    """Have objects as they were at a moment."""
    asked = parsed_words(context, tokens, None)
    moment = past_moment(as_of, asked.zone) if as_of is not None else None
    checks.guard_write(context, Selection(), everything=bool(tokens), hint="restore account NAME")
    if moment is None or asked.filter.entity is None or not asked.filter.names:
        raise UsageError(
            "no object is given, or no time", "restore account|user|assoc|qos NAME --as-of TIME"
        )
    entity = asked.filter.entity
    past = rows_at(context, asked.cluster, moment)
    then = past.as_now_called()
    ours = frozenset({context.backend.user()})

    def wanted(told: Told) -> Wanted:
        result = Wanted(told.present, told.last, force=force)
        for name in sorted({_now_called(entity, one, past) for one in asked.filter.names}):
            rows = [*_as_it_was(entity, name, then)]
            if not rows:
                raise NotFound(f"{entity.noun} '{name}' did not exist at that time")
            for of, row in rows:
                result.restore(of, name_of(of, row), row, ours)
        result.keeping = [new for new in past.renamed.values() if (USER.noun, new) in result.rows]
        if lost := result.homeless():
            above = lost[0].above
            raise NotFound(
                f"{lost[0].what} was in account '{above}', which is not there any more",
                f"restore that first: slurmctl-rest restore account {pasted(above)} "
                f"--as-of {pasted(as_of or '')}",
            )
        result.settle()
        since = [one for one in told.changes if one.entry.time > moment]
        _refuse_untold(context, [o for o in since if object_key(o.change) in result.rows])
        return result

    _write(context, asked.cluster, wanted)


# --- what is meant --------------------------------------------------------------------------------


def _refuse_untold(context: Context, changes: Iterable[JournalChange]) -> None:
    """Raise Unsupported where slurmrestd does not tell whether a change was taken back already."""
    for one in changes:
        if one.change.action == "modify":
            checks.refuse_untold(context, one.change.entity, one.change.fields)


def _tell_of_moves(context: Context, wanted: Wanted) -> None:
    """Warn that a move may have come after the last entry; Conflict where nobody is asked."""
    moves, wanted.moves = wanted.moves, {}
    numbers = " ".join(in_runs(wanted.transactions))
    for name, (before, after) in sorted(moves.items()):
        moved = f"account '{name}' was moved from '{before}' to '{after}'"
        if context.options.immediate and not context.options.dry_run:
            raise Conflict(
                f"{moved}, and Slurm's journal does not tell when: that may be the last change",
                f"`{moved_back(name, before)}` takes that back, `undo {numbers}` the last entry",
            )
        wanted.kept.append(
            f"{moved} at a time that Slurm's journal does not tell, perhaps since: "
            f"`{moved_back(name, before)}` takes that back"
        )


def _numbers(tokens: Sequence[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the numbers that are named, each as a range, and the other words."""
    ranges: list[tuple[int, int]] = []
    words: list[str] = []
    for token in tokens:
        if match := NUMBERS.fullmatch(token):
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first:
                raise UsageError(f"{token} is empty", f"write {last}..{first}")
            ranges.append((first, last))
        elif token != LAST_CHANGE:
            words.append(token)
    return ranges, words


def _is_in(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _as_it_was(entity: Entity, name: str, then: PastRows) -> Iterable[tuple[Entity, Row]]:
    """Yield the rows of an object at the moment, with all that belongs to it."""
    if entity is QOS:
        yield from ((QOS, row) for row in then.qos if row["Name"] == name)
        return
    if entity is ACCOUNT:
        rows = branch_at(then.associations, name)
        accounts = {str(row["Account"]) for row in rows} | {name}
    else:
        key = "User" if entity is USER else None
        rows = [
            row
            for row in then.associations
            if (row[key] == name if key else name_of(ASSOCIATION, row) == name)
        ]
        accounts = set()
    yield from ((ACCOUNT, row) for row in then.accounts if row["Account"] in accounts)
    users = {row["User"] for row in rows if row["User"]} | ({name} if entity is USER else set())
    yield from ((USER, row) for row in then.users if row["User"] in users)
    yield from ((ASSOCIATION, row) for row in rows)


def _now_called(entity: Entity, name: str, past: PastRows) -> str:
    """Return the present name of a user, or of a user's association, by that of the moment."""
    user, *place = name.split(" in ", 1)
    if entity not in (USER, ASSOCIATION) or (entity is ASSOCIATION and not place):
        return name
    if user in past.taken():
        raise Conflict(
            f"user '{user}' of that time is gone, and another user has got the name since",
            f"give that one another name: slurmctl-rest user modify {pasted(user)} set NewName=",
        )
    return " in ".join((past.renamed.get(user, user), *place))


# --- the plan -------------------------------------------------------------------------------------


def _write(context: Context, cluster: str, decide: Callable[[Told], Wanted]) -> None:
    """Plan, show, ask, write and read back."""

    def plan() -> Planned:
        told = Told(context, cluster)
        wanted = decide(told)
        for sentence in wanted.kept:
            context.console.warn(sentence)
        changes = undo_changes(context, told, wanted, cluster)
        if not changes.plan:
            context.console.say("nothing to change")
        return Planned(changes.plan, steps=changes.steps, transactions=wanted.transactions)

    Write(context).run_plan(plan, cluster)
