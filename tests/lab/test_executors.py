"""The executors themselves: versions, tokens, ping, and daemons that do not answer."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.versions import KNOWN

from .cells import Cell, Cli, state
from .cluster import Cluster


@pytest.fixture
def rest(cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over REST, on the newest version that the cluster serves."""
    return Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)


@pytest.mark.sockets
def test_ping_shows_every_daemon_with_its_release(cli: Cli) -> None:
    done = cli("ping --json")
    assert done.code == 0
    shown = [(i["Daemon"], i["Role"], i["Status"], i["Release"], i["Detail"]) for i in done.items]
    release = cli.cell.cluster.release
    assert shown == [
        ("slurmctld", "primary", "up", release, None),
        ("slurmdbd", "primary", "up", release, None),
    ]
    assert all(isinstance(i["Latency"], int) for i in done.items)


@pytest.mark.parametrize("behind", [b"-TOKEN: ", b"/slurmdb/"], ids=["header", "url"])
def test_a_request_that_slurmrestd_gets_in_pieces_is_sent_once_more(
    rest: Cli, behind: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes what one look at its socket finds for the whole of a header, or of the URL."""
    rest.cell.cluster.sacctmgr("add", "account", "physics", "GrpTRES=cpu=5")
    send = socket.socket.send
    cut: list[str] = []

    def in_pieces(self: socket.socket, data: bytes, flags: int = 0) -> int:
        method, at = data[:4].decode(), data.find(behind)
        if at > 0 and method in {"GET ", "POST"} and method not in cut:
            cut.append(method)
            sent = send(self, data[: at + len(behind) + 3], flags)
            time.sleep(0.05)  # the rest comes later, as over a network
            return sent
        return send(self, data, flags)

    monkeypatch.setattr(socket.socket, "send", in_pieces)
    done = rest("account modify physics set MaxJobs=7 -i")
    assert cut == ["GET ", "POST"], done.both
    row = "assoc physics ParentName=root Share=1 GrpTRES=cpu=5"
    if done.code == 0:
        assert f"{row} MaxJobs=7\n" in state(rest.cell.cluster)
        return
    # 24.11 lets go of a write while its body still comes, and its answer may be lost with that.
    assert (rest.cell.cluster.release[:5], done.code) == ("24.11", 6), done.both
    assert "account 'physics': not done: " in done.err
    assert f"{row}\n" in state(rest.cell.cluster)


@pytest.mark.parametrize("daemon", ["slurmctld", "slurmdbd"])
def test_ping_exits_6_where_a_daemon_is_down(cluster: Cluster, tmp_path: Path, daemon: str) -> None:
    cells = [Cell(cluster, "cli")]
    cells += [Cell(cluster, "rest", version) for version in cluster.api_versions]
    pid = cluster.chroot.pid_of(daemon)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for cell in cells:
        done = Cli(cell, tmp_path)("ping --json")
        status = {i["Daemon"]: i["Status"] for i in done.items}
        other = {"slurmctld": "slurmdbd", "slurmdbd": "slurmctld"}[daemon]
        assert (str(cell), done.code, status) == (str(cell), 6, {daemon: "down", other: "up"})


def test_a_version_that_is_not_served_names_those_that_are(rest: Cli) -> None:
    served = rest.cell.cluster.api_versions
    known = [str(version) for version in KNOWN if str(version) in served]
    unserved = next(str(version) for version in KNOWN if str(version) not in served)
    rest.configure(api_version=unserved)
    for sentence in ("account list", "account add physics -i", "ping"):
        done = rest(sentence)
        assert (sentence, done.code, done.out) == (sentence, 10, "")
        assert f"does not serve API version {unserved}" in done.err
        assert f"it serves {', '.join(known)}" in done.err


def test_auto_takes_the_newest_version_that_both_know(rest: Cli) -> None:
    served = rest.cell.cluster.api_versions
    newest = [str(version) for version in KNOWN if str(version) in served][-1]
    rest.configure(api_version="auto")
    assert f"GET /slurmdb/{newest}/accounts/" in rest("account list -v").err


def test_an_expired_token_is_told_by_its_own_end(rest: Cli, tmp_path: Path) -> None:
    """slurmrestd answers 502 'Failed to open slurmdbd connection', or a ping of DOWN."""
    token = rest.cell.cluster.token(lifespan=1)
    file = tmp_path / "token"
    file.write_text(f"SLURM_JWT={token}\n")
    rest.configure(token_file=str(file))
    time.sleep(2)
    done = rest("account list --json")
    error = json.loads(done.err)["error"]
    assert (done.code, error["code"]) == (5, "not_authenticated")
    assert error["message"].startswith("the token of root expired at 20")
    assert token not in done.both
    assert rest("ping").code == 5


def test_a_token_renewed_in_its_file_between_two_requests_is_taken(
    rest: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(rest.cell.cluster.token())
    rest.configure(token_file=str(file))
    assert rest("account list").code == 0


@pytest.mark.parametrize("token", ["garbage", "", "two words", "a.b.c"])
def test_a_token_that_is_none_is_exit_5_or_6(rest: Cli, tmp_path: Path, token: str) -> None:
    """slurmrestd passes garbage on; slurmdbd's refusal looks like a dead slurmdbd."""
    file = tmp_path / "token"
    file.write_text(token)
    rest.configure(token_file=str(file))
    done = rest("account list")
    assert done.code in ({5} if token in {"", "two words"} else {5, 6})
    assert "token" in done.err


def test_a_user_without_rights_is_exit_5(cell: Cell, tmp_path: Path) -> None:
    cluster = cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    cli = Cli(cell, tmp_path)
    if cell.executor == "rest":
        file = tmp_path / "token"
        file.write_text(cluster.token("alice"))
        cli.configure(token_file=str(file), username="alice")
    else:
        prefix = f'command_prefix = ["chroot", "--userspec=alice", "{cluster.root}"]'
        text = cell.profile().replace(str(cluster.bin_path), "/usr/bin")
        cli.config.write_text(text + prefix + "\n")
    for sentence, what in (
        ("account add optics -i", "account 'optics'"),
        ("account modify physics set Fairshare=9 -i", "account 'physics'"),
        ("account modify physics set Description=light -i", "account 'physics'"),
        ("account delete physics -i", "account 'physics'"),
    ):
        done = cli(sentence)
        assert (sentence, done.code, done.out) == (sentence, 5, "")
        assert f"{what}: permission denied" in done.err


def test_running_jobs_block_a_deletion_and_a_default_account_is_switched(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "defaultaccount=physics")
    done = cli("account delete physics -i")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        *("user alice: modified", "  DefaultAccount: physics -> optics"),
        *("account physics: deleted", "association alice in physics: deleted"),
    ]
    job = cluster.run("sbatch", "--parsable", "-A", "optics", "--wrap", "sleep 60", user="alice")
    assert job.returncode == 0
    done = cli("account delete optics -i")
    assert (done.code, done.out) == (4, "")
    assert f"account 'optics': 1 job is active: {job.stdout.strip()} (use --cancel-jobs" in done.err


