"""`schema commands [NOUN [VERB]]`: small enough for an agent, and nothing of the manifest lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slurmctl_rest.cli import commands_document
from slurmctl_rest.cli.app import main
from tests.documents import FOLDER, complaints

MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
NOUNS = list(dict.fromkeys(one["words"][0] for one in MANIFEST["commands"]))
VERBS = [one["words"] for one in MANIFEST["commands"] if len(one["words"]) > 1]
CHARACTERS_PER_TOKEN = 4
"""A measure that any reader can take: models cut English and JSON into pieces of about that."""
OF_ALL, OF_ONE = 10_000, 2_000
"""Tokens of the whole document, and of each answer about a noun or a verb."""


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["schema", "commands", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def size(text: str) -> float:
    return len(text) / CHARACTERS_PER_TOKEN


def test_the_whole_has_less_than_10000_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    text = answer(capsys)
    assert size(text) < OF_ALL
    assert text.count("\n") == 1  # compact
    document = json.loads(text)
    assert complaints(document) == []
    assert len(document["grammar"]) == 10
    assert [*document["commands"]] == [" ".join(one["words"]) for one in MANIFEST["commands"]]
    assert {code: error[0] for code, error in document["errors"].items()} == {
        error["code"]: error["exit"] for error in MANIFEST["errors"]
    }


@pytest.mark.parametrize("words", [*([noun] for noun in NOUNS), *VERBS], ids=" ".join)
def test_each_answer_has_less_than_2000_tokens(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = answer(capsys, *words)
    assert size(text) < OF_ONE
    document = json.loads(text)
    assert complaints(document) == []
    assert document["noun"] == words[0]


def test_each_field_is_written_once() -> None:
    """The nouns that share it stand before it, instead of it behind each of them."""
    shared = commands_document.shared_fields(MANIFEST)
    assert shared["account user assoc cluster"]["MaxJobs"] == [
        "=", "jobs", "jobs that each user may run at once"
    ]  # fmt: skip
    written = [(name, str(facts)) for fields in shared.values() for name, facts in fields.items()]
    assert len(written) == len({*written})
    told = {
        (noun, name)
        for nouns, fields in shared.items()
        for noun in nouns.split()
        for name in fields
    }
    words = {one["entity"]: one["words"][0] for one in MANIFEST["commands"] if one["entity"]}
    assert told == {
        (words[noun], field["name"]) for noun, fields in MANIFEST["fields"].items()
        for field in fields
    }  # fmt: skip


@pytest.mark.parametrize("command", MANIFEST["commands"], ids=lambda one: " ".join(one["words"]))
def test_a_command_has_all_that_the_manifest_has_of_it(command: dict[str, Any]) -> None:
    told = commands_document.view_of(MANIFEST, command["words"])
    same = ("words", "synonyms", "usage", "notes", "prints", "examples", "places", "sets")
    assert {key: told[key] for key in same} == {key: command[key] for key in same}
    assert (told["effect"] == "writes") is command["writes"]
    assert {name for text in told["options"] for name in text.split()} >= {
        name for option in command["options"] for name in option["names"]
    }
    conditions = told["columns"] if told["conditions"] == ["columns"] else told["conditions"]
    assert {*conditions} == {*command["conditions"]}
    named = {*command["places"], *command["sets"], *command["conditions"], *command["columns"]}
    assert {*told["fields"]} == named


@pytest.mark.parametrize(
    ("words", "same"),
    [("association list", "assoc list"), ("Account show", "account list"), ("job", "jobs")],
)
def test_words_are_spelled_as_commands_spell_them(
    words: str, same: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, *words.split()) == answer(capsys, *same.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("acount", "'acount' is no command (did you mean account?)"),
        ("account modfy", "account has no verb 'modfy' (did you mean modify?)"),
        ("undo last", "undo has no verbs (slurmctl-rest schema commands undo)"),
        ("account add x", "schema commands takes a noun and a verb (name one of each)"),
    ],
)
def test_a_word_that_is_none_is_asked_back(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "commands", *words.split()]) == 2
    assert capsys.readouterr() == ("", f"slurmctl-rest: {said}\n")


def test_only_commands_takes_further_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "account", "add"]) == 2
    said = "slurmctl-rest: only `schema commands` takes further words (schema commands NOUN VERB)\n"
    assert capsys.readouterr() == ("", said)


def test_a_profile_has_its_keys() -> None:
    told = commands_document.view_of(MANIFEST, ["profile"])
    assert [*told["keys"]] == [key["key"] for key in MANIFEST["profile"]]
