"""sacctmgr's file of a cluster as a site's file, and back."""

from __future__ import annotations

from pathlib import Path

from slurmctl_rest.cli import dump
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.load import named_file_error
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import COMMENT, AssociationKey
from slurmctl_rest.model.entities.tres import tres_names
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import NOT_SET
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr import load_file
from slurmctl_rest.sacctmgr.dump import dump_text
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import Loading, Present
from slurmctl_rest.sacctmgr.load_words import FileFacts
from slurmctl_rest.site.desired import ClusterState, Scope, Site
from slurmctl_rest.site.export import exported

NOT_IN_A_DUMP = {
    ACCOUNT.noun: ("Flags", COMMENT.name),
    ASSOCIATION.noun: (COMMENT.name,),
}
"""What the file does not hold, and so does not manage."""


def sacctmgr_file(context: Context, cluster: str) -> str:
    """Return sacctmgr's file of a cluster."""
    text, _ = dump_text(dump.dumped_cluster(context, cluster))
    return text


def site_of_dump(context: Context, path: Path, text: str) -> Site:
    """Return the site that sacctmgr's file is: the whole cluster, and the QOS if it has any."""
    cluster = load_file.cluster_named_in(text)
    if not cluster:
        raise UsageError(f"{printable(str(path), 0)}: it names no cluster", "Cluster - 'NAME'")
    here = context.backend.cluster()
    order = context.backend.names(QOS)
    facts = FileFacts(
        True,  # of what 24.11 does not write, nothing is said
        {name: str(number) for number, name in enumerate(order)},
        tres_names(context.read(TRES_TYPE, here)),
    )
    nothing = Present(accounts={}, users={}, rows={}, qos=(), facts=facts, clusters=(), home=here)
    loading = Loading(nothing, clean=True)
    try:
        for line in load_file.file_lines(text):
            loading.read(line)
    except FileError as error:
        raise named_file_error(error, str(path)) from None
    scope = Scope(cluster, qos=("*",) if loading.qos.new_names else ())
    state = _state(loading, cluster)
    # A dump names only what is set: what nobody can compare is no wish to have it cleared.
    untold = context.backend.unreadable_fields(QOS)
    left = [name for name in untold if all(row[name] in NOT_SET for row in state.qos.values())]
    return exported(state, scope, {**NOT_IN_A_DUMP, QOS.noun: left})


def _state(loading: Loading, cluster: str) -> ClusterState:
    """Return the cluster that a file would make."""
    root = loading.rows[AssociationKey(cluster, ROOT)]
    empty: Row = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
    of_root = {name: value for name, value in root.items() if name in empty}
    accounts = {ROOT: {**empty, **of_root, "Account": ROOT}, **loading.accounts}
    for name, users in loading.coordinators.items():
        accounts[name] = {**accounts[name], "Coordinators": tuple(sorted({*users}))}
    return ClusterState(
        cluster,
        accounts={name: {**row, "Cluster": cluster} for name, row in accounts.items()},
        users=loading.users,
        rows=loading.rows,
        qos={change.name: change.new for change in loading.qos.changes},
    )
