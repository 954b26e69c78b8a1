"""`load` over REST: what sacctmgr answers, line for line; and where ours differs on purpose."""

from __future__ import annotations

import re

from .cells import Cell
from .parity import FILE, Parity

EQUAL = """
### -i load FILE
Cluster - 'NAME':Fairshare=1:QOS='normal'
Parent - 'root'
Account - 'newa':Description='New One':Organization='uni':Fairshare=5:GrpTRES=cpu=5,mem=2G:QOS='high,low':DefaultQOS='low'
Account - 'newb'
Parent - 'newa'
Account - 'newc'
User - 'erin':Fairshare=7:MaxJobs=3
User - 'alice':DefaultAccount='newa'
User - 'erin':Partition='gpu'
### -i load FILE
Cluster - 'NAME'
Parent - 'science'
Account - 'physics':Description='Other Text':Organization='uni2':Fairshare=parent:GrpTRES=cpu=7,mem=3G:GrpTRESMins=cpu=5:GrpTRESRunMins=cpu=6:MaxJobs=3:MaxWallDurationPerJob=60:Priority=4:GrpJobs=9:GrpJobsAccrue=8:GrpSubmitJobs=7:GrpWall=6:MaxTRESPerJob=cpu=1:MaxTRESPerNode=cpu=1:MaxTRESMinsPerJob=cpu=2:MaxTRESRunMins=cpu=9:MaxJobsAccrue=4:MaxSubmitJobs=5
### -i load FILE
Cluster - 'NAME':Fairshare=3:MaxJobs=5
Parent - 'physics'
User - 'alice':MaxJobs=-1:AdminLevel=Operator:DefaultAccount=chem:Coordinator='chem,empty1'
Parent - 'root'
Account - 'empty1':QOS='low'
### -i load FILE
Cluster - 'NAME'
Parent - 'root'
Account - 'physics'
Account - 'empty1':Fairshare=1
### -i load FILE
Cluster - 'NAME':Fairshare=3:MaxJobs=5
Account - 'newx'
### -i load FILE
Account - 'newx'
### -i load FILE
Cluster - 'NAME'
Foo - 'bar'
### -i load FILE
Cluster - 'NAME'
Account - 'newx':foo=3
### -i load FILE
Cluster - 'NAME'
Account - 'newx':QOS='nix'
### -i load FILE
Cluster - 'NAME'
Account - 'newp':Fairshare=3:GrpTRES=mem=2000:DefaultQOS=foo
### -i load FILE
Cluster - 'NAME'
Account - 'newp':GrpTRES=foo=3
### -i load FILE
Cluster - 'NAME'
Account - 'newp':MaxJobs=x
### -i load FILE
Cluster - 'NAME'
Account - 'newp':MaxWall=x
### -i load FILE
Cluster - 'NAME'
Account - 'newp':foo
### -i load FILE
Cluster - 'NAME'
Account - :Fairshare=1
### -i load FILE
Cluster - 'NAME'
Account -
### -i load FILE
Cluster - 'NAME' # a comment
  # another
Machine - 'NAME'
### -i load FILE
Machine - NAME:Fair=2
project - "newp":desc="It is \\# 1":o=x:f=3:\\
maxj=4
### -i load FILE
Cluster - 'NAME
### -i load FILE
# only a comment

### -i load /nosuch
### -i load
### -i load file=FILE cluster=NAME
Cluster - 'other'
Account - 'newx'
### -i load file=FILE file=/tmp/y cluster=NAME cluster=x foo=1
Cluster - 'other'
### -i load NAME FILE
Cluster - 'NAME'
### -i -r load FILE
Cluster - 'NAME'
### load FILE | n\\n
Cluster - 'NAME'
Account - 'newx'
### load FILE | y\\n
Cluster - 'NAME'
Account - 'newx'
### load FILE | n
Cluster - 'NAME'
### load FILE clean | n\\n
DUMP
### -i load FILE
DUMP
### -i load FILE clean
DUMP
### -i load FILE clean
Cluster - 'NAME':QOS='normal'
Account - 'hpc_alloc1'
Account - 'zz'
Account - 'chem':QOS='low,normal'
Parent - 'hpc_alloc1'
User - 'dave'
Parent - 'zz'
User - 'bob'
User - 'alice':DefaultAccount='chem'
Parent - 'chem'
User - 'alice':DefaultAccount='chem'
User - 'carol':DefaultAccount='chem'
User - 'carol':DefaultAccount='chem':Partition='gpu':QOS='low'
### -i load FILE
Cluster - 'NAME'
Parent - 'physics'
User - 'bob':DefaultAccount='physics':Partition='gpu'
### -i load FILE
Cluster - 'newclus':MaxJobs=4:QOS='normal,high'
Parent - 'root'
Account - 'physics':Fairshare=4
User - 'alice'
"""  # noqa: E501 (a line of the file is a line)
"""Words, what is typed, and the file, in which \\\\ is one backslash."""

