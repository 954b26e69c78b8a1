"""What a person sees on a screen of 80 columns, whole."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from slurmctl_rest.errors import Conflict
from slurmctl_rest.model.change import Outcome, RowChange
from slurmctl_rest.model.columns import Column, parse_columns
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.entities import ACCOUNT, USAGE
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import SETTING
from slurmctl_rest.model.fields import Entity, Row
from slurmctl_rest.render import changes, listing, tree
from slurmctl_rest.render.cells import width_of
from slurmctl_rest.render.drawings import LISTS
from slurmctl_rest.render.formats import DRAWN, FORMATS
from slurmctl_rest.render.listing import OutputTarget, ResultList
from slurmctl_rest.render.rich_console import drawn
from slurmctl_rest.render.table import lines
from tests.support import PHYSICS, account

SCREEN = OutputTarget(terminal=True)
COLORED = OutputTarget(terminal=True, color=True)
NARROW = OutputTarget(terminal=True, width=40)
ASCII = OutputTarget(terminal=True, ascii=True)

JOKER = "[red]物理 :smile:[/red] \x1b[31m eyJhbGci.eyJzdWIi.c2lnbg"
SHOWN = r"[red]物理 :smile:[/red] \x1b[31m ***"
"""Nothing of it is an order to rich or to the terminal, and no token can be read."""

MANY = {"cpu": 100, "gres/gpu:a100": 4, "gres/gpu:h100": 12, "mem": 2048, "node": 7}
MODIFIED = RowChange(
    ACCOUNT, "modify", "physics", PHYSICS,
    {**PHYSICS, "GrpTRES": MANY, "MaxJobs": None, "Description": JOKER, "MaxWall": 60},
)  # fmt: skip
ADDED = RowChange(ACCOUNT, "add", "optics", None, account("optics", Fairshare=3))
DELETED = RowChange(ACCOUNT, "delete", "art", account("art"), None)
SAME = RowChange(ACCOUNT, "modify", "same", PHYSICS, PHYSICS)
BUSY = Outcome(
    DELETED, Conflict("account 'art': it has running jobs, of which there are far too many to name")
)


def test_a_report_has_marks_and_columns() -> None:
    outcomes = [*map(Outcome, (MODIFIED, ADDED, DELETED, SAME)), BUSY]
    report = changes.WriteReport(outcomes, [SentCommand(argv=("x",) * 50)], dry_run=True)
    assert list(changes.report_lines(report, SCREEN)) == [
        "~ account physics: would modify",
        r"  ~ Description: light and matter -> [red]物理 :smile:[/red] \x1b[31m ***",
        "  ~ GrpTRES:     cpu=100,mem=2G   -> cpu=100,gres/gpu:a100=4,gres/gpu:h100=12,",
        "                                     mem=2G,node=7",
        "  - MaxJobs:     5                -> (unset)",
        "  + MaxWall:     (unset)          -> 01:00:00",
        "+ account optics: would add",
        "  + Description:  optics",
        "  + Organization: optics",
        "  + Parent:       root",
        "  + Fairshare:    3",
        "- account art: would delete",
        "! account art: FAILED to delete",
        "1 to modify, 1 to add, 1 to delete, 1 unchanged, 1 failed",
        f"would run: {' '.join('x' * 50)}",  # whole, so that it can be copied
    ]


def test_what_will_not_be_done_is_said_with_why() -> None:
    assert list(changes.proposal(BUSY, SCREEN)) == [
        "- account art: delete",
        "  not done: account 'art': it has running jobs, of which there are far too many",
        "      to name",
    ]


def test_old_is_red_and_new_is_green() -> None:
    shown = [*changes.proposal(Outcome(MODIFIED), COLORED)]
    assert shown[0] == "\x1b[33m~\x1b[0m account physics: \x1b[33mmodify\x1b[0m"
    assert shown[4:] == [
        "\x1b[31m  -\x1b[0m MaxJobs:     \x1b[31m5\x1b[0m                -> \x1b[2m(unset)\x1b[0m",
        "\x1b[32m  +\x1b[0m MaxWall:     \x1b[2m(unset)\x1b[0m          -> \x1b[32m01:00:00\x1b[0m",
    ]
    assert without_colors(shown) == [*changes.proposal(Outcome(MODIFIED), SCREEN)]


def without_colors(lines: Sequence[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]


@pytest.mark.parametrize("color", [True, False])
def test_the_environment_says_nothing_that_the_target_has_not_said(
    color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR, TERM and the like have been looked at: --color=always is stronger, for one."""
    target = OutputTarget(terminal=True, color=color)
    before = [*changes.proposal(Outcome(MODIFIED), target)]
    for name, value in (
        *(("TERM", "dumb"), ("NO_COLOR", "1"), ("FORCE_COLOR", "1"), ("COLUMNS", "33")),
        *(("TTY_COMPATIBLE", "0"), ("COLORTERM", "truecolor"), ("JUPYTER_COLUMNS", "20")),
    ):
        monkeypatch.setenv(name, value)
        assert [*changes.proposal(Outcome(MODIFIED), target)] == before, name


