"""`schema` prints the files of the package, and asks nobody."""

from __future__ import annotations

import json

import pytest

from slurmctl_rest.cli.app import main
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.model.text import nearest_first
from tests.documents import FOLDER, complaints

FILES = sorted(path.stem for path in FOLDER.glob("*.json"))
KINDS = sorted([*FILES, "commands"])
"""Documents: `commands` is made of a file, the others are files."""


@pytest.mark.parametrize("kind", FILES)
def test_a_kind_is_its_file(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", kind]) == 0
    assert capsys.readouterr() == ((FOLDER / f"{kind}.json").read_text(), "")


@pytest.mark.parametrize(("word", "noun"), [("assoc", "association"), ("Jobs", "job")])
def test_nouns_are_spelled_as_commands_spell_them(
    word: str, noun: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", word]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["kind"] == {"const": noun}


def test_without_a_kind_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == KINDS
    assert main(["schema", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [item["Kind"] for item in document["items"]] == KINDS
    assert complaints(document) == []


def test_an_unknown_kind_is_asked_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "acount"]) == 2
    said = "slurmctl-rest: 'acount' is not a kind of JSON output (did you mean account?)\n"
    assert capsys.readouterr() == ("", said)
    assert main(["schema", "xyzzy"]) == 2
    assert f"(known: {nearest_first('xyzzy', [*KINDS])})" in capsys.readouterr().err


def test_the_manifest_tells_every_verb_and_every_kind() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    told = {(command["entity"], command["words"][-1]) for command in manifest["commands"]}
    assert {(n, v) for n, verbs in VERBS.items() for v in verbs} <= told
    assert manifest["kinds"] == [kind for kind in FILES if kind != "manifest"]
    known = {*manifest["kinds"], None}
    assert {command["prints"] for command in manifest["commands"]} <= known
    for command in manifest["commands"]:
        known_fields = manifest["fields"].get(command["entity"])
        known_fields = known_fields or manifest["printed"].get(command["prints"], ())
        fields = {field["name"] for field in known_fields}
        assert {*command["conditions"], *command["sets"], *command["columns"]} <= fields
