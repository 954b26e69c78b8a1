"""Why Slurm refuses: one row a reason, known by slurmrestd's number and by sacctmgr's words.

Both executors find their errors here, so that a refusal reads the same from either.
Numbers are those of slurm/slurm_errno.h; words are matched in lower case, anywhere in what
sacctmgr printed, because their wording and leading spaces differ by release.
"""

from __future__ import annotations

from dataclasses import dataclass

from slurmctl_rest.errors import (
    Conflict,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    SlurmctlError,
    SlurmRefused,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.text import printable


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the error, its text, and the remedy.

    undone  a daemon that answers so has done nothing of the request
    gaps    words, too: those that a list may come with, and exit code 0, that lacks something
    """

    error: type[SlurmctlError]
    text: str
    hint: str
    numbers: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    retryable: bool = False
    undone: bool = False
    gaps: tuple[str, ...] = ()


JOBS_RUNNING = "it has running jobs"
LEVEL_NEEDED = "`slurmctl-rest doctor` shows your AdminLevel"
"""The remedy where nobody knows what was asked for; planning/rights.py has that of each write."""
CANCEL_JOBS_HINT = "use --cancel-jobs to cancel them first, or wait until they end"
FIT_QOS = "set DefaultQOS to one of QosLevel, or change QosLevel"
NOT_CONFIGURED = "accounting is not configured"
CONFIGURE = "AccountingStorageType of slurm.conf must be accounting_storage/slurmdbd"

NEEDS_JSON = 'execution_mode = "cli" needs the Slurm commands of release 23.11 or later'

NO_DATABASE = 7000
BROKEN_OFF = (11, 32, 104, 110, 111, 113)
"""EAGAIN, EPIPE, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH: where a daemon ends while it
works, slurmrestd answers with what the system said of the connection (seen: of slurmdbd 11 and 111,
of slurmctld 104). Slurm's own numbers begin at 1000."""
OF_DATABASE = (1053, 1205, 1213, 1317, 1927, 2006, 2013, 2055)
"""MariaDB's numbers, which slurmdbd passes on as if they were Slurm's: it shuts down, a lock or a
deadlock, a query or a connection that was killed, a lost connection (seen: 1317 and 2013)."""

OF_SLURMCTLD = Reason(
    Unreachable,
    "slurmctld does not answer",
    "check that slurmctld is up: `slurmctl-rest ping`",
    (),
    (
        # If slurmdbd knows that it is down, and if it does not.
        "contact slurm controller",
        "error connecting, bad data",
        "error: update cluster:",
        # If it ends while it is asked.
        "slurm_load_jobs error",
        "slurm_load_ctl_conf error",
    ),
    retryable=True,
)
"""A request to slurmctld that failed so has a number of BROKEN_OFF, too."""

# of_words takes the first row that fits: rows with
# special words stand before those with general ones.
REASONS = (
    Reason(
        PermissionDenied,
        "Coordinators can not increase job limits beyond the parent ones",
        "this needs AdminLevel Operator; a coordinator may set limits up to those of the parent "
        "account",
        (7012,),
        ("coordinators can not increase",),
    ),
    Reason(
        PermissionDenied,
        "permission denied",
        LEVEL_NEEDED,
        (2002,),
        (
            "access/permission denied",
            "your user doesn't have privilege",
            "only admins/operators/coordinators",
        ),
    ),
    Reason(
        NotFound,
        "slurmdbd has no such archive file",
        "name a file on slurmdbd's host that slurmdbd may read",
        (),
        ("problem loading archive file: no such file",),
    ),
    Reason(
        Conflict,
        JOBS_RUNNING,
        CANCEL_JOBS_HINT,
        (7001,),
        ("job(s) active", "running job", "jobs running"),
    ),
    Reason(
        Conflict,
        "it is the default account of a user",
        "give the user another default account first",
        (7009,),
        ("default account of a user",),
    ),
    Reason(
        Conflict,
        "its DefaultQOS would not be in its QosLevel",
        FIT_QOS,
        (7011,),
        ("default qos",),
    ),
    Reason(
        Unsupported,
        "this Slurm release does not know that PreemptMode",
        "see the man page of its sacctmgr",
        (),
        ("bad preempt mode",),
    ),
    Reason(
        Conflict,
        "two QOS would preempt each other",
        "check Preempt of both: slurmctl-rest qos list format=Name,Preempt",
        (2067,),
        ("preemption loop",),
    ),
    Reason(
        Unsupported,
        NOT_CONFIGURED,
        CONFIGURE,
        (),
        ("supported accounting_storage plugin", "accounting storage is disabled"),
    ),
    Reason(
        Unsupported,
        "these Slurm commands do not know --json",
        NEEDS_JSON,
        (),
        ("unrecognized option", "unknown command: --json"),
    ),
    Reason(NotFound, "the parent account does not exist", "add it first", (2046,)),
    Reason(NotFound, "the account does not exist", "add it first", (2045,)),
    Reason(NotFound, "the QOS does not exist", "add it first", (2066,)),
    Reason(
        NotAuthenticated,
        "the token was refused",
        "renew it: scontrol token username=... lifespan=...",
        # slurmctld's number alone: slurmdbd says 7000 of
        # a refused token, which a dead database has, too.
        (1007, 9008),
    ),
    Reason(
        NotAuthenticated,
        "Slurm could not authenticate the user",
        "check that munged runs here with the daemons' key, the clocks, and SLURM_JWT if it is set",
        (),
        ("munge", "authentication"),
    ),
    Reason(
        Unreachable,
        "slurmdbd's database is locked by another session",
        "try again in a moment",
        (),
        ("database is busy",),
        retryable=True,
        undone=True,
    ),
    Reason(  # squeue says so of one number, after the words of a slurmctld that is down
        NotFound,
        "slurmctld has no such job",
        "slurmctl-rest jobs history shows past ones",
        (),
        ("invalid job id specified",),
    ),
    OF_SLURMCTLD,
    Reason(
        Unreachable,
        "slurmdbd does not answer",
        "check that slurmdbd is up and the token still good: `slurmctl-rest ping`",
        (NO_DATABASE, *BROKEN_OFF),
        (
            "connection refused",
            "unable to contact",
            "persistent connection",
            # If it ends while it is asked, the system may report anything, even a missing file.
            "persist_init",
            "persistinit",
            "dbd_",
        ),
        retryable=True,
        gaps=("unable to connect to database", "we need a qos list"),
    ),
    Reason(
        Unreachable,
        "slurmdbd lost its database",
        "check that MariaDB is up; see slurmdbd's log",
        OF_DATABASE,
        ("slurmdb query failed",),
        retryable=True,
        # Slurm's own words for 2013, and those for numbers that are none of its.
        gaps=("insufficient priority", "unknown error "),
    ),
    Reason(
        Unreachable,
        "a program, or a file that it needs, is missing",
        "set slurm_bin_path of the profile to the folder of the Slurm commands (on the host that "
        "command_prefix leads to), or check slurm.conf there",
        (),
        # Last of all: a slurmdbd that ends while it is
        # asked may say this, too, beside its own words.
        ("command not found", "no such file or directory"),
    ),
)


def not_configured(message: str, *, http_status: int | None = None) -> Unsupported:
    """Return the error of a Slurm without accounting."""
    return Unsupported(message, CONFIGURE, http_status=http_status)


def hanging_slurmdbd() -> Unreachable:
    """Return the error of a slurmdbd that hangs (backends/hanging.py).

    It is not retryable: it lasts until somebody acts, and each question costs slurmrestd a thread.
    """
    return Unreachable(
        "slurmdbd hangs: it does not answer about associations, because an addition waits for a "
        "lock in its database, often since a QOS was deleted at the same time",
        "in its database: SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE "
        "trx_state='LOCK WAIT'; then KILL QUERY with that number",
    )


def of_number(number: int, *, slurmctld: bool = False) -> Reason | None:
    """Return the reason with slurmrestd's error number; `slurmctld`: it was asked, not slurmdbd."""
    # The same numbers of the system mean whichever daemon was asked.
    if slurmctld and number in BROKEN_OFF:
        return OF_SLURMCTLD
    return next((reason for reason in REASONS if number in reason.numbers), None)


def of_words(said: str) -> Reason | None:
    """Return the first reason whose words are in what sacctmgr said."""
    lower = said.lower()
    return next((r for r in REASONS if any(one in lower for one in (*r.words, *r.gaps))), None)


def slurm_refused(
    what: str,
    reason: Reason | None,
    said: str,
    *,
    http_status: int | None = None,
    slurm_errno: int | None = None,
) -> SlurmctlError:
    """Return the error for `what` (the object or the request); without a reason Slurm's words."""
    shown = printable(said, 300)
    if reason is None:
        error: SlurmctlError = SlurmRefused(
            f"{what}: {shown}", http_status=http_status, slurm_errno=slurm_errno
        )
    else:
        error = reason.error(
            f"{what}: {reason.text}",
            reason.hint,
            retryable=reason.retryable,
            sent=not reason.undone,
            http_status=http_status,
            slurm_errno=slurm_errno,
        )
    error.said = shown
    return error
