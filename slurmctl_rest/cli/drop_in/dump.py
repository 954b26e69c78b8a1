"""`dump` of the voice `sacctmgr` over REST: reads a cluster whole, and writes its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.facts import LiveFacts, rest_backend
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.association import association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import dump, list_fields
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Reply, as_lines


def cluster_dumped(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Answer `dump CLUSTER [file=FILE]`."""
    del options  # none of them changes it
    asked = dump.read_dump(words)
    if not asked.cluster:
        return Reply("", asked.complaints + as_lines(dump.NO_CLUSTER), FAILED)
    file = asked.file if asked.file is not None else f"./{asked.cluster}.cfg"
    stdout = as_lines(dump.NO_FILE.format(file)) if asked.file is None else ""
    known = context.backend.clusters()
    if asked.cluster not in known:
        # The database compares without regard to case: such a cluster is known, and has nothing.
        alike = asked.cluster.lower() in known
        said = (dump.EMPTY_CLUSTER if alike else dump.UNKNOWN_CLUSTER).format(asked.cluster)
        return Reply(stdout if alike else "", asked.complaints + as_lines(said), FAILED)
    facts = LiveFacts(context)
    text, said = dump.dump_text(_read(context, asked.cluster, newer=facts.is_newer()))
    code = FAILED if asked.complaints else OK
    try:
        Path(file).write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        cannot = as_lines(dump.CANNOT_OPEN.format(file, error.strerror))
        code = FAILED if facts.is_newer() else code
        return Reply(stdout, asked.complaints + cannot, code)
    return Reply(stdout, asked.complaints + said, code)


def _read(context: Context, cluster: str, *, newer: bool) -> dump.DumpedCluster:
    """Read the cluster: its tree in slurmdbd's order, with own values."""
    backend = context.backend
    lister = rest_backend(context).lister
    accounts = {row["Account"]: row for row in backend.read(Query(ACCOUNT, cluster))}
    flags = lister.records(ACCOUNT, [ACCOUNT.key, list_fields.FLAGS_OF_ACCOUNT])
    flagged = {row["Account"] for row in flags if row["AccountFlags"]}
    users = _users(context, cluster)
    own = {association_key(row): row for row in backend.read(Query(ASSOCIATION, cluster))}
    order = lister.associations({"Cluster": (cluster,)}, ("WOPLimits",), ())
    rows: list[Row] = []
    for place in order:
        row = own.get(association_key(place))
        if row is None:
            continue  # it has come since
        account = {} if row["Account"] in flagged else accounts.get(row["Account"], {})
        texts = {name: account.get(name) for name in ("Description", "Organization")}
        rows.append({**row, **(users.get(row["User"], {}) if row["User"] else texts)})
    qos = {row["Name"]: row for row in backend.read(Query(QOS, cluster))} if newer else {}
    return dump.DumpedCluster(
        cluster, rows, [qos[name] for name in backend.names(QOS) if name in qos], newer
    )


def _users(context: Context, cluster: str) -> Mapping[object, Row]:
    """Return what the file says of each user."""
    keys = user_wckeys(context, cluster)
    found = context.backend.read(Query(USER, cluster))
    shown = ("AdminLevel", "DefaultAccount", "Coordinators")
    return {
        row["User"]: {**{n: row[n] for n in shown}, **keys.get(row["User"], {})} for row in found
    }


def user_wckeys(context: Context, cluster: str) -> Mapping[object, Row]:
    """Return the WCKeys of each user on a cluster, and the one that is the default."""
    lister = rest_backend(context).lister
    keys = lister.records(USER, [USER.key, list_fields.USER_DEFAULT_WCKEY], (), {"WithWCKeys"})
    found: dict[object, list[str]] = {}
    for row in lister.records(list_fields.WCKEY_LIST, list_fields.WCKEY_LIST.fields):
        if row["Cluster"] == cluster:
            found.setdefault(row["User"], []).append(str(row["WCKey"]))
    return {
        row["User"]: {
            "DefaultWCKey": row["DefaultWCKey"],
            "WCKeys": tuple(sorted(found.get(row["User"], ()))),
        }
        for row in keys
    }
