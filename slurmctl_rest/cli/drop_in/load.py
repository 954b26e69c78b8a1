"""`load` of the voice `sacctmgr` over REST: a file of a cluster, checked whole before a write."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from slurmctl_rest.cli import load_changes
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.dump import user_wckeys
from slurmctl_rest.cli.drop_in.writing import in_turns, others_have_written, write_planned
from slurmctl_rest.cli.guarding import refuse_beyond
from slurmctl_rest.cli.load_reading import FileReading
from slurmctl_rest.cli.turn import Turn
from slurmctl_rest.cli.write import Planned
from slurmctl_rest.errors import NEEDS_COMMANDS, SlurmctlError, Unsupported
from slurmctl_rest.planning.steps import PlanSteps
from slurmctl_rest.sacctmgr import load_file, load_words
from slurmctl_rest.sacctmgr import load_texts as texts
from slurmctl_rest.sacctmgr import plan as plans
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import Loading
from slurmctl_rest.sacctmgr.load_words import LoadRequest
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import FAILED, LineRefused, Reply, as_lines
from slurmctl_rest.sacctmgr.tokens import is_old

MICROSECONDS = 10**6


def file_loaded(context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Answer `load FILE [clean] [cluster=NAME]`: all of the file, or nothing of it."""
    asked = load_words.read_load(words, old=is_old(context.backend.release()))
    if not asked.file:
        return Reply("", as_lines(*asked.complaints, load_words.NO_FILE_NAMED), FAILED)
    try:
        text = Path(asked.file).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        said = load_words.UNREADABLE.format(words[0], error.strerror)
        return Reply("", as_lines(*asked.complaints, said), FAILED)
    if asked.records:
        raise Unsupported(f"clean={asked.records} is not possible over REST", NEEDS_COMMANDS)
    return _Load(context, options, asked, text).answered()


