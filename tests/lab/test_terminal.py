"""The program at a real terminal, on real Slurm: prompts, interruptions, and what is on the screen.

A write is held on its way, by a proxy before slurmrestd or by a sacctmgr that waits, until the test
lets it go: what Ctrl-C meets does not depend on time.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import tmux
from tests.tmux import Screen

from .cells import Cell, state
from .cluster import Cluster
from .machine import wait_until

pytestmark = pytest.mark.skipif(bool(tmux.REASON), reason=tmux.REASON)
EXECUTORS = ("rest", "cli")


class Gate:
    """Where writes are held. `arrived` says that one has come, `open` lets it and all others go."""

    def __init__(self, folder: Path) -> None:
        self.came, self.goes = folder / "came", folder / "goes"

    def arrived(self) -> None:
        wait_until(self.came.exists, "a write has come to the gate")

    def open(self) -> None:
        self.goes.touch()


def slow_sacctmgr(cluster: Cluster, folder: Path, gate: Gate) -> Path:
    """Return a folder of Slurm's commands in which sacctmgr waits with writes."""
    for real in cluster.bin_path.iterdir():
        tmux.program(folder, real.name, f'exec {real} "$@"')
    waits = f"touch {gate.came}; until [ -e {gate.goes} ]; do sleep 0.02; done"
    real = cluster.bin_path / "sacctmgr"
    return tmux.program(folder, "sacctmgr", f'case "$*" in *-i*) {waits};; esac\nexec {real} "$@"')


@contextmanager
def proxy(url: str, gate: Gate) -> Iterator[str]:
    """Stand before slurmrestd and wait with writes."""
    to = (urlsplit(url).hostname, urlsplit(url).port)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, *, holds: bool) -> None:
        with source, target:
            while block := _received(source):
                if holds and block.startswith((b"POST", b"DELETE")):
                    gate.came.touch()
                    wait_until(gate.goes.exists, "the gate is open")
                try:
                    target.sendall(block)
                except OSError:
                    return

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(to)
            for source, target, holds in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=pump, args=(source, target), kwargs={"holds": holds}, daemon=True
                ).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        gate.open()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


SETUP = (
    "add account science description=Universität",
    "add account physics parent=science MaxJobs=5",
    "add user alice account=physics",
)


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture
def config(cluster: Cluster, executor: str, gate: Gate, tmp_path: Path) -> Iterator[str]:
    """A profile whose writes go through the gate, to a cluster with an account and a user."""
    for line in SETUP:
        cluster.sacctmgr(*line.split())
    cell = Cell(cluster, executor, "" if executor == "cli" else cluster.api_versions[-1])
    path = tmp_path / "config.toml"
    with proxy(cluster.tcp_url, gate) as url:
        folder = slow_sacctmgr(cluster, tmp_path / "bin", gate)
        text = cell.profile(**({"url": url} if executor == "rest" else {}))
        path.write_text(text.replace(str(cluster.bin_path), str(folder)))
        yield str(path)


@pytest.fixture
def screen(config: str, tmp_path: Path) -> Iterator[Screen]:
    with tmux.screen(tmp_path, 120, {"SLURMCTL_REST_CONFIG": config}) as opened:
        yield opened


MODIFY = "slurmctl-rest account modify physics set MaxJobs=6"
ASKED = "~ account physics: modify\n  ~ MaxJobs: 5 -> 6\nCarry this out? [y/N] "
AGAIN = "Please answer y or n.\nCarry this out? [y/N] "
NOTHING = "nothing was changed\n"


def test_the_question(screen: Screen, gate: Gate, cluster: Cluster) -> None:
    gate.open()
    question = r"\[y/N\] *$"
    before = state(cluster)
    for keys, answer, code in (
        (["n", "Enter"], f"n\n{NOTHING}", 0),
        (["C-d"], f"\n{NOTHING}", 0),
        (["C-c"], f"^C\nslurmctl-rest: interrupted; {NOTHING}", 130),
        (
            ["what?", "Enter", r"answer y or n\.\n.*\[y/N\]$", "no", "Enter"],
            f"what?\n{AGAIN}no\n{NOTHING}",
            0,
        ),
    ):
        screen.start(MODIFY)
        screen.shows(question)
        for key in keys:  # a terminal echoes at once what is typed before it is asked for
            screen.shows(key) if key.endswith("$") else screen.type(key)
        assert tidy(screen.ended()) == tidy(f"{ASKED}{answer}[exit {code}]")
    assert state(cluster) == before
    screen.start(MODIFY)
    screen.shows(question)
    screen.type("y", "Enter")
    assert tidy(screen.ended()) == tidy(f"{ASKED}y\n1 modified\n[exit 0]")
    assert "MaxJobs=6" in state(cluster)


