"""The lab's public face: clusters, and bringing them up and down."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import daemons, machine, recipe, reset, rest
from .chroot import Chroot
from .machine import LabError

Say = Callable[[str], None]
TRIES = 20


def _say_nothing(text: str) -> None:
    """For callers that do not want to watch."""


@dataclass(frozen=True)
class Cluster:
    """One running Slurm cluster; its release and API versions are asked from its slurmrestd."""

    suite: str
    cluster_name: str
    release: str
    api_versions: tuple[str, ...]
    tcp_url: str
    unix_url: str
    bin_path: Path
    token_file: Path
    root: Path

    @property
    def chroot(self) -> Chroot:
        return chroot_of(self.suite)

    def run(
        self, *argv: str, user: str = "root", text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside the chroot, in the user's home; text is its standard input.

        A job is submitted again where slurmctld has not heard of its association: slurmdbd tells
        it a moment after sacctmgr has ended.
        """
        done = self.chroot.run(*argv, user=user, text=text)
        for _ in range(TRIES if argv[0] == "sbatch" else 0):
            if "Invalid account or account/partition" not in done.stderr:
                break
            time.sleep(0.25)
            done = self.chroot.run(*argv, user=user, text=text)
        return done

    def sacctmgr(self, *args: str, user: str = "root") -> str:
        """What `sacctmgr -i ...` prints; raises LabError with its stderr when it fails."""
        done = self.run("timeout", "60", "sacctmgr", "-i", *args, user=user)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()) or f"exit {done.returncode}"
            raise LabError(f"sacctmgr {' '.join(args)}: {said}")
        return done.stdout

    def token(self, username: str = "root", *, lifespan: int = recipe.TOKEN_LIFESPAN) -> str:
        """A new bare JWT for any user name; lifespan in seconds."""
        made = self.run("scontrol", "token", f"username={username}", f"lifespan={lifespan}")
        if made.returncode:
            raise LabError(f"scontrol token: {made.stderr.strip()}")
        return daemons.bare_token(made.stdout)

    def reset(self) -> None:
        """Back to a fresh cluster: no jobs, no accounts, users, QOS or clusters of a test's.

        Revives daemons that a test killed. Ended jobs stay in sacct, and for five minutes in
        slurmctld: restart() forgets them too.
        """
        reset.reset(self.chroot)

    def restart(self) -> None:
        """A cold start with an empty database, about 2 s. Tokens stay valid."""
        with machine.lock():
            reset.cold_start(self.chroot)


def chroot_of(suite: str) -> Chroot:
    return Chroot(suite, machine.cache_directory() / suite)


def reason_not_possible() -> str | None:
    """Why the lab cannot come up on this machine, in one line; None when it can."""
    reason = machine.reason_not_here()
    if reason or all(chroot_of(suite).is_built() for suite in recipe.SUITES):
        return reason
    if not machine.mirror():
        return "the lab is built from a Debian archive, and this machine's apt knows none"
    return None


def is_running(suites: Sequence[str] = recipe.SUITES) -> bool:
    """Whether every one of these clusters answers on every executor."""
    with ThreadPoolExecutor(len(suites)) as pool:
        return all(pool.map(daemons.is_healthy, map(chroot_of, suites)))


def up(suites: Sequence[str] = recipe.SUITES, say: Say = _say_nothing) -> list[Cluster]:
    """Builds and starts what does not run yet, all suites at once; returns the clusters."""
    machine.stopping.clear()
    with machine.lock():
        _ready_to_build(suites)
        clusters = _all_at_once(suites, say)
        profiles_file().write_text(profiles())
    return clusters


def build(say: Say = _say_nothing) -> None:
    """Builds what is not built yet, all suites at once, and starts nothing."""
    machine.stopping.clear()
    with machine.lock():
        _ready_to_build(recipe.SUITES)
        with ThreadPoolExecutor(len(recipe.SUITES)) as pool, _interrupt_stops_threads():
            for _ in pool.map(lambda suite: _built(suite, say), recipe.SUITES):
                pass


