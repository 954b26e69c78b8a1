"""The file of a site: read, written, compared, and planned."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from slurmctl_rest.errors import Changed, Conflict, NotFound, SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model.change import Outcome
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.planning.associations import with_default_accounts
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.render.json import dumped
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.desired import ClusterState, Scope, Site, edited
from slurmctl_rest.site.document import Part, Reader, document_of
from slurmctl_rest.site.export import exported
from slurmctl_rest.site.files import document_text, parsed
from slurmctl_rest.site.plan import StoredPlan, read_plan, restricted, stored_plan
from slurmctl_rest.site.pruning import final_associations, pruned, pruned_qos
from slurmctl_rest.site.steps import DELETIONS, LAST, add_deletions, planned_steps
from tests.support import qos

from .states import carried_out, small_state, states, with_accounts

ALL = Scope("alps", ("root",), ("*",))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FORMS = ("toml", "yaml", "json")


def read(text: str, form: str = "toml", now: datetime = NOW) -> Site:
    return Reader(now, lambda word, _file: [(word, {"User": "dora"})]).site(
        [parsed(Path(f"site.{form}"), text)]
    )


def plan(site: Site, state: ClusterState, *, prune: bool = True) -> PlanSteps:
    found = compare(site, state)
    steps = planned_steps(found, lambda _: None)
    if prune:
        going = with_default_accounts(pruned(found, site.scope), final_associations(found))
        qos = pruned_qos(found, [])
        for error in filter(None, (one.error for one in (*going[0], *qos))):
            raise error
        add_deletions(steps, DELETIONS, *going)
        add_deletions(steps, LAST, qos)
    return steps


@given(states())
@settings(max_examples=25, deadline=None)
def test_an_export_is_read_back_as_it_is_and_differs_in_nothing(state: ClusterState) -> None:
    site = exported(state, ALL)
    document = document_of(site)
    for form in FORMS:
        assert read(document_text(document, form), form) == site
    assert compare(site, state).is_equal
    assert plan(site, state).steps == []


@given(states(), states())
@settings(max_examples=60, deadline=None)
def test_the_plan_of_an_export_leads_from_any_cluster_to_that_one(
    wanted: ClusterState, state: ClusterState
) -> None:
    site = exported(wanted, ALL)
    # Accounts that change places would leave one below what goes.
    with contextlib.suppress(Conflict):
        steps = plan(site, state)
        _check_reached(site, carried_out(state, steps), wanted)


def _check_reached(site: Site, after: ClusterState, wanted: ClusterState) -> None:
    left = compare(site, after)
    assert [(c.name, dict(c.fields)) for c in (*left.changes, *left.only_here)] == []
    assert {*after.rows} == {*wanted.rows}
    # Root is there before anything is written, and stays.
    assert exported(after, ALL).accounts == site.accounts


@given(states(), states())
@settings(max_examples=25, deadline=None)
def test_nothing_outside_the_scope_is_ever_in_a_plan(
    wanted: ClusterState, state: ClusterState
) -> None:
    scope = Scope("alps", ("physics",))
    site = exported(wanted, scope)
    try:
        steps = plan(site, state)
    except SlurmctlError:
        return
    outside = {k: row for k, row in state.rows.items() if not scope.owns(k.account, state.parents)}
    after = carried_out(state, steps)
    assert {key: {**after.rows[key], "Default": 0} for key in outside} == {
        key: {**row, "Default": 0} for key, row in outside.items()
    }
    assert after.qos == state.qos


SITE = """
[scope]
cluster = "alps"            # here
accounts = ["physics"]
[account.physics]
MaxJobs = 3
GrpTRES = { cpu = 5 }       # memory is others'
users = ["alice", "bob"]
"""


def test_what_a_file_does_not_name_is_not_managed() -> None:
    assert compare(read(SITE), small_state()).is_equal
    site = read(SITE.replace("cpu = 5", 'cpu = ""').replace("MaxJobs = 3", 'MaxJobs = ""'))
    (change,) = compare(site, small_state()).changes
    assert dict(change.fields) == {
        "GrpTRES": ({"cpu": 5, "mem": 7}, {"mem": 7}),
        "MaxJobs": (3, None),
    }
    (change,) = compare(read(SITE.replace("{ cpu = 5 }", '""')), small_state()).changes
    assert dict(change.fields) == {"GrpTRES": ({"cpu": 5, "mem": 7}, {})}
    (change,) = compare(read(SITE.replace("cpu = 5", '"*" = "", cpu = 5')), small_state()).changes
    assert dict(change.fields) == {"GrpTRES": ({"cpu": 5, "mem": 7}, {"cpu": 5})}


def test_a_scope_without_accounts_owns_none() -> None:
    state = small_state()
    site = read('[scope]\naccounts = []\nqos = ["H*"]\n')
    assert Reader(NOW, lambda _word, _file: []).site([Part("plan", document_of(site))]) == site
    found = compare(site, replace(state, qos={**state.qos, "high": qos("high")}))
    assert [one.name for one in found.only_here] == ["high"]
    assert [one.name for one in compare(read("[scope]\n"), state).only_here] == ["physics"]


def test_what_was_edited_is_all_that_is_wished() -> None:
    before, after = (
        '[account.physics]\nMaxJobs = 3\nGrpTRES = {cpu = 5, mem = 7}\nusers = [{User = "bob", '
        "MaxJobs = 1, MaxWall = 5}]\n[qos.high]\nPriority = 1\nFlags = []\n[user.bob]\n"
        'AdminLevel = "None"\n',
        '[account.physics]\nMaxJobs = 3\nGrpTRES = {cpu = 6, mem = 7}\nusers = [{User = "bob", '
        "MaxJobs = 2, MaxWall = 5}]\n[qos.high]\nPriority = 2\nFlags = []\n[user.bob]\n"
        'AdminLevel = "None"\n',
    )
    wanted = (
        '[account.physics]\nGrpTRES = {cpu = 6}\nusers = [{User = "bob", MaxJobs = 2}]\n'
        "[qos.high]\nPriority = 2\n[user.bob]\n"
    )
    assert edited(read(before), read(after)) == read(wanted)


def test_the_end_of_inherited_qos_is_told_with_what_was_inherited() -> None:
    text = SITE.replace("MaxJobs = 3", 'QosLevel = ["normal"]')
    site = read(text.replace('"alice"', '{User = "alice", QosLevel = ["normal"]}'))
    told = [(one.name, one.inherited) for one in compare(site, small_state()).changes]
    ended = {"QosLevel": ("normal",)}
    assert told == [("physics", ended), ("alice in physics", ended)]
    steps = plan(site, small_state())
    assert [one.change.inherited for one in steps.plan] == [ended, ended]


def test_defaults_hold_for_a_subtree_unless_a_table_says_otherwise() -> None:
    site = read(
        SITE
        + "[defaults.account.physics]\nMaxJobs = 9\nGrpJobs = 4\n"
        + "[defaults.users.physics]\nMaxWall = 60\n"
        + '[account.optics]\nParent = "physics"\nusers = [{User = "alice", MaxWall = 5}]\n'
    )
    found = compare(site, small_state())
    physics, optics = found.accounts
    assert dict(physics.fields) == {"GrpJobs": (None, 4)}
    assert (optics.new["MaxJobs"], optics.new["GrpJobs"]) == (9, 4)
    assert [(c.name, c.new["MaxWall"]) for c in found.members] == [
        ("alice in optics", 5),
        ("alice in physics", 60),
        ("bob in physics", 60),
    ]


UNTIL = """
[account.physics]
MaxJobs = { value = 7, until = 2026-12-24, then = 3 }
users = [{ User = "bob", MaxWall = 60, MaxJobs = 5, until = "2026-12-24", then = {MaxWall = 30} }]
"""


@pytest.mark.parametrize(
    ("day", "account", "member"),
    [
        (datetime(2026, 12, 24, 23, tzinfo=UTC), 7, {"MaxWall": 60, "MaxJobs": 5}),
        (datetime(2026, 12, 25, tzinfo=UTC), 3, {"MaxWall": 30, "MaxJobs": None}),
    ],
)
def test_a_value_until_a_day_is_put_back_after_it(
    day: datetime, account: int, member: dict[str, int]
) -> None:
    table = read(UNTIL, now=day).accounts["physics"]
    assert table.wishes == {"MaxJobs": account}
    assert [*(table.members or {}).values()] == [member]


def test_what_was_for_a_time_alone_ends_with_it() -> None:
    """Texts stay, and so do TRES that the value has not named."""
    site = read(
        '[account.physics]\nDescription = "lab"\nMaxJobs = 7\nGrpTRES = {cpu = 5, mem = 3}\n'
        "until = 2026-11-29\nthen = {GrpTRES = {cpu = 2}}\n"
        "[account.optics]\nGrpTRES = {value = {cpu = 5, mem = 3}, until = 2026-11-29, "
        "then = {cpu = 2}}\nMaxTRES = {value = {cpu = 5}, until = 2026-11-29}\n"
        '[qos.high]\nDescription = "x"\nPriority = 3\nuntil = 2026-11-29\n'
    )
    assert [table.wishes for table in site.accounts.values()] == [
        {"Description": "lab", "MaxJobs": None, "GrpTRES": {"cpu": 2, "mem": None}},
        {"GrpTRES": {"cpu": 2, "mem": None}, "MaxTRES": {"cpu": None}},
    ]
    assert site.qos == {"high": {"Description": "x", "Priority": 0}}


def test_users_come_from_elsewhere_and_from_the_list() -> None:
    site = read('[account.physics]\nusers_from = "x.csv"\nusers = [{User = "dora", MaxJobs = 2}]\n')
    assert site.accounts["physics"].members == {("dora", ""): {"MaxJobs": 2}}


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[acount.x]\n", "site.toml: [acount] a file has no table 'acount'",
         "did you mean account?"),
        ("[account.x]\nMaxJob = 3\n", "site.toml: [account.x] has no key 'MaxJob'",
         "did you mean MaxJobs?"),
        ("[account.x]\nMaxJobs = true\n",
         "site.toml: [account.x] MaxJobs: true and false are no values: write a number, or text "
         "in quotes", ""),
        ('[account.x]\nMaxJobs = "many"\n',
         "site.toml: [account.x] MaxJobs: 'many' is not a whole number (-1 clears)", ""),
        ("[account.x]\nGrpTRES = {cpu = 1.5}\n",
         "site.toml: [account.x] GrpTRES: cpu: write a whole number, or text like 4G", ""),
        ('[account.x]\nQosLevel = ["+high", "low"]\n',
         "site.toml: [account.x] QosLevel: a list has either names alone, or only changes to what "
         "is inherited (+high, -low)", ""),
        ("[account.x]\nGrpTRES = {cpu = {x = 1}}\n",
         "site.toml: [account.x] GrpTRES: cpu: write a whole number, or text like 4G", ""),
        ("[account.x]\nGrpTRES = {cpu = 1, CPU = 2}\n",
         "site.toml: [account.x] GrpTRES: cpu is there twice", ""),
        ('[account.x]\nQosLevel = ["+high", "-high"]\n',
         "site.toml: [account.x] QosLevel: high is both added and taken away", ""),
        ('[account.x]\nusers = [{Usr = "a"}]\n',
         "site.toml: [account.x] users, entry 1: names no user", 'write User = "NAME"'),
        ('[account.x]\nusers = ["a", "a"]\n',
         "site.toml: [account.x] users, entry 2: user 'a' is there twice", ""),
        ('[account.x]\nusers_from = "x.csv"\nusers = ["a", {User = "A", MaxJobs = 1}]\n',
         "site.toml: [account.x] users, entry 2: user 'a' is there twice", ""),
        ('[account.x]\nParent = ""\n',
         "site.toml: [account.x] Parent: it cannot be empty: write a name, or leave the key out",
         ""),
        ("[scope]\nacounts = []\n", "site.toml: [scope] has no key 'acounts'",
         "did you mean accounts?"),
        ('[account.x]\nMaxJobs = {value = 3, until = "soon"}\n',
         "site.toml: [account.x] until: 'soon' is no day", 'write "2026-12-24"'),
        ("[account.x]\nMaxJobs = {value = 3, untill = 2026-12-24}\n",
         "site.toml: [account.x] MaxJobs: a value with until has no key 'untill'",
         "did you mean until?"),
        ("[account.x]\nMaxJobs = {value = 3, then = 5}\n",
         "site.toml: [account.x] MaxJobs: has then without until", 'write until = "2026-12-24"'),
        ("[account.x]\nMaxJobs = 3\nuntil = 2026-12-24\nthen = {MaxJob = 1}\n",
         "site.toml: [account.x] has no key 'MaxJob'", "did you mean MaxJobs?"),
        ("[account.x]\nMaxJobs = 3\nmaxjobs = 4\n",
         "site.toml: [account.x] MaxJobs is there twice: MaxJobs, maxjobs", ""),
    ],
)  # fmt: skip
def test_an_error_names_file_table_key_and_what_to_write(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert (caught.value.message, caught.value.hint) == (said, hint)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("site.json", '{"account": {"a": {"MaxJobs": 1, "MaxJobs": 2}}}',
         "site.json: the key 'MaxJobs' is there twice"),
        ("site.yaml", "account:\n  a: {MaxJobs: 1, MaxJobs: 2}\n",
         'site.yaml: found duplicate key "MaxJobs" with value "2" (original value: "1") '
         "(at line 2, column 19)"),
        ("site.yaml", "a: &a [*a]", "site.yaml: it contains itself"),
        ("site.yaml", "account: {sci: &s {MaxJobs: 3, x: *s}}", "site.yaml: it contains itself"),
    ],
)  # fmt: skip
def test_a_file_that_says_something_twice_or_of_itself_is_refused(
    name: str, text: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(Path(name), text)
    assert caught.value.message == said


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('[scope]\naccounts=["physics"]\n[account.optics]\n', UsageError,
         "[account.optics] would be outside the scope (physics and below)"),
        ('[scope]\naccounts=[]\n[account.physics]\n', UsageError,
         "[account.physics] is outside the scope (no account)"),
        ("[defaults.account.phisics]\nMaxJobs = 1\n", NotFound,
         "[defaults.account.phisics] account 'phisics' does not exist"),
        ("[defaults.users.phisics]\nMaxJobs = 1\n", NotFound,
         "[defaults.users.phisics] account 'phisics' does not exist"),
        ('[scope]\nunmanaged=["AL*"]\n[account.physics]\nusers=["alice"]\n', UsageError,
         "user 'alice' is unmanaged after [scope], and has a place in the file"),
        ('[account.optics]\nParent="nosuch"\n', NotFound,
         "[account.optics] parent account 'nosuch' does not exist on cluster 'alps'"),
        ('[account.a]\nParent="b"\n[account.b]\nParent="a"\n', Conflict,
         "accounts would be below each other: b, a"),
        ('[account.physics]\nDefaultQOS="normal"\nQosLevel=["high"]\n[qos.high]\n', Conflict,
         "these associations could not use their DefaultQOS: physics, alice in physics, "
         "bob in physics"),
        ('[account.physics]\nQosLevel=["high"]\n', NotFound,
         "[account.physics] QosLevel: qos 'high' does not exist"),
        ('[account.physics]\nGrpTRES={cpuu=3}\n', UsageError,
         "[account.physics] GrpTRES: the cluster has no TRES 'cpuu'"),
        ('[account.physics]\nCoordinators=["zoe"]\n', NotFound,
         "[account.physics] user 'zoe' does not exist"),
        ('[user.alice]\nDefaultAccount="root"\n', Conflict,
         "[user.alice] DefaultAccount: the user is not in account 'root'"),
        ('[user.zoe]\nAdminLevel="Operator"\n', UsageError,
         "[user.zoe] has no association in the scope"),
        ('[scope]\nunmanaged=["al*"]\n[account.physics]\nusers=["alice"]\n', UsageError,
         "user 'alice' is unmanaged after [scope], and has a place in the file"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_followed_is_refused(
    text: str, error: type[SlurmctlError], said: str
) -> None:
    with pytest.raises(error) as caught:
        compare(read(text), small_state())
    assert caught.value.message == said


def test_an_account_is_not_added_above_what_24_11_left_in_it() -> None:
    state = small_state()
    left = {key: row for key, row in state.rows.items() if key != AssociationKey("alps", "physics")}
    with pytest.raises(Conflict) as caught:
        compare(read("[account.physics]\n"), replace(state, rows=left))
    assert (caught.value.message, caught.value.hint) == (
        "account 'physics' is gone from cluster 'alps', and associations in it are left: "
        "alice, bob",
        "delete them first: slurmctl-rest user delete alice,bob account=physics",
    )


def test_comments_of_a_file_are_kept_where_it_is_written_anew() -> None:
    document = document_of(read(SITE.replace("MaxJobs = 3", "MaxJobs = 4")))
    assert document_text(document, "toml", SITE) == SITE.replace("MaxJobs = 3", "MaxJobs = 4")
    yaml = document_text(document, "yaml") + "# the end\n"
    again = document_of(read(SITE))
    assert document_text(again, "yaml", yaml) == yaml.replace("MaxJobs: 4", "MaxJobs: 3")


def test_a_table_is_in_one_file_alone() -> None:
    parts = [Part("a.toml", {"account": {"x": {}}}), Part("b.toml", {"account": {"X": {}}})]
    with pytest.raises(UsageError) as caught:
        Reader(NOW, lambda _word, _file: []).site(parts)
    assert caught.value.message == "b.toml: [account.X] is in a.toml too"


def test_a_pruned_account_takes_nothing_along_that_stays() -> None:
    site = read('[account.root]\n[account.optics]\nParent = "root"\n')
    state = small_state()
    found = compare(site, state)
    assert [c.name for c in found.only_here] == ["physics"]
    names = [(o.change.entity.noun, o.change.name) for o in pruned(found, site.scope)]
    assert names == [
        ("user", "alice"), ("association", "alice in physics"),
        ("user", "bob"), ("association", "bob in physics"),
        ("account", "physics"),
    ]  # fmt: skip
    below = compare(read('[account.optics]\nParent = "physics"\n'), state)
    with pytest.raises(Conflict, match="account 'physics' is not in the file, but account"):
        pruned(below, ALL)


def test_qos_lists_change_in_parts_that_slurm_takes() -> None:
    """First more QOS, then the default, then fewer; signs only on a list that is inherited."""
    state = small_state()
    state.qos["high"] = state.qos["low"] = qos("x")  # type: ignore[index]
    root = {**state.accounts["root"], "QosLevel": ("high", "low", "normal")}
    physics = {**state.accounts["physics"], "QosLevel": ("high",), "DefaultQOS": "high"}
    state = with_accounts(state, root, physics)
    text = '[account.physics]\nQosLevel = {}\nDefaultQOS = "low"\n'
    for wish, parts in (
        ('["low"]', [
            {"QosLevel": ("high", "low")}, {"DefaultQOS": "low"}, {"QosLevel": ("low",)},
        ]),
        ('["-high"]', [
            {"DefaultQOS": None}, {"QosLevel": ()}, {"QosLevel": ("-high",)}, {"DefaultQOS": "low"},
        ]),
    ):  # fmt: skip
        steps = plan(read(text.format(wish)), state, prune=False)
        told = [{n: after for n, (_, after) in p.fields.items()} for s in steps.steps for p, _ in s]
        assert told == parts


def kept_plan(steps: PlanSteps, site: Site) -> StoredPlan:
    """Return a plan as it comes back from its file."""
    made = stored_plan(steps, "alps", document_of(site), prune=False, now=NOW, meta={})
    return read_plan("plan.json", json.loads(dumped(made.as_json())))


def test_what_a_plan_could_not_do_is_told_when_it_is_applied() -> None:
    site = read("[qos.high]\nPriority = 33\nGrpJobs = 4\n[qos.low]\nGrpJobs = 5\n")
    steps = plan(site, small_state(), prune=False)
    high, low = steps.plan
    refused = PlanSteps([Outcome(high.change, Unsupported("no")), low], steps.parts)
    kept, new = restricted(refused, kept_plan(refused, site))
    assert (kept.plan, new) == (refused.plan, 0)
    # So it is if the plan could do it, and this executor cannot.
    assert restricted(refused, kept_plan(steps, site)) == (kept, 0)
    # What its executor could not do, and named, another one does.
    assert restricted(steps, kept_plan(refused, site)) == (steps, 0)


def test_the_site_in_a_plan_says_no_more_than_its_changes() -> None:
    site = read("[qos.high]\nPriority = 33\n")
    stored = kept_plan(plan(site, small_state(), prune=False), site)
    edited = plan(read("[qos.high]\nPriority = 34\n"), small_state(), prune=False)
    with pytest.raises(Changed) as error:
        restricted(edited, stored)
    assert error.value.message == (
        "qos 'high': Priority was to become 33 when the plan was made, and would become 34 now"
    )


def test_coordinators_who_go_do_so_before_others_come() -> None:
    """Or who goes above would be none below, where they were one by the account above."""
    state = small_state()
    accounts = {
        **state.accounts,
        "physics": {**state.accounts["physics"], "Coordinators": ("bob",)},
    }
    text = (
        '[account.physics]\nCoordinators = ["alice"]\n'
        '[account.lasers]\nParent = "physics"\nCoordinators = ["bob"]\n'
    )
    steps = plan(read(text), replace(state, accounts=accounts), prune=False)
    told = [
        (part.name, part.fields["Coordinators"])
        for step in steps.steps
        for part, _ in step
        if "Coordinators" in part.fields
    ]
    assert told == [
        ("physics", (("bob",), ())),
        ("lasers", ((), ("bob",))),
        ("physics", ((), ("alice",))),
    ]


def test_a_name_that_no_file_may_hold_is_nobodys() -> None:
    assert ALL.leaves_alone("it`s")
    assert not ALL.owns("below", {"below": "it`s", "it`s": "root", "root": ""})
    assert not ALL.owns_qos("a|b")


@pytest.mark.parametrize(
    ("table", "has", "wanted", "refused"),
    [
        ('WCKeys=["blue","red"]', ("blue",), {"WCKeys": ("blue", "red")}, ""),
        ('DefaultWCKey="red"', ("blue",), {"WCKeys": ("blue", "red"), "DefaultWCKey": "red"}, ""),
        ('WCKeys=["blue"]', ("blue",), {}, ""),
        ('AdminLevel="Operator"', ("blue",), {"AdminLevel": "Operator"}, ""),
        (
            'AdminLevel="Operator"\nWCKeys=["red"]',
            ("blue",),
            {"AdminLevel": "Operator"},
            "user 'alice': WCKeys are only added here, not taken away: blue",
        ),
    ],
)
def test_wckeys_of_users_are_added_and_none_is_taken_away(
    table: str, has: tuple[str, ...], wanted: dict[str, object], refused: str
) -> None:
    state = small_state()
    alice = {**state.users["alice"], "WCKeys": has, "DefaultWCKey": None}
    state = replace(state, users={**state.users, "alice": alice})
    steps = plan(read(f"[user.alice]\n{table}\n"), state, prune=False)
    planned = [part for step in steps.steps for part, _ in step]
    found = {name: after for part in planned for name, (_, after) in part.fields.items()}
    errors = [outcome.error.message for outcome in steps.plan if outcome.error]
    assert (found, errors) == (wanted, [refused] if refused else [])
