"""`modify cluster` over REST: the limits of root associations, as sacctmgr answers."""

from __future__ import annotations

from .cells import Cell
from .parity import Parity, compare

MODIFIED = """
NAME set QOS=normal DefaultQOS=normal
NAME set fairshare=5 maxjobs=7 grptres=cpu=5,mem=5G
NAME,nosuch set maxjobs=-1 maxwall=3 priority=3
set maxjobs=7
where name=NAME set maxjobs=7
set maxjobs=7 where cluster=NAME
where format=name withdeleted withfed set grpjobsaccrue=3
NAME set qos+=high
NAME set qos=high,low
NAME set fairshare=parent grpsubmit=4
nosuch set maxjobs=7
where cluster= set maxjobs=7
NAME set parent=root
NAME set qos=high defaultqos=low
NAME set
NAME set name=x
NAME maxjobs=3
NAME set foo=1 bar maxjobs=x grptres=foo=3
NAME set maxjobs+=3
NAME where foo=1 set qos=nix
NAME set grpwall=3 foo=3
NAME set grptresmins=cpu=x foo=3 set bar=4
NAME set grptresrunmins=cpu=3
NAME set rpc=10
""".strip().splitlines()
ASKED = (
    ("sacctmgr modify cluster NAME set maxjobs=3", "n\n"),
    ("sacctmgr modify cluster NAME set maxjobs=3", "y\n"),
    ("sacctmgr modify cluster set maxjobs=3", "n\n"),
    ("sacctmgr modify cluster set maxjobs=3", "yn"),
)
IMPOSSIBLE = (
    "NAME set classification=capability",
    "NAME set features+=a",
    "NAME set federation=x",
    "NAME set fedstate=drain",
    "NAME set comment=x",
    "where classification=x set maxjobs=3",
    "where federation=x set maxjobs=3",
    "where flags=external set maxjobs=3",
    "where rpc=1 set maxjobs=3",
)


def test_the_limits_of_clusters_are_modified_as_by_sacctmgr(both: Parity) -> None:
    name = both.cluster.cluster_name
    cell = Cell(both.cluster, "rest", both.cluster.api_versions[-1])
    lines = [(f"sacctmgr -i modify cluster {line}", "") for line in MODIFIED]
    differing = [
        (line, found)
        for line, typed in (*lines, *ASKED)
        if (found := compare(both, line.replace("NAME", name), cell, typed))
    ]
    assert differing == []


def test_what_is_not_of_the_root_association_is_refused(both: Parity) -> None:
    before, cell = both.state(), Cell(both.cluster, "rest", both.cluster.api_versions[-1])
    for words in IMPOSSIBLE:
        line = f"sacctmgr -i modify cluster {words}".replace("NAME", both.cluster.cluster_name)
        answer = both.ours(line, cell)
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1), answer
        assert answer.state == before
