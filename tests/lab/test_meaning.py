"""Words mean what they mean to sacctmgr: conditions, switches, units and values, in every cell."""

from __future__ import annotations

import json

import pytest

from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity

from .cells import Cli
from .cluster import Cluster


def fill(cluster: Cluster) -> None:
    """Make accounts in which much is inherited, and little is set."""
    for words in (
        ("add", "qos", "high,low", "Description=for few", "PreemptMode=cancel"),
        ("add", "qos", "idle", "PreemptMode=gang,suspend"),
        ("add", "account", "pba", "DefaultQOS=high", "QosLevel=high,normal", "MaxJobs=5"),
        ("modify", "account", "pba", "set", "Description=Light One", "Organization=uni"),
        ("add", "account", "pbb", "parent=pba"),
        ("add", "account", "pbj", "DefaultQOS=normal"),
        ("add", "user", "pbu1", "account=pba", "MaxSubmitJobs=7"),
        ("add", "user", "pbu1", "account=pbb"),
        ("add", "user", "pbu2", "account=pbj", "AdminLevel=Operator"),
        ("add", "user", "pbu3", "account=pbb", "DefaultQOS=normal"),
        ("add", "user", "pbu4", "account=pbj", "partition=gpu"),
        ("modify", "user", "pbu1", "where", "account=pbb", "set", "QosLevel+=low"),
        ("modify", "user", "pbu3", "where", "account=pbb", "set", "QosLevel-=high"),
        ("add", "coordinator", "account=pba", "name=pbu1"),
    ):
        cluster.sacctmgr(*words)


# --- conditions: own, or in force


CONDITIONS: dict[str, tuple[str, ...]] = {
    "association": (
        *("DefaultQOS=high", "DefaultQOS=HIGH", "DefaultQOS=low", "DefaultQOS=normal"),
        *("DefaultQOS=high,normal", "DefaultQOS=", "QosLevel=high", "QosLevel=low"),
        *("QosLevel=normal", "QosLevel=high,low", "QosLevel="),
        *(
            "Parent=pba",
            "Parent=root",
            "Parent=",
            "Partition=gpu",
            "Partition=",
            "User=",
            "Account=",
        ),
        *("User=pbu1", "Account=PBA", "Account=pba,pbj", "ID=1", "ID=2,3"),
        *("Account=pbb DefaultQOS=normal", "User=pbu1 DefaultQOS=high", "User=pbu1 QosLevel=low"),
    ),
    "account": (
        *("Description=light one", "Description=LIGHT ONE", "Description=light", "Description="),
        *("Organization=uni", "Organization=root", "Organization=", "Name=pba,pbb"),
    ),
    "user": (
        *("AdminLevel=operator", "AdminLevel=None", "AdminLevel=Administrator", "AdminLevel=admin"),
        *("DefaultAccount=pba", "DefaultAccount=PBJ", "DefaultAccount="),
        *("DefaultAccount=pba,pbj", "Account=pbb", "Account=pba,pbj", "Partition=gpu"),
        *("Partition=", "QosLevel=high", "QosLevel=low", "QosLevel=normal"),
        *("Account=pbb QosLevel=high", "Name=pbu1,pbu3"),
    ),
    "qos": (
        *("Description=for few", "Description=FOR FEW", "Description=few", "Name=high,low"),
        *("PreemptMode=cancel", "PreemptMode=requeue", "PreemptMode=suspend", "PreemptMode=gang"),
        *("PreemptMode=suspend,gang", "PreemptMode=gang,cancel", "PreemptMode=requeue,cancel"),
        *("PreemptMode=cluster", "PreemptMode=off", "ID=1", "ID=1,999999"),
    ),
}
"""By noun: each condition that both know, and some of them together."""

OURS_ALONE = {
    "account": {"Coordinators", "Clusters", "Cluster", "Parent"},
    "user": {"Coordinators", "Clusters", "Cluster"},
    "association": {"Cluster"},
    "qos": {"Preempt", "Flags"},
}
"""Conditions that sacctmgr has not, or shows nothing by."""

