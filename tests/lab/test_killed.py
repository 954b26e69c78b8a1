"""A command that was killed converges when it is given again.

kill -9 at random moments of add, modify and delete with files, and of the apply of a site: of the
program alone (its sacctmgr goes on) or of both; slurmrestd carries out what it was sent in any
case. Then the same command ends in the wished state, with exit 0.
`KILLED=50 pytest tests/lab/test_killed.py` kills at 50 moments of each.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from .cells import Cell, Cli, state
from .cluster import Cluster
from .machine import wait_until

MOMENTS = int(os.environ.get("KILLED", "1"))
ACCOUNTS = ("ka", "kb", "kc", "kd")
USERS = [f"u{number:02}" for number in range(40)]


def of(number: int) -> str:
    return ACCOUNTS[number % 4]


@dataclass(frozen=True)
class Case:
    """What is there, what is asked, and the file of it."""

    sentence: str
    rows: tuple[str, ...]
    setup: tuple[str, ...] = ()

    def words(self, folder: Path) -> tuple[str, ...]:
        """Write the file; return the words of the command."""
        file = folder / ("site.toml" if self.sentence == "apply" else "rows.csv")
        file.write_text("\n".join(self.rows) + "\n")
        if self.sentence == "apply":
            return ("apply", str(file), "--prune", "-i", "-Q")
        ways = ("--missing-ok",) if " delete" in self.sentence else ()
        return (*self.sentence.split(), "--from", str(file), *ways, "-i", "-Q")


def joined() -> tuple[str, ...]:
    """Users in accounts, each in the next one too; every third has the other for default."""
    first = [
        f"add user {','.join(USERS[n::4])} account={account}" for n, account in enumerate(ACCOUNTS)
    ]
    return (
        *first,
        *(f"add user {','.join(USERS[n::4])} account={ACCOUNTS[(n + 1) % 4]}" for n in range(4)),
        *(
            f"modify user {name} set defaultaccount={of(n + 1)}"
            for n, name in enumerate(USERS[::3])
        ),
    )[:8]


HERE = ("add qos high", f"add account {','.join(ACCOUNTS)}")


def site() -> tuple[str, ...]:
    """Of what `joined` makes, all changes: a QOS for another, limits, moves, users gone and new."""
    lines = ["[scope]", 'qos = ["high", "low"]', "[qos.low]", "Priority = 3"]
    for number, account in enumerate(ACCOUNTS[:3]):
        parent = "root" if number == 0 else ACCOUNTS[0]
        users = ", ".join(
            f'{{User = "{name}", MaxJobs = {n + 1}}}'
            for n, name in enumerate([*USERS[number::3], f"new{number}"])
        )
        lines += [f"[account.{account}]", f'Parent = "{parent}"', f"users = [{users}]"]
        lines += [f"GrpTRES = {{cpu = {number + 4}}}", 'QosLevel = ["low", "normal"]']
    return (*lines, "[account.ke]", 'Parent = "kb"', 'Coordinators = ["u00"]', "users = []")


LIMITED = [f"{name},{of(n)},{n + 1},cpu={n + 1}" for n, name in enumerate(USERS)]
CASES = {
    "add": (
        Case("user add", ("user,account,maxjobs,grptres", *LIMITED), HERE),
        Case(
            "account add",
            (
                "account,parent,grpjobs,description",
                *(f"n{n:02},{of(n)},{n + 1},text {n % 3}" for n in range(30)),
                *(f"m{n:02},n{n:02},{n + 1}," for n in range(15)),
            ),
            HERE,
        ),
        Case(
            "assoc add",
            (
                "user,account,partition,fairshare,qoslevel",
                *(f"{name},{of(n)},,{n + 2},high" for n, name in enumerate(USERS)),
                *(f"{name},{of(n)},debug,{n + 2},normal" for n, name in enumerate(USERS[:12])),
            ),
            HERE,
        ),
        Case(
            "qos add",
            (
                "name,priority,maxwall,grptres",
                *(f"q{n:02},{n},{n + 1},cpu={n + 1}" for n in range(30)),
            ),
        ),
    ),
    "modify": (
        Case("user modify", ("user,account,maxjobs,grptres", *LIMITED), (*HERE, *joined())),
        Case(
            "assoc modify",
            (
                "user,account,maxwall,grptres,qoslevel",
                *(f"{name},{of(n)},{n + 1},mem={n + 1}G,high" for n, name in enumerate(USERS)),
                *(f",{name},{n + 1},cpu=4,high" for n, name in enumerate(ACCOUNTS)),
            ),
            (*HERE, *joined(), "modify user where account=ka set grptres=cpu=3"),
        ),
        Case(
            "user modify",
            ("user,defaultaccount", *(f"{name},{of(n + 1)}" for n, name in enumerate(USERS))),
            (*HERE, *joined()),
        ),
    ),
    "apply": (Case("apply", site(), (*HERE, *joined())),),
    "delete": (
        Case("user delete", ("user", *USERS[:30]), (*HERE, *joined())),
        Case("account delete", ("account", *ACCOUNTS[:2]), (*HERE, *joined())),
        Case(
            "assoc delete",
            ("user,account", *(f"{name},{of(n)}" for n, name in enumerate(USERS))),
            (*HERE, *joined()),
        ),
        Case(
            "user delete",
            ("user,account", *(f"{name},{of(n)}" for n, name in enumerate(USERS))),
            (*HERE, *joined()),
        ),
    ),
}


class Killed:
    """Runs one case on a cluster, undisturbed or killed."""

    def __init__(self, cli: Cli, case: Case, folder: Path) -> None:
        self.cli, self.case = cli, case
        self.cluster = cli.cell.cluster
        self.words = case.words(folder)

    def furnish(self) -> None:
        self.cluster.reset()
        lines = "\n".join((*self.case.setup, "quit", ""))
        done = self.cluster.run("sacctmgr", "-iQ", text=lines)
        assert done.returncode == 0, done.stderr

    def whole(self) -> tuple[str, float]:
        """Run it undisturbed; return the state and the seconds that it took."""
        self.furnish()
        begin = time.monotonic()
        program = self.begun()
        assert program.wait() == 0
        return self.state(), time.monotonic() - begin

    def state(self) -> str:
        """Return the state; which rows in a default account are marked depends on their order."""
        return state(self.cluster).replace("* ", " ")

    def begun(self) -> subprocess.Popen[bytes]:
        """Begin it, in a process group of its own."""
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SLURMCTL_REST_"))
        }
        return subprocess.Popen(
            [sys.executable, "-m", "slurmctl_rest", *self.words],
            env={**kept, "SLURMCTL_REST_CONFIG": str(self.cli.config)},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )

    def kill(self, after: float, *, all_of_it: bool) -> None:
        """Kill it after a while, and wait until what it has begun is over."""
        program = self.begun()
        with suppress(subprocess.TimeoutExpired):
            program.wait(after)
        with suppress(ProcessLookupError):
            (os.killpg if all_of_it else os.kill)(program.pid, signal.SIGKILL)
        program.wait()
        looks = [self.state()]

        def is_quiet() -> bool:
            time.sleep(0.2)
            looks.append(self.state())
            return looks[-1] == looks[-2]

        wait_until(is_quiet, "what was begun is over", 30)


@pytest.mark.parametrize("verb", CASES)
@pytest.mark.parametrize("executor", ["rest", "cli"])
def test_given_again_it_ends_in_the_wished_state(
    cluster: Cluster, executor: str, verb: str, tmp_path: Path
) -> None:
    version = cluster.api_versions[-1] if executor == "rest" else ""
    cli = Cli(Cell(cluster, executor, version), tmp_path)
    dice = random.Random(f"{cluster.suite} {executor} {verb}")  # noqa: S311 (it is repeatable)
    whole: dict[Case, tuple[str, float]] = {}
    between = 0
    for moment in range(MOMENTS):
        case = dice.choice(CASES[verb]) if MOMENTS < 4 else CASES[verb][moment % len(CASES[verb])]
        killed = Killed(cli, case, tmp_path)
        if case not in whole:
            whole[case] = killed.whole()
        wished, seconds = whole[case]
        killed.furnish()
        before = killed.state()
        killed.kill(dice.uniform(0.3, 1.0) * seconds, all_of_it=dice.random() < 0.5)
        left = killed.state()
        between += left not in {before, wished}
        again = cli(*killed.words)
        assert (again.code, killed.state()) == (0, wished), f"{case.sentence}: {again.both}\n{left}"
    print(f"{cluster.suite} {executor} {verb}: {between} of {MOMENTS} were left half done")
