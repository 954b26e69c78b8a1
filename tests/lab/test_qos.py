"""QOS: every field by itself, what old API versions and slurmrestd cannot say, and odd values."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from slurmctl_rest.model import times
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.fields import Field
from slurmctl_rest.model.kinds.durations import Duration, Grace, Minutes
from slurmctl_rest.model.kinds.names import NameSet, Text
from slurmctl_rest.model.kinds.numbers import Real, Weight
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.kinds.words import Mode, WordSet

from .cells import QOS_COLUMNS, Cell, Cli, state
from .cluster import Cluster
from .parity import masked
from .test_jobs import submit
from .test_refusals import written

STEPS: dict[type, tuple[str, str, str, str, str, str]] = {
    # first, then, clear; sacctmgr's text of first, of then upon first, when cleared
    Text: ("For The Few", "for many", "", "for the few", "for many", "for many"),
    Weight: ("5", "6", "-1", "5", "6", "0"),
    Grace: ("90", "1-00:00:30", "-1", "00:01:30", "1-00:00:30", "00:00:00"),
    Duration: ("10", "00:00:30", "-1", "00:10:00", "00:00:30", ""),
    Minutes: ("1-12", "90:30", "-1", "1-12:00:00", "01:31:00", ""),
    Mode: ("requeue", "cancel", "cluster", "requeue", "cancel", "cluster"),
    NameSet: ("low,mid", "mid", "low", "low,mid", "mid", "low"),
    WordSet: (
        "NoDecay,DenyOnLimit", "NoReserve,UsageFactorSafe", "-1",
        "DenyOnLimit,NoDecay", "NoReserve,UsageFactorSafe", "",
    ),
    Tres: (
        "cpu=10,mem=4G,gres/gpu=3", "mem=1000,node=-1", "-1",
        "cpu=10,gres/gpu=3,mem=4G", "cpu=10,gres/gpu=3,mem=1000M", "",
    ),
    Real: ("1.5", "0.333333", "-1", "1.500000", "0.333333", ""),
}  # fmt: skip
COUNTS = ("7", "0", "-1", "7", "0", "")
CLEARED = {"UsageFactor": "1.000000"}
COLUMN = {
    "Description": "Descr",
    "UsageThreshold": "UsageThres",
    "GrpSubmitJobs": "GrpSubmit",
    "MaxSubmitJobsPU": "MaxSubmitPU",
    "MaxSubmitJobsPA": "MaxSubmitPA",
    "MinPrioThresh": "MinPrioThres",
}
FIELDS = [f for f in QOS.fields if f.settable]
SINCE_V42 = ("GrpSubmitJobs", "GrpTRESMins")


def steps(field: Field) -> tuple[str, str, str, str, str, str]:
    first, then, clear, shown, changed, cleared = STEPS.get(type(field.kind), COUNTS)
    return first, then, clear, shown, changed, CLEARED.get(field.name, cleared)


def column(field: Field) -> str:
    return COLUMN.get(field.name, field.name)


def own(cluster: Cluster, name: str = "high") -> dict[str, str]:
    """Return sacctmgr's words for what a QOS holds."""
    text = cluster.sacctmgr(
        *("-nP", "list", "qos", "where", f"name={name}", f"format={','.join(QOS_COLUMNS)}")
    )
    return dict(zip(QOS_COLUMNS, text.rstrip("\n").split("|"), strict=True))


def executors(cluster: Cluster, folder: Path, *, old: bool = False) -> Iterator[Cli]:
    """Yield the program over the commands and over the newest REST; `old`: and the oldest."""
    yield Cli(Cell(cluster, "cli"), folder)
    versions = {cluster.api_versions[-1], *(cluster.api_versions[:1] if old else ())}
    for version in sorted(versions):
        yield Cli(Cell(cluster, "rest", version), folder)


def untold(cli: Cli) -> tuple[str, ...]:
    """Return the fields that the API version of the cell does not know."""
    return SINCE_V42 if cli.cell.api_version in {"v0.0.40", "v0.0.41"} else ()


def test_every_settable_field_is_among_sacctmgrs_columns() -> None:
    assert {column(f) for f in FIELDS} == set(QOS_COLUMNS)
    assert tuple(f.name for f in FIELDS if f.since is not None) == ("GrpTRESMins", "GrpSubmitJobs")


