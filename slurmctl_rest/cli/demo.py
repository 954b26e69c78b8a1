"""`demo`: the program's main job for someone without a cluster.

An emulator of slurmrestd (the extra `demo`) is started on 127.0.0.1, and this very program is run
against it step by step, as a person would run it. Afterwards no process and no file is left.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.errors import ConfigError, SlurmctlError, Unreachable

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
"""Seconds that the emulator has to come up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the demo: its title, its words, and the exit code that it must have."""

    title: str
    words: str
    exit: Exit = Exit.OK


STEPS = (
    Step("Do the daemons answer?", "ping"),
    Step(
        "Add an account with limits. (The emulator needs QosLevel for each account.)",
        "account add science -i Description='natural sciences' GrpJobs=500 Fairshare=50 "
        "QosLevel=normal",
    ),
    Step(
        "Two more accounts below it, in one command.",
        "account add physics,chemistry -i parent=science Organization='faculty of science' "
        "GrpJobs=100 QosLevel=normal",
    ),
    Step(
        "Set limits on trackable resources for both.",
        "account modify physics,chemistry -i "
        "set GrpTRES=cpu=1000,gres/gpu=16 GrpTRESMins=cpu=100000,gres/gpu=5000",
    ),
    Step(
        "List the accounts.",
        "account list format=Account,Parent,Fairshare,GrpJobs,GrpTRES,GrpTRESMins",
    ),
    Step("Show the tree, each account with its own limits.", "account tree"),
    Step(
        "Change one TRES: the other TRES and the other limits are kept.",
        "account modify physics -i set GrpTRESMins=gres/gpu=20000",
    ),
    Step(
        "The same again: nothing to change.",
        "account modify physics -i set GrpTRESMins=gres/gpu=20000",
    ),
    Step(
        "--dry-run shows the exact request, and writes nothing.",
        "account modify physics set GrpTRES=gres/gpu=32 MaxJobs=20 --dry-run",
    ),
    Step("For scripts: JSON with fixed keys and types.", "account list physics --json"),
    Step("Move an account below another one.", "account modify chemistry -i set parent=physics"),
    Step("Show the tree again.", "account tree science"),
    Step(
        "A TRES that the cluster does not track is refused before anything is sent.",
        "account modify physics -i set GrpTRES=gres/fpga=4",
        Exit.USAGE,
    ),
    Step(
        "A parent that does not exist is refused, too.",
        "account modify physics -i set parent=alchemy",
        Exit.NOT_FOUND,
    ),
    Step(
        "A write without a terminal is refused, unless -i is given.",
        "account delete chemistry",
        Exit.REFUSED,
    ),
    Step("Delete them.", "account delete science,physics,chemistry -i"),
    Step("List the remaining accounts.", "account list"),
    Step(
        "The other executor runs sacctmgr. The emulator's sacctmgr has no --json, which this\n"
        "# executor needs, so here it reports that. Real Slurm has --json.",
        "--profile commands -v account list",
        Exit.UNSUPPORTED,
    ),
)

PROFILES_TOML = """\
default_profile = "demo"

[profiles.demo]
execution_mode = "rest"
cluster_name = "demo"
[profiles.demo.rest_api]
url = "http://{host}:{port}"
api_version = "v0.0.44"
token_file = "{folder}/token"
check_queries = false

[profiles.commands]
execution_mode = "cli"
cluster_name = "demo"
slurm_bin_path = "{commands}"
"""

INTRODUCTION = """\
slurm-emulator {version} stands in for Slurm 25.11 here. It is less strict than the real one, and
listens on {host} only. Below are the commands that you would type, each with its output.
"""

CONCLUSION = """\
On your own cluster: write the lines below to ~/.config/slurmctl-rest/config.toml, put a token
into the file (scontrol token username=NAME lifespan=SECONDS), and begin with `slurmctl-rest ping`.
Without any profile, the sacctmgr on PATH is used.

    [profiles.alps]
    execution_mode = "rest"
    cluster_name = "alps"
    [profiles.alps.rest_api]
    url = "http://127.0.0.1:6820"      # or unix:///path/of/slurmrestd.sock, or https://...
    api_version = "auto"
    username = "root"
    token_file = "/run/slurm/token"
