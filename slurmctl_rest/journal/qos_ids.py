"""Names of QOS that are gone: slurmdbd forgets them, and its journal has numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slurmctl_rest.journal.parse import OF_ONE_ROW, JournalEntry


def qos_names(entries: Iterable[JournalEntry], known: Mapping[str, str]) -> dict[str, str]:
    """Return number -> name of all QOS, those of the past too, as far as it is certain.

    `entries`: those about QOS, in their order; `known`: what Slurm tells now.

    A later QOS has a larger number, so numbers and additions stand in the same order. Between two
    that are known they are paired where there are as many of one as of the other.
    """
    made: list[tuple[str, str]] = []
    numbers = dict(known)
    for entry in entries:
        names = entry.conditions.get("", ()) if entry.action == "Add QOS" else ()
        made += [(name, "") for name in names]
        if entry.action == "Remove QOS":
            for number in entry.conditions.get("id", ()):
                numbers.setdefault(number, "")
        named = entry.conditions.get("name", ())
        found = OF_ONE_ROW.search(entry.info)
        if entry.action == "Modify QOS" and len(named) == 1 and found:
            numbers[found[1]] = named[0]
            made = _numbered(made, named[0], found[1])
    for number, name in known.items():
        made = _numbered(made, name, number)
    return _paired(made, numbers)


def _numbered(made: list[tuple[str, str]], name: str, number: str) -> list[tuple[str, str]]:
    """Give the last QOS of that name its number."""
    last = max((at for at, one in enumerate(made) if one[0] == name), default=-1)
    return [(n, number if at == last else old) for at, (n, old) in enumerate(made)]


def _paired(made: Iterable[tuple[str, str]], numbers: Mapping[str, str]) -> dict[str, str]:
    found = dict(numbers)
    low, waiting = 0, list[str]()
    for name, number in [*made, ("", str(max(map(int, numbers), default=0) + 1))]:
        if not number:
            waiting.append(name)
            continue
        nameless = (int(n) for n, one in numbers.items() if not one)
        between = [str(n) for n in sorted(nameless) if low < n < int(number)]
        if len(between) == len(waiting):
            found.update(zip(between, waiting, strict=True))
        low, waiting = int(number), []
    return {number: name for number, name in found.items() if name}
