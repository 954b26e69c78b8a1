"""What sacctmgr, sacct and scontrol print, judged purely: rows, or one of our errors."""

from __future__ import annotations

import codecs
import json
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Generic, TypeVar

from slurmctl_rest.backends.commands.argv import RUN_COLUMNS, CommandLine
from slurmctl_rest.backends.judged import twice
from slurmctl_rest.errors import (
    UNKNOWN,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.fields import Field
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.tres import tres_amount
from slurmctl_rest.model.reasons import LEVEL_NEEDED, REASONS, of_words, refusal
from slurmctl_rest.model.rights import CANCELLING
from slurmctl_rest.model.text import ESCAPING, printable
from slurmctl_rest.remembered import Remembered

if TYPE_CHECKING:
    from slurmctl_rest.model.facts import Controller
    from slurmctl_rest.model.run import Run


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit code and all it said."""

    exit_code: int
    stdout: str
    stderr: str


NOTHING_DONE = (
    "nothing modified",
    "nothing deleted",
    "nothing new added",
    "didn't affect anything",
)
"""Said with exit code 1 where all is as asked already; the read-back tells."""


def lost(
    line: CommandLine, message: str, hint: str, *, retryable: bool = True, late: bool = False
) -> Unreachable:
    """Return the error of a program that did not say all: a write may be done, or not."""
    if line.command.writes:
        return Unanswered(f"{line.what}: {message}", UNKNOWN, late=late)
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
    number = -code if code < 0 else code - 128
    if code < 0 or number in OF_SHELLS:
        message = f"{program} was killed by {_name_of(number)}{words}"
        return lost(line, message, "look at its machine: was there too little memory?")
    if code == NOT_FOUND:
        missing = refusal(line.what, of_words(MISSING), said or f"{program}: exit code {code}")
        missing.sent = False
        return missing
    if code == NOT_RUN:
        message = f"{line.what}: {program} cannot be run there{words}"
        return Unreachable(message, LOOK, sent=False)
    if behind and code == OF_SSH and not finished.stdout.strip():
        if any(one in said.lower() for one in NEVER_THERE):
            again = NEVER_THERE[0] in said.lower()
            message = f"{program} did not get there{words}"
            return Unreachable(message, LOOK, retryable=again, sent=False)
        return lost(line, f"{program} broke off{words}", LOOK)
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
LOOK = "look at command_prefix and slurm_bin_path of the profile"
NEVER_THERE = (
    "connect to host",
    "could not resolve hostname",
    "permission denied (",
    "host key verification failed",
)
"""What ssh says where nothing was run; the first may pass by itself."""


def check(line: CommandLine, finished: Finished) -> Finished:
    """Return a good result as it is; raise what sacctmgr said otherwise."""
    if error := failure(line, finished):
        raise error
    return finished


def failure(line: CommandLine, finished: Finished) -> SlurmctlError | None:
    """Return the error of a command that failed, if it did.

    An error that is said in spite of exit code 0 is noise beside what was read, unless slurmdbd
    did not answer a question; of a write it is not known then whether it was done.
    """
    complaint = COMPLAINT.search(finished.stderr)
    if finished.exit_code == 0:
        if line.changes and complaint:
            shown = printable(_one_line(complaint[0]), 300)
            return Unanswered(f"{line.what}: {line.argv[0]} said '{shown}'", UNKNOWN)
        if untold := UNTOLD.search(finished.stderr):
            return refusal(line.what, of_words(untold[0]), _one_line(finished.stderr))
        return None
    said = f"{_one_line(finished.stderr)} {_one_line(finished.stdout)}".strip()
    if did_nothing(finished):
        return None
    shown = _one_line(finished.stderr) or said or f"exit code {finished.exit_code}, not a word"
    return refusal(line.what, of_words(said), shown)


def did_nothing(finished: Finished) -> bool:
    """Tell whether sacctmgr says so: all is as asked already, or may not be changed."""
    said = f"{finished.stderr} {finished.stdout}".lower()
    return any(words in said for words in NOTHING_DONE)


COMPLAINT = re.compile(r"^(?:\w+: )?error: .*", re.MULTILINE)

GAPS = (word for reason in REASONS for word in reason.gaps)
UNTOLD = re.compile("|".join((r"\bDBD_(?!FINI)\w+ failure: ", *GAPS)), re.IGNORECASE)
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
    """Return the errors of jobs that scancel could not signal, by number: its exit code tells not.

    A job that has ended meanwhile is none.
    """
    failed = {}
    said = re.findall(r"error on job id (\S+): (.+)", finished.stderr)
    for id_, words in said:
        if not any(over in words for over in ENDED_ALREADY):
            failed[id_] = refusal(f"job '{id_}'", of_words(words), words)
            if failed[id_].hint == LEVEL_NEEDED:
                failed[id_].hint = CANCELLING
    if not said:
        check(line, finished)
    return failed


ENDED_ALREADY = ("already completing or completed", "Invalid job id")
"""What scancel says of jobs that are over, or gone."""


def states(finished: Finished) -> list[Json]:
    """Read squeue's numbers and states of jobs: as slurmrestd's records of them."""
    found: list[Json] = []
    lines = finished.stdout.splitlines()
    check_header("squeue", ("JOBID", "STATE"), lines[0].removesuffix("|") if lines else "")
    for line in lines[1:]:
        number, _, state = line.removesuffix("|").partition("|")
        if not (number.isdecimal() and state and line.endswith("|")):
            raise SlurmRefused(
                f"squeue printed '{printable(line)}' where number|state| of a job was asked"
            )
        found.append({"job_id": number, "state": [state]})
    return found


def _one_line(text: str) -> str:
    """Return the text in one line; of very much, where it begins and where it ends."""
    if len(text) > MOST_SAID:
        text = f"{text[: MOST_SAID // 2]} ... {text[-MOST_SAID // 2 :]}"
    return re.sub(r"\s+", " ", text).strip()


MOST_SAID = 10_000


def document(line: CommandLine, finished: Finished) -> Json:
    """Return the JSON that --json printed."""
    try:
        answer = json.loads(finished.stdout)
    except (ValueError, RecursionError) as error:
        check(line, finished)
        if finished.stdout.lstrip().startswith("{"):
            end = printable(finished.stdout.rstrip()[-40:])
            raise SlurmRefused(
                f"{line.argv[0]} --json printed JSON that cannot be read; it ends with '{end}'",
                f"nothing was taken from it; is {line.argv[0]} a wrapper that cuts its output off?",
            ) from error
        start = printable(finished.stdout[:80])
        raise Unsupported(
            f"{line.argv[0]} --json printed no JSON, but '{start}'",
            "the Slurm commands must be of release 23.11 or later",
        ) from error
    return answer if isinstance(answer, dict) else {}


def records(line: CommandLine, finished: Finished, key: str) -> list[Json]:
    """Return one list of a --json document."""
    check(line, finished)
    answer = document(line, finished)
    if errors := answer.get("errors"):
        said = json.dumps(errors)
        raise refusal(line.what, of_words(said), said)
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SlurmRefused(f"{line.what}: the JSON holds no list '{key}'")
    return found


def origin(answer: Json) -> Mapping[str, Json]:
    """Return what a document says of the Slurm that it comes from."""
    meta = answer.get("meta")
    slurm = meta.get("slurm") if isinstance(meta, dict) else None
    return slurm if isinstance(slurm, dict) else {}


def release(line: CommandLine, finished: Finished) -> str:
    """Read what --version prints: slurm 24.11.5, or slurm-wlm 24.11.5."""
    match = re.match(r"slurm\S* (\d+\.\d+\.\S+)\s*$", finished.stdout)
    if match is None:
        start = printable(finished.stdout[:80])
        raise Unsupported(
            f"{line.argv[0]} --version printed '{start}'", "is it the command of Slurm?"
        )
    return match[1]


def controller(finished: Finished) -> Controller:
    """Read `scontrol show config`, which slurmctld has written at that moment."""
    from slurmctl_rest.model.facts import Controller  # noqa: PLC0415  (doctor's alone)

    time = re.search(r"^Configuration data as of (\d+)$", finished.stdout, re.MULTILINE)
    told = dict(re.findall(r"^(\S+) *= (.*)$", finished.stdout, re.MULTILINE))
    if time is None or "SLURM_VERSION" not in told:
        raise SlurmRefused("scontrol show config: it does not say time and release")
    user = str(told.get("SlurmUser", "")).partition("(")[0]
    return Controller(int(time[1]), str(told["SLURM_VERSION"]).strip(), user)


def table(fields: Sequence[Field], text: str) -> list[dict[str, Value]]:
    """Read -p output whose columns are the fields, in their order; rows share equal values."""
    lines = _whole("sacctmgr", text.removesuffix("\n").split("\n") if text else ())
    check_header("sacctmgr", [field.column for field in fields], next(lines, ""))
    return [*Table("sacctmgr", fields).rows(lines)]


def check_header(program: str, columns: Sequence[str], line: str, mark: str = "|") -> None:
    """Raise SlurmRefused where the first line is not the header of these columns.

    A program that printed nothing and yet ended well would be taken for one that found nothing.
    """
    cells = line.split(mark)
    if cells[0].lower() != columns[0].lower() or len(cells) != len(columns):
        raise SlurmRefused(
            f"{program} printed '{printable(line)}' where a header of {len(columns)} columns was "
            f"expected: {columns[0]}, ...",
            "nothing was taken from what it printed; is it run through a wrapper?",
        )


def _whole(program: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without the mark that ends each; SlurmRefused for one that was cut."""
    for line in lines:
        if not line.endswith("|"):
            raise SlurmRefused(
                f"{program} printed a line that is cut off, without '|' at its end: "
                f"'{printable(line)}'",
                "nothing was taken from what it printed; is it run through a wrapper?",
            )
        yield line[:-1]


class Table:
    """Reads rows whose columns are the fields, in their order; rows share equal values."""

    def __init__(self, program: str, fields: Sequence[Field], mark: str = "|") -> None:
        """`mark` stands between columns."""
        self._program = program
        self._columns = [(field.name, _Column(program, field)) for field in fields]
        self._mark = mark

    def rows(self, lines: Iterable[str]) -> Iterator[dict[str, Value]]:
        """Yield a row a line; SlurmRefused for one that is none."""
        for line in lines:
            cells = line.split(self._mark)
            if len(cells) != len(self._columns):
                raise SlurmRefused(
                    f"{self._program} printed {len(cells)} columns where {len(self._columns)} were "
                    f"asked: '{printable(line)}'",
                    "nothing was taken from what it printed; is it run through a wrapper?",
                )
            texts = zip(self._columns, cells, strict=True)
            yield {name: column[cell] for (name, column), cell in texts}


class _Column(Remembered[str, Value]):
    """What the texts in a column mean: in most rows most of them are empty."""

    def __init__(self, program: str, field: Field) -> None:
        self.program = program
        self.field = field

    def __missing__(self, cell: str) -> Value:
        value = self[cell] = self._value(cell)
        return value

    def _value(self, cell: str) -> Value:
        try:
            return self.field.kind.read(cell)
        except ValueError as error:
            said = f"{self.program} printed for {self.field.column}: {error}"
            raise SlurmRefused(said) from error


T = TypeVar("T")


class Told(Generic[T]):
    """What one try of sacct tells, added up as it comes: there may be 100,000 runs of jobs.

    What cannot be read is kept until the end: sacct's own error explains it better.
    """

    def __init__(
        self,
        tally: T,
        add: Callable[[T, Sequence[str]], object],
        columns: Sequence[str],
        mark: str = "|",
        end: str = "\n",
    ) -> None:
        """`add` adds lines to the tally; `mark` ends a cell, and `end` a line."""
        self._tally = tally
        self._columns: Sequence[str] | None = columns
        self._mark = mark
        self._add = add
        self._end = end
        self._decode = codecs.getincrementaldecoder("utf-8")(ESCAPING).decode
        self._rest: list[str] = []
        self._edge = ""
        self._wrong: SlurmRefused | None = None

    def take(self, chunk: bytes) -> None:
        """Add the lines that have come whole."""
        whole, end, rest = (self._edge + self._decode(chunk)).rpartition(self._end)
        if end:
            self._read("".join((*self._rest, whole)))
            self._rest.clear()
        cut = max(len(rest) - len(self._end) + 1, 0)  # half of an end may have come
        self._rest.append(rest[:cut])
        self._edge = rest[cut:]

    def end(self) -> T:
        """Return the tally, of a try that was good; SlurmRefused where a line cannot be read."""
        last = "".join((*self._rest, self._edge, self._decode(b"", final=True)))
        if self._wrong is None and self._columns is not None:
            self._read(last)
        if self._wrong is not None:
            raise self._wrong
        if last:
            raise SlurmRefused(
                f"sacct printed a last line that is cut off: '{printable(last)}'",
                "nothing was taken from what it printed; is it run through a wrapper?",
            )
        return self._tally

    def _read(self, text: str) -> None:
        if self._wrong is None:
            try:
                lines = text.split(self._end)
                if self._columns is not None:
                    header = lines.pop(0).removesuffix(self._mark)
                    check_header("sacct", self._columns, header, self._mark)
                    self._columns = None
                self._add(self._tally, lines)
            except SlurmRefused as wrong:
                self._wrong = wrong


class Runs:
    """Reads sacct's runs of jobs: those that are meant, each once."""

    def __init__(self, accounts: Sequence[str] = (), jobs: Sequence[str] = ()) -> None:
        """Of these accounts and jobs; none named: of all."""
        self._accounts, self._jobs = frozenset(accounts), frozenset(jobs)
        self._seen: dict[str, int] = {}

    def read(self, lines: Iterable[str]) -> Iterator[Run]:
        """Yield the runs; SlurmRefused for one that comes again and is another."""
        for run in runs(lines):
            what = hash((run[:-1], frozenset(run.tres.items())))
            first = self._seen.get(run.number)
            if first is None and self._means(run):
                self._seen[run.number] = what
                yield run
            elif first not in {None, what}:
                raise twice(f"job '{run.job}' (run {run.number})")

    def _means(self, run: Run) -> bool:
        return (not self._accounts or run.account in self._accounts) and (
            not self._jobs or run.job in self._jobs
        )


def runs(lines: Iterable[str]) -> Iterator[Run]:
    """Read sacct's runs of jobs; SlurmRefused for a line that is none."""
    from slurmctl_rest.model.run import Run  # noqa: PLC0415  (only where it is needed)

    for line in _whole("sacct", filter(None, lines)):
        try:
            number, job, account, user, qos, partition, start, end, elapsed, tres = line.split("|")
        except ValueError as error:
            raise SlurmRefused(
                f"sacct printed {line.count('|') + 1} columns where {len(RUN_COLUMNS) + 1} "
                f"were asked: '{printable(line)}'"
            ) from error
        try:
            ran = int(elapsed)
            # What never ran has no times, and used nothing.
            begin, stop = (int(start), int(end)) if ran else (0, 0)
            counts = _counts(tres)
            account, user = intern(account), intern(user)  # hundreds of jobs bear the same
            yield Run(number, job, account, user, qos, partition, begin, stop, ran, counts)
        except ValueError as error:
            raise SlurmRefused(f"sacct printed for job {job}: {error}") from error


@lru_cache(maxsize=10_000)
def _counts(text: str) -> Mapping[str, int]:
    """Read sacct's counts of TRES: mem in MB, all others as they are."""
    parts = (part.partition("=") for part in text.split(",") if part)
    return {name: _count(name, number) for name, _, number in parts}


def _count(name: str, text: str) -> int:
    """Read one count exactly; ValueError where it is not whole."""
    numerator, denominator = tres_amount(name, text)
    count, rest = divmod(numerator, denominator)
    if rest:
        raise ValueError(f"'{name}={text}' is not whole" + (", in MB" if name == "mem" else ""))
    return count
