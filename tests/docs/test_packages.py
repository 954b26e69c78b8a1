"""The .deb and the .rpm, installed into empty roots by the tools of their distributions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest import __version__
from tests.docs.test_packaging import NAME, copy, needed, run
from tools import packages
from tools.docgen.files import files

NEEDED = ("dpkg-deb", "dpkg", "rpmbuild", "rpm")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both from the wheel and from the packages that the tests run with."""
    for program in NEEDED:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("packages")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    for name in needed(NAME):
        copy(name, folder / "lib")
    packages.main(next(folder.glob("*.whl")), folder / "lib", folder)
    return folder


def installed_deb(made: Path, root: Path) -> None:
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/updates").mkdir()
    (root / "var/lib/dpkg/status").touch()
    # The root is empty, so Python, the one dependency, is not in it.
    run("dpkg", f"--root={root}", "--force-depends", "--install", next(made.glob("*.deb")))


def installed_rpm(made: Path, root: Path) -> None:
    root.mkdir()
    run("rpm", f"--root={root}", "--nodeps", "--install", next(made.glob("*.rpm")))


def removed_deb(root: Path) -> None:
    run("dpkg", f"--root={root}", "--remove", NAME)


def removed_rpm(root: Path) -> None:
    run("rpm", f"--root={root}", "--erase", NAME)


@pytest.mark.parametrize(
    ("install", "remove"), [(installed_deb, removed_deb), (installed_rpm, removed_rpm)]
)
def test_a_package_is_the_program_with_man_and_completion(
    install: Callable[[Path, Path], None],
    remove: Callable[[Path], None],
    made: Path,
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    install(made, root)
    program = (sys.executable, "-I", "-S", root / "usr/bin" / NAME)
    assert run(*program, "--version") == f"{NAME} {__version__}\n"
    assert "slurmctl-rest-account - list" in run(*program, "man", "account")
    there = {
        str(path.relative_to(root / "usr")) for path in (root / "usr").rglob("*") if path.is_file()
    }
    pages = {f"share/{name}" for name in files() if name.startswith("man/")}
    scripts = {
        f"share/bash-completion/completions/{NAME}",
        f"share/zsh/site-functions/_{NAME}",
        f"share/fish/vendor_completions.d/{NAME}.fish",
    }
    assert {path for path in there if path.startswith("share/")} == pages | scripts
    assert os.access(root / "usr/bin" / NAME, os.X_OK)
    done = subprocess.run(
        [*program, "ping"], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "sacctmgr is not on PATH" in done.stderr) == (6, True)
    remove(root)  # and nothing that its runs have made keeps its folders
    assert [path for path in (root / "usr").rglob("*") if NAME in str(path.relative_to(root))] == []


def test_a_candidate_sorts_before_its_release(made: Path) -> None:
    names = sorted(file.name for file in made.glob("*.[dr][ep][bm]"))
    assert [name.partition(packages.VERSION)[1] for name in names] == [packages.VERSION] * 2
    compared = ("dpkg", "--compare-versions", packages.VERSION, "lt")
    release = __version__.partition("rc")[0]
    expected = 0 if "rc" in __version__ else 1
    assert subprocess.run([*compared, release], check=False).returncode == expected
