"""Whatever gives an account a QosLevel of its own shows what it inherited, and what is lost."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from .cells import Cli

SHOWN = "  QosLevel: (inherited: normal) -> high\n"
ENDS = (
    "slurmctl-rest: warning: a QosLevel of its own ends the inheritance of QOS, which only the "
    "Slurm commands can restore: set QosLevel=''\n"
)
SITE = """\
[account.physics]
QosLevel = ["high"]
"""
DUMPED = """\
Cluster - '{cluster}':Fairshare=1:QOS='normal'
Parent - 'root'
Account - 'physics':Description='physics':Organization='physics':Fairshare=1:QOS='high'
"""


@pytest.mark.newest
def test_each_way_tells_it(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = cli.cell.executor == "cli"
    cluster = cli.cell.cluster
    warning = "" if commands else ENDS
    for line in ("qos add high -i", "account add physics -i"):
        assert cli(line).code == 0
    site, dumped = tmp_path / "site.toml", tmp_path / "dumped.cfg"
    site.write_text(f"[scope]\ncluster = '{cluster.cluster_name}'\n{SITE}", "utf-8")
    dumped.write_text(DUMPED.format(cluster=cluster.cluster_name), "utf-8")
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\ncat >\"$1\" <<'END'\n{SITE}END\n", "utf-8")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    lines = [
        "account modify physics set QosLevel=high --dry-run",
        "account add physics QosLevel=high --dry-run",
        f"plan -f {site}",
        f"apply {site} --dry-run",
        "edit account physics --dry-run",
        f"load {dumped} --dry-run",
    ]
    for line in lines:
        done = cli(line)
        assert (done.code, SHOWN in done.out) == (0, True), line
        assert done.err.replace(BARE, "") == warning, line
    done = cli(f"diff -f {site}")
    assert (done.code, SHOWN in done.out, ENDS in done.err) == (8, True, False)
    cluster.sacctmgr("-i", "modify", "account", "physics", "set", "qos=high")
    time.sleep(1.1)  # the journal has seconds
    moment = datetime.now().astimezone().isoformat(timespec="seconds")
    time.sleep(1.1)
    cluster.sacctmgr("-i", "modify", "account", "physics", "set", "qos=")
    for line in ("undo last --dry-run", f"restore account physics --as-of {moment} --dry-run"):
        done = cli(line)
        assert (done.code, SHOWN in done.out, done.err) == (0, True, warning), line
    done = cli(f"diff --as-of {moment}")
    assert (done.code, "QosLevel: high -> " in done.out) == (8, True)


BARE = (
    "slurmctl-rest: warning: account 'physics': already exists without values of its own, and "
    "will get these\n"
)
