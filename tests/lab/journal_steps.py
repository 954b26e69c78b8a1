"""Random writes by several actors, through sacctmgr, slurmrestd and this program."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.lab.cells import Cli

from .cluster import Cluster

ACCOUNTS = tuple(f"ja{number}" for number in range(1, 7))
USERS = ("alice", "bob", "eve")
QOS_NAMES = ("jq1", "jq2", "jq3")
ACTORS = ("root", "slurm")
TEXTS = ("it's", 'a "b"', "c | d", "e \\ f", "züri, g=h", "x')", "-")


@dataclass(slots=True)
class Steps:
    """Makes one write after the other; what Slurm refuses is a step all the same."""

    cluster: Cluster
    rest: Cli
    commands: Cli
    chance: random.Random

    def one(self) -> None:
        """Make a write."""
        if self.chance.random() < 0.6:
            actor = self.chance.choice(ACTORS)
            words = self._words()
            if not self._leaves_orphans(words):
                self.cluster.run("timeout", "60", "sacctmgr", "-i", *words, user=actor)
        else:
            program = self.rest if self.chance.random() < 0.6 else self.commands
            noun, verb, *rest = self._ours()
            program(noun, verb, *rest, "-i", "-Q")

    def _leaves_orphans(self, words: Sequence[str]) -> bool:
        """Tell whether 24.11 would leave associations below an account that sacctmgr deletes.

        slurmdbd walks up from these for ever, once their account is added again and moved. It looks
        for what is below by the lineage, which is that of before a move two steps below it
        (test_facts.py); this program refuses such a deletion.
        """
        if words[:2] != ["delete", "account"] or not self.cluster.release.startswith("24.11"):
            return False
        columns = "format=account,user,parentname,lineage"
        listed = self.cluster.sacctmgr("-nP", "list", "assoc", "wopl", columns).splitlines()
        rows = [line.split("|") for line in listed]
        parents = {account: parent for account, user, parent, _ in rows if not user}
        for account, _, _, lineage in rows:
            way = [account]
            while parents.get(way[-1], "root") not in {"root", ""}:
                way.append(parents[way[-1]])
            place = [part for part in lineage.split("/") if part and not part.startswith("0-")]
            if words[2] in way and account != "root" and place != way[::-1]:
                return True
        return False

    def _one(self, some: Sequence[str]) -> str:
        return self.chance.choice(some)

    def _limits(self) -> list[str]:
        found = [
            f"GrpTRES=cpu={self.chance.randint(0, 90)}",
            f"GrpTRES=mem={self.chance.randint(1, 9)}G,cpu=-1",
            "GrpTRESMins=cpu=-1,gres/gpu=7",
            f"MaxTRESMins=cpu={self.chance.randint(1, 9)}",
            f"MaxJobs={self.chance.randint(-1, 9)}",
            f"GrpJobs={self.chance.randint(-1, 9)}",
            f"MaxWall={self._one(('-1', '100', '1-00:00:00'))}",
            f"Fairshare={self._one(('parent', '3', '1'))}",
            f"GrpWall={self.chance.randint(-1, 99)}",
            f"Priority={self.chance.randint(-1, 9)}",
            f"MaxSubmitJobs={self.chance.randint(-1, 9)}",
            f"MinPrioThresh={self.chance.randint(-1, 9)}",
        ]
        return self.chance.sample(found, self.chance.randint(1, 2))

    def _qos_level(self) -> str:
        names = ",".join(self.chance.sample(QOS_NAMES, self.chance.randint(1, 2)))
        return self._one((f"qos+={names}", f"qos-={names}", f"qos={names}", "qos="))

    def _of_qos(self) -> list[str]:
        found = [
            f"Priority={self.chance.randint(-1, 99)}",
            f"Flags{self._one(('=', '+=', '-='))}{self._one(('DenyOnLimit', 'NoDecay,NoReserve'))}",
            "Flags=-1",
            f"GrpTRES=cpu={self.chance.randint(-1, 9)}",
            f"MaxTRESPU=gres/gpu={self.chance.randint(1, 9)}",
            f"MinTRES=cpu={self.chance.randint(-1, 9)}",
            f"MaxWall={self.chance.randint(-1, 999)}",
            f"MaxJobsPU={self.chance.randint(-1, 9)}",
            f"MaxSubmitJobsPA={self.chance.randint(-1, 9)}",
            f"GraceTime={self.chance.randint(0, 9)}",
            f"UsageFactor={self._one(('0.5', '2', '-1'))}",
            f"LimitFactor={self._one(('1.5', '-1'))}",
            f"PreemptMode={self._one(('cancel', 'requeue', 'cluster', 'within,cancel'))}",
            f"PreemptExemptTime={self.chance.randint(-1, 9)}",
            # Not one that may be deleted: 24.11 could not show any QOS in JSON from then on.
            f"Preempt{self._one(('=', '+=', '-='))}normal",
        ]
        return self.chance.sample(found, self.chance.randint(1, 2))

    def _words(self) -> list[str]:
        account, user, qos = self._one(ACCOUNTS), self._one(USERS), self._one(QOS_NAMES)
        other = self._one(("root", *ACCOUNTS))
        text = self._one(TEXTS)
        here = f"cluster={self.cluster.cluster_name}"
        steps: list[Callable[[], list[str]]] = [
            lambda: ["add", "account", account, f"parent={other}", *self._limits()],
            lambda: ["add", "account", account, f"parent={other}", f"Description={text}"],
            lambda: ["add", "account", account, f"QOS={self._one('+-')}{qos}"],
            lambda: ["add", "user", user, f"account={account}", f"QOS={self._one('+-')}{qos}"],
            lambda: ["add", "user", user, f"account={account}", *self._limits()],
            lambda: ["add", "user", user, f"account={account}", "partition=debug"],
            lambda: ["add", "user", user, f"account={account},{other}"],
            lambda: ["modify", "account", account, "set", *self._limits()],
            lambda: ["modify", "account", f"{account},{other}", "set", *self._limits()],
            lambda: ["modify", "account", account, "set", self._qos_level()],
            lambda: ["modify", "user", user, "where", f"account={account}", "set", *self._limits()],
            lambda: ["modify", "user", user, "set", self._qos_level()],
            lambda: ["modify", "account", account, "set", f"DefaultQOS={self._one((qos, '-1'))}"],
            lambda: ["modify", "account", account, "set", f"parent={other}"],
            lambda: ["modify", "account", account, "set", f"Description={text}", "Comment=c"],
            lambda: ["modify", "account", account, "set", f"Organization={text}"],
            lambda: ["modify", "user", user, "set", f"DefaultAccount={account}"],
            lambda: [
                "modify",
                "user",
                user,
                "set",
                f"AdminLevel={self._one(('none', 'operator'))}",
            ],
            lambda: ["add", "coordinator", f"account={account}", f"names={user}"],
            lambda: ["delete", "coordinator", f"account={account}", f"names={user}"],
            lambda: ["add", "qos", qos, *self._of_qos()],
            lambda: ["modify", "qos", qos, "set", *self._of_qos()],
            lambda: ["modify", "qos", f"{qos},jq1", "set", "GrpTRES=cpu=5", "GrpJobs=3"],
            lambda: ["delete", "user", user, "where", f"account={account}"],
        ]
        rare: list[Callable[[], list[str]]] = [
            lambda: ["delete", "account", account],
            lambda: ["delete", "account", account, here],
            lambda: ["delete", "user", user],
            lambda: ["delete", "qos", qos],
            lambda: ["modify", "cluster", self.cluster.cluster_name, "set", "MaxJobs=7"],
        ]
        return self.chance.choice(rare if self.chance.random() < 0.08 else steps)()

    def _ours(self) -> list[str]:
        account, user, qos = self._one(ACCOUNTS), self._one(USERS), self._one(QOS_NAMES)
        other = self._one(("root", *ACCOUNTS))
        steps: list[Callable[[], list[str]]] = [
            lambda: ["account", "add", account, f"parent={other}", *self._limits()],
            lambda: ["user", "add", user, f"account={account}", *self._limits()],
            lambda: ["account", "modify", account, "set", *self._limits()],
            lambda: ["account", "modify", account, "set", self._qos_level()],
            lambda: ["account", "modify", account, "set", f"parent={other}"],
            lambda: ["account", "modify", account, "set", f"Description={self._one(TEXTS)}"],
            lambda: ["user", "modify", user, f"account={account}", "set", *self._limits()],
            lambda: ["user", "modify", user, "set", f"DefaultAccount={account}"],
            lambda: ["user", "modify", user, "set", "AdminLevel=Operator"],
            lambda: ["coordinator", "add", user, f"account={account}"],
            lambda: ["qos", "add", qos, *self._of_qos()],
            lambda: ["qos", "modify", qos, "set", *self._of_qos()],
        ]
        rare: list[Callable[[], list[str]]] = [
            lambda: ["account", "delete", account],
            lambda: ["user", "delete", user],
        ]
        return self.chance.choice(rare if self.chance.random() < 0.05 else steps)()


def made(steps: Steps, count: int) -> Iterator[int]:
    """Make writes; yield after each how many there were."""
    for number in range(count):
        steps.one()
        yield number + 1
