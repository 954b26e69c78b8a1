"""What a write is said to change, as text and as JSON."""

from __future__ import annotations

from dataclasses import replace

from slurmctl_rest.errors import Conflict, Interrupted
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, JOB
from slurmctl_rest.render.changes import WriteReport, as_json, count_line, proposal, report_lines
from tests.support import PHYSICS, account, association

MODIFIED = RowChange(
    ACCOUNT, "modify", "physics", PHYSICS,
    {**PHYSICS, "GrpTRES": {"cpu": 7}, "MaxJobs": None, "Description": "a\nb", "MaxWall": 60},
)  # fmt: skip
ADDED = RowChange(ACCOUNT, "add", "optics", None, account("optics", Fairshare=3))
DELETED = RowChange(ACCOUNT, "delete", "art", account("art"), None)
GOES = RowChange(
    ASSOCIATION, "delete", "bob in art", association("art", "bob"), None, cascade_of="art"
)
SAME = RowChange(ACCOUNT, "modify", "same", PHYSICS, PHYSICS)
FAILED = RowChange(ACCOUNT, "delete", "busy", account("busy"), None)
OUTCOMES = [
    *(Outcome(change) for change in (MODIFIED, ADDED, DELETED, GOES, SAME)),
    Outcome(FAILED, Conflict("account 'busy': it has running jobs")),
]
COMMANDS = [SentCommand(argv=("sacctmgr", "-i", "x")), SentCommand(method="GET", path="/x")]


def test_text() -> None:
    assert list(report_lines(WriteReport(OUTCOMES, COMMANDS))) == [
        "account physics: modified",
        "  Description: light and matter -> a\\nb",
        "  GrpTRES: cpu=100,mem=2G -> cpu=7",
        "  MaxJobs: 5 -> (unset)",
        "  MaxWall: (unset) -> 01:00:00",
        "account optics: added",
        "  Description = optics",
        "  Organization = optics",
        "  Parent = root",
        "  Fairshare = 3",
        "account art: deleted",
        "association bob in art: deleted",
        "account busy: FAILED to delete",
        "1 modified, 1 added, 2 deleted, 1 unchanged, 1 failed",
    ]
    assert [*report_lines(WriteReport(OUTCOMES, COMMANDS, verbose=True))][-2:] == [
        "account same: already so",
        "account busy: FAILED to delete",
    ]


def test_rows_that_were_seen_with_the_question_are_counted() -> None:
    assert list(report_lines(WriteReport(OUTCOMES, COMMANDS, seen=True))) == [
        "account busy: FAILED to delete",
        "1 modified, 1 added, 2 deleted, 1 unchanged, 1 failed",
    ]
    whole = [*report_lines(WriteReport(OUTCOMES, COMMANDS, verbose=True))]
    assert [*report_lines(WriteReport(OUTCOMES, COMMANDS, seen=True, verbose=True))] == whole
    assert list(report_lines(WriteReport([Outcome(SAME)], []))) == ["account same: already so"]
    assert list(report_lines(WriteReport([Outcome(SAME)] * 3, []))) == ["3 unchanged"]


def test_what_an_interruption_leaves_is_counted_apart() -> None:
    outcomes = [
        Outcome(ADDED),
        Outcome(DELETED, Interrupted("x", sent=True)),
        Outcome(MODIFIED, Interrupted("x", sent=False)),
        Outcome(replace(GOES, unasked=True), Conflict("x")),
        Outcome(RowChange(JOB, "cancel", "7", {}, {})),
    ]
    assert count_line(outcomes) == "1 added, 1 already ended, 1 not known whether done, 1 not done"
    assert count_line(outcomes[:1], planned=True) == "1 to add"


def test_what_was_inherited_is_told_apart_from_nothing() -> None:
    before, after = {**PHYSICS, "QosLevel": ()}, {**PHYSICS, "QosLevel": ("high",)}
    change = RowChange(ACCOUNT, "modify", "physics", before, after)
    ending = replace(change, inherited={"QosLevel": ("low", "normal")})
    assert [*report_lines(WriteReport([Outcome(change)], []))][1] == "  QosLevel: (unset) -> high"
    assert [*report_lines(WriteReport([Outcome(ending)], []))][1] == (
        "  QosLevel: (inherited: low,normal) -> high"
    )
    assert change == ending  # a plan is as it was where only what is above has changed


def test_text_of_a_dry_run() -> None:
    assert list(report_lines(WriteReport(OUTCOMES[2:3], COMMANDS, dry_run=True))) == [
        "account art: would delete",
        "would run: sacctmgr -i x",
        "would run: GET /x",
    ]


def test_a_description_before_it_is_done() -> None:
    assert list(proposal(Outcome(DELETED))) == ["account art: delete"]
    assert list(proposal(Outcome(SAME))) == ["account same: already so"]


def test_json() -> None:
    report = WriteReport(OUTCOMES, COMMANDS, meta={"executor": "cli"}, warnings=["w"])
    document = as_json(report)
    changes = document.pop("changes")
    assert document == {
        "schema_version": 1,
        "kind": "change",
        "executor": "cli",
        "changed": True,
        "dry_run": False,
        "commands": [
            {"argv": ["sacctmgr", "-i", "x"]},
            {"method": "GET", "path": "/x", "query": {}},
        ],
        "warnings": ["w"],
    }
    assert changes[0] == {
        "entity": "account",
        "name": "physics",
        "key": {"Account": "physics"},
        "action": "modify",
        "changed": True,
        "fields": {
            "Description": {"before": "light and matter", "after": "a\nb"},
            "GrpTRES": {"before": {"cpu": 100, "mem": 2048}, "after": {"cpu": 7}},
            "MaxJobs": {"before": 5, "after": None},
            "MaxWall": {"before": None, "after": 60},
        },
        "error": None,
    }
    assert [c["key"] for c in changes if c["entity"] == "association"] == [
        {"Cluster": "alps", "Account": "art", "User": "bob", "Partition": None}
    ]
    assert [(c["name"], c["changed"], c["error"]) for c in changes[1:]] == [
        ("optics", True, None),
        ("art", True, None),
        ("bob in art", True, None),
        ("same", False, None),
        (
            "busy",
            False,
            {"code": "conflict", "message": "account 'busy': it has running jobs"},
        ),
    ]


def test_whether_anything_changed() -> None:
    assert WriteReport(OUTCOMES, []).changed
    assert not WriteReport(OUTCOMES[4:], []).changed
    assert not WriteReport([], []).changed


def test_the_transactions_that_are_taken_back_are_named() -> None:
    outcomes = [Outcome(DELETED)]
    one = WriteReport(outcomes, None, transactions=(17,))
    assert [*report_lines(one)] == ["takes back transaction 17", "account art: deleted"]
    assert as_json(one)["transactions"] == [17]
    several = WriteReport(outcomes, None, dry_run=True, transactions=(17, 18, 19, 25))
    assert next(report_lines(several)) == "would take back transactions 17..19, 25"
    # The question named them.
    assert [*report_lines(replace(one, seen=True))] == ["1 deleted"]
    assert "transactions" not in as_json(WriteReport(outcomes, None))
