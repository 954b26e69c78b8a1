"""Command lines for each row of sacctmgr's manual page: one for each verb and noun that it is for.

The tree that they meet is that of tests/lab/parity.py. In a line `{cluster}` is the cluster's name
and `{job}` a job that has ended, `{file}` a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.manual.page import Entry


@dataclass(frozen=True, slots=True)
class Probe:
    """A command line of sacctmgr without its name, and what is typed (lines of its own)."""

    line: str
    typed: str = ""
    file: str = ""
    """The text of `{file}`, which `load` reads; without it the tree with one other fair share."""

    def __str__(self) -> str:
        """Return it in one line, as the recorded table has it."""
        text = (self.typed or self.file).strip().replace("\n", "\\n")
        return f"{self.line} <<< {text}".lstrip() if text else self.line


ASSOCIATIONS = (
    "-i add account {new} {}",
    "-i add user {new} account=chem {}",
    "-i modify account chem set {}",
    "-i modify user carol where account=chem set {}",
    "-i modify cluster {cluster} set {}",
    "-nP list association where {} format=account,user,partition",
)
LIMITS = "GENERAL SPECIFICATIONS FOR ASSOCIATION BASED ENTITIES"
CONDITIONS: Mapping[str, frozenset[str]] = {
    LIMITS: frozenset({"DefaultQOS", "QosLevel"}),
    "SPECIFICATIONS FOR QOS": frozenset({"Description", "Name", "PreemptMode", "Flags"}),
}
"""Of sections that are mostly limits: the words by which rows are selected, too."""

SPECIFICATIONS: Mapping[str, Sequence[str]] = {
    LIMITS: ASSOCIATIONS,
    "SPECIFICATIONS FOR ACCOUNTS": (
        "-nP list account where {} format=account",
        "-i add account {new} {}",
        "-i modify account where {} set fairshare=9",
        "-i modify account chem set {}",
        "-i delete account where {}",
    ),
    "SPECIFICATIONS FOR ASSOCIATIONS": (
        "-nP list association where {} format=account,user,partition",
        "-nP list account WithAssoc where {} format=account,user,partition",
        "-nP list user WithAssoc where {} format=account,user,partition",
    ),
    "SPECIFICATIONS FOR CLUSTERS": (
        "-nP list cluster where {} format=cluster",
        "-i add cluster newcluster {}",
        "-i modify cluster where {} set fairshare=9",
        "-i modify cluster {cluster} set {}",
        "-i delete cluster newcluster {}",
    ),
    "SPECIFICATIONS FOR COORDINATOR": (
        "-i add coordinator {} account=physics names=dave",
        "-i delete coordinator {} account=science names=bob",
    ),
    "SPECIFICATIONS FOR EVENTS": ("-nP list event where {} format=event,nodename",),
    "SPECIFICATIONS FOR FEDERATION": (
        "-nP list federation where {} format=federation,cluster",
        "-i add federation newfed {}",
        "-i modify federation newfed set {}",
        "-i delete federation where {}",
    ),
    "SPECIFICATIONS FOR INSTANCES": ("-nP list instance where {} format=instanceid,nodename",),
    "SPECIFICATIONS FOR JOB": (
        "-i modify job where {} set comment=b",
        "-i modify job {job} set {}",
    ),
    "SPECIFICATIONS FOR QOS": (
        "-nP list qos where {} format=name",
        "-i add qos {new} {}",
        "-i modify qos where {} set priority=9",
        "-i modify qos low set {}",
        "-i delete qos where {}",
    ),
    "SPECIFICATIONS FOR RESERVATIONS": ("-nP list reservation where {} format=name,start,end",),
    "SPECIFICATIONS FOR RESOURCE": (
        "-nP list resource where {} format=name,server",
        "-i add resource {new} count=5 type=license {}",
        "-i modify resource where {} name=matlab server=flexnet set count=7",
        "-i modify resource matlab server=flexnet set {}",
        "-i delete resource where {}",
    ),
    "SPECIFICATIONS FOR RUNAWAYJOB": ("-nP list runawayjobs {}",),
    "SPECIFICATIONS FOR TRANSACTIONS": ("-nP list transaction where {} format=action,where",),
    "SPECIFICATIONS FOR USERS": (
        "-nP list user where {} format=user",
        "-i add user {new} account=chem {}",
        "-i modify user where {} set fairshare=9",
        "-i modify user carol set {}",
        "-i delete user where {}",
    ),
    "dump": ("dump {cluster} {}",),
    "load": ("-i load {file} {}",),
    "archive dump": ("-i archive dump Directory=/tmp {}",),
    "archive load": ("-i archive load {}",),
}
"""The sections of what may be set and asked for -> lines with `{}` in its place."""

COLUMNS: Mapping[str, str] = {
    "LIST/SHOW ACCOUNT FORMAT OPTIONS": "account WithCoord",
    "LIST/SHOW ASSOCIATION FORMAT OPTIONS": "association",
    "LIST/SHOW CLUSTER FORMAT OPTIONS": "cluster",
    "LIST/SHOW EVENT FORMAT OPTIONS": "event Start=now-1days",
    "LIST/SHOW FEDERATION FORMAT OPTIONS": "federation",
    "LIST/SHOW INSTANCE FORMAT OPTIONS": "instance",
    "LIST/SHOW QOS FORMAT OPTIONS": "qos",
    "LIST/SHOW RESERVATION FORMAT OPTIONS": "reservation",
    "LIST/SHOW RESOURCE FORMAT OPTIONS": "resource",
    "LIST/SHOW RUNAWAYJOB FORMAT OPTIONS": "runawayjobs",
    "LIST/SHOW TRANSACTIONS FORMAT OPTIONS": "transaction Actor=nosuch",
    "LIST/SHOW USER FORMAT OPTIONS": "user WithCoord",
    "LIST/SHOW WCKey": "wckey",
    "LIST/SHOW TRES": "tres",
}
"""The sections of columns -> the list that has them."""
SWITCH = re.compile(r"With|WO|OnlyDefaults$|Tree$|All_|clean$")
"""Words that stand alone, without a value."""

VALUES: Mapping[str, str] = {
    **dict.fromkeys(("Cluster", "Clusters"), "{cluster}"),
    **dict.fromkeys(("Description", "Descriptions"), "chem"),
    **dict.fromkeys(("Account", "Accounts", "DefaultAccount"), "chem"),
    **dict.fromkeys(("User", "Users", "Names"), "carol"),
    **dict.fromkeys(("Partition", "Partitions"), "gpu"),
    **dict.fromkeys(("GrpTRES", "MaxTRES", "MinTRES"), "cpu=5,mem=1G"),
    **dict.fromkeys(("QosLevel", "DefaultQOS", "QOS"), "normal"),
    **dict.fromkeys(("Start", "StartTime"), "now-1days"),
    **dict.fromkeys(("End", "EndTime"), "now"),
    "AdminLevel": "Operator",
    "Classification": "capacity",
    "CondFlags": "Open",
    "Coordinator": "chem",
    "EndState": "completed",
    "Event": "Cluster",
    "Extra": "x",
    "FedState": "ACTIVE",
    "Features": "fast",
    "Federation": "newfed",
    "Flags": "NoDecay",
    "JobID": "{job}",
    "NewName": "carla",
    "NewWCKey": "wk",
    "Nodes": "node1",
    "Organization": "uni",
    "Parent": "science",
    "Preempt": "unused",
    "PreemptMode": "cancel",
    "Reason": "'Not responding'",
    "RawUsage": "0",
    "RPC": "9",
    "States": "down",
    "UsageFactor": "0.5",
    "UsageThreshold": "0.5",
    "LimitFactor": "1.5",
    "Action": "'Add Users'",
    "Actor": "root",
    "File": "{file}",
    "Directory": "/tmp",  # noqa: S108 (a word of a line)
    "Script": "/bin/true",
    "Insert": "'insert into x'",
}
"""The value that each word gets; TRES by the beginning of the word, and 7 where nothing is here."""
VALUES_IN: Mapping[tuple[str, str], str] = {
    ("SPECIFICATIONS FOR ACCOUNTS", "Flags"): "UsersAreCoords",
    ("SPECIFICATIONS FOR ACCOUNTS", "Name"): "chem",
    ("SPECIFICATIONS FOR CLUSTERS", "Name"): "{cluster}",
    ("SPECIFICATIONS FOR COORDINATOR", "Account"): "chem",
    ("SPECIFICATIONS FOR FEDERATION", "Name"): "newfed",
    ("SPECIFICATIONS FOR JOB", "Comment"): "a",
    ("SPECIFICATIONS FOR JOB", "TRES"): "cpu=2",
    ("SPECIFICATIONS FOR JOB", "User"): "alice",
    ("SPECIFICATIONS FOR JOB", "WCKey"): "none",
    ("SPECIFICATIONS FOR QOS", "Name"): "low",
    ("SPECIFICATIONS FOR QOS", "Description"): "low",
    ("SPECIFICATIONS FOR RESERVATIONS", "Names"): "resv",
    ("SPECIFICATIONS FOR RESOURCE", "Names"): "matlab",
    ("SPECIFICATIONS FOR RESOURCE", "Flags"): "Absolute",
    ("SPECIFICATIONS FOR RESOURCE", "Server"): "flexnet",
    ("SPECIFICATIONS FOR RESOURCE", "ServerType"): "flexnet",
    ("SPECIFICATIONS FOR RESOURCE", "Type"): "license",
    ("SPECIFICATIONS FOR RESOURCE", "Descriptions"): "x",
    ("SPECIFICATIONS FOR USERS", "Name"): "carol",
    ("SPECIFICATIONS FOR USERS", "WCKeys"): "wk",
    ("SPECIFICATIONS FOR USERS", "DefaultWCKey"): "wk",
    ("SPECIFICATIONS FOR FLAT FILE", "Description"): "'Test'",
    ("SPECIFICATIONS FOR FLAT FILE", "Organization"): "'Test'",
    ("archive load", "File"): "/tmp/nosuch",  # noqa: S108 (a word of a line)
}

SPECS: Mapping[tuple[str, str], str] = {
    ("add", "account"): "new",
    ("add", "association"): "new",
    ("add", "cluster"): "newcluster",
    ("add", "coordinator"): "account=chem names=dave",
    ("add", "federation"): "newfed",
    ("add", "qos"): "newqos",
    ("add", "resource"): "newlic type=license count=5",
    ("add", "user"): "new account=chem",
    ("modify", "account"): "chem set fairshare=9",
    ("modify", "cluster"): "{cluster} set fairshare=9",
    ("modify", "coordinator"): "account=science names=bob set account=chem",
    ("modify", "federation"): "newfed set clusters={cluster}",
    ("modify", "job"): "{job} set comment=a",
    ("modify", "qos"): "low set priority=9",
    ("modify", "resource"): "matlab server=flexnet set count=7",
    ("modify", "user"): "carol set fairshare=9",
    ("delete", "account"): "empty1",
    ("delete", "cluster"): "newcluster",
    ("delete", "coordinator"): "account=science names=bob",
    ("delete", "federation"): "newfed",
    ("delete", "qos"): "unused",
    ("delete", "resource"): "matlab server=flexnet",
    ("delete", "user"): "dave",
}
"""What stands behind a verb and a noun; `x` where sacctmgr has no such command."""
VERBS: Mapping[str, str] = {
    "list": "list",
    "show": "list",
    "add": "add",
    "create": "add",
    "modify": "modify",
    "delete": "delete",
    "remove": "delete",
}
LISTS_OF: Mapping[str, str] = {
    "event": "event Start=now-1days",
    "transaction": "transaction Actor=nosuch",
    "stats": "stats ave_time",
}

OPTIONS: Mapping[str, str] = {
    "-i": "{} add account new",
    "--immediate": "{} add account new2",
    "-Q": "{} -i modify account chem set fairshare=9",
    "--quiet": "{} -i modify account chem set fairshare=9",
    "-r": "{} -i add account new",
    "--readonly": "{} -i add account new",
    "-h": "{}",
    "--help": "{}",
    "-V": "{}",
    "--version": "{}",
    "-s": "{} list user",
}
"""The line of each option; `list account` of all others."""

COMMANDS: Mapping[str, str] = {
    "archive": "-i archive dump Directory=/tmp",
    "clear": "-i clear stats",
    "dump": "dump {cluster} file={file}",
    "help": "help",
    "load": "-i load {file}",
    "ping": "ping",
    "reconfigure": "-i reconfigure",
    "shutdown": "-i shutdown",
    "version": "version",
}
"""The commands that are no verbs of nouns; these stand with the nouns (ENTITIES)."""
NOT_RUN = frozenset({"-i shutdown", "-i archive dump Directory=/tmp Script=/bin/true"})
"""What ends slurmdbd (26.05 dies of the script): not run."""

CHECKED_ELSEWHERE: Mapping[str, str] = {
    "ENVIRONMENT VARIABLES": "Slurm's libraries read them: over the commands they mean what they "
    "mean to sacctmgr, and over REST nothing",
}
"""Sections without probes, and why."""


def probes(entry: Entry) -> Sequence[Probe]:
    """Return the probes of a row of the manual, each once; KeyError for an unknown section."""
    return tuple(dict.fromkeys(_probes(entry)))


def _probes(entry: Entry) -> Iterator[Probe]:
    section = entry.section
    if section == "OPTIONS":
        yield from map(Probe, _of_option(entry.text))
    elif section == "COMMANDS":
        yield from map(Probe, [COMMANDS[entry.word]] if entry.word not in VERBS else [])
    elif section == "INTERACTIVE COMMANDS":
        yield Probe("", f"list tres\n{entry.word}\nlist tres\nquit\n")
    elif section == "ENTITIES":
        yield from map(Probe, _of_entity(entry.word.lower().removesuffix("s")))
    elif section in COLUMNS:
        yield Probe(_of_column(COLUMNS[section], entry.word))
    elif section == "SPECIFICATIONS FOR FLAT FILE":
        yield _of_file(entry)
    elif section not in CHECKED_ELSEWHERE:
        setting = _setting(entry)
        templates = SPECIFICATIONS[section]
        if SWITCH.match(entry.word):
            templates = [one for one in templates if " list " in one or section == "load"]
        selects = entry.word in CONDITIONS.get(section, {entry.word})
        templates = [one for one in templates if selects or "where {}" not in one]
        new = f"new-{entry.word.lower()}"  # each another: the lines run one after another
        for one in templates:
            yield Probe(one.replace("{new}", new).replace("{}", setting))


def _of_option(text: str) -> Iterator[str]:
    for part in text.split(","):
        option = part.strip().replace("<data_parser>", "v0.0.45")
        yield OPTIONS.get(option, "{} list account").replace("{}", option)


def _of_entity(noun: str) -> Iterator[str]:
    noun = {"qo": "qos", "tre": "tres", "stat": "stats"}.get(noun, noun)
    for word, verb in VERBS.items():
        words = LISTS_OF.get(noun, noun)
        if verb == "list":
            yield f"{word} {words}"
        else:
            yield f"-i {word} {noun} {SPECS.get((verb, noun), 'x')}"


def _of_column(words: str, column: str) -> str:
    if column == "Duration":  # how long an event lasts changes meanwhile
        words = "event nodes=nosuch"
    if SWITCH.match(column):
        return f"-P list {words} {column}"
    return f"-P list {words} format={column}"


def _setting(entry: Entry) -> str:
    if entry.under:
        return f"{entry.under}={entry.word}"
    is_archive_switch = entry.section == "archive dump" and not entry.takes_value
    if SWITCH.match(entry.word) or is_archive_switch:
        return entry.word
    return f"{entry.word}={_value(entry)}"


def _value(entry: Entry) -> str:
    in_section = VALUES_IN.get((entry.section, entry.word))
    if in_section is not None:
        return in_section
    of_tres = "cpu=5" if "TRES" in entry.word and entry.word != "TRES" else "7"
    return VALUES.get(entry.word, of_tres)


def _of_file(entry: Entry) -> Probe:
    of_tres = "node=2" if "TRES" in entry.word else _value(entry)
    setting = f":{entry.word}={of_tres}"
    given = {
        kind: setting if kind == entry.under else "" for kind in ("Cluster", "Account", "User")
    }
    text = (
        f"Cluster - '{{cluster}}'{given['Cluster']}\n"
        "Parent - 'root'\n"
        f"Account - 'fromfile'{given['Account']}\n"
        "Parent - 'fromfile'\n"
        f"User - 'carol'{given['User']}\n"
    )
    return Probe("-i load {file}", file=text)
