"""--from on real Slurm: rows with values of their own, names from a pipe, and what is long."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from .cells import Cell, Cli, state


def members(cell: Cell, account: str) -> list[str]:
    """Return the associations of an account's users as sacctmgr shows them, with their limits."""
    columns = "User,Partition,Share,MaxJobs,GrpTRES,QOS,DefaultQOS,MaxWall"
    where = ("where", f"account={account}", "woplimits", "withrawqoslevel")
    rows = cell.cluster.sacctmgr("-nP", "list", "assoc", *where, f"format={columns}")
    return sorted(line for line in rows.splitlines() if not line.startswith("|"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_users_with_limits_of_their_own(cell: Cell, cli: Cli, file: Path) -> None:
    """More kinds of rows than have a request each: added alike, and then set."""
    cell.cluster.sacctmgr("add", "qos", "high")
    cell.cluster.sacctmgr("add", "account", "physics", "maxjobs=50")
    cell.cluster.sacctmgr("add", "user", "alice", "account=physics", "maxjobs=9")
    rows = [f'u{n:02},physics,{n},{n or ""},"cpu={n + 1},gres/gpu=2"' for n in range(15)]
    file.write_text("user,account,fairshare,maxjobs,grptres\n" + "\n".join(rows) + "\n")
    done = cli("user", "add", "--from", str(file), "MaxWall=60", "QosLevel=high,normal", "-i")
    assert (done.code, done.out.count("association")) == (0, 15), done.both
    assert members(cell, "physics") == [
        "alice||1|9||||",
        *(
            f"u{n:02}||{n}|{n or ''}|cpu={n + 1},gres/gpu=2|high,normal||01:00:00"
            for n in range(15)
        ),
    ]
    before = state(cell.cluster)
    again = cli("user", "add", "--from", str(file), "MaxWall=60", "QosLevel=high,normal", "-i")
    assert (again.code, again.out.count("already so")) == (0, 15)
    assert state(cell.cluster) == before


def test_limits_of_their_own_and_names_from_a_pipe(
    cell: Cell, cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell.cluster.sacctmgr("add", "account", "physics,optics")
    cell.cluster.sacctmgr("add", "user", "alice,bob", "account=physics", "grptres=cpu=3")
    cell.cluster.sacctmgr("add", "user", "alice", "account=optics")
    file.write_text(
        "account,user,partition,maxjobs,grptres\nphysics,alice,,3,mem=5\noptics,alice,,4,\n"
        "physics,bob,,,cpu=-1\nphysics,,,7,\n"
    )
    done = cli("assoc", "modify", "--from", str(file), "-i")
    assert done.code == 0, done.both
    assert members(cell, "physics") == ["alice||1|3|cpu=3,mem=5M|||", "bob||1|||||"]
    assert members(cell, "optics") == ["alice||1|4||||"]
    assert "assoc physics ParentName=root Share=1 MaxJobs=7" in state(cell.cluster)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"# gone\nbob\nzoe\n")))
    done = cli("user", "delete", "--from", "-", "--missing-ok", "-i")
    assert done.code == 0, done.both
    assert [line for line in done.out.splitlines() if "deleted" in line] == [
        "user bob: deleted",
        "association bob in physics: deleted",
    ]
    assert members(cell, "physics") == ["alice||1|3|cpu=3,mem=5M|||"]


def test_accounts_stand_below_those_of_the_same_file(cell: Cell, cli: Cli, file: Path) -> None:
    rows = [f"c{n},b{n % 3},{n}" for n in range(12)] + [f"b{n},a," for n in range(3)] + ["a,,8"]
    file.write_text("account,parent,grpjobs\n" + "\n".join(rows) + "\n")
    done = cli("account", "add", "--from", str(file), "-i")
    assert done.code == 0, done.both
    tree = {
        line.split()[1]: line
        for line in state(cell.cluster).splitlines()
        if line.startswith("assoc ") and "/" not in line.split()[1]
    }
    for n in range(12):
        limit = f" GrpJobs={n}"
        assert tree[f"c{n}"] == f"assoc c{n} ParentName=b{n % 3} Share=1{limit}"
    assert tree["b2"] == "assoc b2 ParentName=a Share=1"
    assert tree["a"] == "assoc a ParentName=root Share=1 GrpJobs=8"


def test_the_longest_lists_of_names_that_one_request_holds(cell: Cell, cli: Cli) -> None:
    """Twenty kilobytes of users, of accounts, and of what goes with them."""
    users = [f"u{n:03}" + "x" * 190 for n in range(60)]
    accounts = [f"a{n:03}" + "y" * 150 for n in range(2)]
    done = cli("account", "add", ",".join(accounts), "-i", "-Q")
    assert done.code == 0, done.both
    where = f"account={','.join(accounts)}"
    done = cli("user", "add", ",".join(users), where, "-i", "-Q")
    assert done.code == 0, done.both
    done = cli("user", "delete", ",".join(users), f"account={accounts[1]}", "-i", "-Q")
    assert done.code == 0, done.both
    assert len(members(cell, accounts[0])) == 60
    assert members(cell, accounts[1]) == []