IDENTITY = {
    "association": "Account,User,Partition",
    "account": "Account",
    "user": "User",
    "qos": "Name",
}


def test_every_condition_is_tried() -> None:
    for entity in (ACCOUNT, USER_WITH_LIMITS, ASSOCIATION, QOS):
        tried = {
            entity.field(word.partition("=")[0]).name
            for line in CONDITIONS[entity.noun]
            for word in line.split(" ")
            if "=" in word and (entity is QOS or not word.startswith("ID"))
        }
        known = {f.name for f in entity.fields if f.where}
        assert tried | OURS_ALONE[entity.noun] == known, entity.noun


def sacctmgrs(cluster: Cluster, noun: str, condition: list[str]) -> list[str]:
    """Return the objects that sacctmgr lists; of users, those with an association it shows."""
    columns = IDENTITY[noun]
    of_rows = noun == "user" and not condition[0].startswith(("AdminLevel", "DefaultAccount"))
    if of_rows:  # without withassoc it ignores such conditions
        condition, columns = [*condition, "withassoc"], "User,Account"
    done = cluster.run("sacctmgr", "-inP", "list", noun, "where", *condition, f"format={columns}")
    assert (done.returncode, done.stderr) == (0, ""), condition
    lines = done.stdout.splitlines()
    if of_rows:
        lines = [line.partition("|")[0] for line in lines if line.partition("|")[2]]
    return sorted(set(lines))


def split(condition: str) -> list[str]:
    """Return the words; a text may hold spaces."""
    return [condition] if condition.startswith("Description") else condition.split()


@pytest.mark.newest
@pytest.mark.parametrize(
    "entity", [ASSOCIATION, ACCOUNT, USER_WITH_LIMITS, QOS], ids=lambda one: one.noun
)
def test_a_condition_meets_the_rows_that_it_meets_in_sacctmgr(cli: Cli, entity: Entity) -> None:
    fill(cli.cell.cluster)
    told = {}
    for condition in CONDITIONS[entity.noun]:
        words = (entity.word, "list", "where", *split(condition))
        done = cli(*words, f"format={IDENTITY[entity.noun]}", "-P", "-n")
        told[condition] = (done.code, sorted(done.out.splitlines()))
    right = {
        condition: (0, sacctmgrs(cli.cell.cluster, entity.noun, split(condition)))
        for condition in CONDITIONS[entity.noun]
    }
    assert told == right


def test_a_default_qos_that_is_inherited_is_not_modified_with_its_owners(cli: Cli) -> None:
    cluster = cli.cell.cluster
    fill(cluster)
    done = cli("assoc modify where DefaultQOS=high set MaxJobs=3 --json -i")
    assert (done.code, [one["name"] for one in changes(done.out)]) == (0, ["pba"])
    done = cli("assoc modify where DefaultQOS=high user=pbu1 set MaxJobs=3 -i")
    assert (done.code, done.out) == (3, "")
    limits = cluster.sacctmgr("-nP", "list", "assoc", "woplimits", "format=account,user,maxjobs")
    assert [line for line in limits.splitlines() if not line.endswith("|")] == ["pba||3"]


def changes(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)["changes"]
    return found


@pytest.mark.newest
def test_a_condition_on_a_qos_that_does_not_exist_is_refused_as_by_sacctmgr(cli: Cli) -> None:
    fill(cli.cell.cluster)
    for words in (
        *("assoc list where DefaultQOS=hihg", "assoc list where QosLevel=hihg"),
        *("user list where QosLevel=hihg", "user modify where QosLevel=hihg set MaxJobs=3 -i"),
        *("assoc modify where DefaultQOS=hihg set MaxJobs=3 -i", "assoc tree where qos=hihg"),
        *("assoc list where DefaultQOS=hihg WOPLimits", "user delete where qos=hihg -i"),
        *("assoc delete where DefaultQOS=normal,hihg -i", "user list pbu1 qos=hihg"),
    ):
        done = cli(words)
        name = "DefaultQOS" if "DefaultQOS" in words else "QosLevel"
        error = f"slurmctl-rest: {name}: qos 'hihg' does not exist (did you mean high?)\n"
        assert (done.code, done.out, done.err) == (3, "", error), words


