"""Deletions: what stands in their way, what goes with them, and how far they reach."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from .cells import Cli, state
from .cluster import Cluster
from .test_audit import keep_trail
from .test_facts import ask
from .test_lossless import difference
from .test_refusals import written

OTHER = "other"


def submit(cluster: Cluster, account: str, *options: str, user: str = "alice") -> str:
    """Submit a job that sleeps; return its number."""
    words = ("sbatch", "--parsable", "-A", account, *options, "--wrap", "sleep 300")
    done = cluster.run(*words, user=user)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def active(cluster: Cluster) -> list[str]:
    """Return the numbers of pending and running jobs."""
    listed = cluster.run("squeue", "-h", "-t", "PD,R", "-o", "%i").stdout
    return sorted(listed.split(), key=int)


def accounts(cluster: Cluster, *names: str) -> None:
    """Add accounts below root."""
    cluster.sacctmgr("add", "account", ",".join(names))


def users(cluster: Cluster, names: str, account: str, *words: str) -> None:
    """Add users to accounts."""
    cluster.sacctmgr("add", "user", names, f"account={account}", *words)


# Jobs


def test_active_jobs_block_a_deletion_and_are_cancelled_where_that_is_asked(cli: Cli) -> None:
    """Running and pending ones, and only those on what is to go."""
    cluster = cli.cell.cluster
    accounts(cluster, "optics", "physics")
    users(cluster, "alice,bob", "optics,physics")
    running = submit(cluster, "physics")
    held = submit(cluster, "physics", "--hold", user="bob")
    sibling = submit(cluster, "optics")
    before = state(cluster)
    remedy = "(use --cancel-jobs to cancel them first, or wait until they end)\n"
    for sentence, message in (
        ("account delete physics", f"account 'physics': 2 jobs are active: {running}, {held}"),
        ("user delete bob", f"user 'bob': 1 job is active: {held}"),
        ("user delete alice", f"user 'alice': 2 jobs are active: {running}, {sibling}"),
        (
            "user delete bob where account=physics",
            f"association 'bob in physics': 1 job is active: {held}",
        ),
        (
            "assoc delete where account=physics user=alice",
            f"association 'alice in physics': 1 job is active: {running}",
        ),
        (
            "assoc delete where account=physics user=''",
            f"association 'physics': 2 jobs are active: {running}, {held}",
        ),
    ):
        done = cli(f"{sentence} -i")
        assert (done.code, done.out) == (4, "")
        assert done.err == f"slurmctl-rest: {message} {remedy}"
    assert (state(cluster), active(cluster)) == (before, [running, held, sibling])

    done = cli("account delete physics --cancel-jobs --dry-run -v")
    assert (done.code, written(done.err), active(cluster)) == (0, [], [running, held, sibling])
    assert f"warning: 2 active jobs would be cancelled first: {running}, {held}\n" in done.err
    would = [line for line in done.out.splitlines() if line.startswith("would run: ")]
    body = f'DELETE /slurm/{cli.cell.api_version}/jobs/ {{"jobs": ["{running}", "{held}"]}}'
    if cli.cell.executor == "cli":
        body = f"scancel --ctld {running} {held}"
    assert would[0] == f"would run: {body}"

    done = cli("account delete physics --cancel-jobs -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "account physics: deleted",
            *("association alice in physics: deleted", "association bob in physics: deleted"),
        ],
    )
    assert f"warning: 2 active jobs are cancelled first: {running}, {held}\n" in done.err
    assert active(cluster) == [sibling]
    assert "physics" not in state(cluster)


def test_several_names_fail_each_for_its_own_jobs(executor: Cli) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "lasers", "optics", "physics")
    users(cluster, "alice", "lasers,optics,physics")
    job = submit(cluster, "physics", "--hold")
    done = executor("account delete optics,physics -i")
    assert (done.code, done.out.splitlines()) == (
        7,
        [
            "account optics: deleted",
            "account physics: FAILED to delete",
            "association alice in optics: deleted",
        ],
    )
    assert f"1 of 2 failed: account 'physics': 1 job is active: {job}" in done.err
    assert "assoc physics/alice" in state(cluster)


def test_a_job_blocks_the_association_of_its_partition_only(executor: Cli) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "lasers", "physics")
    users(cluster, "alice", "lasers")
    users(cluster, "alice", "physics")
    users(cluster, "alice", "physics", "partition=gpu,batch")
    job = submit(cluster, "physics", "-p", "gpu", "--hold")
    done = executor("assoc delete where account=physics user=alice partition=gpu -i")
    assert (done.code, done.out) == (4, "")
    assert f"association 'alice in physics (gpu)': 1 job is active: {job}" in done.err
    done = executor("assoc delete where account=physics user=alice partition=batch -i")
    assert (done.code, done.out) == (0, "association alice in physics (batch): deleted\n")
    assert active(cluster) == [job]
    done = executor("assoc delete where account=physics user=alice partition=gpu --cancel-jobs -i")
    assert (done.code, done.out) == (0, "association alice in physics (gpu): deleted\n")
    assert active(cluster) == []


# Default accounts, and last ones


def test_default_accounts_are_switched_before_their_account_goes(cli: Cli) -> None:
    """Of all users in it, on all rows in the new account; those of others stay."""
    cluster = cli.cell.cluster
    accounts(cluster, "chemistry", "optics", "physics")
    users(cluster, "alice", "physics", "partition=gpu,batch")
    users(cluster, "alice", "optics", "partition=gpu")
    users(cluster, "alice", "optics")
    users(cluster, "bob", "physics,chemistry", "defaultaccount=physics", "GrpTRES=cpu=1,mem=2G")
    users(cluster, "carol", "optics,physics", "defaultaccount=optics")
    before = state(cluster)
    done = cli("account delete physics --dry-run")
    assert (done.code, state(cluster)) == (0, before)
    planned = [line for line in done.out.splitlines() if not line.startswith("would run: ")]
    assert planned == [
        *("user alice: would modify", "  DefaultAccount: physics -> optics"),
        *("user bob: would modify", "  DefaultAccount: physics -> chemistry"),
        "account physics: would delete",
        "association alice in physics (batch): would delete",
        "association alice in physics (gpu): would delete",
        "association bob in physics: would delete",
        "association carol in physics: would delete",
    ]
    done = cli("account delete physics -i")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:5] == [
        *("user alice: modified", "  DefaultAccount: physics -> optics"),
        *("user bob: modified", "  DefaultAccount: physics -> chemistry"),
        "account physics: deleted",
    ]
    left = [line for line in state(cluster).splitlines() if "/" in line or "user" in line]
    assert left == [
        "assoc chemistry/bob* Share=1 GrpTRES=cpu=1,mem=2G",
        *("assoc optics/alice* Share=1", "assoc optics/alice/gpu* Share=1"),
        *("assoc optics/carol* Share=1", "assoc root/root Share=1"),
        "user alice admin=None default=optics",
        "user bob admin=None default=chemistry",
        "user carol admin=None default=optics",
    ]


def test_a_default_account_stays_where_an_association_for_another_partition_does(
    executor: Cli,
) -> None:
    """Slurm refuses to delete any of it: the default account is another one meanwhile."""
    cluster = executor.cell.cluster
    accounts(cluster, "optics", "physics")
    users(cluster, "alice", "physics,optics", "partition=gpu,batch", "defaultaccount=physics")
    sentence = "assoc delete where user=alice partition=gpu"
    shown = executor(f"{sentence} --dry-run").out.splitlines()
    assert [line for line in shown if not line.startswith("would run: ")] == [
        "association alice in optics (gpu): would delete",
        "association alice in physics (gpu): would delete",
        "2 to delete, 1 unchanged",
    ]
    done = executor(f"{sentence} -i")
    assert (done.code, done.err, done.out.splitlines()) == (
        0,
        "",
        [
            "association alice in optics (gpu): deleted",
            "association alice in physics (gpu): deleted",
            "2 deleted, 1 unchanged",
        ],
    )
    left = [line for line in state(cluster).splitlines() if "alice" in line]
    assert left == [
        "assoc optics/alice/batch Share=1",
        "assoc physics/alice/batch* Share=1",
        "user alice admin=None default=physics",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "user delete alice,bob where account=physics",
        "assoc delete where account=physics user=alice,bob",
    ],
)
def test_default_accounts_are_switched_before_users_rows_go(executor: Cli, sentence: str) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "optics", "physics")
    users(cluster, "alice", "physics,optics", "partition=gpu,batch", "defaultaccount=physics")
    users(cluster, "bob", "physics,optics", "defaultaccount=physics")
    done = executor(f"{sentence} -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            *("user alice: modified", "  DefaultAccount: physics -> optics"),
            *("user bob: modified", "  DefaultAccount: physics -> optics"),
            "association alice in physics (batch): deleted",
            "association alice in physics (gpu): deleted",
            "association bob in physics: deleted",
        ],
    )
    left = [line for line in state(cluster).splitlines() if "alice" in line or "bob" in line]
    assert left == [
        *("assoc optics/alice/batch* Share=1", "assoc optics/alice/gpu* Share=1"),
        "assoc optics/bob* Share=1",
        *("user alice admin=None default=optics", "user bob admin=None default=optics"),
    ]


def test_a_users_last_account_stays_unless_the_account_or_the_user_goes(executor: Cli) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "optics", "physics")
    users(cluster, "alice", "physics")
    users(cluster, "bob", "physics,optics")
    before = state(cluster)
    done = executor("assoc delete where user=alice -i")
    assert (done.code, done.out, done.err) == (
        4,
        "",
        "slurmctl-rest: association 'alice in physics': user 'alice' has no other account on "
        f"cluster '{cluster.cluster_name}' to become the default account (to delete the user: "
        "slurmctl-rest user delete alice, or repeat with --last)\n",
    )
    assert state(cluster) == before
    done = executor("user delete alice,bob where account=physics --last -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            *("user bob: modified", "  DefaultAccount: physics -> optics"),
            "association bob in physics: deleted",
            *("user alice: deleted", "association alice in physics: deleted"),
        ],
    )
    done = executor("account delete optics -i")
    assert (done.code, done.out) == (
        0,
        "account optics: deleted\nassociation bob in optics: deleted\n",
    )
    assert done.err == (
        "slurmctl-rest: warning: user 'bob' will have no account on "
        f"{cluster.cluster_name}, and so no default account\n"
    )
    assert "user bob admin=None\n" in state(cluster)


def test_the_preview_of_an_accounts_deletion_names_all_that_goes(executor: Cli) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "science", "zoology")
    cluster.sacctmgr("add", "account", "physics,optics", "parent=science")
    cluster.sacctmgr("add", "account", "lasers", "parent=optics")
    users(cluster, "alice", "lasers,zoology", "defaultaccount=lasers")
    users(cluster, "bob", "physics", "partition=gpu")
    before = state(cluster)
    done = executor("account delete science --dry-run")
    assert (done.code, state(cluster)) == (0, before)
    assert done.err.splitlines() == [
        "slurmctl-rest: warning: accounts below also lose their associations, and keep only "
        "their names and descriptions: optics, physics, lasers",
        "slurmctl-rest: warning: user 'bob' will have no account on "
        f"{cluster.cluster_name}, and so no default account",
    ]
    planned = [line for line in done.out.splitlines() if not line.startswith("would run: ")]
    assert planned == [
        *("user alice: would modify", "  DefaultAccount: lasers -> zoology"),
        "account science: would delete",
        *("association lasers: would delete", "association alice in lasers: would delete"),
        *("association optics: would delete", "association physics: would delete"),
        "association bob in physics (gpu): would delete",
    ]


# A parent that is refused, and its child that is not


@pytest.mark.parametrize("noun", ["account", "association"])
def test_what_goes_with_a_child_goes_though_its_parent_is_refused(
    executor: Cli, noun: str, tmp_path: Path
) -> None:
    """And is told, its default accounts are switched, and its own jobs are in the way of both."""
    cluster = executor.cell.cluster
    accounts(cluster, "pba", "pbb")
    cluster.sacctmgr("add", "account", "pbc", "parent=pba")
    cluster.sacctmgr("add", "account", "pbd", "parent=pbc")
    users(cluster, "alice", "pba,pbd", "defaultaccount=pba")
    users(cluster, "bob", "pbb,pbc", "defaultaccount=pbc")
    sentence = {
        "account": "account delete pba pbc",
        "association": "assoc delete where account=pba,pbc",
    }[noun]
    before = state(cluster)

    below = submit(cluster, "pbd", "--hold")
    for mode in ("--dry-run", "-i"):
        done = executor(f"{sentence} {mode} -v")
        assert (done.code, written(done.err)) == (4, [])
        for name in ("pba", "pbc"):
            assert f"{noun} '{name}': 1 job is active: {below}" in done.err
        assert ": would delete" not in done.out
    assert (state(cluster), active(cluster)) == (before, [below])
    assert cluster.run("scancel", below, user="alice").returncode == 0

    above = submit(cluster, "pba", "--hold")
    done = executor(f"{sentence} --dry-run")
    planned = [line for line in done.out.splitlines() if not line.startswith("would run: ")]
    assert (done.code, planned, state(cluster)) == (
        7,
        [
            *("user bob: would modify", "  DefaultAccount: pbc -> pbb"),
            *(f"{noun} pba: FAILED to delete", f"{noun} pbc: would delete"),
            "association bob in pbc: would delete",
            *("association pbd: would delete", "association alice in pbd: would delete"),
        ],
        before,
    )
    trail = tmp_path / "audit.jsonl"
    keep_trail(executor, trail)
    done = executor(f"{sentence} -i")
    assert (done.code, done.out.splitlines()) == (
        7,
        [
            *("user bob: modified", "  DefaultAccount: pbc -> pbb"),
            *(f"{noun} pba: FAILED to delete", f"{noun} pbc: deleted"),
            "association bob in pbc: deleted",
            *("association pbd: deleted", "association alice in pbd: deleted"),
        ],
    )
    assert f"1 of 3 failed: {noun} 'pba': 1 job is active: {above} (" in done.err
    told = json.loads(trail.read_text().splitlines()[-1])["changes"]
    assert [(one["name"], one["error"] is None) for one in told] == [
        *(("bob", True), ("pba", False), ("pbc", True)),
        *(("bob in pbc", True), ("pbd", True), ("alice in pbd", True)),
    ]
    assert [line for line in state(cluster).splitlines() if line.startswith(("assoc", "user"))] == [
        *("assoc pba ParentName=root Share=1", "assoc pba/alice* Share=1"),
        *("assoc pbb ParentName=root Share=1", "assoc pbb/bob* Share=1"),
        *("assoc root Share=1 QOS=normal", "assoc root/root Share=1"),
        *("user alice admin=None default=pba", "user bob admin=None default=pbb"),
    ]


def test_what_is_refused_is_not_taken_along_by_another(executor: Cli) -> None:
    """To slurmdbd `p_j` means `pbj` and `pxj`, too: the one stays, the other has a job."""
    cluster = executor.cell.cluster
    accounts(cluster, "p_j", "pxj", "pbj", "a_c", "axc")
    cluster.sacctmgr("add", "account", "p_jc", "parent=p_j")
    cluster.sacctmgr("add", "account", "pxjc", "parent=pxj")
    users(cluster, "alice", "axc,p_jc,pxjc,pbj", "defaultaccount=pbj")
    users(cluster, "bob", "a_c,p_jc,pxj,pbj", "defaultaccount=pbj")
    before = state(cluster)
    job = submit(cluster, "axc", "--hold")
    done = executor("account delete a_c axc -i -v")
    assert (done.code, done.out, written(done.err)) == (4, "", [])
    assert f"account 'axc': 1 job is active: {job}" in done.err
    assert "account 'a_c': Slurm would delete associations of account 'axc' with it" in done.err
    assert state(cluster) == before
    done = executor("account delete p_j pxj p_jc pxjc -i")
    assert (done.code, done.out.splitlines()) == (
        7,
        [
            *("account p_j: FAILED to delete", "account pxj: deleted"),
            *("account p_jc: deleted", "account pxjc: deleted"),
            *("association alice in p_jc: deleted", "association bob in p_jc: deleted"),
            *("association bob in pxj: deleted", "association alice in pxjc: deleted"),
        ],
    )
    assert "account 'p_j': Slurm would delete associations of account 'pbj' with it" in done.err
    assert difference(before, state(cluster)) == [
        *("- account p_jc 'p_jc' 'p_j'", "- account pxj 'pxj' 'pxj'"),
        *("- account pxjc 'pxjc' 'pxj'", "- assoc p_jc ParentName=p_j Share=1"),
        *("- assoc p_jc/alice Share=1", "- assoc p_jc/bob Share=1"),
        *("- assoc pxj ParentName=root Share=1", "- assoc pxj/bob Share=1"),
        *("- assoc pxjc ParentName=pxj Share=1", "- assoc pxjc/alice Share=1"),
    ]


# Clusters


def lives(cluster: Cluster) -> list[str]:
    """Return every association of every cluster, but root's; accounts and users by name."""
    listed = cluster.sacctmgr("-nP", "list", "assoc", "format=cluster,account,user")
    names = cluster.sacctmgr("-nP", "list", "account", "format=account")
    names += cluster.sacctmgr("-nP", "list", "user", "format=user")
    return sorted(line for line in f"{listed}{names}".split() if "root" not in line)


