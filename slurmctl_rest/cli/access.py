"""`access`: would this job be accepted, start, wait or be refused? Nothing is submitted."""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.limits import LimitFacts, check_use_is_known, read_limits
from slurmctl_rest.cli.named import absent_error, absent_of, unseen_errors
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.limits import remedies
from slurmctl_rest.limits.findings import LimitState
from slurmctl_rest.limits.partition_checks import (
    VERDICT_REFUSED,
    Applicant,
    Objection,
    as_enforced,
    objections,
)
from slurmctl_rest.limits.waits import (
    Demand,
    Hold,
    association_of,
    holds,
    limits_of,
    minutes_given,
    qos_in_order,
    usage_factor,
    with_generic_gres,
)
from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.entities.access import ACCESS, ACCESS_WORDS
from slurmctl_rest.model.entities.association import qos_names_of
from slurmctl_rest.model.entities.qos import NORMAL
from slurmctl_rest.model.fields import Row, suggestion
from slurmctl_rest.model.kinds.tres import counts
from slurmctl_rest.model.limit_rules import Effect
from slurmctl_rest.model.names import pasted
from slurmctl_rest.model.partition_rules import PartitionRules
from slurmctl_rest.model.syntax import parse_select
from slurmctl_rest.model.text import listed
from slurmctl_rest.planning.targets import not_found, see_list
from slurmctl_rest.sacctmgr.tokens import is_old

PART_LIMITS = "EnforcePartLimits"
GIVEN_BY_SLURM: Mapping[str, str] = {
    "mem": "DefMemPerCPU or DefMemPerNode",
    "billing": "TRESBillingWeights",
}
"""TRES that slurmctld counts for a job that does not name them, and what decides how many."""
TRES_WORD, TIME_WORD = re.compile(r"(?i)tres="), re.compile(r"(?i)time=")


def run(context: Context, tokens: Sequence[str]) -> None:
    """Show the verdict, and each limit that speaks against the job."""
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    # A TRES list has commas, and a time colons: neither is a list of values.
    apart = [token for token in tokens if TRES_WORD.match(token) or TIME_WORD.match(token)]
    words = [token for token in tokens if token not in apart]
    statement = parse_select(ACCESS_WORDS, [*words, *format_], columns_of=ACCESS)
    # A format that cannot be is refused before anything is read.
    columns = context.columns_of(ACCESS, statement.columns)
    where = statement.selection.where
    names = [*statement.selection.names, *map(str, where.get("User", ()))]
    if len(names) != 1:
        raise UsageError("name one user", "access alice account=physics tres=cpu=64 time=1-0")
    user = names[0]
    cluster = context.cluster(statement.selection)
    check_use_is_known(context, cluster)
    account = _one(where, "Account") or _default_account(context, cluster, user)
    asked = {"node": 1, "cpu": 1}
    minutes: int | None = None
    names_nodes = False
    for token in apart:
        name, _, text = token.partition("=")
        value = ACCESS_WORDS.field(name).parse(text)
        if name.lower() == "tres":
            asked |= counts(value)
            names_nodes |= "node" in counts(value)
        elif isinstance(value, int):
            minutes = value
    partition, qos = _one(where, "Partition"), _one(where, "QOS")
    named = [qos] if qos else None
    with context.limits.beside():
        facts = read_limits(context, cluster, [account], [user], named, partitions=[partition])
    _check_names(context, facts, account, user, qos)
    known_rules = facts.partitions.rules
    if partition and known_rules and partition not in known_rules:
        raise NotFound(
            f"partition '{partition}' does not exist on cluster '{cluster}'",
            suggestion(partition, [*known_rules]),
        )
    if not partition and not facts.partitions.default and (facts.partitions.qos or known_rules):
        context.console.warn(
            f"the default partition is not known over {context.executor}: its rules and its QOS "
            "are not looked at",
        )
    demand = Demand(account, user, partition, qos, with_generic_gres(asked), minutes)
    of_partition = partial(_objections, context, facts, names_nodes=names_nodes)
    rows = _verdicts(demand, facts, of_partition, context.console.warn)
    context.show(ACCESS, rows, columns, cluster=cluster)


