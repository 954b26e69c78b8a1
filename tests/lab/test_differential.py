"""The two roads side by side: random operations over REST on one cluster, over commands on another.

Both clusters are of one release and in one slurmdbd, where accounts, users and QOS are common to
all clusters: so each road has names of its own (a_, b_), which are made alike before anything is
compared. After each step exit code, words and sacctmgr's own view of the state must agree.

    make differential            random seeds, DIFFERENTIAL_STEPS steps (20000)
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from .cells import Cell, Cli, neutral, state
from .cluster import Cluster

OTHER = "other"
STEPS = 25  # of one sequence
SEQUENCES = 5  # of one seed
SEEDS = (1, 2, 3, 4)
LONG = int(os.environ.get("DIFFERENTIAL_STEPS", "0"))

# `@` becomes the road's prefix. All sort before "normal" and "root", which both roads have.
ACCOUNTS = ("@a", "@b", "@c", "@d")
USERS = ("@u", "@v", "@w")
QOS = ("@x", "@y")
PARTITIONS = ("gpu", "batch")

number = st.sampled_from(["0", "1", "7", "-1"])
qos_set = st.sampled_from(["normal", "@x", "normal,@x", "@x,@y", "normal,@x,@y"])
TRES = (
    "cpu=1",
    "cpu=-1",
    "cpu=4,mem=1G",
    "gres/gpu=2",
    "mem=3000,cpu=9",
    "mem=-1,gres/gpu=1",
    "-1",
)
LIMITS: Mapping[str, st.SearchStrategy[str]] = {
    "Fairshare": st.sampled_from(["1", "2", "parent"]),
    "Priority": number,
    "GrpJobs": number,
    "GrpTRES": st.sampled_from(TRES),
    "GrpTRESMins": st.sampled_from(TRES),
    "MaxTRES": st.sampled_from(TRES),
    "MaxTRESMins": st.sampled_from(TRES),
    "MaxJobs": number,
    "MaxWall": st.sampled_from(["10", "1-0", "-1"]),
    "GrpWall": st.sampled_from(["10", "1-0", "-1"]),
    "MaxSubmitJobs": number,
    "DefaultQOS": st.sampled_from(["normal", "@x", "-1"]),
    "QosLevel": qos_set,
}
TEXTS = {
    "Description": st.sampled_from(["one", "Two words", "a=b,c"]),
    "Organization": st.sampled_from(["org", "another one"]),
}
QOS_FIELDS: Mapping[str, st.SearchStrategy[str]] = {
    "Description": TEXTS["Description"],
    "Priority": number,
    "GraceTime": st.sampled_from(["0", "90"]),
    "Flags": st.sampled_from(["DenyOnLimit", "NoDecay,DenyOnLimit", "-1"]),
    "PreemptMode": st.sampled_from(["cluster", "cancel", "requeue"]),
    "PreemptExemptTime": st.sampled_from(["10", "00:00:30", "-1"]),
    "UsageFactor": st.sampled_from(["0.5", "2", "-1"]),
    "UsageThreshold": st.sampled_from(["0.25", "-1"]),
    "GrpTRES": st.sampled_from(TRES),
    "MaxTRESPU": st.sampled_from(TRES),
    "MinTRES": st.sampled_from(TRES),
    "MaxTRESMins": st.sampled_from(TRES),
    "GrpJobs": number,
    "MaxJobsPU": number,
    "MaxWall": st.sampled_from(["10", "-1"]),
}


def some(values: Sequence[str], most: int = 2) -> st.SearchStrategy[str]:
    """Draw a comma list of a few."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(",".join)


@st.composite
def assigning(draw: st.DrawFn, fields: Mapping[str, st.SearchStrategy[str]], least: int = 1) -> str:
    """Draw a few assignments to different fields."""
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=least, max_size=4, unique=True))
    return " ".join(f"{name}='{draw(fields[name])}'" for name in names)


@st.composite
def places(draw: st.DrawFn) -> str:
    """Draw conditions that select associations."""
    words = [f"account={draw(some(ACCOUNTS))}"]
    words += [f"user={draw(some(USERS) | st.just(''))}"] if draw(st.booleans()) else []
    partition = st.sampled_from(["", "gpu", "batch", "gpu,batch"])
    words += [f"partition={draw(partition)}"] if draw(st.booleans()) else []
    return " ".join(words)


