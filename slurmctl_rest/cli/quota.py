"""`quota`: how much of each limit is used, up the tree and in the QOS."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.limits import LimitFacts, read_limits
from slurmctl_rest.errors import NotFound, OverThreshold, UsageError
from slurmctl_rest.limits.findings import LimitState, by_fullness, of_associations, of_qos
from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.entities.quota import QUOTA, QUOTA_WORDS
from slurmctl_rest.model.syntax import Selection, parse_select
from slurmctl_rest.planning.targets import see_list

EVERYTHING = "all"


def run(context: Context, tokens: Sequence[str], over: float | None) -> None:
    """Show the limits that the tokens select, the fullest first; `over`: these alone, exit 8."""
    if over is not None and not 0 <= over <= MAX_PERCENT:
        raise UsageError(f"--over takes a percentage from 0 to {MAX_PERCENT}")
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    words = [token for token in tokens if token.lower() != EVERYTHING]
    statement = parse_select(QUOTA_WORDS, [*words, *format_], columns_of=QUOTA)
    selection = statement.selection
    cluster = context.cluster(selection)
    states = by_fullness(_states(context, selection, cluster, everything=words != [*tokens]))
    shown = states
    if over is not None:
        shown = [one for one in states if one.percent is not None and one.percent >= over]
    context.show(QUOTA, [one.row() for one in shown], statement.columns, cluster=cluster)
    unknown = sum(one.percent is None for one in states)
    if unknown:
        context.console.warn(
            f"the use of {unknown} limit{'s' * (unknown != 1)} is not known over "
            f"{context.executor}: see the column Note, or use the Slurm commands"
        )
    if over is not None and shown:
        count = len(shown)
        raise OverThreshold(
            f"{count} limit{'s are' if count != 1 else ' is'} used to {over:g} % or more",
            "slurmctl-rest jobs why JOB names the limit that holds a job",
        )


MAX_PERCENT = 1000


def _states(
    context: Context, selection: Selection, cluster: str, *, everything: bool
) -> list[LimitState]:
    named = {name: _names(selection, name) for name in ("Account", "User", "QOS")}
    accounts = [*dict.fromkeys([*selection.names, *named["Account"]])]
    users, qos = named["User"], named["QOS"]
    if everything and (accounts or users or qos):
        raise UsageError(f"'{EVERYTHING}' stands alone", "or name accounts, users and QOS")
    if not everything and not accounts and not users and not qos:
        users = [context.backend.user()]
    with context.limits.beside():
        facts = read_limits(context, cluster, accounts, users, qos or None, everything=everything)
    _check_names(facts, accounts, users, qos)
    states = of_associations(facts.tree, facts.use)
    for name, row in facts.qos.items():
        part = _parts(facts, name, accounts, users)
        states += of_qos(row, facts.use, *part)
    return states


def _parts(
    facts: LimitFacts, qos: str, accounts: Sequence[str], users: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Return the users and the accounts whose part of a QOS is meant."""
    if accounts or users:
        return (
            {key.user for key in facts.meant} - {""},
            {key.account for key in facts.meant},
        )
    # Of all that use the QOS now: nobody else has used any of it.
    return (
        {user for name, user in facts.use.qos_users if name == qos},
        {account for name, account in facts.use.qos_accounts if name == qos},
    )


def _names(selection: Selection, name: str) -> list[str]:
    return [str(value) for value in selection.where.get(name, ())]


def _check_names(
    facts: LimitFacts, accounts: Sequence[str], users: Sequence[str], qos: Sequence[str]
) -> None:
    """Raise NotFound for a name that does not exist."""
    there = {key.user for key in facts.meant}
    where = f" on cluster '{facts.cluster}'"
    if accounts and users:
        where = f" in account {', '.join(accounts)}{where}"
    for user in users:
        if user not in there:
            raise NotFound(f"user '{user}' has no association{where}", see_list(USER))
    for account in accounts:
        if account not in facts.parents:
            raise NotFound(
                f"account '{account}' does not exist on cluster '{facts.cluster}'",
                see_list(ACCOUNT),
            )
    for name in qos:
        if name not in facts.qos:
            raise NotFound(f"qos '{name}' does not exist", see_list(QOS))
