"""`doctor` on real Slurm: all is well, and each thing that can be wrong is told by its name."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from slurmctl_rest.model.versions import KNOWN

from . import daemons
from .cells import Cell, Cli, Result
from .cluster import Cluster
from .hanging import hung
from .rest import get


def checks(done: Result) -> dict[str, tuple[str, str]]:
    """Return status and detail of each check."""
    rows = [line.split("|") for line in done.out.splitlines()[1:]]
    return {row[0]: (row[1], row[2]) for row in rows}


def failing(done: Result) -> list[str]:
    return [check for check, (status, _) in checks(done).items() if status == "fail"]


def rest(cluster: Cluster, folder: Path, version: str = "") -> Cli:
    return Cli(Cell(cluster, "rest", version or cluster.api_versions[-1]), folder)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """Return a file that others cannot read."""
    file = tmp_path / "token"
    file.touch(mode=0o600)
    return file


def test_where_all_is_well_nothing_fails(cluster: Cluster, tmp_path: Path) -> None:
    oldest, newest = (Cell(cluster, "rest", cluster.api_versions[at]) for at in (0, -1))
    for cell in (oldest, newest, Cell(cluster, "rest", newest.api_version, unix=True)):
        done = Cli(cell, tmp_path)("doctor -P")
        found = checks(done)
        assert (done.code, failing(done)) == (0, []), done.both
        warned = {check for check, (status, _) in found.items() if status != "ok"}
        unasked = {"unix-users"}
        # slurm.conf is in no API version before v0.0.45.
        unasked |= {"limits-enforced", "usage-decay"} if cell.api_version < "v0.0.45" else set()
        old = {"release"} if cluster.release < "25.11" else set()
        assert warned - {"database"} == old | unasked
        assert found["database"][0] == "skipped"
        assert found["release"][1].startswith(cluster.release)
        known = [str(v) for v in KNOWN if str(v) in cluster.api_versions]
        newer = [v for v in cluster.api_versions if v not in known]
        told = f"{cell.api_version}; served: {', '.join(known)}"
        told += f"; newer than this program: {', '.join(newer)}" if newer else ""
        assert found["api-version"] == ("ok", told)
        assert found["commands"] == ("ok", f"sacctmgr, sacct: {cluster.release}")
        assert found["token-user"] == ("ok", "it is the token of root")
    done = Cli(Cell(cluster, "cli"), tmp_path)("doctor -P")
    found = checks(done)
    assert done.code == 0
    assert {check for check, (status, _) in found.items() if status != "ok"} == {"database"}
    assert found["release"] == ("ok", cluster.release)


def test_what_is_wrong_with_limits_and_the_tree(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "low")
    cluster.sacctmgr("add", "account", "science", "GrpTRESMins=cpu=9")
    cluster.sacctmgr("add", "account", "physics,optics", "parent=science")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "MaxTRESRunMins=cpu=5")
    wanted = {
        "run-minutes": "MaxTRESRunMins is set on associations, and Slurm does not enforce it: "
        "physics alice",
        "empty-accounts": "accounts without users, and without accounts below them: optics",
        "unused-qos": "QOS that no association may use: low",
    }
    decay = "limits on used minutes are set (1), and usage is never reset: once they are used up, "
    for executor, version in (("cli", ""), ("rest", cluster.api_versions[-1])):
        (folder := tmp_path / executor).mkdir()
        found = checks(Cli(Cell(cluster, executor, version), folder)("doctor -P"))
        assert {name: found[name] for name in wanted} == {
            name: ("warn", text) for name, text in wanted.items()
        }
        if executor == "cli" or version >= "v0.0.45":
            assert found["usage-decay"] == ("warn", f"{decay}jobs wait for ever")
            assert found["limits-enforced"][0] == "ok"


def test_what_is_wrong_with_a_token(cluster: Cluster, tmp_path: Path, token_file: Path) -> None:
    ended = cluster.token(lifespan=1)
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    cli = rest(cluster, tmp_path)

    def told(token: str, username: str = "root") -> Result:
        token_file.write_text(token)
        cli.configure(token_file=str(token_file), username=username)
        done = cli("doctor -P")
        assert token not in done.both
        return done

    time.sleep(1.5)  # the first one ends
    for token, username, fails, words in (
        (cluster.token("alice"), "root", "token-user", "it is the token of alice, but username is"),
        ("garbage", "root", "authentication", "the token was refused"),
        (ended, "root", "token-expiry", "the token expired at 20"),
    ):
        done = told(token, username)
        assert (done.code, failing(done)[0]) == (5, fails), done.both
        assert words in done.err
        assert checks(done)["slurmdbd"][0] == "skipped"
    done = told(cluster.token(lifespan=300), "alice")
    found = checks(done)
    assert done.code == 0
    assert found["token-user"] == ("ok", "it is the token of root, and acts for alice")
    assert found["token-expiry"][0] == "warn"
    assert found["token-file"] == ("ok", "mode 600")
    token_file.chmod(0o644)
    assert checks(told(cluster.token()))["token-file"][0] == "warn"


def test_what_is_wrong_on_the_way_to_slurmrestd(cluster: Cluster, tmp_path: Path) -> None:
    unserved = next(str(v) for v in KNOWN if str(v) not in cluster.api_versions)
    cli = rest(cluster, tmp_path)
    cli.configure(api_version=unserved)
    done = cli("doctor -P")
    assert (done.code, failing(done)) == (10, ["api-version"])
    with socket.socket() as taken:  # nobody listens there
        taken.bind(("127.0.0.1", 0))
        cli.configure(url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        done = cli("doctor -P")
    assert (done.code, failing(done)) == (6, ["endpoint"])
    assert checks(done)["api-version"][0] == "skipped"
    assert checks(done)["rights-raw-usage"] == ("ok", "root may write raw usage")
    for executor, code, status in (("cli", 6, "fail"), ("rest", 0, "warn")):
        cell = Cell(cluster, executor, cluster.api_versions[-1] if executor == "rest" else "")
        cli = Cli(cell, tmp_path)
        cli.config.write_text(cell.profile().replace(str(cluster.bin_path), str(tmp_path)))
        done = cli("doctor -P")
        assert (done.code, checks(done)["commands"][0]) == (code, status), done.both
    cli = rest(cluster, tmp_path)
    cli.config.write_text(cli.config.read_text().replace('cluster_name = "', 'cluster_name = "x'))
    done = cli("doctor -P")
    assert (done.code, failing(done)) == (3, ["cluster"])


LEVELS = {
    "alice": ("warn", "warn", "alice has AdminLevel None, and only coordinates physics; "),
    "bob": ("ok", "warn", "bob has AdminLevel Operator, "),
    "carol": ("ok", "ok", "carol has AdminLevel Administrator, "),
    "nobody": ("warn", "warn", "slurmdbd does not know user nobody, "),
}
"""What a user may: accounts, QOS, and what is said of it."""


def test_what_users_may(cluster: Cluster, tmp_path: Path, token_file: Path) -> None:
    cluster.sacctmgr("add", "account", "physics")
    for user, level in (("alice", "None"), ("bob", "Operator"), ("carol", "Administrator")):
        cluster.sacctmgr("add", "user", user, "account=physics", f"AdminLevel={level}")
    cluster.sacctmgr("add", "coordinator", "account=physics", "name=alice")
    over_rest = rest(cluster, tmp_path)
    for user, (accounts, qos, words) in LEVELS.items():
        token_file.write_text(cluster.token(user))
        over_rest.configure(token_file=str(token_file), username=user)
        found = checks(over_rest("doctor -P"))
        assert [found[f"rights-{what}"][0] for what in ("accounts", "qos")] == [accounts, qos]
        assert found["rights-accounts"][1].startswith(words)
        assert found["rights-raw-usage"] == ("ok", "root may write raw usage")
    cell = Cell(cluster, "cli")
    over_cli = Cli(cell, tmp_path)
    for user in ("alice", "slurm"):
        prefix = f'command_prefix = ["chroot", "--userspec={user}", "{cluster.root}"]'
        text = cell.profile().replace(str(cluster.bin_path), "/usr/bin")
        over_cli.config.write_text(f"{text}{prefix}\n")
        done = over_cli("doctor -P")
        found = checks(done)
        words = LEVELS["alice"][2] if user == "alice" else "slurm may write "
        assert found["rights-accounts"][1].startswith(words), done.both
        expected = "warn" if user == "alice" else "ok"
        assert {found[f"rights-{what}"][0] for what in ("accounts", "qos", "raw-usage")} == {
            expected
        }


def test_what_is_said_of_rights_is_what_slurm_grants(
    cluster: Cluster, tmp_path: Path, token_file: Path
) -> None:
    """An Operator may write accounts, and no QOS."""
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "bob", "account=physics", "AdminLevel=Operator")
    token_file.write_text(cluster.token("bob"))
    cli = rest(cluster, tmp_path)
    cli.configure(token_file=str(token_file), username="bob")
    assert cli("account modify physics set Fairshare=5 -i").code == 0
    assert cli("qos add low -i").code == 5


HANGS = "slurmdbd hangs: it does not answer about associations, "
KILL = "trx_state='LOCK WAIT'; then KILL QUERY with that number"


@pytest.mark.parametrize("executor", ["cli", "rest"])
def test_a_slurmdbd_that_hangs(cluster: Cluster, executor: str, tmp_path: Path) -> None:
    """What would wait with it is not asked, once it is known; and lists say the same."""
    cluster.sacctmgr("add", "account", "physics")
    cell = Cell(cluster, executor, cluster.api_versions[-1] if executor == "rest" else "")
    cli = Cli(cell, tmp_path)
    with hung(cluster):
        done = cli("doctor -P --timeout 2")
        found = checks(done)
        assert (done.code, failing(done)) == (6, ["associations"]), done.both
        assert found["associations"][1].startswith(HANGS)
        assert KILL in done.err
        assert found["rights-accounts"] == ("skipped", "slurmdbd hangs")
        assert found["rights-raw-usage"] == ("skipped", "slurmdbd hangs")
        assert (found["slurmdbd"][0], found["cluster"][0]) == ("ok", "ok")
    done = cli("doctor -P --timeout 5")  # freed as it said
    assert (done.code, failing(done)) == (0, [])
    assert "zed" not in cluster.sacctmgr("-nP", "list", "user", "format=user")


@pytest.mark.parametrize("executor", ["cli", "rest"])
def test_a_question_that_waits_with_it(cluster: Cluster, executor: str, tmp_path: Path) -> None:
    """A list, a write and `usage`; not what names a cluster, and so is answered."""
    cluster.sacctmgr("add", "account", "physics")
    cell = Cell(cluster, executor, cluster.api_versions[-1] if executor == "rest" else "")
    cli = Cli(cell, tmp_path)
    with hung(cluster):
        assert cli("assoc list").code == 0
        for sentence in ("user list", "account modify physics set MaxJobs=3 -i")[
            : 1 + (executor == "cli")
        ]:
            done = cli(f"{sentence} --timeout 2 --json")
            error = json.loads(done.err.splitlines()[-1])["error"]
            assert (done.code, error["message"][: len(HANGS)]) == (6, HANGS), sentence
            assert (error["hint"].endswith(KILL), error["retryable"]) == (True, False)
    assert cli("user list").code == 0


def test_a_slurmrestd_whose_threads_all_wait(cluster: Cluster, tmp_path: Path) -> None:
    """26.05 has few of them; doctor then asks the commands."""
    cluster.sacctmgr("add", "account", "physics")
    cli = rest(cluster, tmp_path)
    token = daemons.bare_token(cluster.token_file.read_text())
    path = f"/slurmdb/{cluster.api_versions[-1]}/associations/?id=1"

    def wait(_: int) -> None:
        with suppress(OSError):
            get(cluster.tcp_url, token, path, 1.0)

    with hung(cluster):
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(wait, range(THREADS)))
        done = cli("doctor -P --timeout 2")
        assert (done.code, failing(done)) == (6, ["endpoint", "associations"]), done.both
        assert "all its threads may be waiting for slurmdbd" in done.err
        done = cli("user list --timeout 2")
        assert (done.code, done.err.count("see `slurmctl-rest doctor`")) == (6, 1), done.both
    assert cli("user list").code == 0


THREADS = 25
"""More than any slurmrestd has by default: 24.11 has 20."""
