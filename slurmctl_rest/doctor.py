"""From what was found out about a profile and its Slurm to checks: ok, warn, fail or skipped. Pure.

CHECKS is the table. It stands in the order of causes: what fails first explains what fails behind
it, and is what the program's exit code says. A fact is what was found, the error that came
instead, or Skipped where it made no sense to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from slurmctl_rest.errors import (
    NotAuthenticated,
    NotFound,
    SlurmctlError,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.entities.ping import UNCONFIGURED
from slurmctl_rest.model.entities.user import ADMIN_LEVEL
from slurmctl_rest.model.facts import NEWER, Admin, Controller, Fact, Road, Skipped, Token
from slurmctl_rest.model.fields import Row, did_you_mean
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.reasons import hanging, not_configured
from slurmctl_rest.model.versions import KNOWN, ApiVersion
from slurmctl_rest.release_checks import DEFECTS, RECOMMENDED, Release

if TYPE_CHECKING:
    from slurmctl_rest.config import Explanation

SHORT_LIFE = 600
"""Seconds that a token should still have."""
SKEW = 10
"""Seconds that clocks may differ: tokens and munge's credentials know times."""
OTHERS_READ, OTHERS_WRITE = 0o004, 0o002


# --- facts --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found out.

    road      None over the commands
    daemons   as ping shows them
    hangs     whether slurmdbd answers all but questions about associations
    admin     who the profile is for Slurm
    commands  program -> its release
    runs_as   who runs the commands
    """

    executor: str
    now: float
    configuration: Fact[Explanation]
    road: Road | None
    controller: Fact[Controller]
    daemons: Fact[Sequence[Row]]
    cluster: Fact[str]
    clusters: Fact[Sequence[str]]
    hangs: Fact[bool]
    admin: Fact[Admin]
    commands: Mapping[str, str | SlurmctlError]
    runs_as: Fact[Admin]


def nothing_but(configuration: SlurmctlError, now: float) -> Facts:
    """Return the facts where there is no profile."""
    no = Skipped("the configuration is wrong")
    return Facts("", now, configuration, None, no, no, no, no, no, no, {}, no)


# --- what need not be asked ---------------------------------------------------------------------


def in_the_way(
    road: Road | None, commands: Mapping[str, str | SlurmctlError], now: float
) -> Skipped | None:
    """Return why Slurm cannot be asked anything, if it cannot."""
    if road is None:
        lost = isinstance(commands.get("sacctmgr"), SlurmctlError)
        return Skipped("sacctmgr does not run") if lost else None
    token = road.token
    ends = token.ends if isinstance(token, Token) else None
    reasons = (
        (isinstance(road.reached, SlurmctlError), "slurmrestd is not reached"),
        (not isinstance(token, Token), "there is no token"),
        (ends is not None and ends.timestamp() <= now, "the token has expired"),
        (isinstance(road.served, SlurmctlError), "slurmrestd does not say what it serves"),
        (_unserved(road), "the API version is not served"),
    )
    return next((Skipped(why) for holds, why in reasons if holds), None)


def refused(controller: Fact[Controller]) -> Skipped | None:
    """Return why daemons need not be asked: they do not know us."""
    if isinstance(controller, NotAuthenticated):
        return Skipped("Slurm refuses who asks")
    return None


def without_slurmdbd(daemons: Fact[Sequence[Row]]) -> Skipped | None:
    """Return why slurmdbd need not be asked for rows."""
    if isinstance(daemons, Skipped):
        return daemons
    if isinstance(daemons, Unreachable) and not daemons.sent:
        return Skipped(daemons.message)
    if isinstance(daemons, SlurmctlError) or not _up(daemons, "slurmdbd"):
        return Skipped("slurmdbd does not answer")
    return None


def hung(hangs: Fact[bool]) -> Skipped | None:
    """Return why nothing more need be asked about associations: each question costs a thread."""
    return Skipped("slurmdbd hangs") if hangs is True else None


# --- verdicts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check comes to; `error` is what failed."""

    status: str
    detail: str
    remedy: str = ""
    error: SlurmctlError | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A check by its name, and what it came to."""

    check: str
    verdict: Verdict

    def row(self, profile: str) -> Row:
        """Return the row of the entity CHECK."""
        said = self.verdict
        return {
            "Profile": profile,
            "Check": self.check,
            "Status": said.status,
            "Detail": said.detail,
            "Remedy": said.remedy or None,
        }


def examine(facts: Facts) -> list[Finding]:
    """Judge all that concerns the executor; without a profile, what concerns both."""
    return [
        Finding(check.name, check.judge(facts))
        for check in CHECKS
        if not check.executor or check.executor == facts.executor
    ]


def first_failure(findings: Sequence[Finding]) -> Finding | None:
    """Return what explains the others."""
    return next((one for one in findings if one.verdict.error is not None), None)


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Return the first that fails, or else the first that warns."""
    warning = next((one for one in findings if one.verdict.status == "warn"), None)
    return first_failure(findings) or warning