@pytest.mark.parametrize("noun", ["account", "user"])
def test_all_clusters_reaches_everywhere_and_without_it_only_here(executor: Cli, noun: str) -> None:
    cluster = executor.cell.cluster
    here = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    both = f"cluster={here},{OTHER}"
    cluster.sacctmgr("add", "account", "physics", both)
    users(cluster, "alice", "physics", both)
    name = {"account": "physics", "user": "alice"}[noun]
    there = [f"{OTHER}|physics|", f"{OTHER}|physics|alice"]
    kept = [f"{here}|physics|"] if noun == "user" else []
    done = executor(f"{noun} delete {name} -i")
    goes = f"{noun} {name}: deleted\nassociation alice in physics: deleted\n"
    assert (done.code, done.out) == (0, goes)
    warning = (
        f"slurmctl-rest: warning: {noun} '{name}' remains on {OTHER}; "
        f"only its associations on {here} are deleted\n"
    )
    assert warning in done.err
    assert lives(cluster) == sorted([*there, *kept, "physics", "alice"])

    done = executor(f"{noun} delete {name} -i")
    assert (done.code, done.out) == (3, "")
    users(cluster, "alice", "physics", f"cluster={OTHER}", "partition=gpu")
    done = executor(f"{noun} delete {name} --all-clusters --dry-run")
    planned = [line for line in done.out.splitlines() if not line.startswith("would run: ")]
    rows = [
        f"association alice in physics on {OTHER}: would delete",
        f"association alice in physics (gpu) on {OTHER}: would delete",
    ]
    own = [f"association physics on {OTHER}: would delete"] if noun == "account" else []
    assert planned == [f"{noun} {name}: would delete", *own, *rows]
    done = executor(f"{noun} delete {name} --all-clusters -i")
    assert (done.code, "lives on" in done.err) == (0, False)
    left = ["alice"] if noun == "account" else [f"{OTHER}|physics|", *kept, "physics"]
    assert lives(cluster) == sorted(left)


