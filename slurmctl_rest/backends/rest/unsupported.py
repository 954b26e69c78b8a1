"""Changes that slurmrestd cannot make, in a version or in any, and remedies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slurmctl_rest.backends.naming import unnameable
from slurmctl_rest.backends.rest.values import TRES_FIELDS, after_of, changed_fields, counts_of
from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.entities import (
    ACCOUNT,
    ARCHIVE,
    ASSOCIATION,
    FEDERATION,
    QOS,
    RESOURCE,
    RUNAWAY_JOBS,
    SLURMDBD,
    STATS,
    WCKEY,
)
from slurmctl_rest.model.entities.association import COMMENT
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Value
from slurmctl_rest.model.kinds.names import Names, means_itself
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.text import as_shown, holds_bytes, is_escaped, listed, printable
from slurmctl_rest.model.tres_counts import MAX_TRES
from slurmctl_rest.model.versions import V44, ApiVersion


def unsupported_reason(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for a change that slurmrestd has no request for, or would lose."""
    if change.entity is PAST_JOB:
        return _job_refusal(change, version)
    if wrong := unnameable(change) or _bytes_refusal(change):
        return wrong
    if change.entity is QOS:
        return _version_refusal(change, version) or _qos_refusal(change)
    return (
        _noun_refusal(change)
        or _version_refusal(change, version)
        or _counts_refusal(change)
        or _inheritance_refusal(change)
        or _coordinators_refusal(change)
        or _comment_refusal(change)
        or _renaming_refusal(change)
        or _account_refusal(change)
    )


def _bytes_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for a text with bytes that are not UTF-8: slurmrestd replaces them."""
    for name, (_, after) in change.fields.items():
        if isinstance(after, str) and holds_bytes(after):
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot store its {name} '{as_shown(after)}', "
                "which is not UTF-8",
                USE_COMMANDS,
            )
    return None


NO_REQUESTS = (FEDERATION, RESOURCE, RUNAWAY_JOBS, STATS, ARCHIVE, SLURMDBD)
"""Objects for whose changes slurmrestd has no request."""


def _noun_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for what slurmrestd has no request for, or only one that does more."""
    remedy = USE_COMMANDS
    if change.entity in NO_REQUESTS:
        noun = change.entity.noun
        what = noun if change.name == SLURMDBD.noun else subject([change])
        return Unsupported(f"{what}: slurmrestd cannot {change.action} it", remedy)
    for name in change.fields:
        if change.entity[name].commands:
            return Unsupported(f"{subject([change])}: slurmrestd cannot set {name}", remedy)
    if change.entity is WCKEY and change.action == "delete" and not change.everywhere:
        return Unsupported(
            f"{subject([change])}: slurmrestd can only delete a wckey from every user and cluster "
            "at once, and others have it, too",
            remedy,
        )
    return None