def test_an_account_and_the_one_above_it_are_deleted_together(cli: Cli) -> None:
    """Alice's default account is the lower one, so it may only go with the upper one."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics,optics", "parent=science")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "defaultaccount=physics")
    done = cli("account delete physics,science -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "account science: deleted",
            "account physics: deleted",
            *("association optics: deleted", "association alice in optics: deleted"),
            "association alice in physics: deleted",
        ],
    )
    assert cluster.sacctmgr("-nP", "list", "account", "format=account").split() == [
        *("optics", "root")
    ]
    assert cluster.sacctmgr("-nP", "list", "assoc", "format=account,user").split() == [
        *("root|", "root|root")
    ]


@pytest.mark.parametrize(("executor", "many"), [("rest", 120), ("cli", 600)])
def test_more_names_than_one_url_or_one_argument_holds(
    cluster: Cluster, tmp_path: Path, executor: str, many: int
) -> None:
    version = cluster.api_versions[-1] if executor == "rest" else ""
    cli = Cli(Cell(cluster, executor, version), tmp_path)
    names = ",".join(f"a{number:03d}{'x' * 186}" for number in range(many))
    assert cli("account", "add", names, "-i", "-Q").code == 0
    assert cli("account", "modify", names, "set", "Fairshare=3", "-i", "-Q").code == 0
    assert cli("account", "delete", names, "-i", "-Q").code == 0
    assert cli("account list -n -P").out == "root|default root account|root\n"


def test_a_change_under_us_is_seen_by_the_read_back(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another administrator writes between our write and our look: exit 4, saying what differs."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    backend: Any = RestBackend if cli.cell.executor == "rest" else CommandsBackend
    write = backend.write

    def write_and_be_overtaken(self: Any, changes: Any) -> Any:
        outcomes = write(self, changes)
        cluster.sacctmgr("modify", "account", "physics", "set", "Fairshare=77", "GrpTRES=cpu=3")
        return outcomes

    monkeypatch.setattr(backend, "write", write_and_be_overtaken)
    done = cli("account modify physics set Fairshare=5 GrpTRES=mem=1G -i")
    assert (done.code, done.out) == (4, "")
    assert done.err == (
        "slurmctl-rest: account 'physics': Slurm shows other values after the write: "
        "Fairshare is 77, not 5; GrpTRES is cpu=3,mem=1G, not mem=1G (check the object, and "
        "repeat; another administrator may have changed it meanwhile)\n"
    )


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_write_whose_answer_is_lost_is_told_by_the_read_back(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    backend: Any = RestBackend if cli.cell.executor == "rest" else CommandsBackend
    write = backend.write

    def write_and_hear_nothing(self: Any, changes: Any) -> Any:
        if done:
            write(self, changes)
        return [Outcome(change, Unreachable("no answer")) for change in changes]

    monkeypatch.setattr(backend, "write", write_and_hear_nothing)
    result = cli("account modify physics set Fairshare=5 -i")
    assert result.code == (0 if done else 6)
    assert f"assoc physics ParentName=root Share={5 if done else 1}\n" in state(cluster)


def test_an_account_that_is_added_again_has_kept_its_coordinators(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "science,physics")
    cluster.sacctmgr("add", "user", "alice", "account=science")
    cluster.sacctmgr("add", "coordinator", "names=alice", "account=physics")
    assert cli("assoc delete where account=physics -i -Q").code == 0
    assert "account physics 'physics' 'physics' coordinators=alice\n" in state(cluster)
    done = cli("account add chemistry,physics -i")
    assert (done.code, done.err) == (0, "")
    assert "account physics: added\n" in done.out
    assert "  Coordinators = alice\n" in done.out
    assert "account physics 'physics' 'physics' coordinators=alice\n" in state(cluster)


@pytest.mark.executor("rest")
def test_without_a_name_the_cluster_is_that_of_slurmrestd(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "cluster", "other")
    text = cli.config.read_text()
    cli.config.write_text(text.replace(f'cluster_name = "{cluster.cluster_name}"\n', ""))
    assert cli("account add physics GrpJobs=3 -i -Q").code == 0
    assert cluster.sacctmgr(
        *("-nP", "list", "assoc", "where", "account=physics", "format=cluster,account,grpjobs")
    ) == (f"{cluster.cluster_name}|physics|3\n")
