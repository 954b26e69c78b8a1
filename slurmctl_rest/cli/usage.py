"""`usage`: the use of jobs in a window of time, always from sacct, whatever the profile says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context, on_a_cluster
from slurmctl_rest.cli.list_switches import SUB_ACCOUNTS, SWITCHES
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model import times
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE, USAGE, USER
from slurmctl_rest.model.entities.association import ACCOUNT_LEVEL, association_key
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.entities.usage import (
    GROUPS,
    OF_LIMITS,
    OF_TOTALS,
    USAGE_WORDS,
)
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.model.list_syntax import parse_list
from slurmctl_rest.model.run import Counts, Run
from slurmctl_rest.model.syntax import Selection, Statement
from slurmctl_rest.model.times import Window, Zone
from slurmctl_rest.planning import usage as planning
from slurmctl_rest.planning.checks import unknown_tres
from slurmctl_rest.planning.targets import unknown_names
from slurmctl_rest.planning.tree import below
from slurmctl_rest.planning.usage import NO_LIMITS, Ledger, Limits, Totals
from slurmctl_rest.render.json import json_item
from slurmctl_rest.render.listing import ResultList


@dataclass(frozen=True, slots=True)
class Defaults:
    """Defaults of a verb: fields to group by, and whole months."""

    by: tuple[str, ...]
    months_before: int


DEFAULTS_OF_VERBS: Mapping[str, Defaults] = {
    "report": Defaults(("Account", "User"), 0),
    "history": Defaults(("Month",), 11),
}
"""By the verb."""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The report that is asked for.

    where  names in lower case, by the field that has to bear one of them
    past   the window without what is still to come
    """

    cluster: str
    window: Window
    past: Window
    zone: Zone
    by: tuple[str, ...]
    unit: str
    basis: str
    where: Mapping[str, frozenset[str]]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the accounts whose jobs are to be read; none means all."""
        return tuple(sorted(self.where.get("Account", ())))


def usage_report(
    context: Context, tokens: Sequence[str], defaults: Defaults, basis: str, tz: str | None
) -> None:
    """Show the usage that the tokens ask for."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    words = [*tokens, *format_]
    statement = parse_list(
        USAGE_WORDS, words, SWITCHES[USAGE.noun], columns_of=USAGE, wildcards=False
    )
    for one in statement.refinement.comparisons:
        # Totals are of the runs that were counted, and limits of all below an account.
        if one.field.name in planning.NAME_GROUPS:
            raise UsageError(f"usage is counted by names: {one.field.name} takes '=' and names")
    zone = context.zone(tz)
    cluster = context.cluster(statement.selection, context.accounting)
    window = _window(statement.selection, zone, defaults)
    accounts = own_rows(context, cluster)
    asked = UsageReport(
        cluster=cluster,
        window=window,
        # Never into the future: sacct would end the window at the moment at which it is asked,
        # and two calls would not fit together.
        past=Window(window.start, min(window.end, int(time.time()))),
        zone=zone,
        by=_grouping(statement.selection) or defaults.by,
        unit=_one(statement.selection, "Units") or "minutes",
        basis=basis,
        where=_conditions(statement, accounts, cluster),
    )
    tres = _known_tres(context, names_asked(statement.selection, "TRES"), cluster)
    seen: set[tuple[str, str]] = set()
    totals, used = _read(context, asked, seen)
    _warn_of_unknown(context, asked, statement.selection, accounts, seen)
    shown = totals.only(tres) if tres else totals
    limits = NO_LIMITS
    if "Account" in asked.by:
        limits = _limits(context, asked, totals, used, accounts)
    rows = planning.Rows(shown, asked.by, asked.unit, limits)
    left = statement.refinement.of_rows(rows)
    _show(context, asked, left, planning.total_rows(shown, asked.unit), statement.columns)


# --- the window and the words -------------------------------------------------------------------


def _window(selection: Selection, zone: Zone, defaults: Defaults) -> Window:
    """Return what start= and end=, or month=, say: without them whole months until now."""
    month, start, end = (_one(selection, name) for name in ("Month", "Start", "End"))
    if month is not None:
        if start is not None or end is not None:
            raise UsageError("month= cannot be used with start= or end=", "omit one of them")
        return times.month(month, zone)
    now = int(time.time())
    last = now if end is None else times.moment(end, now, zone)
    first = (
        times.months_before(last - 1, defaults.months_before, zone)
        if start is None
        else times.moment(start, now, zone)
    )
    return times.window(first, last, zone)


