"""`add qos`, `modify qos` and `delete qos` over REST."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import question
from slurmctl_rest.cli.drop_in.rest import rest
from slurmctl_rest.cli.drop_in.writing import Plan, written
from slurmctl_rest.model.entities import QOS, TRES_TYPE
from slurmctl_rest.model.entities.tres import PLACEHOLDER
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.tres import tres_name
from slurmctl_rest.sacctmgr import qos, qos_words
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.qos_words import Known
from slurmctl_rest.sacctmgr.reply import Reply, lines


def add(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Add QOS."""

    def make() -> Plan:
        rows, known = _read(context, words)
        return Plan.of(context.backend.cluster(), qos.add(qos_words.added(words, known), rows))

    return written(context, options, make)


def modify(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Modify QOS; all of them, where no condition is given and somebody agrees."""
    _, known = _read(context, words)
    asked = qos_words.modified(words, known)
    qos.check_modify(asked)
    if not asked.conditional and not question.agreed_to_all(options):
        return Reply(lines("Aborted"), lines(*asked.err))

    def make() -> Plan:
        rows, known = _read(context, words)
        asked = qos_words.modified(words, known)
        return Plan.of(context.backend.cluster(), qos.modify(asked, rows))

    return written(context, options, make)


def delete(context: Context, options: Options, words: Sequence[str]) -> Reply:
    """Delete QOS."""

    def make() -> Plan:
        rows, known = _read(context, words)
        asked = qos_words.deleted(words, known)
        is_any = asked.conditional and not asked.failed and qos.matching(asked, rows)
        associations = context.associations("") if is_any else []
        return Plan.of(context.backend.cluster(), qos.delete(asked, rows, associations))

    return written(context, options, make)


def _read(context: Context, words: Sequence[str]) -> tuple[list[Row], Known]:
    """Read all QOS, and what a line may name; TRES where one may be named."""
    cluster = context.backend.cluster()
    rows = context.read(QOS, cluster)
    ids = rest(context).qos_ids()
    tres: dict[str, str] = {}
    if any("=" in word for word in words):
        for row in context.read(TRES_TYPE, cluster):
            if row["Type"] != PLACEHOLDER:
                name = tres_name(str(row["Type"]), str(row["Name"] or ""))
                tres |= {name.lower(): name, str(row["ID"]): name}
    return rows, Known(context.backend.release(), ids, tres)
