"""Every error that this program raises on purpose.

    SlurmctlError
    ├── UsageError           the command line is wrong: unknown field, bad value, bad name
    │   └── ConfigError      the profile, its file or the environment is wrong
    ├── NotFound             an object that was named does not exist
    ├── Conflict             in use, or not as we left it
    │   └── Changed          the read-back after a write shows something else than was asked
    ├── PermissionDenied     Slurm knows the user, and refuses
    │   └── NotAuthenticated no token, a token that cannot be read, or one that is refused
    ├── Unreachable          no answer: connection, time-out, a daemon or a binary that is missing
    │   └── Unanswered       a write was sent, and no answer came that tells whether it was done
    ├── PartlyDone           several were asked for and some failed
    ├── OverThreshold        a use is at or over the threshold that was asked for
    ├── Refused              a guard of this program refused before anything was sent
    ├── Unsupported          this executor, API version or Slurm release cannot do it
    ├── Interrupted          Ctrl-C or SIGTERM came before the end
    └── SlurmRefused         Slurm refused for any other reason

An error names the object and what to do: `message` names the object, `hint` the remedy.
`code` is the word that scripts match on; the exit codes stand in cli/exits.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

USE_COMMANDS = 'use a profile with execution_mode = "cli"'
NEEDS_COMMANDS = 'a profile with execution_mode = "cli" runs the real sacctmgr'
"""Remedies where slurmrestd cannot do something: in our own words, and for sacctmgr's."""


class SlurmctlError(Exception):
    """An unexpected failure.

    The base of all errors that end in an exit code of the contract.
    """

    code: ClassVar[str] = "error"
    transient: ClassVar[bool] = False
    """Whether some of its kind pass by themselves: `retryable` is never true of the others."""

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        retryable: bool = False,
        sent: bool = True,
        http_status: int | None = None,
        slurm_errno: int | None = None,
    ) -> None:
        """Keep what is said (`message`, `hint`) and what Slurm answered (status and number).

        `sent` is false where it is certain that nothing of a write was done.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retryable = retryable
        self.sent = sent
        self.http_status = http_status
        self.slurm_errno = slurm_errno
        self.executor = ""
        """Which executor met it: rest or cli; empty where none was asked."""
        self.answer = ""
        """What a command inside another program printed besides: what was done of several."""
        self.said = ""
        """Slurm's own words, where there were any; -v and --json show them."""


class UsageError(SlurmctlError):
    """The command line is wrong."""

    code = "usage"


class ConfigError(UsageError):
    """The profile, its file or the environment is wrong."""

    code = "configuration"


class NotFound(SlurmctlError):
    """An object that was named does not exist."""

    code = "not_found"


class Conflict(SlurmctlError):
    """The object is in use, or exists otherwise than asked."""

    code = "conflict"


class Changed(Conflict):
    """The read-back after a write differs from what was written."""

    code = "changed_under_us"


class PermissionDenied(SlurmctlError):
    """Slurm refuses this user the operation."""

    code = "permission_denied"


class NotAuthenticated(PermissionDenied):
    """No usable token."""

    code = "not_authenticated"


class Unreachable(SlurmctlError):
    """Nobody answered: a daemon, a socket or a binary."""

    code = "unreachable"
    transient = True
    late: bool = False
    """Whether somebody took the question, and did not answer in time."""


DISCARDED = "the answer was discarded"
"""The remedy of a read whose answer is wrong begins so."""
NOT_PRINTED_WHOLE = "the output was discarded; check for a wrapper around the Slurm commands"
"""The remedy if a command printed something that is not its own."""

LIST_BEFORE_REPEATING = "list the object before you repeat the write: it may be done"
"""The remedy of who cannot look: the read-back has better ones."""


REPEAT = "repeat the write"
"""The remedy if nothing was done."""


class Unanswered(Unreachable):
    """A write was sent, and nothing tells whether it was done."""

    # It is never repeated blindly: the row is read back, and the outcome told by that.
    code = "unanswered"
    transient = False

    def __init__(
        self, message: str, hint: str = "", *, late: bool = False, http_status: int | None = None
    ) -> None:
        """`late`: nobody answered in time, so that it may still be carried out."""
        super().__init__(message, hint, http_status=http_status)
        self.late = late


class PartlyDone(SlurmctlError):
    """Some of several objects failed."""

    code = "partly_done"


class OverThreshold(SlurmctlError):
    """A use is at or over the threshold that was asked for."""

    code = "over_threshold"


class Refused(SlurmctlError):
    """A guard of this program said no before anything was sent."""

    code = "refused"


class Unsupported(SlurmctlError):
    """The executor, the API version or the Slurm release cannot do this."""

    code = "unsupported"
    other_cluster = False
    """Whether slurmctld is that of another cluster than the one that is meant."""


class Interrupted(SlurmctlError):
    """Somebody ended the program early."""

    code = "interrupted"

    def __init__(self, message: str, hint: str = "", *, sent: bool = False) -> None:
        """`sent`: it is about what was sent already, and may be done or not."""
        super().__init__(message, hint, sent=sent)


class SlurmRefused(SlurmctlError):
    """Slurm said no for another reason; the message has its words."""

    code = "slurm_refused"


def every_error(kind: type[SlurmctlError] = SlurmctlError) -> Iterator[type[SlurmctlError]]:
    """Yield an error, and all below it in the tree."""
    yield kind
    for child in kind.__subclasses__():
        yield from every_error(child)
