"""What README and docs/ say can be typed: it is read, and fails at the missing Slurm only.

Sessions with output, scripts and the example in Python run on the lab (tests/lab/test_docs.py).
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from slurmctl_rest.cli.app import main, program
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.config.load import load_profile
from slurmctl_rest.sacctmgr.options import LONG
from tools.docgen.pages import pages

from .pages import PAGES, ROOT, blocks, commands, prose
from .pictures import FOLDER, pictures

NEEDS_NO_SLURM = {
    "--version",
    "--help",
    "help",
    "schema",
    "profile",
    "explain",
    "man",
    "completion",
}
ELSEWHERE = {"demo", "mcp", "--profile alps mcp --readonly", "profile init"}
"""What others play: test_demo.py and test_mcp.py of tests/emulator, cli/test_profile_file.py."""
OF_VOICE = re.compile("sacctmgr ").match
"""What sacctmgr answers: tests/lab/test_parity.py."""
STEPS = "docs/setting-up-rest.md"
"""What is done step by step on the lab, with the tools of other programs."""
TYPED = sorted(
    {(page, line) for page, text in PAGES.items() if page != STEPS for line in commands(text)}
    - {(page, line) for page in PAGES for line in ELSEWHERE}
    - {(page, line) for page, text in PAGES.items() for line in commands(text) if OF_VOICE(line)}
)


@pytest.mark.parametrize(("page", "line"), TYPED, ids=lambda value: value)
def test_a_command_can_be_read(
    page: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del page
    words = shlex.split(line, comments=True)
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n')
    try:
        code = main([*words, "--dry-run", "--config", str(config)])
    except SystemExit as end:
        code = int(end.code or 0)
    wanted = Exit.OK if NEEDS_NO_SLURM & {*words} else Exit.UNREACHABLE
    assert code == wanted, capsys.readouterr().err


MADE_ELSEWHERE = ("No such file", "the name tells no format", "reading from stdin")
"""Complaints about a file, a folder or a pipe that another line of the page makes."""
FENCED_COMMANDS = sorted(
    {
        (page, line.strip())
        for page, text in PAGES.items()
        for language in ("bash", "console", "yaml")
        for block in blocks(text, language)
        for line in re.findall(r"slurmctl-rest ([a-z][^|&;>#\n]+)", block)
    }
)


@pytest.mark.parametrize(("page", "line"), FENCED_COMMANDS, ids=lambda value: value)
def test_a_command_of_a_script_or_a_pipeline_can_be_read(
    page: str,
    line: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends at the missing Slurm, or at the file that another line of the page has made."""
    del page
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n')
    code = main([*shlex.split(line), "--config", str(config)])
    said = capsys.readouterr().err
    assert code == Exit.UNREACHABLE or any(word in said for word in MADE_ELSEWHERE), said


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = {
        name
        for page in PAGES.values()
        for name in re.findall(r"^ {4}make ([a-z-]+)|`make ([a-z-]+)", page, re.M)
        for name in name
        if name
    }
    assert named - {*targets} == set()


def every_option() -> set[str]:
    """Return all long options, of the program and of its verbs."""
    commands_: list[Any] = [program()]
    found: set[str] = {"--help"}
    while commands_:
        command = commands_.pop()
        found |= {name for p in command.params for name in [*p.opts, *p.secondary_opts]}
        if isinstance(command, TyperGroup):
            commands_ += command.commands.values()
    return found


def help_of_all(capsys: pytest.CaptureFixture[str]) -> str:
    """Return every help text."""
    group = program()
    assert isinstance(group, TyperGroup)
    lines = [["--help"]]
    for name, command in group.commands.items():
        lines.append([name, "--help"])
        if isinstance(command, TyperGroup):
            lines += [[name, verb, "--help"] for verb in command.commands]
    for line in lines:
        assert main(line) == Exit.OK
    return capsys.readouterr().out


def test_every_option_that_is_named_exists(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {path: text.replace("\\-", "-") for path, text in pages().items()}
    texts |= {**PAGES, STEPS: prose(PAGES[STEPS]), "the help": help_of_all(capsys)}
    known = every_option() | {"--install", *(f"--{name}" for name in LONG)}
    unknown = {
        (where, option)
        for where, text in texts.items()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)
        if option not in known
    }
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGES[page])
    here = (ROOT / page).parent
    assert [link for link in links if not (here / link).is_file()] == []


def test_every_page_is_in_the_index() -> None:
    index = PAGES["docs/README.md"]
    names = [Path(page).name for page in PAGES if page.startswith("docs/")]
    assert [n for n in names if f"({n})" not in index] == ["README.md"]


CONFIGURATIONS = [
    (page, text)
    for page, found in PAGES.items()
    for text in blocks(found, "toml")
    if page != "docs/accounting-as-code.md"  # has files of a site: tests/lab/test_site.py
]


@pytest.mark.parametrize(("page", "text"), CONFIGURATIONS)
def test_a_configuration_can_be_read(page: str, text: str, tmp_path: Path) -> None:
    del page
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    for name in tomllib.loads(text)["profiles"]:
        load_profile(name, file)


SCRIPTS = [(page, text) for page, found in PAGES.items() for text in blocks(found, "sh")]


@pytest.mark.parametrize(("page", "text"), SCRIPTS)
def test_the_shell_can_read_a_script(page: str, text: str) -> None:
    del page
    done = subprocess.run(
        ["/bin/sh", "-n"], input=text, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES)
def test_python_can_read_an_example(page: str) -> None:
    for text in blocks(PAGES[page], "python"):
        compile(text, page, "exec")


def test_the_pictures_are_up_to_date() -> None:
    found = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
    assert found == pictures(), "stale: run make pictures"


def test_a_picture_is_shown_and_asks_no_host_for_anything() -> None:
    for name, text in pictures().items():
        assert any(f"pictures/{name})" in page for page in PAGES.values())
        assert re.findall(r"(?:url|href|src)[^>;]*//[^>;]*", text) == []
