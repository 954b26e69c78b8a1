"""The clients' locks and table agree; how they are installed, and how steps are played."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients import __main__ as installing
from tests.clients import bank, coldfront, table, waldur
from tests.clients.playing import Step
from tests.clients.table import CLIENTS, ROOT, Client

NONE = Client("none", "no-such-client", "1.0")


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock for NONE, in a world of its own."""
    monkeypatch.setattr(table, "ROOT", tmp_path)
    monkeypatch.setattr(table, "HOME", tmp_path / ".venv-clients")
    NONE.lock.parent.mkdir()
    NONE.lock.write_text("")
    return NONE.lock


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_release_that_is_driven_is_locked_and_documented(client: Client) -> None:
    pinned = f"{client.package}=={client.release}"
    for file in (client.lock, client.lock.with_suffix(".in")):
        assert f"\n{pinned}" in file.read_text()
    assert f"\n| {client.package} {client.release} |" in (ROOT / "docs/drop-in.md").read_text()


@pytest.mark.parametrize(
    ("package", "steps"),
    [
        ("waldur-site-agent-slurm", waldur.STEPS),
        ("coldfront", coldfront.steps("c", "f")),
        ("crc-bank", bank.steps("c")),
    ],
)
def test_the_page_says_how_much_is_called(package: str, steps: Sequence[Step]) -> None:
    text = (ROOT / "docs/drop-in.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| {package} "))
    assert f"| the {len({step[0] for step in steps})} " in row
    assert f"in {len(steps)} calls |" in row


def test_a_lock_that_is_installed_is_not_installed_again(lock: Path) -> None:
    assert installing.why_not(NONE) == "no-such-client is not installed: `make clients` installs it"
    installing.install(NONE)
    assert installing.why_not(NONE) == ""
    lock.write_text("# changed\n")
    assert installing.why_not(NONE) == "no-such-client is not installed: `make clients` installs it"


def test_what_cannot_be_installed_is_said_in_one_line(lock: Path) -> None:
    lock.write_text(f"./nothing-1.0-py3-none-any.whl --hash=sha256:{'0' * 64}\n")
    installing.install(NONE)
    text = installing.why_not(NONE)
    assert text.startswith("no-such-client is not installed: ")
    assert "nothing-1.0-py3-none-any.whl" in text
    assert len(text.splitlines()) == 1


PLAYED = """
from tests.clients.playing import {names}
print("a log", flush=True)
{call}
"""


def run(names: str, call: str, text: str = "") -> tuple[int, Sequence[object], str]:
    """Run a driver, and return its exit code, what it played, and its last words."""
    done = subprocess.run(
        [sys.executable, "-c", PLAYED.format(names=names, call=call)],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line != "a log"]
    return done.returncode, lines, done.stderr


def test_steps_are_played_as_long_as_somebody_asks_for_more() -> None:
    call = (
        "play([('int', '7'), ('print', 'x'), ('int', 'x'), ('set', 'aa')], vars(__builtins__).get)"
    )
    first, logged, wrong = (
        {"step": ["int", "7"], "value": 7},
        {"step": ["print", "x"], "value": None},
        {
            "step": ["int", "x"],
            "raised": "ValueError",
            "text": "invalid literal for int() with base 10: 'x'",
        },
    )
    assert run("play", call, "\n\n\n") == (
        0,
        [first, logged, wrong, {"step": ["set", "aa"], "value": ["a"]}],
        "x\n",
    )
    assert run("play", call, "\n")[:2] == (0, [first, logged])


def test_a_method_that_no_step_calls_ends_the_driver() -> None:
    code, lines, err = run("all_called", "all_called([('a',), ('b', 1)], {'b', 'c'})")
    assert (code, lines, err) == (1, [], "called and methods differ: ['a', 'c']\n")