# --- switches


def test_wopinfo_shows_own_values_as_sacctmgr_does(cli: Cli) -> None:
    cluster = cli.cell.cluster
    fill(cluster)
    columns = "Account,User,Partition,ParentName,MaxJobs,MaxSubmit,DefaultQOS,QOS"
    for switch in ("WOPInfo", "wopi", "WOPLimits", "wopl", "WOPInfo wopl"):
        # Changes to inherited QOS (+low) are own values here, which sacctmgr calls raw.
        words = (*switch.split(), "withrawqoslevel", f"format={columns}")
        listed = cluster.sacctmgr("-nP", "list", "assoc", *words)
        done = cli("assoc", "list", *switch.split(), f"format={columns}", "-P", "-n")
        assert (done.code, sorted(done.out.splitlines())) == (0, sorted(listed.splitlines())), (
            switch
        )


SWITCHES = {
    # sacctmgr's switch -> from how many letters on; by the noun of both
    "account": {"WithAssoc": 5, "WithCoordinators": 5, "WithDeleted": 5, "WithRawQOSLevel": 5,
                "WOPLimits": 4},
    "user": {"WithAssoc": 5, "WithCoordinators": 5, "WithDeleted": 5, "WithRawQOSLevel": 5,
             "WOPLimits": 4},
    "association": {"OnlyDefaults": 2, "Tree": 4, "WithDeleted": 5, "WithRawQOSLevel": 5,
                    "WithSubAccounts": 5, "WOPInfo": 4, "WOPLimits": 4},
    "qos": {"WithDeleted": 5},
    "cluster": {"WithDeleted": 5, "WithFed": 5},
    "tres": {"WithDeleted": 5},
}  # fmt: skip
"""Facts: the same on both releases."""


def test_sacctmgr_takes_a_switch_from_so_many_letters_on(cluster: Cluster) -> None:
    """One letter fewer is a name, which nothing bears, or for associations no number."""
    for noun, switches in SWITCHES.items():
        for switch, least in switches.items():
            seen = [
                cluster.run("sacctmgr", "-inP", "list", noun, word).stdout != ""
                for word in (switch[: least - 1], switch[:least], switch[:least].upper(), switch)
            ]
            assert seen == [False, True, True, True], (noun, switch)
            assert cluster.run("sacctmgr", "-inP", "list", noun, f"{switch}x").stdout == ""


def test_a_switch_is_one_from_so_many_letters_on(executor: Cli) -> None:
    """What a switch does here, it does in short; what this program has not, it refuses by name."""
    fill(executor.cell.cluster)
    words = {"association": "assoc"}
    for noun, switches in SWITCHES.items():
        for switch, least in switches.items():
            listing = (words.get(noun, noun), "list")
            whole = executor(*listing, switch)
            assert whole.code in {0, 10}, (noun, switch, whole)
            assert (whole.code, whole.out == "") in {(0, False), (10, True)}, (noun, switch)
            for word in (switch[:least], switch[: least + 1].upper(), switch.lower()):
                assert executor(*listing, word) == whole, (noun, word)


def test_a_switch_among_conditions_is_no_name(executor: Cli) -> None:
    fill(executor.cell.cluster)
    right = executor("user list name=pbu1 WithCoord")
    assert (right.code, "pbu1" in right.out, right.err) == (0, True, "")
    for word in ("WithCoordinator", "withc", "WITHCOORDINATORS", "withcoord"):
        assert executor(f"user list where name=pbu1 {word}") == right
        assert executor(f"user list {word} pbu1") == right
    refused = executor("assoc list where user=pbu1 witha")
    assert (refused.code, refused.out) == (10, "")
    assert refused.err.startswith("slurmctl-rest: assoc list has no switch WithAssoc (")


