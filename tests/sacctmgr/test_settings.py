"""Limits in sacctmgr's words: what is meant, what is complained of, what `add` says of it."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.elsewhere import legacy_limit
from slurmctl_rest.model.entities import QOS
from slurmctl_rest.sacctmgr.setting_values import TresAmount
from slurmctl_rest.sacctmgr.settings import Settings, applied, setting_lines
from slurmctl_rest.sacctmgr.spellings import (
    ASSOCIATION_SETTINGS,
    SETTING_WORDS,
    meaning_of,
    spelling_of,
)
from slurmctl_rest.sacctmgr.tokens import split_word

from .rows import Facts, association


def read(*words: str, old: bool = False) -> tuple[Settings, list[str]]:
    settings = Settings("account", Facts(old=old))
    for text in words:
        one = split_word(text, old=old)
        spelling = spelling_of(one.key, ASSOCIATION_SETTINGS)
        assert spelling is not None, text
        settings.read(one, spelling)
    return settings, settings.complaints.err


def test_every_setting_of_qos_means_a_field() -> None:
    meant = {what.partition("=")[0] for _, _, what in SETTING_WORDS["qos"]}
    assert meant == {f.name for f in QOS.fields if f.name != "ID"} | {"RawUsage"}


def test_limits_from_before_tres_are_those_of_the_model() -> None:
    for noun, known in (("user", ASSOCIATION_SETTINGS), ("qos", SETTING_WORDS["qos"])):
        for word, _, what in known:
            if "=" in what:
                assert legacy_limit(noun, word.removesuffix("PerJob")) == what


@pytest.mark.parametrize(
    ("key", "field", "tres"),
    [
        ("f", "Fairshare", ""),
        ("s", "Fairshare", ""),
        ("grpj", "GrpJobs", ""),
        ("grpjobsa", "GrpJobsAccrue", ""),
        ("grptres", "GrpTRES", ""),
        ("grptresr", "GrpTRESRunMins", ""),
        ("grpcpus", "GrpTRES", "cpu"),
        ("grpcpum", "GrpTRESMins", "cpu"),
        ("grpm", "GrpTRES", "mem"),
        ("maxn", "MaxTRES", "node"),
        ("maxj", "MaxJobs", ""),
        ("maxtres", "MaxTRES", ""),
        ("maxtrespn", "MaxTRESPerNode", ""),
        ("maxtresm", "MaxTRESMins", ""),
        ("maxw", "MaxWall", ""),
        ("pr", "Priority", ""),
        ("q", "QosLevel", ""),
        ("defaultq", "DefaultQOS", ""),
    ],
)
def test_a_limit_is_known_from_its_least_letters_on(key: str, field: str, tres: str) -> None:
    found = meaning_of(key, ASSOCIATION_SETTINGS)
    assert found == (f"{field}={tres}" if tres else field)
    assert meaning_of(key[:-1], ASSOCIATION_SETTINGS) != found or key[:-1] in {"grptres", "maxtres"}


@pytest.mark.parametrize("key", ["grp", "maxtresp", "maxwallpj", "minpriothreshold", "x"])
def test_what_is_no_limit_to_sacctmgr(key: str) -> None:
    assert not meaning_of(key, ASSOCIATION_SETTINGS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Fairshare=X",
            [
                "sacctmgr: error: Invalid value for FairShare (x)",
                " Unknown option: Fairshare=x",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "maxwall=x",
            [
                " Bad MaxWall time format: maxwall=x",
                " Unknown option: maxwall=x",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "grptres=cpu=1,foo=3",
            [
                "sacctmgr: error: slurmdb_format_tres_str: no TRES known by type foo",
                " Unknown option: grptres=cpu=1,foo=3",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "grptres=99=1",
            [
                "sacctmgr: error: slurmdb_format_tres_str: no TRES known by id 99",
                " Unknown option: grptres=99=1",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "grptres=",
            [" Unknown option: grptres=", " Use keyword 'where' to modify condition"],
        ),
        (
            "qos=Nix,low",
            [
                "sacctmgr: error: You gave a bad qos 'Nix'. Valid QOS's are normal,high,low",
                " Unknown option: qos=Nix,low",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "qos=low,+high",
            [
                "sacctmgr: error: You can't set qos equal to something and then add or subtract "
                "from it in the same line",
                " Unknown option: qos=low,+high",
                " Use keyword 'where' to modify condition",
            ],
        ),
        (
            "defaultqos=Nix",
            ["You gave a bad default qos 'Nix'.  Use 'list qos' to get complete list."],
        ),
        (
            'fairshare="parent"',
            [
                "sacctmgr: error: Invalid value for FairShare (parent)",
                ' Unknown option: fairshare="parent"',
                " Use keyword 'where' to modify condition",
            ],
        ),
        ("maxjobs+=5", [" Invalid operator '+=' in maxjobs+=5"]),
        ("Parent+=CHEM", [" Invalid operator '+=' in Parent+=chem"]),
        ("DefaultQOS+=LOW", [" Invalid operator '+=' in DefaultQOS+=LOW"]),
    ],
)
def test_what_sacctmgr_says_to_a_wrong_value(text: str, said: list[str]) -> None:
    assert read(text)[1] == said


def test_qos_that_add_nothing_to_those_before_them_are_refused() -> None:
    _, said = read("qos+=low", "qos+=low")
    assert said == [
        "sacctmgr: error: You gave me an empty qos list",
        " Unknown option: qos+=low",
        " Use keyword 'where' to modify condition",
    ]
    assert read("qos=", "qos=")[1] == []


def test_24_11_reads_numbers_up_to_what_is_none_and_takes_any_operator() -> None:
    settings, said = read("maxjobs+=3.5", "grpmem=7G", old=True)
    assert settings.asked == {"MaxJobs": 3, "GrpTRES": {"mem": TresAmount(7)}}
    assert (settings.sign, said) == ("+", [])


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["maxjobs=-1"], {"MaxJobs": None}),
        (["maxjobs="], {"MaxJobs": 0}),
        (["maxjobs=4294967296"], {"MaxJobs": 0}),
        (["maxjobs=99999999999999999999999"], {"MaxJobs": None}),
        (["fairshare=-1"], {"Fairshare": 1}),
        (["fairshare=Parentx"], {"Fairshare": "parent"}),
        (["maxwall=1-2:3:4"], {"MaxWall": 1564}),
        (["grptres=cpu+=5,mem=5G"], {"GrpTRES": {"cpu": 105, "node": 2, "mem": 5120}}),
        (["grptres=cpu-=500"], {"GrpTRES": {"cpu": 0, "node": 2}}),
        (["grptres=cpu=-1"], {"GrpTRES": {"node": 2}}),
        (["grptres=1=7"], {"GrpTRES": {"cpu": 7, "node": 2}}),
        (["grpcpus=7", "grptres=mem=5"], {"GrpTRES": {"cpu": 7, "node": 2, "mem": 5}}),
        (["grptres=cpu=3T"], {"GrpTRES": {"cpu": 3, "node": 2}}),
        (["qos=low"], {"QosLevel": ("low",)}),
        (["qos=+low,-high"], {"QosLevel": ("low", "normal")}),
        (["qos+=low", "qos-=high"], {"QosLevel": ("low", "normal")}),
        (["qos+=low", "qos=high"], {"QosLevel": ("high",)}),
        (["qos="], {"QosLevel": ()}),
        (["defaultqos=HIGH"], {"DefaultQOS": "high"}),
        (["defaultqos=-1"], {"DefaultQOS": None}),
        (["defaultqos=-HIGH"], {"DefaultQOS": "high"}),
        (["defaultqos=+high"], {"DefaultQOS": "high"}),
        (["parent=chem"], {"Parent": None}),  # of a user's row
    ],
)
def test_what_a_row_becomes(words: list[str], after: dict[str, object]) -> None:
    row = association(
        "physics",
        "alice",
        MaxJobs=3,
        GrpTRES={"cpu": 100, "node": 2},
        QosLevel=("high", "normal"),
        DefaultQOS="normal",
    )
    settings, said = read(*words)
    assert said == []
    assert applied(row, settings) == {**row, **after}


def test_the_last_qos_is_not_taken_out_of_a_list_over_rest() -> None:
    settings, _ = read("qos-=high")
    with pytest.raises(Unsupported, match="last QOS"):
        applied(association("physics", None, QosLevel=("high",)), settings)


def test_what_add_says_of_all_that_it_sets() -> None:
    settings, _ = read(
        "comment=Hi", "priority=1", "qos=low,high", "defaultqos=low", "maxwall=90", "maxjobs=-1",
        "grptres=mem=4G,cpu=-1,gres/gpu=3", "fairshare=parent", "parent='Science'", "maxnodes=3",
        "grpjobsaccrue=2",
    )  # fmt: skip
    assert setting_lines(settings) == [
        "  Fairshare     = parent",
        "  GrpJobsAccrue            = 2",
        "  GrpTRES       = cpu=NONE,gres/gpu=3,mem=4G",
        "  MaxJobs       = NONE",
        "  MaxTRES       = node=3",
        "  MaxWall       = 01:30:00",
        "  Parent        = science",
        "  Priority      = 1",
        "  QOS           = high,low",
        "  DefQOS        = low",
        "  Comment       = hi",
    ]
