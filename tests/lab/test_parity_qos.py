"""Lines about QOS and clusters, and the small verbs: over REST as sacctmgr answers them."""

from __future__ import annotations

from .cells import Cell
from .cluster import Cluster
from .parity import Parity, compare

QOS = """
sacctmgr -i add qos n1,n2 Priority=5
sacctmgr -i add qos n1,low Description='"Two Words"' MaxJobs=3 GrpCPUs=5 GrpTRES=mem=3000
sacctmgr -i add qos n1 flags=DenyOnLimit,NoDecay Preempt=low,high PreemptMode=cancel LimitFactor=2
sacctmgr -i add qos n1 flags=deny
sacctmgr -i add qos n1 foo=1 bar=2 Preempt=nosuch GrpWall=x
sacctmgr -i add qos n1 Priority=5x UsageFactor=x
sacctmgr -i modify qos high,low set Priority=6 MaxWall=2-00:00:00
sacctmgr -i modify qos set flags+=NoReserve where name=low
sacctmgr -i modify qos low set Preempt+=high flags-=DenyOnLimit GrpTRES=cpu=-1,mem=5
sacctmgr -i modify qos nosuch set Priority=6
sacctmgr -i modify qos high set Preempt=low Preempt=low
sacctmgr -i modify qos high set PreemptMode='"cancel"'
sacctmgr -i delete qos high
sacctmgr -i delete qos low
sacctmgr -i delete qos
""".strip().splitlines()
ASKED = (
    ("sacctmgr add qos n1", "yes\n"),
    ("sacctmgr modify qos set Priority=3", "y\nn\n"),
    ("sacctmgr modify qos set Priority=3", "\n"),
    ("sacctmgr delete qos high", "xn"),
    ("sacctmgr -n", "foo\nversion\n!!\n"),
)
CLUSTERS = """
sacctmgr -i add cluster rcclu
sacctmgr -i add cluster NAME
sacctmgr -i delete cluster nosuch
""".strip().splitlines()
ALONE = """
sacctmgr -V
sacctmgr -v --version x
sacctmgr ping
sacctmgr -r add
""".strip().splitlines()


def differing(cluster: Cluster, lines: list[tuple[str, str]], way: str = "") -> list[object]:
    """Return the lines to which both programs do not answer the same, with what differs."""
    parity = Parity(cluster)
    parity.build()
    cell = Cell(cluster, "cli" if way else "rest", "" if way else cluster.api_versions[-1])
    named = [(line.replace("NAME", cluster.cluster_name), typed) for line, typed in lines]
    found = [(line, compare(parity, line, cell, typed)) for line, typed in named]
    return [one for one in found if one[1]]


def test_qos(cluster: Cluster) -> None:
    assert differing(cluster, [*((line, "") for line in QOS), *ASKED]) == []


def test_clusters_and_small_verbs(cluster: Cluster) -> None:
    assert differing(cluster, [(line, "") for line in (*CLUSTERS, *ALONE)]) == []


def test_the_question_over_the_commands(cluster: Cluster) -> None:
    assert differing(cluster, [*ASKED[:2]], "commands") == []


def test_what_would_forbid_all_is_refused(cluster: Cluster) -> None:
    parity = Parity(cluster)
    parity.build()
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    before = parity.state()
    for line in (
        "modify qos low set GrpTRES=cpu=x",
        "modify qos low set GrpTRES=cpu=",
        "delete qos id=x",
        "delete qos high foo=1",
    ):
        answer = parity.ours(f"sacctmgr -i {line}", cell)
        assert (line, answer.code, answer.out, bool(answer.err)) == (line, 1, "", True)
    assert parity.state() == before
