"""Requests to slurmrestd, built purely: from queries and row changes to method, path and body.

Facts about slurmrestd that a builder must respect stand beside the line that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from slurmctl_rest.backends.query import CancelRequest, History
from slurmctl_rest.backends.rest.request import Request, refuse_bytes
from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.entities import ACCOUNT, CLUSTERS, QOS, TRES_TYPE, USER
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import V40, V41, V42, ApiVersion


@dataclass(frozen=True, slots=True)
class ByVersion:
    """A word that changed with the API: (first version, word), oldest first."""

    words: tuple[tuple[ApiVersion, str], ...]

    def at(self, version: ApiVersion) -> str:
        """Return the word of a version."""
        return [word for since, word in self.words if since <= version][-1]


# Switches of queries. slurmrestd ignores a wrong name with a warning.
OWN_LIMITS = ByVersion(((V40, "without_parent_limits"), (V42, "Exclude limits from parents")))
WITH_RAW_QOS = ByVersion(((V40, "with_raw_qos"), (V42, "Include the raw QOS or delta_qos")))
DELETED = ByVersion(((V40, "with_deleted"), (V42, "Include deleted associations")))
DELETED_ACCOUNTS = ByVersion(((V40, "with_deleted"), (V41, "DELETED")))
WITH_COORDINATORS = ByVersion(((V40, "with_coords"), (V41, "WithCoordinators")))

# slurmdbd has a ping since v0.0.42; before, its diag stands in for it.
PING_PATH = ByVersion(((V40, "diag/"), (V42, "ping/")))

NONE = " "
"""An empty user or partition in a query: SQL pads strings before it compares them, so ' ' is ''.

An empty `user` means the opposite to slurmdbd: every row that has a user; an empty `partition`
means any. A database that does not pad answers nothing, which backend.py takes as: filter here.
"""

ACCOUNTS_OWN_ROWS = {"user": NONE}
USERS_ROWS = {"user": ""}


def _step(name: str) -> str:
    """Return a name as one step of a path; dots alone, which httpx would walk, never come here."""
    refuse_bytes(name)
    return quote(name, safe="")


def slurmdb(version: ApiVersion, path: str, **rest: Json) -> Request:
    """Return a GET in slurmdbd's namespace."""
    return Request("GET", f"/slurmdb/{version}/{path}", **rest)


def probe_version(version: ApiVersion) -> Request:
    """Return the cheapest request that shows whether a version is served."""
    # It takes about 1 ms, where /openapi/v3 is 1.7 MB. A version that is not served is a 404.
    return Request("GET", f"/slurm/{version}/ping/")


def diag(version: ApiVersion) -> Request:
    """Ask slurmctld how it does: unlike its ping, this fails where the token is refused."""
    # A ping answers 200 to a refused token, and calls slurmctld down (24.11, 26.05).
    return Request("GET", f"/slurm/{version}/diag/")


def ping_slurmdbd(version: ApiVersion) -> Request:
    """Return the request that shows whether slurmdbd answers."""
    return slurmdb(version, PING_PATH.at(version))


def accounts(version: ApiVersion, names: Sequence[str], *, deleted: bool = False) -> Request:
    """Ask for accounts with their coordinators: one by name, else all (there is no name filter)."""
    if len(names) == 1:
        # Here the switches kept their old names in all versions.
        query = {"with_coords": "true", **(OLD_DELETED if deleted else {})}
        return slurmdb(version, f"account/{_step(names[0])}", query=query)
    also = (DELETED_ACCOUNTS,) if deleted else ()
    return slurmdb(version, "accounts/", query=_on(version, WITH_COORDINATORS, *also))


OLD_DELETED = {"with_deleted": "true"}


FEW_ACCOUNTS = {"description": "-"}
"""A condition that hardly any account meets; for users there is none."""


def users(
    version: ApiVersion,
    names: Sequence[str],
    *,
    with_wckeys: bool = False,
    deleted: bool = False,
) -> Request:
    """Ask for users with the accounts that they coordinate: one by name, else all."""
    path = f"user/{_step(names[0])}" if len(names) == 1 else "users/"
    # Without this switch there is no default WCKey, either.
    keys = {"with_wckeys": "true"} if with_wckeys else {}
    also = OLD_DELETED if deleted else {}
    return slurmdb(version, path, query={"with_coords": "true", **keys, **also})


