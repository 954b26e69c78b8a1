"""The clients: a package, its lock, and the module that drives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-clients"
"""Where `make clients` installs them."""


@dataclass(frozen=True)
class Client:
    """A published package that runs sacctmgr.

    name      of the module here that drives it, its lock, and its environment
    package   as it is published
    release   that is driven
    """

    name: str
    package: str
    release: str

    @property
    def lock(self) -> Path:
        """Return the file with what is installed for it, to the byte."""
        return ROOT / "requirements" / f"clients-{self.name}.lock"

    @property
    def folder(self) -> Path:
        """Return its environment."""
        return HOME / self.name

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Return the file that says for which lock it was installed."""
        return self.folder / "installed-for"

    @property
    def reason(self) -> Path:
        """Return the file that says why it could not be installed."""
        return HOME / f"{self.name}.reason"


CLIENTS = (
    Client("waldur", "waldur-site-agent-slurm", "1.0.7"),
    Client("coldfront", "coldfront", "1.1.10"),
    Client("bank", "crc-bank", "0.2.10"),
)
