"""Every command as a process of its own, with a pipe for stdin that never delivers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.documents import FOLDER

COMMANDS = [
    command
    for command in json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["commands"]
    if command["words"] not in (["demo"], ["mcp"])  # it runs the others; a server reads stdin
]
SETS = {
    "cluster": "Fairshare=3",
    "federation": "Clusters=alps",
    "resource": "Count=3",
    "jobs": "Comment=x",
    "account": "Fairshare=3",
    "user": "Fairshare=3",
    "assoc": "Fairshare=3",
    "qos": "Priority=3",
}
ACCOUNT = ["account=physics"]
OBJECTS = {
    "user": ["newname", *ACCOUNT],
    "coordinator": ["newname", *ACCOUNT],
    "assoc": ACCOUNT,
    "jobs": ["12"],
    "wckey": ["physics", "user=alice"],
    "runawayjobs": [],
    "stats": [],
    "archive dump": ["Jobs"],
    "undo": ["last"],
    "restore": ["account", "physics", "--as-of", "now"],
    "apply": [str(Path(__file__).with_name("site.toml"))],
    "archive load": ["File=/x"],
    "slurmdbd": [],
}
"""What a write acts on, so that it comes as far as the question; elsewhere it is `physics`."""
PARTS = 4
PATIENCE = 60
"""Seconds: what waits for input would wait for ever."""


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("part", range(PARTS))
def test_no_command_waits_for_input_or_moves_a_terminal(
    emulator: Mapping[str, str], tmp_path: Path, part: int
) -> None:
    environment = {**emulator, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    environment["PATH"] = os.environ["PATH"]
    for command in COMMANDS[part::PARTS]:
        if command["words"] in (["sacctmgr"], ["edit"]):
            continue  # the one reads lines, as sacctmgr does, the other starts an editor
        words = [*command["words"]]
        if command["writes"]:
            words += OBJECTS.get(" ".join(words), OBJECTS.get(words[0], ["physics"]))
            words += ["set", SETS[words[0]]] if words[1] == "modify" else []
        with (tmp_path / "said").open("wb+") as paper:
            child = subprocess.Popen(
                [sys.executable, "-m", "slurmctl_rest", *words],
                stdin=subprocess.PIPE,
                stdout=paper,
                stderr=subprocess.STDOUT,
                env=environment,
            )
            with child:
                try:
                    code = child.wait(PATIENCE)
                finally:
                    child.kill()
            paper.seek(0)
            said = paper.read()
        assert not set(b"\x1b\r\x08\x07") & set(said), words
        assert (code == 9) is command["writes"], (words, said)
