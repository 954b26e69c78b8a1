"""The README's session is one that really ran."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from .cells import Cell, Cli
from .cluster import Cluster

README = Path(__file__).parents[2] / "README.md"


def test_the_session_of_the_readme(cluster: Cluster, tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("## A session\n")[1].split("\n## ")[0]
    session = textwrap.dedent(
        "\n".join(line for line in section.splitlines() if line.startswith("    ") or not line)
    )
    cli = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)
    played = ""
    for block in re.split(r"\n(?=\$ )", session.strip()):
        command = block.splitlines()[0]
        result = cli(command.removeprefix("$ slurmctl-rest "))
        exit_ = f"[exit {result.code}]\n" if result.code else ""
        said = re.sub(rf"\b{cluster.cluster_name}\b", "alps", result.both)
        played += f"{command}\n{re.sub(r'v0.0.[0-9]+', 'v0.0.43', said)}{exit_}\n"
    assert played.strip() == session.strip()
