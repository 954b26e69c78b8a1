"""sacctmgr's tokens: what they mean, what is refused, and laws for any tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.columns import Column, parse_columns
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ASSOCIATION,
    COORDINATOR,
    ENTITIES,
    QOS,
    USER,
)
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.model.kinds.names import Name
from slurmctl_rest.model.syntax import (
    Assignment,
    Selection,
    Statement,
    parse_add,
    parse_modify,
    parse_select,
    split,
)
from slurmctl_rest.model.text import without_quotes
from slurmctl_rest.render.listing import ResultList
from tests.model.test_kinds import BAD_NAMES, anything
from tests.strategies import assignments
from tests.support import ADDABLE, EVERY_FIELD, noun_of

Parse = Callable[[Entity, Sequence[str]], object]
PARSERS: dict[str, Parse] = {
    "select": lambda entity, tokens: parse_select(entity, tokens, ("WOPLimits",)),
    "modify": parse_modify,
    "add": parse_add,
    "columns": lambda entity, tokens: parse_columns(entity, " ".join(tokens)),
}

spellings = st.sampled_from([spelling for _, f in EVERY_FIELD for spelling in f.spellings])
tokens = st.lists(
    anything
    | st.sampled_from(["where", "set", "SET", "woplimits", "format=Account%20", "a,b", "="])
    | st.tuples(spellings, st.sampled_from(["=", "+=", "-=", "%"]), anything).map("".join),
    max_size=6,
)


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(tokens=tokens, entity=st.sampled_from(ENTITIES))
@example(tokens=["set", "="], entity=ACCOUNT)
@example(tokens=["\x00", "set", "MaxJobs=" + "9" * 5000], entity=ACCOUNT)
@example(tokens=["x", "set", "GrpWall=" + "9" * 4000 + "-1"], entity=ACCOUNT)
@example(tokens=["x", "set", "GrpTRES=cpu=" + "9" * 4299 + "P"], entity=ACCOUNT)
def test_any_tokens_are_read_or_refused_as_usage(
    parse: Parse, tokens: list[str], entity: Entity
) -> None:
    with contextlib.suppress(UsageError):
        parse(entity, tokens)


@given(asked=assignments())
def test_assignments_that_are_written_down_mean_the_same_again(
    asked: tuple[Assignment, ...],
) -> None:
    read = parse_modify(ACCOUNT, ["physics", "set", *map(str, asked)])
    assert read == Statement(Selection(names=("physics",)), asked)
    if all(one.operator is Operator.SET and one.field in ADDABLE for one in asked):
        assert parse_add(ACCOUNT, ["physics", *map(str, asked)]) == read


@pytest.mark.parametrize("entity", [USER_WITH_LIMITS, ASSOCIATION, QOS], ids=noun_of)
@given(data=st.data())
def test_assignments_of_other_entities_that_are_written_down(
    entity: Entity, data: st.DataObject
) -> None:
    fields = [f for f in entity.fields if f.settable and not isinstance(f.kind, Name)]
    asked = data.draw(assignments(fields))
    assert parse_modify(entity, ["set", *map(str, asked)]).assignments == asked


def assignment(name: str, act: Operator, value: object) -> Assignment:
    return Assignment(ACCOUNT[name], act, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "names", "where", "assigned"),
    [
        (
            "physics set GrpTRESMins=cpu=200000 MaxJobs=-1",
            ("physics",), {},
            [("GrpTRESMins", Operator.SET, {"cpu": 200000}), ("MaxJobs", Operator.SET, None)],
        ),
        (
            "where parent=science,art PARENT=eth set MaxWall=1-00:00:00",
            (), {"Parent": ("science", "art", "eth")}, [("MaxWall", Operator.SET, 1440)],
        ),
        (
            "Physics,optics where name=lasers,physics set qos+=high qos-=low",
            ("physics", "optics", "lasers"), {},
            [("QosLevel", Operator.ADD, ("high",)), ("QosLevel", Operator.REMOVE, ("low",))],
        ),
        (
            "a set GrpTRES=cpu+=5,node=4,mem-=400,gres/gpu+=1",
            ("a",), {},
            [
                ("GrpTRES", Operator.SET, {"node": 4}),
                ("GrpTRES", Operator.ADD, {"cpu": 5, "gres/gpu": 1}),
                ("GrpTRES", Operator.REMOVE, {"mem": 400}),
            ],
        ),
        (
            "set=x SET fair=parent",
            None, None, None,
        ),
        (
            "where cluster=Alps SET fair=parent",
            (), {"Cluster": ("alps",)}, [("Fairshare", Operator.SET, "parent")],
        ),
        (
            "a set qos= defaultqos=-1 set desc=a=b,c",
            ("a",), {},
            [
                ("QosLevel", Operator.SET, ()),
                ("DefaultQOS", Operator.SET, None),
                ("Description", Operator.SET, "a=b,c"),
            ],
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)  # fmt: skip
def test_modify(
    words: str,
    names: tuple[str, ...] | None,
    where: dict[str, tuple[str, ...]],
    assigned: list[tuple[str, Operator, object]],
) -> None:
    if names is None:
        with pytest.raises(UsageError):
            parse_modify(ACCOUNT, words.split())
        return
    assert parse_modify(ACCOUNT, words.split()) == Statement(
        Selection(names, where), tuple(assignment(*one) for one in assigned)
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("physics Fairshare=2", "nothing to set on the account"),
        ("physics set", "nothing to set on the account"),
        ("physics set MaxJobs", "'MaxJobs' assigns no value"),
        ("physics set MaxJobs+=1", "MaxJobs accepts only '=', not '+='"),
        ("physics set GrpTRES=cpu+=-1", "GrpTRES: 'cpu+=-1' adds or takes no count"),
        ("physics set GrpTRES=cpu-=1 GrpTRES=mem=1", "GrpTRES is set twice"),
        ("physics set GrpTRES-=cpu=1", "GrpTRES accepts only '=', not '-='"),
        ("physics set MaxJobs=1 maxjobs=2", "MaxJobs is set twice"),
        ("physics set qos=a qos+=b", "QosLevel is set twice"),
        ("physics set Clusters=bob", "Clusters of account cannot be set"),
        ("physics set name=x", "Account of account cannot be set"),
        ("physics set cluster=x", "Cluster of account cannot be set"),
        ("physics set Fairshaer=2", "account has no field 'Fairshaer'"),
        ("where parent+=x set MaxJobs=1", "'parent+=x': a condition must use '='"),
        (
            "name= set MaxJobs=1",
            "Account: '' is not a name: it is empty",
        ),
        (
            "where parent=a/b set MaxJobs=1",
            "Parent: 'a/b' is not a name: '/' separates the steps of a path",
        ),
        (
            "physics set qos+=+high",
            "QosLevel: '+high' is not a name: it starts with '+', which begins an addition to a "
            "list",
        ),
        (
            "physics set qos=+high,low",
            "QosLevel: '+high' is not a name: it starts with '+', which begins an addition to a "
            "list",
        ),
    ],
)
def test_modify_refuses(words: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_modify(ACCOUNT, words.split())
    assert refused.value.message.startswith(message)


def test_an_empty_condition_asks_for_those_that_have_none() -> None:
    words = "where parent=,science coordinators= organization= set MaxJobs=1"
    assert parse_modify(ACCOUNT, words.split()).selection == Selection(
        (), {"Parent": (None, "science"), "Coordinators": ((),), "Organization": ("",)}
    )


def test_coordinators_are_set_on_an_account_that_exists() -> None:
    sentence = parse_modify(ACCOUNT, ["physics", "set", "Coordinators+=Bob,al", "coord-=eve"])
    assert sentence.assignments == (
        assignment("Coordinators", Operator.ADD, ("al", "bob")),
        assignment("Coordinators", Operator.REMOVE, ("eve",)),
    )
    with pytest.raises(UsageError) as refused:
        parse_add(ACCOUNT, ["physics", "Coordinators=bob"])
    assert (refused.value.message, refused.value.hint) == (
        "Coordinators cannot be set when the account is added",
        "add it first, then: account modify NAME set Coordinators=bob",
    )


@pytest.mark.parametrize(
    ("entity", "words", "message"),
    [
        (ASSOCIATION, "alice set MaxJobs=1", "associations have no names: 'alice'"),
        (ASSOCIATION, "set default=yes", "Default of association cannot be set"),
        (ASSOCIATION, "set user=x", "User of association cannot be set"),
        (
            ASSOCIATION,
            "where MaxJobs=1 set MaxJobs=2",
            "associations cannot be selected by MaxJobs",
        ),
        (USER_WITH_LIMITS, "a set Coordinators=x", "Coordinators of user cannot be set"),
        (USER_WITH_LIMITS, "a set parent=x", "user has no field 'parent'"),
        (USER_WITH_LIMITS, "a set account=x", "Accounts of user cannot be set"),
        (USER_WITH_LIMITS, "where fair=1 set fair=2", "users cannot be selected by Fairshare"),
        (USER_WITH_LIMITS, "a set Admin=boss", "AdminLevel: 'boss' is not one of None, Operator"),
        (QOS, "a set Flags=No", "Flags: 'No' is not one of NoDecay, NoReserve"),
        (QOS, "a set LimitFactor=0", "LimitFactor: 0 is not allowed (-1 clears)"),
        (QOS, "a set UsageFactor+=1", "UsageFactor accepts only '=', not '+='"),
        (QOS, "a set PreemptMode=gang,within", "PreemptMode: 'gang,within' is more than one mode"),
        (QOS, "where priority=1 set fair=2", "qos has no field 'fair'"),
    ],
)
def test_modify_refuses_of_other_entities(entity: Entity, words: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_modify(entity, words.split())
    assert refused.value.message.startswith(message)


@pytest.mark.parametrize(
    ("entity", "words", "names", "where", "assigned"),
    [
        (
            USER_WITH_LIMITS, "Alice,bob account=physics,art partition=gpu Admin=operator fair=2",
            ("alice", "bob"), {"Accounts": (("physics",), ("art",)), "Partitions": (("gpu",),)},
            ["AdminLevel=Operator", "Fairshare=2"],
        ),
        (
            USER_WITH_LIMITS, "alice partition= account=a def=a", ("alice",),
            {"Accounts": (("a",),), "Partitions": ((),)}, None,
        ),
        (
            USER_WITH_LIMITS, "alice account=a DefaultAccount=a", ("alice",),
            {"Accounts": (("a",),)}, ["DefaultAccount=a"],
        ),
        (
            ASSOCIATION, "account=physics user=alice,bob partition=gpu, MaxJobs=3", (),
            {"Account": ("physics",), "User": ("alice", "bob"), "Partition": ("gpu", None)},
            ["MaxJobs=3"],
        ),
        (
            COORDINATOR, "alice account=physics names=bob", ("alice", "bob"),
            {"Account": ("physics",)}, [],
        ),
        (
            QOS, "high Priority=-1 Flags=nodecay,DenyOnLimit GraceTime=30 PreemptMode=OFF",
            ("high",), {}, ["Priority=0", "Flags=DenyOnLimit,NoDecay", "GraceTime=00:00:30",
                 "PreemptMode=cluster"],
        ),
    ],
    ids=["users", "an ambiguous word", "a default account", "associations", "coordinators", "qos"],
)  # fmt: skip
def test_add_of_other_entities(
    entity: Entity,
    words: str,
    names: tuple[str, ...],
    where: dict[str, tuple[object, ...]],
    assigned: list[str] | None,
) -> None:
    if assigned is None:
        with pytest.raises(UsageError, match="of user is ambiguous"):
            parse_add(entity, words.split())
        return
    sentence = parse_add(entity, words.split())
    assert (sentence.selection.names, sentence.selection.where) == (names, where)
    assert [str(one) for one in sentence.assignments] == assigned


def test_columns_may_be_of_another_table_than_conditions() -> None:
    sentence = parse_select(USER_WITH_LIMITS, ["qos=high", "format=User%5"], columns_of=USER)
    assert sentence.selection.where == {"QosLevel": (("high",),)}
    assert sentence.columns == (Column(USER["User"], 5),)
    with pytest.raises(UsageError, match="user has no field 'MaxJobs'"):
        parse_select(USER_WITH_LIMITS, ["format=MaxJobs"], columns_of=USER)


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
@pytest.mark.parametrize("verb", ["add", "modify", "select"])
def test_bad_names_are_refused_by_every_verb(verb: str, name: str) -> None:
    if name in {"a,b", "a=b"}:
        return  # two good names; Account=b
    tokens = [name, "set", "MaxJobs=1"] if verb == "modify" else [name]
    with pytest.raises(UsageError):
        PARSERS[verb](ACCOUNT, tokens)


@pytest.mark.parametrize(
    ("words", "names", "where", "assigned"),
    [
        ("physics", ("physics",), {}, []),
        ("name=A,b", ("a", "b"), {}, []),
        (
            "physics parent=science cluster=alps GrpTRES=cpu=100,gres/gpu=8 Fairshare=20",
            ("physics",), {"Cluster": ("alps",)},
            [
                ("Parent", Operator.SET, "science"),
                ("GrpTRES", Operator.SET, {"cpu": 100, "gres/gpu": 8}),
                ("Fairshare", Operator.SET, 20),
            ],
        ),
        (
            "MaxJobs=3 physics,optics set Org=eth", ("physics", "optics"), {},
            [("MaxJobs", Operator.SET, 3), ("Organization", Operator.SET, "eth")],
        ),
    ],
)  # fmt: skip
def test_add(
    words: str,
    names: tuple[str, ...],
    where: dict[str, tuple[str, ...]],
    assigned: list[tuple[str, Operator, object]],
) -> None:
    assert parse_add(ACCOUNT, words.split()) == Statement(
        Selection(names, where), tuple(assignment(*one) for one in assigned)
    )


@pytest.mark.parametrize("words", ["", "set", "MaxJobs=3", "parent=science set"])
def test_add_needs_a_name(words: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_add(ACCOUNT, words.split())
    assert refused.value.message == "no account is given"


def test_select_reads_names_conditions_columns_and_switches() -> None:
    words = ["physics", "woplimits", "where", "Parent=science", "FORMAT=Account%20,qos%-8,Org"]
    assert parse_select(ACCOUNT, words, ("WOPLimits", "WithAssoc")) == Statement(
        Selection(("physics",), {"Parent": ("science",)}),
        columns=(
            Column(ACCOUNT["Account"], 20),
            Column(ACCOUNT["QosLevel"], -8),
            Column(ACCOUNT["Organization"]),
        ),
        switches=frozenset({"WOPLimits"}),
    )


def test_a_limit_from_before_tres_is_a_column() -> None:
    row = {"GrpTRES": {"cpu": 3, "mem": 2048}, "MaxTRES": {}, "GrpTRESMins": {"node": 1}}
    columns = parse_columns(ACCOUNT, "grpcpu%5,GrpMemory,MaxNodes,GrpCPUMins,grptres")
    assert [column.width for column in columns] == [5, None, None, None, None]
    listing = ResultList(ACCOUNT, [row], columns)
    names = ["GrpCPUs", "GrpMemory", "MaxNodes", "GrpCPUMins", "GrpTRES"]
    assert listing.names == listing.sacctmgr_headers == names
    assert [*listing.cells()] == [["3", "2G", "", "", "cpu=3,mem=2G"]]


@pytest.mark.parametrize(
    "text", ["", ",", "Account%", "Account%x", "Account%0", "Account%-0", "%20", "Account%20%3"]
)
def test_what_is_no_column(text: str) -> None:
    with pytest.raises(UsageError, match="is not a column"):
        parse_columns(ACCOUNT, text)


def test_columns_are_given_once() -> None:
    with pytest.raises(UsageError, match="format= is given twice"):
        parse_select(ACCOUNT, ["format=Account", "Format=Org"])


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("physics", ("physics", None, "")),
        ("A=b=c", ("A", Operator.SET, "b=c")),
        ("A+=b", ("A", Operator.ADD, "b")),
        ("A-=-1", ("A", Operator.REMOVE, "-1")),
        ("=", ("", Operator.SET, "")),
        ("+=", ("", Operator.ADD, "")),
        ("a+b=c", ("a+b", Operator.SET, "c")),
    ],
)
def test_split(token: str, parts: tuple[str, Operator | None, str]) -> None:
    assert split(token) == parts


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        (Selection(), False),
        (Selection(("a",)), True),
        (Selection((), {"Parent": ("a",)}), True),
    ],
    ids=["nothing", "a name", "a condition"],
)
def test_a_selection_knows_whether_anything_was_asked_for(selection: Selection, says: bool) -> None:
    assert bool(selection) is says


@pytest.mark.parametrize(
    ("entity", "words", "names", "where", "assigned"),
    [
        (ACCOUNT, "set fair=3 where name=a", ("a",), {}, ["Fairshare=3"]),
        (
            ACCOUNT, "parent=b set grpj=1 where names=a,c",
            ("a", "c"), {"Parent": ("b",)}, ["GrpJobs=1"],
        ),
        (ACCOUNT, "a set maxj=1 set maxs=2", ("a",), {}, ["MaxJobs=1", "MaxSubmitJobs=2"]),
        (
            USER_WITH_LIMITS, "where name=bob and account=a and partition=p set maxw=60",
            ("bob",), {"Accounts": (("a",),), "Partitions": (("p",),)}, ["MaxWall=01:00:00"],
        ),
        (USER_WITH_LIMITS, "and set maxj=1", ("and",), {}, ["MaxJobs=1"]),
        (USER_WITH_LIMITS, "bob and set maxj=1", ("bob", "and"), {}, ["MaxJobs=1"]),
        (ACCOUNT, "a set qos=+high,-low", ("a",), {}, ["QosLevel+=high", "QosLevel-=low"]),
        (ACCOUNT, "a set qos=-low", ("a",), {}, ["QosLevel-=low"]),
        (QOS, "a set preempt=+low", ("a",), {}, ["Preempt+=low"]),
        (QOS, "a set Flags=deny", ("a",), {}, ["Flags=DenyOnLimit"]),
        (QOS, "a set Flags=-1", ("a",), {}, ["Flags="]),
        (QOS, "a set MaxJobs=5 MaxSubmit=6", ("a",), {}, ["MaxJobsPU=5", "MaxSubmitJobsPU=6"]),
        (
            ACCOUNT, "a set GrpCPUs=10 maxj=1 GrpNodes=2 MaxCPUMins=-1",
            ("a",), {}, ["MaxJobs=1", "GrpTRES=cpu=10,node=2", "MaxTRESMins=cpu=-1"],
        ),
        (QOS, "a set MaxCPUsPerUser=4", ("a",), {}, ["MaxTRESPU=cpu=4"]),
    ],
)  # fmt: skip
def test_what_sacctmgr_takes(
    entity: Entity, words: str, names: tuple[str, ...], where: dict[str, Any], assigned: list[str]
) -> None:
    statement = parse_modify(entity, words.split())
    assert statement.selection == Selection(names, where)
    assert [str(assignment) for assignment in statement.assignments] == assigned


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ('description="Project A"', "project a"),
        ("Descr='Project A'", "project a"),
        ("description=Project", "project"),
        ('description=""', ""),
        ("description=''", ""),
    ],
)
def test_quotes_around_a_value_are_taken_off(token: str, text: str) -> None:
    statement = parse_add(ACCOUNT, ["a", token])
    assert [assignment.value for assignment in statement.assignments] == [text]


@pytest.mark.parametrize("text", ["'a", 'a"', '"', "a'b", "'a'b", '"a"b"', "'a\""])
def test_other_quotes_stay(text: str) -> None:
    assert without_quotes(text) == text


def test_what_is_added_may_have_limits_from_before_tres() -> None:
    words = "alice account=a GrpCPUs=10 set maxj=1 GrpNodes=2"
    statement = parse_add(USER_WITH_LIMITS, words.split())
    assert statement.selection == Selection(("alice",), {"Accounts": (("a",),)})
    assigned = ["MaxJobs=1", "GrpTRES=cpu=10,node=2"]
    assert [str(assignment) for assignment in statement.assignments] == assigned


def test_a_limit_by_two_names_is_set_twice() -> None:
    with pytest.raises(UsageError, match=r"^GrpTRES is set twice$"):
        parse_modify(ACCOUNT, ["a", "set", "GrpTRES=cpu=1", "GrpCPUs=2"])
