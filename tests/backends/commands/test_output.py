"""What sacctmgr prints, judged: rows, or one of our errors."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.commands.argv import PAST_COLUMNS, association_columns
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished, check_finished
from slurmctl_rest.backends.commands.output import (
    ParsableTable,
    controller,
    document,
    parse_release,
    records,
    table,
)
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import (
    Conflict,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.facts import Controller
from slurmctl_rest.model.fields import Field, Row
from tests.strategies import account_rows
from tests.support import LIMITS, account, association

CHANGE = RowChange(ACCOUNT, "modify", "physics", account("physics"), None)
LINE = CommandLine(("sacctmgr", "-i", "modify", "account"), (CHANGE,))
COLUMNS = association_columns(Query(ASSOCIATION, ""))
LIST = CommandLine(("sacctmgr", "--json", "list", "tres"))


@pytest.mark.parametrize(
    "finished",
    [
        Finished(0, "", ""),
        Finished(0, " Modified account...\n  physics\n", "warning: something"),
        Finished(1, "", " Nothing modified\n"),
        Finished(1, "  Nothing deleted\n", ""),
        Finished(1, "", "sacctmgr:  Request didn't affect anything\n"),
        Finished(1, " Nothing new added.\n", ""),
    ],
    ids=str,
)
def test_good_ends(finished: Finished) -> None:
    assert check_finished(LINE, finished) is finished


@pytest.mark.parametrize(
    ("finished", "error", "message", "said"),
    [
        (
            Finished(1, "", "sacctmgr: error: Access/permission\n denied\n"), PermissionDenied,
            "account 'physics': permission denied", "sacctmgr: error: Access/permission denied",
        ),
        (
            Finished(1, "  JobID = 3\n", " Error: Job(s) active, cancel job(s) before remove\n"),
            Conflict, "account 'physics': it has running jobs",
            "Error: Job(s) active, cancel job(s) before remove",
        ),
        (
            Finished(1, "", "sacctmgr: error: Connection refused"), Unreachable,
            "account 'physics': slurmdbd does not answer",
            "sacctmgr: error: Connection refused",
        ),
        (
            Finished(1, "", " Unknown option: \x1b[1mfoo\n Use keyword 'set'\n"), SlurmRefused,
            "account 'physics': Unknown option: \\x1b[1mfoo Use keyword 'set'",
            "Unknown option: \\x1b[1mfoo Use keyword 'set'",
        ),
        (Finished(1, "odd\n", ""), SlurmRefused, "account 'physics': odd", "odd"),
        (
            Finished(3, "", ""), SlurmRefused,
            "account 'physics': exit code 3, without a message", "exit code 3, without a message",
        ),
    ],
)  # fmt: skip
def test_bad_ends(finished: Finished, error: type[SlurmctlError], message: str, said: str) -> None:
    with pytest.raises(SlurmctlError) as refused:
        check_finished(LINE, finished)
    assert (type(refused.value), refused.value.message, refused.value.said) == (
        error, message, said,
    )  # fmt: skip


GONE = "sacctmgr: error: Getting response to message type: DBD_GET_{0}\n" + (
    "sacctmgr: error: DBD_GET_{0} failure: {1}\n"
)


@pytest.mark.parametrize("why", ["Connection refused", "No such file or directory", "odd"])
@pytest.mark.parametrize("asked", ["ASSOCS", "USERS", "TRES", "QOS", "JOBS_COND"])
def test_exit_0_and_a_list_without_what_slurmdbd_did_not_tell_as_it_ended(
    asked: str, why: str
) -> None:
    told = Finished(0, "alps|physics|u999||\n", GONE.format(asked, why))
    with pytest.raises(Unreachable) as refused:
        check_finished(LIST, told)
    assert refused.value.message == "sacctmgr list tres: slurmdbd does not answer"
    assert refused.value.retryable


@pytest.mark.parametrize(
    "noise",
    [
        "sacctmgr: error: Ignoring obsolete FastSchedule=1 option.\n",
        "sacctmgr: error: Getting response to message type: DBD_FINI\n",
        "sacctmgr: error: DBD_FINI failure: Connection refused\n",
    ],
)
def test_exit_0_and_an_error_that_takes_nothing_from_what_was_told(noise: str) -> None:
    told = Finished(0, '{"TRES": []}', noise)
    assert check_finished(LIST, told) is told


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("Immediate execution impossible, insufficient priority", "lost its database"),
        ("Unknown error 1317", "lost its database"),
        ("Unable to connect to database", "does not answer"),
        ("We need a qos list to translate", "does not answer"),
    ],
)
def test_exit_0_and_a_list_without_what_the_database_did_not_tell_as_it_ended(
    said: str, message: str
) -> None:
    with pytest.raises(Unreachable) as refused:
        check_finished(
            LIST, Finished(0, "alps|physics|u999||UNKN-0\n", f"sacctmgr: error: {said}\n")
        )
    assert message in refused.value.message
    assert refused.value.retryable


def test_a_document_with_errors_is_not_good() -> None:
    errors = [{"description": "Slurmdb query failed", "error": "odd", "error_number": 2}]
    told = Finished(0, json.dumps({"TRES": [{"id": 1}], "errors": errors}), "")
    with pytest.raises(Unreachable) as refused:
        records(LIST, told, "TRES")
    assert refused.value.message == "sacctmgr list tres: slurmdbd lost its database"
    assert records(LIST, Finished(0, '{"TRES": [], "errors": []}', ""), "TRES") == []


def test_json_documents() -> None:
    finished = Finished(0, json.dumps({"TRES": [{"id": 1}], "accounts": None}), "")
    assert records(LIST, finished, "TRES") == [{"id": 1}]
    for key in ("accounts", "qos"):
        with pytest.raises(SlurmRefused) as refused:
            records(LIST, finished, key)
        assert refused.value.message == f"sacctmgr list tres: its JSON has no list '{key}'"


@pytest.mark.parametrize(
    "text", ['{"accounts": [{"name": "phy', ' {"accounts": []}}', '{"a": 1} x']
)
def test_json_that_is_cut_off_or_longer_is_told_as_such(text: str) -> None:
    """Not as the output of an old sacctmgr, which prints none."""
    with pytest.raises(SlurmRefused, match="printed invalid JSON, which ends with") as no:
        document(LIST, Finished(0, text, ""))
    assert str(no.value).endswith(f"'{text[-40:]}'")
    assert "check for a wrapper" in no.value.hint


def test_a_ping_may_exit_1_with_a_good_document() -> None:
    assert document(LIST, Finished(1, '{"pings": []}', "")) == {"pings": []}


@pytest.mark.parametrize(
    ("finished", "error"),
    [
        (Finished(0, "Cluster|Account\n", ""), Unsupported),
        (Finished(0, "", ""), Unsupported),
        (Finished(1, "", "sacctmgr: unrecognized option '--json'"), SlurmctlError),
    ],
)
def test_no_json(finished: Finished, error: type[SlurmctlError]) -> None:
    with pytest.raises(error):
        document(LIST, finished)


def head(fields: Sequence[Field]) -> str:
    return "".join(f"{f.column}|" for f in fields) + "\n"


HEADER = head(COLUMNS)


def line_of(row: Row) -> str:
    return "".join(f"{f.kind.text(row[f.name])}|" for f in COLUMNS)


def test_a_line_of_sacctmgr_s_as_a_row() -> None:
    line = (
        "alps|physics|||science|parent|1|2|3|4|cpu=10,mem=4G|cpu=11||01:30:00|6|7|8|cpu=13|"
        "gres/gpu=2||cpu=16|1-00:00:00|18|high|+high,-low|"
    )
    assert table(COLUMNS, HEADER + line + "\n") == [
        {
            "Cluster": "alps",
            "Account": "physics",
            "User": None,
            "Partition": None,
            "Parent": "science",
            "Fairshare": "parent",
            "Priority": 1,
            "GrpJobs": 2,
            "GrpJobsAccrue": 3,
            "GrpSubmitJobs": 4,
            "GrpTRES": {"cpu": 10, "mem": 4096},
            "GrpTRESMins": {"cpu": 11},
            "GrpTRESRunMins": {},
            "GrpWall": 90,
            "MaxJobs": 6,
            "MaxJobsAccrue": 7,
            "MaxSubmitJobs": 8,
            "MaxTRES": {"cpu": 13},
            "MaxTRESPerNode": {"gres/gpu": 2},
            "MaxTRESMins": {},
            "MaxTRESRunMins": {"cpu": 16},
            "MaxWall": 1440,
            "MinPrioThresh": 18,
            "DefaultQOS": "high",
            "QosLevel": ("+high", "-low"),
        }
    ]


@given(row=account_rows())
def test_any_row_comes_back_from_its_line(row: Row) -> None:
    limits = {f.name: row[f.name] for f in LIMITS}
    own = association("physics", None, "root") | limits
    own = {f.name: own[f.name] for f in COLUMNS}
    assert table(COLUMNS, HEADER + line_of(own) + "\n") == [own]


@given(st.lists(account_rows(), max_size=4))
def test_rows_are_the_same_beside_others_and_share_what_is_equal(found: list[Row]) -> None:
    lines = [f"{line_of({**association('physics', None), **row})}\n" for row in found]
    rows = table(COLUMNS, "".join([HEADER, *lines]))
    assert rows == [row for line in lines for row in table(COLUMNS, HEADER + line)]
    empty = [row["MaxTRES"] for row in rows if not row["MaxTRES"]]
    assert all(value is empty[0] for value in empty)


def test_no_lines_are_no_rows() -> None:
    assert table(COLUMNS, HEADER) == []


@pytest.mark.parametrize("text", ["", "|\n", "alps|\n", "Cluster|\n", "Account|Cluster|\n"])
def test_nothing_at_all_is_refused(text: str) -> None:
    """A program that printed nothing, and yet ended well, has not found that there is nothing."""
    with pytest.raises(SlurmRefused, match="instead of a header with 25 columns: Cluster,"):
        table(COLUMNS, text)


@pytest.mark.parametrize("line", ["alps|physics|", "a" + "|" * 30, "x|"])
def test_a_line_with_other_columns_is_refused(line: str) -> None:
    with pytest.raises(SlurmRefused, match="columns instead of 25"):
        table(COLUMNS, HEADER + line + "\n")


@pytest.mark.parametrize("cut", [1, 2, 9, 40])
def test_a_line_that_is_cut_off_is_refused(cut: int) -> None:
    """The mark at its end is missing, be it that a name only lacks a letter."""
    whole = line_of(association("physics", None))
    with pytest.raises(SlurmRefused, match="an incomplete line, without"):
        table(COLUMNS, f"{HEADER}{whole}\n{whole[:-cut]}x\n")
    with pytest.raises(SlurmRefused, match="an incomplete line, without"):
        table(COLUMNS[:1], "Cluster|\nalps|\nal")


@given(names=st.lists(st.text("ab|0 \n"), max_size=4), mark=st.just("|0c0c"))
def test_names_of_jobs_never_look_like_another_job(names: list[str], mark: str) -> None:
    """Nobody who names a job knows the mark of the command that will list it."""
    fields = PAST_COLUMNS[:2]
    printed = "".join(f"{name}{mark}{number}{mark}\n" for number, name in enumerate(names))
    lines = printed.split(f"{mark}\n")[:-1]
    assert [*ParsableTable("sacct", fields, mark).rows(lines)] == [
        {"JobName": name or None, "JobID": str(number)} for number, name in enumerate(names)
    ]


def test_columns_that_were_not_asked_for_are_refused() -> None:
    with pytest.raises(SlurmRefused) as caught:
        [*ParsableTable("sacct", [PAST_JOB["JobID"]], "|x").rows(["1|xtwo"])]
    assert caught.value.message == "sacct printed 2 columns instead of 1: '1|xtwo'"
    with pytest.raises(SlurmRefused) as caught:
        [*ParsableTable("sacct", [PAST_JOB["Elapsed"]], "|x").rows(["soon"])]
    assert caught.value.message.startswith("sacct printed for Elapsed: 'soon'")


def test_a_value_that_sacctmgr_prints_and_we_cannot_read_is_an_error_of_ours() -> None:
    broken = line_of(association("a", None)).replace("|1|", "|many|", 1)
    with pytest.raises(SlurmctlError, match="many"):
        table(COLUMNS, HEADER + broken + "\n")


@pytest.mark.parametrize(
    ("flags", "deleted"), [("", False), ("Deleted", True), ("UsersAreCoords,Deleted", True),
                           ("NotDeleted", False)]
)  # fmt: skip
def test_deleted_associations_are_told_by_a_flag(flags: str, deleted: bool) -> None:
    fields = association_columns(Query(ASSOCIATION, "", deleted=True))
    line = "|".join(f.kind.text(association("a", None)[f.name]) for f in fields[:-1])
    assert table(fields, f"{head(fields)}{line}|{flags}|\n")[0]["Deleted"] is deleted


def test_modes_of_preemption_as_sacctmgr_prints_them() -> None:
    text = "Name|PreemptMode|\nnormal|cluster|\nhigh|within,requeue|\nlow||\n"
    assert table([QOS["Name"], QOS["PreemptMode"]], text) == [
        {"Name": "normal", "PreemptMode": "cluster"},
        {"Name": "high", "PreemptMode": "within,requeue"},
        {"Name": "low", "PreemptMode": "cluster"},
    ]


VERSION = CommandLine(("sacct", "--version"))


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("slurm-wlm 24.11.5\n", "24.11.5"),
        ("slurm 25.05.0-0rc1\n", "25.05.0-0rc1"),
        ("slurm 26.05.5", "26.05.5"),
    ],
)
def test_a_release_is_read(printed: str, read: str) -> None:
    assert parse_release(VERSION, Finished(0, printed, "")) == read


@pytest.mark.parametrize(
    "printed", ["", "sacct (GNU coreutils) 9.1\n", "slurm\n", "a\nslurm 1.2.3"]
)
def test_what_is_no_release_of_slurm(printed: str) -> None:
    with pytest.raises(Unsupported, match="sacct --version printed "):
        parse_release(VERSION, Finished(0, printed, ""))


HEAD = "Configuration data as of 1795500000\n"


def test_what_slurmctld_says_of_itself_is_read() -> None:
    text = f"{HEAD}SLURM_VERSION           = 26.05.5\n"
    assert controller(Finished(0, text, "")) == Controller(1795500000, "26.05.5", "")
    text += "SlurmUser               = slurm(64030)\n"
    assert controller(Finished(0, text, "")) == Controller(1795500000, "26.05.5", "slurm")


@pytest.mark.parametrize(
    "text", ["", HEAD, "Configuration data as of 2026-11-24T11:03:44\nSLURM_VERSION = 24.11.5\n"]
)
def test_what_slurmctld_does_not_say(text: str) -> None:
    with pytest.raises(SlurmRefused, match="reports no time or no release"):
        controller(Finished(0, text, ""))
