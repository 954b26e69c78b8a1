"""The examples for CI systems, cron and Ansible: their YAML, and the commands in them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slurmctl_rest.cli.app import main
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.site.plan import stored_plan
from tests.docs.pages import PAGES, blocks

PAGE = PAGES["docs/accounting-as-code.md"]
EXAMPLES = [YAML(typ="safe").load(text) for text in blocks(PAGE, "yaml")]
DRIFT = PAGE.partition("## Drift")[2].partition("## Ansible")[0]


def commands_in(value: Any) -> Iterator[str]:
    """Yield the command lines of this program in a document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from commands_in(one)
    elif str(value).startswith("slurmctl-rest "):
        yield str(value)


def test_each_system_has_its_keys() -> None:
    github, gitlab, ansible = EXAMPLES
    # YAML 1.2, as GitHub has it: `on` is no truth value.
    assert [*github] == ["on", "jobs"]
    assert {"runs-on", "steps"} <= {*github["jobs"]["accounting"]}
    assert all({"run", "uses"} & {*step} for step in github["jobs"]["accounting"]["steps"])
    assert all("script" in job and "tags" in job for job in gitlab.values())
    assert "ansible.builtin.command" in ansible[0]


LINES = sorted(
    {
        *commands_in(EXAMPLES),
        *(line for text in blocks(DRIFT, "bash") for line in text.splitlines()),
    }
)


@pytest.mark.parametrize("line", LINES)
def test_each_command_is_read_and_then_fails_for_want_of_slurm(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    text = '[scope]\ncluster = "alps"\n'
    for file in ("site/site.toml", "site.toml"):
        (tmp_path / file).write_text(text)
    plan = stored_plan(
        PlanSteps(),
        "alps",
        {"scope": {"cluster": "alps"}},
        prune=True,
        now=datetime(2026, 11, 30, tzinfo=UTC),
        meta={},
    )
    (tmp_path / "plan.json").write_text(json.dumps(plan.as_json()))
    (tmp_path / "config.toml").write_text(
        f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n'
    )
    words = shlex.split(line.partition(" >")[0].replace("/etc/slurm/", ""))[1:]
    code = main([*words, "--config", "config.toml"])
    assert code == Exit.UNREACHABLE, capsys.readouterr().err


def test_there_are_examples_of_all() -> None:
    assert len(LINES) == 5, LINES
