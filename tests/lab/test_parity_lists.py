"""Lists in sacctmgr's words over REST: the same bytes as the real one's, in each API version."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from pathlib import Path

import pytest

from slurmctl_rest.cli.drop_in import question, run
from tests.lab.cells import Cell
from tests.lab.cluster import Cluster
from tests.lab.parity import Answer, Parity, lines_of_clients, writes

MORE = """
add cluster beta
add cluster zeta
add account multi cluster=zeta,beta,{here} Description='A,b|c' Organization=other
add account onlybeta cluster=beta
add account _under parent=science cluster={here}
add account 0zero parent=science cluster={here}
add account a-dash parent=science cluster={here}
add user eve account=multi cluster=beta,zeta
add user eve account=science cluster={here}
add user eve account=hpc_proj1 cluster={here}
add user a-user account=a-dash cluster={here}
modify account 0zero set flags=UsersAreCoords
modify account 0zero cluster={here} set GrpTRES=mem=1573376 MaxTRES=mem=140800000
modify user eve where account=multi cluster=beta set comment="hello world" qos+=high defaultqos=high
modify user dave where account=hpc_alloc1 set qos+=high qos-=normal
modify account a-dash set grptres=cpu=5,mem=1536,node=3,gres/gpu=2,gres/gpu:a100=1 grptresmins=cpu=1,mem=2,node=3 grptresrunmins=cpu=9 maxtres=cpu=3,mem=1500,node=2 maxtresmins=cpu=77 maxtresrunmins=cpu=88 maxtrespernode=cpu=2 grpwall=100 maxwall=5000 grpjobs=1 grpjobsaccrue=2 grpsubmit=3 maxjobs=4 maxjobsaccrue=5 maxsubmit=6 priority=9 fairshare=parent minpriothresh=44
add qos full Description='full one' Priority=5 GraceTime=100 Preempt=low,unused PreemptMode=requeue PreemptExemptTime=00:10:00 Flags=DenyOnLimit,NoDecay,OverPartQOS,PartitionTimeLimit,NoReserve UsageThreshold=0.25 UsageFactor=0.1 LimitFactor=1.5 GrpTRES=cpu=5,mem=4G,node=3 GrpTRESMins=cpu=6 GrpTRESRunMins=cpu=7 GrpJobs=1 GrpJobsAccrue=2 GrpSubmit=3 GrpWall=99 MaxTRES=cpu=3,node=2 MaxTRESPerNode=cpu=2 MaxTRESMins=cpu=8 MaxWall=61 MaxTRESPU=cpu=9,node=8 MaxJobsPU=10 MaxSubmitJobsPU=11 MaxJobsAccruePU=12 MaxTRESPA=cpu=13 MaxTRESRunMinsPA=cpu=14 MaxTRESRunMinsPU=cpu=15 MaxJobsPA=16 MaxSubmitJobsPA=17 MaxJobsAccruePA=18 MinTRES=cpu=1 MinPrioThresh=19
add user alice account=science partition=gpu,debug cluster={here}
add user wkey account=science wckeys=wk1,wk2 defaultwckey=wk1 cluster={here}
modify user dave set adminlevel=operator
"""  # noqa: E501 (sacctmgr's own lines)
"""What lists have to show beside the tree of parity.py: other clusters, every limit, WCKeys."""

LINES = """
list account
list account -P nosuch
list acc -nP physics and chem
list account -nP Physics chem,chem name='"root"'
list account -nP 'name="chem",x'
list account -nP set name=chem,,physics where
list account -nP 'empty[1-2]'
list account -nP "chem, physics"
list account -nP name==chem
list account -nP name+=chem
list account -nP org=UNI descr=chem
list account -nP 'chem '
list account -nP ""
list account -nP flags=UsersAreCoords
list account -nP flags=nouse
list account -nP flags=x
list account -nP WithCoord
list account -nP format=account,coord,flags,user,start
list account -nP format=account,descr,account
list account -n format=account%3,descr%-5,org%+4,account%-12
list account -nP format=
list account -nP format=nosuch,account
list account -nP format=nosuch foo=1 bar=2
list account -nP cluster=nosuch
list account -nP -i cluster=nosuch
list account -s
list account -P WithAssoc WithCoord
list account -nP WithAssoc cluster=zeta,beta format=account,cluster,user
list account -nP WithAssoc cluster=nosuch
list account -nP WithAssoc user=alice format=account,user
list account -nP WithAssoc acct=chem WOPL format=account,user,qos,maxjobs,share
list account -nP qos=nosuch id=a descr=chem
list account -nP WithAssoc a-dash
list account -n WithAssoc 0zero format=account,grpmem%3,grptres%4
list user
list users -nP Alice,bob nosuch
list user -P cluster=zeta
list user -nP account=chem
list user -nP account=chem -i
list user -nP eve format=user,defaultaccount
list user -nP admin=op
list user -nP admin=foo format=user
list user -nP defaultaccount=physics
list user -nP DefaultAccount=multi
list user -nP defaultwckey=wk1 format=user,defaultwckey
list user -nP defaultwckey=wk1 cluster=beta
list user -nP cluster=beta format=user,defaultwckey
list user -nP wckeys=wk1
list user -nP bob format=coord,user WithCoord
list user -P -s WithCoord
list user -nP WithAssoc eve format=user,defaultaccount,cluster,account
list user -nP WithAssoc account=chem
list user -nP WithAssoc where qos=low and name=carol format=user,qos,part
list user -nP alice format=account
list user -nP foo=1 admin=none
list user -nP onlydef
list assoc
list assoc -P
list associations -nP where account=physics user=alice
list assoc -nP user= format=account,user
list assoc -nP partition= format=account,user,part user=alice,carol
list assoc -nP parent=science format=account
list assoc -nP qos=low,high format=account,user,qos,qosraw
list assoc -nP defaultqos=high format=account,user,defaultqos
list assoc -nP qos=nosuch
list assoc -nP qos=low,+low
list assoc -nP qos-=low qos=normal format=account,qos
list assoc -nP defaultqos=low,+high
list account -nP WithAssoc defaultqos=-high
list user -nPi defaultqos=+high
list assoc -nP id=+1
list assoc -nP -- -1
list assoc -nP id=1x
list assoc -nP "id=' 1'"
list account -nP -i id=+1
list wckey -nP id=-1
list qos -nP id=+1,2
--json list qos id=+1
--json list assoc defaultqos=+high
--json list tres id=1,x
--yaml list tres id=x
list assoc -nP id=1,2 format=id,account,parentid,parentname
list assoc -nP physics
list assoc -nP account=physics and user=alice
list assoc -nP foo=1 user=alice
list assoc -nP onlydefaults format=cluster,account,user
list assoc -nP withsub account=science format=account,user
list assoc tree
list assoc -nP tree account=root,chem format=account,user
list assoc -nP tree wopinfo
list assoc -P wopl
list assoc -P wol
list assoc -P wolimits format=account,maxjobs,qos
list tres -Qv
list assoc -nP account=0zero,_under,a-dash format=account,user,lineage,comment,grptres,maxtres
list assoc -n format=lineage,lineage%8
list assoc -nP account=a-dash format=grpcpumins,grpcpus,grpmem,grpnodes,grpcpurunmins,maxcpus,maxcpumins,maxnodes,maxcpurunmins,maxsubmitpu,maxjobspu
list assoc -n account=a-dash format=share%3,priority%1,grpjobs%1,grptres%3,grpwall%3,maxwall%-3,qos%2
list assoc -n account=physics user= format=share%1,grpcpumins%3
list assoc -nP cluster=zeta,beta format=cluster,account
list assoc -nP account=chem set
list qos
list qos -P full
list qos -nP normal,low
list qos -nP nosuch
list qos -nP id=1 format=name,id
list qos -nP id=a
list qos -nP preemptmode=requeue format=name
list qos -nP preemptmode=foo
list qos -nP cluster='full one' format=name,descr
list qos -nP full format=name,grpcpus,grpmem,maxcpus,maxcpusperuser,maxcpumins,mincpus,maxjobs,maxsubmit,limitfactor
list qos -n full format=usagefactor%5,usagefactor%7,usagefactor,gracetime%3,flags%6,preempt%3
list qos -nP foo=1
list cluster
list cluster -nP zeta,beta format=cluster,tres,flags,nodecount,rpc,share,qos,lineage
list cluster -nP CLUSTER format=cluster,tres,nodecount,clusternodes,controlhost
list cluster -nP rpc=0 format=cluster
list cluster -P WOL
list cluster -P WithDeleted wolimits zeta
list cluster -nP nosuch=1
list tres
list tres -nP type=gres name=gpu
list tres -nP gres/gpu cpu
list tres -nP id=1,4
list tres -nP id=a
list tres -n id=1 format=type%4294967299,type%-4294967299,type%4294967296,name%-1
list tres -n id=1 format=type%18446744073709551617,type%-18446744073709551617,name
list tres -P withdeleted format=account,type,id,name,count
list wckey
list wckey -nP wk2 user=wkey
list wckey -nP cluster=zeta,beta
list wckey -nP format=a,wckey,b
list wckey -n wk1 set format=wckey%2,id%1
--json list account chem WithAssoc
--json list user alice
--json list user WithAssoc cluster=zeta,beta
--json list user cluster=zeta
--json list user format=admin
--json list assoc
--json list assoc wopinfo account=science,root
--json list qos full
--json list cluster
--json list tres cpu
--json list wckey
--json list user foo=1
--json=nosuch list user
--yaml list user WithAssoc cluster=zeta,beta
--yaml list qos full
--yaml list assoc
--yaml=nosuch list user
"""  # noqa: E501 (sacctmgr's own lines)
"""Lines of the lists; CLUSTER stands for the cluster of the cell."""

ANSWERS = "n\n"
"""What is typed where sacctmgr asks: at the end of its input 24.11 would ask for ever."""


def built(cluster: Cluster) -> Parity:
    """Return the cluster with all that is to be listed."""
    parity = Parity(cluster)
    parity.build()
    text = MORE.replace("{here}", cluster.cluster_name)
    for line in text.strip().splitlines():  # one process knows the clusters that it began with
        cluster.run("sacctmgr", "-iQ", *shlex.split(line))
    return parity


def ours(cell: Cell, line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Run a line through this program, in this process."""
    config = folder / f"{cell}.toml"
    config.write_text(f'default_profile = "cell"\n{cell.profile()}')
    monkeypatch.setenv("SLURMCTL_REST_CONFIG", str(config))
    keys, fingers = os.pipe()
    os.write(fingers, ANSWERS.encode())
    os.close(fingers)
    monkeypatch.setattr(question, "STDIN_FD", keys)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run.main(shlex.split(line))
    os.close(keys)
    return Answer(code, out.getvalue(), err.getvalue())


