"""sacctmgr's own words: from how many letters on each release takes them."""

from __future__ import annotations

import shlex

import pytest

from slurmctl_rest.sacctmgr.grammar import MIN_VERB_LETTERS, NOUNS, VERBS
from tests.lab.cells import Cell, Cli
from tests.lab.cluster import Cluster

SHORTER = {
    **dict.fromkeys(("qos", "users", "events", "federations", "instances", "problems"), 1),
    **dict.fromkeys(("orphanjobs", "lostjobs", "stats", "transactions", "txn", "wckeys"), 1),
    **dict.fromkeys(("configuration", "runawayjobs"), 2),
}
"""Nouns that sacctmgr takes from fewer letters on."""


def test_verbs_are_known_from_three_letters_on(cluster: Cluster) -> None:
    for verb in VERBS:
        least = 1 if verb in {"modify", "update"} else MIN_VERB_LETTERS
        said = [
            cluster.run("sacctmgr", "-r", verb[:letters], "zzz").stderr
            for letters in range(1, len(verb) + 1)
        ]
        unknown = ["invalid keyword" in text for text in said]
        assert unknown == [letters < least for letters in range(1, len(verb) + 1)], verb


def test_nouns_are_known_from_so_many_letters_on(cluster: Cluster) -> None:
    for noun, letters, _ in NOUNS:
        if noun in {"coordinators", "jobs"}:  # of these sacctmgr has no list
            continue
        known = [
            cluster.run("sacctmgr", "-nP", "list", noun[:n]).returncode == 0
            for n in range(1, len(noun) + 1)
        ]
        least = SHORTER.get(noun, letters)
        if noun == "tres":  # fewer letters mean transactions
            known[: least - 1] = [False] * (least - 1)
        if noun in {"federations", "resources"}:  # sacctmgr knows these in the singular alone
            known[-1] = True
        assert known == [n >= least for n in range(1, len(noun) + 1)], noun


# --- words that write: sacctmgr's on one account, the program's on another, the same state after


WRITES = (
    (
        "modify account set maxj=3 where name={}",
        "mod acct where name={} set grpj=4 set maxs=5",
        "modify account names={} set maxw=60 grps=6 grpw=120 prio=7",
        "update account {} set fair=9 defaultq=normal",
        "modify account {} set 'Description=\"Project A\"' 'Organization=\"Uni\"'",
        "modify account {} set GrpCPUs=10 GrpNodes=2 GrpMemory=300 MaxCPUMins=40",
        "modify account {} set GrpCPUMins=11 GrpCPURunMins=12 MaxCPUs=13 MaxNodes=14",
        "modify account {} set GrpTRES=cpu=20,mem=30 MaxCPUs=-1",
        "modify account {} set qos=-high",
        "modify account {} set qos=+high,-low",
    ),
    (
        "modify user {} where account={} set maxj=2",
        "modify user set maxs=3 where name={} and account={}",
        "create user x{} account={} fair=4 GrpCPUs=3 MaxNodes=2",
        "add user set y{} account={} maxj=5",
        "remove user where name={} and account={}2",
    ),
    (
        "create qos q{} set flags=DenyOnLimit,NoDecay MaxJobs=5 MaxSubmit=6 prio=3",
        "modify qos q{} set MaxCPUsPerUser=4 grpj=2 maxw=30 MinCPUs=2",
        "modify qos q{} set flags+=NoReserve",
        "modify qos q{} set flags-=DenyOnLimit",
    ),
    ("delete qos where names=q{}",),
)
"""{}: the account, and the user in it. The state is compared after each group."""

LIST_COLUMNS = {
    "account": "account,description,organization",
    "assoc": (
        "account,user,partition,share,priority,grpjobs,grpsubmit,grpwall,grptres,grptresmins,"
        "grptresrunmins,maxjobs,maxsubmit,maxwall,maxtres,maxtresmins,qos,defaultqos"
    ),
    "qos": ("name,priority,flags,grpjobs,maxwall,maxjobspu,maxsubmitpu,maxtrespu,mintres"),
    "user": "user,defaultaccount",
}


def state_of(cluster: Cluster, name: str) -> list[str]:
    """Return all lines about one account and its users, the name itself left out."""
    return [
        line.replace(name, "NAME")
        for noun, columns in LIST_COLUMNS.items()
        for line in cluster.run(
            "sacctmgr", "-nP", "list", noun, f"format={columns}", *["wopl"] * (noun == "assoc")
        ).stdout.splitlines()
        if name in line
    ]


@pytest.mark.newest
def test_words_that_write_do_what_they_do_to_sacctmgr(cell: Cell, cli: Cli) -> None:
    cluster = cell.cluster
    cluster.sacctmgr("add", "qos", "high,low")
    for name in ("theirs", "oursxx"):
        cluster.sacctmgr("add", "account", name, "qos=normal,high")
        cluster.sacctmgr("add", "user", name, f"account={name}")
        cluster.sacctmgr("add", "account", f"{name}2")
        cluster.sacctmgr("add", "user", name, f"account={name}2")
    for group in WRITES:
        for words in group:
            theirs = shlex.split(words.replace("{}", "theirs"))
            assert cluster.run("sacctmgr", "-i", *theirs).returncode == 0, words
            done = cli("-i", *shlex.split(words.replace("{}", "oursxx")))
            assert done.code == 0, (words, done)
        assert state_of(cluster, "oursxx") == state_of(cluster, "theirs"), group


@pytest.mark.newest
def test_counts_and_qos_are_added_to(cell: Cell, cli: Cli) -> None:
    """On every release; sacctmgr knows the first from 26.05 on, and slurmrestd not the second."""
    cell.cluster.sacctmgr("add", "qos", "high")
    assert cli("account add physics GrpTRES=cpu=10,mem=1000M -i").code == 0
    assert cli("account modify physics set GrpTRES=cpu+=5,mem-=400 -i").out == (
        "account physics: modified\n  GrpTRES: cpu=10,mem=1000M -> cpu=15,mem=600M\n"
    )
    assert cli("account modify physics set GrpTRES=cpu-=15 -i").code == 9
    done = cli("user add alice account=physics qos=+high -i")
    if cell.executor == "rest":
        assert (done.code, "cannot change an inherited QosLevel" in done.err) == (10, True)
        return
    assert done.code == 0
    assert cli("assoc list user=alice WithRawQOS format=qos -nP").out == "+high\n"


def flags_of(cluster: Cluster, *words: str) -> str:
    cluster.sacctmgr("modify", "qos", "low", "set", *words)
    return cluster.run("sacctmgr", "-nP", "list", "qos", "low", "format=flags").stdout.strip()


def test_sacctmgr_does_the_last_of_two_changes_of_flags(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "qos", "low", "flags=DenyOnLimit,NoDecay")
    assert flags_of(cluster, "flags+=NoReserve", "flags-=DenyOnLimit") == "NoDecay"
    assert flags_of(cluster, "flags-=NoDecay", "flags+=NoReserve") == "NoReserve,NoDecay"


def test_sacctmgr_24_11_drops_a_short_flag_beside_a_whole_one(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "qos", "low")
    found = flags_of(cluster, "flags=deny,NoDecay")
    assert found == ("NoDecay" if cluster.release.startswith("24.11") else "DenyOnLimit,NoDecay")
