"""The tables of a site's file: the fields of each, and how their values are read and written.

A value in a file is a wish. It is as planners have it, but for TRES: a wish names some counts, None
clears one, and EVERY_OTHER stands for all that are not named.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.entities.association import COMMENT, LIMITS
from slurmctl_rest.model.entities.user import DEFAULT_WCKEY, WCKEYS
from slurmctl_rest.model.fields import Field, Row
from slurmctl_rest.model.kinds.base import Json, Kind, Value
from slurmctl_rest.model.kinds.durations import Duration, Minutes
from slurmctl_rest.model.kinds.names import Names, NameSet
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.kinds.words import Mode, Switch

Wishes: TypeAlias = Mapping[str, Value]
"""Field name -> what the file wishes it to be; a field that is not there is not managed."""

EVERY_OTHER = "*"
"""In a TRES table: every TRES that the table does not name."""
INHERIT = "inherit"
"""The word for a list of QOS that an association does not have itself."""

ACCOUNT_WISHES = tuple(field for field in ACCOUNT.all_fields if field.settable)
MEMBER_WISHES = (*LIMITS, COMMENT)
USER_WISHES = (USER["AdminLevel"], USER["DefaultAccount"], DEFAULT_WCKEY, WCKEYS)
QOS_WISHES = tuple(field for field in QOS.fields if field.settable)
"""The fields of [account.NAME], of the entries of `users`, of [user.NAME] and of [qos.NAME]."""


def read_value(field: Field, raw: Json) -> Value:
    """Return the wish that a file's value is; raise ValueError with a sentence.

    >>> read_value(ACCOUNT["GrpTRES"], {"cpu": 5, "mem": ""})
    {'cpu': 5, 'mem': None}
    """
    kind = field.kind
    if raw is None or raw == "":
        return _cleared(field)
    if isinstance(raw, Mapping) and isinstance(kind, Tres):
        return _counts(kind, raw)
    text = _text_of(kind, raw)
    value = _names(kind, text) if isinstance(kind, Names) else kind.parse(text)
    if isinstance(kind, Tres):
        return {EVERY_OTHER: None} if value is None else value
    return kind.stored(value) if isinstance(kind, Switch) else value


def _text_of(kind: Kind, raw: Json) -> str:
    """Return a value of a file as sacctmgr would be told it."""
    match raw:
        case bool():
            raise ValueError("true and false are no values: write a number, or text in quotes")
        case list():
            if not isinstance(kind, NameSet | Mode):
                said = f"a list is no value here: write {kind.unit or 'a value'}"
                raise ValueError(said)  # noqa: TRY004 (the codecs' one error)
            if not all(isinstance(one, str) for one in raw):
                raise ValueError("the list has something that is no text: put names in quotes")
            return ",".join(raw)
        case datetime.time() if isinstance(kind, Minutes | Duration):
            return raw.isoformat("seconds")  # TOML takes 01:30:00 without quotes for a time of day
        case float():
            return f"{raw:.6f}" if raw % 1 else f"{raw:.0f}"
        case str() | int():
            return str(raw)
    what = "a table" if isinstance(raw, Mapping) else f"a {type(raw).__name__}"
    raise ValueError(f"{what} is no value here: write {kind.unit or 'a value'}")


def _cleared(field: Field) -> Value:
    """Return the wish to have no value."""
    if isinstance(field.kind, Tres):
        return {EVERY_OTHER: None}
    return unset(field)


def unset(field: Field) -> Value:
    """Return what a field is in a row without a value of its own; ValueError if there must be one.

    Fairshare is 1 then, as Slurm makes every association.
    """
    if isinstance(field.kind, Tres):
        return {}
    try:
        return field.kind.parse("")
    except ValueError:
        pass
    try:
        return field.kind.parse("-1")
    except ValueError:
        raise ValueError("it cannot be empty: write a name, or leave the key out") from None


def _counts(kind: Tres, raw: Mapping[str, Json]) -> Value:
    counts: dict[str, int | None] = {}
    seen: set[str] = set()
    for name, count in raw.items():
        if name.lower() in seen:
            raise ValueError(f"{name.lower()} is there twice")
        seen.add(name.lower())
        if count is None or count == "" or name == EVERY_OTHER:
            if count is not None and count not in ("", -1):
                raise ValueError(f"'{EVERY_OTHER}' only clears: {EVERY_OTHER} = \"\"")
            counts[name] = None
            continue
        if isinstance(count, bool) or not isinstance(count, str | int):
            said = f"{name}: write a whole number, or text like 4G"
            raise ValueError(said)  # noqa: TRY004 (the codecs' one error)
        parsed = kind.parse(f"{name}={count}")
        counts |= parsed if isinstance(parsed, Mapping) else {}
    return counts


def _names(kind: Names, text: str) -> Value:
    """Read names of which all or none have a sign."""
    if text.strip().lower() == INHERIT:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not any(part[:1] in {"+", "-"} for part in parts):
        return kind.parse(",".join(parts))
    found = []
    for part in parts:
        if part[:1] not in {"+", "-"}:
            raise ValueError(
                "a list has either names alone, or only changes to what is inherited (+high, -low)"
            )
        name = kind.parse(part[1:])
        found += [part[0] + one for one in (name if isinstance(name, tuple) else ())]
    for one in found:
        if one[0] == "-" and f"+{one[1:]}" in found:
            raise ValueError(f"{one[1:]} is both added and taken away")
    return tuple(sorted(set(found)))


def is_limit(field: Field) -> bool:
    """Tell whether a field may hold for a time alone: texts and flags of objects stay."""
    return field.name in LIMITS_OF_TABLES


LIMITS_OF_TABLES = frozenset(f.name for f in (*LIMITS, *QOS_WISHES)) - {"Description", "Flags"}


def ended(field: Field, wish: Value) -> Value:
    """Return what is left to wish for when the time of a wish is over: no such value.

    >>> ended(ACCOUNT["GrpTRES"], {"cpu": 5})
    {'cpu': None}
    """
    if isinstance(wish, Mapping):  # the others are not this wish's
        return dict.fromkeys(wish)
    return read_value(field, "")


def write_value(field: Field, wish: Value) -> Json:
    """Return a wish as a file has it: numbers, texts, lists and tables.

    >>> write_value(ACCOUNT["MaxWall"], 90)
    '01:30:00'
    """
    kind = field.kind
    if isinstance(kind, Tres):
        counts = wish if isinstance(wish, Mapping) else {}
        if {*counts} <= {EVERY_OTHER}:
            return ""
        return {name: "" if count is None else count for name, count in sorted(counts.items())}
    if isinstance(kind, Names) and not wish:
        return INHERIT
    if isinstance(wish, tuple):
        return list(wish)
    if wish is None:
        return ""
    return kind.text(wish) if isinstance(kind, Minutes | Duration) else wish


def overlaid(field: Field, far: Value, near: Value) -> Value:
    """Return the wish of a table over that of a default: TRES by TRES, all others whole."""
    if isinstance(near, Mapping) and isinstance(far, Mapping) and isinstance(field.kind, Tres):
        return near if EVERY_OTHER in near else {**far, **near}
    return near


def merged_wishes(fields: Sequence[Field], *tables: Wishes) -> dict[str, Value]:
    """Return the wishes of tables, of which each goes over those before it."""
    by_name = {field.name: field for field in fields}
    found: dict[str, Value] = {}
    for table in tables:
        for name, wish in table.items():
            found[name] = overlaid(by_name[name], found[name], wish) if name in found else wish
    return found


def edited_wishes(before: Wishes, after: Wishes) -> dict[str, Value]:
    """Return the wishes that are not as they were; of TRES those that are not.

    >>> edited_wishes({"GrpTRES": {"cpu": 5, "mem": 7}}, {"GrpTRES": {"cpu": 5, "mem": 8}})
    {'GrpTRES': {'mem': 8}}
    """
    found: dict[str, Value] = {}
    for name, wish in after.items():
        was = before.get(name, NO_WISH)
        if wish == was:
            continue
        if isinstance(wish, Mapping) and isinstance(was, Mapping) and EVERY_OTHER not in wish:
            left = {one: count for one, count in wish.items() if was.get(one, NO_WISH) != count}
            if left:
                found[name] = left
        else:
            found[name] = wish
    return found


NO_WISH = object()


def is_fulfilled(row: Row, wishes: Wishes) -> bool:
    """Tell whether a row is as the wishes have it: fulfilled() would return it as it is."""
    for name, wish in wishes.items():
        current = row.get(name)
        if current == wish:  # most are, and to look for a mapping takes longer
            continue
        if not isinstance(wish, Mapping):
            return False
        counts = current if isinstance(current, Mapping) else {}
        if any(counts.get(one) != count for one, count in wish.items() if one != EVERY_OTHER):
            return False
        if EVERY_OTHER in wish and not {*counts} <= {*wish}:
            return False
    return True


def fulfilled(fields: Sequence[Field], row: Row, wishes: Wishes) -> dict[str, Value]:
    """Return a row as the wishes have it; what they do not name is as it was.

    >>> fulfilled(ACCOUNT_WISHES, {"GrpTRES": {"mem": 1}, "MaxJobs": 3}, {"GrpTRES": {"cpu": 5}})
    {'GrpTRES': {'mem': 1, 'cpu': 5}, 'MaxJobs': 3}
    """
    after = dict(row)
    by_name = {field.name: field for field in fields}
    for name, wish in wishes.items():
        if isinstance(by_name[name].kind, Tres) and isinstance(wish, Mapping):
            current = row.get(name)
            kept = current if isinstance(current, Mapping) and EVERY_OTHER not in wish else {}
            counts = {**kept, **wish}
            after[name] = {one: count for one, count in counts.items() if count is not None}
        else:
            after[name] = wish
    return after
