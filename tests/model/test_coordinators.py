"""Who coordinates an account: by name, by an account above, or by the flag UsersAreCoords."""

from __future__ import annotations

from slurmctl_rest.model.entities.coordinator import by_flag, rows
from slurmctl_rest.model.fields import Row


def account(name: str, parent: str | None, own: str = "", indirect: str = "") -> Row:
    return {
        "Account": name,
        "Parent": parent,
        "Coordinators": tuple(own.split()),
        "IndirectCoordinators": tuple(indirect.split()),
    }


ACCOUNTS = [
    account("root", None),
    account("physics", "root", own="eve", indirect="alice bob"),  # flagged
    account("lasers", "physics", indirect="alice bob carol eve"),  # carol is in it
    account("optics", "lasers", own="dan", indirect="alice bob carol eve"),
    account("lost", "nosuch", indirect="eve"),
    account("round", "round", indirect="eve"),
]


def test_who_is_one_by_the_flag() -> None:
    found = {name: sorted(users) for name, users in by_flag(ACCOUNTS).items() if users}
    assert found == {
        "physics": ["alice", "bob"],
        "lasers": ["carol"],
        "lost": ["eve"],
        "round": ["eve"],
    }


def test_they_are_listed_with_those_that_are_named() -> None:
    assert [(row["Account"], row["User"]) for row in rows(ACCOUNTS[:4])] == [
        ("physics", "alice"),
        ("physics", "bob"),
        ("physics", "eve"),
        ("lasers", "carol"),
        ("optics", "dan"),
    ]