def _ok(detail: str) -> Verdict:
    return Verdict("ok", detail)


def _warn(detail: str, remedy: str) -> Verdict:
    return Verdict("warn", detail, remedy)


def _fail(error: SlurmctlError) -> Verdict:
    return Verdict("fail", error.message, error.hint, error)


def _skipped(why: str) -> Verdict:
    return Verdict("skipped", why)


def _unknown(fact: SlurmctlError | Skipped) -> Verdict:
    """Return the verdict on what is not known: an error stands with its own check already."""
    return _skipped(fact.why if isinstance(fact, Skipped) else fact.message)


def _not_there(fact: SlurmctlError | Skipped) -> Verdict:
    return _skipped(fact.why) if isinstance(fact, Skipped) else _fail(fact)


# --- the profile --------------------------------------------------------------------------------


def _configuration(facts: Facts) -> Verdict:
    found = facts.configuration
    if isinstance(found, SlurmctlError | Skipped):
        return _not_there(found)
    sources = [setting.source for setting in found.settings]
    of_file = sources.count(str(found.file))
    of_environment = sum(source.startswith("$") for source in sources)
    what = f"profile '{found.name}' of {found.file}" if found.name else "no profile of a file"
    return _ok(
        f"{what}; keys: {of_file} from the file, {of_environment} from the environment, "
        f"{len(sources) - of_file - of_environment} by default"
    )


def _profile_file(facts: Facts) -> Verdict:
    found = facts.configuration
    if isinstance(found, SlurmctlError | Skipped):
        return _skipped("the configuration is wrong")
    if found.mode is None:
        return _skipped("there is no profile file")
    if found.mode & OTHERS_WRITE:
        return _warn(f"everybody may write {found.file}", f"chmod o-w {found.file}")
    return _ok(f"{found.file} has mode {found.mode:03o}")


# --- the way to slurmrestd ----------------------------------------------------------------------


def _road(facts: Facts) -> Road:
    if facts.road is None:
        raise AssertionError("CHECKS says which checks are those of rest")
    return facts.road


def _endpoint(facts: Facts) -> Verdict:
    from slurmctl_rest.config import is_loopback  # noqa: PLC0415

    road = _road(facts)
    if isinstance(road.reached, SlurmctlError | Skipped):
        return _not_there(road.reached)
    if road.url.startswith("http://") and not is_loopback(urlsplit(road.url).hostname or ""):
        return _warn(
            f"{road.url} answers, but the token goes there in the clear",
            "https://, or a unix socket",
        )
    if road.url.startswith("https://") and not road.verified:
        return _warn(
            f"{road.url} answers, but nobody checks its certificate",
            "verify_ssl = true, and ca_file where the certificate is one of your own",
        )
    return _ok(f"{road.url} answers")


def _token(facts: Facts) -> Verdict:
    token = _road(facts).token
    return _ok(token.source) if isinstance(token, Token) else _not_there(token)


def _token_file(facts: Facts) -> Verdict:
    token = _road(facts).token
    if not isinstance(token, Token):
        return _skipped("there is no token")
    if token.mode is None:
        return _skipped("the token is in the environment")
    if token.mode & (OTHERS_READ | OTHERS_WRITE):
        file = token.source.removeprefix("token_file ")
        return _warn(f"everybody may read or write {file}", f"chmod o= {file}")
    return _ok(f"mode {token.mode:03o}")


def _token_user(facts: Facts) -> Verdict:
    road = _road(facts)
    token, username = road.token, road.username
    if not isinstance(token, Token):
        return _skipped("there is no token")
    if token.user is None:
        return _ok("it does not say whose it is")
    if token.user == username:
        return _ok(f"it is the token of {username}")
    if isinstance(facts.controller, Controller):  # those of root and SlurmUser may
        return _ok(f"it is the token of {token.user}, and acts for {username}")
    wrong = NotAuthenticated(
        f"it is the token of {token.user}, and username is {username}",
        f"username = '{token.user}', or: scontrol token username={username} lifespan=SECONDS",
    )
    if isinstance(facts.controller, NotAuthenticated):
        return _fail(wrong)
    return _warn(wrong.message, wrong.hint)


