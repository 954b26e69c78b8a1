"""One command line of Slurm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.backends.batching import chunked
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.command import SentCommand


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One command line; `changes` are what a writing one carries.

    `environment` holds variables that the program has to see, `answer` what it reads on stdin.
    """

    argv: tuple[str, ...]
    changes: tuple[RowChange, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""

    @property
    def command(self) -> SentCommand:
        """Return it as it is logged and shown."""
        return SentCommand(argv=(*self.env, *self.argv))

    @property
    def parallel_safe(self) -> bool:
        """Return False: commands that write run one after the other."""
        return False

    @property
    def env(self) -> tuple[str, ...]:
        """Return the words that set the variables where a shell, or ssh, runs the program."""
        variables = (f"{name}={value}" for name, value in self.environment.items())
        return ("env", *variables) if self.environment else ()

    @property
    def prints_json(self) -> bool:
        """Tell whether it prints JSON, in whose strings bytes are escaped as JSON escapes."""
        return "--json" in self.argv

    @property
    def what(self) -> str:
        """Return what a message about it is about: the objects written, or the command."""
        words = [word for word in self.argv[:4] if not word.startswith("-")]
        return subject(self.changes) or " ".join(words)


MAX_NAMES_PER_ARGUMENT = 500
"""Names in one argument: Linux ends an argument at 128 KiB, and 500 of the longest are 100 KB."""


Arguments = tuple[str, ...]


def _named(word: str, changes: Iterable[RowChange]) -> str:
    return f"{word}={','.join(change.name for change in changes)}"


NAMES_HERE = "name="
"""The word that takes the names of a group."""


def by_names(
    changes: Sequence[RowChange],
    words_of: Callable[[RowChange], Arguments],
    most: int = MAX_NAMES_PER_ARGUMENT,
) -> list[CommandLine]:
    """Return one command line for all names whose words are the same; no words: nothing to do.

    Example: a and b, MaxJobs 5 -> sacctmgr -i modify account where name=a,b ... set MaxJobs=5
    """
    groups: dict[Arguments, list[RowChange]] = {}
    for change in changes:
        if words := words_of(change):
            groups.setdefault(words, []).append(change)
    lines = []
    for words, group in groups.items():
        for part in chunked(group, most):
            named = tuple(_named("name", part) if w == NAMES_HERE else w for w in words)
            lines.append(CommandLine(named, changes=part))
    return lines


def assignment_steps(change: RowChange, names: Iterable[str]) -> Arguments:
    """Return what leads each field from before to after.

    Example: ("GrpTRES=cpu=10,gres/gpu=-1", "QosLevel+=high")
    """
    fields = change.fields
    return tuple(
        f"{name}{step}"
        for name in names
        for step in change.entity[name].kind.to_assignments(*fields[name])
    )
