"""Files of a site that say less than they seem to: nothing is compared, or deleted, by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program, Programs


@pytest.fixture
def program(programs: Programs, executor: str) -> Program:
    """Return the program over either executor."""
    return programs(executor)


@pytest.mark.parametrize(
    ("site", "users", "code", "said"),
    [
        ("", "", 2, "site.toml: there are no tables"),
        ("# soon\n", "", 2, "site.toml: there are no tables"),
        ('[scope]\naccounts = ["phisics"]\n', "", 3,
         "[scope] accounts: account 'phisics' does not exist (did you mean physics?)"),
        ('[account.physics]\nusers_from = "users.csv"\n', "", 2,
         "users.csv: the first line names no field User"),
        ('[account.physics]\nusers_from = "users.csv"\n', "User,MaxJobs\nal,3\nbo,1\nal,5\n", 2,
         "users.csv, line 4: al is there twice (and in line 2) (keep one of the rows)"),
        ('[account.physics]\nusers_from = "users.csv"\n', "User,MaxJobs\nAl,3\n\nal,1\n", 2,
         "users.csv, line 4: al is there twice (and in line 2) (keep one of the rows)"),
        ('[account.physics]\nusers_from = "users.csv"\n', "User,MaxJobs,maxjobs\nal,3,4\n", 2,
         "users.csv: column maxjobs is there twice (remove one)"),
        ('[account.physics]\nusers_from = "users.csv"\n', "User,MaxJobs\n\nal,x\n", 2,
         "site.toml: [account.physics] users_from: "),
        ('[account.physics]\nusers_from = "users.csv"\n', "User,MaxJobs\n\nal,x\n", 2,
         "users.csv, line 3: MaxJobs: 'x' is not a whole number (-1 clears)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["diff -f", "plan -f", "apply -i --prune"])
def test_a_file_that_says_nothing_is_no_wish_for_nothing(
    program: Program, tmp_path: Path, verb: str, site: str, users: str, code: int, said: str
) -> None:
    (tmp_path / "site.toml").write_text(site)
    (tmp_path / "users.csv").write_text(users)
    ended = program(*verb.split(), str(tmp_path / "site.toml"))
    assert (ended.code, ended.out, program.wrote) == (code, "", [])
    assert said in ended.err
