"""What is only needed for some commands is not loaded for the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"httpx", "rich", "pydantic", "pydantic_settings"}
PROGRAM = f"""
import sys
from slurmctl_rest.cli.app import main
code = main(sys.argv[1:])
print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ("--version", set()),
        ("account modify --help", {"pydantic"}),  # Typer's own, to read a verb's words
    ],
    ids=["--version", "help"],
)
def test_version_and_help_load_nothing_heavy(words: str, loaded: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words.split()], capture_output=True, text=True, check=True
    )
    assert set(done.stderr.split()) <= loaded


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n")