def test_each_field_is_added_changed_and_cleared_alone(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "qos", "low,mid")
    for cli in executors(cluster, tmp_path, old=True):
        fields = [f for f in FIELDS if f.name not in untold(cli)]
        everything = [f"{f.name}={steps(f)[0]}" for f in fields]
        assert cli("qos", "add", "high", *everything, "-i").code == 0
        shown = {**dict.fromkeys(QOS_COLUMNS, ""), **{column(f): steps(f)[3] for f in fields}}
        assert (str(cli.cell), own(cluster)) == (str(cli.cell), shown)
        for field in fields:
            _, then, _, _, changed, _ = steps(field)
            done = cli("qos", "modify", "high", "set", f"{field.name}={then}", "-i")
            shown[column(field)] = changed
            assert (done.code, field.name, own(cluster)) == (0, field.name, shown)
        for at in range(2):  # every second one, so that what is not cleared is seen to stay
            half = [f for f in fields[at::2] if not isinstance(f.kind, Text)]
            words = [f"{f.name}={steps(f)[2]}" for f in half]
            assert cli("qos", "modify", "high", "set", *words, "-i").code == 0
            shown |= {column(f): steps(f)[5] for f in half}
            assert own(cluster) == shown
        cluster.sacctmgr("delete", "qos", "high")


def test_fields_that_v40_and_v41_do_not_know_are_refused_and_shown_unset(
    cli: Cli, tmp_path: Path
) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "high", "GrpSubmitJobs=4", "GrpTRESMins=cpu=5", "GrpJobs=3")
    before = state(cluster)
    listed = cli("qos list high -P -n format=GrpJobs,GrpSubmitJobs,GrpTRESMins")
    if not untold(cli):
        assert (listed.out, listed.err) == ("3|4|cpu=5\n", "")
        assert cli("qos modify high set GrpSubmitJobs=-1 GrpTRESMins=mem=6 -i").code == 0
        assert "qos high Descr=high GrpTRESMins=cpu=5,mem=6M GrpJobs=3\n" in state(cluster)
        return
    warning = (
        "slurmctl-rest: warning: {} of qos shown as unset: slurmrestd of this API version "
        "does not report it; use api_version v0.0.42 or later\n"
    )
    both = warning.format("GrpTRESMins, GrpSubmitJobs")
    assert (listed.out, listed.err) == ("3||\n", both)
    assert cli("qos list high -n format=Name,GrpTRESMins").err == warning.format("GrpTRESMins")
    assert cli("qos list high -n format=Name,GrpJobs").err == ""
    assert cli("qos list high -Q").err == ""
    file, then = tmp_path / "high.toml", times.as_rfc3339(int(time.time()), ZoneInfo("UTC"))
    file.write_text('qos.high.GrpTRESMins = ""\n')
    time.sleep(1)  # the journal has seconds
    cluster.sacctmgr("modify", "qos", "high", "set", "GrpTRESMins=cpu=6")
    cluster.sacctmgr("modify", "qos", "high", "set", "GrpTRESMins=cpu=5")
    for sentence in (
        f"diff -f {file}",
        f"plan -f {file}",
        f"apply {file}",
        "undo last",
        f"restore qos high --as-of {then} --force",
        "qos modify high set GrpSubmitJobs=9 Priority=5",
        "qos modify high set GrpTRESMins=cpu=9 Priority=5",
        "qos add low GrpSubmitJobs=9",
    ):
        done = cli(f"{sentence} -i -v")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, 10, "", [])
        name = "GrpSubmitJobs" if "GrpSubmitJobs" in sentence else "GrpTRESMins"
        said = "cannot set" if " add " in sentence else "neither tells nor sets"
        assert f"of slurmrestd {said} {name}" in done.err
        assert "(set api_version to v0.0.42" in done.err
    assert state(cluster) == before
    assert cli("qos modify high set Priority=5 MaxWall=10 -i").code == 0
    own_limits = "GrpTRESMins=cpu=5 GrpJobs=3 GrpSubmit=4 MaxWall=00:10:00"
    assert f"qos high Descr=high Priority=5 {own_limits}\n" in state(cluster)