def tidy(text: str) -> str:
    """Return text as tmux shows it: without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines())


WAITING = r"interrupted: waiting for the running request \(again: end at once\) \.\.\. \d+ s"
USER = "slurmctl-rest user modify alice set AdminLevel=Operator MaxJobs=4 -i"


def test_an_interrupted_write_says_what_was_done(
    screen: Screen, gate: Gate, cluster: Cluster
) -> None:
    """Of two requests the first is under way: it is waited for, and the second is not sent."""
    screen.start(USER)
    gate.arrived()
    screen.shows(r"writing 1 of 2 \.\.\. \d+ s")
    screen.type("C-c")
    screen.shows(WAITING)
    gate.open()
    said = screen.ended()
    now = state(cluster)
    assert "Operator" not in now
    if "not known whether" in said:  # no answer came in time, or none at all: that is said, too
        first, second = "! user alice: not modified", "! association alice in physics: "
        assert tidy(said).startswith(f"\n{first}\n{second}")
        assert UNANSWERED in said.replace("\n", "")
        assert said.endswith("\n[exit 130]")
        return
    assert said.splitlines() == [
        "",
        "! user alice: not modified",
        "~ association alice in physics: modified",
        "  + MaxJobs: (unset) -> 4",
        "slurmctl-rest: interrupted; done: association 'alice in physics'; not done: user 'alice'",
        "[exit 130]",
    ]
    assert "assoc physics/alice* Share=1 MaxJobs=4" in now.replace("ParentName=", "")


UNANSWERED = (
    "slurmctl-rest: interrupted; not done: user 'alice'; not known whether done: "
    "association 'alice in physics' (slurmctl-rest assoc list shows the state)"
)


def test_a_second_interruption_ends_at_once(screen: Screen, gate: Gate, cluster: Cluster) -> None:
    before = state(cluster)
    screen.start(f"{MODIFY} -i")
    gate.arrived()
    screen.type("C-c")
    screen.shows(WAITING)
    screen.type("C-c")
    assert screen.ended().splitlines()[-2:] == [
        "slurmctl-rest: interrupted; not known whether done: account 'physics' "
        "(slurmctl-rest account list shows the state)",
        "[exit 130]",
    ]
    assert state(cluster) == before


def test_a_script_that_is_terminated_says_what_was_done(
    config: str, gate: Gate, cluster: Cluster
) -> None:
    words = MODIFY.split()[1:]
    argv = [sys.executable, "-m", "slurmctl_rest", "--config", config, *words, "-i", "--json"]
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as script:
        gate.arrived()
        script.terminate()
        gate.open()
        out, err = script.communicate(timeout=tmux.SECONDS)
    assert script.returncode == 130
    assert json.loads(out)["changed"] is True
    error = json.loads(err)["error"]
    assert (error["code"], error["exit"]) == ("interrupted", 130)
    assert error["message"] == "interrupted; done: account 'physics'"
    assert "MaxJobs=6" in state(cluster)


@dataclass(frozen=True)
class Look:
    """A command at a terminal: its size, its variables, and what is on the screen then."""

    executor: str
    columns: int
    command: str
    shown: str
    variables: Mapping[str, str] = field(default_factory=dict)


LOOKS = {
    "40 columns": Look("rest", 40, "account list physics", """\
Account  Description        Organization
───────  ─────────────────  ────────────
physics  物理 département   science
         🚀
[exit 0]"""),
    "40 columns, too many for a table": Look("cli", 40, "assoc list where account=physics", """\
