"""Facts about real Slurm that the program stands on: what surprised us, said by a test's name."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from slurmctl_rest.backends.rest import requests
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.entities.qos import QOS_FLAG_BITS
from slurmctl_rest.model.fields import SlurmRecord
from slurmctl_rest.model.times import MIN_TIME
from slurmctl_rest.model.versions import V42, ApiVersion
from slurmctl_rest.sacctmgr.tokens import is_old

from . import daemons, rest
from .cells import Cell, Cli, state
from .cluster import Cluster
from .hanging import hung, sql
from .machine import LabError, wait_until

Json = Any


def ask(
    cluster: Cluster,
    version: str,
    path: str,
    body: Json = None,
    method: str | None = None,
    **query: str,
) -> tuple[int, Json]:
    """Ask slurmrestd without the program: status and decoded body (or text)."""
    url = f"{cluster.tcp_url}/slurmdb/{version}/{path}"
    if query:
        url += "?" + urllib.parse.urlencode(query)
    request = urllib.request.Request(  # noqa: S310 (the lab's own address)
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "X-SLURM-USER-NAME": "root",
            "X-SLURM-USER-TOKEN": cluster.token(),
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 (as above)
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text.decode()


def own_view(version: str) -> str:
    switched = ApiVersion.parse(version) >= V42
    return "Exclude limits from parents" if switched else "without_parent_limits"


def raw_view(version: str) -> str:
    switched = ApiVersion.parse(version) >= V42
    return "Include the raw QOS or delta_qos" if switched else "with_raw_qos"


def test_a_user_of_one_space_selects_accounts_own_rows_and_an_empty_one_the_users(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    for version in cluster.api_versions:
        users = {}
        for user in (" ", ""):
            _, answer = ask(cluster, version, "associations/", user=user)
            users[user] = {row["user"] for row in answer["associations"]}
        assert users == {" ": {""}, "": {"root", "alice"}}


def test_changes_to_inherited_qos_are_told_by_pieces(cluster: Cluster) -> None:
    """Raw QOS hides them, own QOS shows what is added, and only the end shows what is removed."""
    cluster.sacctmgr("add", "qos", "high,low")
    cluster.sacctmgr("add", "account", "science", "qos=high,normal")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("modify", "account", "physics", "set", "qos+=low")
    cluster.sacctmgr("modify", "account", "physics", "set", "qos-=high")
    for version in cluster.api_versions:
        views = []
        for switches in ({own_view(version), raw_view(version)}, {own_view(version)}, set()):
            query = {"account": "physics", **dict.fromkeys(switches, "true")}
            _, answer = ask(cluster, version, "associations/", **query)
            views.append(sorted(answer["associations"][0]["qos"]))
        assert views == [[], ["low"], ["low", "normal"]]


def test_a_post_erases_the_tres_that_it_does_not_name_and_freezes_inherited_qos(
    cluster: Cluster,
) -> None:
    for version in cluster.api_versions:
        cluster.sacctmgr("add", "account", "physics", "GrpTRES=cpu=1,mem=2", "MaxTRES=cpu=3")
        row = {"account": "physics", "cluster": cluster.cluster_name, "user": "", "shares_raw": 9}
        status, _ = ask(cluster, version, "associations/", {"associations": [row]})
        limits = cluster.sacctmgr(
            *("-nP", "list", "assoc", "where", "account=physics", "user=", "woplimits"),
            *("withrawqoslevel", "format=share,grptres,maxtres,qos"),
        )
        assert (version, status, limits.strip()) == (version, 200, "9|||normal")
        cluster.sacctmgr("delete", "account", "physics")


def test_a_post_of_an_account_removes_coordinators_that_it_does_not_name(cluster: Cluster) -> None:
    for version in cluster.api_versions:
        cluster.sacctmgr("add", "account", "physics")
        cluster.sacctmgr("add", "user", "alice", "account=physics")
        cluster.sacctmgr("add", "coordinator", "account=physics", "name=alice")
        account = {"name": "physics", "description": "light", "organization": "uni"}
        status, _ = ask(cluster, version, "accounts/", {"accounts": [account]})
        shown = cluster.sacctmgr(
            "-nP", "list", "account", "where", "name=physics", "withcoord", "format=descr,org,coord"
        )
        assert (version, status, shown.strip()) == (version, 200, "light|uni|")
        cluster.sacctmgr("delete", "account", "physics")
        cluster.sacctmgr("delete", "user", "alice")


def associations_of(cluster: Cluster, user: str) -> list[str]:
    rows = [line for line in state(cluster).splitlines() if f"/{user}" in line]
    return [line.removeprefix("assoc ").replace(" Share=1", "") for line in rows]


def test_sacctmgr_adds_a_user_to_the_default_account_too_and_slurmrestd_ignores_it(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "a,b")
    cluster.sacctmgr("add", "user", "alice", "account=a", "defaultaccount=b", "maxjobs=3")
    assert associations_of(cluster, "alice") == ["a/alice MaxJobs=3", "b/alice* MaxJobs=3"]
    condition = {"accounts": ["a"], "clusters": [cluster.cluster_name], "association": {}}
    for number, version in enumerate(cluster.api_versions):
        body = {
            "association_condition": {**condition, "users": [f"u{number}"]},
            "user": {"defaultaccount": "b"},
        }
        assert ask(cluster, version, "users_association/", body)[0] == 200
        assert associations_of(cluster, f"u{number}") == [f"a/u{number}*"]


def test_of_several_partitions_that_come_at_once_one_bears_the_default_account(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "a")
    cluster.sacctmgr("add", "user", "alice", "account=a", "partition=gpu,batch")
    assert associations_of(cluster, "alice") == ["a/alice/batch", "a/alice/gpu*"]


def test_re_parenting_below_nowhere_answers_200_and_does_nothing(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    for version in cluster.api_versions:
        row = {"account": "physics", "cluster": cluster.cluster_name, "user": "", "qos": []}
        body = {"associations": [{**row, "parent_account": "nosuch"}]}
        status, _ = ask(cluster, version, "associations/", body)
        where = ("where", "account=physics", "user=", "format=parentname")
        parent = cluster.sacctmgr("-nP", "list", "assoc", *where)
        assert (version, status, parent.strip()) == (version, 200, "root")


OVERFLOWS = {
    "MaxJobs=2147483648": "|||",  # not stored, and not said
    "MaxWall=35791394": "|||",  # seconds in 31 bits: no limit at all
    "GrpWall=71582788": "|||00:00:00",  # or one that lets no job run
    "GrpTRES=mem=1024P": "||mem=1?|",  # a unit without a letter
}


@pytest.mark.parametrize(("limit", "shown"), OVERFLOWS.items(), ids=list(OVERFLOWS))
def test_sacctmgr_takes_numbers_that_it_cannot_hold(
    cluster: Cluster, limit: str, shown: str
) -> None:
    cluster.run("sacctmgr", "-i", "add", "account", "physics")
    cluster.run("sacctmgr", "-i", "modify", "account", "physics", "set", limit)
    where = ("where", "account=physics", "user=", "format=maxjobs,maxwall,grptres,grpwall")
    assert cluster.sacctmgr("-nP", "list", "assoc", *where).strip() == shown


@pytest.mark.parametrize("quote", ["'", '"'])
def test_sacctmgr_turns_a_quote_in_a_text_into_a_backtick(cluster: Cluster, quote: str) -> None:
    cluster.sacctmgr("add", "account", "physics", f"description=it{quote}s")
    listed = cluster.sacctmgr("-nP", "list", "account", "physics", "format=descr")
    assert listed.strip() == "it`s"


@pytest.mark.parametrize("text", ["GrpTRES=-1", "GrpTRES="])
def test_sacctmgr_cannot_clear_a_tres_limit_as_a_whole(cluster: Cluster, text: str) -> None:
    """So -1 alone, which the program takes, goes to sacctmgr as one -1 for each TRES."""
    cluster.sacctmgr("add", "account", "physics", "GrpTRES=cpu=1")
    done: subprocess.CompletedProcess[str] = cluster.run(
        "sacctmgr", "-i", "modify", "account", "physics", "set", text
    )
    assert done.returncode == 1
    assert "Unknown option" in done.stdout + done.stderr


def test_the_default_qos_is_cleared_by_minus_1_and_not_by_nothing(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics", "DefaultQOS=normal")
    modify = ("sacctmgr", "-i", "modify", "account", "physics", "set")
    assert cluster.run(*modify, "DefaultQOS=").returncode == 1
    assert cluster.run(*modify, "DefaultQOS=-1").returncode == 0


def test_deleting_an_account_leaves_those_below_it_without_an_association(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("delete", "account", "science")
    accounts = cluster.sacctmgr("-nP", "list", "account", "format=account").split()
    rows = cluster.sacctmgr("-nP", "list", "assoc", "format=account,user").split()
    assert (accounts, rows) == (["physics", "root"], ["root|", "root|root"])


def test_a_delete_of_associations_takes_the_subtree_on_26_05_and_orphans_it_on_24_11(
    cluster: Cluster,
) -> None:
    """A query for inherited limits would walk up from orphans for ever: start afresh at once."""
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    where = {"account": "science", "cluster": cluster.cluster_name}
    path = "associations/?" + urllib.parse.urlencode(where)
    status, answer = ask(cluster, cluster.api_versions[-1], path, method="DELETE")
    cluster.restart()
    gone = [" ".join(words.split()) for words in answer["removed_associations"]]
    science = f"C = {cluster.cluster_name} A = science of root"
    physics = f"C = {cluster.cluster_name} A = physics of science"
    whole = int(cluster.release.partition(".")[0]) >= 26
    assert (status, gone) == (200, [science, physics] if whole else [science])


def test_the_openapi_documents_know_every_path_and_key_of_the_table(cluster: Cluster) -> None:
    request = urllib.request.Request(  # noqa: S310 (the lab's own address)
        f"{cluster.tcp_url}/openapi/v3",
        headers={"X-SLURM-USER-NAME": "root", "X-SLURM-USER-TOKEN": cluster.token()},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 (as above)
        document = json.load(answer)
    schemas, paths = document["components"]["schemas"], document["paths"]
    unknown = []
    for version in cluster.api_versions:
        base = f"/slurmdb/{version}"
        items = {
            record: step(schemas, good_answer(paths[f"{base}/{noun}/"]["get"]), f"{noun}[]")
            for record, noun in (
                (SlurmRecord.OBJECT, "accounts"),
                (SlurmRecord.ASSOCIATION, "associations"),
            )
        }
        post = paths[f"{base}/accounts_association/"]["post"]
        body = post["requestBody"]["content"]["application/json"]["schema"]
        flat = step(schemas, body, "association_condition.association")
        for field in ACCOUNT.fields:
            if field.name == "Clusters":
                continue  # gathered from all rows, not a key of one
            if step(schemas, items[field.record], field.path) is None:
                unknown.append((version, field.name, field.path))
            if field.add_key and step(schemas, flat, field.add_key) is None:
                unknown.append((version, field.name, field.add_key))
    assert unknown == []


def lineages(cluster: Cluster) -> list[str]:
    words = ("-nP", "list", "assoc", "format=account,user,lineage")
    lines = cluster.sacctmgr(*words).split()
    return sorted(line for line in lines if not line.startswith("root"))


def deep_tree(cluster: Cluster, upper: str) -> None:
    """Add accounts above and below pxc, with users in each, and pbj beside them."""
    cluster.sacctmgr("add", "account", "pba,pbj")
    for name, parent in (("pxc", upper), ("pxg", "pxc"), ("pxh", "pxg")):
        cluster.sacctmgr("add", "account", name, f"parent={parent}")
    cluster.sacctmgr("add", "user", "alice", "account=pbj,pxc,pxg,pxh")


def move(cluster: Cluster, account: str, parent: str, version: str = "") -> None:
    """Give an account another parent: by sacctmgr, or by a version of slurmrestd."""
    if not version:
        cluster.sacctmgr("modify", "account", account, "set", f"parent={parent}")
        return
    row = {
        "account": account,
        "cluster": cluster.cluster_name,
        "user": "",
        "parent_account": parent,
    }
    assert ask(cluster, version, "associations/", {"associations": [row]})[0] == 200


def test_on_24_11_a_young_qos_that_is_deleted_cuts_slurmrestd_s_list_where_another_preempts_it(
    cluster: Cluster,
) -> None:
    """slurmdbd removes one younger than a day, and marks others: slurmrestd still names these.

    slurmrestd tells neither, so that nobody can know before a deletion over REST. An empty
    preempt.list changes nothing in any version. 26.05 takes the number out itself.
    """
    old = is_old(cluster.release)
    for age in (0, 2 * 86400):
        cluster.sacctmgr("add", "qos", "young,low,other")
        cluster.sacctmgr("modify", "qos", "low", "set", "Preempt=young")
        made = f"creation_time = creation_time - {age}"
        sql(cluster, f"UPDATE qos_table SET {made} WHERE name = 'young';")  # noqa: S608 (the lab's)
        for version in cluster.api_versions:
            empty = {"name": "low", "preempt": {"list": []}, "flags": ["NOT_SET"]}
            assert ask(cluster, version, "qos/", {"qos": [empty]})[0] == 200
            _, answer = ask(cluster, version, "qos/low")
            assert answer["qos"][0]["preempt"]["list"] == ["young"]
        cluster.sacctmgr("delete", "qos", "young")
        for version in cluster.api_versions:
            status, answer = ask(cluster, version, "qos/")
            told = {one["name"]: one["preempt"]["list"] for one in answer["qos"]}
            whole = {"normal": [], "low": ["young"] if old else [], "other": []}
            cut: dict[str, list[str]] = {"normal": [], "low": []}
            is_cut = old and not age
            assert (status, answer["errors"]) == (500 if is_cut else 200, [])
            assert told == (cut if is_cut else whole)
        cluster.sacctmgr("delete", "qos", "low,other")


def test_on_24_11_what_is_two_steps_below_a_moved_account_keeps_its_lineage_until_moved_one_by_one(
    cluster: Cluster,
) -> None:
    users = ("pbj|alice|/pbj/0-alice/",)
    beside = ("pba||/pba/", "pbj||/pbj/", *users)

    def below(parent: str, pxg_alice: str, pxh: str) -> list[str]:
        moved = [f"pxc||/{parent}/pxc/", f"pxc|alice|/{parent}/pxc/0-alice/"]
        lower = [f"pxg||/{parent}/pxc/pxg/", f"pxg|alice|/{pxg_alice}/pxc/pxg/0-alice/"]
        lowest = [f"pxh||/{pxh}/pxc/pxg/pxh/", f"pxh|alice|/{pxh}/pxc/pxg/pxh/0-alice/"]
        return sorted([*beside, *moved, *lower, *lowest])

    stale = "pbj" if int(cluster.release.partition(".")[0]) >= 26 else "pba"
    for version in ("", *cluster.api_versions):
        deep_tree(cluster, "pba")
        assert lineages(cluster) == below("pba", "pba", "pba")
        move(cluster, "pxc", "pbj", version)
        assert lineages(cluster) == below("pbj", stale, stale)
        move(cluster, "pxc", "pba", version)
        assert lineages(cluster) == below("pba", "pba", "pba")
        for account, parent in (
            *(("pxh", "root"), ("pxg", "root"), ("pxc", "pbj"), ("pxg", "pxc"), ("pxh", "pxg")),
        ):
            move(cluster, account, parent, version)
        assert lineages(cluster) == below("pbj", "pbj", "pbj")
        cluster.reset()


def good_answer(operation: Json) -> Json:
    return operation["responses"]["200"]["content"]["application/json"]["schema"]


def step(schemas: Json, schema: Json, path: str) -> Json:
    """Follow a dotted path (`[]`: the items) through schemas, inline or by reference."""
    for name in path.replace("[]", ".[]").split("."):
        schema = resolved(schemas, schema)
        schema = schema.get("items") if name == "[]" else schema.get("properties", {}).get(name)
        if schema is None:
            return None
    return resolved(schemas, schema)


def resolved(schemas: Json, schema: Json) -> Json:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def test_an_account_that_has_run_jobs_comes_back_without_its_flags(
    cluster: Cluster, tmp_path: Path
) -> None:
    """slurmdbd keeps what has used something as deleted, and takes it up again when it is added."""
    cluster.sacctmgr("add", "account", "used")
    cluster.sacctmgr("add", "user", "alice", "account=used")
    job = ("sbatch", "--parsable", "-A", "used", "--wrap", "true")
    assert cluster.run(*job, user="alice").returncode == 0
    wait_until(lambda: not cluster.run("squeue", "-h").stdout, "the job has ended", 30)
    newest = Cell(cluster, "rest", cluster.api_versions[-1])
    for number, cell in enumerate((Cell(cluster, "cli"), newest)):
        (tmp_path / str(number)).mkdir()
        cli = Cli(cell, tmp_path / str(number))
        assert cli("account delete used --cancel-jobs -i").code == 0
        assert cli("user delete alice -i").code == 0
        # The program's own additions are held: nothing of the past comes back.
        assert cli("account add used Description=anew GrpTRES=cpu=5 -i").code == 0
        assert cli("user add alice account=used MaxJobs=2 -i").code == 0
        shown = [line for line in state(cluster).splitlines() if "used" in line]
        assert shown == [
            "account used 'anew' 'used'",
            "assoc used ParentName=root Share=1 GrpTRES=cpu=5",
            "assoc used/alice* Share=1 MaxJobs=2",
            "user alice admin=None default=used",
        ]
    cluster.sacctmgr("delete", "account", "used")
    cluster.sacctmgr("add", "account", "used", "flags=UsersAreCoords")
    flags = cluster.sacctmgr("-nP", "list", "account", "used", "format=account,flags")
    assert flags == "used|None\n"


def test_states_of_jobs_are_told_of_all_or_of_one_and_mix_up_the_numbers_of_tasks(
    cluster: Cluster,
) -> None:
    """A task that has parted from its array bears the number of its own record before its task's.

    Of several jobs by number slurmrestd cannot be asked.
    """
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    sbatch = ("sbatch", "--parsable", "-A", "physics", "--wrap", "sleep 300")
    one = cluster.run(*sbatch, "--hold", user="alice").stdout.strip()
    array = cluster.run(*sbatch, "--hold", "--array=1-3", user="alice").stdout.strip()
    cluster.run("scontrol", "release", f"{array}_2")
    held = {f"{one}": ["PENDING"], f"{array}_1": ["PENDING"], f"{array}_3": ["PENDING"]}

    def states(version: str, query: str = "") -> dict[str, list[str]]:
        path = f"/slurm/{version}/jobs/state{query}"
        found = (rest.get(cluster.tcp_url, cluster.token(), path) or {})["jobs"]
        return {job["job_id"]: job["state"] for job in found}

    newest = cluster.api_versions[-1]
    wait_until(lambda: ["RUNNING"] in states(newest).values(), "a task that runs", 10)
    raw = cluster.run("squeue", "-h", "-t", "R", "-o", "%A").stdout.strip()
    for version in cluster.api_versions:
        told = states(version)
        running = {id_ for id_, now in told.items() if now == ["RUNNING"]}
        assert running in ({f"{raw}_2"}, {f"{array}_2"})  # the latter for a moment
        assert held.items() <= told.items()
        assert states(version, f"?job_id={one}") == {one: ["PENDING"]}
        assert states(version, "?job_id=4000000") == {}
        with pytest.raises(LabError):
            states(version, f"?job_id={one},{array}")


def test_an_addition_that_waits_holds_up_questions_for_associations_of_all_clusters(
    cluster: Cluster,
) -> None:
    """It has slurmdbd's list of clusters; with it a deletion of a QOS can wait for ever.

    Over REST each such question keeps a thread of slurmrestd, of which 26.05 has few.
    """
    cluster.sacctmgr("add", "account", "physics")
    here = f"cluster={cluster.cluster_name}"
    waiting = ("list assoc", "list assoc where id=1", "list user withassoc", "list transactions")
    answered = (
        *("list user", "list qos", "list account withcoord", "list tres", "ping"),
        *(f"list assoc where {here}", f"list assoc where account=physics {here}"),
    )

    def code(words: str) -> int:
        return cluster.run("timeout", "2", "sacctmgr", "-nP", *words.split()).returncode

    ended = 124  # by timeout
    with hung(cluster):
        assert {words: code(words) for words in waiting} == dict.fromkeys(waiting, ended)
        assert {words: code(words) for words in answered} == dict.fromkeys(answered, 0)
    assert {words: code(words) for words in waiting} == dict.fromkeys(waiting, 0)


def test_no_time_before_a_million_seconds_is_taken(cluster: Cluster) -> None:
    for at, taken in ((MIN_TIME - 1, False), (MIN_TIME, True)):
        done = cluster.run("sacct", "-n", "-S", f"uts{at}", "-E", f"uts{MIN_TIME + 60}")
        assert (done.returncode == 0) is taken, done.stderr
        query = f"start_time=uts{at}&end_time=uts{MIN_TIME + 60}"
        path = f"/slurmdb/{cluster.api_versions[-1]}/jobs/?{query}"
        token = daemons.bare_token(cluster.token_file.read_text())
        if taken:
            assert rest.get(cluster.tcp_url, token, path) is not None
        else:
            with pytest.raises(LabError, match="Parsing of uts999999 for timestamp failed"):
                rest.get(cluster.tcp_url, token, path)


def test_what_a_coordinator_may_not_delete_is_left_out_without_a_word(cluster: Cluster) -> None:
    """slurmrestd answers 200 and removed_associations [], sacctmgr "Nothing deleted"."""
    cluster.sacctmgr("add", "account", "physics,chemistry")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    cluster.sacctmgr("add", "user", "bob", "account=physics,chemistry")
    cluster.sacctmgr("add", "coordinator", "account=physics", "names=alice")
    words = ("delete", "user", "bob", "account=chemistry", f"cluster={cluster.cluster_name}")
    done = cluster.run("sacctmgr", "-i", *words, user="alice")
    assert "Nothing deleted" in done.stdout + done.stderr
    assert "chemistry|bob" in cluster.sacctmgr("-nP", "list", "assoc", "format=account,user")


def members(cluster: Cluster) -> list[str]:
    """Return all associations but root's: account/user/partition."""
    columns = "format=account,user,partition"
    lines = cluster.sacctmgr("-nP", "list", "assoc", columns).splitlines()
    found = ("/".join(filter(None, line.split("|"))) for line in lines)
    return sorted(one for one in found if not one.startswith("root"))