def test_a_qos_stays_where_what_preempts_it_cannot_be_changed(cli: Cli, tmp_path: Path) -> None:
    """On 24.11 its number would stay in Preempt, and no QOS could be read as JSON any more.

    26.05 takes its name out of Preempt by itself.
    """
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "low")
    time.sleep(1)  # the journal has seconds
    cluster.sacctmgr("add", "qos", "high")
    time.sleep(1)
    cluster.sacctmgr("modify", "qos", "low", "set", "Preempt=high")
    before = state(cluster)
    file = tmp_path / "site.toml"
    file.write_text('[scope]\nqos = ["*"]\n[qos.normal]\n[qos.low]\nPreempt = []\n')
    rows = cli("history qos high --json").items
    number = next(row["Number"] for row in rows if row["Action"] == "add")
    over_rest = cli.cell.executor == "rest"
    for sentence in (f"apply {file} --prune -i", f"undo {number} -i", "qos delete high -i"):
        done = cli(sentence)
        if over_rest and is_old(cluster):
            assert (sentence, done.code) == (sentence, 10)
            assert "qos 'low': slurmrestd cannot empty Preempt" in done.err
            assert state(cluster) == before
        else:
            assert (sentence, done.code, done.err.count("failed")) == (sentence, 0, 0)
            assert "qos low Descr=low\n" in state(cluster)
            assert "qos high" not in state(cluster)
            cluster.sacctmgr("add", "qos", "high")
            cluster.sacctmgr("modify", "qos", "low", "set", "Preempt=high")
            number = cli("history qos high --json").items[-1]["Number"]
    assert cli("qos list -nP format=Name").out == "high\nlow\nnormal\n"


def test_the_voice_deletes_no_qos_where_a_job_is_active_in_one_of_them(
    cluster: Cluster, tmp_path: Path
) -> None:
    """As 26.05 does; 24.11 deletes them all. Over the commands the line goes to sacctmgr itself."""
    cluster.sacctmgr("add", "qos", "high,other")
    cluster.sacctmgr("add", "account", "physics", "qos=normal,high")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    submit(cluster, "-A", "physics", "--qos=high", "--hold")
    before, line = state(cluster), ("delete", "qos", "other,high")
    if is_old(cluster):
        cluster.sacctmgr(*line)
        assert "qos other" not in state(cluster)
        return
    real = cluster.run("sacctmgr", "-i", *line)
    assert (real.returncode, state(cluster)) == (1, before)
    for version in cluster.api_versions:
        done = Cli(Cell(cluster, "rest", version), tmp_path)("sacctmgr", "-i", *line)
        assert (done.code, done.out, state(cluster)) == (1, real.stdout, before)
        assert masked(done.err) == masked(real.stderr)


def is_old(cluster: Cluster) -> bool:
    """Tell whether the release does not know PreemptMode=priority."""
    return int(cluster.release.partition(".")[0]) < 26


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("within", "within"),
        ("within,cancel", "within,cancel"),
        ("Requeue,WITHIN", "within,requeue"),
        ("priority", "priority"),
        ("priority,suspend", "priority,suspend"),
    ],
)
def test_within_and_priority_are_set_by_sacctmgr_and_refused_over_rest(
    cluster: Cluster, tmp_path: Path, mode: str, shown: str
) -> None:
    cluster.sacctmgr("add", "qos", "high", "flags=NoDecay")
    (tmp_path / "rest").mkdir()
    commands = Cli(Cell(cluster, "cli"), tmp_path)
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path / "rest")
    before = state(cluster)
    sentence = f"qos modify high set PreemptMode={mode} -i -v"
    done = rest(sentence)
    assert (done.code, done.out, written(done.err)) == (10, "", [])
    assert f"qos 'high': slurmrestd cannot set PreemptMode={shown} (use a profile" in done.err
    assert rest(f"qos add low PreemptMode={mode} -i -v").code == 10
    assert state(cluster) == before

    done = commands(sentence)
    if "priority" in mode and is_old(cluster):
        assert (done.code, done.out) == (10, "")
        assert "this Slurm release does not know that PreemptMode" in done.err
        assert state(cluster) == before
        return
    assert (done.code, own(cluster)["PreemptMode"]) == (0, shown)
    again = commands(f"qos modify high set PreemptMode={mode} -i")
    assert again.out == "qos high: already so\n"
    assert commands("qos list high -P -n format=Name,PreemptMode").out == (f"high|{shown}\n")
    # The commands keep it where another field changes.
    assert commands("qos modify high set Priority=5 -i").err == ""
    assert own(cluster)["PreemptMode"] == shown


