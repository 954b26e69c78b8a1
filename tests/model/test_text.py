r"""Bytes that are not UTF-8: one escape for both executors, as text and inside JSON."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.text import (
    ESCAPING,
    as_shown,
    bytes_to_json,
    bytes_to_text,
    is_escaped,
    listed,
    nearest_first,
)

TEXTS = {
    "Latin-1": (b"um\xe9l", r"um\xe9l"),
    "UTF-8": ("ümél 日本 😀".encode(), "ümél 日本 😀"),
    "both": (b"\xc3\xa9\xe9", r"é\xe9"),
    "a byte that begins nothing": (b"\x80", r"\x80"),
    "a byte that is never in UTF-8": (b"\xff\xfe", r"\xff\xfe"),
    "cut in a character": (b"a\xe2\x82", r"a\xe2\x82"),
    "a character cut by another": (b"\xe2\x82a", r"\xe2\x82a"),
    "overlong": (b"\xc0\xaf", r"\xc0\xaf"),
    "half a character": (b"\xed\xa0\x80", r"\xed\xa0\x80"),
    "two halves": (b"\xed\xa0\xbd\xed\xb8\x80", r"\xed\xa0\xbd\xed\xb8\x80"),
    "beyond Unicode": (b"\xf4\x90\x80\x80", r"\xf4\x90\x80\x80"),
    "a mark of UTF-8": (b"\xef\xbb\xbfa", "\ufeffa"),
    "typed so": (rb"um\xe9l", r"um\xe9l"),
    "nothing": (b"", ""),
}  # fmt: skip


@pytest.mark.parametrize(("data", "text"), TEXTS.values(), ids=list(TEXTS))
def test_bytes_as_text_and_in_json(data: bytes, text: str) -> None:
    assert bytes_to_text(data) == text
    in_json = b'{"name": "' + data.replace(b"\\", b"\\\\") + b'"}'
    assert json.loads(bytes_to_json(in_json)) == {"name": text}


HALVES = {
    rb"a\ud800b": r"a\ud800b",
    rb"a\uDFFFb": r"a\udfffb",
    rb"\ud83d\ude00": "😀",
    rb"\uD83D\uDE00": "😀",
    rb"\ude00\ud83d\ude00\ud83d": r"\ude00😀\ud83d",
    rb"\ud800\ud83d\ude00": r"\ud800😀",
    rb"\\ud800": r"\ud800",
    rb"\\\ud800": r"\\ud800",
    rb"\u0000\ud7ff\ue000": "\0\ud7ff\ue000",
    rb"\"\ud800\"": r'"\ud800"',
}


@pytest.mark.parametrize(("written", "text"), HALVES.items(), ids=repr)
def test_half_a_character_that_json_escapes(written: bytes, text: str) -> None:
    assert json.loads(bytes_to_json(b'"' + written + b'"')) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        (r"um\xe9l", True),
        (r"\xff", True),
        (r"a\ud800", True),
        (r"\x41", False),  # no byte of ASCII is ever escaped
        (r"\xE9", False),
        (r"c:\xe", False),
        (r"\ud7ff", False),
        ("umél", False),
        ("", False),
    ],
)
def test_what_may_have_been_other_bytes(text: str, escaped: bool) -> None:
    assert is_escaped(text) is escaped


@given(st.binary())
def test_any_bytes_are_text_that_can_be_printed_and_sent(data: bytes) -> None:
    text = bytes_to_text(data)
    text.encode()
    try:
        assert text == data.decode()
    except UnicodeDecodeError:
        assert is_escaped(text)


@given(st.binary())
def test_a_word_of_the_command_line_is_the_same_text(data: bytes) -> None:
    assert as_shown(data.decode("utf-8", "surrogateescape")) == bytes_to_text(data)


def test_a_word_that_no_system_has_is_text_too() -> None:
    assert as_shown("a\ud800") == r"a\ud800"


@given(st.binary(), st.integers(min_value=0, max_value=40))
def test_bytes_that_come_in_parts_are_the_same_text(data: bytes, cut: int) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")(ESCAPING)
    parts = decoder.decode(data[:cut]), decoder.decode(data[cut:], final=True)
    assert "".join(parts) == bytes_to_text(data)


@given(st.binary())
def test_bytes_in_a_string_of_json_are_the_same_text(data: bytes) -> None:
    """As json-c writes them: what JSON must escape is escaped, and all else is passed on."""
    must = {0x22: rb"\"", 0x5C: rb"\\", **{n: b"\\u%04x" % n for n in range(32)}}
    in_json = b"".join(must.get(one, bytes([one])) for one in data)
    assert json.loads(bytes_to_json(b'"' + in_json + b'"')) == bytes_to_text(data)


@given(st.text(st.characters(codec="utf-8")), st.booleans())
def test_json_that_is_whole_stays_as_it_is(text: str, ascii_: bool) -> None:
    whole = json.dumps(text, ensure_ascii=ascii_).encode()
    assert json.loads(bytes_to_json(whole)) == text
    if b"\\ud" not in whole:
        assert bytes_to_json(whole) == whole


@given(st.text(alphabet=st.sampled_from('\\uUdDcC8Ee09"{}: \ud800\udc00é\xff'), max_size=30))
def test_json_that_cannot_be_read_is_still_none_that_can(text: str) -> None:
    """The escape makes no document of what was none, and keeps each document that was one."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        before = json.loads(data.decode())
    except ValueError:
        return
    after = json.loads(bytes_to_json(data))
    shown = json.dumps(before).encode()
    assert json.loads(bytes_to_json(shown)) == after
    json.dumps(after, ensure_ascii=False).encode()


NUMBERS = [f"a{number}" for number in range(1, 13)]


def test_of_many_names_ten_are_listed() -> None:
    assert listed(NUMBERS[:10]) == "a1, a2, a3, a4, a5, a6, a7, a8, a9, a10"
    assert listed(NUMBERS) == "a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 and 2 more"


def test_of_many_names_the_nearest_come_first() -> None:
    assert nearest_first("A12", NUMBERS) == "a12, a1, a2, a10, a11, a3, a4, a5, a6, a7 and 2 more"
    assert nearest_first("a3", NUMBERS[:3]) == "a1, a2, a3"  # all are shown, in their own order
