"""Whether slurmdbd hangs: it answers, and yet no question about associations.

A QOS that is deleted while an account or a user is added may lock both, for as long as
innodb_lock_wait_timeout (docs/working-beside-others.md). Questions about associations of all
clusters wait with them; questions about users or QOS, and pings, do not (the lab).
"""

from __future__ import annotations

from collections.abc import Callable

from slurmctl_rest.errors import SlurmctlError, Unreachable
from slurmctl_rest.model.reasons import hanging_slurmdbd

PROBE_S = 3.0
"""Seconds for each of the two questions, which a slurmdbd that is well answers in milliseconds.

Each question takes one of slurmrestd's threads while slurmdbd hangs, so there are no more of them.
"""


def hangs(ask_cheaply: Callable[[], object], ask_for_one: Callable[[], object]) -> bool:
    """Tell whether slurmdbd hangs; raise what else keeps it from answering.

    `ask_cheaply` is for what an addition does not lock, `ask_for_one` for one association: large
    answers may be late as well, this one is not.
    """
    # First: if this is late, too, slurmdbd is down or slow, and does not hang.
    ask_cheaply()
    try:
        ask_for_one()
    except Unreachable as error:
        if error.late:
            return True
        raise
    return False


SLURMRESTD_SILENT = "slurmrestd answers nothing else either: see `slurmctl-rest doctor`"
SACCTMGR_SILENT = "sacctmgr gets no other answer either: see `slurmctl-rest doctor`"


def explained(
    error: Unreachable, hangs: Callable[[], bool], silent: str = SLURMRESTD_SILENT
) -> SlurmctlError:
    """Return why a question about associations got no answer in time.

    `silent`: the hint where other questions get none either, which names who was asked.
    """
    try:
        return hanging_slurmdbd() if hangs() else error
    except Unreachable as other:
        if other.late:
            # 26.05 has a thread or two a processor: they all wait with what was asked before.
            error.hint = silent
        return error
    except SlurmctlError:
        return error
