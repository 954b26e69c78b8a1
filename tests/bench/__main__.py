"""`python -m tests.bench [WORD]`: measure, and write BENCHMARKS.md; `make bench`.

With a word only the benchmarks whose name has it are run, and nothing is written. LAB_SUITES names
the clusters, as for the lab's tests; with BENCH_ROUNDS=1 it is a hint, in a third of the time.
`python -m tests.bench site SUITE [ACCOUNTS]` leaves a large site on a cluster of the lab, to try
things by hand, and the lab up.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.lab import cluster as lab
from tests.lab import machine
from tests.lab.cluster import Cluster
from tests.lab.conftest import wanted

from . import report
from .benchmarks import BENCHMARKS
from .measure import Figures, medians
from .place import Place, install
from .site import MONTH, Site, fill
from .ways import Benchmark


def main(words: list[str]) -> int:
    """Return 0 where all was measured; the lab is left as it was found, up or down."""
    if reason := lab.reason_not_possible():
        print(f"no lab: {reason}", file=sys.stderr)
        return 1
    if words[:1] == ["site"]:
        return leave_site(*words[1:])
    chosen = [one for one in BENCHMARKS if all(word in one.name for word in words)]
    if not chosen:
        names = ", ".join(one.name for one in BENCHMARKS)
        print(f"no such benchmark; there are: {names}", file=sys.stderr)
        return 2
    if rounds := int(os.environ.get("BENCH_ROUNDS", "0")):
        chosen = [replace(one, rounds=min(rounds, one.rounds)) for one in chosen]
    suites = wanted()
    was_up = lab.is_running(suites)
    try:
        clusters = lab.up(suites, say=print)
        with tempfile.TemporaryDirectory() as folder:
            results = measured(chosen, clusters, Path(folder))
    finally:
        if not was_up:
            lab.down(suites=suites)
    if words:
        print("\n".join(report.lines(results)))
    else:
        report.write(results)
    return 0


def leave_site(suite: str, accounts: str = "1000") -> int:
    """Leave a cluster with a site on it."""
    [cluster] = lab.up([suite], say=print)
    count = 100 * int(accounts)
    site = fill(cluster, int(accounts), jobs=count, transactions=count)
    print(f"{suite}: {site.accounts} accounts, {site.associations} associations of users,")
    print(f"  {site.qos} QOS, {site.jobs} jobs in {MONTH}; profiles: {lab.profiles_file()}")
    return 0


def measured(
    chosen: Sequence[Benchmark], clusters: Sequence[Cluster], folder: Path
) -> report.Results:
    """Return the medians of all, one cluster after the other, and one site after the other."""
    python = install(folder)
    found: dict[str, dict[str, dict[int, Figures]]] = defaultdict(lambda: defaultdict(dict))
    for cluster in clusters:
        try:
            for place, benchmark in turns(chosen, cluster, folder, python):
                accounts = place.site.accounts if place.site else 0
                print(f"{benchmark.name}, {accounts} accounts, Slurm {cluster.release}", flush=True)
                ways, say = benchmark.ways(place), partial(print, flush=True)
                with as_elsewhere(cluster):
                    figures = medians(ways, say, benchmark.rounds)
                found[benchmark.name][cluster.release][accounts] = figures
        finally:
            cluster.restart()
    return [(one, found[one.name]) for one in chosen]


@contextmanager
def as_elsewhere(cluster: Cluster) -> Iterator[None]:
    """Take the lab's own route away, by which each write takes 8 ms where others wait 50.

    No cluster but the lab's has it (lab/machine.py): one call an item would look better than it is.
    """
    tool = tuple(cluster.chroot.command(["ip"]))
    machine.loopback_route("del", tool)
    try:
        yield
    finally:
        machine.loopback_route("replace", tool)


def turns(
    chosen: Sequence[Benchmark], cluster: Cluster, folder: Path, python: Path
) -> Iterator[tuple[Place, Benchmark]]:
    """Yield each benchmark with the cluster as it needs it; what writes is last of its site."""
    site: Site | None
    for accounts in sorted({size for one in chosen for size in one.accounts}):
        if accounts:
            site = fill(cluster, accounts, jobs=100 * accounts, transactions=100 * accounts)
        else:
            site = None
            cluster.restart()
        for one in chosen:
            if accounts in one.accounts:
                yield Place(cluster, site, folder, python), one


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
