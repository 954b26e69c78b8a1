"""What comes back is judged again: conditions that were lost on the way, rows that come twice.

A proxy before slurmrestd loses each parameter of a query in turn, and a wrapper of sacctmgr each
condition. Which there are is what the program was seen to send. Whatever is lost, lists and plans
must be those without it, or the command must end in an error.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from .cells import Cell, Cli, Result, state
from .cluster import Cluster
from .faults.proxy import BACK, READ, Exchange, Proxy, Rule, body, honest
from .machine import wait_until

SETUP = """\
add cluster jura
add qos high,low,odd
add account pa maxjobs=50 grptres=cpu=9 maxtres=cpu=5,mem=7 maxwall=60
add account pb parent=pa maxsubmitjobs=7
add account pc
add account pa cluster=jura
add account pn cluster=jura
add user alice,bob,carol account=pa
add user alice account=pb partition=debug maxjobs=3
add user alice account=pc
add user dora account=pb
add user alice account=pa cluster=jura
add user zoe account=pn cluster=jura
modify user bob where account=pa set maxjobs=50 maxtres=cpu=5,mem=7
modify user carol where account=pa set qos=high
modify user alice where account=pa set qos+=high
modify user dora where account=pb set qos-=normal
add coordinator account=pa names=bob
add coordinator account=pc names=alice
add user bob account=pc
quit
"""

LISTS = (
    "account list --json",
    "account list pa --json",
    "account list pa,pb WithCoord format=account,descr,maxjobs,qos,coord",
    "user list --json",
    "user list alice --json",
    "user list where account=pb",
    "assoc list --json",
    "assoc list format=account,user,partition,qos,maxjobs",
    "assoc list where user=alice --json",
    "assoc list where account=pa,pb user=alice,bob WOPLimits",
    "assoc list where partition=debug",
    "assoc list where account=pa partition='' --json",
    "assoc list where user='' --json",
    "assoc list where parent=pa",
    "assoc list where qos=high",
    "assoc list WithDeleted",
    "assoc list OnlyDefaults",
    "assoc list WithRawQOS where user=alice",
    "assoc list where id={id}",
    "assoc tree",
    "account tree",
    "coordinator list",
    "qos list --json",
    "qos list high",
    "cluster list",
    "tres list",
    "jobs list --json",
    "jobs list where account=pa",
    "jobs history where account=pa start=now-2hours --json",
    "jobs history start=now-2hours",
)
PLANS = (
    "account add pn2 parent=pb MaxJobs=2",
    "account add pa",
    "user add nina account=pa",
    "user add alice account=pb,pc",
    "assoc add account=pc user=bob MaxJobs=4",
    "account modify pa set MaxJobs=9 Description=new",
    "account modify pb set GrpTRES=mem=4",
    "user modify alice set MaxTRES=cpu=2",
    "user modify bob where account=pa set MaxTRES=cpu=2",
    "user modify alice set DefaultAccount=pc",
    "assoc modify where account=pa user=bob set GrpTRES=cpu=1",
    "assoc modify where account=pb user=alice partition=debug set MaxJobs=4",
    "assoc modify where id={id} set MaxJobs=4",
    "account delete pb",
    "account delete pa --all-clusters",
    "user delete bob,carol",
    "user delete alice where account=pc",
    "user delete alice --all-clusters",
    "assoc delete where account=pc user=alice",
    "coordinator add carol account=pc",
    "coordinator delete bob account=pa",
    "qos modify high set Priority=3",
    "qos delete odd",
)
OVER_THE_COMMANDS = (
    "account list --json",
    "account list pa,pb WithCoord format=account,descr,maxjobs,qos,coord",
    "user list alice --json",
    "assoc list where user=alice --json",
    "assoc list where account=pa,pb user=alice,bob WOPLimits",
    "assoc list where account=pb partition=debug",
    "assoc list where id={id}",
    "qos list --json",
    "jobs list where account=pa",
    "jobs history where account=pc start=now-2hours",
    "usage report account=pc start=now-2hours",
    "user modify alice set MaxTRES=cpu=2 --dry-run --json",
    "assoc modify where account=pb user=alice partition=debug set MaxJobs=4 --dry-run --json",
    "account delete pa --dry-run --json",
    "user delete alice where account=pc --dry-run --json",
    "user add alice account=pb,pc --dry-run --json",
)
UNDONE = ("add", "delete")
"""Verbs of plans of which some end in an error in any case."""
NAMED = (1, 3, 4, 6, 10)
"""Exit codes of errors that name what is wrong; 3: without its rows, a cluster is none."""
WRAPPER = """\
#!/bin/sh
# Loses words, or spoils what is printed: as `lose` and `spoil` beside this say.
here={here}
count=$(($(cat $here/count) + 1))
echo $count >$here/count
for word; do printf '%s\\n' "$word"; done >>$here/words
read -r which lose <$here/lose
read -r nth spoil <$here/spoil
left=$#
while [ $left -gt 0 ]; do
    word=$1
    shift
    left=$((left - 1))
    case $which$word in lose$lose*) continue ;; esac
    set -- "$@" "$word"