Cluster: CLUSTER
Account: physics
Fairshare: 1
GrpTRES: cpu=100,mem=2G
MaxJobs: 5
QosLevel: normal

Cluster: CLUSTER
Account: physics
User: alice
Fairshare: 1
MaxJobs: 5
QosLevel: normal
[exit 0]"""),
    "40 columns, a tree": Look("rest", 40, "assoc tree where account=physics", """\
physics  Fairshare=1
│   GrpTRES=cpu=100,mem=2G MaxJobs=5
└── @alice  Fairshare=1
[exit 0]"""),
    "LANG=C": Look("rest", 80, "account list physics; slurmctl-rest assoc tree user=alice", """\
Account  Description                             Organization
-------  --------------------------------------  ------------
physics  \\u7269\\u7406 d\\xe9partement \\U0001f680  science
@alice  Fairshare=1
[exit 0]""", {"LC_ALL": "C"}),
    "a terminal that knows letters alone": Look("cli", 80, "tres list; slurmctl-rest x", """\
slurmctl-rest: No such command 'x'. (slurmctl-rest --help)
[exit 2]""", {"TERM": "dumb"}),
    "a pipe": Look("rest", 30, "account list physics | cat", """\
Account  Description
Organization
physics  物理 département 🚀
science
[exit 0]"""),
    "columns that cannot be": Look("cli", 80, "account list physics -n", """\
physics  物理 département 🚀  science
[exit 0]""", {"COLUMNS": "-3"}),
}  # fmt: skip


@pytest.fixture
def variables(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> dict[str, str]:
    """The variables of a shell, with a profile of a cluster whose account has a bit of all."""
    for line in SETUP:
        cluster.sacctmgr(*line.split())
    cluster.sacctmgr("modify", "account", "physics", "set", "GrpTRES=cpu=100,mem=2G")
    cluster.sacctmgr("modify", "account", "physics", "set", "description=物理 département 🚀")
    executor = (
        request.node.callspec.params["look"].executor if "look" in request.fixturenames else "rest"
    )
    cell = Cell(cluster, executor, "" if executor == "cli" else cluster.api_versions[-1])
    (tmp_path / "config.toml").write_text(cell.profile())
    return {"SLURMCTL_REST_CONFIG": str(tmp_path / "config.toml")}


@pytest.mark.parametrize("look", LOOKS.values(), ids=list(LOOKS))
def test_what_is_on_the_screen(
    look: Look, cluster: Cluster, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    with tmux.screen(tmp_path, look.columns, {**variables, **look.variables}) as screen:
        shown = screen.run(f"slurmctl-rest {look.command}")
    shown = tidy(shown).replace(cluster.cluster_name, "CLUSTER")
    assert f"\n{shown}".endswith(f"\n{look.shown}")  # a dumb terminal is not cleared


STREAMS = {
    "account list | head -1; echo ${PIPESTATUS[0]}": """\
Account  Description           Organization
0
[exit 0]""",
    "account list -P physics <&-": """\
Account|Descr|Org
physics|物理 département 🚀|science
[exit 0]""",
    "account delete physics <&-": """\
slurmctl-rest: no terminal to confirm this write on (use -i to skip the question
, or --dry-run)
[exit 9]""",
    "account list >&-": "[exit 0]",
    "account list nosuch -nP 2>&-": "[exit 3]",
    "account list >/dev/full": """\
slurmctl-rest: the output cannot be written: No space left on device
[exit 1]""",
}


def test_streams_that_end_or_are_closed(
    cluster: Cluster, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    with tmux.screen(tmp_path, 80, variables) as screen:
        for command, shown in STREAMS.items():
            assert tidy(screen.run(f"slurmctl-rest {command}")) == shown


def test_the_pager(cluster: Cluster, tmp_path: Path, variables: Mapping[str, str]) -> None:
    less = {**variables, "PAGER": "less"}
    with tmux.screen(tmp_path, 40, less, lines=8) as screen:
        screen.start("slurmctl-rest assoc list")
        screen.shows(r"(?m)^:$")
        screen.type("C-c")  # it is the pager's now
        screen.insist("G", r"\(END\)")
        screen.type("q")
        assert screen.ended().endswith("[exit 0]")
