"""sacctmgr's tokens, read: `physics where parent=science set GrpTRES=cpu=10 QosLevel+=high`.

Words before the first `set` select (bare words are names; `where` may stand before a condition),
words after it assign, until a `where`. `add` needs no `set`: its bare words are names and the rest
assigns. As sacctmgr does, quotes around a value are taken off; `and` between conditions is skipped.
All functions are pure; what cannot be read is a UsageError that names the nearest known word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model import elsewhere
from slurmctl_rest.model.columns import Column, field_of, parse_columns
from slurmctl_rest.model.fields import Access, Entity, Field, known_names
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.names import Name
from slurmctl_rest.model.kinds.tres import Tres, counts
from slurmctl_rest.model.kinds.words import Switch
from slurmctl_rest.model.refinement import Refinement, is_comparison
from slurmctl_rest.model.switches import OF_SACCTMGR, looks_like_one, switch_of
from slurmctl_rest.model.text import printable, without_quotes

E = TypeVar("E", bound=SlurmctlError)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `field operator value` after `set`."""

    field: Field
    operator: Operator
    value: Value

    def __str__(self) -> str:
        """Return it as sacctmgr would be told."""
        kind = self.field.kind
        text = kind.clear_text if self.value is None else kind.text(self.value)
        return f"{self.field.name}{self.operator}{text}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects: by name, and by conditions (field name -> any of these values).

    `ids` are slurmdbd's numbers of associations: a condition and not a column, because
    slurmrestd 24.11 shows 0 for them.
    """

    names: tuple[str, ...] = ()
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything was asked for by name."""
        return bool(self.names or self.where or self.ids)


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of one command, parsed."""

    selection: Selection = Selection()
    assignments: tuple[Assignment, ...] = ()
    columns: tuple[Column, ...] = ()
    switches: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    """Names that are none where nothing bears them: bare words after `where`, or like a switch."""
    refinement: Refinement = field(default_factory=Refinement)
    """What a list keeps of its rows, in which order; of a write there is none."""
    by_switch: bool = False
    """The columns are a switch's, and not those of `format=`."""
    place: str = ""
    """Its place in a file (new.csv, line 7); empty if it comes from the tokens alone."""

    def located(self, error: E) -> E:
        """Return an error of the statement, with the statement's place in a file."""
        if self.place:
            error.message = f"{self.place}: {error.message}"
            error.args = (error.message,)
        return error


def parse_select(
    entity: Entity,
    tokens: Sequence[str],
    switches: Iterable[str] = (),
    columns_of: Entity | None = None,
) -> Statement:
    """Read the tokens of list, tree and delete: names, conditions, `format=` and switches.

    `columns_of` has the fields of `format=`, where they are others than those of conditions.
    """
    known = tuple(switches)
    found = {token: switch_of(token, known) for token in tokens}
    rest = [token for token in tokens if found[token] is None]
    formats = [t for t in rest if re.match(r"format=", t, re.IGNORECASE)]
    if len(formats) > 1:
        raise UsageError(
            "format= is given twice", "list all columns in one format=, separated by commas"
        )
    text = formats[0].partition("=")[2] if formats else ""
    columns = parse_columns(columns_of or entity, text) if formats else ()
    words = [token for token in rest if token not in formats]
    return Statement(
        selection=_selection(entity, words),
        columns=columns,
        switches=frozenset(switch for switch in found.values() if switch is not None),
        unsure=_unsure(words),
    )


def parse_modify(entity: Entity, tokens: Sequence[str], *, by_file: bool = False) -> Statement:
    """Read `[names] [where conditions] set assignments`.

    `by_file`: a file has further ones, so that there need be none.
    """
    selecting, assigning = _split_at_set(tokens)
    assignments = _assignments(entity, _with_limits_of_today(entity, assigning))
    if not assignments and not by_file:
        raise nothing_to_set(entity)
    return Statement(selection=_selection(entity, selecting), assignments=assignments)


