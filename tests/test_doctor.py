"""What doctor makes of facts: every verdict of every check, without Slurm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.config.explain import Explanation, Setting
from slurmctl_rest.doctor.checks import CHECKS, examine
from slurmctl_rest.doctor.commands import PROGRAMS
from slurmctl_rest.doctor.examined import Facts, in_the_way, nothing_but, refused, without_slurmdbd
from slurmctl_rest.doctor.verdicts import Finding, first_failure, worst
from slurmctl_rest.errors import (
    ConfigError,
    NotAuthenticated,
    NotFound,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import DEFAULT_SOURCE
from slurmctl_rest.model.facts import (
    NEWER,
    Admin,
    Controller,
    JournalFacts,
    LimitTree,
    Skipped,
    SlurmrestdFacts,
    Token,
)
from slurmctl_rest.model.reasons import hanging_slurmdbd
from slurmctl_rest.model.versions import KNOWN, V40, V42, V43
from tests.support import cli_profile, rest_profile

NOW = 1_795_500_000.0
LATER = datetime.fromtimestamp(NOW + 86_400, UTC)
FILE = Path("/etc/slurmctl-rest/config.toml")
SETTINGS = (
    Setting("cluster_name", "alps", str(FILE)),
    Setting("time_zone", "UTC", "$SLURMCTL_REST_TIME_ZONE"),
    Setting("command_prefix", [], DEFAULT_SOURCE),
)
TOKEN = Token("token_file /run/token", 0o600, "admin", LATER)
SLURMRESTD = SlurmrestdFacts(
    url="https://slurm:6820",
    verified=True,
    username="admin",
    api_version="v0.0.43",
    reached=None,
    token=TOKEN,
    served=(V42, V43),
)
SETTINGS_OF_SLURM = {
    "AccountingStorageEnforce": "associations,limits,qos",
    "PriorityDecayHalfLife": "7-00:00:00",
    "PriorityUsageResetPeriod": "NONE",
}
CONTROLLER = Controller(int(NOW), "26.05.5", "slurm", NOW, NOW, SETTINGS_OF_SLURM)
ROOT = Admin("root", "Administrator")
GONE = Unreachable("sacct is not on PATH", "set slurm_bin_path")
SLOW = Unreachable("ssh did not end within 5 seconds", "is slurmdbd up?", retryable=True)
LOST = Unreachable("slurmrestd at http://localhost:6820 cannot be reached", "is it running?")
HANGS = hanging_slurmdbd()
NO_TOKEN = NotAuthenticated("no token: the environment has no SLURM_JWT", "export it")
REFUSED = NotAuthenticated("GET /slurm: the token was refused", "renew it")


def daemon(name: str, status: str = "up", host: str = "head") -> dict[str, Any]:
    detail = None if status == "up" else "does not answer"
    return {
        "Daemon": name, "Host": host, "Role": "primary", "Status": status, "Release": "26.05.5",
        "Latency": 3, "Detail": detail,
    }  # fmt: skip


UP = (daemon("slurmctld"), daemon("slurmdbd"))
DBD_DOWN = (daemon("slurmctld"), daemon("slurmdbd", "down"))


def explanation(executor: str, **changes: Any) -> Explanation:
    profile = rest_profile() if executor == "rest" else cli_profile()
    return replace(Explanation("alps", profile, FILE, 0o644, SETTINGS), **changes)


def facts(executor: str = "rest", **changes: Any) -> Facts:
    """Return the facts of a Slurm where all is well, but for the changes."""
    healthy = Facts(
        executor=executor,
        now=NOW,
        configuration=explanation(executor),
        slurmrestd=SLURMRESTD if executor == "rest" else None,
        controller=CONTROLLER,
        daemons=UP,
        cluster="alps",
        clusters=["alps", "jura"],
        hangs=False,
        admin=ROOT,
        commands=dict.fromkeys(PROGRAMS[executor], "26.05.5"),
        runs_as=ROOT,
        journal=JournalFacts(1_790_000_000, "12 months"),
        tree=LimitTree(),
    )
    return replace(healthy, **changes)


def slurmrestd(**changes: Any) -> Facts:
    return facts(slurmrestd=replace(SLURMRESTD, **changes))


def token(**changes: Any) -> Facts:
    return slurmrestd(token=replace(TOKEN, **changes))


def controller(**changes: Any) -> Facts:
    return facts(controller=replace(CONTROLLER, **changes))


def enforcing(words: str, tree: LimitTree = LimitTree()) -> Facts:  # noqa: B008 (frozen)
    settings = {**SETTINGS_OF_SLURM, "AccountingStorageEnforce": words}
    return facts(controller=replace(CONTROLLER, settings=settings), tree=tree)


def never_reset(**changes: str) -> Facts:
    settings = {**SETTINGS_OF_SLURM, "PriorityDecayHalfLife": "00:00:00", **changes}
    tree = LimitTree(of_minutes=2)
    return facts(controller=replace(CONTROLLER, settings=settings), tree=tree)


def admin(name: str, level: str | None, *coordinates: str, **changes: Any) -> Facts:
    who = Admin(name, level, coordinates)
    return facts(admin=who, runs_as=who, **changes)


def said(check: str, found: Facts) -> tuple[str, str, str]:
    """Return status, detail and remedy of a check."""
    verdict = next(one.verdict for one in examine(found) if one.check == check)
    return verdict.status, verdict.detail, verdict.remedy


RENEW = "renew it: scontrol token username=admin lifespan=SECONDS"
CHRONY = "synchronize both clocks (chrony): tokens and munge credentials expire"
LEAKS = "adding accounts may crash slurmrestd; changing a QOS may leak memory in slurmrestd"
LEAST = "25.11 or later is recommended for execution_mode = 'rest'"
SERVES = "it serves v0.0.42, v0.0.43: set api_version (or 'auto')"


@pytest.mark.parametrize(
    ("check", "found", "status", "detail", "remedy"),
    [
        (
            "configuration", facts(), "ok",
            f"profile 'alps' of {FILE}; "
            "keys: 1 from the file, 1 from the environment, 1 by default", "",
        ),
        (
            "configuration",
            facts(configuration=explanation("rest", name="", file=None, settings=SETTINGS[1:])),
            "ok",
            "no profile of a file; keys: 0 from the file, 1 from the environment, 1 by default",
            "",
        ),
        (
            "configuration", nothing_but(ConfigError("'x' is not a key", "did you mean y?"), NOW),
            "fail", "'x' is not a key", "did you mean y?",
        ),
        ("profile-file", facts(), "ok", f"{FILE} has mode 644", ""),
        (
            "profile-file", facts(configuration=explanation("rest", mode=0o666)), "warn",
            f"all users may write {FILE}", f"chmod o-w {FILE}",
        ),
        (
            "profile-file", facts(configuration=explanation("rest", mode=None)), "skipped",
            "there is no profile file", "",
        ),
        ("endpoint", facts(), "ok", "https://slurm:6820 answers", ""),
        ("endpoint", slurmrestd(url="unix:///run/s"), "ok", "unix:///run/s answers", ""),
        ("endpoint", slurmrestd(url="http://127.0.0.9:1"), "ok", "http://127.0.0.9:1 answers", ""),
        ("endpoint", slurmrestd(url="http://[::1]:1"), "ok", "http://[::1]:1 answers", ""),
        ("endpoint", slurmrestd(url="http://localhost:1"), "ok", "http://localhost:1 answers", ""),
        *(
            (
                "endpoint", slurmrestd(url=url), "warn",
                f"{url} answers, but the token travels unencrypted",
                "use https:// or a unix socket",
            )
            for url in ("http://slurm.example:6820", "http://10.0.0.1:6820")
        ),
        (
            "endpoint", slurmrestd(verified=False), "warn",
            "https://slurm:6820 answers, but its certificate is not checked",
            "set verify_ssl = true, and ca_file if the certificate is your own",
        ),
        ("endpoint", slurmrestd(reached=LOST), "fail", LOST.message, LOST.hint),
        ("token", facts(), "ok", "token_file /run/token", ""),
        ("token", slurmrestd(token=NO_TOKEN), "fail", NO_TOKEN.message, NO_TOKEN.hint),
        ("token-file", facts(), "ok", "mode 600", ""),
        ("token-file", token(mode=0o640), "ok", "mode 640", ""),
        ("token-file", token(mode=None), "skipped", "the token is in the environment", ""),
        ("token-file", slurmrestd(token=NO_TOKEN), "skipped", "there is no token", ""),
        *(
            (
                "token-file", token(mode=mode), "warn", "all users may read or write /run/token",
                "chmod o= /run/token",
            )
            for mode in (0o644, 0o602)
        ),
        ("token-user", facts(), "ok", "it is the token of admin", ""),
        ("token-user", token(user=None), "ok", "it names no user", ""),
        (
            "token-user", token(user="root"), "ok",
            "it is the token of root, and acts for admin", "",
        ),
        *(
            (
                "token-user", replace(token(user="bob"), controller=answer), status,
                "it is the token of bob, but username is admin",
                "set username = 'bob', or: scontrol token username=admin lifespan=SECONDS",
            )
            for answer, status in ((REFUSED, "fail"), (LOST, "warn"), (Skipped("x"), "warn"))
        ),
        ("token-user", slurmrestd(token=NO_TOKEN), "skipped", "there is no token", ""),
        ("token-expiry", facts(), "ok", f"it is valid until {LATER.isoformat()}", ""),
        ("token-expiry", token(ends=None), "ok", "it has no expiry time", ""),
        (
            "token-expiry", token(ends=datetime.fromtimestamp(NOW + 599, UTC)), "warn",
            "the token expires at 2026-11-24T06:09:59+00:00, in 599 seconds", RENEW,
        ),
        (
            "token-expiry", token(ends=datetime.fromtimestamp(NOW, UTC)), "fail",
            "the token expired at 2026-11-24T06:00:00+00:00", RENEW,
        ),
        ("token-expiry", slurmrestd(token=NO_TOKEN), "skipped", "there is no token", ""),
        ("api-version", facts(), "ok", "v0.0.43; served: v0.0.42, v0.0.43", ""),
        (
            "api-version", slurmrestd(api_version="auto", served=(V42, V43, NEWER[0])), "ok",
            "auto takes v0.0.43; served: v0.0.42, v0.0.43; newer than this program: "
            f"{NEWER[0]}", "",
        ),
        (
            "api-version", slurmrestd(api_version="v0.0.40"), "fail",
            "slurmrestd does not serve API version v0.0.40", SERVES,
        ),
        (
            "api-version", slurmrestd(api_version="auto", served=(NEWER[2],)), "fail",
            f"slurmrestd does not serve any API version that this program knows, {V40} to "
            f"{KNOWN[-1]}; newer than this program: {NEWER[2]}",
            "check that slurmrestd answers at url",
        ),
        ("api-version", slurmrestd(served=LOST), "fail", LOST.message, LOST.hint),
        ("api-version", slurmrestd(served=Skipped("nobody")), "skipped", "nobody", ""),
        ("commands", facts(), "ok", "sacctmgr, sacct: 26.05.5", ""),
        (
            "commands", facts(commands={"sacctmgr": "24.11.5", "sacct": "26.05.5"}), "ok",
            "sacctmgr: 24.11.5; sacct: 26.05.5", "",
        ),
        (
            "commands", facts(commands={"sacctmgr": "26.05.5", "sacct": GONE}), "warn",
            "sacct is not on PATH; missing: sacct; needed for usage", "set slurm_bin_path",
        ),
        (
            "commands",
            facts("cli", commands={"sacctmgr": "26.05.5", "sacct": GONE, "scancel": GONE}), "fail",
            "sacct is not on PATH; missing: sacct, scancel; needed for usage, jobs history, jobs "
            "cancel", "set slurm_bin_path",
        ),
        (
            "commands", facts("cli", commands={"sacct": SLOW}), "fail",
            "ssh did not end within 5 seconds; missing: sacct; needed for usage, jobs history",
            "check command_prefix of the profile",
        ),
        ("authentication", facts(), "ok", "Slurm accepts the user", ""),
        (
            "authentication", facts(controller=REFUSED, daemons=Skipped("no")), "fail",
            REFUSED.message, REFUSED.hint,
        ),
        ("authentication", facts(controller=LOST), "ok", "Slurm accepts the user", ""),
        (
            "authentication", facts(controller=LOST, daemons=DBD_DOWN), "skipped", LOST.message, "",
        ),
        ("authentication", facts(controller=Skipped("no")), "skipped", "no", ""),
        ("slurmctld", facts(), "ok", "up: head (3 ms)", ""),
        (
            "slurmctld", facts(daemons=(*UP, daemon("slurmctld", "down", "spare"))), "warn",
            "spare is down: does not answer", "check the log of slurmctld on that host",
        ),
        (
            "slurmdbd", facts(daemons=DBD_DOWN), "fail", "head is down: does not answer",
            "check the log of slurmdbd on its host",
        ),
        (
            "slurmdbd", facts(daemons=UP[:1]), "fail", "slurmdbd does not answer",
            "check the log of slurmdbd on its host",
        ),
        ("slurmdbd", facts(daemons=LOST), "fail", LOST.message, LOST.hint),
        ("slurmdbd", facts(daemons=Skipped("no")), "skipped", "no", ""),
        ("cluster", facts(), "ok", "slurmdbd knows 'alps'", ""),
        (
            "cluster", facts(cluster="alp"), "fail", "slurmdbd does not know cluster 'alp'",
            "did you mean alps? (cluster_name)",
        ),
        (
            "cluster", facts(cluster="x"), "fail", "slurmdbd does not know cluster 'x'",
            "known: alps, jura (cluster_name)",
        ),
        ("cluster", facts(clusters=LOST), "fail", LOST.message, LOST.hint),
        ("cluster", facts(cluster=LOST), "fail", LOST.message, LOST.hint),
        ("cluster", facts(clusters=Skipped("no")), "skipped", "no", ""),
        ("release", facts(), "ok", "26.05.5", ""),
        ("release", controller(release="25.11.0"), "ok", "25.11.0", ""),
        ("release", controller(release="25.05.3"), "warn", "25.05.3", LEAST),
        ("release", controller(release="24.11.6"), "warn", "24.11.6", LEAST),
        ("release", controller(release="25.05.2"), "warn", f"25.05.2: {LEAKS}", LEAST),
        ("release", controller(release="24.11.5"), "warn", f"24.11.5: {LEAKS}", LEAST),
        ("release", controller(release="24.05.9"), "warn", f"24.05.9: {LEAKS}", LEAST),
        ("release", facts("cli", controller=replace(CONTROLLER, release="24.11.5")), "ok",
         "24.11.5", ""),
        (
            "release", facts("cli", controller=replace(CONTROLLER, release="23.02.7")), "warn",
            "23.02.7", "23.11 or later is recommended for execution_mode = 'cli'",
        ),
        (
            "release", controller(release="x"), "warn",
            "'x' is not a Slurm release", "check scontrol --version",
        ),
        ("release", facts(controller=LOST), "skipped", LOST.message, ""),
        ("commands-release", facts(), "ok", "26.05.5, like the daemons", ""),
        (
            "commands-release", facts(commands={"sacctmgr": "24.11.5", "sacct": GONE}), "warn",
            "sacctmgr is 24.11.5, but the daemons are 26.05.5",
            "install the same release here, or set slurm_bin_path to it",
        ),
        (
            "commands-release", facts(commands={"sacctmgr": GONE}), "skipped",
            "no command reports its release", "",
        ),
        ("commands-release", facts(controller=Skipped("no")), "skipped", "no", ""),
        *(
            (
                "clock", controller(time=int(NOW) + more, asked=NOW - 2, answered=NOW + 3), "ok",
                "this machine and slurmctld differ by less than 10 seconds", "",
            )
            for more in (-13, 0, 13)
        ),
        (
            "clock", controller(time=int(NOW) - 14, asked=NOW - 2, answered=NOW + 3), "warn",
            "this machine is 11 seconds ahead of slurmctld", CHRONY,
        ),
        (
            "clock", controller(time=int(NOW) + 14, asked=NOW - 2, answered=NOW + 3), "warn",
            "this machine is 11 seconds behind slurmctld", CHRONY,
        ),
        ("clock", facts(controller=LOST), "skipped", LOST.message, ""),
        ("rights-qos", facts(), "ok", "root may write QOS", ""),
        ("rights-qos", admin("slurm", None), "ok", "slurm may write QOS", ""),
        (
            "rights-qos", admin("alice", "Administrator"), "ok",
            "alice has AdminLevel Administrator, enough to write QOS", "",
        ),
        (
            "rights-accounts", admin("alice", "Operator"), "ok",
            "alice has AdminLevel Operator, enough to write accounts, users and associations", "",
        ),
        *(
            (
                check, admin("alice", "Operator", "physics"), "warn",
                f"alice has AdminLevel Operator; writing {what} needs Administrator",
                "ask an administrator: slurmctl-rest user modify alice set "
                "AdminLevel=Administrator",
            )
            for check, what in (("rights-qos", "QOS"), ("rights-raw-usage", "raw usage"))
        ),
        (
            "rights-accounts", admin("alice", "None"), "warn",
            "alice has AdminLevel None; writing accounts, users and associations needs Operator",
            "ask an administrator: slurmctl-rest user modify alice set AdminLevel=Operator",
        ),
        (
            "rights-accounts", admin("alice", "None", "physics", "optics"), "warn",
            "alice has AdminLevel None, and only coordinates physics, optics; writing "
            "accounts, users and associations needs Operator",
            "ask an administrator: slurmctl-rest user modify alice set AdminLevel=Operator",
        ),
        (
            "rights-accounts", admin("bob", None, controller=LOST), "warn",
            "slurmdbd does not know user bob, who may only read, unless it is SlurmUser",
            "ask an administrator: slurmctl-rest user add bob account=NAME AdminLevel=Operator",
        ),
        ("rights-accounts", facts(admin=LOST), "skipped", LOST.message, ""),
        ("associations", facts(), "ok", "slurmdbd answers about associations", ""),
        ("associations", facts(hangs=True), "fail", HANGS.message, HANGS.hint),
        ("associations", facts(hangs=LOST), "fail", LOST.message, LOST.hint),
        ("associations", facts(hangs=Skipped("no")), "skipped", "no", ""),
        (
            "database", facts(), "skipped", "Slurm does not report the settings of its database",
            "check in MariaDB: SHOW VARIABLES LIKE 'innodb_%'; innodb_snapshot_isolation OFF "
            "(MariaDB 11.6 "
            "and later have ON), innodb_lock_wait_timeout 900",
        ),
        ("rights-raw-usage", facts(runs_as=Skipped("no")), "skipped", "no", ""),
        (
            "journal", facts(), "ok",
            "it begins at 2026-09-21T14:13:20+00:00; PurgeTXNAfter is 12 months", "",
        ),
        (
            "journal", facts(journal=JournalFacts(1_790_000_000, "NONE")), "ok",
            "it begins at 2026-09-21T14:13:20+00:00; nothing is purged", "",
        ),
        (
            "journal", facts(journal=JournalFacts(None, "")), "warn",
            "it is empty", "check PurgeTXNAfter of slurmdbd.conf",
        ),
        ("journal", facts(journal=Skipped("sacctmgr does not run")), "skipped",
         "sacctmgr does not run", ""),
        (
            "limits-enforced", facts(), "ok",
            "AccountingStorageEnforce is associations,limits,qos", "",
        ),
        ("limits-enforced", enforcing("none"), "ok", "no limits are set", ""),
        (
            "limits-enforced", enforcing("associations,qos", LimitTree(limited=3)), "warn",
            "limits are set on 3 objects, and slurmctld enforces none: AccountingStorageEnforce is "
            "associations,qos",
            "AccountingStorageEnforce=associations,limits,qos in slurm.conf",
        ),
        ("limits-enforced", enforcing("safe", LimitTree(limited=3)), "ok",
         "AccountingStorageEnforce is safe", ""),
        ("limits-enforced", controller(settings={}), "skipped",
         "slurmrestd reports slurm.conf from API version v0.0.45 on", ""),
        ("limits-enforced", facts(tree=LOST), "skipped", LOST.message, ""),
        ("usage-decay", facts(controller=LOST), "skipped", LOST.message, ""),
        ("usage-decay", facts(), "ok", "no limits on used minutes are set", ""),
        (
            "usage-decay", facts(tree=LimitTree(of_minutes=2)), "ok",
            "used minutes decay by half each 7-00:00:00, and limits on them fill again", "",
        ),
        (
            "usage-decay", never_reset(), "warn",
            "limits on used minutes are set (2), and usage is never reset: once they are used up, "
            "jobs wait for ever",
            "set PriorityUsageResetPeriod or PriorityDecayHalfLife in slurm.conf, or: "
            "slurmctl-rest raw-usage reset ACCOUNT",
        ),
        ("usage-decay", never_reset(PriorityUsageResetPeriod="MONTHLY"), "ok",
         "used minutes are reset monthly", ""),
        ("run-minutes", facts(), "ok", "none", ""),
        (
            "run-minutes", facts(tree=LimitTree(run_minutes=["physics alice"])), "warn",
            "MaxTRESRunMins is set on associations, and Slurm does not enforce it: physics alice",
            "use GrpTRESRunMins, or MaxTRESRunMinsPU of a QOS",
        ),
        ("unix-users", facts(tree=LimitTree(not_in_unix=None)), "skipped",
         "the users of Slurm's host are not known here", ""),
        (
            "orphans", facts(tree=LimitTree(orphans=["alice in physics"])), "warn",
            "associations in or below accounts that are gone, which sacctmgr 24.11 leaves when it "
            "deletes an account that has moved: alice in physics",
            "delete these users (slurmctl-rest user delete USER), then add them anew",
        ),
        (
            "unused-qos", facts(tree=LimitTree(unused_qos=["high", "low"])), "warn",
            "QOS that no association may use: high, low",
            "slurmctl-rest account modify ACCOUNT set QosLevel+=QOS",
        ),
    ],
)  # fmt: skip
def test_a_check(check: str, found: Facts, status: str, detail: str, remedy: str) -> None:
    assert said(check, found) == (status, detail, remedy)


def test_where_all_is_well_every_check_is_ok() -> None:
    of_rest = [check.name for check in CHECKS]
    of_cli = [check.name for check in CHECKS if check.executor != "rest"]
    for executor, names in (("rest", of_rest), ("cli", of_cli)):
        findings = examine(facts(executor))
        status = {"database": "skipped"}  # Slurm never tells
        assert [(one.check, one.verdict.status) for one in findings] == [
            (name, status.get(name, "ok")) for name in names
        ]
        assert (first_failure(findings), worst(findings)) == (None, None)


def test_without_a_profile_all_else_is_skipped() -> None:
    error = ConfigError("no profile")
    findings = examine(nothing_but(error, NOW))
    assert [(one.check, one.verdict.status) for one in findings] == [
        ("configuration", "fail"),
        *((check.name, "skipped") for check in CHECKS[1:] if not check.executor),
    ]
    assert {one.verdict.detail for one in findings[1:]} == {"the configuration is wrong"}


def test_the_first_that_fails_is_the_cause_and_a_warning_is_no_failure() -> None:
    found = facts(clusters=LOST, daemons=DBD_DOWN, configuration=explanation("rest", mode=0o666))
    findings = examine(found)
    first = first_failure(findings)
    assert first is not None
    assert (first.check, type(first.verdict.error)) == ("slurmdbd", Unreachable)
    assert worst(findings) == first
    only_warned = worst(examine(token(mode=0o644)))
    assert only_warned is not None
    assert only_warned.check == "token-file"


@pytest.mark.parametrize(
    ("check", "found", "error"),
    [
        ("token-user", facts(slurmrestd=replace(SLURMRESTD, token=replace(TOKEN, user="bob")),
                             controller=REFUSED), NotAuthenticated),
        ("token-expiry", token(ends=datetime.fromtimestamp(0, UTC)), NotAuthenticated),
        ("api-version", slurmrestd(served=(V40,)), Unsupported),
        ("slurmctld", facts(daemons=()), Unreachable),
        ("cluster", facts(cluster="x"), NotFound),
    ],
)  # fmt: skip
def test_a_failure_has_the_error_of_its_exit_code(
    check: str, found: Facts, error: type[SlurmctlError]
) -> None:
    first = first_failure(examine(found))
    assert first is not None
    assert (first.check, type(first.verdict.error)) == (check, error)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (facts(), None),
        (facts("cli"), None),
        (facts("cli", commands={"sacctmgr": GONE}), "sacctmgr does not run"),
        (facts("cli", commands={"sacctmgr": "26.05.5", "sacct": GONE}), None),
        (slurmrestd(reached=LOST), "slurmrestd is not reached"),
        (slurmrestd(token=NO_TOKEN), "there is no token"),
        (token(ends=datetime.fromtimestamp(NOW, UTC)), "the token has expired"),
        (token(ends=None), None),
        (slurmrestd(served=LOST), "slurmrestd does not report what it serves"),
        (slurmrestd(api_version="v0.0.41"), "the API version is not served"),
        (slurmrestd(api_version="auto"), None),
    ],
)
def test_what_stands_in_the_way(found: Facts, why: str | None) -> None:
    skipped = None if why is None else Skipped(why)
    assert in_the_way(found.slurmrestd, found.commands, NOW) == skipped


def test_what_need_not_be_asked() -> None:
    assert refused(CONTROLLER) is None
    assert refused(LOST) is None
    assert refused(REFUSED) == Skipped("Slurm refuses the user")
    assert without_slurmdbd(UP) is None
    assert without_slurmdbd(Skipped("no")) == Skipped("no")
    for daemons in (DBD_DOWN, SlurmRefused("x")):
        assert without_slurmdbd(daemons) == Skipped("slurmdbd does not answer")


def test_a_row_has_every_field_of_the_table() -> None:
    first = examine(token(mode=0o644))[4]
    assert first.row("alps") == {
        "Profile": "alps",
        "Check": "token-file",
        "Status": "warn",
        "Detail": "all users may read or write /run/token",
        "Remedy": "chmod o= /run/token",
    }
    assert Finding("x", first.verdict).row("").keys() == {field.name for field in CHECK.fields}


def test_the_commands_that_rest_needs_are_needed_over_the_commands_too() -> None:
    assert set(PROGRAMS["rest"]) <= set(PROGRAMS["cli"])
