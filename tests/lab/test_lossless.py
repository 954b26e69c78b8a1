"""What slurmrestd loses or ignores in silence, line by line, and how the program is not hurt.

Each line has two tests, or one with two parts: the fact itself, by a raw request to the newest
slurmrestd of the cluster, and the protection, in every cell. A protection's docstring names the
code that protects: taken out, the test fails.
"""

from __future__ import annotations

import difflib
import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest

from .cells import Cell, Cli, state
from .cluster import Cluster
from .machine import LabError
from .test_facts import ask
from .test_refusals import sent, written

Json = Any


def post(cluster: Cluster, path: str, body: Json) -> int:
    """Send a raw POST; return the status. A warning or an error would not be a silent loss."""
    status, answer = ask(cluster, cluster.api_versions[-1], f"{path}/", body)
    assert (answer.get("errors"), answer.get("warnings")) == ([], [])
    return status


def row(cluster: Cluster, **values: Json) -> Json:
    """Return an association to be sent raw: an account's own row, whose QOS stay."""
    return {"cluster": cluster.cluster_name, "user": "", "qos": [], **values}


def difference(before: str, after: str) -> list[str]:
    """Return the lines of the state that went (`-`) and came (`+`)."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return sorted(line for line in lines if line[0] in "+-")


def records(cluster: Cluster, noun: str, key: str) -> list[Json]:
    """Return what `sacctmgr --json` lists."""
    found: list[Json] = json.loads(cluster.sacctmgr("--json", "list", noun, "withcoord"))[key]
    return found


def direct_coordinators(cluster: Cluster, account: str) -> list[str]:
    """Return those of the account itself, not of one above it."""
    (found,) = (one for one in records(cluster, "account", "accounts") if one["name"] == account)
    return sorted(one["name"] for one in found["coordinators"] if one["direct"])


@pytest.fixture(params=["cli", "oldest", "newest"])
def cli(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Cli:
    """The program over the commands, and over the oldest and the newest REST.

    Every version has its turn in the transcripts; these three differ in how they ask and answer.
    """
    versions = {"cli": "", "oldest": cluster.api_versions[0], "newest": cluster.api_versions[-1]}
    executor = "cli" if request.param == "cli" else "rest"
    return Cli(Cell(cluster, executor, versions[request.param]), tmp_path)


def is_rest(cli: Cli) -> bool:
    return cli.cell.executor == "rest"


# Associations: TRES, scalars, inheritance


TRES_LIMITS = (
    *("GrpTRES", "GrpTRESMins", "GrpTRESRunMins"),
    *("MaxTRES", "MaxTRESPerNode", "MaxTRESMins", "MaxTRESRunMins"),
)


def test_fact_a_part_of_a_tres_list_erases_the_rest_of_it(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics", "GrpTRESMins=cpu=1000", "GrpTRES=mem=5")
    minutes = [{"type": "gres", "name": "gpu", "count": 5}]
    body = row(cluster, account="physics", max={"tres": {"group": {"minutes": minutes}}})
    assert post(cluster, "associations", {"associations": [body]}) == 200
    assert "assoc physics ParentName=root Share=1 GrpTRESMins=gres/gpu=5\n" in state(cluster)


def test_a_modify_keeps_all_seven_tres_lists_of_every_row(cli: Cli) -> None:
    """requests._association puts every TRES list whole; planning.assigned merges by TRES."""
    cluster = cli.cell.cluster
    limits = [f"{name}=cpu={at},mem=2G" for at, name in enumerate(TRES_LIMITS, 1)]
    sets = " ".join(f"{name}=cpu={at},mem=2G" for at, name in enumerate(TRES_LIMITS, 1))
    shown = re.sub(r"MaxTRES=(\S+)", r"MaxTRES=\1", sets)
    cluster.sacctmgr("add", "account", "physics", *limits[:6])
    cluster.sacctmgr("add", "user", "alice", "account=physics", *limits[:6])
    cluster.sacctmgr("add", "user", "alice", "account=physics", "partition=gpu", *limits[:6])
    for at, name in enumerate(TRES_LIMITS[6:], 7):
        for user in ("''", "alice"):
            where = f"account=physics user={user}"
            done = cli(f"assoc modify where {where} set {name}=cpu={at},mem=2G -i")
            assert done.code == 0
    rows = {"physics": "physics ParentName=root", "alice": "physics/alice*"}
    rows["gpu"] = "physics/alice/gpu"
    full = {name: f"assoc {words} Share=1 {shown}" for name, words in rows.items()}
    before = state(cluster)
    assert [line for line in full.values() if f"{line}\n" not in before] == []

    assert cli("assoc modify where account=physics set Fairshare=9 -i").code == 0
    assert cli("assoc modify where account=physics set GrpTRESMins=gres/gpu=5 -i").code == 0
    changed = {
        name: line.replace("Share=1", "Share=9").replace(
            "GrpTRESMins=cpu=2,mem=2G", "GrpTRESMins=cpu=2,gres/gpu=5,mem=2G"
        )
        for name, line in full.items()
    }
    after = state(cluster)
    lines = [f"- {line}" for line in full.values()] + [f"+ {line}" for line in changed.values()]
    assert difference(before, after) == sorted(lines)


def test_clearing_one_tres_leaves_the_others(cli: Cli) -> None:
    """kinds.Tres.merge drops what is None, and requests._association sends what is left."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics", "GrpTRES=cpu=1,mem=2G", "MaxTRES=node=3")
    assert cli("account modify physics set GrpTRES=cpu=-1 -i").code == 0
    assert "assoc physics ParentName=root Share=1 GrpTRES=mem=2G MaxTRES=node=3\n" in state(cluster)
    assert cli("account modify physics set GrpTRES=-1 -i").code == 0
    assert "assoc physics ParentName=root Share=1 MaxTRES=node=3\n" in state(cluster)


