"""Command lines of sacctmgr: what is asked, what is written, and what must never be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.commands import argv
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.writes import writes
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.planning import accounts, associations
from tests.models import sacctmgr_applies
from tests.strategies import account_changes, modifications
from tests.support import PHYSICS, SETTABLE, account, alike, assign, only

ROOT = account("root", None)
COLUMNS = (
    "Cluster,Account,User,Partition,ParentName,Share,Priority,GrpJobs,GrpJobsAccrue,"
    "GrpSubmitJobs,GrpTRES,GrpTRESMins,GrpTRESRunMins,GrpWall,MaxJobs,MaxJobsAccrue,"
    "MaxSubmitJobs,MaxTRES,MaxTRESPerNode,MaxTRESMins,MaxTRESRunMins,MaxWall,MinPrioThresh,"
    "DefaultQOS,QOS"
)


def built(wanted: Sequence[RowChange]) -> list[CommandLine]:
    """Return the command lines; what sacctmgr has no words for is refused before any is run."""
    try:
        return writes(wanted)
    except Unsupported as error:
        assert "cannot store a quote" in error.message  # noqa: PT017
        return []


def told(row: Row, words: Sequence[str]) -> dict[str, Value]:
    """Return what sacctmgr makes of a row when it is told the words behind `set`."""
    after = dict(row)
    for word in words:
        head, _, text = word.partition("=")
        name = head.rstrip("+-")
        step = f"{head.removeprefix(name)}={text}"
        after[name] = sacctmgr_applies(ACCOUNT[name].kind, after[name], step)
    return after


# --- laws


@given(change=modifications([f for f in SETTABLE if f.name != "Coordinators"]))
def test_sacctmgr_makes_of_the_words_what_was_planned(change: RowChange) -> None:
    assert change.before is not None
    lines = built([change])
    if not lines:
        assert (
            not change.changes
            or "Description" in change.fields
            or ("Organization" in change.fields)
        )
        return
    words = only(lines).argv
    assert words[:7] == (
        "sacctmgr", "-i", "modify", "account", "where", "name=physics", "cluster=alps",
    )  # fmt: skip
    assert words[7] == "set"
    assert told(change.before, words[8:]) == change.after


@given(change=account_changes())
def test_a_write_always_names_an_account(change: RowChange) -> None:
    """Because -i also answers `you named nothing: all of them?`."""
    for line in built([change]):
        assert line.argv[:2] == ("sacctmgr", "-i")
        if line.argv[3] == "coordinator":
            assert line.argv[4] == "account=physics"
            assert line.argv[5].startswith("names=")
            assert line.argv[5] != "names="
            continue
        assert "name=physics" in line.argv
        if line.argv[2] != "delete":
            assert "cluster=alps" in line.argv
        assert line.argv[-1] != "set"


@given(wanted=st.lists(account_changes(), max_size=4))
def test_every_change_is_carried_and_no_other(wanted: list[RowChange]) -> None:
    lines = built(wanted)
    carried = {id(change) for line in lines for change in line.changes}
    assert not lines or carried == {id(change) for change in wanted if change.needs_write}
    for line in lines:
        assert line.changes
        assert len({id(change) for change in line.changes}) == len(line.changes)


@given(change=account_changes())
def test_no_argument_can_be_taken_for_an_option_or_holds_a_newline(change: RowChange) -> None:
    for line in built([change]):
        for word in line.argv[2:]:
            assert word[0] != "-"
            assert "\n" not in word
            assert "\x00" not in word


# --- examples


def modification(row: Row, *tokens: str) -> RowChange:
    asked = [assign(token) for token in tokens]
    return only(associations.modify(ACCOUNT, alike([row], asked), [ROOT, row], "alps")).change


def test_a_modify_names_only_what_differs() -> None:
    change = modification(
        PHYSICS, "GrpTRES=cpu=100,mem=-1,gres/gpu=4", "MaxJobs=-1", "Fairshare=20", "qos-=high",
        "Desc=new text",
    )  # fmt: skip
    assert only(writes([change])) == CommandLine(
        (
            *("sacctmgr", "-i", "modify", "account", "where", "name=physics", "cluster=alps"),
            *("set", "Description=new text", "GrpTRES=gres/gpu=4,mem=-1", "MaxJobs=-1"),
            "QosLevel=normal",
        ),
        (change,),
    )


def test_changes_to_inherited_qos_are_told_as_such() -> None:
    change = modification(account("a"), "qos+=high", "qos-=low")
    assert only(writes([change])).argv[8:] == ("QosLevel+=high", "QosLevel-=low")


@pytest.mark.parametrize("text", ["o'hara", 'say "hi"'])
@pytest.mark.parametrize("field", ["Description", "Organization"])
def test_a_quote_is_refused_because_sacctmgr_stores_another_character(
    field: str, text: str
) -> None:
    with pytest.raises(Unsupported) as refused:
        writes([modification(PHYSICS, f"{field}={text}")])
    assert refused.value.message == f"account 'physics': sacctmgr cannot store a quote in {field}"
    assert 'execution_mode = "rest"' in refused.value.hint


def test_accounts_that_change_alike_share_a_command() -> None:
    changes_ = [
        modification(account("a"), "MaxJobs=1"),
        modification(account("b", MaxJobs=2), "MaxJobs=1"),
        modification(account("c"), "MaxJobs=3"),
    ]
    lines = writes(changes_)
    assert [line.argv[5] for line in lines] == ["name=a,b", "name=c"]
    assert [line.changes for line in lines] == [tuple(changes_[:2]), (changes_[2],)]


def test_an_add_leaves_out_what_slurmdbd_fills_in() -> None:
    asked = [assign("parent=root"), assign("GrpTRES=cpu=5"), assign("Desc=light, x")]
    planned = accounts.add(dict.fromkeys(["a"], asked), [ROOT], "alps")
    assert only(writes([o.change for o in planned])).argv == (
        "sacctmgr", "-i", "add", "account", "name=a", "cluster=alps",
        "Description=light, x", "Parent=root", "Fairshare=1", "GrpTRES=cpu=5",
    )  # fmt: skip


def test_an_add_says_nothing_of_coordinators_whom_the_account_has_kept() -> None:
    """sacctmgr refuses the word there: "Unknown option: Coordinators=alice"."""
    kept = RowChange(ACCOUNT, "add", "a", None, account("a", Coordinators=("alice",)))
    assert [word for word in only(writes([kept])).argv if "Coord" in word] == []


def test_a_delete_stays_on_this_cluster_where_the_account_has_others() -> None:
    here = RowChange(ACCOUNT, "delete", "a", account("a"), None)
    both = RowChange(ACCOUNT, "delete", "b", account("b", Clusters=("alps", "jura")), None)
    assert [line.argv for line in writes([here, both])] == [
        ("sacctmgr", "-i", "delete", "account", "where", "name=a"),
        ("sacctmgr", "-i", "delete", "account", "where", "name=b", "cluster=alps"),
    ]


def asked(cluster: str = "", **where: tuple[str, ...]) -> tuple[str, ...]:
    query = Query(ASSOCIATION, cluster, where=where)
    return argv.associations(query, argv.association_columns(query)).argv


def test_names_of_all_objects_of_an_entity() -> None:
    columns = (QOS["Name"], QOS["MaxTRESPU"])
    assert argv.names(QOS, columns).argv == (
        "sacctmgr", "-p", "list", "qos", f"format=Name,{QOS['MaxTRESPU'].column}",
    )  # fmt: skip


def test_what_asks_for_associations() -> None:
    query = Query(ASSOCIATION, "alps")
    asks = argv.associations(query, argv.association_columns(query))
    lines = (asks, argv.ONE_ASSOCIATION, argv.names(QOS, [QOS["Name"]]), argv.accounts(()))
    assert [argv.is_of_associations(line) for line in lines] == [True, True, False, False]


def test_reads() -> None:
    assert argv.accounts(()).argv == ("sacctmgr", "--json", "list", "account", "withcoord")
    assert argv.accounts(("a", "b")).argv[5:] == ("where", "name=a,b")
    assert argv.users(("a", "b")).argv == (
        "sacctmgr", "--json", "list", "user", "withcoord", "where", "name=a,b",
    )  # fmt: skip
    assert asked(User=("",)) == (
        "sacctmgr", "-p", "list", "association", "where", "user=",
        "woplimits", "withrawqoslevel", f"format={COLUMNS}",
    )  # fmt: skip
    assert asked("alps", Account=("a", "b"), User=("x",), Partition=("gpu",))[4:9] == (
        "where", "account=a,b", "user=x", "partition=gpu", "cluster=alps",
    )  # fmt: skip
    assert asked(ID=("7", "8"))[4:6] == ("where", "id=7,8")
    assert asked()[4] == "woplimits"
    gone = Query(ASSOCIATION, "alps", deleted=True)
    whole = argv.associations(gone, argv.association_columns(gone), "onlydefaults")
    assert whole.argv[4:] == (
        "where", "cluster=alps", "woplimits", "withrawqoslevel", "onlydefaults", "withdeleted",
        f"format={COLUMNS},Flags",
    )  # fmt: skip
    shown = Query(ASSOCIATION, "alps", view=View.IN_FORCE, fields=frozenset({"MaxJobs", "Default"}))
    assert argv.associations(shown, argv.association_columns(shown)).argv[4:] == (
        "where", "cluster=alps", "format=Cluster,Account,User,Partition,MaxJobs",
    )  # fmt: skip
    assert argv.listing("tres").argv == ("sacctmgr", "--json", "list", "tres")


def test_what_a_message_about_a_command_is_about() -> None:
    assert argv.accounts(()).what == "sacctmgr list account"
    assert only(writes([modification(PHYSICS, "MaxJobs=1")])).what == "account 'physics'"
