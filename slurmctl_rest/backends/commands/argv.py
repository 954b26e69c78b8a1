"""Command lines of sacctmgr and scontrol, built purely.

`-i` answers every question of sacctmgr with yes, also "you named nothing: all of them?". A writing
command line therefore always names its objects and the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.backends.batching import (
    chunked,
)
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.query import CancelRequest, History, Query, View
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import LINEAGE, PLACE
from slurmctl_rest.model.entities.job import PAST_JOB
from slurmctl_rest.model.entities.job_ids import array_id, tasks, whole
from slurmctl_rest.model.fields import Entity, Field
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.times import Window

_COLUMNS = tuple(f for f in ASSOCIATION.fields if f.name not in {"Default", "Deleted"})
ASSOCIATION_ID = Field("ID", TEXT, "", "slurmdbd's number of the association")
PRINTED_ON_REQUEST = (ASSOCIATION["ID"], LINEAGE)
"""Those fields on request that no text of a user's can break a line in."""
KEY_COLUMNS = tuple(ASSOCIATION[name] for name in PLACE)


def association_columns(query: Query) -> tuple[Field, ...]:
    """Return the fields that a list of associations asks for, in their order."""
    columns = (*_COLUMNS, ASSOCIATION["Deleted"]) if query.deleted else _COLUMNS
    if LINEAGE.name in query.fields:
        return (*KEY_COLUMNS, LINEAGE)
    # slurmdbd selects by number for both executors, though slurmrestd 24.11 shows 0 for it.
    if ASSOCIATION_ID.name in query.where:
        return (*KEY_COLUMNS, ASSOCIATION_ID)
    asked = (f for f in PRINTED_ON_REQUEST if f.name in query.also)
    return (*(f for f in columns if f.name in PLACE or query.wants(f.name)), *asked)


def accounts(names: Sequence[str], *, deleted: bool = False) -> CommandLine:
    """Ask for accounts with their coordinators, as JSON: their texts may hold any character.

    So may those of users and QOS.
    """
    return _with_coordinators("account", names, deleted=deleted)


def users(names: Sequence[str], *, deleted: bool = False) -> CommandLine:
    """Ask for users with the accounts that they coordinate, as JSON."""
    return _with_coordinators("user", names, deleted=deleted)


def _with_coordinators(noun: str, names: Sequence[str], *, deleted: bool) -> CommandLine:
    where = ("where", f"name={','.join(names)}") if names else ()
    switches = ("withcoord", *(("withdeleted",) if deleted else ()))
    return CommandLine(("sacctmgr", "--json", "list", noun, *switches, *where))


def associations(query: Query, columns: Sequence[Field], *switches: str) -> CommandLine:
    """Ask for associations: no column can hold a `|` or a newline.

    -p is four times faster than --json. Its header, and the mark at the end of each line, show
    whether anything was cut off: in some wrappers, a sacctmgr that prints nothing, or half a
    line, exits with 0. `user=` with nothing means the accounts' own rows.
    """
    own = () if query.view is View.IN_FORCE else ("woplimits", "withrawqoslevel")
    words = {"Account": "account", "User": "user", "Partition": "partition", "ID": "id"}
    # Names hold no comma and no blank (model/names.py), so a list of them is one word.
    where = [f"{words[name]}={','.join(values)}" for name, values in query.where.items()]
    where += [f"cluster={query.cluster}"] if query.cluster else []
    return CommandLine(
        (
            *("sacctmgr", "-p", "list", "association"),
            *(["where", *where] if where else []),
            *(*own, *switches),
            *(("withdeleted",) if query.deleted else ()),
            f"format={','.join(field.column for field in columns)}",
        )
    )


def comments(query: Query) -> CommandLine:
    """Ask for the associations of a query as JSON: a comment may hold any character."""
    told = associations(query, KEY_COLUMNS)
    return CommandLine(("sacctmgr", "--json", *told.argv[2:-1]))


def wckeys(names: Sequence[str]) -> CommandLine:
    """Ask for the WCKeys of users, or of all."""
    where = ("where", f"user={','.join(names)}") if names else ()
    return CommandLine(("sacctmgr", "--json", "list", "wckey", *where))


