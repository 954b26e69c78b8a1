"""Every limit of the table, one after the other, in every cell: it changes and nothing else."""

from __future__ import annotations

import pytest

from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.fields import Field
from slurmctl_rest.model.kinds.durations import Minutes
from slurmctl_rest.model.kinds.names import Name, Names, Text
from slurmctl_rest.model.kinds.numbers import Shares
from slurmctl_rest.model.kinds.tres import Tres

from .cells import LIMITS, Cli, state

STEPS: dict[type, tuple[str, str, str, str, str, str | None]] = {
    # first, then, clear; sacctmgr's text of first, of then upon first, when cleared (None: cannot)
    Shares: ("40", "parent", "-1", "40", "parent", "1"),
    Minutes: ("1-12", "90:30", "-1", "1-12:00:00", "01:31:00", ""),
    Tres: (
        "cpu=10,mem=4G,gres/gpu=3", "mem=1000", "-1",
        "cpu=10,gres/gpu=3,mem=4G", "cpu=10,gres/gpu=3,mem=1000M", "",
    ),
    Names: ("high,low,normal", "low,normal", "", "high,low,normal", "low,normal", None),
}  # fmt: skip
COUNTS = ("7", "0", "-1", "7", "0", "")
BY_FIELD = {
    "Parent": ("science", "chemistry", "", "science", "chemistry", None),
    "DefaultQOS": ("high", "low", "", "high", "low", ""),
}
COLUMN = {"Parent": "ParentName", "GrpSubmitJobs": "GrpSubmit", "MaxSubmitJobs": "MaxSubmit"}
COLUMN |= {"QosLevel": "QOS", "Fairshare": "Share"}
FIELDS = [f for f in ACCOUNT.fields if COLUMN.get(f.name, f.name) in LIMITS]
OWN_QOS_GOES = "QosLevel"


def steps(field: Field) -> tuple[str, str, str, str, str, str | None]:
    return BY_FIELD.get(field.name) or STEPS.get(type(field.kind), COUNTS)


def test_every_settable_field_of_an_association_is_among_sacctmgrs_columns() -> None:
    texts = {f.name for f in ACCOUNT.fields if isinstance(f.kind, (Text, Name, Names))}
    named = {f.name for f in FIELDS}
    assert named == {f.name for f in ACCOUNT.fields if f.add_key}
    assert {"Parent", "DefaultQOS", "QosLevel"} <= named & texts


def test_each_limit_is_added_changed_and_cleared_alone(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "high,low")
    cluster.sacctmgr("add", "account", "science,chemistry")
    shown = {COLUMN.get(f.name, f.name): steps(f)[3] for f in FIELDS}

    everything = [f"{f.name}={steps(f)[0]}" for f in FIELDS]
    assert cli("account", "add", "physics", *everything, "-i").code == 0
    assert own(cli) == shown

    for field in FIELDS:
        column = COLUMN.get(field.name, field.name)
        _, then, clear, _, text, cleared = steps(field)
        done = cli("account", "modify", "physics", "set", f"{field.name}={then}", "-i")
        shown[column] = text
        assert (done.code, field.name, own(cli)) == (0, field.name, shown)
        if cleared is not None:
            done = cli("account", "modify", "physics", "set", f"{field.name}={clear}", "-i")
            shown[column] = cleared
            assert (done.code, field.name, own(cli)) == (0, field.name, without_unset(shown))
            shown = without_unset(shown)


LARGEST = {
    "GrpJobs": ("2147483647", "2147483647"),
    "GrpTRESMins": (f"cpu={2**63 - 1}", f"cpu={2**63 - 1}"),
    "GrpTRES": (f"mem={2**40 - 1}", f"mem={2**40 - 1}M"),
    "MaxWall": ("35791393", "24855-03:13:00"),
    "Share": ("2147483646", "2147483646"),
}
TOO_LARGE = {
    "GrpJobs": "2147483648",
    "GrpTRESMins": f"cpu={2**63}",
    "GrpTRES": "mem=1024P",
    "MaxWall": "35791394",
    "Fairshare": "2147483648",
}


def test_the_largest_values_are_held_alike_and_larger_ones_are_not_sent(cli: Cli) -> None:
    asked = [f"{name}={value}" for name, (value, _) in LARGEST.items()]
    assert cli("account", "add", "physics", *asked, "-i").code == 0
    shown = {name: text for name, (_, text) in LARGEST.items()}
    assert own(cli) == {"ParentName": "root", **shown}
    for name, value in TOO_LARGE.items():
        assert cli("account", "modify", "physics", "set", f"{name}={value}", "-i").code == 2
    assert own(cli) == {"ParentName": "root", **shown}


def test_a_count_that_slurmrestd_would_cut_is_never_lost(cli: Cli) -> None:
    """sacctmgr takes more than 2**63; slurmrestd shows it negative, and could not send it back."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics", f"GrpTRES=cpu={2**64 - 3},mem=5")
    (item,) = cli("account list physics --json").items
    assert item["GrpTRES"] == {"cpu": 2**64 - 3, "mem": 5}
    done = cli("account modify physics set Fairshare=2 -i -v")
    if cli.cell.executor == "rest":
        assert done.code == 10
        assert "POST" not in done.err
    else:
        assert done.code == 0
    assert own(cli)["GrpTRES"] == f"cpu={2**64 - 3},mem=5M"


TEXTS = {
    "plain": "Light, and more of it",
    "signs": "a|b %s $(x) \\ ; <> #",
    "letters": "größe ÄÖ 物理",
    "equals": "a=b,c",
    "spaces around": "  in between  ",
    "long": "x" * 5000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_a_text_is_held_as_the_program_says(cli: Cli, text: str) -> None:
    assert cli("account", "add", "physics", f"Description={text}", "-i").code == 0
    (item,) = cli("account list physics --json").items
    # Only ASCII letters are lowered, and spaces around are cut, as sacctmgr does.
    held = "".join(c.lower() if c.isascii() else c for c in text.strip())
    assert item["Description"] == held


def own(cli: Cli) -> dict[str, str]:
    """Return sacctmgr's words for what is set on physics itself."""
    for line in state(cli.cell.cluster).splitlines():
        if line.startswith("assoc physics "):
            return dict(word.split("=", 1) for word in line.split()[2:])
    raise AssertionError("there is no association physics")


def without_unset(shown: dict[str, str]) -> dict[str, str]:
    return {column: text for column, text in shown.items() if text}
