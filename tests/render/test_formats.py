"""Every output format, whole."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from slurmctl_rest.cache import MAX_ENTRIES
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.columns import parse_columns
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, TRES_TYPE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.render import listing as listing_module
from slurmctl_rest.render.formats import FORMATS
from slurmctl_rest.render.json import dumped, json_item, json_value
from slurmctl_rest.render.listing import OutputTarget, ResultList, Texts
from slurmctl_rest.render.table import ROWS_AT_ONCE
from slurmctl_rest.render.yaml_text import yaml_lines
from tests.strategies import account_rows, texts
from tests.support import PHYSICS, account

ROWS = [account("root", None), PHYSICS]
COLUMNS = parse_columns(ACCOUNT, "Account,Description,Parent,GrpTRES,QosLevel,MaxJobs")


def listing(
    rows: Sequence[Row] = ROWS,
    columns: str = "",
    inherited: list[Mapping[str, Origin]] | None = None,
) -> ResultList:
    return ResultList(
        ACCOUNT,
        rows,
        parse_columns(ACCOUNT, columns) if columns else COLUMNS,
        inherited or (),
        lambda: {"profile": "alps", "cluster": "alps", "executor": "rest", "slurm": "24.11.5"},
        ("take care",),
    )


def shown(format_: str, of: ResultList | None = None, **layout: bool | int) -> str:
    lines = FORMATS[format_](of or listing(), OutputTarget(**layout))  # type: ignore[arg-type]
    return "".join(f"{line}\n" for line in lines)


def test_where_limits_come_from_is_told_by_tres_in_the_order_of_names() -> None:
    origins = {"mem": "root", "cpu": "science"}
    of = listing([PHYSICS], inherited=[{"MaxTRES": origins, "MaxWall": "root"}])
    item = json.loads(shown("ndjson", of))
    assert json.dumps(item["inherited"]) == (
        '{"MaxTRES": {"cpu": "science", "mem": "root"}, "MaxWall": "root"}'
    )


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
        "Account,Description,Parent,GrpTRES,QosLevel,MaxJobs\n"
        "root,root,,,,\n"
        'physics,light and matter,science,"cpu=100,mem=2G","high,normal",5\n'
    )


def test_table_off_a_terminal() -> None:
    assert shown("table") == (
        "Account  Description       Parent   GrpTRES         QosLevel     MaxJobs\n"
        "root     root\n"
        "physics  light and matter  science  cpu=100,mem=2G  high,normal  5\n"
    )


def test_what_is_peculiar_in_one_of_many_rows_is_shown_as_in_one_of_few() -> None:
    """Columns are made of some rows at a time."""
    usual: list[Row] = [{"Account": "a", "Description": None}] * ROWS_AT_ONCE
    odd: list[Row] = [
        {"Account": "中文中文中", "Description": "a\x07b"},
        {"Account": "physics", "Description": "eyJa.bc"},
        {"Account": "é" * 9, "Description": None},
    ]
    of = replace(listing([*usual, *odd], "Account,Description"), totals=usual[:1])
    assert shown("table", of) == (
        "Account     Description\n"
        + "a\n" * ROWS_AT_ONCE
        + "中文中文中  a\\x07b\n"
        + "physics     ***\n"
        + "ééééééééé\n"
        + "a\n"
    )


def test_widths_cut_as_sacctmgr_does() -> None:
    of = listing(columns="Account%10,Desc%-8,Org%3")
    assert shown("table", of) == (
        "   Account  Descrip+  Or+\n"
        "      root  root      ro+\n"
        "   physics  light a+  sc+\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "chosen", "head"),
    [
        (35, False, "Account  MaxJobs  Organization"),
        (200, False, "Account  GrpWall  MaxJobs  Organization"),
        (200, True, "Account  GrpWall  MaxJobs  Organization"),
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
    of = listing(columns="Account,MaxJobs,Desc%11")
    printed = shown("table", of, terminal=True, width=40)
    assert printed.splitlines() == [
        "Account  MaxJobs  Description",
        "───────  ───────  ───────────",
        "root              root",
        "physics        5  light and",
        "                  matter",
    ]


@pytest.mark.parametrize("format_", ["parsable2", "parsable", "csv", "table"])
def test_noheader(format_: str) -> None:
    assert shown(format_, header=False) == shown(format_).partition("\n")[2]


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_no_rows(format_: str) -> None:
    text = shown(format_, listing(rows=[]), header=False)
    empty = {"json": '\n  "items": [],\n', "yaml": "\nitems: []\n"}
    assert empty[format_] in text if format_ in empty else text == ""


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
    of = ResultList(TRES_TYPE, [row], parse_columns(TRES_TYPE, "Type,Name,ID"))
    assert json.loads(shown("json", of))["items"] == [row]


@given(rows=st.lists(account_rows(), max_size=3))
def test_items_have_the_same_keys_and_types_whatever_they_hold(rows: list[Row]) -> None:
    items = json.loads(shown("json", listing(rows=rows)))["items"]
    keys = [*(f.name for f in ACCOUNT.fields), "inherited"]
    assert [list(item) for item in items] == [keys] * len(rows)


NASTY = [
    "plain",
    "a\x07\n\x85b",
    "\u202eevil\u200b",
    "é→🚀",
    "eyJhbGci.eyJzdWIi.c2lnbg",
    '"{}", []',
]
strange = st.sampled_from(NASTY)
TRES_ = st.dictionaries(strange | st.sampled_from(["mem", "cpu"]), st.integers(0, 2), max_size=3)
pool: st.SearchStrategy[Value] = st.one_of(
    *(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, 1, 2, 0.0, 1.0]),
        strange,
        TRES_,
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(strange, max_size=3).map(tuple),
)
origins = strange | st.dictionaries(strange, strange, max_size=2)


@given(data=st.data(), ascii_=st.booleans(), most=st.sampled_from([1, 3, MAX_ENTRIES]))
def test_items_put_together_are_those_that_are_written_whole(
    data: st.DataObject, ascii_: bool, most: int
) -> None:
    names = [f.name for f in ACCOUNT.fields]
    few = data.draw(st.lists(pool, min_size=1, max_size=6))  # rows share them, as those of a list
    filled = st.fixed_dictionaries({}, optional=dict.fromkeys(names, st.sampled_from(few)))
    rows = data.draw(st.lists(filled, max_size=4))
    from_above: list[Mapping[str, Origin]] = [
        data.draw(st.dictionaries(st.sampled_from(names), origins, max_size=3)) for _ in rows
    ]
    of = replace(listing(rows), inherited=from_above)
    items = [
        {
            **json_item(ACCOUNT, row),
            "inherited": {name: json_value(origin) for name, origin in inherited.items()},
        }
        for row, inherited in zip(rows, from_above, strict=True)
    ]
    document = {
        "schema_version": 1,
        "kind": "account",
        **of.meta(),
        "items": items,
        "warnings": ["take care"],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing_module, "MAX_ENTRIES", most)
        whole = f"{dumped(document, 2, ascii_=ascii_)}\n"
        assert shown("json", of, ascii=ascii_) == whole
        assert shown("json", replace(of, complete=True), ascii=ascii_) == whole
        lines = [f"{dumped(item, ascii_=ascii_)}\n" for item in items]
        assert shown("ndjson", of, ascii=ascii_) == "".join(lines)


@pytest.mark.parametrize(("complete", "printed"), [(False, 0), (True, 2)])
def test_a_document_begins_before_its_last_row_where_none_can_fail(
    *, complete: bool, printed: int
) -> None:
    """`--json` is whole or nothing: other rows are awaited."""

    def rows() -> Iterator[Row]:
        yield from [account("a", None), account("b", None), account("c", None)]
        raise ValueError("no more")

    lines = FORMATS["json"](replace(listing(), rows=rows(), complete=complete), OutputTarget())
    found: list[str] = []
    with pytest.raises(ValueError, match="no more"):
        found.extend(lines)
    assert sum('"Account"' in line for line in found) == printed


def test_texts_are_remembered_for_an_object_and_not_for_its_equals() -> None:
    made: list[Value] = []
    texts_ = Texts[Value](lambda value: made.append(value) or json.dumps(value))  # type: ignore[func-returns-value]
    all_: list[Value] = [1, True, 1.0, 1]
    assert [texts_.get(id(v)) or texts_.of(v) for v in all_] == ["1", "true", "1.0", "1"]
    assert made == [1, True, 1.0]


def test_texts_are_bounded_and_no_id_is_taken_for_that_of_a_value_that_is_gone() -> None:
    texts_ = Texts[Value](repr)
    for number in range(MAX_ENTRIES + 10):
        name = f"u{number}"  # it would be gone at once
        assert (texts_.get(id(name)) or texts_.of(name)) == f"'u{number}'"
        assert len(texts_) <= MAX_ENTRIES


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
    row = account(long if format_ == "name" else "a", Description=long, MaxJobs=1)
    printed = shown(format_, listing(rows=[row]), width=20)
    assert long in printed
    assert "\x1b" not in printed


def test_wide_is_whole_on_a_terminal_too() -> None:
    rows = [account("a", Description="x" * 50)]
    of = listing(rows, "Account,Description")
    assert shown("wide", of, terminal=True, width=20) == shown("table", of)


def test_name_prints_each_name_once() -> None:
    rows = [account("b"), account("a"), account("b")]
    assert shown("name", listing(rows), terminal=True) == "b\na\n"
    with pytest.raises(UsageError, match="associations have no names"):
        shown("name", replace(listing(), entity=ASSOCIATION))


def test_yaml_is_the_document_of_json() -> None:
    rows = [account("a", Description="no", Organization="é: # \U0001f680"), PHYSICS]
    of = listing(rows, "Account,Description,Organization,GrpTRES,MaxJobs,QosLevel")
    printed = shown("yaml", of)
    assert printed.startswith(
        "schema_version: 1\n"
        "kind: account\n"
        "profile: alps\n"
        "cluster: alps\n"
        "executor: rest\n"
        'slurm: "24.11.5"\n'
        "items:\n"
        "  - Account: a\n"
        '    Description: "no"\n'
    )
    assert "    GrpTRES:\n      cpu: 100\n      mem: 2048\n" in printed
    for text in (printed, shown("yaml", of, ascii=True)):
        assert YAML(typ="safe").load(text) == json.loads(shown("json", of))
    assert shown("yaml", of, ascii=True).isascii()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
        max_leaves=8,
    )
)
def test_what_yaml_reads_is_what_json_had(value: Json) -> None:
    document = json.loads(dumped({"value": value}))
    assert YAML(typ="safe").load("\n".join(yaml_lines(document))) == document


def test_prometheus_has_a_gauge_for_each_column_of_numbers() -> None:
    rows = [
        account("a", Description='say "x\\y"\nz', MaxJobs=3, GrpJobs=0),
        account("b", Description=None, GrpJobs=1),
    ]
    assert shown("prometheus", listing(rows, "Account,Description,MaxJobs,GrpJobs")) == (
        "# HELP slurmctl_rest_account_maxjobs jobs that each user may run at once\n"
        "# TYPE slurmctl_rest_account_maxjobs gauge\n"
        r'slurmctl_rest_account_maxjobs{account="a",description="say \"x\\y\"\nz"} 3'
        "\n"
        "# HELP slurmctl_rest_account_grpjobs jobs that may run at once, in this association and "
        "below\n"
        "# TYPE slurmctl_rest_account_grpjobs gauge\n"
        r'slurmctl_rest_account_grpjobs{account="a",description="say \"x\\y\"\nz"} 0'
        "\n"
        'slurmctl_rest_account_grpjobs{account="b"} 1\n'
    )
    assert shown("prometheus", listing([rows[1]], "Account"), header=False) == (
        'slurmctl_rest_account_info{account="b"} 1\n'
    )


# --- on terminals of all sorts


LONG = account(
    "group-with-a-long-name",
    "physics",
    Description="what does not fit",
    GrpTRES={"cpu": 100, "gres/gpu:a100": 4, "mem": 2048},
    QosLevel=("high", "normal"),
)
NARROW = "Account,Description,GrpTRES,QosLevel"


def test_the_widest_columns_give_way_at_blanks_and_commas() -> None:
    printed = shown("table", listing([PHYSICS, LONG], NARROW), terminal=True, width=67)
    assert printed.splitlines() == [
        "Account                 Description   GrpTRES           QosLevel",
        "──────────────────────  ────────────  ────────────────  ───────────",
        "physics                 light and     cpu=100,mem=2G    high,normal",
        "                        matter",
        "group-with-a-long-name  what does     cpu=100,          high,normal",
        "                        not fit       gres/gpu:a100=4,",
        "                                      mem=2G",
    ]


def test_where_no_table_fits_there_are_records() -> None:
    of = replace(listing([account("a"), LONG], NARROW), chosen=False)
    assert shown("table", of, terminal=True, width=40).splitlines() == [
        "Account: a",
        "Description: a",
        "",
        "Account: group-with-a-long-name",
        "Description: what does not fit",
        "GrpTRES: cpu=100,gres/gpu:a100=4,mem=2G",
        "QosLevel: high,normal",
    ]
    chosen = shown("table", replace(of, chosen=True), terminal=True, width=32)
    assert chosen.splitlines() == [
        *("Account: a", "Description: a", "GrpTRES:", "QosLevel:", ""),
        *("Account: group-with-a-long-name", "Description: what does not fit"),
        *("GrpTRES:", "  cpu=100,gres/gpu:a100=4,mem=2G", "QosLevel: high,normal"),
    ]


def test_widths_that_were_asked_for_are_kept_on_a_narrow_terminal() -> None:
    printed = shown("table", listing([LONG], "Account%10,QOS%30"), terminal=True, width=24)
    assert printed.splitlines() == [
        "Account     QosLevel",
        f"{'─' * 10}  {'─' * 30}",
        "group-with  high,normal",
        "-a-long-na",
        "me",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_wide_characters_keep_the_columns(terminal: bool) -> None:
    rows = [account("a", Description="物理"), account("b", Description="e\u0301cole 🚀")]
    printed = shown("table", listing(rows, "Account,Desc,Org"), terminal=terminal)
    assert printed.splitlines()[-2:] == [
        "a        物理         a",
        "b        e\u0301cole 🚀     b",
    ]


def test_ascii_terminals() -> None:
    of = listing([account("a", Description="é→🚀")], "Account,Desc,Org")
    printed = shown("table", of, terminal=True, ascii=True)
    assert printed.splitlines() == [
        "Account  Description           Organization",
        "-------  --------------------  ------------",
        "a        \\xe9\\u2192\\U0001f680  a",
    ]
    for format_ in ("json", "ndjson"):
        text = shown(format_, of, ascii=True)
        assert text.isascii()
        assert json.loads(text) == json.loads(shown(format_, of))


def test_what_is_inherited_is_dim() -> None:
    rows = [{**PHYSICS, "MaxWall": 90, "MaxTRES": {"cpu": 1, "mem": 2}}]
    from_root: Mapping[str, Origin] = {"MaxWall": "root", "MaxTRES": {"cpu": "root"}}
    of = listing(rows, "Account,MaxWall,MaxTRES,GrpTRES", [from_root])
    line = shown("table", of, terminal=True, color=True).splitlines()[-1]
    assert line == "physics  \x1b[2m01:30:00\x1b[0m  cpu=1,mem=2M  cpu=100,mem=2G"
    all_of_it: Mapping[str, Origin] = {"MaxTRES": {"cpu": "root", "mem": "science"}}
    line = shown("table", listing(rows, "MaxTRES", [all_of_it]), color=True).splitlines()[-1]
    assert line == "\x1b[2mcpu=1,mem=2M\x1b[0m"


def test_colours_off_a_terminal_change_no_width() -> None:
    plain, colored = shown("table"), shown("table", color=True)
    assert colored != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain
