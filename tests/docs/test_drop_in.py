"""docs/drop-in.md has the table of nouns that the voice `sacctmgr` refuses over REST."""

from __future__ import annotations

import re

from slurmctl_rest.cli.drop_in.over_rest import HANDLERS, NOT_ANSWERED
from slurmctl_rest.sacctmgr.conditions import CONDITION_NOUNS
from slurmctl_rest.sacctmgr.verbs import LISTED
from tests.docs.drop_in import PAGE


def test_the_nouns_that_are_not_answered_over_rest_stand_there_with_the_reason() -> None:
    table = PAGE.read_text().partition("| noun | why |")[2].partition("\n\n")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)) == NOT_ANSWERED


def test_every_noun_of_a_list_is_answered_or_refused_with_a_reason() -> None:
    answered = {noun for verb, noun in HANDLERS if verb == "list"} | {*CONDITION_NOUNS}
    assert {noun for _, _, noun in LISTED} == answered | NOT_ANSWERED.keys()
    assert not answered & NOT_ANSWERED.keys()
