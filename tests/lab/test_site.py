"""Accounting as code, on real Slurm: what is exported comes back, whatever somebody did meanwhile.

SITE_ROUNDS=500    rounds of the random test in each cell, from a random seed
"""

from __future__ import annotations

import json
import os
import re
from difflib import ndiff
from pathlib import Path
from random import Random

import pytest

from slurmctl_rest.cli.guarding import BEYOND_GUARDS
from tests.docs.pages import FENCED, PAGES

from .cells import PROFILE, Cell, Cli, dump, state
from .cluster import Cluster
from .random_sites import changes, tree, words
from .test_dump_load import furnished  # noqa: F401 (a fixture)
from .test_transcripts import submitted

ROUNDS = int(os.environ.get("SITE_ROUNDS", "0"))
"""Rounds of a long run, each from a random seed; in CI there are IN_CI a cell, from SEED on."""
IN_CI = 3
SEED = int(os.environ.get("SITE_SEED", "22"))


def test_an_export_brings_back_what_somebody_changed(cell: Cell, tmp_path: Path) -> None:
    first = Random().getrandbits(32) if ROUNDS and SEED == 22 else SEED  # noqa: S311 (no secret)
    for number in range(ROUNDS or IN_CI):
        if number:
            cell.cluster.reset()
        print(f"seed {first + number}")
        _round(cell, tmp_path, Random(first + number))  # noqa: S311 (no secret)


def _round(cell: Cell, folder: Path, random: Random) -> None:
    cluster, file = cell.cluster, folder / "site.toml"
    file.unlink(missing_ok=True)
    cli = Cli(cell, folder)
    words([*tree(random)], cluster)
    before = state(cluster), dump(cluster)
    exported = cli("export", "-o", str(file), "--comments")
    assert (exported.code, exported.both) == (0, "")
    assert (cli("diff", "-f", str(file)).code, cli("apply", str(file), "-i").err) == (
        0,
        "nothing to change\n",
    )
    lines = [*changes(random)]
    words(lines, cluster)
    planned = cli("plan", "-f", str(file), "--prune", "--json")
    if planned.code == 4 and ORPHANS in planned.err:
        assert cluster.release.startswith("24.11"), lines
        return
    if planned.code == 4 and ONLY_ACCOUNT in planned.err:
        print(ONLY_ACCOUNT)  # "What the file does not have" in docs/accounting-as-code.md
        return
    assert planned.code == 0, (lines, planned.both)
    plan = json.loads(planned.out)
    applied = cli("apply", str(file), "--prune", "-i")
    if plan["impossible"]:  # over REST: the commands do what the plan has named, and nothing more
        assert cell.executor == "rest", plan["impossible"]
        assert applied.code in {7, 10}, applied.both
        named = {(one["entity"], one["name"]): {*one["fields"]} for one in plan["impossible"]}
        different = cli("diff", "-f", str(file), "--json")
        assert different.code == 8, different.both
        left = json.loads(different.out)["differences"]
        found = {(one["entity"], one["name"]): {*one["fields"]} for one in left}
        assert found == named, lines
        applied = Cli(Cell(cluster, "cli"), folder)("apply", str(file), "--prune", "-i")
    assert applied.code == 0, (lines, applied.both)
    # What clears a comment leaves an empty one, which the dump alone shows.
    after = state(cluster), dump(cluster).replace(":Comment=''", "")
    pairs = [*zip(before, after, strict=True)][: 1 if has_outdated_lineage(cluster) else 2]
    differs = [line for old, new in pairs for line in _differ(old, new)]
    assert not differs, (differs, lines, applied.both)
    assert Cli(cell, folder)("diff", "-f", str(file)).code == 0


def has_outdated_lineage(cluster: Cluster) -> bool:
    """Tell whether an account was moved with more than one step below it, on 24.11.

    What is there keeps the lineage (test_facts.py), by which `sacctmgr dump` sorts: it leaves out
    such rows, and the limits of root.
    """
    told = cluster.sacctmgr("-nP", "list", "assoc", "format=account,user,parentname,lineage")
    rows = [line.split("|") for line in told.splitlines()]
    own = {account: lineage for account, user, _, lineage in rows if not user}
    above = (
        (own[account if user else parent or account], at) for account, user, parent, at in rows
    )
    return not all(at.startswith(place) for place, at in above)


ORPHANS = ", and associations in it are left: "
"""Of an account that sacctmgr 24.11 has deleted, and not what was in it: see docs/deleting.md."""
ONLY_ACCOUNT = ", who has no other account on cluster"
"""Of a partition's association that takes the place of that for all, or the other way round."""


