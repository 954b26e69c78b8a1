"""One run of the program: its options, its backend, and the road that every write takes."""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from slurmctl_rest.backends import (
    Backend,
    Command,
    Executor,
    Kill,
    Query,
    View,
    another_cluster,
    repeats,
)
from slurmctl_rest.backends.connect import accounting, connect
from slurmctl_rest.cli import interrupts, pager
from slurmctl_rest.cli.interrupts import Interrupts
from slurmctl_rest.cli.progress import Progress
from slurmctl_rest.errors import (
    Conflict,
    Interrupted,
    NotFound,
    PartlyDone,
    PermissionDenied,
    Refused,
    SlurmctlError,
    Unanswered,
    Unreachable,
    Unsupported,
    UsageError,
)
from slurmctl_rest.model import times
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import OWN_ROW
from slurmctl_rest.model.entities.job import ids, is_active
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Origin
from slurmctl_rest.model.kinds import Json, Tres, masked, parse_name, tres_name
from slurmctl_rest.model.reasons import JOBS_RUNNING
from slurmctl_rest.model.syntax import Column, Selection, Sentence
from slurmctl_rest.model.times import Zone
from slurmctl_rest.planning import (
    NAME_QOS,
    Outcome,
    RowChange,
    listed,
    new_coordinators,
    unknown_qos,
    unknown_user,
    with_known_tres,
)
from slurmctl_rest.render import FORMATS, Layout, Listing, dumped
from slurmctl_rest.render.styles import styled

if TYPE_CHECKING:
    from slurmctl_rest.backends.accounting import Accounting
    from slurmctl_rest.cli.turn import Turn
    from slurmctl_rest.config import Profile


PATIENCE, MOMENT = 60.0, 0.3
"""Seconds: how long cancelled jobs may take to end, and between two looks at them."""


TOGETHER = 100
"""Lines that are written at once: some 8 KB, as a file keeps back. PYTHONUNBUFFERED, which many
containers set, makes a system call of each write."""

MOST_SHOWN = 100
"""Changes that are shown before the question."""

MOST_ASKED = 3
"""Times that the question is repeated where the answer is neither yes nor no."""

NARROWEST = 20
"""Columns of a terminal that says it has fewer, or none."""


