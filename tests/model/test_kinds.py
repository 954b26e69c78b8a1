"""Codecs and merges of every kind: examples of what people write, and laws for all values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.entities.qos import PREEMPT_MODE, QOS_FLAGS
from slurmctl_rest.model.entities.user import ADMIN_LEVEL
from slurmctl_rest.model.kinds.base import (
    MAX_COUNT,
    Json,
    Kind,
    Operator,
    Value,
    truth,
    whole_number,
)
from slurmctl_rest.model.kinds.durations import DURATION, GRACE_TIME, MINUTES, MOMENT, MONTH
from slurmctl_rest.model.kinds.names import (
    NAME,
    NAME_SET,
    NAMES,
    OFFICERS,
    OPTIONAL_NAME,
    TEXT,
    Officers,
    means_itself,
    parse_name,
)
from slurmctl_rest.model.kinds.numbers import COUNT, NUMBER, SHARES, WEIGHT, Real
from slurmctl_rest.model.kinds.tres import TRES, TRES_NAME
from slurmctl_rest.model.kinds.words import Choice, Mark, Mode
from slurmctl_rest.model.text import nearest_first, printable
from slurmctl_rest.model.tres_counts import MAX_TRES
from tests.models import sacctmgr_applies
from tests.strategies import assigned_values, name_sets, signed_sets, tres, values

KINDS: dict[str, Kind] = {
    "count": COUNT,
    "minutes": MINUTES,
    "shares": SHARES,
    "number": NUMBER,
    "text": TEXT,
    "name": NAME,
    "optional name": OPTIONAL_NAME,
    "names": NAMES,
    "tres": TRES,
    "seconds": DURATION,
    "grace": GRACE_TIME,
    "weight": WEIGHT,
    "real": Real("number"),
    "factor": Real("number", 1.0),
    "real above 0": Real("number", zero=False),
    "name set": NAME_SET,
    "officers": OFFICERS,
    "flags": QOS_FLAGS,
    "level": ADMIN_LEVEL,
    "mode": PREEMPT_MODE,
    "mark": Mark("Deleted"),
    "listed mark": Mark("Deleted", listed=True),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

fragments = st.sampled_from(
    ["-1", "-", "+", "=", ",", ":", "/", "cpu=", "mem=", "G", "K", "p", "0", "7", " ", "\n", "٣"]
)
anything = st.text(max_size=12) | st.lists(fragments | st.integers(0, 10**25).map(str)).map("".join)


@pytest.mark.parametrize(
    ("kind", "written", "value", "printed"),
    [
        ("count", "0", 0, "0"),
        ("count", " 007 ", 7, "7"),
        ("count", str(MAX_COUNT), MAX_COUNT, "2147483647"),
        ("count", "-1", None, ""),
        ("count", "UNLIMITED", None, ""),
        ("count", "Infinite", None, ""),
        ("minutes", "90", 90, "01:30:00"),
        ("minutes", "90:00", 90, "01:30:00"),
        ("minutes", "90:01", 91, "01:31:00"),
        ("minutes", "1:30:00", 90, "01:30:00"),
        ("minutes", "1-0", 1440, "1-00:00:00"),
        ("minutes", "1-2:30", 1590, "1-02:30:00"),
        ("minutes", "1-02:30:30", 1591, "1-02:31:00"),
        ("minutes", "0", 0, "00:00:00"),
        ("minutes", "-1", None, ""),
        ("shares", "20", 20, "20"),
        ("shares", "Parent", "parent", "parent"),
        ("shares", " 2147483647 ", "parent", "parent"),
        ("minutes", "1-", 1440, "1-00:00:00"),
        ("shares", "-1", 1, "1"),
        ("text", "Light, 'More'=of|it ", "light, 'more'=of|it", "light, 'more'=of|it"),
        ("text", "Zürich ÄÖ", "zürich ÄÖ", "zürich ÄÖ"),
        ("text", "", "", ""),
        ("name", "Physics.2_x-y", "physics.2_x-y", "physics.2_x-y"),
        ("optional name", "High", "high", "high"),
        ("optional name", "", None, ""),
        ("optional name", "-1", None, ""),
        ("names", "Normal,high,high", ("high", "normal"), "high,normal"),
        ("names", "", (), ""),
        ("tres", "cpu=10,gres/GPU=2", {"cpu": 10, "gres/GPU": 2}, "cpu=10,gres/GPU=2"),
        ("tres", "node=1,cpu=2", {"node": 1, "cpu": 2}, "cpu=2,node=1"),
        ("tres", "mem=4000", {"mem": 4000}, "mem=4000M"),
        ("tres", "mem=4096", {"mem": 4096}, "mem=4G"),
        ("tres", "mem=4g", {"mem": 4096}, "mem=4G"),
        ("tres", "mem=4GB", {"mem": 4096}, "mem=4G"),
        ("tres", "mem=4Gi", {"mem": 4096}, "mem=4G"),
        ("tres", "bb/cray=2gib", {"bb/cray": 2048}, "bb/cray=2G"),
        ("tres", "gres/gpumem=1024", {"gres/gpumem": 1024}, "gres/gpumem=1024"),
        ("tres", "mem=2T", {"mem": 2 * 1024**2}, "mem=2T"),
        ("tres", "cpu=1K", {"cpu": 1024}, "cpu=1024"),
        ("tres", "cpu=-1,mem=0", {"cpu": None, "mem": 0}, "cpu=-1,mem=0"),
        ("tres", "-1", None, ""),
        ("tres", "unlimited", None, ""),
        ("tres", f"cpu={MAX_TRES}", {"cpu": MAX_TRES}, f"cpu={MAX_TRES}"),
        ("seconds", "30", 1800, "00:30:00"),
        ("seconds", "0:30", 30, "00:00:30"),
        ("seconds", "1-2:30:15", 95_415, "1-02:30:15"),
        ("seconds", "0", 0, "00:00:00"),
        ("seconds", "-1", None, ""),
        ("grace", "30", 30, "00:00:30"),
        ("grace", "90", 90, "00:01:30"),
        ("grace", "2:00", 120, "00:02:00"),
        ("grace", "1-0", 86_400, "1-00:00:00"),
        ("grace", "00:00:30", 30, "00:00:30"),
        ("grace", "-1", 0, "00:00:00"),
        ("weight", "7", 7, "7"),
        ("weight", "-1", 0, "0"),
        ("weight", "unlimited", 0, "0"),
        ("real", "0", 0.0, "0.000000"),
        ("real", "2.5", 2.5, "2.500000"),
        ("real", "0.000001", 0.000001, "0.000001"),
        ("real", "999999999.999999", 999999999.999999, "999999999.999999"),
        ("real", "-1", None, ""),
        ("factor", "-1", 1.0, "1.000000"),
        ("factor", "0", 0.0, "0.000000"),
        ("real above 0", "0.5", 0.5, "0.500000"),
        ("name set", "Low,b,low", ("b", "low"), "b,low"),
        ("name set", "", (), ""),
        ("officers", "Bob,al", ("al", "bob"), "al,bob"),
        ("flags", "nodecay,DENYONLIMIT", ("DenyOnLimit", "NoDecay"), "DenyOnLimit,NoDecay"),
        ("flags", "-1", (), ""),
        ("flags", "", (), ""),
        ("level", "operator", "Operator", "Operator"),
        ("level", "Admin", "Administrator", "Administrator"),
        ("level", "", "None", "None"),
        ("mode", "Requeue", "requeue", "requeue"),
        ("mode", "off", "cluster", "cluster"),
        ("mode", "", "cluster", "cluster"),
        ("mode", "cancel,WITHIN", "within,cancel", "within,cancel"),
        ("mode", "within", "within", "within"),
        ("mark", "YES", True, "yes"),
        ("mark", "no", False, ""),
    ],
)
def test_what_people_write(kind: str, written: str, value: Value, printed: str) -> None:
    assert KINDS[kind].parse(written) == value
    assert KINDS[kind].text(value) == printed


@pytest.mark.parametrize(
    ("kind", "written", "words"),
    [
        ("count", "", "'' is not a whole number (-1 clears)"),
        ("count", "1.5", "'1.5' is not a whole number (-1 clears)"),
        ("count", "-2", "'-2' is not a whole number (-1 clears)"),
        ("count", "٣", "'٣' is not a whole number (-1 clears)"),
        ("count", "2147483648", "2147483648 is more than the maximum (2147483647)"),
        ("minutes", "35791394", "35791394 is more than the maximum (35791393)"),
        ("tres", "mem=1024P", "1099511627776 is more than the maximum (1099511627775)"),
        ("text", "x" * 65536, "the text is longer than 65535 bytes"),
        (
            "minutes", "1h",
            "'1h' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)",
        ),
        (
            "minutes", "1:2:3:4",
            "'1:2:3:4' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)",
        ),
        ("shares", "2147483648", "2147483648 is more than the maximum (2147483646)"),
        ("shares", "parents", "'parents' is neither a whole number nor 'parent'"),
        ("text", "two\nlines", "the text contains a control character or a newline"),
        ("text", "\x00", "the text contains a control character or a newline"),
        ("text", "\x7f", "the text contains a control character or a newline"),
        ("tres", "cpu", "'cpu' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2"),
        ("tres", "", "'' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2"),
        ("text", "\udcff", "the text is not UTF-8"),
        ("tres", "cpu=1,", "'' is not TRES=count, like cpu=100,mem=4G,gres/gpu=2"),
        ("tres", "cpu=1,CPU=2", "'CPU' is named twice"),
        (
            "tres", "cpu=1.5",
            "'cpu=1.5' is not a whole number, with K, M, G, T or P or without (-1 clears)",
        ),
        (
            "tres", f"cpu={MAX_TRES + 1}",
            f"{MAX_TRES + 1} is more than the maximum ({MAX_TRES})",
        ),
        (
            "seconds", "35791395",
            "2147483700 is more than the maximum (2147483647)",
        ),
        (
            "seconds", "1h",
            "'1h' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)",
        ),
        ("grace", "2147483648", "2147483648 is more than the maximum (2147483647)"),
        (
            "grace", "",
            "'' is not a duration: write minutes, m:s, h:m:s or d-h[:m[:s]] (-1 clears)",
        ),
        ("weight", "-2", "'-2' is not a whole number (-1 clears)"),
        (
            "real",
            "1.1234567",
            "'1.1234567' is not a number with at most six digits after the point",
        ),
        ("real", "-0.5", "'-0.5' is not a number with at most six digits after the point"),
        ("real", "1e3", "'1e3' is not a number with at most six digits after the point"),
        ("real", "nan", "'nan' is not a number with at most six digits after the point"),
        ("real", "٣", "'٣' is not a number with at most six digits after the point"),
        ("real above 0", "0.000000", "0 is not allowed (-1 clears)"),
        ("flags", "DenyOnLimit,", f"'' is not one of {nearest_first('', [*QOS_FLAGS.known])}"),
        ("flags", "\x1b", f"'\\x1b' is not one of {nearest_first('', [*QOS_FLAGS.known])}"),
        ("level", "root", "'root' is not one of None, Operator, Administrator"),
        ("mode", "stop", "'stop' is not one of cluster, cancel, gang, requeue, suspend"),
        ("mode", "within,priority", "'within,priority' is more than one mode"),
        ("mode", "within,gang", "'within,gang' is more than one mode"),
        ("mode", "gang,requeue,cancel", "'gang,requeue,cancel' is more than one mode"),
        ("mode", "off,cancel", "'off,cancel' is more than one mode"),
        ("mode", "cancel,cancel", "'cancel,cancel' is more than one mode"),
        (
            "tres", "mem=1024K",
            "sacctmgr reads mem=1024K as 1024 MB (write mem=1024M for that, mem=1M for 1024 KB)",
        ),
        ("tres", "mem=1k", "sacctmgr reads mem=1k as 1 MB (write mem=1M)"),
        (
            "tres", "bb/cray=3KB",
            "sacctmgr reads bb/cray=3KB as 3 MB (write bb/cray=3M for that, bb/cray=1M for 3 KB)",
        ),
        ("tres", "cpu=3T", "sacctmgr reads cpu=3T as 3 (write cpu=3298534883328)"),
        ("tres", "node=1p", "sacctmgr reads node=1p as 1 (write node=1125899906842624)"),
        (
            "tres", "gres/gpumem=1K",
            "sacctmgr reads gres/gpumem=1K as 1024, and prints it as 1G (write the number without "
            "a unit)",
        ),
        (
            "mode",
            "unreported",
            "'unreported' is not one of cluster, cancel, gang, requeue, suspend",
        ),
        ("mark", "true", "'true' is neither yes nor no"),
    ],
)  # fmt: skip
def test_what_slurm_could_not_hold_is_refused(kind: str, written: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        KINDS[kind].parse(written)
    assert str(refused.value) == words


BAD_NAMES = {
    "empty": "",
    "quote": "o'hara",
    "slash": "a/b",
    "space": "a b",
    "leading minus": "-a",
    "newline": "a\n",
    "newline first": "\na",
    "NUL": "a\x00b",
    "300 characters": "a" * 300,
    "dot": ".",
    "two dots": "..",
    "percent": "a%2e",
    "not ASCII": "zürich",
    "pipe": "a|b",
    "equals": "a=b",
    "comma": "a,b",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_names_that_slurm_or_a_url_would_choke_on(name: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' is not a name: (it |a |').*"):
        parse_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("a" * 200, "0", "_x", "a.b", "a..b", "x-", "alice@example.org", "corp+alice", "host$"),
        *("r&d", "a:b", "@", "0@", "a~", "a+", "a#", "a;b", "(a)", "a*b?", "a!{}^<>"),
    ],
)
def test_names_that_are_good(name: str) -> None:
    assert parse_name(name) == name
    assert means_itself(name)


@pytest.mark.parametrize(
    "name",
    ["a,b", "a'b", 'a"b', "a`b", "a\\b", "a/b", "a|b", "a[b", "a]b", "a%b", "~a", "..", " a"],
)
def test_names_of_others_that_would_mean_more_or_break_something(name: str) -> None:
    assert not means_itself(name)


@pytest.mark.parametrize("name", ["a b", "a=b", "zürich", "+a", "-a", "#a"])
def test_names_of_others_that_mean_themselves(name: str) -> None:
    """None of ours, but an object that has one need not be left out."""
    assert means_itself(name)


@pytest.mark.parametrize("text", ["+a", "-a", "a,+b", "+-a", "++a", "a,,b", ",", "+", "-"])
def test_lists_of_names_that_mean_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        NAMES.parse(text)


@every_kind
@given(written=anything)
def test_any_text_parses_to_a_value_that_goes_everywhere_or_is_refused(
    kind: Kind, written: str
) -> None:
    try:
        value = kind.parse(written)
    except ValueError:
        return
    shown = kind.text(value)
    if value is not None:
        assert kind.parse(shown) == value
    shown.encode("utf-8")
    json.dumps(kind.dump(kind.merge(kind.load(None), Operator.SET, value))).encode()


@pytest.mark.parametrize(
    ("kind", "wire", "value"),
    [
        ("count", {"set": True, "infinite": False, "number": 7}, 7),
        ("count", {"set": True, "infinite": False, "number": 0}, 0),
        ("count", {"set": False, "infinite": False, "number": 7}, None),
        ("count", {"set": True, "infinite": True, "number": 7}, None),
        ("count", {"set": False, "infinite": True, "number": 0}, None),
        ("number", 7, 7),
        ("number", 0xFFFFFFFF, None),
        ("number", 0xFFFFFFFE, None),
        ("count", None, None),
        ("shares", 2147483647, "parent"),
        ("shares", 1, 1),
        ("shares", None, None),
        ("name", "", None),
        ("optional name", "high", "high"),
        ("names", ["b", "a"], ("a", "b")),
        ("names", None, ()),
        ("text", "", ""),
        ("text", None, None),
        ("tres", None, {}),
        ("tres", [{"type": "cpu", "name": "", "id": 1, "count": 5}], {"cpu": 5}),
        ("tres", [{"type": "cpu", "name": "", "id": 1, "count": -1}], {}),
        ("tres", [{"type": "gres", "name": "gpu", "id": 1001, "count": 0}], {"gres/gpu": 0}),
        ("seconds", {"set": True, "infinite": False, "number": 90}, 90),
        ("seconds", {"set": False, "infinite": True, "number": 0}, None),
        ("grace", 30, 30),
        ("grace", None, 0),
        ("weight", {"set": True, "infinite": False, "number": 5}, 5),
        ("weight", {"set": False, "infinite": False, "number": 0}, 0),
        ("weight", None, 0),
        ("real", {"set": True, "infinite": False, "number": 0.1 + 0.2}, 0.3),
        ("real", {"set": True, "infinite": False, "number": 0}, 0.0),
        ("real", {"set": True, "infinite": True, "number": 0.0}, None),
        ("real", {"set": False, "infinite": False, "number": 5.0}, None),
        ("real", None, None),
        ("factor", {"set": False, "infinite": False, "number": 0.0}, 1.0),
        ("factor", None, 1.0),
        ("name set", ["b", "a"], ("a", "b")),
        ("officers", [{"name": "b", "direct": True}, {"name": "a", "direct": True}], ("a", "b")),
        ("officers", [{"name": "b", "direct": False}], ()),
        ("officers", None, ()),
        ("flags", ["NO_DECAY", "DENY_LIMIT", "NEW"], ("DenyOnLimit", "NEW", "NoDecay")),
        ("flags", None, ()),
        ("level", ["Administrator"], "Administrator"),
        ("level", [], "None"),
        ("level", ["Not Set"], "Not Set"),
        ("mode", ["REQUEUE"], "requeue"),
        ("mode", ["DISABLED"], "cluster"),
        ("mode", ["SUSPEND", "GANG"], "gang,suspend"),
        ("mode", [], "unreported"),
        ("mode", None, "cluster"),
        ("mark", True, True),
        ("mark", False, False),
        ("mark", None, False),
        ("listed mark", ["USERS_ARE_COORDS", "DELETED"], True),
        ("listed mark", ["NotDeleted"], False),
    ],
)
def test_what_slurmrestd_writes(kind: str, wire: Json, value: Value) -> None:
    assert KINDS[kind].load(wire) == value


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [
        ("count", 7, {"set": True, "infinite": False, "number": 7}),
        ("count", 0, {"set": True, "infinite": False, "number": 0}),
        ("count", None, {"set": True, "infinite": True, "number": 0}),
        ("minutes", 90, {"set": True, "infinite": False, "number": 90}),
        ("shares", "parent", 2147483647),
        ("shares", 3, 3),
        ("optional name", None, ""),
        ("names", ("a", "b"), ["a", "b"]),
        ("names", (), []),
        ("tres", {"gres/gpu": 2}, [{"type": "gres", "name": "gpu", "count": 2}]),
        ("tres", {}, []),
        ("tres", {"cpu": -1}, [{"type": "cpu", "name": "", "count": -1}]),
        ("seconds", None, {"set": True, "infinite": True, "number": 0}),
        ("grace", 30, 30),
        ("grace", 0, 0),
        ("weight", 0, {"set": True, "infinite": False, "number": 0}),
        ("real", 2, {"set": True, "infinite": False, "number": 2.0}),
        ("real", None, {"set": True, "infinite": True, "number": 0.0}),
        ("name set", ("a", "b"), ["a", "b"]),
        ("officers", ("a",), [{"name": "a"}]),
        ("flags", ("DenyOnLimit", "NEW"), ["DENY_LIMIT", "NEW"]),
        ("flags", (), []),
        ("level", "Operator", ["Operator"]),
        ("mode", "cluster", ["DISABLED"]),
        ("mode", "requeue", ["REQUEUE"]),
    ],
)
def test_what_slurmrestd_is_sent(kind: str, value: Value, wire: Json) -> None:
    assert KINDS[kind].dump(value) == wire


@every_kind
@given(data=st.data())
def test_any_value_goes_to_slurmrestd_and_back(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    sent = json.loads(json.dumps(kind.dump(value)))
    assert kind.load(as_told(kind, sent)) == value


def as_told(kind: Kind, sent: Json) -> Json:
    """Return what slurmrestd tells of what it was sent: of officers whether they are direct."""
    return [{**one, "direct": True} for one in sent] if isinstance(kind, Officers) else sent


BAD: Mapping[str, Sequence[Json]] = {
    "count": (7, "7", [], True, {"set": True}, {"set": 1, "infinite": False, "number": 1}),
    "minutes": (7, {"set": True, "infinite": False, "number": True}),
    "shares": ("7", 1.5, False, {}, 10**400),
    "real": (0.5, {"set": True, "infinite": False, "number": 10**400}),
    "text": (7, [], {}),
    "name": (7, [], False),
    "names": ("a", {}, [7], [None]),
    "officers": (["a"], [{"name": "a"}], [{"name": None, "direct": True}]),
    "tres": ("cpu=1", {}, [7], [{"type": "cpu", "name": ""}],
             [{"type": "cpu", "name": None, "count": 1}],
             [{"type": "cpu", "name": "", "count": "1"}]),
    "flags": ("NO_DECAY", [7]),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "json"), [(k, one) for k, some in BAD.items() for one in some])
def test_what_is_not_of_the_kind_is_never_unset(kind: str, json: Json) -> None:
    with pytest.raises(ValueError, match=" is n"):
        KINDS[kind].load(json)


@pytest.mark.parametrize("name", ["real", "factor", "real above 0"])
@given(data=st.data())
def test_a_real_number_is_sent_with_a_point(name: str, data: st.DataObject) -> None:
    """slurmrestd warns of an integer, and a warning on a write is an error."""
    sent = KINDS[name].dump(data.draw(values(KINDS[name]) | st.integers(0, 5)))
    assert type(sent["number"]) is float


@given(data=st.data())
def test_what_slurmrestd_has_a_word_for(data: st.DataObject) -> None:
    value = data.draw(values(PREEMPT_MODE))
    assert isinstance(value, str)
    alone = not {"within", "priority"} & set(value.split(","))
    assert PREEMPT_MODE.needs_argument(value) is alone
    assert not PREEMPT_MODE.needs_argument(PREEMPT_MODE.UNREPORTED)


# --- merge and steps


@every_kind
@given(data=st.data())
def test_set_twice_is_set_once(kind: Kind, data: st.DataObject) -> None:
    current = data.draw(values(kind))
    value = data.draw(assigned_values(kind))
    once = kind.merge(current, Operator.SET, value)
    assert kind.merge(once, Operator.SET, value) == once


@given(current=tres, named=assigned_values(TRES))
def test_tres_merge_changes_only_what_it_names(current: Value, named: Value) -> None:
    assert isinstance(current, dict)
    merged = TRES.merge(current, Operator.SET, named)
    if named is None:
        assert merged == {}
        return
    assert isinstance(named, dict)
    expected = dict(current)
    for name, count in named.items():
        if count is None:
            expected.pop(name, None)
        else:
            expected[name] = count
    assert merged == expected


@given(current=name_sets, named=name_sets)
def test_names_of_its_own_are_added_and_taken_away(current: Value, named: Value) -> None:
    if not current:
        return
    assert isinstance(current, tuple)
    assert isinstance(named, tuple)
    assert NAMES.merge(current, Operator.ADD, named) == tuple(sorted({*current, *named}))
    assert NAMES.merge(current, Operator.REMOVE, named) == tuple(sorted({*current} - {*named}))


@given(above=name_sets, current=signed_sets(), named=name_sets)
def test_changes_to_inherited_names_hold_whatever_is_above(
    above: Value, current: Value, named: Value
) -> None:
    assert isinstance(named, tuple)
    there = NAMES.applied(above, current)
    assert isinstance(there, tuple)
    added = NAMES.merge(current, Operator.ADD, named)
    assert NAMES.inherits(added)
    assert NAMES.applied(above, added) == tuple(sorted({*there, *named}))
    gone = NAMES.merge(current, Operator.REMOVE, named)
    assert NAMES.inherits(gone)
    assert NAMES.applied(above, gone) == tuple(sorted({*there} - {*named}))


@pytest.mark.parametrize(
    ("current", "act", "named", "merged"),
    [
        ((), Operator.ADD, ("high",), ("+high",)),
        ((), Operator.REMOVE, ("high",), ("-high",)),
        (("+high",), Operator.REMOVE, ("high",), ("-high",)),
        (("-high",), Operator.ADD, ("high",), ("+high",)),
        (("+high",), Operator.ADD, ("low",), ("+high", "+low")),
        (("high",), Operator.SET, (), ()),
        (("+high",), Operator.SET, ("low",), ("low",)),
    ],
)
def test_merges_of_names(current: Value, act: Operator, named: Value, merged: Value) -> None:
    assert NAMES.merge(current, act, named) == merged


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if not isinstance(k, Mark)])
@given(data=st.data())
def test_steps_lead_sacctmgr_from_before_to_after(kind: Kind, data: st.DataObject) -> None:
    before = data.draw(values(kind))
    act = data.draw(st.sampled_from(sorted(kind.acts)))
    after = kind.merge(before, act, data.draw(assigned_values(kind)))
    if after == before:
        return
    told = before
    for step in kind.to_assignments(before, after):
        told = sacctmgr_applies(kind, told, step)
    assert told == after


@pytest.mark.parametrize(
    "kind", [NAME_SET, OFFICERS, QOS_FLAGS], ids=["names", "officers", "flags"]
)
@given(data=st.data())
def test_sets_that_nothing_is_inherited_of(kind: Kind, data: st.DataObject) -> None:
    current, named = data.draw(values(kind)), data.draw(values(kind))
    assert isinstance(current, tuple)
    assert isinstance(named, tuple)
    assert kind.merge(current, Operator.SET, named) == named
    assert kind.merge(current, Operator.ADD, named) == tuple(sorted({*current, *named}))
    assert kind.merge(current, Operator.REMOVE, named) == tuple(sorted({*current} - {*named}))


@pytest.mark.parametrize(
    ("kind", "before", "after", "steps"),
    [
        ("seconds", None, 30, ["=00:00:30"]),
        ("seconds", 30, None, ["=-1"]),
        ("grace", 0, 90, ["=90"]),
        ("grace", 90, 0, ["=0"]),
        ("weight", 5, 0, ["=0"]),
        ("real", None, 0.5, ["=0.500000"]),
        ("real", 0.5, None, ["=-1"]),
        ("name set", ("a", "b"), ("b",), ["=b"]),
        ("name set", ("a",), (), ["="]),
        ("flags", (), ("NoDecay", "Relative"), ["=NoDecay,Relative"]),
        ("flags", ("NoDecay",), (), ["=-1"]),
        ("level", "None", "Operator", ["=Operator"]),
        ("level", "Operator", "None", ["=None"]),
        ("mode", "cluster", "within,cancel", ["=within,cancel"]),
        ("mode", "gang", "cluster", ["=cluster"]),
        ("count", 5, None, ["=-1"]),
        ("count", None, 0, ["=0"]),
        ("minutes", None, 1590, ["=1-02:30:00"]),
        ("shares", 1, "parent", ["=parent"]),
        ("text", "a", "", ["="]),
        ("optional name", "high", None, ["=-1"]),
        ("names", ("a",), ("a", "b"), ["=a,b"]),
        ("names", ("a",), (), ["="]),
        ("names", (), ("+b", "-c"), ["+=b", "-=c"]),
        ("names", ("+b",), ("-b",), ["-=b"]),
        ("tres", {"cpu": 1, "mem": 5}, {"cpu": 1, "node": 3}, ["=mem=-1,node=3"]),
        ("tres", {"mem": 1}, {"mem": 2048}, ["=mem=2G"]),
    ],
)
def test_steps(kind: str, before: Value, after: Value, steps: list[str]) -> None:
    assert KINDS[kind].to_assignments(before, after) == steps


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("a\nb\x1b[1m", 60, "a\\nb\\x1b[1m"),
        ("é", 60, "é"),
        ("\udcff", 60, "\\udcff"),
        ("a" * 61, 60, "a" * 59 + "…"),
        ("a" * 60, 60, "a" * 60),
        ("a" * 99, 0, "a" * 99),
    ],
)
def test_printable(text: str, longest: int, shown: str) -> None:
    assert printable(text, longest) == shown


def test_a_unit_that_sacctmgr_prints_of_gpu_memory_is_one_of_mb() -> None:
    """It reads gres/gpumem=1G as 2**30, so the number goes back to it without a unit."""
    held = TRES.read("cpu=1,gres/gpumem=1G,gres/gpumem:a100=1025M")
    assert held == {"cpu": 1, "gres/gpumem": 1024, "gres/gpumem:a100": 1025}
    assert TRES.to_assignments({}, held) == ["=cpu=1,gres/gpumem=1024,gres/gpumem:a100=1025"]


@given(st.text())
def test_printable_is_one_line_that_any_terminal_bears(text: str) -> None:
    shown = printable(text, 0)
    assert shown.isprintable()
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("kind", "printed", "value"),
    [
        ("tres", "cpu=1,mem=8?", {"cpu": 1, "mem": 8 * 1024**4}),
        (
            "tres",
            "bb/cray=3G,mem=0",
            {"bb/cray": 3072, "mem": 0},
        ),
        ("tres", "mem=1023P", {"mem": 1023 * 1024**3}),
        ("minutes", "100000-00:00:00", 144_000_000),
        ("count", "4294967293", 4_294_967_293),
        ("seconds", "100000-00:00:01", 8_640_000_001),
        ("grace", "00:00:30", 30),
        ("level", "Not Set", "Not Set"),
        ("mode", "suspend,gang", "suspend,gang"),
    ],
)
def test_what_slurm_holds_is_read_though_we_would_not_write_it(
    kind: str, printed: str, value: Value
) -> None:
    """sacctmgr prints `?` for the unit after P; one such row must not make a list fail."""
    assert KINDS[kind].read(printed) == value
    assert KINDS[kind].text(value) == printed


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [(TRES_NAME, " gres/gpu:a100 ", "gres/gpu:a100"), (MONTH, "2026-10", "2026-10")],
)
def test_texts_of_conditions(kind: Kind, text: str, value: str) -> None:
    assert kind.parse(text) == value
    assert (kind.load(value), kind.load(None)) == (value, None)
    with pytest.raises(ValueError, match=r"^5 is not a string$"):
        kind.load(5)


@pytest.mark.parametrize("text", ["-1", "Infinite", " UNLIMITED "])
def test_words_that_clear(text: str) -> None:
    kinds = (COUNT, MINUTES, DURATION, GRACE_TIME, SHARES, WEIGHT, Real("factor"))
    assert [kind.parse(text) for kind in kinds] == [None, None, None, 0, 1, 0, None]


def test_minutes_are_whole_and_rounded_up() -> None:
    found = [MINUTES.read(text) for text in ("00:00:30", "00:01:00", "00:01:01", "1-00:00:00", "")]
    assert [(value, type(value)) for value in found] == [
        (1, int), (1, int), (2, int), (1440, int), (None, type(None)),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["5", "cpü", "\x1b[1m", ""])
def test_what_is_no_tres(text: str) -> None:
    with pytest.raises(ValueError, match="is not a TRES") as refused:
        TRES_NAME.parse(text)
    assert str(refused.value) == f"'{printable(text)}' is not a TRES, like cpu or gres/gpu"


def test_a_moment_is_shown_without_its_offset() -> None:
    shown = [MOMENT.text(value) for value in ("2026-10-01T12:00:00+02:00", 1790000000, None)]
    assert shown == ["2026-10-01T12:00:00", "1790000000", ""]
    loaded = [MOMENT.load(number) for number in (0, 1, 2**32 - 3, 2**32 - 2, None)]
    assert loaded == [None, 1, 2**32 - 3, None, None]


@pytest.mark.parametrize(
    ("value", "sure"), [("off", True), ("gang,suspend", True), ("gang", True), ("cancel", False)]
)
def test_modes_that_slurmrestd_tells_whole(value: str, sure: bool) -> None:
    mode = Mode({"off": "DISABLED", "gang": "GANG", "suspend": "SUSPEND", "cancel": "CANCEL"}, "")
    assert mode.is_sure(value) is sure


def test_a_choice_is_made_in_any_case() -> None:
    choice = Choice({"hours": "", "minutes": ""}, "word")
    assert choice.parse("Hours") == "hours"
    with pytest.raises(ValueError, match=r"^'hour' is not one of hours, minutes"):
        choice.parse("hour")


def test_the_bounds_of_whole_numbers() -> None:
    for good in (-(2**63), 0, 2**64 - 1):
        assert whole_number(good) == good
    for bad in (-(2**63) - 1, 2**64, 1.0, True, "1", None):
        with pytest.raises(ValueError, match="is not a whole number"):
            whole_number(bad)


def test_what_is_neither_true_nor_false() -> None:
    assert [truth(True), truth(False)] == [True, False]
    with pytest.raises(ValueError, match=r"^1 is neither true nor false"):
        truth(1)


@pytest.mark.parametrize("number", [0xD800, 0xDFFF])
def test_halves_of_characters_are_no_text(number: int) -> None:
    with pytest.raises(ValueError, match="the text is not UTF-8"):
        KINDS["text"].parse(f"a{chr(number)}")
