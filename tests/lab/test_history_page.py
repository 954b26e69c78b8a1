"""The five stories of docs/history.md, run as they stand there."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from tests.docs.pages import ROOT

from .cells import Cli, Result, state
from .cluster import Cluster
from .test_journal import programs

PAGE = ROOT / "docs/history.md"


def commands(story: str) -> list[str]:
    """Return the command lines of a story."""
    text = Path(PAGE).read_text(encoding="utf-8").split(f"### {story}\n")[1].split("\n#")[0]
    return re.findall(r"^    slurmctl-rest (.+)$", text, re.MULTILINE)


def told(program: Cli, story: str, words: Mapping[str, str] = {}) -> list[Result]:
    """Run the lines of a story; `words` take the place of others."""
    lines = commands(story)
    for word, other in words.items():
        lines = [line.replace(word, other) for line in lines]
    done = [program(line) for line in lines]
    differs = [8 if line.startswith("diff ") else 0 for line in lines]
    assert [one.code for one in done] == differs, [one.told for one in done]
    return done


def test_the_stories_are_as_told(cluster: Cluster, tmp_path: Path) -> None:
    over_rest, over_commands = programs(cluster, tmp_path)
    sacctmgr = cluster.sacctmgr
    sacctmgr("add", "qos", "high")
    sacctmgr("add", "account", "science", "GrpTRES=cpu=100", "qos=normal,high")
    sacctmgr("add", "account", "physics", "parent=science", "GrpTRES=cpu=100")
    sacctmgr("add", "user", "bob", "account=physics")
    time.sleep(1.05)
    begun, before = f"uts{int(time.time())}", state(cluster)
    time.sleep(1.05)
    sacctmgr("modify", "account", "physics", "set", "GrpTRES=cpu=50", user="slurm")

    history, blame, undo = told(over_rest, "A limit vanished")
    assert history.out.splitlines()[-1].split("  ")[-1] == "GrpTRES: cpu=100 -> cpu=50"
    line = next(line for line in blame.out.splitlines() if line.startswith("GrpTRES "))
    assert line.split()[:4] == ["GrpTRES", "cpu=50", "cpu=100", "slurm"]
    taken, *lines = undo.out.splitlines()
    assert re.fullmatch(r"takes back transaction \d+", taken)
    assert lines == ["account physics: modified", "  GrpTRES: cpu=50 -> cpu=100"]
    assert state(cluster) == before

    assert over_commands("account delete science -i -Q").code == 0
    plan, done = told(over_commands, "We deleted the wrong account", {"now-1hour": begun})
    assert "account physics: would add" in plan.out
    assert (state(cluster), "without raw usage" in done.err) == (before, True)

    sacctmgr("modify", "user", "bob", "set", "qos=high", user="slurm")
    history, blame = told(over_commands, "Who gave bob the high QOS?")
    assert history.out.splitlines()[-1].split("  ")[-1] == "QosLevel: (unset) -> high"
    line = next(line for line in blame.out.splitlines() if line.startswith("QosLevel "))
    assert line.split()[:4] == ["QosLevel", "high", "(unset)", "slurm"]

    night, ours, since = told(
        over_rest, "What changed last night?", {"as-of now-12hours": f"as-of {begun}"}
    )
    differs = "association bob in physics: differs\n  QosLevel: (inherited: high,normal) -> high\n"
    assert differs in since.out
    assert "QosLevel: (unset) -> high" in night.out
    assert {item["Actor"] for item in ours.items} == {"root"}

    trail, tree, rows = told(over_commands, "Show the auditor", {"2026-10-01": begun})
    assert trail.out.startswith("Number,Time,Actor,Object,Action,Changes\n")
    assert "physics" in tree.out
    assert f"{cluster.cluster_name},physics,bob" in rows.out


def test_a_watch_prints_what_is_written_meanwhile(cluster: Cluster, tmp_path: Path) -> None:
    _, program = programs(cluster, tmp_path)
    cluster.sacctmgr("add", "account", "physics", "Description=x")
    done = program("watch account physics since=now-1minute --for 0.5 --output ndjson")
    assert done.code == 0
    assert '"Object": "account \'physics\'", "Changes": ["Description: x"' in done.out
