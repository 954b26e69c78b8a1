"""sacctmgr's options: read one after the other, as getopt reads them."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.options import LineOptions, options_and_words
from slurmctl_rest.sacctmgr.reply import LineRefused

TRY = 'Try "sacctmgr --help" for more information\n'


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ("list account -nP", LineOptions(header=False, parsable="-P"), "list account"),
        ("-nP -vv list tres", LineOptions(header=False, parsable="-P", verbose=2), "list tres"),
        ("--imm --noh add qos x", LineOptions(immediate=True, header=False), "add qos x"),
        (
            "--js=v0.0.45 list qos",
            LineOptions(
                document="json",
                data_parser="v0.0.45",
                argv=("--js=v0.0.45", "list", "qos"),
            ),
            "list qos",
        ),
        ("--usage --nosuch", LineOptions(help=True), ""),
        ("-iVx --nosuch", LineOptions(immediate=True, version=True), ""),
        ("list - -- -V", LineOptions(), "list - -V"),
        ("--dry-run add qos x", LineOptions(dry_run=True), "add qos x"),
    ],
)
def test_options_may_stand_anywhere(line: str, options: LineOptions, words: str) -> None:
    assert options_and_words(line.split()) == (options, words.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-x", "invalid option -- 'x'"),
        ("-i=3", "invalid option -- '='"),
        ("--nosuch", "unrecognized option '--nosuch'"),
        ("--immediate=3", "option '--immediate' doesn't allow an argument"),
        ("--ver", "option '--ver' is ambiguous; possibilities: '--verbose' '--version'"),
        ("--a", "option '--a' is ambiguous; possibilities: '--autocomplete' '--associations'"),
        ("--autocomplete", "option '--autocomplete' requires an argument"),
    ],
)
def test_a_wrong_option(line: str, said: str) -> None:
    with pytest.raises(LineRefused) as refused:
        options_and_words([line])
    assert (refused.value.reply.stderr, refused.value.reply.code) == (f"sacctmgr: {said}\n{TRY}", 1)
