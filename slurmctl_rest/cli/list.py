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
    shown = read(session, entity, sentence, cluster)
    for name in missing(entity, (one.row for one in shown), sentence.selection.names):
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


def read(session: Session, entity: Entity, sentence: Sentence, cluster: str) -> list[Effective]:
    """Read what is selected; conditions are matched against what the reader sees."""
    rows = session.read(entity, cluster)
    if OWN in sentence.switches:
        seen = {str(row[entity.key.name]): Effective(row, {}) for row in rows}
    else:
        seen = effective(entity, rows)
    chosen: list[Row] = select(entity, (one.row for one in seen.values()), sentence.selection)
    return [seen[str(row[entity.key.name])] for row in chosen]
