"""Writes on accounts, users and coordinators: over REST as sacctmgr answers them."""

from __future__ import annotations

import re

import pytest

from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.sacctmgr.spellings import (
    ASSOCIATION_SETTINGS,
    COMMENT_WORD,
    Spelling,
    meaning_of,
    settings_of,
)
from slurmctl_rest.sacctmgr.tokens import is_old

from .cells import Cell
from .cluster import Cluster
from .parity import Parity, compare

MODIFIED = """
modify account science set maxjobs=3 grptres=cpu=5,mem=5G fairshare=parent
modify account where name=physics and cluster=NAME set parent=hpc_proj1 description='"New Text"'
modify account physics set fairshare=x foo=1 maxwall=y grptres=nix=3 qos=nix
modify account physics set defaultqos=low
modify account science,empty1 set defaultqos=unused
modify account root set defaultqos=low
modify account physics set qos=+low,-high GrpCPUs=7 MaxNodes=-1
modify account chem set qos+=high qos+=high
modify account chem set fairshare='"parent"'
modify account chem where q=+normal set maxjobs=3
modify account chem where q=-normal set maxjobs=3
modify account chem where q=normal q=+normal set maxjobs=3
modify account chem where q=normal q=normal set maxjobs=3
modify account chem where q= q= set maxjobs=3
modify account science set grptres=cpu=-1
modify user alice set maxjobs=-1 adminlevel=oper DefaultAccount=chem
modify user where name=carol partition=gpu set maxwall=12:00:00
modify user carol set DefaultAccount=chem
modify user nosuch set maxjobs=3
modify account where name=physics,chem set flags=u description=x fairshare=3
modify account physics set flags=n
modify account physics set flags=deleted
""".strip().splitlines()
ADDED = """
add account New1 physics parent=science qos=low,high maxwall=90 grptres=cpu=-1
add account new1 parent=nosuch
add user erin alice account=physics,chem,nosuch maxj=3 adminlevel=Operator
add user dave defaultaccount=physics fairshare=parent
add account new1 grpjobsaccrue=-1 grpjobs=-1 maxjobsaccrue=-1 grptres=cpu=-1
add user erin account=physics defaultqos=low
add user dave account=science partition=gpu,debug DefaultAccount=science
add user erin account=science,chem partition=gpu,debug DefaultAccount=chem
add user alice account=physics,chem partition=gpu,debug DefaultAccount=physics
add coordinator alice,carol account=physics,chem
add account new1,new2 flags=UsersAreCoords,NoUsersAreCoords parent=chem
""".strip().splitlines()
DELETED = """
delete account physics
delete account where name=hpc_alloc1 cluster=NAME
delete account empty1 nosuch
delete user bob,carol account=physics,chem
delete user alice account=physics
delete coordinator bob
""".strip().splitlines()
ASKED = (
    ("sacctmgr modify account set maxjobs=3", "n\n"),
    ("sacctmgr add user erin account=physics", "n\n"),
    ("sacctmgr modify account physics set maxjobs=3 description=x", "yn"),
)


IN_PARTITIONS = "add user dave account=science partition=gpu,debug DefaultAccount=science"
OF_SCIENCE = (
    "delete user where account=science",
    "delete user dave account=science partition=gpu",
)
MARK_ALL = "modify user dave set DefaultAccount=science"
"""Makes both partitions the default, of which the line above makes the first one."""


def differing(cluster: Cluster, lines: list[tuple[str, str]]) -> list[object]:
    """Return the lines to which both programs do not answer the same, with what differs."""
    parity = Parity(cluster)
    parity.build()
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    found = [
        (line, compare(parity, line.replace("NAME", cluster.cluster_name), cell, typed))
        for line, typed in lines
    ]
    return [(line, what) for line, what in found if what]


@pytest.mark.parametrize("lines", [MODIFIED, ADDED, DELETED], ids=["modify", "add", "delete"])
def test_writes_are_answered_as_by_sacctmgr(cluster: Cluster, lines: list[str]) -> None:
    assert differing(cluster, [(f"sacctmgr -i {line}", "") for line in lines]) == []


def test_unknown_flags_are_refused_since_26_05(cluster: Cluster) -> None:
    found = differing(cluster, [("sacctmgr -i modify account chem set flags+=foo", "")])
    # 24.11 takes such a word for all flags, which is refused over REST.
    assert len(found) == is_old(cluster.release)


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        # Of several that stay slurmdbd names those of accounts in no order that can be known.
        ([IN_PARTITIONS], (*OF_SCIENCE, "delete account where name=science")),
        ([IN_PARTITIONS, MARK_ALL], OF_SCIENCE),
    ],
    ids=["one", "all"],
)
def test_default_accounts_of_users_in_partitions_stay(
    cluster: Cluster, before: list[str], lines: tuple[str, ...]
) -> None:
    parity = Parity(cluster)
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    for line in lines:
        answers = []
        for run in (parity.real, lambda words: parity.ours(words, cell)):
            parity.build()
            for words in before:
                cluster.sacctmgr("-i", *words.split())
            answers.append(run(f"sacctmgr -i {line}"))
        assert answers[1].differs(answers[0]) == {}, line


def test_questions_before_a_write_are_those_of_sacctmgr(cluster: Cluster) -> None:
    assert differing(cluster, list(ASKED)) == []


IMPOSSIBLE = (
    "modify account hpc_alloc1 set qos+=high",
    "modify user alice set newname=bert",
)
BEYOND_REASON = (
    "modify user alice set maxwall=99999-0",
    "modify account physics set grptres=cpu=4,=5",
    "modify qos low set grptres=cpu=-5",
    "modify qos low set usagefactor=0x1p3",
    "modify qos id=+2 set priority=3",
    "delete user bob defaultaccount=chem",
)


def test_what_rest_cannot_do_is_refused_and_nothing_is_written(cluster: Cluster) -> None:
    parity = Parity(cluster)
    parity.build()
    before = parity.state()
    for line in (*IMPOSSIBLE, *BEYOND_REASON):
        answer = parity.ours(f"sacctmgr -i {line}", Cell(cluster, "rest", cluster.api_versions[-1]))
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1), answer
        assert ('execution_mode = "cli"' in answer.err) or line in BEYOND_REASON
        assert answer.state == before


def value(limit: Spelling) -> str:
    """Return a value that a limit takes."""
    field = limit[2]
    if field in {"QosLevel", "DefaultQOS"}:
        return "normal"
    of_tres = (
        "=" not in field and field != COMMENT_WORD and isinstance(ASSOCIATION[field].kind, Tres)
    )
    return "cpu=1" if of_tres else "1"


def test_limits_are_known_from_so_many_letters_on(cluster: Cluster) -> None:
    beginnings = {
        limit[0][:letters]: value(limit)
        for limit in ASSOCIATION_SETTINGS
        for letters in range(1, len(limit[0]) + 1)
    }
    lines = [f"modify user nosuch set {word}={text}" for word, text in beginnings.items()]
    said = cluster.run("timeout", "60", "sacctmgr", "-i", text="\n".join([*lines, ""])).stderr
    unknown = {word for word in beginnings if not meaning_of(word, settings_of("user"))}
    assert set(re.findall(r"Unknown option: ([^=]+)=", said)) == unknown
