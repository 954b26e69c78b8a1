"""Writes in sacctmgr's words: from words and rows to its blocks, exit codes and changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import adding, coordinators, deleting, modifying
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.list_rows import matching
from slurmctl_rest.sacctmgr.plan import DEFAULT_QOS, WritePlan
from slurmctl_rest.sacctmgr.reply import LineRefused
from slurmctl_rest.sacctmgr.write_requests import WriteRequest, read_request

from .rows import ROWS, Facts, record, user

TREE = Tree(ROWS)
USERS = [user(name) for name in ("alice", "bob", "carol", "dave")]
ACCOUNTS = [
    record(name) for name in ("root", "hpc_proj1", "hpc_alloc1", "science", "chem", "physics")
]


def modified(noun: str, line: str, *, old: bool = False) -> WritePlan:
    """The plan of `modify account LINE`, or of users, for the associations."""
    request = read_request("modify", noun, line.split(), Facts(old=old)).checked()
    of = [row for row in ROWS if (row["User"] is None) == (noun == "account")]
    rows = of if "User" not in request.conditions.where or noun == "user" else ROWS
    chosen = matching(rows, request.conditions.where)
    return modifying.modify_associations(noun, request, chosen, TREE, old=old)


def fields(plan: WritePlan) -> dict[str, dict[str, Any]]:
    """What changes: name -> field -> the new value."""
    return {
        change.name: {name: after for name, (_, after) in change.fields.items()}
        for changes in plan.changes.values()
        for change in changes
    }


@pytest.mark.parametrize(
    ("noun", "line", "old", "out", "changes"),
    [
        (
            "account",
            "hpc_alloc1 cluster=lab set GrpJobs=-1",
            False,
            " Modified account associations...\n  C = lab        A = hpc_alloc1 of hpc_proj1\n",
            {"hpc_alloc1": {"GrpJobs": None}},
        ),
        (
            "account",
            "set maxjobs=3 where name=science",
            False,
            " Modified account associations...\n"
            "  C = lab        A = science of root\n"
            "  C = lab        A = chem                \n"
            "  C = lab        A = chem                 U = alice    \n"
            "  C = lab        A = chem                 U = carol    \n"
            "  C = lab        A = chem                 U = carol     P = gpu\n"
            "  C = lab        A = physics             \n"
            "  C = lab        A = physics              U = bob      \n",
            {"science": {"MaxJobs": 3}},
        ),
        (
            "account",
            "science set maxjobs=3",
            True,  # 24.11 lists those right below
            " Modified account associations...\n"
            "  C = lab        A = science of root\n"
            "  C = lab        A = chem                \n"
            "  C = lab        A = physics             \n",
            {"science": {"MaxJobs": 3}},
        ),
        (
            "account",
            "physics set parent=hpc_proj1",
            False,
            " Modified account associations...\n"
            "  C = lab        A = physics of science\n"
            "  C = lab        A = physics              U = alice    \n"
            "  C = lab        A = physics              U = bob      \n",
            {"physics": {"Parent": "hpc_proj1"}},
        ),
        (  # sacctmgr would modify nothing here
            "account",
            "physics set parent=science grpjobs=3",
            False,
            " Modified account associations...\n  C = lab        A = physics of science\n",
            {"physics": {"GrpJobs": 3}},
        ),
        (
            "user",
            "carol where partition=gpu set GrpTRES=cpu=3",
            False,
            " Modified user associations...\n"
            "  C = lab        A = chem                 U = carol     P = gpu\n",
            {"carol in chem (gpu)": {"GrpTRES": {"cpu": 3}}},
        ),
        (
            "user",
            "alice set maxjobs=5",
            False,
            " Modified user associations...\n"
            "  C = lab        A = chem                 U = alice    \n"
            "  C = lab        A = physics              U = alice    \n",
            {"alice in chem": {"MaxJobs": 5}},  # in physics it is so already
        ),
        (
            "account",
            "physics set parent=nix",
            False,
            " Modified account associations...\n"
            "  Parent account nix doesn't exist on cluster lab\n",
            {},
        ),
        (
            "account",
            "science set parent=chem",
            False,
            " Modified account associations...\n"
            "  Requested parent account chem is a child of science on cluster lab. Please "
            "re-parent chem before using it as a parent.\n",
            {},
        ),
    ],
)
def test_modify(
    noun: str, line: str, old: bool, out: str, changes: dict[str, dict[str, Any]]
) -> None:
    plan = modified(noun, line, old=old)
    assert (plan.blocks, plan.failed, plan.code) == (out, "", 0)
    assert fields(plan) == changes


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    "line",
    ["nix set maxjobs=3", "physics set parent=science", "physics set maxjobs=4294967294"],
)
def test_nothing_is_modified(line: str, old: bool) -> None:
    plan = modified("account", line, old=old)
    new = (" Modified account associations...\n  Nothing modified\n", "")
    before = (
        "",
        "sacctmgr: error: Request didn't affect anything\n"
        " Error with request: Data has not changed since time specified\n",
    )
    assert ((plan.blocks, plan.failed), plan.code) == (before if old else new, 1)


@pytest.mark.parametrize("old", [False, True])
def test_a_default_qos_that_would_not_be_allowed(old: bool) -> None:
    plan = modified("account", "physics set defaultqos=low", old=old)
    assert plan.blocks == ("" if old else " Modified account associations...\n")
    assert plan.failed == (
        "sacctmgr: error: \n"
        " These associations don't have access to their default qos.\n"
        " Please give them access before they the default can be set to this.\n"
        "  DefQOS = low        C = lab        A = physics             \n"
        "  DefQOS = low        C = lab        A = physics              U = alice    \n"
        "  DefQOS = low        C = lab        A = physics              U = bob      \n"
        "\n"
        " Error with request: This request would make it so some associations would not have "
        "access to their default qos.\n"
    )
    assert (plan.code, plan.changes) == (1, {})


@pytest.mark.parametrize("old", [False, True])
def test_accounts_below_are_left_without_their_default_qos(old: bool) -> None:
    plan = modified("account", "science set defaultqos=low", old=old)
    assert [line for line in plan.failed.splitlines() if "DefQOS" in line] == [
        "  DefQOS = low        C = lab        A = science             "
    ]


def test_an_account_does_not_move_together_with_one_above_it() -> None:
    with pytest.raises(Unsupported, match="account chem is below science"):
        modified("account", "science,chem set parent=empty1")


def test_a_user_without_a_name_is_none_of_the_accounts() -> None:
    with pytest.raises(Unsupported, match="stands for all accounts"):
        modified("user", "name= set maxjobs=1")


def test_24_11_would_break_the_tree() -> None:
    with pytest.raises(Unsupported, match="would break the tree"):
        modified("account", "science set parent=chem", old=True)


@pytest.mark.parametrize(
    ("noun", "line", "said"),
    [
        (
            "account",
            "foo=1 physics set bar=2 name=x",
            " Unknown condition: foo=1\n Use keyword 'set' to modify value\n"
            " Unknown option: bar=2\n Use keyword 'where' to modify condition\n"
            " Can't modify the name of an account\n",
        ),
        ("account", "physics set cluster=x", " Can't modify the cluster of an account\n"),
        ("user", "alice set foo", " Bad format on foo: End your option with an '=' sign\n"),
        ("account", "chem set Flags+=foo", " Unknown Flag(s)=foo\n"),
        (
            "account",
            "q=low q=low set maxjobs=1",
            "sacctmgr: error: You gave me an empty qos list\n"
            " Unknown condition: q=low\n Use keyword 'set' to modify value\n",
        ),
        ("user", "name+=alice set maxjobs=1", " Invalid operator '+=' in name+=alice\n"),
        # After a word that is not known, or that takes signs, all operators are taken...
        (
            "account",
            "x set maxjobs-=1 foo=1 grpjobs-=1 set desc-=x",
            " Invalid operator '-=' in maxjobs-=1\n"
            " Unknown option: foo=1\n Use keyword 'where' to modify condition\n",
        ),
        # ... up to the next conditions.
        (
            "account",
            "x set qos=high maxjobs-=1 where name=y set grpjobs-=1",
            " Invalid operator '-=' in grpjobs-=1\n",
        ),
        # Flags that are not known end what is set.
        (
            "account",
            "x set flags=foo maxjobs=2 set maxjobs-=1",
            " Unknown Flag(s)=foo\n"
            " Unknown condition: maxjobs=2\n Use keyword 'set' to modify value\n"
            " Invalid operator '-=' in maxjobs-=1\n",
        ),
    ],
)
def test_what_is_complained_of_first(noun: str, line: str, said: str) -> None:
    request = read_request("modify", noun, line.split(), Facts())
    with pytest.raises(LineRefused) as refused:
        request.checked()
    assert refused.value.reply.stderr == said


@pytest.mark.parametrize(
    ("noun", "words"),
    [
        ("user", "alice set newname=x"),
        ("account", "physics set rawusage=0"),
        ("account", "physics set comment=x"),
    ],
)
def test_what_slurmrestd_cannot_do(noun: str, words: str) -> None:
    request = read_request("modify", noun, words.split(), Facts())
    with pytest.raises(Unsupported, match="is not possible over REST"):
        request.checked()


@pytest.mark.parametrize(
    ("verb", "flags", "found"),
    [
        ("modify", "UsersAreCoords", {"Flags": ("UsersAreCoords",)}),
        ("modify", "u", {"Flags": ("UsersAreCoords",)}),
        ("modify", "d,NOUSERS", {"Flags": ()}),
        ("modify", "users,no", {"Flags": ()}),
        ("modify", "deleted", {}),
        ("modify", "", {}),
        ("add", "users,no", {"Flags": ("UsersAreCoords",)}),
        ("add", "no", {}),
    ],
)
def test_flags_of_accounts(verb: str, flags: str, found: dict[str, object]) -> None:
    line = "x flags=" if verb == "add" else "x set flags="
    request = read_request(verb, "account", f"{line}{flags}".split(), Facts()).checked()
    assert request.flags == found


def test_24_11_takes_a_word_that_it_does_not_know_for_all_flags() -> None:
    request = read_request("modify", "account", ["x", "set", "flags=u,foo"], Facts(old=True))
    with pytest.raises(Unsupported, match="to set flags=u,foo is not possible over REST"):
        request.checked()


def test_modify_of_the_flags_of_accounts() -> None:
    words = ["science,chem", "set", "flags=u"]
    request = read_request("modify", "account", words, Facts())
    records = [{**row, "Flags": ()} for row in ACCOUNTS]
    plan = modifying.modify_account_records(request, records, "lab", old=False)
    assert plan.blocks == " Modified accounts...\n  chem\n  science\n"
    flag = {"Flags": ("UsersAreCoords",)}
    assert fields(plan) == {"chem": flag, "science": flag}


@pytest.mark.parametrize("old", [True, False])
def test_flags_that_are_none_change_nothing(old: bool) -> None:
    request = read_request("modify", "account", ["x", "set", "flags=deleted"], Facts(old=old))
    plan = modifying.modify_account_records(request, ACCOUNTS, "lab", old=old)
    first = "sacctmgr: error: Request didn't affect anything\n" if old else ""
    assert (plan.blocks, plan.code) == ("" if old else " Modified accounts...\n", 1)
    assert plan.failed == (
        f"{first} Error with request: Data has not changed since time specified\n"
    )


def test_modify_of_the_records_of_accounts() -> None:
    request = read_request(
        "modify",
        "account",
        ["organization=uni", "where", "physics,chem", "set", "desc='X Y'"],
        Facts(),
    )
    plan = modifying.modify_account_records(request, ACCOUNTS, "lab", old=False)
    assert plan.blocks == " Modified accounts...\n  chem\n  physics\n"
    assert fields(plan) == {"chem": {"Description": "x y"}, "physics": {"Description": "x y"}}
    wrong = read_request("modify", "account", ["cluster=lab", "set", "desc=x"], Facts())
    plan = modifying.modify_account_records(wrong, ACCOUNTS, "lab", old=False)
    assert (plan.failed, plan.code) == (" There was a problem with your 'where' options.\n", 1)


def of_users(line: str) -> WritePlan:
    request = read_request("modify", "user", line.split(), Facts())
    return modifying.modify_user_records(request, USERS, ROWS, ["lab"], old=False)


def test_modify_of_the_records_of_users() -> None:
    plan = of_users("alice set defaultaccount=chem adminlevel=oper")
    assert plan.blocks == " Modified users...\n  alice\n"
    assert fields(plan) == {"alice": {"DefaultAccount": "chem", "AdminLevel": "Operator"}}
    (change,) = plan.changes["lab"]
    assert [row["Account"] for row in change.companions] == ["chem"]


@pytest.mark.parametrize(("marked", "marks"), [((True, False), True), ((True, True), False)])
def test_a_default_account_that_stays_marks_the_partitions_that_have_no_mark(
    marked: tuple[bool, bool], marks: bool
) -> None:
    own = next(r for r in ROWS if (r["User"], r["Account"]) == ("alice", "physics"))
    rows = [
        {**own, "Partition": partition, "Default": is_default}
        for partition, is_default in zip((None, "gpu"), marked, strict=True)
    ]
    request = read_request("modify", "user", ["alice", "set", "defaulta=physics"], Facts())
    plan = modifying.modify_user_records(request, USERS, rows, ["lab"], old=False)
    changes = [(c.marks, len(c.companions)) for c in plan.changes.get("lab", ())]
    assert changes == ([(True, 2)] if marks else [])


def test_a_default_account_that_users_are_not_in() -> None:
    plan = of_users("bob,alice set defaultaccount=chem")
    assert (plan.blocks, plan.code) == (
        " Modified users...\n"
        " Can't modify because these users aren't associated with new default account 'chem'...\n"
        "  U = bob C = lab\n",
        1,
    )


def new_accounts(line: str, rows: list[Row] = ROWS) -> WritePlan:
    request = read_request("add", "account", line.split(), Facts()).checked()
    clusters = request.of("Cluster") or ("lab",)
    known = {str(row["Account"]): row for row in ACCOUNTS}
    return adding.add_accounts(request, clusters, ["lab"], known, rows)


def test_add_accounts() -> None:
    plan = new_accounts("New1 new2 parent=science fairshare=3")
    assert plan.blocks == (
        " Adding Account(s)\n  new1\n  new2\n"
        " Settings\n"
        "  Description     = Account Name\n"
        "  Organization    = Parent/Account Name\n"
        " Associations =\n"
        "  C = lab        A = new1                \n"
        "  C = lab        A = new2                \n"
        " Settings\n"
        "  Fairshare     = 3\n"
        "  Parent        = science\n"
    )
    first, _ = plan.changes["lab"]
    assert first.action == "add"
    assert {name: first.new[name] for name in ("Account", "Cluster", "Parent", "Fairshare")} == {
        "Account": "new1", "Cluster": "lab", "Parent": "science", "Fairshare": 3,
    }  # fmt: skip
    assert (first.new["Description"], first.new["Organization"]) == ("new1", "science")


def test_add_an_account_with_a_flag() -> None:
    plan = new_accounts("new1 flags=u")
    (change,) = plan.changes["lab"]
    assert change.new["Flags"] == ("UsersAreCoords",)
    assert plan.blocks.endswith("  C = lab        A = new1                \n Settings\n")


def test_add_accounts_of_which_some_exist() -> None:
    plan = new_accounts("physics new1")
    assert plan.blocks.endswith(
        "Already existing account physics on cluster lab\n"
        "  C = lab        A = new1                \n"
    )
    plan = new_accounts("physics chem maxjobs=3")
    assert (plan.blocks, plan.code, plan.changes) == (
        " Already existing account physics on cluster lab\n"
        "Already existing account chem on cluster lab\n",
        1,
        {},
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "new1 cluster=nix",
            " error: Cluster 'nix' has not been added yet, please contact your admin before "
            "adding accounts to it\n",
        ),
        ("new1 parent=nix", " error: No parent account 'nix' on cluster 'lab'\n"),
    ],
)
def test_accounts_that_cannot_be_added(line: str, said: str) -> None:
    with pytest.raises(LineRefused) as refused:
        new_accounts(line)
    assert refused.value.reply.stderr == said


def new_users(line: str, *, old: bool = False) -> WritePlan:
    request = read_request("add", "user", line.split(), Facts(old=old)).checked()
    known = {str(row["User"]): row for row in USERS}
    return adding.add_users(request, ["lab"], known, ROWS, old=old)


def test_counts_of_what_is_new_have_no_sign() -> None:
    plan = new_accounts("new1 grptres=cpu-=5,mem+=3")
    assert plan.changes["lab"][0].new["GrpTRES"] == {"cpu": 5, "mem": 3}


def test_add_users() -> None:
    plan = new_users(
        "erin alice account=chem defaultaccount=science adminlevel=a partition=gpu maxj=3"
    )
    assert plan.blocks == (
        " Adding User(s)\n  erin\n"
        " Settings\n"
        "  Default Account = science\n"
        "  Admin Level     = Administrator\n"
        " Associations =\n"
        "  C = lab        A = chem                 U = erin      P = gpu\n"
        "  C = lab        A = chem                 U = alice     P = gpu\n"
        "  C = lab        A = science              U = erin      P = gpu\n"
        "  C = lab        A = science              U = alice     P = gpu\n"
        " Non Default Settings\n"
        "  MaxJobs       = 3\n"
    )
    erin, alice, *rows = plan.changes["lab"]
    assert (erin.action, erin.new["DefaultAccount"], erin.new["AdminLevel"]) == (
        "add",
        "science",
        "Administrator",
    )
    # A level for a user who is known is ignored.
    assert dict(alice.fields) == {"DefaultAccount": ("physics", "science")}
    assert [row["Account"] for row in alice.companions] == ["science"]
    assert all(row.new["MaxJobs"] == 3 for row in rows)


def test_of_several_partitions_the_first_is_the_default() -> None:
    change, *_ = new_users("alice account=chem defaultaccount=chem partition=gpu,debug").changes[
        "lab"
    ]
    assert [(row["Account"], row["Partition"]) for row in change.companions] == [("chem", "gpu")]
    assert not change.marks


@pytest.mark.parametrize(("words", "marks"), [("defaultaccount=physics", True), ("", False)])
def test_a_new_partition_of_the_default_account_gets_its_mark_where_that_is_named(
    words: str, marks: bool
) -> None:
    first, *_ = new_users(f"alice account=physics partition=gpu,debug {words}").changes["lab"]
    assert (first.entity.noun, first.marks) == ("user" if marks else "association", marks)
    assert [row["Partition"] for row in first.companions] == (["gpu"] if marks else [])


def test_add_users_to_accounts_that_are_missing() -> None:
    plan = new_users("erin account=nix,chem")
    assert plan.blocks == (
        " Adding User(s)\n  erin\n"
        " Settings\n"
        "No account nix on cluster lab, skipping.\n"
        "  C = lab        A = chem                 U = erin     \n"
    )
    assert plan.changes["lab"][0].new["DefaultAccount"] == "chem"


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("alice account=chem,physics fairshare=3", "Request didn't affect anything\n"),
        ("alice account=nix,chem", "No account nix on cluster lab, skipping.\n"),
    ],
)
def test_add_users_where_nothing_is_new(line: str, first: str) -> None:
    plan = new_users(line)
    assert (plan.blocks, plan.code, plan.changes) == (
        first + "Nothing added.\nMake sure the accounts requested here have been added to the "
        "system/cluster. (sacctmgr add account...)\n",
        1,
        {},
    )


@pytest.mark.parametrize("old", [False, True])
def test_add_a_user_without_access_to_the_default_qos(old: bool) -> None:
    said = DEFAULT_QOS
    plan = new_users("erin account=physics defaultqos=low", old=old)
    more = "" if old else f" ({said})"
    assert plan.failed == f" error: Problem adding user associations: {said}{more}\n"
    assert (plan.blocks, plan.code) == ("", 1)


def test_an_unknown_option_of_add_user_has_one_line() -> None:
    with pytest.raises(LineRefused) as refused:
        new_users("erin account=chem foo=1 maxjobs=x")
    assert refused.value.reply.stderr == (
        " Unknown option: foo=1\n"
        "sacctmgr: error: Invalid value for MaxJobs (x)\n Unknown option: maxjobs=x\n"
    )


def deletion(noun: str, line: str) -> WriteRequest:
    return read_request("delete", noun, line.split(), Facts()).checked_to_delete()


def test_delete_accounts_everywhere() -> None:
    found = deleting.delete_accounts(deletion("account", "hpc_proj1,nix"), ACCOUNTS, TREE)
    assert found.plan == WritePlan(" Deleting accounts...\n  hpc_proj1\n")
    assert [row["Account"] for row in found.records] == ["hpc_proj1"]


@pytest.mark.parametrize(
    ("old", "out"),
    [
        (
            False,
            " Deleting account associations...\n"
            "  C = lab        A = hpc_proj1 of root\n"
            "  C = lab        A = hpc_alloc1 of hpc_proj1\n"
            "  C = lab        A = hpc_alloc1 U = dave     \n",
        ),
        (True, " Deleting account associations...\n  C = lab        A = hpc_proj1 of root\n"),
    ],
)
def test_delete_associations_of_accounts(old: bool, out: str) -> None:
    request = deletion("account", "name=hpc_proj1 cluster=lab")
    chosen = matching(ROWS, request.conditions.where)
    found = deleting.delete_account_rows(chosen, TREE, old=old)
    assert found.plan == WritePlan(out)
    assert [row["Account"] for row in found.rows] == ["hpc_proj1"]


def test_the_default_account_of_a_user_who_stays_is_not_deleted() -> None:
    found = deleting.delete_accounts(deletion("account", "physics"), ACCOUNTS, TREE)
    assert (found.plan.blocks, found.plan.code) == ("", 1)
    assert found.plan.failed == (
        " Error with request: You can not remove the default account of a user\n"
        "  C = lab             A = physics    U = alice    \n"
        " Please either remove the accounts listed above from list and resubmit,\n"
        " or change these users' default accounts to remove the account(s).\n"
        " Changes Discarded\n"
    )
    # With both of her accounts nothing of her stays.
    assert deleting.delete_accounts(deletion("account", "science"), ACCOUNTS, TREE).plan.code == 0


def test_the_account_root_is_not_deleted() -> None:
    with pytest.raises(LineRefused, match="You are not allowed to remove the root account"):
        deleting.refuse_root(["root"])
    with pytest.raises(Unsupported, match="root"):
        deleting.delete_account_rows([ROWS[0]], TREE, old=False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", " No conditions given to remove, not executing.\n"),
        (
            "foo=1",
            " Unknown condition: foo=1\n Use keyword 'set' to modify value\n"
            " No conditions given to remove, not executing.\n",
        ),
        ("bob foo=1", " Unknown condition: foo=1\n Use keyword 'set' to modify value\n"),
    ],
)
def test_delete_without_conditions(line: str, said: str) -> None:
    with pytest.raises(LineRefused) as refused:
        deletion("user", line)
    assert refused.value.reply.stderr == said


def test_a_user_goes_with_the_last_association() -> None:
    request = deletion("user", "where name=bob,alice and account=chem,physics partition=")
    chosen = matching(ROWS, request.conditions.where)
    found = deleting.delete_user_rows(chosen, USERS, TREE, old=False)
    assert found.plan == WritePlan(
        " Deleting user associations...\n"
        "  C = lab        A = chem       U = alice    \n"
        "  C = lab        A = physics    U = alice    \n"
        "  C = lab        A = physics    U = bob      \n"
        " Deleting users (No Associations)...\n  alice\n  bob\n"
    )
    assert ([row["User"] for row in found.records], found.rows) == (["alice", "bob"], [])


def test_a_user_who_stays_keeps_the_default_account() -> None:
    chosen = matching(ROWS, {"User": ["alice"], "Account": ["physics"]})
    plan = deleting.delete_user_rows(chosen, USERS, TREE, old=False).plan
    assert plan.failed.endswith(
        " You must change the default account of these users or remove the users completely from "
        "the affected clusters to allow these changes.\n Changes Discarded\n"
    )


def in_partition(partition: str, *, default: bool) -> Row:
    row = next(r for r in ROWS if (r["User"], r["Account"]) == ("alice", "chem"))
    return {**row, "Partition": partition, "Default": default}


@pytest.mark.parametrize(
    ("rows", "old", "named"),
    [
        (((True, "gpu"), (False, "debug")), False, ["U = alice     P = gpu      "]),
        (((True, "gpu"), (False, "debug")), True, ["U = alice    "]),
        (((True, "gpu"), (True, "debug")), False, []),
        (((True, "gpu"), (True, "debug")), True, ["U = alice    ", "U = alice    "]),
    ],
    ids=["new", "24.11", "kept in another, new", "kept in another, 24.11"],
)
def test_a_partition_of_the_default_account(
    rows: tuple[tuple[bool, str], ...], old: bool, named: list[str]
) -> None:
    mine = [in_partition(partition, default=default) for default, partition in rows]
    plan = deleting.delete_user_rows(mine[:1], USERS, Tree(mine, ["lab"]), old=old).plan
    found = re.findall(r"(?m)^  C = lab             A = chem       (U = .*)$", plan.failed)
    assert found == named


@pytest.mark.parametrize("line", ["nix", "adminlevel=operator"])
def test_nothing_is_deleted(line: str) -> None:
    plan = deleting.delete_users(deletion("user", line), USERS, ROWS).plan
    assert (plan.blocks, plan.code) == (" Nothing deleted\n", 1)


OFFICERS = [
    record("physics", Coordinators=("alice", "bob")),
    record("science", Coordinators=("bob",)),
]


def coordinated(line: str) -> WriteRequest:
    return read_request("delete", "user", line.split(), Facts())


def officers(changes: list[RowChange]) -> dict[str, Any]:
    return {change.name: change.new["Coordinators"] for change in changes}


def test_add_coordinators() -> None:
    plan = coordinators.add_coordinators(
        coordinated("carol account=physics,science"), OFFICERS, "lab"
    )
    assert plan.blocks == (
        " Adding Coordinator User(s)\n  carol\n To Account(s) and all sub-accounts\n"
        "  physics\n  science\n"
    )
    assert officers([*plan.changes["lab"]]) == {
        "physics": ("alice", "bob", "carol"),
        "science": ("bob", "carol"),
    }


@pytest.mark.parametrize(
    ("line", "head", "listed", "left"),
    [
        (
            "bob",
            " Removing Coordinators with user name\n  bob\n From all accounts\n",
            "  U = bob       A = physics   \n  U = bob       A = science   \n",
            {"physics": ("alice",), "science": ()},
        ),
        (
            "account=physics",
            " Removing all users from Accounts\n  physics\n",
            "  U = alice     A = physics   \n  U = bob       A = physics   \n",
            {"physics": ()},
        ),
        (
            "bob account=science",
            " Removing Coordinators with user name\n  bob\n From Account(s)\n  science\n",
            "  U = bob       A = science   \n",
            {"science": ()},
        ),
    ],
)
def test_delete_coordinators(line: str, head: str, listed: str, left: dict[str, Any]) -> None:
    plan = coordinators.remove_coordinators(coordinated(line), OFFICERS, "lab")
    assert plan.blocks == f"{head} Removed Coordinators (sub accounts not listed)...\n{listed}"
    assert officers([*plan.changes["lab"]]) == left


def test_coordinators_that_are_none() -> None:
    plan = coordinators.remove_coordinators(coordinated("carol account=science"), OFFICERS, "lab")
    assert (plan.blocks, plan.code) == (
        " Removing Coordinators with user name\n  carol\n From Account(s)\n  science\n"
        " Nothing removed\n",
        1,
    )
    with pytest.raises(LineRefused) as refused:
        coordinators.check_known(coordinated("nix account=nix2"), OFFICERS, USERS)
    assert refused.value.reply.stderr == (
        " You specified a non-existent account 'nix2'.\n You specified a non-existent user 'nix'.\n"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", " You need to specify conditions to to add the coordinator.\n"),
        ("bob", " You need to specify an account list here.\n"),
        ("account=x", " You need to specify a user list here.\n"),
    ],
)
def test_add_coordinators_of_nothing(line: str, said: str) -> None:
    with pytest.raises(LineRefused) as refused:
        coordinators.check_new(coordinated(line))
    assert refused.value.reply.stderr == said


def test_users_found_by_their_accounts_are_named_and_stay_as_they_are() -> None:
    plan = of_users("account=physics cluster=lab set adminlevel=operator")
    assert (plan.blocks, plan.changes) == (" Modified users...\n  alice\n  bob\n", {})


def test_jobs_in_the_way_of_a_deletion() -> None:
    job: Row = {"JobIDRaw": 12, "Account": "chem", "User": "alice", "QOS": "normal"}
    both = [("lab", job), ("lab", {**job, "JobIDRaw": 13})]
    plan = deleting.jobs_are_active(both, old=False)
    assert (plan.blocks, plan.code) == ("", 1)
    assert plan.failed == (
        " Error with request: Job(s) active, cancel job(s) before remove\n"
        "  JobID = 12         C = lab        A = chem       U = alice     Q = normal   \n"
    )
    assert deleting.jobs_are_active(both, " ", old=True).failed == (
        " Error with request: Job(s) active, cancel job(s) before remove\n"
        " JobID = 12         C = lab        A = chem       U = alice    \n"
        " JobID = 13         C = lab        A = chem       U = alice    \n"
    )


def test_set_and_where_are_names_of_new_users_but_for_the_first_word() -> None:
    def named(verb: str, noun: str, line: str) -> list[str]:
        key = "User" if noun == "user" else "Account"
        return [*read_request(verb, noun, line.split(), Facts()).of(key)]

    assert named("add", "user", "where erin set") == ["erin", "set"]
    assert named("add", "account", "set optics where") == ["optics"]
    assert named("delete", "user", "where erin set") == ["erin"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"Parent": ["SCIENCE"]}, ["chem", "physics"]),
        ({"User": ["carol"], "Partition": [""]}, ["chem"]),
        ({"User": ["alice"], "Parent": [""]}, ["chem", "physics"]),
        ({"QosLevel": ["high"]}, ["physics"]),
        ({"QosLevel": ["+high"]}, ["physics"]),
        ({"QosLevel": ["-high"]}, []),
        ({"DefaultQOS": ["low"], "Account": ["chem"]}, ["chem"]),
    ],
)
def test_the_associations_that_conditions_mean(
    where: dict[str, list[str]], found: list[str]
) -> None:
    assert [row["Account"] for row in matching(ROWS, where)] == found
