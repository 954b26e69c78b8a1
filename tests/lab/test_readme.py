"""The sessions of README and docs/ are ones that really ran."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, session

from .cells import Cell, Cli
from .cluster import Cluster


def play(cluster: Cluster, folder: Path, script: str) -> str:
    """Type the commands of a session, and return it with the output that they really had."""
    cli = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), folder)
    played = ""
    for block in re.split(r"\n+(?=\$ )", script):
        command = block.splitlines()[0]
        result = cli(command.removeprefix("$ slurmctl-rest "))
        exit_ = f"[exit {result.code}]\n" if result.code else ""
        said = re.sub(rf"\b{cluster.cluster_name}\b", "alps", result.both)
        played += f"{command}\n{re.sub(r'v0.0.[0-9]+', 'v0.0.43', said)}{exit_}\n"
    return played


def words(text: str) -> list[str]:
    """Return the lines that say something."""
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if session(text)])
def test_the_session_of_a_page(page: str, cluster: Cluster, tmp_path: Path) -> None:
    shown = session(PAGES[page])
    assert words(play(cluster, tmp_path, shown)) == words(shown)
