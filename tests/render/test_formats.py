"""Every output format, whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.entities import ACCOUNT, TRES_TYPE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.syntax import parse_columns
from slurmctl_rest.render import FORMATS, Layout, Listing
from tests.strategies import account_rows, texts
from tests.support import PHYSICS, account

ROWS = [account("root", None), PHYSICS]
COLUMNS = parse_columns(ACCOUNT, "Account,Description,Parent,GrpTRES,QosLevel,MaxJobs")


def listing(
    rows: Sequence[Row] = ROWS,
    columns: str = "",
    inherited: list[Mapping[str, Origin]] | None = None,
) -> Listing:
    return Listing(
        ACCOUNT,
        rows,
        parse_columns(ACCOUNT, columns) if columns else COLUMNS,
        inherited or (),
        {"profile": "alps", "cluster": "alps", "executor": "rest", "slurm": "24.11.5"},
        ("take care",),
    )


def shown(format_: str, of: Listing | None = None, **layout: bool | int) -> str:
    lines = FORMATS[format_](of or listing(), Layout(**layout))  # type: ignore[arg-type]
    return "".join(f"{line}\n" for line in lines)


def test_parsable2() -> None:
    assert shown("parsable2") == (
        "Account|Descr|ParentName|GrpTRES|QOS|MaxJobs\n"
        "root|root||||\n"
        "physics|light and matter|science|cpu=100,mem=2G|high,normal|5\n"
    )


def test_parsable() -> None:
    assert shown("parsable") == (
        "Account|Descr|ParentName|GrpTRES|QOS|MaxJobs|\n"
        "root|root|||||\n"
        "physics|light and matter|science|cpu=100,mem=2G|high,normal|5|\n"
    )


def test_csv() -> None:
    assert shown("csv") == (
        "Account,Descr,ParentName,GrpTRES,QOS,MaxJobs\n"
        "root,root,,,,\n"
        'physics,light and matter,science,"cpu=100,mem=2G","high,normal",5\n'
    )


def test_table_off_a_terminal() -> None:
    assert shown("table") == (
        "Account  Descr             ParentName  GrpTRES         QOS          MaxJobs\n"
        "root     root\n"
        "physics  light and matter  science     cpu=100,mem=2G  high,normal  5\n"
    )


def test_widths_cut_as_sacctmgr_does() -> None:
    of = listing(columns="Account%10,Desc%-8,Org%3")
    assert shown("table", of) == (
        "   Account  Descr     Org\n"
        "      root  root      ro+\n"
        "   physics  light a+  sc+\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "chosen", "head"),
    [
        (30, False, "Account  MaxJobs  Org"),
        (200, False, "Account  GrpWall  MaxJobs  Org"),
        (200, True, "Account  GrpWall  MaxJobs  Org"),
    ],
    ids=["narrow", "wide", "wide and asked for"],
)
def test_usual_columns_without_any_value_are_left_out_where_the_screen_is_narrow(
    width: int, chosen: bool, head: str
) -> None:
    of = replace(listing(columns="Account,GrpWall,MaxJobs,Org"), chosen=chosen)
    printed = shown("table", of, terminal=True, width=width)
    assert printed.splitlines()[0] == head


def test_columns_that_were_asked_for_are_shown_in_any_case() -> None:
    of = replace(listing(columns="Account,GrpWall,MaxJobs,Org"), chosen=True)
    assert "Grp" in shown("table", of, terminal=True, width=30)
    assert "Grp" not in shown("table", replace(of, chosen=False), terminal=True, width=30)
    assert "GrpWall" in shown("table", replace(of, chosen=False))


def test_table_on_a_terminal() -> None:
    of = listing(columns="Account,MaxJobs,Desc%8")
    printed = shown("table", of, terminal=True, width=40)
    assert printed.splitlines() == [
        "Account  MaxJobs  Descr",
        "───────  ───────  ────────",
        "root              root",
        "physics        5  light",
        "                  and",
        "                  matter",
    ]


@pytest.mark.parametrize("format_", ["parsable2", "parsable", "csv"])
def test_noheader(format_: str) -> None:
    assert shown(format_, header=False) == shown(format_).partition("\n")[2]


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_no_rows(format_: str) -> None:
    text = shown(format_, listing(rows=[]), header=False)
    assert (json.loads(text)["items"] == []) if format_ == "json" else text == ""


def test_json() -> None:
    inherited: list[Mapping[str, Origin]] = [{}, {"MaxWall": "root", "MaxTRES": {"cpu": "root"}}]
    document = json.loads(shown("json", listing(inherited=inherited)))
    items = document.pop("items")
    assert document == {
        "schema_version": 1,
        "kind": "account",
        "profile": "alps",
        "cluster": "alps",
        "executor": "rest",
        "slurm": "24.11.5",
        "warnings": ["take care"],
    }
    assert items[1] == {
        "Account": "physics",
        "Description": "light and matter",
        "Organization": "science",
        "Coordinators": ["alice"],
        "IndirectCoordinators": [],
        "Cluster": "alps",
        "Clusters": ["alps"],
        "Parent": "science",
        "Fairshare": 20,
        "Priority": None,
        "GrpJobs": None,
        "GrpJobsAccrue": None,
        "GrpSubmitJobs": None,
        "GrpTRES": {"cpu": 100, "mem": 2048},
        "GrpTRESMins": {},
        "GrpTRESRunMins": {},
        "GrpWall": None,
        "MaxJobs": 5,
        "MaxJobsAccrue": None,
        "MaxSubmitJobs": None,
        "MaxTRES": {},
        "MaxTRESPerNode": {},
        "MaxTRESMins": {},
        "MaxTRESRunMins": {},
        "MaxWall": None,
        "MinPrioThresh": None,
        "DefaultQOS": None,
        "QosLevel": ["high", "normal"],
        "inherited": {"MaxWall": "root", "MaxTRES": {"cpu": "root"}},
    }


def test_ndjson_is_the_items_line_by_line() -> None:
    items = [json.loads(line) for line in shown("ndjson").splitlines()]
    assert items == json.loads(shown("json"))["items"]


def test_entities_that_inherit_nothing_do_not_speak_of_it() -> None:
    row = {"Type": "cpu", "Name": None, "ID": 1}
    of = Listing(TRES_TYPE, [row], parse_columns(TRES_TYPE, "Type,Name,ID"))
    assert json.loads(shown("json", of))["items"] == [row]


@given(rows=st.lists(account_rows(), max_size=3))
def test_items_have_the_same_keys_and_types_whatever_they_hold(rows: list[Row]) -> None:
    items = json.loads(shown("json", listing(rows=rows)))["items"]
    keys = [*(f.name for f in ACCOUNT.fields), "inherited"]
    assert [list(item) for item in items] == [keys] * len(rows)


@given(description=texts)
def test_csv_gives_any_text_back(description: str) -> None:
    of = listing(rows=[account("a", Description=description, Organization="x,y")],
                 columns="Account,Desc,Org")  # fmt: skip
    text = shown("csv", of, header=False)
    assert list(csv.reader(io.StringIO(text))) == [["a", description, "x,y"]]


JOKER = account("a", Description="\x1b[31m[bold]red\nline", Organization="\u202e\x07")


@pytest.mark.parametrize("format_", ["table", "parsable2", "parsable"])
def test_no_text_of_slurm_s_moves_the_terminal(format_: str) -> None:
    of = listing(rows=[JOKER], columns="Account,Desc,Org")
    printed = shown(format_, of, terminal=True, width=200, header=False)
    assert "\\x1b[31m[bold]red\\nline" in printed
    for character in "\x1b\x07\u202e":
        assert character not in printed


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b" not in shown("table", terminal=True, color=False)
    assert "\x1b[1mAccount" in shown("table", terminal=True, color=True)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_off_a_terminal_nothing_is_wrapped_cut_or_coloured(format_: str) -> None:
    long = "x" * 500
    printed = shown(format_, listing(rows=[account("a", Description=long)]), width=20)
    assert long in printed
    assert "\x1b" not in printed