CHECK_FOR_JOBS = (
    "nothing was deleted; repeat when slurmctld answers, or delete with sacctmgr, where slurmdbd "
    "alone looks for jobs"
)
"""The remedy where a deletion cannot tell which jobs it would end."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the options that every command takes have said."""

    profile: str | None = None
    config: Path | None = None
    cluster: str | None = None
    immediate: bool = False
    dry_run: bool = False
    output: str = "table"
    columns: str | None = None
    header: bool = True
    quiet: bool = False
    readonly: bool = False
    verbose: bool = False
    timeout: float | None = None
    color: str = "auto"
    probing: bool = False
    """Whether to show what is there now: nothing is tried twice, and concerns are another's."""

    @property
    def as_json(self) -> bool:
        """Tell whether answers, changes and errors are JSON."""
        return self.output in {"json", "ndjson"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the jobs that are to be cancelled before it."""

    plan: Sequence[Outcome]
    jobs: Sequence[Row] = ()


class Session:
    """The world of one command. Commands read from it like sentences."""

    def __init__(self) -> None:
        """Nothing is read or sent before it is needed; the options come with the parsing."""
        self.options = Options()
        self.warnings: list[str] = []
        self.untold: SlurmctlError | None = None
        """Why the audit trail has no outcome of this write, if it has none."""
        self.interrupts = Interrupts()
        self.progress = Progress()
        self.interrupts.noted = self.progress.interrupted
        self.looks: list[tuple[Query, list[Row]]] = []
        """What was read of associations: what a write finds besides was not there before it."""
        self.outcomes: Sequence[Outcome] = ()
        """What has become of the write that was begun, as far as it is known."""
        self.turn: Turn | None = None
        """The write that is under way, with its lock."""

    def beside(self, **changes: str | None) -> Session:
        """Return a session with executors of its own on the same terminal, with other options."""
        other = Session()
        other.options = replace(self.options, **changes)  # type: ignore[arg-type]
        other.interrupts, other.progress = self.interrupts, self.progress
        return other

    @cached_property
    def named_profile(self) -> tuple[str, Profile]:
        """Return the profile with its name."""
        from slurmctl_rest.config import load_profile  # noqa: PLC0415

        return load_profile(self.options.profile, self.options.config)

    @cached_property
    def backend(self) -> Backend:
        """Return the executor that the profile names."""
        backend = connect(self.named_profile[1], self.options.timeout, self._waits)
        backend.log.listener = self.hear
        for concern in () if self.options.probing else backend.concerns():
            self.warn(concern)
        return backend

    @property
    def _waits(self) -> Sequence[float]:
        return () if self.options.probing else repeats.WAITS

    @cached_property
    def accounting(self) -> Accounting:
        """Return the executor of usage and raw usage, whatever the profile names."""
        accounting_ = accounting(self.named_profile[1], self.options.timeout, self._waits)
        accounting_.log.listener = self.hear
        return accounting_

    def hear(self, command: Command) -> None:
        """Note what is about to run; once interrupted, nothing more is written."""
        if self.interrupts.pending and command.writes:
            raise interrupts.not_sent()  # and another may still be under way
        self.interrupts.answered()
        if self.options.verbose:
            self._talk(f"+ {command}")
        if not self.options.quiet and _can_be_erased(sys.stderr):
            self.progress.stream = sys.stderr
        self.progress.columns = self.layout(sys.stderr).width
        self.progress.hear(command)

    @property
    def executor(self) -> str:
        """Return the executor's name, or nothing where none was asked yet."""
        if "accounting" in self.__dict__:
            return self.accounting.executor
        return self.backend.executor if "backend" in self.__dict__ else ""

    def close(self) -> None:
        """Let go of the lock and the backend, where there are any."""
        self.progress.end()
        self.end_turn()
        if "backend" in self.__dict__:
            self.backend.close()

    def end_turn(self) -> None:
        """Let the next writer in, where this one had a turn."""
        if self.turn is not None:
            self.turn.end()

    def cluster(
        self,
        selection: Selection = Selection(),  # noqa: B008 (frozen)
        of: Executor | None = None,
    ) -> str:
        """Return the cluster: of the tokens, of --cluster, or of the profile (`of`: who knows)."""
        conditions = selection.where.get("Cluster", ())
        if None in conditions:
            raise UsageError("cluster= names no cluster", "where cluster=NAME")
        named = {str(name) for name in conditions}
        if self.options.cluster is not None:
            named.add(_cluster_name(self.options.cluster))
        if len(named) > 1:
            raise UsageError(
                f"more than one cluster is named: {', '.join(sorted(named))}",
                "one command acts on one cluster",
            )
        return named.pop() if named else (of or self.backend).cluster()

    def cluster_of(self, sentences: Iterable[Sentence]) -> str:
        """Return the one cluster that all sentences mean."""
        named = [value for one in sentences for value in one.selection.where.get("Cluster", ())]
        where = {"Cluster": tuple(dict.fromkeys(named))}
        return self.cluster(Selection(where=where if named else {}))

    def cluster_of_jobs(self) -> str:
        """Return the cluster of the profile: slurmctld knows no other's jobs."""
        cluster = self.cluster()
        if wrong := another_cluster(self.backend.cluster(), cluster):
            raise wrong
        return cluster

    def zone(self, name: str | None) -> Zone:
        """Return the time zone of the site: of --tz, of the profile, or of this machine."""
        return times.zone(name or self.named_profile[1].time_zone)

    def read(self, entity: Entity, cluster: str, names: Iterable[str] = ()) -> list[Row]:
        """Read rows of own values."""
        return self.backend.read(Query(entity, cluster, tuple(names)))

    def accounts(self, cluster: str, names: Sequence[str] = (), view: View = View.OWN) -> list[Row]:
        """Read all accounts; NotFound where there is no such cluster.

        `names`: those of which alone something is wanted, and others are read where they matter:
        what these inherit from, or which name was meant.
        """
        if names and view is not View.OWN:
            found = self.backend.read(
                Query(ACCOUNT, cluster, tuple(dict.fromkeys(names)), view=view)
            )
            here = {row["Account"] for row in found if row["Cluster"] == cluster}
            if here >= {*names}:
                return found
        return on_a_cluster(self.backend.read(Query(ACCOUNT, cluster, view=view)), cluster)

    def associations(
        self,
        cluster: str,
        where: Mapping[str, Iterable[str]] = {},
        *,
        deleted: bool = False,
        lineage: bool = False,
    ) -> list[Row]:
        """Read associations and the own rows of all accounts; NotFound without such a cluster.

        `lineage`: of these all that matters are those from which the named ones inherit.
        """
        query = Query(ASSOCIATION, cluster, where=_tuples(where), deleted=deleted, lineage=lineage)
        rows = self.backend.read(query)
        if not deleted:
            self.looks.append((query, rows))
        return on_a_cluster(rows, cluster) if cluster else rows

    def parts(self, query: Query) -> Iterator[list[Row]]:
        """Read associations part by part; NotFound without such a cluster, before the first one."""
        parts = self.backend.parts(query)
        first = next(parts, [])
        if not first:
            of_root = {"Account": (ROOT,), "User": (OWN_ROW,)}
            on_a_cluster(self.backend.read(replace(query, where=of_root)), query.cluster)
        yield first
        yield from parts

    def warn(self, message: str) -> None:
        """Say something that is no error, once, on stderr and in `warnings` of JSON."""
        if message in self.warnings:
            return
        self.warnings.append(message)
        if self.options.output != "json":
            color = self.layout(sys.stderr).color
            self.say(f"slurmctl-rest: {styled('warning:', 'waiting', color=color)} {message}")

    def say(self, message: str) -> None:
        """Talk to a person, unless told to be quiet."""
        if not self.options.quiet:
            self._talk(message)

    def _talk(self, message: str) -> None:
        # A reader of stderr who has gone must not end a write in the middle.
        with self.progress.hidden(), suppress(OSError):
            print(masked(message), file=sys.stderr, flush=True)

    def meta(self, cluster: str, of: Executor | None = None) -> dict[str, Json]:
        """Return where JSON output comes from: the backend, or who else has answered."""
        executor = of or self.backend
        return {
            "profile": self.named_profile[0] or None,
            "cluster": cluster or None,
            "executor": executor.executor,
            "slurm": executor.release(),
        }

    def layout(self, stream: TextIO | None = None) -> Layout:
        """Return what a stream is: stdout, if it is not another one."""
        stream = stream or sys.stdout
        terminal = stream.isatty()
        size = shutil.get_terminal_size(_size(stream) if terminal else (80, 24))
        return Layout(
            terminal=terminal,
            color=has_color(stream, self.options.color),
            width=max(size.columns, NARROWEST),
            height=size.lines,
            header=self.options.header,
            ascii=not (stream.encoding or "utf-8").lower().startswith("utf"),
        )

    @property
    def tells_origins(self) -> bool:
        """Tell whether a table shows which limits are inherited: by a colour."""
        return self.options.output == "table" and self.layout().color

    def show(
        self,
        entity: Entity,
        rows: Iterable[Row],
        columns: Sequence[Column] = (),
        inherited: Iterable[Mapping[str, Origin]] = (),
        cluster: str = "",
    ) -> None:
        """Print rows in the format asked for; `inherited` runs parallel to them."""
        listing = Listing(
            entity=entity,
            rows=rows,
            columns=columns or [Column(entity[name]) for name in entity.columns],
            inherited=inherited,
            meta=partial(self.meta, cluster),
            warnings=self.warnings,
            chosen=bool(columns),
        )
        self.put(listing)

    def put(self, listing: Listing) -> None:
        """Print a listing in the format asked for."""
        self.print(FORMATS[self.options.output](listing, self.layout()))

    def print(self, lines: Iterable[str]) -> None:
        """Print rows as they come; what is for people, and longer than their terminal, is paged."""
        layout = self.layout()
        if layout.terminal and self.options.output == "table":
            whole = list(lines)
            self.progress.end()
            pager.show(whole, layout.width, layout.height)
            return
        some: list[str] = []
        try:
            for line in lines:
                some.append(line)
                if len(some) >= TOGETHER:
                    self._write(some)
        finally:  # what came before an error is shown
            self._write(some)

    def _write(self, lines: list[str]) -> None:
        """Write the lines, and forget them."""
        if lines:
            self.progress.silent = True  # of what is still read: it would stand among the rows
            self.progress.end()
            whole = "\n".join(lines)
            lines.clear()
            sys.stdout.write(f"{whole}\n")

    def guard_write(
        self,
        selection: Selection,
        *,
        everything: bool = False,
        hint: str = "name objects, or a condition (where cluster=NAME), or say --all",
    ) -> None:
        """Refuse a write that must not begin: nothing named, readonly, or nobody to ask."""
        if self.options.readonly:
            raise Refused("this is a write, and --readonly is given")
        if not selection and not everything:
            raise Refused("nothing is named, and a write never acts on everything by itself", hint)
        if not (self.options.immediate or self.options.dry_run or _can_ask()):
            raise Refused(
                "there is no terminal to confirm this write on",
                "add -i to carry it out, or --dry-run to see it",
            )

    def active_jobs(
        self, doomed: Sequence[Row], cluster: str, *, required: bool = False
    ) -> list[Row]:
        """Read the active jobs of the accounts whose associations are to go.

        Where nobody can say which jobs are active, nothing may be deleted: Unreachable.
        `required`: they are to be cancelled, so that slurmctld must be the cluster's own.
        """
        accounts = sorted({str(row["Account"]) for row in doomed if row["User"] is not None})
        if not accounts or cluster != self.backend.cluster():
            return []  # slurmctld knows its own cluster only; slurmdbd looks once more in any case
        try:
            return [job for job in self.backend.jobs(accounts) if is_active(job)]
        except (PermissionDenied, Interrupted):
            raise
        except SlurmctlError as error:
            if isinstance(error, Unsupported) and error.other_cluster:
                if required:
                    raise
                return []
            raise Unreachable(
                f"could not check for active jobs: {error.message}",
                CHECK_FOR_JOBS,
                retryable=error.retryable,
                sent=False,
                http_status=error.http_status,
                slurm_errno=error.slurm_errno,
            ) from error

    def check_unix_users(self, names: Sequence[str], *, required: bool) -> list[str]:
        """Return the names that no passwd database knows, if they must be known; else warn."""
        if not names:
            return []
        if not self.backend.knows_unix_users():
            unchecked = f"it was not checked whether {listed(names)} can log in"
            if required:
                raise Unsupported(
                    f"{unchecked}: Slurm may run on another machine than this one",
                    'leave out --require-unix-user, or use a profile with execution_mode = "cli" '
                    "and without command_prefix, on a machine of the cluster",
                )
            self.warn(f"{unchecked}: Slurm may run on another machine than this one")
            return []
        unknown = [name for name in names if not _is_unix_user(name)]
        if unknown and not required:
            self.warn(f"no passwd database here knows {listed(unknown)}")
        return unknown if required else []

    def checked(self, sentences: Sequence[Sentence], cluster: str) -> list[Sentence]:
        """Return the sentences; a TRES, a QOS or a user who does not exist is refused."""
        all_ = [assignment for sentence in sentences for assignment in sentence.assignments]
        tres: list[str] | None = None
        if any(isinstance(a.field.kind, Tres) and a.value for a in all_):
            tres = [
                tres_name(str(row["Type"]), str(row["Name"] or ""))
                for row in self.read(TRES_TYPE, cluster)
                if row["Type"] != PLACEHOLDER
            ]
        qos: list[str] = []
        if any(a.field.name in NAME_QOS and a.value for a in all_):
            qos = [str(row["Name"]) for row in self.read(QOS, cluster)]
        users: set[str] = set()
        if coming := dict.fromkeys(new_coordinators(all_)):
            users = {str(row["User"]) for row in self.read(USER, cluster, coming)}
        return [_checked(sentence, tres, qos, users) for sentence in sentences]

    def carry_out(self, make: Callable[[], Planned], cluster: str) -> None:
        """Plan, show, confirm, write, read back, compare and report; raise if any of it failed.

        `make` reads, and makes the plan. Where nobody is asked, no other writer on this machine
        comes between that and the read-back. Where somebody is, the lock is not held meanwhile, and
        the rows are read once more.
        """
        from slurmctl_rest.cli.turn import Turn  # noqa: PLC0415  (only for writes)

        self.turn = turn = Turn(self, cluster)
        alone = self.options.immediate and not self.options.dry_run
        if alone:
            turn.begin()
        planned = make()
        if alone and turn.is_stale(planned.plan):
            self.looks.clear()  # what came between the two plans is no surprise to the second one
            planned = make()
        jobs = planned.jobs
        plan = [Outcome(o.change, o.error or self.backend.refusal(o.change)) for o in planned.plan]
        to_do = [outcome.change for outcome in plan if outcome.error is None]
        commands: Sequence[Command] = self.backend.preview(to_do)
        self._warn_of_losses(to_do)
        if jobs and commands:
            commands = [*self.backend.cancelling(Kill(ids(jobs))), *commands]
            self._warn_of_jobs(jobs)

        def confirmed() -> None:
            if not alone:
                turn.begin()
                if moved := turn.moved(plan):
                    raise moved

        def act() -> list[Outcome]:
            if jobs:
                self._cancel(jobs)
            return turn.settled(self._written(plan, cluster, patient=bool(jobs)))

        self.perform(plan, commands, act, cluster, confirmed=confirmed)

    def _warn_of_losses(self, changes: Iterable[RowChange]) -> None:
        for change in changes:
            if change.to_do and (caution := self.backend.caution(change)):
                self.warn(caution)

    def _warn_of_jobs(self, jobs: Sequence[Row]) -> None:
        count = "1 active job" if len(jobs) == 1 else f"{len(jobs)} active jobs"
        shall = "would be" if self.options.dry_run else "is" if len(jobs) == 1 else "are"
        self.warn(f"{count} {shall} cancelled first: {_numbers(jobs)}")

    def perform(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[Command],
        act: Callable[[], list[Outcome]],
        cluster: str,
        of: Executor | None = None,
        question: str = "Carry this out?",
        confirmed: Callable[[], None] = lambda: None,
    ) -> None:
        """Show and confirm a plan, `act`, and report; raise if any of it failed.

        `preview` is what would run: nothing of it, and there is nothing to do. `of` is who acts,
        where that is not the backend. `confirmed` is called before anything is sent or recorded.
        """
        if self.options.dry_run:
            outcomes, commands = list(plan), preview
        else:
            if preview and not self._confirmed(plan, question):
                self.say("nothing was changed")
                return
            outcomes = list(plan)
            if preview:
                confirmed()
                with self.interrupts.held():
                    outcomes = self._audited(plan, preview, act, cluster, of)
            commands = (of or self.backend).log
        self.end_turn()  # who reads our output may take their time
        pending = self.interrupts.pending
        unwritten: OSError | None = None
        if pending or not outcomes or any(outcome.error is None for outcome in outcomes):
            try:
                self._report(outcomes, commands, cluster, of)
                sys.stdout.flush()
            except OSError as error:  # what came of the write is the graver news
                unwritten = error
        if pending:
            raise interrupts.told(outcomes)
        _raise_failures(outcomes)
        if self.untold is not None:
            raise self.untold
        if unwritten is not None:
            raise unwritten

    def _audited(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[Command],
        act: Callable[[], list[Outcome]],
        cluster: str,
        of: Executor | None,
    ) -> list[Outcome]:
        """Act between two records of the audit trail, where the profile has one."""
        from slurmctl_rest import audit  # noqa: PLC0415  (only for writes)

        executor = of or self.backend
        trail = audit.trail(*self.named_profile, cluster, executor.executor)
        if trail is None:
            return self._done(plan, preview, act)
        self.outcomes = [Outcome(o.change, o.error or interrupts.not_sent()) for o in plan]
        with self.interrupts.recording():
            trail.begin(plan, preview)
        before = len(executor.log)
        try:
            return self._done(plan, preview, act)
        finally:
            with self.interrupts.recording():
                self.untold = trail.end(self.outcomes, executor.log[before:])
            if self.untold is not None:
                self.warn(self.untold.message)

    def _done(
        self,
        plan: Sequence[Outcome],
        preview: Sequence[Command],
        act: Callable[[], list[Outcome]],
    ) -> list[Outcome]:
        """Act, and keep what came of it; an interruption waits for what is under way."""
        self.progress.writes = len(preview)
        unknown = Interrupted("interrupted; not known", sent=True)
        self.outcomes = [Outcome(o.change, o.error or unknown) for o in plan]
        try:
            outcomes = act()
            self.outcomes = outcomes
        except SlurmctlError as error:
            self.outcomes = [Outcome(o.change, o.error or error) for o in plan]
            raise
        finally:
            if self.interrupts.pending and sys.stderr.isatty():
                self._talk("")  # the terminal has written ^C
        return outcomes

    def interruption(self) -> Interrupted:
        """Return the error of a run that was ended at once: what is known of its write."""
        if not self.outcomes:
            return Interrupted(interrupts.NOTHING)
        return interrupts.told(self.outcomes)

    def _cancel(self, jobs: Sequence[Row]) -> None:
        """Cancel the jobs and wait until none of them is active."""
        for refused in self.backend.cancel(Kill(ids(jobs))).values():
            raise refused
        accounts = sorted({str(job["Account"]) for job in jobs})
        numbers = {job["JobIDRaw"] for job in jobs}
        end = time.monotonic() + PATIENCE
        nothing = "nothing was deleted"
        while left := [
            job
            for job in self.backend.jobs(accounts)
            if job["JobIDRaw"] in numbers and is_active(job)
        ]:
            if self.interrupts.pending:
                break
            if time.monotonic() > end:
                raise Conflict(
                    f"still active {PATIENCE:.0f} s after they were cancelled: jobs "
                    f"{_numbers(left)}",
                    f"{nothing}; look at these jobs, and repeat",
                )
            time.sleep(MOMENT)
        if self.interrupts.pending:
            raise Interrupted(f"interrupted; jobs {_numbers(jobs)} were cancelled, {nothing}")

    def _confirmed(self, plan: Sequence[Outcome], question: str) -> bool:
        if self.options.immediate:
            return True
        from slurmctl_rest.render import changes  # noqa: PLC0415  (only for writes)

        self.progress.end()
        layout = self.layout(sys.stderr)
        for outcome in plan[:MOST_SHOWN]:
            for line in changes.proposal(outcome, layout):
                print(line, file=sys.stderr)
        if len(plan) > MOST_SHOWN:
            print(f"... and {len(plan) - MOST_SHOWN} more", file=sys.stderr)
        for _ in range(MOST_ASKED):
            print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
            answer = ""
            with suppress(OSError):  # the terminal is gone, and nobody has said yes
                _wait_for(sys.stdin)
                answer = sys.stdin.readline()
            if not answer:  # Ctrl-D leaves the cursor behind the question
                print(file=sys.stderr)
            if (word := answer.strip().lower()) in ANSWERS:
                return ANSWERS[word]
            print("Please answer y or n.", file=sys.stderr)
        return False

    def _written(self, plan: Sequence[Outcome], cluster: str, *, patient: bool) -> list[Outcome]:
        """Write, read back and compare: an outcome is good when Slurm shows it, not before."""
        from slurmctl_rest.cli import verify  # noqa: PLC0415  (only for writes)

        sent = self.backend.write([o.change for o in plan if o.error is None])
        end = time.monotonic() + PATIENCE
        # slurmdbd hears of the end of a job a little later than slurmctld.
        while patient and any(_is_early(o) for o in sent) and time.monotonic() < end:
            if self.interrupts.pending:
                break
            time.sleep(MOMENT)
            again = [outcome.change for outcome in sent if _is_early(outcome)]
            anew = {id(outcome.change): outcome for outcome in self.backend.write(again)}
            sent = [anew.get(id(outcome.change), outcome) for outcome in sent]
        errors = {id(o.change): o.error for o in sent}
        outcomes = [Outcome(o.change, o.error or errors.get(id(o.change))) for o in plan]
        try:
            looked_for = [o.change for o in sent if o.error is None or o.error.sent]
            verification = verify.Verification(
                self.backend, cluster, self._waits, self.interrupts, self.looks
            )
            verified, notices = verification.verified(outcomes, looked_for)
        except SlurmctlError as error:
            return verify.unread(outcomes, error)
        # What hangs on a failed change may be gone all the same: with another one, from above.
        for notice in notices:
            self.warn(notice)
        failed = {o.change.name for o in verified if o.error is not None}
        return [o for o in verified if o.change.implied_by not in failed or o.error is None]

    def _report(
        self,
        outcomes: Sequence[Outcome],
        commands: Sequence[Command],
        cluster: str,
        of: Executor | None,
    ) -> None:
        from slurmctl_rest.render import changes  # noqa: PLC0415  (only for writes)

        self.progress.end()
        layout = self.layout()
        report = changes.Report(
            outcomes=outcomes,
            commands=commands,
            dry_run=self.options.dry_run,
            meta=self.meta(cluster, of) if self.options.as_json else {},
            warnings=self.warnings,
        )
        if self.options.as_json:
            indent = 2 if self.options.output == "json" else None
            print(dumped(changes.as_json(report), indent=indent, ascii_=layout.ascii))
        elif not self.options.quiet:
            for line in changes.text(report, layout):
                print(line)


def _checked(
    sentence: Sentence, tres: Sequence[str] | None, qos: Sequence[str], users: Set[str]
) -> Sentence:
    """Return the sentence with TRES as they are spelled; raise for what is none of the known."""
    assignments = sentence.assignments
    try:
        if tres is not None:
            assignments = with_known_tres(assignments, tres)
        missing = unknown_qos(assignments, qos)
        missing = missing or unknown_user(new_coordinators(assignments), users)
        if missing:
            raise missing
    except (UsageError, NotFound) as error:
        raise sentence.located(error) from None
    return replace(sentence, assignments=assignments)


def _raise_failures(outcomes: Sequence[Outcome]) -> None:
    """Raise the one error, or PartlyDone with all of them where some were done."""
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    asked = [o for o in outcomes if not o.change.implied_by and not o.change.unasked]
    messages = _joined(list(dict.fromkeys(error.message for error in failed)))
    ours = sum(o.error is not None and not o.change.unasked for o in outcomes)
    if 0 < ours < len(asked):
        raise PartlyDone(f"{ours} of {len(asked)} failed: {messages}", failed[0].hint)
    if len({error.message for error in failed}) == 1:
        raise failed[0]
    raise _of_all(failed, messages)


def _joined(messages: Sequence[str]) -> str:
    more = f"; and {len(messages) - MOST_TOLD} more (--json tells each)"
    return "; ".join(messages[:MOST_TOLD]) + (more if len(messages) > MOST_TOLD else "")


MOST_TOLD = 50
"""Different errors in one line."""


def _of_all(failed: Sequence[SlurmctlError], messages: str) -> SlurmctlError:
    """Return one error in the place of several: it may be repeated if all of them may be.

    Whether a write was done is the gravest: what is not known of one is not known of all.
    """
    first = next((error for error in failed if isinstance(error, Unanswered)), failed[0])
    together = type(first)(messages, first.hint)
    together.retryable = all(error.retryable for error in failed)
    together.http_status, together.slurm_errno = first.http_status, first.slurm_errno
    return together


def on_a_cluster(rows: list[Row], cluster: str) -> list[Row]:
    """Return the rows of a cluster that exists: it has an account root."""
    if not any(row["Account"] == ROOT and row["Cluster"] == cluster for row in rows):
        raise NotFound(
            f"cluster '{cluster}' does not exist",
            "look at cluster_name of the profile, or --cluster",
        )
    return rows


def _is_early(outcome: Outcome) -> bool:
    """Tell whether a removal failed because slurmdbd takes a cancelled job for active."""
    error = outcome.error
    return isinstance(error, Conflict) and JOBS_RUNNING in error.message


def _tuples(where: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(dict.fromkeys(values)) for name, values in where.items()}


def _numbers(jobs: Sequence[Row]) -> str:
    return ", ".join(ids(jobs))


def _is_unix_user(name: str) -> bool:
    import pwd  # noqa: PLC0415  (only where it is needed)

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _wait_for(stream: TextIO) -> None:
    """Wait for a line, also where another program has set the terminal to O_NONBLOCK."""
    with suppress(OSError, ValueError):  # no file, in tests
        select.select([stream.fileno()], [], [])


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _cluster_name(text: str) -> str:
    try:
        return parse_name(text)
    except ValueError as error:
        raise UsageError(f"--cluster: {error}") from error


ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}
"""What may be said to the question; anything else is asked again."""


def has_color(stream: TextIO, asked: str) -> bool:
    """Tell whether what goes to the stream is coloured; `asked` is the word of --color."""
    auto = _can_be_erased(stream) and not os.environ.get("NO_COLOR")
    return {"always": True, "never": False}.get(asked, auto)


def _size(stream: TextIO) -> tuple[int, int]:
    """Return columns and lines of a terminal."""
    try:
        return os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return (80, 24)


def _can_be_erased(stream: TextIO) -> bool:
    """Tell whether the stream is a terminal that knows more than letters."""
    return stream.isatty() and not pager.is_dumb(os.environ)
