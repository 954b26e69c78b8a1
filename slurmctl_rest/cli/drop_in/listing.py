"""The lists of the voice `sacctmgr` over REST: from words to a reply."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in import documents, question
from slurmctl_rest.cli.drop_in.facts import LiveFacts
from slurmctl_rest.cli.drop_in.reading import READERS, Reading
from slurmctl_rest.errors import NEEDS_COMMANDS, Unsupported
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.sacctmgr import list_cells, list_requests
from slurmctl_rest.sacctmgr.list_requests import ListRequest
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.printing import table_lines
from slurmctl_rest.sacctmgr.reply import FAILED, Reply, as_lines


def answered_list(noun: str, context: Context, options: LineOptions, words: Sequence[str]) -> Reply:
    """Answer the list of a noun; `words`: those behind it."""
    facts = LiveFacts(context, with_deleted=True)
    wanted = list_requests.read_list(noun, words, options, facts)
    if (
        wanted.unsure
        and not options.immediate
        and not question.answered_yes(list_requests.ONLY_WITHASSOC)
    ):
        return Reply(as_lines("Aborted"))
    columns = list_requests.list_columns(wanted)
    headers = frozenset(one.column.header for one in columns)
    said = list_requests.not_unpacked(wanted)
    if options.document:
        return documents.document_answered(facts, wanted, options, words, headers, said)
    if said:
        return Reply("", as_lines(*said), FAILED)
    _refuse_untold(wanted, headers)
    newer = noun != "qos" or facts.is_newer()
    shown = list_cells.list_cells(noun, columns, wanted.switches, newer=newer)
    found = READERS[noun](
        Reading(facts.backend.lister, facts, wanted, list_cells.fields_of(shown), headers)
    )
    try:
        texts = [[cell.text(row) for cell in shown] for row in found]
    except list_cells.Untold as untold:
        raise Unsupported(f"slurmrestd does not tell {untold}", NEEDS_COMMANDS) from untold
    fits = [cell.fit for cell in shown]
    return Reply("".join(f"{line}\n" for line in table_lines(columns, texts, options, fits)))


def _refuse_untold(wanted: ListRequest, headers: frozenset[str]) -> None:
    """Raise Unsupported for what is asked for and slurmrestd does not tell."""
    if "WithRawQOS" in wanted.switches and headers & {"QOS", "QOS_RAW"}:
        raise Unsupported("slurmrestd does not tell raw QOS", NEEDS_COMMANDS)
    if wanted.noun == QOS.noun and "WithDeleted" in wanted.switches:
        raise Unsupported("slurmrestd does not tell deleted QOS", NEEDS_COMMANDS)
    for condition in UNTOLD.get(wanted.noun, ()):
        if any(wanted.where.get(condition, ())):
            raise Unsupported(f"slurmrestd does not tell {condition}", NEEDS_COMMANDS)


UNTOLD = {"cluster": ("Classification", "Federation")}
"""Noun -> the conditions that slurmrestd cannot judge."""
