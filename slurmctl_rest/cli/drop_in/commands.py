"""Over the commands the real sacctmgr answers: it gets the words as they are, and its own streams.

A list takes the place of this process. A write is recorded in the audit trail, before and after.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.process import words_of
from slurmctl_rest.cli.context import Context
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import Reply, lines

PROGRAM = "sacctmgr"


def handed_on(
    context: Context, options: Options, argv: Sequence[str], words: Sequence[str]
) -> Reply:
    """Run the real sacctmgr with these words, and return its exit code alone."""
    profile = context.named_profile[1]
    plain = [word for word in argv if word != "--dry-run"]
    line = words_of(CommandLine((PROGRAM, *plain)), profile.slurm_bin_path, profile.command_prefix)
    if not verbs.writes(words) or options.readonly:
        sys.stdout.flush()
        try:
            # --json tells the name by which it was called.
            called = line if profile.command_prefix else [PROGRAM, *line[1:]]
            os.execvp(line[0], called)  # noqa: S606  # nosec B606 (an argument list, no shell)
        except OSError as error:
            raise Unreachable(
                f"{line[0]}: {error.strerror}", "check slurm_bin_path of the profile"
            ) from error
    if options.dry_run:
        return Reply(lines(CommandLine(tuple(line)).command.__str__()))
    done = subprocess.run(line, check=False)  # noqa: S603  # nosec B603 (no shell)
    return Reply(code=done.returncode)
