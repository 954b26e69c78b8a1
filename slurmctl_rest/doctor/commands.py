"""Checks of the Slurm commands: are they there, and which release."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from slurmctl_rest.doctor.examined import Facts
from slurmctl_rest.doctor.verdicts import Verdict, good, skipped, unknown, warning
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.facts import Controller

PROGRAMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cli": {
        "sacctmgr": ("all nouns but jobs", "jobs modify"),
        "sacct": ("usage", "jobs history"),
        "squeue": ("jobs list", "jobs cancel"),
        "scancel": ("jobs cancel",),
        "scontrol": ("ping",),
    },
    "rest": {"sacctmgr": ("usage", "raw-usage"), "sacct": ("usage",)},
}
"""By executor: the Slurm commands that it needs, and our own that do not work without each."""


def check_commands(facts: Facts) -> Verdict:
    """Tell whether the commands that are needed run."""
    if not facts.commands:
        return skipped("the configuration is wrong")
    lost = {p: e for p, e in facts.commands.items() if isinstance(e, SlurmctlError)}
    if not lost:
        return good(_by_release(facts))
    needed = PROGRAMS[facts.executor]
    ours = dict.fromkeys(command for program in lost for command in needed[program])
    error = next(iter(lost.values()))
    detail = f"{error.message}; missing: {', '.join(lost)}; needed for {', '.join(ours)}"
    # No daemon is asked for this: what takes too long is what stands before the command.
    remedy = "check command_prefix of the profile" if error.retryable else error.hint
    # Over REST only usage and raw-usage need them: all else works without.
    if facts.executor == "rest":
        return warning(detail, remedy)
    if len(lost) > 1:
        error = copy(error)
        error.message += f"; missing: {', '.join(lost)}"
    return Verdict("fail", detail, remedy, error)


def _by_release(facts: Facts) -> str:
    """Say which release each command is of, those of one release together."""
    by_release: dict[str, list[str]] = {}
    for program, release in facts.commands.items():
        by_release.setdefault(str(release), []).append(program)
    return "; ".join(f"{', '.join(some)}: {release}" for release, some in by_release.items())


def check_commands_release(facts: Facts) -> Verdict:
    """Compare the commands' release with that of the daemons."""
    if not isinstance(facts.controller, Controller):
        return unknown(facts.controller)
    known = {p: r for p, r in facts.commands.items() if isinstance(r, str)}
    if not known:
        return skipped("no command reports its release")
    other = [f"{p} is {r}" for p, r in known.items() if r != facts.controller.release]
    if other:
        return warning(
            f"{', '.join(other)}, but the daemons are {facts.controller.release}",
            "install the same release here, or set slurm_bin_path to it",
        )
    return good(f"{facts.controller.release}, like the daemons")
