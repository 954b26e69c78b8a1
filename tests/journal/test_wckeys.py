"""WCKeys of users, from entries as both releases write them; and what comes back of them."""

from __future__ import annotations

import pytest

from slurmctl_rest.journal.blame import LastChanges
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.journal.undo import Wanted, last_command
from slurmctl_rest.journal.words import history_row
from tests.support import account, association

from .journals import entry

Step = tuple[str, str, str]
ADDED: list[Step] = [
    ("Add Users", "ann", ""),
    ("Add WCKeys", "id_wckey=4", "mod_time=17, wckey_name='k1', user='ann', is_def=0"),
    ("Add WCKeys", "id_wckey=5", "mod_time=17, user='ann', wckey_name='k2', is_def=1"),
]
MARKED: Step = ("MsgType=1456", "id_wckey='4'", "is_def=1")
GONE: list[Step] = [
    ("Remove WCKeys", "id_wckey='4' || id_wckey='5'", ""),
    ("Remove Users", "name in('ann')", ""),
]


def replayed(*steps: Step) -> tuple[Replay, list[JournalChange]]:
    """Return the end of a journal, and its changes; all of one second, but for those of GONE."""
    replay, found = Replay("alps"), list[JournalChange]()
    for number, (action, where, info) in enumerate(steps, 1):
        one = entry(action, where, info, number)
        one.time += (action, where, info) in GONE
        one.cluster = "alps" if "Users" not in action else ""
        found += replay.apply(one)
    assert replay.complaints == []
    return replay, found


def told(changes: list[JournalChange]) -> list[object]:
    return [(o.change.action, history_row(o)["Changes"]) for o in changes]


def test_every_change_of_wckeys_is_told() -> None:
    renamed = ("Modify Users", "(name='ann')", "name='anna'")
    last = ("Remove WCKeys", "id_wckey='4'", "")
    replay, changes = replayed(*ADDED, MARKED, renamed, last)
    assert told(changes) == [
        ("add", ()),
        ("modify", ("WCKeys: (unset) -> k1",)),
        ("modify", ("DefaultWCKey: (unset) -> k2", "WCKeys: k1 -> k1,k2")),
        ("modify", ("DefaultWCKey: k2 -> k1",)),
        ("modify", ("Name: ann -> anna",)),
        ("modify", ("DefaultWCKey: k1 -> (unset)", "WCKeys: k1,k2 -> k2")),
    ]
    assert replay.users["anna"]["WCKeys"] == ("k2",)


def test_those_of_other_clusters_are_others() -> None:
    replay = Replay("alps")
    replay.apply(entry("Add Users", "ann"))
    one = entry("Add WCKeys", "id_wckey=4", "wckey_name='k1', user='ann', is_def=1")
    one.cluster = "jura"
    assert replay.apply(one) == []


def test_a_user_and_its_wckeys_come_and_go_with_one_command() -> None:
    _, changes = replayed(*ADDED)
    assert last_command(changes) == changes
    _, both = replayed(*ADDED, MARKED, *GONE)
    assert last_command(both) == both[-2:]


@pytest.mark.parametrize("keys", [("k1", "k2"), ()])
def test_wckeys_of_a_deleted_user_come_back(keys: tuple[str, ...]) -> None:
    _, changes = replayed(*(ADDED if keys else ADDED[:1]), *(GONE if keys else GONE[1:]))
    wanted = Wanted({("account", "physics"): account("physics")}, LastChanges())
    wanted.rows["association", "ann in physics"] = association("physics", "ann", Default=True)
    for one in reversed(last_command(changes)):
        wanted.take_back(one)
    row = wanted.rows["user", "ann"]
    assert row is not None
    assert (row["WCKeys"], row["DefaultWCKey"]) == (keys, "k2" if keys else None)
    assert wanted.kept == []


def test_those_that_are_older_than_the_journal_do_not_come_back_and_are_named() -> None:
    _, changes = replayed(*GONE)
    wanted = Wanted({}, LastChanges())
    wanted.take_back(changes[-1])
    older = (
        "DefaultWCKey, WCKeys of user 'ann' do not come back: they are older than Slurm's journal"
    )
    assert wanted.kept == [older]
    # Of a user without any, nothing is said.
    _, changes = replayed(GONE[1])
    assert changes[-1].unknown == frozenset()
