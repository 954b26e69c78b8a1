"""A cluster that is about to break, the way to it, and the program on that way.

Whatever a fault did, `mend` undoes: paused daemons go on, dead ones are started with the state that
they left, files are put back. Only then is looked what has become of the write.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from slurmctl_rest.model.kinds.base import Json
from tests.lab import daemons, forked, recipe
from tests.lab.cells import PROFILE, Cell, state
from tests.lab.cluster import Cluster
from tests.lab.hanging import hung
from tests.lab.machine import ENVIRONMENT, LabError, lock, wait_until

from .proxy import Exchange, Proxy, Rule, Toxic, honest, in_the_middle

Executor: TypeAlias = Literal["rest", "cli"]
SETUP = """\
add account physics,optics
add user alice,bob,carol account=physics
add qos high
quit
"""
HARD_LIMIT = 25.0
"""Seconds after which a command is taken for one that never ends; far beyond any row's timeout."""

WRAPPER = """\
#!/bin/sh
real={real} log={log} pids={pids}
write=0 back=0
case "$0 $*" in
*/scancel\\ *|*" -i "*) echo "$*" >>$log; write=$(wc -l <$log);;
*) [ -s $log ] && back=1;;
esac
{script}
exec $real "$@"
"""
"""A Slurm command in which a fault may be: `write` is which write this is, 0 for none; `back` is 1
for what comes after one."""


