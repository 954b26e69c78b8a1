"""`man` and `completion` show what is installed, wherever that is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from slurmctl_rest.cli import man
from slurmctl_rest.cli.app import main
from slurmctl_rest.cli.completion.scripts import SCRIPTS
from slurmctl_rest.render.manual import page_text
from tools.docgen import roff
from tools.docgen.files import files

ROOT = Path(__file__).parents[2]
PAGES = {path: text for path, text in files().items() if path.startswith("man/")}


def test_a_page_as_plain_text() -> None:
    page = [
        *roff.head("slurmctl-rest-x", "1", "Do x."),
        *roff.synopsis("x list [name]"),
        *roff.section("VERBS", "`user=a*` and more.\n\nA second paragraph"),
        *roff.tagged("`list`", "List x.", "aside"),
        *roff.inside(roff.tagged("`-s`", "Deeper.")),
        *roff.literal(["slurmctl-rest x list 'a-b'"]),
        *roff.see_also("slurmctl-rest.toml(5)", "sacctmgr(1)"),
    ]
    assert list(page_text("\n".join(page))) == [
        "",
        "NAME",
        "       slurmctl-rest-x - do x",
        "",
        "SYNOPSIS",
        "",
        "       slurmctl-rest x list [name]",
        "",
        "VERBS",
        "       user=a* and more.",
        "",
        "       A second paragraph",
        "",
        "       list",
        "              List x.",
        "              aside",
        "",
        "              -s",
        "                     Deeper.",
        "",
        "       slurmctl-rest x list 'a-b'",
        "",
        "SEE ALSO",
        "       slurmctl-rest.toml(5), sacctmgr(1)",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_roff_is_left(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["man", Path(path).name.rpartition(".")[0]]) == 0
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if "\\f" in line or "\\-" in line] == []
    assert shown.startswith("\nNAME\n       slurmctl-rest")


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_is_the_one_that_is_installed(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = (ROOT / "completions" / f"slurmctl-rest.{shell}").read_text(encoding="utf-8")
    assert capsys.readouterr().out == script


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("man acount", "there is no manual page 'acount' (did you mean account?)"),
        ("completion tcsh", "no completion for the shell 'tcsh' (known: bash, fish, zsh)"),
    ],
)
def test_an_unknown_name_is_refused(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    assert capsys.readouterr().err == f"slurmctl-rest: {said}\n"


def test_pages_that_are_not_installed_are_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(man, "_pages", lambda: iter(()))
    assert main(["man"]) == 3
    assert "slurmctl-rest: the manual pages are not installed" in capsys.readouterr().err


def test_man_shows_the_page_on_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = tmp_path / "man"
    command.write_text('#!/bin/sh\necho "$@" > "$0.said"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["man", "account"]) == 0
    said = (tmp_path / "man.said").read_text()
    assert said == f"-l {ROOT}/man/man1/slurmctl-rest-account.1\n"
