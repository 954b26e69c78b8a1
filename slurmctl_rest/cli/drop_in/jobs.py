"""`modify job` over REST, from API version v0.0.44 on."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from slurmctl_rest.backends.query import History
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.facts import rest_backend
from slurmctl_rest.cli.write import Write
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.entities import JOB
from slurmctl_rest.model.versions import ApiVersion
from slurmctl_rest.sacctmgr import jobs
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import OK, Reply, as_lines
from slurmctl_rest.sacctmgr.tokens import is_old

SINCE = ApiVersion(44)
"""The first API version that modifies jobs of slurmdbd."""


def job_modified(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Modify what slurmdbd keeps of jobs."""
    backend = rest_backend(context)
    old = is_old(backend.release())
    asked = jobs.read_jobs(words, old=old)
    history = backend.history(History(backend.cluster(), ids=tuple(asked.ids)))
    shown, found = jobs.modify_jobs(asked, history, old=old)
    if shown.code != OK:
        return Reply(shown.blocks, shown.failed, shown.code)
    if backend.version() < SINCE:
        raise Unsupported(
            f"sacctmgr modify job is not possible over REST before API version {SINCE}",
            NEEDS_COMMANDS,
        )
    requests = [backend.modified_job(str(job["JobIDRaw"]), asked.body) for job in found]
    commands = [request.command for request in requests]
    if options.dry_run:
        return Reply(shown.blocks + as_lines(*map(str, commands)), shown.failed)
    if not options.immediate:
        sys.stdout.write(shown.blocks)
        if not question.answered_yes():
            return Reply(as_lines(" Changes Discarded"), shown.failed)
    changes = [RowChange(JOB, "modify", str(job["JobIDRaw"]), job, job) for job in found]
    plan = [Outcome(change) for change in changes]

    def act() -> list[Outcome]:
        for request in requests:
            backend.asker.answer(request, writes=True)
        return plan

    Write(context).write_plan(plan, commands, act, backend.cluster())
    return Reply(shown.blocks if options.immediate else "", shown.failed)
