"""Bringing a cluster's accounting back to what a cold start leaves, fast.

A look at the whole of it is three GETs, about 15 ms; a clean cluster needs no more. What sacctmgr
cannot undo (a name that it cannot address, a daemon that a test crashed) costs a cold start of
2 s instead, so that the outcome is always the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from . import daemons, rest
from .chroot import Chroot
from .machine import LabError, lock, wait_until

Look = dict[str, Any]

TIMEOUT = 3.0  # for one GET; a tree so large that it takes longer is quicker thrown away
ENDED = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"}
ENDED |= {"PREEMPTED", "TIMEOUT"}
ROOT_QOS = {"account": "normal", "user": ""}  # the user's row inherits
ROOT_DEFAULTS = "description='default root account' organization=root"

# sacctmgr's words for "as nobody ever set it".
ASSOCIATION_DEFAULTS = """
    GrpJobs=-1 GrpJobsAccrue=-1 GrpSubmitJobs=-1 GrpWall=-1 MaxJobs=-1 MaxJobsAccrue=-1
    MaxSubmitJobs=-1 MaxWall=-1 MinPrioThresh=-1 Priority=-1 DefaultQOS=-1 Fairshare=1
    """
ASSOCIATION_TRES = """
    GrpTRES GrpTRESMins GrpTRESRunMins MaxTRES MaxTRESPerNode MaxTRESMins
    """
QOS_DEFAULTS = """
    GrpJobs=-1 GrpJobsAccrue=-1 GrpSubmitJobs=-1 GrpWall=-1 MaxJobsPU=-1 MaxJobsPA=-1
    MaxJobsAccruePU=-1 MaxJobsAccruePA=-1 MaxSubmitJobsPU=-1 MaxSubmitJobsPA=-1 MaxWall=-1
    MinPrioThres=-1 LimitFactor=-1 UsageThreshold=-1 PreemptExemptTime=-1 Flags=-1 Priority=0
    GraceTime=0 UsageFactor=1 Preempt= PreemptMode=cluster
    """
QOS_DESCRIPTION = "description='normal qos default'"
QOS_TRES = """
    GrpTRES GrpTRESMins GrpTRESRunMins MaxTRES MaxTRESPerNode MaxTRESMins
    MaxTRESPU MaxTRESPA MaxTRESRunMinsPU MaxTRESRunMinsPA MinTRES
    """


def cold_start(chroot: Chroot) -> None:
    """Starts a cluster afresh, and notes what it looks like before anybody touches it."""
    daemons.start(chroot)
    # As it is, but for its capitals, which sacctmgr could not put back.
    _sacctmgr(chroot, iter([f"modify qos where name=normal set {QOS_DESCRIPTION}"]))
    token = daemons.bare_token(chroot.token_file.read_text())
    version = rest.served(daemons.unix_url(chroot), token)[-1]
    wait_until(
        lambda: all(nodes for _, nodes, _ in _look(chroot, version)["registered"]),
        f"{chroot.suite}: slurmctld is registered",
        15,
    )
    note = {"version": version, "look": _look(chroot, version)}
    (chroot.run_files / "pristine").write_text(json.dumps(note))


def reset(chroot: Chroot) -> None:
    """Makes a cluster look as after its cold start, whatever a test did to it."""
    try:
        note = json.loads((chroot.run_files / "pristine").read_text())
        if daemons.all_run(chroot) and _restored(chroot, note["version"], note["look"]):
            return
    except (OSError, LabError, KeyError, ValueError):  # no answer, or not in time, or not whole
        pass
    with lock():
        cold_start(chroot)


def _restored(chroot: Chroot, version: str, wanted: Look) -> bool:
    """Undoes the differences through sacctmgr; False when some remain."""
    found = _look(chroot, version)
    if found == wanted:
        return True
    if found["jobs"]:
        _cancel(chroot, found["jobs"])
    _sacctmgr(chroot, _commands(found, wanted, chroot.suite))
    return _look(chroot, version) == wanted


def _look(chroot: Chroot, version: str) -> Look:
    """Everything that reset puts back. What Slurm changes by itself is left out."""
    token = daemons.bare_token(chroot.token_file.read_text())

    def answer(path: str) -> Look:
        return rest.get(daemons.unix_url(chroot), token, path, TIMEOUT) or {}

    config = answer(f"/slurmdb/{version}/config")
    jobs = answer(f"/slurm/{version}/jobs/")["jobs"]
    shares = answer(f"/slurm/{version}/shares")["shares"]["shares"]
    return {
        "clusters": [cluster["name"] for cluster in config["clusters"]],
        # What slurmctld has told of it is lost where `load clean` makes it anew.
        "registered": [
            [cluster["flags"], cluster["nodes"], cluster["controller"]]
            for cluster in config["clusters"]
        ],
        "tres": ["/".join(filter(None, (row["type"], row["name"]))) for row in config["tres"]],
        **{noun: _alive(config[noun]) for noun in ("accounts", "users", "qos", "associations")},
        "jobs": [str(job["job_id"]) for job in jobs if not ENDED & set(job["job_state"])],
        "usage": [row["usage"] for row in shares if row["name"] == "root"],
    }


def _alive(rows: list[Look]) -> list[Look]:
    """What jobs have used stays in the database when it is deleted, with a flag."""
    return [row for row in rows if "DELETED" not in row["flags"]]


def _cancel(chroot: Chroot, jobs: list[str]) -> None:
    chroot.run("scancel", *jobs)
    wait_until(lambda: not chroot.run("squeue", "-h").stdout, f"{chroot.suite}: no jobs", 15)


def _sacctmgr(chroot: Chroot, commands: Iterator[str]) -> None:
    """All in one sacctmgr. Its outcome is judged by another look."""
    # In a time of its own: a broken tree makes slurmdbd 24.11 walk in circles, and not answer.
    chroot.run("timeout", "20", "sacctmgr", "-iQ", text="\n".join((*commands, "quit", "")))


def _commands(found: Look, wanted: Look, cluster: str) -> Iterator[str]:
    """sacctmgr's commands, in the order in which nothing blocks the next one."""
    yield from _delete("cluster", set(found["clusters"]) - set(wanted["clusters"]))
    if _kept(found, wanted, "users") != wanted["users"]:
        yield "modify user where name=root set defaultaccount=root adminlevel=administrator"
    yield from _delete("user", _strange(found, wanted, "users"))
    if _of_root(found) != wanted["associations"]:
        clear = _one_line(ASSOCIATION_DEFAULTS, ASSOCIATION_TRES, found)
        # Where there is none, an empty one would be a difference: 24.11 dumps it as Comment=''.
        if any(row["comment"] for row in _of_root(found)):
            clear += " Comment=''"
        for entity, where in (("account", "name=root"), ("user", "name=root account=root")):
            yield f"modify {entity} where {where} cluster={cluster} set {clear}"
            # On its own: no row may lose the QOS that is its default in the same breath.
            yield f"modify {entity} where {where} cluster={cluster} set qos={ROOT_QOS[entity]}"
    yield from _delete("account", _strange(found, wanted, "accounts"))
    if _kept(found, wanted, "accounts") != wanted["accounts"]:
        yield f"modify account where name=root set {ROOT_DEFAULTS}"
        yield "delete coordinator where account=root name=root"
    if _kept(found, wanted, "qos") != wanted["qos"]:
        clear = _one_line(QOS_DEFAULTS, QOS_TRES, found)
        yield f"modify qos where name=normal set {clear} {QOS_DESCRIPTION}"
    yield from _delete("qos", _strange(found, wanted, "qos"))
    if found["jobs"] or found["usage"] != wanted["usage"]:
        yield f"modify account where name=root cluster={cluster} set rawusage=0"


def _delete(entity: str, names: set[str]) -> Iterator[str]:
    if names:
        yield f"delete {entity} where name={','.join(sorted(names))}"


def _names(rows: list[Look]) -> set[str]:
    return {row["name"] for row in rows}


def _strange(found: Look, wanted: Look, noun: str) -> set[str]:
    """The names that a test added."""
    return _names(found[noun]) - _names(wanted[noun])


def _kept(found: Look, wanted: Look, noun: str) -> list[Look]:
    """The rows of names that every cluster has, as they are now."""
    return [row for row in found[noun] if row["name"] in _names(wanted[noun])]


def _of_root(found: Look) -> list[Look]:
    return [row for row in found["associations"] if row["account"] == "root"]


def _one_line(defaults: str, tres_limits: str, found: Look) -> str:
    """A TRES limit is cleared for each TRES by name: sacctmgr refuses a bare -1 there."""
    each = ",".join(f"{tres}=-1" for tres in found["tres"])
    return " ".join((*defaults.split(), *(f"{name}={each}" for name in tres_limits.split())))