def _differ(old: str, new: str) -> list[str]:
    """Return the lines that differ; who has no association is in nobody's scope."""
    first, second = (
        sorted(one for one in text.splitlines() if not ALONE.match(one)) for text in (old, new)
    )
    return [one for one in ndiff(first, second) if one[0] != " "]


ALONE = re.compile(r"user u4 admin=None$|account a5 ")


def test_what_24_11_leaves_in_a_deleted_account_is_named_before_it_comes_back(
    cli: Cli, tmp_path: Path
) -> None:
    """Else the account would be added above associations that its limits do not hold."""
    cluster, file = cli.cell.cluster, tmp_path / "site.toml"
    cluster.sacctmgr("add", "account", "new,old")
    cluster.sacctmgr("add", "account", "physics", "parent=old")
    cluster.sacctmgr("add", "user", "alice", "account=physics")
    file.write_text("[account.physics]\n")
    cluster.sacctmgr("modify", "account", "old", "set", "parent=new")
    cluster.run("sacctmgr", "-i", "delete", "account", "new")
    applied = cli("apply", str(file), "-i")
    orphans = next(one for one in cli("doctor --json").items if one["Check"] == "orphans")
    if not cluster.release.startswith("24.11"):
        assert (applied.code, orphans["Status"]) == (0, "ok")
        return
    assert (applied.code, orphans["Status"]) == (4, "warn")
    added = cli("account add physics -i")
    assert added.code == 4
    for done in (applied, added):
        assert f"account 'physics' is gone from cluster 'trixie'{ORPHANS}alice" in done.err
    assert cli("user delete alice -i").code == 0
    assert cli("apply", str(file), "-i").code == 0
    assert next(o for o in cli("doctor --json").items if o["Check"] == "orphans")["Status"] == "ok"


def test_a_file_gives_the_same_state_over_both_executors(cluster: Cluster, tmp_path: Path) -> None:
    file, states = tmp_path / "site.toml", []
    lines = [line for line in tree(Random(SEED)) if "qos+=" not in line]  # noqa: S311 (no secret)
    words(lines, cluster)
    wanted = state(cluster), dump(cluster)
    assert Cli(Cell(cluster, "cli"), tmp_path)("export", "-o", str(file)).code == 0
    for executor, version in (("cli", ""), ("rest", cluster.api_versions[-1])):
        cluster.reset()
        applied = Cli(Cell(cluster, executor, version), tmp_path)("apply", str(file), "-i")
        assert applied.code == 0, applied.both
        states.append((state(cluster), dump(cluster)))
    assert states == [wanted, wanted]


SITE = """
[scope]
accounts = ["science"]
unmanaged = ["staff*"]
[account.science]
users = ["alice"]
[account.physics]
Parent = "science"
MaxJobs = 5
GrpTRES = { cpu = 10 }
users = ["alice", { User = "bob", Partition = "debug", MaxWall = 60 }]
"""
THERE = (
    "add account name=science,other",
    "add account name=physics,old,staffed parent=science",
    "modify account name=physics set MaxJobs=3 GrpJobs=7 GrpTRES=mem=900",
    "add user name=alice,zoe account=physics",
    "add user name=zoe account=other",
    "add user name=staff account=physics,staffed",
    "add user name=dora account=old",
    "add qos name=high",
)


def test_only_the_scope_is_touched_and_what_is_unmanaged_stays(cell: Cell, cli: Cli) -> None:
    words(THERE, cell.cluster)
    file = cli.config.with_name("site.toml")
    file.write_text(SITE)
    outside = _lines(cell.cluster, "other", "staff", "root", "qos", "science/")
    differs = cli("diff", "-f", str(file))
    assert (differs.code, differs.err) == (
        8,
        "1 different, 3 only in the file, 2 only on the cluster (cluster -> file)\n",
    )
    assert differs.out.splitlines()[:3] == [
        "account physics: differs",
        "  GrpTRES: mem=900M -> cpu=10,mem=900M",
        "  MaxJobs: 3 -> 5",
    ]
    done = cli("apply", str(file), "-i")
    assert (done.code, "deleted" in done.out) == (0, False), done.both
    assert "assoc physics/zoe" in state(cell.cluster)
    done = cli("apply", str(file), "--prune", "-i")
    assert done.code == 0, done.both
    assert _lines(cell.cluster, "other", "staff", "root", "qos", "science/") == outside
    assert "assoc physics Share" not in state(cell.cluster)
    found = {line.split()[1] for line in state(cell.cluster).splitlines() if "assoc phys" in line}
    assert found == {"physics", "physics/alice*", "physics/bob/debug*", "physics/staff*"}
    assert "old" not in state(cell.cluster)
    assert cli("apply", str(file), "--prune", "-i").err == "nothing to change\n"


