"""The one boundary: every error ends as a line and a code, and no token ever shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.protocol import Backend
from slurmctl_rest.cli import context as context_module
from slurmctl_rest.cli.app import main
from slurmctl_rest.config.models import Profile
from slurmctl_rest.model.kinds.base import Json
from tests.cli.conftest import TOKEN, Ended, Program, Programs
from tests.cli.writes import LEFT
from tests.fakes import BEFORE, Sacctmgr, Seen, Slurmrestd, json_answer, plain, world
from tests.model.test_kinds import BAD_NAMES
from tests.support import PHYSICS, account, jwt, only


def rest(program: Program) -> Slurmrestd:
    assert isinstance(program.slurm, Slurmrestd)
    return program.slurm


def cli(program: Program) -> Sacctmgr:
    assert isinstance(program.slurm, Sacctmgr)
    return program.slurm


def error_of(text: str) -> Json:
    return json.loads(text)["error"]


# --- usage


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "account modify physics set Fairshaer=2 -i",
            "slurmctl-rest: account has no field 'Fairshaer' (did you mean Fairshare?)\n",
        ),
        (
            "account list where prnt=x",
            "slurmctl-rest: account has no field 'prnt' (did you mean Parent?)\n",
        ),
        (
            "account list format=Acount",
            "slurmctl-rest: account has no field 'Acount' (did you mean Account?)\n",
        ),
        (
            "account modify physics set MaxJobs=many -i",
            "slurmctl-rest: MaxJobs: 'many' is not a whole number (-1 clears)\n",
        ),
        ("nonsense", "slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n"),
        (
            "account list --xyzzy",
            "slurmctl-rest: No such option: --xyzzy (slurmctl-rest account list --help)\n",
        ),
        (
            "account list --timeout",
            "slurmctl-rest: --timeout needs a value (slurmctl-rest --help)\n",
        ),
        (
            "account list -M a/b",
            "slurmctl-rest: --cluster: 'a/b' is not a name: '/' separates the steps of a path\n",
        ),
        (
            "account tree where cluster=a,b",
            "slurmctl-rest: several clusters are given: a, b (one command acts on one cluster; "
            "lists take several)\n",
        ),
        (
            "account modify x -M a where cluster=b set MaxJobs=1 -i",
            "slurmctl-rest: several clusters are given: a, b (one command acts on one cluster; "
            "lists take several)\n",
        ),
    ],
)
def test_a_wrong_command_line_exits_2_with_nothing_sent(
    program: Program, words: str, line: str
) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.out, ended.err) == (2, "", line)
    assert program.slurm.seen == []


@pytest.mark.parametrize("verb", ["add", "modify", "delete", "list"])
@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_bad_name_exits_2_with_nothing_sent(program: Program, verb: str, name: str) -> None:
    if name in {"a,b", "a=b"}:
        return  # two good names; Account=b
    words = ["account", verb, "-i", "--", name]
    ended = program(*words, *(["set", "MaxJobs=1"] if verb == "modify" else []))
    assert ended.code == 2
    assert "' is not a name: " in ended.err
    assert (ended.out, ended.err.count("\n")) == ("", 1)
    assert program.slurm.seen == []


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        ("GrpTRES=cpu=1,gres/nope=2", 2, "the cluster has no TRES 'gres/nope'"),
        ("MaxTRESMins=xpu=1", 2, "the cluster has no TRES 'xpu'"),
        ("QosLevel=hgih", 3, "qos 'hgih' does not exist (did you mean high?)"),
        ("DefaultQOS=zzz", 3, "qos 'zzz' does not exist"),
        ("parent=nosuch", 3, "parent account 'nosuch' does not exist on cluster 'alps'"),
    ],
)
@pytest.mark.parametrize("verb", ["add new", "modify physics set"])
def test_what_slurm_does_not_know_is_never_written(
    program: Program, verb: str, token: str, code: int, words: str
) -> None:
    """slurmrestd drops an unknown TRES in silence together with everything after it."""
    ended = program("account", *verb.split(), token, "-i")
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert program.wrote == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    words=st.lists(
        st.sampled_from(
            ["list", "tree", "modify", "set", "where", "physics", "MaxJobs=1", "parent=", "--json",
             "-P", "format=", "format=Account%3", "woplimits", "--", "--output", "csv", "-x"]
        )
        | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5),
        max_size=5,
    )
)  # fmt: skip
def test_no_words_end_in_a_traceback(programs: Programs, words: list[str]) -> None:
    program = programs("cli")
    ended = program("account", *words)
    assert ended.code in {0, 2, 3, 9, 10}
    assert "unexpected failure" not in ended.err
    assert program.wrote == []


def test_an_error_as_json_whatever_the_order_of_words(program: Program) -> None:
    for words in (["--json", "account", "lst"], ["account", "lst", "--json"]):
        ended = program(*words)
        assert (ended.code, ended.out) == (2, "")
        assert error_of(ended.err)["code"] == "usage"
    ended = program("account", "list", "--output=json", "prnt=x")
    assert error_of(ended.err)["hint"] == "did you mean Parent?"


# --- the last boundary


def test_an_unexpected_failure_is_a_line(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(context_module, "connect", broken)
    ended = program("account", "list")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "slurmctl-rest: unexpected failure: ZeroDivisionError: division by zero "
        "(this is a bug in slurmctl-rest; repeat with SLURMCTL_REST_DEBUG=1 to see the traceback)\n"
    )
    monkeypatch.setenv("SLURMCTL_REST_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        program("account", "list")


@pytest.mark.parametrize("error", [KeyboardInterrupt, EOFError])
def test_an_interrupt_exits_130(
    program: Program, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr(context_module, "connect", interrupted)
    ended = program("account", "list")
    line = "slurmctl-rest: interrupted; nothing was changed\n"
    # Of the end of input Typer makes a line of its own.
    assert (ended.code, ended.out, ended.err.lstrip("\n")) == (130, "", line)


def test_a_wrong_configuration_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "/no.toml", "account", "list"]) == 2
    assert capsys.readouterr() == (
        "", "slurmctl-rest: profile file /no.toml: No such file or directory\n",
    )  # fmt: skip


def test_a_file_that_cannot_be_looked_at_is_no_trouble_with_the_output(program: Program) -> None:
    ended = program("--config", "x" * 5000, "account", "list")
    assert (ended.code, ended.out) == (2, "")
    assert "File name too long" in ended.err
    assert "output" not in ended.err


def test_a_variable_that_means_nothing_exits_2(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURMCTL_REST_URL", "http://localhost")
    ended = program("account", "list")
    assert ended.code == 2
    assert "environment variable SLURMCTL_REST_URL is not a setting" in ended.err
    assert program.slurm.seen == []


# --- what Slurm answers


def test_a_version_that_is_not_served_exits_10(programs: Programs) -> None:
    program = programs("rest")
    rest(program).serves = ["v0.0.40", "v0.0.41"]
    ended = program("account", "list", "--json")
    assert (ended.code, ended.out) == (10, "")
    assert error_of(ended.err) == {
        "code": "unsupported",
        "exit": 10,
        "message": "slurmrestd at http://localhost:6820 does not serve API version v0.0.43",
        "hint": "it serves v0.0.40, v0.0.41: set api_version (or 'auto')",
        "retryable": False,
        "executor": "rest",
        "http_status": 404,
        "slurm_errno": None,
        "slurm_said": None,
    }


def numbered(status: int, number: int, text: str = "no") -> httpx.Response:
    return json_answer(status, {"errors": [{"error_number": number, "error": text}]})


TOKENS_REFUSED = {
    "401": lambda: plain(401, "text/plain", b"Authentication failure"),
    "511": lambda: numbered(511, 1007),
    "502": lambda: numbered(502, 7000),
}


@pytest.mark.parametrize("refusal", TOKENS_REFUSED.values(), ids=TOKENS_REFUSED)
@pytest.mark.parametrize("options", [[], ["-v"], ["--json"], ["-v", "--json"]], ids=" ".join)
def test_a_refused_token_is_never_shown(
    programs: Programs, refusal: Callable[[], httpx.Response], options: list[str]
) -> None:
    program = programs("rest")
    rest(program).answer = lambda _: refusal()
    ended = program("account", "list", *options)
    assert ended.code in {5, 6}
    assert TOKEN not in ended.out + ended.err
    assert TOKEN.split(".")[2] not in ended.out + ended.err
    assert {seen.token for seen in rest(program).seen} == {TOKEN}


def test_an_expired_token_says_since_when(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs("rest")
    token = jwt(1_700_000_000)
    monkeypatch.setenv("SLURM_JWT", token)
    rest(program).answer = lambda _: numbered(502, 7000)
    ended = program("account", "list")
    assert (ended.code, ended.err) == (
        5,
        "slurmctl-rest: the token of admin expired at 2023-11-14T22:13:20+00:00 "
        "(renew it: scontrol token username=admin lifespan=SECONDS)\n",
    )


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["write", "dry run"])
def test_verbose_shows_every_command_and_no_token(
    programs: Programs, executor: str, options: list[str]
) -> None:
    after = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 1}])
    program = programs(executor, BEFORE, after)
    ended = program("account", "modify", "physics", "set", "MaxJobs=1", "-i", "-v", *options)
    assert ended.code == 0
    shown = [line for line in ended.err.splitlines() if line.startswith("+ ")]
    probes = program.slurm.probes if isinstance(program.slurm, Slurmrestd) else []
    assert len(shown) == len(program.slurm.seen) + len(probes)
    assert TOKEN not in ended.out + ended.err


def test_a_200_with_a_warning_on_a_write_is_an_error(programs: Programs) -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        if seen.method == "POST":
            return json_answer(200, {"warnings": [{"description": "Ignoring unknown field"}]})
        return None

    program = programs("rest")
    rest(program).answer = answer
    ended = program("account", "modify", "physics", "set", "MaxJobs=1", "-i")
    assert (ended.code, ended.out) == (1, "")
    assert "slurmrestd ignored a part of the request: Ignoring unknown field" in ended.err


def test_an_empty_304_is_good_where_the_state_is_as_asked(programs: Programs) -> None:
    """Another administrator did the same in between."""
    after = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 1}])
    program = programs("rest", BEFORE, after)
    slurmrestd = rest(program)

    def answer(seen: Seen) -> httpx.Response | None:
        if seen.method == "GET":
            return None
        slurmrestd.before = after
        return httpx.Response(304)

    slurmrestd.answer = answer
    ended = program("account", "modify", "physics", "set", "MaxJobs=1", "-i")
    assert (ended.code, ended.out) == (0, "account physics: modified\n  MaxJobs: 5 -> 1\n")


def test_a_write_that_does_not_show_afterwards_is_an_error(program: Program) -> None:
    """slurmrestd answers 200 to writes that it ignores; here nothing changes."""
    ended = program("account", "modify", "physics", "set", "MaxJobs=1", "-i")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        "slurmctl-rest: account 'physics': Slurm accepted the write, but did not carry it out: "
        "MaxJobs is still 5, not 1 (check the object, and repeat; see slurmdbd's log)\n"
    )
    assert len(program.wrote) == 1


def test_a_write_that_takes_more_than_was_asked_is_an_error_where_it_may_be_our_own(
    programs: Programs, executor: str
) -> None:
    """slurmrestd erases TRES lists that a POST leaves out; sacctmgr writes what it names alone."""
    broken = {**PHYSICS, "MaxJobs": 1, "GrpTRES": {}}
    program = programs(executor, BEFORE, world([*BEFORE.accounts[:2], broken]))
    ended = program("account", "modify", "physics", "set", "MaxJobs=1", "-i")
    rest_ = executor == "rest"
    assert ended.code == (4 if rest_ else 0)
    was = "not cpu=100,mem=2G" if rest_ else "was cpu=100,mem=2G; this write did not"
    assert f"GrpTRES is {'' if rest_ else 'now '}(unset), {was}" in ended.err


def test_html_from_another_server_is_an_error(programs: Programs) -> None:
    program = programs("rest")
    rest(program).answer = lambda _: plain(200, "text/html", b"<html>hello</html>")
    ended = program("account", "list")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("slurmctl-rest: GET /slurmdb/v0.0.43/accounts/: HTTP 200 without")


def busy(program: Program, name: str) -> None:
    """Let the deletion of one account fail, because of its jobs."""
    if isinstance(program.slurm, Slurmrestd):
        program.slurm.answer = lambda seen: (
            numbered(500, 7001)
            if seen.method == "DELETE" and seen.path.endswith(f"/{name}")
            else None
        )
    else:
        program.slurm.answer = lambda argv: (
            Finished(1, "", " Error with request: Job(s) active, cancel job(s) before remove\n")
            if "delete" in argv and f"name={name}" in argv
            else None
        )


def test_a_delete_that_slurm_refuses_claims_nothing(program: Program) -> None:
    busy(program, "physics")
    ended = program("account", "delete", "physics", "-i")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == (
        f"{LEFT}slurmctl-rest: account 'physics': it has running jobs "
        "(use --cancel-jobs to cancel them first, or wait until they end)\n"
    )
    assert len(program.wrote) == 1


def test_some_of_several_fail_and_the_others_are_reported(
    programs: Programs, executor: str
) -> None:
    after = world([*BEFORE.accounts[:2], {**PHYSICS, "MaxJobs": 1}])
    program = programs(executor, BEFORE, after)
    ended = program("account", "modify", "physics,nosuch", "set", "MaxJobs=1", "-i", "--json")
    assert ended.code == 7
    changes = json.loads(ended.out)["changes"]
    assert [(c["name"], c["changed"], (c["error"] or {}).get("code")) for c in changes] == [
        ("physics", True, None),
        ("nosuch", False, "not_found"),
    ]
    assert error_of(ended.err)["message"] == (
        "1 of 2 failed: account 'nosuch' does not exist on cluster 'alps'"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("account modify nosuch set MaxJobs=1", 3),
        ("account delete nosuch", 3),
        ("account modify where parent=nosuch set MaxJobs=1", 3),
        ("account delete where parent=nosuch", 3),
        ("account delete root", 9),
        ("account tree nosuch", 3),
        ("account add physics parent=science MaxJobs=6", 4),
    ],
)
def test_what_cannot_be_done_is_said_and_not_tried(program: Program, words: str, code: int) -> None:
    ended = program(*words.split(), "-i")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.count("\n") == 1
    assert program.wrote == []


def test_missing_ok(program: Program) -> None:
    ended = program("account", "delete", "nosuch", "-i", "--missing-ok")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "slurmctl-rest: warning: account 'nosuch' does not exist on cluster 'alps'\n"
    )
    ended = program("account", "delete", "nosuch", "--missing-ok", "-i", "--json")
    document = json.loads(ended.out)
    assert (document["changed"], document["changes"]) == (False, [])
    assert document["warnings"] == ["account 'nosuch' does not exist on cluster 'alps'"]


def test_a_read_back_that_fails_says_that_it_was_sent(programs: Programs) -> None:
    program = programs("rest", BEFORE, world(BEFORE.accounts[:2]))
    slurmrestd = rest(program)

    def answer(seen: Seen) -> httpx.Response | None:
        return numbered(500, 1234) if slurmrestd.writes and seen.method == "GET" else None

    slurmrestd.answer = answer
    ended = program("account", "delete", "physics", "-i")
    assert (ended.code, ended.out) == (6, "")
    assert ended.err.startswith(f"{LEFT}slurmctl-rest: account 'physics'")
    assert "sent, but could not be read back" in ended.err
    assert "of 1 failed" not in ended.err


def test_executors_that_cannot_say_so_and_send_nothing(programs: Programs) -> None:
    program = programs("rest")
    ended = program("account", "modify", "science", "set", "QosLevel+=high", "-i")
    assert (ended.code, ended.out) == (10, "")
    assert "slurmrestd cannot change an inherited QosLevel" in ended.err
    assert 'execution_mode = "cli"' in ended.err
    assert program.wrote == []


# --- reads over both executors


def test_both_executors_show_the_same(programs: Programs) -> None:
    rows = [
        account("root", None, QosLevel=("low", "normal"), MaxWall=60),
        account("a", QosLevel=("+high",), MaxTRES={"mem": 5}),
        account("b", "a", QosLevel=("-low",), GrpTRES={"gres/gpu": 1}),
        account("c", Clusters=("jura",)),
    ]
    for words in (
        "account list format=Account,Parent,QosLevel,MaxTRES,MaxWall,GrpTRES -P",
        "account list woplimits -P format=Account,qos,MaxWall",
        "account tree",
        "account list --output ndjson",
    ):
        rest_, cli_ = (programs(name, world(rows))(*words.split()) for name in ("rest", "cli"))
        assert rest_ == cli_
        assert rest_.code == 0
        assert rest_.out


def test_list_parsable2_as_scripts_read_it(program: Program) -> None:
    ended = program("account", "list", "-nP", "format=account,descr,org,qos")
    assert ended.out == (
        "physics|light and matter|science|high,normal\nroot|root|root|normal\n"
        "science|science|science|normal\n"
    )


def test_list_as_json_says_where_it_comes_from(program: Program) -> None:
    ended = program("--json", "account", "list", "physics")
    document = json.loads(ended.out)
    item = only(document.pop("items"))
    assert document == {
        "schema_version": 1,
        "kind": "account",
        "profile": program.executor,
        "cluster": "alps",
        "executor": program.executor,
        "slurm": "24.11.5",
        "warnings": [],
    }
    assert (item["Account"], item["MaxJobs"], item["inherited"]) == ("physics", 5, {})


def test_an_empty_list_says_so_to_people(program: Program) -> None:
    """And not to a script: cron mails whatever is on stderr."""
    words = ("account", "list", "physics", "where", "parent=root", "format=Account")
    ended = program(*words)
    assert (ended.code, ended.out, ended.err) == (0, "Account\n", "no accounts found\n")
    ended = program(*words, "-n")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    for option in ("-Q", "-P", "--output=csv", "--output=ndjson", "--query=[]"):
        quiet = program(*words, option)
        shown = {"--output=ndjson": "", "--query=[]": "[]"}.get(option, "Account")
        assert (quiet.code, quiet.out.strip(), quiet.err) == (0, shown, "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "assoc list withassoc",
            "assoc list has no switch WithAssoc (slurmctl-rest assoc list where ...)",
        ),
        (
            "cluster list withfed",
            "cluster list has no switch WithFed (sacctmgr list cluster WithFed)",
        ),
        (
            "user list withrawqos",
            "user list has no switch WithRawQOSLevel "
            "(slurmctl-rest assoc list WithRawQOS where ...)",
        ),
    ],
)
def test_switches_that_are_refused_by_name(program: Program, words: str, line: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.out, ended.err) == (10, "", f"slurmctl-rest: {line}\n")
    assert program.slurm.seen == []


def test_ping(program: Program) -> None:
    ended = program("ping", "-P")
    assert ended.code == 0
    lines = [line.split("|") for line in ended.out.splitlines()]
    assert [line[:5] for line in lines] == [
        ["Daemon", "Host", "Role", "Status", "Release"],
        ["slurmctld", "head", "primary", "up", "24.11.5"],
        ["slurmdbd", "head", "primary", "up", "24.11.5"],
    ]
    assert all(re.fullmatch(r"\d+ ms", line[5]) for line in lines[1:])
    assert program("ping", "-Q") == program("ping", "-QnP") == Ended(0, "", "")
    [item, _] = json.loads(program("ping", "-Q", "--json").out)["items"]
    assert isinstance(item["Latency"], int)
    assert "slurmctl_rest_ping_latency{" in program("ping", "-Q", "-o", "prometheus").out


def test_ping_exits_6_where_a_daemon_is_down(programs: Programs) -> None:
    program = programs("cli")
    cli(program).answer = lambda argv: (
        Finished(1, "", "sacctmgr: error: Connection refused") if argv[0] == "sacctmgr" else None
    )
    ended = program("ping", "-nPQ")
    assert ended.code == 6
    assert [line.split("|")[3] for line in ended.out.splitlines()] == ["up", "down"]
    assert ended.err.startswith("slurmctl-rest: slurmdbd is down: ")


def test_the_timeout_reaches_the_client(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs("rest")
    seen: list[float | None] = []
    connect: Callable[[Profile], Backend] = vars(context_module)["connect"]

    def noted(profile: Profile, timeout: float | None, waits: object = ()) -> Backend:
        seen.append(timeout)
        return connect(profile)

    monkeypatch.setattr(context_module, "connect", noted)
    program("account", "list")
    program("account", "list", "--timeout", "2.5")
    assert seen == [None, 2.5]
