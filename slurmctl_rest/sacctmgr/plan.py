"""A write of the voice `sacctmgr`: what it changes, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.sacctmgr.reply import FAILED, OK, as_lines


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What is to be written, and what sacctmgr says of it.

    blocks   its text for what it does: on stdout, before the question
    changes  by the cluster that they are on, or whose lock they take if they are on none
    failed   its text on stderr
    code     anything but OK: nothing is written, and nobody is asked
    before   what of the blocks is said before slurmdbd has agreed
    denied   what is said on stderr to a user who may not do it
    """

    blocks: str
    changes: Mapping[str, Sequence[RowChange]] = field(default_factory=dict)
    failed: str = ""
    code: int = OK

    before: str = ""
    denied: str = (
        "sacctmgr: error: Your user doesn't have privilege to perform this action\n"
        " Error with request: Access/permission denied\n"
    )


def warned(plan: WritePlan, said: Sequence[str]) -> WritePlan:
    """Return the plan with what was said of its words before all else on stderr."""
    return replace(plan, failed=as_lines(*said) + plan.failed)


DENIED_ACCOUNTS = as_lines(" error: Only admins/operators/coordinators can add accounts")
DENIED_COORDINATORS = as_lines(" Problem adding coordinator: Access/permission denied")


def denied_users(*, old: bool) -> str:
    """Return what is said to a user who may not add users."""
    also = "" if old else " (Only admins/operators/coordinators can add accounts)"
    return as_lines(f" error: Problem adding user associations: Access/permission denied{also}")


DEFAULT_QOS = (
    "This request would make it so some associations would not have access to their default qos."
)
DEFAULT_ACCOUNT = "You can not remove the default account of a user"
UNAFFECTED = "Request didn't affect anything"
NOTHING_NEW = "Data has not changed since time specified"
SAID: Mapping[int, str] = {
    2002: "Access/permission denied",
    2045: "Invalid account or account/partition combination specified",
    2046: "Invalid parent account specified",
    2066: "Invalid qos specification",
    7001: "Job(s) active, cancel job(s) before remove",
    7009: DEFAULT_ACCOUNT,
    7011: DEFAULT_QOS,
    7012: "Coordinators can not increase job limits beyond the parent ones",
}
"""slurmdbd's refusals, by their number, in the words of sacctmgr."""


def refusal(number: int | None) -> str | None:
    """Return what sacctmgr says where slurmdbd refuses with a number; None if we do not know."""
    said = SAID.get(number or 0)
    return as_lines(f" Error with request: {said}") if said else None


def nothing_modified(title: str, *, old: bool, of_record: bool = False) -> WritePlan:
    """Return the plan of a modification that no object meets.

    `old`: 24.11 says so on stderr, unless it is `of_record`: about accounts or users themselves.
    """
    if not old:
        return WritePlan(as_lines(title, "  Nothing modified"), code=FAILED)
    if of_record:
        return WritePlan(as_lines(" Nothing modified"), code=FAILED)
    return failed_request("", UNAFFECTED, NOTHING_NEW, old=True)


def failed_request(title: str, slurmdbd: str, said: str, *, old: bool) -> WritePlan:
    """Return the plan of a request that slurmdbd refuses; 24.11 does not print the title.

    `slurmdbd` is its own complaint, if it has one.
    """
    own = [f"sacctmgr: error: {slurmdbd}"] if slurmdbd else []
    text = as_lines(*own, f" Error with request: {said}")
    return WritePlan("" if old else as_lines(title), failed=text, code=FAILED)


def denied_default_qos(title: str, who: Sequence[str], *, old: bool) -> WritePlan:
    """Return the plan of a modification that would keep associations from their default QOS."""
    text = as_lines(
        "sacctmgr: error: ",
        " These associations don't have access to their default qos.",
        " Please give them access before they the default can be set to this.",
        *who,
        "",
        f" Error with request: {DEFAULT_QOS}",
    )
    return WritePlan("" if old else as_lines(title), failed=text, code=FAILED)


def would_lose_default(who: Sequence[str], *remedy: str) -> WritePlan:
    """Return the plan of a deletion that would take users' default accounts."""
    items = (f"  {one}" for one in who)
    said = as_lines(
        f" Error with request: {DEFAULT_ACCOUNT}", *items, *remedy, " Changes Discarded"
    )
    return WritePlan("", failed=said, code=FAILED)


NOTHING_DELETED = WritePlan(as_lines(" Nothing deleted"), code=FAILED)
WHERE_PROBLEM = WritePlan(
    "", failed=as_lines(" There was a problem with your 'where' options."), code=FAILED
)
"""Conditions that are on the other half of an account or a user than what is set."""
