"""`modify job` in sacctmgr's words: the records that slurmdbd keeps of jobs, by number."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr import values
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS, Decided
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, lines
from slurmctl_rest.sacctmgr.values import Invalid, is_old

KEYS: Sequence[tuple[str, int, str]] = (
    ("admincomment", 12, "comment.administrator"),
    ("comment", 7, "comment.job"),
    ("derivedexitcode", 12, "derived_exit_code"),
    ("derivedes", 9, "derived_exit_code"),
    ("extra", 5, "extra"),
    ("newwckey", 1, "wckey"),
    ("systemcomment", 13, "comment.system"),
)
"""Words of `set`, the letters from which on each is known, and its path in slurmrestd's record."""

ELSEWHERE: Sequence[str] = ("clusters", "users", "starttime", "endtime", "wckeys")
"""Conditions that would choose jobs: slurmrestd modifies jobs by number alone."""


@dataclass(slots=True)
class Asked:
    """The numbers of jobs, and what is set in their records."""

    ids: list[str] = field(default_factory=list)
    body: dict[str, Json] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read(words: Sequence[str], release: str) -> Asked:
    """Read the words behind `modify job`; raise Refused for what sacctmgr refuses, too."""
    asked = Asked()
    setting = False
    out: list[str] = []
    err: list[str] = []
    for word in words:
        key, equals, text = word.partition("=")
        lower = key.rstrip("+-").lower()
        if not equals and lower in {"set", "where"}:
            setting = lower == "set"
            continue
        if setting and not equals:
            err.append(f" Bad format on {word}: End your option with an '=' sign")
        elif setting:
            out += _set(asked, lower, text, word, release)
        else:
            err += _choose(asked, lower, text if equals else word, word, release)
        if equals and key[-1:] in {"+", "-"} and not is_old(release):
            err.append(f" Invalid operator '{key[-1]}=' in {word}")
    nothing = [" You didn't give me anything to set"] if not asked.body else []
    if out or err:
        # Later releases end before they look whether anything is set.
        raise Refused(
            lines(*asked.warnings, *err, *(nothing if is_old(release) else [])), lines(*out)
        )
    if nothing:
        raise Refused(lines(*asked.warnings, *nothing))
    if not asked.ids:
        raise Refused(
            lines(f"sacctmgr: error: jobs are modified by JobID over REST ({NEEDS_COMMANDS})")
        )
    return asked


def _set(asked: Asked, lower: str, text: str, word: str, release: str) -> list[str]:
    """Note a value; return what sacctmgr says to a word that it does not know."""
    path = next(
        (
            path
            for known, letters, path in KEYS
            if len(lower) >= letters and known.startswith(lower)
        ),
        "",
    )
    if not path and lower and "tres".startswith(lower) and not is_old(release):
        raise Refused(
            lines(f"sacctmgr: error: TRES of a job is not possible over REST ({NEEDS_COMMANDS})")
        )
    if not path:
        return [f" Unknown option: {word}", " Use keyword 'where' to modify condition"]
    value: Json = values.stripped(text)
    if path == "derived_exit_code":
        try:
            code = values.number("DerivedExitCode", text, release)
        except Invalid as error:
            asked.warnings.append(str(error))
            return []
        value = {"return_code": {"set": True, "infinite": False, "number": code or 0}}
    record = asked.body
    *steps, last = path.split(".")
    for step in steps:
        record = record.setdefault(step, {})
    record[last] = value
    return []


def _choose(asked: Asked, lower: str, text: str, word: str, release: str) -> list[str]:
    """Note numbers of jobs; return what sacctmgr says to a condition that it does not know."""
    bare = "=" not in word
    if (bare and is_old(release)) or not (bare or lower):
        return [f" Unknown condition: {word}", " Use keyword 'set' to modify value"]
    if bare or "jobids".startswith(lower):
        for one in values.names(text):
            number = re.fullmatch(r"(\d+)(\.\w+)?", one)
            if number is None:
                raise Refused(lines(f"sacctmgr: fatal: Bad job/step specified: {one}"))
            if number[1] not in asked.ids:
                asked.ids.append(number[1])
        return []
    if any(known.startswith(lower) for known in ELSEWHERE):
        raise Refused(
            lines(
                f"sacctmgr: error: jobs by {word.partition('=')[0]} are not possible over REST "
                f"({NEEDS_COMMANDS})"
            )
        )
    return [f" Unknown condition: {word}", " Use keyword 'set' to modify value"]


def decide(asked: Asked, jobs: Sequence[Row], release: str) -> tuple[Decided, list[Row]]:
    """Return what is said, and the jobs that are to be modified: of each its latest run."""
    latest = {str(job["JobIDRaw"]): job for job in sorted(jobs, key=_submitted)}
    found = [latest[one] for one in sorted(asked.ids, key=int) if one in latest]
    warnings = lines(*asked.warnings)
    if not found:
        said = " Error with request: Data has not changed since time specified"
        if is_old(release):
            affected = "sacctmgr: error: Request didn't affect anything"
            return Decided("", (), warnings + lines(affected, said), FAILED), []
        return Decided(lines(" Modified jobs..."), (), warnings + lines(said), FAILED), []
    said_of = (
        f"  {job['JobIDRaw']} submitted at "
        f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(_submitted(job)))}"
        for job in found
    )
    return Decided(lines(" Modified jobs...", *said_of), (), warnings), found


def _submitted(job: Row) -> int:
    moment = job["Submit"]
    return moment if isinstance(moment, int) else 0