def _check_names(context: Context, facts: LimitFacts, account: str, user: str, qos: str) -> None:
    """Raise NotFound for a name that does not exist.

    A user who exists, and is not in the account, is no error: the job would be refused.
    """
    cluster, named = facts.cluster, [qos] if qos else []
    members = {key.user for key in facts.meant}
    for error in (
        absent_error(context, ACCOUNT, [account], facts.parents, cluster),
        *unseen_errors(context, {"User": (user,)}, [{"User": one} for one in members], cluster),
        absent_error(context, QOS, named, facts.qos, cluster),
    ):
        if error is not None:
            raise error


def _one(where: Mapping[str, Sequence[object]], name: str) -> str:
    values = where.get(name, ())
    if len(values) > 1:
        raise UsageError(f"{name.lower()}= accepts only one value")
    return "" if not values or values[0] is None else str(values[0])


def _default_account(context: Context, cluster: str, user: str) -> str:
    rows = context.backend.read(Query(USER, cluster, (user,)))
    default = next((row["DefaultAccount"] for row in rows if row["Cluster"] == cluster), None)
    if not default:
        if absent := absent_of(context, USER, [user], cluster):
            raise not_found(USER, absent, [user], cluster)
        raise NotFound(f"user '{user}' has no default account on '{cluster}'", see_list(USER))
    return str(default)


def _objections(
    context: Context, facts: LimitFacts, demand: Demand, *, names_nodes: bool
) -> list[Objection]:
    """Return what the job's partition has against it; nothing of one that is not known."""
    name = demand.partition or facts.partitions.default
    rules = facts.partitions.rules.get(name)
    if rules is None:
        return []
    accounts, account = [demand.account], facts.parents.get(demand.account, "")
    while account and account not in accounts:
        accounts.append(account)
        account = facts.parents.get(account, "")
    groups = _groups(demand.user) if rules.allow_groups else None
    if rules.allow_groups and groups is None:
        context.console.warn(
            f"partition {name} allows groups {listed(rules.allow_groups)} alone, and this machine "
            f"does not know the groups of {demand.user}",
        )
    job = Applicant(demand, accounts, groups, names_nodes)
    old = is_old(context.backend.release())
    found = objections(name, job, facts.partitions.rules, old=old)
    if all(one.verdict == VERDICT_REFUSED or not one.enforced for one in found):
        return found
    enforced = context.limits.settings().get(PART_LIMITS)
    if enforced is None:
        context.console.warn(
            f"{PART_LIMITS} of slurm.conf is not known over {context.executor}: if it is ALL or "
            "ANY, the job is refused",
        )
    return as_enforced(found, enforced or "NO")


def _groups(user: str) -> frozenset[str] | None:
    """Return the groups of a user as this machine has them; None: it does not know the user."""
    try:
        numbers = os.getgrouplist(user, pwd.getpwnam(user).pw_gid)
        return frozenset(grp.getgrgid(number).gr_name for number in numbers)
    except (KeyError, OSError):
        return None


