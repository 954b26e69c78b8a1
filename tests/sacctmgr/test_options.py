"""sacctmgr's options: read one after the other, as getopt reads them."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.options import Options, split
from slurmctl_rest.sacctmgr.reply import Refused

TRY = 'Try "sacctmgr --help" for more information\n'


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ("list account -nP", Options(header=False, parsable="-P"), "list account"),
        ("-nP -vv list tres", Options(header=False, parsable="-P", verbose=2), "list tres"),
        ("--imm --noh add qos x", Options(immediate=True, header=False), "add qos x"),
        (
            "--js=v0.0.45 list qos",
            Options(
                document="json",
                data_parser="v0.0.45",
                argv=("--js=v0.0.45", "list", "qos"),
            ),
            "list qos",
        ),
        ("--usage --nosuch", Options(help=True), ""),
        ("-iVx --nosuch", Options(immediate=True, version=True), ""),
        ("list - -- -V", Options(), "list - -V"),
        ("--dry-run add qos x", Options(dry_run=True), "add qos x"),
    ],
)
def test_options_may_stand_anywhere(line: str, options: Options, words: str) -> None:
    assert split(line.split()) == (options, words.split())


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
    with pytest.raises(Refused) as refused:
        split([line])
    assert (refused.value.reply.stderr, refused.value.reply.code) == (f"sacctmgr: {said}\n{TRY}", 1)
