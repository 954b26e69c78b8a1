"""`python -m tests.manual` (`make manual`): run every row on the lab, and write table and page.

With names of ways (`rest`, `commands`, `native_rest`, `native_commands`) only these are run anew;
with `missing` before them, only the lines that have no result yet, or differ.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.lab import cluster as lab
from tests.lab.cluster import Cluster
from tests.lab.parity import writes
from tests.lab.sequences import Judged
from tests.manual.judge import Tree, Way, results, ways
from tests.manual.page import Entry, entries
from tests.manual.probes import Probe, probes
from tests.manual.table import DIFFERENT, ENDLESS, EQUAL, RECORDED, REFUSED, Row, read, write

SUITE = "forky"
MANUAL = "usr/share/man/man1/sacctmgr.1.gz"


def manual(cluster: Cluster) -> Sequence[Entry]:
    """Return the rows of the manual page that this cluster's release has."""
    packed = (cluster.root / MANUAL).read_bytes()
    return list(entries(gzip.decompress(packed).decode()))


def is_run(probe: Probe, way: str, seen: set[tuple[str, ...]]) -> bool:
    """Tell whether a line is run: over the commands, whose words go on as they are, few writes."""
    if "native" in way:
        return not probe.typed and bool(probe.line)
    if way == "commands" and " stats" in probe.line:  # they count what was asked before
        return False
    kind = tuple(re.findall(r"\b[a-z]+\b", probe.line)[:3])
    if way == "rest" or not writes(f"sacctmgr {probe.line}") or kind not in seen:
        seen.add(kind)
        return True
    return False


def said(judged: Judged, way: str) -> str:
    """Return what a line gave in one cell of the recorded table, for clusters of every name."""
    if judged.verdict == EQUAL:
        return EQUAL
    if judged.verdict == DIFFERENT:
        return DIFFERENT
    words = judged.here.err.strip().partition("\n")[0].removeprefix("sacctmgr: error: ")
    words = words.removeprefix("slurmctl-rest: ").removeprefix("error: ")
    code = f"exit {judged.here.code}: " if "native" in way else f"{REFUSED}: "
    return code + re.sub(r"\d{2,}", "N", words.partition(" (")[0])


def measured(tree: Tree, lines: Sequence[Probe], way: Way) -> tuple[Mapping[Probe, Judged], str]:
    """Run lines over one way; print those that differ."""
    seen: set[tuple[str, ...]] = set()
    run = [one for one in lines if is_run(one, way.name, seen)]
    found = {}
    for probe, judged in results(tree, run, way):
        found[probe] = judged
        if judged.verdict == DIFFERENT:
            print(f"{way.name}: {judged.told()}", flush=True)
    return found, way.name


def main() -> None:
    """Run the ways that are asked for, and write what they gave."""
    missing, wanted = sys.argv[1:2] == ["missing"], [*sys.argv[1:]]
    if missing:
        del wanted[0]
    cluster = lab.up([SUITE])[0]
    tree = Tree(cluster)
    tree.build()
    known = {(row.entry, row.line): row for row in read()} if wanted and RECORDED.exists() else {}
    rows = []
    for entry in manual(cluster):
        asked = [str(one) for one in probes(entry)] or [""]
        new = (Row(entry.section, entry.text, entry.under, line) for line in asked)
        rows += [known.get((row.entry, row.line), row) for row in new]
    lines = list(dict.fromkeys(one for row in rows for one in probes(row.entry)))
    for way in ways(tree):
        if wanted and way.name not in wanted:
            continue
        open_ = {row.line for row in rows if getattr(row, way.name) in {"", DIFFERENT}}
        run = [one for one in lines if not missing or str(one) in open_]
        found, name = measured(tree, run, way)
        by_line = {str(probe): judged for probe, judged in found.items()}
        rows = [
            row if missing and row.line not in open_ else _with(row, by_line.get(row.line), name)
            for row in rows
        ]
        write(rows)


def _with(row: Row, judged: Judged | None, way: str) -> Row:
    if judged is None:
        return replace(row, **{way: ""})
    real = {0: "works", ENDED: ENDLESS}.get(judged.there.code, REFUSED)
    return replace(
        row, **{way: said(judged, way), "real": real if "native" not in way else row.real or real}
    )


ENDED = 124
"""What timeout exits with where it has ended sacctmgr."""


if __name__ == "__main__":
    main()
