"""Users: whether the operating system knows them, each cluster's own default, ids, limits."""

from __future__ import annotations

import json
import pwd
import random
import re
import time
from pathlib import Path

import pytest

from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.tres import Tres

from .cells import Cell, Cli, state
from .cluster import Cluster
from .test_lossless import difference
from .test_refusals import written

OTHER = "other"
INHERITED = [f for f in ACCOUNT.fields if f.inherits]


@pytest.fixture
def passwd(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passwd database that knows alice and root alone."""

    def getpwnam(name: str) -> pwd.struct_passwd:
        if name not in {"alice", "root"}:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", 1, 1, "", "/", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)


# Unix users


@pytest.mark.usefixtures("passwd")
def test_over_the_commands_unknown_unix_users_are_warned_of_or_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    cli = Cli(Cell(cluster, "cli"), tmp_path)
    cluster.sacctmgr("add", "account", "physics")
    done = cli("user add alice account=physics -i")
    assert (done.code, done.err) == (0, "")
    done = cli("user add bob,carol account=physics -i")
    assert (done.code, done.err) == (
        0,
        "slurmctl-rest: warning: these users do not exist in the operating system: bob, carol\n",
    )
    done = cli("user add bob account=physics --require-unix-user -i")  # is there already
    assert (done.code, done.out) == (0, "association bob in physics: already so\n")
    before = state(cluster)
    for sentence in ("user add dave account=physics", "assoc add user=dave account=physics"):
        done = cli(f"{sentence} --require-unix-user -i -v")
        assert (done.code, done.out, written(done.err)) == (3, "", [])
        assert (
            "user 'dave' does not exist in the operating system (add the user there first, or "
            "omit --require-unix-user)"
        ) in done.err
    assert state(cluster) == before
    cluster.sacctmgr("delete", "user", "alice")
    done = cli("user add alice,dave account=physics --require-unix-user -i")
    assert (done.code, done.out.splitlines()) == (
        7,
        [
            *("user alice: added", "  DefaultAccount = physics"),
            *("association alice in physics: added", "  Fairshare = 1"),
            "user dave: FAILED to add",
        ],
    )
    assert "dave" not in state(cluster)
    done = cli("user add eve account=physics -i --json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["warnings"] == [
        "these users do not exist in the operating system: eve"
    ]


UNCHECKED = "could not check whether {} can log in: Slurm may run on another machine than this one"


@pytest.mark.usefixtures("passwd")
def test_where_slurm_may_be_elsewhere_unix_users_are_not_checked(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Over REST, and over commands behind a command_prefix."""
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)
    folder = tmp_path / "prefix"
    folder.mkdir()
    prefixed = Cli(Cell(cluster, "cli"), folder)
    text = prefixed.config.read_text().replace(str(cluster.bin_path), "/usr/bin")
    prefixed.config.write_text(f'{text}command_prefix = ["chroot", "{cluster.root}"]\n')
    cluster.sacctmgr("add", "account", "physics")
    for number, cli in enumerate((rest, prefixed)):
        name = f"dave{number}"
        before = state(cluster)
        done = cli(f"user add {name} account=physics --require-unix-user -i -v")
        assert (done.code, done.out, written(done.err)) == (10, "", [])
        assert UNCHECKED.format(name) in done.err
        assert "omit --require-unix-user" in done.err
        assert state(cluster) == before
        done = cli(f"user add {name} account=physics -i")
        warning = f"slurmctl-rest: warning: {UNCHECKED.format(name)}\n"
        assert (done.code, done.err) == (0, warning)
        assert cli(f"user add {name} account=physics -i").err == ""  # nobody is new
        done = cli(f"assoc add user=eve{number} account=physics -i --json")
        assert (done.code, done.err) == (0, "")
        assert json.loads(done.out)["warnings"] == [UNCHECKED.format(f"eve{number}")]


# Clusters


