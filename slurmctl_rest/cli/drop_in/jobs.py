"""`modify job` over REST, from API version v0.0.44 on."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from slurmctl_rest.backends.query import History
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.rest import rest
from slurmctl_rest.cli.write import Write
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.versions import ApiVersion
from slurmctl_rest.sacctmgr import jobs
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import OK, Reply, lines

SINCE = ApiVersion(44)
"""The first API version that modifies jobs of slurmdbd."""


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify what slurmdbd keeps of jobs."""
    backend, release = rest(context), context.backend.release()
    asked = jobs.read(words, release)
    history = backend.history(History(backend.cluster(), ids=tuple(asked.ids)))
    decided, found = jobs.decide(asked, history, release)
    if decided.code != OK:
        return Reply(decided.blocks, decided.failed, decided.code)
    if backend.version() < SINCE:
        raise Unsupported(
            f"sacctmgr modify job is not possible over REST before API version {SINCE}",
            NEEDS_COMMANDS,
        )
    requests = [backend.modified_job(str(job["JobIDRaw"]), asked.body) for job in found]
    commands = [request.command for request in requests]
    if options.dry_run:
        return Reply(decided.blocks + lines(*map(str, commands)), decided.failed)
    if not options.immediate:
        sys.stdout.write(decided.blocks)
        if not question.agreed():
            return Reply(lines(" Changes Discarded"), decided.failed)
    changes = [RowChange(JOB, "modify", str(job["JobIDRaw"]), job, job) for job in found]
    plan = [Outcome(change) for change in changes]

    def act() -> list[Outcome]:
        for request in requests:
            backend.asker.answer(request, writes=True)
        return plan

    Write(context).write_plan(plan, commands, act, backend.cluster())
    return Reply(decided.blocks if options.immediate else "", decided.failed)