def _one(selection: Selection, name: str) -> str | None:
    """Return the one value that a word has; None where it is not said."""
    values = selection.where.get(name, ())
    if len(values) > 1:
        raise UsageError(f"{name.lower()}= accepts only one value")
    return str(values[0]) if values else None


def _grouping(selection: Selection) -> tuple[str, ...]:
    """Return the fields that by= names, in the order in which they were said."""
    fields = {field.lower(): field for field in GROUPS}
    return tuple(fields[word] for word in names_asked(selection, "By"))


def names_asked(selection: Selection, name: str) -> tuple[str, ...]:
    """Return the values of a condition, each once."""
    return tuple(dict.fromkeys(str(value) for value in selection.where.get(name, ())))


def _conditions(
    statement: Statement, accounts: Sequence[Row], cluster: str
) -> dict[str, frozenset[str]]:
    """Return the names that runs have to bear; with WithSubAccounts those of accounts below."""
    selection = statement.selection
    named = {name: names_asked(selection, name) for name in planning.NAME_GROUPS}
    named["Account"] = selection.names
    if SUB_ACCOUNTS in statement.switches:
        named["Account"] = tuple(below(selection.names, accounts, cluster))
    return {name: frozenset(values) for name, values in named.items() if values}


def _known_tres(context: Context, names: Sequence[str], cluster: str) -> list[str]:
    """Return the TRES as the cluster spells them; raise UsageError for one that it lacks."""
    if not names:
        return []
    rows = context.accounting.read(Query(TRES_TYPE, cluster))
    known = {
        name.lower(): name
        for row in rows
        if row["Type"] != PLACEHOLDER
        for name in [tres_name(str(row["Type"]), str(row["Name"] or ""))]
    }
    for name in names:
        if name.lower() not in known:
            raise unknown_tres("tres", name, [*known.values()])
    return [known[name.lower()] for name in names]


# --- reading ------------------------------------------------------------------------------------


def own_rows(context: Context, cluster: str) -> list[Row]:
    """Return the accounts' own rows: sacct takes a cluster that does not exist for an idle one."""
    rows = context.accounting.read(Query(ASSOCIATION, cluster, where={"User": (ACCOUNT_LEVEL,)}))
    return on_a_cluster(rows, cluster)


def _read(
    context: Context, asked: UsageReport, seen: set[tuple[str, str]]
) -> tuple[Totals, Mapping[str, Counts]]:
    """Sum up what sacct has: what is asked for, and what each of these accounts used in all.

    It is asked again for jobs that paused across parts of the window.
    """
    if asked.past.end <= asked.past.start:
        return Totals({}, {}), {}
    cut, whole = (planning.window_parts(asked.past, by, asked.zone) for by in (asked.by, ()))
    # Limits count all jobs of an account, also those that other conditions of the report leave out.
    chosen = not asked.where.keys() <= {"Account"}

    def add(tally: tuple[Ledger, Ledger], runs: Iterable[Run]) -> None:
        if chosen:
            # It comes as an iterator, and two ledgers walk through it.
            runs = tuple(runs)
            tally[1].add(runs)
        tally[0].add(planning.meeting(runs, asked.where, seen))

    # One call of sacct, summed up as it comes. If it is asked again, the sums of the failed try
    # are forgotten.
    (ledger, in_all), *others = context.accounting.tallies(
        asked.cluster,
        asked.past,
        asked.basis,
        lambda: (Ledger(asked.by, cut), Ledger(("Account",), whole)),
        add,
        accounts=asked.accounts,
    )
    for other in others:
        ledger.take(other[0])
        in_all.take(other[1])
    for part, paused in ledger.missing():
        wanted = {run.number for run in paused}
        jobs = sorted({run.job for run in paused})
        for run in context.accounting.runs(asked.cluster, part.window, asked.basis, jobs=jobs):
            # Other runs of these jobs are counted already.
            if run.number in wanted:
                ledger.count(run, part, run.elapsed)
    by, whose = (("Account",), in_all) if chosen else (asked.by, ledger)
    used = whose.totals.per_value(by.index("Account")) if "Account" in by else {}
    return ledger.totals, used


