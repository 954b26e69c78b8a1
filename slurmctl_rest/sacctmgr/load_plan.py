"""sacctmgr's file of a cluster against what there is: what is to change, and what is said of it.

Nothing is lost: a list of QOS gets more, and never fewer; a limit that the file does not have
stays. With `clean` the cluster is to be as the file has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.account import ROOT, texts_of_new_account
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import names_in
from slurmctl_rest.model.names import why_not
from slurmctl_rest.sacctmgr import load_file as files
from slurmctl_rest.sacctmgr import load_texts as texts
from slurmctl_rest.sacctmgr.load_file import FileError, FileLine, FileOptions
from slurmctl_rest.sacctmgr.load_qos import LINE_TWICE, LoadedQos
from slurmctl_rest.sacctmgr.load_words import Entry, FileFacts, entry_of
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.settings import QosAsked, applied
from slurmctl_rest.sacctmgr.tokens import ascii_lower

SECOND_CLUSTER = " You can only add one cluster at a time."
QOS_FIRST = " You need to specify all QOS before the 'Cluster - $NAME' in your file"
CLUSTER_FIRST = " You need to specify a cluster name first with 'Cluster - $NAME' in your file"
UNKNOWN_PARENT = (
    " line({}) You need to add this parent ({}) as a child before you can add children to it."
)
PROBLEM_WITH_LINE = " Problem with line({})"
NOT_LOADED = "line {}: {} of {} '{}' cannot be loaded"


@dataclass(frozen=True, slots=True)
class Present:
    """What there is, of own values.

    accounts  all accounts, with their limits if they are on the cluster
    users     all users
    rows      the associations of the cluster
    facts     what words may name
    clusters  all clusters; home: the one of the profile
    kept      what the executors do not change: (user, key) -> value
    """

    accounts: Mapping[str, Row]
    users: Mapping[str, Row]
    rows: Mapping[AssociationKey, Row]
    qos: Sequence[Row]
    facts: FileFacts
    clusters: Sequence[str]
    home: str
    kept: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Loading:
    """A file that is read line by line, and what the cluster would be like.

    wanted     the cluster that is named on the command line, if any
    said       what is said on stdout so far, before the tables; qos_said: of QOS, before that
    asked      whether anything is to change
    new_rows   the new associations as the file has them, those of accounts and of users
    root       that of a new cluster
    marked     the new associations whose own lines say that their account is the default
    left       what the executors cannot store, a text each
    """

    present: Present
    wanted: str = ""
    clean: bool = False
    broken: bool = False
    options: LineOptions = field(default_factory=LineOptions)
    cluster: str = ""
    cluster_line: bool = False
    qos_said: str = ""
    said: list[str] = field(default_factory=list)
    asked: bool = False
    qos: LoadedQos = field(init=False)
    accounts: dict[str, Row] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)
    rows: dict[AssociationKey, Row] = field(default_factory=dict)
    coordinators: dict[str, list[str]] = field(default_factory=dict)
    new_accounts: list[str] = field(default_factory=list)
    new_users: list[Row] = field(default_factory=list)
    new_rows: list[tuple[AssociationKey, Row]] = field(default_factory=list)
    root: Row | None = None
    marked: set[AssociationKey] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    _parent: str = ""
    _records: dict[str, dict[str, Value]] = field(default_factory=dict)
    _seen: set[tuple[str, AssociationKey]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with what there is."""
        present = self.present
        self.qos = LoadedQos(present.qos, present.facts, self.options)
        self.accounts |= self.present.accounts
        self.users |= self.present.users
        self.rows |= self.present.rows

    @property
    def written_on(self) -> str:
        """Return the cluster whose write it is: of a new one, that of the profile."""
        present = self.present
        return self.cluster if self.cluster in present.clusters else present.home

    def read(self, line: FileLine) -> None:
        """Take in a line; raise FileError for one that is wrong."""
        word = line.object.lower()
        if word == "qos":
            if self.cluster:
                raise FileError(QOS_FIRST)
            self.qos.read(line, self._options(line))
        elif files.OBJECTS.get(word) == files.CLUSTER_LINE:
            self._read_cluster(line)
        elif not (self.cluster or self.wanted):
            raise FileError(CLUSTER_FIRST, is_mild=True)
        else:
            self.cluster = self.cluster or self.wanted
            self._read_below(line)

    def _read_below(self, line: FileLine) -> None:
        if files.OBJECTS.get(line.object.lower()) == files.PARENT_LINE:
            self._parent = ascii_lower(self._options(line).name)
            if AssociationKey(self.cluster, self._parent) not in self.rows:
                raise FileError(UNKNOWN_PARENT.format(line.number, self._parent))
            return
        if not self._parent:
            self._parent = ROOT
            self.said.append(texts.NO_PARENT_LINE)
        if line.kind == files.ACCOUNT_LINE:
            self._account(self._entry(line))
        else:
            self._user(self._entry(line))

    def _options(self, line: FileLine, before: str = "") -> FileOptions:
        if self.broken:  # the command line was wrong, and sacctmgr notices now
            raise _on_line(FileError(), line, before)
        try:
            return files.options_of(line.rest, old=not self.present.facts.newer)
        except FileError as error:
            raise _on_line(error, line, before) from None

    def _entry(self, line: FileLine, before: str = "") -> Entry:
        facts = self.present.facts.with_qos(self.qos.new_names)
        options = self._options(line, before)
        try:
            return entry_of(options, line.kind, line.number, facts)
        except FileError as error:
            raise _on_line(error, line, before) from None

    def _once(self, found: Entry, key: AssociationKey) -> None:
        """Raise FileError for a second line about the same: sacctmgr leaves it out in silence."""
        if (found.kind, key) in self._seen:
            raise FileError(LINE_TWICE.format(found.number, found.kind, found.name))
        self._seen.add((found.kind, key))

    # --- the cluster ------------------------------------------------------------------------------

    def _read_cluster(self, line: FileLine) -> None:
        if self.cluster:
            raise FileError(SECOND_CLUSTER)
        self.qos_said = self.qos.decided()
        found = self._entry(line, " error:")
        self.cluster, self.cluster_line = self.wanted or found.name, True
        self._note_others(found)
        self.said.append(texts.FOR_CLUSTER.format(self.cluster))
        key = AssociationKey(self.cluster, ROOT)
        if self.cluster not in self.present.clusters or self.clean:
            self.asked = True
            shown = found.shown({"Cluster": self.cluster, "Account": ROOT})
            self.said.append(
                texts.association_table([shown], self.options, of_users=False).removesuffix("\n")
            )
            before = self.rows.get(key, bare(key))
            # Slurm makes the user root with the cluster.
            own = AssociationKey(self.cluster, ROOT, ROOT)
            self.rows = {own: _cleared(self.rows.get(own, bare(own)))}
            self._set_root(key, applied(_cleared(before), found.settings))
            return
        before = self.rows[key]
        after = self._merged(before, found)
        self._tell(found, "Cluster", self.cluster, before, after)
        self._set_root(key, after)

    def _set_root(self, key: AssociationKey, row: Row) -> None:
        self.rows[key] = {**row, "Parent": None}
        if self.cluster in self.present.clusters:
            self._set_limits(ROOT, self.rows[key])
        else:
            self.root = self.rows[key]

    # --- accounts ---------------------------------------------------------------------------------

    def _account(self, found: Entry) -> None:
        name, key = found.name, AssociationKey(self.cluster, found.name)
        self._once(found, key)
        self._note_others(found)
        record = self.accounts.get(name)
        if record is None:
            self.asked = True
            new = {f.name: f.kind.load(None) for f in ACCOUNT.fields}
            new |= texts_of_new_account(name, self._parent) | found.record
            self.accounts[name] = {**new, "Account": name, "Clusters": ()}
            self.new_accounts.append(name)
        else:
            self._texts(found, record)
        before = self.rows.get(key)
        after = self._placed(before, found, key, {"Parent": self._parent})
        if before is not None:
            self._tell(found, "Account", name, before, after)
        self.rows[key] = after
        self._set_limits(name, after)

    def _set_limits(self, name: str, row: Row) -> None:
        """Put an account's own association into its row, which has both."""
        of_row = {
            f.name: row[f.name] for f in ASSOCIATION.fields if f.name in FIELDS_OF_PLACED_ACCOUNT
        }
        self.accounts[name] = {**self.accounts[name], **of_row, "Parent": row["Parent"]}

    def _texts(self, found: Entry, record: Row) -> None:
        for name, title in (("Description", "description"), ("Organization", "organization")):
            if name in found.record and found.record[name] == ascii_lower(str(record[name] or "")):
                found.record[name] = record[name]  # it is taken in lower case
            elif name in found.record:
                self._changed(title, "Account", found.name, record[name], found.record[name])
        self.accounts[found.name] = {**record, **found.record}

    # --- users ------------------------------------------------------------------------------------

    def _user(self, found: Entry) -> None:
        place = {"User": found.name, "Partition": found.partition}
        key = AssociationKey(self.cluster, self._parent, found.name, found.partition or "")
        self._once(found, key)
        self._note_others(found)
        if AssociationKey(self.cluster, self._parent) not in self.rows:
            raise FileError(UNKNOWN_PARENT.format(found.number, self._parent))
        told = self._records.setdefault(found.name, {})
        for name, value in found.record.items():
            if told.setdefault(name, value) != value:
                raise FileError(LINE_TWICE.format(found.number, "User", found.name))
        self._record_of(found)
        before = self.rows.get(key)
        after = self._placed(before, found, key, place)
        if before is not None:
            self._tell(found, "User", found.name, before, after)
        elif found.record.get("DefaultAccount") == self._parent:
            self.marked.add(key)
        self.rows[key] = after

    def says_default(self, user: str) -> bool:
        """Tell whether the file says which account is a user's default, or has to."""
        return user not in self.present.users or "DefaultAccount" in self._records.get(user, {})

    def _record_of(self, found: Entry) -> None:
        name, record = found.name, self.users.get(found.name)
        if record is None:
            self.asked = True
            new = {f.name: f.kind.load(None) for f in USER.fields} | {"AdminLevel": "None"}
            default = found.record.get("DefaultAccount", self._parent)
            self.users[name] = {**new, **found.record, "User": name, "DefaultAccount": default}
            shown = {"AdminLevel": None, **found.record, "User": name, "DefaultAccount": default}
            self.new_users.append({**shown, "Coordinators": tuple(found.coordinators)})
        else:
            self._changes_of(found, record)
        for account in found.coordinators:
            self.coordinators.setdefault(account, []).append(name)

    def _changes_of(self, found: Entry, record: Row) -> None:
        name = found.name
        for of, title in (("DefaultAccount", "Default Account"), ("AdminLevel", "Admin Level")):
            if of in found.record and found.record[of] != record[of]:
                self._changed(title, "User", name, record[of], found.record[of])
        self.users[name] = {**record, **found.record}
        direct = names_in(record.get("Coordinators"))
        indirect = names_in(record.get("IndirectCoordinators"))
        already = {*direct, *(a for a, users in self.coordinators.items() if name in users)}
        coming = [one for one in found.coordinators if one not in already]
        if not coming:
            return
        self.asked = True
        if direct or indirect or already:
            self.said += [f" Making User '{name}' coordinator of account '{one}'" for one in coming]
        else:
            listed = ", ".join(coming)
            self.said.append(f" Making User '{name}' coordinator for account(s) {listed}")

    # --- both -------------------------------------------------------------------------------------

    def _placed(
        self, before: Row | None, found: Entry, key: AssociationKey, place: Mapping[str, Value]
    ) -> Row:
        """Return an association with what the line says; a new one is listed as such."""
        if why := why_not(found.name):
            raise FileError(f"sacctmgr: error: {found.kind} '{found.name}': {why}")
        if before is not None:
            return {**self._merged(before, found), **place}
        self.asked = True
        self.new_rows.append((key, found.shown({**_place(key), **place})))
        there = self.present.rows.get(key)
        base = bare(key) if there is None else _cleared(there)
        return {**applied(base, found.settings), **place}

    def _merged(self, before: Row, found: Entry) -> Row:
        """Return a row with the settings; of QOS it has its own, and those of the file."""
        after = applied(before, found.settings)
        own = names_in(before.get("QosLevel"))
        asked = found.settings.asked.get("QosLevel")
        if isinstance(asked, QosAsked) and asked.replaces:
            named = [name for name in asked.names if name]
            after["QosLevel"] = tuple(sorted({*own, *named}))
        return {**after, "Parent": before["Parent"]}

    def _tell(self, found: Entry, kind: str, name: str, before: Row, after: Row) -> None:
        numbers = self.present.facts.tres_numbers
        for of, title in texts.CHANGED:
            if before[of] != after[of]:
                old, new = before[of], found.raw(of, after[of])
                if of == "Parent":
                    self._changed(title, kind, name, old, new)
                else:
                    values = texts.raw_limit(old, numbers), texts.raw_limit(new, numbers)
                    self._changed(title, kind, name, *values)
        if before["DefaultQOS"] != after["DefaultQOS"]:
            shown = str(after["DefaultQOS"] or "(null)")
            self._add(texts.told_line("Set DefaultQOS", kind, name, shown))
        known = names_in(before.get("QosLevel"))
        coming = [one for one in names_in(after.get("QosLevel")) if one not in known]
        if coming:
            self._add(texts.told_line("Added QOS", kind, name, ",".join(coming)))

    def _changed(self, title: str, kind: str, name: str, before: Value, after: Value) -> None:
        old = "(null)" if before in (None, "") else str(before)
        self._add(texts.changed_line(f"Changed {title}", kind, name, old, str(after)))

    def _add(self, text: str) -> None:
        self.said.append(text)
        self.asked = True

    def _note_others(self, found: Entry) -> None:
        """Note what the executors do not change."""
        for name, value in found.others.items():
            there = self.present.kept.get((found.name, name), "").split(",")
            if not {*value.split(",")} <= {*there}:
                self.left.append(NOT_LOADED.format(found.number, name, found.kind, found.name))


