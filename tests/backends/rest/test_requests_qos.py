"""Requests for QOS and coordinators, whole; and what slurmrestd has no words for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest import unsupported
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.writes import writes
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, QOS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json, Operator
from slurmctl_rest.model.versions import KNOWN, V40, V41, V42, V43, ApiVersion
from slurmctl_rest.planning import accounts
from slurmctl_rest.planning import qos as plans
from tests.models import slurmrestd_applies_to_qos
from tests.strategies import qos_additions, qos_modifications
from tests.support import PHYSICS, account, alike, assign, association, at, only, qos, to_each

PLACE = "/slurmdb/v0.0.43"
HIGH = qos(
    "high", Priority=5, Flags=("DenyOnLimit", "NoDecay"), Preempt=("low",), PreemptMode="requeue",
    GrpTRES={"cpu": 5, "mem": 1024}, UsageThreshold=0.5,
)  # fmt: skip


def number(value: float | None) -> Json:
    return {"set": True, "infinite": value is None, "number": value or 0}


def modification(row: Row, *tokens: str) -> RowChange:
    return only(plans.modify(alike([row], [assign(token, QOS) for token in tokens]))).change


def item_of(change: RowChange, version: ApiVersion = V43) -> Json:
    request = only(writes([change], version))
    assert (request.method, request.path) == ("POST", f"/slurmdb/{version}/qos/")
    assert (request.query, request.changes) == ({}, (change,))
    return only(request.body["qos"])


# --- laws


@given(change=qos_modifications() | qos_additions(), version=st.sampled_from(KNOWN))
def test_slurmrestd_makes_of_the_body_what_was_planned(
    change: RowChange, version: ApiVersion
) -> None:
    try:
        found = writes([change], version)
    except Unsupported:
        return
    if not change.changes:
        assert found == []
        return
    item = only(only(found).body["qos"])
    before = change.before or {**qos("slow"), "Description": None}
    assert slurmrestd_applies_to_qos(before, item) == change.after


@given(change=qos_modifications())
def test_a_modify_always_tells_flags_and_mode(change: RowChange) -> None:
    """Left out, both are reset."""
    try:
        found = writes([change], V43)
    except Unsupported:
        return
    for request in found:
        item = only(request.body["qos"])
        assert item["flags"]
        assert len(item["preempt"]["mode"]) == 1


@given(change=qos_modifications() | qos_additions())
def test_numbers_with_a_fraction_are_sent_as_such(change: RowChange) -> None:
    try:
        found = writes([change], V43)
    except Unsupported:
        return
    for request in found:
        item = only(request.body["qos"])
        for path in ("usage_factor", "usage_threshold", "limits.factor"):
            sent = at(item, path)
            assert sent is None or type(sent["number"]) is float


# --- examples


def test_a_new_qos_whole() -> None:
    asked = [
        assign(token, QOS)
        for token in ("Priority=3", "Flags=NoDecay", "PreemptMode=cancel", "MaxTRESPU=gres/gpu=4",
                      "UsageFactor=2", "GraceTime=30", "Preempt=low", "GrpSubmitJobs=9")
    ]  # fmt: skip
    change = only(plans.add(dict.fromkeys(["slow"], asked), [])).change
    assert item_of(change) == {
        "name": "slow",
        "description": "slow",
        "priority": number(3),
        "flags": ["NO_DECAY"],
        "preempt": {"list": ["low"], "mode": ["CANCEL"]},
        "usage_factor": number(2.0),
        "limits": {
            "grace_time": 30,
            "max": {
                "jobs": {"count": number(9)},
                "tres": {"per": {"user": [{"type": "gres", "name": "gpu", "count": 4}]}},
            },
        },
    }


KEPT = {"name": "high", "flags": ["NOT_SET"], "preempt": {"mode": ["REQUEUE"]}}


@pytest.mark.parametrize(
    ("tokens", "item"),
    [
        (["Priority=6"], {**KEPT, "priority": number(6)}),
        (["Priority=-1"], {**KEPT, "priority": number(0)}),
        (["Description=x"], {**KEPT, "description": "x"}),
        (["Flags+=Relative"], {**KEPT, "flags": ["DENY_LIMIT", "NO_DECAY", "RELATIVE"]}),
        (["Flags-=NoDecay"], {**KEPT, "flags": ["DENY_LIMIT"]}),
        (["Flags=-1"], {**KEPT, "flags": ["REMOVE", "DENY_LIMIT", "NO_DECAY"]}),
        (["PreemptMode=gang"], {**KEPT, "preempt": {"mode": ["GANG"]}}),
        (
            ["Preempt+=normal"],
            {**KEPT, "preempt": {"mode": ["REQUEUE"], "list": ["low", "normal"]}},
        ),
        (["UsageThreshold=-1"], {**KEPT, "usage_threshold": number(None)}),
        (
            ["GrpTRES=cpu=-1,node=2"],
            {**KEPT, "limits": {"max": {"tres": {"total": [
                {"type": "cpu", "name": "", "count": -1},
                {"type": "mem", "name": "", "count": 1024},
                {"type": "node", "name": "", "count": 2},
            ]}}}},
        ),
        (
            ["GrpTRES=-1"],
            {**KEPT, "limits": {"max": {"tres": {"total": [
                {"type": "cpu", "name": "", "count": -1},
                {"type": "mem", "name": "", "count": -1},
            ]}}}},
        ),
        (["PreemptExemptTime=0:30"], {**KEPT, "preempt": {"mode": ["REQUEUE"],
                                                         "exempt_time": number(30)}}),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)  # fmt: skip
def test_a_modify_whole(tokens: list[str], item: Json) -> None:
    assert item_of(modification(HIGH, *tokens)) == item


def test_many_qos_go_in_one_request() -> None:
    rows = [qos("a"), qos("b")]
    changes = [o.change for o in plans.modify(alike(rows, [assign("Priority=1", QOS)]))]
    request = only(writes(changes, V43))
    assert [item["name"] for item in request.body["qos"]] == ["a", "b"]
    assert request.changes == tuple(changes)


def test_delete() -> None:
    plan = plans.delete([qos("low")], [HIGH, qos("low")], [])
    change = plan[-1].change
    assert only(writes([change], V43)) == Request("DELETE", f"{PLACE}/qos/low", changes=(change,))


# --- refusals


CLI = 'use a profile with execution_mode = "cli"'
SINCE = f"set api_version to v0.0.42 or later, or {CLI}"


@pytest.mark.parametrize(
    ("row", "token", "version", "message", "hint"),
    [
        (HIGH, "GrpSubmitJobs=1", V40, "API v0.0.40 of slurmrestd cannot set GrpSubmitJobs", SINCE),
        (HIGH, "GrpTRESMins=cpu=1", V41, "API v0.0.41 of slurmrestd cannot set GrpTRESMins", SINCE),
        (HIGH, "PreemptMode=within", V43, "slurmrestd cannot set PreemptMode=within", CLI),
        (
            HIGH, "PreemptMode=priority,cancel", V43,
            "slurmrestd cannot set PreemptMode=priority,cancel", CLI,
        ),
        (
            qos("high", PreemptMode="unreported"), "Priority=1", V43,
            "slurmrestd cannot keep its PreemptMode, which contains within or priority", CLI,
        ),
        (HIGH, "Preempt=", V43, "slurmrestd cannot empty Preempt", CLI),
        (HIGH, "Preempt-=low", V43, "slurmrestd cannot empty Preempt", CLI),
        (
            qos("high", GrpTRES={"cpu": 2**63}), "GrpTRES=node=5", V43,
            f"slurmrestd cannot store its GrpTRES=cpu={2**63},node=5",
            f"lower that limit, or {CLI}",
        ),
    ],
)  # fmt: skip
def test_what_slurmrestd_has_no_words_for_is_refused(
    row: Row, token: str, version: ApiVersion, message: str, hint: str
) -> None:
    change = modification(row, token)
    with pytest.raises(Unsupported) as refused:
        writes([change], version)
    assert (refused.value.message, refused.value.hint) == (f"qos 'high': {message}", hint)
    assert str(unsupported.unsupported_reason(change, version)) == str(refused.value)


@pytest.mark.parametrize(
    ("row", "token", "version"),
    [
        (HIGH, "GrpSubmitJobs=1", V42),
        (HIGH, "Priority=1", V40),
        (qos("high", PreemptMode="unreported"), "PreemptMode=cancel", V43),
        (qos("high"), "Preempt=low", V43),
    ],
)
def test_what_it_has_words_for_is_not(row: Row, token: str, version: ApiVersion) -> None:
    assert unsupported.unsupported_reason(modification(row, token), version) is None


def test_a_deletion_is_never_refused() -> None:
    for mode in ("within", "unreported", "cluster"):
        change = RowChange(QOS, "delete", "high", qos("high", PreemptMode=mode), None)
        assert unsupported.unsupported_reason(change, V40) is None


@pytest.mark.parametrize(
    ("mode", "tokens", "warned"),
    [
        ("requeue", ["Priority=6"], True),
        ("cluster", ["Priority=6"], False),
        ("requeue", ["PreemptMode=gang"], False),
    ],
)
def test_what_a_write_may_take_away_unseen_is_said(
    mode: str, tokens: list[str], warned: bool
) -> None:
    change = modification(qos("high", PreemptMode=mode), *tokens)
    assert unsupported.write_warning(change) == (
        "qos 'high': slurmrestd does not show whether its PreemptMode requeue also contains "
        "'within' or 'priority'; if so, this write removes them"
        if warned
        else ""
    )


def test_nothing_else_is_warned_of() -> None:
    row = account("a")
    assert (
        unsupported.write_warning(RowChange(ACCOUNT, "modify", "a", row, {**row, "MaxJobs": 1}))
        == ""
    )
    assert unsupported.write_warning(RowChange(QOS, "delete", "high", HIGH, None)) == ""
    assert unsupported.write_warning(only(plans.add({"x": []}, [])).change) == ""


def test_the_end_of_inherited_qos_is_warned_of_once() -> None:
    inherited = {"QosLevel": ("normal",)}
    warned = {
        unsupported.write_warning(RowChange(ACCOUNT, "modify", name, {}, {}, inherited=inherited))
        for name in ("a", "b")
    }
    assert warned == {
        "a QosLevel of its own ends the inheritance of QOS, which only the Slurm commands can "
        "restore: set QosLevel=''"
    }
    nothing = RowChange(ACCOUNT, "modify", "a", {}, {}, inherited={"QosLevel": ()})
    assert unsupported.write_warning(nothing) == ""


# --- coordinators


def test_coordinators_go_one_account_a_request() -> None:
    """Of several accounts in one POST only the first would get new coordinators."""
    rows = [PHYSICS, account("zoo"), account("art")]
    plan = plans.plan_coordinators(rows, to_each(rows, ["bob"]), Operator.ADD, ["bob"], rows)
    found = writes([o.change for o in plan], V43)
    assert {request.path for request in found} == {f"{PLACE}/accounts/"}
    sent = [only(request.body["accounts"]) for request in found]
    assert {item["name"]: item["coordinators"] for item in sent} == {
        "physics": [{"name": "alice"}, {"name": "bob"}],
        "zoo": [{"name": "bob"}],
        "art": [{"name": "bob"}],
    }


def test_a_coordinator_of_an_account_above_is_refused() -> None:
    row = account("optics", "physics", IndirectCoordinators=("alice",))
    change = only(
        plans.plan_coordinators(
            [row], to_each([row], ["alice", "bob"]), Operator.ADD, ["alice", "bob"], [row]
        )
    ).change
    refused = unsupported.unsupported_reason(change, V43)
    assert refused is not None
    assert refused.message == (
        "account 'optics': slurmrestd cannot make alice its coordinator, who already "
        "coordinates it by an account above it or the flag UsersAreCoords"
    )
    other = only(
        plans.plan_coordinators([row], to_each([row], ["bob"]), Operator.ADD, ["bob"], [row])
    ).change
    assert unsupported.unsupported_reason(other, V43) is None


def test_an_account_deleted_on_one_of_its_clusters_names_all_below() -> None:
    rows = [
        account("root", None), account("a", Clusters=("alps", "jura")), account("b", "a"),
        account("c", "b"),
    ]  # fmt: skip
    own = [association(str(r["Account"]), None, str(r["Parent"])) for r in rows]
    plan = accounts.delete(rows[1:2], own[1:], rows, "alps")
    assert only(writes([o.change for o in plan], V43)).query == {
        "account": "a,b,c", "cluster": "alps",
    }  # fmt: skip
