"""The two executors side by side: random operations, REST on one cluster and commands on another.

Both clusters are of one release and in one slurmdbd, where accounts, users and QOS are common to
all clusters: so each executor has names of its own (a_, b_), made alike before anything is
compared. After each step exit code, words and sacctmgr's own view of the state must agree.

    make differential            DIFFERENTIAL_STEPS steps (5000) a release, from a random seed
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from .cells import Cell, Cli, Result, neutral, states
from .cluster import Cluster

OTHER = "clusterb"  # a word that no message holds
STEPS = 25  # of one sequence
SEQUENCES = 6  # of one seed; so that both releases do 500 steps at least
SEEDS = {"trixie": (1, 2), "forky": (3, 4)}
"""By release: the operations are the same, whichever Slurm does them."""
LONG = int(os.environ.get("DIFFERENTIAL_STEPS", "0"))  # of a longer run, with a seed of its own

# `@` becomes the executor's prefix. All sort before "normal" and "root", which both executors have.
ACCOUNTS = ("@a", "@b", "@c", "@d", "@e", "@f")
USERS = ("@u", "@v", "@w", "@z")
QOS = ("@x", "@y", "@q")

NUMBERS = ("0", "1", "7", "-1")
QOS_SETS = ("normal", "@x", "normal,@x", "@x,@y", "normal,@x,@y")
TRES = (
    "cpu=1",
    "cpu=-1",
    "cpu=4,mem=1G",
    "gres/gpu=2",
    "mem=3000,cpu=9",
    "mem=-1,gres/gpu=1",
    "-1",
)
WALL = ("10", "1-0", "-1")

Choices = Mapping[str, Sequence[str]]

LIMITS: Choices = {
    "Fairshare": ("1", "2", "parent"),
    "Priority": NUMBERS,
    "GrpJobs": NUMBERS,
    "GrpTRES": TRES,
    "GrpTRESMins": TRES,
    "MaxTRES": TRES,
    "MaxTRESMins": TRES,
    "MaxJobs": NUMBERS,
    "MaxWall": WALL,
    "GrpWall": WALL,
    "MaxSubmitJobs": NUMBERS,
    "DefaultQOS": ("normal", "@x", "-1"),
    "QosLevel": QOS_SETS,
}
TEXTS: Choices = {
    "Description": ("one", "Two words", "a=b,c"),
    "Organization": ("org", "another one"),
}
QOS_FIELDS: Choices = {
    "Description": TEXTS["Description"],
    "Priority": NUMBERS,
    "GraceTime": ("0", "90"),
    "Flags": ("DenyOnLimit", "NoDecay,DenyOnLimit", "-1"),
    "PreemptMode": ("cluster", "cancel", "requeue"),
    "PreemptExemptTime": ("10", "00:00:30", "-1"),
    "UsageFactor": ("0.5", "2", "-1"),
    "UsageThreshold": ("0.25", "-1"),
    "GrpTRES": TRES,
    "MaxTRESPU": TRES,
    "MinTRES": TRES,
    "MaxTRESMins": TRES,
    "GrpJobs": NUMBERS,
    "MaxJobsPU": NUMBERS,
    "MaxWall": WALL,
}
LOOKS = (
    "assoc list -P",
    "assoc list -P WOPLimits format=Account,User,Partition,QOS,DefQOS,MaxTRES,Default",
    "assoc list --output ndjson",
    "assoc list --output ndjson where account=@a,@b WithSubAccounts",
    "assoc list -P where user=@u,@v partition=''",
    "assoc tree",
    "account list --output ndjson",
    "user list --output ndjson",
    "user list -P where account=@a",
    "qos list --output ndjson",
    "coordinator list -P",
)
# {braces} are filled in; `+` asks for what is not there yet, all others for what is.
WRITES = (
    "account add {accounts+} parent={parent} {maybe_of_account}",
    "account modify {accounts} set {of_account}",
    "account modify {account} set parent={parent}",
    "account delete {accounts}",
    "user add {users+} account={accounts} {in_partitions} {maybe_limits}",
    "user add {users} account={accounts} {in_partitions} {maybe_limits}",
    "user add --from {file_of_users} {maybe_limits}",
    "assoc add --from {file_of_rows} {maybe_limits}",
    "user modify {user} set DefaultAccount={account} {level} {maybe_limits}",
    "user modify {users} set {limits}",
    "user modify {users} where account={accounts} set {limits}",
    "user delete {user}",
    "user delete {users} where account={accounts} {last}",
    "user delete {users} where account={account} {of_partition} {last}",
    "assoc modify where account={accounts} {of_partition} set {limits}",
    "assoc modify where account={accounts} user={users} {of_partition} set {limits}",
    "assoc modify where account={account} user={user} partition='' set QosLevel{act}{qos_set}",
    "assoc modify where account={account} user='' set QosLevel{act}{qos_set}",
    "assoc delete where account={account} user={users} {of_partition}",
    "assoc delete where account={account} {of_partition}",
    "coordinator add {users} account={accounts}",
    "coordinator delete {users} account={accounts}",
    "qos add {many_qos+} {maybe_of_qos}",
    "qos modify {many_qos} set {of_qos}",
    "qos modify {qos} set {one_qos}",
    "qos delete {qos}",
)
NAMES: Mapping[str, tuple[Sequence[str], str, int]] = {
    "account": (ACCOUNTS, "assoc", 1),
    "accounts": (ACCOUNTS, "assoc", 2),
    "parent": (("root", *ACCOUNTS), "assoc", 1),
    "user": (USERS, "user", 1),
    "users": (USERS, "user", 2),
    "qos": (QOS, "qos", 1),
    "many_qos": (QOS, "qos", 2),
}
ASSIGNMENTS: Mapping[str, tuple[Choices, int]] = {
    "limits": (LIMITS, 1),
    "maybe_limits": (LIMITS, 0),
    "of_account": ({**LIMITS, **TEXTS}, 1),
    "maybe_of_account": ({**LIMITS, **TEXTS}, 0),
    "of_qos": (QOS_FIELDS, 1),
    "maybe_of_qos": (QOS_FIELDS, 0),
}
WORDS: Choices = {
    "in_partitions": ("", "", "partition=gpu", "partition=gpu,batch"),
    "of_partition": ("", "", "partition=''", "partition=gpu", "partition=gpu,batch"),
    "level": ("", "AdminLevel=Operator", "AdminLevel=None"),
    "act": ("+=", "-="),
    "qos_set": QOS_SETS,
    "one_qos": (
        *("Flags+=NoReserve", "Flags-=NoDecay", "Preempt=normal", "Preempt+=@y"),
        "Preempt-=normal",
    ),
    "last": ("", "--last"),
}


FILES: Mapping[str, tuple[str, ...]] = {
    "file_of_users": ("user", "account", "partition", "maxjobs", "grptres", "defaultaccount"),
    "file_of_rows": ("account", "user", "partition", "maxjobs", "grptres"),
}
"""Their columns. The file stands behind the sentence, a line a row."""


def rows_of_file(there: Mapping[str, set[str]], chance: Random) -> Iterator[dict[str, str]]:
    """Draw rows: several a user, partitions and none mixed, a default account in any of them."""
    accounts = sorted(there["assoc"]) or list(ACCOUNTS)
    for user in chance.sample(USERS, chance.randint(1, len(USERS))):
        joined = [chance.choice(accounts) for _ in range(chance.randint(1, 4))]
        default = chance.choice(joined if chance.random() < 0.9 else accounts)
        named = chance.choice(["all", "one", "none"])
        says = range(len(joined)) if named == "all" else (chance.randrange(len(joined)),)
        for number, account in enumerate(joined):
            yield {
                "user": user,
                "account": account,
                "partition": chance.choice(("", "", "gpu", "batch")),
                "maxjobs": chance.choice(("", "1", "2", "3", "4", "5")),
                "grptres": chance.choice(("", "", "cpu=1", "mem=5")),
                "defaultaccount": default if number in says and named != "none" else "",
            }


def file_of(columns: Sequence[str], there: Mapping[str, set[str]], chance: Random) -> str:
    """Draw a file with these columns; rows of one association stand in it once."""
    rows = {(r["user"], r["account"], r["partition"]): r for r in rows_of_file(there, chance)}
    lines = [",".join(row[column] for column in columns) for row in rows.values()]
    chance.shuffle(lines)
    return "\n".join([",".join(columns), *lines])


def filled(sentence: str, there: Mapping[str, set[str]], chance: Random) -> str:
    """Fill in the braces of a sentence; one name in ten is any, there or not."""

    def drawn(match: re.Match[str]) -> str:
        name, new = match.groups()
        if name in FILES:
            files.append(file_of(FILES[name], there, chance))
            return "rows.csv"
        if name in WORDS:
            return chance.choice(WORDS[name])
        if name in ASSIGNMENTS:
            fields, least = ASSIGNMENTS[name]
            chosen = chance.sample(sorted(fields), chance.randint(least, 4))
            return " ".join(f"{field}='{chance.choice(fields[field])}'" for field in chosen)
        possible, noun, most = NAMES[name]
        fitting = [one for one in possible if (one in {"root", *there[noun]}) != bool(new)]
        names = possible if chance.random() < 0.1 or not fitting else fitting
        return ",".join(chance.sample(names, chance.randint(1, min(most, len(names)))))

    files: list[str] = []
    return "\n".join([re.sub(r"\{(\w+)(\+?)\}", drawn, sentence), *files])


MOVES_AWAY = "its DefaultQOS would not be in its QosLevel (set"
"""Slurm's own refusal to move an account from the default QOS of a user below it. sacctmgr does
not refuse; the program itself looks at the account alone."""


class Executors(RuleBasedStateMachine):
    """Each step is one sentence, spoken over both executors. Mostly it is about what there is."""

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
        self.spoken: list[str] = []
        self.there = {"assoc": {"@a", "@b"}, "user": {"@u", "@v"}, "qos": {"@x", "@y"}}

    @rule(number=st.integers(0, 2**64))
    def step(self, number: int) -> None:
        """Draw a sentence and speak it. Hypothesis likes to repeat itself; the step does not."""
        chance = Random(f"{number} {len(self.spoken)}")  # noqa: S311 (a test's choices)
        if chance.random() < 0.1:
            self.speak(chance.choice(LOOKS), writes=False)
        else:
            self.speak(filled(chance.choice(WRITES), self.there, chance))

    def speak(self, sentence: str, *, writes: bool = True) -> None:
        """Say the sentence over both executors; what they answer and leave behind must be alike."""
        type(self).steps += 1
        self.spoken.append(sentence)
        note(sentence)
        immediate = " -i" if writes else ""
        first = self.said(self.rest, sentence.replace("@", "a_"), immediate)
        if first.code == 10:  # what slurmrestd cannot do, it has not begun
            assert "slurmrestd cannot" in first.err
            return
        if first.code == 4 and MOVES_AWAY in first.err:  # nor has it done that
            return
        second = self.said(self.commands, sentence.replace("@", "b_"), immediate)
        name = self.cluster.cluster_name
        left = alike(first.both, "a_", name, self.cluster)
        right = alike(second.both, "b_", OTHER, self.cluster)
        assert (first.code, left) == (second.code, right)
        if writes:
            theirs, ours = states(self.cluster, name, OTHER)
            there = alike(theirs, "a_", name, self.cluster)
            here = alike(ours, "b_", OTHER, self.cluster)
            assert there == here
            found = re.findall(r"^(assoc|user|qos) (@\w+)", here, re.MULTILINE)
            self.there = {n: {what for m, what in found if m == n} for n in self.there}

    def said(self, executor: Cli, sentence: str, immediate: str) -> Result:
        """Say the sentence over one executor; what stands in further lines is its file."""
        words, *rows = sentence.split("\n")
        file = executor.config.parent.parent / "rows.csv"
        file.write_text("".join(f"{line}\n" for line in rows))
        return executor(words.replace("rows.csv", str(file)) + immediate)


def alike(text: str, prefix: str, cluster_name: str, cluster: Cluster) -> str:
    """Return text without what is of the other executor, and with the same names over both."""
    other = {"a_": "b_", "b_": "a_"}[prefix]
    lines = [line for line in neutral(text, cluster).splitlines() if not is_of(line, other)]
    kept = "\n".join(lines)
    kept = re.sub(rf"\b{other}\w+, |, {other}\w+\b", "", kept)  # in lists of what is known
    kept = re.sub(rf"\b{prefix}", "@", kept)
    kept = re.sub(r'"Clusters": \[[^]]*\]', '"Clusters": [...]', kept)  # root is on both
    kept = re.sub(r'"ID": \d+', '"ID": N', kept)  # each has objects of its own
    # sacctmgr tells the default account on its own cluster alone; `*` tells it on each.
    kept = re.sub(r"^(user .*) default=@?\w+", r"\1", kept, flags=re.MULTILINE)
    return re.sub(rf"\b({cluster_name}|CLUSTER)\b", "CLUSTER", kept)


def is_of(line: str, prefix: str) -> bool:
    """Tell whether a line of a list or of the state is about the other executor's objects."""
    subject = r'^(account |assoc |user |qos |\{"\w+": "|.*"User": ")?'
    return re.match(rf"{subject}{prefix}", line) is not None


