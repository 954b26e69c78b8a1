"""Where tokens come from, against daemons that check them: Slurm's key, a provider's, programs."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from . import recipe
from .cells import Cell, Cli
from .cluster import Cluster
from .machine import wait_until

SENTENCE = "account list -P -n format=Account"
REFUSED = (5, "slurmctl-rest: GET /slurm/")


@pytest.fixture
def rest(cluster: Cluster, tmp_path: Path) -> Cli:
    """The program, over the newest API of a cluster."""
    return Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)


def sourced(rest: Cli, *lines: str) -> None:
    """Let the profile take its token from elsewhere than the token file."""
    text = rest.cell.profile()
    kept = [line for line in text.splitlines() if not line.startswith("token_file")]
    rest.config.write_text("\n".join([*kept, *lines, ""]))


def signed(
    cluster: Cluster, user: str = "root", seconds: int = 60, key: rsa.RSAPrivateKey | None = None
) -> str:
    """Return a token as an identity provider makes it: RS256, with the id of its key."""
    header = {"alg": "RS256", "kid": recipe.PROVIDER_KEY_ID, "typ": "JWT"}
    claims = {"iat": int(time.time()), "exp": int(time.time()) + seconds, "sun": user}
    pem = (cluster.root / recipe.PROVIDER_KEY.lstrip("/")).read_bytes()
    signer = key or load_pem_private_key(pem, None)
    assert isinstance(signer, rsa.RSAPrivateKey)
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{base64url(signer.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def program(folder: Path, text: str) -> str:
    path = folder / "vault"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return json.dumps([str(path), "read", "slurm token"])


def test_tokens_made_with_slurm_s_own_key_are_good(rest: Cli) -> None:
    key = rest.cell.cluster.root / recipe.JWT_KEY.lstrip("/")
    sourced(rest, f'jwt_key = "{key}"', "token_lifespan = 10")
    assert rest(SENTENCE).out == "root\n"
    done = rest("account add physics -i -v --json")
    assert (done.code, "eyJ" in done.both) == (0, False)
    assert rest("doctor -P format=Check,Status").out.count("|fail") == 0


def test_a_token_made_with_another_key_is_refused(rest: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(b"x" * 32)
    other.chmod(0o600)
    sourced(rest, f'jwt_key = "{other}"')
    done = rest(SENTENCE)
    assert (done.code, done.out) == (5, "")
    assert "the token was refused" in done.err


def test_a_clock_that_is_behind_is_named(
    rest: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is made by it already ended; one of slurmctld's is from the future."""
    cluster = rest.cell.cluster
    old, good = tmp_path / "old.token", tmp_path / "good.token"
    old.write_text(cluster.token(lifespan=1))
    good.write_text(cluster.token(lifespan=7200))
    real = time.time
    wait_until(lambda: real() > made_at(good) + 2, "the first token has ended")
    monkeypatch.setattr("time.time", lambda: real() - 3600)
    key = cluster.root / recipe.JWT_KEY.lstrip("/")
    sourced(rest, f'jwt_key = "{key}"', "token_lifespan = 600")
    for sentence in (SENTENCE, "account add physics -i", "doctor"):
        done = rest(sentence)
        assert (done.code, "check this machine's clock (20" in done.err) == (5, True), done.both
    sourced(rest, f'token_file = "{old}"')
    behind = r"this machine's clock is 3[56]\d\d seconds behind the one that made the token"
    for sentence in (SENTENCE, "account add physics -i", "doctor"):
        done = rest(sentence)
        assert done.code == 5
        assert re.search(rf"\({behind}: synchronize both \(chrony\)\)$", done.err), done.err
    sourced(rest, f'token_file = "{good}"')
    assert rest(SENTENCE).out == "root\n"
    done = rest("doctor -P")
    assert done.code == 0
    assert re.search(rf"\ntoken-expiry\|warn\|{behind}\|synchronize both clocks", done.out)
    assert re.search(r"\nclock\|warn\|this machine is 3[56]\d\d seconds behind", done.out)


