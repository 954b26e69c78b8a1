"""What the lab needs to know of, and do to, its machine: apt, processes, mounts, routes, a lock."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import recipe

SOCKET_PATH_MAX = 107  # sockaddr_un.sun_path, without its closing NUL
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
TOOLS = ("apt-get", "chroot", "setpriv", "setsid", "umount", "unshare")

# Set while an interrupted `up` unwinds; every wait below then ends at once.
stopping = threading.Event()


class LabError(Exception):
    """The lab cannot do what was asked; the message says why, with the end of the log."""


def cache_directory() -> Path:
    """Where the lab keeps its roots, logs and profiles."""
    chosen = os.environ.get("LAB_CACHE") or "/var/cache/slurmctl-rest-lab"
    return Path(chosen).absolute()


def execute(*argv: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of this machine and keeps what it says; its exit code is the caller's."""
    return subprocess.run(
        argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def reason_not_here() -> str | None:
    """Why this machine cannot run a lab at all, in one line; None when nothing is in the way."""
    if os.geteuid() != 0:
        return "the lab needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"the lab needs a Debian: there is no {', '.join(missing)} here"
    longest = max(len(f"{cache_directory()}/{s}/root{recipe.REST_SOCKET}") for s in recipe.SUITES)
    if longest > SOCKET_PATH_MAX:
        return f"the lab's directory {cache_directory()} is too long for a unix socket's path"
    if execute("unshare", "--mount", "true").returncode:
        return "the lab needs to mount (in a container: CAP_SYS_ADMIN)"
    return None


# apt


def known_mirror() -> str | None:
    """The Debian archive that this machine's apt has plain `main` from, if any."""
    listing = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    # "Label" leaves the security archive out: it has no suite to bootstrap from.
    found = execute(*listing, "Origin: Debian", "Label: Debian", "Component: main")
    return next(iter(found.stdout.split()), None)


def mirror() -> str | None:
    """As known_mirror, after an update if need be: apt knows origins by its package lists."""
    found = known_mirror()
    if not found:
        update_lists()
        found = known_mirror()
    return found


def update_lists() -> None:
    """A third party's broken source fails this too, and does not matter here."""
    execute("apt-get", "-q", "update")


def ensure_debootstrap() -> None:
    """Installs debootstrap on this machine unless it is there."""
    if shutil.which("debootstrap"):
        return
    update_lists()
    done = execute("apt-get", "-q", "install", "-y", "--no-install-recommends", "debootstrap")
    if done.returncode:
        raise LabError(f"cannot install debootstrap: {done.stderr.strip()}")


# One at a time, and in time


@contextmanager
def lock() -> Iterator[None]:
    """Lets one process at a time build, start or stop; the kernel frees it if that one dies."""
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Polls; raises LabError after the time given, or when the lab is being stopped."""
    deadline = time.monotonic() + seconds
    while not ready():
        if stopping.is_set():
            raise LabError(f"{what}: interrupted")
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.01)


# Processes


def lives_in(pid: int, root: Path) -> bool:
    """Whether a process runs chrooted into root. Compares the folder itself, not its name."""
    try:
        return os.path.samestat(Path(f"/proc/{pid}/root").stat(), root.stat())
    except OSError:  # gone, or a zombie
        return False


def is_gone(pid: int) -> bool:
    """Whether a process ended; a zombie did, once the last of its threads has.

    With 8 GB to give back that takes a moment, in which its sockets are still open.
    """
    try:
        # The state stands behind the name, which may hold anything.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "Z" and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    except OSError:
        return True


def processes_in(root: Path) -> list[int]:
    """All processes chrooted into root, whoever started them: daemons, job steps, shells."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if lives_in(pid, root)]


def kill(pid: int) -> None:
    """SIGKILL: nothing in a lab is worth a farewell. A process that is gone already is fine."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_all_in(root: Path) -> None:
    """Ends every process in root, each by its pid, until none is left to start another."""
    deadline = time.monotonic() + 20
    killed: set[int] = set()
    # A zombie is in no root any more, and may still hold its sockets (see is_gone).
    while pids := processes_in(root) or [pid for pid in killed if not is_gone(pid)]:
        if time.monotonic() > deadline:
            raise LabError(f"processes {pids} in {root} do not end")
        for pid in pids:
            if lives_in(pid, root):
                kill(pid)
        killed.update(pids)
        time.sleep(0.005)


# Mounts and routes


def mounts_below(directory: Path) -> list[str]:
    """Mount points at or under a directory, innermost first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [line.split()[1].encode().decode("unicode_escape") for line in lines]  # \040
    return [point for point in reversed(points) if f"{point}/".startswith(f"{directory}/")]


def unmount_below(directory: Path) -> None:
    """The lab mounts in private namespaces only, but somebody may have mounted by hand."""
    for point in mounts_below(directory):
        done = execute("umount", "--lazy", point)
        if done.returncode:
            raise LabError(f"cannot unmount {point}: {done.stderr.strip()}")


def remove_tree(directory: Path) -> None:
    """Deletes a root. Empties it of processes and mounts first: a bind mount would be emptied."""
    deadline = time.monotonic() + 20
    while directory.exists():
        kill_all_in(directory)
        unmount_below(directory)
        # Again if need be: the last process of a killed build may still be writing.
        shutil.rmtree(directory, ignore_errors=True)
        if time.monotonic() > deadline:
            raise LabError(f"cannot remove {directory}")


def loopback_route(action: str, tool: tuple[str, ...] = ("ip",)) -> None:
    """Adds ("replace") or removes ("del") the lab's own loopback route, which acknowledges at once.

    slurmdbd sends slurmctld each change in two small packets and waits between them for an
    acknowledgement, which Linux delays by 40 ms: every write takes 50 ms, and 8 ms with the route.
    Where the route is refused the lab works all the same.
    """
    address = recipe.ADDRESS
    where = ("local", address, "dev", "lo", "table", "local", "scope", "host", "src", address)
    execute(*tool, "route", action, *where, "quickack", "1")
