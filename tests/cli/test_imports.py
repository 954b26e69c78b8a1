"""What is only needed for some commands is not loaded for the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slurmctl_rest.cli.completion.scripts import VARIABLE
from tests.support import write_config

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


AT_A_TAB = """
import sys
from slurmctl_rest.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
OURS = {
    "slurmctl_rest",
    "slurmctl_rest.__main__",
    "slurmctl_rest.cli",
    "slurmctl_rest.cli.complete",
    "slurmctl_rest.cli.completion",
    "slurmctl_rest.cli.completion.candidates",
    "slurmctl_rest.cli.completion.lines",
    "slurmctl_rest.cli.completion.names",
    "slurmctl_rest.cli.completion.scripts",
    "slurmctl_rest.places",
}
"""Of this program: neither the tables nor the commands."""
NOT_AT_A_TAB = HEAVY | {"typer", "dataclasses", "inspect", "subprocess", "socket", "ssl", "asyncio"}
SACCTMGR = "#!/bin/sh\necho physics\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("acc", "account"),
        ("--profile a", "alps"),
        ("account modify where organization=x set Fair", "Fairshare="),
        ("account modify ph", "physics"),
    ],
    ids=["command", "profile", "field", "name"],
)
def test_a_tab_loads_little(words: str, offered: str, tmp_path: Path) -> None:
    (tmp_path / "sacctmgr").write_text(SACCTMGR)
    (tmp_path / "sacctmgr").chmod(0o755)
    config = f'[profiles.alps]\nslurm_bin_path = "{tmp_path}"\n'
    write_config(Path(os.environ["HOME"]), config)
    for _ in range(2):  # the second time names come from the cache
        done = subprocess.run(
            [sys.executable, "-c", AT_A_TAB, *words.split()],
            env={**os.environ, VARIABLE: "zsh"},
            capture_output=True,
            text=True,
            check=True,
        )
    loaded = set(done.stderr.split())
    assert done.stdout.partition("\t")[0] == offered
    assert {name for name in loaded if name.startswith("slurmctl_rest")} == OURS
    assert not NOT_AT_A_TAB & loaded


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n")
