"""Clusters, wckeys, federations, resources and what slurmdbd keeps, on real Slurm."""

from __future__ import annotations

import json

import pytest

from .cells import Cli

COMMANDS_ALONE = (
    *("event list", "transaction list", "problem list", "configuration list"),
    *("federation list", "resource list", "stats clear -i"),
    *("slurmdbd reconfigure -i", "slurmdbd shutdown -i", "archive dump Jobs -i"),
    *("federation add north -i", "resource add matlab Count=3 -i"),
)


def is_rest(cli: Cli) -> bool:
    return bool(json.loads(cli("qos list --json").out)["executor"] == "rest")


def test_a_cluster_comes_changes_and_goes(cli: Cli) -> None:
    assert cli("cluster add beta GrpTRES=cpu=7 -i").code == 0
    assert cli("cluster add beta GrpTRES=cpu=7 -i").out == "cluster beta: already so\n"
    assert cli("cluster add beta GrpTRES=cpu=8 -i").code == 4
    assert cli("cluster modify beta set GrpTRES=cpu=9 MaxJobs=4 -i").code == 0
    assert cli("cluster modify nope set MaxJobs=4 -i").code == 3
    columns = "format=Cluster,GrpTRES,MaxJobs,Fairshare,Priority"
    assert cli(f"cluster list beta -P -n {columns}").out == "beta|cpu=9|4|1|\n"
    assert cli("cluster delete beta -i").code == 9
    assert cli("cluster delete beta --confirm alps").code == 9
    assert cli("cluster delete beta --confirm beta").out == "cluster beta: deleted\n"
    assert cli("cluster list beta -P -n").out == ""


@pytest.mark.executor("rest")
def test_slurmrestd_sets_and_selects_nothing_that_it_cannot_read(cli: Cli) -> None:
    """It cannot say either whether a cluster is already so."""
    name = cli.cell.cluster.cluster_name
    remedy = '(use a profile with execution_mode = "cli")\n'
    for words, error in (
        (f"cluster modify {name} set Features= -i", "set Features of clusters"),
        (f"cluster modify {name} set Federation=north -i", "set Federation of clusters"),
        ("cluster modify where federation=north set MaxJobs=3 -i", "select clusters by Federation"),
        ("federation add north -i", "add federations"),
        ("federation modify north set clusters=alps -i", "modify federations"),
        ("resource delete matlab -i", "delete resources"),
    ):
        done = cli(words)
        assert (done.code, done.err) == (10, f"slurmctl-rest: slurmrestd cannot {error} {remedy}")


def test_a_cluster_with_accounts_is_not_deleted(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "cluster", "beta")
    cluster.sacctmgr("add", "account", "physics", "cluster=beta")
    refused = cli("cluster delete beta --confirm beta")
    assert (refused.code, "has accounts and users" in refused.err) == (4, True)
    assert cli("cluster delete beta --confirm beta --associations").code == 0


def test_wckeys_of_users(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    assert cli("wckey add p1,p2 user=alice,bob -i").code == 0
    assert cli("wckey add p1 user=alice -i").out == "wckey p1 of alice: already so\n"
    assert cli("wckey add p1 user=nobody -i").code == 3
    listed = "".join(f"{w}|{u}\n" for w in ("p1", "p2") for u in ("alice", "bob"))
    assert cli("wckey list -P -n format=WCKey,User").out == listed
    one = cli("wckey delete p1 where user=alice -i")
    assert one.code == (10 if is_rest(cli) else 0), "of one user slurmrestd cannot delete it"
    assert cli("wckey delete p1,p2 -i").code == 0
    assert cli("wckey list -P -n").out == ""
    # The users are there: without wckeys=, sacctmgr's `delete user` would have deleted them.
    users = cluster.sacctmgr("-nP", "list", "user", "format=user").split()
    assert users == [
        "alice",
        "bob",
        "root",
    ]


@pytest.mark.executor("rest")
def test_rest_refuses_by_name_what_it_has_not(cli: Cli) -> None:
    for words in COMMANDS_ALONE:
        done = cli(words)
        assert (done.code, done.out) == (10, ""), words
        assert 'execution_mode = "cli"' in done.err, words


@pytest.mark.executor("cli")
def test_federations_and_resources(cli: Cli) -> None:
    name = cli.cell.cluster.cluster_name
    assert cli(f"federation add north Clusters={name} -i").code == 0
    assert cli("federation list -P -n").out == f"north|{name}\n"
    assert cli("federation add south Clusters=nope -i").code == 3
    assert cli(f"cluster modify {name} set Federation= -i").code == 0
    assert cli("federation delete north -i").code == 0
    assert cli("resource add maple Count=9 Type=foo -i").code == 2
    assert cli(f"resource add maple Count=9 type=lic cluster={name} allowed=20 -i").code == 0
    assert cli("resource modify maple set Description='a|b' -i").code == 0
    columns = "format=Name,Server,Count,Allowed,Description"
    assert (
        cli(f"resource list where name=maple server=slurmdb -P -n {columns}").out
        == f"maple|slurmdb|9|{name}=20|a|b\n"
    )
    assert cli(f"resource delete maple cluster={name} -i").code == 0
    assert cli("resource delete maple -i").out == "resource maple@slurmdb: deleted\n"


@pytest.mark.executor("cli")
def test_slurmdbd_reads_memory_that_it_has_not_set_where_no_count_is_told(cli: Cli) -> None:
    """24.11 then names a cluster of one odd letter, and 26.05 may end: so Count is always told."""
    assert cli("resource add maple Count=9 -i").code == 0
    shown = cli("resource modify maple set Description=x --dry-run").out
    assert shown.endswith("server=slurmdb set Description=x Count=9\n")
    assert cli("resource delete maple -i").code == 0
