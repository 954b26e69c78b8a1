"""A large site on a lab cluster: a tree of accounts, their users, QOS, and a month of ended jobs.

The rows go into slurmdbd's database directly, as slurmdbd itself writes them (columns and marks as
found there after sacctmgr and sbatch on 24.11 and 26.05): sacctmgr would take minutes for 20,000
associations, and 100,000 jobs cannot be run at all. Chance begins alike each time, so that each
fill gives the same site, and its jobs ran in a month that never moves.
"""

from __future__ import annotations

import itertools
import random
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tests.lab import daemons, machine, recipe
from tests.lab.cluster import Cluster
from tests.lab.machine import LabError

Row: TypeAlias = Mapping[str, int | str]

MONTH = "2025-09"
BEGIN = 1756684800  # 2025-09-01T00:00:00Z
DAY = 86400
CREATED = BEGIN - 200 * DAY
CPU, MEM, NODE, BILLING, GPU, A100 = 1, 2, 4, 5, 1001, 1002
"""Ids of tres_table, the same on each of the lab's clusters."""
COMPLETED, CANCELLED, FAILED, TIMEOUT = 3, 4, 5, 6
MODIFY_ASSOCIATIONS = 1429
"""The number of the action in slurmdbd's journal."""
ROOT, NORMAL = 1, 1
"""Ids of root's association, and of the QOS that root's row allows."""
FIRST_ASSOCIATION, FIRST_QOS, FIRST_JOB = 1001, 101, 1_000_001
"""What is here is told from what sacctmgr adds before and after by its number."""
AT_ONCE = 2000  # rows of one INSERT
START = 200.0  # seconds for each daemon to read it all: see Site.users


