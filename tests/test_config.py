"""Profiles: from a file, from the environment, from nothing; and every way to get them wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest.config.explain import Setting, explain_profile
from slurmctl_rest.config.load import all_profiles, load_profile
from slurmctl_rest.config.models import Guard, Profile, RestApi
from slurmctl_rest.config.paths import config_files
from slurmctl_rest.errors import ConfigError
from slurmctl_rest.model.entities.profile import DEFAULT_SOURCE
from tests.secrets import planted
from tests.support import jwt, profile, write_config

REST = """
[profiles.alps]
execution_mode = "rest"
cluster_name = "Alps"
[profiles.alps.rest_api]
url = "http://localhost:6820/"
token_file = "/run/token"
"""


def set_env(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SLURMCTL_REST_{name}", value)


def test_with_nothing_at_all_it_is_the_commands_on_path() -> None:
    assert load_profile() == ("", profile())
    assert profile().execution_mode == "cli"
    assert profile().slurm_bin_path is None
    assert profile().command_prefix == ()


def test_a_profile_from_the_user_s_file(home: Path) -> None:
    write_config(home, REST)
    name, loaded = load_profile()
    assert name == "alps"
    assert loaded.execution_mode == "rest"
    assert loaded.cluster_name == "alps"
    assert loaded.rest_api == RestApi.model_validate(
        {"url": "http://localhost:6820", "token_file": "/run/token"}
    )


def test_defaults_of_the_contract() -> None:
    assert RestApi(url="unix:///run/s").model_dump() == {
        "url": "unix:///run/s",
        "api_version": "v0.0.43",
        "username": "root",
        "token_file": None,
        "token_command": (),
        "jwt_key": None,
        "token_lifespan": 300,
        "token_env": "SLURM_JWT",
        "verify_ssl": True,
        "ca_file": None,
        "client_cert": None,
        "client_key": None,
        "allow_plaintext": False,
        "proxy_from_env": False,
        "check_queries": True,
        "timeout": 30.0,
        "connect_timeout": 5.0,
    }


def test_the_environment_alone_makes_a_rest_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(
        monkeypatch,
        EXECUTION_MODE="rest",
        CLUSTER_NAME="alps",
        REST_API__URL="unix:///run/slurmrestd.sock",
        REST_API__API_VERSION="auto",
        REST_API__TIMEOUT="5",
    )
    name, loaded = load_profile()
    assert name == ""
    assert loaded.cluster_name == "alps"
    assert loaded.rest_api == RestApi.model_validate(
        {"url": "unix:///run/slurmrestd.sock", "api_version": "auto", "timeout": 5.0}
    )


def test_the_environment_wins_over_the_file_key_by_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, REST)
    set_env(monkeypatch, REST_API__URL="https://other", CLUSTER_NAME="jura")
    loaded = load_profile()[1]
    assert loaded.cluster_name == "jura"
    assert loaded.rest_api is not None
    assert (loaded.rest_api.url, loaded.rest_api.token_file) == (
        "https://other", Path("/run/token"),
    )  # fmt: skip


def test_lists_of_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, COMMAND_PREFIX='["ssh", "login1"]', SLURM_BIN_PATH="/opt/slurm/bin")
    loaded = load_profile()[1]
    assert loaded.command_prefix == ("ssh", "login1")
    assert loaded.slurm_bin_path == Path("/opt/slurm/bin")


@pytest.mark.parametrize("variable", ["COMMAND_PREFIX", "REST_API"])
def test_null_says_nothing(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, **{variable: "null"})
    assert load_profile() == ("", profile())


TWO = '[profiles.a]\ncluster_name = "a1"\n[profiles.b]\ncluster_name = "b1"\n'


@pytest.mark.parametrize(
    ("head", "variable", "option", "chosen"),
    [
        ('default_profile = "b"\n', None, None, "b"),
        ('default_profile = "b"\n', "a", None, "a"),
        ('default_profile = "b"\n', "b", "a", "a"),
        ("", "b", None, "b"),
    ],
    ids=["default", "variable over default", "option over variable", "variable"],
)
def test_which_profile(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    head: str,
    variable: str | None,
    option: str | None,
    chosen: str,
) -> None:
    write_config(home, head + TWO)
    if variable:
        set_env(monkeypatch, PROFILE=variable)
    name, loaded = load_profile(option)
    assert (name, loaded.cluster_name) == (chosen, f"{chosen}1")


def test_which_file(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for place, name in (("opt", "option"), ("env", "variable"), ("xdg/slurmctl-rest", "xdg")):
        (tmp_path / place).mkdir(parents=True)
        text = f'[profiles.{name}]\ncluster_name = "x"\n'
        (tmp_path / place / "config.toml").write_text(text)
    write_config(home, '[profiles.home]\ncluster_name = "x"\n')
    assert load_profile()[0] == "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert load_profile()[0] == "xdg"
    set_env(monkeypatch, CONFIG=str(tmp_path / "env/config.toml"))
    assert load_profile()[0] == "variable"
    assert load_profile(file=tmp_path / "opt/config.toml")[0] == "option"


def test_where_files_are_looked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [home / ".config/slurmctl-rest/config.toml", Path("/etc/slurmctl-rest/config.toml")]
    assert list(config_files()) == places
    set_env(monkeypatch, CONFIG="/x.toml")
    assert list(config_files()) == [Path("/x.toml"), *places]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            '[profiles.a]\nexecution_mod = "rest"\n',
            "profile 'a' in FILE: 'execution_mod' is not a key",
            "did you mean execution_mode?",
        ),
        (
            REST + 'tokenfile = "/x"\n',
            "profile 'alps' in FILE: 'rest_api.tokenfile' is not a key",
            "did you mean token_file?",
        ),
        (
            "[profiles.a]\nxyzzy = 1\n",
            "profile 'a' in FILE: 'xyzzy' is not a key",
            "known: time_zone, max_answer_mb, execution_mode, command_prefix, warn_unix_users, "
            "cluster_name, "
            "slurm_bin_path, audit_file, audit_log, lock_dir and 4 more",
        ),
        ("[profiles.a]\n_env_file = 'x'\n", "profile 'a' in FILE: '_env_file' is not a key", None),
        (
            'defualt_profile = "a"\n',
            "FILE: 'defualt_profile' is not a key",
            "did you mean default_profile?",
        ),
        (
            '[profiles.a]\nexecution_mode = "ssh"\n',
            "profile 'a' in FILE: execution_mode: write 'cli' or 'rest'",
            "",
        ),
        (
            '[profiles.a]\nexecution_mode = "rest"\ncluster_name = "a"\n',
            "profile 'a' in FILE: rest_api is required if execution_mode is 'rest'",
            "",
        ),
        (
            REST.replace('url = "http://localhost:6820/"', ""),
            "profile 'alps' in FILE: rest_api.url is missing",
            "",
        ),
        (
            REST.replace("http://localhost:6820/", "slurm:6820"),
            "profile 'alps' in FILE: rest_api.url: "
            "write http://host:port, https://host:port or unix:///path",
            "",
        ),
        (
            REST.replace("http://localhost:6820/", "unix://run/s"),
            "profile 'alps' in FILE: rest_api.url: "
            "write the whole path of the socket, like unix:///run/slurmrestd.sock",
            "",
        ),
        (
            REST + 'api_version = "43"\n',
            "profile 'alps' in FILE: rest_api.api_version: "
            "'43' is not an API version; write it like v0.0.43, or 'auto'",
            "",
        ),
        (
            '[profiles.a]\ntime_zone = "Europe/Bern"\n',
            "profile 'a' in FILE: time_zone: time zone 'Europe/Bern' is not known on this machine",
            "",
        ),
        (
            "[profiles.a.guard]\nmax_change = 1\n",
            "profile 'a' in FILE: 'guard.max_change' is not a key",
            "did you mean max_changes?",
        ),
        (
            "[profiles.a.guard]\nmax_deletes = -1\n",
            "profile 'a' in FILE: guard.max_deletes: write a whole number from 0 to 1000000",
            "",
        ),
        (
            '[profiles.a.guard]\nprotected = ["accounts:root"]\n',
            "profile 'a' in FILE: guard.protected: write a pattern, or one after account, user, "
            "qos, cluster and a colon",
            "",
        ),
        (
            REST + "timeout = 0\n",
            "profile 'alps' in FILE: rest_api.timeout: write a number above 0, at most 3600",
            "",
        ),
        (
            REST + "timeout = nan\n",
            "profile 'alps' in FILE: rest_api.timeout: write a number above 0, at most 3600",
            "",
        ),
        (
            REST + f"timeout = 1{'0' * 400}\n",
            "profile 'alps' in FILE: rest_api.timeout: write a number above 0, at most 3600",
            "",
        ),
        (
            REST + "token_lifespan = 10.5\n",
            "profile 'alps' in FILE: rest_api.token_lifespan: "
            "write a whole number from 10 to 86400",
            "",
        ),
        (
            REST + "verify_ssl = 2\n",
            "profile 'alps' in FILE: rest_api.verify_ssl: write true or false",
            "",
        ),
        (
            REST + "username = 7\n",
            "profile 'alps' in FILE: rest_api.username: write a string",
            "",
        ),
        (
            '[profiles.a]\ncommand_prefix = "ssh"\n',
            'profile \'a\' in FILE: command_prefix: write an array of strings, ["like", "this"]',
            "",
        ),
        (
            '[profiles.a]\nrest_api = "x"\n',
            "profile 'a' in FILE: rest_api: write a table",
            "",
        ),
        (
            REST + 'jwt_key = "/k"\n',
            "profile 'alps' in FILE: rest_api: token_file and jwt_key: set only one of them",
            "",
        ),
        (
            TWO,
            "FILE has several profiles and no default_profile",
            "--profile a|b",
        ),
        (
            'default_profile = "alpz"\n' + REST,
            "profile 'alpz' is not in FILE",
            "did you mean alps?",
        ),
        (
            'default_profile = "zz"\n' + TWO,
            "profile 'zz' is not in FILE",
            "known: a, b",
        ),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_right(
    home: Path, text: str, message: str, hint: str | None
) -> None:
    path = write_config(home, text)
    with pytest.raises(ConfigError) as refused:
        load_profile()
    assert refused.value.message == message.replace("FILE", str(path))
    if hint is not None:
        assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("profiles = [", "is not TOML"),
        ("\udcff", "is not TOML"),
        ('profiles = "x"', "profiles: write a table"),
        ("[profiles]\na = 1", "profiles.a: write a table"),
    ],
    ids=["broken", "not UTF-8", "not a table", "profile not a table"],
)
def test_a_file_that_is_no_profile_file(home: Path, text: str, words: str) -> None:
    path = write_config(home, "")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as refused:
        load_profile()
    assert words in refused.value.message
    assert str(path) in refused.value.message


@pytest.mark.parametrize(
    "url",
    ["http://", "http://x/y", "http://u@x", "http://x?a", "http://x:0", "http://x:y", "ftp://x"],
)
def test_urls_that_are_not_slurmrestd_s(home: Path, url: str) -> None:
    write_config(home, REST.replace("http://localhost:6820/", url))
    with pytest.raises(ConfigError, match=r"rest_api\.url: "):
        load_profile()


def test_rest_api_in_the_environment_does_not_trouble_a_cli_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, '[profiles.a]\ncluster_name = "a1"\n')
    set_env(monkeypatch, REST_API__USERNAME="x")
    assert load_profile() == ("a", profile(cluster_name="a1"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REST_API__TIMEOUT", "abc", "rest_api.timeout: write a number above 0, at most 3600"),
        (
            "REST_API__URL",
            "xyz",
            "rest_api.url: write http://host:port, https://host:port or unix:///path",
        ),
        ("EXECUTION_MODE", "soap", "execution_mode: write 'cli' or 'rest'"),
        ("REST_API", "5", "rest_api: write a table"),
    ],
)
def test_a_wrong_value_of_the_environment_is_not_laid_to_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    write_config(home, REST)
    set_env(monkeypatch, **{name: value})
    with pytest.raises(ConfigError) as caught:
        load_profile()
    assert caught.value.message == f"environment variable SLURMCTL_REST_{name}: {said}"


def test_a_token_in_a_variable_that_is_not_used_is_masked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, '[profiles.a]\ncluster_name = "a1"\n')
    set_env(monkeypatch, REST_API__API_VERSION=jwt(None))
    with pytest.raises(ConfigError, match=r"environment: rest_api\.api_version: '\*\*\*' is not"):
        load_profile()


def test_an_unknown_key_is_refused_in_a_profile_that_does_not_use_it_too(home: Path) -> None:
    write_config(home, '[profiles.a.rest_api]\nurl = "http://localhost"\ntokenfile = "x"\n')
    with pytest.raises(ConfigError, match=r"'rest_api\.tokenfile' is not a key"):
        load_profile()


SETTINGS_OF_PYDANTIC = (
    *("_env_file", "_secrets_dir", "_env_prefix", "_cli_parse_args", "_build_sources"),
    *("_case_sensitive", "model_config", "env_file", "toml_file"),
)


@pytest.mark.parametrize("key", SETTINGS_OF_PYDANTIC)
@pytest.mark.parametrize(
    ("above", "front"),
    [("", ""), ("[profiles.a]\n", ""), (REST, "rest_api.")],
    ids=["file", "profile", "api"],
)
def test_no_table_sets_what_pydantic_settings_reads(
    key: str, above: str, front: str, home: Path
) -> None:
    """Or a profile could have other files read: `_env_file` is a parameter of BaseSettings."""
    (home / "smuggled").write_text('SLURMCTL_REST_CLUSTER_NAME="smuggled"\n')
    write_config(home, f'{above}{key} = "{home}/smuggled"\n')
    with pytest.raises(ConfigError, match=f"'{front}{key}' is not a key"):
        load_profile()


@pytest.mark.parametrize("key", SETTINGS_OF_PYDANTIC)
def test_no_variable_sets_it_either(key: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".env").write_text('SLURMCTL_REST_CLUSTER_NAME="smuggled"\n')  # the working folder
    assert load_profile() == ("", profile())
    set_env(monkeypatch, REST_API=json.dumps({"url": "unix:///s", key: "x"}))
    with pytest.raises(ConfigError, match=f"'rest_api.{key}' is not a key"):
        load_profile()
    set_env(monkeypatch, **{key: "x"})
    with pytest.raises(ConfigError, match=f"SLURMCTL_REST_{key} is not a setting"):
        load_profile()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"profile file /no\.toml: No such file or directory"):
        load_profile(file=Path("/no.toml"))
    set_env(monkeypatch, CONFIG="/none.toml")
    with pytest.raises(ConfigError, match=r"profile file /none\.toml: No such file or directory"):
        load_profile()


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_profile_is_named_and_there_is_no_file(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if by == "variable":
        set_env(monkeypatch, PROFILE="alps")
    with pytest.raises(ConfigError) as refused:
        load_profile("alps" if by == "option" else None)
    assert refused.value.message == "profile 'alps': there is no profile file"
    assert refused.value.hint.startswith("looked for: ")


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("SLURMCTL_REST_CLUSTERNAME", "did you mean SLURMCTL_REST_CLUSTER_NAME?"),
        ("SLURMCTL_REST_REST_API__TOKENFILE", "did you mean SLURMCTL_REST_REST_API__TOKEN_FILE?"),
        ("SLURMCTL_REST_REST_API__TOKEN", None),
        ("SLURMCTL_REST_PROFILES", "did you mean SLURMCTL_REST_PROFILE?"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, hint: str | None
) -> None:
    monkeypatch.setenv(variable, "SECRET")
    with pytest.raises(ConfigError) as refused:
        load_profile()
    assert refused.value.message == f"environment variable {variable} is not a setting"
    if hint is not None:
        assert refused.value.hint == hint
    assert "SECRET" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("variable", ["DEBUG", "CONFIG", "PROFILE"])
def test_variables_of_the_program_are_known(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(f"SLURMCTL_REST_{variable}", "")
    assert load_profile() == ("", profile())


REST_ENV = {"EXECUTION_MODE": "rest", "CLUSTER_NAME": "alps"}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"EXECUTION_MODE": "SECRET"},
            "variable SLURMCTL_REST_EXECUTION_MODE: execution_mode: write 'cli'",
        ),
        (
            {"COMMAND_PREFIX": "SECRET"},
            "environment variable SLURMCTL_REST_COMMAND_PREFIX: write an array of strings as JSON",
        ),
        (
            {"COMMAND_PREFIX": "[" * 100_000},
            "environment variable SLURMCTL_REST_COMMAND_PREFIX: write an array of strings as JSON",
        ),
        (
            {"REST_API": "SECRET"},
            "environment variable SLURMCTL_REST_REST_API: write a table as JSON",
        ),
        ({"REST_API": '["SECRET"]'}, "variable SLURMCTL_REST_REST_API: rest_api: write a table"),
        ({"MAX_ANSWER_MB": "SECRET"}, "max_answer_mb: write a whole number from 1 to 65536"),
        ({"AUDIT_LOG": "\udcffSECRET"}, "audit_log: write 'syslog' or 'journald'"),
        ({"SLURM_BIN_PATH": "\udcffSECRET"}, "slurm_bin_path: the text is not UTF-8"),
        (
            {"CLUSTER_NAME": "a b"},
            "variable SLURMCTL_REST_CLUSTER_NAME: cluster_name: 'a b' is not a name",
        ),
        (
            {**REST_ENV, "REST_API__URL": "http://localhost", "REST_API__VERIFY_SSL": "SECRET"},
            "rest_api.verify_ssl: write true or false",
        ),
        (
            {**REST_ENV, "REST_API__URL": "http://localhost", "REST_API__USERNAME": "a\nb"},
            "rest_api.username: write the name of a user",
        ),
        (
            {
                **REST_ENV,
                "REST_API__URL": "http://localhost",
                "REST_API__TOKEN_ENV": "eyJ.SECRET.x",
            },
            "rest_api.token_env: write the name of a variable, not its value",
        ),
        ({**REST_ENV, "REST_API__USERNAME": "x"}, "the environment: rest_api.url is missing"),
    ],
)
def test_bad_values_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    """They are named by their key; the value may be a token that went to the wrong place."""
    set_env(monkeypatch, **variables)
    with pytest.raises(ConfigError) as refused:
        load_profile()
    assert words in refused.value.message
    assert "SECRET" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("text", ["audit.jsonl", "./audit.jsonl"])
def test_the_audit_trail_has_a_whole_path(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[profiles.a]\naudit_file = "{text}"\n')
    with pytest.raises(ConfigError, match="audit_file: write the whole path, like /var/log/"):
        load_profile(file=file)


# --- where values come from


def sources(name: str | None = None) -> dict[str, str]:
    return {one.key: one.source for one in explain_profile(name).settings}


def test_each_value_has_its_source(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_config(home, REST)
    path.chmod(0o640)
    set_env(
        monkeypatch,
        CLUSTER_NAME="jura",
        REST_API='{"username": "svc", "timeout": 3}',
        REST_API__TIMEOUT="5",
        COMMAND_PREFIX="[]",
    )
    found = explain_profile()
    assert (found.name, found.file, found.mode) == ("alps", path, 0o640)
    assert found.profile == load_profile()[1]
    assert found.settings == (
        Setting("execution_mode", "rest", str(path)),
        Setting("cluster_name", "jura", "$SLURMCTL_REST_CLUSTER_NAME"),
        Setting("slurm_bin_path", None, DEFAULT_SOURCE),
        Setting("command_prefix", [], "$SLURMCTL_REST_COMMAND_PREFIX"),
        Setting("time_zone", None, DEFAULT_SOURCE),
        Setting("max_answer_mb", 512, DEFAULT_SOURCE),
        Setting("audit_file", None, DEFAULT_SOURCE),
        Setting("audit_log", None, DEFAULT_SOURCE),
        Setting("lock_dir", None, DEFAULT_SOURCE),
        Setting("journal", True, DEFAULT_SOURCE),
        Setting("second_look", None, DEFAULT_SOURCE),
        Setting("warn_unix_users", True, DEFAULT_SOURCE),
        Setting("rest_api.url", "http://localhost:6820", str(path)),
        Setting("rest_api.api_version", "v0.0.43", DEFAULT_SOURCE),
        Setting("rest_api.username", "svc", "$SLURMCTL_REST_REST_API"),
        Setting("rest_api.token_file", "/run/token", str(path)),
        Setting("rest_api.token_command", [], DEFAULT_SOURCE),
        Setting("rest_api.jwt_key", None, DEFAULT_SOURCE),
        Setting("rest_api.token_lifespan", 300, DEFAULT_SOURCE),
        Setting("rest_api.token_env", "SLURM_JWT", DEFAULT_SOURCE),
        Setting("rest_api.verify_ssl", True, DEFAULT_SOURCE),
        Setting("rest_api.ca_file", None, DEFAULT_SOURCE),
        Setting("rest_api.client_cert", None, DEFAULT_SOURCE),
        Setting("rest_api.client_key", None, DEFAULT_SOURCE),
        Setting("rest_api.allow_plaintext", False, DEFAULT_SOURCE),
        Setting("rest_api.proxy_from_env", False, DEFAULT_SOURCE),
        Setting("rest_api.check_queries", True, DEFAULT_SOURCE),
        Setting("rest_api.timeout", 5.0, "$SLURMCTL_REST_REST_API__TIMEOUT"),
        Setting("rest_api.connect_timeout", 5.0, DEFAULT_SOURCE),
        Setting("guard", None, DEFAULT_SOURCE),
    )


def test_every_key_of_the_models_is_explained(home: Path) -> None:
    write_config(home, REST)
    alone = [key for key in Profile.model_fields if key not in {"rest_api", "guard"}]
    of_rest = (f"rest_api.{key}" for key in RestApi.model_fields)
    assert list(sources()) == [*alone, *of_rest, "guard"]
    write_config(home, f"{REST}[profiles.alps.guard]\nmax_raise = 2\n")
    of_guard = [f"guard.{key}" for key in Guard.model_fields]
    assert list(sources())[-len(of_guard) :] == of_guard


def test_without_a_file_all_is_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    found = explain_profile()
    assert (found.name, found.file, found.mode) == ("", None, None)
    assert sources() == dict.fromkeys(Profile.model_fields, DEFAULT_SOURCE)
    monkeypatch.setenv("slurmctl_rest_time_zone", "UTC")  # variables are read in any case
    assert sources()["time_zone"] == "$SLURMCTL_REST_TIME_ZONE"


def test_a_table_of_the_environment_that_is_not_used_is_no_source(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, '[profiles.a]\ncluster_name = "a1"\n')
    set_env(monkeypatch, REST_API__USERNAME="x")
    assert sources()["rest_api"] == DEFAULT_SOURCE


def test_what_looks_like_a_token_is_masked(home: Path) -> None:
    token = jwt(None)
    prefix = f'command_prefix = ["env", "SLURM_JWT={token}", "eyJhbGciOi"]\n'
    planted(write_config(home, f"[profiles.a]\n{prefix}"))
    settings = {one.key: one.value for one in explain_profile().settings}
    assert settings["command_prefix"] == ["env", "SLURM_JWT=***", "eyJhbGciOi"]


# --- all profiles of a file


def test_profiles_that_are_wrong_do_not_hide_the_others(home: Path) -> None:
    path = write_config(home, f'default_profile = "alps"\n{TWO}[profiles.bad]\nx = 1\n{REST}')
    found = all_profiles()
    assert (found.file, found.default) == (path, "alps")
    assert list(found.profiles) == ["a", "b", "bad", "alps"]
    bad = found.profiles["bad"]
    assert isinstance(bad, ConfigError)
    assert bad.message == f"profile 'bad' in {path}: 'x' is not a key"
    assert {n: p for n, p in found.profiles.items() if n != "bad"} == {
        name: load_profile(name)[1] for name in ("a", "b", "alps")
    }


@pytest.mark.parametrize(
    ("text", "variable", "default"),
    [
        (TWO, None, None),
        (TWO, "b", "b"),
        ('default_profile = "a"\n' + TWO, "b", "b"),
        ('default_profile = "zz"\n' + TWO, None, "zz"),
        (REST, None, "alps"),
    ],
    ids=["none", "variable", "variable over key", "not there", "the only one"],
)
def test_which_profile_is_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str, variable: str | None, default: str
) -> None:
    write_config(home, text)
    if variable:
        set_env(monkeypatch, PROFILE=variable)
    assert all_profiles().default == default


def test_without_profiles_there_is_that_of_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_env(monkeypatch, CLUSTER_NAME="jura")
    found = all_profiles()
    assert (found.file, found.default) == (None, "")
    assert found.profiles == {"": profile(cluster_name="jura")}
    assert all_profiles(write_config(home, "")).profiles == found.profiles


@pytest.mark.parametrize("read", [load_profile, explain_profile])
def test_a_place_that_may_not_be_looked_at_is_named(
    read: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(ConfigError, match=r"profile file .*config\.toml: Permission denied"):
        read()


@pytest.mark.parametrize("read", [load_profile, explain_profile, all_profiles])
def test_a_folder_is_no_profile_file(read: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"profile file .*: Is a directory"):
        read(file=tmp_path)
