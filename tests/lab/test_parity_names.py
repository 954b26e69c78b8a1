"""Names that are not plain, over REST: answered as by sacctmgr, or refused by name."""

from __future__ import annotations

import shlex

from .cells import Cell
from .cluster import Cluster
from .parity import Parity
from .sequences import as_sacctmgr

MADE = """
add account zoë description=zoë organization=ü
add account zof description=zof organization=Ü
add account éa description=Éa organization=u
add account averyveryverylongnameé description=äääääääääääääää organization=u
add qos zoë
add qos éa
add user ünal account=zoë
add user uz account=zoë,éa
"""
LISTS = """
list account
list account format=account%-6,descr%7
list account withassoc
list assoc tree
list assoc account=zoe,Éa,zof
list account ZOË
list account zoe
list account description=aaaaaaaaaaaaaaa
list qos names=zof,zoë,normal,ea format=name,descr
list user names=unal
list user account=zoe withassoc
list user o'neil
""".strip().splitlines()
WRITES = """
add account zz comment=Two'Words" maxjobs=3
add account zz comment=
add user erin account=chem,physics comment=it's fairshare=3
add account zz description=zoë organization=it's
modify account chem set description=say"hö"
modify user o'neil set maxjobs=3
add user erin account=ph'ys
delete account o'neil
""".strip().splitlines()
REFUSED = {
    "add account o'neil": "account 'o`neil': '`', which sacctmgr makes of a quote, ",
    'add user a"b account=chem': "user 'a`b': '`', which sacctmgr makes of a quote, ",
    "add qos o'neil": "qos 'o`neil': '`', which sacctmgr makes of a quote, ",
    "add qos ö": "qos 'ö': 'ö' is not a printable ASCII character",
    "add account zö": "account 'zö': 'ö' is not a printable ASCII character",
    "modify account zoe set maxjobs=3": "which objects 'zoë' means ",
    "modify user ünal set maxjobs=3": "which objects 'ünal' means ",
    "delete user ünal where account=zoë": "which objects 'ünal' means ",
    "delete qos éa": "which objects 'éa' means ",
    "modify account chem set comment=x": "to set comment=x is not possible over REST",
}


def words(line: str) -> str:
    """Return a command line, in which quotes are a part of their words."""
    return shlex.join(["sacctmgr", "-i", *line.split(" ")])


def test_names_with_quotes_and_outside_ascii(cluster: Cluster) -> None:
    both = Parity(cluster)
    both.build()
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    for line in WRITES:
        there = both.real(words(line))
        here = both.ours(words(line), cell)
        assert as_sacctmgr(there, here, both.pristine) == "equal", (line, here, there)
    for line in MADE.strip().splitlines():
        made = both.real_alone(f"sacctmgr -iQ {line}")
        assert made.code == 0, made
    for line in LISTS:
        there, here = both.real_alone(words(line)), both.ours_alone(words(line), cell)
        assert as_sacctmgr(there, here) == "equal", (line, here, there)
    before = both.state()
    for line, why in REFUSED.items():
        here = both.ours_alone(words(line), cell)
        assert (here.code, here.out, here.err.count("\n")) == (1, "", 1), line
        assert here.err.startswith(f"sacctmgr: error: {why}"), (line, here.err)
    assert both.state() == before
