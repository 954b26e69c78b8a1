"""The faults, a row each: how the world breaks, what is run, what must be said, what is so then.

`says` is a part of the error's message or hint, or of a warning where the exit is 0. Where a fault
leaves open what comes of the write (ANY), the report must tie to it all the same: see judge.py.
"""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from slurmctl_rest.backends.batching import MAX_ROWS_PER_CALL

from . import proxy
from .proxy import BACK, HTML, JSON, READ, TEXT, WRITE, page
from .world import (
    Executor,
    Fault,
    World,
    after,
    back_in,
    both,
    dies_at_work,
    during,
    keys,
    kill,
    kill_under_way,
    on,
    pause,
    resumed_in,
    script,
    signalled,
)

Lines: TypeAlias = Sequence[str]


@dataclass(frozen=True)
class Operation:
    """A command, and for each object of it the lines of the state before and after.

    first  the objects that its first write carries
    shows  of a command that only reads: what stands in its items, by this key
    """

    word: str
    sentence: str
    objects: Mapping[str, tuple[Lines, Lines]] = field(default_factory=dict)
    first: Lines = ()
    shows: tuple[str, Lines] = ("", ())

    @property
    def writes(self) -> bool:
        return bool(self.objects)


MODIFY = Operation(
    "modify",
    "account modify physics set MaxJobs=5 -i",
    {
        "account physics": (
            ["assoc physics ParentName=root Share=1"],
            ["assoc physics ParentName=root Share=1 MaxJobs=5"],
        )
    },
    first=["account physics"],
)
TWO = Operation(
    "modify, 2 writes",
    "user modify alice set MaxJobs=3 AdminLevel=Operator -i",
    {
        "association alice in physics": (
            ["assoc physics/alice* Share=1"],
            ["assoc physics/alice* Share=1 MaxJobs=3"],
        ),
        "user alice": (
            ["user alice admin=None default=physics"],
            ["user alice admin=Operator default=physics"],
        ),
    },
    first=["association alice in physics"],
)
ADD = Operation(
    "add, 2 writes",
    "user add dan,eve account=physics partition=gpu -i",
    {
        "user dan": ([], ["user dan admin=None default=physics"]),
        "association dan in physics (gpu)": ([], ["assoc physics/dan/gpu* Share=1"]),
        "user eve": ([], ["user eve admin=None default=physics"]),
        "association eve in physics (gpu)": ([], ["assoc physics/eve/gpu* Share=1"]),
    },
    first=["user dan", "association dan in physics (gpu)"],
)
DELETE = Operation(
    "delete 2",
    "user delete bob,carol -i",
    {
        "user bob": (["user bob admin=None default=physics", "assoc physics/bob* Share=1"], []),
        "user carol": (
            ["user carol admin=None default=physics", "assoc physics/carol* Share=1"],
            [],
        ),
    },
    first=["user bob"],
)
DELETE_JOBS = replace(
    DELETE, word="delete 2 with jobs", sentence="user delete bob,carol --cancel-jobs -i"
)
CROWD = [f"u{number}" for number in range(2 * MAX_ROWS_PER_CALL + 1)]
"""More users than two requests carry, which are under way at the same time."""
ABREAST = Operation(
    "modify 1,001, 3 writes",
    f"user modify {','.join(CROWD)} set MaxJobs=7 -i",
    {
        f"association {user} in physics": (
            [f"assoc physics/{user}* Share=1"],
            [f"assoc physics/{user}* Share=1 MaxJobs=7"],
        )
        for user in CROWD
    },
)
CANCEL = Operation(
    "cancel a job",
    "jobs cancel account=physics -i",
    {"job {job}": (["job {job} PENDING"], [])},
    first=["job {job}"],
)
RESET = Operation("raw usage", "raw-usage reset physics -i", {"account physics": ([], [])})
LIST = Operation("list", "account list", shows=("Account", ["optics", "physics", "root"]))
USERS = Operation("list users", "user list", shows=("User", []))
USAGE = Operation("usage", "usage report start=2025-09-01", shows=("Account", []))
JOBS = Operation("jobs", "jobs list", shows=("JobID", []))
PING = Operation("ping", "ping", shows=("Status", ["up", "up"]))

State: TypeAlias = Literal["done", "not done", "first done", "any", "shown", "nothing shown"]
DONE: State = "done"
NOT: State = "not done"
FIRST: State = "first done"
ANY: State = "any"
SHOWN: State = "shown"
BLANK: State = "nothing shown"

ONE: Sequence[str] = ()
"""For faults to which the release does not matter: each runs on one of them, in turn."""
BOTH = ("trixie", "forky")


@dataclass(frozen=True)
class Row:
    """A fault. `exits`: the exit codes that may be; `seconds`: --timeout."""

    name: str
    executor: Executor
    operation: Operation
    fault: Fault
    exits: tuple[int, ...]
    says: str
    state: State
    seconds: float = 1.5
    suites: Sequence[str] = BOTH

    @property
    def id(self) -> str:
        return f"{self.executor} {self.operation.word}: {self.name}"


def rest(
    name: str,
    operation: Operation,
    fault: Fault,
    exits: int | tuple[int, ...],
    says: str,
    state: State,
    seconds: float = 1.5,
    suites: Sequence[str] = ONE,
) -> Row:
    codes = exits if isinstance(exits, tuple) else (exits,)
    return Row(name, "rest", operation, fault, codes, says, state, seconds, suites)


def wire(
    name: str,
    operation: Operation,
    fault: Fault,
    exits: int | tuple[int, ...],
    says: str,
    state: State,
    seconds: float = 1.5,
) -> Row:
    return rest(name, operation, fault, exits, says, state, seconds)


def cli(
    name: str,
    operation: Operation,
    fault: Fault,
    exits: int | tuple[int, ...],
    says: str,
    state: State,
    seconds: float = 1.5,
    suites: Sequence[str] = ONE,
) -> Row:
    codes = exits if isinstance(exits, tuple) else (exits,)
    return Row(name, "cli", operation, fault, codes, says, state, seconds, suites)