FIELDS_OF_PLACED_ACCOUNT = frozenset(f.name for f in ACCOUNT.fields) - {
    "Account",
    "Partition",
    "User",
}
KEPT = frozenset({"Cluster", "Account", "User", "Partition", "Parent", "Default", "Deleted"})


def bare(key: AssociationKey) -> Row:
    """Return an association as Slurm makes it where nothing is set."""
    empty = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
    return {**empty, **_place(key), "Fairshare": 1}


def _place(key: AssociationKey) -> dict[str, Value]:
    return {
        "Cluster": key.cluster,
        "Account": key.account,
        "User": key.user or None,
        "Partition": key.partition or None,
    }


def _cleared(row: Row) -> Row:
    """Return an association without its limits."""
    empty: dict[str, Value] = {f.name: f.kind.load(None) for f in ASSOCIATION.fields}
    return {**row, **{n: v for n, v in empty.items() if n not in KEPT}, "Fairshare": 1}


def _on_line(error: FileError, line: FileLine, before: str = "") -> FileError:
    """Return the error with the words that name its line."""
    if error.is_fatal:
        return error
    return FileError(*error.lines, f"{before}{PROBLEM_WITH_LINE.format(line.number)}")


def keys_of(rows: Sequence[Row]) -> dict[AssociationKey, Row]:
    """Return associations by their places."""
    return {association_key(row): row for row in rows}
