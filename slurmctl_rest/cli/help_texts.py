"""Help of the verbs: examples first, then the fields, taken from the entity's table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap

from slurmctl_rest.cli.exits import MEANINGS
from slurmctl_rest.cli.list_switches import SWITCHES
from slurmctl_rest.model.entities import USAGE, USER
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.job import PAST_JOB, STATES
from slurmctl_rest.model.entities.profile import PROFILE, SETTING
from slurmctl_rest.model.entities.qos import FLAGS
from slurmctl_rest.model.entities.usage import USAGE_WORDS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.names import RULE
from slurmctl_rest.model.times import FORMS

PLURALS = {"qos": "QOS", "tres": "TRES"}
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
    ("tree", "association"): "Show accounts and their users below each other, each with the limits "
    "of its own",
    ("add", "user"): "Add users to accounts",
    ("add", "association"): "Add users to accounts, or accounts",
    ("modify", "user"): "Change what is named behind `set` on users or their associations, and "
    "nothing else",
    ("delete", "user"): "Delete users, or some of their associations, from this cluster",
    ("delete", "qos"): "Delete QOS, on all clusters: there is one set of them",
    ("list", "coordinator"): "List accounts and the users who coordinate them",
    ("add", "coordinator"): "Let users administer accounts and all below them",
    ("delete", "coordinator"): "Let users no longer administer accounts",
    ("list", "cluster"): "List clusters, each with the limits of its account root",
    ("list", "tres"): "List TRES, the resources that limits count",
    ("list", "job"): "List jobs that run or wait",
    ("history", "job"): "List jobs of a window of time, each run of one",
    ("cancel", "job"): "Cancel jobs that run or wait, or signal them",
    ("report", "usage"): "Report what jobs have used of each TRES, by account and user",
    ("history", "usage"): "Report what jobs have used of each TRES, month by month",
    ("reset", "raw-usage"): "Set the raw usage of accounts, users or QOS to 0",
}
OF_NOUN = {
    "usage": "Report what jobs have used",
    "raw-usage": "Reset what fair-share and limits count",
}
"""Lines of nouns whose verbs are not those of a table."""
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
        "delete": (
            "account delete optics",
            "account delete optics,lasers -i --missing-ok",
            "account delete physics --cancel-jobs",
        ),
    },
    "user": {
        "list": ("user list", "user list where account=physics", "user list alice,bob WithCoord"),
        "add": (
            "user add alice account=physics",
            "user add alice,bob account=physics,optics partition=gpu,batch MaxJobs=5",
            "user add carol account=physics,optics DefaultAccount=optics AdminLevel=Operator",
        ),
        "modify": (
            "user modify alice set DefaultAccount=optics AdminLevel=Operator",
            "user modify alice where account=physics set GrpTRES=cpu=10,gres/gpu=-1",
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
            "assoc list where id=12,13",
        ),
        "tree": ("assoc tree", "assoc tree where account=science"),
        "add": (
            "assoc add account=physics user=alice partition=gpu MaxJobs=5",
            "assoc add account=physics,optics user=alice,bob QosLevel=normal,high DefaultQOS=high",
        ),
        "modify": (
            "assoc modify where account=physics user=alice set Fairshare=parent GrpTRES=cpu=10",
            "assoc modify where account=physics user='' set QosLevel=normal,high",
            "assoc modify where account=physics user=alice partition='' set QosLevel=''",
        ),
        "delete": (
            "assoc delete where account=physics user=alice partition=gpu",
            "assoc delete where account=physics user=alice,bob",
            "assoc delete where account=physics user='' --last",
        ),
    },
    "coordinator": {
        "list": ("coordinator list", "coordinator list where account=physics"),
        "add": ("coordinator add alice,bob account=physics",),
        "delete": ("coordinator delete alice account=physics,optics",),
    },
    "qos": {
        "list": (
            "qos list",
            "qos list high format=Name,Flags%40,GrpTRES",
            "qos list where preempt=low",
        ),
        "add": (
            "qos add low",
            "qos add high Priority=100 Flags=DenyOnLimit Preempt=low PreemptMode=requeue",
        ),
        "modify": (
            "qos modify high set Flags+=NoDecay Flags-=DenyOnLimit MaxTRESPU=gres/gpu=4",
            "qos modify high set GrpTRES=cpu=-1 Preempt-=low",
        ),
        "delete": ("qos delete high",),
    },
    "cluster": {
        "list": ("cluster list", "cluster list alps format=Cluster,ControlHost,GrpTRES,QOS"),
    },
    "tres": {"list": ("tres list",)},
    "job": {
        "list": (
            "jobs list",
            "jobs list where account=physics state=pending,running",
            "jobs list 12 format=JobID,State,Reason,Submit",
        ),
        "history": (
            "jobs history where account=physics start=2026-10-01 end=2026-11-01",
            "jobs history where user=alice state=failed,timeout start=now-12hours",
            "jobs history 12,13",
        ),
        "cancel": (
            "jobs cancel 12,13_4",
            "jobs cancel where account=physics user=alice -i --max-jobs 100",
            "jobs cancel where partition=gpu state=pending --dry-run",
            "jobs cancel 12 --wait 60",
            "jobs cancel 12 --signal USR1 --batch",
        ),
    },
    "usage": {
        "report": (
            "usage report",
            "usage report physics month=2026-10 --tz Europe/Zurich",
            "usage report account=science WithSubAccounts start=2026-10-01 end=2026-11-01 by=user",
            "usage report tres=cpu,gres/gpu by=account,day units=hours --basis allocated",
        ),
        "history": (
            "usage history physics",
            "usage history user=alice by=month,qos start=2026-01-01 tres=billing",
        ),
    },
    "raw-usage": {
        "reset": (
            "raw-usage reset physics,optics",
            "raw-usage reset user=alice account=physics -i",
            "raw-usage reset qos=high --dry-run",
        ),
    },
}
SYNTAX = {
    "list": "{names}[[where] field=value ...] [format=field,...]{switches}",
    "tree": "{names}[[where] field=value ...]",
    "add": "name,... [field=value ...]",
    "modify": "{names}[[where] field=value ...] set field=value ...",
    "delete": "{names}[[where] field=value ...]",
    "history": "{names}[[where] field=value ...] [format=field,...]{switches}",
    "cancel": "{names}[[where] field=value ...]",
    "report": "{names}[[where] field=value ...] [format=field,...]{switches}",
    "reset": "{names}[[where] field=value ...]",
}
SYNTAX_OF_NOUN = {
    ("add", "user"): "name,... account=name,... [partition=name,...] [field=value ...]",
    ("add", "association"): "account=name,... [user=name,...] [partition=name,...] "
    "[field=value ...]",
    ("add", "coordinator"): "user,... account=name,...",
    ("delete", "coordinator"): "user,... account=name,...",
}
"""Where it is not the verb's."""

