"""The manual pages and completion scripts are what the program's tables say today."""

from __future__ import annotations

import os
import pkgutil
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from typer.core import TyperGroup

from slurmctl_rest.cli import commands, help_texts
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS, main, program
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.list_switches import OF_SWITCHES, SWITCHES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.config import load, paths
from slurmctl_rest.doctor.checks import CHECKS
from slurmctl_rest.model.entities import JOB, USAGE, USER
from slurmctl_rest.model.entities.events import LIST_WORDS
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from tools.docgen import files, roff
from tools.docgen.pages import PAGES_OF_OTHERS, PLACES, TOML_EXAMPLE

ROOT = Path(__file__).parents[2]
FILES = files.files()
PAGES = [path for path in FILES if path.startswith("man/")]
FOLDERS = ("man/", "completions/", "slurmctl_rest/schemas/")
INSTALLED = {path for path in FILES if path.startswith(FOLDERS)}
PROGRAM_PAGE = "man/man1/slurmctl-rest.1"
PAIRS = {(verb, noun) for noun, verbs in VERBS.items() for verb in verbs}


def section(entity: Entity, title: str) -> str:
    """Return the lines of a section of the entity's page."""
    page = FILES[f"man/man1/slurmctl-rest-{entity.word}.1"]
    return page.split(f"\n.SH {title}\n")[1].split("\n.SH ")[0]


def head(verb: str) -> str:
    """Return the lines that a verb begins with on the page of a noun."""
    words = "".join(rf", \fB{word}\fR" for word in SYNONYMS.get(verb, ()))
    return f".TP\n\\fB{verb}\\fR{words}\n"


def options_of(entity: Entity, verb: str) -> set[str]:
    """Return the options that the program takes for the verb alone."""
    group = program().commands[entity.word]
    assert isinstance(group, TyperGroup)
    options = [p for p in group.commands[verb].params if p.param_type_name == "option"]
    return {name for option in options for name in option.opts}


def noun_or_verb(value: Entity | str) -> str:
    return value if isinstance(value, str) else value.noun


@pytest.mark.parametrize("path", FILES)
def test_the_file_is_up_to_date(path: str) -> None:
    found = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else None
    assert found == FILES[path], f"{path} is stale: run make docs"


def test_nothing_else_is_installed_with_them() -> None:
    found = {p for folder in FOLDERS for p in (ROOT / folder).rglob("*")}
    assert {str(p.relative_to(ROOT)) for p in found if p.is_file()} == INSTALLED


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


def test_every_verb_stands_in_the_file_of_its_name_or_noun_and_nothing_else_does() -> None:
    files = [
        import_module(f"{commands.__name__}.{module.name}")
        for module in pkgutil.iter_modules(commands.__path__)
    ]
    told = [pair for file in files for pair in getattr(file, "VERBS", ())]
    assert sorted(told) == sorted(PAIRS)
    for entity in ENTITIES_WITH_VERBS:
        for verb in VERBS[entity.noun]:
            found = verb_of(entity, verb)
            assert found.summary
            assert found.syntax or verb in {"fix", "clear", "reconfigure", "shutdown"}
            assert found.examples


def test_every_noun_has_a_page_that_the_programs_page_names() -> None:
    pages = {Path(path).stem for path in PAGES if path.startswith("man/man1/")}
    named = [*(entity.word for entity in ENTITIES_WITH_VERBS), *PAGES_OF_OTHERS]
    assert pages == {roff.PROGRAM, *(f"{roff.PROGRAM}-{name}" for name in named)}
    for name in named:
        page = roff.escaped(f"slurmctl-rest-{name}")
        assert f".BR {page} (1)," in FILES[PROGRAM_PAGE].splitlines()


@pytest.mark.parametrize("entity", ENTITIES_WITH_VERBS, ids=noun_or_verb)
def test_a_page_names_every_field_once(entity: Entity) -> None:
    fields = section(entity, "FIELDS")
    words = LIST_WORDS.get(entity.noun, entity)
    words = {USER: USER_WITH_LIMITS, USAGE: USAGE_WORDS, JOB: PAST_JOB}.get(entity, words)
    tags = re.findall(r"^\.TP\n\\fB(.+)\\fR \(", fields, re.MULTILINE)
    every = {field.name: field for field in (*words.all_fields, *entity.on_request)}
    assert sorted(tags) == sorted(every)
    for field in every.values():
        for word in field.spellings:
            assert rf"\fB{word}\fR" in fields


