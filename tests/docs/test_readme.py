"""What the README says can be typed: each command is read, and fails at the missing Slurm only.

The session itself is played on the lab (tests/lab/test_readme.py).
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, main
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.verbs import VERBS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SPOKEN = {
    f"{entity.word} {verb}": entity for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]
}


def commands() -> list[str]:
    """Return what stands behind `slurmctl-rest` in the session, and in the right column."""
    session = re.findall(r"^ {4}(?:\$ )?slurmctl-rest (.+)$", README, re.MULTILINE)
    rows = re.findall(r"^\| `.+` \| (`.+`) \|$", README, re.MULTILINE)
    found = [*session, *(span for row in rows for span in re.findall(r"`([^`]+)`", row))]
    return [line for line in found if " ".join(line.split()[:2]) in SPOKEN]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_can_be_read(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n')
    code = main([*shlex.split(line), "--dry-run", "--config", str(config)])
    assert code == Exit.UNREACHABLE, capsys.readouterr().err


def test_the_readme_speaks_of_every_noun() -> None:
    said = {" ".join(line.split()[:1]) for line in commands()}
    assert said == {entity.word for entity in ENTITIES_WITH_VERBS}
