"""Records that are read part by part mean what they mean when they are read whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest import body
from slurmctl_rest.backends.rest.body import Response
from slurmctl_rest.backends.rest.records import RecordReader, each
from slurmctl_rest.backends.rest.responses import payload
from slurmctl_rest.cache import MAX_ENTRIES
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from tests.strategies import user_associations
from tests.support import association

META = {"meta": {"slurm": {"release": "24.11.5"}}, "errors": [], "warnings": []}


@pytest.fixture(autouse=True, scope="module")
def nothing_is_short() -> Iterator[None]:
    """Have short answers read as long ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body, "MIN_BYTES_TO_CUT", 0)
        yield


def record(row: Row) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for field in ASSOCIATION.fields:
        field.put(found, row[field.name])
    return {**found, "flags": [], "lineage": "/", "id": 7}


def answer(records: Sequence[Mapping[str, Json]], **how: Json) -> Response:
    body = json.dumps({"associations": records, **META}, **how).encode()
    return Response(200, "application/json", body)


def rows(of: Response, reader: RecordReader | None = None) -> list[Row]:
    reader = reader or RecordReader(ASSOCIATION, "associations")
    return reader.rows(payload(of, "GET x", whole="associations"))


def one_by_one(of: Response) -> list[Json]:
    return [*each(payload(of, "GET x", whole="associations"), "associations")]


@given(st.lists(user_associations(), max_size=5), st.sampled_from([None, 2]))
def test_rows_are_those_that_the_records_hold(found: list[Row], indent: int | None) -> None:
    records = [record(row) for row in found]
    whole = [ASSOCIATION.load(one) for one in records]
    reader = RecordReader(ASSOCIATION, "associations")
    for _ in range(2):  # the second time all is remembered
        assert rows(answer(records, indent=indent), reader) == whole
    plain = payload(answer(records, indent=indent), "GET x")
    assert plain["associations"] == records


def test_records_that_differ_in_one_limit_share_the_values_of_all_others() -> None:
    alice = association("physics", "alice", GrpTRES={"cpu": 1}, QosLevel=("high",))
    first, second = rows(answer([record({**alice, "MaxJobs": jobs}) for jobs in (3, 4)]))
    assert (first["MaxJobs"], second["MaxJobs"]) == (3, 4)
    assert all(first[name] is second[name] for name in first if name != "MaxJobs")


@pytest.mark.parametrize("place", [["max"], ["max", "jobs"], ["max", "jobs", "per"]], ids=".".join)
@pytest.mark.parametrize("held", [None, 3, [], "x", {}, "nothing"], ids=json.dumps)
@pytest.mark.parametrize("before", [0, 1], ids=["at once", "after a good one"])
def test_what_is_no_object_means_in_a_part_what_it_means_in_the_whole(
    place: list[str], held: Json, before: int
) -> None:
    good = record(association("physics", "alice", MaxJobs=3))
    bad = json.loads(json.dumps(good))
    *steps, last = place
    holder = bad
    for step in steps:
        holder = holder[step]
    if held == "nothing":
        del holder[last]
    else:
        holder[last] = held
    with pytest.raises(SlurmRefused) as whole:
        ASSOCIATION.load(bad)
    with pytest.raises(SlurmRefused) as chunked:
        rows(answer([*[good] * before, bad]))
    assert chunked.value.message == whole.value.message


def test_a_row_holds_the_fields_that_are_wanted() -> None:
    reader = RecordReader(
        ASSOCIATION, "associations", [ASSOCIATION["User"], ASSOCIATION["MaxJobs"]]
    )
    of = answer([record(association("physics", "alice", MaxJobs=3))])
    assert rows(of, reader) == [{"User": "alice", "MaxJobs": 3}]


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (
            '"shares_raw": 1',
            '"shares_raw": "1"',
            "Fairshare: 'shares_raw': \"1\" is not a whole number",
        ),
        ('"shares_raw": 1, ', "", "Fairshare: 'shares_raw' is missing"),
        ('"qos": []', '"qos": [7]', "QosLevel: 'qos': 7 is not a string"),
    ],
    ids=["type", "missing", "in a list"],
)
def test_what_is_wrong_with_a_record_names_it(old: str, new: str, wrong: str) -> None:
    good = answer([record(association("physics", "alice"))])
    body = good.body.replace(old.encode(), new.encode())
    assert body != good.body
    with pytest.raises(SlurmRefused) as caught:
        rows(Response(200, "application/json", body))
    assert caught.value.message == (
        f"association 'alps physics alice': Slurm's record cannot be read: {wrong}"
    )