WRITES = ("add", "modify")
LISTS = ("list", "history")

OF_SWITCHES = {
    "WOPLimits": "own values alone, without the inherited ones",
    "WithRawQOS": "the same as WithRawQOSLevel",
    "WithRawQOSLevel": "QosLevel as the row has it: its own QOS, or +added and -taken ones",
    "WithCoord": "with the column Coordinators, which has the indirect ones too",
    "OnlyDefaults": "only those in the default accounts of users",
    "WithDeleted": "also those that are deleted, kept for what their jobs have used",
    "WithSubAccounts": "with account=: also those of the accounts below",
    "WOPInfo": "own values alone, and without Parent",
    "Tree": "the same as the verb tree",
}
"""sacctmgr's switches, and what each does to a list."""

THERE = (
    "What is there already as asked is no change. What is there without any value of its own, as "
    "a killed add leaves it, gets the values asked for. Anything else is a conflict (exit 4): "
    "modify it."
)
CLEARS = (
    "-1 clears a limit, or one TRES of it (GrpTRES=cpu=-1). A TRES that is not named stays as it "
    "is."
)
INHERITS = (
    "QosLevel='' gives up the QOS of the row's own, and it inherits again; += and -= on a row that "
    "inherits change what it inherits. slurmrestd can do neither (exit 10)."
)
OWN_ROWS = "user='' means the accounts' own rows, partition='' the rows for all partitions."
IDS = "id=12,13 takes the numbers that slurmdbd gives to associations."
UNIX = (
    "A warning says where the operating system does not know a new user, or where that cannot be "
    "looked up: over slurmrestd, and behind a command_prefix. With --require-unix-user both are "
    "errors."
)
ELSEWHERE = (
    "What lives on other clusters too loses only what it has on this one, unless --all-clusters is "
    "given."
)
DEFAULTS = (
    "A user whose default account goes gets another of its accounts as the default one. One who "
    "has no other is left without, and a warning says so."
)
JOBS = (
    "Active jobs of what goes stand in the way (exit 4): --cancel-jobs cancels them, and waits "
    "until they have ended."
)
LAST = (
    "A user's last association here is kept (exit 4), unless --last is given: then the user goes "
    "with it."
)
REST_OF_QOS = (
    "slurmrestd knows no PreemptMode within or priority and cannot empty Preempt, and before API "
    "v0.0.42 it has no GrpSubmitJobs and no GrpTRESMins: refused by name (exit 10)."
)
ALWAYS_COMMANDS = (
    "It runs {} whatever the profile says, and needs slurm_bin_path, or command_prefix, also where "
    "execution_mode is rest."
)
OF_USAGE = (
    "start= and end=, or month=, bound the window. Jobs are cut where it begins and ends, so that "
    "windows side by side add up exactly; every run of a job counts that was requeued, and no time "
    "in which a job was suspended. Days and months are those of the time zone.",
    "by= takes account, user, day, month, qos and partition, in the order of the rows; units= "
    "takes minutes, hours or seconds. Seconds are exact; all other numbers are rounded at the end, "
    "half to even.",
    f"Times: {FORMS}.",
    ALWAYS_COMMANDS.format("sacct"),
)
JOB_NUMBERS = (
    "A number means a job, 12_3 a task of an array, and the number of an array all its tasks."
)
STATES_OF_JOBS = f"States: {', '.join(state.lower() for state in STATES)}; or as squeue has them."
OF_FLAGS = f"Flags: {', '.join(FLAGS.known)}."
NOTES: Mapping[tuple[str, str], Sequence[str]] = {
    ("list", "association"): (OWN_ROWS, IDS),
    ("tree", "association"): ("With account= all that stands below is shown too.", OWN_ROWS),
    ("add", "account"): ("Without parent= an account stands below root.", THERE),
    ("add", "user"): (
        "The user gets an association in each account and partition, and the limits go there; a "
        "user who does not exist is made. The default account is DefaultAccount, or else the first "
        "one, unless the user has one here already.",
        THERE,
        UNIX,
    ),
    ("add", "association"): (
        "With user= it is what user add does. Without, the accounts' own associations are added, "
        "and accounts that do not exist are made, as account add does.",
        THERE,
        UNIX,
    ),
    ("add", "coordinator"): (
        "Users and accounts must exist. One who coordinates an account above coordinates those "
        "below, too; slurmrestd cannot name such a user there once more (exit 10).",
    ),
    ("add", "qos"): (THERE, OF_FLAGS, REST_OF_QOS),
    ("modify", "account"): (CLEARS, INHERITS),
    ("modify", "user"): (
        "AdminLevel and DefaultAccount are the user's. All else is set on the user's associations "
        "on this cluster: all of them, or those that account=, partition= and qos= select "
        "(partition='': those for all partitions).",
        CLEARS,
        INHERITS,
    ),
    ("modify", "association"): (
        "Without user= the accounts' own rows are meant as well as those of all their users.",
        OWN_ROWS,
        IDS,
        CLEARS,
        INHERITS,
    ),
    ("modify", "qos"): (CLEARS, OF_FLAGS, REST_OF_QOS),
    ("delete", "account"): (
        "With an account goes its association here, and all below it: the associations of its "
        "users, and of the accounts below with theirs.",
        ELSEWHERE,
        DEFAULTS,
        JOBS,
    ),
    ("delete", "user"): (
        "Where accounts, partitions or QOS are named, only these associations go. " + LAST,
        ELSEWHERE,
        DEFAULTS,
        JOBS,
    ),
    ("delete", "association"): (
        "The account and the user stay. With an account's own row goes all below it; without user= "
        "that row is meant, too.",
        LAST,
        DEFAULTS,
        JOBS,
        OWN_ROWS,
        IDS,
    ),
    ("delete", "qos"): (
        "Associations that name it lose it; one that names no other inherits then. QOS that may "
        "preempt it no longer do. A QOS that is the default one of an association is kept (exit "
        "4), and normal is never deleted.",
    ),
    ("list", "job"): (JOB_NUMBERS, STATES_OF_JOBS),
    ("history", "job"): (
        "start= and end= bound the window: without start= it is a day long, without end= it goes "
        f"until now. Jobs that are named are shown whenever they ran. Times: {FORMS}.",
        "A job is shown where it waited or ran in the window, with its whole times. One that was "
        "requeued is a row for each run.",
        JOB_NUMBERS,
        STATES_OF_JOBS,
    ),
    ("cancel", "job"): (
        "Something must be named. Only the jobs that were shown are cancelled, in one request. A "
        "named job that has ended already is no error; one that Slurm does not know is (exit 3).",
        "--signal sends a signal instead, as scancel does: to the steps of a job, with --batch to "
        "its batch script, with --full to both. Waiting jobs get none unless they are named.",
        JOB_NUMBERS,
        STATES_OF_JOBS,
    ),
    ("report", "usage"): OF_USAGE,
    ("history", "usage"): OF_USAGE,
    ("reset", "raw-usage"): (
        "With an account all below it goes to 0, and the accounts above lose as much. slurmctld "
        "asks for AdminLevel Administrator.",
        "Bare words are accounts. user= needs account=, and means all associations of the user "
        "there.",
        ALWAYS_COMMANDS.format("sacctmgr"),
    ),
}
FROM = (
    "--from FILE takes names from a file, one a line (- is stdin). It is CSV where it ends in "
    ".csv, or where the first line holds a comma, or is the field that names the objects: "
)
FROM_ROWS = (
    FROM
    + "this line names fields, and each row has its values. An empty cell is not named, '' is the "
    "empty value. Words beside it hold for all rows."
)
FROM_NAMES = FROM + "this line names that field, and those that say where, and nothing else."
NAMES = f"Names: {RULE}; stored in lower case."
EXIT_CODES = f"Exit codes: {'; '.join(f'{code} {meaning}' for code, meaning in MEANINGS.items())}."


