"""QOS in sacctmgr's words: what it says, and what is changed."""

from __future__ import annotations

import shlex

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.sacctmgr import qos
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import LineRefused
from slurmctl_rest.sacctmgr.write_requests import WriteRequest, read_request

from .rows import Facts

OLD, NEW = "24.11.5", "26.05.5"
IDS = {"normal": 1, "zeta": 2, "high": 3, "low": 4}
VALID = "normal,zeta,high,low"
EMPTY: dict[str, Value] = {f.name: f.kind.load(None) for f in QOS.fields}
ROWS: list[Row] = [
    {**EMPTY, "Name": "normal", "Description": "Normal QOS default"},
    {**EMPTY, "Name": "zeta"},
    {**EMPTY, "Name": "high", "Priority": 100},
    {
        **EMPTY,
        "Name": "low",
        "Flags": ("DenyOnLimit",),
        "GrpTRES": {"cpu": 10},
        "Preempt": ("zeta",),
    },
]
NOBODY: list[Row] = []


def read(verb: str, line: str, release: str) -> WriteRequest:
    facts = Facts([*IDS], ("cpu", "mem", "node"), old=release == OLD)
    return read_request(verb, "qos", shlex.split(line), facts)


def add(line: str, release: str = NEW) -> WritePlan:
    return qos.add_qos(read("add", line, release), ROWS, "alps")


def modify(line: str, release: str = NEW) -> WritePlan:
    return qos.modify_qos(read("modify", line, release).checked_to_set(), ROWS, "alps")


def delete(line: str, release: str = NEW, associations: list[Row] = NOBODY) -> WritePlan:
    return qos.delete_qos(read("delete", line, release), ROWS, associations, "alps")


def refusal(decide: object, line: str, release: str = NEW) -> tuple[str, str]:
    assert callable(decide)
    with pytest.raises(LineRefused) as refused:
        decide(line, release)
    assert refused.value.reply.code == 1
    return refused.value.reply.stdout, refused.value.reply.stderr


def test_adding_says_each_setting_in_sacctmgr_s_order() -> None:
    decided = add(
        "New,new2 GrpCPUs=5 GrpTRES=mem=10 Flags=deny,nodec MaxJobs=5 MaxSubmit=6 GrpWall=60 "
        "UsageFactor=1.5 Priority=-1 Preempt=low,high PreemptMode=gang,suspend GraceTime=30"
    )
    assert decided.blocks == (
        " Adding QOS(s)\n"
        "  new\n"
        "  new2\n"
        " Settings\n"
        "  Description    = new2\n"
        "  Flags                    = DenyOnLimit,NoDecay\n"
        "  GraceTime                = 30\n"
        "  GrpTRES                  = cpu=5,mem=10M\n"
        "  GrpWall                  = 01:00:00\n"
        "  MaxJobsPerUser = 5\n"
        "  MaxSubmitJobsPerUser     = 6\n"
        "  Preempt                  = high,low\n"
        "  PreemptMode              = GANG,SUSPEND\n"
        "  Priority                 = NONE\n"
        "  UsageFactor              = 1.5000\n"
    )
    assert (decided.failed, decided.code) == ("", 0)
    first, second = decided.changes["alps"]
    assert (first.name, first.new["Description"]) == ("new", "new")
    assert (second.name, second.new["Description"]) == ("new2", "new2")
    assert {name: after for name, (_, after) in second.fields.items()} == {
        "Description": "new2",
        "Flags": ("DenyOnLimit", "NoDecay"),
        "GraceTime": 30,
        "GrpTRES": {"cpu": 5, "mem": 10},
        "GrpWall": 60,
        "MaxJobsPU": 5,
        "MaxSubmitJobsPU": 6,
        "Preempt": ("high", "low"),
        "PreemptMode": "gang,suspend",
        "UsageFactor": 1.5,
    }


def test_adding_what_exists_adds_the_rest() -> None:
    assert add("low") == WritePlan(" Nothing new added.\n", code=1)
    assert [change.name for change in add("low,new").changes["alps"]] == ["new"]


