"""python -m tests.lab.races: two writers at once, many rounds, and what became of their changes.

Both writers are processes of their own that begin at the same moment, give or take what one write
takes. A round is silent where both exit with 0 and one change is gone. ROUNDS says how many rounds
each line has, LAB_SUITES on which clusters, RACES which lines: a regular expression; without it
those of LIMITS.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slurmctl_rest.cli.app import main

from . import cluster as lab
from . import recipe
from .cells import PROFILE, Cell, Cli
from .cluster import Cluster

ACCOUNT = "racing"
STAGGER_S = 0.06
"""How much later than the other a writer may begin: a write takes about so long."""


@dataclass(frozen=True)
class Pair:
    """Two changes that do not contradict each other, and how to see both in sacctmgr's words.

    first, second  what each writer runs; {n} is the number of the round, {odd} is 0 or 1
    prepare        sacctmgr's words before each round
    look           sacctmgr's words that show what is there
    shown          what that prints where both changes are there: first's part, and second's
    """

    first: str
    second: str
    look: str
    shown: tuple[str, str]
    prepare: tuple[str, ...] = ()


def _limits(first: str, second: str, columns: str, shown: tuple[str, str]) -> Pair:
    where = f"account={ACCOUNT} format={columns}"
    return Pair(
        f"account modify {ACCOUNT} set {first}",
        f"account modify {ACCOUNT} set {second}",
        f"show assoc where user= {where}",
        shown,
    )


LIMITS: Mapping[str, Pair] = {
    "same list": _limits("GrpTRES=cpu={n}", "GrpTRES=mem={n}M", "GrpTRES", ("cpu={n}", "mem={n}M")),
    "different fields": _limits(
        "MaxJobs={n}", "GrpTRES=cpu={n}", "MaxJobs,GrpTRES", ("{n}|", "cpu={n}")
    ),
}
NEIGHBOURS: Mapping[str, Pair] = {
    "QosLevel": Pair(
        f"account modify {ACCOUNT} set QosLevel+=low",
        f"account modify {ACCOUNT} set QosLevel+=high",
        f"show assoc where user= account={ACCOUNT} format=QOS",
        ("low", "high"),
        (f"modify account {ACCOUNT} set qos=normal",),
    ),
    "QOS flags": Pair(
        "qos modify low set Flags+=DenyOnLimit",
        "qos modify low set Flags+=NoDecay",
        "show qos where name=low format=Flags",
        ("DenyOnLimit", "NoDecay"),
        ("modify qos low set flags=-1",),
    ),
    "QOS TRES": Pair(
        "qos modify low set GrpTRES=cpu={n}",
        "qos modify low set GrpTRES=mem={n}M",
        "show qos where name=low format=GrpTRES",
        ("cpu={n}", "mem={n}M"),
    ),
    "QOS preempt": Pair(
        "qos modify low set Preempt+=high",
        "qos modify low set Preempt+=normal",
        "show qos where name=low format=Preempt",
        ("high", "normal"),
        ("modify qos low set preempt=",),
    ),
    "PreemptMode": Pair(
        "qos modify low set PreemptMode=cancel",
        "qos modify low set Priority={n}",
        "show qos where name=low format=PreemptMode,Priority",
        ("cancel", "|{n}"),
        ("modify qos low set preemptmode=cluster priority=0",),
    ),
    "coordinators": Pair(
        f"coordinator add alice account={ACCOUNT}",
        f"coordinator add bob account={ACCOUNT}",
        f"show account where name={ACCOUNT} withcoord format=Coord",
        ("alice", "bob"),
        (f"delete coordinator account={ACCOUNT} names=alice,bob",),
    ),
    "coordinator and text": Pair(
        f"coordinator add alice account={ACCOUNT}",
        f"account modify {ACCOUNT} set Description=text{{n}}",
        f"show account where name={ACCOUNT} withcoord format=Coord,Descr",
        ("alice", "text{n}"),
        (f"delete coordinator account={ACCOUNT} names=alice,bob",),
    ),
    "two texts": Pair(
        f"account modify {ACCOUNT} set Organization=org{{n}}",
        f"account modify {ACCOUNT} set Description=text{{n}}",
        f"show account where name={ACCOUNT} format=Org,Descr",
        ("org{n}", "text{n}"),
    ),
    "default account and level": Pair(
        "user modify alice set DefaultAccount=lasers",
        "user modify alice set AdminLevel=Operator",
        "show user where name=alice format=DefaultAccount,AdminLevel",
        ("lasers", "Operator"),
        (f"modify user alice set defaultaccount={ACCOUNT} adminlevel=none",),
    ),
    "add and modify": Pair(
        "user add carol account=lasers",
        "account modify lasers set GrpTRES=cpu={n}",
        "show assoc where account=lasers format=User,GrpTRES",
        ("carol", "cpu={n}"),
        ("delete user carol",),
    ),
    "delete and modify": Pair(
        "assoc delete where user=bob account=lasers",
        "assoc modify where user=bob account=lasers,{a} set GrpTRES=cpu={n}".replace(
            "{a}", ACCOUNT
        ),
        f"show assoc where account={ACCOUNT},lasers user=bob format=Account,GrpTRES",
        ("", f"{ACCOUNT}|cpu={{n}}"),
        ("add user bob account=lasers",),
    ),
    "delete and delete": Pair(
        "assoc delete where user=bob account=lasers",
        "user modify bob set AdminLevel=Operator",
        "show user where name=bob format=User,AdminLevel",
        ("", "Operator"),
        ("add user bob account=lasers", "modify user bob set adminlevel=none"),
    ),
}
"""Further pairs of the same kind."""

PAIRS = {**LIMITS, **NEIGHBOURS}
EXECUTORS = {
    "REST+REST": ("rest", "rest"),
    "REST+commands": ("rest", "cli"),
    "commands+commands": ("cli", "cli"),
}


@dataclass
class Tally:
    """What became of some rounds."""

    rounds: int = 0
    silent: int = 0
    """Both exit with 0, and a change is gone."""
    both: int = 0
    """Both exit with 0, and both changes are there."""
    told: int = 0
    """A writer exits with another code, and its change is gone, or was not made."""
    wrong: int = 0
    """A writer exits with another code, and its change is there all the same."""
    seconds: float = 0.0
    words: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        each = self.seconds / max(self.rounds, 1)
        return (
            f"{self.rounds} rounds: {self.silent} silent, {self.both} both done, {self.told} told, "
            f"{self.wrong} told though done; {each:.2f} s a round"
        )


@dataclass(frozen=True)
class World:
    """What a writer is given: with a folder each they are on two machines, as far as locks go."""

    lock: bool = True
    journal: bool = True
    """Whether writers over REST have the commands at hand."""
    second_look: bool = False
    """Whether each profile says so."""

    def __str__(self) -> str:
        words = ["one machine" if self.lock else "no lock"]
        words += [] if self.journal else ["REST without the commands"]
        return ", ".join([*words, *(["second_look"] if self.second_look else [])])

    def keys(self, executor: str) -> str:
        """Return the keys of a profile."""
        journal = "journal = false\n" if executor == "rest" and not self.journal else ""
        return journal + ("second_look = true\n" if self.second_look else "")


def race(
    cluster: Cluster, pair: Pair, executors: Sequence[str], world: World, rounds: int, folder: Path
) -> Tally:
    """Run two writers at once, so many times, in a furnished cluster."""
    tally = Tally()
    begin = time.monotonic()
    stagger = random.Random(rounds)  # noqa: S311 (no secret)
    for number in range(1, rounds + 1):
        for words in pair.prepare:
            _quietly(cluster, words)
        n = str(2 * number + 1001)  # odd: mem=1024M would be shown as 1G
        sides = list(zip((pair.first, pair.second), executors, pair.shown, strict=True))
        if number % 2 and executors[0] != executors[1]:  # each change over each executor
            swapped = (executors[1], executors[0])
            sides = list(zip((pair.first, pair.second), swapped, pair.shown, strict=True))
        delays = (stagger.uniform(0, STAGGER_S), stagger.uniform(0, STAGGER_S))
        gate = os.pipe()
        writers = [
            _writer(
                cluster, f"{words.format(n=n)} -i", executor, world, folder / str(at), delay, gate
            )
            for at, ((words, executor, _), delay) in enumerate(zip(sides, delays, strict=True))
        ]
        for end in gate:
            os.close(end)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in writers]
        there = cluster.sacctmgr("-nP", *_words(pair.look))
        done = [shown.format(n=n) in there for _, _, shown in sides]
        tally.rounds += 1
        tally.silent += codes == [0, 0] and not all(done)
        tally.both += codes == [0, 0] and all(done)
        tally.told += any(code and not is_done for code, is_done in zip(codes, done, strict=True))
        tally.wrong += any(code and is_done for code, is_done in zip(codes, done, strict=True))
        if codes != [0, 0] or not all(done):
            said = " / ".join((folder / str(at) / "err").read_text().strip() for at in (0, 1))
            tally.words.append(f"round {number}: {codes} {done}: {said}")
    tally.seconds = time.monotonic() - begin
    return tally


def _writer(
    cluster: Cluster,
    words: str,
    executor: str,
    world: World,
    folder: Path,
    delay: float,
    gate: tuple[int, int],
) -> int:
    """Fork a writer that begins once all have closed the gate's other end.

    A start of Python takes longer than a write, and would hide the race.
    """
    folder.mkdir(exist_ok=True)
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.close(gate[1])
        version = cluster.api_versions[-1] if executor == "rest" else ""
        profile = Cell(cluster, executor, version).profile()
        head = f"[profiles.{PROFILE}]\n"
        profile = profile.replace(head, head + world.keys(executor), 1)
        (folder / "config.toml").write_text(profile)
        os.environ["SLURMCTL_REST_CONFIG"] = str(folder / "config.toml")
        os.environ["SLURMCTL_REST_LOCK_DIR"] = str(folder.parent if world.lock else folder)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        random.seed()  # or both writers would pause for the same time
        os.read(gate[0], 1)
        time.sleep(delay)
        code = int(main(_words(words)))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _words(text: str) -> list[str]:
    return text.split(" ")


def _quietly(cluster: Cluster, words: str) -> None:
    """Run a command of sacctmgr that may find nothing to do."""
    cluster.run("sacctmgr", "-i", *_words(words))


def furnish(cluster: Cluster) -> None:
    """Make what the pairs race for."""
    cluster.sacctmgr("add", "qos", "low,high")
    cluster.sacctmgr("add", "account", f"{ACCOUNT},lasers")
    cluster.sacctmgr(
        "add", "user", "alice,bob", f"account={ACCOUNT},lasers", f"defaultaccount={ACCOUNT}"
    )


def warm_up(cluster: Cluster) -> None:
    """Load what a write loads, here: each writer would load it anew, and they would seldom meet."""
    with tempfile.TemporaryDirectory() as folder:
        for executor in ("rest", "cli"):
            version = cluster.api_versions[-1] if executor == "rest" else ""
            cli = Cli(Cell(cluster, executor, version), Path(folder))
            cli(f"account modify {ACCOUNT} set GrpTRES=cpu=1 -i")
            cli(f"account modify {ACCOUNT} set MaxJobs=1 --dry-run")


WORLDS = (
    World(),
    World(lock=False),
    World(lock=False, journal=False),
    World(lock=False, journal=False, second_look=True),
)


def lines(pairs: Mapping[str, Pair]) -> Iterator[tuple[str, Pair, Sequence[str], World]]:
    """Yield the name of each line, and what races there."""
    for name, pair in pairs.items():
        for both, executors in EXECUTORS.items():
            for world in WORLDS:
                if world.journal or "rest" in executors:
                    yield f"{both}, {name}, {world}", pair, executors, world


def run(say: Callable[[str], object] = print) -> int:
    """Print a line for each kind of race; 1 where a change was lost in silence on one machine."""
    rounds = int(os.environ.get("ROUNDS", "500"))
    wanted = os.environ.get("RACES", "")
    lost = 0
    for cluster in lab.up(os.environ.get("LAB_SUITES", "").split() or recipe.SUITES):
        cluster.reset()
        furnish(cluster)
        warm_up(cluster)
        for name, pair, executors, world in lines(PAIRS if wanted else LIMITS):
            title = f"{cluster.release}, {name}"
            if not re.search(wanted, title):
                continue
            with tempfile.TemporaryDirectory() as folder:
                tally = race(cluster, pair, executors, world, rounds, Path(folder))
            say(f"{title}: {tally}")
            if os.environ.get("VERBOSE"):
                for words in tally.words:
                    say(f"    {words}")
            lost += tally.silent if world.lock else 0
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(run(lambda text: print(text, flush=True)))