def machine(cluster: Cluster, folder: Path) -> type[Executors]:
    """Return the machine for one release: REST on its cluster, the commands on the other."""
    (folder / "rest").mkdir()
    (folder / "commands").mkdir()
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), folder / "rest")
    commands = Cli(Cell(cluster, "cli"), folder / "commands")
    text = commands.config.read_text().replace(
        f'cluster_name = "{cluster.cluster_name}"', f'cluster_name = "{OTHER}"'
    )
    commands.config.write_text(text)
    return type("Executors", (Executors,), {"cluster": cluster, "rest": rest, "commands": commands})


def run(cluster: Cluster, folder: Path, number_of_seed: int | None, sequences: int) -> int:
    """Run sequences of steps; return how many steps there were."""
    executors = machine(cluster, folder)
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
        seed(number_of_seed)(executors)
    run_state_machine_as_test(executors, settings=profile)
    return executors.steps


@pytest.mark.parametrize("half", [0, 1])
def test_both_executors_agree_after_each_step(cluster: Cluster, tmp_path: Path, half: int) -> None:
    number = None if LONG else SEEDS[cluster.suite][half]
    sequences = LONG // STEPS // 2 if LONG else SEQUENCES
    # Now and then Hypothesis ends a sequence early.
    assert run(cluster, tmp_path, number, sequences) >= STEPS * sequences * 5 // 6
