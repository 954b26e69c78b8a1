"""Files of names and of CSV: what they say, as tokens would; and what is wrong with one, where."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slurmctl_rest.errors import Refused, SlurmctlError, UsageError
from slurmctl_rest.model import files
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, COORDINATOR, JOB, QOS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.files import (
    EMPTY_CELL,
    MAX_FILE_BYTES,
    MAX_LINE_CHARACTERS,
    FileVerb,
    InputFile,
)
from slurmctl_rest.model.syntax import Assignment, Statement, parse_add, parse_modify, parse_select
from tests.strategies import assignments, few_names


def base(entity: Entity, verb: FileVerb, tokens: Sequence[str]) -> Statement:
    if verb == "add":
        return parse_add(entity, tokens, by_file=True)
    if verb == "modify":
        return parse_modify(entity, tokens, by_file=True)
    return parse_select(entity, tokens)


def read(
    entity: Entity, verb: FileVerb, data: str | bytes, *tokens: str, name: str = "x"
) -> list[Statement]:
    text = data.encode() if isinstance(data, str) else data
    return files.parse_statements(entity, verb, base(entity, verb, tokens), InputFile(name, text))


def told(sentences: Sequence[Statement]) -> list[tuple[object, ...]]:
    """Return names, conditions and assignments of each sentence, in words."""
    return [
        (one.selection.names, dict(one.selection.where), [str(a) for a in one.assignments])
        for one in sentences
    ]


def test_names() -> None:
    data = b"\xef\xbb\xbfPhysics\r\n\r\n# of last year: a, b\n  optics  \nphysics\n\n"
    assert told(read(ACCOUNT, "modify", data, "where", "parent=science", "set", "MaxJobs=3")) == [
        (("physics", "optics"), {"Parent": ("science",)}, ["MaxJobs=3"])
    ]


def test_rows_with_values_of_their_own() -> None:
    data = (
        "# made on Monday\n"
        "User,account, Def Acct ,fairshare,MaxJobs,GrpTRES\r\n"
        "alice,physics,,3,,\r\n"
        "\r\n"
        'bob,"physics,optics",optics,,5,"cpu=1,mem=2G"\r\n'
    )
    found = read(USER_WITH_LIMITS, "add", data, "partition=gpu", "Priority=7")
    both = {"Partitions": (("gpu",),)}
    assert told(found) == [
        (("alice",), {**both, "Accounts": (("physics",),)}, ["Priority=7", "Fairshare=3"]),
        (
            ("bob",),
            {**both, "Accounts": (("physics",), ("optics",))},
            ["Priority=7", "DefaultAccount=optics", "MaxJobs=5", "GrpTRES=cpu=1,mem=2G"],
        ),
    ]
    assert [one.place for one in found] == ["x, line 3", "x, line 5"]


def test_what_an_empty_cell_says() -> None:
    """Where an association is, empty is none; a value that is empty is left as it is."""
    data = "account,user,partition,qos,maxjobs\nphysics,,,,4\nphysics,bob,gpu,'',\n"
    assert told(read(ASSOCIATION, "modify", data)) == [
        (
            (),
            {"Account": ("physics",), "User": (None,), "Partition": (None,)},
            ["MaxJobs=4"],
        ),
        (
            (),
            {"Account": ("physics",), "User": ("bob",), "Partition": ("gpu",)},
            ["QosLevel="],
        ),
    ]


@pytest.mark.parametrize(
    ("entity", "verb", "data", "name", "found"),
    [
        (ACCOUNT, "delete", "account\na\n", "x", [(("a",), {}, [])]),
        (ACCOUNT, "delete", "a\naccount\n", "x", [(("a", "account"), {}, [])]),
        (QOS, "delete", "name\na\nb\n", "stdin", [(("a", "b"), {}, [])]),
        (JOB, "cancel", "12\n13_4\n", "x", [(("12", "13_4"), {}, [])]),
        (
            COORDINATOR,
            "add",
            "user,account\nal,a\nal,b\n",
            "x",
            [(("al",), {"Account": ("a",)}, []), (("al",), {"Account": ("b",)}, [])],
        ),
        (
            QOS,
            "modify",
            "name,flags+,flags-\nhigh,NoDecay,DenyOnLimit\n",
            "x",
            [(("high",), {}, ["Flags+=NoDecay", "Flags-=DenyOnLimit"])],
        ),
    ],
)
def test_what_is_csv(
    entity: Entity, verb: FileVerb, data: str, name: str, found: list[tuple[object, ...]]
) -> None:
    assert told(read(entity, verb, data, name=name)) == found


USER = USER_WITH_LIMITS
WRONG: list[tuple[Entity, FileVerb, str | bytes, tuple[str, ...], str]] = [
    (ACCOUNT, "delete", "a\nb c\n", (), "x, line 2: Account: 'b c' is not a name"),
    (ACCOUNT, "delete", "a\nb,c\n", (), "x, line 2: 'b,c' is more than one name"),
    (ACCOUNT, "delete", b"a\nb\0\n", (), "x, line 2: the line contains a NUL character"),
    (ACCOUNT, "delete", b"a\n\xff\n", (), "x, line 2: the line is not UTF-8"),
    (ACCOUNT, "delete", "a".encode("utf-16"), (), "x, line 1: the line contains a NUL character"),
    (
        ACCOUNT,
        "delete",
        "a" * (MAX_LINE_CHARACTERS + 1),
        (),
        f"x, line 1: the line is longer than {MAX_LINE_CHARACTERS}",
    ),
    (ACCOUNT, "delete", b"a\n" * (MAX_FILE_BYTES // 2 + 1), (), "x is larger than 16 MiB"),
    (ACCOUNT, "delete", "a\n", ("b",), "accounts are named on the command line and in x"),
    (ACCOUNT, "modify", "a\n", (), "nothing to set on the account"),
    (ACCOUNT, "modify", "account\na\n", (), "nothing to set on the account"),
    (ASSOCIATION, "modify", "a\n", ("set", "MaxJobs=1"), "x: associations have no names"),
    (
        USER,
        "modify",
        "user,maxjbs\na,1\n",
        (),
        "x, line 1, column maxjbs: user has no field 'maxjbs'",
    ),
    (USER, "modify", "user,coord\na,1\n", (), "x, line 1, column coord: Coordinators of user"),
    (USER, "modify", "user,shares,Share\na,1,1\n", (), "x, line 1, column Share: Fairshare has t"),
    (
        USER,
        "modify",
        "user,maxjobs+\na,1\n",
        (),
        "x, line 1, column maxjobs+: MaxJobs accepts only '='",
    ),
    (
        USER,
        "modify",
        "user+,maxjobs\na,1\n",
        (),
        "x, line 1, column user+: User does not accept '+'",
    ),
    (USER, "modify", "user,maxjobs\na,1\n", ("set", "MaxJobs=2"), "x, line 1, column maxjobs: Ma"),
    (USER, "modify", "user,account\na,b\n", ("account=c", "set", "MaxJobs=2"), "x, line 1, colu"),
    (USER, "modify", "account,maxjobs\na,1\n", (), "x, line 1: no column names the users"),
    (
        ASSOCIATION,
        "modify",
        "partition,maxjobs\na,1\n",
        (),
        "x, line 1: no column names the associations",
    ),
    (USER, "modify", "user,maxjobs\na,1\nb,x\n", (), "x, line 3, column maxjobs: MaxJobs: 'x' is"),
    (USER, "modify", "user,maxjobs\na,1\nb\n", (), "x, line 3: 1 cells, but the header has 2"),
    (USER, "modify", "user,maxjobs\na,1,2\n", (), "x, line 2: 3 cells, but the header has 2"),
    (
        USER,
        "modify",
        "user,maxjobs\n,1\n",
        (),
        "x, line 2, column user: the cell is empty, and names",
    ),
    (
        USER,
        "modify",
        "user,account,maxjobs\na,,1\n",
        (),
        "x, line 2, column account: the cell is empty",
    ),
    (USER, "delete", "user,account\na,\n", (), "x, line 2, column account: the cell is empty"),
    (
        USER,
        "delete",
        "user,maxjobs\na,1\n",
        (),
        "x, line 1, column maxjobs: MaxJobs cannot be a column",
    ),
    (JOB, "cancel", "jobid,user\n1,a\n", (), "x, line 1, column user: User cannot be a column"),
    (USER, "modify", 'user,maxjobs\na,"1\nb,2\n', (), "x, line 2: not valid CSV: unexpected end"),
    (USER, "modify", 'user,maxjobs\na,"1"2\n', (), "x, line 2: not valid CSV: ',' expected"),
    (
        USER,
        "modify",
        "user,maxjobs\na,1\na,1\n",
        (),
        "x, line 3: 'a' is already named in x, line 2",
    ),
    (
        USER,
        "modify",
        'user,account,maxjobs\na,"b,c",1\na,c,2\n',
        (),
        "x, line 3: 'a c' is already named in x, line 2",
    ),
    (
        USER,
        "add",
        "user,account,admin\na,b,operator\na,c,none\n",
        (),
        "x, line 3: 'a' has a different AdminLevel in x, line 2",
    ),
    (ACCOUNT, "add", "account,coord\na,al\n", (), "x, line 1, column coord: Coordinators cannot"),
]


@pytest.mark.parametrize(("entity", "verb", "data", "tokens", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    entity: Entity, verb: FileVerb, data: str | bytes, tokens: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read(entity, verb, data, *tokens)
    assert refused.value.message[: len(words)] == words


@pytest.mark.parametrize("data", ["", "\n\n", "# nobody\n", "\ufeff", "account,maxjobs\n"])
def test_an_empty_file_names_nothing(data: str) -> None:
    with pytest.raises(Refused) as refused:
        read(ACCOUNT, "modify", data, "where", "parent=a", "set", "Priority=1")
    assert refused.value.message == "x contains no names"


@given(
    rows=st.dictionaries(few_names, assignments(), min_size=1, max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_csv_is_read_as_its_tokens(
    rows: dict[str, tuple[Assignment, ...]], end: str
) -> None:
    """Each row is the sentence that its cells would be as tokens."""
    tokens = {name: [str(one) for one in asked] for name, asked in rows.items()}
    cells = {
        name: {word.partition("=")[0]: word.partition("=")[2] or EMPTY_CELL for word in some}
        for name, some in tokens.items()
    }
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    fields = {column.rstrip("+-") for column in columns}
    assume(not any({field} < {c for c in columns if c.rstrip("+-") == field} for field in fields))
    paper = io.StringIO(newline="")
    writer = csv.writer(paper, lineterminator=end)
    writer.writerow(["Account", *columns])
    writer.writerows([name, *(row.get(c, "") for c in columns)] for name, row in cells.items())
    assert [
        (one.selection, _sorted(one.assignments))
        for one in read(ACCOUNT, "modify", paper.getvalue(), name="a.csv")
    ] == [
        (asked.selection, _sorted(asked.assignments))
        for asked in (parse_modify(ACCOUNT, [name, "set", *some]) for name, some in tokens.items())
    ]


def _sorted(asked: Sequence[Assignment]) -> list[Assignment]:
    return sorted(asked, key=str)


@given(data=st.binary(max_size=200), verb=st.sampled_from(["add", "modify", "delete"]))
def test_no_file_is_more_than_an_error(data: bytes, verb: FileVerb) -> None:
    try:
        found = read(USER_WITH_LIMITS, verb, data)
    except SlurmctlError:
        return
    assert all(one.selection.names for one in found)
