"""Benchmarks of what operators ask: what differs, who changed it, how close, why does it wait."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TypeAlias

from .acts import counted, says
from .bounds import ABOVE, MEMORY, UNDER, Bound, Kind, Sizes, largest
from .measure import Action, Way
from .place import Place
from .ways import EXECUTORS, LARGE, Benchmark, a_site, ours

LISTED = "assoc list WOPLimits -P"
DIFFED = "diff -f site.toml"


def comparing_a_site(place: Place) -> list[Way]:
    """Comparing a site's file with the cluster.

    The file is what `export` wrote, so that nothing differs; beside it, the list of all
    associations with their own values, which a file holds.
    """

    @cache
    def exported(executor: str) -> str:
        file = str(place.folder / f"{executor}.toml")
        place.program(executor, "export", "-o", file)()
        return file

    return [
        way
        for executor in EXECUTORS
        for way in (
            Way(ours(executor, LISTED), partial(place.program, executor, *LISTED.split())),
            Way(
                ours(executor, DIFFED),
                partial(_with_file, place, executor, exported),
            ),
        )
    ]


def _with_file(place: Place, executor: str, exported: Callable[[str], str]) -> Action:
    return place.program(executor, "diff", "-f", exported(executor))


NewUsers: TypeAlias = Mapping[str, Sequence[str]]
"""Account -> names."""
NEW_USERS, NEW_ACCOUNTS = 1000, 50
FROM_CSV = "user add --from users.csv -i"
APPLIED = "apply site.toml -i"


def adding_users_of_a_file(place: Place) -> list[Way]:
    """Adding 1,000 users in 50 accounts from a file.

    Users who are new, in accounts that are there, on a cluster with 20,000 associations of users:
    as rows of a CSV file for `user add`, and in a site's file.
    """
    site, turns = a_site(place), itertools.count(1)
    accounts = [site.account(site.accounts - 1 - number) for number in range(NEW_ACCOUNTS)]
    each = NEW_USERS // NEW_ACCOUNTS

    def new_users() -> NewUsers:
        turn = next(turns)
        return {one: [f"f{turn}{one}n{number}" for number in range(each)] for one in accounts}

    def csv(users: NewUsers) -> str:
        rows = (f"{user},{account}\n" for account, some in users.items() for user in some)
        return f"User,Account\n{''.join(rows)}"

    def toml(users: NewUsers) -> str:
        tables = (f"[account.{account}]\nusers = {list(some)}\n" for account, some in users.items())
        return f"[scope]\ncluster = '{place.cluster.cluster_name}'\n{''.join(tables)}"

    def way(executor: str, words: str, name: str, text: Callable[[NewUsers], str]) -> Way:
        def ready() -> Action:
            file = place.folder / name
            users = new_users()
            file.write_text(text(users))
            wanted.append(users[accounts[0]][0][:-1])
            return place.program(executor, *words.replace(name, str(file)).split())

        wanted: list[str] = []

        def check() -> None:
            prefix = wanted[-1].removesuffix(f"{accounts[0]}n")
            counted(place.cluster, f"deleted = 0 and user like '{prefix}%n%'", NEW_USERS)

        return Way(ours(executor, words), ready, check)

    return [
        way(executor, words, name, text)
        for executor in EXECUTORS
        for words, name, text in ((FROM_CSV, "users.csv", csv), (APPLIED, "site.toml", toml))
    ]


HISTORY = "history account X"
TRANSACTIONS = "`sacctmgr -nP show transactions`"


def history_of_an_account(place: Place) -> list[Way]:
    """Who changed an account, in a journal of 100,000 transactions.

    Beside it, the journal as sacctmgr itself prints it. The memory is the program's own.
    """
    site = a_site(place)
    account = site.account(site.accounts - 1)
    words = HISTORY.replace("X", account)
    return [
        Way(
            ours("cli", HISTORY),
            partial(place.program, "cli", *words.split()),
            partial(says, place, account),
        ),
        Way(
            TRANSACTIONS,
            lambda: place.command("sacctmgr", "-nP", "show", "transactions"),
            partial(says, place, "Modify"),
        ),
    ]


def how_close_and_why(place: Place) -> list[Way]:
    """How close a user is to the limits, and why a job waits.

    One of 5,000 jobs, whose account may use no more CPUs, on a cluster with 20,000 associations of
    users. Beside them, one account's row, and what `scontrol` takes for the account's limits.
    """
    site, cluster = a_site(place), place.cluster
    account = site.account(site.accounts - 1)

    @cache
    def waiting() -> str:
        cluster.sacctmgr("add", "user", "alice", f"account={account}")
        cluster.sacctmgr("modify", "account", account, "set", "GrpTRES=cpu=0")
        return _jobs(place, account)

    def words(sentence: str) -> Callable[[], list[str]]:
        return lambda: sentence.replace("ID", waiting()).replace("X", account).split()

    def program(executor: str, sentence: str, said: str) -> Way:
        return Way(
            ours(executor, sentence),
            lambda: place.program(executor, *words(sentence)()),
            partial(says, place, said),
        )

    return [
        *(
            program(executor, sentence, said)
            for executor in EXECUTORS
            for sentence, said in (
                (START, account),
                (WHY, "GrpTRES"),
                (QUOTA, account),
            )
        ),
        Way(
            ASSOC_MGR,
            lambda: place.command("scontrol", *words(ASSOC_MGR_WORDS)()),
            partial(says, place, account),
        ),
    ]


WHY, QUOTA, START = "jobs why ID", "quota user=alice", "account show X"
ASSOC_MGR_WORDS = "show assoc_mgr accounts=X flags=assoc"
ASSOC_MGR = f"`scontrol {ASSOC_MGR_WORDS}`"
HELD_JOBS = 4999


def _jobs(place: Place, account: str) -> str:
    """Submit the jobs, and return the number of the one that waits for the limit."""
    submit = f"sbatch --parsable -A {account} --wrap 'sleep 9'"
    loop = f"for i in $(seq {HELD_JOBS}); do {submit} --hold || exit; done; {submit}"
    done = place.cluster.run("sh", "-c", loop, user="alice")
    if done.returncode:
        raise RuntimeError(f"sbatch: {done.stderr.strip()}")
    return done.stdout.split()[-1]


# What is promised of them


def above_start(sizes: Sizes, way: str, beside: str) -> float:
    """Return how many times the seconds of another a way takes above the list of one row."""
    figures = largest(sizes)
    start = figures[f"`slurmctl-rest {START}`{way.rpartition('`')[2]}"]
    return (figures[way].seconds - start.seconds) / figures[beside].seconds


ABOVE_START = Kind("above start-up, under {:g} times {}", above_start, operator.lt)


def each(words: str) -> tuple[str, ...]:
    """Return the labels of the program's ways over each executor."""
    return tuple(ours(executor, words) for executor in EXECUTORS)


ANSWERS: Sequence[Benchmark] = (
    Benchmark(
        comparing_a_site,
        accounts=(LARGE,),
        bounds=(
            *(
                Bound(UNDER, 1.5, (diffed,), listed)
                for diffed, listed in zip(each(DIFFED), each(LISTED), strict=True)
            ),
            Bound(MEMORY, 200, each(DIFFED)),
        ),
    ),
    Benchmark(
        history_of_an_account,
        accounts=(LARGE,),
        bounds=(
            Bound(ABOVE, 2, (ours("cli", HISTORY),), TRANSACTIONS),
            Bound(MEMORY, 150, (ours("cli", HISTORY),)),
        ),
    ),
    Benchmark(
        how_close_and_why,
        accounts=(LARGE,),
        bounds=tuple(Bound(ABOVE_START, 3, each(words), ASSOC_MGR) for words in (WHY, QUOTA)),
    ),
    Benchmark(
        adding_users_of_a_file,
        accounts=(LARGE,),
        bounds=tuple(
            Bound(UNDER, 1.3, (ours(executor, APPLIED),), ours(executor, FROM_CSV))
            for executor in EXECUTORS
        ),
    ),
)
