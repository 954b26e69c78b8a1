"""What doctor learns of the tree."""

from __future__ import annotations

from slurmctl_rest.limits.tree_facts import limit_tree
from slurmctl_rest.model.facts import LimitTree
from tests.support import association, qos

ROWS = [
    association("root", None, QosLevel=("normal",)),
    {**association("science", None, "root"), "GrpTRESMins": {"cpu": 5}, "GrpWall": 9},
    {**association("physics", None, "science"), "QosLevel": ("+high",)},
    association("optics", None, "science"),
    {**association("physics", "alice"), "Default": True, "MaxTRESRunMins": {"cpu": 1}},
    association("physics", "bob"),
]
QOS = [qos("normal"), qos("high", GrpJobs=3), qos("low", GrpWall=5)]


def test_the_tree_is_summed_up() -> None:
    assert limit_tree(ROWS, QOS, "alice".__eq__) == LimitTree(
        limited=4,
        of_minutes=3,
        run_minutes=("physics alice",),
        without_default=("bob",),
        not_in_unix=("bob",),
        empty_accounts=("optics",),
        unused_qos=("low",),
    )
    assert limit_tree(ROWS, QOS, None).not_in_unix is None
    left = [one for one in ROWS if one["Account"] != "science"]
    assert limit_tree(left, QOS, None).orphans == ("physics", "optics")
    left = [one for one in ROWS if one["Account"] != "physics" or one["User"]]
    assert limit_tree(left, QOS, None).orphans == ("alice in physics", "bob in physics")
    assert limit_tree([], [], None) == LimitTree(not_in_unix=None)
