"""Sessions as shell transcripts: the same words, exit codes and state in every cell.

A transcript holds commands and what they print, stdout and stderr as met:

    $ slurmctl-rest ...   the program, in the cell
    % sacctmgr ...        sacctmgr itself, to prepare or to look
    %% state              everything, as sacctmgr shows it (cells.state); what `sacctmgr dump`
                          writes at this point must be the same in all cells of a release

`[exit N]` follows where the exit code is not 0. UPDATE_TRANSCRIPTS=1 writes them anew from the
cells it runs in; all cells must agree, so run it in one and the test in all.
"""

from __future__ import annotations

import difflib
import os
import shlex
from pathlib import Path

import pytest

from .cells import Cell, Cli, dump, neutral, state
from .cluster import Cluster

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(transcript: Path, cell: Cell, cli: Cli) -> None:
    expected = transcript.read_text(encoding="utf-8")
    dumps: list[str] = []
    played = play(expected, cli, dumps)
    assert DUMPS.setdefault((cell.cluster.suite, transcript.stem), dumps) == dumps
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        transcript.write_text(played, encoding="utf-8")
    elif played != expected:
        pytest.fail(differing(expected, played), pytrace=False)


@pytest.mark.parametrize("stem", ["operations"])
def test_over_the_unix_socket(stem: str, cluster: Cluster, tmp_path: Path) -> None:
    transcript = next(path for path in TRANSCRIPTS if path.stem == stem)
    expected = transcript.read_text(encoding="utf-8")
    cell = Cell(cluster, "rest", cluster.api_versions[-1], unix=True)
    assert play(expected, Cli(cell, tmp_path), []) == expected


def differing(expected: str, played: str) -> str:
    """Return the lines that differ."""
    lines = difflib.unified_diff(expected.splitlines(), played.splitlines(), lineterm="")
    return "\n".join(lines)


DUMPS: dict[tuple[str, str], list[str]] = {}
"""What `sacctmgr dump` wrote in the first cell of a release, by suite and transcript."""


def play(text: str, cli: Cli, dumps: list[str]) -> str:
    """Run the commands of a transcript; return it with what they printed here."""
    played = []
    for line in text.splitlines():
        if line.startswith("#") or not line:
            played.append(line)
        elif line[0] in "$%" and " " in line:
            played.append(line)
            played += answer(line, cli).splitlines()
            if line == "%% state":
                dumps.append(dump(cli.cell.cluster))
    return "".join(f"{line}\n" for line in played)


def answer(line: str, cli: Cli) -> str:
    """Run one command of a transcript."""
    cluster = cli.cell.cluster
    if line == "%% state":
        return neutral(state(cluster), cluster)
    if line.startswith("% sacctmgr "):
        words = shlex.split(line.removeprefix("% sacctmgr "))
        said = cluster.sacctmgr(*words)  # raises where sacctmgr refuses
        return neutral(said if "list" in words else "", cluster)
    result = cli(line.removeprefix("$ slurmctl-rest "))
    exit_ = f"[exit {result.code}]\n" if result.code else ""
    return neutral(result.both, cluster) + exit_