def qos(version: ApiVersion, names: Sequence[str], *, deleted: bool = False) -> Request:
    """Ask for QOS: one by name, else all (the filter of names is ignored).

    All versions know a parameter for deleted ones, and ignore it: Unsupported.
    """
    if deleted:
        raise Unsupported("slurmrestd does not tell deleted QOS", USE_COMMANDS)
    return slurmdb(version, f"qos/{_step(names[0])}" if len(names) == 1 else "qos/")


def one_association(version: ApiVersion) -> Request:
    """Ask for one association, which an addition that waits for a lock holds up.

    A question that names a cluster gets its answer all the same (the lab).
    """
    return slurmdb(version, "associations/", query={"id": "1"})


RECORDS = {
    ACCOUNT.noun: ("accounts/", "accounts"),
    USER.noun: ("users/", "users"),
    QOS.noun: ("qos/", "qos"),
    CLUSTERS.noun: ("clusters/", "clusters"),
    TRES_TYPE.noun: ("tres/", "TRES"),
}
"""Where all records of an entity are, and the key of their list."""


def names(version: ApiVersion, entity: Entity) -> tuple[Request, str]:
    """Ask for all records as they are, for their names; with the key of the list."""
    path, key = RECORDS[entity.noun]
    return slurmdb(version, path), key


def jobs(version: ApiVersion) -> Request:
    """Ask slurmctld for all its jobs: it has no filter."""
    return Request("GET", f"/slurm/{version}/jobs/")


def job(version: ApiVersion, id_: str) -> Request:
    """Ask slurmctld for one job, or for all tasks of an array."""
    return Request("GET", f"/slurm/{version}/job/{_step(id_)}")


def states(version: ApiVersion) -> Request:
    """Ask slurmctld for the states of all jobs: of several by number it cannot be asked (lab)."""
    return Request("GET", f"/slurm/{version}/jobs/state")


def job_history(version: ApiVersion, query: History) -> list[Request]:
    """Ask slurmdbd for jobs of a window, or for each by its number.

    A query of no switch at all would show duplicates and leave times as they are, with the steps;
    any switch drops both. Users are not named: slurmrestd wants those in its passwd.
    """
    if query.window is None:
        return [slurmdb(version, f"job/{_step(id_)}") for id_ in query.ids]
    named = {"account": ",".join(query.accounts)} if query.accounts else {}
    switches = ("skip_steps", "show_duplicates", "disable_truncate_usage_time")
    # A moment as uts and seconds is the same in every time zone between us and slurmdbd.
    where = {
        "cluster": query.cluster,
        "start_time": f"uts{query.window.start}",
        "end_time": f"uts{query.window.end}",
        **named,
        **dict.fromkeys(switches, "true"),
    }
    return [slurmdb(version, "jobs/", query=where)]


TARGET_FLAGS = {"steps": [], "batch": ["BATCH_JOB"], "full": ["FULL_JOB"]}
"""Flags of a signal, by CancelRequest.reach."""


def cancel_jobs(version: ApiVersion, cancel_request: CancelRequest) -> Request:
    """Cancel or signal jobs, all in one request."""
    flags = TARGET_FLAGS[cancel_request.reach] if cancel_request.signal else []
    # A body, since thousands of numbers fit no URL; slurmrestd refuses an empty one (2173).
    body: dict[str, Json] = {"jobs": list(cancel_request.ids)}
    body |= {"signal": cancel_request.signal} if cancel_request.signal else {}
    body |= {"flags": flags} if flags else {}
    return Request("DELETE", f"/slurm/{version}/jobs/", body=body)


def modify_job(version: ApiVersion, id_: str, record: Json) -> Request:
    """Change what slurmdbd keeps of one job: of several at once slurmrestd reads no body (lab)."""
    return Request("POST", f"/slurmdb/{version}/job/{_step(id_)}", body=record)


def partitions(version: ApiVersion) -> Request:
    """Ask slurmctld for all partitions."""
    return Request("GET", f"/slurm/{version}/partitions/")


def configuration(version: ApiVersion) -> Request:
    """Ask slurmctld for slurm.conf, from v0.0.45 on."""
    return Request("GET", f"/slurm/{version}/conf")


def reservations(version: ApiVersion) -> Request:
    """Ask slurmctld for the reservations that it keeps."""
    return Request("GET", f"/slurm/{version}/reservations/")


def associations(version: ApiVersion, query: Mapping[str, str], *switches: ByVersion) -> Request:
    """Ask for associations."""
    return slurmdb(version, "associations/", query={**query, **_on(version, *switches)})


def _on(version: ApiVersion, *switches: ByVersion) -> dict[str, str]:
    return {switch.at(version): "true" for switch in switches}