@dataclass(frozen=True, slots=True)
class Site:
    """How large it is; accounts, their users' associations, QOS and jobs are counted from 0."""

    accounts: int = 1000
    users_per_account: int = 20
    qos: int = 200
    jobs: int = 100_000
    transactions: int = 100_000

    @property
    def faculties(self) -> int:
        """Return how many accounts stand below root."""
        return max(1, self.accounts // 50)

    @property
    def departments(self) -> int:
        """Return how many accounts stand below these; the other accounts are groups."""
        return max(1, self.accounts // 5 - self.faculties)

    @property
    def associations(self) -> int:
        """Return how many associations users have."""
        return self.accounts * self.users_per_account

    @property
    def users(self) -> int:
        """Return how many users there are.

        Not more: slurmdbd 24.11 asks for the coordinators of each user by itself when it starts,
        and again when slurmctld does, each time 7 ms on 20,000 associations.
        """
        return self.associations // 4

    def account(self, number: int) -> str:
        """Return an account's name."""
        if number < self.faculties:
            return f"fac{number:02}"
        kind = "dep" if number < self.faculties + self.departments else "grp"
        return f"{kind}{number:04}"

    def parent(self, number: int) -> int | None:
        """Return the account above; None is root."""
        if number < self.faculties:
            return None
        above = number - self.faculties
        if above < self.departments:
            return above % self.faculties
        return self.faculties + (above - self.departments) % self.departments

    def lineage(self, number: int) -> str:
        """Return the names from below root down to an account, as slurmdbd keeps them."""
        above = self.parent(number)
        return f"{'/' if above is None else self.lineage(above)}{self.account(number)}/"

    def faculty(self, number: int) -> int:
        """Return the account below root that an account belongs to."""
        above = self.parent(number)
        return number if above is None else self.faculty(above)

    def user(self, association: int) -> str:
        """Return the name of an association's user: half of them have one, the others seven."""
        return f"user{self.user_of(association):05}"

    def user_of(self, association: int) -> int:
        """Return the number of an association's user."""
        more = association - self.users
        return association if more < 0 else more % (self.users // 2)

    def account_of(self, association: int) -> int:
        """Return the account of a user's association."""
        return association // self.users_per_account

    def qos_of(self, faculty: int) -> list[int]:
        """Return the ids of the QOS that a faculty allows beside `normal`."""
        count = min(8, self.qos - 1)
        return [FIRST_QOS + (faculty * count + n) % (self.qos - 1) for n in range(count)]


def fill(
    cluster: Cluster,
    accounts: int = 1000,
    users_per_account: int = 20,
    qos: int = 200,
    jobs: int = 100_000,
    transactions: int = 100_000,
) -> Site:
    """Start a cluster anew with a site in it; `cluster.restart()` brings an empty one back.

    LabError where the database takes a row for wrong.
    """
    site = Site(accounts, users_per_account, qos, jobs, transactions)
    cluster.restart()
    chroot = cluster.chroot
    with machine.lock():
        # Both keep in memory what they once read. A slurmctld that is killed leaves no state that
        # the next one could begin with.
        for name in ("slurmctld", "slurmdbd"):
            daemons.send(chroot, name, signal.SIGTERM)
        database(cluster, "".join(statements(site, cluster.cluster_name)))
        daemons.revive(chroot, START)
        machine.wait_until(lambda: daemons.node_state(chroot) == "idle", "an idle node")
    return site


def database(cluster: Cluster, sql: str) -> str:
    """Run SQL as root of the cluster's MariaDB."""
    argv = ("mariadb", "--no-defaults", f"--socket={recipe.MYSQL_SOCKET}", recipe.DATABASE)
    done = cluster.run(*argv, text=sql)
    if done.returncode:
        raise LabError(f"mariadb: {done.stderr.strip()}")
    return done.stdout


# The rows, and the SQL of them


def statements(site: Site, cluster_name: str) -> Iterator[str]:
    """Yield the SQL that makes a site of an empty cluster."""
    # Columns that one release alone has are left out, and get nothing: not all have a default.
    yield "set sql_mode = '', unique_checks = 0, autocommit = 0;\n"
    tables = {
        "qos_table": qos(site),
        "acct_table": accounts(site),
        "acct_coord_table": coordinators(site),
        "user_table": users(site),
        f"{cluster_name}_assoc_table": itertools.chain(own_rows(site), user_rows(site)),
        f"{cluster_name}_job_table": jobs(site),
        "txn_table": transactions(site, cluster_name),
    }
    for table, rows in tables.items():
        yield from inserts(table, rows)
    yield "commit;\n"
    # On a site that has grown MariaDB has counted what its tables hold. Here it would do so some
    # time later, and until then read all associations where slurmdbd asks for those of some users.
    yield f"analyze table {', '.join(tables)};\n"


def inserts(table: str, rows: Iterable[Row]) -> Iterator[str]:
    """Yield the statements that insert rows; a column that a row leaves out keeps its default."""
    of_columns: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        values = ",".join(repr(value) for value in row.values())
        waiting = of_columns.setdefault(tuple(row), [])
        waiting.append(f"({values})")
        if len(waiting) == AT_ONCE:
            yield insert(table, tuple(row), waiting)
            waiting.clear()
    for columns, waiting in of_columns.items():
        if waiting:
            yield insert(table, columns, waiting)


def insert(table: str, columns: Iterable[str], values: Iterable[str]) -> str:
    """Return one statement."""
    names = ",".join(f"`{column}`" for column in columns)
    return f"insert into `{table}` ({names}) values {','.join(values)};\n"  # noqa: S608 (rows of our own making)


def _chance(seed: int) -> random.Random:
    """Return a generator that always gives the same."""
    return random.Random(seed)  # noqa: S311 (the same rows each time)


def qos(site: Site) -> Iterator[Row]:
    """Yield the QOS beside `normal`; one in ten may preempt the one before."""
    for number in range(site.qos - 1):
        row: dict[str, int | str] = {
            "creation_time": CREATED,
            "mod_time": CREATED,
            "id": FIRST_QOS + number,
            "name": f"qos{number:03}",
            "description": f"quality of service {number}",
            "priority": number % 7 * 10,
        }
        if number % 2:
            row |= {"max_wall_duration_per_job": 60 * (1 + number % 48)}
        if number % 3 == 0:
            row |= {"grp_tres": f"{CPU}={128 * (1 + number % 16)},{GPU}={number % 9 + 1}"}
        if number % 4 == 0:
            row |= {"max_jobs_per_user": 10 + number, "max_tres_pu": f"{CPU}={64 + number}"}
        if number % 10 == 1:
            row |= {"preempt": f",{FIRST_QOS + number - 1},"}
        yield row


def accounts(site: Site) -> Iterator[Row]:
    """Yield the accounts; the organization is that of the faculty."""
    for number in range(site.accounts):
        yield {
            "creation_time": CREATED,
            "mod_time": CREATED,
            "name": site.account(number),
            "description": f"account {number} of the site",
            "organization": site.account(site.faculty(number)),
        }


def coordinators(site: Site) -> Iterator[Row]:
    """Yield one user of each department, who coordinates it."""
    for number in range(site.faculties, min(site.faculties + site.departments, site.accounts)):
        yield {
            "creation_time": CREATED,
            "mod_time": CREATED,
            "acct": site.account(number),
            "user": site.user(number * site.users_per_account),
        }


def users(site: Site) -> Iterator[Row]:
    """Yield the users, none of whom the machine's passwd knows."""
    for number in range(site.users):
        yield {"creation_time": CREATED, "mod_time": CREATED, "name": f"user{number:05}"}


def own_rows(site: Site) -> Iterator[Row]:
    """Yield the accounts' own associations: limits on four of five, QOS on the faculties."""
    chance = _chance(1)
    for number in range(site.accounts):
        above = site.parent(number)
        row: dict[str, int | str] = {
            "creation_time": CREATED,
            "mod_time": CREATED,
            "id_assoc": FIRST_ASSOCIATION + number,
            "acct": site.account(number),
            "parent_acct": "root" if above is None else site.account(above),
            "id_parent": ROOT if above is None else FIRST_ASSOCIATION + above,
            "lineage": site.lineage(number),
            "shares": chance.randint(1, 100),
        }
        cpus = chance.randint(8, 64) * 8
        if above is None:
            allowed = (NORMAL, *site.qos_of(number))
            row |= {"qos": f",{','.join(map(str, allowed))},", "def_qos_id": NORMAL}
            row |= {"grp_tres": f"{CPU}={cpus * 100},{MEM}={cpus * 400_000},{GPU}={cpus}"}
        if number % 5 == 1:
            row |= {"grp_tres_mins": f"{CPU}={cpus * 10_000},{GPU}={cpus * 100}"}
        if number % 5 == 2:
            row |= {"grp_tres": f"{CPU}={cpus},{GPU}={cpus // 8}", "max_wall_pj": 2880}
        if number % 5 == 3:
            row |= {"max_jobs": chance.randint(10, 500), "grp_submit_jobs": 5000}
        if number % 5 == 4:
            row |= {"max_tres_pj": f"{CPU}={cpus},{NODE}={cpus // 16}", "max_jobs": 100}
        yield row


def user_rows(site: Site) -> Iterator[Row]:
    """Yield the users' associations: limits on one in ten, own QOS or changes to it on fewer."""
    chance = _chance(2)
    for number in range(site.associations):
        account = site.account_of(number)
        of_faculty = site.qos_of(site.faculty(account))
        strange = FIRST_QOS + (of_faculty[-1] - FIRST_QOS + 1) % (site.qos - 1)
        row: dict[str, int | str] = {
            "creation_time": CREATED,
            "mod_time": CREATED,
            "is_def": int(number < site.users),
            "id_assoc": FIRST_ASSOCIATION + site.accounts + number,
            "user": site.user(number),
            "acct": site.account(account),
            "id_parent": FIRST_ASSOCIATION + account,
            "lineage": f"{site.lineage(account)}0-{site.user(number)}/",
        }
        if number % 10 == 3:
            row |= {"max_jobs": chance.randint(1, 50), "shares": chance.randint(1, 10)}
            row |= {"grp_tres": f"{CPU}={chance.randint(1, 64)},{GPU}={chance.randint(1, 4)}"}
        if number % 20 == 7:
            row |= {"qos": f",{NORMAL},{strange},", "def_qos_id": strange}
        if number % 20 == 8:
            row |= {"delta_qos": f",+{strange},"}
        if number % 40 == 9:
            row |= {"delta_qos": f",-{of_faculty[0]},"}
        yield row


def jobs(site: Site) -> Iterator[Row]:
    """Yield the ended jobs, which began all over the month; some reach into the next one."""
    chance = _chance(3)
    span = 29 * DAY  # and half a day off each end: the month may be any time zone's
    for number in range(site.jobs):
        # A few users run most of the jobs.
        association = int(site.associations * chance.random() ** 3)
        account = site.account_of(association)
        allowed = (NORMAL, *site.qos_of(site.faculty(account)))
        begin = BEGIN + DAY // 2 + span * number // site.jobs
        seconds = min(2 * DAY, int(chance.expovariate(1 / 5000)) + 1)
        cpus = 2 ** chance.randint(0, 6)
        gpus = chance.randint(1, 2) if number % 8 == 0 else 0
        asked = f"{CPU}={cpus},{MEM}={cpus * 2000},{NODE}=1,{BILLING}={cpus}"
        asked += f",{GPU}={gpus},{A100}={gpus}" if gpus else ""
        yield {
            "job_db_inx": 1 + number,
            "mod_time": begin + seconds,
            "account": site.account(account),
            "cpus_req": cpus,
            "flags": 24,  # begun by the scheduler
            "job_name": f"run{number % 97}",
            "id_assoc": FIRST_ASSOCIATION + site.accounts + association,
            "id_job": FIRST_JOB + number,
            "id_qos": chance.choice(allowed),
            "id_user": 20_000 + site.user_of(association),
            "id_group": 100,
            "het_job_offset": 4294967294,
            "mem_req": 2000 + (1 << 63),  # of each CPU
            "nodelist": recipe.NODE,
            "node_inx": "0",
            "nodes_alloc": 1,
            "partition": "gpu" if gpus else "batch",
            "priority": 1000 + number % 1000,
            "state": chance.choice((COMPLETED,) * 17 + (CANCELLED, FAILED, TIMEOUT)),
            "timelimit": 2880,
            "time_submit": begin - chance.randint(0, 7200),
            "time_eligible": begin,
            "time_start": begin,
            "time_end": begin + seconds,
            "work_dir": f"/home/{site.user(association)}",
            "submit_line": f"sbatch -n{cpus} run.sh",
            "tres_alloc": asked,
            "tres_req": asked,
        }


def transactions(site: Site, cluster_name: str) -> Iterator[Row]:
    """Yield the journal of the months before: limits of an association set, by several actors."""
    chance = _chance(4)
    span = BEGIN - CREATED
    for number in range(site.transactions):
        row = FIRST_ASSOCIATION + chance.randrange(site.accounts + site.associations)
        value = chance.randint(1, 500)
        set_ = (
            f"max_jobs={value}",
            f"grp_submit_jobs={value}, shares={value % 9}",
            f"grp_tres = if (id_assoc={row}, '{CPU}={value},{GPU}={value % 9}', grp_tres)",
        )[number % 3]
        yield {
            "timestamp": CREATED + span * number // site.transactions,
            "action": MODIFY_ASSOCIATIONS,
            "name": f"(id_assoc={row})",
            "actor": ("root", "portal", "operator")[number % 7 % 3],
            "cluster": cluster_name,
            "info": set_,
        }
