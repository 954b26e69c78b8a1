"""Values that no key takes, in the file and in the environment: each is refused by the key's name.

Whole numbers of 5,000 digits, infinity, what is no number, truth where a number is wanted, NUL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slurmctl_rest.config.load import PREFIXES, load_profile
from slurmctl_rest.config.models import PROFILE_TABLES, Profile, StrictTable, properties
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.errors import ConfigError

DIGITS = "9" * 5000
NUMBERS = (
    DIGITS,
    f"-{DIGITS}",
    "inf",
    "-inf",
    "nan",
    "1e400",
    "-1",
    "0",
    "true",
    "[1]",
    "1979-05-27",
)
TEXTS = ('"a\\u0000b"', '"\\u0000"', '"a\\u001bb"', DIGITS, "true", "inf", "1", '["a"]')
LISTS = (
    '["a", "b\\u0000c"]',
    '["\\u0000"]',
    "[1]",
    f"[{DIGITS}]",
    "[true]",
    '"a"',
    "inf",
    '[["a"]]',
)
FLAGS = ("2", DIGITS, "inf", "nan", '"a\\u0000"', "[true]")


TABLES: dict[str, type[StrictTable]] = {"": Profile, **PROFILE_TABLES}
"""The tables of keys, by what is before them in a profile."""


def kinds(table: type[StrictTable]) -> dict[str, str]:
    """Return the type of each key, in words of JSON Schema."""
    found = properties(table).items()
    return {name: schema.get("anyOf", [schema])[0]["type"] for name, schema in found}


def bad() -> Iterator[tuple[str, str]]:
    """Yield each key, dotted, with each value in TOML that it does not take."""
    for above, table in TABLES.items():
        for name, kind in kinds(table).items():
            values = {
                "integer": NUMBERS,
                "number": NUMBERS,
                "array": LISTS,
                "boolean": FLAGS,
                "string": TEXTS,
                "object": (DIGITS, "inf", "true", '"a"', "[1]"),
            }[kind]
            key = f"{above}.{name}".lstrip(".")
            yield from ((key, v) for v in values if not is_least(table, name, v))


def is_least(table: type[StrictTable], name: str, value: str) -> bool:
    """Tell whether a value is the least that the key takes."""
    schema = properties(table)[name]
    return str(schema.get("anyOf", [schema])[0].get("minimum")) == value


def toml(key: str, value: str) -> str:
    table, _, name = key.rpartition(".")
    top = {"execution_mode": '"rest"', "cluster_name": '"alps"'}
    api = {"url": '"http://localhost:1"'}
    if table == "guard":
        return f"[profiles.a.guard]\n{name} = {value}"
    (api if table else top)[name] = value
    lines = ["[profiles.a]", *(f"{key} = {value}" for key, value in top.items())]
    if name != "rest_api":
        lines += ["[profiles.a.rest_api]", *(f"{key} = {value}" for key, value in api.items())]
    return "\n".join(lines)


def test_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    for key, value in bad():
        file.write_text(toml(key, value))
        said = refused(file)
        name = key.rpartition(".")[2]
        # What TOML cannot say at all is told by the line, or by the text itself.
        known = name in said or "contains a control character" in said
        assert known, (key, value[:20], said)


def refused(file: Path | None) -> str:
    with pytest.raises(ConfigError) as error:
        load_profile(file=file)
    assert error.value.message.isprintable()
    assert len(error.value.message) < 400
    return error.value.message


VARIABLES = (*NUMBERS, "Infinity", "NaN", '["a\\u0000"]')


def test_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of lists and tables as JSON; numbers as text. Also for a profile that has no use for it."""
    file = tmp_path / "config.toml"
    base = toml("cluster_name", '"alps"')
    cli = '[profiles.a]\ncluster_name = "alps"\n'
    for above, table in TABLES.items():
        prefix = PREFIXES.get(above, ENV_PREFIX)
        for name, kind in kinds(table).items():
            if kind not in {"integer", "number", "array"}:
                continue
            values = LISTS if kind == "array" else VARIABLES
            for text in (base,) if table is Profile else (cli, base):
                file.write_text(text)
                for value in values:
                    if is_least(table, name, value):
                        continue
                    variable = prefix + name.upper()
                    monkeypatch.setenv(variable, value)
                    said = refused(file)
                    assert name in said or variable in said, (variable, value[:20], said)
                    monkeypatch.delenv(variable)


@pytest.mark.parametrize(
    "table",
    [
        {"timeout": float("inf")},
        {"timeout": float("nan")},
        {"timeout": True},
        {"token_command": ["a\0b"]},
        {"token_file": "/a\0b"},
        {"username": "\0"},
        {"url": "unix:///\0"},
    ],
)
def test_in_the_table_of_a_variable(
    table: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"EXECUTION_MODE": "rest", "CLUSTER_NAME": "alps"}.items():
        monkeypatch.setenv(ENV_PREFIX + name, value)
    document = {"url": "http://localhost:1", **table}
    monkeypatch.setenv(f"{ENV_PREFIX}REST_API", json.dumps(document))
    assert f"rest_api.{next(iter(table))}: " in refused(None)
