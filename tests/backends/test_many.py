"""Many rows: how many requests and commands carry them, and what a failure in between means."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from slurmctl_rest.backends.batching import MAX_ROWS_PER_CALL
from slurmctl_rest.backends.changeset import MAX_UNLIKE_ADDITIONS
from slurmctl_rest.backends.commands import writes as command_writes
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.execute import BatchBuilder, execute
from slurmctl_rest.backends.rest import writes as rest_writes
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.errors import Conflict, Interrupted, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.versions import KNOWN
from slurmctl_rest.planning import accounts, associations, users
from slurmctl_rest.planning.users import UserAddition
from tests.support import account, alike, assign, association, user

OWN = [association("root", None), association("art", None, "root")]


def joined(count: int, kinds: int) -> list[RowChange]:
    """Return new users in art, with so many different limits."""
    joinings = [
        UserAddition([f"u{n}"], ["art"], [None], [assign(f"MaxJobs={n % kinds}", USER_WITH_LIMITS)])
        for n in range(count)
    ]
    return [outcome.change for outcome in users.add(joinings, [], OWN, "alps")]


def names(request: Request | CommandLine) -> tuple[str, ...]:
    return tuple(change.name for change in request.changes if change.entity is not USER)


def only_paths(found: Sequence[Request]) -> list[str]:
    return [one.path.split("/")[3] for one in found]


def test_few_kinds_of_rows_have_a_request_each() -> None:
    changes = joined(25, MAX_UNLIKE_ADDITIONS)
    found = rest_writes.writes(changes, KNOWN[-1])
    assert only_paths(found) == ["users_association"] * MAX_UNLIKE_ADDITIONS
    assert found[3].body["association_condition"]["users"] == ["u3", "u13", "u23"]
    assert len(command_writes.writes(changes)) == MAX_UNLIKE_ADDITIONS


def test_more_are_added_alike_and_then_set() -> None:
    changes = joined(MAX_ROWS_PER_CALL + 30, MAX_UNLIKE_ADDITIONS + 1)
    found = rest_writes.writes(changes, KNOWN[-1])
    assert [(one.path.split("/")[3], len(names(one))) for one in found] == [
        ("users_association", MAX_ROWS_PER_CALL),
        ("associations", MAX_ROWS_PER_CALL),
        ("users_association", 30),
        ("associations", 30),
    ]
    first, second = found[:2]
    assert first.body["association_condition"]["association"] == {"fairshare": 1}
    assert [
        (item["user"], item["max"]["jobs"]["active"]["number"])
        for item in second.body["associations"][:3]
    ] == [("u0", 0), ("u1", 1), ("u2", 2)]
    assert {id(c) for one in found for c in one.changes} == {id(change) for change in changes}

    lines = [
        " ".join(line.argv) for line in command_writes.writes(joined(11, MAX_UNLIKE_ADDITIONS + 1))
    ]
    everybody = ",".join(f"u{n}" for n in range(11))
    assert lines == [
        f"sacctmgr -i add user name={everybody} account=art cluster=alps DefaultAccount=art "
        "Fairshare=1",
        *(
            f"sacctmgr -i modify user where name=u{n} account=art cluster=alps partition= set "
            f"MaxJobs={n}"
            for n in range(11)
        ),
    ]


def test_texts_of_accounts_are_told_where_they_are_added() -> None:
    """A POST of texts alone could take the coordinators of an account of another cluster."""
    asked = {f"a{n}": [assign(f"GrpJobs={n}"), assign(f"Desc=d{n % 2}")] for n in range(12)}
    changes = [o.change for o in accounts.add(asked, [account("root", None)], "alps")]
    # slurmdbd would give each account another organization, its name: each is told its own.
    assert (
        only_paths(rest_writes.writes(changes, KNOWN[-1]))
        == [
            "accounts_association",
            "associations",
        ]
        * 12
    )


@pytest.mark.parametrize(
    ("field", "value", "requests"),
    [("Description", "x", 1), ("Coordinators", ("bob",), 2), ("Flags", ("UsersAreCoords",), 2)],
)
def test_accounts_get_coordinators_one_by_one(field: str, value: Value, requests: int) -> None:
    rows = [account(name) for name in ("art", "zoo")]
    changes = [
        RowChange(ACCOUNT, "modify", str(row["Account"]), row, {**row, field: value})
        for row in rows
    ]
    found = rest_writes.writes(changes, KNOWN[-1])
    assert only_paths(found) == ["accounts"] * requests


def test_many_rows_that_differ_are_few_modifications() -> None:
    found = rest_writes.writes(modified(MAX_ROWS_PER_CALL + 1), KNOWN[-1])
    assert [len(one.body["associations"]) for one in found] == [MAX_ROWS_PER_CALL, 1]


def modified(count: int) -> list[RowChange]:
    """Return users in art, each with another limit than before."""
    rows = [association("art", f"u{n}") for n in range(count)]
    asked = [(row, [assign(f"MaxJobs={n}", ASSOCIATION)]) for n, row in enumerate(rows)]
    plan = associations.modify(ASSOCIATION, asked, [*OWN, *rows], "alps")
    return [o.change for o in plan]


def in_three() -> tuple[list[RowChange], list[Request]]:
    """Return modifications that three requests carry, which may be sent abreast."""
    changes = modified(2 * MAX_ROWS_PER_CALL + 1)
    found = rest_writes.writes(changes, KNOWN[-1])
    assert [(len(one.changes), one.parallel_safe) for one in found] == [
        (MAX_ROWS_PER_CALL, True),
        (MAX_ROWS_PER_CALL, True),
        (1, True),
    ]
    return changes, found


def errors(outcomes: Sequence[Outcome]) -> list[SlurmctlError | None]:
    """Return what became of the first row of each of the three requests."""
    return [outcomes[n].error for n in (0, MAX_ROWS_PER_CALL, 2 * MAX_ROWS_PER_CALL)]


def test_users_rows_alone_are_modified_abreast() -> None:
    """From an account's row others inherit, so it is not changed while theirs are."""
    own = association("art", None, "root")
    asked = alike([own], [assign("MaxJobs=1", ASSOCIATION)])
    plan = associations.modify(ASSOCIATION, asked, [OWN[0], own], "alps")
    changes = [*(outcome.change for outcome in plan), *modified(2 * MAX_ROWS_PER_CALL)]
    found = rest_writes.writes(changes, KNOWN[-1])
    assert [(len(one.changes), one.parallel_safe) for one in found] == [
        (MAX_ROWS_PER_CALL, False),
        (MAX_ROWS_PER_CALL, True),
        (1, True),
    ]
    added = rest_writes.writes(joined(MAX_ROWS_PER_CALL + 30, 2), KNOWN[-1])
    assert [one.parallel_safe for one in added] == [False] * 2


