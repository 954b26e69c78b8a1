"""docs/python-api.md: its example runs as it stands there, and its promises hold."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest

import slurmctl_rest
from slurmctl_rest import public
from tests.docs.pages import PAGES, blocks, prose

from .conftest import Run

PAGE = PAGES["docs/python-api.md"]


@pytest.mark.usefixtures("accounts")
def test_the_example(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    del run  # its environment
    (example,) = blocks(PAGE, "python")
    promised = textwrap.dedent(re.findall(r"It prints\n\n((?: {4}.*\n)+)", prose(PAGE))[0])
    capsys.readouterr()
    exec(compile(example, "python-api.md", "exec"), {})  # noqa: S102 (the page's own)
    assert capsys.readouterr() == (promised, "")


def test_every_public_name_is_on_the_page_and_loads() -> None:
    for name in public.HOMES:
        assert f"`{name}" in PAGE, name
        assert getattr(slurmctl_rest, name).__module__ == f"slurmctl_rest.{public.HOMES[name]}"
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        _ = getattr(slurmctl_rest, "nosuch")  # noqa: B009 (the type checker knows that it is none)


def test_the_stub_has_the_same_names() -> None:
    stub = (PAGES and slurmctl_rest.__file__.replace("__init__.py", "__init__.pyi")) or ""
    with open(stub, encoding="utf-8") as file:  # noqa: PTH123 (a path as text)
        named = {*re.findall(r"(?m) as ([A-Z]\w+)$|^connect", file.read())}
    assert named == {*public.HOMES} - {"connect"} | {""}


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("call", "words", "code", "message"),
    [
        ("read", ["account", "delete", "physics"], "refused", "--readonly refuses all writes"),
        ("read", ["edit", "account", "physics"], "unsupported", "'edit' needs a terminal"),
        ("read", ["account", "lst"], "usage", "No such command 'lst'. Did you mean 'list'?"),
        ("plan", ["account", "list"], "usage", "'account list' is no write"),
        ("plan", ["account", "delete", "--all"], "usage", "'--all' begins with -"),
    ],
)
def test_what_is_refused(
    run: Run,
    call: str,
    words: list[str],
    code: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del run  # its environment
    capsys.readouterr()
    with slurmctl_rest.connect() as slurm, pytest.raises(slurmctl_rest.SlurmctlError) as raised:
        getattr(slurm, call)(*words)
    assert (raised.value.code, raised.value.message) == (code, message)
    assert capsys.readouterr() == ("", "")
    with pytest.raises(slurmctl_rest.UsageError, match="the connection is closed"):
        slurm.read("account", "list")


def test_the_command_line_does_not_load_the_api() -> None:
    code = "import sys, slurmctl_rest.__main__; print('slurmctl_rest.api' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
