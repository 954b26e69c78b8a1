"""No token is ever shown: the guard of all tests is shown to bite, and the places that could tell.

A token is in a file, in the variable, or by mistake where it does not belong; the program is run
as it is, and all that it and its children left is looked at.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.secrets import files_that_tell, found, planted
from tests.support import jwt, write_config

ROOT = Path(__file__).parents[1]
TOKEN = jwt(None, "t")


# --- the guard itself


TELLING = {
    "print": "def test(): print(TOKEN)",
    "stderr": "import sys\ndef test(): print('x' + TOKEN, file=sys.stderr)",
    "log": "import logging\ndef test(): logging.getLogger().warning(TOKEN)",
    "setup": "import pytest\n@pytest.fixture\ndef it(): print(TOKEN)\ndef test(it): pass",
    "capsys": "def test(capsys): print(TOKEN); capsys.readouterr()",
    "file": "def test(tmp_path): (tmp_path / 'audit.jsonl').write_text(TOKEN)",
    "judge": "from tests.documents import judge\ndef test(): judge(['ping'], '', TOKEN)",
}
HARMLESS = {
    "token file": "def test(tmp_path): (tmp_path / 'token').write_text(TOKEN)",
    "planted": "from tests.secrets import planted\n"
    "def test(tmp_path): planted(tmp_path / 'x').write_text(TOKEN)",
    "beginning": "def test(): print('eyJhbGciOi...')",
}


def pytest_on(
    texts: Mapping[str, str], folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest, with the guard, on files that have TOKEN: a start for all of them."""
    files = [folder / f"test_{name.replace(' ', '_')}.py" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(f"from tests.support import jwt\nTOKEN = jwt(None, 't')\n{text}\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", "/dev/null"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}  # lines are not cut
    base = f"--basetemp={folder / 'base'}"
    argv += [base, *options, *map(str, files)]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
    for left, _ in files_that_tell(folder / "base"):
        planted(left)
    return done


def that_fail(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the files whose test fails since a token was told."""
    lines = done.stdout.splitlines()
    failed = [
        re.fullmatch(r"(?:FAILED|ERROR) \S*test_(\w+)\.py::test - .*token.*", at) for at in lines
    ]
    return sorted({match[1] for match in failed if match})


with_and_without_xdist = pytest.mark.parametrize("options", [[], ["-n1"]], ids=["alone", "xdist"])


@with_and_without_xdist
def test_a_test_that_tells_a_token_fails(options: list[str], tmp_path: Path) -> None:
    telling = {name: text for name, text in TELLING.items() if name != "file"}
    done = pytest_on(telling | {"harmless": "def test(): pass"}, tmp_path, *options)
    assert that_fail(done) == sorted(telling), done.stdout
    assert "failed, 1 passed" in done.stdout.splitlines()[-1]


@with_and_without_xdist
def test_a_file_that_tells_a_token_fails_the_last_test(options: list[str], tmp_path: Path) -> None:
    done = pytest_on({"file": TELLING["file"]}, tmp_path, *options)
    assert (done.returncode, that_fail(done)) == (1, ["file"]), done.stdout


def test_a_token_where_it_belongs_fails_nothing(tmp_path: Path) -> None:
    done = pytest_on(HARMLESS, tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1].split(" in ")[0]) == (0, "3 passed")


# --- the program


FAILING = """
import os, sys
import httpx
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli import context
from slurmctl_rest.cli.app import main

def fail(request):
    assert request.headers["X-SLURM-USER-TOKEN"] == os.environ["SLURM_JWT"]
    raise RuntimeError("as a bug would")

context.connect = lambda profile, *_: RestBackend(profile, httpx.MockTransport(fail))
sys.exit(main(sys.argv[1:]))
"""
REST = """
[profiles.rest]
execution_mode = "rest"
cluster_name = "alps"
rest_api = { url = "http://127.0.0.1:1", username = "admin" }
"""


def run(*argv: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the test's own home, with the token in the variable."""
    return subprocess.run(
        [sys.executable, *argv],
        capture_output=True,
        text=True,
        env={**os.environ, "SLURM_JWT": TOKEN, "PYTHONPATH": str(ROOT), **variables},
        check=False,
    )


@pytest.mark.parametrize("python", [[], ["-X", "dev"], ["-W", "error"]], ids=" ".join)
@pytest.mark.parametrize("typer", [{}, {"_TYPER_STANDARD_TRACEBACK": ""}], ids=["", "typer"])
def test_a_traceback_shows_no_token(python: list[str], typer: dict[str, str]) -> None:
    write_config(Path(os.environ["HOME"]), REST)
    done = run(*python, "-c", FAILING, "account", "list", SLURMCTL_REST_DEBUG="1", **typer)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("RuntimeError: as a bug would\n")
    assert found(done.stderr) == []
    assert TOKEN.split(".")[2] not in done.stderr
    assert "locals" not in done.stderr


COMMANDS = (
    *("profile show", "profile list", "profile check", "doctor", "schema", "schema commands"),
    *("account list -v", "account list --json -v", "ping -v", "demo --nonsense"),
    "account add x --dry-run --json",
)
IN_A_WRONG_PLACE = {
    "the variable": REST,
    "the file": REST.replace(" }", ', token_file = "token" }'),
    "the address": REST.replace("http://", f"http://admin:{TOKEN}@"),
    "the path": REST.replace(":1", f":1/{TOKEN}"),
    "token_env": REST.replace(" }", f', token_env = "{TOKEN}" }}'),
    "username": REST.replace('"admin"', f'"{TOKEN}"'),
    "token_file": REST.replace(" }", f', token_file = "/{TOKEN}" }}'),
    "a key": REST.replace(" }", f', "{TOKEN}" = 1 }}'),
    "a key of the profile": f'{REST}"{TOKEN}" = 1\n',
    "api_version": REST.replace(" }", f', api_version = "{TOKEN}" }}'),
    "time_zone": f'{REST}time_zone = "{TOKEN}"\n',
    "no TOML": f"{REST}{TOKEN}\n",
    "the mode": REST.replace('"rest"', f'"{TOKEN}"'),
    "cluster_name": REST.replace('"alps"', f'"{TOKEN}"'),
    "command_prefix": f'[profiles.cli]\ncommand_prefix = ["env", "SLURM_JWT={TOKEN}", "false"]\n',
    "the profile's name": REST.replace("profiles.rest", f'profiles."{TOKEN}"'),
    "default_profile": f'default_profile = "{TOKEN}"\n{REST}',
}


@pytest.mark.parametrize("text", IN_A_WRONG_PLACE.values(), ids=IN_A_WRONG_PLACE)
def test_a_token_of_the_profile_is_not_shown(
    text: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from slurmctl_rest.cli.app import main  # noqa: PLC0415  (in this test's world)

    home = Path(os.environ["HOME"])
    planted(write_config(home, text))
    (home / "token").write_text(f"SLURM_JWT={TOKEN}\n")
    monkeypatch.setenv("SLURM_JWT", TOKEN)
    telling = []
    for words in COMMANDS:
        main([*words.split(), "--timeout", "1"])
        telling += [f"{words}: {what}" for what in found("".join(capfd.readouterr()))]
    assert telling == []


AS_A_WORD = (
    *(f"account list {TOKEN}", f"account add {TOKEN} --dry-run", f"account modify {TOKEN} set x=1"),
    *(f"--profile {TOKEN} ping", f"--config {TOKEN} ping", f"-M {TOKEN} account list"),
    *(f"account {TOKEN}", f"{TOKEN}", f"--{TOKEN}", f"account list {TOKEN}=1"),
    *(f"account list format={TOKEN}", f"--timeout {TOKEN} ping", f"--output {TOKEN} ping"),
)


@pytest.mark.parametrize("words", AS_A_WORD, ids=lambda words: words.replace(TOKEN, "TOKEN"))
@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_a_token_that_was_typed_is_not_shown(
    words: str, json: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    from slurmctl_rest.cli.app import main  # noqa: PLC0415  (in this test's world)

    write_config(Path(os.environ["HOME"]), REST)
    main([*words.split(), *json])
    assert found("".join(capfd.readouterr())) == []


SPY = """#!/bin/sh
tr '\\0' '\\n' < /proc/$$/cmdline >> "$HOME/argv"
env > "$HOME/environment"
exit 1
"""


def test_the_slurm_commands_have_no_token_among_their_words() -> None:
    home = Path(os.environ["HOME"])
    spy = home / "sacctmgr"
    spy.write_text(SPY)
    spy.chmod(0o755)
    write_config(home, f'[profiles.cli]\ncluster_name = "alps"\nslurm_bin_path = "{home}"\n')
    done = run("-m", "slurmctl_rest", "account", "list", "-v")
    argv = planted(home / "argv").read_text()
    assert "sacctmgr" in argv
    assert found(argv + done.stdout + done.stderr) == []
    # Slurm's own commands take the caller's SLURM_JWT, as at his shell.
    assert f"SLURM_JWT={TOKEN}" in planted(home / "environment").read_text()
