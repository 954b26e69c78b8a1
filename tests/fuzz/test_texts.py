"""Texts of others: profile files, variables, token files, words, and what the commands print."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.commands import complaints, output
from slurmctl_rest.backends.commands.argv import association_columns
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.execute import tried
from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest.auth import token_reader
from slurmctl_rest.config.explain import explain_profile
from slurmctl_rest.config.load import all_profiles, load_profile
from slurmctl_rest.config.models import Profile, RestApi
from slurmctl_rest.config.paths import ENV_PREFIX
from slurmctl_rest.errors import NotAuthenticated, SlurmctlError, UsageError
from slurmctl_rest.model import syntax
from slurmctl_rest.model.entities import ASSOCIATION, ENTITIES
from tests.secrets import planted

from .budget import fuzzed

PROFILE = """default_profile = "a"
[profiles.a]
execution_mode = "rest"
cluster_name = "alps"
command_prefix = ["ssh", "x"]
[profiles.a.rest_api]
url = "http://127.0.0.1:6820"
api_version = "auto"
token_command = ["vault"]
timeout = 30
"""
KEYS = [*Profile.model_fields, *RestApi.model_fields]
VALUES = ['""', "0", "-1", "nan", "1e400", "true", "[]", "{}", "[1]", '["\\u0000"]', '"\\u001b["',
          '"http://[::1"', '"http://\u2100"', '"unix:///"', '"v0.0.99"', "1979-05-27", "'~x/y'",
          '"http://127.0.0.1:99999"', '"http://0x7f.1"', "9223372036854775808", '"~"']  # fmt: skip
LINES = st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(VALUES))


def assert_told(read: Callable[[], object]) -> None:
    """See that it ends, well or with an error of ours."""
    said = tried(read)
    assert not isinstance(said, SlurmctlError) or said.message


@fuzzed
@given(
    cut=st.integers(0, len(PROFILE)),
    much=st.integers(0, 12),
    come=LINES.map("\n{}\n".format) | st.text(max_size=6),
)
def test_profile_files(tmp_path: Path, cut: int, much: int, come: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(PROFILE[:cut] + come + PROFILE[cut + much :], "utf-8", errors="surrogatepass")
    assert_told(lambda: load_profile(None, file))
    assert_told(lambda: explain_profile(None, file))
    assert_told(lambda: all_profiles(file))


@fuzzed
@given(content=st.binary(max_size=300))
def test_files_that_are_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "profile.toml"
    file.write_bytes(content)
    assert_told(lambda: load_profile(None, file))


VARIABLES = [ENV_PREFIX + key.upper() for key in Profile.model_fields]
VARIABLES += [f"{ENV_PREFIX}REST_API__{key.upper()}" for key in RestApi.model_fields]
SAID = st.sampled_from([value.strip("\"'") for value in VALUES]) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8
)


@fuzzed
@given(said=st.dictionaries(st.sampled_from(VARIABLES), SAID, max_size=4))
def test_variables(said: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(name, value)
        assert_told(load_profile)


@fuzzed
@given(content=st.binary(max_size=100) | st.text(max_size=40).map(str.encode))
def test_token_files(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = planted(Path(folder, "token"))
        file.write_bytes(content)
        api = RestApi.model_validate({"url": "http://localhost", "token_file": file})
        token = tried(token_reader(api))
    if isinstance(token, SlurmctlError):
        assert isinstance(token, NotAuthenticated)
        assert str(file) in token.message
    else:
        assert token.isascii()
        assert token.isprintable()
        assert token == token.strip()


PARSERS: list[Callable[..., object]] = [
    syntax.parse_select, syntax.parse_modify, syntax.parse_add
]  # fmt: skip
TOKENS = st.text(max_size=12) | st.builds(
    "{}{}{}".format,
    st.sampled_from([f.name for entity in ENTITIES for f in entity.fields]),
    st.sampled_from(["=", "+=", "-=", "==", "%"]),
    st.text(max_size=12) | st.sampled_from(["-1", "cpu=1", "1-2:3:4", "9" * 40, "a,b", "\0"]),
)


@fuzzed
@given(
    parse=st.sampled_from(PARSERS),
    entity=st.sampled_from(ENTITIES),
    tokens=st.lists(TOKENS | st.sampled_from(["set", "where"]), max_size=5),
)
def test_words(parse: Callable[..., object], entity: object, tokens: list[str]) -> None:
    said = tried(lambda: parse(entity, tokens))
    assert not isinstance(said, SlurmctlError) or isinstance(said, UsageError)


LINE = CommandLine(("sacctmgr", "-p", "list", "association"))
COLUMNS = association_columns(Query(ASSOCIATION, ""))
CELLS = st.text(max_size=5) | st.sampled_from(["cpu=1", "-1", "1-00:00:00", "cpu=x", "parent", ""])
ROWS = st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)).map("|".join)
PRINTED = st.text(max_size=60) | ROWS | st.builds("{}\n{}".format, ROWS, ROWS)
READERS: list[Callable[[Finished], object]] = [
    lambda one: output.table(COLUMNS, one.stdout),
    lambda one: list(output.parse_runs(one.stdout.split("\n"))),
    output.controller,
    lambda one: output.parse_release(LINE, one),
    lambda one: output.document(LINE, one),
    lambda one: output.records(LINE, one, "accounts"),
    lambda one: complaints.failed_jobs(LINE, one),
]


@fuzzed
@given(
    read=st.sampled_from(READERS),
    out=PRINTED
    | st.sampled_from(["{}", "[1]", '{"accounts": 1}', '{"accounts": [1]}', "[" * 9000]),
    err=st.text(max_size=20),
    code=st.sampled_from([0, 1]),
)
def test_what_the_commands_print(
    read: Callable[[Finished], object], out: str, err: str, code: int
) -> None:
    assert_told(lambda: read(Finished(code, out, err)))


def test_nothing_is_left_in_the_environment() -> None:
    assert not [name for name in os.environ if name.startswith(ENV_PREFIX)]