def test_an_unknown_word_after_where_is_refused(executor: Cli) -> None:
    fill(executor.cell.cluster)
    cases = {
        "user list where name=pbu1 withcoordx": (
            "user 'withcoordx' does not exist, and is not a switch (did you mean WithCoord?)"
        ),
        "user list where name=pbu1 foo": (
            "user 'foo' does not exist, and is neither a condition nor a switch (write a "
            "condition as FIELD=VALUE)"
        ),
        "account list where pba withassocs": (
            "account 'withassocs' does not exist, and is not a switch (did you mean WithAssoc?)"
        ),
        "assoc list where account=pba foo": "associations have no names: 'foo' (write account=foo "
        "or user=foo)",
    }
    for words, message in cases.items():
        done = executor(words)
        assert (done.code, done.out, done.err) == (2, "", f"slurmctl-rest: {message}\n"), words


def test_an_account_that_is_called_as_a_switch_is_named_by_name(executor: Cli) -> None:
    """sacctmgr adds such an account, too; a bare word is the switch from then on."""
    cluster = executor.cell.cluster
    assert executor("account add withc -i").code == 0
    assert cluster.sacctmgr("-nP", "list", "account", "name=withc", "format=account") == "withc\n"
    assert cluster.sacctmgr("-nP", "list", "account", "withc", "format=account") == "root\nwithc\n"
    assert executor("account list name=withc format=account -P -n").out == "withc\n"
    assert executor("account list withc format=account -P -n").out == "root\nwithc\n"
    for words in ("account modify withc set Fairshare=3 -i", "account delete withc -i"):
        done = executor(words)
        assert (done.code, done.err) == (
            2,
            "slurmctl-rest: 'withc' is sacctmgr's switch WithCoord: only lists accept it "
            "(if account 'withc' is meant, write name=withc)\n",
        )
    assert executor("account modify name=withc set Fairshare=3 -i").code == 0
    assert executor("account delete name=withc -i").code == 0
    assert cluster.sacctmgr("-nP", "list", "account", "format=account") == "root\n"


@pytest.mark.newest
def test_withcoord_shows_coordinators_with_the_accounts_below_as_sacctmgr_does(cli: Cli) -> None:
    cluster = cli.cell.cluster
    fill(cluster)
    cluster.sacctmgr("add", "account", "pbc", "parent=pbb")
    cluster.sacctmgr("add", "coordinator", "account=pbb", "name=pbu3,pbu2")
    for noun, columns in (("account", "Account,Coord"), ("user", "User,Coord")):
        listed = cluster.sacctmgr("-nP", "list", noun, "withcoord", f"format={columns}")
        done = cli(noun, "list", "withcoord", f"format={columns}", "-P", "-n")
        assert (done.code, done.out, done.err) == (0, listed, "")
        whole = cluster.sacctmgr("-P", "list", noun, "withcoord")
        assert cli(noun, "list", "withcoord", "-P").out == whole
    # JSON tells them apart, with the switch or without.
    (pbc,) = cli("account list pbc --json").items
    assert (pbc["Coordinators"], pbc["IndirectCoordinators"]) == ([], ["pbu1", "pbu2", "pbu3"])
    (pbu3,) = cli("user list pbu3 withc --json").items
    assert (pbu3["Coordinators"], pbu3["IndirectCoordinators"]) == (["pbb"], ["pbc"])


# --- values