@dataclass(frozen=True, slots=True)
class Other:
    """A command that is no verb of a table: what it does, and the table of what it shows."""

    summary: str
    entity: Entity
    syntax: str = ""
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


OTHERS: Mapping[str, Other] = {
    "doctor": Other(
        "Check the profile, and whether its Slurm does what it should",
        CHECK,
        "",
        ("doctor", "doctor --profile alps --json", "doctor -P --format Check,Status,Remedy"),
        (
            "Each check is ok, warn or fail with the remedy, or skipped with the reason. They "
            "stand in the order of causes, and the exit code is that of the first one that fails. "
            "Warnings alone are exit 0.",
            "Nothing is written. A request or command may take 5 seconds, or what --timeout says.",
        ),
    ),
    "profile list": Other(
        "List the profiles of the configuration file",
        PROFILE,
        "",
        ("profile list", "profile list --config /etc/slurmctl-rest/config.toml --json"),
        (
            "Those that are wrong are shown with what is wrong. Slurm is not asked.",
            "Without a file there is one profile, that of the environment and the defaults. It has "
            "no name.",
        ),
    ),
    "profile show": Other(
        "Show each key of a profile, and where it comes from",
        SETTING,
        "[name]",
        ("profile show", "profile show alps --format Key,Value"),
        (
            "Of the token only its place is shown, and what looks like a token is masked. Slurm is "
            "not asked.",
        ),
    ),
    "profile check": Other(
        "Show what is worst with each profile",
        CHECK,
        "[name,...]",
        ("profile check", "profile check alps,jura", "profile check alps --json"),
        (
            "Each is checked as doctor does it; without names all profiles of the file. Where some "
            "fail and others do not, the exit code is 7.",
        ),
    ),
}
OF_PROFILE = "List, show and check profiles"


