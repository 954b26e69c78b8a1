"""The words of a list: what is asked for, and what is said to words that mean nothing."""

from __future__ import annotations

import shlex

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr.list_requests import (
    ListRequest,
    list_columns,
    not_unpacked,
    read_list,
)
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import LineRefused

from .rows import Facts

HINT = " Use keyword 'set' to modify value\n"


def read(line: str, *, newer: bool = True, s: bool = False) -> ListRequest:
    noun, *words = shlex.split(line)
    return read_list(noun, words, LineOptions(associations=s), Facts(old=not newer))


def refused(line: str, *, newer: bool = True) -> str:
    with pytest.raises(LineRefused) as raised:
        list_columns(read(line, newer=newer))
    assert (raised.value.reply.stdout, raised.value.reply.code) == ("", 1)
    return raised.value.reply.stderr


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("account", {}),
        ("account chem", {"Account": ("chem",)}),
        ("account where Physics and name=CHEM", {"Account": ("physics", "and", "chem")}),
        ("account set d=x o=y", {"Description": ("x",), "Organization": ("y",)}),
        ("account a=x as=1 ac=y", {"Account": ("x", "y"), "ID": ("1",)}),
        ("account cl=b q=+low par=gpu pare=root", {"Cluster": ("b",), "QosLevel": ("+low",),
                                                   "Partition": ("gpu",), "Parent": ("root",)}),
        ("user alice u=bob acc=chem", {"User": ("alice", "bob"), "Account": ("chem",)}),
        ("user ad=op defaulta=x", {"AdminLevel": ("Operator",), "DefaultAccount": ("x",)}),
        ("user ad=foo user=x", {"User": ("x",)}),
        ("association 5 i=6 as=7", {"ID": ("5", "6", "7")}),
        ("association user= part=''", {"User": ("",), "Partition": ("",)}),
        ("qos low q=high cl=x", {"Name": ("low", "high"), "Description": ("x",)}),
        ("qos preemptm=off", {"PreemptMode": ("off",)}),
        ("cluster beta rp=1", {"Cluster": ("beta",), "RPC": ("1",)}),
        ("tres gres/gpu n=a i=2 ty=cpu", {"Type": ("gres/gpu", "cpu"), "Name": ("a",),
                                          "ID": ("2",)}),
        ("wckey k wck=l u=x clu=y", {"WCKey": ("k", "l"), "User": ("x",), "Cluster": ("y",)}),
        ("wckey k set", {"WCKey": ("k", "set")}),
        ("wckey set k", {"WCKey": ("k",)}),
    ],
)  # fmt: skip
def test_conditions(line: str, where: dict[str, tuple[str, ...]]) -> None:
    assert read(line).where == where


@pytest.mark.parametrize(
    ("line", "switches"),
    [
        ("account witha withc withd withr wopl", {"WithAssoc", "WithCoordinators", "WithDeleted",
                                                  "WithRawQOS", "WOPLimits"}),
        ("association on tree withs wopi wopl", {"OnlyDefaults", "Tree", "WithSubAccounts",
                                                 "WOPInfo", "WOPLimits"}),
        ("cluster withf withd", {"WithFed", "WithDeleted"}),
        ("association wol", {"WOPLimits"}),
        ("cluster wol", {"WOLimits"}),
        ("qos WITHDELETED", {"WithDeleted"}),
    ],
)  # fmt: skip
def test_switches(line: str, switches: set[str]) -> None:
    found = read(line)
    assert (set(found.switches), dict(found.where)) == (switches, {})


def test_a_switch_of_other_nouns_is_a_name() -> None:
    assert read("user wopi tree").where == {"User": ("wopi", "tree")}


def test_the_option_s_is_withassoc_where_there_is_one() -> None:
    assert read("account", s=True).with_associations
    assert read("user", s=True).with_associations
    assert not read("association", s=True).with_associations


@pytest.mark.parametrize(
    ("line", "unsure"),
    [
        ("account cluster=x", True),
        ("account cluster=x withassoc", False),
        ("account name=x descr=y", False),
        ("user cluster=x", False),
        ("user account=x", True),
        ("user partition=x withassoc", False),
        ("association account=x", False),
    ],
)
def test_conditions_on_associations_that_are_not_listed_are_asked_about(
    line: str, unsure: bool
) -> None:
    assert read(line).unsure is unsure


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("account x=1 chem y=2", f" Unknown condition: x=1\n{HINT} Unknown condition: y=2\n{HINT}"),
        ("account f=account", f" Unknown condition: f=account\n{HINT}"),
        ("account name+=x", " Invalid operator '+=' in name+=x\n"),
        ("account flags=x,deleted", " Unknown Flag(s)=x,deleted\n"),
        ("account WithAssoc=1", f" Unknown condition: WithAssoc=1\n{HINT}"),
        ("user wckeys=x", ""),
        ("user foo=1", f" Unknown condition: foo=1\n{HINT}"),
        ("association foo=1 user=x", " Unknown condition: foo=1\n Unknown condition: user=x\n"),
        ("association physics", "sacctmgr: error: Invalid value for AssocId (physics)\n"),
        (
            "association id=a,2 user=x",
            "sacctmgr: error: Invalid value for AssocId (a)\n Unknown condition: user=x\n",
        ),
        (
            "association qos=low,nosuch",
            "sacctmgr: error: You gave a bad qos 'nosuch'. Valid QOS's are normal,high,low\n"
            " Unknown condition: qos=low,nosuch\n",
        ),
        (
            "user qos=low,+high",
            "sacctmgr: error: You can't set qos equal to something and then add or subtract from "
            f"it in the same line\n Unknown condition: qos=low,+high\n{HINT}",
        ),
        (
            "association qos=low qos=low",
            "sacctmgr: error: You gave me an empty qos list\n Unknown condition: qos=low\n",
        ),
        (
            "qos priority=1",
            " Unknown condition: priority=1\n"
            " Use keyword 'set' to modify SLURM_PRINT_VALUE\n",
        ),
        ("qos id=a", "sacctmgr: error: Invalid value for QOS ID (a)\n"),
        (
            "qos preemptmode=foo",
            "sacctmgr: error: Unknown preempt_mode given 'foo'\n"
            " Bad Preempt Mode given: preemptmode=foo\n",
        ),
        ("cluster flags=none", " Unknown Flag(s)=none\n"),
        ("tres cluster=x", f" Unknown condition: cluster=x\n{HINT}"),
        ("wckey id=a foo=1", "sacctmgr: error: Invalid value for WCKeyID (a)\n"
                             " Unknown condition: foo=1\n"),
        ("account format=", "Unknown field ''\n"),
        ("account format=x,y", "Unknown field 'x'\n"),
        ("wckey format=x,wckey,y", "Unknown field 'x'\nUnknown field 'y'\n"),
    ],
)  # fmt: skip
def test_what_is_said_to_unknown_words(line: str, said: str) -> None:
    assert refused(line) == said


