"""Trees at random, and what somebody does to one, in the words of sacctmgr itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from .cluster import Cluster

ACCOUNTS = ("a1", "a2", "a3", "a4", "a5")
USERS = ("u1", "u2", "u3", "u4")
QOS = ("normal", "high", "low")
TRES = ("cpu", "mem", "gres/gpu", "node")
COUNTS = ("GrpJobs", "GrpJobsAccrue", "GrpSubmitJobs", "MaxJobs", "MaxJobsAccrue", "MaxSubmitJobs")
OF_TRES = ("GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "MaxTRES", "MaxTRESPerNode", "MaxTRESMins")
OF_QOS = ("MaxJobsPU", "MaxJobsPA", "MaxSubmitJobsPU", "MaxSubmitJobsPA", "GrpJobs", "Priority")
TRES_OF_QOS = ("GrpTRES", "MaxTRESPU", "MaxTRESPA", "MaxTRES", "MinTRES", "MaxTRESMins")


def words(lines: Sequence[str], cluster: Cluster) -> None:
    """Run sacctmgr's lines; those that it refuses have no effect.

    In one session, but that ends where a QOS is deleted: it would go on to give others its number.
    """
    sessions: list[list[str]] = [[]]
    for line in lines:
        sessions[-1].append(line)
        if "delete qos" in line:
            sessions.append([])
    for session in sessions:
        text = "\n".join((*session, "quit", ""))
        done = cluster.chroot.run("timeout", "60", "sacctmgr", "-iQ", text=text)
        assert done.returncode != TIMED_OUT, f"slurmdbd hangs: {lines}"


TIMED_OUT = 124  # (timeout's own)


def tree(random: Random) -> Iterator[str]:
    """Yield the lines that make a tree."""
    for name in QOS[1:]:
        yield f"add qos name={name} {_qos_limits(random)}"
    made = ["root"]
    for name in ACCOUNTS[:-1]:
        parent = random.choice(made)
        yield f"add account name={name} parent={parent} description='The {name}' {_limits(random)}"
        yield from _lists(random, f"account name={name}")
        made.append(name)
    for user in USERS[:-1]:
        for account in random.sample(made[1:], random.randint(1, 3)):
            partition = " partition=debug" if random.random() < 0.2 else ""
            yield f"add user name={user} account={account}{partition} {_limits(random)}"
    yield f"modify user name=u1 set defaultaccount={random.choice(made)}"
    yield f"add coordinator account={random.choice(made[1:])} names=u1,u2"
    yield "modify user name=u2 set adminlevel=operator"
    if random.random() < 0.5:
        yield "modify qos name=high set preempt=low flags=DenyOnLimit,NoDecay"


def changes(random: Random) -> Iterator[str]:
    """Yield the lines of what somebody does by hand."""
    account, other = random.sample(ACCOUNTS[:-1], 2)
    # Never one below itself: 24.11 turns the tree over then (planning/tree.py). A round hung in
    # sacctmgr there once; that this was why is likely, and was not looked into.
    higher, lower = sorted((account, other))
    user = random.choice(USERS[:-1])
    acts: tuple[Callable[[], str], ...] = (
        lambda: f"modify account name={account} set {_limits(random)}",
        lambda: f"modify account name={account} set {_cleared(random)}",
        lambda: f"modify user name={user} account={account} set {_limits(random)}",
        lambda: f"modify user name={user} set {_cleared(random)}",
        lambda: f"modify account name={lower} set parent={higher}",
        lambda: f"modify account name={account} set description=other organization=elsewhere",
        lambda: f"add account name=a5 parent={other} {_limits(random)}",
        lambda: f"add user name=u4 account=a5,{other}",
        lambda: f"add user name={user} account={other}",
        lambda: f"modify user name={user} set defaultaccount={other}",
        lambda: f"delete user name={user} account={account}",
        lambda: f"delete user name={user}",
        lambda: f"delete account name={account}",
        lambda: f"modify qos name=high set {_qos_limits(random)} flags=-1",
        lambda: f"modify qos name=low set {_qos_limits(random)} description=another",
        lambda: f"add qos name=extra {_qos_limits(random)}",
        # 24.11 cannot show any QOS as JSON while one has the number of another that is gone.
        lambda: "modify qos name=high set preempt-=low\ndelete qos name=low",
        lambda: f"add coordinator account={other} names={user}",
        lambda: "delete coordinator names=u1",
        lambda: f"modify user name={user} set adminlevel=administrator",
        lambda: next(iter([*_lists(random, f"account name={account}")])),
        lambda: next(iter([*_lists(random, f"user name={user}")])),
        lambda: f"modify account name={account} set defaultqos=-1",
        lambda: f"modify user name={user} set comment=away",
    )
    for act in random.sample(acts, random.randint(4, 12)):
        yield act()


def _limits(random: Random) -> str:
    some = [f"{name}={random.randint(0, 9)}" for name in random.sample(COUNTS, 2)]
    some += [f"{name}={_counts(random)}" for name in random.sample(OF_TRES, 2)]
    some.append(random.choice(("MaxWall=90", "GrpWall=1-00:00:00", "Fairshare=7", "Priority=3")))
    some.append(random.choice(("Fairshare=parent", "MinPrioThresh=4", "Fairshare=2")))
    return " ".join(dict.fromkeys(some))


def _cleared(random: Random) -> str:
    each = ",".join(f"{name}=-1" for name in TRES)
    some = [f"{name}=-1" for name in random.sample((*COUNTS, "MaxWall", "Fairshare"), 4)]
    return " ".join([*some, *(f"{name}={each}" for name in random.sample(OF_TRES, 3))])


def _counts(random: Random) -> str:
    return ",".join(f"{name}={random.randint(0, 5000)}" for name in random.sample(TRES, 2))


def _qos_limits(random: Random) -> str:
    some = [f"{name}={random.randint(0, 9)}" for name in random.sample(OF_QOS, 2)]
    some += [f"{name}={_counts(random)}" for name in random.sample(TRES_OF_QOS, 2)]
    return " ".join([*some, "UsageFactor=1.5 GraceTime=90"])


def _lists(random: Random, of: str) -> Iterator[str]:
    """Yield lines about the QOS of an association; the first of them is always a change."""
    some = ",".join(random.sample(QOS, random.randint(1, 3)))
    yield f"modify {of} set {random.choice(('qos=', 'qos+=', 'qos='))}{some}"
    if random.random() < 0.4:
        yield f"modify {of} set defaultqos={some.partition(',')[0]}"