def other(command: str) -> str:
    """Return the help of a command that is no verb of a table."""
    found = OTHERS[command]
    paragraphs = [
        f"{found.summary}.",
        _block("Examples:", (f"slurmctl-rest {line}" for line in found.examples)),
        *found.notes,
    ]
    if command == "doctor":
        from slurmctl_rest.doctor.checks import CHECKS  # noqa: PLC0415  (in this text alone)

        paragraphs.append(_block("Checks:", (f"{one.name:<16}  {one.what}" for one in CHECKS)))
    fields = (f"{field.name:<13}  {field.help}" for field in found.entity.fields)
    return "\n\n".join([*paragraphs, _block("Fields for --format:", fields)])


def plural(entity: Entity) -> str:
    """Return the word for many, as prose spells it."""
    return PLURALS.get(entity.noun, entity.plural)


def noun(entity: Entity, verbs: Sequence[str]) -> str:
    """Return the line of a noun in the list of commands: what can be done with it."""
    if entity.noun in OF_NOUN:
        return f"{OF_NOUN[entity.noun]}."
    first, *rest = verbs
    listed = [first.capitalize(), *(v for v in rest if v != "tree")]
    words = ", ".join(listed[:-1]) + f" and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"{words} {plural(entity)}."


def short(entity: Entity, verb: str) -> str:
    """Return the line in the list of commands."""
    text = SPECIAL.get((verb, entity.noun)) or SUMMARY[verb]
    return text.format(plural=plural(entity)) + "."


