"""What `make dist` builds: the wheel as it is installed, and the one file for login nodes.

Nothing is downloaded: what the program needs is taken from where the tests run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from slurmctl_rest import __version__
from slurmctl_rest.cli.exits import Exit
from tests.support import give_away
from tools.docgen.files import files

ROOT = Path(__file__).parents[2]
NAME = "slurmctl-rest"
MADE = "slurmctl_rest-*.whl"
DATA = f"slurmctl_rest-{__version__}.data/data/"
PLACES = {
    "completions/slurmctl-rest.bash": "share/bash-completion/completions/slurmctl-rest",
    "completions/slurmctl-rest.zsh": "share/zsh/site-functions/_slurmctl-rest",
    "completions/slurmctl-rest.fish": "share/fish/vendor_completions.d/slurmctl-rest.fish",
}


def run(*argv: str | Path, **variables: str) -> str:
    """Run a command that must succeed, and return what it printed."""
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `make dist` does."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    return next(folder.glob(MADE))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment into which pip has put the wheel."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "others.pth").write_text(str(site_packages()), encoding="utf-8")
    return folder


def site_packages() -> Path:
    """Return where the tests have their packages."""
    return Path(str(distribution("pydantic").locate_file("")))


def test_the_wheel_has_all_files_of_the_package_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    here = [path for path in (ROOT / "slurmctl_rest").rglob("*") if path.is_file()]
    package = {str(p.relative_to(ROOT)) for p in here if p.suffix != ".pyc"}
    shared = {DATA + PLACES.get(name, f"share/{name}") for name in files() if name not in package}
    assert packed == package | shared


def test_what_is_installed_is_the_program(installed: Path) -> None:
    assert run(installed / "bin" / NAME, "--version") == f"slurmctl-rest {__version__}\n"
    where = (installed / "bin/python", "-I", "-c", "import slurmctl_rest; print(slurmctl_rest)")
    assert str(installed) in run(*where)


def test_completions_lie_where_shells_look(installed: Path) -> None:
    for source, place in PLACES.items():
        assert (installed / place).read_bytes() == (ROOT / source).read_bytes()


@pytest.mark.parametrize("page", sorted(name for name in files() if name.startswith("man/")))
def test_man_finds_a_page_beside_the_program(page: str, installed: Path) -> None:
    manpath = shutil.which("manpath")
    if manpath is None:
        pytest.skip("man-db is not installed")
    path = f"{installed / 'bin'}:{os.environ['PATH']}"
    section, name = re.findall(r"man(\d)/(.+)\.\d$", page)[0]
    assert run("man", "-w", section, name, PATH=path).strip() == str(installed / "share" / page)


def test_one_file_is_the_program_with_all_that_it_needs(
    wheel: Path, installed: Path, tmp_path: Path
) -> None:
    packages, file = tmp_path / "packages", tmp_path / NAME
    for name in needed(NAME):
        copy(name, packages)
    shiv = (sys.executable, "-m", "shiv", "--quiet", "--site-packages", packages)
    run(*shiv, "--no-deps", "--console-script", NAME, "--output-file", file, wheel)
    run(sys.executable, ROOT / "tools/guard_pyz.py", file)
    bare = (installed / "bin/python", "-I", "-S", file)  # -S: without others.pth
    world = {"HOME": str(tmp_path), "SHIV_ROOT": str(tmp_path / "unpacked"), "PATH": "/nowhere"}
    assert run(*bare, "--version", **world) == f"{NAME} {__version__}\n"
    assert "slurmctl-rest-account - list" in run(*bare, "man", "account", **world)
    assert run(*bare, "completion", "bash", **world) == (
        ROOT / "completions" / f"{NAME}.bash"
    ).read_text(encoding="utf-8")
    done = subprocess.run(
        [*bare, "account", "list"], env=world, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.partition(" (")[0]) == (
        Exit.UNREACHABLE,
        f"{NAME}: sacctmgr is not on PATH",
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        "packages",
        NAME,
        "unpacked",
        "home",
        "runtime",
    }
    assert (tmp_path / "unpacked").stat().st_mode & 0o777 == 0o700
    for made in (unpacked_by_all, unpacked_by_another, below_another, linked_by_another):
        root, refused = made(tmp_path / made.__name__, tmp_path / "unpacked")
        before = sorted(tmp_path.rglob("*"))
        done = subprocess.run(
            [*bare, "--version"],
            env={**world, "SHIV_ROOT": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"{NAME}: {refused} may be somebody else's, and what is unpacked there is run "
            "(set SHIV_ROOT to a folder of your own)\n"
        )
        assert sorted(tmp_path.rglob("*")) == before


def unpacked_by_all(root: Path, good: Path) -> tuple[Path, Path]:
    shutil.copytree(good, root)
    root.chmod(0o777)
    return root, root


def unpacked_by_another(root: Path, good: Path) -> tuple[Path, Path]:
    """As in /tmp, where everybody may make the folder that he knows the name of."""
    shutil.copytree(good, root)
    root.chmod(0o1777)
    (unpacked,) = (path for path in root.iterdir() if path.is_dir())
    give_away(unpacked)
    return root, unpacked


def below_another(home: Path, _: Path) -> tuple[Path, Path]:
    """As root would, who has kept somebody's HOME."""
    home.mkdir()
    give_away(home)
    return home / ".shiv", home


def linked_by_another(root: Path, good: Path) -> tuple[Path, Path]:
    root.symlink_to(good)
    give_away(root)
    return root, root


def needed(name: str) -> set[str]:
    """Return the names of all distributions that one needs, at any depth."""
    found: set[str] = set()
    left = [name]
    while left:
        for text in distribution(left.pop()).requires or ():
            requirement = Requirement(text)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and requirement.name not in found:
                found.add(requirement.name)
                left.append(requirement.name)
    return found


def copy(name: str, folder: Path) -> None:
    """Copy the packages of a distribution, as pip has installed them."""
    for file in distribution(name).files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), target)
