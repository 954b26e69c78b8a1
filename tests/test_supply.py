"""What is installed beside the program: a new package is a decision, made in this table."""

from __future__ import annotations

import ast
import json
import re
import threading
import tomllib
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.audit_lock import audit, verdict
from tests.clients.table import CLIENTS

ROOT = Path(__file__).parents[1]
RUN, DEV = (ROOT / "requirements" / name for name in ("run.lock", "dev.lock"))

OURS = {
    "typer": "typer",
    "httpx": "httpx",
    "jmespath": "jmespath",
    "msgspec": "msgspec",
    "httpcore": "httpcore",
    "pydantic": "pydantic",
    "pydantic-settings": "pydantic_settings",
    "rich": "rich",
    "tomlkit": "tomlkit",
}
"""What pyproject.toml names, and how it is imported."""

THEIRS = {
    "annotated-doc": "typer",
    "shellingham": "typer",
    "anyio": "httpx",
    "certifi": "httpx",
    "h11": "httpcore",
    "httpcore": "httpx",
    "idna": "httpx",
    "markdown-it-py": "rich",
    "mdurl": "markdown-it-py",
    "pygments": "rich",
    "annotated-types": "pydantic",
    "pydantic": "typer",
    "pydantic-core": "pydantic",
    "python-dotenv": "pydantic-settings",
    "typing-inspection": "pydantic",
    "typing-extensions": "pydantic",
    "colorama": "typer",  # on Windows only, where this program is not
}
"""What those bring along, each with one that needs it."""


def locked(file: Path) -> dict[str, str]:
    """Return the releases of a lock."""
    pinned = re.findall(r"(?m)^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"))
    return {canonicalize_name(name): release for name, release in pinned}


def named(extra: str | None = None) -> set[str]:
    """Return what pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def test_the_program_runs_on_these_packages_and_no_others() -> None:
    assert named() == set(OURS)
    assert set(locked(RUN)) == {*OURS, *THEIRS}


@pytest.mark.parametrize(("theirs", "needs"), THEIRS.items(), ids=THEIRS)
def test_what_comes_along_is_needed(theirs: str, needs: str) -> None:
    wanted = [Requirement(text) for text in distribution(needs).requires or ()]
    assert theirs in {canonicalize_name(one.name) for one in wanted}


@pytest.mark.parametrize(("name", "module"), OURS.items(), ids=OURS)
def test_what_the_program_needs_is_typed(name: str, module: str) -> None:
    marked = {str(file) for file in distribution(name).files or ()}
    stubs = f"types-{name}"
    assert f"{module}/py.typed" in marked or stubs in named("dev") & {*locked(DEV)}


def test_the_sdk_for_agents_is_typed_and_in_its_extra_alone() -> None:
    assert named("mcp") == {"mcp"}
    assert "mcp/py.typed" in {str(file) for file in distribution("mcp").files or ()}
    assert "mcp" not in locked(RUN)


@pytest.mark.parametrize("module", list(OURS.values()))
def test_what_the_program_needs_is_imported(module: str) -> None:
    assert module in imported()


@cache
def imported() -> set[str]:
    """Return the names of all packages that the program imports."""
    found = set()
    for file in (ROOT / "slurmctl_rest").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found


def test_the_locks_hold_what_is_named_and_agree() -> None:
    dev = locked(DEV)
    extras = named("dev") | named("demo") | named("mcp") | named("yaml")
    assert named() | extras <= set(dev)
    assert locked(RUN).items() <= dev.items()


LOCKS = [RUN, DEV, *(client.lock for client in CLIENTS)]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_a_hash_for_each_release_and_names_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    blocks = re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]
    assert {canonicalize_name(one.partition("==")[0]) for one in blocks} == set(locked(lock))
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"://|--\S*index\S*|--find-links|--trusted-host| @ |file:", text) == []


SECURITY = re.compile(r"#\s*(noqa: [A-Z0-9, ]*\bS\d{3}|nosec)(?P<rest>.*)")


def test_no_exception_from_security_rules_is_without_a_reason() -> None:
    bare = [
        f"{file.relative_to(ROOT)}:{number}"
        for folder in ("slurmctl_rest", "tests")
        for file in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (match := SECURITY.search(line)) and not re.search(r"\(\w+.*\)$", match["rest"])
        if file != Path(__file__)
    ]
    assert bare == []


BAD = """{"dependencies": [{"name": "h11", "version": "0.1", "vulns":
[{"id": "PYSEC-1", "fix_versions": ["0.2"], "aliases": []}]},
{"name": "x", "skip_reason": "not found"}]}"""
GOOD = '{"dependencies": [{"name": "h11", "version": "0.2", "vulns": []}]}'


@pytest.mark.parametrize(
    ("out", "err", "told"),
    [
        (GOOD, "", (0, "1 audited, 0 vulnerable")),
        (
            BAD,
            "Found 1 known vulnerability",
            (
                1,
                "h11 0.1: PYSEC-1, mended in 0.2\nnot audited: not found\n1 audited, 1 vulnerable",
            ),
        ),
        ("", "requests.exceptions.ConnectionError: x", (0, "not audited: requests.exceptions.")),
        ("", "ERROR: invalid requirement", (1, "not audited: ERROR: invalid requirement")),
        ("", "", (1, "not audited: it said nothing")),
    ],
    ids=["clean", "vulnerable", "no network", "a broken lock", "silent"],
)
def test_what_an_audit_comes_to(out: str, err: str, told: tuple[int, str]) -> None:
    code, text = verdict(out, err)
    assert (code, text[: len(told[1])]) == told


class _Database(BaseHTTPRequestHandler):
    """OSV's answer: release 0.1 of anything is vulnerable."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hole = {"id": "PYSEC-1", "affected": [{"package": asked["package"], "versions": ["0.1"]}]}
        body = json.dumps({"vulns": [hole]} if asked["version"] == "0.1" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.mark.parametrize(
    ("release", "told"),
    [
        ("0.1", (1, "h11 0.1: PYSEC-1, mended in no release\n1 audited, 1 vulnerable")),
        ("0.2", (0, "1 audited, 0 vulnerable")),
    ],
    ids=["vulnerable", "clean"],
)
def test_pip_audit_is_asked_as_it_answers(
    release: str, told: tuple[int, str], tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"h11=={release} --hash=sha256:{'0' * 64}\n")
    with HTTPServer(("127.0.0.1", 0), _Database) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/v1/query"
            cache = ("--cache-dir", str(tmp_path / "cache"))
            assert audit([str(lock)], "--osv-url", url, *cache) == told
        finally:
            server.shutdown()


def test_an_audit_without_a_network_says_so_and_fails_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"h11==0.1 --hash=sha256:{'0' * 64}\n")
    code, text = audit([str(lock)], "--osv-url", "http://127.0.0.1:1/v1/query")
    assert (code, text.partition(":")[0]) == (0, "not audited")
