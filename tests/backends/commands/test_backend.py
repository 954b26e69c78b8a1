"""CommandsBackend against a sacctmgr of our own, in the place of subprocess."""

from __future__ import annotations

import json

import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.query import Query
from slurmctl_rest.errors import Conflict, SlurmRefused, Unreachable, Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.facts import Controller
from slurmctl_rest.model.kinds.base import Json
from tests.backends.changes import deleted, modified
from tests.fakes import NOW, Sacctmgr, world
from tests.support import PHYSICS, account, cli_profile, profile

ACCOUNTS = Query(ACCOUNT, "alps")


def backend(sacctmgr: Sacctmgr) -> CommandsBackend:
    return CommandsBackend(cli_profile(), sacctmgr)


def test_accounts_with_their_associations_and_coordinators() -> None:
    sacctmgr = Sacctmgr()
    assert backend(sacctmgr).read(ACCOUNTS) == [
        PHYSICS,
        account("root", None, QosLevel=("normal",)),
        account("science"),
    ]
    assert sacctmgr.writes == []


def test_one_account_by_name() -> None:
    sacctmgr = Sacctmgr()
    assert backend(sacctmgr).read(Query(ACCOUNT, "alps", ("physics",))) == [PHYSICS]
    assert sacctmgr.seen[0][-2:] == ("where", "name=physics")


def test_an_error_said_once_beside_a_good_end_may_stand_for_what_is_not_there() -> None:
    told: list[str] = []

    def answer(words: tuple[str, ...]) -> Finished | None:
        told.append(words[2])
        return Finished(0, '{"TRES": []}', "sacctmgr: error: odd\n") if len(told) == 1 else None

    assert backend(Sacctmgr(answer=answer)).read(Query(TRES_TYPE, "")) != []
    assert told == ["list", "list"]


def test_an_error_said_each_time_beside_a_good_end_is_the_site_s_noise() -> None:
    told: list[str] = []

    def answer(words: tuple[str, ...]) -> Finished:
        told.append(words[2])
        return Finished(0, '{"TRES": []}', "sacctmgr: error: odd\n")

    assert backend(Sacctmgr(answer=answer)).read(Query(TRES_TYPE, "")) == []
    assert told == ["list", "list"]


def test_what_a_backup_of_slurmdbd_s_told_is_not_asked_again() -> None:
    told: list[str] = []

    def answer(words: tuple[str, ...]) -> Finished:
        told.append(words[2])
        noise = "sacctmgr: error: _open_persist_conn: failed to open persistent connection to a\n"
        return Finished(0, '{"TRES": []}', noise)

    assert backend(Sacctmgr(answer=answer)).read(Query(TRES_TYPE, "")) == []
    assert told == ["list"]


def test_changes_to_inherited_qos_are_read() -> None:
    rows = [
        account("root", None, QosLevel=("low", "normal")),
        account("a", QosLevel=("+high",)),
        account("b", "a", QosLevel=("-high", "-nosuch")),
    ]
    found = backend(Sacctmgr(world(rows))).read(ACCOUNTS)
    assert {row["Account"]: row["QosLevel"] for row in found} == {
        "root": ("low", "normal"),
        "a": ("+high",),
        "b": ("-high",),
    }


def test_accounts_of_other_clusters() -> None:
    rows = [account("root", None), account("a", Clusters=("jura",))]
    found = backend(Sacctmgr(world(rows))).read(ACCOUNTS)
    assert found[0] == account("a", None, Cluster=None, Clusters=("jura",), Fairshare=None)


def test_coordinators_of_accounts_above_are_not_its_own() -> None:
    record = {
        "name": "root",
        "description": "root",
        "organization": "root",
        "coordinators": [{"name": "zoe", "direct": False}, {"name": "al", "direct": True}],
    }

    def answer(words: tuple[str, ...]) -> Finished | None:
        found = json.dumps({"accounts": [record], "meta": {}})
        return Finished(0, found, "") if "account" in words else None

    rows = backend(Sacctmgr(world([account("root", None)]), answer=answer)).read(ACCOUNTS)
    assert rows[0]["Coordinators"] == ("al",)


def test_associations_of_accounts() -> None:
    where = {"Account": ("physics", "science")}
    found = backend(Sacctmgr()).read(Query(ASSOCIATION, "alps", where=where))
    assert [(row["Account"], row["User"]) for row in found] == [
        ("physics", None), ("physics", "alice"), ("physics", "bob"), ("root", None),
        ("science", None),
    ]  # fmt: skip


def test_small_tables() -> None:
    one = backend(Sacctmgr())
    assert [row["Name"] for row in one.read(Query(QOS, "alps"))] == ["high", "low", "normal"]
    assert [row["Name"] for row in one.read(Query(QOS, "alps", ("low",)))] == ["low"]
    assert {"Type": "gres", "Name": "gpu", "ID": 3} in one.read(Query(TRES_TYPE, "alps"))


def test_the_cluster_of_the_profile_needs_no_question() -> None:
    sacctmgr = Sacctmgr()
    assert backend(sacctmgr).cluster() == "alps"
    assert sacctmgr.seen == []


