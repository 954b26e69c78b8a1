"""The outcome of a line that writes: what is said, and what is to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.sacctmgr.reply import OK

CLI = 'use a profile with execution_mode = "cli"'
NEEDS_COMMANDS = 'a profile with execution_mode = "cli" runs the real sacctmgr'
"""The remedies for what REST cannot do."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What is said, and what is to be changed; `failed` stands on stderr."""

    blocks: str
    changes: Sequence[RowChange] = ()
    failed: str = ""
    code: int = OK