def _limits(
    context: Context,
    asked: UsageReport,
    totals: Totals,
    used: Mapping[str, Counts],
    accounts: Sequence[Row],
) -> Limits:
    """Return the limits of the accounts that used anything, and what they used, with all below.

    Conditions do not count here. What the report did not read for itself is read once more: that
    of accounts below the named ones.
    """
    shown = {account.lower() for account in totals.values(asked.by.index("Account"))}
    minutes = {
        association_key(row).account.lower(): limit
        for row in accounts
        if isinstance(limit := row["GrpTRESMins"], Mapping) and limit
    }
    trees = planning.branches(accounts)
    branches = {name: trees[name] for name in minutes if name in shown}
    # A Grp limit holds for the account and all below it.
    needed = frozenset().union(*branches.values())
    if not needed <= asked.where.get("Account", needed):
        whole = replace(asked, by=("Account",), where={"Account": needed})
        _, used = _read(context, whole, set())
    return Limits(minutes, planning.of_branches(used, branches))


def _warn_of_unknown(
    context: Context,
    asked: UsageReport,
    selection: Selection,
    accounts: Sequence[Row],
    seen: set[tuple[str, str]],
) -> None:
    """Say which names do not exist; what was deleted may still have jobs, and is not unknown."""
    readers: Mapping[str, Callable[[Entity, list[str]], Sequence[Row]]] = {
        "Account": lambda _, __: accounts,
        "User": lambda entity, names: _of_cluster(context, entity, names, asked.cluster),
        "QOS": lambda entity, names: context.accounting.read(
            Query(entity, asked.cluster, tuple(names))
        ),
    }
    entities = {"Account": ACCOUNT, "User": USER, "QOS": QOS}
    for field, entity in entities.items():
        named = selection.names if field == "Account" else names_asked(selection, field)
        unseen = [name for name in named if (field, name) not in seen]
        if unseen:
            on = "" if entity is QOS else f" on cluster '{asked.cluster}'"
            where = f"{on}, and has no jobs there"
            for warning in unknown_names(
                entity, unseen, readers[field](entity, unseen), where=where
            ):
                context.console.warn(warning)


def _of_cluster(context: Context, entity: Entity, names: list[str], cluster: str) -> list[Row]:
    rows = context.accounting.read(Query(entity, cluster, tuple(names)))
    return [row for row in rows if row["Cluster"] == cluster]


# --- showing ------------------------------------------------------------------------------------


def _show(
    context: Context,
    asked: UsageReport,
    rows: Iterable[Row],
    totals: Sequence[Row],
    columns: Sequence[Column],
) -> None:
    shown = columns or [Column(USAGE[name]) for name in _usual(asked.by)]
    context.console.put(
        ResultList(
            entity=USAGE,
            rows=rows,
            columns=shown,
            meta=partial(_meta, context, asked, totals),
            warnings=context.console.warnings,
            chosen=bool(columns),
            named=bool(columns),
            totals=_marked(totals, asked.by, shown),
            complete=True,
        )
    )


def _usual(by: Sequence[str]) -> tuple[str, ...]:
    """Return the columns: what is grouped by, in that order, and limits where accounts are."""
    limits = OF_LIMITS if "Account" in by else ()
    return (*by, "TRES", "Used", "Share", *limits)


def _marked(totals: Sequence[Row], by: Sequence[str], columns: Sequence[Column]) -> list[Row]:
    """Return the rows with the word that tells them from others; none where it has no place."""
    first = next((c.field.name for c in columns if c.field.name in by), None)
    return [{**row, first: TOTAL} for row in totals] if first else []


TOTAL = "(total)"
"""No name can hold parentheses."""


def _meta(context: Context, asked: UsageReport, totals: Sequence[Row]) -> dict[str, Json]:
    return {
        **context.meta(asked.cluster, context.accounting),
        "start": times.as_rfc3339(asked.window.start, asked.zone),
        "end": times.as_rfc3339(asked.window.end, asked.zone),
        "time_zone": str(asked.zone) if asked.zone else None,
        "basis": asked.basis,
        "unit": asked.unit,
        "by": [name.lower() for name in asked.by],
        "totals": [{name: json_item(USAGE, row)[name] for name in OF_TOTALS} for row in totals],
    }
