"""Which side a difference comes from, and what becomes of a conflict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import ClusterState, Site
from slurmctl_rest.site.export import exported
from slurmctl_rest.site.origins import ChangeOrigin, conflict_of, kept, origins
from tests.site.states import small_state, states
from tests.site.test_site import read

FILE = """
[qos.high]
Priority = {0}
[account.physics]
MaxJobs = {1}
GrpTRES = {{ cpu = {2} }}
users = [{{ User = "alice", MaxJobs = {3} }}, "bob"]
"""


def told(site: Site, applied: Site, state: ClusterState) -> list[ChangeOrigin]:
    found, since = compare(site, state), compare(applied, state)
    return origins([*found.changes, *found.only_here], [*since.changes, *since.only_here])


def with_values(site: Site, state: ClusterState) -> ClusterState:
    """Return the cluster as it is once the file was applied."""
    found = compare(site, state)
    accounts = {c.name: c.new for c in found.accounts}
    rows = {**found.final}
    return replace(
        state,
        accounts={**state.accounts, **accounts},
        rows=rows,
        qos={**state.qos, **{c.name: c.new for c in found.qos}},
        users={**state.users, **{c.name: c.new for c in found.users}},
    )


def test_both_sides_are_told_apart() -> None:
    applied = read(FILE.format(30, 5, 10, 2))
    meanwhile = with_values(read(FILE.format(31, 6, 10, 2)), with_values(applied, small_state()))
    now = read(FILE.format(30, 7, 11, 2))
    found = told(now, applied, meanwhile)
    assert list(map(str, found)) == [
        "qos 'high' Priority: changed on the cluster since your last apply (applied last: 30)",
        "account 'physics' GrpTRES: changed in your file",
        "account 'physics' MaxJobs: changed on the cluster and in your file since your last apply "
        "(applied last: 5)",
    ]
    conflict = conflict_of([replace(one, by="bob") for one in found])
    assert conflict is not None
    assert conflict.message == (
        "changed on the cluster and in the file since the last apply: account 'physics' MaxJobs: "
        "the file has 7, the last apply had 5, and the cluster has 6, by bob"
    )
    assert conflict_of([one for one in found if one.place != "both"]) is None
    left = compare(kept(now, found), meanwhile)
    assert [{*change.fields} for change in left.changes] == [{"Priority"}, {"GrpTRES"}]


def test_what_was_left_on_the_cluster_has_changed_nowhere() -> None:
    site = read('[account.physics]\nusers = ["zoe"]\n')
    only = compare(site, small_state()).only_here
    left = {(one.entity.noun, one.name) for one in only[:1]}
    assert len(only) > 1
    assert [one.change for one in origins(only, only, left)] == only[1:]


def test_objects_come_and_go_on_either_side() -> None:
    applied = read('[account.physics]\nusers = ["alice", "bob"]\n[account.optics]\n')
    state = with_values(applied, small_state())
    rows = {key: row for key, row in state.rows.items() if key.user != "bob"}
    now = read('[account.physics]\nusers = ["bob", "zoe"]\n')
    found = told(now, applied, replace(state, rows=rows))
    places = {one.change.name: one.place for one in found if not one.field}
    assert places["bob in physics"] == "cluster"  # removed there
    assert places["zoe in physics"] == places["alice in physics"] == places["optics"] == "file"


@given(states(), states())
def test_what_is_kept_is_no_difference_any_more(state: ClusterState, other: ClusterState) -> None:
    """Of whatever both sides have changed the cluster's value stands, and nothing else does."""
    try:
        site = exported(other, read("").scope, {})
        found = compare(site, state)
    except SlurmctlError:
        return  # the file does not go with the cluster, which other tests are about
    both = [
        ChangeOrigin(change, name, "both", before)
        for change in found.changes
        if change.action == "modify"
        for name, (before, _) in change.fields.items()
        if name not in {"Parent", "DefaultQOS", "DefaultAccount"}
    ]
    left = compare(kept(site, both), state)
    names = {(one.change.entity.noun, one.change.name, one.field) for one in both}
    for change in left.changes:
        if change.action == "modify":
            assert not {(change.entity.noun, change.name, name) for name in change.fields} & names


@given(st.data())
def test_a_file_that_is_applied_again_has_changed_nowhere(data: st.DataObject) -> None:
    state = data.draw(states())
    site = exported(state, read("").scope, {})
    assert told(site, site, state) == []
