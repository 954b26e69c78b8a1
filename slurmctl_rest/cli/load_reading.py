"""What is read of Slurm before a file of a cluster is loaded: by both voices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import ACCOUNT, QOS, TRES_TYPE, USER
from slurmctl_rest.model.entities.tres import tres_names
from slurmctl_rest.model.fields import Entity, Row, SlurmRecord
from slurmctl_rest.sacctmgr.load_plan import Present, keys_of
from slurmctl_rest.sacctmgr.load_words import FileFacts
from slurmctl_rest.sacctmgr.tokens import is_old


@dataclass(frozen=True, slots=True)
class FileReading:
    """How it is read.

    kept  what the executors do not change, where it is known: (user, key) -> value
    """

    context: Context
    kept: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def present(self, cluster: str) -> Present:
        """Return what there is; of a cluster that is not known nothing is on it."""
        context = self.context
        clusters = context.backend.clusters()
        known = cluster in clusters
        here = cluster if known else context.backend.cluster()
        accounts = [_elsewhere(row, ACCOUNT, known=known) for row in context.read(ACCOUNT, here)]
        users = [_elsewhere(row, USER, known=known) for row in context.read(USER, here)]
        rows = context.associations(cluster) if known else []
        qos = context.read(QOS, here)
        order = context.backend.names(QOS)
        facts = FileFacts(
            not is_old(context.backend.release()),
            {name: str(number) for number, name in enumerate(order)},
            tres_names(context.read(TRES_TYPE, here)),
        )
        return Present(
            accounts={str(row["Account"]): row for row in accounts},
            users={str(row["User"]): row for row in users},
            rows=keys_of(rows),
            qos=qos,
            facts=facts,
            clusters=clusters,
            home=context.backend.cluster(),
            kept=self.kept,
        )


def _elsewhere(row: Row, entity: Entity, *, known: bool) -> Row:
    """Return a record without what it has on this cluster, where another one is meant."""
    if known:
        return row
    empty = {f.name: f.kind.load(None) for f in entity.fields}
    told = (f.name for f in entity.fields if f.record is SlurmRecord.OBJECT)
    return empty | {name: row[name] for name in told if name != "DefaultAccount"}
