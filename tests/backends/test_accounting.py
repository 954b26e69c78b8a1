"""Accounting: the command lines of sacct and sacctmgr, and what is made of their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.commands import output
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.process import Runner
from slurmctl_rest.backends.commands.usage import Accounting
from slurmctl_rest.backends.connect import accounting
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import PermissionDenied, SlurmctlError, SlurmRefused, Unreachable
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.run import Run
from slurmctl_rest.model.times import Window
from tests.support import cli_profile, profile, rest_profile

ENV = ("env", "TZ=UTC", "SLURM_TIME_FORMAT=%s")
SACCT = ("sacct", "-p", "--allocations", "--allusers", "--duplicates", "--noconvert", "--truncate")
FORMAT = "--format=DBIndex,JobIDRaw,Account,User,QOS,Partition,Start,End,ElapsedRaw"
ROW = "9|12|physics|alice|normal|batch|100|160|50|billing=2,cpu=2,gres/gpu:a100=1,mem=1.5G,node=1|"


HEADER = f"{FORMAT.partition('=')[2]},ReqTRES|\n".replace(",", "|")


def answering(*answers: Finished) -> tuple[Accounting, list[CommandLine]]:
    """Return an executor whose commands answer so, one after the other, and what it will run."""
    seen: list[CommandLine] = []

    def run(line: CommandLine) -> Finished:
        seen.append(line)
        return answers[len(seen) - 1]

    return Accounting(cli_profile(), run), seen


def read(stdout: str) -> list[Run]:
    return list(
        answering(Finished(0, HEADER + stdout, ""))[0].runs("alps", Window(100, 200), "requested")
    )


def test_sacct_is_asked_for_a_window_in_seconds() -> None:
    executor, seen = answering(*[Finished(0, HEADER, "")] * 2)
    assert list(executor.runs("alps", Window(100, 200), "requested")) == []
    found = executor.runs(
        "alps", Window(0, 1), "allocated", accounts=("art", "physics"), jobs=("7", "8")
    )
    assert list(found) == []
    window = ("--clusters=alps", "-S", "uts100", "-E", "uts200")
    assert seen[0].argv == (*SACCT, *window, f"{FORMAT},ReqTRES")
    assert seen[1].argv == (
        *SACCT, "--clusters=alps", "-S", "uts0", "-E", "uts1", "--accounts=art,physics",
        "--jobs=7,8", f"{FORMAT},AllocTRES",
    )  # fmt: skip
    assert executor.log == [SentCommand(argv=(*ENV, *line.argv)) for line in seen]
    shown = "env TZ=UTC SLURM_TIME_FORMAT=%s sacct -p --allocations "
    assert str(executor.log[0]).startswith(shown)


def test_many_names_are_asked_in_several_commands() -> None:
    rows = [ROW.replace("physics", name) for name in ("a1", "a599")]
    executor, seen = answering(*(Finished(0, f"{HEADER}{row}\n", "") for row in rows))
    accounts = [f"a{number}" for number in range(600)]
    found = executor.runs("alps", Window(100, 200), "requested", accounts=accounts)
    assert seen == []  # nothing is run before it is read
    assert len(list(found)) == len(seen) == 2


def test_runs_are_read_exactly() -> None:
    pending = "10|13|art|bob|high|gpu|Unknown|Unknown|0|cpu=1|"
    never = "11|14|art|bob|high|gpu|None|None|0||"
    tres = {"billing": 2, "cpu": 2, "gres/gpu:a100": 1, "mem": 1536, "node": 1}
    assert read(f"{ROW}\n{pending}\n{never}\n") == [
        Run("9", "12", "physics", "alice", "normal", "batch", 100, 160, 50, tres),
        Run("10", "13", "art", "bob", "high", "gpu", 0, 0, 0, {"cpu": 1}),
        Run("11", "14", "art", "bob", "high", "gpu", 0, 0, 0, {}),
    ]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("mem=500M", {"mem": 500}),
        ("mem=500", {"mem": 500}),
        ("mem=1048576K", {"mem": 1024}),
        ("mem=3P", {"mem": 3 * 1024**3}),
        ("mem=0.5T,cpu=2K", {"mem": 512 * 1024, "cpu": 2048}),
        ("billing=0", {"billing": 0}),
        ("cpu=9007199254740993", {"cpu": 9007199254740993}),
    ],
)
def test_counts_of_tres(text: str, counts: dict[str, int]) -> None:
    assert read(f"9|12|a|b|c|d|100|160|50|{text}|\n")[0].tres == counts


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{ROW}|", "sacct printed 11 columns instead of 10: '9|12|physics|"),
        ("slurm is down|", "sacct printed 1 columns instead of 10: 'slurm is down'"),
        (ROW[:-9], "sacct printed an incomplete line, without '|' at its end: '9|12|physics|"),
        (ROW.replace("alice", "bob"), "job '12' (run 9): Slurm's answer contains it twice, with"),
        (
            ROW.replace("1.5G", "1K"),
            "sacct printed for job 12: 'mem=1K' is not a whole number of MB",
        ),
        (
            ROW.replace("cpu=2", "cpu=1.5"),
            "sacct printed for job 12: 'cpu=1.5' is not a whole number",
        ),
        (ROW.replace("cpu=2", "cpu=?"), "sacct printed for job 12: 'cpu=?' is not a count"),
        (ROW.replace("cpu=2", "cpu"), "sacct printed for job 12: 'cpu=' is not a count"),
        (ROW.replace("|160|", "|Unknown|"), "sacct printed for job 12: invalid literal"),
        (ROW.replace("|50|", "||"), "sacct printed for job 12: invalid literal"),
    ],
)
def test_what_cannot_be_counted_is_an_error(line: str, message: str) -> None:
    with pytest.raises(SlurmRefused) as caught:
        read(f"{ROW}\n{line}\n")
    assert caught.value.message.startswith(message)


def reset(entity: Entity, name: str, **place: str | None) -> RowChange:
    return RowChange(entity, "reset", name, {"Cluster": "alps", **place}, None)


def row(user: str, account: str, partition: str | None = None) -> RowChange:
    place = {"Account": account, "User": user, "Partition": partition}
    return reset(ASSOCIATION, f"{user} in {account}", **place)


def lines(*changes: RowChange) -> list[str]:
    executor, _ = answering()
    return [
        str(command).removeprefix("sacctmgr -i modify ").removesuffix(" set RawUsage=0")
        for command in executor.preview(changes, "alps")
    ]


def test_a_reset_is_one_command_a_kind() -> None:
    changes = [reset(ACCOUNT, "art"), reset(QOS, "high"), reset(ACCOUNT, "physics")]
    assert lines(*changes) == [
        "account where name=art,physics cluster=alps",
        "qos where name=high cluster=alps",
    ]
    assert lines() == []


def test_rows_of_users_are_named_exactly_and_each_partition_by_itself() -> None:
    changes = [
        *(row("alice", "art"), row("bob", "art"), row("alice", "physics")),
        *(row("alice", "art", "gpu"), row("alice", "art", "batch"), row("bob", "art", "gpu")),
    ]
    assert lines(*changes) == [
        "user where name=alice account=art,physics cluster=alps partition=",
        "user where name=bob account=art cluster=alps partition=",
        "user where name=alice,bob account=art cluster=alps partition=gpu",
        "user where name=alice account=art cluster=alps partition=batch",
    ]


def test_each_change_has_the_outcome_of_its_command() -> None:
    changes = [reset(ACCOUNT, "art"), reset(QOS, "high")]
    executor, seen = answering(Finished(1, "", " sacctmgr: No\n"), Finished(0, "", ""))
    refused, done = executor.reset(changes, "alps")
    assert (refused.change, done.change, done.error) == (changes[0], changes[1], None)
    assert isinstance(refused.error, SlurmRefused)
    assert refused.error.message == "account 'art': sacctmgr: No"
    assert executor.log == [line.command for line in seen]


def test_where_nobody_answers_nothing_more_is_sent() -> None:
    changes = [reset(ACCOUNT, "art"), reset(QOS, "high")]
    executor, seen = answering(
        Finished(1, "", "sacctmgr: error: update cluster: Connection refused to alps at h(1)\n")
    )
    errors = [outcome.error for outcome in executor.reset(changes, "alps")]
    assert [(type(e), e.message, e.retryable, e.sent) for e in errors if e] == [
        (Unreachable, "account 'art': slurmctld does not answer", True, True),
        (
            Unreachable,
            "qos 'high': not sent, because an earlier request failed: account 'art': slurmctld "
            "does not "
            "answer",
            True,
            False,
        ),
    ]
    assert executor.log == [line.command for line in seen]


def test_silence_is_a_refusal() -> None:
    executor, _ = answering(Finished(1, "", " \n"))
    [outcome] = executor.reset([reset(ACCOUNT, "art")], "alps")
    assert isinstance(outcome.error, PermissionDenied)
    assert outcome.error.message == "account 'art': permission denied"


def missing(line: CommandLine) -> Finished:
    raise Unreachable(f"{line.argv[0]} is not on PATH", "set slurm_bin_path", retryable=True)


@pytest.mark.parametrize("rest", [False, True])
def test_a_missing_program_is_explained_where_the_profile_is_for_slurmrestd(rest: bool) -> None:
    executor = Accounting(rest_profile() if rest else cli_profile(), missing)
    calls: Sequence[Callable[[], object]] = [
        executor.release,
        lambda: list(executor.runs("alps", Window(0, 1), "requested")),
        lambda: executor.read(Query(QOS, "alps")),
    ]
    why = "usage and raw-usage always run the Slurm commands, and " if rest else ""
    for call, program in zip(calls, ("sacctmgr", "sacct", "sacctmgr"), strict=True):
        with pytest.raises(Unreachable) as caught:
            call()
        error: SlurmctlError = caught.value
        assert error.message == f"{why}{program} is not on PATH"
        assert (error.hint, error.retryable) == ("set slurm_bin_path", True)


def test_it_is_the_same_for_every_profile() -> None:
    for one in (rest_profile(), cli_profile()):
        executor = accounting(one, 5)
        assert (executor.executor, executor.cluster()) == ("cli", "alps")


def test_variables_reach_a_program_here_and_on_the_other_side(tmp_path: Path) -> None:
    script = '#!/bin/sh\necho "$*"; echo "$TZ $SLURM_TIME_FORMAT"\n'
    for name in ("sacct", "ssh"):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    line = CommandLine(("sacct", "x"), environment={"TZ": "UTC", "SLURM_TIME_FORMAT": "%s"})
    assert Runner(tmp_path, ())(line).stdout == "x\nUTC %s\n"
    there = Runner(Path("/opt"), (str(tmp_path / "ssh"), "login1"))(line).stdout
    assert there.splitlines()[0] == "login1 env TZ=UTC SLURM_TIME_FORMAT=%s /opt/sacct x"


SACCT_THAT_DIES = """#!/bin/sh
echo '{header}'
echo '{row}'
if [ -e {mark} ]; then exit 0; fi
touch {mark}
{end}
"""


def dying(folder: Path, end: str, row: str = ROW) -> Accounting:
    """Return an executor whose sacct prints a row, and the first time comes to this end."""
    script = folder / "sacct"
    script.write_text(
        SACCT_THAT_DIES.format(header=HEADER.strip(), row=row, mark=folder / "mark", end=end)
    )
    script.chmod(0o755)
    sites = profile(execution_mode="cli", cluster_name="alps", slurm_bin_path=folder)
    return Accounting(sites, waits=(0.0,))


def test_what_a_sacct_has_told_that_died_does_not_count(tmp_path: Path) -> None:
    """It is asked again, and its runs are counted once."""
    found = list(dying(tmp_path, "kill -9 $$").runs("alps", Window(100, 200), "requested"))
    assert [run.number for run in found] == ["9"]


def test_the_error_of_sacct_goes_before_what_cannot_be_read(tmp_path: Path) -> None:
    executor = dying(tmp_path, "echo 'sacct: error: Access denied' >&2; exit 1", "half a ro")
    with pytest.raises(SlurmctlError) as caught:
        list(executor.runs("alps", Window(100, 200), "requested"))
    assert caught.value.message == "sacct: sacct: error: Access denied"


@given(
    parts=st.lists(st.text("|é😀\na"), min_size=1),
    end=st.sampled_from(["\n", "|\n", "|a|\n"]),
    size=st.integers(1, 9),
    ends=st.booleans(),
)
def test_lines_are_the_same_in_whatever_pieces_they_come(
    parts: list[str], end: str, size: int, *, ends: bool
) -> None:
    """Lines, their ends and characters are cut anywhere; a last line without its end is refused."""
    text = end.join(parts) + end * ends
    whole = f"A|B{end}{text}".encode()
    listed: Callable[[], list[str]] = list
    told = output.StreamedOutput(listed(), list.extend, ("A", "B"), end=end)
    for at in range(0, len(whole), size):
        told.take(whole[at : at + size])
    if text and not text.endswith(end):
        with pytest.raises(SlurmRefused, match="an incomplete last line"):
            told.end()
        return
    assert told.end() == (text.removesuffix(end).split(end) if text else [])
