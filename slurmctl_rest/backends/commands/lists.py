"""Reads what sacctmgr alone lists, and the few lists that it and scontrol print as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from slurmctl_rest.backends.commands import listings, output
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.query import Query, another_cluster, named
from slurmctl_rest.errors import SlurmRefused
from slurmctl_rest.model.entities import (
    CLUSTERS,
    CONFIGURATION,
    FEDERATION,
    INSTANCE,
    RESERVATION,
    RESOURCE,
    STATS,
)
from slurmctl_rest.model.entities.daemons import settings, statistics
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json

RunChecked: TypeAlias = Callable[[CommandLine], Finished]
"""Runs a command; raises the error that it reports."""

SETTINGS = CommandLine(("sacctmgr", "show", "configuration"))
STATISTICS = CommandLine(("sacctmgr", "--json", "show", "stats"))
IN_JSON: Mapping[str, tuple[CommandLine, str]] = {
    INSTANCE.noun: (CommandLine(("sacctmgr", "--json", "list", "instance")), "instances"),
    RESERVATION.noun: (CommandLine(("scontrol", "--json", "show", "reservation")), "reservations"),
}
"""The nouns, each with its command and the key of its list."""


class CommandLists:
    """Reads rows of the nouns that need no more than a list."""

    def __init__(self, run: RunChecked) -> None:
        """`run` runs a command."""
        self._run = run

    @property
    def nouns(self) -> Sequence[str]:
        """Return the nouns that it reads."""
        return (*listings.LISTINGS, *IN_JSON, STATS.noun, CONFIGURATION.noun)

    def read(self, query: Query) -> list[Row]:
        """Return rows, in Slurm's order."""
        noun = query.entity.noun
        if noun == CONFIGURATION.noun:
            return [*settings(self._run(SETTINGS).stdout)]
        if noun == STATS.noun:
            return statistics_of(output.document(STATISTICS, self._run(STATISTICS)))
        if noun in IN_JSON:
            line, key = IN_JSON[noun]
            finished = self._run(line)
            records = output.records(line, finished, key)
            of = str(output.origin(output.document(line, finished)).get("cluster", ""))
            if query.entity is RESERVATION and (
                wrong := another_cluster(of, query.cluster, RESERVATION.plural)
            ):
                raise wrong
            return [query.entity.load(record) for record in records]
        return named(query, self._listed(query))

    def _listed(self, query: Query) -> Sequence[Row]:
        listing = listings.LISTINGS[query.entity.noun]
        found: Sequence[Row] = self._rows(listing, query)
        if query.entity is FEDERATION:
            return listings.federations(found)
        if query.entity is RESOURCE:
            return listings.resources(found, self._rows(listings.PARTS_OF_RESOURCES, query))
        return found

    def with_cluster_fields(self, query: Query, rows: Sequence[Row]) -> list[Row]:
        """Return clusters with what is asked of that which JSON does not tell of them."""
        fields = (CLUSTERS.key, *(f for f in CLUSTERS.on_request if f.name in query.also))
        found = self._rows(listings.Listing(CLUSTERS.noun, fields), query)
        told = {row["Cluster"]: row for row in found}
        return [{**row, **told.get(row["Cluster"], {})} for row in rows]

    def _rows(self, listing: listings.Listing, query: Query) -> Sequence[Row]:
        line = listings.line(listing, query)
        return listings.listed_rows(listing, self._run(line).stdout)


def statistics_of(document: Json) -> list[Row]:
    """Return the rows of slurmdbd's statistics; SlurmRefused where they cannot be read."""
    try:
        return [*statistics(document)]
    except (KeyError, TypeError, ValueError) as error:
        raise SlurmRefused(f"stats: Slurm's answer cannot be read: {error}") from error