@dataclass(frozen=True)
class Ended:
    """What a run of the program left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON on stdout, or nothing."""
        found: dict[str, Any] = json.loads(self.out) if self.out.startswith("{") else {}
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The error on stderr, or nothing."""
        lines = [line for line in self.err.splitlines() if line.startswith('{"error": ')]
        found: dict[str, Any] = json.loads(lines[-1])["error"] if lines else {}
        return found


@dataclass
class World:
    """Breaks and mends one cluster. `folder` is the test's own."""

    cluster: Cluster
    executor: Executor
    folder: Path
    scripts: dict[str, str] = field(default_factory=dict)
    """Command of Slurm's -> what its wrapper does first."""
    keys: dict[str, Json] = field(default_factory=dict)
    """Keys of the profile that are not as usual."""
    api: dict[str, str] = field(default_factory=dict)
    """Keys of rest_api that are not as usual."""
    limits: dict[int, int] = field(default_factory=dict)
    """resource.RLIMIT_... -> how much the program may have."""
    stdout: str = ""
    """Where the report goes instead of to the test."""
    names: dict[str, str] = field(default_factory=dict)
    """What stands for {job} in commands and states."""

    def __post_init__(self) -> None:
        self.chroot = self.cluster.chroot
        self.proxy = Proxy(self.cluster.tcp_url)
        self.log = self.folder / "writes"
        self.token_file = self.folder / "token"
        self._mending: list[Callable[[], object]] = []

    def furnish(self) -> None:
        """Bring the cluster to the state from which every command starts."""
        self.cluster.reset()
        self.cluster.run("sacctmgr", "-iQ", text=SETUP)
        self.token_file.touch(mode=0o600)
        self.token_file.write_bytes(self.cluster.token_file.read_bytes())

    def submit(self) -> None:
        """Have a job of alice's that waits: {job}."""
        argv = ("sbatch", "-H", "-A", "physics", "--parsable", "--wrap", "true")
        self.names["job"] = job = self.cluster.run(*argv, user="alice").stdout.strip()
        wait_until(lambda: f"job {job} " in f"{self._jobs()} ", f"job {job} is listed")

    def crowd(self, users: Sequence[str]) -> None:
        """Have these users in physics, too."""
        self.cluster.sacctmgr("add", "user", f"name={','.join(users)}", "account=physics")

    def looks(self) -> list[str]:
        """The state as sacctmgr shows it, and the jobs that are active."""
        return [*state(self.cluster).splitlines(), *sorted(self._jobs().splitlines())]

    def _jobs(self) -> str:
        """The active jobs, a line each; slurmctld may be starting, and squeue find nobody."""
        argv, answers = ("squeue", "-h", "-o", "job %i %T"), []

        def answered() -> bool:
            answers.append(self.cluster.run(*argv))
            return answers[-1].returncode == 0

        wait_until(answered, "squeue answers")
        return answers[-1].stdout

    # Daemons

    def kill(self, name: str) -> None:
        """End a daemon; slurmctld by a signal that lets it save its jobs."""
        if name == "slurmrestd":
            self.proxy.go()
        gently = name == "slurmctld"
        daemons.send(self.chroot, name, signal.SIGTERM if gently else signal.SIGKILL)

    def pause(self, name: str) -> None:
        daemons.send(self.chroot, name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        daemons.send(self.chroot, name, signal.SIGCONT)

    def revive(self) -> None:
        with lock():
            daemons.revive(self.chroot)

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Act beside the program, a while after now."""
        timer = threading.Timer(seconds, act)
        self.at_last(timer.join)
        timer.start()

    def at_last(self, act: Callable[[], object]) -> None:
        """Do this when all is over."""
        self._mending.append(act)

    def mend(self) -> None:
        for act in reversed(self._mending):
            act()
        self._mending.clear()
        self.revive()
        self.proxy.settle()

    # Files and tokens

    def hide(self, path: str) -> None:
        """Take a file of the cluster's away, until all is over."""
        file = self.chroot.inside(path)
        file.rename(file.with_suffix(".hidden"))
        self.at_last(lambda: file.with_suffix(".hidden").rename(file))

    def spoil(self, path: str, text: str) -> None:
        """Write something else into a file of the cluster's, until all is over."""
        file = self.chroot.inside(path)
        before = file.read_text()
        file.write_text(text)
        self.at_last(lambda: file.write_text(before))

    def token(self, seconds: float, name: str = "root") -> str:
        """A token that ends in so many seconds from now, made as slurmctld makes them."""
        now = time.time()
        claims = {"exp": int(now + seconds), "iat": int(now) - 3600, "sun": name}
        parts = [_base64(json.dumps(one).encode()) for one in ({"alg": "HS256"}, claims)]
        text = ".".join(parts)
        key = self.chroot.inside(recipe.JWT_KEY).read_bytes()
        return f"{text}.{_base64(hmac.digest(key, text.encode(), hashlib.sha256))}"

    def tokens(self) -> list[str]:
        """The token that the program reads, to be looked for in what it prints."""
        text = self.token_file.read_text() if self.token_file.exists() else ""
        return [text.strip().removeprefix("SLURM_JWT=")] if len(text) > 20 else []

    def outlive(self) -> None:
        """Wait until the token in the file has ended."""
        claims = self.token_file.read_text().split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"]
        wait_until(lambda: time.time() > end + 1.1, "the token has ended")

    # Other sessions

    def hold_tables(self, tables: Sequence[str]) -> None:
        """Have a session of MariaDB's that keeps others from tables, until all is over."""
        locks = ", ".join(f"{table} WRITE" for table in tables)
        client = ["mariadb", f"--socket={recipe.MYSQL_SOCKET}", "--unbuffered", recipe.DATABASE]
        self._hold(client, f"LOCK TABLES {locks}; SELECT 'held';\n", "held")

    def hang(self) -> None:
        """Have slurmdbd hang on associations, until all is over."""
        stack = ExitStack()
        stack.enter_context(hung(self.cluster))
        self.at_last(stack.close)

    def hold_question(self, command: str) -> None:
        """Have a session of sacctmgr's that waits for its answer, until all is over."""
        self._hold(["stdbuf", "-o0", "sacctmgr", *command.split()], "", "commit")

    def _hold(self, argv: Sequence[str], text: str, word: str) -> None:
        """Run something inside, and keep its input open once it has said a word."""
        said = self.folder / "said"
        with said.open("wb") as paper:
            child = subprocess.Popen(
                self.chroot.command(argv),
                stdin=subprocess.PIPE,
                stdout=paper,
                stderr=paper,
                env={**ENVIRONMENT, "HOME": "/root"},
            )

        def let_go() -> None:
            child.kill()
            child.communicate()

        self.at_last(let_go)
        if child.stdin is not None:
            child.stdin.write(text.encode())
            child.stdin.flush()
        wait_until(lambda: word in said.read_text(), f"{argv[0]} says: {word}", 10)

    # The program

    @property
    def writes(self) -> int:
        """How many writes have been sent."""
        if self.executor == "rest":
            return self.proxy.writes
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def run(self, sentence: str, timeout: float) -> Ended:
        """Run a command of the program over this executor, as a process of its own."""
        options = [*sentence.format(**self.names).split(), "--json", f"--timeout={timeout}"]
        out, err = (self.folder / name for name in ("out", "err"))
        code = forked.run(
            ["--config", str(self._profile()), *options],
            {"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            (Path(os.devnull), Path(self.stdout) if self.stdout else out, err),
            HARD_LIMIT,
            self.limits,
        )
        said = [one.read_text() if one.exists() else "" for one in (out, err)]
        if code is None:
            raise LabError(f"it has not ended within {HARD_LIMIT} s: {said}")
        return Ended(code, *said)

    def _profile(self) -> Path:
        version = self.cluster.api_versions[-1] if self.executor == "rest" else ""
        cell = Cell(self.cluster, self.executor, version)
        api = {"url": self.proxy.url, "token_file": str(self.token_file), **self.api}
        text = cell.profile(**(api if self.executor == "rest" else {}))
        keys = {"slurm_bin_path": str(self._commands()), **self.keys}
        kept = [line for line in text.splitlines() if line.split(" = ")[0] not in keys]
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        at = kept.index(f"[profiles.{PROFILE}]") + 1
        path = self.folder / "config.toml"
        path.write_text("\n".join([*kept[:at], *lines, *kept[at:]]))
        return path

    def _commands(self) -> Path:
        """A folder of the Slurm commands, with the faults in them."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for real in self.cluster.bin_path.iterdir():
            wrapper = folder / real.name
            wrapper.write_text(
                WRAPPER.format(
                    real=real,
                    log=self.log,
                    pids=self.chroot.run_files,
                    script=self.scripts.get(real.name, ""),
                )
            )
            wrapper.chmod(0o755)
        return folder

    def close(self) -> None:
        self.mend()
        self.proxy.close()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# What breaks a world: the words of the table.

Fault: TypeAlias = Callable[[World], None]


def on(kind: Literal["read", "write", "back"], toxic: Toxic, number: int = 0) -> Fault:
    """The n-th request of a kind (or all, with 0) meets a toxic."""
    return lambda world: world.proxy.rules.append(Rule(kind, toxic, number))


def during(
    kind: Literal["read", "write", "back"],
    number: int,
    act: Callable[[World], object],
    toxic: Toxic = honest,
) -> Fault:
    """As soon as the request has come to the proxy, act; then it meets a toxic."""

    def fault(world: World) -> None:
        def acting(exchange: Exchange) -> None:
            act(world)
            toxic(exchange)

        world.proxy.rules.append(Rule(kind, acting, number))

    return fault


def at_write(number: int, act: Callable[[World], object]) -> Fault:
    """As soon as the n-th write has come to the proxy, act."""
    return during("write", number, act)


def between(act: Callable[[World], object]) -> Fault:
    """Between two writes, act: the second one has come to the proxy."""
    return at_write(2, act)


def everywhere(toxic: Toxic) -> Fault:
    """All requests meet a toxic."""
    return both(on("read", toxic), on("write", toxic), on("back", toxic))


def after(kind: Literal["read", "write", "back"], number: int, act: Callable[[World], object]) -> Fault:
    """When the request has been answered, act; the answer gets through."""

    def fault(world: World) -> None:
        def acting(exchange: Exchange) -> None:
            reply = exchange.forward()
            act(world)
            with suppress(OSError):
                exchange.send(reply.raw)

        world.proxy.rules.append(Rule(kind, acting, number))

    return fault


def both(*faults: Callable[[World], object]) -> Fault:
    """Several, one after the other."""

    def fault(world: World) -> None:
        for one in faults:
            one(world)

    return fault


def script(text: str, *names: str) -> Fault:
    """What these commands of Slurm do (sacctmgr, if none is named) before they do their work."""
    return lambda world: world.scripts.update(dict.fromkeys(names or ("sacctmgr",), text))


def in_write(number: int, text: str, *names: str) -> Fault:
    """What these commands do at their n-th write."""
    return script(f"[ $write = {number} ] && {text}", *names)


def in_back(text: str) -> Fault:
    """What sacctmgr does when it reads back."""
    return script(f"[ $back = 1 ] && {text}")


def soon(act: Callable[[World], object]) -> Fault:
    """Act a moment later, when requests are under way."""
    return lambda world: world.later(0.4, lambda: act(world))


def kill(name: str) -> Fault:
    return lambda world: world.kill(name)


def pause(name: str) -> Fault:
    return lambda world: world.pause(name)


def dies_at_work(name: str) -> Fault:
    """The daemon stands still; a while later it is killed, and started at once."""

    def die(world: World) -> None:
        daemons.send(world.chroot, name, signal.SIGKILL)
        world.revive()

    def saved(world: World) -> None:
        """Start it anew: killed at once, slurmctld may come back with the jobs of earlier tests."""
        world.kill(name)
        world.revive()

    return both(saved, pause(name), lambda world: world.later(2, lambda: die(world)))


def resumed_in(seconds: float, name: str) -> Fault:
    """Pause a daemon for so long."""
    return both(pause(name), lambda world: world.later(seconds, lambda: world.resume(name)))


def back_in(seconds: float, name: str) -> Fault:
    """Kill a daemon and start it so much later."""

    def mended(world: World) -> None:
        world.revive()
        if name == "slurmrestd":
            world.proxy.listen()

    return both(kill(name), lambda world: world.later(seconds, lambda: mended(world)))


def keys(**values: Json) -> Fault:
    return lambda world: world.keys.update(values)


def api(**values: str) -> Fault:
    return lambda world: world.api.update(values)


def signalled(number: signal.Signals) -> Fault:
    """The program itself gets a signal when its first write is under way, over either executor."""

    def fault(world: World) -> None:
        script(f"[ $write = 1 ] && kill -{number:d} $PPID")(world)
        during("write", 1, lambda _: forked.signalled(number))(world)

    return fault


def kill_under_way(name: str) -> Fault:
    """A daemon is killed when it has been asked to write, and has not yet."""

    def fault(world: World) -> None:
        toxic = in_the_middle(lambda: world.pause(name), lambda: world.kill(name))
        world.proxy.rules.append(Rule("write", toxic))

    return fault
