"""docs/from-sacctmgr.md: each command of its tables is read, and fails at the missing Slurm only.

Commands of all other pages: test_docs.py. The lab plays the sessions (tests/lab/test_readme.py).
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, main
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.verbs import VERBS

from .pages import PAGES

PAGE = PAGES["docs/from-sacctmgr.md"]
LONGEST_README = 1_200
"""Words: it is read in ten minutes."""
SPOKEN = {
    f"{entity.word} {verb}": entity for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]
}


def commands() -> list[str]:
    """Return what stands in the right column of the tables."""
    rows = re.findall(r"^\| `.+` \| (`.+`) \|$", PAGE, re.MULTILINE)
    found = [span for row in rows for span in re.findall(r"`([^`]+)`", row)]
    return [line for line in found if " ".join(line.split()[:2]) in SPOKEN]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_tables_can_be_read(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n')
    code = main([*shlex.split(line), "--dry-run", "--config", str(config)])
    assert code == Exit.UNREACHABLE, capsys.readouterr().err


def test_the_tables_have_every_noun() -> None:
    said = {" ".join(line.split()[:1]) for line in commands()}
    assert said == {entity.word for entity in ENTITIES_WITH_VERBS}


def test_the_readme_is_read_in_ten_minutes() -> None:
    assert len(PAGES["README.md"].split()) < LONGEST_README
