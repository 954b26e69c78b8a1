"""What has changed from one state of a cluster to another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from slurmctl_rest.site.between import changes_between
from slurmctl_rest.site.desired import ClusterState
from tests.support import qos

from .states import small_state, states, with_accounts


@given(states(), states())
def test_the_way_back_is_the_way_there_turned_round(then: ClusterState, now: ClusterState) -> None:
    assert changes_between(then, then) == []
    there, back = changes_between(then, now), changes_between(now, then)
    assert [(one.entity, one.name, one.old, one.new) for one in there] == [
        (one.entity, one.name, one.new, one.old) for one in back
    ]


def test_the_end_of_inherited_qos_is_told_with_what_was_inherited() -> None:
    then = small_state()
    now = with_accounts(then, {**then.accounts["physics"], "QosLevel": ("high",)})
    (change,) = changes_between(then, now)
    assert (change.name, change.inherited) == ("physics", {"QosLevel": ("normal",)})
    (change,) = changes_between(now, then)
    assert (change.name, change.inherited) == ("physics", {})


def test_each_object_is_told_once_with_what_differs() -> None:
    then = small_state()
    key = next(key for key in then.rows if key.user)
    rows = {**then.rows, key: {**then.rows[key], "MaxJobs": 7}}
    del rows[next(other for other in rows if other.user and other != key)]
    now = replace(then, rows=rows, qos={**then.qos, "high": qos("high")})
    found = [
        (one.action, one.entity.noun, *(["MaxJobs"] if "MaxJobs" in one.fields else []))
        for one in changes_between(then, now)
    ]
    assert ("add", "qos") in found
    assert ("modify", "association", "MaxJobs") in found
    assert ("delete", "association") in [one[:2] for one in found]
    assert len(found) == 3