def test_the_default_account_is_each_clusters_own_and_the_level_is_not(executor: Cli) -> None:
    cluster = executor.cell.cluster
    here = cluster.cluster_name
    cluster.sacctmgr("add", "cluster", OTHER)
    both = f"cluster={here},{OTHER}"
    cluster.sacctmgr("add", "account", "optics,physics", both)
    cluster.sacctmgr("add", "user", "alice", "account=optics,physics", both)
    columns = "format=User,DefaultAccount,AdminLevel,Cluster,Clusters"
    clusters = ",".join(sorted((here, OTHER)))
    assert executor("user modify alice set DefaultAccount=physics AdminLevel=Operator -i").code == 0
    assert executor("user modify alice set DefaultAccount=optics -M other -i").code == 0
    for name, default in ((here, "physics"), (OTHER, "optics")):
        done = executor(f"user list alice -P -n -M {name} {columns}")
        assert done.out == f"alice|{default}|Operator|{name}|{clusters}\n"
    listed = cluster.sacctmgr(
        *("-nP", "list", "assoc", "user=alice", "onlydefaults", "format=cluster,account")
    )
    assert sorted(listed.split()) == sorted([f"{here}|physics", f"{OTHER}|optics"])

    # A user who is on the other cluster alone comes here with a default account of its own.
    cluster.sacctmgr("add", "user", "bob", "account=optics", f"cluster={OTHER}")
    assert executor(f"user list bob -P -n {columns}").out == f"bob||None||{OTHER}\n"
    assert executor("user modify bob set DefaultAccount=physics -i").code == 3
    done = executor("user add bob account=physics -i -Q")
    assert done.code == 0
    assert executor(f"user list bob -P -n {columns}").out == f"bob|physics|None|{here}|{clusters}\n"
    done = executor(f"user list bob -P -n -M {OTHER} {columns}")
    assert done.out == f"bob|optics|None|{OTHER}|{clusters}\n"
    done = executor("user add bob account=optics AdminLevel=Operator -i")
    assert done.code == 4
    assert "user 'bob' already exists, with AdminLevel=None" in done.err


# Numbers of associations


def test_an_association_is_found_changed_and_deleted_by_its_number(executor: Cli) -> None:
    cluster = executor.cell.cluster
    cluster.sacctmgr("add", "account", "optics,physics")
    cluster.sacctmgr("add", "user", "alice", "account=optics,physics", "defaultaccount=optics")
    listed = cluster.sacctmgr("-nP", "list", "assoc", "format=id,account,user").split()
    ids = {tuple(line.split("|")[1:]): line.split("|")[0] for line in listed}
    row, other, whole = ids["physics", "alice"], ids["optics", "alice"], ids["physics", ""]
    columns = "-P -n format=Account,User"
    assert executor(f"assoc list id={row} {columns}").out == "physics|alice\n"
    assert (
        executor(f"assoc list where id={row},{whole} {columns}").out == "physics|\nphysics|alice\n"
    )
    assert executor(f"assoc list id={row} account=optics {columns}").out == ""
    assert executor(f"assoc list id=999999 {columns}").out == ""
    assert executor("assoc list id=x").code == 2
    before = state(cluster)
    assert executor(f"assoc modify id={row} set MaxJobs=3 -i").code == 0
    assert difference(before, state(cluster)) == [
        *("+ assoc physics/alice Share=1 MaxJobs=3", "- assoc physics/alice Share=1")
    ]
    assert executor("assoc modify id=999999 set MaxJobs=3 -i").code == 3
    done = executor(f"assoc delete id={other} -i")
    assert (done.code, "association alice in optics: deleted\n" in done.out) == (0, True)
    assert "optics/alice" not in state(cluster)


# Deleted associations


def test_deleted_associations_are_shown_where_that_is_asked(
    cluster: Cluster, tmp_path: Path
) -> None:
    """slurmdbd keeps one whose jobs have used something; a job of a moment is enough."""
    cluster.restart()  # other tests leave deleted ones behind
    cluster.sacctmgr("add", "account", "optics,physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics")
    done = cluster.run("sbatch", "-W", "-A", "optics", "--wrap", "true", user="alice")
    assert done.returncode == 0, done.stderr
    columns = "-P -n format=Account,User,Deleted"
    mine = "user=alice account=optics,physics"
    cells = [Cell(cluster, "cli"), *(Cell(cluster, "rest", v) for v in cluster.api_versions)]
    first = Cli(cells[0], tmp_path)
    deadline = time.monotonic() + 15
    sentence = "assoc delete where account=optics user=alice -i"
    while (code := first(sentence).code) != 0 and time.monotonic() < deadline:
        time.sleep(0.2)  # until slurmdbd has heard of the job's end
    assert code == 0
    for cell in cells:
        cli = Cli(cell, tmp_path)
        shown = cli(f"assoc list where {mine} {columns}").out
        assert (str(cell), shown) == (str(cell), "physics|alice|\n")
        shown = cli(f"assoc list where {mine} WithDeleted {columns}").out
        assert (str(cell), shown) == (str(cell), "optics|alice|yes\nphysics|alice|\n")
        items = cli("assoc list where account=optics user=alice WithDeleted --json").items
        assert [item["Deleted"] for item in items] == [True]
        # It is there to be read, and no write takes it for one that lives.
        assert cli("assoc modify where account=optics user=alice set MaxJobs=1 -i").code == 3