"""


def run() -> None:
    """Take every step; raise at the first that does not end as it is to."""
    version = _distribution().version
    with (
        _sigterm_like_ctrl_c(),
        tempfile.TemporaryDirectory(prefix="slurmctl-rest-demo-") as folder,
        emulator(Path(folder)) as environment,
    ):
        print(INTRODUCTION.format(version=version, host=HOST))
        for step in STEPS:
            _take(step, environment)
    print(CONCLUSION, end="")


@contextmanager
def emulator(folder: Path) -> Iterator[dict[str, str]]:
    """Run the emulator; yield the environment in which this program works on it.

    Its state, its log, the token and the profile file are in `folder`.
    """
    commands = _commands()
    port = _free_port()
    profiles = folder / "config.toml"
    profiles.write_text(
        PROFILES_TOML.format(host=HOST, port=port, folder=folder, commands=commands),
        encoding="utf-8",
    )
    (folder / "token").write_text("any\n", encoding="ascii")
    (folder / "token").chmod(0o600)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SLURMCTL_REST_"))},
        "SLURM_EMULATOR_STATE_FILE": str(folder / "state.json"),
        "SLURM_EMULATOR_TIME_FILE": str(folder / "time.json"),
        "SLURM_EMULATOR_CLUSTER_NAME": "demo",
        "SLURM_EMULATOR_SLURM_VERSION": "25.11",
        "SLURMCTL_REST_CONFIG": str(profiles),
    }
    app = "emulator.api.slurmrestd.app:app"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # nosec B603 # noqa: S603 (an argument list, no shell)
            [sys.executable, "-m", "uvicorn", app, "--host", HOST, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=folder,  # a folder named `emulator` where the caller stands would be imported
        )
    try:
        _wait_until_it_answers(server, port, folder / "log")
        yield environment
    finally:
        server.kill()  # nothing of it is kept, so nothing needs a farewell
        server.wait()


def _take(step: Step, environment: Mapping[str, str]) -> None:
    """Run one step as a process of its own, on our own stdout, and compare its exit code."""
    print(f"# {step.title}\n$ slurmctl-rest {step.words}", flush=True)
    done = subprocess.run(  # nosec B603 # noqa: S603 (an argument list, no shell)
        [sys.executable, "-m", "slurmctl_rest", *shlex.split(step.words)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        env=environment,
        check=False,
    )
    print(f"[exit {done.returncode}]\n" if done.returncode else "", flush=True)
    if done.returncode != step.exit:
        raise SlurmctlError(
            f"demo: `slurmctl-rest {step.words}` ended with exit {done.returncode}, "
            f"not {step.exit:d}",
            "the demo is made for slurm-emulator 0.9.10",
        )


def _distribution() -> metadata.Distribution:
    try:
        found = metadata.distribution("slurm-emulator")
        metadata.distribution("uvicorn")
    except metadata.PackageNotFoundError as error:
        raise ConfigError(
            f"demo needs {error.name}, which is not installed",
            "pip install 'slurmctl-rest[demo]'",
        ) from error
    return found


def _commands() -> Path:
    """Return the folder where the emulator's own sacctmgr was installed."""
    files = _distribution().files or ()
    return next(Path(str(f.locate())).resolve().parent for f in files if f.name == "sacctmgr")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise Unreachable(
        f"demo: the emulator did not start on {HOST}:{port}: {' '.join(said) or 'no output'}",
        "pip install -U 'slurmctl-rest[demo]'",
    )


@contextmanager
def _sigterm_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does, so that nothing is left behind then either."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