def test_fairshare_2147483647_is_parent_wherever_it_is_given(cli: Cli) -> None:
    """Every dump writes it so, and slurmrestd tells and takes the number."""
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "account", "pba", "Fairshare=3")
    cluster.sacctmgr("add", "account", "pbz", "Fairshare=2147483647")
    assert cli("account add pbb Fairshare=2147483647 -i").code == 0
    assert cli("account modify pba set Fairshare=2147483647 -i").code == 0
    assert cli("user add pbu1 account=pba fairshare=2147483647 -i").code == 0
    assert cli("user add pbu2 account=pba fairshare=5 -i").code == 0
    done = cli("user modify pbu2 set shares=2147483647 -i")
    assert (done.code, done.out) == (
        0,
        "association pbu2 in pba: modified\n  Fairshare: 5 -> parent\n",
    )
    file = cli.config.parent / "users.csv"
    file.write_text("User,Account,Fairshare\npbu3,pba,2147483647\npbu4,pba,4\n")
    assert cli("user", "add", "--from", str(file), "-i").code == 0
    again = cli("account modify pba set Fairshare=parent -i")
    assert (again.code, again.out) == (0, "account pba: already so\n")
    listed = cluster.sacctmgr("-nP", "list", "assoc", "format=account,user,share")
    right = ["pba||parent", "pba|pbu1|parent", "pba|pbu2|parent", "pba|pbu3|parent", "pba|pbu4|4"]
    right += ["pbb||parent", "pbz||parent", "root||1", "root|root|1"]
    assert sorted(listed.splitlines()) == sorted(right)
    refused = cli("account modify pba set Fairshare=2147483648 -i")
    assert (refused.code, refused.err) == (
        2, "slurmctl-rest: Fairshare: 2147483648 is more than the maximum (2147483646)\n",
    )  # fmt: skip


MODES = {
    "gang": "gang", "suspend,gang": "gang,suspend", "gang,suspend": "gang,suspend",
    "GANG,Cancel": "gang,cancel", "requeue,gang": "gang,requeue", "cluster,gang": "gang",
    "gang,off": "gang", "gang,gang": "gang", "suspend": "suspend", "off": "cluster",
    "": "cluster",
}  # fmt: skip
OF_COMMANDS = {
    "within": "within", "within,cancel": "within,cancel", "suspend,within": "within,suspend",
    "cluster,within": "within", "within,within": "within",
}  # fmt: skip
NO_MODES = ("within,gang", "gang,within", "requeue,cancel", "within,suspend,gang", "off,cancel",
            "cancel,cancel", "priority,gang", "junk", "-1")  # fmt: skip


def test_preempt_modes_are_taken_as_by_sacctmgr(cli: Cli) -> None:
    cluster = cli.cell.cluster
    taken = {**MODES, **(OF_COMMANDS if cli.cell.executor == "cli" else {})}
    for mode, shown in taken.items():
        for add in (["sacctmgr", "-i", "add", "qos", "pbq", f"preemptmode={mode}"], None):
            if add:
                assert cluster.run(*add).returncode == 0, mode
            else:
                assert cli("qos", "add", "pbq", f"PreemptMode={mode}", "-i").code == 0, mode
            assert mode_of(cluster) == shown, (mode, add)
            assert cli("qos list pbq -P -n format=PreemptMode").out == f"{shown}\n"
            cluster.sacctmgr("delete", "qos", "pbq")
    cluster.sacctmgr("add", "qos", "pbq")
    for mode in NO_MODES:
        modify = ("sacctmgr", "-i", "modify", "qos", "pbq", "set", f"preemptmode={mode}")
        assert cluster.run(*modify).returncode == 1, mode
        assert cli("qos", "modify", "pbq", "set", f"PreemptMode={mode}", "-i").code == 2, mode
        assert mode_of(cluster) == "cluster", mode


