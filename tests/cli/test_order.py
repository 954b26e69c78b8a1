"""Items come in the order that the schemas state, whatever order Slurm answers in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.cli.conftest import Programs
from tests.cli.test_jobs import BUSY
from tests.documents import schema
from tests.fakes import ALICE, BOB, ROOT, SCIENCE, world
from tests.support import PHYSICS, account, association
from tools.docgen.schemas import ORDER

ASKED = {"associations", "accounts", "qos", "jobs", "past"}
SLURM = world(
    [
        {**ROOT, "MaxTRES": {"cpu": 9, "mem": 4}},
        {**SCIENCE, "Coordinators": ("bob", "alice")},
        PHYSICS,
        account("optics", "physics"),
    ],
    [ALICE, BOB, association("physics", "bob", Partition="gpu")],
    jobs=BUSY.jobs,
    past=BUSY.past,
)
BACKWARDS = replace(SLURM, **{name: getattr(SLURM, name)[::-1] for name in ASKED})
LISTS = {
    "account list": ("Account",),
    "account tree": ("Account",),
    "user list": ("User",),
    "assoc list": ("Cluster", "Account", "User", "Partition"),
    "assoc tree": ("Cluster", "Account", "User", "Partition"),
    "coordinator list": ("Account", "User"),
    "qos list": ("Name",),
    "cluster list": ("Cluster",),
    "tres list": ("ID",),
    "jobs list": ("JobID",),
    "jobs history 2,3,6": ("JobID", "Submit"),
}


@pytest.mark.parametrize("words", LISTS)
def test_items_are_sorted_whatever_slurm_says_first(
    programs: Programs, executor: str, words: str
) -> None:
    forth, back = (
        json.loads(programs(executor, slurm)(*words.split(), "--json").out)["items"]
        for slurm in (SLURM, BACKWARDS)
    )
    assert json.dumps(forth) == json.dumps(back)
    order = [tuple(item[name] or "" for name in LISTS[words]) for item in forth]
    assert order
    assert order == sorted(order)


@pytest.mark.parametrize("kind", ["account", *ORDER])
def test_a_schema_states_the_order(kind: str) -> None:
    stated = schema(kind)["properties"]["items"]["description"]
    assert stated == f"in the order of {ORDER.get(kind, 'Account')}, or as sort= has it"
