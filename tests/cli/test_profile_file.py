"""`profile init`, `set` and `use`: what they write, ask and refuse."""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.cli import profile_file
from slurmctl_rest.cli.app import main
from slurmctl_rest.config import found
from slurmctl_rest.config.edit import key_paths, parse_settings, with_keys
from slurmctl_rest.config.found import OnThisMachine, suggested
from slurmctl_rest.config.load import load_profile
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.kinds.base import Json
from tests.support import write_config

COMMENTED = """\
# Clusters of the site
[profiles.alps]  # the large one
execution_mode = "cli"
journal = false  # there is no sacctmgr
"""
NEW = """\
default_profile = "alps"

[profiles.alps]
execution_mode = "rest"

[profiles.alps.rest_api]
url = "http://127.0.0.1:6820"
username = "svc"
api_version = "auto"
"""


@pytest.fixture
def home() -> Path:
    """Return the home of the user, without a profile file."""
    return Path(os.environ["HOME"])


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this machine be found."""
    monkeypatch.setattr(found, "SOCKETS", ())
    monkeypatch.setattr(found, "JWT_KEYS", ())
    monkeypatch.setattr(found, "PORT", 0)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("SLURM_JWT", raising=False)


def run(capsys: pytest.CaptureFixture[str], words: str) -> tuple[int, str, str]:
    code = main(words.split())
    ended = capsys.readouterr()
    return code, ended.out, ended.err


def file_of(home: Path) -> Path:
    return home / ".config" / "slurmctl-rest" / "config.toml"


def test_init_writes_what_is_given_for_its_owner_alone(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JWT", "x.y.z")
    words = "profile init alps url=http://127.0.0.1:6820 username=svc --no-check"
    file = file_of(home)
    assert run(capsys, f"{words} --dry-run") == (0, NEW, "")
    assert not file.exists()
    assert run(capsys, words) == (0, "", f"profile 'alps': written to {file}\n")
    assert (file.read_text(), file.stat().st_mode & 0o777) == (NEW, 0o600)
    assert load_profile()[1].cluster_name is None
    assert run(capsys, words) == (
        4, "",
        "slurmctl-rest: profile 'alps' exists already (profile set KEY=VALUE --profile alps)\n",
    )  # fmt: skip
    assert run(capsys, f"{words} -r")[0] == 9
    assert file.read_text() == NEW


def test_init_checks_the_new_profile_as_doctor_does(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "profile init alps url=http://127.0.0.1:1 username=svc -n")
    assert (code, "slurmrestd" in out) == (6, True)
    assert err.startswith(
        f"slurmctl-rest: warning: {profile_file.UNAUTHENTICATED}\n"
        f"profile 'alps': written to {file_of(home)}\n"
    )


def test_without_slurm_init_says_what_to_give(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "profile init") == (
        2, "",
        "slurmctl-rest: neither slurmrestd nor sacctmgr was found on this machine (profile init "
        "NAME url=URL for slurmrestd, or slurm_bin_path=FOLDER for the Slurm commands)\n",
    )  # fmt: skip
    assert run(capsys, "account list") == (
        6, "",
        "slurmctl-rest: sacctmgr is not on PATH (slurmctl-rest profile init makes a profile, for "
        "slurmrestd or for the folder of the Slurm commands; slurmctl-rest demo needs neither)\n",
    )  # fmt: skip
    assert run(capsys, "ping") == run(capsys, "account list")
    assert not file_of(home).exists()


def test_sockets_and_ports_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as one, socket.create_server(("127.0.0.1", 0)) as other:
        one.bind(str(path))
        (tmp_path / "t").touch()
        monkeypatch.setattr(found, "SOCKETS", ("*", "s*"))
        monkeypatch.setattr(found, "RUN", tmp_path)
        port = other.getsockname()[1]
        monkeypatch.setattr(found, "PORT", port)
        assert found.look("svc", None).urls == (f"unix://{path}", f"http://127.0.0.1:{port}")


HERE = OnThisMachine(("unix:///run/s", "http://127.0.0.1:6820"), "/usr/bin/sacctmgr", user="svc")
EXECUTOR, URL = found.EXECUTOR, found.URL


@pytest.mark.parametrize(
    ("here", "given", "keys"),
    [
        (
            HERE, {},
            {EXECUTOR: "rest", URL: "unix:///run/s", found.API_VERSION: "auto",
             found.USERNAME: "svc"},
        ),
        (
            OnThisMachine(HERE.urls, jwt_key="/k", user="svc"), {found.USERNAME: "bob"},
            {EXECUTOR: "rest", URL: "unix:///run/s", found.API_VERSION: "auto",
             found.USERNAME: "bob", found.JWT_KEY: "/k"},
        ),
        (
            OnThisMachine(HERE.urls, has_token=True, jwt_key="/k"), {URL: "https://h"},
            {EXECUTOR: "rest", URL: "https://h", found.API_VERSION: "auto",
             found.USERNAME: "root"},
        ),
        (HERE, {EXECUTOR: "cli"}, {EXECUTOR: "cli"}),
        (
            OnThisMachine(), {("slurm_bin_path",): "/b"},
            {EXECUTOR: "cli", ("slurm_bin_path",): "/b"},
        ),
    ],
)  # fmt: skip
def test_what_a_new_profile_gets(here: OnThisMachine, given: found.Keys, keys: found.Keys) -> None:
    assert suggested(here, given) == keys


def test_slurmrestd_that_is_not_there_is_not_invented() -> None:
    with pytest.raises(UsageError, match="no slurmrestd was found"):
        suggested(OnThisMachine(), {EXECUTOR: "rest"})


def test_questions_have_what_was_found_as_their_answers(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slurmctl_rest.cli.console.Console.can_ask", lambda *_: True)
    monkeypatch.setattr(found, "look", lambda *_: HERE)
    asked: list[tuple[str, str | None]] = []
    answers = iter(["jura", "rest", "http://127.0.0.1:1", "bob", "~/token"])

    def prompt(text: str, default: str | None, *, err: bool) -> str:
        assert err  # stdout is for rows
        asked.append((text, default))
        return next(answers)

    monkeypatch.setattr("typer.prompt", prompt)
    assert run(capsys, "profile init --no-check")[0] == 0
    assert asked == [
        ("Name of the profile", "default"),
        ("Executor: rest (slurmrestd) or cli (sacctmgr)", "rest"),
        ("Address of slurmrestd", "unix:///run/s"),
        ("User that the token is for", "svc"),
        ("File of the token (- for SLURM_JWT)", "-"),
    ]
    table = tomllib.loads(file_of(home).read_text())["profiles"]["jura"]
    assert table == {
        "execution_mode": "rest",
        "rest_api": {
            "url": "http://127.0.0.1:1", "username": "bob", "token_file": "~/token",
            "api_version": "auto",
        },
    }  # fmt: skip


def test_use_without_a_file_says_how_to_make_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "profile use alps") == (
        2, "", "slurmctl-rest: profile 'alps': there is no profile file (profile init)\n",
    )  # fmt: skip
    assert not file_of(home).exists()


def test_set_and_use_keep_comments(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_config(home, COMMENTED)
    written = (0, "", f"profile 'alps': written to {file}\n")
    file.chmod(0o640)
    words = "journal=yes command_prefix=ssh_x lock_dir=/tmp"
    assert run(capsys, f"profile set {words}") == written
    assert file.read_text() == COMMENTED.replace("false", "true") + (
        'command_prefix = ["ssh_x"]\nlock_dir = "/tmp"\n'
    )
    assert run(capsys, "profile set alps command_prefix= lock_dir= journal=no") == written
    assert (file.read_text(), file.stat().st_mode & 0o777) == (COMMENTED, 0o640)
    assert run(capsys, "profile use alps")[0] == 0
    assert file.read_text() == f'default_profile = "alps"\n{COMMENTED}'
    for words, what in (("use alps", "default profile"), ("set alps journal=no", "profile")):
        unchanged = (0, "", f"{what} 'alps': nothing to change\n")
        assert run(capsys, f"profile {words}") == unchanged
    for wrong, code, told in (
        ("set journl=no", 2, "'journl' is not a key (did you mean journal?)"),
        ("set timeout=x", 2, "profile 'alps': rest_api.url is missing"),
        ("set", 2, "no key is given (profile set [NAME] KEY=VALUE)"),
        ("set journal=maybe", 2, "profile 'alps': journal: write true or false"),
        ("set max_answer_mb=x", 2, "max_answer_mb: write a whole number from 1 to 65536"),
        ("set journal=no journal=no", 2, "journal is given twice"),
        ("set alp journal=no", 2, "did you mean alps?"),
        ("use alp", 3, "profile 'alp' does not exist (did you mean alps?)"),
        ("set alps jura x=y", 2, "'jura' is not KEY=VALUE (one profile at a time)"),
    ):
        done = run(capsys, f"profile {wrong}")
        assert (done[0], done[1], told in done[2]) == (code, "", True), done
    assert file.read_text() == f'default_profile = "alps"\n{COMMENTED}'


def test_a_link_stays_a_link(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_config(home, COMMENTED)
    real = home / "real.toml"
    file.rename(real)
    file.symlink_to(real)
    assert run(capsys, "profile set journal=yes")[0] == 0
    assert (file.is_symlink(), real.read_text()) == (True, COMMENTED.replace("false", "true"))


WORDS = {
    ("journal",): ("true", "no"),
    ("max_answer_mb",): ("1", "65536"),
    ("command_prefix",): ("ssh login1", '["a b", "c"]'),
    ("time_zone",): ("UTC",),
    ("rest_api", "timeout"): ("0.5", "3600"),
    ("rest_api", "username"): ("bob",),
    ("rest_api", "verify_ssl"): ("false",),
    ("guard", "max_changes"): ("5",),
    ("guard", "protected"): ("root staff*",),
}


SETTINGS = st.sampled_from([(path, text) for path, texts in WORDS.items() for text in texts])


@given(st.lists(SETTINGS, unique_by=lambda setting: setting[0]))
def test_what_is_set_is_read_and_what_is_taken_out_is_gone(
    settings: Sequence[tuple[tuple[str, ...], str]],
) -> None:
    before = NEW + "\n# the end\n"
    wanted = parse_settings([f"{'.'.join(path)}={text}" for path, text in settings])
    assert [*wanted] == [path for path, _ in settings]
    text = with_keys(before, "alps", wanted)
    table = tomllib.loads(text)["profiles"]["alps"]

    def at(path: Sequence[str]) -> Json:
        return table[path[0]] if len(path) == 1 else table[path[0]][path[1]]

    assert {path: at(path) for path in wanted} == wanted
    taken = parse_settings([f"{path[-1]}=" for path in wanted if path[-1] != "username"])
    back = with_keys(text, "alps", taken)
    assert back.count("# the end") == 1
    expected = tomllib.loads(before)["profiles"]["alps"]
    if ("rest_api", "username") in wanted:
        expected["rest_api"]["username"] = "bob"
    assert tomllib.loads(back)["profiles"]["alps"] == expected


def test_every_key_is_known_by_its_own_name() -> None:
    paths = key_paths()
    assert paths["rest_api.url"] == paths["url"] == ("rest_api", "url")
    assert paths["journal"] == ("journal",)
    assert paths["guard.max_changes"] == paths["max_changes"] == ("guard", "max_changes")
    assert not {"rest_api", "guard"} & {*paths}
