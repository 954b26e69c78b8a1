"""No private name of another's library is used: it may change with any release of it.

Three ways to use one are looked for: an attribute (`x._name`, or by getattr), an import, and a
class of ours that redefines or shares what the class of a library keeps for itself.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "slurmctl_rest"

ALLOWED = {
    # Documented in spite of its name: the way to end a child after a fork.
    ("slurmctl_rest/cli/completion/names.py", "os._exit"),
    # The stubs of Python's own types, for a checker of types only: nothing is loaded.
    ("slurmctl_rest/cli/streams.py", "_typeshed"),
}
"""File and name, each with its reason."""

PRIVATE = re.compile(r"_(?!_)\w+")
"""Names with two underscores at both ends are Python's protocols, and public."""

BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}


@dataclass
class Use:
    """Where a private name is used; `of` as it is written."""

    file: str
    of: str
    line: int = field(compare=False)


@dataclass
class Source:
    """A file, taken apart."""

    name: str
    tree: ast.Module

    @cached_property
    def members(self) -> set[str]:
        """Return the private names that classes of this file have: methods and attributes."""
        return {
            name
            for one in ast.walk(self.tree)
            if isinstance(one, ast.ClassDef)
            for name in members(one)
        }

    @cached_property
    def modules(self) -> set[str]:
        """Return the names of our own modules that it imports from."""
        return {
            one.module
            for one in ast.walk(self.tree)
            if isinstance(one, ast.ImportFrom) and one.module and ours(one.module)
        }


def members(cls: ast.ClassDef) -> set[str]:
    """Return the private names of a class: what its body defines, and what is set on self."""
    defined: set[str] = set()
    for one in cls.body:
        if isinstance(one, ast.FunctionDef):
            defined.add(one.name)
        elif isinstance(one, ast.AnnAssign | ast.Assign):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            defined |= {target.id for target in targets if isinstance(target, ast.Name)}
    for node in ast.walk(cls):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and of_self(node):
            defined.add(node.attr)
    return {name for name in defined if PRIVATE.fullmatch(name)}


def of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}


def ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


@cache
def sources() -> dict[str, Source]:
    """Return the files of the program, by the names of their modules."""
    found = {}
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        relative = file.relative_to(ROOT)
        module = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        text = file.read_text(encoding="utf-8")
        found[module] = Source(relative.as_posix(), ast.parse(text))
    return found


def attributes(source: Source) -> Iterator[tuple[str, str, int]]:
    """Yield the private attributes that a file uses: name, text and line."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            yield node.attr, ast.unparse(node), node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in BY_NAME:
            for one in node.args:
                name = one.value if isinstance(one, ast.Constant) else None
                if isinstance(name, str) and PRIVATE.fullmatch(name):
                    yield name, ast.unparse(node), node.lineno


def foreign_attributes(source: Source, all_: dict[str, Source]) -> list[Use]:
    """Return the private attributes that are of no class here, nor of a module imported here."""
    known = source.members.union(*(all_[name].members for name in source.modules if name in all_))
    return [
        Use(source.name, text, line) for name, text, line in attributes(source) if name not in known
    ]


def foreign_imports(source: Source) -> list[Use]:
    """Return the imports of private modules, and of private names of modules."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [
            Use(source.name, name.partition(".")[0] if name.startswith("_") else name, node.lineno)
            for name in names
            if not ours(name) and any(PRIVATE.fullmatch(part) for part in name.split("."))
        ]
    return found


def test_no_private_attribute_of_a_library_is_used() -> None:
    all_ = sources()
    used = [
        use
        for source in all_.values()
        for use in (*foreign_attributes(source, all_), *foreign_imports(source))
    ]
    assert [use for use in used if (use.file, use.of) not in ALLOWED] == []
    assert {(use.file, use.of) for use in used} == ALLOWED, "an exception that nobody needs"


def shared(cls: type, names: set[str]) -> set[str]:
    """Return those of the private names that a library's base of the class has, too."""
    taken: set[str] = set()
    for base in cls.__mro__[1:]:
        if ours(base.__module__) or base is object:
            continue
        taken |= names & set(vars(base))
        try:
            text = inspect.getsource(base)
        except (OSError, TypeError):  # written in C: its instances have nothing that Python sees
            continue
        taken |= names & set(re.findall(r"\bself\.(_\w+)", text))
    return taken


def test_no_class_shares_a_private_name_with_that_of_a_library() -> None:
    """Where both have `_state`, one writes over the other's."""
    found = {}
    for module, source in sources().items():
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and (names := members(node)):
                cls = getattr(importlib.import_module(module), node.name)
                found[cls] = shared(cls, names)
    assert {cls: names for cls, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import httpcore\nhttpcore.ConnectionPool()._connections",
        "import h11\ngetattr(h11.Connection(h11.CLIENT), '_cstate', None)",
        "from operator import attrgetter\nattrgetter('_state')",
        "import sys\nsys._getframe()",
        "class A:\n    def f(self):\n        return self._not_defined",
        "class A:\n    def f(self, x):\n        x._set_elsewhere = 1",
        "from httpx._client import Client",
        "import httpcore._sync",
        "from httpx import _client",
        "import _thread",
    ],
)
def test_a_private_name_is_found(text: str) -> None:
    source = Source("x.py", ast.parse(text))
    assert len([*foreign_attributes(source, {}), *foreign_imports(source)]) == 1


def test_what_is_our_own_is_not_found() -> None:
    text = """
from slurmctl_rest.errors import _one
class A:
    _kind: int
    def __init__(self, other):
        self._state = other._state, self._f, type(other).__name__, other.__cause__
    def _f(self): ...
"""
    source = Source("x.py", ast.parse(text))
    assert (foreign_attributes(source, {}), foreign_imports(source)) == ([], [])


def test_a_name_that_a_library_has_too_is_found() -> None:
    import threading  # noqa: PLC0415  (a class with private names of its own)

    class Ours(threading.Thread):
        pass

    assert shared(Ours, {"_target", "_bootstrap", "_ours"}) == {"_target", "_bootstrap"}
