"""`list runawayjobs` over REST: they are listed; mending them takes the real sacctmgr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import before, question
from slurmctl_rest.cli.drop_in.facts import rest_backend
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.entities import USER
from slurmctl_rest.sacctmgr import runaway
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, OK, LineRefused, Reply, as_lines
from slurmctl_rest.sacctmgr.tokens import is_old


def runaway_listed(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """List the runaway jobs of the cluster, and ask whether to mend them as sacctmgr does."""
    backend = rest_backend(context)
    old = is_old(backend.release())
    asked = runaway.read_runaway(words, old=old)
    code = FAILED if asked.complaints else OK
    cluster = asked.clusters[0] if asked.clusters else backend.cluster()
    if cluster != backend.cluster() and cluster in backend.clusters():
        raise Unsupported(
            f"slurmctld of cluster '{cluster}' is not to be asked here",
            f"use a profile that leads to {cluster}",
        )
    if any(
        row["AdminLevel"] == "None"
        for row in before.read_records(context, USER.noun, [backend.user()])
    ):
        # slurmctld may hide others' jobs from such a user, and then they would be listed here.
        raise LineRefused(asked.complaints + as_lines(runaway.MENDING_DENIED))
    jobs = backend.runaway_jobs() if cluster == backend.cluster() else []
    if not jobs:
        return Reply(as_lines(runaway.NONE_FOUND.format(cluster)), asked.complaints, code)
    if options.immediate and not options.dry_run:
        raise _cannot_mend(len(jobs))
    shown = runaway.runaway_table(asked, jobs, options, datetime.fromtimestamp)
    if options.dry_run:
        return Reply(shown, asked.complaints, code)
    sys.stdout.write(shown)
    if question.answered_yes(runaway.QUESTION[old]):
        raise _cannot_mend(len(jobs))
    return Reply(as_lines(runaway.MENDING_DISCARDED), asked.complaints, code)


def _cannot_mend(count: int) -> Unsupported:
    jobs = "1 runaway job" if count == 1 else f"{count} runaway jobs"
    return Unsupported(f"slurmrestd cannot fix {jobs}", NEEDS_COMMANDS)