def test_24_11_reads_some_words_as_26_05_does_not() -> None:
    assert read("account name+=x", newer=False).where == {"Account": ("x",)}
    assert read("account name==x", newer=False).where == {"Account": ("x",)}
    assert read("account name==x").where == {"Account": ("=x",)}
    assert read("account flags=x", newer=False).where == {"Flags": ("x",)}
    assert read("account 'a, b'", newer=False).where == {"Account": ("a", " b")}
    assert "Unknown preempt_mode given 'priority'" in refused(
        "qos preemptmode=priority", newer=False
    )


def shown(line: str) -> str:
    return ",".join(
        f"{one.column.header}%{'-' if one.left else ''}{one.width}"
        for one in list_columns(read(line))
    )


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("account", "Account%10,Descr%20,Org%20"),
        ("account withcoord", "Account%10,Descr%20,Org%20,Coord Accounts%20"),
        ("user withcoord", "User%10,Def Acct%10,Admin%9,Coord Accounts%20"),
        ("tres", "Type%8,Name%15,ID%6"),
        ("wckey", "WCKey%10,Cluster%10,User%10"),
        ("association wopl", "Cluster%10,Account%10,User%10,Partition%10"),
        ("association tree wopl", "Cluster%10,Account%-20,User%10,Partition%10"),
        ("association tree format=account%9", "Account%9"),
        ("cluster wol", "Cluster%10,ControlHost%15,ControlPort%12,RPC%5"),
        ("account format=acc%-5,DESCR%+7 format=org%x,acc", "Account%-5,Descr%7,Org%20,Account%10"),
        ("account format=lineage,lineage%9,user%0", "Lineage%-20,Lineage%9,User%10"),
        ("account format=user%4294967299,user%-4294967299", "User%3,User%-3"),
        (f"account format=user%{2**32},user%{2**64}", "User%10,User%-1"),
    ],
)
def test_columns(line: str, columns: str) -> None:
    assert shown(line) == columns


@pytest.mark.parametrize("width", ["1000001", "-2147483648", "99999999999"])
def test_a_column_that_is_too_wide_is_refused(width: str) -> None:
    with pytest.raises(Unsupported, match=f"format=user%{width}: no column is wider than 1000000"):
        shown(f"account format=user%{width}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("association 1,+2", ("ASSOCS", " Error with request: Unspecified error")),
        ("account id=-1", ("ACCOUNTS", " Problem with query.")),
        ("user witha defaultqos=+low", ("USERS", " Problem with query.")),
        ("qos id=+1", ("QOS", " Problem with query.")),
        ("wckey id=-1", ("WCKEYS", " Error with request: Unspecified error")),
        ("tres id=x", ("TRES", " Problem with query.")),
    ],
)
def test_numbers_that_slurmdbd_cannot_read(line: str, said: tuple[str, str]) -> None:
    message = f"sacctmgr: error: Failed to unpack DBD_GET_{said[0]} message"
    assert not_unpacked(read(line)) == (message, said[1])


def test_numbers_that_slurmdbd_reads() -> None:
    for line in ("association 1,2", "qos id=", "user witha defaultqos=low q=+low", "tres id=,1"):
        assert not_unpacked(read(line)) == ()


def test_the_sign_of_an_operator_is_that_of_qos_in_24_11() -> None:
    assert read("association qos-=low,+high", newer=False).where == {"QosLevel": ("-low", "+high")}
    found = read("association qos-=low qos=high defaultqos-=low", newer=False).where
    assert found == {"QosLevel": ("-low", "-high"), "DefaultQOS": ("low",)}


def test_with_associations_the_columns_are_those_of_both() -> None:
    found = [one.column.header for one in list_columns(read("user witha withc"))]
    assert found[:6] == ["User", "Def Acct", "Admin", "Coord Accounts", "Cluster", "Account"]
    assert found[-2:] == ["QOS", "Def QOS"]
    found = [one.column.header for one in list_columns(read("account witha withc"))]
    assert found[:5] == ["Account", "Descr", "Org", "Cluster", "ParentName"]
    assert found[-2:] == ["Def QOS", "Coord Accounts"]
