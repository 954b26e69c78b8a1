"""Fields, entities and rows: the shape in which every fact about Slurm's objects is written once.

A field is one row of a table. Both executors, the help, the output formats and the tests read the
table; none of them knows a field by name unless that field behaves unlike all others.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from slurmctl_rest.errors import DISCARDED, USE_COMMANDS, SlurmRefused, UsageError
from slurmctl_rest.model.kinds.base import Json, Kind, Value
from slurmctl_rest.model.text import listed, nearest_first, printable
from slurmctl_rest.model.versions import ApiVersion

Row: TypeAlias = Mapping[str, Value]
"""One object, keyed by Field.name. Unset is None."""


MUST_BE_THERE = object()
"""No JSON: what says that each record has the field."""


class Access(Enum):
    """Uses of a field."""

    KEY = "key"  # names the object
    SCOPE = "scope"  # says where the object is: a condition, also where it is added
    SET = "set"  # may be assigned
    MODIFY = "modify"  # may be assigned, but not yet where the object is added
    READ = "read"  # is only shown


class SlurmRecord(Enum):
    """Which of Slurm's records holds the field: an account is two of them."""

    OBJECT = "object"  # the account, user or QOS itself, known to all clusters
    ASSOCIATION = "association"  # its association on one cluster


@dataclass(frozen=True, slots=True)
class Field:
    """One fact that Slurm keeps about an object.

    name       sacctmgr's word; the key in rows and in JSON
    path       dotted path in slurmrestd's JSON of the record
    word       sacctmgr's word in format=, if it is another one
    header     sacctmgr's header of the column, if it is another one
    aliases    further words that sacctmgr or people use
    add_key    key in association_condition.association, where accounts are added (lower case)
    where      it may be a condition
    where_own  as a condition it means the row's own value: one that is inherited does not meet it
    database   the column of Slurm's database, by which its journal names what was written
    inherits   an association without a value of its own takes its parent account's
    since      the first API version that knows the path
    commands   only the Slurm commands tell it and set it
    asked      sacctmgr's word of a condition that only Slurm can judge: it is passed on
    absent     the JSON that is meant where a record is without it, or has null; others must tell it
    """

    name: str
    kind: Kind
    path: str
    help: str
    word: str = ""
    header: str = ""
    aliases: tuple[str, ...] = ()
    access: Access = Access.SET
    record: SlurmRecord = SlurmRecord.ASSOCIATION
    add_key: str = ""
    where: bool = False
    where_own: bool = False
    database: str = ""
    inherits: bool = False
    since: ApiVersion | None = None
    until: ApiVersion | None = None
    commands: bool = False
    asked: str = ""
    absent: Json = MUST_BE_THERE

    @property
    def settable(self) -> bool:
        """Tell whether it may be assigned."""
        return self.access is Access.SET or self.access is Access.MODIFY  # asked very often

    @property
    def title(self) -> str:
        """Return sacctmgr's header of the column, for -p and -P."""
        return self.header or self.column

    @property
    def column(self) -> str:
        """Return sacctmgr's word for the column in format=."""
        return self.word or self.name

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return every word that means this field."""
        words = (self.name, self.word, self.header, *self.aliases)
        return tuple(dict.fromkeys(word for word in words if word))

    def load(self, record: Json, version: ApiVersion | None = None) -> Value:
        """Return the value that slurmrestd's record holds at the path.

        A missing value is unset only if the field may be missing: raise ValueError otherwise, and
        for a value that the kind does not accept. Without `version`, the record may be of any.
        """
        if not self.path:
            return self.kind.load(None)
        for step in self.path.split("."):
            if not isinstance(record, Mapping) or step not in record:
                is_missing = record is None or isinstance(record, Mapping)
                if is_missing and self._may_be_missing(version):
                    return self.kind.load(self._absent)
                # Read as unset, a limit would be taken away by
                # the next write, which sends TRES lists whole.
                raise ValueError(f"{self.name}: '{self.path}' is missing")
            record = record[step]
        if record is None:
            if self.absent is MUST_BE_THERE:
                raise ValueError(f"{self.name}: '{self.path}' is null")
            return self.kind.load(self.absent)
        try:
            return self.kind.load(record)
        except ValueError as error:
            raise ValueError(f"{self.name}: '{self.path}': {error}") from error

    @property
    def _absent(self) -> Json:
        return None if self.absent is MUST_BE_THERE else self.absent

    def _may_be_missing(self, version: ApiVersion | None) -> bool:
        return self.absent is not MUST_BE_THERE or (
            self.since is not None and (version is None or version < self.since)
        )

    def is_known_to(self, version: ApiVersion) -> bool:
        """Tell whether slurmrestd has the field in this version."""
        return (self.since or version) <= version <= (self.until or version)

    def remedy(self, version: ApiVersion | None = None) -> str:
        """Return what to do where slurmrestd does not have the field; `version`: in this one.

        >>> from slurmctl_rest.model.entities import QOS
        >>> QOS["GrpTRESMins"].remedy()
        'set api_version to v0.0.42 or later, or use a profile with execution_mode = "cli"'
        """
        if self.until and version and version > self.until:
            return f"set api_version to {self.until} or earlier, or {USE_COMMANDS}"
        if self.since:
            return f"set api_version to {self.since} or later, or {USE_COMMANDS}"
        return USE_COMMANDS

    def put(self, record: dict[str, Json], value: Value) -> None:
        """Place the value at the path of a record that is to be sent.

        Example: MaxJobs=5 at `max.jobs.active` -> {"max": {"jobs": {"active": {"set": True, ...}}}}
        """
        *steps, last = self.path.split(".")
        for step in steps:
            record = record.setdefault(step, {})
        record[last] = self.kind.dump(value)

    def parse(self, text: str) -> Value:
        """Return the value of text; raise UsageError naming the field."""
        try:
            return self.kind.parse(text)
        except ValueError as error:
            # Python reads no number that is longer, and says so in its own words.
            too_long = re.search(rf"[0-9]{{{MAX_DIGITS + 1}}}", text)
            reason = f"a number of more than {MAX_DIGITS} digits" if too_long else error
            raise UsageError(f"{self.name}: {reason}") from error


MAX_DIGITS = sys.int_info.default_max_str_digits


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of object: its noun, its table of fields, and the columns shown unless asked.

    command     the word on the command line, where it is not the noun
    naming      how its name is made of fields, where it takes more than the key: `{Name}@{Server}`
    many        the word for many, where it is not made with an s
    on_request  further fields, which a row has only where they are named: they cost Slurm a look of
                their own
    """

    noun: str
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    command: str = ""
    naming: str = ""
    many: str = ""
    on_request: tuple[Field, ...] = ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Return all that may be named, the fields on request last."""
        return self.fields + self.on_request

    def requested(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of the names that are fields on request."""
        return frozenset(names) & {field.name for field in self.on_request}

    @property
    def word(self) -> str:
        """Return the noun of the command line."""
        return self.command or self.noun

    @property
    def plural(self) -> str:
        """Return the word for many."""
        return self.many or (self.noun if self.noun.endswith("s") else f"{self.noun}s")

    @property
    def key(self) -> Field:
        """Return the field that names the object."""
        return next(field for field in self.fields if field.access is Access.KEY)

    @property
    def named_by(self) -> tuple[str, ...]:
        """Return the fields that its name is made of."""
        return tuple(re.findall(r"{(\w+)}", self.naming)) or (self.key.name,)

    @property
    def is_named(self) -> bool:
        """Tell whether one field names the object: an association is named by four together."""
        return any(field.access is Access.KEY for field in self.fields)

    def settable(self, record: SlurmRecord) -> Iterator[Field]:
        """Yield the fields of one record that may be assigned."""
        return (f for f in self.fields if f.settable and f.record is record)

    def load(
        self,
        record: Json,
        fields: Iterable[Field] | None = None,
        version: ApiVersion | None = None,
    ) -> dict[str, Value]:
        """Return the fields (all of them) of slurmrestd's record; SlurmRefused if one is wrong."""
        try:
            return {f.name: f.load(record, version) for f in fields or self.fields}
        except ValueError as error:
            raise SlurmRefused(
                f"{self.noun} {_named(record)}: Slurm's record cannot be read: {error}",
                f"{DISCARDED}; this Slurm release may be newer than this program",
            ) from error

    def __getitem__(self, name: str) -> Field:
        """Return the field of exactly that name."""
        return next(field for field in self.all_fields if field.name == name)

    def field(self, spelling: str) -> Field:
        """Return the field that spelling means: a name, an alias, or an abbreviation.

        Raise UsageError where there is none, or several.
        """
        return choose_field(spelling, self.all_fields, self.noun)