def test_slurmdbd_deletes_by_like_so_that_an_underscore_is_any_character(cluster: Cluster) -> None:
    """And an account that is called as a partition takes along what is for the partition.

    Of the account a_c goes all that is in and below axc, of the user u_r all that uxr has.
    """
    last = cluster.api_versions[-1]
    for asked in ("sacctmgr", "slurmrestd"):
        for noun, name, kept in (
            ("account", "a_c", ["gpu", "zoo", "zoo/bob/gpu", "zoo/u_r", "zoo/uxr"]),
            ("user", "u_r", ["a_c", "axc", "axc/bob/gpu", "gpu", "kid", "zoo", "zoo/bob/gpu"]),
            (
                "account",
                "gpu",
                ["a_c", "axc", "axc/u_r", "axc/uxr", "kid", "zoo", "zoo/u_r", "zoo/uxr"],
            ),
        ):
            cluster.reset()
            cluster.sacctmgr("add", "account", "a_c,axc,gpu,zoo")
            cluster.sacctmgr("add", "account", "kid", "parent=axc")
            cluster.sacctmgr("add", "user", "u_r,uxr", "account=zoo,axc")
            cluster.sacctmgr("add", "user", "bob", "account=zoo,axc", "partition=gpu")
            if asked == "sacctmgr":
                cluster.sacctmgr("delete", noun, name)
            else:
                assert ask(cluster, last, f"{noun}/{name}", method="DELETE")[0] == 200
            assert (asked, noun, name, members(cluster)) == (asked, noun, name, kept)


