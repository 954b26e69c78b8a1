"""Slurm's journal replayed against what Slurm shows, after random writes of several actors.

JOURNAL_STEPS: how many (in CI 200); JOURNAL_SEED: another sequence.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from slurmctl_rest.backends.commands.associations import as_slurmrestd_shows
from slurmctl_rest.cli.console import Options
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.journal import JournalReading
from slurmctl_rest.cli.past import PastRows, rows_at
from slurmctl_rest.journal.as_of import moved_unseen
from slurmctl_rest.journal.replay import Replay
from slurmctl_rest.journal.values import FIELDS_OF_COLUMNS
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, USER
from slurmctl_rest.model.fields import Entity, Row

from .cells import Cell, Cli, dump, state
from .cluster import Cluster
from .journal_steps import Steps, made
from .machine import wait_until

STEPS = int(os.environ.get("JOURNAL_STEPS", "200"))
SEED = int(os.environ.get("JOURNAL_SEED", "1"))
MOMENTS = int(os.environ.get("JOURNAL_MOMENTS", "3"))
NOW = 2**40
BESIDE = {ACCOUNT.noun: ("Coordinators",), USER.noun: ("DefaultAccount",)}
"""Fields of a row that are no columns of its own table."""
OLDER = frozenset({"root", "normal"})
"""What slurmdbd makes itself, without a transaction."""


def programs(cluster: Cluster, folder: Path) -> tuple[Cli, Cli]:
    """Return this program over slurmrestd, and over the Slurm commands."""
    found: list[Cli] = []
    for cell in (Cell(cluster, "rest", cluster.api_versions[-1]), Cell(cluster, "cli")):
        (folder / cell.executor).mkdir()
        found.append(Cli(cell, folder / cell.executor))
    return found[0], found[1]


def reading(cluster: Cluster, folder: Path) -> JournalReading:
    """Return what reads the journal of a cluster."""
    config = folder / "journal.toml"
    config.write_text(Cell(cluster, "cli").profile())
    context = Context()
    context.options = Options(profile="cell", config=config)
    return JournalReading(context, cluster.cluster_name)


def different(entity: Entity, ours: Mapping[str, Row], theirs: Mapping[str, Row]) -> list[str]:
    """Return each value that differs: ours, then Slurm's."""
    names = [field.name for field in FIELDS_OF_COLUMNS[entity.noun].values()]
    names = [name for name in names if name not in {"Default", "Comment"}]
    names += BESIDE.get(entity.noun, ())
    found = [f"{entity.noun} {key}: not shown" for key in ours if key not in theirs]
    found += [
        f"{entity.noun} {key}: not told" for key in theirs if key not in ours and key not in OLDER
    ]
    for key in {*ours} & {*theirs}:
        row, other = ours[key], theirs[key]
        found += [
            f"{entity.noun} {key} {name}: {row.get(name, '?')!r} instead of {other.get(name)!r}"
            for name in names
            if (name in row or key not in OLDER) and row.get(name, "?") != other.get(name)
        ]
    return found


def against_slurm(replay: Replay, shown: Mapping[str, Mapping[str, Row]]) -> list[str]:
    """Return every difference of a replay; a move that the journal does not have is none."""
    for name, _, to in moved_unseen(replay, shown[ASSOCIATION.noun]):
        replay.associations[replay.own_rows[name]]["Parent"] = to
    found: list[str] = []
    for entity in (ACCOUNT, USER, ASSOCIATION, QOS):
        ours: Mapping[str, Row] = replay.rows_of(entity)
        if entity is ASSOCIATION:
            ours = dict(zip(ours, as_slurmrestd_shows([*ours.values()]), strict=True))
        found += different(entity, ours, shown[entity.noun])
    return found


def unlike(found: PastRows, then: PastRows) -> list[str]:
    """Return the rows that differ: ours, then those of that moment."""
    told: list[str] = []
    for name in ("accounts", "users", "associations", "qos"):
        ours, theirs = getattr(found, name), getattr(then, name)
        told += [f"{name}: {row}" for row in ours if row not in theirs]
        told += [f"{name} then: {row}" for row in theirs if row not in ours]
    return told


