"""The file that `dump` writes over REST is sacctmgr's, byte for byte, of each release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import all_limits, parity
from tests.lab.cells import Cell
from tests.lab.cluster import Cluster

LIMITS = f"{all_limits.LIMITS} QosLevel=normal,high DefaultQOS=high"


@pytest.fixture
def furnished(cluster: Cluster) -> Cluster:
    """A tree with all that a file may tell; words behind `add`."""
    for words in (
        ["qos", "high"],
        ["qos", "q1", *all_limits.QOS.split()],
        ["account", "a1", "Description=Big one", "Organization=o'x", *LIMITS.split()],
        ["account", "a2", "parent=a1", "qos=+q1"],
        ["account", "flagged", "flags=UsersAreCoords"],
        ["account", "b-1", "comment=foo"],
        ["user", "u1", "account=a2", "partition=batch", "adminlevel=operator"],
        ["user", "u1", "account=a1", "wckey=w1", "defaultwckey=w1"],
        ["coordinator", "account=a1,a2", "name=u1"],
    ):
        cluster.sacctmgr("add", *words)
    cluster.sacctmgr(
        "modify", "cluster", cluster.cluster_name, "set", "MaxJobs=100", "GrpTRES=cpu=9"
    )
    return cluster


def test_the_file_is_sacctmgr_s(furnished: Cluster) -> None:
    both = parity.Parity(furnished)
    line = f"sacctmgr dump {furnished.cluster_name} file={parity.FILE}"
    there = both.real(line)
    file = furnished.chroot.inside(parity.FILE).read_text()
    assert "a2" in file
    for version in furnished.api_versions:
        Path(parity.FILE).unlink(missing_ok=True)
        assert both.ours(line, Cell(furnished, "rest", version)).differs(there) == {}
        assert Path(parity.FILE).read_text() == file
    # A fact of both releases: what is said of such an account is lost with the file.
    assert "Account - 'flagged':Fairshare=1\n" in file
    assert ("QOS - 'q1'" in file) == (not furnished.release.startswith("24.11"))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "nosuch",
        "LAB",
        "lab file=/nosuch/x",
        f"lab foo=1 f={parity.FILE}",
        "where cl=lab",
        "n=lab",
    ],
)
def test_what_it_says_otherwise(cluster: Cluster, words: str) -> None:
    both = parity.Parity(cluster)
    words = words.replace("lab", cluster.cluster_name).replace("LAB", cluster.cluster_name.upper())
    line = f"sacctmgr dump {words}"
    there = both.real(line)
    cell = Cell(cluster, "rest", cluster.api_versions[-1])
    assert both.ours(line, cell).differs(there) == {}