def test_sacctmgr_deletes_a_user_and_those_like_it_with_the_last_association_but_renames_one_alone(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "pba,pbj")
    cluster.sacctmgr("add", "user", "j_doe,j.doe", "account=pba,pbj")
    cluster.sacctmgr("modify", "user", "where", "name=j_doe", "set", "newname=jon")
    of_users = [one for one in lineages(cluster) if "||" not in one]
    assert of_users == [
        *("pba|j.doe|/pba/0-j.doe/", "pba|jon|/pba/0-jon/"),
        *("pbj|j.doe|/pbj/0-j.doe/", "pbj|jon|/pbj/0-jon/"),
    ]
    cluster.sacctmgr("modify", "user", "where", "name=jon", "set", "newname=j_doe")
    named = (f"cluster={cluster.cluster_name}", "name=j_doe")
    cluster.sacctmgr("delete", "user", *named, "account=pbj,pba")
    assert [one for one in lineages(cluster) if "||" not in one] == []


def test_a_coordinator_is_one_of_all_accounts_that_are_like_the_account(cluster: Cluster) -> None:
    """By the same LIKE: who coordinates a_c does so with axc too, and with what is below it."""
    cluster.sacctmgr("add", "account", "a_c,axc,zoo")
    cluster.sacctmgr("add", "account", "kid", "parent=axc")
    cluster.sacctmgr("add", "user", "alice", "account=zoo")
    cluster.sacctmgr("add", "coordinator", "account=a_c", "names=alice")
    told = cluster.sacctmgr("-nP", "list", "account", "withcoord", "format=account,coord")
    assert sorted(told.split()) == ["a_c|alice", "axc|alice", "kid|alice", "root|", "zoo|"]


