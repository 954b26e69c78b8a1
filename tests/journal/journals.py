"""Journals of the lab, and entries made of columns, for the tests of slurmctl_rest/journal."""

from __future__ import annotations

from pathlib import Path

from slurmctl_rest.backends.commands.listings import LISTINGS, StreamedListing
from slurmctl_rest.journal.parse import JournalEntry, parsed_entry
from slurmctl_rest.journal.qos_ids import qos_names
from slurmctl_rest.journal.replay import JournalChange, Replay
from slurmctl_rest.model.entities import TRANSACTION
from slurmctl_rest.model.journal import Ids

RECORDED = Path(__file__).parent / "recorded"
"""What `sacctmgr -p list transaction` printed after each kind of write: sacctmgr's, slurmrestd's
and this program's, hostile texts among them."""
SUITES = ("trixie", "forky")
TRES = {"1": "cpu", "2": "mem", "4": "node", "1001": "gres/gpu"}
QOS_NOW = {
    "trixie": {"1": "normal", "2": "high", "4": "q2", "5": "q1", "6": "qa", "7": "qb"},
    "forky": {"1": "normal", "2": "high", "4": "q2", "5": "q1", "6": "qa", "7": "qb"},
}
"""What `show qos withdeleted` printed then; QOS 3 was gone."""


def printed(suite: str) -> str:
    """Return the journal of a cluster."""
    return (RECORDED / f"{suite}.txt").read_bytes().decode()


def recorded(suite: str) -> list[JournalEntry]:
    """Return the entries of a cluster."""
    found: list[JournalEntry] = []
    streamed = StreamedListing(
        LISTINGS[TRANSACTION.noun], found, lambda _, cells: found.append(parsed_entry(cells))
    )
    streamed.take(printed(suite).encode())
    return sorted(streamed.end(), key=lambda entry: entry.number)


def replayed(suite: str) -> tuple[Replay, list[JournalChange]]:
    """Return the end of a cluster's journal, and all changes."""
    entries = recorded(suite)
    ids = Ids(TRES, qos_names(entries, QOS_NOW[suite]), {})
    replay = Replay(suite, ids=ids)
    return replay, [change for entry in entries for change in replay.apply(entry)]


def entry(action: str, where: str, info: str = "", number: int = 7) -> JournalEntry:
    """Return an entry of the cluster alps."""
    cluster = "alps" if "Associations" in action else ""
    return JournalEntry(number, 1796048961, cluster, action, "root", where, info)
