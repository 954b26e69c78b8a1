"""Names, texts, files and variables that mean harm, or seem to."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import slurmctl_rest
from slurmctl_rest import reading
from slurmctl_rest.render.formats import FORMATS
from tests.cli.conftest import Program, Programs
from tests.fakes import ALICE, BEFORE, BOB, World, world
from tests.support import PHYSICS, account, association

NAMES = (
    *(
        "-M",
        "--all",
        "-i",
        "a b",
        " a",
        "a\nb",
        "a\x00b",
        "a'b",
        'a"b',
        "a`b",
        "a|b",
        "$(a b)",
    ),
    *("..", ".", "../a", "a/b", "a%2fb", "a\\b", "\x1b[2J", "a\x9bb", "a\u202eb"),
    *("x" * 201, "ä", "a\udcff", "~", "#", "+a", "a[1-2]"),
)
VERBS = (
    "account add name={}",
    "account add a parent={}",
    "account add a cluster={}",
    "account list name={}",
    "account tree name={}",
    "account modify name={} set MaxJobs=1",
    "account modify physics set Parent={}",
    "account modify physics set QosLevel+={}",
    "account delete name={}",
    "user list name={}",
    "user add name={} account=physics",
    "user add a account={}",
    "user add a account=physics partition={}",
    "user modify name={} set MaxJobs=1",
    "user modify alice set DefaultAccount={}",
    "user delete name={}",
    "assoc list user={}",
    "assoc modify where account={} set MaxJobs=1",
    "assoc delete where partition={}",
    "coordinator add name={} account=physics",
    "coordinator delete account={} name=alice",
    "qos add name={}",
    "qos modify name={} set Priority=1",
    "qos modify high set Preempt=low,{}",
    "qos delete name={}",
    "jobs list account={}",
    "jobs cancel user={}",
    "raw-usage reset account={}",
)


@pytest.mark.parametrize("verb", VERBS)
def test_a_name_that_is_none_is_refused_before_anything_is_asked(
    program: Program, verb: str
) -> None:
    for name in NAMES:
        words = [word.replace("{}", name) for word in verb.split()]
        ended = program(*words, "-i")
        assert (ended.code, ended.out, program.slurm.seen) == (2, "", []), (name, ended)
        assert ended.err.count("\n") == 1, ended.err
        assert ended.err[:-1].isprintable(), ended.err


FOREIGN = ("x,y", "a'b", 'a"b', "a\\b", "a/b", "..", "a\nb", "\x1b[2J", "b ", "\u202e")
"""Names that another client has made."""


def foreign(name: str, user: str = "") -> World:
    rows = [*BEFORE.accounts[:2], PHYSICS]
    if user:
        return world(rows, [ALICE, BOB, association("physics", user)])
    return world([*rows, account(name, "physics")], [ALICE, BOB])


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_name_never_makes_a_wider_write(programs: Programs, name: str) -> None:
    """It is refused by its name, and the others get what they were to get."""
    for words in (
        "user modify where account=physics set MaxJobs=7",
        "assoc modify where account=physics set MaxJobs=7",
        "assoc delete where account=physics",
    ):
        # The columns of -nP could not even be told apart with a newline in them.
        for executor in ("rest",) if "\n" in name else ("rest", "cli"):
            program = programs(executor, foreign("", name))
            ended = program(*words.split(), "-i")
            assert ended.code in {4, 7, 10}, (executor, words, ended)
            told = str(program.slurm.writes)
            assert name not in told, told
            assert repr(name)[1:-1] not in told, told


TEXT = "\x1b]8;;http://x\x07\x9b2J\u202ea\nb\r\tc\x00\u2028"
SHOWN = r"\x1b]8;;http://x\x07\x9b2J\u202ea\nb\r\tc\x00\u2028"
HARMFUL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]")


@pytest.mark.parametrize("format_", FORMATS)
def test_texts_of_others_are_shown_escaped_on_a_terminal(
    programs: Programs, executor: str, format_: str
) -> None:
    rows = [*BEFORE.accounts[:2], {**PHYSICS, "Description": TEXT, "Organization": TEXT}]
    program = programs(executor, world(rows, [ALICE, BOB]))
    for words in (
        ("account", "list", "format=Account,Description,Organization"),
        ("account", "tree"),
        ("account", "modify", "physics", "set", "Description=x", "--dry-run", "-v"),
    ):
        ended = program("--output", format_, *words, stdin="n\n")
        # Only a list has each format; what else does not have it refuses it.
        assert ended.code in ({0} if "list" in words else {0, 2}), ended
        assert not HARMFUL.search(ended.out + ended.err), (words, ended)


def test_the_program_never_has_a_shell_or_runs_what_it_reads() -> None:
    words = (
        r"shell *= *True|os\.system|os\.popen|\beval\(|\bexec\(|\bpickle\b|"
        r"(import|from) yaml\b|[\"']unsafe[\"']"  # ruamel.yaml, of what "safe" and "rt" make
    )
    for path in Path(slurmctl_rest.__file__).parent.rglob("*.py"):
        # The dot of a docstring means a newline, too; that of a comment does not.
        code = re.sub(r'(?s:""".*?""")|#.*', "", path.read_text(encoding="utf-8"))
        assert not re.search(words, code), path


FILES = {
    b"x" * (2**20 + 1): "is larger than 1 MiB",
    b"a = " + b"[" * 100_000: "is not TOML",
    b".".join([b"a"] * 100_000) + b" = 1": "a key with too many parts",
    b"a\xff = 1": "is not TOML",
    b"a = 1\na = 2": "is not TOML",
    b'default_profile = "a\\u0000b"': "contains a control character",
    b'[profiles."a\\u001b[2J"]\nx = "a"': r"'a\x1b[2J' contains a control character",
    b'[profiles.a]\nslurm_bin_path = "/a\\u0000b"': "contains a control character",
}


@pytest.mark.parametrize("content", FILES, ids=range(len(FILES)))
def test_profile_files(program: Program, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "hostile.toml"
    file.write_bytes(content)
    ended = program("--config", str(file), "account", "list")
    assert (ended.code, ended.out) == (2, ""), ended
    assert FILES[content] in ended.err
    assert ended.err[:-1].isprintable()


def test_profile_files_that_never_end(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PIPE_TIMEOUT_S", 0.1)
    os.mkfifo(tmp_path / "fifo")
    for file in (tmp_path / "fifo", Path("/dev/zero"), tmp_path):
        ended = program("--config", str(file), "account", "list")
        assert (ended.code, ended.out) == (2, ""), ended
        assert str(file) in ended.err


def test_a_byte_order_mark_is_none_of_the_file(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "bom.toml"
    text = (Path(os.environ["HOME"]) / ".config/slurmctl-rest/config.toml").read_bytes()
    file.write_bytes(b"\xef\xbb\xbf" + text)
    assert program("--config", str(file), "account", "list").code == 0


ENVIRONMENT = (
    *(("COLUMNS", "-5"), ("LINES", "0"), ("PAGER", "/nowhere/pager"), ("TERM", "")),
    *(("HOME", "relative"), ("LANG", "\udcff"), ("TZ", "../../etc/passwd"), ("NO_COLOR", "")),
)


@pytest.mark.parametrize(("name", "value"), ENVIRONMENT, ids=[name for name, _ in ENVIRONMENT])
def test_rubbish_in_the_environment(
    program: Program, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    config = Path(os.environ["HOME"]) / ".config/slurmctl-rest/config.toml"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    ended = program("--config", str(config), "account", "list", stdin="")
    assert (ended.code, ended.err) == (0, ""), ended


@pytest.mark.parametrize(
    "key", ["CLUSTER_NAME", "EXECUTION_MODE", "TIME_ZONE", "PROFILE", "X\udcff"]
)
def test_rubbish_in_our_own_variables(
    program: Program, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    for value in ("\udcff", "\x1b[2J", "../../etc/passwd", "{" * 10_000):
        monkeypatch.setenv(f"SLURMCTL_REST_{key}", value)
        words = ("--profile", "") if key == "PROFILE" else ()
        ended = program(*words, "account", "list")
        assert (ended.code, ended.out) == (2, ""), ended
        assert ended.err[:-1].isprintable(), ended.err


def test_words_that_are_not_utf_8(program: Program) -> None:
    for words in (["account", "\udcff"], ["\udcff"], ["--config", "\udcff", "account", "list"]):
        ended = program(*words)
        assert (ended.code, ended.out) == (2, ""), ended
        assert "Traceback" not in ended.err
