"""`dump`: a cluster as sacctmgr's file, read over either executor."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.load import one_cluster
from slurmctl_rest.errors import NotFound, SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.text import printable
from slurmctl_rest.sacctmgr import dump
from slurmctl_rest.sacctmgr.associations import Tree

TEXTS = ("Description", "Organization")
UNQUOTABLE = frozenset("'\"\n\r")


def run(context: Context, words: Sequence[str]) -> None:
    """Write the file of a cluster to stdout, or to file=FILE."""
    asked = dump.read_dump(words)
    if asked.complaints:
        raise UsageError(asked.complaints.strip(), "slurmctl-rest dump cluster=NAME file=FILE")
    cluster = one_cluster(context, asked.cluster) or context.backend.cluster()
    if cluster not in context.backend.clusters():
        raise NotFound(
            f"cluster '{printable(cluster)}' does not exist", "slurmctl-rest cluster list"
        )
    text, _ = dump.dump_text(dumped_cluster(context, cluster))
    if asked.file is None:
        sys.stdout.write(text)
        return
    try:
        Path(asked.file).write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        raise SlurmctlError(
            f"{printable(asked.file)}: {error.strerror}", "choose another file"
        ) from error


def dumped_cluster(context: Context, cluster: str) -> dump.DumpedCluster:
    """Return what the file of a cluster holds."""
    accounts = _by_name(context.read(ACCOUNT, cluster), "Account")
    users = _by_name(context.read(USER, cluster), "User")
    own = context.associations(cluster)
    rows: list[Row] = []
    for row in Tree(own).in_order(own):
        record = users.get(row["User"], {}) if row["User"] else accounts.get(row["Account"], {})
        shown = ("DefaultAccount", "AdminLevel", "Coordinators") if row["User"] else TEXTS
        rows.append({**row, **{name: _escaped(record, name) for name in shown}})
    qos = _by_name(context.read(QOS, cluster), "Name")
    ordered = [qos[name] for name in context.backend.names(QOS) if name in qos]
    described = [{**row, "Description": _escaped(row, "Description")} for row in ordered]
    return dump.DumpedCluster(cluster, rows, described, newer=True)


def _by_name(rows: Iterable[Row], key: str) -> Mapping[object, Row]:
    return {row[key]: row for row in rows}


def _escaped(row: Row, name: str) -> Value:
    """Return a value as the file holds it; raise Unsupported for a text that it cannot hold."""
    value = row.get(name)
    if not isinstance(value, str):
        return value
    if UNQUOTABLE & {*value}:
        whose = row.get("Account") or row.get("Name")
        raise Unsupported(
            f"{name} of '{printable(str(whose))}' has a quote or a line break, which the file "
            "cannot hold",
            f"change that {name} first",
        )
    return value.replace("\\", "\\\\").replace("#", "\\#")
