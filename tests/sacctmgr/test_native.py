"""sacctmgr's lines as native commands."""

from __future__ import annotations

import shlex

import pytest

from slurmctl_rest.cli.app import COMMAND_WORDS
from slurmctl_rest.sacctmgr import options, verbs
from slurmctl_rest.sacctmgr.native import native


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("-i mod acc x set maxj=3", "slurmctl-rest account modify x set maxj=3 -i"),
        ("-nP show assoc user=a", "slurmctl-rest assoc list user=a -n -P"),
        ("-i --json list qos", "slurmctl-rest qos list --json"),
        ("-r add user 'a b'", "slurmctl-rest user add 'a b' --readonly"),
        ("ping", "slurmctl-rest ping"),
        ("add cluster x", "slurmctl-rest cluster add x"),
        ("list stats", "slurmctl-rest stats list"),
        ("version", None),
        ("--yaml list qos", None),
    ],
)
def test_the_native_command(line: str, own: str | None) -> None:
    found, words = options.options_and_words(shlex.split(line))
    assert native(found, *verbs.meant(words), COMMAND_WORDS) == own
