"""Values as each release of sacctmgr reads them."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.kinds.base import Operator
from slurmctl_rest.sacctmgr import values
from slurmctl_rest.sacctmgr.values import Invalid, Wrong

OLD, NEW = "24.11.5", "26.05.5"
TRES = {"cpu": "cpu", "1": "cpu", "mem": "mem", "gres/gpu": "gres/gpu"}


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("5", 5, 5),
        ("'5'", 5, 5),
        (" 5", 5, 5),
        ("", 0, 0),
        ("-1", None, None),
        ("-7", None, None),
        ("5x", 5, "Invalid value for GrpJobs (5x)"),
        ("1:00", 1, "Invalid value for GrpJobs (1:00)"),
        ("X", "Invalid value for GrpJobs (x)", "Invalid value for GrpJobs (x)"),
    ],
)
def test_numbers(text: str, old: int | str | None, new: int | str | None) -> None:
    for release, expected in ((OLD, old), (NEW, new)):
        if isinstance(expected, str):
            with pytest.raises(Invalid, match=expected.replace("(", r"\(").replace(")", r"\)")):
                values.number("GrpJobs", text, release)
        else:
            assert values.number("GrpJobs", text, release) == expected


def test_a_number_that_slurmdbd_would_not_store_is_wrong() -> None:
    with pytest.raises(Wrong, match="more than slurmdbd stores"):
        values.number("Priority", "3000000000", NEW)


def test_numbers_with_a_fraction() -> None:
    assert [values.real("F", text, NEW) for text in ("1.5", "1e3", "", "-1")] == [
        1.5,
        1000,
        0,
        None,
    ]
    assert values.real("F", "5x", OLD) == 5
    with pytest.raises(Invalid, match=r"F value \(5x\) is not a valid number"):
        values.real("F", "5x", NEW)
    with pytest.raises(Invalid, match=r"Invalid value for F \(x\)"):
        values.real("F", "x", OLD)


def test_durations() -> None:
    texts = ("60", "30:10", "1-0", "1-0:0:1", "unlimited", "-1", "0")
    assert [values.minutes("W", text) for text in texts] == [60, 31, 1440, 1441, None, None, 0]
    assert values.seconds("P", "1:30") == 90
    for text in ("", "5x", "x"):
        with pytest.raises(Wrong, match="Bad W"):
            values.minutes("W", text)


def test_tres() -> None:
    text = "CPU=5,mem=2G,gres/gpu=-1"
    assert values.tres(text, TRES, NEW) == {
        "cpu": (Operator.SET, 5),
        "mem": (Operator.SET, 2048),
        "gres/gpu": (Operator.SET, None),
    }
    assert values.tres("1=5K", TRES, OLD) == {"cpu": (Operator.SET, 5120)}
    assert values.tres("cpu+=5,mem-=1", TRES, NEW) == {
        "cpu": (Operator.ADD, 5),
        "mem": (Operator.REMOVE, 1),
    }


@pytest.mark.parametrize(
    ("text", "release", "said"),
    [
        ("", NEW, ""),
        ("cpu", NEW, "slurmdb_format_tres_str: no TRES id found for cpu"),
        ("cpu=5,", NEW, "slurmdb_format_tres_str: no TRES id found for "),
        ("foo=1", NEW, "slurmdb_format_tres_str: no TRES known by type foo"),
        ("cpu+=1", OLD, "slurmdb_format_tres_str: no TRES known by type cpu+"),
        ("cpu=x", NEW, "Invalid unit type 'x'. Possible options are 'KMGTP'"),
    ],
)
def test_tres_that_are_wrong(text: str, release: str, said: str) -> None:
    with pytest.raises(Wrong) as wrong:
        values.tres(text, TRES, release)
    assert str(wrong.value) == (f"sacctmgr: error: {said}" if said else "")


def test_names() -> None:
    assert values.names("'B,a,,b'") == ["b", "a"]
    assert values.names("") == [""]
    assert values.names(",") == []