def test_a_qos_with_a_first_tilde_in_a_list_ends_slurmrestd(cluster: Cluster) -> None:
    """sacctmgr takes it; kinds.means_itself has it never sent."""
    cluster.sacctmgr("add", "account", "zoo")
    cluster.sacctmgr("add", "qos", "~high,high~")
    row = {"account": "zoo", "cluster": cluster.cluster_name, "user": ""}
    last = cluster.api_versions[-1]
    assert (
        ask(cluster, last, "associations/", {"associations": [{**row, "qos": ["high~"]}]})[0] == 200
    )
    try:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(cluster, last, "associations/", {"associations": [{**row, "qos": ["~high"]}]})
    finally:
        cluster.restart()


def test_slurmrestd_complains_of_a_switch_that_comes_twice(cluster: Cluster) -> None:
    """In every version, so it is seen whether a switch arrives; of one alone it says nothing."""
    for version in cluster.api_versions:
        of = ApiVersion.parse(version)
        named = {
            "associations/": (requests.OWN_LIMITS, requests.WITH_RAW_QOS, requests.DELETED),
            "accounts/": (requests.WITH_COORDINATORS,),
        }
        told = [(path, switch.at(of)) for path, some in named.items() for switch in some]
        told += [("users/", "with_coords"), ("user/root", "with_coords")]
        told += [("account/root", "with_coords"), ("jobs/", "skip_steps"), ("jobs/", "start_time")]
        for path, name in told:
            _, once = ask(cluster, version, path, **{name: "true"})
            _, twice = ask(
                cluster, version, f"{path}?{urllib.parse.urlencode([(name, 'true')] * 2)}"
            )
            sources = [one["source"] for one in (*twice["warnings"], *twice["errors"])]
            assert f"#/{name}/" in sources, (version, path, name, twice)
            ignored = [one["description"] for one in once["warnings"]]
            assert not any("unknown" in one for one in ignored), (version, path, name)


