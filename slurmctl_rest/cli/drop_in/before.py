"""What the writes of the voice `sacctmgr` read before they plan: their words, and rows of Slurm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.checks import refuse_untold
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.facts import LiveFacts
from slurmctl_rest.cli.drop_in.writing import one_after_another
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.entities.association import ACCOUNT_LEVEL
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.inheritance import effective
from slurmctl_rest.sacctmgr.associations import Tree
from slurmctl_rest.sacctmgr.conditions import ABOUT_RECORD, ABOUT_ROWS, Conditions
from slurmctl_rest.sacctmgr.list_rows import matching
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.plan import WritePlan, warned
from slurmctl_rest.sacctmgr.reply import Reply, as_lines
from slurmctl_rest.sacctmgr.write_requests import WriteRequest, read_request

PlanOfPart: TypeAlias = Callable[[Context, WriteRequest], WritePlan]
"""Plans a modification of records, or of associations."""


def requested(context: Context, verb: str, noun: str, words: Sequence[str]) -> WriteRequest:
    """Return what the words of a write say."""
    request = read_request(verb, noun, words, LiveFacts(context))
    if not request.adds and noun in NOUNS_OF_ASSOCIATIONS:
        _forget_behind_unknown(context, request.conditions)
    return request


NOUNS_OF_ASSOCIATIONS = (ACCOUNT.noun, USER.noun)


def _forget_behind_unknown(context: Context, conditions: Conditions) -> None:
    """Leave out the clusters that are named after one that slurmdbd does not know.

    It looks for associations on one after the other, and ends at the first that has no table.
    """
    named = conditions.of("Cluster")
    if len(named) > 1:
        known = context.backend.clusters()
        unknown = next((at for at, name in enumerate(named) if name not in known), len(named))
        conditions.where["Cluster"] = [*named][: unknown + 1]


def modified(
    context: Context,
    options: LineOptions,
    noun: str,
    words: Sequence[str],
    *plans: PlanOfPart,
) -> Reply:
    """Modify accounts or users themselves, their associations, or both: `plans` in this order."""
    request = requested(context, "modify", noun, words).checked_to_set()
    if not request.conditions.about and not question.agreed_to_all(options):
        return Reply(as_lines("Aborted"))
    refuse_untold(context, ACCOUNT if noun == ACCOUNT.noun else USER, request.flags)
    parts = zip((ABOUT_RECORD, ABOUT_ROWS), plans, strict=True)
    makes = [partial(plan, context, request) for part, plan in parts if request.sets & part]
    # They are said once, however many parts there are.
    makes[:1] = [partial(_warned, make, request) for make in makes[:1]]
    named = request.of("Cluster")
    # Of associations on which nothing is set slurmdbd is not asked, and takes nothing back.
    at_once = request.old and bool(request.settings.asked)
    return one_after_another(context, options, *makes, named=named, at_once=at_once)


def _warned(make: Callable[[], WritePlan], request: WriteRequest) -> WritePlan:
    return warned(make(), request.complaints.err)


def read_records(
    context: Context, noun: str, names: Iterable[str] = (), also: Iterable[str] = ()
) -> list[Row]:
    """Return accounts or users; no names means all. `also`: fields on request."""
    entity, wanted = ACCOUNT if noun == ACCOUNT.noun else USER, tuple(names)
    names = tuple(name for name in wanted if name)
    query = Query(entity, context.backend.cluster(), names, also=frozenset(also))
    found = context.backend.read(query)
    return [row for row in found if not wanted or row[entity.key.name] in wanted]


def read_rows(context: Context, where: Mapping[str, Iterable[str]] = {}) -> list[Row]:
    """Return associations of all clusters, and the own rows of all accounts."""
    return context.associations("", where)


def read_meant(context: Context, conditions: Conditions) -> list[Row]:
    """Return the associations among which those are that meet the conditions."""
    for name in ("Account", "User"):
        if any(conditions.of(name)):
            return read_rows(context, {name: conditions.of(name)})
    return read_rows(context)


def read_account_rows(context: Context) -> list[Row]:
    """Return the accounts' own rows on all clusters."""
    return read_rows(context, {"User": [ACCOUNT_LEVEL]})


def with_branches(context: Context, chosen: Sequence[Row], tree: Tree) -> Tree:
    """Return the tree with all associations below those that are chosen."""
    accounts = dict.fromkeys(
        str(one["Account"]) for row in chosen for one in tree.branch(row) if row["User"] is None
    )
    if not accounts:
        return tree
    return tree.joined(read_rows(context, {"Account": list(accounts)}))


def selected(where: Mapping[str, Sequence[str]], found: Sequence[Row]) -> list[Row]:
    """Return the associations that meet the conditions."""
    if "QosLevel" not in where:
        return matching(found, where)
    ends = {key: one.row for key, one in effective(ASSOCIATION, found).items()}
    return matching(found, where, ends)


def clusters_meant(context: Context, conditions: Conditions) -> list[str]:
    """Return the clusters that are named, or all that slurmdbd knows."""
    return list(conditions.of("Cluster")) or sorted(context.backend.clusters())