@pytest.mark.parametrize(
    "twice",
    ['"user": "alice", "user": "bob"', '"user": "bob", "user": "alice"'],
    ids=["the first", "the last"],
)
@pytest.mark.parametrize("before", [0, 1], ids=["at once", "after a good one"])
def test_a_key_that_comes_twice_is_refused(twice: str, before: int) -> None:
    records = [record(association("physics", "alice"))] * (before + 1)
    head, found, tail = answer(records).body.decode().rpartition('"user": "alice"')
    assert found
    body = f"{head}{twice}{tail}".encode()
    with pytest.raises(SlurmRefused, match="a duplicate key"):
        rows(Response(200, "application/json", body))


@pytest.mark.parametrize("before", [0, 1], ids=["at once", "after a good one"])
def test_a_key_that_comes_twice_in_a_part_is_refused(before: int) -> None:
    records = [record(association("physics", "alice", MaxJobs=n)) for n in range(before + 1)]
    head, found, tail = answer(records).body.decode().rpartition('"active": {"set"')
    assert found
    twice = '"active": {"set": true, "infinite": false, "number": 9}, "active": {"set"'
    with pytest.raises(SlurmRefused, match="a duplicate key"):
        rows(Response(200, "application/json", f"{head}{twice}{tail}".encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"errors": []', '"errors": [], "errors": []'),
        ('"associations": [', '"associations": [], "associations": ['),
        ('"count": {"set"', '"count": {"set": true, "set"'),
    ],
    ids=["around the list", "the list", "in a part"],
)
def test_a_key_that_comes_twice_elsewhere_is_refused_too(old: str, new: str) -> None:
    good = answer([record(association("physics", "alice"))]).body.decode()
    body = good.replace(old, new, 1)
    assert body != good
    with pytest.raises(SlurmRefused):
        rows(Response(200, "application/json", body.encode()))


@pytest.mark.parametrize("listed", [{}, None, "", 3, [3], [[]]], ids=json.dumps)
@pytest.mark.parametrize("read", [rows, one_by_one])
def test_what_is_no_list_of_objects_is_refused(
    listed: Json, read: Callable[[Response], object]
) -> None:
    with pytest.raises(SlurmRefused) as caught:
        read(answer(listed))
    assert caught.value.message == "slurmrestd's answer has no list 'associations' of objects"


@given(st.lists(user_associations(), max_size=3), st.sampled_from([None, 2]))
def test_records_one_by_one_are_those_of_the_whole_list(
    found: list[Row], indent: int | None
) -> None:
    records = [record(row) for row in found]
    assert one_by_one(answer(records, indent=indent)) == records


def test_of_records_one_by_one_the_first_that_is_wrong_is_refused() -> None:
    good = record(association("physics", "alice"))
    text = json.dumps({"associations": [good, good], **META})
    head, found, tail = text.rpartition('"id": 7')
    body = f'{head}{found}, "id": 8{tail}'.encode()
    coming = each(
        payload(Response(200, "application/json", body), "GET x", whole="associations"),
        "associations",
    )
    assert next(coming) == good
    with pytest.raises(SlurmRefused, match="a record that cannot be read: a duplicate key"):
        next(coming)


def test_an_empty_list_is_one() -> None:
    assert rows(answer([])) == []


def test_what_is_remembered_is_bounded() -> None:
    reader = RecordReader(ASSOCIATION, "associations")
    many = [record(association("physics", f"u{n}")) for n in range(MAX_ENTRIES + 10)]
    found = rows(answer(many), reader)
    assert [row["User"] for row in found] == [f"u{n}" for n in range(MAX_ENTRIES + 10)]
    assert max(len(part.known) for part in (*reader._names, *reader._rest)) <= MAX_ENTRIES


def test_numbers_that_stand_beside_each_other_are_not_taken_for_one() -> None:
    """Parts that are looked up together are kept apart."""
    first = {**record(association("physics", "alice")), "shares_raw": 1, "priority": 23}
    with pytest.raises(SlurmRefused, match="Priority: 'priority': 23"):
        rows(answer([first]))


def test_bytes_that_are_not_utf_8_are_escaped_in_a_long_list_too() -> None:
    found = [record(association("physics", name)) for name in ("alice", "bob", "um!l")]
    whole = answer(found)
    raw = Response(200, "application/json", whole.body.replace(b"um!l", b"um\xe9l\\ud800"))
    assert [row["User"] for row in rows(raw)] == ["alice", "bob", r"um\xe9l\ud800"]
    assert [one["user"] for one in one_by_one(raw)] == ["alice", "bob", r"um\xe9l\ud800"]