def test_a_preempt_mode_with_gang_is_kept_by_a_modification(cli: Cli) -> None:
    cluster = cli.cell.cluster
    for mode in ("gang", "gang,suspend", "gang,cancel", "gang,requeue"):
        cluster.sacctmgr("add", "qos", "pbq", f"preemptmode={mode}", "flags=NoDecay")
        done = cli("qos modify pbq set Priority=3 -i")
        assert (done.code, done.err) == (0, "")
        assert mode_of(cluster) == mode
        (item,) = cli("qos list pbq --json").items
        assert (item["PreemptMode"], item["Flags"]) == (mode, ["NoDecay"])
        again = cli(f"qos modify pbq set PreemptMode={','.join(reversed(mode.split(',')))} -i")
        assert (again.code, again.out) == (0, "qos pbq: already so\n")
        met = cli(f"qos list where PreemptMode={mode} -P -n format=Name").out
        assert met == "pbq\n"
        assert cli("qos modify pbq set PreemptMode=cluster -i").code == 0
        assert mode_of(cluster) == "cluster"
        cluster.sacctmgr("delete", "qos", "pbq")


def mode_of(cluster: Cluster) -> str:
    return cluster.sacctmgr("-nP", "list", "qos", "pbq", "format=preemptmode").rstrip("\n")


AMOUNTS = (
    *("mem=1000", "mem=1024", "mem=1000M", "mem=4g", "mem=4G", "mem=4GB", "mem=4Gi", "mem=4gib"),
    *("mem=1MB", "mem=3T", "mem=3P", "mem=0", "cpu=1K", "cpu=2k", "cpu=1M", "cpu=3G", "cpu=1KB"),
    *("node=1K", "energy=1K", "billing=2K", "fs/disk=1K", "fs/disk=1024", "vmem=1G", "pages=1M"),
    *("gres/gpu=1K", "gres/gpu:a100=2", "license/matlab=1K", "cpu=010", "gres/gpumem=1024"),
    *("gres/gpumem=1025", "gres/gpuutil=7"),
)
"""What both take."""

NO_AMOUNTS = {
    # sacctmgr stores another number, or none: what it would store, and the words of the refusal
    "mem=1024K": (
        "1G",
        "sacctmgr reads mem=1024K as 1024 MB (write mem=1024M for that, mem=1M for",
    ),
    "mem=1k": ("1M", "sacctmgr reads mem=1k as 1 MB (write mem=1M"),
    "mem=1023KB": (
        "1023M",
        "sacctmgr reads mem=1023KB as 1023 MB (write mem=1023M for that, mem=1M",
    ),
    "cpu=3T": ("3", "sacctmgr reads cpu=3T as 3 (write cpu=3298534883328"),
    "node=3p": ("3", "sacctmgr reads node=3p as 3 (write node=3377699720527872"),
    "fs/disk=2T": ("2", "sacctmgr reads fs/disk=2T as 2 (write fs/disk=2199023255552"),
    "gres/gpumem=1K": ("1G", "sacctmgr reads gres/gpumem=1K as 1024, and prints it as 1G (write"),
    "gres/gpumem=3G": ("3P", "sacctmgr reads gres/gpumem=3G as 3221225472, and prints it as 3P"),
    "mem=1.5G": ("1M", "'mem=1.5G' is not a whole number"),
    "cpu=1.5": ("1", "'cpu=1.5' is not a whole number"),
    "mem=100b": ("100M", "'mem=100b' is not a whole number"),
    "mem=1E": ("1M", "'mem=1E' is not a whole number"),
    "mem=-1G": ("16?", "'mem=-1G' is not a whole number"),
    "cpu=0x10": ("0", "'cpu=0x10' is not a whole number"),
    "cpu=1e3": ("1", "'cpu=1e3' is not a whole number"),
}


