"""Starting one cluster's daemons in order, each wait ending as soon as the daemon truly answers."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from . import recipe, rest
from .chroot import Chroot
from .machine import LabError, execute, is_gone, loopback_route, wait_until

DAEMONS = ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd", "slurmrestd")
PATIENCE = 30.0  # seconds
LOST_NODE = re.compile(r"down|unk|inval|\*")  # of sinfo's states; an empty answer is bad too


def tcp_url(suite: str) -> str:
    return f"http://127.0.0.1:{recipe.ports(suite).slurmrestd}"


def unix_url(chroot: Chroot) -> str:
    return f"unix://{chroot.inside(recipe.REST_SOCKET)}"


def bare_token(line: str) -> str:
    """The JWT of a line as `scontrol token` prints it."""
    return line.strip().removeprefix("SLURM_JWT=")


def start(chroot: Chroot) -> None:
    """A cold start: fresh database, fresh state, all daemons, and a token for root."""
    chroot.stop()
    _prepare(chroot)
    # The chroot's own tool: a small machine has no iproute2.
    loopback_route("replace", tuple(chroot.command(["ip"])))
    for name in ("munged", "mariadbd", "slurmrestd"):
        launch(chroot, name)
    for name in ("mariadbd", "munged"):
        _await(chroot, name, lambda name=name: SPEAKS[name](chroot))  # type: ignore[misc]
    launch(chroot, "slurmdbd")
    # Before slurmctld: the other way round it would wait seconds to register a second time.
    launch(chroot, "slurmd")
    _await(chroot, "slurmdbd", lambda: SPEAKS["slurmdbd"](chroot))
    _await(chroot, "slurmdbd", lambda: _register(chroot))
    launch(chroot, "slurmctld")
    _await(chroot, "slurmctld", lambda: controller_is_up(chroot))
    write_token(chroot)
    _await(chroot, "slurmd", lambda: node_state(chroot) == "idle")
    _await(chroot, "slurmrestd", lambda: rest_answers(chroot))
    stamp = recipe.configuration_stamp(chroot.suite, socket.gethostname())
    (chroot.run_files / "stamp").write_text(stamp)


def is_healthy(chroot: Chroot) -> bool:
    """Whether a cluster that was started by today's recipe answers on every executor."""
    stamp = recipe.configuration_stamp(chroot.suite, socket.gethostname())
    try:
        started = (chroot.run_files / "stamp").read_text() == stamp
    except OSError:
        return False
    return (
        started
        and all_run(chroot)
        and accounting_answers(chroot)
        and controller_is_up(chroot)
        and not LOST_NODE.search(node_state(chroot) or "unknown")
        and rest_answers(chroot)
    )


def all_run(chroot: Chroot) -> bool:
    """Whether every daemon's process is there (under a millisecond)."""
    return all(chroot.pid_of(name) for name in DAEMONS)


def accounting_answers(chroot: Chroot) -> bool:
    """Whether sacctmgr, through slurmdbd, knows the cluster."""
    listed = chroot.run("sacctmgr", "-nP", "list", "cluster", "format=cluster")
    return chroot.suite in listed.stdout.split()


def controller_is_up(chroot: Chroot) -> bool:
    return " is UP" in chroot.run("scontrol", "ping").stdout


def node_state(chroot: Chroot) -> str:
    """The node's state as sinfo prints it; empty when slurmctld does not say."""
    return chroot.run("sinfo", "-h", "-p", "batch", "-o", "%T").stdout.strip()


def rest_answers(chroot: Chroot) -> bool:
    """Whether slurmrestd, on both its sockets, reaches slurmctld and slurmdbd.

    Asks for data, as a ping is 200 with a refused token too.
    """
    try:
        token = bare_token(chroot.token_file.read_text())
        newest = rest.served(tcp_url(chroot.suite), token)[-1]
        for url in (tcp_url(chroot.suite), unix_url(chroot)):
            rest.get(url, token, f"/slurm/{newest}/partitions/")
            rest.get(url, token, f"/slurmdb/{newest}/clusters/")
    except (OSError, LabError, IndexError):
        return False
    return True


