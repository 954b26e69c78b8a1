"""Sessions as shell transcripts: the same words, exit codes and state in every cell.

A transcript holds commands and what they print, stdout and stderr as met, `! ` before each line
of stderr:

    $ slurmctl-rest ...   the program, in the cell
    % sacctmgr ...        sacctmgr itself, to prepare or to look
    % as alice sbatch ... a job, which is called JOB1, the next JOB2, and so on, wherever its
                          number stands; it runs then, or waits for something that lasts
    %% state              everything, as sacctmgr shows it (cells.state); what `sacctmgr dump`
                          writes at this point must be the same in all cells of a release

`[exit N]` follows where the exit code is not 0. UPDATE_TRANSCRIPTS=1 writes them anew from the
cells it runs in; all cells must agree, so run it in one and the test in all.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from pathlib import Path

import pytest

from .cells import Cell, Cli, dump, neutral, state
from .cluster import Cluster
from .machine import wait_until

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
    jobs: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            played.append(line)
        elif line[0] in "$%" and " " in line:
            played.append(line)
            played += answer(line, cli, jobs).splitlines()
            if line == "%% state":
                dumps.append(dump(cli.cell.cluster))
    return "".join(f"{line}\n" for line in played)


def answer(line: str, cli: Cli, jobs: dict[str, str]) -> str:
    """Run one command of a transcript; `jobs` are the names of the numbers so far."""
    cluster = cli.cell.cluster
    if line == "%% state":
        return neutral(state(cluster), cluster)
    if line.startswith("% sacctmgr "):
        words = shlex.split(line.removeprefix("% sacctmgr "))
        said = cluster.sacctmgr(*words)  # raises where sacctmgr refuses
        return neutral(said if "list" in words else "", cluster)
    if line.startswith("% as "):
        user, *words = shlex.split(line.removeprefix("% as "))
        jobs[submitted(cluster, user, words)] = f"JOB{len(jobs) + 1}"
        return ""
    command = line.removeprefix("$ slurmctl-rest ")
    for number, name in jobs.items():
        command = re.sub(rf"{name}(?!\d)", number, command)
    result = cli(command)
    said = neutral(result.told, cluster)
    for number, name in jobs.items():
        said = re.sub(rf"(?m)(^(?:! )?|job '?|history ){number}(?!\d)", rf"\g<1>{name}", said)
    return said + (f"[exit {result.code}]\n" if result.code else "")


def submitted(cluster: Cluster, user: str, words: list[str]) -> str:
    """Run sbatch as a user; return the job's number, once its state is one that stays."""
    done = cluster.run(words[0], "--parsable", "--output=/dev/null", *words[1:], user=user)
    assert done.returncode == 0, done.stderr
    job = done.stdout.strip()
    passing = {"PENDING None", "PENDING Priority", "PENDING Resources", "CONFIGURING None"}

    def is_settled() -> bool:
        now = cluster.run("squeue", "-h", "-j", job, "-o", "%T %r").stdout.splitlines()
        return not passing & set(now)

    wait_until(is_settled, f"job {job} is settled")
    return job
