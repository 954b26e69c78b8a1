"""sacctmgr's command lines as this program's own commands."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

from slurmctl_rest.sacctmgr.options import LineOptions

OWN_NOUNS: Mapping[str, str] = {"association": "assoc"}
"""sacctmgr's nouns that this program calls otherwise."""


def native(
    options: LineOptions,
    verb: str,
    noun: str,
    words: Sequence[str],
    commands: Mapping[str, Collection[str]],
) -> str | None:
    """Return the command that means the same, as it is typed; None where there is none.

    `commands` has the verbs of each of this program's nouns.

    >>> native(LineOptions(immediate=True), "modify", "qos", ["x"], {"qos": ["modify"]})
    'slurmctl-rest qos modify x -i'
    """
    named = OWN_NOUNS.get(noun, noun)
    if options.document == "yaml":  # of a list; this program's own voice has JSON alone
        return None
    if verb not in commands.get(named, ()):
        return f"slurmctl-rest {verb}" if verb in SINGLE_COMMANDS and not noun else None
    flags = [
        flag
        for flag, given in (
            ("-i", options.immediate and verb != "list"),
            ("-n", not options.header),
            (options.parsable, bool(options.parsable)),
            ("--json", options.document == "json"),
            ("--readonly", options.readonly and verb != "list"),
        )
        if given
    ]
    return shlex.join(["slurmctl-rest", named, verb, *words, *flags])


SINGLE_COMMANDS = frozenset({"ping"})
"""Commands of one word that both have."""
