"""`export`: a cluster as a site's file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from slurmctl_rest.cli import site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.site_dumps import sacctmgr_file
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import COMMENT
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.names import why_not
from slurmctl_rest.model.text import listed, printable
from slurmctl_rest.planning.targets import absent_names, not_found
from slurmctl_rest.site import files
from slurmctl_rest.site.desired import Scope, Site
from slurmctl_rest.site.document import TABLES, document_of
from slurmctl_rest.site.export import exported

EVERY_QOS = ("*",)


def run(
    context: Context,
    words: Sequence[str],
    *,
    out: str | None,
    comments: bool,
    as_of: str | None = None,
) -> None:
    """Write what there is to stdout, to a file, or to a folder with a file for each table.

    `as_of`: what there was at that time.
    """
    accounts = _accounts(words)
    path = None if out is None else Path(out)
    is_folder = path is not None and (path.is_dir() or str(out).endswith("/"))
    form = _form(context, None if is_folder else path)
    cluster = context.cluster()
    if as_of is not None:
        from slurmctl_rest.cli import past  # noqa: PLC0415  (reads Slurm's journal)

        past.turn_back(context, as_of)
    if form == "sacctmgr":
        if accounts or is_folder:
            raise UsageError("sacctmgr's file is of a whole cluster", "omit where, or use toml")
        _put(path, sacctmgr_file(context, cluster))
        return
    document = document_of(_site(context, cluster, accounts, comments=comments))
    if is_folder and path is not None:
        for title in filter(document.__contains__, TABLES):
            _write(path / f"{title}.{form}", {title: document[title]}, form)
    elif path is not None:
        _write(path, document, form)
    else:
        _put(None, files.document_text(document, form))


def _form(context: Context, path: Path | None) -> str:
    """Return the format of --format, or of the name of the file."""
    form = context.options.columns
    if form is None:
        form = files.format_of(path) if path is not None else "toml"
    if form not in files.FORMATS_OF_SITES:
        known = ", ".join(files.FORMATS_OF_SITES)
        raise UsageError(f"--format {printable(form)}", f"known: {known}")
    return form


def _site(context: Context, cluster: str, accounts: Sequence[str], *, comments: bool) -> Site:
    # Nor are WCKeys written: the journal does not tell them, and a file only ever adds some.
    untold = OF_WCKEYS | (frozenset() if comments else {COMMENT.name})
    also = [name for name in site_reading.ON_REQUEST if name not in untold]
    state = site_reading.cluster_state(context, cluster, also)
    here: list[Row] = [{"Account": name} for name in state.parents]
    if absent := absent_names(ACCOUNT, accounts, here):
        raise not_found(ACCOUNT, absent, absent, cluster)  # a file has all of it, or is not written
    left_out = [name for name in (*state.accounts, *state.users, *state.qos) if why_not(name)]
    if left_out:
        context.console.warn(
            f"left out, since no file may hold such a name: {printable(listed(left_out), 0)}"
        )
    scope = Scope(cluster, tuple(accounts) or (ROOT,), () if accounts else EVERY_QOS)
    unknown = site_reading.unreadable(context)
    if not comments:
        unknown = {noun: (*names, COMMENT.name) for noun, names in unknown.items()}
    return exported(state, scope, unknown)


def _put(path: Path | None, text: str) -> None:
    if path is None:
        sys.stdout.write(text)
    else:
        files.replace_file(path, text)


def _write(path: Path, document: dict[str, object], form: str) -> None:
    before = files.read_text(path) if path.exists() else ""
    text = files.document_text(document, form, before)
    if text != before:
        files.replace_file(path, text)


def _accounts(words: Sequence[str]) -> list[str]:
    """Return the accounts of `where account=a,b`."""
    found: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if word.lower() == "where":
            continue
        if not equals or key.lower() not in {"account", "accounts"}:
            raise UsageError(
                f"'{printable(word)}' is no condition of export", "where account=NAME,NAME"
            )
        try:
            found += map(parse_name, value.split(","))
        except ValueError as error:
            raise UsageError(f"account: {error}") from error
    return found