def is_of_associations(line: CommandLine) -> bool:
    """Tell whether it asks for associations."""
    return line.argv[:4] == ("sacctmgr", "-p", "list", "association")


def listing(entity: str, *, deleted: bool = False) -> CommandLine:
    """Ask for all rows of a small table, as JSON."""
    switches = ("withdeleted",) if deleted else ()
    return CommandLine(("sacctmgr", "--json", "list", entity, *switches))


def qos(names: Sequence[str]) -> CommandLine:
    """Ask for QOS by name, or for all, as JSON: of 200, all take ten times as long as one."""
    where = ("where", f"name={','.join(names)}") if names else ()
    return CommandLine(("sacctmgr", "--json", "list", "qos", *where))


ONE_ASSOCIATION = CommandLine(
    ("sacctmgr", "-p", "list", "association", "where", "id=1", "format=Cluster,Account")
)
"""A question that an addition that waits for a lock holds up: it names no cluster."""


def names(entity: Entity, columns: Sequence[Field]) -> CommandLine:
    """List all objects of an entity, with these columns alone."""
    named = ",".join(column.column for column in columns)
    return CommandLine(("sacctmgr", "-p", "list", entity.noun, f"format={named}"))


def preempt_modes(*, deleted: bool = False) -> CommandLine:
    """Ask for the modes of all QOS: JSON does not tell `within` and `priority`."""
    switches = ("withdeleted",) if deleted else ()
    return CommandLine(("sacctmgr", "-p", "list", "qos", *switches, "format=Name,PreemptMode"))


def jobs(names: Sequence[str]) -> CommandLine:
    """Ask for the jobs of accounts, or for all. Not of users: squeue wants those in the passwd.

    `--local`: a federation would show jobs of siblings.
    """
    named = (f"--account={','.join(names)}",) if names else ()
    # All states: by itself squeue leaves out jobs that have just ended.
    return CommandLine(("squeue", "--json", "--local", "--states=all", *named))


def jobs_in_full(ids: Sequence[str] = (), states: Sequence[str] = ("all",)) -> CommandLine:
    """Ask for the jobs of these numbers, or for all in these states."""
    named = (f"--jobs={','.join(ids)}",) if ids else ()
    return CommandLine(("squeue", "--json", "--local", f"--states={','.join(states)}", *named))


def assoc_mgr(
    accounts: Sequence[str], users: Sequence[str], qos: Sequence[str]
) -> CommandLine | None:
    """Ask slurmctld for the use of associations and QOS; None where neither is named.

    With users named, of users' associations theirs alone come; the accounts' own ones always do.
    """
    flags = [*(["assoc"] if accounts else []), *(["qos"] if qos else [])]
    if not flags:
        return None
    named = {"account": accounts, "users": users, "qos": qos}
    return CommandLine(
        (
            *("scontrol", "-o", "show", "assoc_mgr", f"flags={','.join(flags)}"),
            *(f"{word}={','.join(names)}" for word, names in named.items() if names),
        )
    )


PARTITIONS = CommandLine(("scontrol", "-o", "show", "partition"))
"""Asks for all partitions. As text: 24.11 does not tell the default one as JSON."""

LIST_STATES = CommandLine(("squeue", "--local", "--states=all", "--format=%A|%T|"))
"""Asks for number and state of all jobs: of several states at once, what is happening alone."""


def job_history(query: History, mark: str) -> CommandLine:
    """Ask slurmdbd for jobs without their steps, each run by itself.

    For 100,000 jobs sacct needs two seconds; for JSON two minutes, and 10 GB (26.05). `mark` comes
    after each of `past_columns`, and is new in each call: in a job's name there may be a `|`, and a
    newline, but not a mark that its owner could not know.
    """
    columns = ",".join(field.column for field in past_columns(query))
    which = _which(query.cluster, query.window, query.accounts, query.ids)
    shape = ("-p", f"--delimiter={mark}", "--noconvert", f"--format={columns}")
    return CommandLine(("sacct", *shape, *EACH_RUN, *which), environment=UNCUT_JOB_IDS)


def past_columns(query: History) -> tuple[Field, ...]:
    """Return the fields that sacct prints, in their order."""
    return (*PAST_COLUMNS, *(field for field in PAST_JOB.on_request if field.name in query.also))


