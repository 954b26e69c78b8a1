"""Pure parsers of what sacctmgr, sacct and scontrol print: rows, or one of our errors."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from slurmctl_rest.backends.commands.argv import RUN_COLUMNS
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished, check_finished
from slurmctl_rest.backends.judged import twice
from slurmctl_rest.cache import BoundedCache
from slurmctl_rest.errors import (
    NOT_PRINTED_WHOLE,
    SlurmRefused,
    Unsupported,
)
from slurmctl_rest.model.fields import Field
from slurmctl_rest.model.kinds.base import Json, Value
from slurmctl_rest.model.kinds.tres import tres_amount
from slurmctl_rest.model.reasons import NEEDS_JSON, of_words, slurm_refused
from slurmctl_rest.model.text import ESCAPING, printable

if TYPE_CHECKING:
    from slurmctl_rest.model.facts import Controller
    from slurmctl_rest.model.run import Run


def parse_states(finished: Finished) -> list[Json]:
    """Read squeue's numbers and states of jobs: as slurmrestd's records of them."""
    found: list[Json] = []
    lines = finished.stdout.splitlines()
    check_header("squeue", ("JOBID", "STATE"), lines[0].removesuffix("|") if lines else "")
    for line in lines[1:]:
        number, _, state = line.removesuffix("|").partition("|")
        if not (number.isdecimal() and state and line.endswith("|")):
            raise SlurmRefused(
                f"squeue printed '{printable(line)}' instead of a job's number|state|",
                NOT_PRINTED_WHOLE,
            )
        found.append({"job_id": number, "state": [state]})
    return found


def document(line: CommandLine, finished: Finished) -> Json:
    """Return the JSON that --json printed."""
    try:
        answer = json.loads(finished.stdout)
    except (ValueError, RecursionError) as error:
        check_finished(line, finished)
        if finished.stdout.lstrip().startswith("{"):
            end = printable(finished.stdout.rstrip()[-40:])
            raise SlurmRefused(
                f"{line.argv[0]} --json printed invalid JSON, which ends with '{end}'",
                NOT_PRINTED_WHOLE,
            ) from error
        start = printable(finished.stdout[:80])
        raise Unsupported(
            f"{line.argv[0]} --json printed '{start}' instead of JSON",
            NEEDS_JSON,
        ) from error
    return answer if isinstance(answer, dict) else {}


def records(line: CommandLine, finished: Finished, key: str) -> list[Json]:
    """Return one list of a --json document."""
    check_finished(line, finished)
    answer = document(line, finished)
    if errors := answer.get("errors"):
        said = json.dumps(errors)
        raise slurm_refused(line.what, of_words(said), said)
    found = answer.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SlurmRefused(f"{line.what}: its JSON has no list '{key}'")
    return found


def origin(answer: Json) -> Mapping[str, Json]:
    """Return what a document says of the Slurm that it comes from."""
    meta = answer.get("meta")
    slurm = meta.get("slurm") if isinstance(meta, dict) else None
    return slurm if isinstance(slurm, dict) else {}


def parse_release(line: CommandLine, finished: Finished) -> str:
    """Read what --version prints: slurm 24.11.5, or slurm-wlm 24.11.5."""
    match = re.match(r"slurm\S* (\d+\.\d+\.\S+)\s*$", finished.stdout)
    if match is None:
        start = printable(finished.stdout[:80])
        raise Unsupported(
            f"{line.argv[0]} --version printed '{start}'", "check that it is Slurm's own command"
        )
    return match[1]


def controller(finished: Finished) -> Controller:
    """Read `scontrol show config`, which slurmctld has written at that moment."""
    from slurmctl_rest.model.facts import SETTINGS_OF_LIMITS, Controller  # noqa: PLC0415  (doctor's alone)

    time = re.search(r"^Configuration data as of (\d+)$", finished.stdout, re.MULTILINE)
    told = dict(re.findall(r"^(\S+) *= (.*)$", finished.stdout, re.MULTILINE))
    if time is None or "SLURM_VERSION" not in told:
        raise SlurmRefused("scontrol show config reports no time or no release")
    # scontrol prints `slurm(64030)`.
    user = str(told.get("SlurmUser", "")).partition("(")[0]
    settings = {name: told[name].strip() for name in SETTINGS_OF_LIMITS & told.keys()}
    return Controller(int(time[1]), str(told["SLURM_VERSION"]).strip(), user, settings=settings)


def table(fields: Sequence[Field], text: str) -> list[dict[str, Value]]:
    """Read -p output whose columns are the fields, in their order; rows share equal values."""
    # Not splitlines(), which ends lines at more characters than a newline.
    lines = whole_cell("sacctmgr", text.removesuffix("\n").split("\n") if text else ())
    check_header("sacctmgr", [field.column for field in fields], next(lines, ""))
    return [*ParsableTable("sacctmgr", fields).rows(lines)]


def check_header(program: str, columns: Sequence[str], line: str, mark: str = "|") -> None:
    """Raise SlurmRefused where the first line is not the header of these columns.

    A sacctmgr that prints nothing exits with 0 in some wrappers, and would be taken for one
    that found nothing.
    """
    cells = line.split(mark)
    if cells[0].lower() != columns[0].lower() or len(cells) != len(columns):
        raise SlurmRefused(
            f"{program} printed '{printable(line)}' instead of a header with {len(columns)} "
            "columns: "
            f"{columns[0]}, ...",
            NOT_PRINTED_WHOLE,
        )


def whole_cell(program: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without the mark that ends each; SlurmRefused for one that was cut."""
    for line in lines:
        if not line.endswith("|"):
            raise SlurmRefused(
                f"{program} printed an incomplete line, without '|' at its end: "
                f"'{printable(line)}'",
                NOT_PRINTED_WHOLE,
            )
        yield line[:-1]


