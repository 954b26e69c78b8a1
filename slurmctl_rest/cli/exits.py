"""Exit codes, and how an error is shown. The only place that knows either."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import IntEnum

from slurmctl_rest import errors
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import masked, printable
from slurmctl_rest.render.styles import styled


class Exit(IntEnum):
    """The exit codes of this program."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    PERMISSION = 5
    UNREACHABLE = 6
    PARTLY = 7
    DIFFERS = 8
    REFUSED = 9
    UNSUPPORTED = 10
    INTERRUPTED = 130


EXITS: Mapping[type[errors.SlurmctlError], Exit] = {
    errors.UsageError: Exit.USAGE,
    errors.NotFound: Exit.NOT_FOUND,
    errors.Conflict: Exit.CONFLICT,
    errors.PermissionDenied: Exit.PERMISSION,
    errors.Unreachable: Exit.UNREACHABLE,
    errors.PartlyDone: Exit.PARTLY,
    errors.OverThreshold: Exit.DIFFERS,
    errors.Refused: Exit.REFUSED,
    errors.Unsupported: Exit.UNSUPPORTED,
    errors.Interrupted: Exit.INTERRUPTED,
    errors.SlurmctlError: Exit.FAILED,
}
"""The nearest ancestor of an error decides."""


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "done, or nothing to change",
    Exit.FAILED: "Slurm refused, or an unexpected failure",
    Exit.USAGE: "usage or configuration",
    Exit.NOT_FOUND: "not found",
    Exit.CONFLICT: "in use, or in conflict: active jobs, a default account, another writer",
    Exit.PERMISSION: "authentication or permission",
    Exit.UNREACHABLE: "unreachable, or timed out",
    Exit.PARTLY: "partly done",
    Exit.DIFFERS: "differs (diff), or is over the threshold (quota --over)",
    Exit.REFUSED: "refused: no selection, no terminal to confirm on, or a guard",
    Exit.UNSUPPORTED: "not supported by this executor, API version or Slurm release",
    Exit.INTERRUPTED: "interrupted",
}


LOOK_AGAIN = "list the object with --json, then decide again"
REMEDIES: Mapping[type[errors.SlurmctlError], str] = {
    errors.SlurmctlError: "stop, and show it to a person",
    errors.UsageError: "correct the command as hint says; do not repeat it as it is",
    errors.ConfigError: "correct the profile: slurmctl-rest profile check",
    errors.NotFound: "correct the name as hint says, or add the object",
    errors.Conflict: LOOK_AGAIN,
    errors.Changed: f"another writer changed it meanwhile: {LOOK_AGAIN}",
    errors.PermissionDenied: "stop: the profile's user needs a higher AdminLevel",
    errors.NotAuthenticated: "stop: renew the token of the profile",
    errors.Unreachable: "if retryable, wait and repeat; else slurmctl-rest doctor",
    errors.Unanswered: "list the object before you repeat the write: it may be done",
    errors.PartlyDone: "read message, and error of each of changes; repeat what failed",
    errors.OverThreshold: "nothing failed: read items",
    errors.Refused: "name objects or a condition, and add -i; or do as hint says",
    errors.Unsupported: "use what hint names, or a profile with the other executor",
    errors.Interrupted: "read message: it lists what was done",
    errors.SlurmRefused: "read slurm_said, and correct the command",
}
"""What a program does about an error of each code; a test wants a row of each."""


def exit_of(error: errors.SlurmctlError) -> Exit:
    """Return the exit code of an error."""
    # The order of __mro__ is from the class itself upwards.
    return next(EXITS[kind] for kind in type(error).__mro__ if kind in EXITS)


def report_error(
    error: errors.SlurmctlError, *, as_json: bool, verbose: bool = False, color: bool = False
) -> None:
    """Say on stderr what went wrong: one line, or one JSON object."""
    if as_json:
        from slurmctl_rest.render.json import dumped  # noqa: PLC0415  (only where it is needed)

        ascii_ = not (sys.stderr.encoding or "utf-8").lower().startswith("utf")
        print(dumped({"error": error_document(error)}, ascii_=ascii_), file=sys.stderr)
        return
    hint = f" ({printable(error.hint, 0)})" if error.hint else ""
    name = styled("slurmctl-rest:", "bad", color=color)
    print(f"{name} {printable(error.message, 0)}{hint}", file=sys.stderr)
    if verbose and error.said:
        print(f"Slurm said: {masked(error.said)}", file=sys.stderr)


def error_document(error: errors.SlurmctlError) -> Json:
    """Return the object of an error, without its frame."""
    return {
        "code": error.code,
        "exit": int(exit_of(error)),
        "message": error.message,
        "hint": error.hint or None,
        "retryable": error.retryable,
        "executor": error.executor or None,
        "http_status": error.http_status,
        "slurm_errno": error.slurm_errno,
        "slurm_said": error.said or None,
    }
