"""From slurmrestd's record to the text of each column."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.sacctmgr import list_fields
from slurmctl_rest.sacctmgr.columns import shown_column
from slurmctl_rest.sacctmgr.list_cells import Untold, fields_of, list_cells, tres_text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, ""),
        (None, ""),
        ({"mem": 0, "cpu": 5}, "cpu=5,mem=0"),
        ({"gres/gpu": 2, "gres/gpu:a100": 1}, "gres/gpu:a100=1,gres/gpu=2"),
        ({"mem": 512}, "mem=512M"),
        ({"mem": 1025}, "mem=1025M"),
        ({"mem": 4096}, "mem=4G"),
        ({"mem": 1536}, "mem=1.50G"),
        ({"mem": 1048064}, "mem=1023.50G"),
        ({"mem": 1573376}, "mem=1.50T"),
        ({"mem": 140800000}, "mem=137500G"),
        ({"bb/x": 2048}, "bb/x=2G"),
        ({"node": 2048}, "node=2048"),
    ],
)
def test_tres(counts: dict[str, int] | None, text: str) -> None:
    assert tres_text(counts) == text


def texts(noun: str, words: str, row: dict[str, object], *switches: str) -> list[str | None]:
    columns = [shown_column(word) for word in words.split(",")]
    cells = list_cells(noun, columns, frozenset(switches), newer=True)
    return [cell.text(row) for cell in cells]  # type: ignore[arg-type]


def test_columns_from_before_tres() -> None:
    row: dict[str, object] = {
        "GrpTRES": {"cpu": 5, "mem": 4096, "node": 3},
        "GrpTRESMins": {"cpu": 6},
        "GrpTRESRunMins": {"cpu": 7},
        "MaxTRES": {"cpu": 8, "node": 9},
        "MaxTRESMins": {"cpu": 10},
        "MaxTRESRunMins": {"cpu": 11},
    }
    words = "GrpCPUs,GrpMem,GrpNodes,GrpCPUMins,GrpCPURunMins,MaxCPUs,MaxNodes,MaxCPUMins"
    expected = ["5", "4096", "3", "6", "7", "8", "9", "10"]
    assert texts("association", words, row) == expected
    assert texts("association", "MaxCPURunMinsPU", row) == ["11"]
    assert texts("association", words, {}) == [""] * 8


def test_a_column_that_the_list_does_not_have_is_empty() -> None:
    assert texts("account", "User,Share,Start,Coord", {"Account": "chem"}) == [
        *("", "", "Unknown", ""),
    ]
    assert texts("tres", "Type,User", {"Type": "cpu"}) == ["cpu", None]


def test_coordinators_are_shown_with_their_switch_alone() -> None:
    row: dict[str, object] = {"Coordinators": ("bob",), "IndirectCoordinators": ("alice", "carol")}
    assert texts("account", "Coord", row) == [""]
    assert texts("account", "Coord", row, "WithCoordinators") == ["alice,bob,carol"]


def test_flags() -> None:
    assert texts("account", "Flags", {"AccountFlags": ()}) == ["None"]
    assert texts("account", "Flags", {"AccountFlags": ("UsersAreCoords",)}) == ["UsersAreCoords"]
    assert texts("user", "Flags", {}) == [""]
    assert texts("user", "Flags", {"AssociationFlags": ()}, "WithAssoc") == ["None"]
    flags = {"Flags": ("DenyOnLimit", "NoDecay", "NoReserve", "OverPartQOS")}
    for newer, text in (
        (True, "DenyOnLimit,OverPartQOS,NoReserve,NoDecay"),
        (False, "DenyOnLimit,NoReserve,OverPartQOS,NoDecay"),
    ):
        (cell,) = list_cells("qos", [shown_column("flags")], frozenset(), newer=newer)
        assert cell.text(flags) == text


def test_a_mode_or_a_column_that_is_not_told_is_no_text() -> None:
    for noun, word, row in (
        ("qos", "PreemptMode", {"PreemptMode": "unreported"}),
        ("cluster", "ID", {}),
    ):
        with pytest.raises(Untold):
            texts(noun, word, dict(row))


def test_nodes_of_a_cluster_are_counted_by_their_tres() -> None:
    row: dict[str, object] = {"ClusterTRES": {"node": 3, "mem": 64000}}
    assert texts("cluster", "NodeCount,TRES", row) == ["3", "mem=62.50G,node=3"]
    assert texts("cluster", "NodeCount", {"ClusterTRES": {}}) == ["0"]


def test_each_field_is_read_once() -> None:
    columns = [shown_column(word) for word in ("GrpCPUs", "GrpMem", "GrpTRES", "ID")]
    cells = list_cells("association", columns, frozenset(), newer=True)
    assert fields_of(cells) == [ASSOCIATION["GrpTRES"], list_fields.NUMBER_OF_ASSOCIATION]
    cells = list_cells("qos", [shown_column("MaxJobs")], frozenset(), newer=True)
    assert fields_of(cells) == [QOS["MaxJobsPU"]]


def test_numbers_of_associations_are_read_in_both_forms() -> None:
    assert list_fields.NUMBER_OF_ASSOCIATION.load({"id": 7}) == 7
    assert list_fields.NUMBER_OF_ASSOCIATION.load({"id": {"account": "a", "id": 8}}) == 8
