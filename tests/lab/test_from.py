"""--from on real Slurm: rows with values of their own, names from a pipe, and what is long."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
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
    assert (again.code, again.out) == (0, "15 unchanged\n")
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


@dataclass(frozen=True)
class DefaultAccounts:
    """Rows of a file, and the associations that sacctmgr shows: `*` marks the default account."""

    noun: str
    rows: str
    wanted: tuple[str, ...]
    before: tuple[str, ...] = ()


DEFAULT_ACCOUNTS = (
    DefaultAccounts(  # a phantom alice in a for all partitions, with 20 jobs, stood here
        "assoc",
        "account,user,partition,maxsubmitjobs\na,alice,gpu,\nb,alice,,20\n",
        ("a/alice/gpu*", "b/alice MaxSubmit=20"),
    ),
    DefaultAccounts(
        "user",
        "account,user,partition,maxsubmitjobs\na,alice,gpu,\nb,alice,,20\n",
        ("a/alice/gpu*", "b/alice MaxSubmit=20"),
    ),
    DefaultAccounts(  # b got the limits of the row of a
        "user",
        "user,account,maxjobs,defaultaccount\nalice,a,3,b\nalice,b,5,b\n",
        ("a/alice MaxJobs=3", "b/alice* MaxJobs=5"),
    ),
    DefaultAccounts(  # in the middle, said once
        "user",
        "user,account,partition,maxjobs,defaultaccount\n"
        "alice,a,gpu,1,\nalice,b,,2,b\nalice,c,,3,\nbob,a,,2,\nbob,c,,2,c\n",
        (
            "a/alice/gpu MaxJobs=1",
            "a/bob MaxJobs=2",
            "b/alice* MaxJobs=2",
            "c/alice MaxJobs=3",
            "c/bob* MaxJobs=2",
        ),
    ),
    DefaultAccounts(  # two partitions and none in the default account, another one beside
        "user",
        "user,account,partition,maxjobs,defaultaccount\n"
        "alice,a,gpu,1,b\nalice,b,gpu,2,b\nalice,b,batch,3,b\nalice,b,,4,b\n",
        (
            "a/alice/gpu MaxJobs=1",
            "b/alice* MaxJobs=4",
            "b/alice/batch* MaxJobs=3",
            "b/alice/gpu* MaxJobs=2",
        ),
    ),
    DefaultAccounts(  # twelve users: 24 associations, which were 36
        "assoc",
        "account,user,partition,maxsubmitjobs\n"
        + "".join(f"a,u{n:02},gpu,\nb,u{n:02},,20\n" for n in range(12)),
        (
            *(f"a/u{n:02}/gpu*" for n in range(12)),
            *(f"b/u{n:02} MaxSubmit=20" for n in range(12)),
        ),
    ),
    DefaultAccounts(  # more kinds of rows than have a call each
        "user",
        "user,account,maxjobs,defaultaccount\n"
        + "".join(f"u{n},a,{n},b\nu{n},b,{n + 20},b\n" for n in range(8)),
        (
            *(f"a/u{n} MaxJobs={n}" for n in range(8)),
            *(f"b/u{n}* MaxJobs={n + 20}" for n in range(8)),
        ),
    ),
    DefaultAccounts(  # the user is there, with another default account
        "assoc",
        "account,user,partition,maxjobs\nb,alice,gpu,1\nc,alice,,2\n",
        ("a/alice*", "b/alice/gpu MaxJobs=1", "c/alice MaxJobs=2"),
        before=("add user alice account=a",),
    ),
    DefaultAccounts(  # a part of the file is done already
        "user",
        "user,account,maxjobs,defaultaccount\nalice,a,3,b\nalice,b,5,b\nalice,c,7,b\n",
        ("a/alice MaxJobs=3", "b/alice* MaxJobs=5", "c/alice MaxJobs=7"),
        before=("add user alice account=b defaultaccount=b maxjobs=5",),
    ),
)


@pytest.mark.parametrize("case", DEFAULT_ACCOUNTS, ids=range(len(DEFAULT_ACCOUNTS)))
def test_a_default_account_comes_with_its_own_row_alone(
    cell: Cell, cli: Cli, file: Path, case: DefaultAccounts
) -> None:
    cell.cluster.sacctmgr("add", "account", "a,b,c")
    for words in case.before:
        cell.cluster.sacctmgr(*words.split())
    file.write_text(case.rows)
    for _ in range(2):  # the second time all is there already
        done = cli(case.noun, "add", "--from", str(file), "-i")
        assert done.code == 0, done.both
        rows = [line for line in state(cell.cluster).splitlines() if line.startswith("assoc ")]
        users = [line for line in rows if "/" in line and "root/root" not in line]
        assert tuple(re.sub("assoc | Share=1", "", line) for line in users) == case.wanted
