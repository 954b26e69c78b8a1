"""python -m tools.names [FOLDER]: list names that have two meanings at the top level of a package.

A name is a function, a class or a constant of a module. It has two meanings if two modules define
it differently: a function by its signature and the first line of its docstring, a class by its
bases and that line, a constant by its value. One meaning a name lets a reader who has met the name
in one file trust it in the next.

A name with an underscore in front is left out: nothing outside its module can mean it, so a reader
meets it only beside its definition.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "slurmctl_rest"

CONVENTIONS: Mapping[str, str] = {
    "COMMANDS": "a table that each file of cli/commands/ has",
    "SUMMARY": "a text that a file of cli/commands/ has",
    "SYNTAX": "a text that a file of cli/commands/ has",
    "VERBS": "a table that each file of cli/commands/ has",
    "main": "where a program begins",
    "run": "what a command does",
}
"""Names that several modules have on purpose, because whoever calls them treats these alike."""

FAMILIES: Mapping[str, str] = {
    r"backends/commands/argv|backends/rest/requests": "one question, as each executor asks it",
    r"backends/commands/writes|backends/rest/(writes|unsupported)": "one step, for each executor",
    r"planning/(accounts|associations|objects|qos|users|jobs)": "the plan of a verb for one entity",
    r"model/entities/\w+": "one reading, for each entity",
    r"backends/commands/complaints|backends/rest/responses": "one judgement, for each executor",
    r"render/(drawings|table|tree)": "the lines of one layout",
    r"(cli|cli/commands)/\w+": "what a verb does, beside the verb's options and help",
}
"""Modules that are alike (a pattern of their paths), and what a name means in each of them. A name
is explained if one family holds all modules that define it."""

Meanings = Mapping[str, Mapping[str, list[str]]]
"""name -> meaning -> the places that define it so: {"read": {"def read(path)": ["a.py:3"]}}."""


def meanings(folder: Path) -> Meanings:
    """Return every public name of the folder's modules, with what it means where."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name, meaning in _definitions(node):
                if not name.startswith("_"):
                    found[name][meaning].append(f"{path.relative_to(folder)}:{node.lineno}")
    return found


def ambiguous(found: Meanings) -> Meanings:
    """Return the names that have more than one meaning, the most ambiguous first."""
    several = {
        name: of_name
        for name, of_name in found.items()
        if len(of_name) > 1 and name not in CONVENTIONS and not _is_of_one_family(of_name)
    }
    return dict(sorted(several.items(), key=lambda item: (-len(item[1]), item[0])))


def _is_of_one_family(of_name: Mapping[str, Sequence[str]]) -> bool:
    """Return whether all modules that define a name are alike.

    Example: {"def accounts(...)": ["backends/commands/argv.py:41"], "def accounts(...)": [...]}.
    """
    modules = [place.partition(".py:")[0] for places in of_name.values() for place in places]
    return any(all(re.fullmatch(family, one) for one in modules) for family in FAMILIES)


def _definitions(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the names that a statement defines, each with its meaning."""
    match node:
        case (
            ast.FunctionDef(name=name, args=arguments)
            | ast.AsyncFunctionDef(name=name, args=arguments)
        ):
            yield name, f"def {name}({ast.unparse(arguments)}){_docstring(node)}"
        case ast.ClassDef(name=name, bases=bases):
            yield name, f"class {name}({', '.join(map(ast.unparse, bases))}){_docstring(node)}"
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, f"{name} = {_shortened(value)}"
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, f"{name} = {_shortened(value)}"
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            for one, value in zip(names, values, strict=False):
                if isinstance(one, ast.Name):
                    yield one.id, f"{one.id} = {_shortened(value)}"


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    text = ast.get_docstring(node)
    return f': "{text.partition(chr(10))[0]}"' if text else ""


def _shortened(value: ast.expr) -> str:
    text = ast.unparse(value)
    return text if len(text) <= 70 else f"{text[:67]}..."


def main() -> None:
    """Print each ambiguous name, and below it what it means where."""
    found = ambiguous(meanings(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE))
    for name, of_name in found.items():
        print(f"{name}: {len(of_name)} meanings")
        for meaning, places in of_name.items():
            print(f"    {meaning}  ({', '.join(places)})")
    print(f"{len(found)} names have more than one meaning")


if __name__ == "__main__":
    main()
