"""The scripts of docs/cron.md and the example of docs/agents.md, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, prose, scripts

from .cells import Cell
from .cluster import Cluster

ADMIN = "root"


@dataclass
class Machine:
    """A folder with the scripts and what they call; what is mailed is kept in a file."""

    folder: Path
    cluster: Cluster

    def command(self, name: str, text: str) -> None:
        """Put a command on PATH."""
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def __call__(self, *argv: str, **variables: str) -> tuple[int, str]:
        """Run a command; return its exit code, and what it printed, to where cron mails both."""
        env = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "SLURMCTL_REST_CONFIG": str(self.folder / "config.toml"),
            **variables,
        }
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=env, cwd=self.folder, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def mails(self) -> list[str]:
        """Return the subjects of what was mailed since the last look."""
        box = self.folder / "mails"
        found = box.read_text(encoding="utf-8").splitlines() if box.exists() else []
        box.unlink(missing_ok=True)
        return found


@pytest.fixture
def machine(cluster: Cluster, tmp_path: Path) -> Machine:
    made = Machine(tmp_path, cluster)
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    token = tmp_path / "token"
    (tmp_path / "config.toml").write_text(cell.profile(token_file=str(token)))
    token.write_text(cluster.token_file.read_text())
    program = f'exec "{sys.executable}" -m slurmctl_rest "$@"'
    made.command("slurmctl-rest", f"#!/bin/sh\n{program}\n")
    made.command("mail", '#!/bin/sh\ncat > /dev/null\nprintf "%s\\n" "$2 to $3" >> mails\n')
    made.command("scontrol", f'#!/bin/sh\nexec "{cluster.bin_path / "scontrol"}" "$@"\n')
    for name, text in scripts(PAGES["docs/cron.md"]).items():
        made.command(name, text)
    return made


def test_the_scripts_for_cron(machine: Machine) -> None:
    machine.cluster.sacctmgr("add", "account", "physics,optics")

    limits = machine.folder / "limits.txt"
    limits.write_text("physics MaxJobs=50\noptics MaxJobs=5 Fairshare=3\n")
    changed = "changed: physics MaxJobs=50\nchanged: optics MaxJobs=5 Fairshare=3\n"
    assert machine("slurm-limits", str(limits)) == (0, changed)
    assert machine("slurm-limits", str(limits)) == (0, "")
    limits.write_text("nosuch MaxJobs=50\nphysics MaxJobs=51\n")
    code, said = machine("slurm-limits", str(limits))
    assert (code, said.splitlines()[1:]) == (3, ["changed: physics MaxJobs=51"])
    assert "account 'nosuch' does not exist" in said

    assert machine("slurm-members", "physics", "alice", "bob") == (0, "")
    assert machine.mails() == ["slurm-members: physics was changed to root"]
    assert machine("slurm-members", "physics", "alice", "bob") == (0, "")
    assert machine.mails() == []
    assert machine("slurm-members", "nosuch", "alice") == (3, "")
    assert machine.mails() == ["slurm-members failed with 3 to root"]

    assert machine("slurm-goodbye", "alice") == (0, "")
    assert machine("slurm-goodbye", "alice") == (0, "")
    assert machine("slurm-goodbye", "root")[0] == 1
    assert machine.mails() == ["slurm-goodbye root to root"]
    users = machine.cluster.sacctmgr("-nP", "list", "user", "format=user")
    assert users.split() == ["bob", "root"]

    machine.command("attempt", '#!/bin/sh\necho once >> attempts\nexit "$1"\n')
    tried = machine.folder / "attempts"
    assert machine("slurm-again", "attempt", "6", SLURM_AGAIN="0 0") == (6, "")
    assert machine("slurm-again", "attempt", "3", SLURM_AGAIN="0 0") == (3, "")
    assert machine("slurm-again", "attempt", "0", SLURM_AGAIN="0 0") == (0, "")
    assert len(tried.read_text().split()) == 3 + 1 + 1

    token = machine.folder / "token"
    token.unlink()
    assert machine("slurm-token", ADMIN, str(token)) == (0, "")
    assert token.stat().st_mode & 0o777 == 0o600
    assert machine("slurm-over-quota", "90") == (0, "")
    columns = "format=Account,MaxJobs"
    listed = machine("slurmctl-rest", "account", "list", "physics", "-nP", columns)
    assert listed == (0, "physics|51\n")


def test_the_example_for_agents(machine: Machine) -> None:
    page = PAGES["docs/agents.md"]
    (example,) = blocks(page, "python")
    promised = textwrap.dedent(re.findall(r"It prints\n\n((?: {4}.*\n)+)", prose(page))[0])
    machine.command("example", f"#!{sys.executable}\n{example}")
    assert machine("example") == (0, promised)
