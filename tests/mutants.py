"""python -m tests.mutants: write mutants.md from what `mutmut run` left in mutants/ (make mutants).

mutmut changes one expression at a time in functions, and runs the tests that call the function.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
PAGE = Path(__file__).with_suffix(".md")
PACKAGE = "slurmctl_rest"

SURVIVED, UNTESTED, UNTRIED = "survived", "no test", "not tried"
STATES: Mapping[int | None, str] = {0: SURVIVED, 33: UNTESTED, 5: UNTESTED, None: UNTRIED}
"""Exit code of the tests under a mutant; any other is a failure or a timeout: killed."""

AT_IMPORT = re.compile(r"\.model\.kinds\.\w+\.xǁ\w+ǁ__init__$")
"""Functions that are called before mutmut switches a mutant on, so that no test meets one: those
that make the kinds of values. tests/docs compares what they make with the schemas and man pages."""

HEAD = """\
# Mutation testing

`make mutants` changes one expression of a function at a time and runs the tests that call the
function. A mutant that no test notices has survived. The tests are those of tests/model,
tests/planning and tests/backends, but for those that wait for sockets and programs ([tool.mutmut]
in pyproject.toml); properties draw ten examples. Messages count: a mutant may change one letter's
case. The mutants are those of functions without decorators: tables are compared by tests of their
own. Left out are the constructors of kinds, which run before a mutant is switched on (mutants.py).

This page is written by `make mutants`. mutmut tries first what few tests reach. A mutant that no
run has come to is counted as not tried; of those that many tests reach, a random sample was tried.

"""


@dataclass(frozen=True)
class Mutant:
    """A mutant: its file, function and number, and what came of it."""

    file: str
    function: str
    number: int
    state: str


def mutants(folder: Path = MUTANTS) -> Iterator[Mutant]:
    """Yield those that mutmut has made, in their order."""
    for meta in sorted((folder / PACKAGE).rglob("*.py.meta")):
        file = str(meta.relative_to(folder / PACKAGE)).removesuffix(".meta")
        for key, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            name, _, number = key.rpartition("__mutmut_")
            if not AT_IMPORT.search(name):
                yield Mutant(file, called(name), int(number), STATES.get(code, "killed"))


def called(name: str) -> str:
    """Return a function's name as it is written: mutmut has x_name and xǁClassǁname."""
    return name.rpartition(".")[2].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def page(found: Sequence[Mutant]) -> str:
    """Return the figures of each file, and the functions in which mutants survive."""
    files = {one.file: [m for m in found if m.file == one.file] for one in found}
    rows = [_figures(f"{PACKAGE}/{file}", some) for file, some in files.items()]
    titles = (
        "File",
        "Mutants",
        "Killed",
        "Survived",
        "No test",
        "Not tried",
        "Killed of the tried",
    )
    lines = [titles, ("---", *("---:" for _ in titles[1:])), *rows, _figures("All", found)]
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"{HEAD}{table}\n## Survivors\n\n{''.join(_survivors(found))}"


def _figures(name: str, some: Sequence[Mutant]) -> tuple[str, ...]:
    states = [one.state for one in some]
    counts = [states.count(state) for state in ("killed", SURVIVED, UNTESTED, UNTRIED)]
    tried = len(some) - counts[-1]
    share = f"{100 * counts[0] / tried:.1f} %" if tried else ""
    return (name, str(len(some)), *map(str, counts), share)


def _survivors(found: Sequence[Mutant]) -> Iterator[str]:
    """Yield a line for each function with the numbers of its survivors (`mutmut show NAME`)."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.state in {SURVIVED, UNTESTED}:
            places.setdefault((one.file, one.function), []).append(str(one.number))
    for (file, function), numbers in places.items():
        why = REASONS.get(f"{file} {function}", "")
        reason = f": {why}" if why else ""
        yield f"- {file} `{function}` {', '.join(numbers)}{reason}\n"


EQUAL = "equivalent: it is only asked whether the value is empty"
SLOWER = "equivalent, and slower"
CHECKED = "equivalent: a check of what the types or the callers ensure"
HELD_ELSEWHERE = "held by tests that are left out here"
REASONS: Mapping[str, str] = {
    "backends/rest/body.py parse_around_list": f"{HELD_ELSEWHERE} (test_records.py), or {SLOWER}",
    "backends/rest/body.py _no_number": "a message that no one shows: the body is not JSON",
    "backends/rest/body.py _number": "a message that no one shows: the body is not JSON",
    "backends/rest/responses.py payload": f"{HELD_ELSEWHERE} (test_records.py)",
    "backends/rest/responses.py _unread": EQUAL,
    "model/kinds/numbers.py Real.read": "no value of a test has a seventh digit",
    "model/kinds/tres.py tres_amount": "equivalent: each letter is there once",
    "planning/accounts.py delete": EQUAL,
    "planning/associations.py delete": EQUAL,
    "planning/associations.py left_without": EQUAL,
    "planning/checks.py new_coordinators": CHECKED,
    "planning/checks.py unknown_user": SLOWER,
    "planning/jobs.py chosen": EQUAL,
    "planning/jobs.py plan_cancel": EQUAL,
    "planning/jobs.py _states": CHECKED,
    "planning/journal.py _flags": "None is as good as False; slurmdbd writes no other expression",
    "planning/qos.py delete": EQUAL,
    "planning/qos.py named_by": CHECKED,
    "planning/readback.py _is_lost": CHECKED,
    "planning/targets.py select": "equivalent: no words are added",
    "planning/targets.py match_targets": SLOWER,
    "planning/targets.py _as_tuple": CHECKED,
    "planning/tree.py _branches": CHECKED,
    "planning/usage.py Ledger.count": SLOWER,
    "planning/usage.py Rows.__iter__": CHECKED,
    "planning/usage.py branches": "equivalent: no account is called so",
    "planning/users.py _with_user": CHECKED,
}
"""File and function -> why its survivors stay. Those without a reason are gaps that are left."""

if __name__ == "__main__":
    PAGE.write_text(page(list(mutants())), encoding="utf-8")
