"""What a site has applied last: a file of this user's for each cluster and scope."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from slurmctl_rest.cli import site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.lock import file_name
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.digest import canonical
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped
from slurmctl_rest.site import files
from slurmctl_rest.site.compare import Comparison, compare
from slurmctl_rest.site.desired import Site
from slurmctl_rest.site.document import Part, document_of
from slurmctl_rest.site.origins import ChangeOrigin, origins

KIND = "applied"
FOLDER = "slurmctl-rest"


def origins_of(context: Context, site: Site, found: Comparison) -> list[ChangeOrigin]:
    """Return where each difference comes from; none if nothing is known of an apply before."""
    differences, cluster = [*found.changes, *found.only_here], found.state.cluster
    if not differences:
        return []
    last, staying = _last_site(context, site, cluster)
    if last is None:
        return []
    try:
        since = compare(last, found.state)
    except SlurmctlError:  # it names what is gone: a QOS, an account of its scope
        return []
    return origins(differences, [*since.changes, *since.only_here], staying)


def keep(context: Context, site: Site, cluster: str, staying: Sequence[RowChange]) -> None:
    """Note a site that was applied; a warning if that is not possible.

    `staying`: what only the cluster has, and the apply has left there.
    """
    path = _path(site, cluster)
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "cluster": cluster,
        "site": document_of(site),
        "staying": [[one.entity.noun, one.name] for one in staying],
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its folder may be open to others, since this user may have made it so.
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        files.replace_file(path, dumped(document) + "\n")
    except (OSError, SlurmctlError) as error:
        why = error.strerror if isinstance(error, OSError) else error.message
        context.console.warn(f"could not note what was applied: {why}")


def _path(site: Site, cluster: str) -> Path:
    """Return the file of a scope on a cluster."""
    named = os.environ.get("XDG_STATE_HOME", "")
    home = Path(named) if named.startswith("/") else Path("~/.local/state").expanduser()
    scope = replace(site.scope, cluster=cluster)
    text = canonical([scope.cluster, list(scope.accounts), list(scope.qos), list(scope.unmanaged)])
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = file_name(cluster).removeprefix("slurmctl-rest-").removesuffix(".lock")
    return home / FOLDER / f"applied-{name}-{key}.json"


def _last_site(
    context: Context, site: Site, cluster: str
) -> tuple[Site | None, frozenset[tuple[str, str]]]:
    """Return the site that was applied last, and the objects that it has left."""
    path = _path(site, cluster)
    document = _document(path)
    if document is None or document.get("cluster") != cluster:
        return None, frozenset()
    try:
        staying = frozenset((str(noun), str(name)) for noun, name in document["staying"])
        last = site_reading.site_of(context, [Part(str(path), document["site"])])
    except (SlurmctlError, KeyError, TypeError, ValueError):
        return None, frozenset()
    # What costs Slurm a look of its own was read only if the file has it.
    unread = [n for n in site_reading.ON_REQUEST if last.manages(n) and not site.manages(n)]
    return None if unread else last, staying


def _document(path: Path) -> Json:
    """Return what is noted, if only this user can have noted it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        found = os.fstat(descriptor)
        theirs = found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if theirs or not stat.S_ISREG(found.st_mode):
            return None
        with suppress(OSError, ValueError, RecursionError):
            document = json.loads(file.read())
            is_ours = isinstance(document, dict) and document.get("kind") == KIND
            return document if is_ours else None
    return None


def with_actors(context: Context, cluster: str, told: Sequence[ChangeOrigin]) -> list[ChangeOrigin]:
    """Return the origins with who has changed the cluster, if its journal can be read."""
    if not context.named_profile[1].journal or all(one.place == "file" for one in told):
        return list(told)
    from slurmctl_rest.cli.journal import JournalReading  # noqa: PLC0415  (seldom)
    from slurmctl_rest.journal.blame import LastChanges  # noqa: PLC0415  (as above)

    lasts: dict[int, LastChanges] = {}
    try:
        replay = JournalReading(context, cluster).replayed(
            lambda replay, _, changes: lasts.setdefault(id(replay), LastChanges()).take(changes)
        )
    except SlurmctlError:
        return list(told)
    last = lasts.get(id(replay), LastChanges())

    def actor(one: ChangeOrigin) -> str:
        noun, name = one.change.entity.noun, one.change.name
        fields = [one.field] if one.field else [*one.change.row]
        of = last.of_account if noun == "account" else lambda n, f: last.of(noun, n, f)
        found = next((c for f in fields if (c := of(name, f)) is not None), None)
        return found.entry.actor if found is not None else ""

    return [one if one.place == "file" else replace(one, by=actor(one)) for one in told]
