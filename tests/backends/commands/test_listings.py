"""Lists that sacctmgr alone has: the command line, and what it prints."""

from __future__ import annotations

import pytest

from slurmctl_rest.backends.commands.listings import LISTINGS, Listing, line, listed_rows
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities import ENTITIES, EVENT, FEDERATION, RUNAWAY_JOBS, TRANSACTION
from slurmctl_rest.sacctmgr.columns import shown_column


def test_a_free_text_is_followed_by_columns_that_were_there_before() -> None:
    assert line(
        LISTINGS["transaction"], Query(TRANSACTION, "", where={"actor": ("root",)})
    ).argv == (
        *("sacctmgr", "-p", "list", "transaction", "where", "actor=root"),
        "format=ID,TimeStamp,Cluster,Action,Actor,Where,ID%1,TimeStamp%1,Info,ID%2,TimeStamp%2",
    )


def test_the_cluster_is_named_where_sacctmgr_would_take_its_own() -> None:
    asked = line(LISTINGS["event"], Query(EVENT, "alps")).argv
    assert asked[4:6] == ("where", "cluster=alps")


def test_a_list_that_asks_gets_a_no() -> None:
    """Yes would end the runaway jobs; without an answer, 24.11 asks for ever."""
    asked = line(LISTINGS["runawayjobs"], Query(RUNAWAY_JOBS, "alps"))
    assert asked.answer == "n\n"
    assert "-i" not in asked.argv
    assert [one.noun for one in LISTINGS.values() if one.asks] == ["runawayjobs"]


def test_texts_with_columns_and_newlines_in_them() -> None:
    text = (
        "ID|Time|Cluster|Action|Actor|Where|ID|Time|Info|ID|Time|\n"
        "7|100|alps|Modify Users|root|(a || b)|7|100|x='a|\nb'|7|100|\n"
        "8|101||Add QOS|root||8|101||8|101|\n"
    )
    assert listed_rows(LISTINGS["transaction"], text) == [
        {"ID": 7, "Time": 100, "Cluster": "alps", "Action": "Modify Users", "Actor": "root",
         "Where": "(a || b)", "Info": "x='a|\nb'"},
        {"ID": 8, "Time": 101, "Cluster": None, "Action": "Add QOS", "Actor": "root",
         "Where": None, "Info": None},
    ]  # fmt: skip


NOTE = "NOTE: Runaway jobs are jobs that don't exist in the controller\n"
HEADER = "ID|Partition|Cluster|State|TimeSubmit|TimeStart|TimeEnd|Name|ID|TimeSubmit|\n"


def test_runaway_jobs_between_a_note_and_a_question() -> None:
    text = f"{NOTE}{HEADER}9|gpu|alps|RUNNING|5|6|Unknown|x|\n9||9|5|\n\nWould you like to fix\n"
    assert listed_rows(LISTINGS["runawayjobs"], text) == [
        {"ID": "9", "Partition": "gpu", "Cluster": "alps", "State": "RUNNING", "TimeSubmit": 5,
         "TimeStart": 6, "TimeEnd": None, "Name": "x|\n9|"},
    ]  # fmt: skip
    assert (
        listed_rows(LISTINGS["runawayjobs"], "Runaway Jobs: No runaway jobs found on cluster a\n")
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Federation|\n",
        "Federation|Cluster|\nnorth|alps\n",
        "Federation|Cluster|\nnorth|alps|more|\n",
        "Federation|Cluster|\nnorth",
    ],
)
def test_what_is_no_such_list_is_refused(text: str) -> None:
    with pytest.raises(SlurmRefused):
        listed_rows(LISTINGS[FEDERATION.noun], text)


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda one: str(one.noun))
def test_every_column_is_one_of_sacctmgrs(listing: Listing) -> None:
    """Both voices have the same columns: the table of the other one knows each word and header."""
    for field in listing.fields:
        meant = shown_column(field.column).column
        assert meant.header == field.title or field.title.startswith(meant.header[:4]), field.name


def test_every_noun_of_a_list_is_an_entity() -> None:
    assert {*LISTINGS} <= {entity.noun for entity in ENTITIES}
