"""`diff`: what differs between a site's file and a cluster, or between then and now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from slurmctl_rest.cli import past, site_reading
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.exits import Exit
from slurmctl_rest.cli.last_applied import origins_of, with_actors
from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model.change import Action, RowChange, called
from slurmctl_rest.model.text import listed, printable
from slurmctl_rest.render import changes as render
from slurmctl_rest.render.formats import refuse_lists_alone
from slurmctl_rest.render.json import SCHEMA_VERSION
from slurmctl_rest.site.between import changes_between
from slurmctl_rest.site.compare import compare
from slurmctl_rest.site.origins import ChangeOrigin

NAGIOS_OK, NAGIOS_WARNING, NAGIOS_UNKNOWN = 0, 1, 3
"""Exit codes that Nagios knows."""


def run(context: Context, file: str | None, as_of: str | None, *, nagios: bool) -> int:
    """Print the differences; return the exit code.

    `as_of`: of the cluster as it was then; without a file, from then to now.
    """
    prometheus = context.options.output == "prometheus"
    if file is None and (as_of is None or prometheus or nagios):
        raise UsageError("no file is given", "diff -f FILE, or diff --as-of TIME")
    if not prometheus:
        refuse_lists_alone("diff", context.options.output)
    sides = render.OF_FILE if file is not None else render.OF_TIME
    if nagios:
        try:
            found, cluster, _ = _differences(context, file, as_of)
        except SlurmctlError as error:
            print(f"ACCOUNTING UNKNOWN - {printable(error.message, 0)}")
            return NAGIOS_UNKNOWN
        print(_nagios_line(found, cluster))
        return NAGIOS_WARNING if found else NAGIOS_OK
    options = context.options
    # Slurm's journal is read for them, which may take its time.
    told_of = options.has_keys or (options.output == "table" and not options.quiet)
    found, cluster, told = _differences(context, file, as_of, origins=told_of)
    if prometheus:
        context.console.print(_metrics(found, cluster))
    elif options.has_keys:
        document = {
            "schema_version": SCHEMA_VERSION,
            "kind": "diff",
            **context.meta(cluster),
            "equal": not found,
            "differences": [render.difference_json(change, sides) for change in found],
            "origins": [one.as_json() for one in told],
            "warnings": list(context.console.warnings),
        }
        context.console.put_document(document)
    elif found or not options.quiet:
        context.console.print(_lines(context, found, cluster, sides))
        for one in told:
            if one.place != "file":
                context.console.say(str(one))
    return Exit.DIFFERS if found else Exit.OK


def _differences(
    context: Context, file: str | None, as_of: str | None, *, origins: bool = False
) -> tuple[list[RowChange], str, list[ChangeOrigin]]:
    if file is None:
        return *_since(context, str(as_of)), []
    site = site_reading.read_site(context, Path(file))
    cluster = site_reading.cluster_of_site(context, site)
    if as_of is not None:
        past.turn_back(context, as_of)
    found = compare(site, site_reading.state_for(context, site, cluster))
    # What was applied last is told of the cluster of now alone.
    origins &= as_of is None
    told = with_actors(context, cluster, origins_of(context, site, found)) if origins else []
    return [*found.changes, *found.only_here], cluster, told


def _since(context: Context, as_of: str) -> tuple[list[RowChange], str]:
    """Return what has changed since a moment: as the Slurm commands tell both sides."""
    cluster = context.cluster()
    past.turn_back(context, as_of)
    then = site_reading.cluster_state(context, cluster)
    past.turn_to_present(context)
    return changes_between(then, site_reading.cluster_state(context, cluster)), cluster


def _lines(
    context: Context, found: Sequence[RowChange], cluster: str, sides: render.Sides
) -> Iterator[str]:
    yield from render.difference_lines(found, context.console.output_target(), sides)
    if not found:
        what = f" from {cluster}" if sides is render.OF_FILE else f" on {cluster} since then"
        context.console.say(f"no differences{what}")
    else:
        context.console.say(f"{_counted(found, sides)} ({sides.before} -> {sides.after})")


def _counted(found: Sequence[RowChange], sides: render.Sides = render.OF_FILE) -> str:
    """Return the differences by where they are.

    Example: 2 different, 1 only in the file, 3 only on the cluster
    """
    by_action = Counter(change.action for change in found)
    actions: Sequence[Action] = ("modify", "add", "delete")
    return ", ".join(
        f"{by_action[one]} {sides.words(one, 'different')}" for one in actions if by_action[one]
    )


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
    counted = Counter((change.entity.noun, render.OF_FILE.where(change.action)) for change in found)
    for noun in NOUNS_OF_SITES:
        for where in ("both", render.OF_FILE.after, render.OF_FILE.before):
            labels = f'cluster="{cluster}",entity="{noun}",where="{where}"'
            yield f"{METRIC}{{{labels}}} {counted[noun, where]}"


NOUNS_OF_SITES = ("qos", "account", "user", "association")