def test_counts_of_tres_are_what_sacctmgr_stores_or_are_refused(executor: Cli) -> None:
    cluster = executor.cell.cluster
    cluster.sacctmgr("add", "account", "ours,theirs")
    for amount in AMOUNTS:
        name = amount.partition("=")[0]
        cluster.sacctmgr("modify", "account", "theirs", "set", f"GrpTRES={amount}")
        done = executor("account", "modify", "ours", "set", f"GrpTRES={amount}", "-i")
        assert (done.code, stored(cluster, "ours")) == (0, stored(cluster, "theirs")), amount
        # Both read what sacctmgr prints: 1G of gres/gpumem is 1024.
        (ours, theirs) = executor("account list ours,theirs --json").items
        assert ours["GrpTRES"] == theirs["GrpTRES"] != {}, amount
        cluster.sacctmgr("modify", "account", "ours,theirs", "set", f"GrpTRES={name}=-1")
    for amount, (shown, words) in NO_AMOUNTS.items():
        name = amount.partition("=")[0]
        cluster.run("sacctmgr", "-i", "modify", "account", "theirs", "set", f"GrpTRES={amount}")
        assert stored(cluster, "theirs") == f"{name}={shown}", amount
        done = executor("account", "modify", "ours", "set", f"GrpTRES={amount}", "-i")
        assert (done.code, stored(cluster, "ours")) == (2, ""), amount
        assert words in done.err, done.err
        cluster.sacctmgr("modify", "account", "theirs", "set", f"GrpTRES={name}=-1")


def test_counts_of_a_qos_are_what_sacctmgr_stores(cli: Cli) -> None:
    cluster = cli.cell.cluster
    cluster.sacctmgr("add", "qos", "pbq", "GrpTRES=mem=4096,gres/gpumem=1024,cpu=1K")
    assert cli("qos list pbq -P -n format=GrpTRES").out == ("cpu=1024,gres/gpumem=1024,mem=4G\n")
    assert cli("qos modify pbq set GrpTRES=gres/gpumem=2048,mem=2T -i").code == 0
    listed = cluster.sacctmgr("-nP", "list", "qos", "pbq", "format=grptres")
    assert listed == "cpu=1024,gres/gpumem=2G,mem=2T\n"
    assert cli("qos modify pbq set GrpTRES=mem=1024K -i").code == 2


def stored(cluster: Cluster, account: str) -> str:
    where = ("where", f"account={account}", "user=", "format=grptres")
    return cluster.sacctmgr("-nP", "list", "assoc", *where).rstrip("\n")


DURATIONS = (
    *("90", "0", "90:30", "1:2:3", "1-0", "1-2", "1-2:3", "1-2:3:4", "1-", "0:30", "0:0:1"),
    *("00:00:59", "00:01:01", "1:90", "25:00:00", "1-25", "100:100:100", "0-0", "0-0:1", "-1"),
    *("UNLIMITED", "INFINITE", "infinite", "007"),
)
NO_DURATIONS = ("90m", "90s", "1h", "5.5", "abc", "NONE", "1:2:3:4", "1-2-3", "+5", "", "invalid")


def test_durations_are_what_sacctmgr_stores_or_are_refused(executor: Cli) -> None:
    cluster = executor.cell.cluster
    cluster.sacctmgr("add", "account", "ours,theirs")
    cluster.sacctmgr("add", "qos", "ours,theirs")
    for text in DURATIONS:
        for noun, field in (("account", "MaxWall"), ("qos", "PreemptExemptTime")):
            cluster.sacctmgr("modify", noun, "ours,theirs", "set", f"{field}=7-0")
            cluster.sacctmgr("modify", noun, "theirs", "set", f"{field}={text}")
            done = executor(noun, "modify", "ours", "set", f"{field}={text}", "-i")
            assert (done.code, wall(cluster, noun, "ours", field)) == (
                0,
                wall(cluster, noun, "theirs", field),
            ), (text, field)
    for text in NO_DURATIONS:
        theirs = cluster.run(
            "sacctmgr", "-i", "modify", "account", "ours", "set", f"MaxWall={text}"
        )
        assert theirs.returncode == 1, text
        assert executor("account", "modify", "ours", "set", f"MaxWall={text}", "-i").code == 2, text


def wall(cluster: Cluster, noun: str, name: str, field: str) -> str:
    listing = ("list", "qos", name) if noun == "qos" else ("list", "assoc", f"account={name}")
    return cluster.sacctmgr("-nP", *listing, f"format={field}")
