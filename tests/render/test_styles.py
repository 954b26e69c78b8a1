"""Colours that stand for something."""

from __future__ import annotations

from typing import get_args

import pytest

from slurmctl_rest.model.change import Action
from slurmctl_rest.model.entities.job import STATE_CODES
from slurmctl_rest.render.styles import (
    CODES,
    MEANING_OF_WORDS,
    OF_ACTIONS,
    STYLES,
    WORST,
    Role,
    role_of,
    styled,
)


def test_the_tables_are_whole() -> None:
    assert set(STYLES) == set(get_args(Role))
    assert {word for style in STYLES.values() for word in style.split()} == set(CODES)
    assert set(OF_ACTIONS) == set(get_args(Action))
    assert set(MEANING_OF_WORDS["State"]) <= set(STATE_CODES)
    assert {meant for words in MEANING_OF_WORDS.values() for meant in words.values()} == set(WORST)


@pytest.mark.parametrize(
    ("field", "text", "meant"),
    [
        ("Status", "up", "good"),
        ("Status", "fail", "bad"),
        ("State", "CANCELLED,COMPLETING", "bad"),
        ("State", "COMPLETED", None),
        ("Description", "up", None),
        ("Status", "", None),
    ],
)
def test_meaning(field: str, text: str, meant: str | None) -> None:
    assert role_of(field, text) == meant


def test_styled() -> None:
    assert styled("x", "bad", color=True) == "\x1b[1;31mx\x1b[0m"
    assert styled("x", "bad", color=False) == styled("x", None, color=True) == "x"
    assert styled("", "bad", color=True) == ""
