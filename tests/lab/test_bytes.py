r"""Bytes that are not UTF-8 in Slurm's texts: shown escaped, never sent back as another text.

Every user can submit a job with them. Descriptions have them where another client wrote Latin-1
into a database that lets it; the lab's does not, so that its columns are made ones of bytes first.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from . import recipe
from .cells import Cell, Cli, state
from .cluster import Cluster
from .machine import wait_until
from .test_deleting import accounts, active, users
from .test_refusals import written

BYTES = "um\udce9l"
r"""b"um\xe9l", as Python tells it to the system."""
SHOWN = r"um\xe9l"


def sql(cluster: Cluster, statement: str) -> str:
    """Run a statement in the database of slurmdbd."""
    client = ("mariadb", f"--socket={recipe.MYSQL_SOCKET}", "-N", recipe.DATABASE)
    done = cluster.run(*client, "-e", statement)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def submit(cluster: Cluster, name: str, *options: str, user: str = "alice") -> str:
    """Submit a job of that name, in a folder and with a comment of the same bytes."""
    folder = f"/tmp/{user}-{BYTES}"  # noqa: S108 (of the lab)
    assert cluster.run("mkdir", "-p", folder, user=user).returncode == 0
    words = ("sbatch", "--parsable", "-o/dev/null", "-J", name, "-D", folder, "--comment", name)
    done = cluster.run(*words, *options, "--wrap", "sleep 300", user=user)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


NASTY = (
    (BYTES, SHOWN),
    ("\udced\udca0\udc80", r"\xed\xa0\x80"),
    ("\udcc0\udcaf", r"\xc0\xaf"),
    ("\udcff\udcfe", r"\xff\xfe"),
    ("é\udce2\udc82", r"é\xe2\x82"),
    (r"um\xe9l \ud800", r"um\xe9l \ud800"),
    ("日本\ufeff", "日本\ufeff"),
    ("a\x01\x1b[31m", "a\x01\x1b[31m"),
    ('"\\', '"\\'),
)
"""Names of jobs, as the system is told them -> as they are shown."""


def test_jobs_of_any_bytes_are_listed_alike_guarded_and_cancelled(cli: Cli) -> None:
    cluster = cli.cell.cluster
    accounts(cluster, "art", "physics")
    users(cluster, "alice", "physics,art", "DefaultAccount=physics")
    users(cluster, "bob", "art")
    jobs = {submit(cluster, name, "-A", "physics"): shown for name, shown in NASTY}
    other = submit(cluster, BYTES, user="bob")

    listed = cli("jobs list account=physics --json")
    assert (listed.code, listed.err) == (0, "")
    assert {job["JobID"]: job["JobName"] for job in listed.items} == jobs
    table = cli("jobs list account=physics format=JobID,JobName -P -n").out
    assert dict(line.split("|") for line in table.splitlines()) == jobs
    rows = csv.reader(
        io.StringIO(cli("jobs list account=physics format=JobID,JobName --output csv").out)
    )
    assert dict(list(rows)[1:]) == jobs
    (table,) = [
        one
        for one in cli("jobs list format=JobID,JobName").out.splitlines()
        if one.startswith(other)
    ]
    assert table.split() == [other, SHOWN]
    first = next(iter(jobs))
    for word in (SHOWN, BYTES):
        found = cli("jobs", "list", "account=physics", f"name={word}", "format=JobID", "-Pn")
        assert (found.code, found.out.split()) == (0, [first])

    before = state(cluster)
    for sentence in (
        "account delete physics",
        "user delete alice",
        "assoc delete where account=physics user=alice",
    ):
        done = cli(f"{sentence} -i -v")
        assert (done.code, done.out, written(done.err)) == (4, "", [])
        assert f"{len(jobs)} jobs are active: {', '.join(jobs)}" in done.err
    assert state(cluster) == before
    assert cli(f"jobs cancel {other} -i").code == 0
    assert active(cluster) == [*jobs]
    done = cli("account delete physics --cancel-jobs -i")
    assert (done.code, active(cluster)) == (0, [])
    assert "user alice admin=None default=art\n" in state(cluster)
    past = cli("jobs", "history", *jobs, "format=JobID", "-Pn")
    assert (past.code, sorted(past.out.split())) == (0, sorted(jobs))


def test_texts_of_any_bytes_are_shown_alike_and_kept_or_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Over REST an account is sent whole: what cannot be sent as it is, is not touched."""
    accounts(cluster, "art", "physics")
    users(cluster, "alice", "art")
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("add", "cluster", "jura")
    cluster.sacctmgr("add", "account", "lasers", "cluster=jura")
    kept = "select hex(description) from acct_table where name='physics'"
    of_qos = "select hex(description) from qos_table where name='high'"
    elsewhere = "select hex(description) from acct_table where name='lasers'"
    sql(cluster, "alter table acct_table modify description blob not null")
    sql(cluster, "alter table qos_table modify description blob not null")
    try:
        sql(cluster, "update acct_table set description=x'756de96c' where name!='art'")
        sql(cluster, "update qos_table set description=x'756de96c'")
        _texts(cluster, tmp_path)
        assert (sql(cluster, kept), sql(cluster, of_qos)) == ("756DE96C", "756DE96C")
        assert sql(cluster, elsewhere) == "756DE96C"
    finally:
        cluster.restart()


