"""Errors and remedies for what Slurm commands say if they fail, or if nothing was done."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.errors import LIST_BEFORE_REPEATING, SlurmctlError, Unanswered, Unreachable
from slurmctl_rest.model.reasons import LEVEL_NEEDED, REASONS, of_words, slurm_refused
from slurmctl_rest.model.rights import CANCELLING
from slurmctl_rest.model.text import printable


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a process: its exit code and all it printed."""

    exit_code: int
    stdout: str
    stderr: str


NOTHING_DONE_TEXTS = (
    "nothing modified",
    "nothing deleted",
    "nothing new added",
    "didn't affect anything",
)
"""Said with exit code 1 if all is as asked already: no error, the read-back decides."""


def no_answer(
    line: CommandLine, message: str, hint: str, *, retryable: bool = True, late: bool = False
) -> Unreachable:
    """Return the error of a program that did not say all: a write may be done, or not."""
    if line.command.writes:
        return Unanswered(f"{line.what}: {message}", LIST_BEFORE_REPEATING, late=late)
    error = Unreachable(message, hint, retryable=retryable)
    error.late = late
    return error


def fault(
    line: CommandLine, program: str, finished: Finished, *, behind: bool
) -> SlurmctlError | None:
    """Return the error of a program that did not end by itself, or was never run by its wrapper.

    `behind`: there is a command_prefix.
    """
    code, said = finished.exit_code, _one_line(finished.stderr)
    words = f": {printable(said, 300)}" if said else ""
    # subprocess tells a signal as a negative code; a shell or ssh between adds 128.
    number = -code if code < 0 else code - 128
    if code < 0 or number in OF_SHELLS:
        message = f"{program} was killed by {_name_of(number)}{words}"
        return no_answer(line, message, "check its machine, which may be out of memory")
    if code == NOT_FOUND:
        missing = slurm_refused(
            line.what, of_words(MISSING), said or f"{program}: exit code {code}"
        )
        missing.sent = False
        return missing
    if code == NOT_RUN:
        message = f"{line.what}: {program} could not be run there{words}"
        return Unreachable(message, LOOK, sent=False)
    # ssh's own code; a program that ran there has printed something by then.
    if behind and code == OF_SSH and not finished.stdout.strip():
        if any(one in said.lower() for one in NEVER_THERE):
            again = NEVER_THERE[0] in said.lower()
            message = f"{program} could not connect{words}"
            return Unreachable(message, LOOK, retryable=again, sent=False)
        return no_answer(line, f"{program} lost the connection{words}", LOOK)
    return None


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


OF_SHELLS = frozenset(
    {signal.SIGHUP, signal.SIGINT, signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM}
)
"""Signals that a shell, or ssh's, tells as 128 and their number; no Slurm command ends so."""


NOT_FOUND, NOT_RUN, OF_SSH = 127, 126, 255
"""Exit codes of a wrapper that did not find or could not run the program, and of ssh itself."""


MISSING = "command not found"


LOOK = "check command_prefix and slurm_bin_path of the profile"


NEVER_THERE = (
    "connect to host",
    "could not resolve hostname",
    "permission denied (",
    "host key verification failed",
)
"""Messages of ssh if nothing was run; the first fault may pass by itself."""


def check_finished(line: CommandLine, finished: Finished) -> Finished:
    """Return a good result as it is; raise the error of sacctmgr otherwise."""
    if error := failure_of(line, finished):
        raise error
    return finished


def failure_of(line: CommandLine, finished: Finished) -> SlurmctlError | None:
    """Return the error of a command that failed, if it did.

    An error that is said in spite of exit code 0 is noise beside what was read, unless slurmdbd
    did not answer a question; of a write it is not known then whether it was done.
    """
    complaint = COMPLAINT.search(finished.stderr)
    if finished.exit_code == 0:
        if line.changes and complaint:
            shown = printable(_one_line(complaint[0]), 300)
            return Unanswered(
                f"{line.what}: {line.argv[0]} reported '{shown}'", LIST_BEFORE_REPEATING
            )
        if incomplete := INCOMPLETE_ANSWER.search(finished.stderr):
            return slurm_refused(line.what, of_words(incomplete[0]), _one_line(finished.stderr))
        return None
    said = f"{_one_line(finished.stderr)} {_one_line(finished.stdout)}".strip()
    if did_nothing(finished):
        return None
    shown = (
        _one_line(finished.stderr) or said or f"exit code {finished.exit_code}, without a message"
    )
    return slurm_refused(line.what, of_words(said), shown)


def did_nothing(finished: Finished) -> bool:
    """Tell whether sacctmgr says so: all is as asked already, or may not be changed."""
    said = f"{finished.stderr} {finished.stdout}".lower()
    # By words: the exit code is 1 for this as for a refusal, and leading blanks differ by release.
    return any(words in said for words in NOTHING_DONE_TEXTS)


COMPLAINT = re.compile(r"^(?:\w+: )?error: .*", re.MULTILINE)


GAPS = (word for reason in REASONS for word in reason.gaps)


INCOMPLETE_ANSWER = re.compile("|".join((r"\bDBD_(?!FINI)\w+ failure: ", *GAPS)), re.IGNORECASE)
"""Said where slurmdbd or its database ends while it is asked. sacctmgr then prints what it has, and
exits with 0: no associations at all, or all of them without TRES, or without QOS (24.11, 26.05)."""


def is_doubtful(line: CommandLine, finished: Finished) -> bool:
    """Tell whether an answer that ended well may lack something, by an error that is said with it.

    Of a slurmdbd that is not there its backup tells all, and what comes at the end changes nothing.
    """
    complaints = COMPLAINT.findall(finished.stderr)
    of_weight = [said for said in complaints if not re.search("persist|DBD_FINI", said, re.I)]
    return finished.exit_code == 0 and not line.command.writes and bool(of_weight)


def failed_jobs(line: CommandLine, finished: Finished) -> dict[str, SlurmctlError]:
    """Return the errors of jobs that scancel could not signal, by number.

    Its exit code says nothing. A job that has ended meanwhile is no error.
    """
    failed = {}
    said = re.findall(r"error on job id (\S+): (.+)", finished.stderr)
    for id_, words in said:
        if not any(over in words for over in ENDED_TEXTS):
            failed[id_] = slurm_refused(f"job '{id_}'", of_words(words), words)
            if failed[id_].hint == LEVEL_NEEDED:
                failed[id_].hint = CANCELLING
    if not said:
        check_finished(line, finished)
    return failed


ENDED_TEXTS = ("already completing or completed", "Invalid job id")
"""Messages of scancel about jobs that are over, or gone."""


def _one_line(text: str) -> str:
    """Return the text in one line; of very much, where it begins and where it ends."""
    if len(text) > MAX_STDERR_CHARACTERS:
        text = f"{text[: MAX_STDERR_CHARACTERS // 2]} ... {text[-MAX_STDERR_CHARACTERS // 2 :]}"
    return re.sub(r"\s+", " ", text).strip()


MAX_STDERR_CHARACTERS = 10_000