def made_at(file: Path) -> float:
    claims = file.read_text().split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(claims + "=="))["iat"])


@pytest.mark.parametrize("source", ["file", "command"])
def test_tokens_of_an_identity_provider_are_good(rest: Cli, source: str, tmp_path: Path) -> None:
    """jwks= of AuthAltParameters beside jwt_key=: both kinds of token are taken (24.11, 26.05)."""
    token = tmp_path / "rs256.token"
    token.write_text(signed(rest.cell.cluster))
    if source == "file":
        sourced(rest, f'token_file = "{token}"')
    else:
        sourced(rest, f"token_command = {program(tmp_path, f'cat {token}')}")
    assert rest(SENTENCE).out == "root\n"
    done = rest("account add physics -i")
    assert (done.code, done.err) == (0, "")
    token.write_text(signed(rest.cell.cluster, seconds=-5))
    done = rest(SENTENCE)
    assert (done.code, done.out) == (5, "")
    assert "the token of root expired at 20" in done.err
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token.write_text(signed(rest.cell.cluster, key=stranger))
    done = rest(SENTENCE)
    assert (done.code, done.out) == (5, "")
    assert "the token was refused" in done.err


def test_a_program_s_token_is_asked_for_again_where_the_first_has_ended(
    rest: Cli, tmp_path: Path
) -> None:
    cluster = rest.cell.cluster
    old, new = tmp_path / "old.token", tmp_path / "new.token"
    old.write_text(signed(cluster, seconds=-5))
    new.write_text(f"SLURM_JWT={cluster.token()}\n")
    sourced(rest, f"token_command = {program(tmp_path, f'cat {old} 2>&1; rm -f {old}')}")
    (tmp_path / "vault").write_text(
        f"#!/bin/sh\nif test -f {old}; then cat {old}; rm {old}; else cat {new}; fi\n"
    )
    done = rest("account add physics -i")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo sealed >&2; exit 2", "failed with exit code 2: sealed"),
        ("true", "contains no token"),
        ("echo two words", "contains no token"),
        ("kill -9 $$", "failed with exit code -9"),
    ],
)
def test_a_program_without_a_token_is_exit_5(
    rest: Cli, text: str, words: str, tmp_path: Path
) -> None:
    sourced(rest, f"token_command = {program(tmp_path, text)}")
    done = rest(SENTENCE)
    assert (done.code, done.out) == (5, "")
    assert words in done.err


def test_a_token_that_everybody_may_read_is_warned_of(rest: Cli, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(rest.cell.cluster.token())
    token.chmod(0o644)
    sourced(rest, f'token_file = "{token}"')
    done = rest("account list --json")
    warning = f"all users may read or write token_file {token}: chmod o= {token}"
    assert (done.code, json.loads(done.out)["warnings"]) == (0, [warning])
    assert rest(SENTENCE).err == f"slurmctl-rest: warning: {warning}\n"
    token.chmod(0o640)
    assert rest(SENTENCE).err == ""


def test_a_token_and_a_profile_may_come_through_pipes(cluster: Cluster, tmp_path: Path) -> None:
    """As <(...) of a shell delivers them, once: each request of the command has them."""
    profile = Cell(cluster, "rest", cluster.api_versions[-1]).profile(token_file="TOKEN")
    (tmp_path / "config.toml").write_text(profile)
    program = f"{sys.executable} -m slurmctl_rest"
    for words, code in (
        ("account add physics -i", 0),
        ("account modify physics set MaxJobs=3 GrpTRES=cpu=2 -i --json", 0),
        ("assoc list", 0),
        ("account delete physics -i", 0),
        ("ping", 0),
    ):
        script = (
            f"exec 7< <(cat {cluster.token_file})\n"
            f"{program} --config <(sed s,TOKEN,/dev/fd/7, {tmp_path}/config.toml) {words}"
        )
        done = subprocess.run(
            ["/bin/bash", "-c", script], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