def lines_of_lists(cluster: Cluster) -> list[str]:
    """Return LINES, and the lists of real clients."""
    others = ("runaway", "transaction", "event", "problem", "resource")
    clients = [
        line.removeprefix("sacctmgr ")
        for line in lines_of_clients(cluster.cluster_name)
        if {"list", "show"} & {*line.split()}
        if not writes(line) and not any(word in line.lower() for word in others)
    ]
    mine = LINES.replace("CLUSTER", cluster.cluster_name).strip().splitlines()
    return [*clients, *mine]


def test_lists_are_sacctmgrs_in_each_version(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parity = built(cluster)
    lines = lines_of_lists(cluster)
    assert len(lines) > 190
    there = {line: parity.real(f"sacctmgr {line}", ANSWERS) for line in lines}
    different = []
    for version in cluster.api_versions:
        cell = Cell(cluster, "rest", version)
        for line in lines:
            found = ours(cell, line, tmp_path, monkeypatch).differs(there[line])
            different += [f"{version} {line}: {name} {both}" for name, both in found.items()]
    assert different == []


CANNOT = """
list assoc WithRawQOS
list cluster WithFed
list cluster format=cluster,class
list cluster federation=x
"""


@pytest.mark.executor("rest")
def test_what_slurmrestd_does_not_tell_is_refused_by_name(
    cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in CANNOT.strip().splitlines():
        here = ours(cell, line, tmp_path, monkeypatch)
        assert (here.code, here.out) == (1, ""), line
        assert here.err.startswith("sacctmgr: error: "), line
        assert here.err.endswith("runs the real sacctmgr)\n"), line
        assert here.err.count("\n") == 1, line
