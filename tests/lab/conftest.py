"""Fixtures of the lab: bring it up once, run a test in every cell, take down what was started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from tests import secrets
from tests.conftest import REQUIRED

from . import cluster as lab
from . import recipe
from .cells import Cell, Cli
from .cluster import Cluster
from .parity import Parity

SUITES = "LAB_SUITES"
"""The clusters to test on, like `trixie forky` (the default): `make test` runs one process each."""


@cache
def clusters() -> tuple[list[Cluster], str]:
    """Return the running clusters, or none and the reason in one line."""
    reason = lab.reason_not_possible()
    if reason:
        return [], reason
    # Not the other cluster: its own run may have taken a daemon down, and would find it restarted.
    found = lab.up(wanted())
    for one in found:  # whatever prints these is found out, by tests/conftest.py
        secrets.learn((one.token_file, one.chroot.inside(recipe.JWT_KEY)))
    return found, ""


def wanted() -> Sequence[str]:
    """Return the suites whose clusters are meant."""
    return os.environ.get(SUITES, "").split() or recipe.SUITES


def cells() -> list[Cell]:
    """Return every cell that the running daemons offer."""
    found = []
    for one in clusters()[0]:
        found += [Cell(one, "cli")]
        found += [Cell(one, "rest", version) for version in one.api_versions]
    return found


def cells_and_sockets() -> list[Cell]:
    """Return every cell, and the newest version of each cluster over its unix socket too."""
    return cells() + [Cell(one, "rest", one.api_versions[-1], unix=True) for one in clusters()[0]]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remember whether the lab was somebody else's."""
    os.umask(0o077)  # the program warns of tokens that everybody may read
    # Of the other cluster nothing is asked: its own run may be restarting it at this moment.
    session.config.stash[WAS_UP] = not lab.reason_not_possible() and lab.is_running(wanted())


WAS_UP = pytest.StashKey[bool]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take the cluster down where this run brought it up: the other may be in use elsewhere."""
    if not session.config.stash.get(WAS_UP, True) and not lab.reason_not_possible():
        lab.down(suites=wanted())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `cell` in every cell, and one that takes `cluster` on every cluster."""
    on_sockets = metafunc.definition.get_closest_marker("sockets") is not None
    only = metafunc.definition.get_closest_marker("executor")
    for name, params in (
        ("cell", cells_and_sockets if on_sockets else cells),
        ("cluster", lambda: clusters()[0]),
    ):
        if name not in metafunc.fixturenames:
            continue
        values: list[Cell | Cluster] = [*params()]
        if only is not None and name == "cell":
            values = [one for one in values if getattr(one, "executor", "") in only.args]
        if metafunc.definition.get_closest_marker("newest") is not None:
            values = [one for one in values if not isinstance(one, Cell) or one.is_newest]
        if not values:
            metafunc.parametrize(name, [pytest.param(None, id="no-lab")], indirect=True)
            continue
        ids = [one.suite if isinstance(one, Cluster) else str(one) for one in values]
        metafunc.parametrize(name, values, ids=ids, indirect=True)


SHARE = "LAB_SHARE"
"""Which of the lab's tests are meant: `1/2` is the first, the third and so on."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, so that `-m 'not lab'` leaves it out; keep this run's share."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)
    number, _, of = os.environ.get(SHARE, "1/1").partition("/")
    share = int(number) - 1
    mine = items[share :: int(of)]
    # Each lab begins elsewhere, so that one waits for Slurm while another one computes.
    begin = len(mine) * share // int(of)
    mine = [*mine[begin:], *mine[:begin]]
    # First what has a person's patience for a limit, while the lab has nothing behind it.
    mine.sort(key=lambda item: item.path.name != "test_terminal.py")
    if len(mine) < len(items):
        config.hook.pytest_deselected(items=[one for one in items if one not in {*mine}])
    items[:] = mine


@pytest.fixture
def both(cluster: Cluster) -> Parity:
    """Both programs on one cluster, with the tree that the lines of real clients meet."""
    made = Parity(cluster)
    made.build()
    return made


@pytest.fixture
def cell(request: pytest.FixtureRequest) -> Cell:
    """One cell, whose cluster is as fresh."""
    found: Cell | None = getattr(request, "param", None)
    if found is None:
        _no_lab()
    found.cluster.reset()
    return found


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """One cluster, as fresh."""
    found: Cluster | None = getattr(request, "param", None)
    if found is None:
        _no_lab()
    found.reset()
    return found


@pytest.fixture
def cli(cell: Cell, tmp_path: Path) -> Cli:
    """The program, against the cell."""
    return Cli(cell, tmp_path)


def _no_lab() -> NoReturn:
    reason = clusters()[1]
    if os.environ.get(REQUIRED):
        pytest.fail(f"the lab is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(params=["cli", "rest"])
def executor(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the newest REST."""
    version = cluster.api_versions[-1] if request.param == "rest" else ""
    return Cli(Cell(cluster, request.param, version), tmp_path)
