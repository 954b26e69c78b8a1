"""--from: names and values from a file or a pipe, over both executors, up to the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slurmctl_rest.model.fields import Row
from tests.cli.conftest import Program, Programs
from tests.fakes import ALICE, BEFORE, BOB, ROOT, SCIENCE, World, world
from tests.support import PHYSICS, account, association


def members(*users: Row) -> World:
    return world([ROOT, SCIENCE, PHYSICS], users)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new.csv"


NEW = "user,account,defaultaccount,fairshare,maxjobs\ncarol,physics,,3,\ndave,science,,,5\n"
CAROL = association("physics", "carol", Default=True, Fairshare=3)
DAVE = association("science", "dave", Default=True, MaxJobs=5)
ADDED = """\
user carol: added
  DefaultAccount = physics
association carol in physics: added
  Fairshare = 3
user dave: added
  DefaultAccount = science
association dave in science: added
  Fairshare = 1
  MaxJobs = 5
"""


@pytest.mark.parametrize("way", ["file", "pipe"])
def test_users_with_values_of_their_own(
    programs: Programs, executor: str, way: str, file: Path
) -> None:
    file.write_text(NEW)
    program = programs(executor, BEFORE, members(ALICE, BOB, CAROL, DAVE))
    source, piped = (str(file), None) if way == "file" else ("-", NEW.encode())
    ended = program("user", "add", "--from", source, "-i", "-Q", piped=piped)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert (
        program.wrote
        == {
            "rest": ["POST /slurmdb/v0.0.43/users_association/"] * 2,
            "cli": [
                "sacctmgr -i add user name=carol account=physics cluster=alps "
                "DefaultAccount=physics Fairshare=3",
                "sacctmgr -i add user name=dave account=science cluster=alps "
                "DefaultAccount=science Fairshare=1 MaxJobs=5",
            ],
        }[executor]
    )


def test_what_is_said_of_a_file(programs: Programs, executor: str, file: Path) -> None:
    file.write_text(NEW)
    program = programs(executor, BEFORE, members(ALICE, BOB, CAROL, DAVE))
    ended = program("user", "add", "--from", str(file), "-i")
    assert (ended.code, ended.out) == (0, ADDED)


def test_limits_of_their_own_are_one_write_over_rest(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, members({**ALICE, "MaxJobs": 3}, {**BOB, "MaxJobs": 4}))
    limits = b"account,user,maxjobs\nphysics,alice,3\nphysics,bob,4\n"
    ended = program("assoc", "modify", "--from", "-", "-i", piped=limits)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "association alice in physics: modified\n  MaxJobs: (unset) -> 3\n"
        "association bob in physics: modified\n  MaxJobs: 2 -> 4\n"
    )
    on = "account=physics cluster=alps partition= set"
    assert (
        program.wrote
        == {
            "rest": ["POST /slurmdb/v0.0.43/associations/"],
            "cli": [
                f"sacctmgr -i modify user where name=alice {on} MaxJobs=3",
                f"sacctmgr -i modify user where name=bob {on} MaxJobs=4",
            ],
        }[executor]
    )


def test_a_row_that_means_nothing_fails_alone(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, members({**ALICE, "MaxJobs": 3}, BOB))
    rows = b"user,account,maxjobs\nalice,physics,3\nbob,science,4\ncarl,physics,5\n"
    ended = program("user", "modify", "--from", "-", "-i", piped=rows)
    assert (ended.code, ended.out) == (
        7,
        "association alice in physics: modified\n  MaxJobs: (unset) -> 3\n"
        "user bob: FAILED to modify\n"
        "user carl: FAILED to modify\n",
    )
    assert ended.err == (
        "slurmctl-rest: 2 of 3 failed: stdin, line 3: user 'bob' does not meet the conditions; "
        "stdin, line 4: user 'carl' does not exist on cluster 'alps' "
        "(slurmctl-rest user list shows all users)\n"
    )


def test_an_association_that_is_not_there_fails_alone(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, members({**ALICE, "MaxJobs": 3}, BOB))
    rows = b"account,user,maxjobs\nphysics,alice,3\nscience,bob,4\n"
    ended = program("assoc", "modify", "--from", "-", "-i", piped=rows)
    assert (ended.code, ended.out, ended.err) == (
        7,
        "association alice in physics: modified\n  MaxJobs: (unset) -> 3\n"
        "association bob in science: FAILED to modify\n",
        "slurmctl-rest: 1 of 2 failed: stdin, line 3: no association on cluster 'alps' meets the "
        "conditions (slurmctl-rest assoc list shows all associations)\n",
    )


def test_a_parent_may_stand_below_its_child(programs: Programs, executor: str) -> None:
    lasers, optics = account("lasers", "optics"), account("optics", "physics", GrpJobs=3)
    program = programs(executor, BEFORE, world([ROOT, SCIENCE, PHYSICS, optics, lasers]))
    rows = b"account,parent,grpjobs\nlasers,optics,\noptics,physics,3\n"
    ended = program("account", "add", "--from", "-", "-i", "--json", piped=rows)
    assert (ended.code, ended.err) == (0, "")
    assert [one["name"] for one in json.loads(ended.out)["changes"]] == ["optics", "lasers"]


def test_names_that_are_to_go(programs: Programs, executor: str) -> None:
    program = programs(executor, BEFORE, members(ALICE))
    names = b"# gone since May\nbob\n\nzoe\n"
    ended = program("user", "delete", "--from", "-", "--missing-ok", "-i", piped=names)
    assert (ended.code, ended.out) == (
        0,
        "user bob: deleted\nassociation bob in physics: deleted\n",
    )
    assert "user 'zoe' does not exist" in ended.err


@pytest.mark.parametrize(
    ("words", "piped", "code", "said"),
    [
        (
            "user delete --from - -i",
            b"\n# nobody\n",
            9,
            "stdin contains no names (an empty file never selects everything: write at least "
            "one name into it)",
        ),
        (
            "user modify where account=physics set MaxJobs=1 --from - -i",
            b"",
            9,
            "stdin contains no names (an empty file never selects everything: write at least "
            "one name into it)",
        ),
        (
            "user delete --from - --all -i",
            b"bob\n",
            2,
            "--all and --from cannot be used together (name objects, or use --all)",
        ),
        (
            "user delete --from -",
            b"bob\n",
            9,
            "no terminal to confirm this write on (use -i to skip the question, or --dry-run)",
        ),
        (
            "user delete --from - -i --readonly",
            b"bob\n",
            9,
            "--readonly refuses all writes",
        ),
        (
            "user delete --from /nowhere/names.txt -i",
            b"",
            2,
            "--from /nowhere/names.txt: No such file or directory",
        ),
        (
            "user modify --from - -i",
            b"user,grptres\nalice,cpu=1\nbob,gres/tpu=1\n",
            2,
            "stdin, line 3: GrpTRES: the cluster has no TRES 'gres/tpu' (did you mean gres/gpu?)",
        ),
        (
            "user modify --from - -i",
            b"user,defaultqos\nalice,high\nbob,hihg\n",
            3,
            "stdin, line 3: DefaultQOS: qos 'hihg' does not exist (did you mean high?)",
        ),
    ],
)
def test_what_is_refused(program: Program, words: str, piped: bytes, code: int, said: str) -> None:
    ended = program(*words.split(), piped=piped)
    assert (ended.code, ended.out, ended.err) == (code, "", f"slurmctl-rest: {said}\n")
    assert program.wrote == []


def test_a_terminal_is_no_pipe(program: Program) -> None:
    ended = program("user", "delete", "--from", "-", "-i", stdin="bob\n")
    assert (ended.code, ended.err) == (
        2,
        "slurmctl-rest: --from -: stdin is a terminal "
        "(pipe names into it: ... | slurmctl-rest ... --from -)\n",
    )


def test_jobs_from_a_pipe(program: Program) -> None:
    ended = program("jobs", "cancel", "--from", "-", "-i", piped=b"12\n13,14\n")
    assert (ended.code, ended.err) == (
        2,
        "slurmctl-rest: stdin, line 2: '13,14' is more than one name "
        "(write one name per line, or CSV whose first line lists the fields)\n",
    )
    ended = program("jobs", "cancel", "--from", "-", "-i", piped=b"12\n")
    assert (ended.code, ended.out) == (3, "")


NINES = "9" * 5000


@pytest.mark.parametrize("by", ["file", "stdin", "words"])
@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("maxjobs", NINES, "MaxJobs: a number of more than 4300 digits"),
        ("grptres", f"cpu={NINES}", "GrpTRES: a number of more than 4300 digits"),
        ("maxwall", f"{NINES}:00", "MaxWall: a number of more than 4300 digits"),
        ("fairshare", NINES, "Fairshare: a number of more than 4300 digits"),
        ("maxjobs", "inf", "MaxJobs: 'inf' is not a whole number (-1 clears)"),
        ("maxjobs", "nan", "MaxJobs: 'nan' is not a whole number (-1 clears)"),
        ("maxjobs", "1e400", "MaxJobs: '1e400' is not a whole number (-1 clears)"),
        ("maxjobs", "3\0", "NUL"),
        ("description", "a\0b", "NUL"),
        ("parent", "\0", "NUL"),
    ],
)
def test_values_that_no_limit_takes(
    programs: Programs, executor: str, tmp_path: Path, column: str, value: str, said: str, by: str
) -> None:
    text = f"account,{column}\noptics,{value}\n"
    file = tmp_path / "new.csv"
    file.write_text(text)
    program = programs(executor)
    if by == "words":
        if "\0" in value:
            return  # the system takes none in a word
        ended = program("account", "add", "optics", f"{column}={value}", "-i")
    elif by == "stdin":
        ended = program("account", "add", "--from", "-", "-i", piped=text.encode())
    else:
        ended = program("account", "add", "--from", str(file), "-i")
    assert (ended.code, ended.out, program.wrote) == (2, "", [])
    assert said in ended.err
    assert len(ended.err) < 300
