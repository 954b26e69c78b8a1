"""How the package is laid out: short files, and packages whose `__init__.py` only names things."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import slurmctl_rest

PACKAGE = Path(slurmctl_rest.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

MAX_LINES = 450


def test_no_file_is_too_long() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in FILES
    }
    too_long = {path for path, lines in lengths.items() if lines > MAX_LINES}
    assert too_long == set(), f"over {MAX_LINES} lines: split by subject"


def logic(source: str) -> list[str]:
    """Return the statements that do more than to document, import, or name constants."""
    harmless = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    first, *rest = ast.parse(source).body or [ast.Pass()]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return [
        ast.unparse(node)
        for node in ([] if is_docstring else [first]) + rest
        if not isinstance(node, harmless)
        or any(
            isinstance(inner, ast.Call | ast.Lambda | ast.comprehension) for inner in ast.walk(node)
        )
    ]


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=str)
def test_no_package_holds_logic_in_its_init(path: Path) -> None:
    assert logic(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('"""A package."""\n', 0),
        ('"""A package."""\nfrom a import b\n__version__ = "1"\nALL = (b, *b)\n', 0),
        ('"""A package."""\ndef f() -> None: ...\n', 1),
        ("class A: ...\n", 1),
        ("A = f()\n", 1),
        ("A = [one for one in B]\n", 1),
        ("if a:\n    import b\n", 1),
    ],
)
def test_what_counts_as_logic(source: str, wrong: int) -> None:
    assert len(logic(source)) == wrong