EQUAL_ON_NEWER = """
### -i load FILE
QOS - 'normal':Description='normal qos default'
QOS - 'high':Priority=50:GraceTime=60:Flags='NoDecay,DenyOnLimit':GrpTRES=cpu=4:MaxWallDurationPerJob=77:Preempt='low,unused':PreemptMode=cancel:UsageFactor=2.5:MaxJobsPU=4:LimitFactor=3.5:UsageThreshold=0.25:MinTRESPerJob=cpu=1:GrpWall=5
QOS - 'newq':Description='New One':Priority=3:Flags='DenyOnLimit':MaxTRESPerUser=cpu=5
QOS - 'low':GrpTRES=cpu=3:Preempt='high':Flags='NoReserve'
Cluster - 'NAME'
### -i load FILE
QOS - 'q5':Foo=3
Cluster - 'NAME'
### -i load FILE
Cluster - 'NAME'
QOS - 'q5'
### -i load FILE
QOS - 'q5'
QOS - 'q5':Priority=4
Cluster - 'NAME'
### -i load FILE
QOS - 'q5':Priority=4
### load FILE | nn
QOS - 'q5':Priority=4
Cluster - 'NAME':MaxJobs=3
### load FILE | yn
QOS - 'q5':Priority=4
Cluster - 'NAME':MaxJobs=3
### -i load FILE
Cluster - 'NAME'
Parent - 'science'
Account - 'physics':MinPrioThresh=3:DefaultQOS=high
"""  # noqa: E501


def dumped(both: Parity) -> str:
    """Return the cluster's file, but for the lines of people and a fair share."""
    text = both.cluster.chroot.inside(FILE).read_text()
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


def cases(both: Parity, text: str) -> list[tuple[str, str, str]]:
    """Return command line, what is typed, and file of each case."""
    dump, found = dumped(both), []
    for one in text.split("### ")[1:]:
        head, body = one.split("\n", 1)
        words, _, typed = head.partition("|")
        line = f"sacctmgr {words.strip()}".replace("FILE", FILE)
        line = line.replace("NAME", both.cluster.cluster_name)
        body = body.replace("NAME", both.cluster.cluster_name).replace("DUMP\n", dump)
        found.append((line, typed.strip().replace("\\n", "\n"), body))
    return found


def newest(both: Parity) -> Cell:
    return Cell(both.cluster, "rest", both.cluster.api_versions[-1])


def differing(both: Parity, text: str) -> list[tuple[str, str, dict[str, tuple[object, object]]]]:
    found = []
    for line, typed, body in cases(both, text):
        both.write(body)
        there = both.real(line, typed)
        both.write(body)  # the tree was built anew, and its file with it
        if what := both.ours(line, newest(both), typed).differs(there):
            found.append((line, body, what))
    return found


def test_files_are_loaded_as_by_sacctmgr(both: Parity) -> None:
    assert differing(both, EQUAL) == []


def test_files_with_qos_are_loaded_as_by_sacctmgr_26(both: Parity) -> None:
    newer = "" if both.cluster.release.startswith("24.11") else EQUAL_ON_NEWER
    assert differing(both, newer) == []  # 24.11 knows no QOS in the file


def ours(both: Parity, body: str, words: str = "") -> tuple[int, str, str, str]:
    """Load a file with our program; return exit code, streams, and the state after it."""
    body = body.strip().replace("NAME", both.cluster.cluster_name) + "\n"
    both.write(body)
    answer = both.ours(f"sacctmgr -i load {FILE} {words}", newest(both))
    return answer.code, answer.out, answer.err, answer.state