def test_accounts_without_rows_and_users_are_deleted_two_at_once() -> None:
    """An account that still has rows, on whichever cluster, and a QOS are deleted alone."""
    here = [account(f"a{n}", "root", Clusters=("alps",)) for n in range(10)]
    gone = [RowChange(ACCOUNT, "delete", str(row["Account"]), row, None) for row in here]
    assert [
        (one.path.split("/")[3], one.parallel_safe) for one in rest_writes.writes(gone, KNOWN[-1])
    ] == [
        ("associations", False),
        *[("account", True)] * 10,
    ]
    few = rest_writes.writes(gone[:9], KNOWN[-1])
    assert [one.parallel_safe for one in few] == [False] * 10
    everywhere = [replace(change, everywhere=True) for change in gone]
    alone = [rest_writes.writes(gone[:1], KNOWN[-1]), rest_writes.writes(everywhere, KNOWN[-1])]
    assert [one.parallel_safe for some in alone for one in some] == [False] * 11
    people = [user(f"u{n}", "art", Clusters=("alps",)) for n in range(10)]
    leaving = [RowChange(USER, "delete", str(row["User"]), row, None) for row in people]
    assert [one.parallel_safe for one in rest_writes.writes(leaving, KNOWN[-1])] == [True] * 10
    assert [one.parallel_safe for one in rest_writes.writes(leaving[:9], KNOWN[-1])] == [False] * 9
    qos = [RowChange(QOS, "delete", f"q{n}", {"Name": f"q{n}"}, None) for n in range(10)]
    assert [one.parallel_safe for one in rest_writes.writes(qos, KNOWN[-1])] == [False] * 10


def test_so_many_go_abreast_and_no_more() -> None:
    changes, found = in_three()
    both, under_way, most = threading.Barrier(2), set[int](), []

    def send(request: Request) -> None:
        under_way.add(id(request))
        most.append(len(under_way))
        if len(request.changes) > 1:
            both.wait(timeout=20)
        under_way.discard(id(request))

    assert errors(execute(changes, found, send, 2)) == [None] * 3
    assert max(most) == 2


def test_of_two_abreast_one_may_be_refused() -> None:
    changes, found = in_three()
    refused = Conflict("no")

    def send(request: Request) -> None:
        if request is found[1]:
            raise refused

    assert errors(execute(changes, found, send, 2)) == [None, refused, None]


