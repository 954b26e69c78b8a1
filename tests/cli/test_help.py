"""Help: it is there, it is whole, and what it says works."""

from __future__ import annotations

import re
import shlex

import pytest

from slurmctl_rest import __version__
from slurmctl_rest.cli import help_texts
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS, main
from slurmctl_rest.cli.list_switches import SWITCHES
from slurmctl_rest.cli.verbs import VERBS, verb_of
from slurmctl_rest.model.entities import JOB, USAGE, USER
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity
from slurmctl_rest.model.syntax import parse_add, parse_modify, parse_select
from tests.support import noun_of

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
    shown = re.findall(r"^  (\w+)  ", text.partition("Commands:")[2], re.MULTILINE)
    assert shown == list(VERBS[entity.noun])
    for synonym in sum(SYNONYMS.values(), ()):
        assert f"\n  {synonym} " not in text


def test_verbs_of_nouns() -> None:
    assert {entity.word: VERBS[entity.noun] for entity in ENTITIES_WITH_VERBS} == {
        "account": ("list", "tree", "add", "modify", "delete"),
        "user": ("list", "add", "modify", "delete"),
        "assoc": ("list", "tree", "add", "modify", "delete"),
        "coordinator": ("list", "add", "delete"),
        "qos": ("list", "add", "modify", "delete"),
        "cluster": ("list",),
        "tres": ("list",),
        "jobs": ("list", "history", "cancel"),
        "usage": ("report", "history"),
        "raw-usage": ("reset",),
    }


def words_of(entity: Entity, verb: str) -> Entity:
    """Return the table of the words of a verb: users' limits are those of their associations."""
    if (entity, verb) == (JOB, "history"):
        return PAST_JOB
    return {USER: USER_WITH_LIMITS, USAGE: USAGE_WORDS}.get(entity, entity)


def fields_of(entity: Entity, verb: str) -> list[str]:
    """Return the fields that the help of a verb shows."""
    table = entity if verb == "list" else words_of(entity, verb)
    wanted = {
        "list": set(Access),
        "history": set(Access),
        "report": set(Access),
        "add": {Access.SCOPE, Access.SET},
        "modify": {Access.SET, Access.MODIFY},
    }
    if verb in wanted:
        return [f.name for f in table.fields if f.access in wanted[verb]]
    return [f.name for f in table.fields if f.where or f.access is Access.KEY]


@every_verb
def test_help_of_a_verb_shows_examples_and_every_field(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, verb, "--help")
    assert verb_of(entity, verb).examples
    for example in verb_of(entity, verb).examples:
        assert f"slurmctl-rest {example}\n" in text
    text = re.sub(r"\n {24}(?=\S)", " ", text)  # what goes on in the second column
    shown = []
    for field in words_of(entity, verb).fields:
        line = rf"^ +{field.name} +{re.escape(field.help)} \[{re.escape(field.kind.unit)}\]$"
        shown += [field.name] * len(re.findall(line, text, re.MULTILINE))
    assert sorted(shown) == sorted(fields_of(entity, verb))
    assert "[]" not in text


@every_verb
def test_usage_says_which_tokens_a_verb_takes(
    entity: Entity, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, entity.word, verb, "--help")
    usage = " ".join(text.split("\n\n")[0].split())
    tokens = help_texts.usage(entity, verb)
    assert usage == f"Usage: slurmctl-rest {entity.word} {verb} [options] {tokens}"


OPTION = r" (--(max-jobs|wait|signal|tz|basis) [^ ]+|-[^ ]+)"


@every_verb
def test_the_examples_can_be_read(entity: Entity, verb: str) -> None:
    table = words_of(entity, verb)
    for example in verb_of(entity, verb).examples:
        noun, verb_, *tokens = shlex.split(re.sub(OPTION, "", example))
        assert (noun, verb_) == (entity.word, verb)
        if verb == "add":
            parse_add(table, tokens)
        elif verb == "modify":
            parse_modify(table, tokens)
        else:
            switches = SWITCHES.get(entity.noun, ()) if verb in {"list", "tree"} else ()
            parse_select(table, tokens, switches, columns_of=entity)


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