class Roads(RuleBasedStateMachine):
    """Each rule is one sentence, spoken over both roads."""

    cluster: ClassVar[Cluster]
    rest: ClassVar[Cli]
    commands: ClassVar[Cli]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.cluster.reset()
        self.cluster.sacctmgr("add", "cluster", OTHER)
        for p, name in (("a_", self.cluster.cluster_name), ("b_", OTHER)):
            here = f"cluster={name}"
            self.cluster.sacctmgr("add", "qos", f"{p}x,{p}y")
            self.cluster.sacctmgr("add", "account", f"{p}a", here, f"qoslevel=normal,{p}x")
            self.cluster.sacctmgr("add", "account", f"{p}b", f"parent={p}a", here)
            self.cluster.sacctmgr("add", "user", f"{p}u,{p}v", f"account={p}a,{p}b", here)

    @rule(
        names=some(ACCOUNTS),
        parent=st.sampled_from([*ACCOUNTS, "root", "root"]),
        values=assigning({**LIMITS, **TEXTS}, 0),
    )
    def add_accounts(self, names: str, parent: str, values: str) -> None:
        self.speak(f"account add {names} parent={parent} {values}")

    @rule(names=some(ACCOUNTS), values=assigning({**LIMITS, **TEXTS}))
    def modify_accounts(self, names: str, values: str) -> None:
        self.speak(f"account modify {names} set {values}")

    @rule(name=st.sampled_from(ACCOUNTS), parent=st.sampled_from([*ACCOUNTS, "root"]))
    def move_account(self, name: str, parent: str) -> None:
        self.speak(f"account modify {name} set parent={parent}")

    @rule(names=some(ACCOUNTS))
    def delete_accounts(self, names: str) -> None:
        self.speak(f"account delete {names}")

    @rule(
        users=some(USERS),
        accounts=some(ACCOUNTS),
        partitions=some(PARTITIONS) | st.just("") | st.just(""),
        values=assigning(LIMITS, 0),
    )
    def add_users(self, users: str, accounts: str, partitions: str, values: str) -> None:
        where = f"partition={partitions}" if partitions else ""
        self.speak(f"user add {users} account={accounts} {where} {values}")

    @rule(
        user=st.sampled_from(USERS),
        account=st.sampled_from(ACCOUNTS),
        level=st.sampled_from(["", "AdminLevel=Operator", "AdminLevel=None"]),
    )
    def modify_user(self, user: str, account: str, level: str) -> None:
        self.speak(f"user modify {user} set DefaultAccount={account} {level}")

    @rule(users=some(USERS), values=assigning(LIMITS))
    def modify_users(self, users: str, values: str) -> None:
        self.speak(f"user modify {users} set {values}")

    @rule(users=some(USERS), where=some(ACCOUNTS) | st.just(""), last=st.booleans())
    def delete_users(self, users: str, where: str, last: bool) -> None:
        account = f"where account={where}" if where else ""
        self.speak(f"user delete {users} {account} {'--last' if last else ''}")

    @rule(where=places(), values=assigning(LIMITS))
    def modify_associations(self, where: str, values: str) -> None:
        self.speak(f"assoc modify where {where} set {values}")

    @rule(
        user=st.sampled_from([*USERS, "''"]),
        account=st.sampled_from(ACCOUNTS),
        act=st.sampled_from(["+=", "-="]),
        names=qos_set,
    )
    def change_qos_of_one(self, user: str, account: str, act: str, names: str) -> None:
        where = f"account={account} user={user} partition=''"
        self.speak(f"assoc modify where {where} set QosLevel{act}{names}")

    @rule(where=places())
    def delete_associations(self, where: str) -> None:
        self.speak(f"assoc delete where {where}")

    @rule(
        verb=st.sampled_from(["add", "add", "delete"]), users=some(USERS), accounts=some(ACCOUNTS)
    )
    def coordinate(self, verb: str, users: str, accounts: str) -> None:
        self.speak(f"coordinator {verb} {users} account={accounts}")

    @rule(names=some(QOS), values=assigning(QOS_FIELDS, 0))
    def add_qos(self, names: str, values: str) -> None:
        self.speak(f"qos add {names} {values}")

    @rule(names=some(QOS), values=assigning(QOS_FIELDS))
    def modify_qos(self, names: str, values: str) -> None:
        self.speak(f"qos modify {names} set {values}")

    @rule(
        name=st.sampled_from(QOS),
        change=st.sampled_from(
            [
                "Flags+=NoReserve",
                "Flags-=NoDecay",
                "Preempt=normal",
                "Preempt+=@y",
                "Preempt-=normal",
            ]
        ),
    )
    def change_one_qos(self, name: str, change: str) -> None:
        self.speak(f"qos modify {name} set {change}")

    @rule(name=st.sampled_from(QOS))
    def delete_qos(self, name: str) -> None:
        self.speak(f"qos delete {name}")

    @rule(
        sentence=st.sampled_from(
            [
                "assoc list -P",
                "assoc list -P WOPLimits format=Account,User,Partition,QOS,DefaultQOS,MaxTRES,Default",
                "assoc list --output ndjson",
                "assoc list --output ndjson where account=@a,@b WithSubAccounts",
                "assoc list -P where user=@u,@v partition=''",
                "assoc tree",
                "account list --output ndjson",
                "user list --output ndjson",
                "user list -P where account=@a",
                "qos list --output ndjson",
                "coordinator list -P",
            ]
        )
    )
    def look(self, sentence: str) -> None:
        self.speak(sentence, writes=False)

    def speak(self, sentence: str, *, writes: bool = True) -> None:
        """Say the sentence over both roads; what they answer and leave behind must be alike."""
        type(self).steps += 1
        note(sentence)
        immediate = " -i" if writes else ""
        first = self.rest(sentence.replace("@", "a_") + immediate)
        if first.code == 10:  # what slurmrestd cannot do, it has not begun
            assert "slurmrestd cannot" in first.err
            return
        second = self.commands(sentence.replace("@", "b_") + immediate)
        name = self.cluster.cluster_name
        left = alike(first.both, "a_", name, self.cluster)
        right = alike(second.both, "b_", OTHER, self.cluster)
        assert (first.code, left) == (second.code, right)
        if writes:
            there = alike(state(self.cluster), "a_", name, self.cluster)
            here = alike(state(self.cluster, OTHER), "b_", OTHER, self.cluster)
            assert there == here


