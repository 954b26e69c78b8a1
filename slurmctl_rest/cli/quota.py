"""`quota`: how much of each limit is used, up the tree and in the QOS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.limits import LimitFacts, check_use_is_known, read_limits
from slurmctl_rest.cli.named import absent_error, last_error
from slurmctl_rest.errors import OverThreshold, SlurmctlError, UsageError
from slurmctl_rest.limits.findings import LimitState, by_fullness, of_associations, of_qos
from slurmctl_rest.model.entities import ACCOUNT, QOS, USER
from slurmctl_rest.model.entities.quota import QUOTA, QUOTA_WORDS
from slurmctl_rest.model.syntax import Selection, parse_select

EVERYTHING = "all"


def run(context: Context, tokens: Sequence[str], over: float | None) -> None:
    """Show the limits that the tokens select, the fullest first; `over`: these alone, exit 8."""
    if over is not None and not 0 <= over <= MAX_PERCENT:
        raise UsageError(f"--over takes a percentage from 0 to {MAX_PERCENT}")
    format_ = [f"format={context.options.columns}"] if context.options.columns is not None else []
    words = [token for token in tokens if token.lower() != EVERYTHING]
    statement = parse_select(QUOTA_WORDS, [*words, *format_], columns_of=QUOTA)
    columns = context.columns_of(
        QUOTA, statement.columns
    )  # a format that cannot be is refused first
    selection = statement.selection
    cluster = context.cluster(selection)
    check_use_is_known(context, cluster)
    found, absent = _states(context, selection, cluster, everything=words != [*tokens])
    states = by_fullness(found)
    shown = states
    if over is not None:
        shown = [one for one in states if one.percent is not None and one.percent >= over]
    context.show(QUOTA, [one.row() for one in shown], columns, cluster=cluster)
    unknown = sum(one.percent is None for one in states)
    if unknown:
        context.console.warn(
            f"the use of {unknown} limit{'s' * (unknown != 1)} is not known over "
            f"{context.executor}: see the column Note, or use the Slurm commands"
        )
    if absent is not None:
        raise absent
    if over is not None and shown:
        count = len(shown)
        raise OverThreshold(
            f"{count} limit{'s are' if count != 1 else ' is'} used to {over:g} % or more",
            "slurmctl-rest jobs why JOB names the limit that holds a job",
        )


MAX_PERCENT = 1000


def _states(
    context: Context, selection: Selection, cluster: str, *, everything: bool
) -> tuple[list[LimitState], SlurmctlError | None]:
    """Return the limits, and the error for names that do not exist; raise it if none does."""
    named = {name: _names(selection, name) for name in ("Account", "User", "QOS")}
    accounts = [*dict.fromkeys([*selection.names, *named["Account"]])]
    users, qos = named["User"], named["QOS"]
    if everything and (accounts or users or qos):
        raise UsageError(f"'{EVERYTHING}' stands alone", "or name accounts, users and QOS")
    if not everything and not accounts and not users and not qos:
        users = [context.backend.user()]
    with context.limits.beside():
        facts = read_limits(context, cluster, accounts, users, qos or None, everything=everything)
    absent = _absent(context, facts, accounts, users, qos)
    states = of_associations(facts.tree, facts.use)
    for name, row in facts.qos.items():
        part = _parts(facts, name, accounts, users)
        states += of_qos(row, facts.use, *part)
    return states, absent


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


def _absent(
    context: Context,
    facts: LimitFacts,
    accounts: Sequence[str],
    users: Sequence[str],
    qos: Sequence[str],
) -> SlurmctlError | None:
    """Return the error for the names that do not exist; raise it if none of a kind does."""
    cluster, members = facts.cluster, {key.user for key in facts.meant}

    def errors() -> Iterator[SlurmctlError | None]:
        yield absent_error(context, ACCOUNT, accounts, facts.parents, cluster)
        yield absent_error(context, USER, users, members, cluster, inside=accounts)
        yield absent_error(context, QOS, qos, facts.qos, cluster)

    return last_error(errors())
