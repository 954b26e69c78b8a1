"""A folder with a `sacctmgr` that is this program, without the time that its start takes.

Hundreds of calls of a client would each import the program anew. The `sacctmgr` here hands its
words, its environment and its streams to this process, which lets forked.py run the program with
them, and ends with its exit code.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from . import forked

SCRIPT = """#!{python} -IS
import os, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect({address!r})
environment = [f"{{name}}={{value}}" for name, value in os.environ.items()]
told = [str(os.getpid()), os.getcwd(), str(len(sys.argv) - 1), *sys.argv[1:], *environment]
there.sendall(os.fsencode("\\0".join(told)))
there.shutdown(socket.SHUT_WR)
sys.exit(int(there.recv(9)))
"""
PATIENCE_S = 270
"""How long one call may take."""


@contextlib.contextmanager
def sacctmgr(folder: Path) -> Iterator[Path]:
    """Return a folder with a `sacctmgr` that works until this ends."""
    programs, address = folder / "served", str(folder / "socket")
    programs.mkdir()
    script = programs / "sacctmgr"
    script.write_text(SCRIPT.format(python=sys.executable, address=address))
    script.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        threading.Thread(target=_serve, args=(door,), daemon=True).start()
        try:
            yield programs
        finally:
            with contextlib.suppress(OSError):  # closed, if a call has failed here
                door.shutdown(socket.SHUT_RDWR)  # accept() ends


def _serve(door: socket.socket) -> None:
    with door:  # whatever ends this, a call meets a closed door, and does not wait for ever
        while True:
            try:
                there, _ = door.accept()
            except OSError:
                return
            with there, there.makefile("rb") as told:
                there.sendall(str(_run(told.read().decode("utf-8", "surrogateescape"))).encode())


def _run(told: str) -> int:
    """Run what is told by SCRIPT, and return the exit code; 255 where it has not ended in time."""
    pid, folder, count, *rest = told.split("\0")
    words, environment = rest[: int(count)], rest[int(count) :]
    streams = [Path(f"/proc/{pid}/fd/{number}") for number in range(3)]
    code = forked.run(
        ["sacctmgr", *words],
        dict(one.split("=", 1) for one in environment),
        (streams[0], streams[1], streams[2]),
        PATIENCE_S,
        folder=Path(folder),
    )
    return 255 if code is None else code % 256
