"""Help: it is there, it is whole, and what it says works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperOption

from slurmctl_rest import __version__
from slurmctl_rest.cli import help_texts, topics
from slurmctl_rest.cli.app import (
    COMMAND_WORDS,
    ENTITIES_WITH_VERBS,
    SYNONYMS,
    main,
    program,
)
from slurmctl_rest.cli.commands.program import TOPICS
from slurmctl_rest.cli.exits import MEANINGS, Exit, exit_of
from slurmctl_rest.cli.list_switches import SWITCHES
from slurmctl_rest.cli.standalone import TITLES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.config import load
from slurmctl_rest.errors import every_error
from slurmctl_rest.model.entities import ARCHIVE, JOB, USAGE, USER
from slurmctl_rest.model.entities.daemons import ARCHIVED
from slurmctl_rest.model.entities.events import LIST_WORDS
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_add, parse_modify, parse_select
from slurmctl_rest.render.formats import FORMATS
from tests.support import noun_of

ROOT = Path(__file__).parents[2]

every_verb = pytest.mark.parametrize(
    ("entity", "verb"),
    [(entity, verb) for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]],
    ids=lambda part: getattr(part, "noun", part),
)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    ended = capsys.readouterr()
    assert ended.err == ""
    return ended.out


WIDTH, LENGTH = 80, 40
LENGTH_OF_PROGRAM = 72
"""It has a line for each noun."""


def every_command(command: Any = None, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of all commands that help shows."""
    whole = command or program()
    yield words
    for name, below in getattr(whole, "commands", {}).items():
        if not below.hidden:
            yield from every_command(below, *words, name)


COMMANDS = [*every_command()]


@pytest.fixture(autouse=True)
def at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_fits_a_screen(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, *words, "--help").splitlines()
    assert len(lines) <= (LENGTH if words else LENGTH_OF_PROGRAM)
    assert [line for line in lines if len(line) > WIDTH] == []
    assert [line for line in lines if line != line.rstrip() or not line.isprintable()] == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_and_the_option_print_the_same(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "help", *words) == said(capsys, *words, "--help")


@pytest.mark.parametrize("words", COMMANDS[1:], ids=" ".join)
def test_help_points_to_topics_and_pages_that_exist(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    text = " ".join(said(capsys, *words, "--help").partition("See also: ")[2].split())
    named = [part.removeprefix("slurmctl-rest ") for part in text.split(", ")]
    *topics, page = named
    assert page.startswith("man slurmctl-rest")
    assert (ROOT / "man/man1" / f"{page.removeprefix('man ')}.1").is_file()
    for topic in topics:
        if not topic.endswith("VERB"):
            assert said(capsys, *topic.split())


PANELS_OF_VERBS = {"list": "Output", "modify": "Write", "delete": "Write"}


@pytest.mark.parametrize(("verb", "panel"), PANELS_OF_VERBS.items())
def test_the_options_of_a_verb_stand_under_titles(
    verb: str, panel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "account", verb, "--help")
    titles = re.findall(r"^(\w+):$", text, re.MULTILINE)
    assert panel in titles
    assert titles[-2:] == ["Output", "Common"]
    assert ("--immediate" in text) == (panel == "Write")


def test_every_option_of_the_program_has_a_title(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "help", "options")
    assert re.findall(r"^(\w+):$", text, re.MULTILINE) == ["Write", "Output", "Common"]
    for option in program().params:
        assert all(re.search(rf"(?<![\w-]){name}\b", text) for name in option.opts)


def test_the_help_of_the_program_groups_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "--help")
    titles = re.findall(r"^(\w[\w ]+):$", text, re.MULTILINE)
    assert titles == ["Examples", *TITLES]
    parts = {title: text.partition(f"\n{title}:\n")[2].partition("\n\n")[0] for title in TITLES}
    shown = {t: re.findall(r"^  ([\w-]+)  ", part, re.MULTILINE) for t, part in parts.items()}
    assert shown == {title: list(names) for title, names in TITLES.items()}
    named = [name for names in TITLES.values() for name in names]
    alone = {command.split()[0] for command in help_texts.STANDALONE_COMMANDS}
    assert sorted(named) == sorted({*alone, *(entity.word for entity in ENTITIES_WITH_VERBS)})