def test_slurmrestd_warns_of_a_parameter_that_it_does_not_know(cluster: Cluster) -> None:
    """And answers without it: with the rows of everybody, where it was a condition."""
    for version in cluster.api_versions:
        status, answer = ask(cluster, version, "associations/", user_name="nobody")
        assert status == 200
        assert answer["associations"]
        assert answer["warnings"][0]["description"].startswith('Ignoring unknown field "user_name"')


def test_the_config_shows_inherited_limits_as_own_ones(cluster: Cluster) -> None:
    """So it cannot tell what a switch that was lost on the way would have told."""
    cluster.sacctmgr("add", "account", "physics", "maxjobs=50")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    _, answer = ask(cluster, cluster.api_versions[-1], "config")
    # It shows deleted rows, too: whatever user alice was in before.
    [alice] = [
        row
        for row in answer["associations"]
        if (row["user"], row["account"]) == ("alice", "physics")
    ]
    assert alice["max"]["jobs"]["active"]["number"] == 50


def test_the_journal_numbers_the_flags_of_a_qos_by_bits(cluster: Cluster) -> None:
    """planning/journal.py takes them apart by these."""
    for bit, name in QOS_FLAG_BITS.items():
        cluster.sacctmgr("add", "qos", f"q{bit}", f"flags={name}")
    told = cluster.sacctmgr(
        "-nP", "show", "transactions", "start=now-1minutes", "format=where,info"
    )
    assert sorted(
        (int(bit), int(flags)) for bit, flags in re.findall(r"q(\d+)\|.*?flags=(\d+)", told)
    ) == [(bit, bit) for bit in QOS_FLAG_BITS]


def test_the_journal_has_the_later_of_two_writes_to_a_row_last(cluster: Cluster) -> None:
    """By their numbers: several have the same second. Lists stand there whole."""
    cluster.sacctmgr("add", "account", "physics")
    for count in range(1, 6):
        cluster.sacctmgr("modify", "account", "physics", "set", f"GrpTRES=cpu={count}")
    cluster.sacctmgr("modify", "account", "physics", "set", "GrpTRES=mem=7")
    columns = ("-nP", "show", "transactions", "start=now-1minutes", "format=id,info")
    lines = cluster.sacctmgr(*columns).splitlines()
    lines = sorted(
        (line for line in lines if "grp_tres = " in line), key=lambda one: int(one.split("|")[0])
    )
    assert [re.findall("'([^']*)'", line)[0] for line in lines][-6:] == [
        *(f"1={count}" for count in range(1, 6)),
        "1=5,2=7",
    ]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_ordinary_users_may_read_the_journal(cluster: Cluster, who: str) -> None:
    cluster.sacctmgr("add", "account", "physics")
    told = cluster.sacctmgr(
        "-nP", "show", "transactions", "start=now-1minutes", "format=action,where", user=who
    )
    assert "Add Accounts|physics" in told