def test_what_cannot_be_read_is_left_out_or_ends_it() -> None:
    decided = add("new Priority=x GrpJobs=3")
    assert decided.failed == "sacctmgr: error: Invalid value for Priority (x)\n"
    assert decided.changes["alps"][0].new["GrpJobs"] == 3
    unknown = " Unknown option: foo=1\n Use keyword 'where' to modify condition\n"
    assert refusal(add, "new foo=1 GrpWall=x") == (
        unknown,
        " Bad GrpWall time format: GrpWall=x\n",
    )
    assert refusal(add, "") == ("", " Need name of qos to add.\n")
    assert refusal(add, "new Preempt=foo") == (
        "",
        f"sacctmgr: error: You gave a bad qos 'foo'. Valid QOS's are {VALID}\n",
    )
    assert refusal(add, "new Priority+=5") == ("", " Invalid operator '+=' in Priority+=5\n")
    assert add("new Priority+=5", OLD).changes["alps"][0].new["Priority"] == 5


def test_a_preempt_mode_that_the_release_does_not_know() -> None:
    assert add("new PreemptMode=priority").changes["alps"][0].new["PreemptMode"] == "priority"
    bad = " Bad Preempt Mode given: PreemptMode={}\n"
    assert refusal(add, "new PreemptMode=priority", OLD) == ("", bad.format("priority"))
    assert refusal(add, "new PreemptMode=x") == ("", bad.format("x"))


def test_flags_of_both_releases() -> None:
    out, err = refusal(add, "new flags=deny,foo")
    assert out.startswith(" Unknown QOS flag used in:\n  'deny,foo'\n Valid QOS flags are\n  'Deny")
    assert err == ""
    assert refusal(add, "new flags=deny", OLD)[0].startswith(" Unknown QOS flag used in:\n  'deny'")
    # 24.11 looks for the names within the text.
    assert add("new flags=-NoDecay,foo", OLD).changes["alps"][0].new["Flags"] == ("NoDecay",)
    assert "  Flags                    = Add,NoDecay\n" in add("new flags+=NoDecay", OLD).blocks
    assert "Flags" not in add("new flags-=NoDecay").blocks


@pytest.mark.parametrize(
    ("line", "field", "after"),
    [
        ("low set flags=NoDecay", "Flags", ("NoDecay",)),
        ("low set flags+=NoDecay", "Flags", ("DenyOnLimit", "NoDecay")),
        ("low set flags-=DenyOnLimit", "Flags", ()),
        ("low set flags=-1", "Flags", ()),
        ("low set preempt=high", "Preempt", ("high",)),
        ("low set preempt+=high", "Preempt", ("high", "zeta")),
        ("low set preempt-=zeta", "Preempt", ()),
        ("low set preempt=''", "Preempt", ()),
        ("low set GrpTRES=mem=7", "GrpTRES", {"cpu": 10, "mem": 7}),
        ("low set GrpTRES=cpu=-1", "GrpTRES", {}),
        ("low set GrpTRES=cpu+=5", "GrpTRES", {"cpu": 15}),
        ("low set GrpTRES=cpu-=4", "GrpTRES", {"cpu": 6}),
        ("low set maxnodes=3", "MaxTRES", {"node": 3}),
        ("set usagefactor=-1 where name=low", "UsageFactor", 1.0),
        ("low set priority=-1", "Priority", 0),
    ],
)
def test_modifying(line: str, field: str, after: Value) -> None:
    decided = modify(line)
    assert decided.blocks == " Modified qos...\n  low\n"
    (change,) = decided.changes["alps"]
    assert change.new[field] == after


def test_modified_rows_are_in_the_database_s_order() -> None:
    assert modify("zeta,high set Priority=1").blocks == " Modified qos...\n  high\n  zeta\n"
    everything = " Modified qos...\n  normal\n  zeta\n  high\n  low\n"
    assert modify("set Priority=1").blocks == everything
    assert modify("where id=4,2 set Priority=1").blocks == " Modified qos...\n  zeta\n  low\n"
    assert modify("nosuch set Priority=1") == WritePlan("  Nothing modified\n", code=1)
    assert modify("nosuch set Priority=1", OLD) == WritePlan(" Nothing modified\n", code=1)


