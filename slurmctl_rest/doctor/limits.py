"""Checks of limits and of the tree: what is set and has no effect, and who cannot work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slurmctl_rest.doctor.examined import Facts
from slurmctl_rest.doctor.verdicts import Verdict, good, skipped, unknown, warning
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.facts import Controller, LimitTree, Skipped
from slurmctl_rest.model.text import listed

ENFORCE, HALF_LIFE, USAGE_RESET = (
    "AccountingStorageEnforce",
    "PriorityDecayHalfLife",
    "PriorityUsageResetPeriod",
)
ENFORCING = frozenset({"limits", "safe", "all"})
"""Words of AccountingStorageEnforce with which slurmctld looks at limits."""
NO_SETTINGS = "slurmrestd reports slurm.conf from API version v0.0.45 on"


def _not_known(facts: Facts, setting: str) -> Verdict | None:
    """Return why the setting or the tree is not known, if it is not."""
    told, tree = facts.controller, facts.tree
    if not isinstance(told, Controller):
        return unknown(told)
    if isinstance(tree, SlurmctlError | Skipped):
        return unknown(tree)
    return None if setting in told.settings else skipped(NO_SETTINGS)


def check_limits_enforced(facts: Facts) -> Verdict:
    """Tell whether slurmctld enforces the limits that are set."""
    told, tree = facts.controller, facts.tree
    why = _not_known(facts, ENFORCE)
    if why or not isinstance(told, Controller) or not isinstance(tree, LimitTree):
        return why or skipped(NO_SETTINGS)
    words = {word.strip().lower() for word in told.settings[ENFORCE].split(",")}
    if words & ENFORCING:
        return good(f"{ENFORCE} is {told.settings[ENFORCE]}")
    if not tree.limited:
        return good("no limits are set")
    return warning(
        f"limits are set on {tree.limited} objects, and slurmctld enforces none: {ENFORCE} is "
        f"{told.settings[ENFORCE]}",
        f"{ENFORCE}=associations,limits,qos in slurm.conf",
    )


def check_usage_decay(facts: Facts) -> Verdict:
    """Say what becomes of used minutes, which GrpTRESMins and GrpWall count."""
    told, tree = facts.controller, facts.tree
    why = _not_known(facts, HALF_LIFE)
    if why or not isinstance(told, Controller) or not isinstance(tree, LimitTree):
        return why or skipped(NO_SETTINGS)
    half_life, reset = told.settings[HALF_LIFE], told.settings.get(USAGE_RESET, NO_RESET)
    if not tree.of_minutes:
        return good("no limits on used minutes are set")
    if half_life != NO_DECAY:
        return good(f"used minutes decay by half each {half_life}, and limits on them fill again")
    if reset != NO_RESET:
        return good(f"used minutes are reset {reset.lower()}")
    return warning(
        f"limits on used minutes are set ({tree.of_minutes}), and usage is never reset: once they "
        "are used up, jobs wait for ever",
        f"set {USAGE_RESET} or {HALF_LIFE} in slurm.conf, or: "
        "slurmctl-rest raw-usage reset ACCOUNT",
    )


NO_DECAY, NO_RESET = "00:00:00", "NONE"


def _names(
    what: str, of: Callable[[LimitTree], Sequence[str] | None], remedy: str, without: str
) -> Callable[[Facts], Verdict]:
    """Return the check that no object is among those that have a defect; None: nobody knows."""

    def check(facts: Facts) -> Verdict:
        if isinstance(facts.tree, SlurmctlError | Skipped):
            return unknown(facts.tree)
        names = of(facts.tree)
        if names is None:
            return skipped(without)
        if not names:
            return good("none")
        return warning(f"{what}: {listed(names)}", remedy)

    return check


check_run_minutes = _names(
    "MaxTRESRunMins is set on associations, and Slurm does not enforce it",
    lambda tree: tree.run_minutes,
    "use GrpTRESRunMins, or MaxTRESRunMinsPU of a QOS",
    "",
)
check_default_accounts = _names(
    "users without a default account",
    lambda tree: tree.without_default,
    "slurmctl-rest user modify USER set DefaultAccount=ACCOUNT",
    "",
)
check_users_in_unix = _names(
    "users with associations whom the operating system lacks",
    lambda tree: tree.not_in_unix,
    "slurmctl-rest user delete USER",
    "the users of Slurm's host are not known here",
)
check_orphans = _names(
    "associations in or below accounts that are gone, which sacctmgr 24.11 leaves when it "
    "deletes an account that has moved",
    lambda tree: tree.orphans,
    "delete these users (slurmctl-rest user delete USER), then add them anew",
    "",
)
check_empty_accounts = _names(
    "accounts without users, and without accounts below them",
    lambda tree: tree.empty_accounts,
    "slurmctl-rest account delete ACCOUNT",
    "",
)
check_unused_qos = _names(
    "QOS that no association may use",
    lambda tree: tree.unused_qos,
    "slurmctl-rest account modify ACCOUNT set QosLevel+=QOS",
    "",
)
