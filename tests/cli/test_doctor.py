"""`doctor` from argv to its exit code, with Slurm replaced at the edge."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.commands.usage import Accounting
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli.app import main
from slurmctl_rest.config.models import Profile
from tests import secrets
from tests.cli.conftest import CONFIG, Ended, Program, Programs
from tests.fakes import BEFORE, NOW, Sacctmgr, Seen, Slurmrestd, json_answer, plain
from tests.support import jwt, write_config

LEVELS = {"root": "Administrator", "admin": "Operator"}


@dataclass
class Doctor:
    """The program, and the Slurm commands, which are run in any case."""

    program: Program
    commands: Sacctmgr

    def __call__(self, *words: str) -> Ended:
        return self.program("doctor", *words)


@pytest.fixture
def doctors(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Doctor]:
    """Return the maker of doctors: by executor."""
    monkeypatch.setattr("time.time", lambda: NOW + 0.5)

    def make(executor: str) -> Doctor:
        program = programs(executor, replace(BEFORE, levels=LEVELS))
        slurm = program.slurm
        commands = (
            slurm if isinstance(slurm, Sacctmgr) else Sacctmgr(replace(BEFORE, levels=LEVELS))
        )

        def accounting(
            profile: Profile, timeout: float | None = None, waits: object = ()
        ) -> Accounting:
            return Accounting(profile, commands)

        monkeypatch.setattr("slurmctl_rest.cli.context.accounting", accounting)
        return Doctor(program, commands)

    return make


def restd(doctor: Doctor) -> Slurmrestd:
    assert isinstance(doctor.program.slurm, Slurmrestd)
    return doctor.program.slurm


def statuses(ended: Ended) -> dict[str, str]:
    """Return the status of each check of -P."""
    lines = [line.split("|") for line in ended.out.splitlines()]
    assert lines[0][:2] == ["Check", "Status"]
    return {line[0]: line[1] for line in lines[1:]}


def not_ok(ended: Ended) -> dict[str, str]:
    """Return the checks that are not ok, but for the one that is always skipped."""
    found = {check: status for check, status in statuses(ended).items() if status != "ok"}
    assert found.pop("database") == "skipped"
    return {check: status for check, status in found.items() if check not in OF_LIMITS}


OF_LIMITS = (
    *("limits-enforced", "usage-decay", "run-minutes", "default-accounts"),
    *("unix-users", "orphans", "empty-accounts", "unused-qos"),
)
"""Checks of limits and of the tree: the fakes have what they warn of."""


def test_rest(doctors: Callable[[str], Doctor]) -> None:
    ended = doctors("rest")("-P")
    path = Path(os.environ["HOME"]) / ".config/slurmctl-rest/config.toml"
    assert (ended.code, ended.err) == (0, "")
    shown = re.sub(r"\d+ ms", "1 ms", ended.out.replace(str(path), "FILE"))
    assert shown == (
        "Check|Status|Detail|Remedy\n"
        "configuration|ok|profile 'rest' of FILE; keys: 4 from the file, 0 from the environment, "
        "26 by default|\n"
        "profile-file|ok|FILE has mode 644|\n"
        "endpoint|ok|http://localhost:6820 answers|\n"
        "token|ok|the variable SLURM_JWT|\n"
        "token-file|skipped|the token is in the environment|\n"
        "token-user|ok|it is the token of admin|\n"
        "token-expiry|ok|it has no expiry time|\n"
        "api-version|ok|v0.0.43; served: v0.0.41, v0.0.42, v0.0.43|\n"
        "commands|ok|sacctmgr, sacct: 24.11.5|\n"
        "authentication|ok|Slurm accepts the user|\n"
        "slurmctld|ok|up: head (1 ms)|\n"
        "slurmdbd|ok|up: head (1 ms)|\n"
        "cluster|ok|slurmdbd knows 'alps'|\n"
        "associations|ok|slurmdbd answers about associations|\n"
        "database|skipped|Slurm does not report the settings of its database|check in MariaDB: "
        "SHOW VARIABLES LIKE "
        "'innodb_%'; innodb_snapshot_isolation OFF (MariaDB 11.6 and later have ON), "
        "innodb_lock_wait_timeout 900\n"
        "release|warn|24.11.5: adding accounts may crash slurmrestd; changing a QOS may leak "
        "memory in slurmrestd|25.11 or later is recommended for execution_mode = 'rest'\n"
        "commands-release|ok|24.11.5, like the daemons|\n"
        "journal|skipped|Slurm's journal cannot be read: slurmrestd has no request for it, and "
        "there is no sacctmgr here|\n"
        "clock|ok|this machine and slurmctld differ by less than 10 seconds|\n"
        "rights-accounts|ok|admin has AdminLevel Operator, enough to write accounts, users and "
        "associations|\n"
        "rights-qos|warn|admin has AdminLevel Operator; writing QOS needs Administrator|"
        "ask an administrator: slurmctl-rest user modify admin set AdminLevel=Administrator\n"
        "rights-raw-usage|ok|root may write raw usage|\n"
        "limits-enforced|skipped|slurmrestd reports slurm.conf from API version v0.0.45 on|\n"
        "usage-decay|skipped|slurmrestd reports slurm.conf from API version v0.0.45 on|\n"
        "run-minutes|ok|none|\n"
        "default-accounts|ok|none|\n"
        "unix-users|skipped|the users of Slurm's host are not known here|\n"
        "orphans|ok|none|\n"
        "empty-accounts|ok|none|\n"
        "unused-qos|warn|QOS that no association may use: low|slurmctl-rest account modify ACCOUNT "
        "set QosLevel+=QOS\n"
    )


def test_cli(doctors: Callable[[str], Doctor]) -> None:
    doctor = doctors("cli")
    ended = doctor("-P")
    assert (ended.code, ended.err) == (0, "")
    assert not_ok(ended) == {"journal": "skipped"}  # the fake of sacctmgr keeps none
    asked = doctor.commands.seen
    programs = ("sacctmgr", "sacct", "squeue", "scancel", "scontrol")
    assert asked[:5] == [(name, "--version") for name in programs]
    assert all({"list", "ping", "show"} & {*argv} for argv in asked[5:])


def test_json(doctors: Callable[[str], Doctor]) -> None:
    document = json.loads(doctors("cli")("--json").out)
    items = document.pop("items")
    assert document == {
        "schema_version": 1,
        "kind": "check",
        "profile": "cli",
        "cluster": "alps",
        "executor": "cli",
        "slurm": "24.11.5",
        "warnings": [],
    }
    assert items[2] == {
        "Profile": "cli",
        "Check": "commands",
        "Status": "ok",
        "Detail": "sacctmgr, sacct, squeue, scancel, scontrol: 24.11.5",
        "Remedy": None,
    }


def test_columns_are_chosen(doctors: Callable[[str], Doctor]) -> None:
    ended = doctors("cli")("-nP", "--format", "Status,Check")
    assert ended.out.splitlines()[0] == "ok|configuration"
    assert doctors("cli")("--format", "nonsense").code == 2


def test_an_expired_token_is_exit_5_and_what_depends_on_it_is_skipped(
    doctors: Callable[[str], Doctor], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = doctors("rest")
    token = jwt(NOW - 1)
    monkeypatch.setenv("SLURM_JWT", token)
    ended = doctor("-P")
    behind = ("authentication", "slurmctld", "slurmdbd", "cluster", "release", "commands-release")
    assert not_ok(ended) == {
        "token-file": "skipped",
        "token-expiry": "fail",
        **dict.fromkeys(
            (*behind, "associations", "journal", "clock", "rights-accounts", "rights-qos"),
            "skipped",
        ),
    }
    assert (ended.code, ended.err) == (
        5,
        "slurmctl-rest: token-expiry: the token expired at 2026-11-24T05:59:59+00:00 "
        "(renew it: scontrol token username=admin lifespan=SECONDS)\n",
    )
    assert token not in ended.out + ended.err
    document = json.loads(doctor("--json").err)["error"]
    assert (document["code"], document["exit"], document["executor"]) == (
        "not_authenticated", 5, "rest",
    )  # fmt: skip


def test_a_refused_token_is_not_taken_for_a_database_that_is_down(
    doctors: Callable[[str], Doctor], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(seen: Seen) -> httpx.Response | None:
        if seen.path.startswith("/slurmdb/"):
            return json_answer(502, {"errors": [{"error_number": 7000, "error": "no database"}]})
        if seen.path.endswith("/diag/"):
            return json_answer(511, {"errors": [{"error_number": 1007, "error": "protocol"}]})
        down = {"hostname": "head", "responding": False, "primary": True}
        return json_answer(200, {"pings": [down]})

    doctor = doctors("rest")
    restd(doctor).answer = refuse
    ended = doctor("-P")
    found = not_ok(ended)
    assert [check for check, status in found.items() if status == "fail"] == ["authentication"]
    assert (found["slurmdbd"], ended.code) == ("skipped", 5)
    monkeypatch.setenv(
        "SLURM_JWT", jwt(None).replace("eyJzdW4iOiAiYWRtaW4ifQ", "eyJzdW4iOiJib2IifQ")
    )
    ended = doctor("-P")
    assert (statuses(ended)["token-user"], ended.code) == ("fail", 5)
    assert ended.err.startswith(
        "slurmctl-rest: token-user: it is the token of bob, but username is admin (and 1 more fail"
    )


def test_a_version_that_is_not_served_is_exit_10(doctors: Callable[[str], Doctor]) -> None:
    doctor = doctors("rest")
    restd(doctor).serves = ("v0.0.44", "v0.0.47")
    ended = doctor("-P")
    assert (ended.code, ended.err) == (
        10,
        "slurmctl-rest: api-version: slurmrestd does not serve API version v0.0.43; newer than "
        "this program: v0.0.47 (it serves v0.0.44: set api_version (or 'auto'))\n",
    )
    assert statuses(ended)["slurmdbd"] == "skipped"


def test_without_slurmdbs_namespace_both_are_told_apart(doctors: Callable[[str], Doctor]) -> None:
    doctor = doctors("rest")
    missing = (404, "text/plain", b"Unable find requested URL.")
    restd(doctor).answer = lambda seen: (
        plain(*missing) if seen.path.startswith("/slurmdb/") else None
    )
    ended = doctor("-P")
    assert ended.code == 10
    assert ended.err == (
        "slurmctl-rest: slurmdbd: slurmrestd at http://localhost:6820 serves no accounting: "
        "accounting is not configured in its slurm.conf, or it runs without openapi/slurmdbd "
        "(AccountingStorageType of slurm.conf must be "
        "accounting_storage/slurmdbd)\n"
    )
    assert (statuses(ended)["slurmctld"], statuses(ended)["slurmdbd"]) == ("ok", "fail")


def test_slurmdbd_that_is_down_is_exit_6(doctors: Callable[[str], Doctor]) -> None:
    doctor = doctors("cli")
    refused = Finished(1, "", "sacctmgr: error: Connection refused")
    doctor.commands.answer = lambda argv: refused if argv[:2] == ("sacctmgr", "--json") else None
    ended = doctor("-P")
    assert ended.code == 6
    assert ended.err.startswith("slurmctl-rest: slurmdbd: slurmdbd is down: ")
    assert not_ok(ended) == {
        "slurmdbd": "fail",
        **dict.fromkeys(
            ("cluster", "associations", "journal", "rights-accounts", "rights-qos"), "skipped"
        ),
        "rights-raw-usage": "skipped",
    }


def test_commands_that_are_missing_fail_in_a_cli_profile_and_warn_in_a_rest_one(
    doctors: Callable[[str], Doctor],
) -> None:
    missing = Finished(127, "", "sh: sacctmgr: command not found")
    for executor, code, status in (("cli", 6, "fail"), ("rest", 0, "warn")):
        doctor = doctors(executor)
        doctor.commands.answer = lambda argv: missing if argv[0] == "sacctmgr" else None
        ended = doctor("-P")
        assert (ended.code, statuses(ended)["commands"]) == (code, status)
        assert statuses(ended)["rights-raw-usage"] == "skipped"


def test_another_cluster_is_exit_3(doctors: Callable[[str], Doctor]) -> None:
    ended = doctors("rest")("-P", "-M", "alp")
    assert (ended.code, ended.err) == (
        3,
        "slurmctl-rest: cluster: slurmdbd does not know cluster 'alp' "
        "(did you mean alps? (cluster_name))\n",
    )


def test_the_clocks_differ(
    doctors: Callable[[str], Doctor], monkeypatch: pytest.MonkeyPatch
) -> None:
    for executor in ("rest", "cli"):
        doctor = doctors(executor)
        monkeypatch.setattr("time.time", lambda: NOW - 60.0)
        ended = doctor("-P")
        assert (statuses(ended)["clock"], ended.code) == ("warn", 0)
        assert "this machine is 60 seconds behind slurmctld" in ended.out


def test_each_probe_has_five_seconds_unless_told_otherwise(
    doctors: Callable[[str], Doctor], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = doctors("rest")
    seen: list[float | None] = []

    def connect(profile: Profile, timeout: float | None = None, waits: object = ()) -> Backend:
        seen.append(timeout)
        return RestBackend(profile, httpx.MockTransport(restd(doctor)))

    def accounting(
        profile: Profile, timeout: float | None = None, waits: object = ()
    ) -> Accounting:
        seen.append(timeout)
        return Accounting(profile, doctor.commands)

    monkeypatch.setattr("slurmctl_rest.cli.context.connect", connect)
    monkeypatch.setattr("slurmctl_rest.cli.context.accounting", accounting)
    doctor()
    doctor("--timeout", "2.5")
    assert seen == [5.0, 5.0, 2.5, 2.5]


def test_nothing_is_written_and_v_shows_what_is_asked(doctors: Callable[[str], Doctor]) -> None:
    doctor = doctors("rest")
    ended = doctor("-v")
    assert restd(doctor).writes == []
    assert "+ GET /slurm/v0.0.43/diag/\n" in ended.err
    assert "+ sacctmgr --version\n" in ended.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("profiles = [", "is not TOML"),
        (CONFIG.replace("cluster_name", "cluster_nam", 1), "'cluster_nam' is not a key"),
        (CONFIG + "client_cert = 1\n", "'client_cert' is not a key"),
        (CONFIG.replace("http://localhost:6820", "http://u:SECRET@slurm"), "only host and port"),
    ],
)
def test_a_wrong_configuration_is_a_row_and_exit_2(
    text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.planted(write_config(Path(os.environ["HOME"]), text))
    name = ["--profile", "cli"] if "client_cert" in text else []
    assert main([*name, "doctor", "-P"]) == 2
    ended = capsys.readouterr()
    lines = [line.split("|") for line in ended.out.splitlines()]
    assert lines[1][:2] == ["configuration", "fail"]
    assert words in lines[1][2]
    assert {line[1] for line in lines[2:]} == {"skipped"}
    assert ended.err.startswith("slurmctl-rest: configuration: ")
    assert "SECRET" not in ended.out + ended.err


def test_certificates_that_cannot_be_read_are_the_configurations_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = CONFIG.replace('"http://localhost:6820"', '"https://slurm"\nca_file = "/no.pem"')
    write_config(Path(os.environ["HOME"]), text)
    assert main(["doctor", "--json"]) == 2
    ended = capsys.readouterr()
    document = json.loads(ended.out)
    assert document["items"][0]["Detail"].startswith("TLS files of the profile: ")
    assert (document["profile"], document["executor"], document["slurm"]) == (None, None, None)


def test_with_nothing_at_all_the_commands_are_missed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["doctor", "-P"]) == 6
    ended = capsys.readouterr()
    assert "\nprofile-file|skipped|there is no profile file|\n" in ended.out
    assert ended.err == (
        "slurmctl-rest: commands: sacctmgr is not on PATH; missing: sacctmgr, sacct, squeue, "
        f"scancel, scontrol {SET_PATH}"
    )
    assert "is down" not in ended.out


def test_ping_names_the_commands_that_are_missing_and_no_daemon(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SLURMCTL_REST_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("[profiles.a]\n")
    assert main(["ping"]) == 6
    both = "slurmctl-rest: scontrol is not on PATH; sacctmgr is not on PATH"
    assert capsys.readouterr() == ("", f"{both} {SET_PATH}")
    (tmp_path / "scontrol").write_text('#!/bin/sh\necho "{}"\n')
    (tmp_path / "scontrol").chmod(0o755)
    assert main(["ping", "--json"]) == 6
    out, err = capsys.readouterr()
    error = json.loads(err)["error"]
    assert (out, error["message"]) == ("", "sacctmgr is not on PATH")
    assert (error["code"], error["retryable"]) == ("unreachable", False)


SET_PATH = "(set slurm_bin_path of the profile to the folder of the Slurm commands)\n"


@pytest.mark.usefixtures("everybody_can_log_in")
def test_profiles_are_checked_as_doctor_does(doctors: Callable[[str], Doctor]) -> None:
    program = doctors("cli").program
    ended = program("profile", "check", "cli,nope", "-P", "--profile", "cli")
    path = Path(os.environ["HOME"]) / ".config/slurmctl-rest/config.toml"
    assert ended.out == (
        "Profile|Check|Status|Detail|Remedy\n"
        "cli|unused-qos|warn|QOS that no association may use: low|slurmctl-rest account modify "
        "ACCOUNT set QosLevel+=QOS\n"
        f"nope|configuration|fail|profile 'nope' is not in {path}|known: rest, cli\n"
    )
    assert (ended.code, ended.err) == (
        7,
        "slurmctl-rest: 1 of 2 profiles fail: profile 'nope', configuration: profile 'nope' is "
        f"not in {path} (known: rest, cli)\n",
    )
    assert program("profile", "check", "cli").code == 0