def test_a_string_is_no_markup_either() -> None:
    assert drawn("[red]x[/red] :smile: 12 'y'", COLORED) == ["[red]x[/red] :smile: 12 'y'"]


def test_a_narrow_screen_gets_the_plain_lines() -> None:
    assert list(changes.proposal(Outcome(MODIFIED), NARROW)) == [
        "account physics: modify",
        rf"  Description: light and matter -> {SHOWN}",
        "  GrpTRES: cpu=100,mem=2G -> cpu=100,gres/gpu:a100=4,gres/gpu:h100=12,mem=2G,node=7",
        "  MaxJobs: 5 -> (unset)",
        "  MaxWall: (unset) -> 01:00:00",
    ]


def test_a_long_report_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(count: int) -> list[str]:
        return [*changes.report_lines(changes.WriteReport([Outcome(DELETED)] * count, []), SCREEN)]

    assert shown(listing.MAX_CHANGES_DRAWN)[-1] == "- account art: deleted"
    assert shown(listing.MAX_CHANGES_DRAWN + 1)[-1] == "account art: deleted"
    monkeypatch.setattr(tree, "MAX_ROWS_DRAWN", 1)
    wide = account("a", None, GrpTRES=MANY, MaxTRES=MANY)
    assert len([*tree.lines(ACCOUNT, [wide], SCREEN)]) == 2
    assert len([*tree.lines(ACCOUNT, [wide, account("b", None)], SCREEN)]) == 2


def test_a_deep_tree_loses_no_name() -> None:
    """rich itself shows nothing of what has no room."""
    rows = [account("a0", None), *(account(f"a{n}", f"a{n - 1}") for n in range(1, 40))]
    shown = [*tree.lines(ACCOUNT, rows, SCREEN)]
    assert shown[-1] == f"{' ' * 38 * 4}└── a39  Fairshare=1"
    assert [line.split()[-2] for line in shown] == [f"a{n}" for n in range(40)]


def test_what_leads_past_is_not_coloured() -> None:
    rows = [account("a", None, GrpTRES=MANY), account("b", "a", GrpTRES=MANY)]
    assert [*tree.lines(ACCOUNT, rows, OutputTarget(terminal=True, color=True, width=62))] == [
        "a\x1b[36m  Fairshare=1 GrpTRES=cpu=100,gres/gpu:a100=4,\x1b[0m",
        "│   \x1b[36mgres/gpu:h100=12,mem=2G,node=7\x1b[0m",
        "└── b\x1b[36m  Fairshare=1 GrpTRES=cpu=100,gres/gpu:a100=4,\x1b[0m",
        "        \x1b[36mgres/gpu:h100=12,mem=2G,node=7\x1b[0m",
    ]


def test_names_in_a_tree_are_no_markup() -> None:
    rows = [account("root", None), account("[red]x[/red]"), account(":smile:\x1b[2J")]
    assert list(tree.lines(ACCOUNT, rows, SCREEN)) == [
        "root  Fairshare=1",
        "├── [red]x[/red]  Fairshare=1",
        r"└── :smile:\x1b[2J  Fairshare=1",
    ]