def alike(text: str, prefix: str, cluster_name: str, cluster: Cluster) -> str:
    """Return text without what is the other road's, and with the same names over both roads."""
    other = {"a_": "b_", "b_": "a_"}[prefix]
    lines = [line for line in neutral(text, cluster).splitlines() if not is_of(line, other)]
    kept = "\n".join(lines)
    kept = re.sub(rf"\b{other}\w+, |, {other}\w+\b", "", kept)  # in lists of what is known
    kept = re.sub(rf"\b{prefix}", "@", kept)
    kept = re.sub(r'"Clusters": \[[^]]*\]', '"Clusters": [...]', kept)  # root is on both
    # sacctmgr tells the default account on its own cluster alone; `*` tells it on each.
    kept = re.sub(r"^(user .*) default=@?\w+", r"\1", kept, flags=re.MULTILINE)
    return re.sub(rf"\b({cluster_name}|CLUSTER)\b", "CLUSTER", kept)


def is_of(line: str, prefix: str) -> bool:
    """Tell whether a line of a list or of the state is about the other road's objects."""
    subject = r'^(account |assoc |user |qos |\{"\w+": "|.*"User": ")?'
    return re.match(rf"{subject}{prefix}", line) is not None


def machine(cluster: Cluster, folder: Path) -> type[Roads]:
    """Return the machine for one release: REST on its cluster, the commands on the other."""
    (folder / "rest").mkdir()
    (folder / "commands").mkdir()
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), folder / "rest")
    commands = Cli(Cell(cluster, "cli"), folder / "commands")
    text = commands.config.read_text().replace(
        f'cluster_name = "{cluster.cluster_name}"', f'cluster_name = "{OTHER}"'
    )
    commands.config.write_text(text)
    return type("Roads", (Roads,), {"cluster": cluster, "rest": rest, "commands": commands})


def run(cluster: Cluster, folder: Path, number_of_seed: int | None, sequences: int) -> int:
    """Run sequences of steps; return how many steps there were."""
    roads = machine(cluster, folder)
    profile = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )

    if number_of_seed is not None:
        seed(number_of_seed)(roads)
    run_state_machine_as_test(roads, settings=profile)
    return roads.steps


@pytest.mark.skipif(bool(LONG), reason="the longer run has its own test")
@pytest.mark.parametrize("number_of_seed", SEEDS)
def test_both_roads_agree_after_each_step(
    cluster: Cluster, tmp_path: Path, number_of_seed: int
) -> None:
    assert run(cluster, tmp_path, number_of_seed, SEQUENCES) >= STEPS * SEQUENCES
