"""`list runawayjobs` over REST: they are listed; mending them takes the real sacctmgr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question
from slurmctl_rest.cli.drop_in.rest import rest
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr import runaway
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Refused, Reply, lines


def listed(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """List the runaway jobs of the cluster, and ask whether to mend them as sacctmgr does."""
    old, backend = before.is_old(context), rest(context)
    asked = runaway.read(words, old=old)
    code = FAILED if asked.complaints else OK
    cluster = asked.clusters[0] if asked.clusters else backend.cluster()
    if cluster != backend.cluster() and cluster in backend.clusters():
        raise Unsupported(
            f"slurmctld of cluster '{cluster}' is not to be asked here",
            f"use a profile that leads to {cluster}",
        )
    if any(
        row["AdminLevel"] == "None" for row in before.records(context, "user", [backend.user()])
    ):
        # slurmctld may hide others' jobs from such a user, and then they would be listed here.
        raise Refused(asked.complaints + lines(runaway.DENIED))
    jobs = backend.runaway_jobs() if cluster == backend.cluster() else []
    if not jobs:
        return Reply(lines(runaway.NONE_FOUND.format(cluster)), asked.complaints, code)
    if options.immediate and not options.dry_run:
        raise _cannot_mend(len(jobs))
    shown = runaway.listed(asked, jobs, options, datetime.fromtimestamp)
    if options.dry_run:
        return Reply(shown, asked.complaints, code)
    sys.stdout.write(shown)
    if question.agreed(runaway.QUESTION[old]):
        raise _cannot_mend(len(jobs))
    return Reply(lines(runaway.DISCARDED), asked.complaints, code)


def _cannot_mend(count: int) -> Unsupported:
    jobs = "1 runaway job" if count == 1 else f"{count} runaway jobs"
    return Unsupported(f"slurmrestd cannot fix {jobs}", NEEDS_COMMANDS)