def _named(record: Json) -> str:
    """Return what a record calls itself."""
    keys = ("cluster", "account", "user", "partition", "name", "job_id")
    words = [record.get(key) for key in keys] if isinstance(record, Mapping) else []
    return f"'{printable(' '.join(str(word) for word in words if word))}'"


def choose_field(spelling: str, fields: Sequence[Field], noun: str) -> Field:
    """Return the one of fields that spelling means; raise UsageError naming the nearest.

    >>> choose_field("maxj", [Field("MaxJobsAccrue", ...), Field("MaxJobs", ...)], "user").name
    'MaxJobs'
    """
    word = spelling.lower()
    begun = {
        known.lower(): field
        for field in fields
        for known in field.spellings
        if word and known.lower().startswith(word)
    }
    shortest = min(begun, key=len, default="")
    # MaxJ is MaxJobs, as sacctmgr has it, although MaxJobsAccrue begins so, too.
    if begun and all(known.startswith(shortest) for known in begun):
        return begun[shortest]
    found = list(dict.fromkeys(field.name for field in begun.values()))
    if len(found) == 1:
        return next(iter(begun.values()))
    if found:
        raise UsageError(f"field '{printable(spelling)}' of {noun} is ambiguous: {listed(found)}")
    raise UsageError(
        f"{noun} has no field '{printable(spelling)}'",
        did_you_mean(spelling, {s: f.name for f in fields for s in f.spellings})
        or known_names(spelling, [f.name for f in fields]),
    )


def suggestion(name: str, names: Sequence[str]) -> str:
    """Return the hint for a name that is none of `names`: the one like it, or those there are."""
    return did_you_mean(name, names) or known_names(name, names)


def known_names(name: str, names: Sequence[str]) -> str:
    """Return "known: a, b", the nearest to the name first, and ten at most."""
    return f"known: {nearest_first(name, names)}"


def did_you_mean(spelling: str, known: Mapping[str, str] | Iterable[str]) -> str:
    """Return "did you mean X?" for the nearest of known (spelling -> name), or nothing."""
    names = known if isinstance(known, Mapping) else {word: word for word in known}
    lowered = {word.lower(): name for word, name in names.items()}
    near = difflib.get_close_matches(spelling.lower(), lowered, n=1, cutoff=0.7)
    return f"did you mean {lowered[near[0]]}?" if near else ""
