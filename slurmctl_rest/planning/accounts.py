"""Accounts: the account itself and its own association on one cluster, as one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.errors import Conflict, NotFound, SlurmctlError
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.associations import implied, with_inherited_qos
from slurmctl_rest.planning.checks import assigned, check_as_asked, refuse_other_acts
from slurmctl_rest.planning.completing import existing
from slurmctl_rest.planning.tree import children, is_on, no_parent, not_here, root_stays, walk


def add(
    asked: Mapping[str, Sequence[Assignment]],
    current: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan accounts with their association on one cluster; `current` holds all accounts there.

    An account that is there already and as asked plans no change; one that differs from what was
    asked is a Conflict, because sacctmgr's add would leave it as it is without a word. A parent
    may be among those that are asked for: it comes first. Raise NotFound for a parent that does not
    exist, and Conflict for accounts that would be below each other.
    """
    there = {association_key(row).account: row for row in current}
    # Of new accounts alone: one that exists keeps its place in the tree.
    parents: dict[str, str] = {}
    for name, assignments in asked.items():
        refuse_other_acts(ACCOUNT, assignments)
        parent = str(next((a.value for a in assignments if a.field.name == "Parent"), ROOT))
        if parent not in asked and not is_on(there.get(parent), cluster):
            raise no_parent(parent, cluster, current)
        if not is_on(there.get(name), cluster):
            parents[name] = parent
    failed: set[str] = set()
    plan = []
    for name in _highest_first(asked, parents):
        outcome = _add(name, asked[name], there.get(name), parents.get(name, ""), cluster)
        if outcome.error is None and parents.get(name) in failed:
            outcome = Outcome(outcome.change, _unborn(name, parents[name]))
        if outcome.error is not None and name in parents:
            failed.add(name)
        plan.append(outcome)
    here = [row for row in current if is_on(row, cluster)]
    changes = with_inherited_qos(ACCOUNT, (o.change for o in plan), here)
    return [Outcome(change, o.error) for change, o in zip(changes, plan, strict=True)]


def _highest_first(names: Iterable[str], parents: Mapping[str, str]) -> list[str]:
    """Return the names so that none comes before its parent; `parents` has those of new ones.

    Those at one height keep their order, and stand together: alike they share a request.
    """
    depths: dict[str, int] = {}
    for name in names:
        way = [name]
        while (parent := parents.get(way[-1], "")) in parents and parent not in depths:
            if parent in way:
                raise Conflict(
                    f"accounts would be below each other: {listed(sorted(way))}",
                    "give one of them a parent that is not below it",
                )
            way.append(parent)
        for one in reversed(way):
            depths[one] = depths.get(parents.get(one, ""), -1) + 1
    return sorted(names, key=depths.__getitem__)


def _unborn(name: str, parent: str) -> NotFound:
    return NotFound(
        f"account '{name}': its parent '{parent}' cannot be added",
        "see the error of the parent",
    )


def delete(
    rows: Sequence[Row],
    dependents: Sequence[Row],
    current: Sequence[Row],
    cluster: str,
    *,
    everywhere: bool = False,
) -> list[Outcome]:
    """Plan the removal of each row; `dependents` are all associations on and below the accounts.

    The highest go first: what is below goes with them, and no longer blocks them.
    `everywhere`: on all clusters, whose rows `dependents` and `current` hold then.
    """
    outcomes = []
    names = [association_key(row).account for row in rows]
    branches = _branches(names, current, "" if everywhere else cluster)
    own = {
        association_key(row).account: row
        for row in dependents
        if is_account_level(row) and is_on(row, cluster)
    }
    # A branch holds all branches below it, so the longest is the highest.
    for row in sorted(rows, key=lambda row: -len(branches[association_key(row).account])):
        name = association_key(row).account
        error: SlurmctlError | None = None
        if row["Clusters"] and not everywhere:
            error = not_here(ACCOUNT, row, cluster)
        if name == ROOT:
            error = root_stays()
        # Named one by one: on one cluster 24.11 deletes only rows that match, and leaves
        # orphans below (tests/lab/test_facts.py, test_deleting_an_account_leaves_...).
        companions = tuple(own[lower] for lower in branches[name][1:] if lower in own)
        change = RowChange(
            ACCOUNT, "delete", name, row, None, companions=companions, everywhere=everywhere
        )
        outcomes.append(Outcome(change, error))
    doomed = dict.fromkeys(o.change.name for o in outcomes if o.error is None)
    # If the first of them is refused, the row still goes with the next (RowChange.or_by).
    takers: dict[str, list[str]] = {}  # of each account, the highest first
    for name in doomed:
        for lower in branches[name]:
            takers.setdefault(lower, []).append(name)
    for row in dependents:
        by = takers.get(association_key(row).account, ())
        itself = is_account_level(row) and row["Account"] in doomed and is_on(row, cluster)
        if by and not itself:
            outcomes.append(implied(row, by[0], cluster, by[1:]))
    return outcomes


def branch(names: Sequence[str], current: Sequence[Row], cluster: str) -> list[str]:
    """Return the accounts, and all that stand below them: on the cluster, or (empty) on any."""
    return _walked(names, _trees(current, cluster))


def _branches(names: Sequence[str], current: Sequence[Row], cluster: str) -> dict[str, list[str]]:
    """Return each account's own branch.

    Example: {"science": ["science", "physics", "optics"], "optics": ["optics"]}
    """
    trees = _trees(current, cluster)
    return {name: _walked([name], trees) for name in names}


Children: TypeAlias = Mapping[Value, Sequence[str]]


def _trees(current: Sequence[Row], cluster: str) -> list[Children]:
    clusters = (
        [cluster] if cluster else dict.fromkeys(association_key(row).cluster for row in current)
    )
    return [children(current, one) for one in clusters]


def _walked(names: Sequence[str], trees: Sequence[Children]) -> list[str]:
    return list(dict.fromkeys(name for tree in trees for name in walk(names, tree)))


MADE_WITH = frozenset(
    {"Parent", *(f.name for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT)}
)
"""Fields that are told with each addition of an account (backends.as_made)."""


def _add(
    name: str,
    assignments: Sequence[Assignment],
    row: Row | None,
    parent: str,
    cluster: str,
) -> Outcome:
    words = f"account modify {pasted(name)}"
    if row is not None and is_on(row, cluster):
        # slurmdbd gives every association one share.
        bare = {f.name: f.kind.load(None) for f in ACCOUNT.fields} | {"Fairshare": 1}
        return existing(ACCOUNT, row, assignments, bare, words, MADE_WITH)
    after: dict[str, Value] = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    after |= texts_of_new_account(name, parent)
    error = None
    if row is not None:  # its record is there already: it lives elsewhere, or nowhere
        texts = [f.name for f in ACCOUNT.fields if f.record is SlurmRecord.OBJECT]
        after |= {text: row[text] for text in texts}
        of_texts = [a for a in assignments if a.field.name in texts]
        # Its texts are those of all clusters: an addition here does not change them.
        error = check_as_asked(ACCOUNT, row, of_texts, words)
    after |= {"Account": name, "Cluster": cluster, "Parent": parent, "Fairshare": 1}
    return Outcome(RowChange(ACCOUNT, "add", name, None, assigned(after, assignments)), error)
