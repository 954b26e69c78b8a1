"""The figures of mutation testing: what the page is made from, and its floor."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.mutants import HEAD, PAGE, REASONS, Mutant, called, mutants, page
from tools import names


def test_mutants_are_read_from_what_mutmut_leaves(tmp_path: Path) -> None:
    file = tmp_path / "slurmctl_rest" / "model" / "kinds" / "base.py.meta"
    file.parent.mkdir(parents=True)
    name = "slurmctl_rest.model.kinds.base"
    codes = {
        f"{name}.x_truth__mutmut_1": 1,
        f"{name}.x_truth__mutmut_2": 0,
        f"{name}.xǁKindǁtext__mutmut_1": 33,
        f"{name}.xǁKindǁtext__mutmut_2": None,
        f"{name}.xǁKindǁtext__mutmut_3": -24,
        f"{name}.xǁKindǁ__init____mutmut_1": 0,
    }
    file.write_text(json.dumps({"exit_code_by_key": codes}))
    place = "model/kinds/base.py"
    assert list(mutants(tmp_path)) == [
        Mutant(place, "truth", 1, "killed"),
        Mutant(place, "truth", 2, "survived"),
        Mutant(place, "Kind.text", 1, "no test"),
        Mutant(place, "Kind.text", 2, "not tried"),
        Mutant(place, "Kind.text", 3, "killed"),
    ]


def test_names_are_those_of_the_code() -> None:
    names = ("a.b.x_of_it", "a.b.x__own", "a.b.xǁKindǁ_own")
    assert [called(name) for name in names] == ["of_it", "_own", "Kind._own"]


def test_reasons_and_page_name_functions_that_exist() -> None:
    survivors = re.findall(
        r"^- (\S+\.py) `([\w.]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    for file, function in [*(key.split() for key in REASONS), *survivors]:
        code = (names.PACKAGE / file).read_text(encoding="utf-8")
        assert f"def {function.rpartition('.')[2]}(" in code, (file, function)


def test_the_page() -> None:
    found = [
        Mutant("a.py", "f", 1, "killed"),
        Mutant("a.py", "f", 2, "survived"),
        Mutant("a.py", "f", 3, "no test"),
        Mutant("b.py", "g", 1, "not tried"),
    ]
    assert page(found).removeprefix(HEAD) == (
        "| File | Mutants | Killed | Survived | No test | Not tried | Killed of the tried |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| slurmctl_rest/a.py | 3 | 1 | 1 | 1 | 0 | 33.3 % |\n"
        "| slurmctl_rest/b.py | 1 | 0 | 0 | 0 | 1 |  |\n"
        "| All | 4 | 1 | 1 | 1 | 1 | 33.3 % |\n"
        "\n## Survivors\n\n"
        "- a.py `f` 2, 3\n"
    )


def test_nine_of_ten_mutants_are_killed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (share,) = re.findall(r"(?m)^\| All \|.*\| ([\d.]+) % \|$", text)
    assert float(share) >= 90