done
[ $nth = $count ] || exec {real} "$@"
{real} "$@" >$here/printed
code=$?
case $spoil in
cut) sed 's/^\\(.*\\)..$/\\1/' $here/printed ;;
half) awk '{{ print substr($0, 1, length($0) / 2) }}' $here/printed ;;
more) sed 's/$/x|/' $here/printed ;;
twice) sed p $here/printed ;;
unended) head -c -3 $here/printed ;;
nothing) ;;
headless) tail -n +2 $here/printed ;;
esac
exit $code
"""
SPOILED = ("cut", "half", "more", "twice", "unended", "nothing", "headless")


def furnish(cluster: Cluster) -> str:
    """Have two clusters with a bit of everything, and a job; return the number of bob's row."""
    cluster.reset()
    cluster.run("sacctmgr", "-iQ", text=SETUP)
    held, done = (
        cluster.run("sbatch", "--parsable", *words, "--wrap", "true", user=user).stdout.strip()
        for user, *words in (("alice", "-H", "-A", "pa"), ("bob", "-A", "pc"))
    )
    # slurmdbd hears of both a little later; lists of the past would differ meanwhile. And a job
    # that became eligible in this very second is not of the past yet.
    over = f"{done}|COMPLETED"
    look = ("sacct", "-XanP", "--format=JobIDRaw,State")
    for which, known in (
        ((f"--jobs={held},{done}",), {f"{held}|PENDING", over}),
        (("-Snow-2hours", "-Enow"), {over}),
    ):
        _wait_for_jobs(cluster, (*look, *which), known)
    # Its row is kept, as deleted, for what the job has used.
    cluster.sacctmgr("delete", "user", "where", "name=bob", "account=pc")
    where = ("where", f"cluster={cluster.cluster_name}", "account=pa", "user=bob")
    return cluster.sacctmgr("-nP", "list", "assoc", *where, "format=id").strip()


def _wait_for_jobs(cluster: Cluster, look: tuple[str, ...], known: set[str]) -> None:
    wait_until(lambda: known <= {*cluster.run(*look).stdout.split()}, "the jobs", 20)


def sentences(cell: Cell, number: str) -> list[list[str]]:
    """Some of them in each cell, and all on each cluster."""
    plans = [f"{plan} --dry-run --json" for plan in PLANS]
    every = [shlex.split(one.format(id=number)) for one in (*LISTS, *plans)]
    versions = cell.cluster.api_versions
    return every if ALL else every[versions.index(cell.api_version) :: len(versions)]


ALL = bool(os.environ.get("ALL_SENTENCES"))


def told(result: Result) -> Any:
    """What is to be equal: without what was run, and how long a ping took."""
    if not result.out.startswith("{"):
        return result.code, result.out, result.err
    document = json.loads(result.out)
    return result.code, {k: v for k, v in document.items() if k != "commands"}, result.err


def lost(name: str, seen: list[str]) -> Any:
    """A toxic that loses a parameter."""

    def toxic(exchange: Exchange) -> None:
        parts = urlsplit(exchange.request.target)
        query = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(key, value) for key, value in query if key != name]
        if kept != query:
            seen.append(exchange.request.target)
            target = parts.path + (f"?{urlencode(kept)}" if kept else "")
            exchange.request = replace(exchange.request, target=target)
        honest(exchange)

    return toxic


@contextmanager
def before(cell: Cell, cli: Cli) -> Iterator[Proxy]:
    """A proxy on the way to slurmrestd."""
    proxy = Proxy(cell.cluster.tcp_url)
    cli.configure(url=proxy.url)
    try:
        yield proxy
    finally:
        proxy.close()
        cli.configure()


def parameters(proxy: Proxy) -> set[str]:
    """The parameters that were sent."""
    targets = [urlsplit(request.target).query for request in proxy.seen]
    return {name for text in targets for name, _ in parse_qsl(text, keep_blank_values=True)}


@pytest.mark.newest
@pytest.mark.executor("rest")
def test_a_parameter_that_is_lost_changes_nothing_in_silence(cell: Cell, cli: Cli) -> None:
    number = furnish(cell.cluster)
    silent: list[str] = []
    met: dict[str, set[object]] = {}
    for words in sentences(cell, number):
        with before(cell, cli) as proxy:
            right = told(cli(*words))
            assert right[0] == 0 or words[1] in UNDONE, right
            for name in sorted(parameters(proxy)):
                seen: list[str] = []
                proxy.rules[:] = [Rule(kind, lost(name, seen)) for kind in (READ, BACK)]
                found = cli(*words)
                assert seen, name
                what = "equal" if told(found) == right else found.code
                met.setdefault(name, set()).add(what)
                if what == "equal" or told(found)[0] in NAMED:
                    continue
                silent.append(
                    f"{shlex.join(words)} without {name}: exit {found.code}\n{found.both}"
                )
    assert not silent, "\n".join([f"{len(silent)} in silence; {met}", *silent])