def test_the_help_of_the_program_has_three_examples_that_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = said(capsys, "--help")
    lines = re.findall(r"^  slurmctl-rest (.+)$", text, re.MULTILINE)
    assert lines == [*help_texts.EXAMPLES]
    assert len(lines) == 3
    for line in lines:
        entity = next(e for e in ENTITIES_WITH_VERBS if line.startswith(f"{e.word} "))
        read_example(entity, line.split()[1], line)


# --- topics -----------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_the_width(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "help", topic).splitlines()
    assert len(lines) > 5
    assert [line for line in lines if len(line) > WIDTH] == []


def test_every_topic_has_a_text() -> None:
    assert {*topics.TEXTS, "options"} == {*TOPICS}
    assert not {*TOPICS} & {*program().commands}


def test_the_help_of_help_lists_the_topics(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "help", "help")
    for topic, summary in TOPICS.items():
        assert re.search(rf"^  {topic} +{re.escape(summary)}$", text, re.MULTILINE)


@pytest.mark.parametrize("word", topics.tables())
def test_every_field_is_explained_with_its_unit(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    entity = topics.tables()[word]
    text = re.sub(r"\n {22}(?=\S)", " ", said(capsys, "help", "fields", word))
    for verb in VERBS.get(entity.noun, ("list",)):
        for field in words_of(entity, verb).fields:
            line = rf"^  {field.name} +{re.escape(field.help)} \[{re.escape(field.kind.unit)}\]"
            assert re.findall(line, text, re.MULTILINE), field.name
    assert "[]" not in text


def test_fields_takes_a_noun_in_other_spellings(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "help", "fields", "assoc")
    for spelling in ("association", "associations", "ASSOC"):
        assert said(capsys, "help", "fields", spelling) == text


def test_the_exit_codes_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "help", "exit-codes")
    for code, meaning in MEANINGS.items():
        assert f"\n  {int(code):<3} {meaning}\n" in text
    for error in every_error():
        assert re.search(rf"^  {int(exit_of(error('')))} +{error.code} ", text, re.MULTILINE)


def test_the_formats_and_variables_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert {*topics.MEANING_OF_FORMATS} == {*FORMATS}
    assert {*topics.ENVIRONMENT} == {*load.ENV_OF_PROGRAM}
    text = said(capsys, "help", "environment")
    for name, _ in topics.meaning_of_variables():
        assert f"\n  {name} " in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("feilds", "there is no help on 'feilds' (did you mean fields?)"),
        ("acount", "there is no help on 'acount' (did you mean account?)"),
        ("account lst", "there is no help on 'account lst' (did you mean list?)"),
        ("x", "there is no help on 'x' (see 'slurmctl-rest help help')"),
        ("fields acount", "there are no fields of 'acount' (did you mean account?)"),
        (
            "fields user account",
            "help fields takes one object (slurmctl-rest help fields user)",
        ),
    ],
)
def test_help_on_nothing_names_the_nearest(
    words: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", *words.split()]) == Exit.USAGE
    assert capsys.readouterr().err == f"slurmctl-rest: {line}\n"


# --- one command ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["account", "list", "-V"]], ids=" ".join)
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, *words) == f"slurmctl-rest {__version__}\n"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]], ids=["nothing", "--help", "-h"])
def test_help_of_the_program(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *words)
    assert text.startswith("Usage: slurmctl-rest ")
    for word in ("--dry-run", "--json", "--profile", "ping", "account"):
        assert word in text


@pytest.mark.parametrize("words", [[], ["--help"]], ids=["nothing", "--help"])
@pytest.mark.parametrize("entity", ENTITIES_WITH_VERBS, ids=noun_of)
def test_help_of_a_noun(
    entity: Entity, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, *words)
    shown = re.findall(r"^  (\w+)  ", text.partition("Verbs:")[2], re.MULTILINE)
    assert shown == list(VERBS[entity.noun])
    for synonym in sum(SYNONYMS.values(), ()):
        assert f"\n  {synonym} " not in text


