"""Names that a write refuses."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.sacctmgr import naming
from slurmctl_rest.sacctmgr.reply import LineRefused


@pytest.mark.parametrize("name", ["chem", "a=b", "two words", "x.y-z_1"])
def test_names_that_sacctmgr_can_address_are_taken(name: str) -> None:
    naming.check_new_name("account", name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("o`neil", "'`', which sacctmgr makes of a quote, is a quote of SQL"),
        ("zoë", "'ë' is not a printable ASCII character"),
        ("a/b", "'/' separates the steps of a path"),
    ],
)
def test_others_are_refused_with_what_is_wrong_with_them(name: str, why: str) -> None:
    with pytest.raises(LineRefused) as refused:
        naming.check_new_name("qos", name)
    reply = refused.value.reply
    assert (reply.stdout, reply.stderr) == ("", f"sacctmgr: error: qos '{name}': {why}\n")


def test_bytes_that_are_not_utf_8_are_shown_as_such() -> None:
    with pytest.raises(LineRefused) as refused:
        naming.check_new_name("qos", "q\udce9")
    assert refused.value.reply.stderr == "sacctmgr: error: qos 'q\\xe9': it is not UTF-8\n"
    with pytest.raises(Unsupported, match=r"which objects 'q\\xe9' means is known to"):
        naming.check_selection(["q\udce9"])


@pytest.mark.parametrize("field", ["Cluster", "Account", "User", "Partition", "Parent"])
def test_a_change_of_what_is_named_outside_ascii_is_refused(field: str) -> None:
    row = {"Cluster": "alps", "Account": "chem", "Parent": "root", "Description": "zoë"}
    naming.check_named(RowChange(ACCOUNT, "modify", "chem", row, row))
    row |= {field: "zoë"}
    with pytest.raises(Unsupported, match="which objects 'zoë' means is known to"):
        naming.check_named(RowChange(ACCOUNT, "modify", "chem", row, row))
