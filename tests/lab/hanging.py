"""A slurmdbd that hangs, as it does when a QOS is deleted while somebody adds an account or user.

That deadlock comes within one to nine such pairs. Here another session of MariaDB's has the rows
that an addition waits for, so that it comes at once; reads wait alike (test_facts.py).
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from . import recipe
from .cluster import Cluster
from .machine import ENVIRONMENT, wait_until

CLIENT = ("mariadb", f"--socket={recipe.MYSQL_SOCKET}", "--unbuffered", "-N", recipe.DATABASE)
WAITING = (
    "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_state='LOCK WAIT';"
)
"""As doctor says it."""


def sql(cluster: Cluster, statement: str) -> list[str]:
    """Return the words that MariaDB answers."""
    return cluster.chroot.run(*CLIENT, text=statement).stdout.split()


@contextmanager
def hung(cluster: Cluster) -> Iterator[None]:
    """Have slurmdbd hang; there must be an account physics. Mended as doctor says: KILL QUERY."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as paper:
            holding = _begin(cluster, CLIENT, stdin=subprocess.PIPE, stdout=paper)
        table = f"{cluster.suite}_assoc_table"
        hold = f"START TRANSACTION; SELECT acct FROM {table} FOR UPDATE;\n"  # noqa: S608 (the lab's)
        try:
            if holding.stdin is not None:
                holding.stdin.write(f"{hold}SELECT 'held';\n".encode())
                holding.stdin.flush()
            wait_until(lambda: "held" in said.read_text(), "the rows are held", 10)
            add = ("sacctmgr", "-i", "add", "user", "zed", "account=physics")
            adding = _begin(cluster, add, stdout=subprocess.DEVNULL)
            wait_until(lambda: bool(sql(cluster, WAITING)), "the addition waits", 10)
            try:
                yield
            finally:
                for number in sql(cluster, WAITING):
                    sql(cluster, f"KILL QUERY {number};")
                adding.wait(20)
        finally:
            holding.kill()
            holding.communicate()


def _begin(
    cluster: Cluster,
    argv: tuple[str, ...],
    *,
    stdout: int | IO[bytes],
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        cluster.chroot.command(argv),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        env={**ENVIRONMENT, "HOME": "/root"},
    )
