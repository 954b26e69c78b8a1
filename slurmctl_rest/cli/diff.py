"""`diff`: what differs between a site's file and a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from slurmctl_rest.cli import site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.last_applied import origins_of, with_actors
from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.change import Action, RowChange, called
from slurmctl_rest.model.text import listed, printable
from slurmctl_rest.render import changes as render
from slurmctl_rest.render.json import SCHEMA_VERSION, dumped
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.origins import ChangeOrigin

NAGIOS_OK, NAGIOS_WARNING, NAGIOS_UNKNOWN = 0, 1, 3
"""Exit codes that Nagios knows."""


def run(context: Context, file: str, *, nagios: bool) -> int:
    """Print the differences; return the exit code."""
    if nagios:
        try:
            found, cluster, _ = _differences(context, file)
        except SlurmctlError as error:
            print(f"ACCOUNTING UNKNOWN - {printable(error.message, 0)}")
            return NAGIOS_UNKNOWN
        print(_nagios_line(found, cluster))
        return NAGIOS_WARNING if found else NAGIOS_OK
    options = context.options
    # Slurm's journal is read for them, which may take its time.
    told_of = options.as_json or (options.output == "table" and not options.quiet)
    found, cluster, told = _differences(context, file, origins=told_of)
    if options.output == "prometheus":
        context.console.print(_metrics(found, cluster))
    elif options.as_json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "kind": "diff",
            **context.meta(cluster),
            "equal": not found,
            "differences": [render.difference_json(change) for change in found],
            "origins": [one.as_json() for one in told],
            "warnings": list(context.console.warnings),
        }
        indent = 2 if options.output == "json" else None
        context.console.print(
            [dumped(document, indent, ascii_=context.console.output_target().ascii)]
        )
    elif found or not options.quiet:
        context.console.print(_lines(context, found, cluster))
        for one in told:
            if one.place != "file":
                context.console.say(str(one))
    return Exit.DIFFERS if found else Exit.OK


def _differences(
    context: Context, file: str, *, origins: bool = False
) -> tuple[list[RowChange], str, list[ChangeOrigin]]:
    site = site_reading.read_site(context, Path(file))
    cluster = site_reading.cluster_of_site(context, site)
    found = compare(site, site_reading.state_for(context, site, cluster))
    told = with_actors(context, cluster, origins_of(context, site, found)) if origins else []
    return [*found.changes, *found.only_here], cluster, told


def _lines(context: Context, found: Sequence[RowChange], cluster: str) -> Iterator[str]:
    yield from render.difference_lines(found, context.console.output_target())
    if not found:
        context.console.say(f"no differences from {cluster}")
    else:
        context.console.say(f"{_counted(found)} (cluster -> file)")


def _counted(found: Sequence[RowChange]) -> str:
    """Return the differences by where they are.

    Example: 2 different, 1 only in the file, 3 only on the cluster
    """
    by_action = Counter(change.action for change in found)
    words: Mapping[Action, str] = {
        "modify": "different",
        "add": "only in the file",
        "delete": "only on the cluster",
    }
    return ", ".join(f"{by_action[a]} {w}" for a, w in words.items() if by_action[a])


def _nagios_line(found: Sequence[RowChange], cluster: str) -> str:
    data = f"differences={len(found)}"
    if not found:
        return f"ACCOUNTING OK - {cluster} is as the file has it | {data}"
    names = listed([called(change.entity, change.row) for change in found])
    return f"ACCOUNTING WARNING - {cluster}: {_counted(found)}: {printable(names, 0)} | {data}"


METRIC = "slurmctl_rest_differences"


def _metrics(found: Sequence[RowChange], cluster: str) -> Iterator[str]:
    """Yield the text that a textfile collector of Prometheus reads."""
    yield f"# HELP {METRIC} Objects that differ between the cluster and the file of the site."
    yield f"# TYPE {METRIC} gauge"
    counted = Counter(
        (change.entity.noun, render.PLACE_OF_DIFFERENCE[change.action]) for change in found
    )
    for noun in NOUNS_OF_SITES:
        for where in render.PLACE_OF_DIFFERENCE.values():
            labels = f'cluster="{cluster}",entity="{noun}",where="{where}"'
            yield f"{METRIC}{{{labels}}} {counted[noun, where]}"


NOUNS_OF_SITES = ("qos", "account", "user", "association")
