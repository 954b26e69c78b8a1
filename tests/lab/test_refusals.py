"""What must never reach Slurm: refused in every cell alike, and nothing is sent."""

from __future__ import annotations

import json

import pytest

from .cells import Cli, state

BAD_NAMES = {
    "quote": "o'brien",
    "slash": "a/b",
    "comma": "a,,b",
    "only a comma": ",",
    "space": "a b",
    "empty": "",
    "long": "x" * 300,
    "newline": "a\nb",
    "dots": "..",
    "percent": "a%2fb",
    "backslash": "a\\b",
    "not ASCII": "phÿsics",
    "a dash first": "-physics",
}
SENTENCES = {
    "unknown field": ("account modify root set GrpTERS=cpu=1 -i", "did you mean GrpTRES?"),
    "unknown condition": ("account list where parnet=root", "did you mean Parent"),
    "unknown TRES": ("account modify root set GrpTRES=cpuu=1 -i", "did you mean cpu?"),
    "not a number": ("account modify root set MaxJobs=many -i", "not a whole number"),
    "no duration": ("account modify root set MaxWall=1h -i", "not a duration"),
    "nothing to set": ("account modify root set -i", "nothing to set"),
    "a name behind set": ("account modify root set physics -i", "assigns no value"),
    "+= on a limit": ("account modify root set MaxJobs+=1 -i", "accepts only '='"),
    "set twice": ("account modify root set MaxJobs=1 maxjobs=2 -i", "is set twice"),
    "ambiguous": ("account modify root set GrpTRESM=cpu=1 MaxTRES=cpu=1 Max=3 -i", "is ambiguous"),
    "too large": (
        "account modify root set MaxJobs=4294967295 -i",
        "more than the maximum (2147483647)",
    ),
}


@pytest.mark.newest
@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=list(BAD_NAMES))
@pytest.mark.parametrize("verb", ["add", "delete", "modify"])
def test_a_name_that_slurm_or_sql_would_choke_on(cli: Cli, verb: str, name: str) -> None:
    rest = ["set", "Fairshare=2"] if verb == "modify" else []
    words = ["--", name] if name.startswith("-") else [name]
    done = cli("account", verb, "-i", "-v", *words, *rest)
    assert (done.code, done.out, sent(done.err)) == (2, "", [])


@pytest.mark.newest
@pytest.mark.parametrize(("sentence", "hint"), SENTENCES.values(), ids=list(SENTENCES))
def test_a_sentence_that_cannot_be_meant(cli: Cli, sentence: str, hint: str) -> None:
    before = state(cli.cell.cluster)
    done = cli(f"{sentence} -v")
    assert (done.code, done.out, written(done.err)) == (2, "", [])
    assert hint in done.err
    assert state(cli.cell.cluster) == before


@pytest.mark.newest
def test_a_parent_that_does_not_exist_is_not_sent(cli: Cli) -> None:
    cli.cell.cluster.sacctmgr("add", "account", "physics")
    for sentence in (
        "account modify physics set parent=nosuch -i -v",
        "account add optics parent=nosuch -i -v",
    ):
        done = cli(sentence)
        assert (done.code, written(done.err)) == (3, [])
        assert "parent account 'nosuch' does not exist" in done.err


def test_dry_run_writes_nothing_and_says_what_would_be_sent(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,chemistry")
    before = state(cluster)
    for sentence in (
        "account add optics parent=physics GrpTRES=cpu=3",
        "account modify physics set GrpTRES=cpu=3 Description=light parent=chemistry",
        "account delete physics",
    ):
        done = cli(f"{sentence} --dry-run -v")
        assert (done.code, written(done.err)) == (0, [])
        assert "\nwould run: " in done.out
        assert cli(f"{sentence} --dry-run --json").code == 0
    assert state(cluster) == before


def test_an_account_that_exists_already_is_changed_false(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics", "GrpTRES=cpu=5")
    before = state(cluster)
    done = cli("account add physics GrpTRES=cpu=5 -i --json -v")
    document = json.loads(done.out)
    assert (done.code, document["changed"], written(done.err)) == (0, False, [])
    assert [change["changed"] for change in document["changes"]] == [False]
    assert state(cluster) == before


@pytest.mark.newest
def test_names_are_lowered_over_both_executors(cli: Cli) -> None:
    assert cli("account add Physics,OPTICS Parent=ROOT -i").code == 0
    assert cli("account modify PHYSICS set Fairshare=3 -i").code == 0
    assert cli("account list Physics -P -n format=Account,Share").out == "physics|3\n"
    names = cli.cell.cluster.sacctmgr("-nP", "list", "account", "format=account").split()
    assert names == ["optics", "physics", "root"]


def test_what_an_executor_cannot_do_is_refused_by_name(cli: Cli) -> None:
    """slurmrestd has no words for changes to an inherited set, nor for inheriting again."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "account", "optics", "qos=high")
    add = cli("account modify physics set QosLevel+=high -i -v")
    restore = cli("account modify optics set QosLevel='' -i -v")
    if cli.cell.executor == "rest":
        assert (add.code, written(add.err)) == (10, [])
        assert "set the whole list" in add.err
        assert (restore.code, written(restore.err)) == (10, [])
        assert 'execution_mode = "cli"' in restore.err
        assert "assoc optics ParentName=root Share=1 QOS=high\n" in state(cluster)
    else:
        assert (add.code, restore.code) == (0, 0)
        assert "assoc physics ParentName=root Share=1 QOS=+high\n" in state(cluster)
        assert "assoc optics ParentName=root Share=1\n" in state(cluster)


def sent(err: str) -> list[str]:
    """Return everything that -v says was run."""
    return [line for line in err.splitlines() if line.startswith("+ ")]


def written(err: str) -> list[str]:
    """Return what -v says was run and writes."""
    writing = ("+ POST ", "+ DELETE ", "+ sacctmgr -i ")
    return [line for line in sent(err) if line.startswith(writing)]


def test_the_check_for_writes_sees_a_write(cli: Cli) -> None:
    for sentence in (
        "account add physics -i -v",
        "account modify physics set Fairshare=3 Description=light -i -v",
        "account delete physics -i -v",
    ):
        assert written(cli(sentence).err) != []
