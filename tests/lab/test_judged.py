"""What comes back is judged again: conditions that were lost on the way, rows that come twice.

A proxy before slurmrestd loses each parameter of a query in turn, and a wrapper of sacctmgr each
condition. Which there are is what the program was seen to send. Whatever is lost, lists and plans
must be those without it, or the command must end in an error.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from .cells import Cell, Cli, Result
from .cluster import Cluster
from .faults.proxy import BACK, READ, Exchange, Proxy, Rule, honest
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
add user gone account=pc
delete user where name=gone account=pc
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
    "jobs list where user=alice",
    "usage report account=pa start=now-2hours",
)


def furnish(cluster: Cluster) -> str:
    """Have two clusters with a bit of everything, and a job; return the number of bob's row."""
    cluster.reset()
    cluster.run("sacctmgr", "-iQ", text=SETUP)
    cluster.run("sbatch", "-H", "-A", "pa", "--wrap", "true", user="alice")
    done = cluster.run("sbatch", "-A", "pc", "--wrap", "true", user="alice")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: "COMPLETED" in cluster.run("sacct", "-XaP").stdout, "a job has ended", 20)
    where = ("where", f"cluster={cluster.cluster_name}", "account=pa", "user=bob")
    return cluster.sacctmgr("-nP", "list", "assoc", *where, "format=id").strip()


def sentences(number: str) -> list[list[str]]:
    plans = [f"{plan} --dry-run --json" for plan in PLANS]
    return [shlex.split(one.format(id=number)) for one in (*LISTS, *plans)]


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
    """A proxy on the road to slurmrestd."""
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


def test_a_parameter_that_is_lost_changes_nothing_in_silence(cell: Cell, cli: Cli) -> None:
    if cell.executor != "rest":
        pytest.skip("there are no parameters in a command")
    number = furnish(cell.cluster)
    silent: list[str] = []
    met: dict[str, set[object]] = {}
    for words in sentences(number):
        with before(cell, cli) as proxy:
            right = told(cli(*words))
            for name in sorted(parameters(proxy)):
                seen: list[str] = []
                proxy.rules[:] = [Rule(kind, lost(name, seen)) for kind in (READ, BACK)]
                found = cli(*words)
                assert seen, name
                what = "equal" if told(found) == right else found.code
                met.setdefault(name, set()).add(what)
                if what in {"equal", 1, 4, 10}:
                    continue
                silent.append(
                    f"{shlex.join(words)} without {name}: exit {found.code}\n{found.both}"
                )
    assert not silent, "\n".join([f"{len(silent)} in silence; {met}", *silent])
