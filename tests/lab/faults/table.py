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
from functools import partial
from typing import Literal, TypeAlias

from slurmctl_rest.backends.batching import MAX_ROWS_PER_CALL

from . import proxy
from .proxy import BACK, HTML, JSON, READ, TEXT, WRITE, page
from .world import (
    Executor,
    Fault,
    World,
    after,
    at_write,
    back_in,
    between,
    both,
    dies_at_work,
    during,
    everywhere,
    in_back,
    in_write,
    keys,
    kill,
    kill_under_way,
    on,
    pause,
    resumed_in,
    script,
    signalled,
    soon,
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
DELETE_JOBS = replace(DELETE, word="delete 2 with jobs", sentence="user delete bob,carol --cancel-jobs -i")
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


rest_both = partial(rest, suites=BOTH)
cli_both = partial(cli, suites=BOTH)


def abreast(name: str, fault: Fault, exits: int | tuple[int, ...], suite: str) -> Row:
    """Requests that are under way at the same time; how many are done is left open."""
    return rest(name, ABREAST, fault, exits, "", ANY, 10, suites=[suite])


def killed_telling(executor: Callable[..., Row], name: str, operation: Operation, table: str, daemon: str) -> Row:
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
    name = "slurmctld is killed as it lists jobs, and back in time"
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
            headers = [(name, gone if expired and value == old else value) for name, value in request.headers]
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


def no_token_file(world: World) -> None:
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


def redirect(status: int, reason: str) -> proxy.Toxic:
    return page(status, reason, ("Location", "http://127.0.0.1:1/"), *HTML)


def with_an_object(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "accounts": {}, "associations": {}}).encode()


RESTD, DBD, CTLD, SQL = "slurmrestd", "slurmdbd", "slurmctld", "mariadbd"
RESTD_BACK, DBD_BACK = back_in(0.6, RESTD), back_in(0.6, DBD)
OLD, NEW = BOTH

# What is said
CANNOT = "cannot be reached"
NOT_DONE = "not done"
NOT_SENT = "not sent"
NO_JSON = "without JSON"
EXPIRED = "expired at"
BUSY = "did not answer in time"
TOO_LONG = "did not end within"
HANGS = "slurmdbd hangs: it does not answer about associations"
UNSEEN = "could not check for active jobs"
UNREAD = "could not be read"
NO_BACK = "could not be read back"
LIST_SHOWS = "list shows"
PRINTED = "printed"
NO_OPERATOR = "not Operator"
FULL = "No space left"
ONE_OF_TWO = "done: association 'alice in physics'; not done: user 'alice'"
NO_EVE = "not done: user 'eve'"