def test_a_default_account_is_switched_on_this_cluster_and_stays_on_the_other(
    executor: Cli,
) -> None:
    cluster = executor.cell.cluster
    here = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    both = f"cluster={here},{OTHER}"
    cluster.sacctmgr("add", "account", "physics,optics", both)
    users(cluster, "alice", "physics,optics", both, "defaultaccount=physics")
    done = executor("account delete physics -i")
    assert (done.code, done.out.splitlines()[:3]) == (
        0,
        [
            *("user alice: modified", "  DefaultAccount: physics -> optics"),
            "account physics: deleted",
        ],
    )
    marked = cluster.sacctmgr(
        *("-nP", "list", "assoc", "user=alice", "onlydefaults", "format=cluster,account")
    )
    assert sorted(marked.split()) == sorted([f"{here}|optics", f"{OTHER}|physics"])


# Orphans, and root


def test_accounts_and_users_without_any_association_can_be_deleted(executor: Cli) -> None:
    cluster = executor.cell.cluster
    version = cluster.api_versions[-1]
    orphan = {"name": "orphan", "description": "d", "organization": "o"}
    assert ask(cluster, version, "accounts/", {"accounts": [orphan]})[0] == 200
    assert ask(cluster, version, "users/", {"users": [{"name": "stray"}]})[0] == 200
    before = state(cluster)
    assert "account orphan 'd' 'o'\n" in before
    assert "user stray admin=None\n" in before
    done = executor("account delete orphan -i")
    assert (done.code, done.out, done.err) == (0, "account orphan: deleted\n", "")
    done = executor("user delete stray -i")
    assert (done.code, done.out, done.err) == (0, "user stray: deleted\n", "")
    assert difference(before, state(cluster)) == [
        *("- account orphan 'd' 'o'", "- user stray admin=None")
    ]


