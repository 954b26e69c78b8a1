"""Fields that are read where they are named, and what sets them: as sacctmgr itself shows them."""

from __future__ import annotations

import json
import time

from .cells import Cell, Cli
from .cluster import Cluster
from .machine import wait_until
from .test_facts import ask
from .test_jobs import submit

PRINTED = "format=cluster,account,user,id,parentid,lineage,qosraw"
OF_ROWS = "format=Cluster,Account,User,ID,ParentID,Lineage,QosRaw"
V44 = 44


def furnish(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "qos", "high,low")
    cluster.sacctmgr("add", "account", "science", "qos=normal,low")
    cluster.sacctmgr("add", "account", "physics", "parent=science", "flags=UsersAreCoords")
    cluster.sacctmgr("add", "user", "alice", "account=physics,science", "wckeys=k1,k2")
    cluster.sacctmgr("modify", "user", "alice", "where", "account=physics", "set", "qos+=high")


def can_modify_jobs(cell: Cell) -> bool:
    return cell.executor == "cli" or int(cell.api_version.rpartition(".")[2]) >= V44


def test_numbers_places_and_raw_qos_are_those_of_sacctmgr(cli: Cli) -> None:
    """Of some versions slurmrestd shows 0 for each number, and another one is asked."""
    cluster = cli.cell.cluster
    furnish(cluster)
    told = sorted(cluster.sacctmgr("-nP", "list", "assoc", PRINTED).splitlines())
    done = cli(f"assoc list -nP {OF_ROWS}")
    assert (done.code, sorted(done.out.splitlines())) == (0, told)
    keys = {"ID", "ParentID", "Lineage", "QosRaw"}
    assert keys <= cli(f"assoc list --json {OF_ROWS}").items[0].keys()
    assert not keys & cli("assoc list --json").items[0].keys()
    raw = cli("assoc list -nP WithRawQOS where account=physics user=alice format=QOS,QosRaw").out
    number = cluster.sacctmgr("-nP", "list", "qos", "high", "format=id").strip()
    assert raw == f"+high|+{number}\n"
    assert cli(f"qos list -nP id={number} format=Name,ID").out == f"high|{number}\n"


def test_flags_of_an_account_are_set_and_taken_away(cli: Cli) -> None:
    """v0.0.40 neither tells nor sets them; all else keeps them, and what it is not told."""
    cluster = cli.cell.cluster
    furnish(cluster)

    def flags() -> str:
        return cluster.sacctmgr("-nP", "list", "account", "physics", "format=flags").strip()

    if cli.cell.api_version == "v0.0.40":
        assert cli("account modify science set Flags=UsersAreCoords -i").code == 10
        assert cli("account modify physics set Description=light -i").code == 0
        assert flags() == "UsersAreCoords"
        return
    assert cli("account list -nP where Flags=UsersAreCoords format=Account").out == "physics\n"
    assert cli("account list -nP where Flags=NoUsersAreCoords format=Account").out == (
        "root\nscience\n"
    )
    for words, left in (
        ("Flags=NoUsersAreCoords", "None"),
        ("Flags+=UsersAreCoords", "UsersAreCoords"),
        ("Flags-=UsersAreCoords Description=light", "None"),
        ("Flags=UsersAreCoords,NoUsersAreCoords", "None"),
        ("Flags=UsersAreCoords Fairshare=3", "UsersAreCoords"),
    ):
        assert cli(f"account modify physics set {words} -i").code == 0, words
        assert flags() == left, words
    cluster.sacctmgr("add", "account", "optics")
    cluster.sacctmgr("delete", "account", "optics")
    done = cli("account add optics Flags=UsersAreCoords -i")
    assert done.code == 0
    assert cluster.sacctmgr("-nP", "list", "account", "optics", "format=flags,descr,org") == (
        "UsersAreCoords|optics|optics\n"
    )


def test_a_comment_is_set_with_what_is_added_and_changed_by_the_commands_alone(cli: Cli) -> None:
    """A comment may hold what divides sacctmgr's columns."""
    cluster = cli.cell.cluster
    furnish(cluster)
    for words in (
        ("account", "add", "optics", "Comment=A|b", "-i"),
        ("user", "add", "bob", "account=optics", "Comment=c d", "-i"),
    ):
        assert cli(*words).code == 0
    shown = "where account=optics format=Account,User,Comment"
    assert cli(f"assoc list -nP {shown}").out == "optics||a|b\noptics|bob|c d\n"
    assert cli("account list -nP optics format=Account,Comment").out == "optics|a|b\n"
    one = cli("account modify optics set Comment=new -i")
    two = cli("user modify bob set Comment='' MaxJobs=3 -i")
    if cli.cell.executor == "rest":
        assert (one.code, two.code) == (10, 10)
        assert 'execution_mode = "cli"' in one.err
        return
    assert (one.code, two.code) == (0, 0)
    assert cli(f"assoc list -nP {shown},MaxJobs").out == "optics||new|\noptics|bob||3\n"