class ParsableTable:
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
                    f"{self._program} printed {len(cells)} columns instead of "
                    f"{len(self._columns)}: '{printable(line)}'",
                    NOT_PRINTED_WHOLE,
                )
            texts = zip(self._columns, cells, strict=True)
            yield {name: column[cell] for (name, column), cell in texts}


class _Column(BoundedCache[str, Value]):
    """Values of the texts in a column: in most rows most of them are empty."""

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
T_co = TypeVar("T_co", covariant=True)


class Streamed(Protocol[T_co]):
    """What reads an answer while it is printed."""

    def take(self, chunk: bytes) -> None:
        """Read what has come."""

    def end(self) -> T_co:
        """Return what came of it; SlurmRefused where it cannot be read."""


class StreamedOutput(Generic[T]):
    """The output of one try of sacct, added up as it comes: there may be 100,000 runs of jobs.

    It counts only if sacct ends well (`CommandRunner.told`). An error in a line is raised at the
    end: sacct's own error explains it better.
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
        # Incremental: a character of several bytes may be cut between two pieces of the pipe.
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
        # Pieces are joined once a line is whole: adding to one text would copy it for each piece.
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
                f"sacct printed an incomplete last line: '{printable(last)}'",
                NOT_PRINTED_WHOLE,
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
        for run in parse_runs(lines):
            # A hash instead of the run: of 100,000 runs all would be held until the end.
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


def parse_runs(lines: Iterable[str]) -> Iterator[Run]:
    """Read sacct's runs of jobs; SlurmRefused for a line that is none."""
    from slurmctl_rest.model.run import Run  # noqa: PLC0415  (only where it is needed)

    for line in whole_cell("sacct", filter(None, lines)):
        try:
            number, job, account, user, qos, partition, start, end, elapsed, tres = line.split("|")
        except ValueError as error:
            raise SlurmRefused(
                f"sacct printed {line.count('|') + 1} columns instead of "
                f"{len(RUN_COLUMNS) + 1}: '{printable(line)}'"
            ) from error
        try:
            ran = int(elapsed)
            # A job that never ran has no times, and used nothing.
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
    """Read one count; ValueError if it is not whole: usage sums whole numbers exactly."""
    numerator, denominator = tres_amount(name, text)
    count, rest = divmod(numerator, denominator)
    if rest:
        raise ValueError(
            f"'{name}={text}' is not a whole number" + (" of MB" if name == "mem" else "")
        )
    return count