def test_rest_warns_of_a_mode_that_may_hold_more_and_refuses_one_that_it_cannot_see(
    cluster: Cluster, tmp_path: Path
) -> None:
    rest = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), tmp_path)
    cluster.sacctmgr("add", "qos", "high", "preemptmode=cancel")
    warning = (
        "slurmctl-rest: warning: qos 'high': slurmrestd does not show whether its "
        "PreemptMode cancel also contains 'within' or 'priority'; if so, this write removes them\n"
    )
    assert rest("qos modify high set Priority=5 --dry-run").err == warning
    done = rest("qos modify high set Priority=5 -i")
    assert (done.code, done.err, own(cluster)["PreemptMode"]) == (0, warning, "cancel")
    assert rest("qos modify high set Priority=5 -i").err == ""  # already so: nothing is sent
    assert rest("qos modify high set PreemptMode=requeue -i").err == ""
    assert rest("qos modify high set PreemptMode=cluster -i").err == ""
    assert rest("qos modify high set Priority=6 -i").err == ""

    cluster.sacctmgr("modify", "qos", "high", "set", "preemptmode=within")
    before = state(cluster)
    done = rest("qos modify high set Priority=7 -i -v")
    assert (done.code, done.out, written(done.err)) == (10, "", [])
    assert (
        "qos 'high': slurmrestd cannot keep its PreemptMode, which contains within or priority"
    ) in done.err
    assert state(cluster) == before
    assert rest("qos modify high set Priority=7 PreemptMode=cancel -i").code == 0
    assert (own(cluster)["PreemptMode"], own(cluster)["Priority"]) == ("cancel", "7")


VALUES = {
    "UsageFactor": {"0": "0.000000", "2": "2.000000", "0.1": "0.100000", "-1": "1.000000"},
    "UsageThreshold": {"0.000001": "0.000001", "0.999999": "0.999999", "unlimited": ""},
    "LimitFactor": {"0.5": "0.500000", "123456": "123456.000000", "-1": ""},
    "GraceTime": {"59": "00:00:59", "3600": "01:00:00", "00:05:00": "00:05:00", "-1": "00:00:00"},
    "PreemptExemptTime": {"0": "00:00:00", "5:30": "00:05:30", "2-1": "2-01:00:00", "-1": ""},
    "MaxWall": {"0": "00:00:00", "0:30": "00:01:00", "24855-03:13:00": "24855-03:13:00"},
    "GrpWall": {"infinite": "", "1-0:0:1": "1-00:01:00", "-1": ""},
    "Priority": {"2147483647": "2147483647", "-1": "0"},
    "MinPrioThresh": {"0": "0", "2147483647": "2147483647", "unlimited": ""},
}


def test_numbers_and_durations_are_held_alike_over_both_executors(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.sacctmgr("add", "qos", "high")
    for cli in executors(cluster, tmp_path):
        for name, values in VALUES.items():
            for value, shown in values.items():
                done = cli(f"qos modify high set {name}={value} -i")
                held = own(cluster)[COLUMN.get(name, name)]
                assert (str(cli.cell), name, value, done.code, held) == (
                    *(str(cli.cell), name, value, 0, shown),
                )
        assert cli("qos modify high set UsageFactor=1 GraceTime=0 -i").code == 0


@pytest.mark.parametrize(
    "words",
    [
        *("UsageFactor=1.1234567", "UsageFactor=-2", "UsageThreshold=a", "LimitFactor=0.0"),
        *("GraceTime=1h", "GraceTime=2147483648", "MaxWall=35791394", "Priority=2147483648"),
        *("PreemptMode=cancel,requeue", "PreemptMode=within,priority", "Flags=NoDecay,Nosuch"),
        "PreemptMode=gang,within",
    ],
)
def test_values_that_no_qos_holds_are_not_sent(
    cluster: Cluster, tmp_path: Path, words: str
) -> None:
    for cli in executors(cluster, tmp_path):
        done = cli(f"qos modify normal set {words} -i -v")
        assert (done.code, done.out, "+ " in done.err) == (2, "", False)
        assert done.err.startswith(f"slurmctl-rest: {words.partition('=')[0]}: ")
