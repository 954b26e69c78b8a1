"""The 42 operations of Waldur's client of Slurm, on the Python API.

Waldur's agent (waldur-site-agent-slurm) calls sacctmgr, sacct and scancel for these. Here each is a
line or two, over slurmrestd or over the Slurm commands as the profile says; every write is planned,
read back and recorded. tests/lab/test_python_api.py runs all of them.

    with slurmctl_rest.connect("alps") as slurm:
        waldur = Waldur(slurm)
        waldur.create_resource("hpc_alloc1", "Allocation 1", parent="hpc_proj1")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slurmctl_rest.api import Connection, WriteResult
from slurmctl_rest.errors import NotFound

Counts = Mapping[str, int]
"""Counts by TRES, like {"cpu": 1000, "gres/gpu": 5}; -1 clears one."""


def tres(counts: Counts) -> str:
    """Return counts as they are written: cpu=1000,gres/gpu=5."""
    return ",".join(f"{name}={count}" for name, count in counts.items())


class Waldur:
    """What Waldur's client does, by its own names."""

    def __init__(self, slurm: Connection) -> None:
        """`slurm`: a connection over the profile of the cluster."""
        self.slurm = slurm

    def _write(self, *words: str, **options: Any) -> WriteResult:
        """Plan a write and carry it out."""
        return self.slurm.apply(self.slurm.plan(*words, **options))

    def _rows(self, *words: str) -> list[Mapping[str, Any]]:
        """Return the rows of a list; none where a name does not exist."""
        try:
            return list(self.slurm.read(*words).items)
        except NotFound:
            return []

    def _account(self, name: str) -> Mapping[str, Any]:
        """Return an account; raise NotFound where there is none."""
        return self.slurm.read("account", "list", name).items[0]

    # --- what there is -----------------------------------------------------------------------

    def list_resources(self) -> list[str]:
        """Return all accounts."""
        return [row["Account"] for row in self._rows("account", "list")]

    def list_tres(self) -> list[str]:
        """Return the TRES that the cluster counts."""
        rows = self._rows("tres", "list")
        return ["/".join(filter(None, (row["Type"], row["Name"]))) for row in rows]

    def list_clusters(self) -> list[str]:
        """Return the clusters of slurmdbd."""
        return [row["Cluster"] for row in self._rows("cluster", "list", "format=Cluster")]

    def get_resource(self, account: str) -> Mapping[str, Any] | None:
        """Return an account, or None."""
        return next(iter(self._rows("account", "list", account)), None)

    def get_account_parent(self, account: str) -> str:
        """Return the account above."""
        return str(self._account(account)["Parent"])

    def get_association(self, user: str, account: str) -> Mapping[str, Any] | None:
        """Return the association of a user in an account, or None."""
        where = (f"account={account}", f"user={user}")
        return next(iter(self._rows("assoc", "list", *where)), None)

    def list_resource_users(self, account: str) -> list[str]:
        """Return the users of an account, each once."""
        rows = self._rows("assoc", "list", f"account={account}", "user=*", "format=User")
        return sorted({row["User"] for row in rows})

    def account_has_users(self, account: str) -> bool:
        """Tell whether an account has users."""
        return bool(self.list_resource_users(account))

    def qos_exists(self, name: str) -> bool:
        """Tell whether there is a QOS."""
        return bool(self._rows("qos", "list", name, "format=Name"))

    # --- accounts and users ------------------------------------------------------------------

    def create_resource(
        self, account: str, description: str, organization: str = "", parent: str = "root"
    ) -> None:
        """Add an account; one that exists as it is asked for stays."""
        more = [f"Organization={organization}"] if organization else []
        self._write(
            "account", "add", account, f"Description={description}", f"parent={parent}", *more
        )

    def set_account_parent(self, account: str, parent: str) -> None:
        """Move an account below another one."""
        self._write("account", "modify", account, "set", f"parent={parent}")

    def delete_resource(self, account: str) -> None:
        """Delete an account, its active jobs and its users' associations."""
        self._write("account", "delete", account, missing_ok=True, cancel_jobs=True)

    def create_association(self, user: str, account: str, default: str = "") -> None:
        """Add a user to an account."""
        more = [f"DefaultAccount={default}"] if default else []
        self._write("user", "add", user, f"account={account}", *more)

    def create_association_with_partition(self, user: str, account: str, partition: str) -> None:
        """Add a user to an account, for one partition."""
        self.create_association_with_partitions(user, account, [partition])

    def create_association_with_partitions(
        self, user: str, account: str, partitions: Iterable[str]
    ) -> None:
        """Add a user to an account, for some partitions."""
        self._write("user", "add", user, f"account={account}", f"partition={','.join(partitions)}")

    def create_association_with_qos(
        self, user: str, account: str, qos: Iterable[str], default: str
    ) -> None:
        """Add a user to an account, with QOS of its own."""
        values = (f"QosLevel={','.join(qos)}", f"DefaultQOS={default}")
        self._write("user", "add", user, f"account={account}", *values)

    def delete_association(self, user: str, account: str) -> None:
        """Take a user out of an account; a user without any other goes, too."""
        where = ("where", f"account={account}")
        self._write("user", "delete", user, *where, missing_ok=True, last=True)

    def delete_all_users_from_account(self, account: str) -> None:
        """Take all users out of an account."""
        for user in self.list_resource_users(account):
            self.delete_association(user, account)

    # --- limits ------------------------------------------------------------------------------

    def set_resource_limits(self, account: str, minutes: Counts) -> None:
        """Set GrpTRESMins of an account; TRES that are not named stay."""
        self.set_account_limits(account, "GrpTRESMins", minutes)

    def get_resource_limits(self, account: str) -> Counts:
        """Return GrpTRESMins of an account."""
        return dict(self._account(account)["GrpTRESMins"])

    def set_account_limits(self, account: str, field: str, counts: Counts) -> None:
        """Set a limit of TRES by its name."""
        self._write("account", "modify", account, "set", f"{field}={tres(counts)}")

    def get_account_limits(self, account: str) -> Mapping[str, Counts]:
        """Return the limits of TRES that an account has."""
        row = self._account(account)
        return {name: row[name] for name in row if name.startswith(("GrpTRES", "MaxTRES"))}

    def set_resource_user_limits(self, account: str, user: str, minutes: Counts) -> None:
        """Set MaxTRESMins of a user in an account."""
        where = ("where", f"account={account}", f"user={user}")
        self._write("assoc", "modify", *where, "set", f"MaxTRESMins={tres(minutes)}")

    def get_resource_user_limits(self, account: str) -> Mapping[str, Counts]:
        """Return MaxTRESMins of each user in an account."""
        rows = self._rows(
            "assoc", "list", f"account={account}", "user=*", "format=User,MaxTRESMins"
        )
        return {row["User"]: row["MaxTRESMins"] for row in rows}

    def set_account_fairshare(self, account: str, shares: int) -> None:
        """Set Fairshare of an account."""
        self._write("account", "modify", account, "set", f"Fairshare={shares}")

    def get_account_fairshare(self, account: str) -> int:
        """Return Fairshare of an account."""
        return int(self._account(account)["Fairshare"])

    def set_account_grp_submit_jobs(self, account: str, jobs: int) -> None:
        """Set GrpSubmitJobs of an account: 0 pauses it, -1 clears the limit."""
        self._write("account", "modify", account, "set", f"GrpSubmitJobs={jobs}")

    def reset_raw_usage(self, account: str) -> None:
        """Set the raw usage of an account to 0."""
        self._write("raw-usage", "reset", account)

    # --- QOS ---------------------------------------------------------------------------------

    def create_qos(
        self, name: str, flags: str = "", grp_tres: str = "", max_wall: str = ""
    ) -> None:
        """Add a QOS."""
        given = {"Flags": flags, "GrpTRES": grp_tres, "MaxWall": max_wall}
        values = [f"{field}={value}" for field, value in given.items() if value]
        self._write("qos", "add", name, *values)

    def delete_qos(self, name: str) -> None:
        """Delete a QOS from all clusters."""
        self._write("qos", "delete", name, missing_ok=True)

    def set_qos_grp_tres_mins(self, name: str, minutes: Counts) -> None:
        """Set GrpTRESMins of a QOS."""
        self._write("qos", "modify", name, "set", f"GrpTRESMins={tres(minutes)}")

    def get_qos_grp_tres_mins(self, name: str) -> Counts:
        """Return GrpTRESMins of a QOS."""
        return dict(self.slurm.read("qos", "list", name).items[0]["GrpTRESMins"])

    def reset_qos_raw_usage(self, name: str) -> None:
        """Set the raw usage of a QOS to 0."""
        self._write("raw-usage", "reset", f"qos={name}")

    def get_current_account_qos(self, account: str) -> list[str]:
        """Return the QOS that an account may use."""
        return list(self._account(account)["QosLevel"])

    def set_account_qos(self, account: str, name: str) -> None:
        """Let an account use one QOS alone."""
        self.set_account_qos_list(account, [name])

    def set_account_qos_list(self, account: str, names: Iterable[str]) -> None:
        """Let an account use these QOS alone."""
        self._write("account", "modify", account, "set", f"QosLevel={','.join(names)}")

    def add_account_qos(self, account: str, name: str) -> None:
        """Let an account use one more QOS."""
        self._write("account", "modify", account, "set", f"QosLevel+={name}")

    def set_account_default_qos(self, account: str, name: str) -> None:
        """Set the QOS of jobs that name none."""
        self._write("account", "modify", account, "set", f"DefaultQOS={name}")

    # --- jobs and usage ----------------------------------------------------------------------

    def list_active_user_jobs(self, account: str, user: str) -> list[str]:
        """Return the pending and running jobs of a user in an account."""
        rows = self._rows("jobs", "list", f"account={account}", f"user={user}", "format=JobID")
        return [row["JobID"] for row in rows]

    def cancel_active_user_jobs(self, account: str, user: str) -> None:
        """Cancel them."""
        self._write("jobs", "cancel", "where", f"account={account}", f"user={user}")

    def get_usage_report(self, account: str) -> list[Mapping[str, Any]]:
        """Return the use of this month, by account, user and TRES."""
        return self._rows("usage", "report", account, "by=account,user")

    def get_historical_usage_report(self, account: str, month: str) -> list[Mapping[str, Any]]:
        """Return the use of a month, like 2026-09."""
        return self._rows("usage", "report", account, "by=account,user", f"month={month}")
