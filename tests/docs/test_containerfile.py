"""The recipe of the image: no registry is reached here, so it is read, and its parts are there."""

from __future__ import annotations

import re

from .pages import ROOT

RECIPE = (ROOT / "Containerfile").read_text(encoding="utf-8")
LINES = [
    line for line in re.sub(r"\\\n", " ", RECIPE).splitlines() if line and not line.startswith("#")
]


def test_each_line_is_an_instruction() -> None:
    known = {"FROM", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}
    assert {line.split()[0] for line in LINES} == known


def test_it_copies_what_make_dist_and_the_lock_leave() -> None:
    (copied,) = (line for line in LINES if line.startswith("COPY requirements"))
    assert copied.split()[1:] == ["requirements/run.lock", "dist/*.whl", "/build/"]
    assert (ROOT / "requirements/run.lock").is_file()


def test_all_is_installed_by_hash_and_nothing_runs_as_root() -> None:
    installs = re.findall(r"pip install (?:--\S+ )+", RECIPE)
    assert [("--require-hashes" in line, "--no-index" in line) for line in installs] == [
        (True, False),
        (False, True),
    ]
    assert "USER 65534:65534" in LINES
    assert LINES[-2] == 'ENTRYPOINT ["slurmctl-rest"]'