def test_fact_a_scalar_that_is_absent_or_not_set_stays_and_infinite_clears(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "physics", "MaxJobs=4", "MaxWall=5", "Priority=6")
    unset = {"max": {"jobs": {"active": {"set": False}}}, "priority": {"set": False}}
    body = row(cluster, account="physics", shares_raw=9, **unset)
    assert post(cluster, "associations", {"associations": [body]}) == 200
    own = "Priority=6 MaxJobs=4 MaxWall=00:05:00"
    assert f"assoc physics ParentName=root Share=9 {own}\n" in state(cluster)
    clear = {"set": True, "infinite": True, "number": 0}
    body = row(cluster, account="physics", max={"jobs": {"active": clear}})
    assert post(cluster, "associations", {"associations": [body]}) == 200
    assert "assoc physics ParentName=root Share=9 Priority=6 MaxWall=00:05:00\n" in state(cluster)


def test_a_scalar_is_cleared_and_zero_is_a_value(cli: Cli) -> None:
    """kinds.Count.dump writes {"set": true, "infinite": true} for None, not {"set": false}."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics", "MaxJobs=4", "MaxWall=5", "Priority=6")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "MaxJobs=4", "GrpWall=5")
    assert cli("account modify physics set MaxJobs=-1 Priority=0 -i").code == 0
    assert cli("user modify alice set MaxJobs=-1 GrpWall=0 -i").code == 0
    after = state(cluster)
    assert "assoc physics ParentName=root Share=1 Priority=0 MaxWall=00:05:00\n" in after
    assert "assoc physics/alice* Share=1 GrpWall=00:00:00\n" in after


def test_fact_an_unknown_tres_is_dropped_with_all_that_stands_behind_it(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    names = ("cpu", "nosuch", "mem")
    counts = [{"type": name, "name": "", "count": 3} for name in names]
    body = row(cluster, account="physics", max={"tres": {"total": counts}})
    assert post(cluster, "associations", {"associations": [body]}) == 200
    assert "assoc physics ParentName=root Share=1 GrpTRES=cpu=3\n" in state(cluster)


def test_an_unknown_tres_is_never_sent(cli: Cli) -> None:
    """Session.checked reads the cluster's TRES; planning.with_known_tres compares."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    before = state(cluster)
    for sentence in (
        "account add optics GrpTRES=cpu=1,nosuch=2,mem=3",
        "account modify physics set GrpTRES=cpu=1,nosuch=2,mem=3",
        "user add bob account=physics MaxTRES=cpu=1,gres/nosuch=2",
        "user modify alice set MaxTRES=cpu=1,license/nosuch=2",
        "assoc modify where account=physics user=alice set MaxTRESMins=nosuch=2",
        "qos add high MaxTRESPU=cpu=1,nosuch=2",
        "qos modify normal set MinTRES=cpu=1,nosuch=2",
    ):
        done = cli(f"{sentence} -i -v")
        assert (sentence, done.code, written(done.err)) == (sentence, 2, [])
        assert "nosuch'" in done.err
    assert state(cluster) == before


def test_a_tres_is_written_as_the_cluster_spells_it(cli: Cli) -> None:
    """planning.with_known_tres takes the cluster's spelling: slurmrestd would not know ours."""
    cluster = cli.cell.cluster
    assert cli("account add physics GrpTRES=CPU=1,Gres/GPU:A100=2,MEM=1G -i").code == 0
    shown = "GrpTRES=cpu=1,gres/gpu:a100=2,mem=1G"
    assert f"assoc physics ParentName=root Share=1 {shown}\n" in state(cluster)


def test_an_inherited_qos_list_stays_inherited(cli: Cli) -> None:
    """requests._association sends `qos: []` where QosLevel does not change.

    Also where a default account is switched, which is a POST of associations too.
    """
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "high,low")
    cluster.sacctmgr("add", "account", "science", "qos=normal,high")
    cluster.sacctmgr("add", "account", "physics,optics", "parent=science")
    cluster.sacctmgr("modify", "account", "optics", "set", "qos+=low")
    cluster.sacctmgr("modify", "account", "optics", "set", "qos-=high")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "MaxTRES=cpu=1")
    cluster.sacctmgr("modify", "user", "alice", "account=optics", "set", "qos+=low")
    before = state(cluster)
    assert cli("assoc modify where account=physics,optics set Priority=3 -i").code == 0
    assert cli("user modify alice set DefaultAccount=optics -i").code == 0
    rows = {
        "optics ParentName=science Share=1": " QOS=+low,-high",
        "optics/alice Share=1": " MaxTRES=cpu=1 QOS=+low",
        "physics ParentName=science Share=1": "",
        "physics/alice* Share=1": " MaxTRES=cpu=1",
    }
    marks = {"optics/alice Share": "optics/alice* Share", "physics/alice* ": "physics/alice "}
    lines = ["- user alice admin=None default=physics", "+ user alice admin=None default=optics"]
    for words, rest in rows.items():
        now = words
        for old, new in marks.items():
            now = now.replace(old, new)
        lines += [f"- assoc {words}{rest}", f"+ assoc {now} Priority=3{rest}"]
    assert difference(before, state(cluster)) == sorted(lines)

    assert cli("account modify science set QosLevel=normal -i").code == 0
    listed = cluster.sacctmgr("-nP", "list", "assoc", "where", "account=physics,optics", QOS_SHOWN)
    assert sorted(listed.split()) == [
        *("optics|alice|low,normal", "optics||low,normal"),
        *("physics|alice|normal", "physics||normal"),
    ]