def test_wckeys_of_a_user(cli: Cli) -> None:
    cluster = cli.cell.cluster
    furnish(cluster)

    def shown() -> str:
        return cli("user list bob -nP format=User,DefaultWCKey,WCKeys").out

    assert cli("user add bob account=physics WCKeys=w1 DefaultWCKey=w2 -i").code == 0
    assert shown() == "bob|w2|w1,w2\n"
    keys = cluster.sacctmgr("-nP", "list", "wckey", "user=bob", "format=wckey").split()
    assert sorted(key.strip("*") for key in keys) == ["w1", "w2"]
    assert cli("user modify bob set WCKeys+=w3 DefaultWCKey=w3 AdminLevel=Operator -i").code == 0
    assert shown() == "bob|w3|w1,w2,w3\n"
    assert cli("user modify bob set DefaultWCKey=w9 -i").code == 3
    assert cli("user modify bob set WCKeys-=w1 -i").code == 10
    assert cli("user modify bob set WCKeys+=w3 -i").out == "user bob: already so\n"
    assert cli("user list -nP where DefaultWCKey=w3 format=User").out == "bob\n"
    assert cli("user list -nP where WCKeys=k1 format=User").out == "alice\n"
    assert cli("user list bob -nP format=AdminLevel").out == "Operator\n"


def test_a_user_is_renamed_by_the_commands_alone(cli: Cli) -> None:
    """Not to a name that slurmdbd knows of somebody who is deleted: that name is new each time."""
    cluster = cli.cell.cluster
    new = f"c{time.monotonic_ns()}"
    furnish(cluster)
    cluster.sacctmgr("add", "user", "bob", "account=physics")
    assert cli("user modify alice set NewName=bob -i").code == 4
    assert cli(f"user modify alice set NewName={new} MaxJobs=3 -i").code == 2
    assert cli(f"user modify alice,bob set NewName={new} -i").code == 2
    done = cli(f"user modify alice set NewName={new} -i")
    if cli.cell.executor == "rest":
        assert done.code == 10
        return
    assert (done.code, done.out) == (0, f"user alice: modified\n  User: alice -> {new}\n")
    assert cli(f"assoc list -nP where user={new} format=Account").out == "physics\nscience\n"


def test_what_is_deleted_and_the_associations_of_objects_are_rows(cli: Cli) -> None:
    cluster = cli.cell.cluster
    furnish(cluster)
    listed = cli("account list physics WithAssoc -nP format=Account,Org,Cluster,User,ParentName")
    name = cluster.cluster_name
    assert listed.out == f"physics|science|{name}||science\nphysics|science|{name}|alice|\n"
    assert cli("account list physics -s -nP format=Account,User").out == "physics|\nphysics|alice\n"
    cluster.sacctmgr("add", "user", "bob", "account=science")
    cluster.sacctmgr("delete", "user", "bob", "account=science")
    rows = cli("user list alice WithAssoc where account=science --json").items
    assert [(r["Account"], r["User"], r["AdminLevel"]) for r in rows] == [
        ("science", "alice", "None")
    ]
    assert cli("account list nosuch WithAssoc -nP").out == ""
    assert cli("user list root WithDeleted -nP format=User,Deleted").out == "root|\n"
    done = cli("qos list high WithDeleted -nP format=Name,Deleted")
    if cli.cell.executor == "rest":
        said = "slurmctl-rest: slurmrestd does not tell deleted QOS ("
        assert (done.code, done.err[: len(said)]) == (10, said)
    else:
        assert done.out == "high|\n"


def test_what_slurmdbd_keeps_as_deleted_is_listed_and_marked(cli: Cli) -> None:
    """It keeps what jobs have used."""
    cluster = cli.cell.cluster
    furnish(cluster)
    submit(cluster, "-A", "physics")
    cluster.run("scancel", "--user=alice")
    cluster.sacctmgr("delete", "user", "alice")
    cluster.sacctmgr("delete", "account", "physics")
    told = cluster.sacctmgr("-nP", "list", "account", "physics", "withdeleted", "format=account")
    listed = cli("account list physics WithDeleted -nP format=Account,Deleted")
    assert listed.out == (f"{told.strip()}|yes\n" if told else "")
    assert cli("account list physics -nP format=Account").out == ""


