"""The audit trail beside Slurm's journal."""

from __future__ import annotations

import json
from pathlib import Path

from slurmctl_rest.cli.trail_of_changes import via, writes_of
from slurmctl_rest.journal.replay import Replay
from tests.journal.journals import entry


def test_a_change_is_told_with_who_used_this_program(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    records = [
        {"id": "a", "time": "2026-11-30T14:29:20+00:00", "outcome": "begun", "user": "root",
         "login": "ann", "profile": "alps", "changes": []},
        {"id": "a", "time": "2026-11-30T14:29:22+00:00", "outcome": "done", "user": "root",
         "login": "ann", "profile": "alps", "changes": [{"entity": "account", "name": "physics"}]},
    ]  # fmt: skip
    path.write_text("half a li\n" + "".join(f"{json.dumps(one)}\n" for one in records))
    replay = Replay("alps")
    ours, others = (
        replay.apply(entry("Add Accounts", name, "description='x'"))[0]
        for name in ("physics", "optics")
    )
    writes = writes_of(path)
    assert (via(ours, writes), via(others, writes)) == ("ann (alps)", None)
    assert writes_of(tmp_path / "none") == []
