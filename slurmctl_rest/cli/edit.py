"""`edit`: one object as TOML in an editor, then plan, question and write."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from slurmctl_rest.cli import checks, site_reading
from slurmctl_rest.cli.apply import Applying
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.write import Write
from slurmctl_rest.errors import NotFound, SlurmctlError, UsageError
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.entities.association import COMMENT
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.model.syntax import Selection
from slurmctl_rest.model.text import printable
from slurmctl_rest.site import files
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import AccountTable, ClusterState, Scope, Site
from slurmctl_rest.site.document import document_of
from slurmctl_rest.site.export import exported
from slurmctl_rest.site.tables import ACCOUNT_WISHES, QOS_WISHES

EDITORS = ("VISUAL", "EDITOR")
HEAD_OF_EDITED = (
    '# A line that you remove leaves its field as it is; "" clears it.\n'
    "# Remove all lines, or change nothing, to leave.\n"
)
ERROR_MARK = "#! "


def run(context: Context, noun: str, name: str) -> None:
    """Open the object in an editor until it can be read, and apply it."""
    entity = {ACCOUNT.noun: ACCOUNT, QOS.noun: QOS}.get(noun)
    if entity is None:
        raise UsageError(
            f"'{printable(noun)}' cannot be edited", "edit account NAME, edit qos NAME"
        )
    checks.guard_write(context, Selection(), everything=True)
    try:
        name = parse_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    cluster = context.cluster()
    state = site_reading.cluster_state(context, cluster, ("Flags",))
    document = _document(context, state, noun, name)
    text = (
        HEAD_OF_EDITED + files.document_text(document, "toml") + _unset_lines(document, noun, name)
    )
    with TemporaryDirectory(prefix="slurmctl-rest-") as folder:
        site = Editing(context, Path(folder) / f"{name}.toml", state).edited(text, noun, name)
    if site is None:
        context.console.say("nothing to change")
        return
    Write(context).run_plan(Applying(context, site, cluster, None, prune=False).planned, cluster)


@dataclass(frozen=True, slots=True)
class Editing:
    """One file in an editor."""

    context: Context
    file: Path
    state: ClusterState

    def edited(self, text: str, noun: str, name: str) -> Site | None:
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
            self.file.write_text(plain, "utf-8")
            try:
                return self._read(noun, name)
            except SlurmctlError as error:
                # The message on top, and the file as it was left.
                hint = f" ({printable(error.hint, 0)})" if error.hint else ""
                shown = f"{ERROR_MARK}{printable(error.message, 0)}{hint}\n{plain}"

    def _read(self, noun: str, name: str) -> Site:
        site = site_reading.read_site(self.context, self.file)
        named = {ACCOUNT.noun: site.accounts, QOS.noun: site.qos}[noun]
        if [*named] != [name] or len(site.accounts) + len(site.qos) + len(site.users) > 1:
            raise UsageError(f"the file is about {noun} '{name}' alone", "remove other tables")
        scope = Scope(self.state.cluster, (name,) if noun == ACCOUNT.noun else ())
        whole = Site(scope=scope, accounts=site.accounts, qos=site.qos)
        compare(whole, self.state)
        return whole


def _document(context: Context, state: ClusterState, noun: str, name: str) -> dict[str, object]:
    known = sorted(state.parents if noun == ACCOUNT.noun else state.qos)
    if name not in known:
        raise NotFound(f"{noun} '{name}' does not exist", suggestion(name, known))
    unknown = site_reading.unreadable(context)
    unknown = {one: (*names, COMMENT.name) for one, names in unknown.items()}
    site = exported(state, Scope(state.cluster, (name,), (name,)), unknown)
    if noun == QOS.noun:
        return document_of(Site(qos={name: site.qos[name]}))
    return document_of(Site(accounts={name: AccountTable(site.accounts[name].wishes)}))


def _unset_lines(document: dict[str, object], noun: str, name: str) -> str:
    """Return a commented line for each field without a value."""
    tables = document.get(noun, {})
    given = tables.get(name, {}) if isinstance(tables, dict) else {}
    fields = ACCOUNT_WISHES if noun == ACCOUNT.noun else QOS_WISHES
    left = [f for f in fields if f.name not in given and f.name not in {"Parent", COMMENT.name}]
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