QOS_SHOWN = "format=account,user,qos"


def test_fact_an_inherited_limit_is_shown_as_if_it_were_the_rows_own(cluster: Cluster) -> None:
    limits = ("MaxJobs=50", "MaxTRES=cpu=8")
    cluster.sacctmgr("add", "account", "science", *limits)
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    _, answer = ask(cluster, cluster.api_versions[-1], "associations/?account=physics")
    (found,) = answer["associations"]
    assert found["max"]["jobs"]["active"] == {"set": True, "infinite": False, "number": 50}
    (tres,) = found["max"]["tres"]["per"]["job"]
    assert (tres["type"], tres["count"]) == ("cpu", 8)


def test_inherited_limits_are_never_written_back(cli: Cli) -> None:
    """requests.OWN_LIMITS, in the spelling of the version, makes slurmrestd show own limits."""
    cluster = cli.cell.cluster
    limits = ("MaxTRES=cpu=8", "MaxTRESMins=mem=5", "MaxTRESPerNode=node=1", "MaxJobs=5")
    cluster.sacctmgr("add", "account", "science", *limits, "MaxWall=9", "DefaultQOS=normal")
    cluster.sacctmgr("add", "account", "physics", "parent=science", "MaxTRES=mem=1G")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "MaxTRESMins=cpu=1")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "partition=gpu")
    before = state(cluster)
    assert cli("assoc modify where account=physics set Fairshare=9 -i").code == 0
    rows = {
        "physics ParentName=science Share=1 MaxTRES=mem=1G",
        "physics/alice* Share=1 MaxTRESMins=cpu=1",
        "physics/alice/gpu Share=1",
    }
    lines = [f"- assoc {one}" for one in rows]
    lines += [f"+ assoc {one.replace('Share=1', 'Share=9')}" for one in rows]
    assert difference(before, state(cluster)) == sorted(lines)


def test_shares_of_the_parent_are_a_word_and_not_a_number(cli: Cli) -> None:
    """kinds.Shares: `parent` is 2147483647 to slurmrestd."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics", "Fairshare=parent")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "Fairshare=parent")
    before = state(cluster)
    assert cli("assoc list where account=physics -n -P format=Account,User,Share").out == (
        "physics||parent\nphysics|alice|parent\n"
    )
    assert cli("assoc modify where account=physics set Fairshare=parent -i").out == "2 unchanged\n"
    assert cli("assoc modify where account=physics set Fairshare=3 -i").code == 0
    assert cli("assoc modify where account=physics set Fairshare=parent -i").code == 0
    assert state(cluster) == before


# Associations: places that do not exist


def test_fact_a_loop_is_answered_200_and_24_11_turns_the_tree_over(cluster: Cluster) -> None:
    """24.11 lifts the lower account to where the upper one was; 26.05 does nothing."""
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    body = row(cluster, account="science", parent_account="physics")
    assert post(cluster, "associations", {"associations": [body]}) == 200
    parents = {"science": "root", "physics": "science"}
    if int(cluster.release.partition(".")[0]) < 26:
        parents = {"science": "physics", "physics": "root"}
    listed = cluster.sacctmgr("-nP", "list", "assoc", "user=", "format=account,parentname")
    assert sorted(listed.split()) == sorted(
        ["root|", *(f"{account}|{parent}" for account, parent in parents.items())]
    )


def test_an_account_is_never_moved_to_nowhere_or_below_itself(cli: Cli) -> None:
    """planning.associations._check_parent looks for the parent, and walks down from the row."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("add", "account", "optics", "parent=physics")
    before = state(cluster)
    for sentence, code, words in (
        ("account modify science set parent=nosuch", 3, "parent account 'nosuch' does not exist"),
        ("account modify science set parent=optics", 4, "which is itself or below"),
        ("account modify science set parent=science", 4, "which is itself or below"),
        ("assoc modify where account=physics user='' set parent=nosuch", 3, "does not exist"),
        ("assoc modify where account=physics user='' set parent=optics", 4, "or below"),
        ("account modify root set parent=science", 9, "account 'root' has no parent"),
    ):
        done = cli(f"{sentence} -i -v")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, code, "", [])
        assert words in done.err
    assert state(cluster) == before