def test_a_number_that_is_no_value_modifies_nothing() -> None:
    with pytest.raises(LineRefused) as refused:
        modify("low set MaxJobsPU=4294967294")
    said = " Error with request: Data has not changed since time specified\n"
    assert refused.value.reply.stderr == said


def test_a_preempt_mode_of_which_slurmrestd_shows_a_part_is_warned_of() -> None:
    said = (
        "sacctmgr: warning: qos 'low': slurmrestd shows its PreemptMode as requeue; this write "
        "removes 'within' and 'priority' from it\n"
    )
    rows = [*ROWS[:3], {**ROWS[3], "PreemptMode": "requeue"}]

    def failed(line: str) -> str:
        return qos.modify_qos(read("modify", line, NEW).checked_to_set(), rows, "alps").failed

    assert failed("low set Priority=1") == said
    assert failed("low,high set PreemptMode=cancel") == ""
    assert failed("low set Description=low2 PreemptMode=requeue") == ""
    assert failed("high set Priority=1") == ""
    # 24.11 needs the other one without what is deleted.
    assert qos.delete_qos(read("delete", "zeta", OLD), rows, NOBODY, "alps").failed == said


def test_a_number_with_a_sign_selects_no_qos() -> None:
    for number in ("+2", "-2"):
        with pytest.raises(Unsupported, match="the condition id="):
            modify(f"id={number} set Priority=1")


def test_what_modify_refuses() -> None:
    condition = " Unknown condition: foo=1\n Use keyword 'set' to modify SLURM_PRINT_VALUE\n"
    assert refusal(modify, "foo=1 set Priority=1") == ("", condition)
    assert refusal(modify, "low") == ("", " You didn't give me anything to set\n")
    loop = "QOS Preemption loop detected\n"
    assert refusal(modify, "zeta set Preempt=low") == (
        "",
        f"sacctmgr: error: {loop} Error with request: {loop}",
    )
    for line, said in (
        ("cpu-=10", "GrpTRES: cpu-=10 would leave 0 of 10"),
        ("cpu=5x", "Invalid unit type 'x'. Possible options are 'KMGTP'"),
        ("cpu=", "cpu= is no count"),
    ):
        assert refusal(modify, f"low set GrpTRES={line}") == ("", f"sacctmgr: error: {said}\n")
    with pytest.raises(Unsupported, match="to set RawUsage=0 is not possible over REST"):
        modify("low set RawUsage=0")


def test_deleting() -> None:
    decided = delete("zeta,high")
    assert decided.blocks == " Deleting QOS(s)...\n  high\n  zeta\n"
    assert [(c.action, c.name) for c in decided.changes["alps"]] == [
        ("delete", "high"),
        ("delete", "zeta"),
    ]
    assert delete("nosuch") == WritePlan("  Nothing deleted\n", code=1)
    assert refusal(delete, "") == ("", " No conditions given to remove, not executing.\n")


def test_before_a_deletion_on_24_11_the_others_no_longer_preempt_it() -> None:
    changes = delete("zeta", OLD).changes["alps"]
    assert [(c.action, c.name, c.new.get("Preempt")) for c in changes] == [
        ("modify", "low", ()),
        ("delete", "zeta", None),
    ]


def test_nothing_is_deleted_by_a_condition_that_is_not_known() -> None:
    unknown = " Unknown condition: foo=1\n Use keyword 'set' to modify SLURM_PRINT_VALUE\n"
    assert refusal(delete, "zeta foo=1") == ("", unknown)
    assert refusal(delete, "id=x") == ("", "sacctmgr: error: Invalid value for QOS ID (x)\n")


def test_a_default_qos_stays() -> None:
    row: Row = {
        "DefaultQOS": "low",
        "Cluster": "alps",
        "Account": "chem",
        "User": "carol",
        "Partition": "gpu",
    }
    with pytest.raises(LineRefused) as refused:
        delete("low", NEW, [row])
    assert refused.value.reply.stderr == (
        " Associations listed below have these as their Default QOS.\n"
        "  DefQOS = low        C = alps       A = chem                 U = carol     P = gpu\n"
        " Please either remove the qos' listed above from list and resubmit,\n"
        " or change the default qos to remove the qos.\n"
        " Changes Discarded\n"
    )