@pytest.mark.parametrize("entity", ENTITIES_WITH_VERBS, ids=noun_or_verb)
def test_the_fields_stand_where_they_may_be_set(entity: Entity) -> None:
    parts = re.split(r"^\.SS (.*)\n", section(entity, "FIELDS"), flags=re.MULTILINE)[1:]
    listed = {
        name
        for title, text in zip(parts[::2], parts[1::2], strict=True)
        if title.startswith("Set by")
        for name in re.findall(r"^\.TP\n\\fB(.+)\\fR \(", text, re.MULTILINE)
    }
    writes = {"add", "modify", "dump", "load"} & {*VERBS[entity.noun]}
    wanted = {f.name for verb in writes for f in help_texts.to_set(entity, verb)}
    assert listed == wanted


@pytest.mark.parametrize(
    ("entity", "verb"),
    [(e, v) for e in ENTITIES_WITH_VERBS for v in VERBS[e.noun]],
    ids=noun_or_verb,
)
def test_a_page_names_every_verb_with_its_options(entity: Entity, verb: str) -> None:
    assert f"\n{roff.escaped(f'{entity.word} {verb}')}" in section(entity, "SYNOPSIS")
    part = section(entity, "VERBS").split(head(verb))[1]
    for other in VERBS[entity.noun]:
        part = part.split(head(other))[0]
    for name in options_of(entity, verb):
        assert rf"\fB{roff.escaped(name)}\fR" in part
    for switch in help_texts.switches(entity, verb):
        assert rf"\fB{switch}\fR" in part
    for example in verb_of(entity, verb).examples:
        line = roff.escaped(f"{roff.PROGRAM} {example}")
        assert rf"\&{line}" in section(entity, "EXAMPLES").splitlines()


@pytest.mark.parametrize(
    "command", [one for one in help_texts.STANDALONE_COMMANDS if one.split()[0] in PAGES_OF_OTHERS]
)
def test_a_command_that_is_no_noun_is_on_its_page_and_in_its_help(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = FILES[f"man/man1/slurmctl-rest-{command.split(maxsplit=1)[0]}.1"]
    other = help_texts.STANDALONE_COMMANDS[command]
    assert main([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert f".SH {command.upper()}\n" in page
    for field in other.entity.fields if other.entity else ():
        assert f".TP\n\\fB{field.name}\\fR\n" in page
    for example in other.examples:
        assert example.startswith(command)
        assert rf"\&{roff.escaped(f'slurmctl-rest {example}')}" in page.splitlines()
        assert f"\n  slurmctl-rest {example}\n" in text
    for check in CHECKS if command == "doctor" else ():
        assert f".TP\n\\fB{roff.escaped(check.name)}\\fR\n" in page


@pytest.mark.parametrize("entity", ENTITIES_WITH_VERBS, ids=noun_or_verb)
def test_a_page_says_what_each_exit_code_means(entity: Entity) -> None:
    status = section(entity, "EXIT STATUS")
    assert re.findall(r"^\.TP\n\\fB(\d+)\\fR$", status, re.MULTILINE) == [
        str(c) for c in map(int, Exit)
    ]


@pytest.mark.parametrize(
    ("entity", "verb"),
    [(e, v) for e in ENTITIES_WITH_VERBS for v in VERBS[e.noun]],
    ids=noun_or_verb,
)
def test_a_note_names_only_options_that_the_verb_has(entity: Entity, verb: str) -> None:
    named = re.findall(r"--[a-z-]+", " ".join(help_texts.notes(entity, verb)))
    assert set(named) <= options_of(entity, verb)


def test_every_switch_and_nothing_else_is_explained() -> None:
    assert set(OF_SWITCHES) == {s for some in SWITCHES.values() for s in some}


def test_the_places_are_where_profiles_are_looked_for() -> None:
    home = Path(os.environ["HOME"])  # the tests' /etc lies there too
    assert [home / place.lstrip("~/") for place in PLACES] == list(paths.config_files())


def test_the_example_of_profiles_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TOML_EXAMPLE, encoding="utf-8")
    assert load.load_profile(file=file)[1].execution_mode == "rest"
    assert load.load_profile("alps-cli", file)[1].command_prefix == ("ssh", "login1")


def test_text_is_never_taken_for_roff() -> None:
    texts = [".so x", "'so x", r"a\fB", "-1", "`.x`", "…", "", " A"]
    assert [roff.filled(text) for text in texts] == [
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
    files.write()
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in FILES} == FILES