def listed(
    entity: Entity,
    rows: Sequence[Row],
    target: OutputTarget = SCREEN,
    columns: str = "",
    totals: Sequence[Row] = (),
) -> list[str]:
    usual = [Column(entity[name]) for name in entity.columns]
    chosen = parse_columns(entity, columns) if columns else usual
    found = ResultList(entity, iter(rows), chosen, chosen=bool(columns), totals=totals)
    return [*FORMATS["table"](found, target)]


def test_each_list_that_is_drawn_has_its_form() -> None:
    assert set(DRAWN) == set(LISTS)


def check(name: str, status: str, detail: str, remedy: str | None = None) -> Row:
    return {
        "Profile": "alps", "Check": name, "Status": status, "Detail": detail, "Remedy": remedy,
    }  # fmt: skip


CHECKS = [
    check("configuration", "ok", "profile 'alps' of /etc/slurmctl-rest/config.toml"),
    check("token-expiry", "warn", JOKER, "scontrol token"),
    check(
        "rights-accounts",
        "fail",
        "root has no AdminLevel, so that it may neither add nor modify accounts and users",
        "sacctmgr modify user root set AdminLevel=Operator, as an administrator of slurmdbd",
    ),
    check("clock", "skipped", "slurmrestd does not answer"),
]


def test_findings() -> None:
    assert listed(CHECK, CHECKS) == [
        "ok       configuration    profile 'alps' of /etc/slurmctl-rest/config.toml",
        rf"warn     token-expiry     {SHOWN}",
        "                          -> scontrol token",
        "fail     rights-accounts  root has no AdminLevel, so that it may neither add nor",
        "                          modify accounts and users",
        "                          -> sacctmgr modify user root set AdminLevel=Operator,",
        "                             as an administrator of slurmdbd",
        "skipped  clock            slurmrestd does not answer",
    ]
    assert [line.partition(" ")[0] for line in listed(CHECK, CHECKS, COLORED)] == [
        *("\x1b[32mok", "\x1b[33mwarn", ""),
        *("\x1b[1;31mfail", "", "", "", "\x1b[2mskipped\x1b[0m"),
    ]


def setting(key: str, value: str | None, source: str, note: str | None = None) -> Row:
    return {"Key": key, "Value": value, "Source": source, "Note": note}


SETTINGS = [
    setting("execution_mode", "rest", "/etc/slurmctl-rest/config.toml"),
    setting("cluster_name", JOKER, "$SLURMCTL_REST_CLUSTER_NAME"),
    setting("lock_dir", None, "default"),
    setting("rest_api.token_env", "SLURM_JWT", "default", "is not set"),
]


def test_settings() -> None:
    assert listed(SETTING, SETTINGS) == [
        "Key                 Value                    Source                   Note",
        "─" * 80,
        "execution_mode      rest                     /etc/slurmctl-rest/conf",
        "                                             ig.toml",
        "cluster_name        [red]物理 :smile:[/red]  $SLURMCTL_REST_CLUSTER_",
        r"                    \x1b[31m ***             NAME",
        "lock_dir                                     default",
        "rest_api.token_env  SLURM_JWT                default                  is not set",
    ]
    assert listed(SETTING, SETTINGS[:3], COLORED)[-1].startswith("\x1b[2mlock_dir\x1b[0m")
    assert "Note" not in listed(SETTING, SETTINGS[:3])[0]


def used(user: str, tres: str, share: float, **more: float) -> Row:
    nothing: dict[str, str | float | None] = {field.name: None for field in USAGE.fields}
    return {**nothing, "Account": "物理", "User": user, "TRES": tres, "Share": share, **more}


