"""`doctor`: checks of a profile and its Slurm.

Facts are gathered here, one by one and each within seconds; doctor/checks.py judges them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from slurmctl_rest.backends.execute import tried
from slurmctl_rest.backends.protocol import Backend, LimitReader
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.cli.checks import is_unix_user
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import journal_at
from slurmctl_rest.doctor import checks, examined, verdicts
from slurmctl_rest.doctor.commands import PROGRAMS
from slurmctl_rest.doctor.examined import Facts
from slurmctl_rest.doctor.verdicts import Finding
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.limits.tree_facts import limit_tree
from slurmctl_rest.model.columns import Column, parse_columns
from slurmctl_rest.model.entities import ASSOCIATION, QOS, USER
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.facts import Admin, Controller, Fact, LimitTree, Skipped
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.names import parse_name
from slurmctl_rest.render.listing import ResultList

if TYPE_CHECKING:
    from slurmctl_rest.backends.commands.usage import Accounting

PROBE_TIMEOUT_S = 5.0
"""Seconds for one request or command, unless --timeout says otherwise."""


def run(context: Context) -> None:
    """Show every check; raise the error of what fails first."""
    columns = columns_of(context, CHECK)
    facts = gather(context)
    findings = checks.examine(facts)
    found = facts.configuration
    if isinstance(found, SlurmctlError | Skipped):
        name, cluster = context.options.profile or "", None
    else:
        name, cluster = found.name, found.profile.cluster_name
    meta = {
        "profile": name or None,
        "cluster": facts.cluster if isinstance(facts.cluster, str) else cluster,
        "executor": facts.executor or None,
        "slurm": facts.controller.release if isinstance(facts.controller, Controller) else None,
    }
    put(context, CHECK, [finding.row(name) for finding in findings], columns, meta)
    if error := failure_of_findings(findings):
        raise error


def gather(context: Context) -> Facts:
    """Find out all that can be; nothing is raised."""
    from slurmctl_rest.config.explain import explain_profile  # noqa: PLC0415

    now = time.time()
    context.options = replace(
        context.options, timeout=context.options.timeout or PROBE_TIMEOUT_S, probing=True
    )
    # Of its own, so that errors are not taken for those of this executor.
    aside = context.beside()
    configuration = tried(lambda: explain_profile(context.options.profile, context.options.config))
    if isinstance(configuration, SlurmctlError):
        return examined.nothing_but(configuration, now)
    backend = tried(lambda: context.backend)
    if isinstance(backend, SlurmctlError):
        return examined.nothing_but(backend, now)
    needed = tuple(PROGRAMS[backend.executor])
    slurmrestd, commands = backend.slurmrestd(), aside.accounting.programs(needed)
    stop = examined.in_the_way(slurmrestd, commands, now)
    controller = _unless(stop, partial(_controller, backend, context.limits))
    # slurmctld's diag before slurmdbd: it alone tells a refused token from a database that is down.
    stop = stop or examined.refused(controller)
    daemons = _unless(stop, backend.ping)
    stop = stop or examined.without_slurmdbd(daemons)
    cluster, clusters = _unless(stop, context.cluster), _unless(stop, backend.clusters)
    hangs = _unless(stop, backend.associations_hang)
    if slurmrestd is not None and isinstance(slurmrestd.reached, SlurmctlError):
        hangs = _hangs_beside(aside.accounting, commands, hangs)
    hung = examined.hung(hangs)
    admin = _unless(stop or hung, lambda: _admin(backend, backend.user()))
    tree = _unless(stop or hung, lambda: _tree(backend, context.cluster()))
    return Facts(
        executor=backend.executor,
        now=now,
        configuration=configuration,
        slurmrestd=slurmrestd,
        controller=controller,
        daemons=daemons,
        cluster=cluster,
        clusters=clusters,
        hangs=hangs,
        admin=admin,
        commands=commands,
        tree=tree,
        runs_as=admin if slurmrestd is None else hung or _runs_as(aside.accounting, commands),
        journal=_unless(stop or _no_sacctmgr(commands), lambda: journal_at(aside).reach()),
    )


def failure_of_findings(findings: Sequence[Finding], of: str = "") -> SlurmctlError | None:
    """Return the error of what fails first; it says how much else fails."""
    first = verdicts.first_failure(findings)
    if first is None or first.verdict.error is None:
        return None
    more = sum(finding.verdict.error is not None for finding in findings) - 1
    error = first.verdict.error
    found = type(error)(
        f"{of}{first.check}: {error.message}" + f" (and {more} more fail)" * bool(more),
        error.hint,
        retryable=error.retryable,
        http_status=error.http_status,
        slurm_errno=error.slurm_errno,
    )
    found.said = error.said
    return found


def columns_of(context: Context, entity: Entity) -> tuple[Column, ...]:
    """Return the columns that --format names, or none."""
    text = context.options.columns
    return () if text is None else parse_columns(entity, text)


NOBODY = {"profile": None, "cluster": None, "executor": None, "slurm": None}
"""Where what was not asked of anybody comes from."""


def put(
    context: Context,
    entity: Entity,
    rows: Sequence[Row],
    columns: Sequence[Column] = (),
    meta: Mapping[str, Json] = {},
    *,
    chosen: bool | None = None,
) -> None:
    """Print rows that may not come from Slurm; `chosen`: columns that the user has named."""
    context.console.put(
        ResultList(
            entity=entity,
            rows=rows,
            columns=columns or [Column(entity[name]) for name in entity.columns],
            meta=lambda: {**NOBODY, **meta},
            warnings=context.console.warnings,
            named=bool(columns) if chosen is None else chosen,
            chosen=bool(columns) if chosen is None else chosen,
        )
    )


T = TypeVar("T")


def _unless(stop: Skipped | None, ask: Callable[[], T]) -> Fact[T]:
    return tried(ask) if stop is None else stop


def _controller(backend: Backend, reader: LimitReader) -> Controller:
    asked = time.time()
    told = replace(backend.controller(), asked=asked, answered=time.time())
    return told if told.settings else replace(told, settings=reader.settings())


def _hangs_beside(
    accounting: Accounting, commands: Mapping[str, str | SlurmctlError], otherwise: Fact[bool]
) -> Fact[bool]:
    """Ask the commands: where slurmdbd hangs, all threads of slurmrestd may wait for it."""
    if not isinstance(commands["sacctmgr"], str):
        return otherwise
    found = tried(accounting.associations_hang)
    return otherwise if isinstance(found, SlurmctlError) else found


def _no_sacctmgr(commands: Mapping[str, str | SlurmctlError]) -> Skipped | None:
    runs = isinstance(commands.get("sacctmgr"), str)
    return None if runs else Skipped("sacctmgr does not run")


def _runs_as(accounting: Accounting, commands: Mapping[str, str | SlurmctlError]) -> Fact[Admin]:
    if not isinstance(commands["sacctmgr"], str):
        return Skipped("sacctmgr does not run")
    return tried(lambda: _admin(accounting, accounting.user()))


def _tree(backend: Backend, cluster: str) -> LimitTree:
    query = Query(ASSOCIATION, cluster, view=View.SOURCES)
    rows = [row for row in backend.read(query) if row["Cluster"] == cluster]
    knows = is_unix_user if backend.knows_unix_users() else None
    return limit_tree(rows, backend.read(Query(QOS, cluster)), knows)


def _admin(executor: Backend | Accounting, name: str) -> Admin:
    try:
        stored = parse_name(name)
    except ValueError:
        return Admin(name, None)
    rows = executor.read(Query(USER, executor.cluster(), (stored,)))
    if not rows:
        return Admin(name, None)
    told = (rows[0]["Coordinators"], rows[0].get("IndirectCoordinators"))
    accounts = {account for some in told if isinstance(some, tuple) for account in some}
    return Admin(name, str(rows[0]["AdminLevel"]), tuple(sorted(accounts)))