_NAME = PAST_JOB["JobName"]
PAST_COLUMNS = (_NAME, *(field for field in PAST_JOB.fields if field is not _NAME))
"""The name comes first: after a mark, one that begins with a newline would end the line."""

EACH_RUN = ("--allocations", "--allusers", "--duplicates")
"""Of everybody, without steps. Without --duplicates, a requeued job would be its last run alone;
Slurm's own RawUsage counts every run, too (a lab test)."""


def _which(
    cluster: str, window: Window | None, accounts: Sequence[str], jobs: Sequence[str]
) -> tuple[str, ...]:
    """Return sacct's conditions. Not of users: sacct wants those in the passwd.

    `uts` and seconds since 1970 is a moment whatever the time zones of this machine and Slurm's.
    """
    return (
        f"--clusters={cluster}",
        *(("-S", f"uts{window.start}", "-E", f"uts{window.end}") if window else ()),
        *((f"--accounts={','.join(accounts)}",) if accounts else ()),
        *((f"--jobs={','.join(jobs)}",) if jobs else ()),
    )


TARGET_SWITCHES = {"steps": (), "batch": ("--batch",), "full": ("--full",)}
"""Options of a signal, by CancelRequest.reach."""


def cancel_jobs(cancel_request: CancelRequest) -> list[CommandLine]:
    """Cancel or signal jobs, in as few commands as their numbers fit.

    `--ctld`: slurmctld does all of them at once, as it does for slurmrestd; without it, scancel
    asks once a job.
    """
    signal = (
        (f"--signal={cancel_request.signal}", *TARGET_SWITCHES[cancel_request.reach])
        if cancel_request.signal
        else ()
    )
    named = [name for id_ in cancel_request.ids for name in _without_steps(id_)]
    parts = chunked(named, MAX_JOBS_PER_COMMAND)
    return [CommandLine(("scancel", "--ctld", *signal, *part)) for part in parts]


def _without_steps(id_: str) -> list[str]:
    """Return waiting tasks as scancel takes them: not `17_[1-299:2]`, which squeue prints."""
    if ":" not in id_:
        return [id_]
    numbers = [number for some in tasks(id_) for number in some]
    # Steps become single tasks, which may be more than one command line holds.
    return [array_id(whole(id_), part) for part in chunked(numbers, MAX_JOBS_PER_COMMAND)]


MAX_JOBS_PER_COMMAND = 5000
"""Jobs in one command: Linux ends a command line at about 2 MB."""

RUN_COLUMNS = (
    *("DBIndex", "JobIDRaw", "Account", "User", "QOS", "Partition"),
    *("Start", "End", "ElapsedRaw"),
)
IN_SECONDS = {"TZ": "UTC", "SLURM_TIME_FORMAT": "%s"}
"""The commands print seconds since 1970 then, and not the clock of whoever calls them."""
UNCUT_JOB_IDS = {**IN_SECONDS, "SLURM_BITSTR_LEN": "0"}
"""Besides, they do not cut off the list of an array's waiting tasks."""
MAX_JOBS_PER_ARGUMENT = 5000
"""Jobs in one argument: with numbers of 10 digits they are 55 KB."""


def runs(
    cluster: str, window: Window, tres: str, accounts: Sequence[str], jobs: Sequence[str]
) -> CommandLine:
    """Ask for the runs of jobs in a window, cut to it; none of the columns can hold a `|`.

    sacct cuts (--truncate) because it alone knows in which seconds a job was suspended; slurmrestd
    cannot.
    """
    return CommandLine(
        (
            # --noconvert: sacct's units have two decimals (1.50G), and usage sums whole numbers.
            *("sacct", "-p", *EACH_RUN, "--noconvert", "--truncate"),
            *_which(cluster, window, accounts, jobs),
            f"--format={','.join((*RUN_COLUMNS, tres))}",
        ),
        environment=IN_SECONDS,
    )


PING_SLURMCTLD = CommandLine(("scontrol", "--json", "ping"))
CONTROLLER = CommandLine(("scontrol", "show", "config"), environment=IN_SECONDS)
PING_SLURMDBD = CommandLine(("sacctmgr", "--json", "ping"))


def release(program: str) -> CommandLine:
    """Ask a command for its release; no daemon is asked."""
    return CommandLine((program, "--version"))