def words_of(entity: Entity, verb: str) -> Entity:
    """Return the table of the words of a verb: users' limits are those of their associations."""
    if entity is JOB and verb in {"history", "modify"}:
        return PAST_JOB
    if verb == "list" and entity.noun in LIST_WORDS:
        return LIST_WORDS[entity.noun]
    return {USER: USER_WITH_LIMITS, USAGE: USAGE_WORDS}.get(entity, entity)


@every_verb
def test_help_of_a_verb_has_three_examples(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, verb, "--help")
    lines = re.findall(r"^  slurmctl-rest (.+)$", text, re.MULTILINE)
    assert lines == [*verb_of(entity, verb).examples]
    assert len({*lines}) == 3


@every_verb
def test_help_of_a_verb_shows_its_own_options(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, verb, "--help")
    group: Any = program().commands[entity.word]
    for option in group.commands[verb].params:
        if isinstance(option, TyperOption):
            assert all(re.search(rf"^  .*{name}\b", text, re.MULTILINE) for name in option.opts)
            assert option.rich_help_panel in {"Input", "Output", "Selection", "Values", "Write"}


@every_verb
def test_usage_says_which_tokens_a_verb_takes(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, verb, "--help")
    usage = " ".join(text.split("\n\n")[0].split())
    tokens = help_texts.usage(entity, verb)
    assert usage == f"Usage: slurmctl-rest {entity.word} {verb} [options] {tokens}".rstrip()


OPTION = r" (--(max-jobs|wait|signal|tz|basis|from) [^ ]+|-[^ ]+)"


def read_example(entity: Entity, verb: str, example: str) -> None:
    """Read an example as the verb does; raise UsageError if it cannot be read."""
    table = words_of(entity, verb)
    noun, verb_, *tokens = shlex.split(re.sub(OPTION, "", example))
    assert (noun, verb_) == (entity.word, verb)
    if entity is ARCHIVE:  # what is to be archived are bare words
        tokens = [f"{token}=yes" if token in ARCHIVED else token for token in tokens]
        parse_add(table, tokens, by_file=True)
    elif verb == "add":
        parse_add(table, tokens, by_file="--from" in example)
    elif verb == "modify":
        parse_modify(table, tokens)
    else:
        switches = SWITCHES.get(entity.noun, ()) if verb in {"list", "tree", "report"} else ()
        parse_select(table, tokens, switches, columns_of=entity)


@every_verb
def test_the_examples_can_be_read(entity: Entity, verb: str) -> None:
    for example in verb_of(entity, verb).examples:
        read_example(entity, verb, example)


@every_verb
def test_the_examples_fail_at_the_missing_slurm_only(
    entity: Entity,
    verb: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Their options are read, too, and the files that they name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "accounts.csv").write_text("account,parent\nphysics,science\n")
    (tmp_path / "users.txt").write_text("alice\nbob\n")
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.none]\ncluster_name = "alps"\nslurm_bin_path = "{tmp_path}"\n')
    for example in verb_of(entity, verb).examples:
        code = main([*shlex.split(example), "--dry-run", "--config", str(config)])
        assert code == Exit.UNREACHABLE, (example, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("verb", "synonym"), [(verb, word) for verb, words in SYNONYMS.items() for word in words]
)
def test_a_synonym_has_the_help_of_its_verb(
    verb: str, synonym: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "account", synonym, "--help")
    assert text.replace(f"account {synonym} ", f"account {verb} ") == said(
        capsys, "account", verb, "--help"
    )


def test_every_noun_is_under_a_title_of_the_help_of_the_program() -> None:
    titled = [name for names in TITLES.values() for name in names]
    assert sorted(titled) == sorted({*COMMAND_WORDS, *help_texts.STANDALONE_COMMANDS} - OF_NOUNS)


OF_NOUNS = {f"profile {verb}" for verb in COMMAND_WORDS["profile"]}
"""Standalone commands that stand below a noun."""
