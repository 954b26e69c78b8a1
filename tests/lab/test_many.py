"""Many rows on real Slurm: they change together, and no row beside them."""

from __future__ import annotations

import json

from .cells import Cell, Cli, state


def limits(cell: Cell) -> list[str]:
    """Return the associations of users with their own MaxJobs and MaxWall, as sacctmgr has them."""
    columns = "Account,User,Partition,MaxJobs,MaxWall"
    rows = cell.cluster.sacctmgr("-nP", "list", "assoc", "where", "woplimits", f"format={columns}")
    return sorted(line for line in rows.splitlines() if "||" not in line[: line.index("|") + 2])


def test_users_of_several_accounts_change_together(cell: Cell, cli: Cli) -> None:
    """Over the commands the users are named with all accounts, where nothing of theirs stays."""
    sacctmgr = cell.cluster.sacctmgr
    sacctmgr("add", "account", "physics,optics,art")
    sacctmgr("add", "user", "alice", "account=physics,optics")
    sacctmgr("add", "user", "bob", "account=optics,art")
    sacctmgr("add", "user", "carol", "account=art")
    sacctmgr("add", "user", "carol", "account=physics", "partition=gpu")
    done = cli("user modify where name=alice,bob set MaxJobs=7 -i -v")
    assert done.code == 0, done.both
    assert limits(cell) == [
        "art|bob||7|",
        "art|carol|||",
        "optics|alice||7|",
        "optics|bob||7|",
        "physics|alice||7|",
        "physics|carol|gpu||",
        "root|root|||",
    ]
    writes = [line for line in done.err.splitlines() if " -i modify " in line or "POST" in line]
    assert len(writes) == 1
    done = cli("user modify where name=alice,bob,carol account=optics,art set MaxWall=60 -i -v")
    assert done.code == 0, done.both
    assert limits(cell) == [
        "art|bob||7|01:00:00",
        "art|carol|||01:00:00",
        "optics|alice||7|01:00:00",
        "optics|bob||7|01:00:00",
        "physics|alice||7|",
        "physics|carol|gpu||",
        "root|root|||",
    ]
    writes = [line for line in done.err.splitlines() if " -i modify " in line]
    # bob changes as a whole; of alice and carol something stays, so each has a call of her own.
    assert len(writes) == (3 if cell.executor == "cli" else 0)


def test_a_user_of_many_accounts_keeps_what_it_changes_of_inherited_qos(
    cell: Cell, cli: Cli
) -> None:
    """More accounts than one request names: over REST own QOS are told by those above them."""
    sacctmgr = cell.cluster.sacctmgr
    accounts = [f"a{number:03}" for number in range(101)]
    sacctmgr("add", "qos", "high")
    sacctmgr("add", "account", "science", "qos=normal,high")
    sacctmgr("add", "account", ",".join(accounts), "parent=science")
    sacctmgr("modify", "account", "where", "name=a000,a100", "set", "qos-=high", "maxwall=60")
    sacctmgr("add", "user", "alice", f"account={','.join(accounts)}")
    sacctmgr("modify", "user", "where", "name=alice", "account=a001,a100", "set", "qos-=normal")
    before = state(cell.cluster)
    planned = cli("user modify where name=alice set QosLevel=high --dry-run --json")
    assert planned.code == 0, planned.both
    own = {
        change["key"]["Account"]: change["fields"]["QosLevel"]["before"]
        for change in json.loads(planned.out)["changes"]
    }
    assert own == {name: ["-normal"] if name in {"a001", "a100"} else [] for name in accounts}
    done = cli("user modify where name=alice set MaxJobs=7 -i")
    assert done.code == 0, done.both
    rows = [line for line in before.splitlines() if line.startswith("assoc") and "/alice" in line]
    assert len(rows) == len(accounts)
    wanted = before
    for row in rows:
        wanted = wanted.replace(f"{row}\n", f"{row.replace(' Share=1', ' Share=1 MaxJobs=7')}\n")
    assert state(cell.cluster) == wanted
