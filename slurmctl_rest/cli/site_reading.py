"""What commands about a site read: its files, and the cluster that they are about."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.checks import refuse_untold
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.site_dumps import site_of_dump
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities import account as account_rows
from slurmctl_rest.model.entities import user as user_rows
from slurmctl_rest.model.entities.association import COMMENT, is_account_level
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Entity, Row, suggestion
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.model.text import listed, printable
from slurmctl_rest.sacctmgr.load_plan import keys_of
from slurmctl_rest.site import files
from slurmctl_rest.site.desired import ClusterState, Site
from slurmctl_rest.site.document import Part, Reader

ON_REQUEST = ("Flags", COMMENT.name, *OF_WCKEYS)
"""Fields of accounts, associations and users that cost Slurm a look of their own."""
UNIX_GROUP = "unix-group:"


def read_site(context: Context, path: Path) -> Site:
    """Return the site of a file, or of a folder of them; sacctmgr's file stands alone."""
    named = files.files_of(path)
    dumps = [one for one in named if files.format_of(one) == "sacctmgr"]
    if not dumps:
        return site_of(context, [files.parsed(one, files.read_text(one)) for one in named])
    if len(named) > 1:
        raise UsageError(
            f"{printable(str(dumps[0]), 0)}: sacctmgr's file has a whole cluster, and is not "
            "alone in the folder",
            "name it alone",
        )
    return site_of_dump(context, dumps[0], files.read_text(dumps[0]))


def site_of(context: Context, parts: Sequence[Part]) -> Site:
    """Return the site of what files hold; UsageError where that is nothing at all."""
    if not any(part.document for part in parts):
        named = listed([printable(part.file, 0) for part in parts])
        raise UsageError(f"{named}: there are no tables", "write [account.NAME], keys and values")
    now = datetime.now(context.zone(None))
    return Reader(now if now.tzinfo else now.astimezone(), members_of).site(parts)


def cluster_of_site(context: Context, site: Site) -> str:
    """Return the cluster of a site; raise UsageError where --cluster names another one."""
    other = context.options.cluster
    if site.scope.cluster and other not in {None, site.scope.cluster}:
        raise UsageError(
            f"[scope] cluster is {site.scope.cluster}, and --cluster is {printable(str(other))}",
            "omit --cluster",
        )
    return site.scope.cluster or context.cluster()


def cluster_state(
    context: Context, cluster: str, also: Collection[str] = ("Flags",), *, whole: bool = False
) -> ClusterState:
    """Return what there is on a cluster; `also`: the fields on request that matter.

    `whole`: with the other clusters on which accounts and users are, which deletions have to know;
    without, their associations are read but once.
    """
    context.requested = frozenset(also)
    rows = context.associations(cluster)
    accounts, users = (_records(context, one, cluster, whole=whole) for one in (ACCOUNT, USER))
    if not whole:
        accounts = account_rows.join(accounts, filter(is_account_level, rows), cluster)
        users = user_rows.join(users, rows, cluster)
    return ClusterState(
        cluster,
        accounts={str(row["Account"]): row for row in accounts},
        users={str(row["User"]): row for row in users},
        rows=keys_of(rows),
        qos={str(row["Name"]): row for row in context.read(QOS, cluster)},
        tres=[
            tres_name(str(row["Type"]), str(row["Name"] or ""))
            for row in context.read(TRES_TYPE, cluster)
            if row["Type"] != PLACEHOLDER
        ],
    )


def _records(context: Context, entity: Entity, cluster: str, *, whole: bool) -> list[Row]:
    also = entity.requested(context.requested)
    return context.backend.read(Query(entity, cluster, also=also, alone=not whole))


def state_for(context: Context, site: Site, cluster: str, *, whole: bool = False) -> ClusterState:
    """Return what there is on a cluster, as far as a site manages it.

    Raise NotFound for an account of the scope that is nowhere, and Unsupported where the executor
    does not tell a field that the site manages: what is cleared in the file would seem to be so.
    """
    managed = site.managed()
    for entity in (ACCOUNT, ASSOCIATION, QOS, USER):
        refuse_untold(context, entity, managed[entity.noun])
    also = {name for name in ON_REQUEST if site.manages(name)}
    # A default WCKey has to be one of the user's.
    also |= OF_WCKEYS if OF_WCKEYS & also else set()
    state = cluster_state(context, cluster, also, whole=whole)
    for name in site.scope.accounts:
        if name not in state.accounts and name not in site.accounts:
            raise NotFound(
                f"[scope] accounts: account '{name}' does not exist",
                suggestion(name, sorted({*state.accounts, *site.accounts})),
            )
    return state


def unreadable(context: Context) -> dict[str, Sequence[str]]:
    """Return the fields that the executor does not tell, by the noun: a site manages them not."""
    entities = (ACCOUNT, ASSOCIATION, QOS)
    return {entity.noun: context.backend.unreadable_fields(entity) for entity in entities}


def members_of(source: str, file: str) -> list[tuple[str, Mapping[str, Json]]]:
    """Return the users that a word of `users_from` means, each with where it stands.

    `file`: the one that has the word. `unix-group:NAME` are the members of a group of this machine,
    anything else is a CSV beside the file, whose first line names the fields.
    """
    if source.startswith(UNIX_GROUP):
        names = _unix_group(source.removeprefix(UNIX_GROUP))
        return [(printable(source), {"User": name}) for name in names]
    path = Path(file).parent / source
    shown = printable(str(path), 0)
    reader = csv.reader(io.StringIO(files.read_text(path)), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UsageError(f"{shown}, line {reader.line_num}: {error}", "correct the CSV") from None
    # A file that came empty is no list of nobody: --prune would delete all users.
    header = [word.strip() for word in lines[0][1]] if lines else []
    words = [word.lower() for word in header]
    if "user" not in words:
        raise UsageError(
            f"{shown}: the first line names no field User",
            "write the names of the fields there: User,Partition,MaxJobs",
        )
    if twice := [word for word, count in Counter(words).items() if count > 1]:
        raise UsageError(f"{shown}: column {printable(twice[0])} is there twice", "remove one")
    at = [words.index(one) for one in ("user", "partition") if one in words]
    seen: dict[tuple[str, ...], int] = {}
    found: list[tuple[str, Mapping[str, Json]]] = []
    for number, cells in lines[1:]:
        where = f"{shown}, line {number}"
        if len(cells) != len(header):
            raise UsageError(
                f"{where}: it has {len(cells)} cells, and the first line {len(header)}"
            )
        place = tuple(cells[one].strip().lower() for one in at)  # as Slurm has names
        if place in seen:
            said = f"{printable(' '.join(place).strip())} is there twice"
            raise UsageError(f"{where}: {said} (and in line {seen[place]})", "keep one of the rows")
        seen[place] = number
        # An empty cell leaves the field out, as in --from.
        entry = {
            key: "" if cell.strip() == "''" else cell.strip()
            for key, cell in zip(header, cells, strict=True)
            if cell.strip()
        }
        found.append((where, entry))
    return found


def _unix_group(name: str) -> list[str]:
    import grp  # noqa: PLC0415  (only where it is needed)
    import pwd  # noqa: PLC0415

    try:
        group = grp.getgrnam(name)
    except KeyError:
        raise UsageError(
            f"this machine has no group '{printable(name)}'", f"getent group {printable(name)}"
        ) from None
    first = [one.pw_name for one in pwd.getpwall() if one.pw_gid == group.gr_gid]
    return sorted({*group.gr_mem, *first})
