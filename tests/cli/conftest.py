"""The whole program, from argv to its exit code, with Slurm replaced at the edge."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli.app import main
from slurmctl_rest.config.models import Profile
from tests.documents import judge
from tests.fakes import BEFORE, Sacctmgr, Slurmrestd, World
from tests.support import jwt, write_config

CONFIG = """
default_profile = "rest"
[profiles.rest]
execution_mode = "rest"
cluster_name = "alps"
[profiles.rest.rest_api]
url = "http://localhost:6820"
username = "admin"
[profiles.cli]
cluster_name = "alps"
"""
TOKEN = jwt(None, "q")


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


@dataclass
class Program:
    """The program, and the fake that its executor talks to."""

    executor: str
    slurm: Slurmrestd | Sacctmgr

    def __call__(self, *words: str, stdin: str | None = None, piped: bytes | None = None) -> Ended:
        """Run it with these words; with `stdin` there is a terminal, where that is typed.

        `piped` is what stands in a pipe that stdin is.
        """
        out, err = _Terminal(stdin is not None), _Terminal(stdin is not None)
        typed: io.TextIOBase = _Silent() if stdin is None else _Terminal(True, stdin)
        if piped is not None:
            typed = io.TextIOWrapper(io.BytesIO(piped))
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr("sys.stdin", typed)
            profile = [] if "--profile" in words else ["--profile", self.executor]
            code = main([*profile, *words])
        judge(words, out.getvalue(), err.getvalue())
        return Ended(code, out.getvalue(), err.getvalue())

    @property
    def wrote(self) -> list[str]:
        """Return what was written to Slurm, in short: POST /path, or sacctmgr's verb and noun."""
        if isinstance(self.slurm, Slurmrestd):
            return [f"{seen.method} {seen.path}" for seen in self.slurm.writes]
        return [" ".join(argv) for argv in self.slurm.writes]


class _Terminal(io.StringIO):
    def __init__(self, terminal: bool, text: str = "") -> None:
        super().__init__(text)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


class _Silent(io.StringIO):
    """A pipe that never delivers: who reads from it would wait for ever."""

    def read(self, *_: object) -> str:
        raise AssertionError("it waits for input")

    def readline(self, *_: object) -> str:  # type: ignore[override]
        raise AssertionError("it waits for input")


Programs = Callable[..., Program]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return the maker of programs: executor, state before and after a write."""
    write_config(Path(os.environ["HOME"]), CONFIG)
    monkeypatch.setenv("SLURM_JWT", TOKEN)
    # Over REST the journal is read through a sacctmgr on PATH, and an activated .venv has one: the
    # emulator's. No such folder, instead of PATH without it: Slurm may be installed anywhere.
    monkeypatch.setenv("PATH", "/nowhere")

    def make(executor: str, before: World = BEFORE, after: World | None = None) -> Program:
        slurm = Slurmrestd(before, after) if executor == "rest" else Sacctmgr(before, after)
        made = Program(executor, slurm)

        def connect(profile: Profile, timeout: float | None = None, waits: object = ()) -> Backend:
            assert profile.execution_mode == executor
            if isinstance(slurm, Slurmrestd):
                return RestBackend(profile, httpx.MockTransport(slurm))
            return CommandsBackend(profile, slurm)

        monkeypatch.setattr("slurmctl_rest.cli.context.connect", connect)
        # On a slow machine a plan would be looked at again, which is another request.
        monkeypatch.setattr("slurmctl_rest.cli.turn.FRESH_S", float("inf"))
        return made

    return make


@pytest.fixture(params=["rest", "cli"])
def executor(request: pytest.FixtureRequest) -> str:
    """Both executors, one after the other."""
    return str(request.param)


@pytest.fixture
def program(programs: Programs, executor: str) -> Program:
    """The program over both executors; writes leave Slurm as it is."""
    return programs(executor)


@pytest.fixture
def everybody_can_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passwd database that knows all users."""
    monkeypatch.setattr("pwd.getpwnam", lambda name: name)
