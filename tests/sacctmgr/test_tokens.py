"""Words and lists of names as sacctmgr reads them (each line seen on 24.11 and 26.05)."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.tokens import (
    bare_text,
    listed_names,
    plain_text,
    split_word,
    with_more,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("chem", ["chem"]),
        ("Chem,PHYSICS", ["chem", "physics"]),
        ("", [""]),
        ("''", [""]),
        ('""', [""]),
        (",", [""]),
        ("chem,", ["chem"]),
        (",chem", ["chem"]),
        ("chem,,physics", ["chem", "physics"]),
        ("'chem'", ["chem"]),
        ('"chem,physics"', ["chem", "physics"]),
        ("'chem','physics'", ["chem"]),
        ('"chem"x', ["chem"]),
        ("o'x", ["o`x"]),
        ("a,b,a", ["b", "a"]),
        ("empty[1-2]", ["empty1", "empty2"]),
        ("n[1,3]b[1-2]", ["n1b1", "n1b2", "n3b1", "n3b2"]),
        ("n[08-10]", ["n08", "n09", "n10"]),
        ("n[1-]", ["n1-"]),
        ("chem, physics ", ["chem", "physics"]),
    ],
)
def test_names_of_a_list(text: str, names: list[str]) -> None:
    assert listed_names(text) == names


def test_blanks_stay_where_the_release_keeps_them() -> None:
    assert listed_names("chem, physics", cuts_blanks=False) == ["chem", " physics"]


def test_a_range_stands_for_a_bounded_number_of_names() -> None:
    assert len(listed_names("n[1-99999999]")) == 10_001


def test_a_name_that_comes_again_counts_where_it_comes_last() -> None:
    assert with_more(["account", "descr", "org"], ["account", "user"]) == [
        "descr",
        "org",
        "account",
        "user",
    ]


def test_quotes() -> None:
    assert plain_text('"My Text" x') == "my text"
    assert plain_text("It's") == "it`s"
    assert bare_text("'A' B") == "A"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Foo", ("", "", "Foo")),
        ("Foo=Bar", ("foo", "=", "Bar")),
        ("Foo+=Bar", ("foo", "+=", "Bar")),
        ("Foo-=a=b", ("foo", "-=", "a=b")),
        ("=x", ("", "=", "x")),
    ],
)
def test_the_parts_of_a_word(text: str, parts: tuple[str, str, str]) -> None:
    one = split_word(text)
    assert (one.key, one.operator, one.value) == parts


def test_24_11_drops_a_second_equals_sign() -> None:
    assert split_word("organization==x", old=True).value == "x"
    assert split_word("organization==x").value == "=x"
    assert split_word("qos+==low", old=True).value == "=low"
