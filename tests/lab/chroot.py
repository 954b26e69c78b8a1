"""A chroot with a Debian suite in it: how it is built, and how a command or a daemon runs in it.

No mount is ever made in the machine's own mount namespace. What needs /proc runs in a private
namespace that ends with it, so that nothing can be left mounted, however things end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import recipe
from .machine import (
    ENVIRONMENT,
    LabError,
    is_gone,
    kill_all_in,
    lives_in,
    mirror,
    remove_tree,
    stopping,
    unmount_below,
)

STAMP = "lab-recipe"  # at the top of a root that was built to the end


@dataclass(frozen=True)
class Chroot:
    """One suite's folder: `root/` is the chroot, the rest is what the lab keeps beside it."""

    suite: str
    home: Path

    @property
    def root(self) -> Path:
        return self.home / "root"

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run_files(self) -> Path:
        return self.home / "run"

    @property
    def token_file(self) -> Path:
        return self.home / "token"

    def inside(self, path: str) -> Path:
        """Where a path of the chroot is on the machine."""
        return self.root / path.lstrip("/")

    def is_built(self) -> bool:
        """Whether the root is whole and made by today's recipe."""
        try:
            return self.inside(STAMP).read_text() == recipe.root_stamp()
        except OSError:
            return False

    # Running

    def command(self, argv: Sequence[str], user: str = "root") -> list[str]:
        """The argv that runs argv inside, as a user of the chroot, in that user's home."""
        if user in recipe.USERS:
            argv = ["env", f"--chdir=/home/{user}", f"HOME=/home/{user}", f"USER={user}", *argv]
        return ["chroot", f"--userspec={user}", str(self.root), *argv]

    def run(
        self,
        *argv: str,
        user: str = "root",
        text: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside with a clean environment; text is its standard input."""
        return subprocess.run(
            self.command(argv, user),
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",  # a text of Slurm's may hold any bytes
            input=text or "",
            check=False,
            env={**ENVIRONMENT, "HOME": "/root", **(environment or {})},
        )

    # Daemons

    def pid_file(self, name: str) -> Path:
        return self.run_files / f"{name}.pid"

    def pid_of(self, name: str) -> int | None:
        """The pid of a running daemon; a stale pid file counts for nothing."""
        try:
            pid = int(self.pid_file(name).read_text())
        except (OSError, ValueError):
            return None
        return pid if lives_in(pid, self.root) else None

    def spawn(
        self, name: str, argv: Sequence[str], user: str, environment: Mapping[str, str]
    ) -> None:
        """Starts a daemon in a session of its own, with its output in a log, and notes its pid.

        It becomes a child of init, so that the caller never has to reap it. No step on its way
        forks, so that its pid is the one that the shell knows.
        """
        command = ["unshare", f"--mount-proc={self.inside('/proc')}", *self.command(argv, user)]
        start_and_note = 'note=$1; shift; setsid "$@" & echo $! >"$note"'
        with (self.logs / f"{name}.log").open("w") as log:
            subprocess.run(
                ["/bin/sh", "-c", start_and_note, "sh", str(self.pid_file(name)), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**ENVIRONMENT, **environment},
                cwd="/",
                check=True,
            )
        self._wait_for_entry(int(self.pid_file(name).read_text()))

    def _wait_for_entry(self, pid: int) -> None:
        """A few ms until the daemon is in its root, where stop() finds it whatever comes."""
        while not lives_in(pid, self.root) and not is_gone(pid):
            time.sleep(0.001)

    def stop(self) -> None:
        """Ends everything that runs in the root, and unmounts what somebody mounted there."""
        if self.root.exists():
            kill_all_in(self.root)
        unmount_below(self.home)
        shutil.rmtree(self.run_files, ignore_errors=True)

    def log_end(self, name: str, lines: int = 8) -> str:
        """The last lines of a daemon's or the build's log."""
        try:
            text = (self.logs / f"{name}.log").read_text(errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    # Building

    def build(self) -> None:
        """Makes the root anew. It gets its name only when it is complete."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.remove_leftovers()
        archive = mirror()
        if not archive:
            raise LabError("this machine's apt knows no Debian archive")
        folder = Path(tempfile.mkdtemp(prefix="building-", dir=self.home))
        try:
            with (self.logs / "build.log").open("w") as log:
                self._fill(folder, archive, log)
        except BaseException:
            remove_tree(folder)
            raise
        remove_tree(self.root)
        folder.rename(self.root)

    def remove_leftovers(self) -> None:
        """Removes what builds left that were killed."""
        for leftover in self.home.glob("building-*"):
            remove_tree(leftover)

    def _fill(self, folder: Path, archive: str, log: IO[str]) -> None:
        """debootstrap, then the packages. The script `sid` serves every suite."""
        options = ["--variant=minbase", "--include=ca-certificates"]
        script = "/usr/share/debootstrap/scripts/sid"
        self._step(["debootstrap", *options, self.suite, str(folder), archive, script], [], log)
        folder.chmod(0o755)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", folder / "etc" / name)
        (folder / "etc/dpkg/dpkg.cfg.d/lab").write_text(recipe.DPKG_OPTIONS)
        no_services = folder / "usr/sbin/policy-rc.d"
        no_services.write_text(recipe.NO_SERVICES)
        no_services.chmod(0o755)
        provision = ["chroot", str(folder), "sh", "-c", recipe.provision_script()]
        self._step(provision, [f"--mount-proc={folder}/proc"], log)
        (folder / STAMP).write_text(recipe.root_stamp())

    def _step(self, argv: Sequence[str], mounts: Sequence[str], log: IO[str]) -> None:
        """Runs one long command of a build; it dies with this process, and all it started too."""
        own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *mounts]
        environment = {**ENVIRONMENT, "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        environment.update({k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")})
        until_we_die = ["setpriv", "--pdeathsig", "KILL"]
        with subprocess.Popen(
            [*until_we_die, *own, *argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd="/",
            start_new_session=True,
        ) as process:
            while process.poll() is None:
                if stopping.is_set():
                    process.kill()
                    raise LabError(f"building {self.suite} was interrupted")
                time.sleep(0.05)
        if process.returncode:
            raise LabError(f"building {self.suite} failed:\n{self.log_end('build')}")