def _token_expiry(facts: Facts) -> Verdict:
    road = _road(facts)
    if not isinstance(road.token, Token):
        return _skipped("there is no token")
    ahead = road.token.made.timestamp() - facts.now if road.token.made is not None else 0
    if ahead > SKEW:
        return _warn(
            f"this machine's clock is {ahead:.0f} seconds behind the one by which the token was "
            "made",
            "set both clocks (chrony)",
        )
    if road.token.ends is None:
        return _ok("it does not say when it ends")
    left = road.token.ends.timestamp() - facts.now
    at = road.token.ends.astimezone(UTC).isoformat(timespec="seconds")
    renew = f"renew it: scontrol token username={road.username} lifespan=SECONDS"
    if left <= 0:
        return _fail(NotAuthenticated(f"the token expired at {at}", renew))
    if left < SHORT_LIFE:
        return _warn(f"the token expires at {at}, in {left:.0f} seconds", renew)
    return _ok(f"it is good until {at}")


def _api_version(facts: Facts) -> Verdict:
    road = _road(facts)
    if isinstance(road.served, SlurmctlError | Skipped):
        return _not_there(road.served)
    new = [str(version) for version in road.served if version in NEWER]
    ours = [str(version) for version in road.served if version in KNOWN]
    named = f"; newer than this program: {', '.join(new)}" if new else ""
    if _unserved(road):
        wanted = "any" if road.api_version == "auto" else f"API version {road.api_version}"
        remedy = f"it serves {', '.join(ours)}: set api_version (or 'auto')"
        if not ours:
            remedy = "is it slurmrestd that answers at url?"
            wanted = f"any API version that this program knows, {KNOWN[0]} to {KNOWN[-1]}"
        return _fail(Unsupported(f"slurmrestd does not serve {wanted}{named}", remedy))
    used = f"auto takes {ours[-1]}" if road.api_version == "auto" else road.api_version
    return _ok(f"{used}; served: {', '.join(ours)}{named}")


def _unserved(road: Road) -> bool:
    if isinstance(road.served, SlurmctlError | Skipped):
        return False
    if road.api_version == "auto":
        return not set(road.served) & set(KNOWN)
    return ApiVersion.parse(road.api_version) not in road.served


# --- the commands -------------------------------------------------------------------------------

PROGRAMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cli": {
        "sacctmgr": (
            *("account", "user", "assoc", "coordinator", "qos", "cluster", "tres"),
            *("usage", "raw-usage"),
        ),
        "sacct": ("usage", "jobs history"),
        "squeue": ("jobs list", "jobs cancel"),
        "scancel": ("jobs cancel",),
        "scontrol": ("ping",),
    },
    "rest": {"sacctmgr": ("usage", "raw-usage"), "sacct": ("usage",)},
}
"""By executor: the Slurm commands that it needs, and our own that do not work without each."""


def _commands(facts: Facts) -> Verdict:
    if not facts.commands:
        return _skipped("the configuration is wrong")
    lost = {p: e for p, e in facts.commands.items() if isinstance(e, SlurmctlError)}
    if not lost:
        return _ok(_told(facts))
    needed = PROGRAMS[facts.executor]
    ours = dict.fromkeys(command for program in lost for command in needed[program])
    error = next(iter(lost.values()))
    detail = f"{error.message}; missing: {', '.join(lost)}; needed for {', '.join(ours)}"
    # No daemon is asked for this: what takes too long is what stands before the command.
    remedy = "look at command_prefix of the profile" if error.retryable else error.hint
    if facts.executor == "rest":
        return _warn(detail, remedy)
    if len(lost) > 1:
        error = copy(error)
        error.message += f"; missing: {', '.join(lost)}"
    return Verdict("fail", detail, remedy, error)


def _told(facts: Facts) -> str:
    """Say which release each command is of, those of one release together."""
    by_release: dict[str, list[str]] = {}
    for program, release in facts.commands.items():
        by_release.setdefault(str(release), []).append(program)
    return "; ".join(f"{', '.join(some)}: {release}" for release, some in by_release.items())