def _texts(cluster: Cluster, folder: Path) -> None:
    for version in ("", *cluster.api_versions):
        cli = Cli(Cell(cluster, "rest" if version else "cli", version), folder)
        shown = cli("account list physics format=Account,Description -Pn")
        assert (shown.code, shown.out) == (0, f"physics|{SHOWN}\n")
        shown = cli("qos list high --json")
        assert shown.items[0]["Description"] == SHOWN
        found = cli("account", "list", "where", f"description={SHOWN}", "format=Account", "-Pn")
        assert "physics\n" in found.out
        for words in (
            "account modify physics set Organization=uni",
            "coordinator add alice account=physics",
            "account modify art,physics set Organization=uni",
        ):
            done = cli(f"{words} -i -v")
            if version:
                code = 7 if "art" in words else 10
                assert (words, done.code) == (words, code)
                assert f"cannot keep its Description '{SHOWN}'" in done.err
            else:
                assert (words, done.code) == (words, 0)
        assert ("coordinators=alice" in state(cluster)) is not bool(version)
        assert cli("qos modify high set Priority=5 -i").code == 0
        assert cli("account modify physics set MaxJobs=5 -i").code == 0
        assert cli("account add lasers -i").code == 0
        assert cli("account delete lasers -i").code == 0
        cluster.sacctmgr(
            "modify", "account", "name=physics,art", "set", "MaxJobs=-1", "Organization=x"
        )
        if not version:
            cluster.sacctmgr("delete", "coordinator", "account=physics", "names=alice")


def test_a_job_whose_user_is_in_no_passwd_any_more_still_stands_in_the_way(
    cluster: Cluster, tmp_path: Path
) -> None:
    """slurmctld names no user of it: so it may be that of any user of its account."""
    accounts(cluster, "art", "physics")
    users(cluster, "alice,bob", "art,physics")
    job = submit(cluster, "x", "-A", "physics", user="bob")
    passwd = cluster.root / "etc/passwd"
    known = passwd.read_text()
    passwd.write_text(
        "".join(f"{line}\n" for line in known.splitlines() if not line.startswith("bob:"))
    )
    try:
        nobodys = lambda: cluster.run("squeue", "-h", "-o", "%u").stdout.strip().isdecimal()  # noqa: E731
        wait_until(nobodys, "slurmctld does not know bob")
        before = state(cluster)
        for version in ("", *cluster.api_versions):
            cli = Cli(Cell(cluster, "rest" if version else "cli", version), tmp_path)
            assert cli("jobs list --json").items[0]["User"] is None
            for words in (
                *("user delete bob", "user delete alice", "account delete physics"),
                *("user delete bob --cancel-jobs", "assoc delete where account=physics user=bob"),
            ):
                done = cli(f"{words} -i -v")
                assert (words, done.code, done.out, written(done.err)) == (words, 4, "", [])
                assert f"1 job is active: {job}" in done.err
            assert (active(cluster), state(cluster)) == ([job], before)
        assert cli("account delete physics --cancel-jobs -i").code == 0
        assert active(cluster) == []
    finally:
        passwd.write_text(known)
