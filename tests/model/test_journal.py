"""What `sacctmgr show transactions` printed on the lab (24.11.5 and 26.05.5), taken apart."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.journal import Assigned, Transaction, parsed_value, transactions

PRINTED = """\
1536|1795944961|alps|Modify Associations|root|(id_assoc=23)|max_jobs=3, grp_tres = if (id_assoc=23, '1=5,2=9', grp_tres)
1535|1795944960|alps|Modify Associations|root|(id_assoc=23 || id_assoc=24)|grp_tres = if (id_assoc=23, '2=5', grp_tres), grp_tres = if (id_assoc=24, '', grp_tres)
1526|1795944958||Add QOS|root|qlow|mod_time=1795944958, description='qlow', flags=0
1541|1795944963||Modify Accounts|alice|(name='pba')|description='a, b = (c|d
2|1795944963||no entry|x
it\\'s', organization='pba'
1549|1795944970||Modify QOS|root|(name='qlow')|flags=256, preempt=',10,', preempt_mode=8, grp_tres = if (id=9, '2=7', grp_tres)
1523|1795944958|alps|Add Associations|root|id_assoc=23|mod_time=1795944958, acct='jra', grp_jobs=NULL, qos='', delta_qos=''
"""  # noqa: E501 (as printed)


def test_each_is_told_in_the_order_of_its_number() -> None:
    found = transactions(PRINTED)
    assert [(one.number, one.time, one.cluster, one.action, one.actor) for one in found] == [
        (1523, 1795944958, "alps", "Add Associations", "root"),
        (1526, 1795944958, "", "Add QOS", "root"),
        (1535, 1795944960, "alps", "Modify Associations", "root"),
        (1536, 1795944961, "alps", "Modify Associations", "root"),
        (1541, 1795944963, "", "Modify Accounts", "alice"),
        (1549, 1795944970, "", "Modify QOS", "root"),
    ]


def test_each_tells_which_rows_it_is_about() -> None:
    assert [one.targets() for one in transactions(PRINTED)] == [
        ("23",),
        (),
        ("23", "24"),
        ("23",),
        ("pba",),
        ("qlow",),
    ]
    assert [one.number for one in transactions(PRINTED) if one.names("qlow")] == [1526]


def test_each_tells_what_it_sets() -> None:
    told = {one.number: [*one.values()] for one in transactions(PRINTED)}
    assert told[1535] == [
        ("23", "grp_tres", Assigned({"2": "5"})),
        ("24", "grp_tres", Assigned({})),
    ]
    assert told[1536] == [
        ("", "max_jobs", Assigned({"": "3"})),
        ("23", "grp_tres", Assigned({"1": "5", "2": "9"})),
    ]
    assert told[1549] == [
        ("", "flags", Assigned({"": "256"})),
        ("", "preempt", Assigned({"10": ""})),
        ("", "preempt_mode", Assigned({"": "8"})),
        ("9", "grp_tres", Assigned({"2": "7"})),
    ]
    assert [column for _, column, _ in told[1541]] == ["description", "organization"]


ADDS = (
    "if (qos='', '', replace(concat(replace(qos, ',9,', ','), ',9,'), ',,', ',')), "
    "delta_qos=if (qos='', replace(concat(replace(replace(delta_qos, ',+9,', ','), ',-9,', ','), "
    "',+9,'), ',,', ','), '')"
)
TAKES = (
    "if (qos='', '', replace(replace(qos, ',1,', ','), ',,', ',')), qos=if (qos=',', '', qos), "
    "delta_qos=if (qos='', replace(concat(replace(replace(delta_qos, ',+1,', ','), ',-1,', ','), "
    "',-1,'), ',,', ','), '')"
)


@pytest.mark.parametrize(
    ("sets", "part"), [(ADDS, {"9": ""}), (TAKES, {"1": None})], ids=["adds", "takes away"]
)
def test_qos_that_come_and_go_are_parts_of_a_list(sets: str, part: dict[str, str | None]) -> None:
    one = Transaction(1, 2, "alps", "Modify Associations", "root", f"(id_assoc=24)|qos={sets}")
    assert [*one.values()] == [("", "qos", Assigned(part, whole=False))]


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("max_jobs", "NULL", Assigned({})),
        ("qos", "',1,10,'", Assigned({"1": "", "10": ""})),
        ("qos", "''", Assigned({})),
        ("grp_tres", "''", Assigned({})),
        ("shares", "5", Assigned({"": "5"})),
    ],
)
def test_a_value_has_parts(column: str, text: str, value: Assigned) -> None:
    assert parsed_value(column, text) == value


@pytest.mark.parametrize("text", ["", "\n", "sacctmgr: no\n", "1|2|x"])
def test_what_is_no_journal_tells_nothing(text: str) -> None:
    assert transactions(text) == []
