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
EMULATOR_APP = "emulator.api.slurmrestd.app:app"
DEMO_APP = "slurmctl_rest.cli.demo_server:app"
EMULATED_VERSION = "v0.0.44"
ANY_TOKEN = "any"  # nosec B105 # noqa: S105 (the emulator takes any)
SERVER = "SLURM_EMULATOR_URL"
"""The variable with the emulator's address, for what is done beside this program."""
DEMO_JOB = {
    "name": "waves",
    "account": "physics",
    "user_name": "alice",
    "tasks": 1,
    "cpus_per_task": 3,
    "time_limit": 60,
    "current_working_directory": "/",
    "environment": ["PATH=/usr/bin"],
}
"""What alice submits."""
WAITING_JOB = {**DEMO_JOB, "name": "tides", "cpus_per_task": 2, "hold": True}
"""What she submits then: the emulator enforces no limit, and would start it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the demo: its title, its words, and the exit code that it must have.

    job     what alice submits before it
    asks    on a terminal it asks, and off one it is run with -i
    """

    title: str
    words: str
    exit: Exit = Exit.OK
    job: Mapping[str, object] | None = None
    asks: bool = False


STEPS = (
    Step("Do the daemons answer?", "ping"),
    Step(
        "Add an account with limits. -i answers the question in advance.",
        "account add science Description='natural sciences' Fairshare=50 GrpJobs=500 "
        "QosLevel=normal -i",
    ),
    Step(
        "Two more accounts below it, in one command.",
        "account add physics,chemistry parent=science Organization='faculty of science' "
        "GrpJobs=100 QosLevel=normal -i",
    ),
    Step(
        "A QOS for urgent work: one GPU for each user.",
        "qos add high Description=urgent Priority=100 MaxTRESPU=gres/gpu=1 -i",
    ),
    Step(
        "Two users, with a limit for each of them, who may use both QOS.",
        "user add alice,bob account=physics MaxJobs=5 QosLevel=normal,high -i",
    ),
    Step(
        "A change without -i: it is shown, and you are asked. Answer y.",
        "account modify physics set GrpTRES=cpu=1000,gres/gpu=16",
        asks=True,
    ),
    Step("The tree, with the values that are set on each row itself.", "assoc tree"),
    Step("Keep all of it in a file, as it is now.", "export -o site.toml"),
    Step(
        "What would be sent? --dry-run writes nothing.",
        "account modify physics set GrpTRES=cpu=4 --dry-run",
    ),
    Step(
        "Lower the limit. The other TRES, and all other limits, are kept.",
        "account modify physics set GrpTRES=cpu=4 -i",
    ),
    Step(
        "alice submits a job of three CPUs. How full are the limits?",
        "quota where account=physics",
        job=DEMO_JOB,
    ),
    Step(
        "She holds one of two more CPUs, since the emulator enforces no limit. Why would it wait?",
        "jobs why user=alice",
        job=WAITING_JOB,
    ),
    Step("How does the cluster differ from the file?", "diff -f site.toml", Exit.DIFFERS),
    Step(
        "Undo it: put back what the file says. (On real Slurm, `undo last` needs no file.)",
        "apply site.toml -i",
    ),
    Step(
        "A profile that does not work: doctor names the line that fails, and the remedy.",
        "doctor --profile broken --format Check,Status,Detail,Remedy",
        Exit.PERMISSION,
    ),
)

PROFILES_TOML = """\
default_profile = "demo"

[profiles.demo]
execution_mode = "rest"
cluster_name = "demo"
[profiles.demo.rest_api]
url = "http://{host}:{port}"
api_version = "{version}"
token_file = "{folder}/token"
check_queries = false

[profiles.broken]
execution_mode = "rest"
cluster_name = "demo"
[profiles.broken.rest_api]
url = "http://{host}:{port}"
api_version = "{version}"
token_file = "{folder}/no-such-token"
check_queries = false
"""

INTRODUCTION = """\
slurm-emulator {version} stands in for Slurm 25.11 here. It is less strict than the real one, and
listens on {host} only. Below are the commands that you would type, each with its output.
The emulator needs QosLevel for each account and user; real Slurm lets them inherit it.
"""

