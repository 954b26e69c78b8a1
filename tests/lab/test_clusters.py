"""Two clusters in one slurmdbd: a command acts on its own, and says what lives on elsewhere."""

from __future__ import annotations

from .cells import Cli
from .cluster import Cluster

OTHER = "other"


def rows(cluster: Cluster) -> list[str]:
    """Return every account's own row of every cluster, and each account's description."""
    listed = cluster.sacctmgr("-nP", "list", "assoc", "where", "user=", "format=cluster,account")
    texts = cluster.sacctmgr("-nP", "list", "account", "format=account,descr")
    return sorted(line for line in f"{listed}{texts}".splitlines() if "root" not in line)


def test_a_delete_stays_on_its_cluster_and_an_add_comes_back(cli: Cli) -> None:
    cluster = cli.cell.cluster
    name = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    both = f"cluster={name},{OTHER}"
    cluster.sacctmgr("add", "account", "physics", both, "description=light")
    cluster.sacctmgr("add", "account", "optics", "parent=physics", both, "description=lenses")

    done = cli("account delete optics -i")
    assert (done.code, done.out) == (0, "account optics: deleted\n")
    assert done.err == (
        f"slurmctl-rest: warning: account 'optics' remains on {OTHER}; "
        f"only its associations on {name} are deleted\n"
    )
    left = [f"{OTHER}|optics", f"{OTHER}|physics", f"{name}|physics"]
    assert rows(cluster) == sorted([*left, "optics|lenses", "physics|light"])
    assert cli("account list optics -P -n format=Account,Cluster,Clusters").out == (
        f"optics||{OTHER}\n"
    )
    assert cli("account modify optics set Fairshare=2 -i").code == 3

    assert cli("account add optics parent=physics Fairshare=3 -i").code == 0
    assert cli("account list optics -P -n format=Account,Descr,Share,Clusters").out == (
        f"optics|lenses|3|{','.join(sorted((name, OTHER)))}\n"
    )
    done = cli("account add optics -M other -i")
    assert (done.code, done.out) == (0, "account optics: already so\n")
    done = cli("account modify optics set Fairshare=8 where cluster=other -i")
    assert (done.code, done.out) == (0, "account optics: modified\n  Fairshare: 1 -> 8\n")
    assert cli("account modify where cluster=other name=optics set Fairshare=9 -i").code == 0
    shares = cluster.sacctmgr(
        *("-nP", "list", "assoc", "where", "account=optics", "user=", "format=cluster,share")
    )
    assert sorted(shares.split()) == sorted([f"{OTHER}|9", f"{name}|3"])

    # The jobs of this cluster count against no limit of the other one.
    for line in ("quota account=optics -M other", "access root account=optics cluster=other"):
        done = cli(line)
        assert (done.code, done.out, done.err) == (
            10,
            "",
            f"slurmctl-rest: figures of cluster '{OTHER}' are not to be had here: slurmctld is "
            f"that of '{name}' (use a profile that leads to {OTHER})\n",
        )
    assert cluster.sacctmgr("modify", "account", "optics", "set", "GrpJobs=3")
    told = [
        i for i in cli("account describe optics -M other --json").items if i["Used"] is not None
    ]
    assert told == []

    done = cli("account delete physics,optics -i -M other")
    assert done.code == 0
    done = cli("account delete physics,optics -i")
    assert (done.code, done.err) == (0, "")
    assert rows(cluster) == []
    assert cli("account list -M nosuch").code == 3


def test_a_delete_on_one_cluster_takes_all_that_stands_below(cli: Cli) -> None:
    """Slurm 24.11 would leave the lower accounts without a parent, and slurmdbd in a loop."""
    cluster = cli.cell.cluster
    name = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    for words in ("science", "physics,optics parent=science", "lasers parent=optics"):
        cluster.sacctmgr("add", "account", *words.split())
    cluster.sacctmgr("add", "user", "alice", "account=physics,lasers")
    done = cli("account delete science -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "account science: deleted",
            *("association lasers: deleted", "association alice in lasers: deleted"),
            *("association optics: deleted", "association physics: deleted"),
            "association alice in physics: deleted",
        ],
    )
    listed = cluster.sacctmgr("-nP", "list", "assoc", "format=cluster,account,user")
    here = [line for line in listed.splitlines() if line.startswith(f"{name}|")]
    there = [line for line in listed.splitlines() if line.startswith(f"{OTHER}|")]
    assert (here, len(there)) == ([f"{name}|root|", f"{name}|root|root"], 8)


def test_several_clusters_are_listed_one_after_the_other(cli: Cli) -> None:
    cluster = cli.cell.cluster
    name = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    cluster.sacctmgr("add", "account", "physics", f"cluster={name},{OTHER}")
    cluster.sacctmgr("add", "account", "optics", f"cluster={OTHER}")
    cluster.sacctmgr("add", "user", "alice", "account=physics", f"cluster={name},{OTHER}")
    assert cli(f"account list -nP -M {name},{OTHER}").out == (
        f"{name}|physics|physics|physics\n{name}|root|default root account|root\n"
        f"{OTHER}|optics|optics|optics\n{OTHER}|physics|physics|physics\n"
        f"{OTHER}|root|default root account|root\n"
    )
    rows = f"{OTHER}|alice|physics|None\n{name}|alice|physics|None\n"
    assert cli(f"user list alice cluster={OTHER},{name} -nP").out == rows
    shown = "user=alice format=Cluster,Account -nP"
    assert cli(f"assoc list -M {OTHER} cluster={name} {shown}").out == (
        f"{name}|physics\n{OTHER}|physics\n"
    )
    assert cli(f"qos list -M {OTHER},{name} -nP format=Name").out == "normal\n"
    for words in ("account list", "user list", "assoc list", "qos list", "coordinator list"):
        done = cli(f"{words} -M {name},nosuch")
        assert (words, done.code, done.out) == (words, 3, "")
        assert "cluster 'nosuch' does not exist" in done.err
        assert cli(f"{words} -M nosuch").code == 3, words
    assert cli(f"account modify physics set Fairshare=2 -M {name},{OTHER} -i").code == 2