def test_a_list_of_qos_gets_more_and_loses_none(both: Parity) -> None:
    """sacctmgr says `Added QOS`, and replaces the list."""
    text = f"""
Cluster - '{both.cluster.cluster_name}'
Parent - 'science'
Account - 'physics':QOS='low'
"""
    both.write(text)
    assert "|physics|||science|20||||||cpu=100,gres/gpu=2|cpu=600000|||||||||||low||" in (
        both.real(f"sacctmgr -i load {FILE}").state
    )
    code, out, _, state = ours(both, text)
    assert (code, "Added QOS                     for Account physics         low\n" in out) == (
        0,
        True,
    )
    assert "|cpu=600000|||||||||||high,low,normal||" in state


WRONG = (
    "Cluster - 'NAME':MaxJobs=5\nParent - 'nosuch'",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'physics'\nUser - 'bob':DefaultQOS='low'",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'root'\nAccount - 'new1'\nAccount - 'new1':Fairshare=3",
    "Cluster - 'NAME':MaxJobs=5\nsome words",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'root'\nAccount - 'new1':AdminLevel=Operator",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'chem'\nUser - 'alice':DefaultAccount='empty1'",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'chem'\nUser - 'alice':Coordinator='nosuch'",
    "Cluster - 'NAME':MaxJobs=5\nParent - 'chem'\nUser - 'zoe':WCKeys='w1'",
    "Cluster - 'NAME':MaxJobs=5:Classification=capability",
)


def test_nothing_is_loaded_of_a_file_with_something_wrong(both: Parity) -> None:
    """sacctmgr commits what comes before it, or leaves it out without a word."""
    for body in WRONG:
        code, _, err, state = ours(both, body)
        assert (code, bool(err), state) == (1, True, both.pristine), (body, err)


def test_what_sacctmgr_drops_of_an_association_that_exists_is_set(both: Parity) -> None:
    """24.11 drops a default QOS and a threshold without a word."""
    text = (
        "Cluster - 'NAME'\nParent - 'science'\nAccount - 'physics':MinPrioThresh=3:DefaultQOS=high"
    )
    code, out, _, state = ours(both, text)
    assert (code, "Set DefaultQOS" in out, "Changed MinPrioThresh" in out) == (0, True, True)
    assert re.search(r"\|physics\|.*\|3\|high,normal\|high\|", state)


def test_a_qos_of_the_file_may_be_used_in_it_and_times_are_those_of_dump(both: Parity) -> None:
    """sacctmgr 26.05 does not know it yet, and reads as minutes what `dump` wrote in seconds."""
    text = """
QOS - 'newq':Priority=3:PreemptExemptTime=600:Preempt='later'
QOS - 'later':Description='l'
Cluster - 'NAME'
Account - 'empty1':QOS='newq':DefaultQOS='newq'
"""
    code, _, _, state = ours(both, text)
    assert code == 0
    assert "\nnewq||3|00:00:00|later|00:10:00|" in state
    assert "|empty1|||root|1||||||||||||||||||newq|newq||" in state


def test_clean_removes_what_the_file_does_not_have_and_keeps_the_cluster(both: Parity) -> None:
    text = """
Cluster - 'NAME':QOS='normal'
Parent - 'root'
Account - 'science':Fairshare=4
Account - 'chem':QOS='low'
Parent - 'chem'
User - 'alice':MaxJobs=3
"""
    code, _, err, state = ours(both, text, "clean")
    name = both.cluster.cluster_name
    assert (code, err.startswith("sacctmgr: Done adding cluster")) == (0, True), err
    rows = [line.split("|")[:4] for line in state.splitlines() if line.startswith(f"{name}|")]
    there = [row[1:3] for row in rows if len(row) == 4]
    assert there[:5] == [
        ["root", ""],
        ["root", "root"],
        ["chem", ""],
        ["chem", "alice"],
        ["science", ""],
    ]
    assert f"\n{name}|chem|alice|||1|||||||||3||||||||||||None\n" in state
    assert "\nalice|chem|None|" in state
