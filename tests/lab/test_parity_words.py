"""Words that writes read alike, whatever they write: over REST as sacctmgr answers them."""

from __future__ import annotations

import pytest

from .cluster import Cluster
from .test_parity_accounts import differing

NAMES = """
add account zz1,zz2,zz1
add account 'zz[1-2]'
add user alice,erin,alice account=chem,physics,chem
delete qos name=high,high
modify account physics set "description=it's"
modify account physics set organization==x
modify account description=EMPTY set description=x
modify user account=CHEM set maxjobs=3
modify account chem cluster=nosuch,NAME set maxjobs=3
modify account chem cluster=NAME,nosuch set maxjobs=3
modify user alice,bob cluster=nosuch,NAME set adminlevel=operator maxjobs=3
delete account empty1 cluster=nosuch,NAME
delete user alice cluster=nosuch,NAME account=chem
delete user alice cluster=NAME,nosuch account=chem
delete user defaultaccount=nosuch
add account physics parent=
""".strip().splitlines()
CONDITIONS = """
modify account foo+=1 set maxjobs=1
modify account physics name+=1 set maxjobs=1
delete account parents=x
delete account nosuch wopinfo
delete account qos=nix
delete cluster cl=nosuch
delete cluster nosuch fo=x
delete cluster nosuch defaultqos=normal
delete qos preemptmode=nix
modify account 'qos=""' set maxjobs=1
modify user 'adminlevel="Admin"' set adminlevel=none
modify user adminlevel=foo user=alice set adminlevel=operator
modify qos cl=foo set Priority=3
modify qos preemptmode=off set Priority=3
modify qos low set where=x
modify account physics set where=x
""".strip().splitlines()
SETTINGS = """
add qos n1 GrpTRES=cpu+=5
add qos n1 GrpTRES=
add qos n1 GrpCPUs=x
add qos n1 MaxJobs=x
add qos n1 Priority=4294967294 GrpJobs=4294967294
add qos n1 Priority=4294967295
add qos n1 PreemptMode=nix
add qos n1 GrpTRES=cpu=99999999999999999999
add qos n1 GrpTRES=,cpu=3 MaxTRES=,,cpu=3
add qos n1 'Preempt=""'
add account n1 grptres=cpu-=5,mem+=3
modify user alice set 'adminlevel="Admin"' maxjobs=3
modify account chem set description=x maxjobs=3 where user=dave
modify account chem set description=x maxjobs=3 where description=nix
modify account nosuch set desc-='Two Words' grptres=7x maxtres=99x=1
modify qos low set GrpTRES=99=1
modify qos nosuch set Priority+=x
modify qos nosuch set foo
modify qos nosuch set preempt=,
modify qos nosuch set MaxCPUsPerJob=x MaxJobs=x MaxSubmit=x MaxNodesPerUser=x MaxCPUMins=x
modify qos nosuch set MinCPUs=x GrpMem=x MaxCPUsPerUser=x GrpNodes=x MaxNodes=x
modify account physics set GrpTRES=cpu=
modify account physics set GrpTRES=,cpu=5
modify account physics set GrpTRES=cpu=18446744073709551616,gres/gpu=-1x
modify account chem set qos+==low
modify account chem set qos-==low
modify account physics set GrpTRES=cpu=5x foo=bar
modify account physics set qos=low,,high
modify account physics set qos=NIX
modify account nosuch set qos=,
modify account nosuch set foo+=1
modify account nosuch set maxjobs+=x
modify account nosuch set MaxCPUsPerJob=x MaxJobs=x MaxSubmit=x MaxCPUMins=x GrpMem=x MaxNodes=x
modify account nosuch set foo=1 maxjobs-=1 set desc-=x where name-=y set maxjobs-=1
modify account nosuch set maxjobs=x grpjobs-=1
modify account parents=nosuch set grptres=cpu=x
modify account physics set description=x grptres=cpu=x
add account physics grptres=cpu=x
add user alice account=physics grptres=cpu=x
modify user alice set maxjobs=4294967294
modify account chem set defaultqos=-low
modify account chem set defaultqos=+nosuch
add account zz defaultqos=+normal
modify account root,chem set parent=root
modify user alice set adminlevel=operator maxjobs=4294967294
modify qos low set maxsubmitjobspa=4294967294
modify account nosuch set qos=high maxjobs-=1 grptres+=cpu=5
modify account nosuch set flags=foo maxjobs=x set maxjobs-=1
modify qos nosuch set maxtres=nix=1 maxjobs-=1 preempt=high maxjobs-=1
modify qos nosuch set flags=foo maxjobs-=1
modify cluster nosuch set foo=1 grpwall-=1 maxjobs-=1
modify job 999999 set comment-=1 foo=1 extra-=1 where jobid=999999 set comment-=1
modify job foo+=1 set comment=x
modify job 1 set comment+=x
""".strip().splitlines()


@pytest.mark.parametrize(
    "lines", [NAMES, CONDITIONS, SETTINGS], ids=["names", "conditions", "settings"]
)
def test_words_are_read_as_by_sacctmgr(cluster: Cluster, lines: list[str]) -> None:
    assert differing(cluster, [(f"sacctmgr -i {line}", "") for line in lines]) == []