CONCLUSION = """\
On real Slurm `history` lists these changes and those of others, and `undo` takes them back: both
read Slurm's journal, which the emulator does not have.

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


def run(pause: bool = True) -> None:
    """Take every step; raise at the first that does not end as it is to.

    On a terminal each step but the first waits for Enter, unless `pause` is False.
    """
    version = _distribution().version
    is_watched = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    with (
        _sigterm_like_ctrl_c(),
        tempfile.TemporaryDirectory(prefix="slurmctl-rest-demo-") as folder,
        emulator(Path(folder), DEMO_APP) as environment,
    ):
        print(INTRODUCTION.format(version=version, host=HOST))
        for number, step in enumerate(STEPS, 1):
            if is_watched and pause and number > 1 and not _go_on():
                return
            print(f"# {number}/{len(STEPS)}  {step.title}")
            if step.job is not None:
                _submit(environment, step.job)
            _take(step, environment, Path(folder), asks=step.asks and is_watched and pause)
    print(CONCLUSION, end="")


def _go_on() -> bool:
    """Wait for Enter; False if the terminal is gone, or Ctrl-D was typed."""
    try:
        input("[Enter] ")
    except EOFError:
        print()
        return False
    return True


def _submit(environment: Mapping[str, str], job: Mapping[str, object]) -> None:
    """Let alice submit a job, and wait until it runs: the emulator starts it after some seconds.

    One that is held never runs.
    """
    import httpx  # noqa: PLC0415  (nothing else here needs it)

    headers = {"X-SLURM-USER-NAME": "alice", "X-SLURM-USER-TOKEN": ANY_TOKEN}
    with httpx.Client(
        base_url=f"{environment[SERVER]}/slurm/{EMULATED_VERSION}/", headers=headers
    ) as emulated:
        script = "#!/bin/sh\nsleep 600\n"
        emulated.post("job/submit", json={"job": job, "script": script}).raise_for_status()
        if job.get("hold"):
            return
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            jobs = emulated.get("jobs/").raise_for_status().json()["jobs"]
            if all(job["job_state"] == ["RUNNING"] for job in jobs):
                return
            time.sleep(0.2)
    raise Unreachable("demo: the emulator did not start a job", "repeat slurmctl-rest demo")


@contextmanager
def emulator(folder: Path, app: str = EMULATOR_APP) -> Iterator[dict[str, str]]:
    """Run the emulator; yield the environment in which this program works on it.

    Its state, its log, the token and the profile file are in `folder`.
    """
    port = _free_port()
    profiles = folder / "config.toml"
    profiles.write_text(
        PROFILES_TOML.format(host=HOST, port=port, folder=folder, version=EMULATED_VERSION),
        encoding="utf-8",
    )
    profiles.chmod(0o600)
    (folder / "token").write_text(f"{ANY_TOKEN}\n", encoding="ascii")
    (folder / "token").chmod(0o600)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SLURMCTL_REST_"))},
        "SLURM_EMULATOR_STATE_FILE": str(folder / "state.json"),
        "SLURM_EMULATOR_TIME_FILE": str(folder / "time.json"),
        "SLURM_EMULATOR_CLUSTER_NAME": "demo",
        "SLURM_EMULATOR_SLURM_VERSION": "25.11",
        "SLURM_EMULATOR_TIME_FOLLOW_WALL": "1",
        "SLURMCTL_REST_CONFIG": str(profiles),
        "XDG_STATE_HOME": str(folder / "applied"),
        SERVER: f"http://{HOST}:{port}",
    }
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


def _take(step: Step, environment: Mapping[str, str], folder: Path, *, asks: bool) -> None:
    """Run one step as a process of its own, on our own stdout, and compare its exit code."""
    words = step.words if asks or not step.asks else f"{step.words} -i"
    print(f"$ slurmctl-rest {words}", flush=True)
    done = subprocess.run(  # nosec B603 # noqa: S603 (an argument list, no shell)
        [sys.executable, "-m", "slurmctl_rest", *shlex.split(words)],
        stdin=None if asks else subprocess.DEVNULL,
        stderr=None if asks else subprocess.STDOUT,
        env=environment,
        cwd=folder,
        check=False,
    )
    print(f"[exit {done.returncode}]\n" if done.returncode else "", flush=True)
    if done.returncode != step.exit:
        raise SlurmctlError(
            f"demo: `slurmctl-rest {words}` ended with exit {done.returncode}, not {step.exit:d}",
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
