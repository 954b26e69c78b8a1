"""The rows of a moment: of users who have got another name since, under the name of then alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from slurmctl_rest.journal.as_of import Past
from slurmctl_rest.journal.parse import JournalEntry
from slurmctl_rest.journal.replay import Replay
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from tests.support import account, association, user

ADDED = "mod_time=1, acct='physics', is_def=1, user='{}', lineage='/physics/0-{}/', max_jobs=3"
Step = tuple[str, str, str]
Present = tuple[Sequence[str], tuple[str, ...]]
"""Users with an association each, from number 9 on; coordinators."""


def added(name: str, number: int) -> list[Step]:
    """Return the entries of a new user."""
    return [
        ("Add Users", name, "admin_level=1"),
        ("Add Associations", f"id_assoc={number}", ADDED.format(name, name)),
    ]


def renamed(old: str, new: str) -> Step:
    return ("Modify Users", f"(name='{old}')", f"name='{new}'")


BEGIN = [("Add Accounts", "physics", "description='p'"), *added("ann", 9)]
COORDINATOR = [("Add Account Coord", "ann", "physics")]


def past(
    steps: Sequence[Step], moment: int, present: Present, *, whole: bool = True
) -> tuple[list[Value], list[Value], Value, dict[str, str]]:
    """Return users, holders of associations and coordinators after the step `moment`, and renames.

    Steps are a second apart.
    """
    holders_now, officers_now = present
    before = {"Cluster": "alps", "Account": "physics", "User": "ann", "Partition": None}
    replay, found = Replay("alps", {"9": before}.get), Past(moment)
    for number, (action, where, info) in enumerate(steps, 1):
        cluster = "alps" if "Associations" in action else ""
        entry = JournalEntry(number + (not whole), number, cluster, action, "root", where, info)
        found.before(entry, replay)
        found.after(replay.apply(entry))
    if found.rows is None:
        found.keep(replay)
    assert replay.complaints == []
    now: dict[str, dict[str, Row]] = {
        "account": {"physics": account("physics", Coordinators=officers_now)},
        "user": {name: user(name, "physics") for name in holders_now},
        "association": {str(n): association("physics", u) for n, u in enumerate(holders_now, 9)},
        "qos": {},
    }
    states, unsure = found.completed(now)
    assert unsure == ""
    holders = [row["User"] for row in states["association"].values()]
    officers = states["account"]["physics"]["Coordinators"]
    users = [row["User"] for row in states["user"].values()]
    assert users == [*states["user"]]
    return users, holders, officers, found.renamed()


TWICE = [*BEGIN, *COORDINATOR, renamed("ann", "anna"), renamed("anna", "annb")]


@pytest.mark.parametrize(("moment", "name"), [(4, "ann"), (5, "anna"), (6, "annb")])
def test_a_user_who_was_renamed_is_shown_once(moment: int, name: str) -> None:
    names = {name: "annb"} if name != "annb" else {}
    expected = [name], [name], (name,), names
    assert past(TWICE, moment, (["annb"], ("annb",))) == expected


def test_another_user_who_has_got_the_name_since_is_not_shown() -> None:
    steps = [*TWICE, *added("ann", 10), renamed("ann", "zoe"), *added("ann", 11)]
    present = ["annb", "zoe", "ann"], ("annb",)
    assert past(steps, 4, present) == (["ann"], ["ann"], ("ann",), {"ann": "annb"})
    # At the end each has the name that it has.
    users, holders, _, names = past(steps, 99, present)
    assert (sorted(map(str, users)), names) == (["ann", "annb", "zoe"], {})
    assert holders == ["annb", "zoe", "ann"]


def test_who_is_older_than_the_journal_has_the_name_of_that_moment() -> None:
    steps = [
        ("Modify Associations", "(id_assoc=9)", "max_jobs=7"),
        renamed("ann", "anna"),
    ]
    found = past(steps, 1, (["anna"], ("anna",)), whole=False)
    assert found == (["ann"], ["ann"], ("ann",), {"ann": "anna"})


def test_who_was_renamed_and_deleted_has_no_name_now() -> None:
    steps = [
        *TWICE,
        ("Remove Associations", "(id_assoc=9)", ""),
        ("Remove Users", "name='annb'", ""),
    ]
    assert past(steps, 4, ([], ())) == (["ann"], ["ann"], ("ann",), {})