def write_token(chroot: Chroot) -> None:
    """A root token for the profiles, as `scontrol token` prints it."""
    lifespan = f"lifespan={recipe.TOKEN_LIFESPAN}"
    made = chroot.run("scontrol", "token", "username=root", lifespan)
    if made.returncode:
        raise LabError(f"{chroot.suite}: no token: {made.stderr.strip()}")
    new = chroot.token_file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(made.stdout)
    new.rename(chroot.token_file)


def send(chroot: Chroot, name: str, number: signal.Signals) -> None:
    """Sends a signal to a daemon, if it is there; returns when it is gone, if that ends it."""
    pid = chroot.pid_of(name)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    if number in ENDING:
        wait_until(lambda: is_gone(pid), f"{chroot.suite}: {name} ends")


ENDING = (signal.SIGKILL, signal.SIGTERM)


def revive(chroot: Chroot, seconds: float = PATIENCE) -> None:
    """Lets paused daemons go on and starts those that are gone, with the state that they left.

    seconds: for each of them, until it answers.
    """
    for name in DAEMONS:
        send(chroot, name, signal.SIGCONT)
    gone = [name for name in DAEMONS if chroot.pid_of(name) is None]
    for name in gone:
        launch(chroot, name)
        _await(chroot, name, lambda name=name: SPEAKS[name](chroot), seconds)  # type: ignore[misc]
    _await(chroot, "slurmdbd", lambda: accounting_answers(chroot), seconds)
    if gone:
        _await(chroot, "slurmctld", lambda: controller_is_up(chroot), seconds)
        _await(chroot, "slurmrestd", lambda: rest_answers(chroot), seconds)


def launch(chroot: Chroot, name: str) -> None:
    port = recipe.ports(chroot.suite)
    if name == "munged":
        chroot.spawn(name, (name, "--foreground", "--force"), "munge", {})
    elif name == "mariadbd":
        data = (f"--datadir={recipe.MYSQL_DATA}", f"--socket={recipe.MYSQL_SOCKET}")
        options = (*recipe.MARIADB_OPTIONS, *data, "--skip-networking")
        chroot.spawn(name, (name, *options), "root", {})
    elif name == "slurmrestd":
        listen = (f"127.0.0.1:{port.slurmrestd}", f"unix:{recipe.REST_SOCKET}")
        # It does not take the place of a socket that a killed one has left.
        chroot.inside(recipe.REST_SOCKET).unlink(missing_ok=True)
        # It refuses to run as root. SLURM_JWT=daemon: it has no token of its own.
        jwt = (name, "-a", "rest_auth/jwt", *listen)
        chroot.spawn(name, jwt, recipe.REST_USER, {"SLURM_JWT": "daemon"})
    else:
        chroot.spawn(name, (name, "-D"), "root", {})


SPEAKS: Mapping[str, Callable[[Chroot], bool]] = {
    "munged": lambda chroot: _listens_unix(chroot.inside(recipe.MUNGE_SOCKET)),
    "mariadbd": lambda chroot: _listens_unix(chroot.inside(recipe.MYSQL_SOCKET)),
    "slurmdbd": lambda chroot: listens_tcp(recipe.ports(chroot.suite).slurmdbd),
    "slurmctld": lambda chroot: listens_tcp(recipe.ports(chroot.suite).slurmctld),
    "slurmd": lambda chroot: listens_tcp(recipe.ports(chroot.suite).slurmd),
    "slurmrestd": lambda chroot: _listens_unix(chroot.inside(recipe.REST_SOCKET)),
}
"""Whether each daemon takes connections."""


