"""The table of checks, in the order of causes.

The first failure explains those after it, and decides the exit code of the program. A check that
makes no sense after a failure is skipped, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slurmctl_rest.doctor.commands import check_commands, check_commands_release
from slurmctl_rest.doctor.daemons import (
    check_associations,
    check_authentication,
    check_clock,
    check_cluster,
    check_daemon,
    check_database,
    check_journal,
    check_release,
)
from slurmctl_rest.doctor.examined import Facts
from slurmctl_rest.doctor.limits import (
    check_default_accounts,
    check_empty_accounts,
    check_limits_enforced,
    check_orphans,
    check_run_minutes,
    check_unused_qos,
    check_usage_decay,
    check_users_in_unix,
)
from slurmctl_rest.doctor.profile import (
    MAX_SKEW_S,
    check_api_version,
    check_configuration,
    check_endpoint,
    check_profile_file,
    check_token,
    check_token_expiry,
    check_token_file,
    check_token_user,
)
from slurmctl_rest.doctor.rights import ACCOUNTS_RIGHTS, QOS_RIGHTS, RAW_USAGE_RIGHTS
from slurmctl_rest.doctor.verdicts import Finding, Verdict


def examine(facts: Facts) -> list[Finding]:
    """Judge all that concerns the executor; without a profile, what concerns both."""
    return [
        Finding(check.name, check.judge(facts))
        for check in CHECKS
        if not check.executor or check.executor == facts.executor
    ]


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `executor`: the only one that it concerns."""

    name: str
    what: str
    judge: Callable[[Facts], Verdict]
    executor: str = ""


CHECKS = (
    Check("configuration", "the profile can be read", check_configuration),
    Check("profile-file", "others cannot write the profile file", check_profile_file),
    Check(
        "endpoint",
        "slurmrestd answers, and the token is not sent unencrypted",
        check_endpoint,
        "rest",
    ),
    Check("token", "a token is found", check_token, "rest"),
    Check(
        "token-file", "others can neither read nor write the token file", check_token_file, "rest"
    ),
    Check("token-user", "the token is for the user of the profile", check_token_user, "rest"),
    Check("token-expiry", "the token has not expired", check_token_expiry, "rest"),
    Check(
        "api-version", "slurmrestd serves the API version of the profile", check_api_version, "rest"
    ),
    Check("commands", "the required Slurm commands run", check_commands),
    Check("authentication", "Slurm accepts the user", check_authentication),
    Check("slurmctld", "slurmctld answers (over REST: /slurm)", check_daemon("slurmctld")),
    Check("slurmdbd", "slurmdbd answers (over REST: /slurmdb)", check_daemon("slurmdbd")),
    Check("cluster", "slurmdbd has the cluster", check_cluster),
    Check(
        "associations",
        "slurmdbd answers questions about associations, and does not hang",
        check_associations,
    ),
    Check(
        "database",
        "settings of MariaDB to check by hand: Slurm does not report them",
        check_database,
    ),
    Check("release", "the Slurm release is not older than recommended", check_release),
    Check(
        "commands-release",
        "the commands and the daemons have the same release",
        check_commands_release,
    ),
    Check("journal", "how far back Slurm's journal goes", check_journal),
    Check(
        "clock", f"the clock differs from slurmctld's by at most {MAX_SKEW_S} seconds", check_clock
    ),
    Check(
        "rights-accounts",
        "AdminLevel suffices to write accounts, users and associations",
        lambda facts: ACCOUNTS_RIGHTS.judge(facts.admin, facts.controller),
    ),
    Check(
        "rights-qos",
        "AdminLevel suffices to write QOS",
        lambda facts: QOS_RIGHTS.judge(facts.admin, facts.controller),
    ),
    Check(
        "rights-raw-usage",
        "AdminLevel of the user of the commands suffices to reset raw usage",
        lambda facts: RAW_USAGE_RIGHTS.judge(facts.runs_as, facts.controller),
    ),
    Check("limits-enforced", "slurmctld enforces the limits that are set", check_limits_enforced),
    Check("usage-decay", "limits on used minutes fill again", check_usage_decay),
    Check("run-minutes", "no association has MaxTRESRunMins", check_run_minutes),
    Check("default-accounts", "each user has a default account", check_default_accounts),
    Check("unix-users", "the operating system knows each user", check_users_in_unix),
    Check("orphans", "no association is in or below an account that is gone", check_orphans),
    Check("empty-accounts", "each account has users, or accounts below", check_empty_accounts),
    Check("unused-qos", "each QOS may be used by an association", check_unused_qos),
)
