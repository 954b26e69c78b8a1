"""A .deb and an .rpm of a wheel and of the packages that it needs.

    python -m tools.packages WHEEL FOLDER TARGET

FOLDER holds the packages, as `pip install --target` lays them. dpkg-deb and rpmbuild build what
distributions build with them, and apt has both; no further tool stands between. Everything lies
in /usr/lib/slurmctl-rest, so that no package of the distribution is needed or hidden but Python.
Compiled packages bind the result to the release of Python and the kind of machine that made it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from slurmctl_rest import __version__

NAME = "slurmctl-rest"
SUMMARY = "Administer Slurm accounting as sacctmgr does, over slurmrestd or the Slurm commands"
RELEASE = f"{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = f"usr/lib/{NAME}"
VERSION = __version__.replace("rc", "~rc")
"""As both sort it: a candidate comes before its release."""

LAUNCHER = f"""\
#!/usr/bin/python{RELEASE} -I
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "{LIBRARY}"))
from slurmctl_rest.__main__ import main

sys.exit(main())
"""
CONTROL = f"""\
Package: {NAME}
Version: {VERSION}
Architecture: {{architecture}}
Maintainer: The slurmctl-rest founders <slurmctl-rest@localhost>
Depends: python{RELEASE}
Recommends: man-db
Section: admin
Priority: optional
Description: {SUMMARY}
"""
SPEC = f"""\
Name: {NAME}
Version: {VERSION}
Release: 1
Summary: {SUMMARY}
License: MIT
Requires: /usr/bin/python{RELEASE}
AutoReqProv: no
%define __os_install_post %{{nil}}
%define debug_package %{{nil}}
%define _binary_payload w6.gzdio
%description
{SUMMARY}.
%install
cp -a %{{tree}}/. %{{buildroot}}/
%files
/usr/bin/{NAME}
/{LIBRARY}
/usr/share/man/man1/{NAME}*
/usr/share/man/man5/{NAME}*
/usr/share/bash-completion/completions/{NAME}
/usr/share/zsh/site-functions/_{NAME}
/usr/share/fish/vendor_completions.d/{NAME}.fish
"""


def tree(wheel: Path, packages: Path, root: Path) -> None:
    """Lay out what is installed, below `root`."""
    library = root / LIBRARY
    shutil.copytree(packages, library, ignore=shutil.ignore_patterns("__pycache__"))
    for scripts_and_pages in ("bin", "share"):  # of the packages that it needs
        shutil.rmtree(library / scripts_and_pages, ignore_errors=True)
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-index", "--no-compile", "--upgrade", "--target", library, wheel),
    )
    shutil.move(library / "share", root / "usr/share")
    shutil.rmtree(library / "bin")
    # Or root's first run would leave compiled files that no package owns, and removal would stop
    # at them. Unchecked, since the times of files are those of the build.
    _run(
        *(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
        *("-s", root, "-p", "/", library),
    )
    launcher = root / "usr/bin" / NAME
    launcher.parent.mkdir(parents=True)
    launcher.write_text(LAUNCHER, encoding="utf-8")
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path == launcher else 0o644)


def deb(root: Path, target: Path) -> Path:
    """Build the .deb of a tree."""
    machine = _run("dpkg", "--print-architecture").strip()
    control = root / "DEBIAN" / "control"
    control.parent.mkdir(mode=0o755)
    control.write_text(CONTROL.format(architecture=machine), encoding="utf-8")
    file = target / f"{NAME}_{VERSION}_{machine}.deb"
    _run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, file)
    shutil.rmtree(control.parent)
    return file


def rpm(root: Path, target: Path, work: Path) -> Path:
    """Build the .rpm of a tree."""
    spec = work / f"{NAME}.spec"
    spec.write_text(SPEC, encoding="utf-8")
    _run("rpmbuild", "-bb", "--define", f"_topdir {work / 'rpm'}", "--define", f"tree {root}", spec)
    (made,) = (work / "rpm/RPMS").rglob("*.rpm")
    return Path(shutil.copy(made, target))


def _run(*argv: str | Path) -> str:
    """Run a program that must succeed, and return what it printed."""
    done = subprocess.run(  # nosec B603 # noqa: S603 (an argument list, no shell)
        argv, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed: {done.stderr.strip()}")
    return done.stdout


def main(wheel: Path, packages: Path, target: Path) -> None:
    """Build both, and print their names."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        tree(wheel, packages, work / "tree")
        print(deb(work / "tree", target.resolve()))
        print(rpm(work / "tree", target.resolve(), work))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
