"""Names: each character that one may hold does everywhere what it looks like (model/names.py)."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from slurmctl_rest.model.names import NOT_FIRST, REFUSED

from .cells import Cell, Cli, state
from .cluster import Cluster
from .machine import wait_until

SIGNS = "".join(sorted(set(string.punctuation) - {*REFUSED, "_"}))
"""All but the one that is a wildcard to slurmdbd: see planning/lineage.py."""
NAMES = sorted(
    {f"x{one}y{one}" if one in NOT_FIRST else f"{one}x{one}y{one}" for one in SIGNS}
    | {"alice@example.org", "corp+alice", "host$", "r&d", "a.b~c", "0@", "@", "x@y", "1+"}
)
ALL = ",".join(NAMES)
"""Of users, accounts and QOS alike."""


@pytest.mark.newest
def test_every_character_of_a_name_everywhere(cli: Cli, tmp_path: Path) -> None:
    """Added, modified, listed, made coordinators, defaults and parents, and deleted."""
    cluster = cli.cell.cluster
    before = state(cluster)
    rows = tmp_path / "rows.csv"
    rows.write_text("user,account\n" + "".join(f'"{n}","{n}"\n' for n in NAMES))
    for words in (
        ("account", "add", "zoo"),
        ("account", "add", f"name={ALL}", "MaxJobs=5"),
        ("user", "add", f"name={ALL}", "account=zoo", "MaxJobs=3"),
        ("user", "add", "--from", str(rows)),
        ("qos", "add", f"name={ALL}", "Priority=3"),
        ("account", "modify", "zoo", "set", f"QosLevel={ALL},normal"),
        ("account", "modify", f"name={ALL}", "set", "QosLevel=corp+alice,normal,x+y+", "MaxJobs=6"),
        ("user", "modify", "where", f"user={ALL}", f"account={ALL}", "set", "MaxJobs=4"),
        ("user", "modify", f"name={ALL}", "set", "AdminLevel=Operator"),
        ("user", "modify", "a.b~c", "set", "DefaultAccount=a.b~c"),
        ("user", "modify", "x+y+", "set", "DefaultAccount=x+y+"),
        ("coordinator", "add", "--from", str(rows)),
        ("account", "add", "low", "parent=x+y+"),
        ("account", "modify", "low", "set", "parent=alice@example.org", "DefaultQOS=x+y+"),
        ("qos", "add", "top", f"Preempt={ALL}"),
        ("qos", "modify", "top", "set", "Preempt-=x+y+,x@y", "Preempt+=normal"),
    ):
        done = cli(*words, "-i")
        assert (words, done.code) == (words, 0), done.err
    qos = "corp+alice,normal,x+y+"
    preempted = ",".join(sorted({*NAMES, "normal"} - {"x+y+", "x@y"}))
    lines = set(state(cluster).splitlines())
    default = {"a.b~c", "x+y+"}
    wanted = {
        *(f"account {n} '{n}' '{n}' coordinators={n}" for n in NAMES),
        *(f"assoc {n} ParentName=root Share=1 MaxJobs=6 QOS={qos}" for n in NAMES),
        *(f"assoc {n}/{n}{'*' * (n in default)} Share=1 MaxJobs=4" for n in NAMES),
        *(f"assoc zoo/{n}{'*' * (n not in default)} Share=1 MaxJobs=3" for n in NAMES),
        *(
            f"user {n} admin=Operator default={n if n in default else 'zoo'} coordinates={n}"
            for n in NAMES
            if n != "alice@example.org"  # who coordinates low, too
        ),
        *(f"qos {n} Descr={n} Priority=3" for n in NAMES),
        f"assoc zoo ParentName=root Share=1 QOS={','.join(sorted([*NAMES, 'normal']))}",
        "assoc low ParentName=alice@example.org Share=1 DefaultQOS=x+y+",
        f"qos top Descr=top Preempt={preempted}",
    }
    assert sorted(wanted - lines) == []
    for name in ("x@y", "x+y+", "r&d"):
        for words, found in (
            (("account", "list", f"name={name}", "format=Account"), [name]),
            (("account", "list", "where", f"coordinators={name}", "format=Account"), [name]),
            (("user", "list", f"name={name}", "format=User"), [name]),
            (("user", "list", "where", f"account={name}", "format=User"), [name]),
            (("qos", "list", f"name={name}", "format=Name"), [name]),
            (("assoc", "list", "where", f"user={name}", "format=Account"), sorted([name, "zoo"])),
            (("assoc", "list", "where", f"account={name}", "format=User"), ["", name]),
            (("coordinator", "list", f"user={name}", "format=Account"), [name]),
        ):
            done = cli(*words, "-Pn")
            shown = sorted(done.out.splitlines())
            assert (words, done.code, shown) == (words, 0, sorted(found)), done.err
    for words in (
        ("usage", "report", f"account={ALL}"),
        ("jobs", "list", f"account={ALL}"),
        ("jobs", "history", f"account={ALL}"),
        ("account", "tree", "name=x+y+"),
        ("account", "modify", "low", "set", "parent=root", "DefaultQOS="),
        ("qos", "delete", "top"),
        ("account", "modify", f"name={ALL},zoo", "set", "QosLevel=normal"),
        ("user", "modify", "name=a.b~c,x+y+", "set", "DefaultAccount=zoo"),
        ("assoc", "delete", "where", f"user={ALL}", f"account={ALL}"),
        ("coordinator", "delete", "--from", str(rows)),
        ("qos", "delete", f"name={ALL}"),
        ("user", "delete", f"name={ALL}"),
        ("account", "delete", f"name={ALL},low,zoo"),
    ):
        done = cli(*words, *(() if words[1] in {"list", "report", "history", "tree"} else ("-i",)))
        assert (words, done.code) == (words, 0), done.err
    assert state(cluster) == before


def test_jobs_of_users_of_directory_services(cluster: Cluster, tmp_path: Path) -> None:
    """Listed, guarded, cancelled and counted by the user's name, over both executors."""
    name, account = "corp+alice@example.org", "r&d@x"
    passwd = cluster.root / "etc/passwd"
    known = passwd.read_text()
    passwd.write_text(f"{known}{name}:x:1999:1000::/tmp:/bin/sh\n")
    try:
        # slurmctld looks a user up when it hears of the association.
        cluster.sacctmgr("add", "account", f"{account},zoo")
        cluster.sacctmgr("add", "user", name, f"account={account},zoo")
        for version in ("", *cluster.api_versions):
            cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
            submit = ("sbatch", "--parsable", "-o/dev/null", "-D/", "-A", account)
            submitted = cluster.run(*submit, "--wrap", "sleep 300", user=name)
            assert submitted.returncode == 0, submitted.stderr
            job = submitted.stdout.strip()
            for words in (f"user={name}", f"account={account}", f"account={account},user={name}"):
                conditions = words.split(",")
                found = cli(
                    "jobs", "list", "where", *conditions, "format=JobID,User,Account", "-Pn"
                )
                assert found.out == f"{job}|{name}|{account}\n", found.err
            blocked = cli("user", "delete", name, "-i")
            assert (blocked.code, f"1 job is active: {job}" in blocked.err) == (4, True)
            done = cli("jobs", "cancel", f"user={name}", "-i")
            assert (done.code, done.err) == (0, "")
            # slurmdbd hears of it a little later.
            past = ("jobs", "history", f"user={name}", f"account={account}", "format=JobID", "-Pn")
            wait_until(partial(_prints, cli, past, job), "history", 20)
            report = cli("usage", "report", f"account={account}", "by=user", "--json")
            assert report.code == 0, report.err
    finally:
        passwd.write_text(known)


def _prints(cli: Cli, words: Sequence[str], line: str) -> bool:
    return line in cli(*words).out.split()
