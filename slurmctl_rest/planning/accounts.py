"""Accounts: the account itself and its own association on one cluster, as one object."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.errors import Refused, SlurmctlError
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import is_own
from slurmctl_rest.model.fields import Record, Row
from slurmctl_rest.model.kinds import Value
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.planning import (
    Outcome,
    RowChange,
    assigned,
    check_as_asked,
    refuse_other_acts,
)
from slurmctl_rest.planning.associations import below, implied, is_on, no_parent, not_here


def add(
    names: Sequence[str],
    assignments: Sequence[Assignment],
    current: Sequence[Row],
    cluster: str,
) -> list[Outcome]:
    """Plan accounts with their association on one cluster; `current` holds all accounts there.

    An account that is there already and as asked plans no change; one that differs from what was
    asked is a Conflict, because sacctmgr's add would leave it as it is without a word.
    """
    there = {str(row["Account"]): row for row in current}
    refuse_other_acts(ACCOUNT, assignments)
    parent = str(next((a.value for a in assignments if a.field.name == "Parent"), ROOT))
    if not is_on(there.get(parent), cluster):
        raise no_parent(parent, cluster, current)
    return [_add(name, assignments, there.get(name), parent, cluster) for name in names]


def delete(
    rows: Sequence[Row],
    dependents: Sequence[Row],
    current: Sequence[Row],
    cluster: str,
    *,
    everywhere: bool = False,
) -> list[Outcome]:
    """Plan the removal of each row; `dependents` are all associations on and below the accounts.

    The highest go first: what stands below goes with them, and no longer stands in the way.
    `everywhere`: on all clusters, whose rows `dependents` and `current` hold then.
    """
    outcomes = []
    names = [str(row["Account"]) for row in rows]
    branches = {name: branch([name], current, "" if everywhere else cluster) for name in names}
    own = {str(row["Account"]): row for row in dependents if is_own(row) and is_on(row, cluster)}
    for row in sorted(rows, key=lambda row: -len(branches[str(row["Account"])])):
        name = str(row["Account"])
        error: SlurmctlError | None = None
        if row["Clusters"] and not everywhere:
            error = not_here(ACCOUNT, row, cluster)
        if name == ROOT:
            error = Refused("account 'root' is never deleted", "it stands above all accounts")
        takes = tuple(own[lower] for lower in branches[name][1:] if lower in own)
        change = RowChange(ACCOUNT, "delete", name, row, None, takes=takes, everywhere=everywhere)
        outcomes.append(Outcome(change, error))
    doomed = [outcome.change.name for outcome in outcomes if outcome.error is None]
    cause = {account: name for name in reversed(doomed) for account in branches[name]}
    for row in dependents:
        name = cause.get(str(row["Account"]), "")
        itself = is_own(row) and row["Account"] in doomed and is_on(row, cluster)
        if name and not itself:
            outcomes.append(implied(row, name, cluster))
    return outcomes


def branch(names: Sequence[str], current: Sequence[Row], cluster: str) -> list[str]:
    """Return the accounts, and all that stand below them: on the cluster, or (empty) on any."""
    clusters = [cluster] if cluster else dict.fromkeys(str(row["Cluster"]) for row in current)
    return list(dict.fromkeys(name for one in clusters for name in below(names, current, one)))


def _add(
    name: str,
    assignments: Sequence[Assignment],
    row: Row | None,
    parent: str,
    cluster: str,
) -> Outcome:
    words = f"account modify {name}"
    if row is not None and is_on(row, cluster):
        return Outcome(
            RowChange(ACCOUNT, "add", name, row, row),
            check_as_asked(ACCOUNT, row, assignments, words),
        )
    after: dict[str, Value] = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    after |= texts_of_new_account(name, parent)
    error = None
    if row is not None:  # its record is there already: it lives elsewhere, or nowhere
        texts = [f.name for f in ACCOUNT.fields if f.record is Record.OBJECT]
        after |= {text: row[text] for text in texts}
        of_texts = [a for a in assignments if a.field.name in texts]
        error = check_as_asked(ACCOUNT, row, of_texts, words)
    after |= {"Account": name, "Cluster": cluster, "Parent": parent, "Fairshare": 1}
    return Outcome(RowChange(ACCOUNT, "add", name, None, assigned(after, assignments)), error)
