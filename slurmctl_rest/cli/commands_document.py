"""What `schema commands [NOUN [VERB]]` prints: views of the manifest that an agent can afford.

An agent pays for each character that it reads, so there are three sizes of one document:

    schema commands            everything, a line each: to find the command
    schema commands NOUN       the verbs and the fields of a noun: to write the command
    schema commands NOUN VERB  one command with all notes, options, columns and examples

The manifest is made of the tables (tools/docgen/manifest.py). The functions here only leave out,
and write once what is shared; tests/cli/test_commands_document.py has the bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.kinds.base import Json

PROGRAM_WORDS = 1
"""Words of a command that is no verb of a noun, like `undo`."""


def view_of(manifest: Json, words: Sequence[str]) -> Json:
    """Return the view that `words` (NOUN, VERB) ask for; raise UsageError where there is none."""
    head = {key: manifest[key] for key in ("schema_version", "version")}
    head = {"schema_version": head["schema_version"], "kind": "commands", **head}
    if not words:
        return {**head, **_overview(manifest)}
    noun, *rest = words
    known = {one["words"][0]: one["words"][0] for one in manifest["commands"]}
    known |= {one["entity"]: one["words"][0] for one in manifest["commands"] if one["entity"]}
    if noun.lower() not in known:
        raise UsageError(f"'{noun}' is no command", suggestion(noun, [*known]))
    noun = known[noun.lower()]
    commands = [one for one in manifest["commands"] if one["words"][0] == noun]
    if len(commands[0]["words"]) == PROGRAM_WORDS:
        if rest:
            raise UsageError(f"{noun} has no verbs", f"slurmctl-rest schema commands {noun}")
        return {**head, "noun": noun, **_command(manifest, commands[0])}
    if not rest:
        return {**head, "noun": noun, **_noun(manifest, noun, commands)}
    if len(rest) > 1:
        raise UsageError("schema commands takes a noun and a verb", "name one of each")
    verbs = {word: one for one in commands for word in (one["words"][-1], *one["synonyms"])}
    if rest[0].lower() not in verbs:
        raise UsageError(f"{noun} has no verb '{rest[0]}'", suggestion(rest[0], [*verbs]))
    return {**head, "noun": noun, **_command(manifest, verbs[rest[0].lower()])}


def _overview(manifest: Json) -> Json:
    return {
        "grammar": manifest["grammar"],
        "unset": manifest["unset"],
        "options": _options(manifest["options"]),
        "commands": {
            " ".join(one["words"]): [_effect(one), one["usage"], one["summary"].removesuffix(".")]
            for one in manifest["commands"]
        },
        "fields": shared_fields(manifest),
        "exit_codes": {str(one["exit"]): one["meaning"] for one in manifest["exit_codes"]},
        "errors": _errors(manifest),
        "environment": {one["name"]: one["meaning"] for one in manifest["environment"]},
        "kinds": manifest["kinds"],
    }


def shared_fields(manifest: Json) -> dict[str, dict[str, Json]]:
    """Return all fields, each once: the nouns that have it, its name, and its description.

    >>> shared_fields(...)["account user assoc cluster"]["MaxJobs"]
    ["=", "jobs", "jobs that each user may run at once"]
    """
    words = {one["entity"]: one["words"][0] for one in manifest["commands"] if one["entity"]}
    holders: dict[tuple[str, str], list[str]] = {}
    described: dict[tuple[str, str], Json] = {}
    for noun, fields in manifest["fields"].items():
        for field in fields:
            facts = _field(field)
            holders.setdefault((field["name"], str(facts)), []).append(words[noun])
            described[field["name"], str(facts)] = facts
    found: dict[str, dict[str, Json]] = {}
    for key, nouns in holders.items():
        found.setdefault(" ".join(nouns), {})[key[0]] = described[key]
    return found


def _noun(manifest: Json, noun: str, commands: Sequence[Json]) -> Json:
    entity = commands[0]["entity"]
    fields = manifest["fields"].get(entity, ())
    keys = manifest["profile"] if noun == "profile" else ()
    return {
        "verbs": {one["words"][-1]: _brief(one) for one in commands},
        **({"fields": {field["name"]: _field(field) for field in fields}} if fields else {}),
        **({"keys": {one["key"]: one["meaning"] for one in keys}} if keys else {}),
    }


def _brief(command: Json) -> Json:
    """Return a verb among those of its noun."""
    return {
        "effect": _effect(command),
        "usage": command["usage"],
        "summary": command["summary"].removesuffix("."),
        "prints": command["prints"],
        "options": _options(command["options"]),
        "example": next(iter(command["examples"]), None),
    }


def _command(manifest: Json, command: Json) -> Json:
    """Return one command with all that there is to say, and the fields that it takes."""
    lists = {key: command[key] for key in ("places", "sets", "conditions", "columns")}
    named = {name for names in lists.values() for name in names}
    known = manifest["fields"].get(command["entity"]) or manifest["printed"].get(command["prints"])
    fields = [field for field in known or () if field["name"] in named]
    if lists["columns"] and {*lists["columns"]} == {*lists["conditions"]}:
        lists["conditions"] = ["columns"]  # a list selects by whatever it shows
    return {
        "words": command["words"],
        "synonyms": command["synonyms"],
        "effect": _effect(command),
        "usage": command["usage"],
        "summary": command["summary"].removesuffix("."),
        "notes": command["notes"],
        "prints": command["prints"],
        "options": _options(command["options"]),
        "switches": {one["name"]: one["help"] for one in command["switches"]},
        "examples": command["examples"],
        **lists,
        "shown": command["shown"],
        "fields": {field["name"]: _field(field) for field in fields},
    }


def _effect(command: Json) -> str:
    return "writes" if command["writes"] else "reads"


def _options(options: Iterable[Json]) -> dict[str, str]:
    """Return options by how they are written: `-M --cluster NAME`."""
    return {" ".join([*one["names"], *_value(one)]): one["help"] for one in options}


def _value(option: Json) -> list[str]:
    """Return what follows an option: its words if they are defined, or a name for the value."""
    if option["choices"]:
        return ["|".join(option["choices"])]
    return [option["metavar"]] if option["metavar"] else []


def _field(field: Mapping[str, Json]) -> list[str]:
    """Return the uses, the unit and the help of a field.

    Uses: name, place (where an object is added), the operators that set it, where (a condition).
    """
    of_access = {"key": ["name"], "scope": ["place"]}.get(field["access"], [])
    uses = [*of_access, *field["operators"], *(["where"] if field["condition"] else [])]
    since = [f"since {field['since']}"] if field["since"] else []
    return [" ".join([*uses, *since]), field["unit"], field["help"]]


def _errors(manifest: Json) -> dict[str, Json]:
    return {one["code"]: [one["exit"], one["meaning"], one["do"]] for one in manifest["errors"]}