class _Load:
    """One load: what it says, in sacctmgr's order, and what it asks."""

    def __init__(
        self, context: Context, options: LineOptions, asked: LoadRequest, text: str
    ) -> None:
        self.context = context
        self.options = options
        self.asked = asked
        self.text = text
        self.stdout = ""
        self.stderr = as_lines(*asked.complaints)
        self.cluster = asked.cluster or load_file.cluster_named_in(text)
        self.asks = not (options.immediate or options.dry_run)

    def answered(self) -> Reply:
        if self.asks or self.options.dry_run:
            return self._answered({})
        with in_turns(self.context, [self.cluster]) as turns:
            return self._answered(turns)

    def _answered(self, turns: Mapping[str, Turn]) -> Reply:
        """Read, say, ask and write; `turns`: those that it has already, where nobody is asked."""
        loading, wrong = self._read()
        asks = self.asks
        cleans = asks and loading.clean and loading.cluster_line
        if cleans and not question.answered_yes(texts.CLEAN):
            return Reply(as_lines("Aborted", texts.NOTHING_ADDED_NEW), self.stderr)
        self.stdout += loading.qos_said
        asks_qos = asks and bool(loading.qos.changes) and wrong is None
        qos = not asks_qos or self._agreed()
        if asks_qos:
            self.stdout = "" if qos else as_lines(CHANGES_DISCARDED)
        self.stdout += as_lines(*loading.said)
        if wrong is not None:
            return self._failed(loading, wrong)
        self.stdout += self._tables(loading)
        changes = self._changes(loading, qos=qos)
        if loading.asked:
            self._done()
        else:
            self.stdout += as_lines(texts.NOTHING_ADDED_NEW)
        if self.options.dry_run:
            return Reply(self.stdout + self._requests(changes), self.stderr)
        if not asks:
            self._carry_out(loading, changes, turns)
            return Reply(self.stdout, self.stderr)
        agreed = not loading.asked or self._agreed()
        if not agreed:
            changes = load_changes.qos_changes(loading) if qos else PlanSteps()
        with in_turns(self.context, [self.cluster]) as now:
            self._check_again(loading)
            self._carry_out(loading, changes, now)
        left = self.stdout if not loading.asked else ""
        return Reply(left if agreed else as_lines(CHANGES_DISCARDED), self.stderr)

    def _agreed(self) -> bool:
        sys.stdout.write(self.stdout)
        return question.answered_yes()

    def _read(self) -> tuple[Loading, FileError | None]:
        """Read the file against what there is now; return what is wrong with it, too."""
        reading = FileReading(self.context, _kept(self.context, self.cluster))
        loading = Loading(
            reading.present(self.cluster),
            wanted=self.asked.cluster,
            clean=self.asked.clean,
            broken=bool(self.asked.complaints),
            options=self.options,
        )
        try:
            for line in load_file.file_lines(self.text):
                loading.read(line)
        except FileError as error:
            return loading, error
        if loading.left:
            raise Unsupported(loading.left[0] + " over REST", NEEDS_COMMANDS)
        return loading, None

    def _failed(self, loading: Loading, wrong: FileError) -> Reply:
        """Say what is wrong; nothing is written, whatever came before it."""
        self.stdout += as_lines(*wrong.out)
        self.stderr += as_lines(*wrong.lines)
        if wrong.is_fatal:
            return Reply(self.stdout, self.stderr, FAILED)
        if wrong.is_mild:
            self.stdout += as_lines(texts.NOTHING_ADDED_NEW)
            return Reply(self.stdout, self.stderr, FAILED)
        if loading.asked:
            self._done()
        self.stderr += as_lines(texts.PROBLEM_WITH_REQUESTS.format(texts.UNSPECIFIED))
        return Reply(self.stdout, self.stderr, FAILED)

    def _done(self) -> None:
        took = time.monotonic() - STARTED
        self.stderr += as_lines(texts.DONE_ADDING.format(int(took * MICROSECONDS)))

    def _tables(self, loading: Loading) -> str:
        said, options = "", self.options
        if loading.new_accounts:
            said += texts.account_table(
                [loading.accounts[one] for one in loading.new_accounts], options
            )
        of_accounts, of_users = load_changes.new_associations(loading)
        if of_accounts:
            said += as_lines("Account Associations")
            said += texts.association_table(of_accounts, options, of_users=False)
        if loading.new_users:
            said += texts.user_table(loading.new_users, options)
        if of_users:
            said += as_lines("User Associations")
            said += texts.association_table(of_users, options, of_users=True)
        return said

    def _changes(self, loading: Loading, *, qos: bool) -> PlanSteps:
        """Return the changes; raise LineRefused for what Slurm would refuse."""
        try:
            found = load_changes.file_changes(loading, qos=qos, marks=True)
        except FileError as error:
            raise LineRefused(self.stderr + as_lines(*error.lines), self.stdout) from error
        if who := load_changes.losing_default_qos(loading):
            refused = plans.denied_default_qos("", who, old=True).failed
            raise LineRefused(self.stderr + refused, self.stdout)
        for outcome in found.plan:
            if outcome.change.needs_write and (
                why := self.context.backend.unsupported_reason(outcome.change)
            ):
                raise why
        return found

    def _requests(self, changes: PlanSteps) -> str:
        return as_lines(
            *(
                str(command)
                for step in changes.steps
                for command in self.context.backend.preview([part for part, _ in step])
            )
        )

    def _check_again(self, loading: Loading) -> None:
        """Raise Conflict where others have written while somebody was asked."""
        self.context.looks.clear()
        now, wrong = self._read()
        if wrong or (now.said, now.rows) != (loading.said, loading.rows):
            raise others_have_written()

    def _carry_out(self, loading: Loading, changes: PlanSteps, turns: Mapping[str, Turn]) -> None:
        if not changes.plan:
            return
        refuse_beyond(self.context, changes.plan)
        planned = Planned(changes.plan, steps=changes.steps)
        try:
            cluster = loading.written_on
            write_planned(self.context, planned, cluster, turns.get(cluster))
        except SlurmctlError as error:
            text = plans.refusal(error.slurm_errno)
            if text is None:
                raise
            raise LineRefused(text) from error


STARTED = time.monotonic()
CHANGES_DISCARDED = " Changes Discarded"


def _kept(context: Context, cluster: str) -> Mapping[tuple[str, str], str]:
    """Return the WCKeys of each user, which a load does not change."""
    kept: dict[tuple[str, str], str] = {}
    for user, row in user_wckeys(context, cluster).items():
        keys = row["WCKeys"]
        kept[str(user), "WCKeys"] = ",".join(keys if isinstance(keys, tuple) else ())
        kept[str(user), "DefaultWCKey"] = str(row["DefaultWCKey"] or "")
    return kept