def _await(chroot: Chroot, name: str, ready: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits for a daemon; one that died instead is an error with the end of its log."""

    def ready_or_dead() -> bool:
        if ready():
            return True
        if chroot.pid_of(name) is None:
            raise LabError("it ended")
        return False

    what = f"{chroot.suite}: {name}"
    try:
        wait_until(ready_or_dead, what, seconds)
    except LabError as error:
        raise LabError(f"{what} did not start ({error}):\n{chroot.log_end(name)}") from error


def _register(chroot: Chroot) -> bool:
    added = chroot.run("sacctmgr", "-i", "add", "cluster", chroot.suite)
    return added.returncode == 0


def _listens_unix(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def listens_tcp(port: int, address: str = recipe.ADDRESS) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


# Files that a start writes


def _prepare(chroot: Chroot) -> None:
    """Writes the configuration and brings database and state folders back to nothing."""
    for directory in (chroot.run_files, chroot.logs, chroot.bin):
        directory.mkdir(parents=True, exist_ok=True)
    owners = _owners(chroot)
    for path, text in recipe.configuration(chroot.suite, socket.gethostname()).items():
        chroot.inside(path).write_text(text)
        # Whatever the umask of the test that starts it: slurmrestd is another user.
        chroot.inside(path).chmod(0o644)
    _own(chroot.inside("/etc/slurm/slurmdbd.conf"), owners["slurm"], 0o600)
    _make_key(chroot.inside(recipe.JWT_KEY), owners["slurm"])
    _make_provider(chroot, owners["slurm"])
    for path, owner in recipe.directories().items():
        shutil.rmtree(chroot.inside(path), ignore_errors=True)
        chroot.inside(path).mkdir(parents=True)
        _own(chroot.inside(path), owners[owner], 0o755)
    shutil.rmtree(chroot.inside(recipe.MYSQL_DATA), ignore_errors=True)
    database = (str(chroot.inside(path)) for path in (recipe.MYSQL_PRISTINE, recipe.MYSQL_DATA))
    copied = execute("cp", "--archive", "--sparse=always", *database)
    if copied.returncode:
        raise LabError(f"{chroot.suite}: {copied.stderr.strip()}")
    _write_wrappers(chroot)


def _make_key(path: Path, owner: tuple[int, int]) -> None:
    """Kept over restarts, so that a token made before one is good after it."""
    if not path.exists():
        path.write_bytes(os.urandom(32))
    _own(path, owner, 0o600)


def _make_provider(chroot: Chroot, owner: tuple[int, int]) -> None:
    """The key of an identity provider, and its public half as the daemons read it."""
    key, jwks = chroot.inside(recipe.PROVIDER_KEY), chroot.inside(recipe.JWKS)
    if not key.exists():
        chroot.run("openssl", "genrsa", "-out", recipe.PROVIDER_KEY, "2048")
        key.chmod(0o600)
    told = chroot.run("openssl", "rsa", "-in", recipe.PROVIDER_KEY, "-noout", "-modulus").stdout
    modulus = bytes.fromhex(told.strip().removeprefix("Modulus="))
    public = {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "kid": recipe.PROVIDER_KEY_ID,
        "n": base64.urlsafe_b64encode(modulus).decode().rstrip("="),
        "e": "AQAB",
    }
    jwks.write_text(json.dumps({"keys": [public]}))
    _own(jwks, owner, 0o644)


def _own(path: Path, owner: tuple[int, int], mode: int) -> None:
    os.chown(path, *owner)
    path.chmod(mode)


def _owners(chroot: Chroot) -> dict[str, tuple[int, int]]:
    """User name -> (uid, gid) of the chroot's own passwd."""
    lines = chroot.inside("/etc/passwd").read_text().splitlines()
    return {f[0]: (int(f[2]), int(f[3])) for f in (line.split(":") for line in lines)}


def _write_wrappers(chroot: Chroot) -> None:
    """Slurm's commands for use from outside, as a profile's slurm_bin_path."""
    tool = shutil.which("chroot")  # its whole path: the program under test may set a short PATH
    for name in recipe.COMMANDS:
        wrapper = chroot.bin / name
        wrapper.write_text(f'#!/bin/sh\nexec {tool} "{chroot.root}" /usr/bin/{name} "$@"\n')
        wrapper.chmod(0o755)