def test_what_is_under_way_ends_and_nothing_more_is_sent() -> None:
    changes, found = in_three()
    lost, began = Unanswered("lost"), threading.Barrier(2)

    def send(request: Request) -> None:
        began.wait(timeout=20)
        if request is found[0]:
            raise lost
        time.sleep(0.1)

    first, second, third = errors(execute(changes, found, send, 2))
    assert (first, second) == (lost, None)
    assert third is not None
    assert (third.message, third.sent) == (
        "association 'u1000 in art': not sent, because an earlier request failed: lost",
        False,
    )


def test_who_is_interrupted_knows_what_was_under_way() -> None:
    changes, found = in_three()
    given_up, end = (
        Interrupted("interrupted; sent, and no answer came", sent=True),
        threading.Event(),
    )

    def ring() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    def give_up(*_: object) -> None:
        raise given_up

    began = threading.Barrier(2, ring)

    def send(_: Request) -> None:
        began.wait(timeout=20)
        end.wait(timeout=20)

    before = signal.signal(signal.SIGALRM, give_up)
    try:
        first, second, third = errors(execute(changes, found, send, 2))
    finally:
        signal.signal(signal.SIGALRM, before)
        end.set()
    assert (first, second) == (given_up, given_up)
    assert third is not None
    assert (third.message, third.sent) == (
        "association 'u1000 in art': not sent, because an earlier request failed: "
        "interrupted; sent, and no answer came",
        False,
    )


def test_what_was_shown_is_what_is_sent_and_other_changes_are_built_anew() -> None:
    prepared = BatchBuilder(lambda some: rest_writes.writes(some, KNOWN[-1]))
    changes = modified(3)
    shown = prepared.batches(changes)
    assert prepared.batches([*changes]) is shown
    alike = modified(3)  # equal, and yet others: outcomes are told by the change itself
    for others in (alike, changes[:2], []):
        found = prepared.batches(others)
        assert [id(c) for one in found for c in one.changes] == [*map(id, others)]


def test_commands_run_one_after_the_other() -> None:
    changes = modified(3)
    sent: list[str] = []

    def send(line: CommandLine) -> None:
        assert threading.current_thread() is threading.main_thread()
        sent.append(line.argv[-1])

    execute(changes, command_writes.writes(changes), send, 2)
    assert sent == [f"MaxJobs={n}" for n in range(3)]


def test_accounts_alike_are_few_requests() -> None:
    rows = [account(f"a{n}") for n in range(2 * MAX_ROWS_PER_CALL)]
    asked = alike(rows, [assign("Description=x"), assign("MaxJobs=1")])
    plan = associations.modify(ACCOUNT, asked, [account("root", None), *rows], "alps")
    found = rest_writes.writes([o.change for o in plan], KNOWN[-1])
    assert [(one.path.split("/")[3], len(one.changes)) for one in found] == [
        ("associations", MAX_ROWS_PER_CALL),
        ("associations", MAX_ROWS_PER_CALL),
        ("accounts", MAX_ROWS_PER_CALL),
        ("accounts", MAX_ROWS_PER_CALL),
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Conflict("no"), Conflict("added, but without all of its values: no")),
        (Unreachable("nobody", sent=False), Unanswered("nobody")),
    ],
)
def test_what_was_added_and_then_not_set_is_told_so(
    error: SlurmctlError, told: SlurmctlError
) -> None:
    """Where the addition itself fails, its values are not sent: slurmrestd would add the row."""
    changes = joined(MAX_ROWS_PER_CALL + 30, MAX_UNLIKE_ADDITIONS + 1)
    sent: list[str] = []

    def send(request: Request) -> None:
        sent.append(request.path.split("/")[3])
        if len(sent) == 2:
            raise error

    outcomes = execute(changes, rest_writes.writes(changes, KNOWN[-1]), send)
    rows = [o.error for o in outcomes if o.change.entity is ASSOCIATION]
    assert {(type(e), str(e), e.sent) for e in rows[:MAX_ROWS_PER_CALL] if e} == {
        (type(told), told.message, True)
    }
    assert len(sent) == (2 if isinstance(error, Unreachable) else 4)


def test_values_of_what_was_not_added_are_not_sent() -> None:
    changes = joined(12, 12)
    sent: list[str] = []

    def send(request: Request) -> None:
        sent.append(request.path.split("/")[3])
        raise Conflict("no")

    outcomes = execute(changes, rest_writes.writes(changes, KNOWN[-1]), send)
    assert sent == ["users_association"]
    assert {str(o.error) for o in outcomes} == {"no"}
