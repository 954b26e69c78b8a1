"""The answer to a TAB, from the script's words to the lines that it reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slurmctl_rest.cli import complete
from slurmctl_rest.cli.completion.scripts import SCRIPTS, VARIABLE
from tests.support import write_config

BREAKS = " \t\n\"'@><=;|&(:"


def answer(capsys: pytest.CaptureFixture[str], shell: str, *arguments: str) -> list[str]:
    assert complete.main(shell, arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_bash_hands_its_line_over(capsys: pytest.CaptureFixture[str]) -> None:
    line = "slurmctl-rest qos modify high set Flags=NoD"
    assert answer(capsys, "bash", line, BREAKS) == ["NoDecay "]
    line = "slurmctl-rest --config x --config="
    assert answer(capsys, "bash", line, BREAKS) == [":files"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_hand_words_over(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    offered = ["list\tList TRES, the resources that limits count"]
    assert answer(capsys, shell, "tres", "") == offered
    assert answer(capsys, shell, "tres", '"li') == offered
    assert answer(capsys, shell, "--config=/e") == [":files\t--config="]


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_program_prints_its_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete.main(f"source_{shell}", []) == 0
    assert capsys.readouterr().out == SCRIPTS[shell]
    assert f"{VARIABLE}={shell}" in SCRIPTS[shell]


@pytest.mark.parametrize(
    ("shell", "arguments"),
    [("bash", ["one"]), ("zsh", []), ("csh", ["x"]), ("source_csh", []), ("zsh", ["\udcff", ""])],
)
def test_nothing_is_said_where_it_fails(
    shell: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, shell, *arguments) == []


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", *words],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_answers_where_a_shell_asks() -> None:
    done = run("tres", "", **{VARIABLE: "zsh"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "list\tList TRES, the resources that limits count\n"


@pytest.mark.parametrize(
    "config",
    ["[", '[profiles.x]\nexecution_mode = "rest"\n', '[profiles.x]\nslurm_bin_path = "/nowhere"\n'],
    ids=["no-toml", "no-profile", "no-slurm"],
)
def test_it_is_silent_where_there_are_no_names(config: str) -> None:
    write_config(Path(os.environ["HOME"]), config)
    done = run("account", "modify", "ph", **{VARIABLE: "zsh"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_is_silent_without_a_home_to_write_to() -> None:
    done = run("account", "modify", "", **{VARIABLE: "zsh", "HOME": "/proc/nowhere"})
    words = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, words[:2]) == (0, "", ["where", "set"])


def test_programs_that_are_started_know_nothing_of_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "zsh")
    assert complete.asked() == "zsh"
    assert VARIABLE not in os.environ
    assert complete.asked() == ""