def test_slurmrestd_ignores_its_parameter_for_deleted_qos(cluster: Cluster) -> None:
    """All versions have one; so nothing tells them over REST."""
    furnish(cluster)
    submit(cluster, "-A", "physics", "--qos=high")
    cluster.run("scancel", "--user=alice")
    cluster.sacctmgr("modify", "account", "physics,science", "set", "QOS=normal")
    cluster.sacctmgr("modify", "user", "alice", "set", "QOS=normal")
    wait_until(lambda: not cluster.run("squeue", "-h").stdout, "no jobs")
    cluster.sacctmgr("delete", "qos", "high")
    told = cluster.sacctmgr("-nP", "list", "qos", "withdeleted", "format=name").split()
    for version in cluster.api_versions:
        for word in ("with_deleted", "Include%20deleted%20QOS"):
            _, answer = ask(cluster, version, f"qos/?{word}=true")
            assert "high" not in {row["name"] for row in answer["qos"]}
    assert "high" in told


def test_columns_of_a_cluster(cli: Cli) -> None:
    cluster = cli.cell.cluster
    columns = "ControlHost,ControlPort,RPC,ClusterNodes,NodeCount,Flags"
    told = cluster.sacctmgr("-nP", "list", "cluster", f"format={columns}")
    assert cli(f"cluster list -nP format={columns}").out == told
    untold = "ID,Classification,Federation,FedState,Features"
    done = cli(f"cluster list -nP format={untold}")
    if cli.cell.executor == "rest":
        assert (done.code, done.out) == (10, "")
        assert done.err.startswith(f"slurmctl-rest: slurmrestd does not tell {untold[3:17]}")
    else:
        assert done.out == cluster.sacctmgr("-nP", "list", "cluster", f"format={untold}")


def test_tres_by_number_name_and_type(cli: Cli) -> None:
    assert cli("tres list -nP where id=1,4").out == "cpu||1\nnode||4\n"
    assert cli("tres list -nP where name=gpu format=Type,Name").out == "gres|gpu\n"
    assert cli("tres list -nP where type=mem format=Type,ID").out == "mem|2\n"


NOTES = "Comment,AdminComment,SystemComment,Extra,DerivedExitCode"


def test_records_of_jobs_are_modified_and_read_back(cli: Cli) -> None:
    cluster = cli.cell.cluster
    furnish(cluster)
    job = submit(cluster, "-A", "physics", "-H")
    assert cli(f"jobs history {job} -nP format={NOTES}").out == "||||0:0\n"
    words = (
        *("jobs", "modify", job, "set", "Comment=Two words", "AdminComment=x|y", "-i"),
        *("SystemComment=S", "Extra={}", "DerivedExitCode=3:0"),
    )
    done = cli(*words)
    if not can_modify_jobs(cli.cell):
        assert done.code == 10
        assert "v0.0.44 or later" in done.err
        return
    assert done.code == 0
    assert cli(f"jobs history {job} -nP format={NOTES}").out == "Two words|x|y|S|{}|3:0\n"
    assert cli(*words).out == f"job {job}: already so\n"
    assert cli(f"jobs modify {job},999999 set Extra='' -i").code == 7
    assert cli("jobs modify where account=physics set Extra=x -i").code == 2
    assert cli("jobs modify set Extra=x -i").code == 9
    # The lab does not track WCKeys: Slurm changes nothing, and says nothing of it.
    assert cli(f"jobs modify {job} set NewWCKey=k1 -i").code == 4
    told = cluster.run("sacct", "-X", "-n", "-P", f"-j{job}", f"--format={NOTES}").stdout
    assert told == "Two words|x|y|S||3:0\n"


def test_fact_the_number_of_a_task_may_be_that_of_its_array(cluster: Cluster) -> None:
    """So a task is named by its place: `jobid=5` changes all of the array 5."""
    furnish(cluster)
    array = submit(cluster, "-A", "physics", "-a1-2", script="true")
    # Of the last task slurmdbd learns when it starts, so both are left to end first.
    for _ in range(100):
        told = of_tasks(cluster, array, "JobIDRaw,State")
        if told.count("COMPLETED") == len(("1", "2")):
            break
        time.sleep(0.2)
    assert f"{array}|COMPLETED\n" in told
    cluster.sacctmgr("modify", "job", "where", f"jobid={array}", "set", "comment=all")
    assert of_tasks(cluster, array, "Comment") == "all\nall\n"


def of_tasks(cluster: Cluster, array: str, columns: str) -> str:
    return cluster.run("sacct", "-X", "-n", "-P", f"-j{array}", f"--format={columns}").stdout


def test_json_of_what_is_named_conforms(cli: Cli) -> None:
    furnish(cli.cell.cluster)
    for words in (
        "account list --json format=Account,Comment WithDeleted",
        "user list --json format=User,WCKeys,DefaultWCKey",
        "assoc list --json format=Comment,ID,Lineage,ParentID,QosRaw",
        "account list --json WithAssoc WithCoord",
        "user list --json -s",
    ):
        assert json.loads(cli(words).out)["items"], words  # the schema is checked by Cli