def test_without_a_profile_sacctmgr_says_the_cluster_and_its_release() -> None:
    one = CommandsBackend(profile(), Sacctmgr())
    assert (one.cluster(), one.release()) == ("alps", "24.11.5")


def test_a_sacctmgr_that_does_not_say_its_cluster() -> None:
    answer = Finished(0, '{"TRES": []}', "")
    one = CommandsBackend(profile(), Sacctmgr(answer=lambda _: answer))
    with pytest.raises(SlurmRefused) as refused:
        one.cluster()
    assert "--cluster NAME" in refused.value.hint


def test_preview_is_what_write_runs() -> None:
    sacctmgr = Sacctmgr()
    one = backend(sacctmgr)
    changes = [modified("a"), deleted("b"), modified("c")]
    shown = one.preview(changes)
    assert sacctmgr.seen == []
    outcomes = one.write(changes)
    assert [(o.change, o.error) for o in outcomes] == [(change, None) for change in changes]
    assert list(one.log) == shown
    assert sacctmgr.seen == [command.argv for command in shown]


def test_a_failed_command_fails_its_changes_and_no_others() -> None:
    def answer(words: tuple[str, ...]) -> Finished | None:
        busy = Finished(1, "", " Job(s) active, cancel job(s) before remove\n")
        return busy if "delete" in words else None

    changes = [modified("a"), deleted("b"), deleted("c")]
    errors = [o.error for o in backend(Sacctmgr(answer=answer)).write(changes)]
    assert errors[0] is None
    assert isinstance(errors[1], Conflict)
    assert errors[1].message == "account 'b', 'c': it has running jobs"
    assert errors[2] is errors[1]


def test_nothing_modified_is_left_to_the_read_back() -> None:
    one = backend(Sacctmgr(answer=lambda _: Finished(1, " Nothing modified\n", "")))
    assert one.write([modified("a")])[0].error is None


def test_ping_asks_both_daemons() -> None:
    sacctmgr = Sacctmgr()
    rows = backend(sacctmgr).ping()
    assert [(r["Daemon"], r["Status"], r["Release"]) for r in rows] == [
        ("slurmctld", "up", "24.11.5"),
        ("slurmdbd", "up", "24.11.5"),
    ]
    assert sacctmgr.seen == [("scontrol", "--json", "ping"), ("sacctmgr", "--json", "ping")]


def test_a_daemon_that_does_not_answer_is_a_row() -> None:
    def answer(words: tuple[str, ...]) -> Finished | None:
        if words[0] == "sacctmgr":
            return Finished(1, "", "sacctmgr: error: Connection refused")
        return None

    rows = backend(Sacctmgr(answer=answer)).ping()
    assert [(r["Daemon"], r["Status"], r["Detail"]) for r in rows] == [
        ("slurmctld", "up", None),
        ("slurmdbd", "down", "sacctmgr ping: slurmdbd does not answer"),
    ]


def test_a_program_that_is_not_there_is_a_row_too() -> None:
    def answer(words: tuple[str, ...]) -> Finished | None:
        raise Unreachable(f"{words[0]} is not on PATH")

    rows = backend(Sacctmgr(answer=answer)).ping()
    assert [row["Detail"] for row in rows] == ["scontrol is not on PATH", "sacctmgr is not on PATH"]


# --- what doctor asks


def test_what_slurmctld_says_of_itself() -> None:
    assert backend(Sacctmgr()).controller() == Controller(NOW, "24.11.5", "slurm")
    assert backend(Sacctmgr()).user() == "root"
    assert backend(Sacctmgr()).clusters() == ["alps"]


@pytest.mark.parametrize(
    "document", [{}, {"meta": None}, {"meta": {"client": {"user": ""}}}, {"meta": {"client": 1}}]
)
def test_commands_that_do_not_say_who_runs_them(document: Json) -> None:
    sacctmgr = Sacctmgr(answer=lambda _: Finished(0, json.dumps(document), ""))
    with pytest.raises(Unsupported, match="do not report who runs them"):
        backend(sacctmgr).user()


def test_the_release_of_each_program() -> None:
    def answer(argv: tuple[str, ...]) -> Finished | None:
        return Finished(127, "", "sh: sacct: command not found") if argv[0] == "sacct" else None

    sacctmgr = Sacctmgr(answer=answer)
    found = backend(sacctmgr).programs(("sacctmgr", "sacct", "scancel"))
    missing = found.pop("sacct")
    assert isinstance(missing, Unreachable)
    assert missing.message.startswith("sacct: a program, or a file")
    assert found == {"sacctmgr": "24.11.5", "scancel": "24.11.5"}
    assert sacctmgr.seen == [(name, "--version") for name in ("sacctmgr", "sacct", "scancel")]


def test_where_nothing_answers_the_others_are_not_waited_for() -> None:
    silent = Unreachable("ssh did not end within 5 seconds", retryable=True)
    seen = []

    def run(line: CommandLine) -> Finished:
        seen.append(line.argv)
        raise silent

    found = CommandsBackend(cli_profile(), run, waits=()).programs(("sacctmgr", "sacct"))
    assert found == {"sacctmgr": silent, "sacct": silent}
    assert seen == [("sacctmgr", "--version")]
