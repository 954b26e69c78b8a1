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
    check_release,
)
from slurmctl_rest.doctor.examined import Facts
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
    Check(
        "configuration", "the profile can be read; where its keys come from", check_configuration
    ),
    Check("profile-file", "others cannot write the file", check_profile_file),
    Check(
        "endpoint",
        "slurmrestd answers, and the token does not go in the clear",
        check_endpoint,
        "rest",
    ),
    Check("token", "there is one", check_token, "rest"),
    Check("token-file", "others can neither read nor write it", check_token_file, "rest"),
    Check("token-user", "whose the token is", check_token_user, "rest"),
    Check("token-expiry", "when it ends", check_token_expiry, "rest"),
    Check("api-version", "the profile's is served; which others are", check_api_version, "rest"),
    Check("commands", "the Slurm commands that are needed run", check_commands),
    Check("authentication", "Slurm accepts who asks", check_authentication),
    Check("slurmctld", "it answers (over slurmrestd: /slurm does)", check_daemon("slurmctld")),
    Check("slurmdbd", "it answers (over slurmrestd: /slurmdb does)", check_daemon("slurmdbd")),
    Check("cluster", "slurmdbd knows it", check_cluster),
    Check(
        "associations",
        "slurmdbd answers questions about them, and does not hang",
        check_associations,
    ),
    Check("database", "what to look at in MariaDB: Slurm cannot be asked", check_database),
    Check("release", "Slurm's, against the oldest that is recommended", check_release),
    Check("commands-release", "it is that of the daemons", check_commands_release),
    Check("clock", f"it differs from slurmctld's by {MAX_SKEW_S} seconds at most", check_clock),
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
        "AdminLevel of who runs the commands suffices to reset raw usage",
        lambda facts: RAW_USAGE_RIGHTS.judge(facts.runs_as, facts.controller),
    ),
)
