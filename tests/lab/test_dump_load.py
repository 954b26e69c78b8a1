"""`dump` and `load` of the native voice: a file leads back to the cluster that it is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import all_limits
from .cells import Cell, Cli, state

LIMITS = f"{all_limits.LIMITS} QosLevel=normal,q1 DefaultQOS=q1"


@pytest.fixture
def furnished(cell: Cell) -> Cell:
    """A tree with all that the file holds; words behind `add`."""
    for words in (
        ["qos", "high"],
        ["qos", "q1", *all_limits.QOS_BEFORE_V42.split()],
        ["account", "a1", "Description=big # one", "Organization=x y", *LIMITS.split()],
        ["account", "a2", "parent=a1", "qos=high,q1"],
        ["account", "flagged", "flags=UsersAreCoords"],
        ["account", "b-1"],
        ["user", "u1", "account=b-1", "adminlevel=operator"],
        ["user", "u1", "account=a2", "partition=batch", "maxjobs=2"],
        ["user", "u2", "account=a2,b-1", "defaultaccount=b-1", "grptres=cpu=3"],
        ["coordinator", "account=b-1,a1", "name=u1"],
    ):
        cell.cluster.sacctmgr("add", *words)
    name = cell.cluster.cluster_name
    cell.cluster.sacctmgr("modify", "cluster", name, "set", "MaxJobs=100", "GrpTRES=cpu=9")
    return cell


def test_the_dump_of_a_cluster_says_nothing_to_change_there(
    furnished: Cell, cli: Cli, tmp_path: Path
) -> None:
    file, before = tmp_path / "alps.cfg", state(furnished.cluster)
    assert cli("dump", f"file={file}").both == ""
    assert cli("dump").out == file.read_text()
    for words in (("load", str(file), "-i"), ("load", str(file), "--clean", "-i")):
        done = cli(*words)
        assert (done.code, done.out, done.err) == (0, "", "nothing to change\n")
    assert json.loads(cli("load", str(file), "-i", "--json").out)["changed"] is False
    assert state(furnished.cluster) == before


def test_a_dump_that_is_loaded_onto_an_emptied_cluster_gives_the_same_dump(
    furnished: Cell, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "alps.cfg"
    cli("dump", f"file={file}")
    furnished.cluster.reset()
    planned = cli("load", str(file), "--dry-run")
    assert (planned.code, "u1" in planned.out) == (0, True), planned.both
    done = cli("load", str(file), "-i")
    assert done.code == 0, done.both
    assert cli("dump").out == file.read_text()
    assert cli("load", str(file), "-i").err == "nothing to change\n"


def test_the_executors_write_the_same_file(furnished: Cell, cli: Cli, tmp_path: Path) -> None:
    other = Cell(furnished.cluster, "cli")
    assert cli("dump").out == Cli(other, _folder(tmp_path)).__call__("dump").out


def _folder(path: Path) -> Path:
    (path / "other").mkdir()
    return path / "other"


def test_a_load_adds_and_changes_and_removes_only_with_clean(
    furnished: Cell, cli: Cli, tmp_path: Path
) -> None:
    file, name = tmp_path / "x.cfg", furnished.cluster.cluster_name
    file.write_text(
        f"QOS - 'new':Priority=3:Preempt='later'\nQOS - 'later'\n"
        f"Cluster - '{name}':MaxJobs=100:QOS='normal':GrpTRES=cpu=9\n"
        "Parent - 'root'\nAccount - 'b-1':QOS='new':Fairshare=7\n"
        "Parent - 'b-1'\nAccount - 'below':Description='Some Text'\n"
        "User - 'u1':DefaultAccount='below'\n"
        "Parent - 'below'\nUser - 'u1':DefaultAccount='below':MaxJobs=3\n"
        "User - 'u3':Coordinator='below,b-1':AdminLevel=Operator\n"
    )
    done = cli("load", str(file), "-i")
    assert done.code == 0, done.both
    accounts = {str(one["Account"]): one for one in cli("account list --json").items}
    assert accounts["b-1"]["Coordinators"] == ["u1", "u3"]
    assert accounts["below"]["Coordinators"] == ["u3"]
    assert {"a1", "a2", "flagged"} < {*accounts}
    users = {str(one["User"]): one for one in cli("user list --json").items}
    assert (users["u1"]["DefaultAccount"], users["u3"]["AdminLevel"]) == ("below", "Operator")
    assert users["u1"]["AdminLevel"] == "Operator"  # the file does not say
    cleaned = cli("load", str(file), "--clean", "-i")
    assert cleaned.code == 0, cleaned.both
    rows = [str(one["User"] or one["Account"]) for one in cli("assoc list --json").items]
    assert sorted(rows) == ["b-1", "below", "root", "root", "u1", "u1", "u3"]
    assert "u2" not in {str(one["User"]) for one in cli("user list --json").items}


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ("Cluster - 'NAME'\nParent - 'nosuch'\n", "line(2) You need to add this parent", 2),
        (
            "Cluster - 'NAME'\nAccount - 'x':Foo=3\n",
            "Unknown option: Foo=3 Problem with line(2)",
            2,
        ),
        ("Cluster - 'NAME'\nsome words\n", "Misformatted line(2)", 2),
        ("Cluster - 'nosuch'\n", "cluster 'nosuch' does not exist", 3),
        ("Account - 'x'\n", "it names no cluster", 2),
        ("Cluster - 'NAME'\nParent - 'b-1'\nUser - 'u1':DefaultQOS='q1'\n", "default QOS", 4),
    ],
)
@pytest.mark.newest
def test_what_is_wrong_with_a_file_is_said_and_nothing_written(
    furnished: Cell, cli: Cli, tmp_path: Path, text: str, said: str, code: int
) -> None:
    before, file = state(furnished.cluster), tmp_path / "x.cfg"
    file.write_text(text.replace("NAME", furnished.cluster.cluster_name))
    done = cli("load", str(file), "-i")
    assert (done.code, said in done.err, done.err.count("\n")) == (code, True, 1), done.both
    assert state(furnished.cluster) == before
