"""Names that a write of the voice `sacctmgr` refuses, although sacctmgr takes them."""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.kinds.names import means_itself
from slurmctl_rest.model.names import REFUSED, why_not
from slurmctl_rest.model.text import as_shown, holds_bytes, printable
from slurmctl_rest.sacctmgr.reply import LineRefused, as_lines

BACKTICK = "`"
"""What sacctmgr makes of a quote within a word."""

NAMING_FIELDS = ("Cluster", "Account", "User", "Partition", "Parent")
"""Fields whose values name an object, beside its own name."""


def check_new_name(noun: str, name: str) -> None:
    """Raise LineRefused for the name of a new object that breaks what names it."""
    if means_itself(name) and name.isascii():
        return
    reason = "it is not UTF-8" if holds_bytes(name) else why_not(name)
    if BACKTICK in name:
        reason = f"'{BACKTICK}', which sacctmgr makes of a quote, {REFUSED[BACKTICK]}"
    raise LineRefused(as_lines(f"sacctmgr: error: {noun} '{printable(as_shown(name))}': {reason}"))


def check_selection(names: Iterable[str]) -> None:
    """Raise Unsupported for names by which a write selects, if they may select others as well.

    slurmdbd compares as its database does. Accents and other alphabets are compared by rules that
    each database may have another of, and of which slurmrestd tells none.
    """
    for name in names:
        if not name.isascii():
            raise Unsupported(
                f"which objects '{printable(as_shown(name))}' means is known to Slurm's "
                "database alone",
                NEEDS_COMMANDS,
            )


def check_named(change: RowChange) -> None:
    """Raise Unsupported for a change of an object whose name others may be taken for."""
    row = change.row
    check_selection(str(row[name]) for name in NAMING_FIELDS if row.get(name) is not None)
    check_selection([change.name])