def verb(entity: Entity, verb_: str) -> str:
    """Return the help of one verb; \\b keeps the lines of a paragraph as they are."""
    paragraphs = [
        short(entity, verb_),
        _block("Examples:", (f"slurmctl-rest {line}" for line in EXAMPLES[entity.noun][verb_])),
    ]
    shown = (_entry(switch, OF_SWITCHES[switch]) for switch in switches(entity, verb_))
    paragraphs += [_block("Switches:", shown)]
    listed = verb_ in {*LISTS, "modify"} and entity is not USAGE
    if listed and (named := [f.name for f in conditions(entity, verb_)]):
        paragraphs += [f"Conditions: {', '.join(named)}."]
    paragraphs += [_block(title, map(_line, fields)) for title, fields in tables(entity, verb_)]
    paragraphs += NOTES.get((verb_, entity.noun), ())
    paragraphs += [FROM_ROWS] if verb_ in WRITES else []
    paragraphs += [FROM_NAMES] if verb_ in {"delete", "cancel"} else []
    if verb_ == "add" and entity.is_named:
        paragraphs += [NAMES]
    paragraphs += [EXIT_CODES]
    return "\n\n".join(filter(None, paragraphs))


def usage(entity: Entity, verb_: str) -> str:
    """Return the tokens that a verb takes."""
    syntax = SYNTAX_OF_NOUN.get((verb_, entity.noun), SYNTAX[verb_])
    names = "[name,...] " if entity.is_named else ""
    return syntax.format(names=names, switches=" [switch ...]" * (entity.noun in SWITCHES))


def switches(entity: Entity, verb_: str) -> Sequence[str]:
    """Return sacctmgr's switches that a verb takes."""
    return SWITCHES.get(entity.noun, ()) if verb_ in {*LISTS, "report"} else ()


def words_of(entity: Entity, verb_: str) -> Entity:
    """Return the table of the words that a verb takes: users by their associations, too."""
    if (verb_, entity.noun) == ("history", "job"):
        return PAST_JOB
    if entity is USAGE:
        return USAGE_WORDS
    return USER_WITH_LIMITS if entity is USER else entity


def conditions(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that select objects."""
    words = words_of(entity, verb_)
    return [f for f in words.fields if f.where or f.access is Access.KEY]


def to_set(entity: Entity, verb_: str) -> list[Field]:
    """Return the fields that add or modify sets: of users, those of their associations, too."""
    words = words_of(entity, verb_)
    wanted = {Access.SET} if verb_ == "add" else {Access.SET, Access.MODIFY}
    return [f for f in words.fields if f.access in wanted]


def tables(entity: Entity, verb_: str) -> Iterator[tuple[str, Sequence[Field]]]:
    """Yield the tables of fields in the help of a verb, each with its title."""
    if entity is USAGE:
        yield "Conditions, and fields for format=:", conditions(entity, verb_)
        yield "Further fields for format=:", [f for f in entity.fields if not f.where]
    elif verb_ in LISTS:
        yield "Fields for format=:", entity.fields
    elif verb_ in WRITES:
        if verb_ == "add":
            yield "Where:", [f for f in entity.fields if f.access is Access.SCOPE]
        yield "Fields to set:", to_set(entity, verb_)
    else:
        yield "Conditions:", conditions(entity, verb_)


def _block(title: str, lines: Iterable[str]) -> str:
    """Return a paragraph that is not wrapped; nothing without lines."""
    listed = "".join(f"\n  {line}" for line in lines)
    return f"\b\n{title}{listed}" if listed else ""


INDENT, WIDTH = 20, 76
"""Of the second column, and of the whole: with two more in front, help fits 80 columns."""


def _line(field: Field) -> str:
    return _entry(field.name, f"{field.help} [{field.kind.unit}]")


@cache
def _entry(name: str, meaning: str) -> str:
    """Return a line of two columns; what does not fit goes on below the second."""
    lines = wrap(meaning, WIDTH - INDENT, break_long_words=False, break_on_hyphens=False)
    return f"{name:<{INDENT - 1}} " + f"\n  {'':{INDENT}}".join(lines)
