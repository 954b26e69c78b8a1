"""The benchmarks. Each is a function: its docstring is title and note of its table."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable, Sequence
from functools import cache, partial
from urllib.parse import urlsplit

from .acts import (
    Items,
    has_rows,
    held_jobs,
    largest_is_set,
    newest_has,
    no_job_is_left,
    request_each,
    run_each,
    says,
)
from .answers import ANSWERS
from .bounds import FASTER, GROWTH, MEMORY, UNDER, Bound
from .measure import Action, Way
from .place import Place
from .site import MONTH
from .ways import EXECUTORS, LARGE, SMALL, Benchmark, a_site, of_program, ours

JOBS = USERS = LIMITS = 1000
SOME, FEW = 100, 20

# Starting


IDLE = "`python -c pass`"
VERSION = "`slurmctl-rest --version`"
COMPLETION = "the answer to `slurmctl-rest account l<TAB>`"
SHOWN = "account show root"


def start_up(place: Place) -> list[Way]:
    """Starting.

    From an installed wheel, on a cluster without accounts, beside the same Python that does
    nothing. The completion is called as bash calls it; its answer needs no names from Slurm.
    """
    typed = ("slurmctl-rest account l", " \t\n\"'><=;|&(:")
    asked = partial(place.program, "cli", _SLURMCTL_REST_COMPLETE="bash")
    return [
        Way(IDLE, lambda: place.interpreter("-c", "pass")),
        Way(VERSION, lambda: place.program("cli", "--version")),
        Way(COMPLETION, lambda: asked(*typed), lambda: says(place, "list")),
        *(
            Way(f"`slurmctl-rest {words}`", partial(place.program, "cli", *words.split()))
            for words in ("--help", "account --help")
        ),
        *of_program(place, [SHOWN, "ping"]),
    ]


NOUNS = ("account", "user", "assoc", "coordinator", "qos", "cluster", "tres", "jobs")


def start_of_lists(place: Place) -> list[Way]:
    """Listing what is hardly there.

    Each noun on a cluster without accounts: what a command takes before there is anything to do.
    """
    nothing_done = Way(IDLE, lambda: place.interpreter("-c", "pass"))
    return [nothing_done, *of_program(place, [f"{noun} list" for noun in NOUNS])]


# Reading


LIST = "assoc list"
ONE_LOOK = ("", " --output csv", " -p", " -P")
TWO_LOOKS = (" --json", " --output ndjson")
"""The formats that tell what is inherited: slurmrestd is asked twice for them."""
FORMATS = (*ONE_LOOK, *TWO_LOOKS)


def lists(executor: str, forms: Sequence[str] = FORMATS) -> tuple[str, ...]:
    """Return the labels of the list in these formats."""
    return tuple(ours(executor, f"{LIST}{form}") for form in forms)


SACCTMGR_TEXT = "`sacctmgr -nP show assoc`"
SACCTMGR_JSON = "`sacctmgr --json show assoc`"
NAIVE = "one `GET .../associations/`, and `json.loads` of it"

NAIVE_SCRIPT = """
import http.client, json, sys
host, port, path, token = sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port))
connection.request("GET", path, headers={"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": token})
print("user\\n" * len(json.loads(connection.getresponse().read())["associations"]))
"""

SENT = {
    form: f"what `slurmctl-rest {LIST}{form}` asks, its answers thrown away"
    for form in (" --json", " -P")
}
"""Label of the requests alone, by the format of the list that sends them."""

SENT_SCRIPT = """
import http.client, sys, threading
host, port, token, *paths = sys.argv[1:]
headers = {"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": token}
rest, rows = iter(paths), []
def ask():
    connection = http.client.HTTPConnection(host, int(port))
    for path in rest:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        rows.append(answer.read().count(b'"shares_raw"'))
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}")
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("user\\n" * sum(rows))
"""


def listing_all(place: Place) -> list[Way]:
    """Listing all associations.

    Of accounts and users, in each format, into a file. What a list asks is sent once more without
    the program, on as many connections: no program can be faster than slurmrestd answers.
    """
    site = a_site(place)
    address = urlsplit(place.cluster.tcp_url)
    where = str(address.hostname), str(address.port)

    def way(label: str, act: Callable[[], Action]) -> Way:
        return Way(label, act, partial(has_rows, place, site.associations))

    def naive() -> Action:
        path = f"/slurmdb/{place.cluster.api_versions[-1]}/associations/"
        return place.interpreter("-c", NAIVE_SCRIPT, *where, path, place.cluster.token())

    @cache
    def asked(form: str) -> Sequence[str]:
        place.program("rest", *f"{LIST}{form} -v".split())()
        said = place.output.with_suffix(".err").read_text()
        return re.findall(r"^\+ GET (/slurmdb/\S+)$", said, re.MULTILINE)

    def sent(form: str) -> Action:
        words = (*where, place.cluster.token(), *asked(form))
        return place.interpreter("-c", SENT_SCRIPT, *words)

    programs = of_program(place, [f"{LIST}{form}" for form in FORMATS])
    return [
        *(way(one.label, one.ready) for one in programs),
        way(SACCTMGR_TEXT, lambda: place.command("sacctmgr", "-nP", "show", "assoc")),
        way(SACCTMGR_JSON, lambda: place.command("sacctmgr", "--json", "show", "assoc")),
        *(way(label, partial(sent, form)) for form, label in SENT.items()),
        way(NAIVE, naive),
    ]


def listing_one(place: Place) -> list[Way]:
    """Listing one account.

    A group's own row, and its users' rows.
    """
    group = a_site(place).account(a_site(place).accounts - 1)
    sentences = [f"account show {group}", f"assoc list account={group}"]
    return [
        *(
            Way(one.label.replace(group, "X"), one.ready, partial(says, place, group))
            for one in of_program(place, sentences)
        ),
        Way(
            "`sacctmgr -nP show assoc account=X`",
            lambda: place.command("sacctmgr", "-nP", "show", "assoc", f"account={group}"),
            partial(says, place, group),
        ),
    ]


REPORT = f"usage report month={MONTH}"
SACCT = "the `sacct` that these run, alone"


def usage_of_a_month(place: Place) -> list[Way]:
    """Usage of a month with 100,000 jobs.

    The memory is the program's own, without that of the `sacct` that it runs.
    """

    return [
        *of_program(place, [REPORT, f"{REPORT} by=day --json"]),
        Way(SACCT, sacct_of(place, REPORT)),
    ]


HISTORY = f"jobs history start={MONTH}-01 end=2025-10-01"


def jobs_of_a_month(place: Place) -> list[Way]:
    """Listing 100,000 jobs of a month.

    Over the commands: slurmrestd takes three minutes, and 8 GB. The memory is the program's own.
    """
    sentences = [f"{HISTORY}{form}" for form in FORMATS]
    return [
        *(
            Way(ours("cli", words), partial(place.program, "cli", *words.split()))
            for words in sentences
        ),
        Way(SACCT, sacct_of(place, HISTORY)),
    ]


def sacct_of(place: Place, words: str) -> Callable[[], Action]:
    """Return what runs the sacct that the program runs, alone."""

    @cache
    def sacct() -> tuple[str, ...]:
        place.program("cli", *words.split(), "-v")()
        lines = place.output.with_suffix(".err").read_text().splitlines()
        return next(tuple(shlex.split(line)[1:]) for line in lines if " sacct " in line)

    def alone() -> Action:
        at = sacct().index("sacct")
        variables = dict(word.split("=", 1) for word in sacct()[1:at])
        return place.command(*sacct()[at:], **variables)

    return alone


# Writing


ADDED = "user add N1,N2,... account=X -i"
SACCTMGR_ADD = f"one `sacctmgr -i add user` a user ({FEW} users, times {USERS // FEW})"
POST_ADD = f"one `POST .../users_association/` a user ({FEW} users, times {USERS // FEW})"


def adding_users(place: Place) -> list[Way]:
    """Adding 1,000 users to an account.

    Users who are new, to an account that is new in each turn, on a cluster with 20,000 associations
    of users. The requests travel on one connection, and the commands run within one shell.
    """
    turns = itertools.count(1)
    cluster = place.cluster

    def way(label: str, act: Callable[[str, Items], Action], users: int = USERS) -> Way:
        def ready() -> Action:
            turn = next(turns)
            account = f"bench{turn}"
            cluster.sacctmgr("add", "account", account)
            return act(account, [f"new{turn}x{number}" for number in range(users)])

        return Way(label, ready, partial(newest_has, cluster, users), USERS // users)

    def program(executor: str) -> Callable[[str, Items], Action]:
        return lambda account, users: place.program(
            executor, "user", "add", ",".join(users), f"account={account}", "-i"
        )

    def body(account: str, user: str) -> object:
        where = {"users": [user], "accounts": [account], "clusters": [cluster.cluster_name]}
        return {"association_condition": {**where, "association": {}}, "user": {}}

    def posts(account: str, users: Items) -> Action:
        bodies = [body(account, user) for user in users]
        return partial(request_each, cluster, "POST", [("users_association/", b) for b in bodies])

    def commands(account: str, users: Items) -> Action:
        add = f'sacctmgr -i add user "$user" account={account}'
        return partial(run_each, cluster, f"for user; do {add} || exit; done", users)

    return [
        *(way(ours(executor, ADDED), program(executor)) for executor in EXECUTORS),
        way(SACCTMGR_ADD, commands, FEW),
        way(POST_ADD, posts, FEW),
    ]


MODIFIED = "user modify where name=N1,N2,... set MaxJobs=N -i"
SACCTMGR_MODIFY = f"one `sacctmgr -i modify user` a user ({SOME} users, times {LIMITS // SOME})"
POST_MODIFY = f"one `POST .../associations/` a user ({SOME} users, times {LIMITS // SOME})"


def modifying_limits(place: Place) -> list[Way]:
    """Modifying 1,000 limits.

    `MaxJobs` of 1,000 users in 50 accounts, on a cluster with 20,000 associations of users.
    """
    cluster, site = place.cluster, a_site(place)
    values = itertools.count(1000)  # more than the site has anywhere
    first = site.users // 2  # the users before it have several associations each
    numbers = range(first, first + LIMITS)
    accounts = {site.user(number): site.account(site.account_of(number)) for number in numbers}

    def way(label: str, act: Callable[[int, Items], Action], users: int = LIMITS) -> Way:
        def ready() -> Action:
            return act(next(values), list(accounts)[:users])

        return Way(label, ready, partial(largest_is_set, cluster, users), LIMITS // users)

    def program(executor: str) -> Callable[[int, Items], Action]:
        return lambda value, users: place.program(
            executor, *f"user modify where name={','.join(users)} set MaxJobs={value} -i".split()
        )

    def body(value: int, user: str) -> object:
        number = {"set": True, "infinite": False, "number": value}
        names = {"account": accounts[user], "user": user, "cluster": cluster.cluster_name}
        row = {**names, "max": {"jobs": {"active": number}}, "qos": []}
        return {"associations": [row]}

    def posts(value: int, users: Items) -> Action:
        bodies = [body(value, user) for user in users]
        return partial(request_each, cluster, "POST", [("associations/", b) for b in bodies])

    def commands(value: int, users: Items) -> Action:
        modify = f'sacctmgr -i modify user where name="$user" set maxjobs={value}'
        return partial(run_each, cluster, f"for user; do {modify} || exit; done", users)

    return [
        *(way(ours(executor, MODIFIED), program(executor)) for executor in EXECUTORS),
        way(SACCTMGR_MODIFY, commands, SOME),
        way(POST_MODIFY, posts, SOME),
    ]


def cancelling_jobs(place: Place) -> list[Way]:
    """Cancelling the 1,000 pending jobs of an account.

    The program looks which jobs there are, sends one request or runs one command, and looks again
    that they are gone; what the others do is the cancellation alone, of numbers that they are
    given. slurmctld is started anew for each turn: it would remember the ended jobs.
    """
    cluster = place.cluster
    sentence = "jobs cancel account=physics -i"

    def way(label: str, act: Callable[[Items], Action], jobs: int = JOBS) -> Way:
        def ready() -> Action:
            return act(held_jobs(cluster, jobs))

        return Way(label, ready, partial(no_job_is_left, cluster), JOBS // jobs)

    def program(executor: str) -> Callable[[Items], Action]:
        return lambda _: place.program(executor, *sentence.split())

    def deletions(jobs: Items) -> Action:
        return partial(request_each, cluster, "DELETE", [(f"job/{job}", None) for job in jobs])

    def commands(jobs: Items) -> Action:
        return partial(run_each, cluster, 'for job; do scancel "$job" || exit; done', jobs)

    return [
        *(way(ours(executor, sentence), program(executor)) for executor in EXECUTORS),
        way("one `DELETE .../job/{id}` a job, on one connection", deletions),
        way(f"one `scancel` a job ({SOME} jobs, times {JOBS // SOME})", commands, SOME),
        way("one `scancel --ctld` of all", lambda jobs: place.command("scancel", "--ctld", *jobs)),
    ]


# What is promised of them

ALL_LISTS = (*lists("rest"), *lists("cli"))
OUR_REPORTS = tuple(ours(executor, REPORT) for executor in EXECUTORS)


def batches(words: str, sacctmgr: str, post: str) -> tuple[Bound, ...]:
    """Return the bounds of a write of many rows in one command."""
    return (
        Bound(FASTER, 15, (ours("rest", words),), post),
        Bound(FASTER, 15, (ours("cli", words),), sacctmgr),
    )


BENCHMARKS: Sequence[Benchmark] = (
    Benchmark(
        start_up,
        rounds=15,
        bounds=(
            Bound(UNDER, 10, (VERSION,), IDLE),
            Bound(UNDER, 10, (COMPLETION,), IDLE),
            Bound(UNDER, 20, (ours("cli", SHOWN),), IDLE),
            Bound(UNDER, 25, (ours("rest", SHOWN),), IDLE),
        ),
    ),
    Benchmark(start_of_lists, rounds=5),
    Benchmark(listing_one, accounts=(SMALL, LARGE), rounds=5),
    Benchmark(
        listing_all,
        accounts=(SMALL, LARGE),
        bounds=(
            Bound(FASTER, 6, lists("rest", ONE_LOOK), NAIVE),
            Bound(FASTER, 6, lists("rest", TWO_LOOKS), NAIVE),
            Bound(FASTER, 1, lists("rest"), SACCTMGR_JSON),
            Bound(MEMORY, 150, ALL_LISTS),
            # Of ten times the rows; a tenth more is what two runs differ by.
            Bound(GROWTH, 11, ALL_LISTS),
        ),
    ),
    Benchmark(
        usage_of_a_month,
        accounts=(LARGE,),
        bounds=(Bound(UNDER, 1.5, OUR_REPORTS, SACCT), Bound(MEMORY, 100, OUR_REPORTS)),
    ),
    Benchmark(jobs_of_a_month, accounts=(LARGE,)),
    *ANSWERS,
    Benchmark(
        modifying_limits,
        accounts=(LARGE,),
        bounds=batches(MODIFIED, SACCTMGR_MODIFY, POST_MODIFY),
    ),
    Benchmark(adding_users, accounts=(LARGE,), bounds=batches(ADDED, SACCTMGR_ADD, POST_ADD)),
    Benchmark(cancelling_jobs),
)
"""In this order they run on each site: what writes to it comes last."""
