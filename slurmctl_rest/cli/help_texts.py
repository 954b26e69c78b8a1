"""Help of the verbs: examples first, then the fields, taken from the entity's table."""

from __future__ import annotations

from collections.abc import Iterator

from slurmctl_rest.model.fields import Access, Entity
from slurmctl_rest.model.kinds import NAME_RULE

SUMMARY = {
    "list": "List {noun}s, with the limits that hold there",
    "tree": "Show {noun}s below each other, each with the limits of its own",
    "add": "Add {noun}s",
    "modify": "Change what is named behind `set`, and nothing else",
    "delete": "Delete {noun}s from this cluster",
}
EXAMPLES = {
    "list": (
        "{noun} list",
        "{noun} list physics format=Account,Parent,GrpTRES%30",
        "{noun} list where parent=science WOPLimits",
    ),
    "tree": ("{noun} tree", "{noun} tree science"),
    "add": (
        "{noun} add physics parent=science GrpTRES=cpu=100,gres/gpu=8 Fairshare=20",
        "{noun} add optics,lasers parent=physics Description='light, and more of it'",
    ),
    "modify": (
        "{noun} modify physics set GrpTRESMins=cpu=200000 MaxJobs=-1",
        "{noun} modify where parent=science set MaxWall=1-00:00:00",
        "{noun} modify physics,optics set QosLevel+=high --dry-run",
    ),
    "delete": ("{noun} delete optics", "{noun} delete optics,lasers -i --missing-ok"),
}
WRITES = ("add", "modify")


def short(entity: Entity, verb: str) -> str:
    """Return the line in the list of commands."""
    return SUMMARY[verb].format(noun=entity.noun) + "."


def verb(entity: Entity, verb_: str) -> str:
    """Return the help of one verb; \\b keeps the lines of a paragraph as they are."""
    examples = "\n".join(f"  slurmctl-rest {line}" for line in EXAMPLES[verb_])
    fields = "\n".join(_fields(entity, settable=verb_ in WRITES))
    what = "Fields to set:" if verb_ in WRITES else "Fields for conditions and format=:"
    text = f"{short(entity, verb_)}\n\n\b\nExamples:\n{examples}\n\n\b\n{what}\n{fields}"
    if verb_ == "add":
        text += f"\n\nNames: {NAME_RULE}; stored in lower case."
    return text.format(noun=entity.noun)


def _fields(entity: Entity, *, settable: bool) -> Iterator[str]:
    for field in entity.fields:
        if not settable or field.access is Access.SET:
            yield f"  {field.name:<16} {field.help} [{field.kind.unit}]"