def _lines(cluster: Cluster, *of: str) -> list[str]:
    """Return lines of the state, without the marks of default accounts."""
    lines = [line.replace("*", "") for line in state(cluster).splitlines()]
    lines = [line for line in lines if any(word in line for word in of)]
    return [line for line in lines if "user zoe" not in line and "alice" not in line]


def test_a_plan_is_not_applied_after_somebody_changed_one_of_its_rows(
    executor: Cli, tmp_path: Path
) -> None:
    cluster = executor.cell.cluster
    words(THERE, cluster)
    file, plan = tmp_path / "site.toml", tmp_path / "plan.json"
    file.write_text(SITE)
    assert executor("plan", "-f", str(file), "--prune", "-o", str(plan)).code == 0
    digest = json.loads(plan.read_text())["digest"]
    other = executor("plan", "-f", str(file), "--prune", "--json")
    assert json.loads(other.out)["digest"] == digest
    cluster.sacctmgr("modify", "account", "physics", "set", "MaxJobs=4")
    before = state(cluster)
    refused = executor("apply", str(plan), "-i")
    assert (refused.code, state(cluster)) == (4, before)
    assert refused.err.splitlines()[-1].startswith(
        "slurmctl-rest: account 'physics': MaxJobs was 3 when the plan was made, and is 4 now"
    )
    cluster.sacctmgr("modify", "account", "physics", "set", "MaxJobs=3", "GrpJobs=8")  # not its own
    cluster.sacctmgr("add", "account", "newer", "parent=science")
    applied = executor("apply", str(plan), "-i")
    assert applied.code == 0, applied.both
    assert "assoc newer" in state(cluster)  # only what was planned
    assert executor("apply", str(plan), "-i").code == 0
    plan.write_text(plan.read_text().replace('"after": 5', '"after": 6'))
    edited = executor("apply", str(plan), "-i")
    assert (edited.code, "are not those of its digest" in edited.err) == (2, True)


def test_both_sides_are_told_apart_since_the_last_apply(executor: Cli, tmp_path: Path) -> None:
    cluster = executor.cell.cluster
    words(THERE, cluster)
    file = tmp_path / "site.toml"
    file.write_text(SITE)
    assert executor("diff", "-f", str(file), "--json").out.count('"origins": []') == 1
    assert executor("apply", str(file), "-i").code == 0
    (noted,) = (tmp_path / "state/slurmctl-rest").iterdir()
    assert noted.stat().st_mode & 0o777 == 0o600
    cluster.sacctmgr("modify", "account", "physics", "set", "MaxJobs=9")
    cluster.sacctmgr("add", "user", "eve", "account=physics")
    cluster.sacctmgr("modify", "user", "bob", "where", "account=physics", "set", "MaxWall=30")
    drift = executor("diff", "-f", str(file))
    since = "changed on the cluster since your last apply, by root"
    assert (drift.code, drift.err.splitlines()[1:]) == (
        8,
        [
            f"account 'physics' MaxJobs: {since} (applied last: 5)",
            f"association 'bob in physics (debug)' MaxWall: {since} (applied last: 01:00:00)",
            f"association 'eve in physics': {since}",
        ],
    )
    file.write_text(SITE.replace("MaxJobs = 5", "MaxJobs = 7"))
    before = state(cluster)
    for sentence in (("plan", "-f", str(file)), ("apply", str(file), "-i")):
        refused = executor(*sentence)
        assert (refused.code, state(cluster)) == (4, before)
        assert refused.err.splitlines()[-1].startswith(
            "slurmctl-rest: changed on the cluster and in the file since the last apply: account "
            "'physics' MaxJobs: the file has 7, the last apply had 5, and the cluster has 9, by "
            "root"
        )
    # Guards hold for a file as well, and an approval is of the plan that was shown.
    plain = executor.config.read_text()
    executor.config.write_text(f"{plain}[profiles.{PROFILE}.guard]\nmax_changes = 0\n")
    keep = ("apply", str(file), "-i", "--conflict", "keep")
    plan = executor("plan", "-f", str(file), "--conflict", "keep", "--json")
    (guarded,) = json.loads(plan.out)["guards"]
    assert guarded.startswith("max_changes: 1 change (association 'bob in physics (debug)')")
    assert f"apply will be {BEYOND_GUARDS}: {guarded}" in json.loads(plan.out)["warnings"]
    digest = json.loads(plan.out)["digest"]
    assert (executor(*keep).code, state(cluster)) == (9, before)
    done = executor(*keep, "--approve", digest)
    both = "changed on the cluster and in your file since your last apply (applied last: 5)"
    assert f"account 'physics' MaxJobs: {both}; the cluster's value is kept\n" in done.err
    assert done.code == 0
    executor.config.write_text(plain)
    assert "MaxJobs=9" in state(cluster)
    assert executor("apply", str(file), "-i").code == 4  # it was kept, and is not settled
    assert executor("apply", str(file), "-i", "--conflict", "overwrite").code == 0
    assert "MaxJobs=7" in state(cluster)
    metrics = executor("diff", "-f", str(file), "--output", "prometheus").out.splitlines()
    assert (
        f'slurmctl_rest_differences{{cluster="{cluster.cluster_name}",entity="account",'
        'where="both"} 0'
    ) in metrics


