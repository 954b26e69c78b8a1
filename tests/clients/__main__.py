"""`make clients`: install the clients of sacctmgr that the lab's tests drive.

Each gets an environment under .venv-clients, which stays as long as its lock does. `--no-deps`:
the locks hold what the driven modules import, and not the web servers and numerical libraries that
their packages would bring along for other parts of them.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv

from tests.clients.table import CLIENTS, Client

PIP = ("install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:")
LOCKED = ("--no-deps", "--require-hashes", "--requirement")


def wanted(client: Client) -> str:
    """Return what an environment depends on, as a hash: the lock, and the release of Python."""
    return hashlib.sha256(client.lock.read_bytes() + sys.version.encode()).hexdigest()


def is_installed(client: Client) -> bool:
    """Tell whether its environment is that of its lock."""
    return client.stamp.is_file() and client.stamp.read_text() == wanted(client)


def why_not(client: Client) -> str:
    """Return in one line why it is not installed; empty if it is."""
    if is_installed(client):
        return ""
    why = client.reason.read_text() if client.reason.is_file() else "`make clients` installs it"
    return f"{client.package} is not installed: {why}"


def install(client: Client) -> None:
    """Install it, or write down why that is not possible."""
    venv.create(client.folder, clear=True, symlinks=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", client.python, *PIP, *LOCKED, client.lock],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        client.reason.write_text((done.stderr.strip().splitlines() or ["pip said nothing"])[-1])
        return
    client.reason.unlink(missing_ok=True)
    client.stamp.write_text(wanted(client))


def main() -> int:
    """Return 0 if all clients are installed."""
    for client in CLIENTS:
        if not is_installed(client):
            install(client)
    missing = [text for text in map(why_not, CLIENTS) if text]
    for text in missing:
        print(text, file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
