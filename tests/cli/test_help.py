"""Help: it is there, it is whole, and what it says works."""

from __future__ import annotations

import re
import shlex

import pytest

from slurmctl_rest import __version__
from slurmctl_rest.cli import help_texts
from slurmctl_rest.cli.app import NOUNS, SYNONYMS, main
from slurmctl_rest.model.fields import Access, Entity
from slurmctl_rest.model.syntax import parse_add, parse_modify, parse_select
from tests.support import noun_of

VERBS = list(help_texts.SUMMARY)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    ended = capsys.readouterr()
    assert ended.err == ""
    return ended.out


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
@pytest.mark.parametrize("entity", NOUNS, ids=noun_of)
def test_help_of_a_noun(
    entity: Entity, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.noun, *words)
    for verb in VERBS:
        assert f"\n  {verb} " in text
    for synonym in sum(SYNONYMS.values(), ()):
        assert f"\n  {synonym} " not in text


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("entity", NOUNS, ids=noun_of)
def test_help_of_a_verb_shows_examples_and_every_field(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.noun, verb, "--help")
    for example in help_texts.EXAMPLES[verb]:
        assert f"slurmctl-rest {example.format(noun=entity.noun)}\n" in text
    for field in entity.fields:
        line = rf"^ +{field.name} +{re.escape(field.help)} \[{re.escape(field.kind.unit)}\]$"
        shown = verb not in help_texts.WRITES or field.access is Access.SET
        assert bool(re.search(line, text, re.MULTILINE)) is shown, line
    assert "[]" not in text


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("entity", NOUNS, ids=noun_of)
def test_the_examples_can_be_read(entity: Entity, verb: str) -> None:
    for example in help_texts.EXAMPLES[verb]:
        noun, verb_, *tokens = shlex.split(example.format(noun=entity.noun))
        assert (noun, verb_) == (entity.noun, verb)
        tokens = [token for token in tokens if not token.startswith("-")]
        if verb == "add":
            parse_add(entity, tokens)
        elif verb == "modify":
            parse_modify(entity, tokens)
        else:
            parse_select(entity, tokens, ("WOPLimits",))


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
