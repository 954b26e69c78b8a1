"""Times mean what they mean to sacct, which tells how it has read a start after the end."""

from __future__ import annotations

import json
import re
import time
from zoneinfo import ZoneInfo

import pytest

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import times

from .cells import Cli
from .cluster import Cluster

ZONES = {
    # as sacct is told it in a chroot without tzdata
    "UTC": "UTC0",
    "Europe/Zurich": "CET-1CEST,M3.5.0,M10.5.0/3",
    "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
}
BOTH = (
    *("2026-10-01", "2026-10-01T12:30", "2026-10-01T12:30:15", "2026-10-01 12:30", "2026-10-1"),
    *("2026-10-01-12:30", "2026-10-01T1:30", "2026-10-01T", "1971-01-01", "2037-12-31"),
    *(f"{month:02}/15" for month in range(1, 13)),
    *(f"{month}/1" for month in range(1, 13)),
    *("02/28", "12/31", "01/01"),
    *("10/01/25", "10/1/25", "1/31/25", "10/01/38", "10.01", "12.25", "1.1", "10.01.25", "1.1.25"),
    *("1001", "1225", "0930", "100125", "010125", "022924"),
    *("10/01-12:30", "10/01/25-12:30:15", "10/01T12:30", "10.01.25-12:30", "100125-12:30"),
    *("10/01 12:30", "10/01 noon", "10/01-noon", "10/01Tnoon", "10/01 12:30PM", "10/01 1:30 PM"),
    *("today", "tomorrow", "midnight", "noon", "elevenses", "fika", "teatime", "Noon"),
    *("00:10", "9:05", "09:05:07", "12:30", "23:59", "1:00PM", "1:00pm", "01:00 PM", "12:00AM"),
    *("12:00PM", "12:30 am", "0:30AM", "00:30PM", "12:30:15pm"),
    *("today-12:30", "tomorrow-12:30", "tomorrow 12:30", "noon tomorrow", "12:30 today"),
    *("12:30 10/01", "12:30-10/01", "12:30PM 10/01"),
    *("2026-03-29T02:30", "03/29/26-02:30", "2026-03-08T02:30", "2026-10-25T03:00"),
    *("2026-11-01T02:00", "uts1700000000", "UTS1700000000", " 10/01/25 "),
)
"""Forms that both read, and alike."""
OF_NOW = (
    *("now", "NOW", "now-1", "now-60seconds", "now-2second", "now-1minute", "now+90minutes"),
    *("now-12hours", "now-1hour", "now-1days", "now-1day", "now-1DAYS", "now+1days", "now-2weeks"),
    *("now-40days", "now-30weeks", "now- 1days", "now -1 days", "now+99999999", "now-007days"),
)
NEITHER = (
    *("2026-10-01T12", "2026-1-1", "10/01/2025", "10.01.2025", "10012025", "now-1min", "now-1h"),
    *("now-1month", "now-1d", "noon-1hour", "13:00PM", "1PM", "9", "0", "24:00", "23:60", "1:5"),
    *("12:30:60", "13/01", "2026-13-01", "1700000000", "epoch", "@1700000000", "10/01,12:30"),
    *("now-", "now-abc", "now-1secondsx", "2026-10", "2026", "10/01/5", "10125", "fikaa", "noo"),
    *("midnight+1days", "1/1/1", "0001", "1032", "-1", "uts 5"),
)
OURS = {
    # what sacct refuses, or reads as a day that is not written
    "yesterday": "", "today-1day": "", "today+1week": "", "2026-10-01T12:30Z": "",
    "2026-10-01T12:30:15+02:00": "",
}  # fmt: skip
SACCTS = {"02/30/26": "2026-03-02", "2026-02-30": "2026-03-02", "0231": "03-03",
          "10/01/00": time.strftime("%Y-10-01")}  # fmt: skip
"""What sacct reads as another day, and which; refused here."""


def sacct_reads(cluster: Cluster, text: str, zone: str, shape: str = "%s") -> str:
    """Return what sacct makes of a start: it complains of one that is after the end."""
    env = ("env", f"TZ={ZONES[zone]}", f"SLURM_TIME_FORMAT={shape}")
    done = cluster.run(*env, "sacct", "-S", text, "-E", "1970-01-03")
    found = re.search(r"Start time \((.*?)\) requested is after end time", done.stderr)
    return found[1] if found else ""


@pytest.mark.parametrize("zone", ZONES)
def test_each_form_is_the_moment_that_it_is_to_sacct(cluster: Cluster, zone: str) -> None:
    wrong = {}
    for text in BOTH:
        before = int(time.time())
        right = sacct_reads(cluster, text, zone)
        ours = times.moment(text, before, ZoneInfo(zone))
        if str(ours) != right:
            wrong[text] = (ours, right)
    assert wrong == {}
    for text in OF_NOW:
        before = int(time.time())
        told = int(sacct_reads(cluster, text, zone))
        after = int(time.time())
        where = ZoneInfo(zone)
        assert times.moment(text, before, where) <= told <= times.moment(text, after, where), text


def test_what_sacct_refuses_is_refused_but_for_forms_of_our_own(cluster: Cluster) -> None:
    now, where = int(time.time()), ZoneInfo("UTC")
    for text in NEITHER:
        assert sacct_reads(cluster, text, "UTC") == "", text
        with pytest.raises(UsageError):
            times.moment(text, now, where)
    for text in OURS:
        assert sacct_reads(cluster, text, "UTC") == "", text
        assert times.moment(text, now, where)
    for text, day in SACCTS.items():
        assert day in sacct_reads(cluster, text, "UTC", "%Y-%m-%d"), text
        with pytest.raises(UsageError):
            times.moment(text, now, where)


@pytest.mark.parametrize(
    "text", ["10/01/25", "10.01.25-12:30", "100125", "now-30days", "noon 10/01/25"]
)
def test_usage_and_history_take_such_times(cli: Cli, text: str) -> None:
    where = ZoneInfo("America/New_York")
    before = int(time.time())
    done = cli("usage", "report", f"start={text}", "end=tomorrow", "--tz", str(where), "--json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    start = times.moment(document["start"], 0, where)
    assert times.moment(text, before, where) <= start <= times.moment(text, int(time.time()), where)
    history = cli("jobs", "history", f"start={text}", f"end={text}", "--tz", str(where))
    assert (history.code, history.err) == (
        2,
        f"slurmctl-rest: the end, {document['start']}, is not after the start, "
        f"{document['start']}\n",
    ) or text.startswith("now")
    listed = cli("jobs", "history", f"start={text}", "--tz", str(where), "-nP")
    assert (listed.code, listed.err) == (0, "")