def _ready_to_build(suites: Sequence[str]) -> None:
    reason = machine.reason_not_here()
    if reason:
        raise LabError(reason)
    if not all(chroot_of(suite).is_built() for suite in suites):
        machine.ensure_debootstrap()


def _built(suite: str, say: Say) -> Chroot:
    chroot = chroot_of(suite)
    if not chroot.is_built():
        say(f"{suite}: building (log: {chroot.logs / 'build.log'})")
        chroot.build()
    return chroot


def down(say: Say = _say_nothing, suites: Sequence[str] = recipe.SUITES) -> None:
    """Stops every process of these clusters and unmounts everything, of unfinished builds too."""
    with machine.lock():
        for suite in suites:
            chroot = chroot_of(suite)
            chroot.stop()
            chroot.remove_leftovers()
            if chroot.is_built():
                machine.loopback_route("del", tuple(chroot.command(["ip"])))
            say(f"{suite}: stopped")


def _all_at_once(suites: Sequence[str], say: Say) -> list[Cluster]:
    """One thread a suite. One suite's failure does not hurt the other; ^C ends and stops all."""
    started: list[Chroot] = []
    try:
        with ThreadPoolExecutor(len(suites)) as pool, _interrupt_stops_threads():
            futures = [pool.submit(_up, suite, say, started) for suite in suites]
            return [future.result() for future in futures]
    except KeyboardInterrupt:
        for chroot in started:
            chroot.stop()
        raise


@contextmanager
def _interrupt_stops_threads() -> Iterator[None]:
    """^C reaches the main thread only: tells the others, for whose end the pool waits."""
    try:
        yield
    except KeyboardInterrupt:
        machine.stopping.set()
        raise


def _up(suite: str, say: Say, started: list[Chroot]) -> Cluster:
    """Leaves a healthy cluster alone; notes in `started` which one it is about to start."""
    chroot = _built(suite, say)
    if daemons.is_healthy(chroot):
        return describe(chroot)
    say(f"{suite}: starting")
    started.append(chroot)
    try:
        reset.cold_start(chroot)
    except LabError:
        chroot.stop()
        raise
    return describe(chroot)


def describe(chroot: Chroot) -> Cluster:
    """Asks a running slurmrestd what it is."""
    url, token = daemons.tcp_url(chroot.suite), chroot.token_file.read_text()
    versions = rest.served(url, daemons.bare_token(token))
    return Cluster(
        suite=chroot.suite,
        cluster_name=chroot.suite,
        release=rest.release(url, daemons.bare_token(token), versions[-1]),
        api_versions=versions,
        tcp_url=url,
        unix_url=daemons.unix_url(chroot),
        bin_path=chroot.bin,
        token_file=chroot.token_file,
        root=chroot.root,
    )


# Profiles


def profiles_file() -> Path:
    return machine.cache_directory() / "config.toml"


def profiles() -> str:
    """A slurmctl-rest profile file with three profiles for each cluster."""
    return f'default_profile = "{recipe.SUITES[0]}"\n' + "".join(
        _rest_profile(suite, "", daemons.tcp_url(suite))
        + _rest_profile(suite, "-unix", daemons.unix_url(chroot_of(suite)))
        + _profile(suite, "-cli", "cli")
        for suite in recipe.SUITES
    )


def _profile(suite: str, suffix: str, mode: str) -> str:
    return f"""
[profiles.{suite}{suffix}]
execution_mode = "{mode}"
cluster_name = "{suite}"
slurm_bin_path = "{chroot_of(suite).bin}"
"""


def _rest_profile(suite: str, suffix: str, url: str) -> str:
    return f"""\
{_profile(suite, suffix, "rest")}\
[profiles.{suite}{suffix}.rest_api]
url = "{url}"
api_version = "auto"
username = "root"
token_file = "{chroot_of(suite).token_file}"
"""