USED = [
    used("alice", "cpu", 60.0, Used=120, Limit=100, LimitUsed=140, Percent=140.0),
    used("[red]bob", "cpu", 30.0, Used=60),
    used("carol", "cpu", 0.1, Used=1),
    used("carol", "mem", 100.0, Used=5),
]
TOTAL = [used("(total)", "cpu", 100.0, Used=181)]
BARS = [
    "Account  User      TRES  Used  Share                   Limit  LimitUsed  Percent",
    "─" * 80,
    "物理     alice     cpu    120   60.0  ━━━━━━━━━━━━━━━    100        140    140.0",
    "物理     [red]bob  cpu     60   30.0  ━━━━━━━╸",
    "物理     carol     cpu      1    0.1",
    "物理     carol     mem      5  100.0  ━━━━━━━━━━━━━━━",
    "物理     (total)   cpu    181  100.0",
]


def test_usage_has_bars_against_the_largest_of_its_tres() -> None:
    assert listed(USAGE, USED, totals=TOTAL) == BARS


def test_without_titles() -> None:
    lines_ = listed(USAGE, USED, replace(SCREEN, header=False), totals=TOTAL)
    assert [line.split() for line in lines_] == [line.split() for line in BARS[2:]]
    assert listed(SETTING, SETTINGS[:1], replace(SCREEN, header=False)) == [
        "execution_mode  rest  /etc/slurmctl-rest/config.toml"
    ]


def test_columns_of_usage_that_were_asked_for_are_kept() -> None:
    names = ",".join([*USAGE.columns, "Day", "Month"])
    assert "Month" not in listed(USAGE, USED[1:])[0]
    assert "Month" in "".join(listed(USAGE, USED[1:], columns=names))


@pytest.mark.parametrize("entity", [CHECK, SETTING, USAGE], ids=lambda entity: entity.noun)
def test_without_rows_there_are_the_titles(entity: Entity) -> None:
    assert listed(entity, [])[0].split() == [entity[name].title for name in entity.columns]


FORMS: Mapping[str, tuple[Entity, Sequence[Row]]] = {
    "check": (CHECK, CHECKS),
    "setting": (SETTING, SETTINGS),
    "usage": (USAGE, USED),
}


@pytest.mark.parametrize(("entity", "rows"), FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("ascii_", [False, True], ids=["utf-8", "ascii"])
def test_everything_is_shown_and_nothing_is_too_wide(
    entity: Entity, rows: Sequence[Row], width: int, ascii_: bool
) -> None:
    target = OutputTarget(terminal=True, width=width, ascii=ascii_)
    shown = listed(entity, rows, target)
    assert [line for line in shown if width_of(line) > width] == []
    assert all(line.isascii() for line in shown) or not ascii_
    whole = listed(entity, rows, replace(target, width=300))
    assert letters(whole) - letters(shown) == Counter()


def letters(lines: Sequence[str]) -> Counter[str]:
    return Counter(character for character in "".join(lines) if character.isalnum())


@pytest.mark.parametrize(("entity", "rows"), FORMS.values(), ids=list(FORMS))
def test_columns_with_widths_are_those_of_lists(entity: Entity, rows: Sequence[Row]) -> None:
    columns = parse_columns(entity, f"{entity.columns[0]}%12,{entity.columns[1]}%-5")
    found = ResultList(entity, rows, columns, chosen=True)
    assert [*FORMATS["table"](found, SCREEN)] == [*lines(found, SCREEN)]


def test_a_long_list_is_that_of_lists() -> None:
    rows = USED[:1] * (listing.MAX_ROWS_DRAWN + 1)
    assert "━" in listed(USAGE, rows[1:])[-1]
    assert "━" not in "".join(listed(USAGE, rows))


def test_off_a_terminal_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is rich loaded for it: a module that is None cannot be imported."""

    def plain(target: OutputTarget) -> Iterator[str]:
        yield from changes.proposal(Outcome(MODIFIED), target)
        yield from tree.lines(ACCOUNT, [account("a", None)], target)
        for entity, rows in ((CHECK, CHECKS[:1]), (SETTING, SETTINGS[:1]), (USAGE, [])):
            yield from listed(entity, rows, target)

    monkeypatch.setitem(sys.modules, "slurmctl_rest.render.drawings", None)
    monkeypatch.delattr("slurmctl_rest.render.drawings")
    assert [*plain(OutputTarget(width=20))] == [*plain(OutputTarget(width=200))]
    with pytest.raises(ImportError):
        [*plain(SCREEN)]