def test_the_journal_replayed_is_what_slurm_shows(cluster: Cluster, tmp_path: Path) -> None:
    cluster.restart()
    rest, commands = programs(cluster, tmp_path)
    steps = Steps(cluster, rest, commands, random.Random(SEED))  # noqa: S311 (a test)
    begin = time.monotonic()
    moments: list[tuple[int, PastRows]] = []
    for number in made(steps, STEPS):
        if number % max(STEPS // MOMENTS, 1) == 0 or number == STEPS:
            reader = reading(cluster, tmp_path)
            replay = reader.replayed(lambda *_: None)
            assert (replay.complaints, against_slurm(replay, reader.present)) == ([], []), number
            moments.append((int(time.time()), rows_at(reader.context, reader.cluster, NOW)))
            time.sleep(1.05)  # the journal counts seconds
    for moment, then in moments:
        context = reading(cluster, tmp_path).context
        found = rows_at(context, cluster.cluster_name, moment)
        assert unlike(found, then) == [], moment
    print(f"{STEPS} steps, {len(moments)} moments in {time.monotonic() - begin:.1f} s")


CHANGES = (
    "add qos jhigh Priority=10 GrpTRES=cpu=10",
    "modify qos jhigh set Flags=DenyOnLimit GrpTRES=mem=5 MaxWall=60",
    "add account ja Description=one",
    "add account jb parent=ja GrpTRES=cpu=50",
    "modify account jb set GrpTRES=cpu=20,gres/gpu=2 MaxJobs=4 Fairshare=9",
    "modify account jb set Description=two Organization=three",
    "add user alice account=jb MaxJobs=3",
    "add user alice account=ja",
    "modify user alice set DefaultAccount=ja",
    "modify user alice where account=jb set qos+=jhigh MaxJobs=-1",
    "modify user alice where account=jb set qos=jhigh",
    "modify user alice set AdminLevel=Operator",
    "add coordinator account=jb names=alice",
    "delete coordinator account=jb names=alice",
    "delete user alice where account=jb",
    "delete account ja cluster={cluster}",
)
"""Each is taken back at once, and made again. A user has another default account before the row of
the first one goes."""


def test_each_single_change_can_be_taken_back(cluster: Cluster, tmp_path: Path) -> None:
    _, program = programs(cluster, tmp_path)
    for line in CHANGES:
        words = line.format(cluster=cluster.cluster_name).split()
        time.sleep(1 - time.time() % 1)  # `last` is what was written in one second
        before = state(cluster)
        cluster.sacctmgr(*words)
        after = state(cluster)
        assert before != after, line
        done = program("undo last -i")
        assert (done.code, state(cluster)) == (0, before), (line, done.told)
        if line != CHANGES[-1]:
            cluster.sacctmgr(*words)


def test_what_others_changed_since_is_kept(cluster: Cluster, tmp_path: Path) -> None:
    _, program = programs(cluster, tmp_path)
    cluster.sacctmgr("add", "account", "ja", "GrpTRES=cpu=1,mem=1", "MaxJobs=1")
    cluster.sacctmgr("modify", "account", "ja", "set", "GrpTRES=cpu=2", "MaxJobs=2", "GrpJobs=2")
    number = program("history account ja -P format=Number").out.split()[-1]
    cluster.sacctmgr("modify", "account", "ja", "set", "GrpTRES=mem=3", "MaxJobs=3", user="slurm")
    kept = program(f"undo {number} -i")
    later = int(number) + 1
    assert kept.err == (
        f"slurmctl-rest: warning: MaxJobs of account 'ja' on {cluster.cluster_name} was set to 3 "
        f"since by slurm (transaction {later}), and is kept; --force takes it back, too\n"
    )
    lines = [
        f"takes back transaction {number}",
        "account ja: modified",
        "  GrpJobs: 2 -> (unset)",
        "  GrpTRES: cpu=2,mem=3M -> cpu=1,mem=3M",
    ]
    assert kept.out.splitlines() == lines
    forced = program(f"undo {number} --force -i")
    assert (forced.code, forced.out) == (
        0,
        f"takes back transaction {number}\n"
        "account ja: modified\n  GrpTRES: cpu=1,mem=3M -> cpu=1,mem=1M\n  MaxJobs: 3 -> 1\n",
    )
    assert program("undo 999999 -i").code == 3


def test_a_deleted_tree_is_restored_with_all_that_belonged_to_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    rest, program = programs(cluster, tmp_path)
    sacctmgr = cluster.sacctmgr
    sacctmgr("add", "qos", "jhigh")
    sacctmgr("add", "account", "ja", "GrpTRES=cpu=100", "qos=normal,jhigh", "Description=top")
    sacctmgr("add", "account", "jb,jc", "parent=ja", "MaxWall=60", "Fairshare=5")
    sacctmgr("add", "account", "jd", "parent=jb", "GrpTRESMins=gres/gpu=7")
    users = ",".join(f"ju{number}" for number in range(40))
    sacctmgr("add", "user", users, "account=jd", "MaxJobs=3")
    sacctmgr("add", "user", "ju1,ju2", "account=jc", "partition=debug")
    sacctmgr("modify", "user", "ju3", "set", "qos+=jhigh")
    sacctmgr("modify", "user", "ju1", "set", "DefaultAccount=jc")
    sacctmgr("modify", "user", "ju4", "set", "AdminLevel=Operator")
    sacctmgr("add", "coordinator", "account=jb", "names=ju1,ju2")
    before, tree = dump(cluster), state(cluster)
    time.sleep(1.05)
    moment = f"uts{int(time.time())}"
    time.sleep(1.05)
    assert rest("account delete ja -i -Q").code == 0
    done = program(f"restore account ja --as-of {moment} -i -Q")
    assert (done.code, done.err) == (0, "")
    assert (dump(cluster), state(cluster)) == (before, tree)


SINCE = """\
qos normal: differs
  Priority: 0 -> 7
  Flags: (unset) -> NoDecay
account arts: new since
  Description = arts
  Organization = arts
  Parent = root
  Fairshare = 1
account physics: gone since
account science: gone since
user alice: differs
  DefaultAccount: physics -> arts
association alice in arts: new since
  Fairshare = 1
  MaxJobs = 2
association alice in physics: gone since
"""


def test_lists_and_trees_show_what_there_was(cluster: Cluster, tmp_path: Path) -> None:
    program = cluster.sacctmgr
    both = programs(cluster, tmp_path)
    program("add", "account", "science", "GrpTRES=cpu=100", "MaxJobs=4")
    program("add", "account", "physics", "parent=science")
    program("add", "user", "alice", "account=physics", "MaxWall=60")
    program("add", "coordinator", "account=science", "names=alice")
    lists = (
        "account list science,physics WithCoord --json",
        "account tree --json",
        "assoc list where user=alice --json",
        "assoc tree where account=science",
        "user list alice WithCoord -P",
        "qos list -P format=Name,Flags,Priority",
        "assoc list where account=physics WOPLimits -P",
        "export",
        "export --format sacctmgr",
    )
    file = tmp_path / "then.toml"
    file.write_text(both[1]("export").out)
    then = [(cli, words, cli(words)) for cli in both for words in lists]
    time.sleep(1.05)
    moment = f"uts{int(time.time())}"
    time.sleep(1.05)
    program("delete", "account", "science", "physics")
    program("modify", "qos", "normal", "set", "Priority=7", "Flags=NoDecay")
    for cli, words, before in then:
        after = cli(f"{words} --as-of {moment}")
        assert (after.code, after.out) == (0, before.out), (words, after.err)
    program("add", "account", "arts")
    program("add", "user", "alice", "account=arts", "MaxJobs=2")
    for cli in both:
        same = cli("diff", "-f", str(file), "--as-of", moment)
        assert (same.code, same.both) == (0, f"no differences from {cluster.cluster_name}\n")
        since = cli("diff", "--as-of", moment)
        assert (since.code, since.out) == (8, SINCE), since.err
        assert since.err == "2 different, 2 new since, 3 gone since (then -> now)\n"
        found = json.loads(cli("diff", "--as-of", moment, "--json").out)["differences"]
        places = ["both", "now", "then", "then", "both", "now", "then"]
        assert [one["where"] for one in found] == places
        assert found[0]["fields"]["Priority"] == {"then": 0, "now": 7}
    program("modify", "qos", "normal", "set", "Priority=-1", "Flags=-1")


def test_a_qos_that_jobs_have_used_keeps_its_number(cluster: Cluster, tmp_path: Path) -> None:
    """Slurm keeps its row: the journal removes the same number twice."""
    _, program = programs(cluster, tmp_path)
    cluster.sacctmgr("add", "qos", "jlow")  # another one, whose name the journal has to keep apart
    cluster.sacctmgr("add", "qos", "jused")
    cluster.sacctmgr("add", "account", "ja", "qos=normal,jused")
    cluster.sacctmgr("add", "user", "alice", "account=ja")
    # srun itself waits without limit, and this test has hung once.
    words = ("timeout", "20", "srun", "-Aja", "-qjused", "true")
    wait_until(lambda: cluster.run(*words, user="alice").returncode == 0, "the job has run", 60)
    asked = ("sacct", "-anXP", "-Aja", "-oQOS,State")
    wait_until(lambda: "jused|COMPLETED" in cluster.run(*asked).stdout, "slurmdbd has it", 20)
    cluster.sacctmgr("modify", "account", "ja", "set", "qos=normal")
    numbers = set()
    for _ in range(2):
        told = cluster.sacctmgr("-nP", "show", "qos", "jused", "format=id")
        numbers.add(told.strip())
        cluster.sacctmgr("delete", "qos", "jused")
        cluster.sacctmgr("add", "qos", "jused")
    cluster.sacctmgr("delete", "qos", "jused,jlow")
    assert len(numbers) == 1
    changes = program("history qos jused,jlow -P format=Action,Object").out.split("\n")[1:-1]
    end = ["delete|qos 'jlow'", "delete|qos 'jused'"]
    assert sorted(changes[-2:]) == end
    time.sleep(1.05)
    shown = program(f"qos list -P format=Name --as-of uts{int(time.time())}")
    assert (shown.out, shown.err) == ("Name\nnormal\n", "")


def test_a_user_who_was_renamed_is_one_user(cluster: Cluster, tmp_path: Path) -> None:
    """Lists show the name of the moment; restore keeps the present one."""
    rest, commands = programs(cluster, tmp_path)
    cluster.sacctmgr("add", "account", "ja")
    cluster.sacctmgr("add", "user", "jann", "account=ja", "MaxJobs=3")
    cluster.sacctmgr("add", "coordinator", "account=ja", "names=jann")
    cluster.sacctmgr("modify", "user", "jann", "set", "MaxWall=9")
    told = cluster.sacctmgr("-nP", "show", "transactions", "format=id")
    number = max(map(int, told.split()))
    moments: dict[str, str] = {}
    for name, new in (("jann", "janna"), ("janna", "jannb"), ("jannb", "")):
        time.sleep(1.05)
        moments[name] = f"uts{int(time.time())}"
        time.sleep(1.05)
        if new:
            cluster.sacctmgr("modify", "user", name, "set", f"NewName={new}")
    cluster.sacctmgr("modify", "user", "jannb", "set", "MaxJobs=5")
    for name, moment in moments.items():
        for program in (rest, commands):
            users = program(f"user list --as-of {moment} -nP format=User,DefaultAccount")
            assert (users.out, users.err) == (f"{name}|ja\nroot|root\n", "")
            rows = program(f"assoc list account=ja --as-of {moment} -nP format=User,MaxJobs")
            assert rows.out == f"|\n{name}|3\n"
            accounts = program(
                f"account list ja WithCoord --as-of {moment} -nP format=Coordinators"
            )
            assert accounts.out == f"{name}\n"
    restored = "association jannb in ja: would modify\n  MaxJobs: 5 -> 3\n"
    keeps = "user 'jannb' keeps its name: `user modify ... NewName=` changes it"
    for words in ("user jann", "user jannb", "account ja", "assoc 'jann in ja'"):
        done = rest(f"restore {words} --as-of {moments['jann']} --dry-run")
        assert done.out.startswith(restored), done.told
        assert done.err == f"slurmctl-rest: warning: {keeps}\n"
    done = rest(f"undo {number} --dry-run")  # it is of the former name
    assert done.out.startswith(
        f"would take back transaction {number}\nassociation jannb in ja: would modify\n"
        "  MaxWall: 00:09:00 -> (unset)\n"
    )
    assert done.err == ""


def test_undo_names_the_transactions_that_it_takes_back(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sacctmgr("add", "account", "ja", "MaxJobs=3")
    numbers: list[int] = []
    for value in ("4", "5", "6"):
        time.sleep(1 - time.time() % 1)
        cluster.sacctmgr("modify", "account", "ja", "set", f"MaxJobs={value}")
        told = cluster.sacctmgr("-nP", "show", "transactions", "format=id")
        numbers.append(max(map(int, told.split())))
    first, second, last = numbers
    assert [second - first, last - second] == [1, 1]
    for program in programs(cluster, tmp_path):
        shown = program("undo last --dry-run").out.split("\n")
        lines = [f"would take back transaction {last}", "account ja: would modify"]
        assert shown[:3] == [*lines, "  MaxJobs: 6 -> 5"]
        document = json.loads(program("undo last --dry-run --json").out)
        assert document["transactions"] == [last]
        run = program(f"undo {first}..{last} --dry-run --json")
        assert json.loads(run.out)["transactions"] == numbers
    done = program(f"undo {first}..{last} -i")
    assert done.out.split("\n")[0] == f"takes back transactions {first}..{last}"


def test_undo_last_takes_no_earlier_entry_for_a_move(cluster: Cluster, tmp_path: Path) -> None:
    """A move leaves no entry, so that the last one is not the last change."""
    cluster.sacctmgr("add", "account", "ja,jb")
    cluster.sacctmgr("add", "account", "jc", "parent=ja", "MaxJobs=3")
    time.sleep(1 - time.time() % 1)
    cluster.sacctmgr("modify", "account", "jc", "set", "MaxJobs=4")
    (tmp_path / "moved").mkdir()
    both = programs(cluster, tmp_path / "moved")
    back = "`slurmctl-rest account modify jc set Parent=ja`"
    moves: list[Callable[[], object]] = [
        partial(cluster.sacctmgr, "modify", "account", "jc", "set", "parent=jb"),
        *(partial(program, "account modify jc set parent=jb -i") for program in both),
    ]
    moved = "account 'jc' was moved from 'ja' to 'jb'"
    for move in moves:
        move()
        told = cluster.sacctmgr("-nP", "show", "transactions", "format=id")
        last = max(map(int, told.split()))
        before = state(cluster)
        for program in both:
            refused = program("undo last -i")
            assert (refused.code, refused.err) == (
                4,
                f"slurmctl-rest: {moved}, and Slurm's journal does not tell when: that may be the "
                f"last change ({back} takes that back, `undo {last}` the last entry)\n",
            )
            asked = program("undo last --dry-run")
            assert asked.out.startswith(
                f"would take back transaction {last}\naccount jc: would modify\n  MaxJobs: 4 -> 3\n"
            )
            assert asked.err == (
                f"slurmctl-rest: warning: {moved} at a time that Slurm's journal does not tell, "
                f"perhaps since: {back} takes that back\n"
            )
            named = program(f"undo {last} --dry-run")
            assert named.err == (
                "slurmctl-rest: warning: account 'jc' stays below 'jb': Slurm's journal has no "
                f"entry of that move; {back} takes it back\n"
            )
        assert state(cluster) == before
        assert both[1]("account modify jc set Parent=ja -i").code == 0
    assert both[0]("undo last -i").out == (
        f"takes back transaction {last}\naccount jc: modified\n  MaxJobs: 4 -> 3\n"
    )
    moves[0]()
    cluster.sacctmgr("add", "user", "alice", "account=jc")
    told = both[0]("history -nP format=Number,Action").out
    # The last one: before it there may be those of other tests.
    number = [line.split("|")[0] for line in told.split("\n") if line.endswith("|move")][-1]
    kept = both[0](f"undo {number} --dry-run").err
    assert "account 'jc' stays below 'jb': Slurm's journal has no entry of that move" in kept


def test_wckeys_of_a_deleted_user_come_back(cluster: Cluster, tmp_path: Path) -> None:
    both = programs(cluster, tmp_path)
    cluster.sacctmgr("add", "account", "ja")
    cluster.sacctmgr("add", "user", "alice", "account=ja", "wckeys=jk1,jk2")
    cluster.sacctmgr("modify", "user", "alice", "set", "DefaultWCKey=jk1")
    time.sleep(1.05)
    moment = f"uts{int(time.time())}"
    time.sleep(1.05)
    words = "user list alice -nP format=User,DefaultWCKey,WCKeys"
    before = "alice|jk1|jk1,jk2\n"
    for program in both:
        for sentence in ("undo last -i", f"restore user alice --as-of {moment} -i"):
            time.sleep(1 - time.time() % 1)
            cluster.sacctmgr("delete", "user", "alice")
            past = program(f"{words} --as-of {moment}")
            assert (past.out, past.err) == (before, "")
            done = program(sentence)
            assert done.out.endswith(
                "user alice: added\n  DefaultAccount = ja\n  DefaultWCKey = jk1\n"
                "  WCKeys = jk1,jk2\nassociation alice in ja: added\n  Fairshare = 1\n"
            )
            assert program(words).out == before
    cluster.sacctmgr("add", "user", "alice", "wckeys=jk3")
    cluster.sacctmgr("modify", "user", "alice", "set", "DefaultWCKey=jk3")
    for program in both:
        stays = program(f"restore user alice --as-of {moment} --dry-run")
        assert stays.err == (
            "slurmctl-rest: warning: WCKeys jk3 of user 'alice' stay: `slurmctl-rest wckey delete "
            "jk3 where user=alice` takes them away\n"
        )
        assert stays.out.startswith("user alice: would modify\n  DefaultWCKey: jk3 -> jk1\n")
