"""`man` and `completion`: what is installed beside the program, wherever that is.

In the one file for login nodes neither `man` nor a shell would find it.
"""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import slurmctl_rest
from slurmctl_rest.cli.completion.scripts import SCRIPTS
from slurmctl_rest.errors import NotFound, UsageError
from slurmctl_rest.model.fields import did_you_mean, known_names
from slurmctl_rest.render.manual import page_text

PROGRAM = "slurmctl-rest"


def run(topic: str | None) -> None:
    """Show the page of a noun, or of the program."""
    file = page(topic or PROGRAM)
    command = shutil.which("man") if sys.stdout.isatty() else None
    if command:
        done = subprocess.run(  # nosec B603 # noqa: S603 (an argument list, no shell)
            [command, "-l", str(file)], check=False
        )
        if done.returncode == 0:
            return
    for line in page_text(file.read_text(encoding="utf-8")):
        print(line)


def page(topic: str) -> Path:
    """Return the file of a page: `account`, `slurmctl-rest-account`, `slurmctl-rest.toml`."""
    pages = {file.name.rpartition(".")[0]: file for file in _pages()}
    if not pages:
        raise NotFound("the manual pages are not installed", f"{PROGRAM} help has the same texts")
    for name in (topic, f"{PROGRAM}-{topic}"):
        if name in pages:
            return pages[name]
    known = sorted(name.removeprefix(f"{PROGRAM}-") for name in pages)
    remedy = did_you_mean(topic, known) or known_names(topic, known)
    raise UsageError(f"there is no manual page '{topic}'", remedy)


def _pages() -> Iterator[Path]:
    """Yield all pages of the first folder that has them."""
    beside = Path(slurmctl_rest.__file__).parents[1]
    for folder in (
        beside / "man",  # a checkout
        beside / "share" / "man",  # the one file
        beside.parents[1] / "share" / "man",  # a .deb or an .rpm, in lib/slurmctl-rest
        Path(sys.prefix) / "share" / "man",  # a wheel
        Path(site.getuserbase()) / "share" / "man",
    ):
        if found := sorted(folder.glob(f"man[15]/{PROGRAM}*")):
            yield from found
            return


def print_script(shell: str) -> None:
    """Print the script that a shell loads for completion."""
    if shell not in SCRIPTS:
        known = known_names(shell, sorted(SCRIPTS))
        raise UsageError(f"no completion for the shell '{shell}'", known)
    print(SCRIPTS[shell], end="")