def test_running_jobs_stop_what_would_be_deleted(executor: Cli, tmp_path: Path) -> None:
    cluster = executor.cell.cluster
    words(("add account name=science,old", "add user name=alice account=old"), cluster)
    submitted(cluster, "alice", ["sbatch", "-A", "old", "-n1", "--wrap=sleep 300"])
    file = tmp_path / "site.toml"
    file.write_text("[account.science]\nMaxJobs = 3\n")
    before = state(cluster)
    for verb in (("plan", "-f"), ("apply",)):
        refused = executor(*verb, str(file), "--prune", *["-i"] * (verb == ("apply",)))
        assert (refused.code, "job is active" in refused.err) == (4, True), refused.both
    assert state(cluster) == before


def test_many_users_come_from_a_file_in_few_requests(executor: Cli, tmp_path: Path) -> None:
    lines, file = [], tmp_path / "site.toml"
    for number in range(10):
        names = ", ".join(f'"m{number:02}{user:02}"' for user in range(30))
        lines += [f"[account.many{number}]", f"users = [{names}]"]
    file.write_text("\n".join(lines))
    done = executor("apply", str(file), "-i", "-v")
    assert done.code == 0, done.both
    writes = [line for line in done.err.splitlines() if " -i " in line or "+ POST" in line]
    assert len(writes) <= 13, writes
    assert len(executor("user list --json").items) == 301
    again = executor("apply", str(file), "-i", "-v")
    assert (again.code, " -i " in again.err, "+ POST" in again.err) == (0, False, False)


def test_the_tutorial_is_true(executor: Cli, tmp_path: Path) -> None:
    page = PAGES["docs/accounting-as-code.md"].partition("\n## The file")[0]
    file = tmp_path / "site.toml"
    codes: list[int] = []
    for language, text in FENCED.findall(page):
        if language == "toml":
            file.write_text(file.read_text() + text)
        for line in text.splitlines() if language == "bash" else ():
            if line.startswith("slurmctl-rest "):
                words_ = line.partition(" ||")[0].removeprefix("slurmctl-rest ")
                in_folder = re.sub(r"(site|plan)(?=\.)", rf"{tmp_path}/\1", words_)
                done = executor(in_folder)
                assert done.code in ({0, 8} if "||" in line else {0}), done.both
                codes.append(done.code)
    assert codes == [0, 0, 8, 0, 0, 0, 0, 8, 0, 0]


def test_a_rich_tree_comes_back_on_an_empty_cluster(
    furnished: Cell,  # noqa: F811 (the fixture)
    cli: Cli,
) -> None:
    """Dump, export, apply on an empty cluster, dump: but for what an executor cannot do."""
    file, cluster = cli.config.with_name("site.toml"), furnished.cluster
    before = state(cluster), dump(cluster)
    dumped = file.with_name("site.cfg")
    assert cli("export", "-o", str(dumped)).code == 0
    assert cli("diff", "-f", str(dumped)).both == f"no differences from {cluster.cluster_name}\n"
    assert cli("export", "-o", str(file), "--comments").code == 0
    cluster.reset()
    planned = cli("plan", "-f", str(file), "--json")
    impossible = json.loads(planned.out)["impossible"]
    assert {one["name"] for one in impossible} <= {"a2"}, impossible
    assert cli("apply", str(file), "-i").code == (7 if impossible else 0)
    if impossible:
        assert Cli(Cell(cluster, "cli"), file.parent)("apply", str(file), "-i").code == 0
    differs = [
        line
        for old, new in zip(before, (state(cluster), dump(cluster)), strict=True)
        for line in _differ(old, new.replace(":Comment=''", ""))
    ]
    if furnished.api_version == "v0.0.40":  # it does not know the flags of accounts
        differs = [line for line in differs if "'flagged'" not in line]
    assert not differs


