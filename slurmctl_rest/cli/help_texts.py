"""Help of the verbs: examples first, then the fields, taken from the entity's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slurmctl_rest.model.entities import ASSOCIATION, USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity
from slurmctl_rest.model.kinds import NAME_RULE

SUMMARY = {
    "list": "List {plural}",
    "tree": "Show {plural} below each other, each with the limits of its own",
    "add": "Add {plural}",
    "modify": "Change what is named behind `set`, and nothing else",
    "delete": "Delete {plural} from this cluster",
}
SPECIAL = {
    ("list", "account"): "List accounts, with the limits that hold there",
    ("list", "association"): "List associations, with the limits that hold there",
    ("delete", "qos"): "Delete QOS, on all clusters: there is one set of them",
    ("add", "coordinator"): "Let users administer accounts and all below them",
    ("delete", "coordinator"): "Let users no longer administer accounts",
}
EXAMPLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "account": {
        "list": (
            "account list",
            "account list physics format=Account,Parent,GrpTRES%30",
            "account list where parent=science WOPLimits",
        ),
        "tree": ("account tree", "account tree science"),
        "add": (
            "account add physics parent=science GrpTRES=cpu=100,gres/gpu=8 Fairshare=20",
            "account add optics,lasers parent=physics Description='light, and more of it'",
        ),
        "modify": (
            "account modify physics set GrpTRESMins=cpu=200000 MaxJobs=-1",
            "account modify where parent=science set MaxWall=1-00:00:00",
            "account modify physics,optics set QosLevel+=high --dry-run",
        ),
        "delete": ("account delete optics", "account delete optics,lasers -i --missing-ok"),
    },
    "user": {
        "list": ("user list", "user list where account=physics", "user list alice,bob WithCoord"),
        "add": (
            "user add alice account=physics",
            "user add alice,bob account=physics,optics partition=gpu,batch MaxJobs=5",
            "user add carol account=physics AdminLevel=Operator",
        ),
        "modify": (
            "user modify alice set DefaultAccount=optics AdminLevel=Operator",
            "user modify where account=physics partition=gpu set MaxWall=1-00:00:00",
        ),
        "delete": (
            "user delete alice",
            "user delete alice,bob where account=physics",
            "user delete where account=physics --last",
        ),
    },
    "association": {
        "list": (
            "assoc list where account=physics",
            "assoc list where user=alice format=Account,Partition,MaxJobs,QOS WOPLimits",
            "assoc list where account=science user='' WithSubAccounts",
        ),
        "tree": ("assoc tree", "assoc tree where account=science"),
        "add": (
            "assoc add account=physics user=alice partition=gpu MaxJobs=5",
            "assoc add account=physics,optics user=alice,bob QosLevel=normal,high DefaultQOS=high",
        ),
        "modify": (
            "assoc modify where account=physics user=alice set Fairshare=parent GrpTRES=cpu=10",
            "assoc modify where account=physics user='' set QosLevel+=high",
        ),
        "delete": (
            "assoc delete where account=physics user=alice partition=gpu",
            "assoc delete where account=physics user=alice,bob",
        ),
    },
    "coordinator": {
        "list": ("coordinator list", "coordinator list where account=physics"),
        "add": ("coordinator add alice,bob account=physics",),
        "delete": ("coordinator delete alice account=physics,optics",),
    },
    "qos": {
        "list": ("qos list", "qos list high format=Name,Flags%40,GrpTRES"),
        "add": ("qos add high Priority=100 Flags=DenyOnLimit Preempt=low PreemptMode=requeue",),
        "modify": (
            "qos modify high set Flags+=NoDecay Flags-=DenyOnLimit MaxTRESPU=gres/gpu=4",
            "qos modify high set GrpTRES=cpu=-1 Preempt-=low",
        ),
        "delete": ("qos delete high",),
    },
    "cluster": {"list": ("cluster list",)},
    "tres": {"list": ("tres list",)},
}
WRITES = ("add", "modify")
NOTES = {
    (
        "modify",
        "association",
    ): "Conditions select accounts' own rows and users' rows alike: user='' "
    "means the accounts' own.",
    ("delete", "association"): "The account and the user stay. With an account's own row goes all "
    "below it.",
    ("delete", "user"): "Where accounts or partitions are named, only these associations go. A "
    "default account that goes is switched to another of the user's.",
}


def noun(entity: Entity, verbs: Sequence[str]) -> str:
    """Return the line of a noun in the list of commands: what can be done with it."""
    first, *rest = verbs
    listed = [first.capitalize(), *(v for v in rest if v != "tree")]
    words = ", ".join(listed[:-1]) + f" and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"{words} {entity.plural}."


def short(entity: Entity, verb: str) -> str:
    """Return the line in the list of commands."""
    text = SPECIAL.get((verb, entity.noun), SUMMARY[verb])
    return text.format(plural=entity.plural) + "."


def verb(entity: Entity, verb_: str) -> str:
    """Return the help of one verb; \\b keeps the lines of a paragraph as they are."""
    examples = "\n".join(f"  slurmctl-rest {line}" for line in EXAMPLES[entity.noun][verb_])
    words = USER_WITH_LIMITS if entity is USER and verb_ in WRITES else entity
    fields = "\n".join(_fields(words, verb_))
    what = "Fields to set:" if verb_ in WRITES else "Fields for conditions and format=:"
    text = f"{short(entity, verb_)}\n\n\b\nExamples:\n{examples}\n\n\b\n{what}\n{fields}"
    if (verb_, entity.noun) in NOTES:
        text += f"\n\n{NOTES[verb_, entity.noun]}"
    if verb_ == "add" and entity is not ASSOCIATION:
        text += f"\n\nNames: {NAME_RULE}; stored in lower case."
    return text


def _fields(entity: Entity, verb_: str) -> Iterator[str]:
    shown = {
        "add": {Access.SCOPE, Access.SET},
        "modify": {Access.SET, Access.MODIFY},
    }.get(verb_, set(Access))
    for field in entity.fields:
        if field.access in shown:
            yield f"  {field.name:<19} {field.help} [{field.kind.unit}]"
