"""Deletions that Slurm would carry further than it is told (planning/lineage.py)."""

from __future__ import annotations

from pathlib import Path

from .cells import Cell, Cli, state
from .cluster import Cluster
from .test_deleting import accounts, users
from .test_facts import deep_tree, lineages, move
from .test_refusals import written


def test_what_would_take_others_along_is_not_deleted(cluster: Cluster, tmp_path: Path) -> None:
    accounts(cluster, "a_c", "axc", "gpu", "zoo", "alone_", "p_q")
    cluster.sacctmgr("add", "account", "kid", "parent=axc")
    cluster.sacctmgr("add", "account", "b_c", "parent=zoo")
    users(cluster, "u_r,uxr,alone_", "zoo,axc,a_c")
    cluster.sacctmgr("add", "user", "bob", "account=zoo,axc", "partition=gpu,pxq")
    before = state(cluster)
    for version in ("", *cluster.api_versions):
        cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
        for words, said in (
            ("account delete a_c", "account 'axc' with it (it matches '_' with any character)"),
            (
                "account delete a_c --all-clusters",
                "account 'axc' with it (it matches '_' with any character)",
            ),
            (
                "assoc delete where account=a_c user=''",
                "account 'axc' with it (it matches '_' with any character)",
            ),
            ("account delete gpu", "partition 'gpu' with it (they have the same name)"),
            ("account delete p_q", "partition 'pxq' with it (it matches '_' with any character)"),
            ("user delete u_r", "user 'uxr' with it (it matches '_' with any character)"),
            (
                "user delete u_r --all-clusters",
                "user 'uxr' with it (it matches '_' with any character)",
            ),
        ):
            done = cli(f"{words} -i -v")
            assert (words, done.code, done.out, written(done.err)) == (words, 4, "", [])
            assert f": Slurm would delete associations of {said}" in done.err
        assert state(cluster) == before
    for version in ("", *cluster.api_versions):
        cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
        assert cli("user delete alone_ -i").code == 0
        assert cli("account delete alone_ -i").code == 0
        assert cli("assoc delete where user=u_r account=a_c -i").code == 0
        assert cli("user delete uxr -i").code == 0
        assert cli("user delete u_r -i").code == 0
        assert cli("account delete a_c,axc -i").code == 0
        after = state(cluster)
        assert "zoo/bob/gpu" in after
        assert "assoc axc" not in after
        cluster.reset()
        accounts(cluster, "a_c", "axc", "gpu", "zoo", "alone_", "p_q")
        users(cluster, "u_r,uxr,alone_", "zoo,axc,a_c")
        cluster.sacctmgr("add", "user", "bob", "account=zoo,axc", "partition=gpu,pxq")


def test_the_remedy_for_a_user_like_another_takes_that_user_alone(
    cluster: Cluster, tmp_path: Path
) -> None:
    for version in ("", *cluster.api_versions):
        cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
        accounts(cluster, "pba", "pbj")
        users(cluster, "j_doe,j.doe", "pba,pbj")
        done = cli("user delete j_doe -i -v")
        assert (done.code, done.out, written(done.err)) == (4, "", [])
        renaming = "modify user where name=j_doe set newname"
        assert f"sacctmgr {renaming}=NAME; then: slurmctl-rest user delete NAME" in done.err
        cluster.sacctmgr(*f"{renaming}=gone".split())
        assert cli("user delete gone -i").code == 0
        rows = [one for one in lineages(cluster) if "||" not in one]
        assert rows == ["pba|j.doe|/pba/0-j.doe/", "pbj|j.doe|/pbj/0-j.doe/"]
        cluster.reset()


def test_an_account_does_not_take_along_what_was_moved_away_from_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    """On 24.11, where the lineage two steps below a moved account stays as it was."""
    stale = int(cluster.release.partition(".")[0]) < 26
    for version in ("", *cluster.api_versions):
        cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
        deep_tree(cluster, "pba")
        move(cluster, "pxc", "pbj", version)
        before = state(cluster)
        for words in ("account delete pba", "assoc delete where account=pba user=''"):
            done = cli(f"{words} -i -v")
            if not stale:
                assert done.code == 0, done.both
                after = [line for line in before.splitlines() if "pba" not in line]
                assert [x for x in state(cluster).splitlines() if "pba" not in x] == after
                cluster.sacctmgr("add", "account", "pba")
                continue
            assert (done.code, done.out, written(done.err)) == (4, "", [])
            assert (
                "account 'pba': Slurm would delete association 'alice in pxg', association 'pxh', "
                "association 'alice in pxh', which is not below it: the lineage is outdated"
                in done.err.replace("association 'pba'", "account 'pba'")
            ), done.err
            assert state(cluster) == before
        if stale:  # and the account that they are below now is not deleted without them
            done = cli("account delete pbj -i -v")
            assert (done.code, done.out, written(done.err)) == (4, "", [])
            assert "account 'pbj': Slurm would leave association 'alice in pxg'" in done.err
            assert state(cluster) == before
        # The remedy of docs/deleting.md: the account back, all below it to root, and down again.
        for account, parent in (
            *(("pxc", "pba"), ("pxh", "root"), ("pxg", "root")),
            *(("pxc", "pbj"), ("pxg", "pxc"), ("pxh", "pxg")),
        ):
            assert cli(f"account modify {account} set Parent={parent} -i").code == 0
        assert cli("account delete pba -i").code == 0
        assert "assoc pxh/alice" in state(cluster)
        assert cli("account delete pbj -i").code == 0
        assert "pxh/alice" not in state(cluster)
        cluster.reset()
