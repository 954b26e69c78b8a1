"""Values as each release of sacctmgr reads them."""

from __future__ import annotations

import re

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.kinds.durations import DURATION, MINUTES
from slurmctl_rest.sacctmgr.setting_values import (
    BadValue,
    NotSet,
    TresAmount,
    bounded_value,
    count_value,
    duration_value,
    is_whole,
    real_value,
    signed_names,
    tres_value,
    whole_value,
)

KNOWN = {"cpu": "cpu", "1": "cpu", "mem": "mem", "gres/gpu": "gres/gpu"}


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("5", 5, 5),
        ("'5'", 5, 5),
        (" 5", 5, 5),
        ("", 0, 0),
        ("-1", None, None),
        ("-7", None, None),
        ("4294967295", None, None),
        ("4294967296", 0, 0),
        ("99999999999999999999999", None, None),
        ("5x", 5, "Invalid value for GrpJobs (5x)"),
        ("1:00", 1, "Invalid value for GrpJobs (1:00)"),
        ("0:05", "Invalid value for GrpJobs (0:05)", "Invalid value for GrpJobs (0:05)"),
        ("X", "Invalid value for GrpJobs (x)", "Invalid value for GrpJobs (x)"),
    ],
)
def test_numbers(text: str, old: int | str | None, new: int | str | None) -> None:
    for is_old, expected in ((True, old), (False, new)):
        if isinstance(expected, str):
            with pytest.raises(BadValue, match=re.escape(expected)):
                count_value("GrpJobs", text, old=is_old)
        else:
            assert count_value("GrpJobs", text, old=is_old) == expected


def test_a_number_of_one_tres_has_64_bits() -> None:
    assert whole_value("GrpCPUs", "4294967296", old=False) == 4294967296


def test_a_number_that_means_no_value_sets_nothing() -> None:
    with pytest.raises(NotSet):
        count_value("Priority", "4294967294", old=False)


def test_a_number_that_slurmdbd_would_not_store_is_refused() -> None:
    with pytest.raises(Unsupported, match="holds no number above 2147483647"):
        bounded_value("Priority=3000000000", 3000000000)


def test_numbers_with_a_fraction() -> None:
    texts = ("1.5", "1e3", "", "-1")
    assert [real_value("F", text, old=False) for text in texts] == [1.5, 1000, 0, None]
    assert real_value("F", "5x", old=True) == 5
    with pytest.raises(BadValue, match="Invalid value for F \\(0x\\)"):
        real_value("F", "0x", old=True)
    with pytest.raises(BadValue, match=r"F value \(5x\) is not a valid number"):
        real_value("F", "5x", old=False)
    with pytest.raises(BadValue, match=r"Invalid value for F \(x\)"):
        real_value("F", "x", old=True)


@pytest.mark.parametrize("text", ["inf", "-Infinity", "nan", "0x1p3", "0x8"])
def test_numbers_that_only_c_reads_are_refused(text: str) -> None:
    with pytest.raises(Unsupported, match=f"F={text.lower()} is no decimal number"):
        real_value("F", text, old=False)


@pytest.mark.parametrize("text", ["99999-0", "35791395", "30000-00:00:00"])
def test_durations_beyond_31_bits_of_seconds_are_refused(text: str) -> None:
    with pytest.raises(Unsupported, match=f"{text} is longer than sacctmgr can read"):
        duration_value("W", text, MINUTES)


def test_durations() -> None:
    texts = ("60", "30:10", "1-0", "1-0:0:1", "unlimited", "-1", "0")
    found = [duration_value("W", text, MINUTES) for text in texts]
    assert found == [60, 31, 1440, 1441, None, None, 0]
    assert duration_value("P", "1:30", DURATION) == 90
    for text in ("", "5x", "x"):
        with pytest.raises(BadValue, match="Bad W"):
            duration_value("W", text, MINUTES)


@pytest.mark.parametrize(
    ("text", "old", "found"),
    [
        (
            "CPU=5,mem=2G,gres/gpu=-1",
            False,
            {"cpu": TresAmount(5), "mem": TresAmount(2048), "gres/gpu": TresAmount(None)},
        ),
        ("1=5K", True, {"cpu": TresAmount(5120)}),
        ("cpu=3T,mem=7K", True, {"cpu": TresAmount(3), "mem": TresAmount(7)}),
        ("cpu=", False, {"cpu": TresAmount(0)}),
        (",cpu=5", False, {"cpu": TresAmount(5)}),
        ("cpu=18446744073709551616", False, {"cpu": TresAmount(None)}),
        ("cpu=-99999999999999999999", True, {"cpu": TresAmount(None)}),
        ("cpu=-5", True, {"cpu": TresAmount(2**64 - 5)}),
        ("cpu=-1K", True, {"cpu": TresAmount(2**64 - 1024)}),
        ("cpu+=5,mem-=1", False, {"cpu": TresAmount(5, "+"), "mem": TresAmount(1, "-")}),
    ],
)
def test_tres(text: str, old: bool, found: dict[str, TresAmount]) -> None:
    assert tres_value(text, KNOWN, old=old) == (found, [])


def test_a_tres_without_a_name_is_refused() -> None:
    with pytest.raises(Unsupported, match="=cpu=4: sacctmgr takes the first TRES"):
        tres_value("=cpu=4", KNOWN, old=False)


@pytest.mark.parametrize(
    ("text", "old", "is_one"),
    [("1", True, True), ("+1", False, True), ("1x", True, True), ("1x", False, False)],
)
def test_whole_numbers(text: str, *, old: bool, is_one: bool) -> None:
    assert is_whole(text, old=old) is is_one


@pytest.mark.parametrize(
    ("text", "old", "said"),
    [
        ("", False, ""),
        ("cpu", False, "no TRES id found for cpu"),
        ("cpu=5,", False, "no TRES id found for "),
        ("foo=1", False, "no TRES known by type foo"),
        ("99=1", False, "no TRES known by id 99"),
        ("cpu+=1", True, "no TRES known by type cpu+"),
    ],
)
def test_tres_that_are_wrong(text: str, old: bool, said: str) -> None:
    with pytest.raises(BadValue) as wrong:
        tres_value(text, KNOWN, old=old)
    assert wrong.value.said == (
        [f"sacctmgr: error: slurmdb_format_tres_str: {said}"] if said else []
    )


def test_a_unit_that_is_none_is_complained_of_and_taken_for_no_unit() -> None:
    said = "sacctmgr: error: Invalid unit type 'x'. Possible options are 'KMGTP'"
    assert tres_value("cpu=5x", KNOWN, old=False) == ({"cpu": TresAmount(5)}, [said])


def test_names_of_qos_with_their_signs() -> None:
    known = ("normal", "high", "low")
    assert signed_names("Low,,high", "", known) == ["low", "high"]
    assert signed_names("low,-high", "+", known) == ["+low", "-high"]
    assert signed_names("", "+", known) == [""]
    for text, said in (
        ("Nix", "You gave a bad qos 'Nix'. Valid QOS's are normal,high,low"),
        (",", "You gave me an empty qos list"),
        ("''", "You gave me an empty qos list"),
        ("low,+high", "You can't set qos equal to something and then add or subtract from it"),
    ):
        with pytest.raises(BadValue, match=f"^sacctmgr: error: {re.escape(said)}"):
            signed_names(text, "", known)
