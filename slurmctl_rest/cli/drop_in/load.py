"""`load` of the voice `sacctmgr` over REST: a file of a cluster, checked whole before a write."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.dump import wckeys
from slurmctl_rest.cli.load_reading import Reading
from slurmctl_rest.cli.write import Planned, Write
from slurmctl_rest.errors import Conflict, SlurmctlError, Unsupported
from slurmctl_rest.sacctmgr import load_changes, load_file, load_words
from slurmctl_rest.sacctmgr import load_texts as texts
from slurmctl_rest.sacctmgr import plan as plans
from slurmctl_rest.sacctmgr.decided import NEEDS_COMMANDS
from slurmctl_rest.sacctmgr.load_changes import LoadChanges
from slurmctl_rest.sacctmgr.load_file import FileError
from slurmctl_rest.sacctmgr.load_plan import Loading
from slurmctl_rest.sacctmgr.load_words import LoadAsked
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.reply import FAILED, OK, Refused, Reply, lines

MICROSECONDS = 10**6


def loaded(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Answer `load FILE [clean] [cluster=NAME]`: all of the file, or nothing of it."""
    asked = load_words.asked(words)
    if not asked.file:
        return Reply("", lines(*asked.complaints, load_words.NO_FILE), FAILED)
    try:
        text = Path(asked.file).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        said = load_words.UNREADABLE.format(words[0], error.strerror)
        return Reply("", lines(*asked.complaints, said), FAILED)
    if asked.records:
        raise Unsupported(f"clean={asked.records} is not possible over REST", NEEDS_COMMANDS)
    return _Load(context, options, asked, text).answered()


class _Load:
    """One load: what it says, in sacctmgr's order, and what it asks."""

    def __init__(self, context: Context, options: Options, asked: LoadAsked, text: str) -> None:
        self.context = context
        self.options = options
        self.asked = asked
        self.text = text
        self.stdout = ""
        self.stderr = lines(*asked.complaints)

    def answered(self) -> Reply:
        loading, wrong = self._read()
        asks = not (self.options.immediate or self.options.dry_run)
        named = bool(loading.cluster) and loading.cluster_line
        if (
            asks
            and loading.clean
            and named
            and not question.agreed(texts.CLEAN[loading.present.old])
        ):
            return Reply(lines("Aborted", texts.NOTHING_NEW), self.stderr)
        qos_agreed = True
        if named and wrong is None:
            self.stdout += loading.qos_said
            if asks and loading.qos.changes:
                qos_agreed = self._agreed()
                self.stdout = "" if qos_agreed else lines(" Changes Discarded")
        self.stdout += lines(*loading.said)
        if wrong is not None:
            return self._failed(loading, wrong)
        self.stdout += self._tables(loading)
        changes = self._changes(loading, qos=qos_agreed)
        if not loading.asked:
            self.stdout += lines(texts.NOTHING_NEW)
        else:
            self._done()
            if asks and not self._agreed():
                return Reply(lines(" Changes Discarded"), self.stderr)
            self.stdout = "" if asks else self.stdout
        if self.options.dry_run:
            return Reply(self.stdout + self._requests(changes), self.stderr)
        self._carry_out(loading, changes, again=asks)
        return Reply(self.stdout, self.stderr, FAILED if self.asked.complaints else OK)

    def _agreed(self) -> bool:
        sys.stdout.write(self.stdout)
        return question.agreed()

    def _read(self) -> tuple[Loading, FileError | None]:
        """Read the file against what there is now; return what is wrong with it, too."""
        cluster = self.asked.cluster or load_file.cluster_of(self.text)
        reading = Reading(self.context, _kept(self.context, cluster))
        loading = Loading(
            reading.present(cluster),
            wanted=self.asked.cluster,
            clean=self.asked.clean,
            broken=bool(self.asked.complaints),
        )
        try:
            for line in load_file.file_lines(self.text):
                loading.read(line)
            if loading.left:
                raise Unsupported(loading.left[0] + " over REST", NEEDS_COMMANDS)
            loading.qos_said = loading.qos.decided() if loading.cluster else ""
        except FileError as error:
            return loading, error
        return loading, None

    def _failed(self, loading: Loading, wrong: FileError) -> Reply:
        """Say what is wrong; nothing is written, whatever came before it."""
        self.stderr += lines(*wrong.lines)
        if wrong.is_fatal:
            return Reply(self.stdout, self.stderr, FAILED)
        if wrong.is_mild:
            self.stdout += lines(texts.NOTHING_NEW)
            return Reply(self.stdout, self.stderr, FAILED)
        if loading.asked:
            self._done()
        self.stderr += lines(texts.PROBLEM.format(texts.UNSPECIFIED))
        return Reply(self.stdout, self.stderr, FAILED)

    def _done(self) -> None:
        took = time.monotonic() - STARTED
        self.stderr += lines(texts.DONE.format(int(took * MICROSECONDS)))

    def _tables(self, loading: Loading) -> str:
        said = ""
        if loading.new_accounts:
            said += texts.accounts([loading.accounts[one] for one in loading.new_accounts])
        of_accounts, of_users = load_changes.tables(loading)
        if of_accounts:
            said += lines("Account Associations")
            said += texts.associations(of_accounts, of_users=False)
        if loading.new_users:
            said += texts.users(loading.new_users)
        if of_users:
            said += lines("User Associations") + texts.associations(of_users, of_users=True)
        return said

    def _changes(self, loading: Loading, *, qos: bool) -> LoadChanges:
        """Return the changes; raise Refused for what Slurm would refuse."""
        try:
            found = load_changes.changes(loading, qos=qos)
        except FileError as error:
            raise Refused(self.stderr + lines(*error.lines), self.stdout) from error
        if who := load_changes.without_default_qos(loading):
            refused = plans.without_default_qos("", who, old=True).failed
            raise Refused(self.stderr + refused, self.stdout)
        for outcome in found.plan:
            if outcome.change.needs_write and (
                why := self.context.backend.unsupported_reason(outcome.change)
            ):
                raise why
        return found

    def _requests(self, changes: LoadChanges) -> str:
        return lines(
            *(
                str(command)
                for step in changes.steps
                for command in self.context.backend.preview([part for part, _ in step])
            )
        )

    def _carry_out(self, loading: Loading, changes: LoadChanges, *, again: bool) -> None:
        if again:  # somebody was asked, and others may have written meanwhile
            self.context.looks.clear()
            now, wrong = self._read()
            if wrong or (now.said, now.rows) != (loading.said, loading.rows):
                raise Conflict("others have written meanwhile: nothing was changed", REPEAT)
        if not changes.plan:
            return
        here = loading.cluster in loading.present.clusters
        cluster = loading.cluster if here else self.context.backend.cluster()
        planned = Planned(changes.plan, steps=changes.steps)
        try:
            Write(self.context).run_plan(partial(_same, planned), cluster)
        except SlurmctlError as error:
            text = plans.refusal(error.slurm_errno)
            if text is None:
                raise
            raise Refused(text, "" if again else self.stdout) from error


STARTED = time.monotonic()
REPEAT = "repeat the command"


def _same(planned: Planned) -> Planned:
    return planned


def _kept(context: Context, cluster: str) -> Mapping[tuple[str, str], str]:
    """Return the WCKeys of each user, which a load does not change."""
    kept: dict[tuple[str, str], str] = {}
    for user, row in wckeys(context, cluster).items():
        keys = row["WCKeys"]
        kept[str(user), "WCKeys"] = ",".join(keys if isinstance(keys, tuple) else ())
        kept[str(user), "DefaultWCKey"] = str(row["DefaultWCKey"] or "")
    return kept