def _version_refusal(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for fields that the version does not know."""
    for name in change.fields if change.after is not None else ():
        field = change.entity[name]
        if not field.is_known_to(version):
            return Unsupported(
                f"{subject([change])}: API {version} of slurmrestd cannot set {name}",
                field.remedy(version),
            )
    return None


def _job_refusal(change: RowChange, version: ApiVersion) -> Unsupported | None:
    """Return the error for a job in a version that has no request to modify one."""
    if version >= V44:
        return None
    return Unsupported(
        f"{subject([change])}: API {version} of slurmrestd cannot modify jobs",
        f"set api_version to {V44} or later, or {USE_COMMANDS}",
    )


def _counts_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for a row with a count that slurmrestd would cut: lists are sent whole."""
    rows = [change.new] if changed_fields(change, SlurmRecord.ASSOCIATION) else []
    # They bear the mark of the new default account, and are sent whole for it.
    rows += change.companions if change.marks_default else ()
    return _counts_beyond(change, rows, [f.name for f in TRES_FIELDS])


OF_TRES = frozenset(f.name for f in QOS.fields if isinstance(f.kind, Tres))


def _counts_beyond(
    change: RowChange, rows: Iterable[Row], names: Sequence[str]
) -> Unsupported | None:
    """Return the error for a count of these fields that slurmrestd would cut."""
    entity = QOS if change.entity is QOS else ASSOCIATION
    for row in rows:
        for name in names:
            if any((n or 0) > MAX_TRES for n in counts_of(row, name).values()):
                text = entity[name].kind.text(row[name])
                return Unsupported(
                    f"{subject([change])}: slurmrestd cannot store its {name}={text}",
                    f"lower that limit, or {USE_COMMANDS}",
                )
    return None


def _inheritance_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for changes to inherited names, which slurmrestd shows but cannot make."""
    for name, (before, after) in change.fields.items():
        kind = change.entity[name].kind
        if not isinstance(kind, Names):
            continue
        if after and kind.inherits(after):
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot change an inherited {name} with += or -=",
                f"set the whole list ({name}=a,b), or {USE_COMMANDS}",
            )
        # An empty list leaves QosLevel as it is, and a
        # list with an empty name ends slurmrestd 26.05.
        if before and not after and change.action == "modify":
            return Unsupported(
                f"{subject([change])}: slurmrestd cannot restore the inheritance of {name}",
                USE_COMMANDS,
            )
    return None


def _comment_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for a comment on what exists: slurmrestd takes it, and does nothing."""
    if change.action != "modify" or COMMENT.name not in change.fields:
        return None
    return Unsupported(
        f"{subject([change])}: slurmrestd cannot change a Comment, only set it on what it adds",
        USE_COMMANDS,
    )


def _renaming_refusal(change: RowChange) -> Unsupported | None:
    if not change.entity.is_named or change.entity.key.name not in change.fields:
        return None
    return Unsupported(f"{subject([change])}: slurmrestd cannot rename it", USE_COMMANDS)


def _coordinators_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for users who coordinate it otherwise already: slurmrestd does nothing."""
    before, after = change.fields.get("Coordinators", ((), ()))
    added = {*_names(after)} - {*_names(before)}
    already = sorted(added & {*_names(change.old.get(INDIRECT))})
    if not already:
        return None
    return Unsupported(
        f"{subject([change])}: slurmrestd cannot make {listed(already)} its coordinator, who "
        "already "
        "coordinates it by an account above it or the flag UsersAreCoords",
        f"this gives no more rights; to do it anyway, {USE_COMMANDS}",
    )


def unsupported_level(changes: Sequence[RowChange], username: str) -> Unsupported | None:
    """Return the error for coordinators whom a coordinator names: slurmrestd asks for a level.

    It writes the account anew before its coordinators, which takes AdminLevel Operator; it has no
    other request for them (all versions). slurmdbd alone would let the account's coordinators.
    """
    for change in changes:
        before = change.old
        coordinating = {*_names(before.get("Coordinators")), *_names(before.get(INDIRECT))}
        if {*change.fields} == {"Coordinators"} and username in coordinating:
            return Unsupported(
                f"{subject([change])}: slurmrestd changes coordinators only for AdminLevel "
                f"Operator, and {username} only coordinates it",
                USE_COMMANDS,
            )
    return None


def _account_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for an account with something that a POST, which is whole, would alter.

    Bytes that are not UTF-8 are known here as they are shown, and not as they are.
    """
    if change.entity is not ACCOUNT or change.action != "modify":
        return None
    if not changed_fields(change, SlurmRecord.OBJECT):
        return None
    # What is not to change is sent back all the same, and a POST alters what it cannot tell.
    kept = [f for f in ACCOUNT.settable(SlurmRecord.OBJECT) if f.name not in change.fields]
    for f in kept:
        value = after_of(change)[f.name]
        texts = [text for text in _names(value) if not means_itself(text)]
        texts += [value] if isinstance(value, str) and is_escaped(value) else []
        if texts:
            return Unsupported(
                f"{subject([change])}: slurmrestd replaces the whole account, and cannot keep its "
                f"{f.name} '{printable(texts[0])}'",
                f"set {f.name} too, or {USE_COMMANDS}",
            )
    return None


INDIRECT = "IndirectCoordinators"


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _qos_refusal(change: RowChange) -> Unsupported | None:
    """Return the error for values that a POST of a QOS cannot hold.

    slurmrestd resets a PreemptMode that is left out, so one that it does not show is refused.
    """
    what, fields = subject([change]), change.fields if change.after is not None else {}
    mode = change.new.get("PreemptMode")
    if change.after is not None and not PREEMPT_MODE.needs_argument(mode):
        said = (
            "set PreemptMode=" + str(mode)
            if "PreemptMode" in fields
            else ("keep its PreemptMode, which contains within or priority")
        )
        return Unsupported(f"{what}: slurmrestd cannot {said}", USE_COMMANDS)
    before, after = fields.get("Preempt", (None, None))
    if wrong := _counts_beyond(change, [change.new], [name for name in fields if name in OF_TRES]):
        return wrong
    # slurmrestd ignores an empty `preempt.list`.
    if before and not after:
        return Unsupported(f"{what}: slurmrestd cannot empty Preempt", USE_COMMANDS)
    return None


def write_warning(change: RowChange) -> str:
    """Return a warning of values that a POST may lose: `within,cancel` is shown as CANCEL.

    Also of inherited QOS: slurmrestd ignores an empty list, and an empty name would crash it.
    """
    if change.inherited.get("QosLevel"):
        return (
            "a QosLevel of its own ends the inheritance of QOS, which only the Slurm commands can "
            "restore: set QosLevel=''"
        )
    mode = change.old.get("PreemptMode")
    keeps = change.action == "modify" and "PreemptMode" not in change.fields
    if change.entity is not QOS or not keeps or PREEMPT_MODE.is_sure(mode):
        return ""
    return (
        f"{subject([change])}: slurmrestd does not show whether its PreemptMode {mode} also "
        "contains "
        "'within' or 'priority'; if so, this write removes them"
    )