def test_root_is_never_deleted(executor: Cli) -> None:
    cluster = executor.cell.cluster
    accounts(cluster, "physics")
    users(cluster, "alice", "physics")
    before = state(cluster)
    for sentence, code in (
        ("account delete root", 9),
        ("account delete root --all-clusters", 9),
        ("user delete root", 9),
        ("user delete root --all-clusters", 9),
        ("user delete root where account=root --last", 9),
        ("assoc delete where account=root user=''", 9),
        ("assoc delete where account=root user=root --last", 9),
        ("assoc delete where account=root user=root", 4),
    ):
        done = executor(f"{sentence} -i -v")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, code, "", [])
    assert state(cluster) == before
    assert executor("user delete --all -i").code == 0
    assert executor("account delete --all -i").code == 0
    assert state(cluster) == (
        "account root 'default root account' 'root'\n"
        "assoc root Share=1 QOS=normal\nassoc root/root Share=1\n"
    )


def test_without_slurmctld_nothing_is_deleted_that_jobs_could_use(executor: Cli) -> None:
    """Nor is any default account changed, though no job is on any of these associations."""
    cluster = executor.cell.cluster
    accounts(cluster, "empty", "optics", "physics")
    users(cluster, "alice", "optics,physics", "DefaultAccount=optics")
    before = state(cluster)
    pid = cluster.chroot.pid_of("slurmctld")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for sentence in (
        "account delete optics --cancel-jobs",
        "user delete alice",
        "assoc delete where account=optics user=alice",
    ):
        done = executor(f"{sentence} -i -v --timeout 2")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, 6, "", [])
        assert "slurmctl-rest: could not check for active jobs: " in done.err
        assert "(nothing was deleted; repeat when slurmctld answers, or delete with " in done.err
    assert state(cluster) == before
    assert executor("account delete empty -i").code == 0
