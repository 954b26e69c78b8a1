"""What becomes of rows when changes are taken back: what cannot be is left out, and named."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.journal.blame import LastChanges
from slurmctl_rest.journal.replay import JournalChange
from slurmctl_rest.journal.undo import Wanted, last_command
from slurmctl_rest.model.change import Action, RowChange, name_of
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Value
from tests.journal.journals import entry
from tests.support import account, association

UN6 = account("un6")
OWN = association("un6", None, "root")
ROOT = {("association", "root"): association("root", None)}


def user(name: str, default: str | None = None) -> Row:
    """Return a user as the journal tells it."""
    return {"User": name, "AdminLevel": "None", "DefaultAccount": default}


def one(entity: Entity, before: Row | None, after: Row | None) -> JournalChange:
    """Return a change of an object."""
    action: Action = "add" if before is None else "delete" if after is None else "modify"
    change = RowChange(entity, action, name_of(entity, after or before or {}), before, after)
    return JournalChange(entry("any", ""), "7", change)


ADDED = [
    one(ACCOUNT, None, UN6),
    one(ASSOCIATION, None, OWN),
    one(USER, None, user("unp")),
    one(ASSOCIATION, None, association("un6", "unp", Default=True)),
    one(USER, {"User": "unp"}, {"User": "unq"}),
]
REMOVED = [
    one(ASSOCIATION, association("un6", "unq", Default=True), None),
    one(USER, user("unq"), None),
    one(ACCOUNT, UN6, None),
    one(ASSOCIATION, OWN, None),
]


def undone(changes: list[JournalChange], present: dict[tuple[str, str], Row]) -> Wanted:
    """Return what the changes come to when they are taken back."""
    wanted = Wanted({**ROOT, **present}, LastChanges())
    for change in reversed(changes):
        wanted.take_back(change)
    wanted.settle()
    return wanted


def test_a_user_who_was_renamed_goes_by_the_new_name() -> None:
    wanted = undone([*ADDED, *REMOVED], {})
    assert {key: row for key, row in wanted.rows.items() if row is not None} == {}
    assert wanted.kept == []


def test_another_user_who_bears_the_former_name_stays() -> None:
    here = {("user", "unp"): user("unp", "root")}
    wanted = undone([*ADDED, *REMOVED], here)
    assert wanted.now(("user", "unp")) == here["user", "unp"]


def test_who_bore_the_former_name_before_comes_back_with_it() -> None:
    earlier = [
        one(USER, user("unp"), None),
        one(ASSOCIATION, association("root", "unp", Default=True), None),
    ]
    wanted = undone([*earlier, *ADDED, *REMOVED], {})
    back = [name for (noun, name), row in wanted.rows.items() if row is not None]
    assert sorted(back) == ["unp", "unp in root"]


def test_a_user_without_any_account_does_not_come_back() -> None:
    wanted = undone([one(USER, user("unp"), None)], {})
    assert wanted.rows == {}
    assert wanted.kept == ["user 'unp' does not come back: it would have no account"]


def test_an_account_without_an_association_does_not_come_back() -> None:
    wanted = undone([one(ACCOUNT, account("un6"), None)], {})
    assert wanted.rows == {}
    assert wanted.kept == ["account 'un6' does not come back: it had no association"]


def test_what_has_been_added_and_is_gone_since_is_named() -> None:
    wanted = undone([one(ACCOUNT, None, account("un6"))], {})
    assert (wanted.rows, wanted.kept) == ({}, ["account 'un6' is not there any more"])


def test_a_rename_alone_is_named_and_kept() -> None:
    wanted = undone(ADDED[4:], {("user", "unq"): user("unq", "un6")})
    assert wanted.kept == ["user 'unq' keeps its name: `user modify ... NewName=` changes it"]


def test_a_change_from_before_a_rename_that_stays_is_of_the_present_name() -> None:
    row, before = association("un6", "unq", MaxJobs=4), association("un6", "unp")
    here: dict[tuple[str, str], Row] = {
        ("association", "un6"): OWN,
        ("user", "unq"): user("unq", "un6"),
        ("association", "unq in un6"): row,
    }
    wanted = Wanted({**ROOT, **here}, LastChanges())
    wanted.pass_over(ADDED[4])
    wanted.take_back(one(ASSOCIATION, before, {**before, "MaxJobs": 4}))
    wanted.settle()
    assert wanted.rows == {("association", "unq in un6"): {**row, "MaxJobs": None}}
    assert wanted.kept == []
    # Who has the former name since is not meant: that user was added later.
    wanted = Wanted({**ROOT, **here}, LastChanges())
    for change in (ADDED[4], one(USER, None, user("unp"))):
        wanted.pass_over(change)
    wanted.take_back(one(ASSOCIATION, before, {**before, "MaxJobs": 4}))
    assert wanted.kept == ["association 'unp in un6' is not there any more"]


def test_a_user_whose_association_went_first_has_its_default_account_again() -> None:
    back = undone(REMOVED, {}).rows["user", "unq"]
    assert back is not None
    assert back["DefaultAccount"] == "un6"


def test_who_has_been_made_anew_keeps_a_default_account() -> None:
    here: dict[tuple[str, str], Row] = {
        ("account", "un6"): UN6,
        ("association", "un6"): OWN,
        ("user", "unp"): user("unp", "un6"),
        ("association", "unp in un6"): association("un6", "unp", Default=True),
    }
    removed = [
        one(ASSOCIATION, association("un6", "unp", Default=True), None),
        one(USER, user("unp"), None),
    ]
    back = undone([*removed, *ADDED[2:4]], here).now(("user", "unp"))
    assert back is not None
    assert back["DefaultAccount"] == "un6"


def test_what_was_below_an_account_that_is_gone_is_left_out() -> None:
    wanted = undone(REMOVED[:2], {})
    assert wanted.rows == {}
    assert wanted.kept == [
        "association 'unq in un6' does not come back: account 'un6' is not there",
        "user 'unq' does not come back: it would have no account",
    ]


def test_the_first_that_is_homeless_names_the_account_to_restore() -> None:
    wanted = Wanted(ROOT, LastChanges())
    phys, sub = association("phys", None, "sci"), association("sub", None, "phys")
    for row in (association("sub", "bob"), sub, phys):
        wanted.restore(ASSOCIATION, name_of(ASSOCIATION, row), row, frozenset())
    assert [(o.what, o.above) for o in wanted.homeless()] == [
        ("account 'phys'", "sci"),
        ("account 'sub'", "phys"),
        ("association 'bob in sub'", "sub"),
    ]


def test_a_coordinator_who_is_gone_does_not_come_back() -> None:
    gone = account("un6", Coordinators=("ann", "unq"))
    own = one(ASSOCIATION, association("un6", None), None)
    here = {("user", "ann"): user("ann", "root")}
    wanted = undone([one(ACCOUNT, gone, None), own], here)
    back = wanted.rows["account", "un6"]
    assert back is not None
    assert back["Coordinators"] == ("ann",)
    assert wanted.kept == [
        "account 'un6' comes back without coordinator unq: there is no such user"
    ]


def modified(
    number: int, entity: Entity, name: str, **fields: tuple[Value, Value]
) -> JournalChange:
    """Return a modification that an entry tells of; each of all in the same second."""
    place = {"Account": name, "User": None, "Partition": None, "Cluster": "alps"}
    key: Row = place if entity is ASSOCIATION else {entity.key.name: name}
    before, after = ({**key, **{f: v[at] for f, v in fields.items()}} for at in (0, 1))
    change = RowChange(entity, "modify", name, before, after)
    return JournalChange(entry("any", "", number=number), "7", change)


def numbered(number: int, change: JournalChange) -> JournalChange:
    return replace(change, entry=replace(change.entry, number=number))


def test_of_commands_in_one_second_the_last_one_is_meant() -> None:
    lowered = [modified(at, ASSOCIATION, "un6", MaxJobs=(at, at + 1)) for at in range(1, 4)]
    assert last_command(lowered) == lowered[-1:]
    added, own = numbered(1, one(ACCOUNT, None, UN6)), numbered(2, one(ASSOCIATION, None, OWN))
    gone = [numbered(3, one(ASSOCIATION, OWN, None)), numbered(4, one(ACCOUNT, UN6, None))]
    assert last_command([added, own, *gone]) == gone
    assert last_command([added, own, modified(3, ASSOCIATION, "un6", MaxJobs=(None, 5))]) == [
        modified(3, ASSOCIATION, "un6", MaxJobs=(None, 5))
    ]


def test_what_one_command_does_in_several_entries_is_meant_together() -> None:
    together = [
        numbered(1, one(USER, None, user("unp"))),
        numbered(2, one(ASSOCIATION, None, association("un6", "unp", Default=True))),
        modified(2, USER, "unp", DefaultAccount=(None, "un6")),
    ]
    assert last_command(together) == together
    apart = [
        modified(1, ACCOUNT, "un6", Coordinators=((), ("unp",))),
        modified(2, ACCOUNT, "un6", Coordinators=(("unp",), ("unp", "unq"))),
        modified(3, ASSOCIATION, "un6", MaxJobs=(None, 5)),
        modified(4, ASSOCIATION, "un6", Parent=("root", "un5")),
    ]
    assert last_command(apart) == apart
    other = replace(apart[1], entry=replace(apart[1].entry, actor="bob"))
    assert last_command([apart[0], other, *apart[2:]]) == apart[2:]


def test_a_move_is_named_and_kept() -> None:
    moved = replace(modified(1, ASSOCIATION, "un6", Parent=("root", "un5")), moved=True)
    stays = (
        "account 'un6' stays below 'un5': Slurm's journal has no entry of that move; "
        "`slurmctl-rest account modify un6 set Parent=root` takes it back"
    )
    here: dict[tuple[str, str], Row] = {
        ("association", name): association(name, None, "un5") for name in ("un6", "un5")
    }
    assert undone([moved], here).kept == [stays]
    # It has been taken back, or has another parent by now.
    assert undone([moved], {("association", "un6"): association("un6", None, "root")}).kept == []
    wanted = Wanted({**ROOT, **here}, LastChanges(), moves={"un6": ("root", "un5")})
    for change in (modified(1, ASSOCIATION, "un6", MaxJobs=(None, 5)), modified(1, USER, "ann")):
        wanted.take_back(change)
    assert wanted.kept[0] == stays
    assert len([one for one in wanted.kept if one == stays]) == 1