# What becomes of an answer
CHUNKED = proxy.rebuild(proxy.chunked_without_end)
BAD_HEADER = proxy.rebuild(lambda r: r.raw.replace(b"Content-Type:", b"Content\x00Type"))
TWO_LENGTHS = proxy.rebuild(lambda r: r.raw.replace(b"\r\n", b"\r\nContent-Length: 3\r\n", 1))
LONG_HEADER = proxy.rewrite(proxy.with_header("X", "x" * 2**20))
HALF = proxy.body(lambda b: b[: len(b) // 2])
NAN = proxy.body(proxy.first(b'"shares_raw": 1', b'"shares_raw": NaN'))
NO_UTF_8 = proxy.body(proxy.first(b'"description": "', b'"description": "\xff'))
POISON = b'{"accounts": [], "associations": [], "errors": [], "warnings": []}'
KEYS_TWICE = proxy.body(lambda b: b[: b.rindex(b"}")] + b", " + POISON[1:])
SEVEN_FOR_FIVE = proxy.body(lambda b: b.replace(b'"number": 5', b'"number": 7'))
NO_GZIP = proxy.rewrite(proxy.said_to_be_gzipped)
DELIVERED_LATE = on(WRITE, proxy.deliver_late)
LOST_AND_UNREAD = both(on(WRITE, proxy.lose), on(BACK, proxy.drop))

# Pages
EMPTY_JSON = page(200, "OK", *JSON, body=b"{}")
OTHER_JSON = page(200, "OK", *JSON, body=b'{"status": "ok"}')
NOT_MODIFIED = page(304, "Not Modified", *HTML, body=b"")
UNAUTHORIZED = page(401, "Unauthorized", *TEXT, body=b"Authentication failure")
TOO_MANY = page(429, "Too Many Requests", ("Retry-After", "1"), *HTML)
TOO_LATE = page(504, "Gateway Timeout")

# What commands of Slurm do instead (WRAPPER in world.py)
DBD_DIES = "{ kill -9 $(cat $pids/slurmdbd.pid); sleep 0.1; }"
DBD_DIES_SOON = "{ (sleep 0.1; kill -9 $(cat $pids/slurmdbd.pid)) & }"
DBD_STOPS = "kill -STOP $(cat $pids/slurmdbd.pid)"
CTLD_STOPS = "kill -STOP $(cat $pids/slurmctld.pid)"
EACH_DIES = script('[ $write -gt 0 ] && { $real "$@"; kill -9 $$; }')
LIES_LATER = in_write(2, "exit 0")
NOTHING_MODIFIED = "{ echo ' Nothing modified'; exit 1; }"
LEAVES_A_CHILD = script('sleep 5 & $real "$@"; exit')
HUNDRED_MB = script("head -c 100000000 /dev/zero | tr '\\\\0' x; exit 0")
NO_TEXT = script("printf '\\\\377\\\\376'; exit 0")
PREFIX_HANGS = keys(command_prefix=["sh", "-c", "exec sleep 600"])

GARBAGE, OF_ALICE = token_text("garbage"), token(3600, "alice")

ALL: tuple[Row, ...] = (
    # slurmrestd
    rest_both("slurmrestd is down", MODIFY, kill(RESTD), 6, CANNOT, NOT),
    rest("slurmrestd is down", LIST, kill(RESTD), 6, CANNOT, BLANK),
    rest("slurmrestd is down", PING, kill(RESTD), 6, CANNOT, BLANK),
    rest("slurmrestd is down, and back in time", MODIFY, RESTD_BACK, 0, "", DONE, 8),
    rest("slurmrestd is down, and back in time", LIST, RESTD_BACK, 0, "", SHOWN, 8),
    rest("slurmrestd is killed as it reads for us", MODIFY, during(READ, 2, kill(RESTD)), 6, "", NOT),
    rest_both("slurmrestd is killed as the write comes", MODIFY, at_write(1, kill(RESTD)), 6, NO_BACK, NOT),
    rest("slurmrestd is killed when it has written", MODIFY, after(WRITE, 1, kill(RESTD)), 6, NO_BACK, DONE),
    rest("slurmrestd is killed before the read-back", MODIFY, during(BACK, 1, kill(RESTD)), 6, LIST_SHOWS, DONE),
    rest_both("slurmrestd is killed between two writes", TWO, between(kill(RESTD)), 6, "", FIRST),
    rest_both("slurmrestd is killed between two writes", ADD, between(kill(RESTD)), 6, "", FIRST),
    rest("slurmrestd is killed between two writes", DELETE, between(kill(RESTD)), 6, "", FIRST),
    rest("slurmrestd is killed between two writes, and back in time", TWO, between(RESTD_BACK), 7, NOT_DONE, FIRST, 8),
    rest_both("slurmrestd is killed between two writes, and back in time", ADD, between(RESTD_BACK), 7, "", FIRST, 8),
    abreast("slurmrestd is killed while two requests are under way", between(soon(kill(RESTD))), 6, NEW),
    abreast("slurmdbd is killed while two requests are under way", between(soon(DBD_BACK)), (4, 6, 7), OLD),
    # 7: the third may be under way by then.
    abreast("the answer to one of two requests is lost", on(WRITE, proxy.lose, 1), (0, 7), NEW),
    rest("slurmrestd is paused", LIST, pause(RESTD), 6, BUSY, BLANK),
    rest("slurmrestd is paused at the write", MODIFY, at_write(1, pause(RESTD)), 6, NO_BACK, ANY),
    rest("slurmrestd is paused, and goes on in time", MODIFY, at_write(1, resumed_in(0.6, RESTD)), 0, "", DONE, 8),
    # slurmdbd
    rest_both("slurmdbd is down", MODIFY, kill(DBD), 6, "", NOT),
    rest("slurmdbd is down", LIST, kill(DBD), 6, "", BLANK),
    rest("slurmdbd is down", DELETE, kill(DBD), 6, "", NOT),
    rest_both("slurmdbd is down, and back in time", MODIFY, DBD_BACK, 0, "", DONE, 10),
    rest("slurmdbd is killed as the write comes", MODIFY, at_write(1, kill(DBD)), 6, "", NOT),
    rest_both("slurmdbd is killed in the write", MODIFY, kill_under_way(DBD), 6, "", ANY),
    rest_both("slurmdbd is killed when it has written", MODIFY, after(WRITE, 1, kill(DBD)), 6, LIST_SHOWS, DONE),
    rest_both("slurmdbd is killed between two writes", TWO, between(kill(DBD)), 6, "", FIRST),
    rest_both("slurmdbd is killed between two writes", DELETE, between(kill(DBD)), 6, "", FIRST),
    rest("slurmdbd is killed between two writes, and back in time", ADD, between(DBD_BACK), (0, 7), "", ANY, 10),
    rest("slurmdbd is paused", LIST, pause(DBD), 6, BUSY, BLANK),
    rest_both("slurmdbd is paused at the write", MODIFY, at_write(1, pause(DBD)), 6, NO_BACK, ANY),
    rest("slurmdbd is paused between two writes", TWO, between(pause(DBD)), 6, NO_BACK, ANY),
    rest("slurmdbd is paused, and goes on in time", ADD, at_write(1, resumed_in(0.6, DBD)), 0, "", DONE, 8),
    # MariaDB
    rest_both("MariaDB is down", MODIFY, kill(SQL), 6, "", NOT),
    rest_both("MariaDB is killed as the write comes", TWO, at_write(1, kill(SQL)), 6, "", NOT),
    rest("MariaDB is killed when it has written", MODIFY, after(WRITE, 1, kill(SQL)), 6, LIST_SHOWS, DONE),
    rest("MariaDB is paused at the write", MODIFY, at_write(1, pause(SQL)), 6, NO_BACK, ANY),
    rest_both("MariaDB's tables are locked by another session", MODIFY, locked("{}_assoc_table"), 6, HANGS, NOT),
    rest_both("another administrator has not committed yet", MODIFY, uncommitted, (0, 1, 6), "", ANY),
    # slurmctld
    rest_both("slurmctld is down", MODIFY, kill(CTLD), 0, "", DONE),
    rest_both("slurmctld is down", DELETE, kill(CTLD), 6, UNSEEN, NOT),
    rest("slurmctld is down", DELETE_JOBS, kill(CTLD), 6, "", NOT),
    rest_both("slurmctld is down", CANCEL, kill(CTLD), 6, "", NOT),
    rest_both("slurmctld is down", PING, kill(CTLD), 6, "", BLANK),
    killed_telling_of_jobs(rest),
    rest("slurmctld is paused", CANCEL, pause(CTLD), 6, BUSY, NOT),
    rest("slurmctld is paused as the request to cancel comes", CANCEL, at_write(1, pause(CTLD)), 6, UNREAD, ANY),
    rest_both("slurmctld is killed as the request to cancel comes", CANCEL, at_write(1, kill(CTLD)), 6, UNREAD, ANY),
    # Tokens
    rest_both("the token has expired", MODIFY, token(-60), 5, EXPIRED, NOT),
    rest("the token has expired", LIST, token(-60), 5, EXPIRED, BLANK),
    rest("the token expires before the write, and is rotated", MODIFY, expires(WRITE, 1, rotate), 0, "", DONE),
    rest_both("the token expires between two writes, and is rotated", ADD, expires(WRITE, 2, rotate), 0, "", DONE),
    rest("the token expires before the read-back, and is rotated", TWO, expires(BACK, 1, rotate), 0, "", DONE),
    rest("the token expires between two reads, and is rotated", LIST, expires(READ, 2, rotate), 0, "", SHOWN),
    rest("the token expires before the write", MODIFY, truly_expires(WRITE, 1), (5, 6), EXPIRED, NOT, 5),
    rest_both("the token expires between two writes", TWO, truly_expires(WRITE, 2), (5, 6, 7), EXPIRED, FIRST, 5),
    rest("the token expires before the read-back", MODIFY, truly_expires(BACK, 1), (5, 6), EXPIRED, DONE, 5),
    rest("the token file goes, the token stays good", MODIFY, during(READ, 2, no_token_file), 0, "", DONE),
    rest("the token expires, and its file is gone", TWO, expires(WRITE, 2, no_token_file), (5, 6, 7), "token", FIRST),
    rest_both("the token is rotated to garbage", MODIFY, expires(WRITE, 1, GARBAGE), (5, 6), "", NOT),
    rest("the token is rotated to one of a user who may not", MODIFY, expires(WRITE, 1, OF_ALICE), (5, 6), "", NOT),
    rest("there is no token file", MODIFY, no_token_file, 5, "token", NOT),
    rest("the token file is empty", LIST, token_text(""), 5, "token", BLANK),
    # A way to slurmrestd that cuts
    rest("connections are refused", LIST, lambda w: w.proxy.go(), 6, CANNOT, BLANK),
    rest("the connection ends at once", LIST, on(READ, proxy.drop), 6, "", BLANK),
    rest("the connection ends at once, the first time", LIST, on(READ, proxy.drop, 1), 0, "", SHOWN),
    rest("the connection is reset, the first time", MODIFY, on(READ, proxy.reset, 1), 0, "", DONE),
    rest("the write's connection ends at once", MODIFY, on(WRITE, proxy.drop), 6, NOT_DONE, NOT),
    rest("the write's connection is reset", MODIFY, on(WRITE, proxy.reset), 6, NOT_DONE, NOT),
    rest("the second write's connection ends at once", ADD, on(WRITE, proxy.drop, 2), 7, NOT_DONE, FIRST),
    rest("the second write's connection ends at once", DELETE, on(WRITE, proxy.drop, 2), 7, NOT_DONE, FIRST),
    rest("the write is done, its answer lost", MODIFY, on(WRITE, proxy.lose), 0, "", DONE),
    rest("both writes are done, their answers lost", ADD, on(WRITE, proxy.lose), 7, NOT_SENT, FIRST),
    rest("both writes are done, their answers lost", DELETE, on(WRITE, proxy.lose), 7, NOT_SENT, FIRST),
    rest("the write is done, its connection reset", TWO, on(WRITE, proxy.lose_and_reset, 1), 7, NOT_SENT, FIRST),
    rest("the request to cancel is done, its answer lost", CANCEL, on(WRITE, proxy.lose), (0, 6), "", DONE),
    rest("the write's answer is lost, and none is read back", MODIFY, LOST_AND_UNREAD, 6, NO_BACK, DONE),
    rest("the write's answer is lost in its status line", MODIFY, on(WRITE, proxy.cut("line")), 0, "", DONE),
    rest("the write's answer is lost in its headers", ADD, on(WRITE, proxy.cut("head")), 7, NOT_SENT, FIRST),
    rest("the write's answer is lost in its body", DELETE, on(WRITE, proxy.cut("body")), 7, NOT_SENT, FIRST),
    rest("an answer is cut in its body, the first time", LIST, on(READ, proxy.cut("body"), 2), 0, "", SHOWN),
    rest("answers are cut in their headers", LIST, on(READ, proxy.cut("head")), 6, "", BLANK),
    rest("the read-back is cut", MODIFY, on(BACK, proxy.cut("body")), 6, LIST_SHOWS, DONE),
    rest("each connection ends after one answer", ADD, everywhere(proxy.hang_up_after), (0, 6, 7), "", ANY),
    rest("an answer in chunks without an end", LIST, on(READ, CHUNKED), 6, "", BLANK),
    rest("the write's answer in chunks without an end", MODIFY, on(WRITE, CHUNKED), 0, "", DONE),
    # A way to slurmrestd that delays
    rest("no answer comes", LIST, on(READ, proxy.swallow), 6, BUSY, BLANK),
    rest("the write is swallowed", MODIFY, on(WRITE, proxy.swallow), 6, "", NOT),
    rest("the write is done, no answer comes", MODIFY, on(WRITE, proxy.keep_answer), 0, "", DONE),
    rest("the second write is done, no answer comes", ADD, on(WRITE, proxy.keep_answer, 2), 0, "", DONE),
    rest("the write comes to slurmrestd when we have given it up", MODIFY, DELIVERED_LATE, (0, 6), "", DONE),
    rest("headers trickle for ever", LIST, on(READ, proxy.trickle("head")), 6, "", BLANK),
    rest("a body trickles for ever", LIST, on(READ, proxy.trickle("body")), 6, "", BLANK),
    rest("the write's answer trickles for ever", MODIFY, on(WRITE, proxy.trickle("body")), 0, "", DONE),
    rest("the read-back trickles for ever", MODIFY, on(BACK, proxy.trickle("body")), 6, LIST_SHOWS, DONE),
    rest("a body without an end", LIST, both(little_memory, on(READ, proxy.pour)), (1, 6), "", BLANK),
    rest("the write's answer has no end", MODIFY, both(little_memory, on(WRITE, proxy.pour)), (0, 6), "", DONE),
    rest("100 Continue for ever", LIST, on(READ, proxy.forever(b"HTTP/1.1 100 Continue\r\n\r\n")), 6, "", BLANK),
    rest("100 Continue and 103 before the answer", MODIFY, on(WRITE, proxy.after_interim), 0, "", DONE),
    # A way to slurmrestd that repeats
    rest("each answer comes twice", LIST, on(READ, proxy.twice), 0, "", SHOWN),
    rest("the write's answer comes twice", MODIFY, on(WRITE, proxy.twice), 0, "", DONE),
    rest("a forged answer follows each", LIST, on(READ, proxy.with_a_forged_one), 0, "", SHOWN),
    rest("a forged answer follows the write's", MODIFY, on(WRITE, proxy.with_a_forged_one), 0, "", DONE),
    rest("the write is delivered twice", MODIFY, on(WRITE, proxy.repeat), 0, "", DONE),
    rest("the writes are delivered twice", ADD, on(WRITE, proxy.repeat), 0, "", DONE),
    rest("the writes are delivered twice", DELETE, on(WRITE, proxy.repeat), 0, "", DONE),
    # A way to slurmrestd that corrupts
    rest("a status line of letters", LIST, on(READ, proxy.instead(b"HTTP/1.1 2OO OK\r\n\r\n")), 6, "", BLANK),
    rest("the write's status line is broken", MODIFY, on(WRITE, proxy.instead(b"ICY 200 OK\r\n\r\n")), 0, "", DONE),
    rest("a header that is none", LIST, on(READ, BAD_HEADER), 6, "", BLANK),
    rest("two lengths", MODIFY, on(WRITE, TWO_LENGTHS), 0, "", DONE),
    rest("a header of a megabyte", MODIFY, on(WRITE, LONG_HEADER), 0, "", DONE),
    rest("a body that is cut, with its whole length announced", LIST, on(READ, HALF), 6, "incomplete JSON", BLANK),
    rest("the write's body is cut, with its whole length announced", ADD, on(WRITE, HALF), 7, NOT_SENT, FIRST),
    rest("an empty body", LIST, on(READ, proxy.body(lambda _: b"")), 6, "incomplete JSON", BLANK),
    rest("a brace is flipped", LIST, on(READ, proxy.body(proxy.first(b"{", b"["))), 1, NO_JSON, BLANK),
    rest("NaN for numbers", LIST, on(READ, NAN), 1, "", BLANK),
    rest("bytes that are no UTF-8", LIST, on(READ, NO_UTF_8), 0, "", SHOWN),
    rest("keys twice, the second empty", LIST, on(READ, KEYS_TWICE), (1, 3), "", BLANK),
    rest("a list that is an object", LIST, on(READ, proxy.body(with_an_object)), 1, "has no list", BLANK),
    rest("nested without an end", LIST, on(READ, proxy.body(lambda _: b"[" * 200_000)), 1, NO_JSON, BLANK),
    rest("the read-back shows another value", MODIFY, on(BACK, SEVEN_FOR_FIVE), 4, "not 5", DONE),
    rest("gzip that nobody asked for", MODIFY, everywhere(proxy.rewrite(proxy.gzipped)), 1, NO_JSON, NOT),
    rest("gzip that is none", LIST, on(READ, NO_GZIP), 0, "", SHOWN),
    rest("the write's answer is no gzip", MODIFY, on(WRITE, NO_GZIP), 0, "", DONE),
    # Other servers between
    rest("a page of HTML", LIST, on(READ, page(200, "OK")), 1, NO_JSON, BLANK),
    rest("a page of HTML, and nothing is written", MODIFY, on(WRITE, page(200, "OK")), 6, NOT_DONE, NOT),
    rest("a page of HTML, and it is written", MODIFY, on(WRITE, page(200, "OK", forward=True)), 0, "", DONE),
    rest("empty JSON for the write, and nothing is written", MODIFY, on(WRITE, EMPTY_JSON), 6, NOT_DONE, NOT),
    rest("empty JSON for the second write, and nothing is written", ADD, on(WRITE, EMPTY_JSON, 2), 7, "", FIRST),
    rest("JSON of another service", LIST, on(READ, OTHER_JSON), 1, "not from slurmrestd", BLANK),
    rest("a redirection", LIST, on(READ, redirect(302, "Found")), 1, "302", BLANK),
    rest("a redirection of the write", MODIFY, on(WRITE, redirect(307, "Temporary Redirect")), (1, 6), "307", NOT),
    rest("304 to what was not asked so", LIST, on(READ, NOT_MODIFIED), 1, "", BLANK),
    rest("304 to the write, and nothing is written", MODIFY, on(WRITE, NOT_MODIFIED), 4, "", NOT),
    rest("401 in plain text", LIST, on(READ, UNAUTHORIZED), 5, "token", BLANK),
    rest("401 to the write", MODIFY, on(WRITE, UNAUTHORIZED), 5, "token", NOT),
    rest("403 of a firewall", LIST, on(READ, page(403, "Forbidden")), (1, 5), "403", BLANK),
    rest("407 of a proxy", MODIFY, on(WRITE, page(407, "Proxy Authentication Required")), (1, 6), "407", NOT),
    rest("429, the first time", LIST, on(READ, TOO_MANY, 1), 0, "", SHOWN, 5),
    rest("429 to the write, the first time", MODIFY, on(WRITE, TOO_MANY, 1), 6, NOT_DONE, NOT, 5),
    rest("429 for ever", LIST, on(READ, TOO_MANY), 6, "429", BLANK),
    rest("502, the first time", LIST, on(READ, page(502, "Bad Gateway"), 1), 0, "", SHOWN, 5),
    rest("503, the first time", MODIFY, on(READ, page(503, "Service Unavailable"), 2), 0, "", DONE, 5),
    rest("503 for ever", LIST, on(READ, page(503, "Service Unavailable")), 6, "503", BLANK),
    rest("503 to the write", MODIFY, on(WRITE, page(503, "Service Unavailable"), 1), (0, 6), "", ANY, 5),
    rest("504, and it is written", MODIFY, on(WRITE, page(504, "Gateway Timeout", forward=True)), 0, "", DONE),
    rest("504, and nothing is written", MODIFY, on(WRITE, TOO_LATE), 6, "", NOT),
    rest("504 to the second write, and nothing is written", DELETE, on(WRITE, TOO_LATE, 2), 7, "", FIRST),
    rest("502 to the read-back", MODIFY, on(BACK, page(502, "Bad Gateway")), 6, LIST_SHOWS, DONE),
    # The commands: daemons
    cli_both("slurmdbd is down", MODIFY, kill(DBD), 6, "", NOT),
    cli("slurmdbd is down", LIST, kill(DBD), 6, "", BLANK),
    cli("slurmdbd is killed as the write begins", MODIFY, in_write(1, DBD_DIES), 6, "", NOT),
    killed_telling(cli, "slurmdbd is killed as it lists accounts", LIST, "acct_table", DBD),
    killed_telling(cli, "slurmdbd is killed as it lists TRES", LIST, "tres_table", DBD),
    killed_telling(cli, "MariaDB is killed as slurmdbd lists accounts", LIST, "acct_table", SQL),
    killed_telling(cli, "MariaDB is killed as slurmdbd lists TRES", LIST, "tres_table", SQL),
    killed_telling(rest, "MariaDB is killed as slurmdbd lists accounts", LIST, "acct_table", SQL),
    killed_telling(rest, "MariaDB is killed as slurmdbd lists TRES", LIST, "tres_table", SQL),
    killed_telling(cli, "MariaDB is killed as slurmdbd lists jobs", USAGE, "{}_job_table", SQL),
    killed_telling(cli, "slurmdbd is killed as it lists jobs", USAGE, "{}_job_table", DBD),
    cli_both("slurmdbd is killed while many are written", ABREAST, in_write(1, DBD_DIES_SOON), (6, 7), "", ANY, 10),
    cli_both("slurmdbd is killed when it has written", MODIFY, in_back(DBD_DIES), 6, LIST_SHOWS, DONE),
    cli_both("slurmdbd is killed between two writes", TWO, in_write(2, DBD_DIES), 6, "", FIRST),
    cli("slurmdbd is paused", LIST, pause(DBD), 6, TOO_LONG, BLANK),
    cli_both("slurmdbd is paused at the write", MODIFY, in_write(1, DBD_STOPS), 6, NO_BACK, ANY),
    cli("slurmdbd is paused between two writes", TWO, in_write(2, DBD_STOPS), 6, NO_BACK, ANY),
    cli("slurmdbd is paused, and goes on in time", MODIFY, resumed_in(0.8, DBD), 0, "", DONE, 8),
    cli_both("MariaDB is down", MODIFY, kill(SQL), 6, "", NOT),
    cli_both("another administrator has not committed yet", MODIFY, uncommitted, (0, 1, 6), "", ANY),
    cli("slurmctld is down", MODIFY, kill(CTLD), 0, "", DONE),
    cli_both("slurmctld is down", DELETE, kill(CTLD), 6, UNSEEN, NOT),
    cli("slurmctld is down", DELETE_JOBS, kill(CTLD), 6, "", NOT),
    cli_both("slurmctld is down", CANCEL, kill(CTLD), (1, 6), "", NOT),
    cli_both("slurmctld is down", RESET, kill(CTLD), 6, "account", ANY),
    killed_telling_of_jobs(cli),
    cli("slurmctld is paused", CANCEL, pause(CTLD), 6, TOO_LONG, NOT),
    cli("slurmctld is paused as scancel begins", CANCEL, in_write(1, CTLD_STOPS, "scancel"), 6, UNREAD, ANY),
    rest("slurmdbd hangs: an addition waits for a lock", MODIFY, hangs, 6, HANGS, NOT),
    rest("slurmdbd hangs: an addition waits for a lock", USERS, hangs, 6, HANGS, BLANK),
    cli("slurmdbd hangs: an addition waits for a lock", MODIFY, hangs, 6, HANGS, NOT),
    cli("slurmdbd hangs: an addition waits for a lock", USERS, hangs, 6, HANGS, BLANK),
    cli_both("munged is down", MODIFY, kill("munged"), (1, 5, 6), "", NOT),
    cli("munged is down", LIST, kill("munged"), (1, 5, 6), "", BLANK),
    # The commands: files
    cli_both("slurm.conf is gone", MODIFY, lambda w: w.hide("/etc/slurm/slurm.conf"), (1, 6), "", NOT),
    cli("slurm.conf is no configuration", LIST, lambda w: w.spoil("/etc/slurm/slurm.conf", "?\n"), (1, 6), "", BLANK),
    cli("the commands are missing", MODIFY, keys(slurm_bin_path="/nosuch"), 6, "slurm_bin_path", NOT),
    cli("the commands cannot be run", LIST, keys(slurm_bin_path="/etc/passwd"), 6, "slurm_bin_path", BLANK),
    cli("the other side of command_prefix does not answer", LIST, PREFIX_HANGS, 6, TOO_LONG, BLANK),
    cli("the other side of command_prefix refuses", MODIFY, keys(command_prefix=["false"]), (1, 6), "", NOT),
    # The commands: what becomes of them
    cli("sacctmgr is killed before its write", MODIFY, in_write(1, "kill -9 $$"), 6, NOT_DONE, NOT),
    cli("sacctmgr is killed when it has written", MODIFY, in_write(1, '{ $real "$@"; kill -9 $$; }'), 0, "", DONE),
    cli("sacctmgr is killed before its second write", TWO, in_write(2, "kill -9 $$"), 7, NOT_DONE, FIRST),
    cli("sacctmgr is killed when it has written twice", ADD, EACH_DIES, 7, NOT_SENT, FIRST),
    cli("sacctmgr is killed as it reads back", MODIFY, in_back("kill -9 $$"), (1, 6), LIST_SHOWS, DONE),
    cli("sacctmgr hangs before its write", MODIFY, in_write(1, "exec sleep 600"), 6, "", NOT),
    cli("sacctmgr hangs when it has written", MODIFY, in_write(1, '{ $real "$@"; exec sleep 600; }'), 0, "", DONE),
    cli("sacctmgr hangs as it reads", LIST, script("exec sleep 600"), 6, TOO_LONG, BLANK),
    cli("sacctmgr hangs as it reads back", MODIFY, in_back("exec sleep 600"), 6, LIST_SHOWS, DONE),
    cli("sacctmgr lets go of a child that keeps its output open", LIST, LEAVES_A_CHILD, (0, 6), "", ANY),
    cli("sacctmgr prints 100 MB", LIST, HUNDRED_MB, (1, 10), PRINTED, BLANK, 20),
    cli("sacctmgr prints without an end", LIST, both(little_memory, script("exec yes")), (1, 6), "", BLANK),
    cli("sacctmgr says much on stderr", MODIFY, script("yes noise | head -c 1000000 >&2"), 0, "", DONE),
    cli("sacctmgr says something before its JSON", LIST, script("echo hello"), (1, 10), PRINTED, BLANK),
    cli("sacctmgr prints half of it", LIST, script('$real "$@" | head -c 300; exit 0'), (1, 10), PRINTED, BLANK),
    cli("sacctmgr prints nothing", LIST, script("exit 0"), (1, 10), PRINTED, BLANK),
    cli("sacctmgr prints bytes that are no text", LIST, NO_TEXT, (1, 10), PRINTED, BLANK),
    cli("sacctmgr writes nothing, and says that all is well", MODIFY, in_write(1, "exit 0"), 4, "not 5", NOT),
    cli("sacctmgr writes nothing the second time, and says that all is well", TWO, LIES_LATER, 7, NO_OPERATOR, FIRST),
    cli("sacctmgr says that nothing was to be done", MODIFY, in_write(1, NOTHING_MODIFIED), 4, "not 5", NOT),
    cli("scancel is killed before it cancels", CANCEL, script("kill -9 $$", "scancel"), (4, 6), "", NOT),
    cli("scancel cancels nothing, and says that all is well", CANCEL, script("exit 0", "scancel"), (1, 4, 6), "", NOT),
    cli("scancel is killed when it has cancelled", CANCEL, script('$real "$@"; kill -9 $$', "scancel"), 0, "", DONE),
    # Signals
    rest("SIGHUP comes when the first write is under way", TWO, signalled(signal.SIGHUP), 130, ONE_OF_TWO, FIRST, 15),
    rest("SIGHUP comes when the first write is under way", ADD, signalled(signal.SIGHUP), 130, NO_EVE, FIRST, 15),
    cli("SIGHUP comes when the first write is under way", TWO, signalled(signal.SIGHUP), 130, ONE_OF_TWO, FIRST, 15),
    cli("SIGHUP comes when the first write is under way", ADD, signalled(signal.SIGHUP), 130, NO_EVE, FIRST, 15),
    rest("SIGQUIT comes when the first write is under way", TWO, signalled(signal.SIGQUIT), 130, ONE_OF_TWO, FIRST, 15),
    rest("SIGQUIT comes when the first write is under way", ADD, signalled(signal.SIGQUIT), 130, NO_EVE, FIRST, 15),
    cli("SIGQUIT comes when the first write is under way", TWO, signalled(signal.SIGQUIT), 130, ONE_OF_TWO, FIRST, 15),
    cli("SIGQUIT comes when the first write is under way", ADD, signalled(signal.SIGQUIT), 130, NO_EVE, FIRST, 15),
    # The trail, and the report
    rest("the audit trail's disk is full", MODIFY, audit("/dev/full"), 9, FULL, NOT),
    cli("the audit trail's disk is full", MODIFY, audit("/dev/full"), 9, FULL, NOT),
    rest("the audit trail's disk is full", DELETE, audit("/dev/full"), 9, FULL, NOT),
    rest("the audit trail's disk is full after its first record", MODIFY, small_trail, 1, "is not recorded", DONE),
    cli("the audit trail's disk is full after its first record", MODIFY, small_trail, 1, "is not recorded", DONE),
    rest("the audit trail's folder is missing", MODIFY, no_trail, 9, "No such file", NOT),
    cli("the report's disk is full", MODIFY, full_stdout, 1, FULL, DONE),
    rest("the report's disk is full", ADD, full_stdout, 1, FULL, DONE),
)

ROWS = tuple(row if row.suites else replace(row, suites=BOTH[number % 2 :][:1]) for number, row in enumerate(ALL))