@pytest.mark.newest
@pytest.mark.executor("rest")
@pytest.mark.parametrize("change", ["alike", "otherwise"])
def test_what_comes_twice_is_one_or_an_error(cell: Cell, cli: Cli, change: str) -> None:
    """Each record of each list; or once more with another value."""
    number = furnish(cell.cluster)

    def doubled(text: bytes) -> bytes:
        document = json.loads(text)
        for key in ("accounts", "associations", "users", "qos", "clusters", "TRES", "jobs"):
            records = document.get(key, [])
            again = json.loads(json.dumps(records))
            for record in again if change == "otherwise" else ():
                record["shares_raw"] = 17
                record["description"] = "another"
            document[key] = [*records, *again] if records else document.get(key)
        return json.dumps({k: v for k, v in document.items() if v is not None}).encode()

    lists = ["account list --json", "user list --json", "assoc list --json", "qos list --json"]
    lists += ["jobs list --json", "cluster list", "tres list", "jobs history start=now-2hours"]
    plans = [f"{one} --dry-run --json" for one in PLANS[::4]]
    for words in (shlex.split(one.format(id=number)) for one in (*lists, *plans)):
        with before(cell, cli) as proxy:
            right = told(cli(*words))
            assert right[0] == 0 or words[1] in UNDONE, right
            proxy.rules[:] = [Rule(kind, body(doubled)) for kind in (READ, BACK)]
            found = cli(*words)
        changed = change == "otherwise" and words[0] in {
            "account",
            "user",
            "assoc",
            "qos",
            "cluster",
            "coordinator",
        }
        if changed:
            assert found.code == 1, found.both
            assert "Slurm's answer contains it twice, with different values" in found.err
        else:
            assert told(found) == right, words


@pytest.mark.executor("rest")
@pytest.mark.parametrize("times", [1, 9])
def test_looks_that_disagree_are_taken_again(cell: Cell, cli: Cli, times: int) -> None:
    """The first of three lacks a list of TRES: once, and then always."""
    furnish(cell.cluster)
    left = [times]

    def toxic(exchange: Exchange) -> None:
        raw = (
            "raw" in exchange.request.target.lower()
            and "account=root" not in exchange.request.target
        )
        if not raw or not left[0]:
            return honest(exchange)
        left[0] -= 1
        return body(emptied)(exchange)

    def emptied(text: bytes) -> bytes:
        document = json.loads(text)
        for record in document["associations"]:
            record["max"]["tres"]["total"] = []
        return json.dumps(document).encode()

    before_ = state(cell.cluster)
    with before(cell, cli) as proxy:
        proxy.rules[:] = [Rule(READ, toxic)]
        done = cli("account modify pa set MaxWall=30 -i")
    if times == 1:
        assert done.code == 0, done.both
        assert state(cell.cluster) == before_.replace("MaxWall=01:00:00", "MaxWall=00:30:00")
    else:
        assert done.code == 4, done.both
        assert "GrpTRES of account 'pa'" in done.err or "GrpTRES of association 'pa'" in done.err
        assert state(cell.cluster) == before_


@pytest.mark.executor("cli")
def test_a_wrapper_of_the_commands_that_loses_or_spoils(
    cell: Cell, cli: Cli, tmp_path: Path
) -> None:
    """One condition at a time in all commands; one command at a time in what it prints."""
    number = furnish(cell.cluster)
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sacctmgr", "sacct", "squeue", "scontrol"):
        real = cell.cluster.bin_path / name
        (folder / name).write_text(WRAPPER.format(here=folder, real=real))
        (folder / name).chmod(0o755)
    cli.config.write_text(cell.profile().replace(str(cell.cluster.bin_path), str(folder)))

    def run(words: list[str], lose: str = "none -", spoil: str = "0 -") -> Any:
        (folder / "count").write_text("0\n")
        (folder / "words").write_text("")
        (folder / "lose").write_text(f"{lose}\n")
        (folder / "spoil").write_text(f"{spoil}\n")
        return told(cli(*words))

    silent: list[str] = []
    ways = itertools.cycle(SPOILED)
    for words in (shlex.split(one.format(id=number)) for one in OVER_THE_COMMANDS):
        right = run(words)
        assert right[0] == 0 or words[1] in UNDONE, right
        commands = int((folder / "count").read_text())
        told_words = (folder / "words").read_text().splitlines()
        conditions = sorted({w.partition("=")[0] for w in told_words if "=" in w})
        cases = [(f"lose {one}=", "0 -") for one in conditions]
        for nth in range(1, commands + 1):
            some = SPOILED if ALL else [next(ways), next(ways)]
            cases += [("none -", f"{nth} {how}") for how in some]
        for lose, spoil in cases:
            found = run(words, lose, spoil)
            if found != right and found[0] not in NAMED:
                silent.append(f"{shlex.join(words)}: {lose}; {spoil}: {found}, not {right}")
    assert not silent, "\n".join([f"{len(silent)} in silence", *silent])
