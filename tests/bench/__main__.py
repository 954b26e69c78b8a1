"""`python -m tests.bench [WORD]`: measure, and write BENCHMARKS.md; `make bench`.

With a word only the benchmarks whose name has it are run, and nothing is written.
`python -m tests.bench site SUITE [ACCOUNTS]` leaves a large site on a cluster of the lab, to try
things by hand; the lab is left up.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.lab import cluster as lab
from tests.lab.cluster import Cluster

from . import report, site
from .benchmarks import BENCHMARKS, Benchmark
from .measure import medians


def main(words: list[str]) -> int:
    """Return 0 where all was measured; the lab is left as it was found, up or down."""
    if reason := lab.reason_not_possible():
        print(f"no lab: {reason}", file=sys.stderr)
        return 1
    if words[:1] == ["site"]:
        return fill(*words[1:])
    chosen = [one for one in BENCHMARKS if all(word in one.__name__ for word in words)]
    if not chosen:
        names = ", ".join(one.__name__ for one in BENCHMARKS)
        print(f"no such benchmark; there are: {names}", file=sys.stderr)
        return 2
    was_up = lab.is_running()
    try:
        clusters = lab.up(say=print)
        with tempfile.TemporaryDirectory() as folder:
            results = [(one, measured(one, clusters, Path(folder))) for one in chosen]
    finally:
        if not was_up:
            lab.down()
    if words:
        print("\n".join(report.lines(results)))
    else:
        report.write(results)
    return 0


def fill(suite: str, accounts: str = "1000") -> int:
    """Leave a cluster with a large site on it."""
    [cluster] = lab.up([suite], say=print)
    made = site.fill(cluster, int(accounts), jobs=100 * int(accounts))
    print(f"{suite}: {made.accounts} accounts, {made.associations} associations of users,")
    print(f"  {made.qos} QOS, {made.jobs} jobs in {site.MONTH}; profiles: {lab.profiles_file()}")
    return 0


def measured(benchmark: Benchmark, clusters: list[Cluster], folder: Path) -> report.Seconds:
    """Return the medians on each cluster, one cluster after the other."""
    found = {}
    for cluster in clusters:
        print(f"{benchmark.__name__} on Slurm {cluster.release}", flush=True)
        ways = benchmark(cluster, folder)
        found[cluster.release] = medians(ways, partial(print, flush=True))
        cluster.reset()
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
