"""`modify job` in sacctmgr's words: the records that slurmdbd keeps of jobs, by number."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr.plan import NOTHING_NEW, UNAFFECTED, WritePlan, failed_request
from slurmctl_rest.sacctmgr.reply import (
    NOTHING_TO_SET,
    Complaints,
    LineRefused,
    as_lines,
    bad_format,
    bullet_list,
    invalid_operator,
    unknown_condition,
    unknown_option,
)
from slurmctl_rest.sacctmgr.setting_values import BadValue, NotSet, count_value
from slurmctl_rest.sacctmgr.spellings import CONDITION_WORDS, SETTING_WORDS, meaning_of
from slurmctl_rest.sacctmgr.tokens import LineWord, bare_text, listed_names, split_word

JOB_ID = "JobID"


@dataclass(slots=True)
class JobsAsked:
    """The numbers of jobs, and what is set in their records."""

    ids: list[str] = field(default_factory=list)
    body: dict[str, Json] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    any_operator: bool = False  # as that of Settings


def read_jobs(words: Sequence[str], *, old: bool) -> JobsAsked:
    """Read the words behind `modify job`; raise LineRefused for what sacctmgr refuses, too."""
    asked, complaints, sets = JobsAsked(), Complaints(), False
    for text in words:
        one = split_word(text, old=old)
        if one.keyword:
            asked.any_operator &= sets
            sets = one.keyword == "set"
            continue
        if sets and one.is_bare:
            complaints.fail(bad_format(text))
        elif sets:
            _set(asked, one, complaints, old=old)
        else:
            _choose(asked, one, complaints, old=old)
    nothing = [] if asked.body else [NOTHING_TO_SET]
    asked.warnings = complaints.err
    if complaints.failed:
        # Later releases end before they look whether anything is set.
        raise complaints.refused(*(nothing if old else []))
    if nothing:
        raise complaints.refused(*nothing)
    if not asked.ids:
        raise Unsupported("jobs are modified by JobID over REST", NEEDS_COMMANDS)
    return asked


def _set(asked: JobsAsked, one: LineWord, complaints: Complaints, *, old: bool) -> None:
    """Note a value where slurmrestd's record has it."""
    path = meaning_of(one.key, SETTING_WORDS["job"])
    if path == "TRES" and not old:
        raise Unsupported("TRES of a job is not possible over REST", NEEDS_COMMANDS)
    if path in {"", "TRES"}:
        complaints.fail_on_stdout(*unknown_option(one.text))
        asked.any_operator = True
        return
    if one.operator != "=" and not old and not asked.any_operator:
        complaints.fail(invalid_operator(one.operator, one.text))
    value: Json = bare_text(one.value)
    if path == "derived_exit_code":
        try:
            code = count_value("DerivedExitCode", one.value, old=old)
        except NotSet:
            return
        except BadValue as error:
            complaints.warn(*error.said)
            return
        value = {"return_code": {"set": True, "infinite": False, "number": code or 0}}
    record = asked.body
    *steps, last = path.split(".")
    for step in steps:
        record = record.setdefault(step, {})
    record[last] = value


def _choose(asked: JobsAsked, one: LineWord, complaints: Complaints, *, old: bool) -> None:
    """Note numbers of jobs."""
    if one.operator not in {"", "="} and not old:
        complaints.fail(invalid_operator(one.operator, one.text))
        return
    name = meaning_of(one.key, CONDITION_WORDS["job"]) if not one.is_bare else "" if old else JOB_ID
    if name == JOB_ID:
        for job in listed_names(one.value, cuts_blanks=not old):
            number = re.fullmatch(r"(\d+)(\.\w+)?", job)
            if number is None:
                raise LineRefused(as_lines(f"sacctmgr: fatal: Bad job/step specified: {job}"))
            if number[1] not in asked.ids:
                asked.ids.append(number[1])
    elif name:
        raise Unsupported(f"jobs by {name} are not possible over REST", NEEDS_COMMANDS)
    else:
        complaints.fail(*unknown_condition(one.text))


def modify_jobs(asked: JobsAsked, jobs: Sequence[Row], *, old: bool) -> tuple[WritePlan, list[Row]]:
    """Return what is said, and the jobs that are to be modified: of each its latest run."""
    latest = {str(job["JobIDRaw"]): job for job in sorted(jobs, key=_submitted)}
    found = [latest[one] for one in sorted(asked.ids, key=int) if one in latest]
    warnings = as_lines(*asked.warnings)
    if not found:
        plan = failed_request(" Modified jobs...", UNAFFECTED if old else "", NOTHING_NEW, old=old)
        return replace(plan, failed=warnings + plan.failed), []
    listed = [
        f"{job['JobIDRaw']} submitted at "
        f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(_submitted(job)))}"
        for job in found
    ]
    return WritePlan(bullet_list("Modified jobs...", listed), failed=warnings), found


def _submitted(job: Row) -> int:
    moment = job["Submit"]
    return moment if isinstance(moment, int) else 0
