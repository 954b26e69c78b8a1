"""Many rows on real Slurm: they change together, and no row beside them."""

from __future__ import annotations

from .cells import Cell, Cli


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