# Limits in force


def test_effective_limits_of_users_rows_equal_sacctmgrs(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "high,low,mid")
    chance = random.Random(20261123)  # noqa: S311 (a repeatable tree, no secret)
    for number in range(6):
        parent = "root" if number == 0 else f"n{chance.randrange(number)}"
        add(cluster, ("account", f"n{number}", f"parent={parent}"), chance)
        for user in chance.sample(["u0", "u1", "u2"], chance.randint(1, 3)):
            add(cluster, ("user", user, f"account=n{number}"), chance)
            if chance.random() < 0.6:
                add(cluster, ("user", user, f"account=n{number}", "partition=gpu"), chance)
    columns = ",".join(("Account", "User", "Partition", *(f.column for f in INHERITED)))
    listed = cluster.sacctmgr("-P", "list", "assoc", f"format={columns}")
    header, *rows = listed.splitlines()
    assert sum(bool(row.split("|")[1]) for row in rows) > 10
    for executor, version in (("cli", ""), ("rest", cluster.api_versions[-1])):
        cli = Cli(Cell(cluster, executor, version), tmp_path)
        done = cli(f"assoc list -P format={columns}")
        assert done.out.splitlines()[0] == header
        assert sorted(done.out.splitlines()[1:]) == sorted(rows)
        one = cli(f"assoc list where user=u1 account=n3,n4,n5 -P -n format={columns}")
        wanted = [row for row in rows if re.match(r"n[345]\|u1\|", row)]
        assert sorted(one.out.splitlines()) == sorted(wanted)


def add(cluster: Cluster, words: tuple[str, ...], chance: random.Random) -> None:
    """Add an object with random limits, and perhaps with a change to inherited QOS."""
    limits = []
    for field in INHERITED:
        if chance.random() < 0.3 and field.name != "DefaultQOS":
            if isinstance(field.kind, Tres):
                tres = chance.sample(["cpu", "mem", "node", "gres/gpu"], chance.randint(1, 3))
                text = ",".join(f"{one}={chance.randint(1, 9)}" for one in tres)
            elif isinstance(field.kind, Names):
                text = ",".join(chance.sample(["high", "low", "mid", "normal"], 2))
            else:
                text = str(chance.randint(1, 999))
            limits.append(f"{field.name}={text}")
    if words[0] == "user":  # sacctmgr add user does not know it
        limits = [limit for limit in limits if not limit.startswith("MaxTRESRunMins")]
    cluster.sacctmgr("add", *words, *limits)
    if chance.random() < 0.4 and not any(limit.startswith("QosLevel") for limit in limits):
        noun, name, *where = words
        where = [word for word in where if not word.startswith("parent=")]
        sign = chance.choice("+-")
        conditions = ("where", f"name={name}", *where)
        cluster.sacctmgr("modify", noun, *conditions, "set", f"QosLevel{sign}=mid")


def test_a_new_default_account_keeps_the_limits_that_come_with_it(cell: Cell, cli: Cli) -> None:
    """Over REST it is a mark on an association, which is sent with all its TRES lists."""
    cluster = cell.cluster
    cluster.sacctmgr("add", "account", "optics,physics")
    where = ("account=optics,physics", "defaultaccount=physics", "GrpTRES=cpu=1")
    cluster.sacctmgr("add", "user", "alice", *where)
    done = cli("user modify alice set DefaultAccount=optics GrpTRES=mem=5 MaxTRES=cpu=2 -i")
    assert done.code == 0, done.both
    rows = [line for line in state(cluster).splitlines() if "/alice" in line]
    assert rows == [
        "assoc optics/alice* Share=1 GrpTRES=cpu=1,mem=5M MaxTRES=cpu=2",
        "assoc physics/alice Share=1 GrpTRES=cpu=1,mem=5M MaxTRES=cpu=2",
    ]