def _split_at_set(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that select, and those that assign: after `set`, until a `where`.

    >>> _split_at_set(["set", "MaxJobs=1", "where", "name=physics"])
    (['where', 'name=physics'], ['MaxJobs=1'])
    """
    selecting: list[str] = []
    assigning: list[str] = []
    part = selecting
    for token in tokens:
        if token.lower() == "set":
            part = assigning
            continue
        if token.lower() == "where":
            part = selecting
        part.append(token)
    return selecting, assigning


def nothing_to_set(entity: Entity) -> UsageError:
    """Return the error for a modification that assigns no value."""
    return UsageError(
        f"nothing to set on the {entity.noun}",
        "put the new values after 'set', like: set Fairshare=20",
    )


def parse_add(entity: Entity, tokens: Sequence[str], *, by_file: bool = False) -> Statement:
    """Read `names assignments` (`by_file`: names are in a file); raise UsageError without names."""
    words = [token for token in tokens if token.lower() not in {"set", "where"}]
    selecting: list[str] = []
    assigning: list[str] = []
    for word in _with_limits_of_today(entity, words):
        spelling, operator, text = split(word)
        selects = operator is None or is_selecting(field_of(entity, spelling, "set", text))
        (selecting if selects else assigning).append(word)
    selection = _selection(entity, selecting, adding=True)
    if not selection.names and entity.is_named and not by_file:
        raise UsageError(f"no {entity.noun} is given", f"{entity.word} add NAME [FIELD=VALUE ...]")
    assignments = _assignments(entity, assigning)
    for assignment in assignments:
        check_addable(entity, assignment.field, assignment)
    return Statement(selection=selection, assignments=assignments)


def is_selecting(field_: Field) -> bool:
    """Tell whether the field names objects, or says where they are."""
    return field_.access in {Access.KEY, Access.SCOPE}


def check_addable(entity: Entity, field_: Field, assigning: object) -> None:
    """Refuse a field that an object can only get once it is there: raise UsageError."""
    if field_.access is Access.MODIFY:
        raise UsageError(
            f"{field_.name} cannot be set when the {entity.noun} is added",
            f"add it first, then: {entity.word} modify NAME set {assigning}",
        )


def split(token: str) -> tuple[str, Operator | None, str]:
    """Split `Field+=text` in three; a bare word has no operator."""
    spelling, equals, text = token.partition("=")
    if not equals:
        return token, None, ""
    text = without_quotes(text)
    for operator in (Operator.ADD, Operator.REMOVE):
        if spelling.endswith(operator[0]):
            return spelling[:-1], operator, text
    return spelling, Operator.SET, text


def _unsure(words: Sequence[str]) -> frozenset[str]:
    """Return the bare words after `where`, and those that look like a switch, in lower case."""
    lowered = [word.lower() for word in words]
    after = lowered.index("where") if "where" in lowered else len(lowered)
    return frozenset(
        word
        for place, word in enumerate(lowered)
        if "=" not in word and (place > after or looks_like_one(word))
    )


def _selection(entity: Entity, tokens: Sequence[str], *, adding: bool = False) -> Selection:
    """Read names and conditions; `adding`: sacctmgr takes any bare word for a new name."""
    names: list[str] = []
    where: dict[str, tuple[Value, ...]] = {}
    ids: list[str] = []
    for token in without_and(tokens):
        if is_comparison(entity, token) and not adding:
            told = f"'{printable(token)}': only lists compare"
            raise UsageError(told, "a write selects by names, and by '='")
        spelling, operator, text = split(token)
        if not entity.is_named and operator is Operator.SET and spelling.lower() in {"id", "ids"}:
            ids += _ids(text)
            continue
        if operator is None:
            if not adding and (switch := switch_of(token, OF_SACCTMGR.get(entity.noun, ()))):
                raise UsageError(
                    f"'{printable(token)}' is sacctmgr's switch {switch}: only lists accept it",
                    f"if {entity.noun} '{token.lower()}' is meant, write name={token.lower()}"
                    if entity.is_named
                    else "",
                )
            if token.lower() != "where":
                names.extend(parse_names(entity, token))
            continue
        if operator is not Operator.SET:
            raise UsageError(f"'{printable(token)}': a condition must use '='")
        field_ = field_of(entity, spelling, "where", text)
        if field_.access is Access.KEY:
            names.extend(parse_names(entity, text))
            continue
        check_condition(entity, field_)
        where[field_.name] = where.get(field_.name, ()) + parse_condition(field_, text)
    return Selection(names=tuple(dict.fromkeys(names)), where=where, ids=tuple(ids))


def without_and(tokens: Sequence[str]) -> list[str]:
    """Return the words without `and` between conditions: sacctmgr takes that for a name.

    A user called "and" is selected by name=and.
    """
    return [
        token
        for at, token in enumerate(tokens)
        if token.lower() != "and" or at in {0, len(tokens) - 1}
    ]


def _assignments(entity: Entity, tokens: Sequence[str]) -> tuple[Assignment, ...]:
    assignments: list[Assignment] = []
    for token in tokens:
        spelling, operator, text = split(token)
        if operator is None:
            raise UsageError(f"'{printable(token)}' assigns no value", "write FIELD=VALUE")
        field_ = field_of(entity, spelling, "set", text)
        check_assignment(entity, field_, operator)
        earlier = tuple(assignments)
        for its, its_text in _parts(field_, operator, text):
            if any(excludes(a.field, a.operator, field_, its) for a in earlier):
                raise UsageError(f"{field_.name} is set twice")
            value = field_.parse(its_text)
            if isinstance(field_.kind, Tres) and its is not Operator.SET and not counts(value):
                raise UsageError(f"{field_.name}: '{text}' adds or takes no count")
            assignments.append(Assignment(field_, its, value))
    return tuple(assignments)


def _parts(field_: Field, operator: Operator, text: str) -> Iterator[tuple[Operator, str]]:
    """Yield what an assignment does, where one does several things."""
    is_tres = isinstance(field_.kind, Tres)
    return _amended(operator, text) if is_tres else _signed(field_, operator, text)


def _amended(operator: Operator, text: str) -> Iterator[tuple[Operator, str]]:
    """Yield the counts of TRES that are set, added and taken away.

    >>> [*_amended(Operator.SET, "cpu+=5,node=4")]
    [(Operator.SET, 'node=4'), (Operator.ADD, 'cpu=5')]
    """
    named: dict[Operator, list[str]] = {one: [] for one in Operator}
    for part in text.split(","):
        amendment = re.fullmatch(r"([^=]+)([+-])=(.*)", part)
        name, sign, count = amendment.groups() if amendment else ("", "", "")
        its = Operator(f"{sign}=") if sign else operator
        named[its].append(f"{name}={count}" if sign else part)
    yield from ((its, ",".join(some)) for its, some in named.items() if some)


def _with_limits_of_today(entity: Entity, tokens: Sequence[str]) -> list[str]:
    """Return the words with the limits from before TRES as those of today, a field each.

    >>> _with_limits_of_today(USER, ["GrpCPUs=10", "GrpNodes=2"])
    ['GrpTRES=cpu=10,node=2']
    """
    found: list[str] = []
    legacy: dict[str, list[str]] = {}
    for token in tokens:
        spelling, operator, text = split(token)
        # The two limits of GrpCPUs=10 GrpNodes=2 are one field today, and a field may be set once.
        if operator is Operator.SET and (today := elsewhere.legacy_limit(entity.noun, spelling)):
            field_, _, tres = today.partition("=")
            legacy.setdefault(field_, []).append(f"{tres}={text}")
        else:
            found.append(token)
    return [*found, *(f"{name}={','.join(counts)}" for name, counts in legacy.items())]


def _signed(field_: Field, operator: Operator, text: str) -> Iterator[tuple[Operator, str]]:
    """Yield what an assignment does: a list with a sign before each name adds and removes.

    >>> [*_signed(USER["QosLevel"], Operator.SET, "+high,-low")]
    [(Operator.ADD, 'high'), (Operator.REMOVE, 'low')]
    """
    names = text.split(",")
    if field_.name in QOS_LISTS and operator is Operator.SET:
        signed = {
            its: [name[1:] for name in names if name[:1] == its[0]]
            for its in (Operator.ADD, Operator.REMOVE)
        }
        if sum(map(len, signed.values())) == len(names):
            yield from ((its, ",".join(some)) for its, some in signed.items() if some)
            return
    yield operator, text


QOS_LISTS = ("QosLevel", "Preempt")
"""Lists in which sacctmgr takes a sign before each name; elsewhere a sign begins no name."""


def check_assignment(entity: Entity, field_: Field, operator: Operator) -> None:
    """Refuse to set what cannot be set, or not so: raise UsageError."""
    if not field_.settable:
        hint = "slurmctl-rest cannot rename objects" if field_.access is Access.KEY else ""
        if hint and entity.noun == elsewhere.NOUN_USER:
            hint = "to rename a user: slurmctl-rest user modify NAME set NewName=..."
        raise UsageError(f"{field_.name} of {entity.noun} cannot be set", hint)
    if operator not in field_.kind.acts:
        raise UsageError(f"{field_.name} accepts only '=', not '{operator}'")


def excludes(field_: Field, operator: Operator, other: Field, its: Operator) -> bool:
    """Tell whether two assignments cannot stand together: += and -= on one field can."""
    return field_ is other and Operator.SET in {operator, its}


def check_condition(entity: Entity, field_: Field) -> None:
    """Refuse a condition on a field that is none: raise UsageError."""
    if not field_.where:
        raise UsageError(
            f"{entity.plural} cannot be selected by {field_.name}",
            known_names(field_.name, [f.name for f in entity.all_fields if f.where]),
        )


def parse_condition(field_: Field, text: str) -> tuple[Value, ...]:
    """Read the values of a condition, any of which will do."""
    return tuple(_condition(field_, part) for part in text.split(","))


def _ids(text: str) -> list[str]:
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", text, re.ASCII):
        raise UsageError("id= accepts only numbers of associations", "id=12,13")
    return text.split(",")


def _condition(field_: Field, text: str) -> Value:
    """Read one value of a condition; an empty one asks for those that have none."""
    if not text and isinstance(field_.kind, Name):
        return None
    value = field_.parse(text)
    return field_.kind.stored(value) if isinstance(field_.kind, Switch) else value


def parse_names(entity: Entity, text: str) -> list[str]:
    """Read names with commas between (`75_[2-5,8]` is one); raise UsageError for what is none."""
    if not entity.is_named:
        raise UsageError(
            f"{entity.plural} have no names: '{printable(text)}'",
            f"write account={text} or user={text}"
            if text.isidentifier()
            else "write account=NAME, user=NAME or partition=NAME",
        )
    # The look behind each comma goes on to a bracket, of which thousands of names have none.
    parts = re.split(r",(?![^\[\]]*\])", text) if "]" in text else text.split(",")
    return [str(entity.key.parse(part)) for part in parts]