def _commands_release(facts: Facts) -> Verdict:
    if not isinstance(facts.controller, Controller):
        return _unknown(facts.controller)
    known = {p: r for p, r in facts.commands.items() if isinstance(r, str)}
    if not known:
        return _skipped("no command says its release")
    other = [f"{p} is {r}" for p, r in known.items() if r != facts.controller.release]
    if other:
        return _warn(
            f"{', '.join(other)}, and the daemons are {facts.controller.release}",
            "install the same release here, or set slurm_bin_path to it",
        )
    return _ok(f"{facts.controller.release}, as the daemons")


# --- Slurm --------------------------------------------------------------------------------------


def _authentication(facts: Facts) -> Verdict:
    if isinstance(facts.controller, Skipped):
        return _skipped(facts.controller.why)
    if isinstance(facts.controller, NotAuthenticated):
        return _fail(facts.controller)
    # slurmctld may be down, and slurmdbd knows us all the same.
    if isinstance(facts.controller, Controller) or without_slurmdbd(facts.daemons) is None:
        return _ok("Slurm knows who asks")
    return _unknown(facts.controller)


def _daemon(name: str) -> Callable[[Facts], Verdict]:
    def judge(facts: Facts) -> Verdict:
        if isinstance(facts.daemons, Unreachable) and not facts.daemons.sent:
            return _unknown(facts.daemons)  # no command, as the check of these says
        if isinstance(facts.daemons, SlurmctlError | Skipped):
            return _not_there(facts.daemons)
        rows = [row for row in facts.daemons if row["Daemon"] == name]
        down = [row for row in rows if row["Status"] != "up"]
        said = "; ".join(f"{row['Host'] or name} is down: {row['Detail']}" for row in down)
        if without := [row for row in rows if row["Status"] == UNCONFIGURED]:
            return _fail(not_configured(str(without[0]["Detail"])))
        if not _up(rows, name):
            remedy = f"look at the log of {name} on its host"
            return _fail(Unreachable(said or f"{name} does not answer", remedy, retryable=True))
        if down:
            return _warn(said, f"look at the log of {name} there")
        hosts = ", ".join(f"{row['Host'] or name} ({row['Latency']} ms)" for row in rows)
        return _ok(f"up: {hosts}")

    return judge


def _up(rows: Sequence[Row], daemon: str) -> bool:
    return any(row["Daemon"] == daemon and row["Status"] == "up" for row in rows)


def _cluster(facts: Facts) -> Verdict:
    cluster, known = facts.cluster, facts.clusters
    if isinstance(known, SlurmctlError | Skipped):
        return _not_there(known)
    if not isinstance(cluster, str):
        return _not_there(cluster)
    if cluster in known:
        return _ok(f"slurmdbd knows '{cluster}'")
    hint = did_you_mean(cluster, known) or f"it knows {', '.join(known)}"
    return _fail(NotFound(f"slurmdbd does not know cluster '{cluster}'", f"{hint} (cluster_name)"))


def _associations(facts: Facts) -> Verdict:
    if isinstance(facts.hangs, SlurmctlError | Skipped):
        return _not_there(facts.hangs)
    return _fail(hanging()) if facts.hangs else _ok("slurmdbd answers questions about them")


def _database(facts: Facts) -> Verdict:
    """Say what to look at: what slurmdbd tells of itself has nothing of MariaDB's variables."""
    if isinstance(facts.configuration, SlurmctlError | Skipped):
        return _skipped("the configuration is wrong")
    return Verdict(
        "skipped",
        "Slurm does not tell how its database is set",
        "there: SHOW VARIABLES LIKE 'innodb_%'; innodb_snapshot_isolation OFF (MariaDB 11.6 and "
        "later have ON), innodb_lock_wait_timeout 900",
    )


def _clock(facts: Facts) -> Verdict:
    told = facts.controller
    if not isinstance(told, Controller):
        return _unknown(told)
    # A whole second, told at some moment between question and answer.
    ahead = max(told.asked - (told.time + 1), 0)
    behind = max(told.time - told.answered, 0)
    off = max(ahead, behind)
    if off <= SKEW:
        return _ok(f"this machine and slurmctld differ by less than {SKEW} seconds")
    return _warn(
        f"this machine is {off:.0f} seconds {'ahead of' if ahead else 'behind'} slurmctld",
        "set both clocks (chrony): tokens and munge's credentials are good for a time only",
    )


