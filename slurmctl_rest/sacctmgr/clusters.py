"""`add cluster` and `delete cluster` in sacctmgr's words: by names, which is all that REST has."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import CLUSTERS
from slurmctl_rest.model.entities.cluster import new_cluster
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.names import why_not
from slurmctl_rest.sacctmgr import values
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS, Decided
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Refused, bullet_list, lines

OF_NAMES: Sequence[tuple[str, int]] = (("names", 1), ("clusters", 2))
"""Words that names stand behind, and the letters from which on each is known."""

ELSEWHERE: Sequence[tuple[str, int]] = (
    ("classification", 3),
    ("features", 3),
    ("federation", 3),
    ("fedstate", 4),
    ("flags", 2),
    ("defaultqos", 8),
    ("fairshare", 1),
    ("shares", 1),
    ("grpcpumins", 7),
    ("grpcpurunmins", 7),
    ("grpcpus", 7),
    ("grpjobs", 4),
    ("grpmemory", 4),
    ("grpnodes", 4),
    ("grpsubmitjobs", 4),
    ("grptresmins", 7),
    ("grptresrunmins", 7),
    ("grpwall", 4),
    ("maxcpuminsperjob", 7),
    ("maxcpusperjob", 7),
    ("maxjobs", 4),
    ("maxnodesperjob", 4),
    ("maxsubmitjobs", 4),
    ("maxtresperjob", 7),
    ("maxtresmins", 7),
    ("maxwalldurationperjob", 4),
    ("priority", 3),
    ("qoslevel", 1),
)
"""Further words of `add`, for what slurmrestd has no request."""

CONDITIONS_ELSEWHERE: Sequence[tuple[str, int]] = (
    ("classification", 3),
    ("defaultqos", 8),
    ("federation", 3),
    ("flags", 2),
    ("rpcversions", 1),
)
"""Further conditions that would choose clusters."""
WITHOUT_EFFECT = frozenset({"format"})
"""Words that `delete` takes, and that choose nothing."""

NOTHING = Decided(lines(" Nothing deleted"), (), "", FAILED)


def add(words: Sequence[str], rows: Sequence[Row], release: str) -> Decided:
    """Decide on `add cluster`; `rows` are the clusters that there are."""
    unknown = " Unknown option: {}\n Use keyword 'where' to modify condition"
    names = _names(words, release, unknown, ELSEWHERE)
    if not names:
        raise Refused(lines(" Need name of cluster to add."))
    there = {row["Cluster"] for row in rows}
    said = [f" This cluster {name} already exists.  Not adding." for name in names if name in there]
    new = [name for name in names if name not in there]
    if not new:
        return Decided(lines(*said), (), "", FAILED)
    for name in new:
        if reason := why_not(name):
            raise Refused(lines(f"sacctmgr: error: cluster '{name}': {reason}"))
    said += [" Adding Cluster(s)", *(f"  Name           = {name}" for name in new)]
    changes = [RowChange(CLUSTERS, "add", one, None, new_cluster(one)) for one in new]
    return Decided(lines(*said), changes)


def delete(words: Sequence[str], rows: Sequence[Row], release: str) -> Decided:
    """Decide on `delete cluster`."""
    unknown = " Unknown condition: {}\n Use keyword 'set' to modify value"
    chosen = [word for word in words if word.partition("=")[0].lower() not in WITHOUT_EFFECT]
    names = _names(chosen, release, unknown, CONDITIONS_ELSEWHERE)
    if not names:
        raise Refused(lines(" No conditions given to remove, not executing."))
    found = sorted((row for row in rows if row["Cluster"] in names), key=_name)
    if not found:
        return NOTHING
    changes = [RowChange(CLUSTERS, "delete", _name(row), row, None) for row in found]
    gone = [change.name for change in changes]
    return Decided(bullet_list("Deleting clusters...", gone), changes, "", OK)


def _name(row: Row) -> str:
    return str(row["Cluster"])


def _names(
    words: Sequence[str], release: str, unknown: str, elsewhere: Sequence[tuple[str, int]]
) -> list[str]:
    """Return the names that words give, each once; raise Refused for all other words."""
    names: list[str] = []
    wrong: list[str] = []
    for word in words:
        key, equals, text = word.partition("=")
        lower = key.rstrip("+-").lower()
        if not equals and lower in {"set", "where", "withdeleted"}:
            continue
        if not equals or _means(lower, OF_NAMES):
            names += [one for one in values.names(text if equals else word) if one not in names]
            if equals and key[-1:] in {"+", "-"} and not values.is_old(release):
                wrong.append(f" Invalid operator '{key[-1]}=' in {word}")
        elif _means(lower, elsewhere):
            raise Refused(
                lines(
                    f"sacctmgr: error: {key} of a cluster is not possible over REST "
                    f"({NEEDS_COMMANDS})"
                )
            )
        else:
            wrong.append(unknown.format(word))
    if wrong:
        raise Refused(lines(*wrong))
    return names


def _means(lower: str, known: Sequence[tuple[str, int]]) -> bool:
    return any(len(lower) >= letters and word.startswith(lower) for word, letters in known)