def killed_telling(
    executor: Callable[..., Row], name: str, operation: Operation, table: str, daemon: str
) -> Row:
    """slurmdbd waits for a table when a daemon is killed: what it told before was good.

    {} in the table's name is the cluster's.
    """
    fault = both(
        lambda world: world.hold_tables([table.format(world.cluster.cluster_name)]),
        lambda world: world.later(2, lambda: world.kill(daemon)),
    )
    says = "slurmdbd does not answer" if daemon == "slurmdbd" else "slurmdbd"
    return executor(name, operation, fault, 6, says, BLANK, 6, suites=BOTH)


def killed_telling_of_jobs(executor: Callable[..., Row]) -> Row:
    """On 24.11 alone: 26.05 refuses to start where it has never saved its state."""
    name = "slurmctld is killed as it tells of jobs, and back in time"
    return executor(name, JOBS, dies_at_work("slurmctld"), 0, "", SHOWN, 15, suites=["trixie"])


# Tokens


def expires(kind: Literal["read", "write", "back"], number: int, then: Fault) -> Fault:
    """The token is good until the n-th request of a kind; `then` is done at that moment."""

    def fault(world: World) -> None:
        old, gone = world.token(3600), world.token(-3600)
        world.token_file.write_text(old)
        expired: list[bool] = []

        def guard(exchange: proxy.Exchange) -> None:
            request = exchange.request
            if (request.kind, request.number) == (kind, number):
                expired.append(True)
                then(world)
            headers = [
                (name, gone if expired and value == old else value)
                for name, value in request.headers
            ]
            exchange.send(exchange.forward(headers).raw)

        for one in (READ, WRITE, BACK):
            world.proxy.rules.append(proxy.Rule(one, guard))

    return fault


def truly_expires(kind: Literal["read", "write", "back"], number: int) -> Fault:
    """The token's own end comes between two requests: it lives for two seconds."""

    def fault(world: World) -> None:
        world.token_file.write_text(world.token(2.5))
        during(kind, number, World.outlive)(world)

    return fault


def rotate(world: World) -> None:
    world.token_file.write_text(world.token(7200))


def nothing(world: World) -> None:
    """Nobody cares."""


def token(seconds: float, name: str = "root") -> Fault:
    def fault(world: World) -> None:
        world.token_file.write_text(world.token(seconds, name))

    return fault


def without_token_file(world: World) -> None:
    world.token_file.unlink()


def token_text(text: str) -> Fault:
    def fault(world: World) -> None:
        world.token_file.write_text(text)

    return fault


# The trail, and the report


def audit(path: str) -> Fault:
    return keys(audit_file=path)


SMALL = 2**16


def small_trail(world: World) -> None:
    """Room for the first record, and not for the second."""
    world.keys["audit_file"] = str(world.folder / "trail")
    world.limits[resource.RLIMIT_FSIZE] = SMALL
    (world.folder / "trail").write_text("x" * (SMALL - 1400) + "\n")


def no_trail(world: World) -> None:
    world.keys["audit_file"] = str(world.folder / "nosuch" / "trail")


def full_stdout(world: World) -> None:
    world.stdout = "/dev/full"


def little_memory(world: World) -> None:
    world.limits[resource.RLIMIT_AS] = 2 * 2**30


# Other sessions


def locked(*tables: str) -> Fault:
    """Another session of MariaDB's holds tables, until all is over."""

    def fault(world: World) -> None:
        world.hold_tables([table.format(world.cluster.cluster_name) for table in tables])

    return fault


def hangs(world: World) -> None:
    """An addition waits for a lock, as where a QOS was deleted at the same time."""
    world.hang()


def uncommitted(world: World) -> None:
    """Another sacctmgr waits for somebody to say yes."""
    world.hold_question("modify account physics set MaxJobs=9")


def with_an_object(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "accounts": {}, "associations": {}}).encode()


POISON = b'{"accounts": [], "associations": [], "errors": [], "warnings": []}'
CANNOT = "cannot be reached"
UNKNOWN = "not known"
NOT_DONE = "not done"
NO_JSON = "without JSON"
EXPIRED = "expired at"
BUSY = "did not answer in time"
HANGS = "slurmdbd hangs: it does not answer about associations"
UNSEEN = "could not check for active jobs"

