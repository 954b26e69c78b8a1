"""`profile list`, `show` and `check`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from slurmctl_rest.cli.app import main
from slurmctl_rest.config.models import Profile, RestApi
from slurmctl_rest.model.entities.profile import PROFILE
from slurmctl_rest.model.text import nearest_first
from tests.support import jwt, write_config

CONFIG = """
default_profile = "alps"
[profiles.alps]
execution_mode = "rest"
cluster_name = "alps"
[profiles.alps.rest_api]
url = "http://localhost:6820"
username = "svc"
[profiles.bad]
clustername = "x"
[profiles.cli]
command_prefix = ["ssh", "login1"]
"""


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the profile file; nobody is to be asked for anything."""

    def connect(*_: object) -> None:
        raise AssertionError("Slurm is not to be asked")

    monkeypatch.setattr("slurmctl_rest.cli.context.connect", connect)
    return write_config(Path(os.environ["HOME"]), CONFIG)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    ended = capsys.readouterr()
    return code, ended.out, ended.err


def test_list(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "profile", "list", "-P") == (
        0,
        "Profile|Default|ExecutionMode|Cluster|Url|ApiVersion|Username|Error\n"
        "alps|yes|rest|alps|http://localhost:6820|v0.0.43|svc|\n"
        f"bad|||||||profile 'bad' in {file}: 'clustername' is not a key (did you mean "
        "cluster_name?)\n"
        "cli||cli|||||\n",
        "",
    )


def test_list_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "profile", "list", "--json")
    document = json.loads(out)
    assert (code, document["kind"], document["profile"]) == (0, "profile", None)
    assert document["items"][2] == {
        "Profile": "cli",
        "Default": False,
        "ExecutionMode": "cli",
        "Cluster": None,
        "Url": None,
        "ApiVersion": None,
        "Username": None,
        "Error": None,
    }


def test_a_default_that_is_not_there_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG.replace('"alps"', '"alpz"', 1)
    path = write_config(Path(os.environ["HOME"]), text)
    code, out, err = run(capsys, "profile", "list", "-nP", "--format", "Profile,Default")
    assert (code, out) == (0, "alps|\nbad|\ncli|\n")
    assert err == f"slurmctl-rest: warning: default profile 'alpz' is not in {path}\n"


def test_without_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "profile", "list", "-nP")[1] == "|yes|cli|||||\n"
    monkeypatch.setenv("SLURMCTL_REST_CLUSTER_NAME", "jura")
    assert run(capsys, "profile", "list", "-nP")[1] == "|yes|cli|jura||||\n"
    out = run(capsys, "profile", "show", "-nP")[1]
    assert out.splitlines()[:2] == [
        "execution_mode|cli|default|",
        "cluster_name|jura|$SLURMCTL_REST_CLUSTER_NAME|",
    ]


def test_the_fields_are_keys_of_profiles() -> None:
    known = {*Profile.model_fields, *(f"rest_api.{key}" for key in RestApi.model_fields)}
    assert {field.path for field in PROFILE.fields if field.path} <= known


def test_show(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JWT", jwt(None))
    monkeypatch.setenv("SLURMCTL_REST_REST_API__TIMEOUT", "5")
    code, out, err = run(capsys, "profile", "show", "-P")
    assert (code, err) == (0, "")
    lines = out.replace(str(file), "FILE").splitlines()
    assert lines[0] == "Key|Value|Source|Note"
    for line in (
        "cluster_name|alps|FILE|",
        "slurm_bin_path||default|",
        "command_prefix|[]|default|",
        "rest_api.token_file||default|",
        "rest_api.token_env|SLURM_JWT|default|is set",
        "rest_api.verify_ssl|true|default|",
        "rest_api.timeout|5.0|$SLURMCTL_REST_REST_API__TIMEOUT|",
    ):
        assert line in lines
    assert jwt(None) not in out
    monkeypatch.delenv("SLURM_JWT")
    assert (
        "rest_api.token_env|SLURM_JWT|default|is not set\n"
        in run(capsys, "profile", "show", "alps", "-P")[1]
    )
    monkeypatch.setenv("SLURMCTL_REST_REST_API__TOKEN_FILE", "/run/token")
    assert "|not used: token_file is set\n" in run(capsys, "profile", "show", "-P")[1]


def test_show_as_json_names_the_profile(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capsys, "profile", "show", "cli", "--json")[1])
    assert (document["kind"], document["profile"], document["cluster"], document["executor"]) == (
        "setting", "cli", None, "cli",
    )  # fmt: skip
    assert document["items"][3] == {
        "Key": "command_prefix",
        "Value": '["ssh", "login1"]',
        "Source": str(file),
        "Note": None,
    }


@pytest.mark.parametrize("words", [("show", "alp"), ("show", "--profile", "alp"), ("check", "alp")])
def test_a_profile_that_is_not_there_is_exit_2(
    file: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "profile", *words)
    assert code == 2
    assert f"profile 'alp' is not in {file} (did you mean alps?)\n" in err


def test_show_of_a_wrong_one_says_what_is_wrong(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "profile", "show", "bad") == (
        2,
        "",
        f"slurmctl-rest: profile 'bad' in {file}: 'clustername' is not a key "
        "(did you mean cluster_name?)\n",
    )


@pytest.mark.parametrize("verb", ["list", "show"])
def test_hostile_files_are_exit_2(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, content in enumerate((b"profiles = [", b"\xff", b"[profiles]\na = 1\n", b"x = 1")):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(content)
        code, out, err = run(capsys, "profile", verb, "--config", str(path))
        assert (code, out) == (2, "")
        assert str(path) in err
    for path in (tmp_path, tmp_path / "none"):
        assert run(capsys, "profile", verb, "--config", str(path))[:2] == (2, "")


def test_check_shows_what_is_worst_with_each(capsys: pytest.CaptureFixture[str]) -> None:
    path = write_config(
        Path(os.environ["HOME"]),
        f'[profiles.bad]\nx = 1\n[profiles.gone]\nslurm_bin_path = "{Path.cwd()}/no"\n',
    )
    code, out, err = run(capsys, "profile", "check", "-P")
    assert out == (
        "Profile|Check|Status|Detail|Remedy\n"
        f"bad|configuration|fail|profile 'bad' in {path}: 'x' is not a key|known: "
        f"{nearest_first('x', [*Profile.model_fields])}\n"
        f"gone|commands|fail|{Path.cwd()}/no/sacctmgr: No such file or directory; missing: "
        "sacctmgr, sacct, squeue, scancel, scontrol; needed for all nouns but jobs, "
        "jobs modify, usage, jobs history, jobs list, jobs cancel, "
        "ping|set slurm_bin_path of the profile to the folder of the Slurm commands\n"
    )
    assert code == 2
    assert err.startswith(
        f"slurmctl-rest: profile 'bad', configuration: profile 'bad' in {path}: 'x' is not a key; "
        f"profile 'gone', commands: {Path.cwd()}/no/sacctmgr: No such file or directory"
    )
    code, out, _ = run(capsys, "profile", "check", "gone", "-nP", "--format", "Profile,Check")
    assert (code, out) == (6, "gone|commands\n")
    code, out, _ = run(
        capsys, "--profile", "gone", "profile", "check", "-nP", "--format", "Profile"
    )
    assert (code, out) == (6, "gone\n")
