"""`edit`: one object as TOML in an editor, then plan, question and write."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from slurmctl_rest.cli import checks, site_reading
from slurmctl_rest.cli.apply import Applying
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import Changed, NotFound, SlurmctlError, UsageError
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import COMMENT, AssociationKey
from slurmctl_rest.model.entities.user import OF_WCKEYS
from slurmctl_rest.model.fields import Field, Row, suggestion
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.syntax import Selection, parse_select
from slurmctl_rest.model.text import printable
from slurmctl_rest.planning.targets import not_found
from slurmctl_rest.site import files
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import AccountTable, ClusterState, Member, Scope, Site, edited
from slurmctl_rest.site.document import Part, document_of
from slurmctl_rest.site.export import exported, given_wishes
from slurmctl_rest.site.tables import ACCOUNT_WISHES, MEMBER_WISHES, QOS_WISHES, USER_WISHES

EDITORS = ("VISUAL", "EDITOR")
HEAD_OF_EDITED = (
    '# A line that you remove leaves its field as it is; "" clears it.\n'
    "# Remove all lines, or change nothing, to leave.\n"
)
ERROR_MARK = "#! "


def run(context: Context, noun: str, words: Sequence[str]) -> None:
    """Open the object in an editor until it can be read, and apply it."""
    noun = {"association": ASSOCIATION.noun, "assoc": ASSOCIATION.noun}.get(noun, noun)
    if noun not in FIELDS:
        raise UsageError(f"'{printable(noun)}' cannot be edited", EDIT_USAGE)
    checks.guard_write(context, Selection(), everything=True)
    name, place = _named(noun, words)
    cluster = context.cluster()
    also = OF_WCKEYS if noun == USER.noun else {"Flags"}
    state = site_reading.cluster_state(context, cluster, also)
    document = _document(context, state, noun, name, place)
    text = (
        HEAD_OF_EDITED + files.document_text(document, "toml") + _unset_lines(document, noun, name)
    )
    with TemporaryDirectory(prefix="slurmctl-rest-") as folder:
        file = Path(folder) / f"{name}.toml"
        site = Editing(context, file, state, noun, name, place).edited(text)
    if site is None:
        context.console.say("nothing to change")
        return
    applying = Applying(context, site, cluster, None, prune=False)

    def planned() -> Planned:
        found = applying.planned()
        for outcome in found.plan:
            _refuse_changed(outcome.change, state)
        return found

    Write(context).run_plan(planned, cluster)


def _refuse_changed(change: RowChange, seen: ClusterState) -> None:
    """Raise Changed for a value that is not as the editor has shown it."""
    rows: Mapping[str, Mapping[Any, Row]] = {
        ACCOUNT.noun: seen.accounts,
        QOS.noun: seen.qos,
        USER.noun: seen.users,
    }
    of, name = change.entity, change.name
    shown = seen.rows.get(change.key) if of is ASSOCIATION else rows[of.noun].get(name)
    if shown is not None and change.before is None:
        raise Changed(f"{subject([change])} was deleted while it was edited", EDIT_AGAIN)
    for field, (before, _) in change.fields.items():
        if shown is not None and field in shown and shown[field] != before:
            then, now = (of[field].kind.text(one) or "unset" for one in (shown[field], before))
            raise Changed(
                f"{subject([change])} {field}: somebody has changed it from {printable(then)} to "
                f"{printable(now)} while it was edited",
                EDIT_AGAIN,
            )


EDIT_AGAIN = "nothing was changed; edit it again"


FIELDS: Mapping[str, Sequence[Field]] = {
    ACCOUNT.noun: ACCOUNT_WISHES,
    QOS.noun: QOS_WISHES,
    USER.noun: USER_WISHES,
    ASSOCIATION.noun: MEMBER_WISHES,
}
"""What of an object can be edited, by its noun."""
EDIT_USAGE = "edit account|user|qos NAME, or edit assoc user=NAME account=NAME [partition=NAME]"


def _named(noun: str, words: Sequence[str]) -> tuple[str, AssociationKey]:
    """Return the name of the object, and of an association its place; UsageError for others."""
    if noun != ASSOCIATION.noun:
        if len(words) != 1:
            raise UsageError(f"edit {noun} takes one name", EDIT_USAGE)
        try:
            return parse_name(words[0]), AssociationKey("", "")
        except ValueError as error:
            raise UsageError(str(error)) from error
    selection = parse_select(ASSOCIATION, words).selection
    given = {key: value for key, value in selection.where.items() if len(value) == 1}
    if selection.names or selection.ids or {*given} != {*selection.where}:
        raise UsageError("edit assoc takes one association", EDIT_USAGE)
    if not {"User", "Account"} <= {*given} <= {"User", "Account", "Partition"}:
        raise UsageError("edit assoc needs user= and account=", EDIT_USAGE)
    user, account, partition = (
        str(given.get(one, ("",))[0] or "") for one in ("User", "Account", "Partition")
    )
    return user, AssociationKey("", account, user, partition)


@dataclass(frozen=True, slots=True)
class Editing:
    """One file in an editor."""

    context: Context
    file: Path
    state: ClusterState
    noun: str
    name: str
    place: AssociationKey

    def edited(self, text: str) -> Site | None:
        """Return what was edited, once it can be followed; None if nothing was changed."""
        first = shown = text
        while True:
            self.file.write_text(shown, "utf-8")
            _edit(self.file)
            found = files.read_text(self.file)
            lines = [one for one in found.splitlines() if not one.startswith(ERROR_MARK)]
            plain = "\n".join(lines) + "\n"
            if found == shown or plain == first or not any(_says(line) for line in lines):
                return None
            try:
                # What is as it was shown is no wish: others may have changed it meanwhile.
                site = edited(self._shown(first), self._read(plain))
                compare(site, self.state)
            except SlurmctlError as error:
                # The message on top, and the file as it was left.
                hint = f" ({printable(error.hint, 0)})" if error.hint else ""
                shown = f"{ERROR_MARK}{printable(error.message, 0)}{hint}\n{plain}"
            else:
                return site

    def _shown(self, text: str) -> Site:
        """Return what was shown; nothing where Slurm has a value that no file may hold."""
        try:
            return self._read(text)
        except SlurmctlError:
            return Site()

    def _read(self, text: str) -> Site:
        part = files.parsed(self.file, text)
        if self.noun == ASSOCIATION.noun:
            part = Part(part.file, self._member(part.document))
        elif not _is_about(part.document, self.noun, self.name):
            raise UsageError(
                f"the file is about {self.noun} '{self.name}' alone", "remove other tables"
            )
        site = site_reading.site_of(self.context, [part])
        owned = {ACCOUNT.noun: (self.name,), QOS.noun: (), ASSOCIATION.noun: (self.place.account,)}
        scope = Scope(self.state.cluster, owned.get(self.noun, (ROOT,)))
        return replace(site, scope=scope)

    def _member(self, document: Json) -> Json:
        """Return the tables of a site for the one of an association."""
        entry = document.get(ASSOCIATION.noun)
        place = _place(self.place)
        if [*document] != [ASSOCIATION.noun] or not isinstance(entry, Mapping):
            raise UsageError("the file is about one association", "remove other tables")
        if {name: entry.get(name) for name in place} != place:
            raise UsageError("User, Account and Partition name the association", "leave them")
        own = {key: value for key, value in entry.items() if key != "Account"}
        return {ACCOUNT.noun: {self.place.account: {"users": [own]}}}


def _is_about(document: Json, noun: str, name: str) -> bool:
    """Tell whether a file has the table of one object, and no other."""
    tables = document.get(noun)
    alone = [*document] == [noun] and isinstance(tables, Mapping)
    return alone and [*tables] == [name]


def _place(key: AssociationKey) -> dict[str, Json]:
    place = {"User": key.user, "Account": key.account, "Partition": key.partition}
    return {name: value for name, value in place.items() if value}


def _document(
    context: Context, state: ClusterState, noun: str, name: str, place: AssociationKey
) -> dict[str, Json]:
    unknown = site_reading.unreadable(context)
    unknown = {one: (*names, COMMENT.name) for one, names in unknown.items()}
    if noun == ASSOCIATION.noun:
        rows = {(key.account, key.user, key.partition): row for key, row in state.rows.items()}
        row = rows.get((place.account, place.user, place.partition))
        if row is None:
            raise NotFound(
                f"user '{name}' has no such association in account '{place.account}'",
                f"slurmctl-rest assoc list where user={name} shows the user's associations",
            )
        members = {Member(place.user, place.partition): given_wishes(_known(unknown, noun), row)}
        site = Site(accounts={place.account: AccountTable(members=members)})
        (entry,) = document_of(site)[ACCOUNT.noun][place.account]["users"]
        own = entry if isinstance(entry, Mapping) else {}
        return {noun: {**_place(place), **own}}
    known = {ACCOUNT.noun: state.parents, QOS.noun: state.qos, USER.noun: state.users}[noun]
    if name not in known:
        entity = next(one for one in (ACCOUNT, QOS, USER) if one.noun == noun)
        raise not_found(entity, {name: suggestion(name, sorted(known))}, [name], state.cluster)
    site = exported(state, Scope(state.cluster, (name,), (name,)), unknown)
    if noun == USER.noun:
        alone = Site(users={name: _of_user(state, name)})
    elif noun == QOS.noun:
        alone = Site(qos={name: site.qos[name]})
    else:
        alone = Site(accounts={name: AccountTable(site.accounts[name].wishes)})
    return {noun: document_of(alone)[noun]}


def _known(unknown: Mapping[str, Collection[str]], noun: str) -> list[Field]:
    return [field for field in FIELDS[noun] if field.name not in unknown.get(noun, ())]


def _of_user(state: ClusterState, name: str) -> dict[str, Value]:
    """Return all that a user has: a table without a line would be left out."""
    row = state.users[name]
    return {f.name: row[f.name] for f in USER_WISHES if row[f.name] is not None}


def _unset_lines(document: Mapping[str, Json], noun: str, name: str) -> str:
    """Return a commented line for each field without a value."""
    tables = document.get(noun, {})
    given = tables if noun == ASSOCIATION.noun else tables.get(name, {})
    left = [
        f for f in FIELDS[noun] if f.name not in given and f.name not in {"Parent", COMMENT.name}
    ]
    return "".join(f'# {f.name} = ""    # {f.help} [{f.kind.unit}]\n' for f in left)


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _edit(file: Path) -> None:
    editor = next(filter(None, map(os.environ.get, EDITORS)), "vi")
    try:
        done = subprocess.run(  # nosec B603 # noqa: S603 (the user's own editor, no shell)
            [*shlex.split(editor), str(file)], check=False
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the editor '{printable(editor)}' cannot be started: {error}", "set EDITOR"
        ) from error
    if done.returncode:
        raise UsageError(
            f"the editor '{printable(editor)}' ended with {done.returncode}; nothing was changed"
        )