def test_fact_an_association_of_a_missing_account_is_answered_200(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    before = state(cluster)
    bodies = [row(cluster, account="nosuch"), row(cluster, account="nosuch", user="alice")]
    for body in bodies:
        assert post(cluster, "associations", {"associations": [body]}) == 200
    condition = {"users": ["alice"], "accounts": ["nosuch"], "clusters": [cluster.cluster_name]}
    whole = {"association_condition": {**condition, "association": {}}, "user": {}}
    path = f"{'users_association'}/"
    assert ask(cluster, cluster.api_versions[-1], path, whole) == (304, "")
    assert state(cluster) == before


def test_nothing_is_sent_for_an_account_that_does_not_exist(cli: Cli) -> None:
    """planning.users.add looks for the accounts; modify acts on rows that were read."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    before = state(cluster)
    for sentence in (
        "user add alice account=nosuch",
        "user add alice,bob account=physics,nosuch",
        "assoc add account=nosuch user=alice",
        "assoc modify where account=nosuch set MaxJobs=1",
        "account modify nosuch set MaxJobs=1",
        "user modify alice where account=nosuch set MaxJobs=1",
        "user modify alice set DefaultAccount=nosuch",
        "coordinator add alice account=nosuch",
    ):
        done = cli(f"{sentence} -i -v")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, 3, "", [])
    assert state(cluster) == before


def test_fact_a_delete_of_the_last_row_leaves_a_user_and_sacctmgr_removes_it(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    path = f"associations/?account=physics&user=alice&cluster={cluster.cluster_name}"
    status, _ = ask(cluster, cluster.api_versions[-1], path, method="DELETE")
    cluster.sacctmgr("delete", "user", "bob", "account=physics")
    users = [line for line in state(cluster).splitlines() if line.startswith("user ")]
    assert (status, users) == (200, ["user alice admin=None"])


def test_a_users_last_association_is_kept_unless_the_user_goes(cli: Cli) -> None:
    """planning.associations.delete refuses the last one; delete._rows_of_users does --last."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics", "partition=gpu,batch")
    before = state(cluster)
    for sentence in (
        "assoc delete where account=physics user=alice",
        "assoc delete where user=alice partition=gpu,batch",
        "user delete alice where account=physics",
        "user delete where partition=gpu,batch",
    ):
        done = cli(f"{sentence} -i -v")
        assert (sentence, done.code, done.out, written(done.err)) == (sentence, 4, "", [])
        assert "user 'alice' has no other account" in done.err
        assert "slurmctl-rest user delete alice, or repeat with --last" in done.err
    assert state(cluster) == before
    assert cli("assoc delete where user=alice partition=batch -i").code == 0
    done = cli("assoc delete where account=physics user=alice --last -i")
    assert done.out == "user alice: deleted\nassociation alice in physics (gpu): deleted\n"
    assert "alice" not in state(cluster)


def test_comments_and_flags_of_others_survive_every_write(cli: Cli) -> None:
    """No request names them, and slurmrestd leaves what it is not told."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics", "flags=UsersAreCoords")
    cluster.sacctmgr("modify", "account", "physics", "set", "comment=ours")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics")
    cluster.sacctmgr("modify", "user", "alice", "set", "comment=theirs")
    before = flags(cluster)
    assert ["physics", "", ["UsersAreCoords"], "ours"] in before
    for sentence in (
        "account modify physics set Description=light Organization=uni Fairshare=3",
        "account modify physics set QosLevel=normal",
        "assoc modify where account=physics set GrpTRES=cpu=1 MaxJobs=3",
        "user modify alice set AdminLevel=Operator MaxJobs=4",
        "user modify alice set DefaultAccount=optics",
    ):
        assert (sentence, cli(f"{sentence} -i").code) == (sentence, 0)
    assert flags(cluster) == before


def flags(cluster: Cluster) -> list[Json]:
    """Return what no executor of the program can set: flags and comments."""
    rows = [
        [one["account"], one["user"], sorted({*one["flags"]} - {"DEFAULT"}), one["comment"]]
        for one in json.loads(cluster.sacctmgr("--json", "list", "assoc"))["associations"]
    ]
    accounts = [[one["name"], one["flags"]] for one in records(cluster, "account", "accounts")]
    return sorted(rows) + sorted(accounts)


# Accounts and coordinators


def test_fact_accounts_alone_makes_an_account_without_an_association(cluster: Cluster) -> None:
    account = {"name": "physics", "description": "light", "organization": "uni"}
    assert post(cluster, "accounts", {"accounts": [account]}) == 200
    assert state(cluster).splitlines() == [
        "account physics 'light' 'uni'",
        "account root 'default root account' 'root'",
        *("assoc root Share=1 QOS=normal", "assoc root/root Share=1"),
    ]


def test_fact_accounts_needs_an_organization(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    body = {"accounts": [{"name": "physics", "description": "light"}]}
    status, answer = ask(cluster, cluster.api_versions[-1], "accounts/", body)
    assert status in {500, 422}
    assert [error["error_number"] for error in answer["errors"]] == [9200]


def test_a_change_of_accounts_keeps_their_coordinators_and_texts(cli: Cli) -> None:
    """requests._account sends description, organization and coordinators, changed or not."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics", "description=old", "organization=uni")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    cluster.sacctmgr("add", "coordinator", "account=physics,optics", "name=alice,bob")
    before = state(cluster)
    assert cli("account modify physics,optics set Description=new -i").code == 0
    assert difference(before, state(cluster)) == [
        "+ account optics 'new' 'uni' coordinators=alice,bob",
        "+ account physics 'new' 'uni' coordinators=alice,bob",
        "- account optics 'old' 'uni' coordinators=alice,bob",
        "- account physics 'old' 'uni' coordinators=alice,bob",
    ]
    assert cli("account modify optics set Organization=org Fairshare=4 -i").code == 0
    assert "account optics 'new' 'org' coordinators=alice,bob\n" in state(cluster)