def _release(facts: Facts) -> Verdict:
    if not isinstance(facts.controller, Controller):
        return _unknown(facts.controller)
    said = facts.controller.release
    release = _parsed(said)
    if release is None:
        return _warn(f"'{said}' is no release that could be compared", "look at scontrol --version")
    least = RECOMMENDED[facts.executor]
    if release >= least:
        return _ok(said)
    hit = [defect.what for defect in DEFECTS[facts.executor] if defect.hits(release)]
    wrong = f": {'; '.join(hit)}" if hit else ""
    at_least = "{}.{:02}".format(*least[:2])
    remedy = f"{at_least} or later is recommended for execution_mode = '{facts.executor}'"
    return _warn(f"{said}{wrong}", remedy)


def _parsed(text: str) -> Release | None:
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


# --- what one may do ----------------------------------------------------------------------------

LEVELS = tuple(ADMIN_LEVEL.known)
"""AdminLevels, the lowest first."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The level that a group of operations asks for; `coordinators` may do a part of it."""

    what: str
    level: str
    coordinators: bool = False

    def judge(self, who: Fact[Admin], controller: Fact[Controller]) -> Verdict:
        """Tell whether somebody may."""
        if isinstance(who, SlurmctlError | Skipped):
            return _unknown(who)
        slurm_user = controller.slurm_user if isinstance(controller, Controller) else ""
        if who.name in {"root", slurm_user}:
            return _ok(f"{who.name} may write {self.what}")
        if who.level is None:
            return _warn(
                f"slurmdbd does not know {who.name}, who may read alone, unless it is SlurmUser",
                f"an administrator: slurmctl-rest user add {pasted(who.name)} account=NAME "
                f"AdminLevel={self.level}",
            )
        has = f"{who.name} has AdminLevel {who.level}"
        if who.level in LEVELS and LEVELS.index(who.level) >= LEVELS.index(self.level):
            return _ok(f"{has}, enough to write {self.what}")
        part = ""
        if self.coordinators and who.coordinates:
            part = f", and coordinates {', '.join(who.coordinates)} alone"
        return _warn(
            f"{has}{part}; to write {self.what} takes {self.level}",
            f"an administrator: slurmctl-rest user modify {pasted(who.name)} "
            f"set AdminLevel={self.level}",
        )


ACCOUNTS = Rights("accounts, users and associations", "Operator", coordinators=True)
QOS = Rights("QOS", "Administrator")
RAW_USAGE = Rights("raw usage", "Administrator")


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `executor`: the only one that it concerns."""

    name: str
    what: str
    judge: Callable[[Facts], Verdict]
    executor: str = ""


CHECKS = (
    Check("configuration", "the profile can be read; where its keys come from", _configuration),
    Check("profile-file", "others cannot write the file", _profile_file),
    Check(
        "endpoint", "slurmrestd answers, and the token does not go in the clear", _endpoint, "rest"
    ),
    Check("token", "there is one", _token, "rest"),
    Check("token-file", "others can neither read nor write it", _token_file, "rest"),
    Check("token-user", "whose the token is", _token_user, "rest"),
    Check("token-expiry", "when it ends", _token_expiry, "rest"),
    Check("api-version", "the profile's is served; which others are", _api_version, "rest"),
    Check("commands", "the Slurm commands that are needed run", _commands),
    Check("authentication", "Slurm accepts who asks", _authentication),
    Check("slurmctld", "it answers (over slurmrestd: /slurm does)", _daemon("slurmctld")),
    Check("slurmdbd", "it answers (over slurmrestd: /slurmdb does)", _daemon("slurmdbd")),
    Check("cluster", "slurmdbd knows it", _cluster),
    Check(
        "associations", "slurmdbd answers questions about them, and does not hang", _associations
    ),
    Check("database", "what to look at in MariaDB: Slurm cannot be asked", _database),
    Check("release", "Slurm's, against the oldest that is recommended", _release),
    Check("commands-release", "it is that of the daemons", _commands_release),
    Check("clock", f"it differs from slurmctld's by {SKEW} seconds at most", _clock),
    Check(
        "rights-accounts",
        "AdminLevel suffices to write accounts, users and associations",
        lambda facts: ACCOUNTS.judge(facts.admin, facts.controller),
    ),
    Check(
        "rights-qos",
        "AdminLevel suffices to write QOS",
        lambda facts: QOS.judge(facts.admin, facts.controller),
    ),
    Check(
        "rights-raw-usage",
        "AdminLevel of who runs the commands suffices to reset raw usage",
        lambda facts: RAW_USAGE.judge(facts.runs_as, facts.controller),
    ),
)
