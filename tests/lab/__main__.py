"""python3 -m tests.lab build|up|down|status|env: two real Slurm clusters for the tests."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from . import apart, cluster, daemons, machine, recipe


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed (or, for status, something does not run), 130 interrupted."""
    arguments = _parser().parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return COMMANDS[arguments.command](arguments)
    except machine.LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """A kill unwinds as ^C does."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="build and start what does not run, and say how to use it")
    up.add_argument("--suite", choices=recipe.SUITES, help="only this one")
    commands.add_parser("build", help="build all that the tests need, and start nothing")
    commands.add_parser("down", help="stop everything; what was built stays")
    commands.add_parser("status", help="each daemon, and whether the clusters answer")
    commands.add_parser("env", help='for eval "$(python3 -m tests.lab env)"')
    return parser


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # in one piece: two threads talk


def _up(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    suites = [arguments.suite] if arguments.suite else recipe.SUITES
    for found in cluster.up(suites, _say):
        print(f"{found.suite}: Slurm {found.release}, {' '.join(found.api_versions)}")
        print(f"  {found.tcp_url}  {found.unix_url}")
        print(f"  commands {found.bin_path}  token {found.token_file}")
    names = ", ".join(
        f"{suite}{executor}" for suite in suites for executor in ("", "-unix", "-cli")
    )
    print(f"profiles {names} in {cluster.profiles_file()}; for example:")
    print(f"  slurmctl-rest --config {cluster.profiles_file()} --profile {suites[0]} account list")
    print(f"up in {time.monotonic() - began:.1f} s")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    cluster.build(_say)
    apart.build_all()
    return 0


def _down(arguments: argparse.Namespace) -> int:
    cluster.down(_say)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    healthy = True
    for suite in recipe.SUITES:
        chroot = cluster.chroot_of(suite)
        pids = {name: chroot.pid_of(name) for name in daemons.DAEMONS}
        answers = daemons.is_healthy(chroot)
        healthy = healthy and answers
        running = " ".join(f"{name}={pid or '-'}" for name, pid in pids.items())
        built = "" if chroot.is_built() else ", not built"
        print(f"{suite}: {'answers' if answers else 'does not answer'}{built}: {running}")
    return 0 if healthy else 1


def _env(arguments: argparse.Namespace) -> int:
    print(f"export SLURMCTL_REST_CONFIG='{cluster.profiles_file()}'")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": _up,
    "build": _build,
    "down": _down,
    "status": _status,
    "env": _env,
}

if __name__ == "__main__":
    sys.exit(main())