def _verdicts(
    demand: Demand,
    facts: LimitFacts,
    of_partition: Callable[[Demand], list[Objection]],
    warn: Callable[[str], None],
) -> list[Row]:
    key = association_of(demand, facts.tree, facts.cluster)
    if key is None:
        where = f"account {demand.account}"
        text = f"user {demand.user} has no association in {where}"
        remedy = f"slurmctl-rest user add {pasted(demand.user)} account={pasted(demand.account)}"
        return [_row("refused", demand, text, remedy)]
    row = facts.tree[key].row
    qos = demand.qos or str(row["DefaultQOS"] or "")
    if not qos:
        # slurmctld takes the one QOS that the association has, or else `normal`.
        allowed = qos_names_of(row)
        qos = next(iter(allowed)) if len(allowed) == 1 else NORMAL
    demand = replace(demand, qos=qos, factor=usage_factor(facts.qos.get(qos)))
    if qos not in qos_names_of(row):
        text = f"QOS {qos} is not among those that {demand.user} may use: "
        text += listed(sorted(qos_names_of(row))) or "none"
        who = f"where account={demand.account} user={demand.user}"
        remedy = f"slurmctl-rest assoc modify {who} set QosLevel+={qos}"
        return [_row("refused", demand, text, remedy)]
    found = facts.qos.get(qos)
    if found is None:
        raise NotFound(f"qos '{qos}' does not exist", see_list(QOS))
    qos_of_partition = facts.qos.get(facts.partitions.qos_of(demand.partition))
    in_order = qos_in_order(found, qos_of_partition)
    states = limits_of(demand, key, facts.tree, in_order, facts.use)
    if demand.minutes is None:
        rules = facts.partitions.rules.get(demand.partition or facts.partitions.default)
        demand = replace(demand, minutes=minutes_given(states, rules or PartitionRules()))
    states = [*_of_known_tres(demand, states, warn)]
    refusing = holds(demand, states, effects=(Effect.REFUSED,))
    holding = holds(demand, states)
    if any(isinstance(f := row["Flags"], tuple) and "DenyOnLimit" in f for row in in_order):
        # With this flag Slurm refuses what one job alone may never have.
        refusing += [hold for hold in holding if hold.need > hold.state.value]
        holding = [hold for hold in holding if hold not in refusing]
    against = of_partition(demand)
    rows = [_of_objection(one, demand) for one in against if one.verdict == VERDICT_REFUSED]
    rows += [_of_hold("refused", hold) for hold in refusing]
    rows += [_of_objection(one, demand) for one in against if one.verdict != VERDICT_REFUSED]
    rows += [_of_hold("waits", hold) for hold in holding]
    return rows or [_row("starts", demand, "no limit speaks against it", None)]


def _of_known_tres(
    demand: Demand, states: Sequence[LimitState], warn: Callable[[str], None]
) -> Iterator[LimitState]:
    """Yield the limits but those of a TRES that the request leaves to slurmctld."""
    for tres, settings in GIVEN_BY_SLURM.items():
        if tres not in demand.tres and any(one.tres == tres for one in states):
            warn(
                f"the limits on {tres} are not looked at: name what the job asks for "
                f"(tres=cpu=4,{tres}=N), as slurmctld would give it a number by {settings}",
            )
    unnamed = GIVEN_BY_SLURM.keys() - demand.tres.keys()
    yield from (one for one in states if one.tres not in unnamed)


def _of_hold(verdict: str, hold: Hold) -> Row:
    state = hold.state
    of_limit = {n: v for n, v in state.row().items() if n in OF_STATE}
    text, remedy = remedies.text_of(hold), remedies.remedy_of(hold)
    return {"Verdict": verdict, **of_limit, "Need": hold.need, "Text": text, "Remedy": remedy}


OF_STATE = frozenset(
    {"Account", "User", "Partition", "QOS", "Limit", "TRES", "Value", "Used", "From", "Note"}
)


def _of_objection(one: Objection, demand: Demand) -> Row:
    row = _row(one.verdict, demand, one.text, one.remedy)
    told = {"Limit": one.limit, "TRES": one.tres or None, "Value": one.value, "Need": one.need}
    return {**row, **told}


def _row(verdict: str, demand: Demand, text: str, remedy: str | None) -> Row:
    return {
        "Verdict": verdict,
        **dict.fromkeys((*OF_STATE, "Need")),
        "Account": demand.account,
        "User": demand.user,
        "Partition": demand.partition or None,
        "QOS": demand.qos or None,
        "Text": text,
        "Remedy": remedy,
    }
