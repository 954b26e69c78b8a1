"""Checks of Slurm's daemons: do they answer, know us, agree about cluster, time and release."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from slurmctl_rest.doctor.examined import Facts, is_up, without_slurmdbd
from slurmctl_rest.doctor.profile import MAX_SKEW_S
from slurmctl_rest.doctor.releases import DEFECTS, RECOMMENDED, Release
from slurmctl_rest.doctor.verdicts import (
    Verdict,
    failure,
    good,
    not_there,
    skipped,
    unknown,
    warning,
)
from slurmctl_rest.errors import NotAuthenticated, NotFound, SlurmctlError, Unreachable
from slurmctl_rest.model.entities.ping import UNCONFIGURED
from slurmctl_rest.model.facts import Controller, Skipped
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.reasons import hanging_slurmdbd, not_configured


def check_authentication(facts: Facts) -> Verdict:
    """Tell whether Slurm accepts the profile's user."""
    if isinstance(facts.controller, Skipped):
        return skipped(facts.controller.why)
    # slurmctld's diag (1007) tells a refused token from a dead slurmdbd: 7000 means both.
    if isinstance(facts.controller, NotAuthenticated):
        return failure(facts.controller)
    # slurmctld may be down, and slurmdbd knows us all the same.
    if isinstance(facts.controller, Controller) or without_slurmdbd(facts.daemons) is None:
        return good("Slurm accepts the user")
    return unknown(facts.controller)


def check_daemon(name: str) -> Callable[[Facts], Verdict]:
    """Return the check of a daemon: does it answer?"""

    def judge(facts: Facts) -> Verdict:
        if isinstance(facts.daemons, Unreachable) and not facts.daemons.sent:
            return unknown(facts.daemons)  # no command, as the check of these says
        if isinstance(facts.daemons, SlurmctlError | Skipped):
            return not_there(facts.daemons)
        rows = [row for row in facts.daemons if row["Daemon"] == name]
        down = [row for row in rows if row["Status"] != "up"]
        said = "; ".join(f"{row['Host'] or name} is down: {row['Detail']}" for row in down)
        if without := [row for row in rows if row["Status"] == UNCONFIGURED]:
            return failure(not_configured(str(without[0]["Detail"])))
        # One of several is enough: a backup takes over.
        if not is_up(rows, name):
            remedy = f"check the log of {name} on its host"
            return failure(Unreachable(said or f"{name} does not answer", remedy, retryable=True))
        if down:
            return warning(said, f"check the log of {name} on that host")
        hosts = ", ".join(f"{row['Host'] or name} ({row['Latency']} ms)" for row in rows)
        return good(f"up: {hosts}")

    return judge


def check_cluster(facts: Facts) -> Verdict:
    """Tell whether slurmdbd knows the profile's cluster."""
    cluster, known = facts.cluster, facts.clusters
    if isinstance(known, SlurmctlError | Skipped):
        return not_there(known)
    if not isinstance(cluster, str):
        return not_there(cluster)
    if cluster in known:
        return good(f"slurmdbd knows '{cluster}'")
    hint = suggestion(cluster, known)
    return failure(
        NotFound(f"slurmdbd does not know cluster '{cluster}'", f"{hint} (cluster_name)")
    )


def check_associations(facts: Facts) -> Verdict:
    """Tell whether slurmdbd answers questions about associations, or hangs."""
    if isinstance(facts.hangs, SlurmctlError | Skipped):
        return not_there(facts.hangs)
    return (
        failure(hanging_slurmdbd()) if facts.hangs else good("slurmdbd answers about associations")
    )


def check_database(facts: Facts) -> Verdict:
    """Say what to look at: what slurmdbd tells of itself has nothing of MariaDB's variables."""
    if isinstance(facts.configuration, SlurmctlError | Skipped):
        return skipped("the configuration is wrong")
    return Verdict(
        "skipped",
        "Slurm does not report the settings of its database",
        "check in MariaDB: SHOW VARIABLES LIKE 'innodb_%'; innodb_snapshot_isolation OFF "
        "(MariaDB 11.6 and "
        "later have ON), innodb_lock_wait_timeout 900",
    )


def check_clock(facts: Facts) -> Verdict:
    """Compare this machine's clock with slurmctld's."""
    told = facts.controller
    if not isinstance(told, Controller):
        return unknown(told)
    # A whole second, told at some moment between question and answer.
    ahead = max(told.asked - (told.time + 1), 0)
    behind = max(told.time - told.answered, 0)
    off = max(ahead, behind)
    if off <= MAX_SKEW_S:
        return good(f"this machine and slurmctld differ by less than {MAX_SKEW_S} seconds")
    return warning(
        f"this machine is {off:.0f} seconds {'ahead of' if ahead else 'behind'} slurmctld",
        "synchronize both clocks (chrony): tokens and munge credentials expire",
    )


def check_release(facts: Facts) -> Verdict:
    """Compare the release of Slurm with those that are recommended, and with known defects."""
    if not isinstance(facts.controller, Controller):
        return unknown(facts.controller)
    said = facts.controller.release
    release = _parsed(said)
    if release is None:
        return warning(f"'{said}' is not a Slurm release", "check scontrol --version")
    least = RECOMMENDED[facts.executor]
    if release >= least:
        return good(said)
    hit = [defect.what for defect in DEFECTS[facts.executor] if defect.hits(release)]
    wrong = f": {'; '.join(hit)}" if hit else ""
    at_least = "{}.{:02}".format(*least[:2])
    remedy = f"{at_least} or later is recommended for execution_mode = '{facts.executor}'"
    return warning(f"{said}{wrong}", remedy)


def _parsed(text: str) -> Release | None:
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def check_journal(facts: Facts) -> Verdict:
    """Tell from when on `history` and --as-of know what there was."""
    journal = facts.journal
    if isinstance(journal, SlurmctlError | Skipped):
        return unknown(journal)
    if journal.oldest is None:
        return warning("it is empty", "check PurgeTXNAfter of slurmdbd.conf")
    begins = datetime.fromtimestamp(journal.oldest, UTC).isoformat(timespec="seconds")
    detail = f"it begins at {begins}"
    if journal.purged in {"", "NONE"}:
        return good(f"{detail}; nothing is purged")
    return good(f"{detail}; PurgeTXNAfter is {journal.purged}")
