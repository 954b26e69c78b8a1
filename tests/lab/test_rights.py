"""Who may do what, and the remedy where Slurm says no: Operators, coordinators, and everybody else.

The facts behind slurmctl_rest/planning/rights.py, over both executors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from slurmctl_rest.model.rights import ADMINISTRATOR, CANCELLING, OPERATOR, RESETTING

from .cells import Cell, Cli, Result
from .cluster import Cluster

DONE = ""
ABOVE = f"{OPERATOR}, or a coordinator of the parent account"
ACCOUNT = f"{OPERATOR}, or a coordinator of the account"
ALL = f"{OPERATOR}, or a coordinator of all the user's accounts"
OWN = f"{OPERATOR}; users may set their own default account"
QOS = f"{ACCOUNT}, who may give only QOS that it has"
LIMITS = (
    "this needs AdminLevel Operator; a coordinator may set limits up to those of the parent account"
)
CLI = 'use a profile with execution_mode = "cli"'
ONLY_LEVEL = {"rest": CLI, "cli": DONE}
"""slurmrestd has no request for coordinators that a coordinator may send."""

ACTORS = ("operator", "alice", "bob")
"""An Operator, the coordinator of `physics`, and a user of it without any rights."""
Expected = str | dict[str, str]
MAY: dict[str, tuple[Expected, Expected, Expected]] = {
    "account add optics parent=physics": (DONE, DONE, ABOVE),
    "account add biology": (DONE, ABOVE, ABOVE),
    "account modify physics set Description=x": (DONE, OPERATOR, OPERATOR),
    "account modify physics set Fairshare=7": (DONE, ABOVE, ABOVE),
    "account modify lasers set Fairshare=7": (DONE, DONE, ABOVE),
    "assoc modify where account=chemistry user= set MaxJobs=8": (DONE, ABOVE, ABOVE),
    "user add dan account=physics": (DONE, DONE, ACCOUNT),
    "user add eve account=chemistry": (DONE, ACCOUNT, ACCOUNT),
    "user add fay account=physics AdminLevel=Operator": (DONE, OPERATOR, OPERATOR),
    "user add gus account=physics AdminLevel=Administrator": (ADMINISTRATOR,) * 3,
    "user modify carol where account=physics set MaxJobs=2": (DONE, DONE, ACCOUNT),
    "user modify carol where account=physics set MaxJobs=9": (DONE, LIMITS, ACCOUNT),
    "user modify carol where account=physics set QosLevel=high": (DONE, QOS, QOS),
    "user modify carol set DefaultAccount=chemistry": (DONE, OWN, OWN),
    "user modify carol set AdminLevel=Operator": (ADMINISTRATOR,) * 3,
    "user delete admin": (ADMINISTRATOR,) * 3,
    "qos add low": (ADMINISTRATOR,) * 3,
    "qos modify high set Priority=5": (ADMINISTRATOR,) * 3,
    "qos delete unused": (ADMINISTRATOR,) * 3,
    "coordinator add carol account=physics": (DONE, ONLY_LEVEL, ACCOUNT),
    "coordinator add carol account=chemistry": (DONE, ACCOUNT, ACCOUNT),
    "raw-usage reset physics": (RESETTING,) * 3,
    "jobs cancel account=chemistry": (DONE, CANCELLING, CANCELLING),
    "assoc delete where user=carol account=chemistry": (DONE, ACCOUNT, ACCOUNT),
    "account delete lasers": (DONE, OPERATOR, OPERATOR),
    "user delete carol": (DONE, ALL, ALL),
    "user delete zoe": (DONE, DONE, ALL),
}


def acting(cluster: Cluster, executor: str, actor: str, folder: Path) -> Cli:
    """Return the program as somebody runs it, with a token or as a process of theirs."""
    version = cluster.api_versions[-1] if executor == "rest" else ""
    cli = Cli(Cell(cluster, executor, version), folder)
    if executor == "rest":
        token = folder / "token"
        token.touch(mode=0o600)
        token.write_text(cluster.token(actor))
        cli.configure(token_file=str(token), username=actor)
    prefix = f'command_prefix = ["chroot", "--userspec={actor}", "{cluster.root}"]\n'
    profile, table, api = cli.config.read_text().partition("[profiles.cell.rest_api]")
    cli.config.write_text(profile.replace(str(cluster.bin_path), "/usr/bin") + prefix + table + api)
    return cli


def furnish(cluster: Cluster) -> None:
    for words in (
        "account physics,chemistry MaxJobs=5",
        "account lasers parent=physics",
        "qos high,unused",
        "user carol account=physics,chemistry defaultaccount=physics",
        "user admin account=chemistry adminlevel=administrator",
        "user operator account=physics adminlevel=operator",
        "user alice,bob,zoe account=physics",
        "user root account=chemistry",
        "coordinator account=physics name=alice",
    ):
        cluster.sacctmgr("add", *words.split())
    cluster.run("sbatch", "-H", "-A", "chemistry", "--wrap", "true")


def remedy(done: Result) -> str:
    """Return what stands in the last parentheses of the error."""
    error = [line for line in done.err.splitlines() if "warning:" not in line]
    return error[-1].rstrip(")").rpartition(" (")[2] if error else ""


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("executor", ["rest", "cli"])
def test_who_may_do_what(cluster: Cluster, executor: str, actor: str, tmp_path: Path) -> None:
    furnish(cluster)
    cli = acting(cluster, executor, actor, tmp_path)
    came, expected = {}, {}
    for sentence, of_actors in MAY.items():
        words = of_actors[ACTORS.index(actor)]
        needed = words if isinstance(words, str) else words[executor]
        code = 10 if needed == CLI else 5 if needed else 0
        done = cli(f"{sentence} -i")
        assert "0x" not in done.both
        came[sentence], expected[sentence] = (done.code, remedy(done)), (code, needed)
    assert {k: (came[k], expected[k]) for k in came if came[k] != expected[k]} == {}


@pytest.mark.parametrize("executor", ["rest", "cli"])
def test_users_are_coordinators(cluster: Cluster, executor: str, tmp_path: Path) -> None:
    """The flag makes coordinators of all users of an account, and of those below it."""
    for words in ("account physics", "account lasers parent=physics", "user alice account=physics"):
        cluster.sacctmgr("add", *words.split())
    cluster.sacctmgr("modify", "account", "physics", "set", "flags=UsersAreCoords")
    # After the flag: of users who were below before it, 26.05 does not hear at once.
    cluster.sacctmgr("add", "user", "bob", "account=lasers")
    folder = tmp_path / "alice"
    folder.mkdir()
    alice = acting(cluster, executor, "alice", folder)
    assert alice("user add dan account=physics -i").code == 0
    assert alice("account modify lasers set MaxJobs=3 -i").code == 0
    cli = Cli(alice.cell, tmp_path)
    listed = "lasers|bob\nphysics|alice\nphysics|dan\n"
    assert cli("coordinator list -nP").out == listed
    done = cli("coordinator delete alice account=physics -i")
    assert (done.code, done.err) == (
        4,
        "slurmctl-rest: account 'physics': alice would still coordinate it, by the flag "
        "UsersAreCoords of the account or of one above it (to clear the flag for all users: "
        "sacctmgr modify account physics set flags=NoUsersAreCoords)\n",
    )
    if executor == "rest":
        done = cli("coordinator add alice account=physics -i")
        assert done.code == 10
        assert "by an account above it or the flag UsersAreCoords" in done.err
    cluster.sacctmgr("modify", "account", "physics", "set", "flags=NoUsersAreCoords")
    # 26.05 goes on telling those of accounts below, until slurmdbd starts anew.
    assert "physics|" not in cli("coordinator list -nP").out
