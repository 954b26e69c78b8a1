"""sacctmgr's file of a cluster: what each line says, and what is wrong with it."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.dump import (
    KEYS_OF_ACCOUNTS,
    KEYS_OF_LIMITS,
    KEYS_OF_QOS,
    KEYS_OF_USERS,
)
from slurmctl_rest.sacctmgr.load_file import FileError, file_lines, named_cluster, options_of
from slurmctl_rest.sacctmgr.load_words import OPTION_WORDS, FileFacts, entry_of, read_load
from slurmctl_rest.sacctmgr.settings import QosAsked
from slurmctl_rest.sacctmgr.spellings import ASSOCIATION_SETTINGS, meaning_of, settings_of

TEXT = """\
# a comment
Cluster - 'alps':Fairshare=1 # another
  # a third
Parent - 'root'
Account - "phys":Description='It is \\# 1: one':o=x:\\
MaxJobs=3
user - alice:par=gpu:
"""


def test_lines_have_their_numbers_objects_and_options() -> None:
    found = [(one.number, one.kind, options_of(one.rest, old=False)) for one in file_lines(TEXT)]
    assert [
        (number, kind, options.name, [(one.key, one.value) for one in options.words])
        for number, kind, options in found
    ] == [
        (2, "Cluster", "alps", [("fairshare", "1 ")]),
        (4, "Parent", "root", []),
        (6, "Account", "phys", [("description", "It is # 1: one"), ("o", "x"), ("maxjobs", "3")]),
        (7, "User", "alice", [("par", "gpu")]),
    ]
    assert named_cluster(TEXT) == "alps"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("some words\n", (" Misformatted line(1): some words\n",)),
        ("Foo - 'x'\n", (" Misformatted line(1): Foo - 'x'\n",)),
        ("Account -\n", (" Nothing after object name 'Account'. line(1)",)),
        ("Account - :Fairshare=1\n", (" No name given",)),
        (
            "Account - a:b\n",
            (" Bad format on b: End your option with an '=' sign",),
        ),
        (
            "Account - 'a\n",
            ("sacctmgr: fatal: There is a problem with option 'a\n with quotes.",),
        ),
    ],
)
def test_what_is_wrong_with_a_line(text: str, said: tuple[str, ...]) -> None:
    with pytest.raises(FileError) as wrong:
        read(text)
    assert wrong.value.lines == said


def read(text: str) -> None:
    for line in file_lines(text):
        assert line.kind
        options_of(line.rest, old=False)


def test_every_key_of_the_dump_is_read_as_the_field_that_it_was_written_of() -> None:
    for key, field in KEYS_OF_LIMITS:
        assert meaning_of(key, ASSOCIATION_SETTINGS) == field
    for key, field in (*KEYS_OF_ACCOUNTS, *KEYS_OF_USERS):
        assert meaning_of(key, OPTION_WORDS) == field
    for key, field in KEYS_OF_QOS:
        assert meaning_of(key, settings_of("qos")) == field


def test_the_options_of_a_line_are_settings_and_what_is_known_of_the_object() -> None:
    tres = {"cpu": "cpu", "1": "cpu", "mem": "mem", "2": "mem"}
    facts = FileFacts(newer=True, qos_numbers={"normal": "1", "high": "2"}, tres_names=tres)
    line = "'Alice':QOS='high,normal':GrpTRES=cpu=3,mem=2G:Coord=a,b:Admin=Oper:DefaultA=A:WCKeys=w"
    found = entry_of(options_of(line, old=False), "User", 3, facts)
    assert (found.name, found.number) == ("alice", 3)
    assert found.settings.asked["QosLevel"] == QosAsked(["high", "normal"])
    assert found.shown({})["GrpTRES"] == {"cpu": 3, "mem": 2048}
    assert found.record == {"AdminLevel": "Operator", "DefaultAccount": "a"}
    assert (found.coordinators, found.others) == (["a", "b"], {"WCKeys": "w"})


@pytest.mark.parametrize("option", ["Foo=1", "Description=x", "Parent=x", "QOS=nix", "MaxJobs=x"])
def test_an_option_that_an_object_cannot_have_is_refused(option: str) -> None:
    with pytest.raises(FileError) as wrong:
        entry_of(options_of(f"a:{option}", old=False), "User", 1, FileFacts(True, {}, {}))
    assert wrong.value.lines[-1] == f" Unknown option: {option}"


def test_the_words_of_the_command() -> None:
    found = read_load(["x.cfg", "clean", "cluster=alps", "y.cfg", "clu=b", "foo=1"], old=False)
    assert (found.file, found.cluster, found.clean) == ("x.cfg", "alps", True)
    assert found.complaints == [
        " File name already set to x.cfg",
        " Can only do one cluster at a time.  Already doing alps",
        " Unknown option: foo=1",
    ]
    assert read_load(["f=x", "clean=qos"], old=False).records == "qos"
    assert read_load(["clean=qos"], old=True).complaints == [" Unknown option: clean=qos"]