def test_an_object_is_edited_until_it_can_be_followed(
    executor: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = executor.cell.cluster
    words(THERE, cluster)
    seen, editor = tmp_path / "seen", tmp_path / "editor"
    first = 's/MaxJobs = 3/MaxJobs = 4/; s/GrpJobs = 7/QosLevel = ["nosuch"]/'
    editor.write_text(
        f'#!/bin/sh\ncat "$1" >> {seen}\n'
        f'grep -q nosuch "$1" && exec sed -i s/nosuch/normal/ "$1"\nsed -i \'{first}\' "$1"\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    done = executor("edit account physics -i")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "account physics: modified",
            "  MaxJobs: 3 -> 4",
            "  QosLevel: (inherited: normal) -> normal",
        ],
    ), done.both
    assert "\n#! [account.physics] QosLevel: qos 'nosuch' does not exist" in seen.read_text()
    assert "GrpJobs=7" in state(cluster)  # a line that is removed leaves its field
    change = 's/^# GrpJobs = .*/GrpJobs = 3/; s/AdminLevel = "None"/AdminLevel = "Operator"/'
    editor.write_text(f"#!/bin/sh\nsed -i '{change}' \"$1\"\n")
    for sentence, out in (
        (
            "edit assoc user=alice account=physics -i",
            "association alice in physics: modified\n  GrpJobs: (unset) -> 3\n",
        ),
        ("edit user alice -i", "user alice: modified\n  AdminLevel: None -> Operator\n"),
    ):
        done = executor(sentence)
        assert (done.code, done.out) == (0, out), done.both
    # Others change the same object while the editor is open.
    theirs = f"{cluster.bin_path}/sacctmgr -i modify account physics set"
    mine = "sed -i 's/^MaxJobs = .*/MaxJobs = 6/' \"$1\""
    editor.write_text(f"#!/bin/sh\n{mine}\n{theirs} GrpJobs=9 GrpTRES=cpu=2\n")
    done = executor("edit account physics -i")
    assert (done.code, done.out) == (0, "account physics: modified\n  MaxJobs: 4 -> 6\n"), done.both
    assert executor("account list physics format=GrpJobs,GrpTRES -nP").out == "9|cpu=2,mem=900M\n"
    editor.write_text(f"#!/bin/sh\n{mine.replace('6', '8')}\n{theirs} MaxJobs=7\n")
    done = executor("edit account physics -i")
    assert (done.code, done.err) == (
        4,
        "slurmctl-rest: account 'physics' MaxJobs: somebody has changed it from 6 to 7 while it "
        "was edited (nothing was changed; edit it again)\n",
    )
    assert executor("account list physics format=MaxJobs -nP").out == "7\n"
    assert executor("edit assoc user=alice -i").code == 2
    assert executor("edit assoc user=dora account=physics -i").code == 3
    monkeypatch.setenv("EDITOR", "true")
    assert executor("edit qos high -i").err == "nothing to change\n"
    assert executor("edit qos hihg -i").code == 3


WCKEYS_OF_USERS = """
[account.physics]
users = ["alice", "zoe"]
[user.alice]
WCKeys = ["blue", "red"]
DefaultWCKey = "red"
[user.zoe]
DefaultWCKey = "blue"
"""


def test_wckeys_of_users(cell: Cell, cli: Cli) -> None:
    words(("add account physics", "add user alice account=physics wckey=blue"), cell.cluster)
    file = cli.config.with_name("site.toml")
    file.write_text(WCKEYS_OF_USERS)
    applied = cli("apply", str(file), "-i")
    assert applied.code == 0, applied.both
    listed = cell.cluster.sacctmgr("-nP", "list", "wckey", "format=user,wckey").split()
    assert {*listed} == {"alice|blue", "alice|red", "zoe|blue"}
    listed = cell.cluster.sacctmgr("-nP", "list", "user", "format=user,defaultwckey").split()
    assert {*listed} == {"alice|red", "zoe|blue", "root|"}
    assert cli("diff", "-f", str(file)).code == 0
    file.write_text(WCKEYS_OF_USERS.replace('"blue", ', ""))
    planned = json.loads(cli("plan", "-f", str(file), "--json").out)
    taken = {"WCKeys": {"before": ["blue", "red"], "after": ["red"]}}
    assert [one["fields"] for one in planned["impossible"]] == [taken]