def test_fact_of_several_accounts_only_the_first_gets_new_coordinators(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    accounts = [account(name, "alice") for name in ("physics", "optics")]
    assert post(cluster, "accounts", {"accounts": accounts}) == 200
    assert direct_coordinators(cluster, "physics") == ["alice"]
    assert direct_coordinators(cluster, "optics") == []


def account(name: str, *coordinators: str) -> Json:
    """Return an account to be sent raw."""
    texts = {"name": name, "description": name, "organization": name}
    return {**texts, "coordinators": [{"name": one} for one in coordinators]}


def test_several_accounts_all_get_their_new_coordinators(cli: Cli) -> None:
    """requests._modify_accounts makes one POST of each account whose coordinators change."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics,lasers")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    assert cli("coordinator add alice,bob account=physics,optics,lasers -i").code == 0
    for name in ("physics", "optics", "lasers"):
        assert direct_coordinators(cluster, name) == ["alice", "bob"]
    assert cli("account modify physics,optics set Coordinators=bob Description=x -i").code == 0
    assert direct_coordinators(cluster, "optics") == ["bob"]
    assert direct_coordinators(cluster, "lasers") == ["alice", "bob"]


def test_fact_a_coordinator_of_an_account_above_is_not_made_one_below(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    cluster.sacctmgr("add", "coordinator", "account=science", "name=alice")
    assert post(cluster, "accounts", {"accounts": [account("physics", "alice")]}) == 200
    assert direct_coordinators(cluster, "physics") == []


def test_a_coordinator_of_an_account_above_is_refused_over_rest_and_made_by_sacctmgr(
    cli: Cli,
) -> None:
    """requests._coordinators_refusal; planning.associations.lowest_first orders several."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "science")
    cluster.sacctmgr("add", "account", "physics", "parent=science")
    cluster.sacctmgr("add", "user", "alice,bob", "account=physics")
    cluster.sacctmgr("add", "coordinator", "account=science", "name=alice")
    before = state(cluster)
    for sentence in (
        "coordinator add alice account=physics",
        "account modify physics set Coordinators+=alice",
    ):
        done = cli(f"{sentence} -i -v")
        if is_rest(cli):
            assert (sentence, done.code, done.out, written(done.err)) == (sentence, 10, "", [])
            assert "slurmrestd cannot make alice its coordinator" in done.err
            assert state(cluster) == before
        else:
            assert (sentence, done.code) == (sentence, 0)
            assert direct_coordinators(cluster, "physics") == ["alice"]
    # Named together, the lower account comes first, whichever stands first.
    assert cli("coordinator add bob account=science,physics -i").code == 0
    assert cli("coordinator delete alice,bob account=science -i").code == 0
    assert direct_coordinators(cluster, "science") == []
    assert direct_coordinators(cluster, "physics") == ["bob"] if is_rest(cli) else ["alice", "bob"]


def test_fact_an_unknown_user_as_coordinator_is_answered_200(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    assert post(cluster, "accounts", {"accounts": [account("physics", "nosuch")]}) == 200
    assert direct_coordinators(cluster, "physics") == []


def test_an_unknown_user_is_never_taken_for_a_coordinator(cli: Cli) -> None:
    """planning.qos.coordinate looks for the users, and the read-back for what came of it."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    before = state(cluster)
    done = cli("coordinator add alice,nosuch account=physics -i -v")
    assert (done.code, done.out, written(done.err)) == (3, "", [])
    assert "user 'nosuch' does not exist" in done.err
    assert state(cluster) == before


# Users


def test_fact_users_keeps_what_it_is_not_told(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "adminlevel=operator")
    cluster.sacctmgr("add", "coordinator", "account=optics", "name=alice")
    before = state(cluster)
    assert post(cluster, "users", {"users": [{"name": "alice"}]}) == 200
    assert state(cluster) == before


def test_a_users_level_and_default_account_change_apart(cli: Cli) -> None:
    """requests._modify_users names the level only, or marks associations only."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics")
    limits = ("GrpTRES=cpu=1,mem=2G", "MaxJobs=3", "Fairshare=4")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", *limits)
    cluster.sacctmgr("modify", "user", "alice", "set", "adminlevel=operator")
    cluster.sacctmgr("add", "coordinator", "account=optics", "name=alice")
    before = state(cluster)
    assert cli("user modify alice set AdminLevel=Administrator -i").code == 0
    after = state(cluster)
    of_user = "default=physics coordinates=optics"
    assert difference(before, after) == [
        f"+ user alice admin=Administrator {of_user}",
        f"- user alice admin=Operator {of_user}",
    ]
    assert cli("user modify alice set DefaultAccount=optics -i").code == 0
    own = "Share=4 GrpTRES=cpu=1,mem=2G MaxJobs=3"
    assert difference(after, state(cluster)) == [
        f"+ assoc optics/alice* {own}",
        f"+ assoc physics/alice {own}",
        "+ user alice admin=Administrator default=optics coordinates=optics",
        f"- assoc optics/alice {own}",
        f"- assoc physics/alice* {own}",
        f"- user alice admin=Administrator {of_user}",
    ]


def test_fact_is_default_marks_the_rows_that_it_is_sent_with(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "partition=gpu,batch")
    body = row(cluster, account="optics", user="alice", partition="gpu", is_default=True)
    assert post(cluster, "associations", {"associations": [body]}) == 200
    assert marked(cluster) == ["optics/alice/gpu*"]


def marked(cluster: Cluster) -> list[str]:
    """Return the rows of users' default accounts."""
    return [line.split()[1] for line in state(cluster).splitlines() if "* " in line]


def test_a_new_default_account_is_marked_on_all_its_rows(cli: Cli) -> None:
    """planning.users._modify names all rows in the account (`takes`), as sacctmgr marks them."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics")
    cluster.sacctmgr("add", "user", "alice", "account=physics,optics", "partition=gpu,batch")
    assert cli("user modify alice set DefaultAccount=optics -i").code == 0
    assert marked(cluster) == ["optics/alice*", "optics/alice/batch*", "optics/alice/gpu*"]


def test_fact_several_new_users_in_partitions_get_another_default_account_than_told(
    cluster: Cluster,
) -> None:
    cluster.sacctmgr("add", "account", "physics,optics")
    condition = {
        "users": ["alice", "bob", "carol"],
        "accounts": ["physics", "optics"],
        "clusters": [cluster.cluster_name],
        "partitions": ["gpu", "batch"],
        "association": {},
    }
    body = {"association_condition": condition, "user": {"defaultaccount": "physics"}}
    assert post(cluster, "users_association", body) == 200
    users = [line for line in state(cluster).splitlines() if line.startswith("user ")]
    assert users == [
        "user alice admin=None default=physics",
        "user bob admin=None default=optics",
        "user carol admin=None default=optics",
    ]


@pytest.mark.parametrize("default", ["physics", "optics"])
def test_several_new_users_in_partitions_all_get_the_default_account_that_was_told(
    cli: Cli, default: str
) -> None:
    """backends.comes_alone sends users who come into partitions one by one."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "physics,optics")
    done = cli(
        f"user add alice,bob,carol account=physics,optics partition=gpu,batch "
        f"DefaultAccount={default} -i"
    )
    assert done.code == 0
    users = [line for line in state(cluster).splitlines() if line.startswith("user ")]
    assert users == [f"user {u} admin=None default={default}" for u in ("alice", "bob", "carol")]
    assert marked(cluster) == [f"{default}/{u}/gpu*" for u in ("alice", "bob", "carol")]


# QOS


def test_fact_a_qos_loses_flags_and_mode_merges_tres_and_keeps_an_emptied_preempt(
    cluster: Cluster,
) -> None:
    furnish_qos(cluster)
    count = {"type": "cpu", "name": "", "count": 9}
    body = {
        "name": "high",
        "preempt": {"list": []},
        "limits": {"max": {"tres": {"total": [count]}}},
    }
    assert post(cluster, "qos", {"qos": [body]}) == 200
    assert f"qos high {OF_HIGH} Preempt=low,mid GrpTRES=cpu=9,mem=6M\n" in state(cluster)


OF_HIGH = "Descr=high Priority=7 GraceTime=00:00:30"
QOS_TRES = "GrpTRES=cpu=5,mem=6M"


def furnish_qos(cluster: Cluster, mode: str = "cancel") -> str:
    """Add three QOS, one with much to lose; return its line."""
    cluster.sacctmgr("add", "qos", "low,mid")
    words = ("flags=DenyOnLimit,NoDecay", "preempt=low,mid", f"preemptmode={mode}")
    own = ("priority=7", "gracetime=30", "GrpTRES=cpu=5,mem=6")
    cluster.sacctmgr("add", "qos", "high", *words, *own)
    of_mode = f" PreemptMode={mode}" if mode != "cluster" else ""
    return f"qos high {OF_HIGH} Preempt=low,mid{of_mode} Flags=DenyOnLimit,NoDecay {QOS_TRES}"


@pytest.mark.parametrize("mode", ["cancel", "requeue", "gang", "cluster"])
def test_a_change_of_a_qos_keeps_flags_mode_preempt_and_tres(cli: Cli, mode: str) -> None:
    """requests._qos sends NOT_SET for flags, the mode, and TRES with -1 for what goes."""
    cluster = cli.cell.cluster
    line = furnish_qos(cluster, mode)
    before = state(cluster)
    assert f"{line}\n" in before
    assert cli("qos modify high set MaxWall=60 -i").code == 0
    then = f"{line} MaxWall=01:00:00"
    assert difference(before, state(cluster)) == [f"+ {then}", f"- {line}"]
    assert cli("qos modify high set GrpTRES=gres/gpu=1,cpu=-1 Flags-=NoDecay -i").code == 0
    last = then.replace(QOS_TRES, "GrpTRES=gres/gpu=1,mem=6M").replace(",NoDecay", "")
    assert difference(before, state(cluster)) == [f"+ {last}", f"- {line}"]


def test_preempt_is_emptied_by_sacctmgr_and_refused_over_rest(cli: Cli) -> None:
    """requests._qos_refusal: slurmrestd would answer 200 and leave the list."""
    cluster = cli.cell.cluster
    line = furnish_qos(cluster)
    before = state(cluster)
    for sentence in ("qos modify high set Preempt=''", "qos modify high set Preempt-=low,mid"):
        done = cli(f"{sentence} -i -v")
        if is_rest(cli):
            assert (done.code, done.out, written(done.err)) == (10, "", [])
            assert "qos 'high': slurmrestd cannot empty Preempt" in done.err
            assert state(cluster) == before
        else:
            assert (done.code, state(cluster)) == (0, before.replace(" Preempt=low,mid", ""))
            cluster.sacctmgr("modify", "qos", "high", "set", "preempt=low,mid")
    assert cli("qos modify high set Preempt-=low -i").code == 0
    assert f"{line.replace('low,mid', 'mid')}\n" in state(cluster)


def test_fact_within_is_hidden_by_slurmrestd_and_lost_by_a_post(cluster: Cluster) -> None:
    furnish_qos(cluster)
    version = cluster.api_versions[-1]
    for mode, shown in (("within,cancel", ["CANCEL"]), ("within", [])):
        cluster.sacctmgr("modify", "qos", "high", "set", f"preemptmode={mode}")
        _, answer = ask(cluster, version, "qos/high")
        assert answer["qos"][0]["preempt"]["mode"] == shown
        body = {"name": "high", "flags": ["NOT_SET"], "preempt": {"mode": shown}}
        assert post(cluster, "qos", {"qos": [body]}) == 200
        told = " PreemptMode=cancel" if shown else ""
        assert f"Preempt=low,mid{told} Flags=" in state(cluster)


def test_fact_a_deleted_qos_stays_in_preempt_and_24_11_can_show_none_then(
    cluster: Cluster,
) -> None:
    furnish_qos(cluster)
    cluster.sacctmgr("delete", "qos", "low")
    broken = int(cluster.release.partition(".")[0]) < 26
    version = cluster.api_versions[-1]
    status, _ = ask(cluster, version, "qos/")
    assert status == (500 if broken else 200)
    said = cluster.run("sacctmgr", "--json", "list", "qos").stderr
    assert ("Unable to resolve Preempt QOS" in said) is broken


def test_a_qos_is_taken_out_of_preempt_before_it_is_deleted(cli: Cli) -> None:
    """planning.qos.delete changes those that stay first, and both backends write so."""
    cluster = cli.cell.cluster
    line = furnish_qos(cluster)
    done = cli("qos delete low -i")
    assert (done.code, done.out) == (
        0,
        "qos high: modified\n  Preempt: low,mid -> mid\nqos low: deleted\n",
    )
    assert f"{line.replace('low,mid', 'mid')}\n" in state(cluster)
    before = state(cluster)
    done = cli("qos delete mid -i -v")
    if is_rest(cli) and cluster.release.startswith("24.11"):  # 26.05 empties it by itself
        assert (done.code, done.out, written(done.err)) == (10, "", [])
        assert "qos 'high': slurmrestd cannot empty Preempt" in done.err
        assert state(cluster) == before
    else:
        assert done.code == 0
        assert f"{line.replace(' Preempt=low,mid', '')}\n" in state(cluster)
    status, _ = ask(cluster, cluster.api_versions[-1], "qos/")
    assert status == 200


def test_the_qos_normal_is_never_deleted(cli: Cli) -> None:
    """planning.qos.delete: each root account has it."""
    before = state(cli.cell.cluster)
    for sentence in ("qos delete normal", "qos delete normal --missing-ok"):
        done = cli(f"{sentence} -i -v")
        assert (done.code, done.out, written(done.err)) == (9, "", [])
    assert state(cli.cell.cluster) == before


def test_a_qos_is_asked_for_by_name_and_no_other_is_changed(cli: Cli) -> None:
    """requests.qos asks qos/{name}: qos/?name= returns all. by_name selects among the rest."""
    cluster = cli.cell.cluster
    furnish_qos(cluster)
    _, answer = ask(cluster, cluster.api_versions[-1], "qos/?name=high")
    assert len(answer["qos"]) == 4
    assert cli("qos list high -n -P format=Name").out == "high\n"
    assert cli("qos list low,mid -n -P format=Name").out == "low\nmid\n"
    before = state(cluster)
    assert cli("qos modify low set Priority=3 -i").code == 0
    assert difference(before, state(cluster)) == [
        "+ qos low Descr=low Priority=3",
        "- qos low Descr=low",
    ]


# Names


BAD_NAMES = ("o'brien", "a/b", "a b", "-x", "..")


def test_fact_a_quote_breaks_slurmdbd_for_the_whole_cluster(cluster: Cluster) -> None:
    """Only a fresh database helps, so start afresh at once."""
    condition = {"accounts": ["o'brien"], "clusters": [cluster.cluster_name], "association": {}}
    body = {"association_condition": condition, "account": {}}
    try:
        assert post(cluster, "accounts_association", body) == 200
        with pytest.raises(LabError, match="Unknown error 1064"):
            cluster.sacctmgr("list", "account", "withassoc")
    finally:
        cluster.restart()


def test_fact_slurmrestd_does_not_lower_names_and_sacctmgr_does(cluster: Cluster) -> None:
    condition = {"accounts": ["Botany"], "clusters": [cluster.cluster_name], "association": {}}
    body = {"association_condition": condition, "account": {}}
    assert post(cluster, "accounts_association", body) == 200
    cluster.sacctmgr("add", "account", "Optics")
    assert cluster.sacctmgr("-nP", "list", "account", "format=account").split() == [
        *("Botany", "optics", "root")
    ]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_slurm_would_choke_on_is_never_sent(
    cluster: Cluster, tmp_path: Path, name: str
) -> None:
    """kinds.parse_name, for every noun and place where a name may stand."""
    before = state(cluster)
    for cell in (Cell(cluster, "cli"), Cell(cluster, "rest", cluster.api_versions[-1])):
        cli = Cli(cell, tmp_path)
        # A sign before each name of a list of QOS adds or removes it; before some, it begins none.
        unsigned = "normal," if name.startswith(("+", "-")) else ""
        for words in (
            ("user", "add", f"name={name}", "account=root"),
            ("user", "add", "alice", f"account={name}"),
            ("user", "add", "alice", "account=root", f"partition={name}"),
            ("user", "add", "alice", f"DefaultAccount={name}"),
            ("user", "modify", f"name={name}", "set", "MaxJobs=1"),
            ("user", "delete", f"name={name}"),
            ("assoc", "add", f"account={name}"),
            ("assoc", "add", "account=root", f"user={name}"),
            ("assoc", "delete", "where", "account=root", f"user={name}"),
            ("coordinator", "add", f"name={name}", "account=root"),
            ("account", "modify", "root", "set", f"Coordinators={name}"),
            ("account", "modify", "root", "set", f"DefaultQOS={name}"),
            ("account", "modify", "root", "set", f"QosLevel={unsigned}{name}"),
            ("qos", "add", f"name={name}"),
            ("qos", "modify", f"name={name}", "set", "Priority=1"),
            ("qos", "modify", "normal", "set", f"Preempt={unsigned}{name}"),
            ("qos", "delete", f"name={name}"),
        ):
            done = cli(*words, "-i", "-v")
            assert (words, done.code, done.out, sent(done.err)) == (words, 2, "", [])
    assert state(cluster) == before


def test_mixed_case_is_lowered_for_users_qos_and_partitions(cli: Cli) -> None:
    """kinds.parse_name lowers: slurmrestd would not, sacctmgr does."""
    cluster = cli.cell.cluster
    for sentence in (
        "account add Physics,OPTICS",
        "qos add HIGH,Low Preempt=Normal",
        "user add Alice account=PHYSICS,Optics partition=GPU DefaultAccount=OpTics QosLevel=High",
        "user modify ALICE set DefaultAccount=Physics QosLevel+=LOW",
        "coordinator add ALICE account=Optics",
        "qos modify High set Preempt+=LOW",
    ):
        assert (sentence, cli(f"{sentence} -i").code) == (sentence, 0)
    assert state(cluster).splitlines() == [
        "account optics 'optics' 'optics' coordinators=alice",
        "account physics 'physics' 'physics'",
        "account root 'default root account' 'root'",
        "assoc optics ParentName=root Share=1",
        "assoc optics/alice/gpu Share=1 QOS=high,low",
        "assoc physics ParentName=root Share=1",
        "assoc physics/alice/gpu* Share=1 QOS=high,low",
        *("assoc root Share=1 QOS=normal", "assoc root/root Share=1"),
        "user alice admin=None default=physics coordinates=optics",
        *("qos high Descr=high Preempt=low,normal", "qos low Descr=low Preempt=normal"),
    ]


def test_fact_an_empty_name_of_a_qos_ends_slurmrestd(cluster: Cluster) -> None:
    cluster.sacctmgr("add", "account", "physics")
    body = {"associations": [row(cluster, account="physics", qos=[""])]}
    try:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(cluster, cluster.api_versions[-1], "associations/", body)
    finally:
        cluster.restart()


def test_an_empty_name_of_a_qos_is_never_sent(cli: Cli) -> None:
    """kinds.parse_name refuses it in a list; alone it means: inherit, which REST refuses."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "high")
    cluster.sacctmgr("add", "account", "physics", "qos=high")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    before = state(cluster)
    for value in (",", "high,", ",high", "high,,normal"):
        for sentence in (
            f"account modify physics set QosLevel={value}",
            f"assoc modify where account=physics user=alice set QosLevel+={value}",
            f"account add optics QosLevel={value}",
            f"user add bob account=physics QosLevel={value}",
            f"qos modify high set Preempt={value}",
        ):
            done = cli(f"{sentence} -i -v")
            assert (sentence, done.code, done.out, sent(done.err)) == (sentence, 2, "", [])
    assert state(cluster) == before
    done = cli("account modify physics set QosLevel='' -i -v")
    assert (done.code, bool(written(done.err))) == ((10, False) if is_rest(cli) else (0, True))
    for sentence in (
        "account add optics QosLevel=''",
        "user add bob account=physics QosLevel='' DefaultQOS=''",
        "assoc modify where account=physics user=alice set QosLevel='' DefaultQOS='' MaxJobs=2",
    ):
        done = cli(f"{sentence} -i --json --with-commands")
        assert (sentence, done.code) == (sentence, 0)
        assert '""' not in json.dumps(qos_sent(json.loads(done.out)["commands"]))


def qos_sent(commands: list[Json]) -> list[Json]:
    """Return every list of QOS that stands in a body."""
    found: list[Json] = []

    def walk(value: Json) -> None:
        if isinstance(value, dict):
            found.extend(value[key] for key in ("qos", "qoslevel") if key in value)
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk([command.get("body") for command in commands])
    return found
