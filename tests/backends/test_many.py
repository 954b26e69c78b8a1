"""Many rows: how many requests and commands carry them, and what a failure in between means."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slurmctl_rest.backends import MOST_ROWS, MOST_UNLIKE, carried_out
from slurmctl_rest.backends.commands import argv
from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.requests import Request
from slurmctl_rest.errors import Conflict, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.versions import KNOWN
from slurmctl_rest.planning import RowChange, accounts, associations, users
from slurmctl_rest.planning.users import Joining
from tests.support import account, alike, assign, association

OWN = [association("root", None), association("art", None, "root")]


def joined(count: int, kinds: int) -> list[RowChange]:
    """Return new users in art, with so many different limits."""
    joinings = [
        Joining([f"u{n}"], ["art"], [None], [assign(f"MaxJobs={n % kinds}", USER_WITH_LIMITS)])
        for n in range(count)
    ]
    return [outcome.change for outcome in users.add(joinings, [], OWN, "alps")]


def names(request: Request | CommandLine) -> tuple[str, ...]:
    return tuple(change.name for change in request.changes if change.entity is not USER)


def only_paths(found: Sequence[Request]) -> list[str]:
    return [one.path.split("/")[3] for one in found]


def test_few_kinds_of_rows_have_a_request_each() -> None:
    changes = joined(25, MOST_UNLIKE)
    found = requests.writes(changes, KNOWN[-1])
    assert only_paths(found) == ["users_association"] * MOST_UNLIKE
    assert found[3].body["association_condition"]["users"] == ["u3", "u13", "u23"]
    assert len(argv.writes(changes)) == MOST_UNLIKE


def test_more_are_added_alike_and_then_set() -> None:
    changes = joined(MOST_ROWS + 30, MOST_UNLIKE + 1)
    found = requests.writes(changes, KNOWN[-1])
    assert [(one.path.split("/")[3], len(names(one))) for one in found] == [
        ("users_association", MOST_ROWS),
        ("associations", MOST_ROWS),
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

    lines = [" ".join(line.argv) for line in argv.writes(joined(11, MOST_UNLIKE + 1))]
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
        only_paths(requests.writes(changes, KNOWN[-1]))
        == [
            "accounts_association",
            "associations",
        ]
        * 12
    )


def test_many_rows_that_differ_are_few_modifications() -> None:
    rows = [association("art", f"u{n}") for n in range(MOST_ROWS + 1)]
    asked = [(row, [assign(f"MaxJobs={n}", ASSOCIATION)]) for n, row in enumerate(rows)]
    plan = associations.modify(ASSOCIATION, asked, [*OWN, *rows], "alps")
    found = requests.writes([o.change for o in plan], KNOWN[-1])
    assert [len(one.body["associations"]) for one in found] == [MOST_ROWS, 1]


def test_accounts_alike_are_few_requests() -> None:
    rows = [account(f"a{n}") for n in range(2 * MOST_ROWS)]
    asked = alike(rows, [assign("Description=x"), assign("MaxJobs=1")])
    plan = associations.modify(ACCOUNT, asked, [account("root", None), *rows], "alps")
    found = requests.writes([o.change for o in plan], KNOWN[-1])
    assert [(one.path.split("/")[3], len(one.changes)) for one in found] == [
        ("associations", MOST_ROWS),
        ("associations", MOST_ROWS),
        ("accounts", MOST_ROWS),
        ("accounts", MOST_ROWS),
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Conflict("no"), Conflict("added, but not with all that it is to have: no")),
        (Unreachable("nobody", sent=False), Unanswered("nobody")),
    ],
)
def test_what_was_added_and_then_not_set_is_told_so(
    error: SlurmctlError, told: SlurmctlError
) -> None:
    """Where the addition itself fails, its values are not sent: slurmrestd would add the row."""
    changes = joined(MOST_ROWS + 30, MOST_UNLIKE + 1)
    sent: list[str] = []

    def send(request: Request) -> None:
        sent.append(request.path.split("/")[3])
        if len(sent) == 2:
            raise error

    outcomes = carried_out(changes, requests.writes(changes, KNOWN[-1]), send)
    rows = [o.error for o in outcomes if o.change.entity is ASSOCIATION]
    assert {(type(e), str(e), e.sent) for e in rows[:MOST_ROWS] if e} == {
        (type(told), told.message, True)
    }
    assert len(sent) == (2 if isinstance(error, Unreachable) else 4)


def test_values_of_what_was_not_added_are_not_sent() -> None:
    changes = joined(12, 12)
    sent: list[str] = []

    def send(request: Request) -> None:
        sent.append(request.path.split("/")[3])
        raise Conflict("no")

    outcomes = carried_out(changes, requests.writes(changes, KNOWN[-1]), send)
    assert sent == ["users_association"]
    assert {str(o.error) for o in outcomes} == {"no"}