ALL: tuple[Row, ...] = (
    # slurmrestd
    rest("slurmrestd is down", MODIFY, kill("slurmrestd"), 6, CANNOT, NOT, suites=BOTH),
    rest("slurmrestd is down", LIST, kill("slurmrestd"), 6, CANNOT, BLANK),
    rest("slurmrestd is down", PING, kill("slurmrestd"), 6, CANNOT, BLANK),
    rest(
        "slurmrestd is down, and back in time", MODIFY, back_in(0.6, "slurmrestd"), 0, "", DONE, 8
    ),
    rest("slurmrestd is down, and back in time", LIST, back_in(0.6, "slurmrestd"), 0, "", SHOWN, 8),
    rest(
        "slurmrestd is killed as it reads for us",
        MODIFY,
        during(READ, 2, kill("slurmrestd")),
        6,
        "",
        NOT,
    ),
    rest(
        "slurmrestd is killed as the write comes",
        MODIFY,
        during(WRITE, 1, kill("slurmrestd")),
        6,
        "could not be read back",
        NOT,
        suites=BOTH,
    ),
    rest(
        "slurmrestd is killed when it has written",
        MODIFY,
        after(WRITE, 1, kill("slurmrestd")),
        6,
        "could not be read back",
        DONE,
    ),
    rest(
        "slurmrestd is killed before the read-back",
        MODIFY,
        during(BACK, 1, kill("slurmrestd")),
        6,
        "list shows",
        DONE,
    ),
    rest(
        "slurmrestd is killed between two writes",
        TWO,
        during(WRITE, 2, kill("slurmrestd")),
        6,
        "",
        FIRST,
        suites=BOTH,
    ),
    rest(
        "slurmrestd is killed between two writes",
        ADD,
        during(WRITE, 2, kill("slurmrestd")),
        6,
        "",
        FIRST,
        suites=BOTH,
    ),
    rest(
        "slurmrestd is killed between two writes",
        DELETE,
        during(WRITE, 2, kill("slurmrestd")),
        6,
        "",
        FIRST,
    ),
    rest(
        "slurmrestd is killed between two writes, and back in time",
        TWO,
        during(WRITE, 2, back_in(0.6, "slurmrestd")),
        7,
        NOT_DONE,
        FIRST,
        8,
    ),
    rest(
        "slurmrestd is killed between two writes, and back in time",
        ADD,
        during(WRITE, 2, back_in(0.6, "slurmrestd")),
        7,
        "",
        FIRST,
        8,
        suites=BOTH,
    ),
    rest(
        "slurmrestd is killed while two requests are under way",
        ABREAST,
        during(WRITE, 2, lambda world: world.later(0.4, lambda: world.kill("slurmrestd"))),
        6,
        "",
        ANY,
        10,
        suites=["forky"],
    ),
    rest(
        "slurmdbd is killed while two requests are under way",
        ABREAST,
        during(WRITE, 2, lambda world: world.later(0.4, lambda: back_in(0.6, "slurmdbd")(world))),
        (4, 6, 7),
        "",
        ANY,
        10,
        suites=["trixie"],
    ),
    rest(
        "the answer to one of two requests is lost",
        ABREAST,
        on(WRITE, proxy.lose, 1),
        (0, 7),  # the third may be under way by then
        "",
        ANY,
        10,
        suites=["forky"],
    ),
    rest("slurmrestd is paused", LIST, pause("slurmrestd"), 6, BUSY, BLANK),
    rest(
        "slurmrestd is paused at the write",
        MODIFY,
        during(WRITE, 1, pause("slurmrestd")),
        6,
        "could not be read back",
        ANY,
    ),
    rest(
        "slurmrestd is paused, and goes on in time",
        MODIFY,
        during(WRITE, 1, resumed_in(0.6, "slurmrestd")),
        0,
        "",
        DONE,
        8,
    ),
    # slurmdbd
    rest("slurmdbd is down", MODIFY, kill("slurmdbd"), 6, "", NOT, suites=BOTH),
    rest("slurmdbd is down", LIST, kill("slurmdbd"), 6, "", BLANK),
    rest("slurmdbd is down", DELETE, kill("slurmdbd"), 6, "", NOT),
    rest(
        "slurmdbd is down, and back in time",
        MODIFY,
        back_in(0.6, "slurmdbd"),
        0,
        "",
        DONE,
        10,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is killed as the write comes",
        MODIFY,
        during(WRITE, 1, kill("slurmdbd")),
        6,
        "",
        NOT,
    ),
    rest(
        "slurmdbd is killed in the write",
        MODIFY,
        kill_under_way("slurmdbd"),
        6,
        "",
        ANY,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is killed when it has written",
        MODIFY,
        after(WRITE, 1, kill("slurmdbd")),
        6,
        "list shows",
        DONE,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is killed between two writes",
        TWO,
        during(WRITE, 2, kill("slurmdbd")),
        6,
        "",
        FIRST,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is killed between two writes",
        DELETE,
        during(WRITE, 2, kill("slurmdbd")),
        6,
        "",
        FIRST,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is killed between two writes, and back in time",
        ADD,
        during(WRITE, 2, back_in(0.6, "slurmdbd")),
        (0, 7),
        "",
        ANY,
        10,
    ),
    rest("slurmdbd is paused", LIST, pause("slurmdbd"), 6, BUSY, BLANK),
    rest(
        "slurmdbd is paused at the write",
        MODIFY,
        during(WRITE, 1, pause("slurmdbd")),
        6,
        "could not be read back",
        ANY,
        suites=BOTH,
    ),
    rest(
        "slurmdbd is paused between two writes",
        TWO,
        during(WRITE, 2, pause("slurmdbd")),
        6,
        "could not be read back",
        ANY,
    ),
    rest(
        "slurmdbd is paused, and goes on in time",
        ADD,
        during(WRITE, 1, resumed_in(0.6, "slurmdbd")),
        0,
        "",
        DONE,
        8,
    ),
    # MariaDB
    rest("MariaDB is down", MODIFY, kill("mariadbd"), 6, "", NOT, suites=BOTH),
    rest(
        "MariaDB is killed as the write comes",
        TWO,
        during(WRITE, 1, kill("mariadbd")),
        6,
        "",
        NOT,
        suites=BOTH,
    ),
    rest(
        "MariaDB is killed when it has written",
        MODIFY,
        after(WRITE, 1, kill("mariadbd")),
        6,
        "list shows",
        DONE,
    ),
    rest(
        "MariaDB is paused at the write",
        MODIFY,
        during(WRITE, 1, pause("mariadbd")),
        6,
        "could not be read back",
        ANY,
    ),
    rest(
        "MariaDB's tables are locked by another session",
        MODIFY,
        locked("{}_assoc_table"),
        6,
        HANGS,
        NOT,
        suites=BOTH,
    ),
    rest(
        "another administrator has not committed yet",
        MODIFY,
        uncommitted,
        (0, 1, 6),
        "",
        ANY,
        suites=BOTH,
    ),
    # slurmctld
    rest("slurmctld is down", MODIFY, kill("slurmctld"), 0, "", DONE, suites=BOTH),
    rest("slurmctld is down", DELETE, kill("slurmctld"), 6, UNSEEN, NOT, suites=BOTH),
    rest("slurmctld is down", DELETE_JOBS, kill("slurmctld"), 6, "", NOT),
    rest("slurmctld is down", CANCEL, kill("slurmctld"), 6, "", NOT, suites=BOTH),
    rest("slurmctld is down", PING, kill("slurmctld"), 6, "", BLANK, suites=BOTH),
    killed_telling_of_jobs(rest),
    rest("slurmctld is paused", CANCEL, pause("slurmctld"), 6, BUSY, NOT),
    rest(
        "slurmctld is paused as the request to cancel comes",
        CANCEL,
        during(WRITE, 1, pause("slurmctld")),
        6,
        "could not be read",
        ANY,
    ),
    rest(
        "slurmctld is killed as the request to cancel comes",
        CANCEL,
        during(WRITE, 1, kill("slurmctld")),
        6,
        "could not be read",
        ANY,
        suites=BOTH,
    ),
    # Tokens
    rest("the token has expired", MODIFY, token(-60), 5, EXPIRED, NOT, suites=BOTH),
    rest("the token has expired", LIST, token(-60), 5, EXPIRED, BLANK),
    rest(
        "the token expires before the write, and is rotated",
        MODIFY,
        expires(WRITE, 1, rotate),
        0,
        "",
        DONE,
    ),
    rest(
        "the token expires between two writes, and is rotated",
        ADD,
        expires(WRITE, 2, rotate),
        0,
        "",
        DONE,
        suites=BOTH,
    ),
    rest(
        "the token expires before the read-back, and is rotated",
        TWO,
        expires(BACK, 1, rotate),
        0,
        "",
        DONE,
    ),
    rest(
        "the token expires between two reads, and is rotated",
        LIST,
        expires(READ, 2, rotate),
        0,
        "",
        SHOWN,
    ),
    rest(
        "the token expires before the write",
        MODIFY,
        truly_expires(WRITE, 1),
        (5, 6),
        EXPIRED,
        NOT,
        5,
    ),
    rest(
        "the token expires between two writes",
        TWO,
        truly_expires(WRITE, 2),
        (5, 6, 7),
        EXPIRED,
        FIRST,
        5,
        suites=BOTH,
    ),
    rest(
        "the token expires before the read-back",
        MODIFY,
        truly_expires(BACK, 1),
        (5, 6),
        EXPIRED,
        DONE,
        5,
    ),
    rest(
        "the token file goes, the token stays good",
        MODIFY,
        during(READ, 2, without_token_file),
        0,
        "",
        DONE,
    ),
    rest(
        "the token expires, and its file is gone",
        TWO,
        expires(WRITE, 2, without_token_file),
        (5, 6, 7),
        "token",
        FIRST,
    ),
    rest(
        "the token is rotated to garbage",
        MODIFY,
        expires(WRITE, 1, token_text("garbage")),
        (5, 6),
        "",
        NOT,
        suites=BOTH,
    ),
    rest(
        "the token is rotated to one of a user who may not",
        MODIFY,
        expires(WRITE, 1, token(3600, "alice")),
        (5, 6),
        "",
        NOT,
    ),
    rest("there is no token file", MODIFY, without_token_file, 5, "token", NOT),
    rest("the token file is empty", LIST, token_text(""), 5, "token", BLANK),
    # A way to slurmrestd that cuts
    wire("connections are refused", LIST, lambda w: w.proxy.go(), 6, CANNOT, BLANK),
    wire("the connection ends at once", LIST, on(READ, proxy.drop), 6, "", BLANK),
    wire(
        "the connection ends at once, the first time", LIST, on(READ, proxy.drop, 1), 0, "", SHOWN
    ),
    wire("the connection is reset, the first time", MODIFY, on(READ, proxy.reset, 1), 0, "", DONE),
    wire("the write's connection ends at once", MODIFY, on(WRITE, proxy.drop), 6, NOT_DONE, NOT),
    wire("the write's connection is reset", MODIFY, on(WRITE, proxy.reset), 6, NOT_DONE, NOT),
    wire(
        "the second write's connection ends at once",
        ADD,
        on(WRITE, proxy.drop, 2),
        7,
        NOT_DONE,
        FIRST,
    ),
    wire(
        "the second write's connection ends at once",
        DELETE,
        on(WRITE, proxy.drop, 2),
        7,
        NOT_DONE,
        FIRST,
    ),
    wire("the write is done, its answer lost", MODIFY, on(WRITE, proxy.lose), 0, "", DONE),
    wire(
        "both writes are done, their answers lost", ADD, on(WRITE, proxy.lose), 7, "not sent", FIRST
    ),
    wire(
        "both writes are done, their answers lost",
        DELETE,
        on(WRITE, proxy.lose),
        7,
        "not sent",
        FIRST,
    ),
    wire(
        "the write is done, its connection reset",
        TWO,
        on(WRITE, proxy.lose_and_reset, 1),
        7,
        "not sent",
        FIRST,
    ),
    wire(
        "the request to cancel is done, its answer lost",
        CANCEL,
        on(WRITE, proxy.lose),
        (0, 6),
        "",
        DONE,
    ),
    wire(
        "the write's answer is lost, and none is read back",
        MODIFY,
        both(on(WRITE, proxy.lose), on(BACK, proxy.drop)),
        6,
        "could not be read back",
        DONE,
    ),
    wire(
        "the write's answer is lost in its status line",
        MODIFY,
        on(WRITE, proxy.cut("line")),
        0,
        "",
        DONE,
    ),
    wire(
        "the write's answer is lost in its headers",
        ADD,
        on(WRITE, proxy.cut("head")),
        7,
        "not sent",
        FIRST,
    ),
    wire(
        "the write's answer is lost in its body",
        DELETE,
        on(WRITE, proxy.cut("body")),
        7,
        "not sent",
        FIRST,
    ),
    wire(
        "an answer is cut in its body, the first time",
        LIST,
        on(READ, proxy.cut("body"), 2),
        0,
        "",
        SHOWN,
    ),
    wire("answers are cut in their headers", LIST, on(READ, proxy.cut("head")), 6, "", BLANK),
    wire("the read-back is cut", MODIFY, on(BACK, proxy.cut("body")), 6, "list shows", DONE),
    wire(
        "each connection ends after one answer",
        ADD,
        both(*(on(k, proxy.hang_up_after) for k in (READ, WRITE, BACK))),
        (0, 6, 7),
        "",
        ANY,
    ),
    wire(
        "an answer in chunks without an end",
        LIST,
        on(READ, proxy.rebuild(proxy.chunked_without_end)),
        6,
        "",
        BLANK,
    ),
    wire(
        "the write's answer in chunks without an end",
        MODIFY,
        on(WRITE, proxy.rebuild(proxy.chunked_without_end)),
        0,
        "",
        DONE,
    ),
    # A way to slurmrestd that delays
    wire("no answer comes", LIST, on(READ, proxy.swallow), 6, BUSY, BLANK),
    wire("the write is swallowed", MODIFY, on(WRITE, proxy.swallow), 6, "", NOT),
    wire("the write is done, no answer comes", MODIFY, on(WRITE, proxy.keep_answer), 0, "", DONE),
    wire(
        "the second write is done, no answer comes",
        ADD,
        on(WRITE, proxy.keep_answer, 2),
        0,
        "",
        DONE,
    ),
    wire(
        "the write comes to slurmrestd when we have given it up",
        MODIFY,
        on(WRITE, proxy.deliver_late),
        (0, 6),
        "",
        DONE,
    ),
    wire("headers trickle for ever", LIST, on(READ, proxy.trickle("head")), 6, "", BLANK),
    wire("a body trickles for ever", LIST, on(READ, proxy.trickle("body")), 6, "", BLANK),
    wire(
        "the write's answer trickles for ever",
        MODIFY,
        on(WRITE, proxy.trickle("body")),
        0,
        "",
        DONE,
    ),
    wire(
        "the read-back trickles for ever",
        MODIFY,
        on(BACK, proxy.trickle("body")),
        6,
        "list shows",
        DONE,
    ),
    wire(
        "a body without an end", LIST, both(little_memory, on(READ, proxy.pour)), (1, 6), "", BLANK
    ),
    wire(
        "the write's answer has no end",
        MODIFY,
        both(little_memory, on(WRITE, proxy.pour)),
        (0, 6),
        "",
        DONE,
    ),
    wire(
        "100 Continue for ever",
        LIST,
        on(READ, proxy.forever(b"HTTP/1.1 100 Continue\r\n\r\n")),
        6,
        "",
        BLANK,
    ),
    wire(
        "100 Continue and 103 before the answer",
        MODIFY,
        on(WRITE, proxy.after_interim),
        0,
        "",
        DONE,
    ),
    # A way to slurmrestd that repeats
    wire("each answer comes twice", LIST, on(READ, proxy.twice), 0, "", SHOWN),
    wire("the write's answer comes twice", MODIFY, on(WRITE, proxy.twice), 0, "", DONE),
    wire("a forged answer follows each", LIST, on(READ, proxy.with_a_forged_one), 0, "", SHOWN),
    wire(
        "a forged answer follows the write's",
        MODIFY,
        on(WRITE, proxy.with_a_forged_one),
        0,
        "",
        DONE,
    ),
    wire("the write is delivered twice", MODIFY, on(WRITE, proxy.repeat), 0, "", DONE),
    wire("the writes are delivered twice", ADD, on(WRITE, proxy.repeat), 0, "", DONE),
    wire("the writes are delivered twice", DELETE, on(WRITE, proxy.repeat), 0, "", DONE),
    # A way to slurmrestd that corrupts
    wire(
        "a status line of letters",
        LIST,
        on(READ, proxy.rebuild(lambda _: b"HTTP/1.1 2OO OK\r\n\r\n")),
        6,
        "",
        BLANK,
    ),
    wire(
        "the write's status line is broken",
        MODIFY,
        on(WRITE, proxy.rebuild(lambda _: b"ICY 200 OK\r\n\r\n")),
        0,
        "",
        DONE,
    ),
    wire(
        "a header that is none",
        LIST,
        on(READ, proxy.rebuild(lambda r: r.raw.replace(b"Content-Type:", b"Content\x00Type"))),
        6,
        "",
        BLANK,
    ),
    wire(
        "two lengths",
        MODIFY,
        on(WRITE, proxy.rebuild(lambda r: r.raw.replace(b"\r\n", b"\r\nContent-Length: 3\r\n", 1))),
        0,
        "",
        DONE,
    ),
    wire(
        "a header of a megabyte",
        MODIFY,
        on(WRITE, proxy.rewrite(proxy.with_header("X", "x" * 2**20))),
        0,
        "",
        DONE,
    ),
    wire(
        "a body that is cut, and tells its length",
        LIST,
        on(READ, proxy.body(lambda b: b[: len(b) // 2])),
        6,
        "cut off",
        BLANK,
    ),
    wire(
        "the write's body is cut, and tells its length",
        ADD,
        on(WRITE, proxy.body(lambda b: b[: len(b) // 2])),
        7,
        "not sent",
        FIRST,
    ),
    wire("an empty body", LIST, on(READ, proxy.body(lambda _: b"")), 6, "cut off", BLANK),
    wire(
        "a brace is flipped", LIST, on(READ, proxy.body(proxy.first(b"{", b"["))), 1, NO_JSON, BLANK
    ),
    wire(
        "NaN for numbers",
        LIST,
        on(READ, proxy.body(proxy.first(b'"shares_raw": 1', b'"shares_raw": NaN'))),
        1,
        "",
        BLANK,
    ),
    wire(
        "bytes that are no UTF-8",
        LIST,
        on(READ, proxy.body(proxy.first(b'"description": "', b'"description": "\xff'))),
        0,
        "",
        SHOWN,
    ),
    wire(
        "keys twice, the second empty",
        LIST,
        on(READ, proxy.body(lambda b: b[: b.rindex(b"}")] + b", " + POISON[1:])),
        (1, 3),
        "",
        BLANK,
    ),
    wire(
        "a list that is an object",
        LIST,
        on(READ, proxy.body(with_an_object)),
        1,
        "has no list",
        BLANK,
    ),
    wire(
        "nested without an end",
        LIST,
        on(READ, proxy.body(lambda _: b"[" * 200_000)),
        1,
        NO_JSON,
        BLANK,
    ),
    wire(
        "the read-back shows another value",
        MODIFY,
        on(BACK, proxy.body(lambda b: b.replace(b'"number": 5', b'"number": 7'))),
        4,
        "not 5",
        DONE,
    ),
    wire(
        "gzip that nobody asked for",
        MODIFY,
        both(*(on(k, proxy.rewrite(proxy.gzipped)) for k in (READ, WRITE, BACK))),
        1,
        NO_JSON,
        NOT,
    ),
    wire(
        "gzip that is none", LIST, on(READ, proxy.rewrite(proxy.said_to_be_gzipped)), 0, "", SHOWN
    ),
    wire(
        "the write's answer is no gzip",
        MODIFY,
        on(WRITE, proxy.rewrite(proxy.said_to_be_gzipped)),
        0,
        "",
        DONE,
    ),
    # Other servers between
    wire("a page of HTML", LIST, on(READ, page(200, "OK")), 1, NO_JSON, BLANK),
    wire(
        "a page of HTML, and nothing is written",
        MODIFY,
        on(WRITE, page(200, "OK")),
        6,
        NOT_DONE,
        NOT,
    ),
    wire(
        "a page of HTML, and it is written",
        MODIFY,
        on(WRITE, page(200, "OK", forward=True)),
        0,
        "",
        DONE,
    ),
    wire(
        "empty JSON for the write, and nothing is written",
        MODIFY,
        on(WRITE, page(200, "OK", *JSON, body=b"{}")),
        6,
        NOT_DONE,
        NOT,
    ),
    wire(
        "empty JSON for the second write, and nothing is written",
        ADD,
        on(WRITE, page(200, "OK", *JSON, body=b"{}"), 2),
        7,
        "",
        FIRST,
    ),
    wire(
        "JSON of another service",
        LIST,
        on(READ, page(200, "OK", *JSON, body=b'{"status": "ok"}')),
        1,
        "not from slurmrestd",
        BLANK,
    ),
    wire(
        "a redirection",
        LIST,
        on(READ, page(302, "Found", ("Location", "http://127.0.0.1:1/"), *HTML)),
        1,
        "302",
        BLANK,
    ),
    wire(
        "a redirection of the write",
        MODIFY,
        on(WRITE, page(307, "Temporary Redirect", ("Location", "http://127.0.0.1:1/"), *HTML)),
        (1, 6),
        "307",
        NOT,
    ),
    wire(
        "304 to what was not asked so",
        LIST,
        on(READ, page(304, "Not Modified", *HTML, body=b"")),
        1,
        "",
        BLANK,
    ),
    wire(
        "304 to the write, and nothing is written",
        MODIFY,
        on(WRITE, page(304, "Not Modified", *HTML, body=b"")),
        4,
        "",
        NOT,
    ),
    wire(
        "401 in plain text",
        LIST,
        on(READ, page(401, "Unauthorized", *TEXT, body=b"Authentication failure")),
        5,
        "token",
        BLANK,
    ),
    wire(
        "401 to the write",
        MODIFY,
        on(WRITE, page(401, "Unauthorized", *TEXT, body=b"Authentication failure")),
        5,
        "token",
        NOT,
    ),
    wire("403 of a firewall", LIST, on(READ, page(403, "Forbidden")), (1, 5), "403", BLANK),
    wire(
        "407 of a proxy",
        MODIFY,
        on(WRITE, page(407, "Proxy Authentication Required")),
        (1, 6),
        "407",
        NOT,
    ),
    wire(
        "429, the first time",
        LIST,
        on(READ, page(429, "Too Many Requests", ("Retry-After", "1"), *HTML), 1),
        0,
        "",
        SHOWN,
        5,
    ),
    wire(
        "429 to the write, the first time",
        MODIFY,
        on(WRITE, page(429, "Too Many Requests", ("Retry-After", "1"), *HTML), 1),
        6,
        NOT_DONE,
        NOT,
        5,
    ),
    wire(
        "429 for ever",
        LIST,
        on(READ, page(429, "Too Many Requests", ("Retry-After", "1"), *HTML)),
        6,
        "429",
        BLANK,
    ),
    wire("502, the first time", LIST, on(READ, page(502, "Bad Gateway"), 1), 0, "", SHOWN, 5),
    wire(
        "503, the first time", MODIFY, on(READ, page(503, "Service Unavailable"), 2), 0, "", DONE, 5
    ),
    wire("503 for ever", LIST, on(READ, page(503, "Service Unavailable")), 6, "503", BLANK),
    wire(
        "503 to the write",
        MODIFY,
        on(WRITE, page(503, "Service Unavailable"), 1),
        (0, 6),
        "",
        ANY,
        5,
    ),
    wire(
        "504, and it is written",
        MODIFY,
        on(WRITE, page(504, "Gateway Timeout", forward=True)),
        0,
        "",
        DONE,
    ),
    wire(
        "504, and nothing is written", MODIFY, on(WRITE, page(504, "Gateway Timeout")), 6, "", NOT
    ),
    wire(
        "504 to the second write, and nothing is written",
        DELETE,
        on(WRITE, page(504, "Gateway Timeout"), 2),
        7,
        "",
        FIRST,
    ),
    wire("502 to the read-back", MODIFY, on(BACK, page(502, "Bad Gateway")), 6, "list shows", DONE),
    # The commands: daemons
    cli("slurmdbd is down", MODIFY, kill("slurmdbd"), 6, "", NOT, suites=BOTH),
    cli("slurmdbd is down", LIST, kill("slurmdbd"), 6, "", BLANK),
    cli(
        "slurmdbd is killed as the write begins",
        MODIFY,
        script("[ $write = 1 ] && { kill -9 $(cat $pids/slurmdbd.pid); sleep 0.1; }"),
        6,
        "",
        NOT,
    ),
    killed_telling(
        cli,
        "slurmdbd is killed as it tells which accounts there are",
        LIST,
        "acct_table",
        "slurmdbd",
    ),
    killed_telling(
        cli, "slurmdbd is killed as it tells what TRES are called", LIST, "tres_table", "slurmdbd"
    ),
    killed_telling(
        cli,
        "MariaDB is killed as slurmdbd tells which accounts there are",
        LIST,
        "acct_table",
        "mariadbd",
    ),
    killed_telling(
        cli,
        "MariaDB is killed as slurmdbd tells what TRES are called",
        LIST,
        "tres_table",
        "mariadbd",
    ),
    killed_telling(
        rest,
        "MariaDB is killed as slurmdbd tells which accounts there are",
        LIST,
        "acct_table",
        "mariadbd",
    ),
    killed_telling(
        rest,
        "MariaDB is killed as slurmdbd tells what TRES are called",
        LIST,
        "tres_table",
        "mariadbd",
    ),
    killed_telling(
        cli, "MariaDB is killed as slurmdbd tells of jobs", USAGE, "{}_job_table", "mariadbd"
    ),
    killed_telling(
        cli, "slurmdbd is killed as it tells of jobs", USAGE, "{}_job_table", "slurmdbd"
    ),
    cli(
        "slurmdbd is killed while many are written",
        ABREAST,
        script(
            "[ $write = 1 ] && { (sleep 0.1; kill -9 $(cat $pids/slurmdbd.pid)) & }",
        ),
        (6, 7),
        "",
        ANY,
        10,
        suites=BOTH,
    ),
    cli(
        "slurmdbd is killed when it has written",
        MODIFY,
        script("[ $back = 1 ] && { kill -9 $(cat $pids/slurmdbd.pid); sleep 0.1; }"),
        6,
        "list shows",
        DONE,
        suites=BOTH,
    ),
    cli(
        "slurmdbd is killed between two writes",
        TWO,
        script("[ $write = 2 ] && { kill -9 $(cat $pids/slurmdbd.pid); sleep 0.1; }"),
        6,
        "",
        FIRST,
        suites=BOTH,
    ),
    cli("slurmdbd is paused", LIST, pause("slurmdbd"), 6, "did not end within", BLANK),
    cli(
        "slurmdbd is paused at the write",
        MODIFY,
        script("[ $write = 1 ] && kill -STOP $(cat $pids/slurmdbd.pid)"),
        6,
        "could not be read back",
        ANY,
        suites=BOTH,
    ),
    cli(
        "slurmdbd is paused between two writes",
        TWO,
        script("[ $write = 2 ] && kill -STOP $(cat $pids/slurmdbd.pid)"),
        6,
        "could not be read back",
        ANY,
    ),
    cli(
        "slurmdbd is paused, and goes on in time",
        MODIFY,
        resumed_in(0.8, "slurmdbd"),
        0,
        "",
        DONE,
        8,
    ),
    cli("MariaDB is down", MODIFY, kill("mariadbd"), 6, "", NOT, suites=BOTH),
    cli(
        "another administrator has not committed yet",
        MODIFY,
        uncommitted,
        (0, 1, 6),
        "",
        ANY,
        suites=BOTH,
    ),
    cli("slurmctld is down", MODIFY, kill("slurmctld"), 0, "", DONE),
    cli("slurmctld is down", DELETE, kill("slurmctld"), 6, UNSEEN, NOT, suites=BOTH),
    cli("slurmctld is down", DELETE_JOBS, kill("slurmctld"), 6, "", NOT),
    cli("slurmctld is down", CANCEL, kill("slurmctld"), (1, 6), "", NOT, suites=BOTH),
    cli("slurmctld is down", RESET, kill("slurmctld"), 6, "account", ANY, suites=BOTH),
    killed_telling_of_jobs(cli),
    cli("slurmctld is paused", CANCEL, pause("slurmctld"), 6, "did not end within", NOT),
    cli(
        "slurmctld is paused as scancel begins",
        CANCEL,
        script("[ $write = 1 ] && kill -STOP $(cat $pids/slurmctld.pid)", "scancel"),
        6,
        "could not be read",
        ANY,
    ),
    rest("slurmdbd hangs: an addition waits for a lock", MODIFY, hangs, 6, HANGS, NOT),
    rest("slurmdbd hangs: an addition waits for a lock", USERS, hangs, 6, HANGS, BLANK),
    cli("slurmdbd hangs: an addition waits for a lock", MODIFY, hangs, 6, HANGS, NOT),
    cli("slurmdbd hangs: an addition waits for a lock", USERS, hangs, 6, HANGS, BLANK),
    cli("munged is down", MODIFY, kill("munged"), (1, 5, 6), "", NOT, suites=BOTH),
    cli("munged is down", LIST, kill("munged"), (1, 5, 6), "", BLANK),
    # The commands: files
    cli(
        "slurm.conf is gone",
        MODIFY,
        lambda w: w.hide("/etc/slurm/slurm.conf"),
        (1, 6),
        "",
        NOT,
        suites=BOTH,
    ),
    cli(
        "slurm.conf is no configuration",
        LIST,
        lambda w: w.spoil("/etc/slurm/slurm.conf", "?\n"),
        (1, 6),
        "",
        BLANK,
    ),
    cli(
        "the commands are missing", MODIFY, keys(slurm_bin_path="/nosuch"), 6, "slurm_bin_path", NOT
    ),
    cli(
        "the commands cannot be run",
        LIST,
        keys(slurm_bin_path="/etc/passwd"),
        6,
        "slurm_bin_path",
        BLANK,
    ),
    cli(
        "the other side of command_prefix does not answer",
        LIST,
        keys(command_prefix=["sh", "-c", "exec sleep 600"]),
        6,
        "did not end within",
        BLANK,
    ),
    cli(
        "the other side of command_prefix refuses",
        MODIFY,
        keys(command_prefix=["false"]),
        (1, 6),
        "",
        NOT,
    ),
    # The commands: what becomes of them
    cli(
        "sacctmgr is killed before its write",
        MODIFY,
        script("[ $write = 1 ] && kill -9 $$"),
        6,
        NOT_DONE,
        NOT,
    ),
    cli(
        "sacctmgr is killed when it has written",
        MODIFY,
        script('[ $write = 1 ] && { $real "$@"; kill -9 $$; }'),
        0,
        "",
        DONE,
    ),
    cli(
        "sacctmgr is killed before its second write",
        TWO,
        script("[ $write = 2 ] && kill -9 $$"),
        7,
        NOT_DONE,
        FIRST,
    ),
    cli(
        "sacctmgr is killed when it has written twice",
        ADD,
        script('[ $write -gt 0 ] && { $real "$@"; kill -9 $$; }'),
        7,
        "not sent",
        FIRST,
    ),
    cli(
        "sacctmgr is killed as it reads back",
        MODIFY,
        script("[ $back = 1 ] && kill -9 $$"),
        (1, 6),
        "list shows",
        DONE,
    ),
    cli(
        "sacctmgr hangs before its write",
        MODIFY,
        script("[ $write = 1 ] && exec sleep 600"),
        6,
        "",
        NOT,
    ),
    cli(
        "sacctmgr hangs when it has written",
        MODIFY,
        script('[ $write = 1 ] && { $real "$@"; exec sleep 600; }'),
        0,
        "",
        DONE,
    ),
    cli(
        "sacctmgr hangs as it reads", LIST, script("exec sleep 600"), 6, "did not end within", BLANK
    ),
    cli(
        "sacctmgr hangs as it reads back",
        MODIFY,
        script("[ $back = 1 ] && exec sleep 600"),
        6,
        "list shows",
        DONE,
    ),
    cli(
        "sacctmgr lets go of a child that keeps its output open",
        LIST,
        script('sleep 5 & $real "$@"; exit'),
        (0, 6),
        "",
        ANY,
    ),
    cli(
        "sacctmgr prints 100 MB",
        LIST,
        script("head -c 100000000 /dev/zero | tr '\\\\0' x; exit 0"),
        (1, 10),
        "printed",
        BLANK,
        20,
    ),
    cli(
        "sacctmgr prints without an end",
        LIST,
        both(little_memory, script("exec yes")),
        (1, 6),
        "",
        BLANK,
    ),
    cli(
        "sacctmgr says much on stderr",
        MODIFY,
        script("yes noise | head -c 1000000 >&2"),
        0,
        "",
        DONE,
    ),
    cli(
        "sacctmgr says something before its JSON",
        LIST,
        script("echo hello"),
        (1, 10),
        "printed",
        BLANK,
    ),
    cli(
        "sacctmgr prints half of it",
        LIST,
        script('$real "$@" | head -c 300; exit 0'),
        (1, 10),
        "printed",
        BLANK,
    ),
    cli("sacctmgr prints nothing", LIST, script("exit 0"), (1, 10), "printed", BLANK),
    cli(
        "sacctmgr prints bytes that are no text",
        LIST,
        script("printf '\\\\377\\\\376'; exit 0"),
        (1, 10),
        "printed",
        BLANK,
    ),
    cli(
        "sacctmgr writes nothing, and says that all is well",
        MODIFY,
        script("[ $write = 1 ] && exit 0"),
        4,
        "not 5",
        NOT,
    ),
    cli(
        "sacctmgr writes nothing the second time, and says that all is well",
        TWO,
        script("[ $write = 2 ] && exit 0"),
        7,
        "not Operator",
        FIRST,
    ),
    cli(
        "sacctmgr says that nothing was to be done",
        MODIFY,
        script("[ $write = 1 ] && { echo ' Nothing modified'; exit 1; }"),
        4,
        "not 5",
        NOT,
    ),
    cli(
        "scancel is killed before it cancels",
        CANCEL,
        script("kill -9 $$", "scancel"),
        (4, 6),
        "",
        NOT,
    ),
    cli(
        "scancel cancels nothing, and says that all is well",
        CANCEL,
        script("exit 0", "scancel"),
        (1, 4, 6),
        "",
        NOT,
    ),
    cli(
        "scancel is killed when it has cancelled",
        CANCEL,
        script('$real "$@"; kill -9 $$', "scancel"),
        0,
        "",
        DONE,
    ),
    # Signals
    *(
        executor(
            f"{number.name} comes when the first write is under way",
            operation,
            signalled(number),
            130,
            says,
            FIRST,
            15,
        )
        for number in (signal.SIGHUP, signal.SIGQUIT)
        for executor in (rest, cli)
        for operation, says in (
            (TWO, "done: association 'alice in physics'; not done: user 'alice'"),
            (ADD, "not done: user 'eve'"),
        )
    ),
    # The trail, and the report
    rest("the audit trail's disk is full", MODIFY, audit("/dev/full"), 9, "No space left", NOT),
    cli("the audit trail's disk is full", MODIFY, audit("/dev/full"), 9, "No space left", NOT),
    rest("the audit trail's disk is full", DELETE, audit("/dev/full"), 9, "No space left", NOT),
    rest(
        "the audit trail's disk is full after its first record",
        MODIFY,
        small_trail,
        1,
        "is not in it",
        DONE,
    ),
    cli(
        "the audit trail's disk is full after its first record",
        MODIFY,
        small_trail,
        1,
        "is not in it",
        DONE,
    ),
    rest("the audit trail's folder is missing", MODIFY, no_trail, 9, "No such file", NOT),
    cli("the report's disk is full", MODIFY, full_stdout, 1, "No space left", DONE),
    rest("the report's disk is full", ADD, full_stdout, 1, "No space left", DONE),
)

ROWS = tuple(
    row if row.suites else replace(row, suites=BOTH[number % 2 :][:1])
    for number, row in enumerate(ALL)
)
