"""The manual pages and completion scripts are what the program's tables say today."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from slurmctl_rest import config
from slurmctl_rest.cli import help_texts, reference

ROOT = Path(__file__).parents[2]
FILES = reference.files()
PAGES = [path for path in FILES if path.startswith("man/")]


@pytest.mark.parametrize("path", FILES)
def test_the_file_is_up_to_date(path: str) -> None:
    found = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else None
    assert found == FILES[path], f"{path} is stale: run make docs"


def test_nothing_else_is_installed_with_them() -> None:
    found = {p for folder in ("man", "completions") for p in (ROOT / folder).rglob("*")}
    assert {str(p.relative_to(ROOT)) for p in found if p.is_file()} == set(FILES)


@pytest.mark.parametrize("path", PAGES)
def test_mandoc_has_nothing_to_say(path: str) -> None:
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(
        [mandoc, "-T", "lint", "-W", "warning"],
        input=FILES[path],
        capture_output=True,
        text=True,
        check=False,
    )
    # A date would go stale; the version says which program is meant.
    said = [line for line in done.stdout.splitlines() if "WARNING: missing date" not in line]
    assert (said, done.stderr) == ([], "")


def test_every_verb_has_a_synopsis() -> None:
    assert list(reference.SYNTAX) == list(help_texts.SUMMARY)


def test_the_places_are_where_profiles_are_looked_for() -> None:
    home = Path(os.environ["HOME"])  # the tests' /etc lies there too
    assert [home / place.lstrip("~/") for place in reference.PLACES] == list(config.config_files())


def test_the_example_of_profiles_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(reference.TOML_EXAMPLE, encoding="utf-8")
    assert config.load_profile(file=file)[1].execution_mode == "rest"
    assert config.load_profile("alps-cli", file)[1].command_prefix == ("ssh", "login1")


def test_text_is_never_taken_for_roff() -> None:
    texts = [".so x", "'so x", r"a\fB", "-1", "`.x`", "…", "", " A"]
    assert [reference._filled(text) for text in texts] == [
        [r"\&.so x"],
        [r"\(aqso x"],
        [r"a\efB"],
        [r"\-1"],
        [r"\fB.x\fR"],
        [r"\[u2026]"],
        [],
        ["A"],
    ]


def test_it_is_written_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reference.main()
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in FILES} == FILES
