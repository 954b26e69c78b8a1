"""JSON as text: the bytes that json.dumps writes, without what a terminal obeys."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.render.json import UNSEEN, dumped

TEXTS = st.text(st.characters(exclude_characters="\x7f")).filter(lambda t: not UNSEEN.search(t))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(document=DOCUMENTS, indent=st.sampled_from([None, 1, 2]), ascii_=st.booleans())
def test_it_is_what_json_dumps_writes(document: Json, indent: int | None, ascii_: bool) -> None:
    text = dumped(document, indent, ascii_=ascii_)
    assert text == json.dumps(document, indent=indent, ensure_ascii=ascii_)


@pytest.mark.parametrize(
    ("value", "text", "in_ascii"),
    [
        (1e16, "1e+16", "1e+16"),
        (0.1, "0.1", "0.1"),
        ("é\U0001f600", '"é\U0001f600"', r'"\u00e9\ud83d\ude00"'),
        ("\ud800", '"\ud800"', r'"\ud800"'),
        ("um\\xe9l\n/", r'"um\\xe9l\n/"', r'"um\\xe9l\n/"'),
        ("\x1b\x7f\u202e", r'"\u001b\u007f\u202e"', r'"\u001b\u007f\u202e"'),
        ({"b": [], "a": {}}, '{"b": [], "a": {}}', '{"b": [], "a": {}}'),
    ],
    ids=["large", "fraction", "letters", "half a character", "escapes", "unseen", "empty"],
)
def test_what_other_writers_of_json_write_otherwise(value: Json, text: str, in_ascii: str) -> None:
    assert (dumped(value), dumped(value, ascii_=True)) == (text, in_ascii)
