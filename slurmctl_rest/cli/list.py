"""`list`: rows of an entity, as Slurm applies them."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.session import Session
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.model.inheritance import Effective, effective
from slurmctl_rest.model.syntax import Sentence, parse_select
from slurmctl_rest.planning import missing, select

OWN = "WOPLimits"
NOT_YET = ("WithAssoc", "WithCoord", "WithDeleted", "WithRawQOS")
"""sacctmgr's switches that this release refuses rather than takes for names."""


def run(session: Session, entity: Entity, tokens: Sequence[str]) -> None:
    """Show the accounts that the tokens select."""
    sentence = parse(session, entity, tokens)
    cluster = session.cluster(sentence.selection)
    rows = session.accounts(entity, cluster)
    shown = seen(entity, rows, sentence)
    for name in missing(entity, rows, sentence.selection.names):
        session.warn(f"{entity.noun} '{name}' does not exist")
    session.show(
        entity,
        [one.row for one in shown],
        sentence.columns,
        inherited=[one.inherited for one in shown],
        cluster=cluster,
    )


def parse(session: Session, entity: Entity, tokens: Sequence[str]) -> Sentence:
    """Read the tokens; a switch of sacctmgr's that is not known here is refused by name."""
    format_ = [f"format={session.options.columns}"] if session.options.columns is not None else []
    sentence = parse_select(entity, [*tokens, *format_], (OWN, *NOT_YET))
    for switch in NOT_YET:
        if switch in sentence.switches:
            raise Unsupported(
                f"{entity.noun} list does not know {switch}",
                "the limits and coordinators are columns: format=Account,GrpTRES,Coordinators",
            )
    return sentence


def seen(entity: Entity, rows: Sequence[Row], sentence: Sentence) -> list[Effective]:
    """Return what is selected; conditions are matched against what the reader sees."""
    if OWN in sentence.switches:
        shown = {str(row[entity.key.name]): Effective(row, {}) for row in rows}
    else:
        shown = effective(entity, rows)
    chosen = select(entity, (one.row for one in shown.values()), sentence.selection)
    return [shown[str(row[entity.key.name])] for row in chosen]
