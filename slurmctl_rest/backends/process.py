"""The one place that runs a program: an argument list, never a shell."""

from __future__ import annotations

import errno
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import TypeAlias

MB = 2**20
MAX_OUTPUT_BYTES = 512 * MB
"""Bytes that a program may print on each stream: more than any cluster's associations are."""

LESS = "select less, by names or conditions"
"""The hint if an answer is too large."""

LESS_OR_MORE_ROOM = f"{LESS}; or raise max_answer_mb of the profile"
"""The hint if it exceeds max_answer_mb."""

TERMINATE_TIMEOUT_S = 1.0
"""Seconds that a program has to put its things in order, once it is told to end."""

CHUNK_BYTES = 2**16
"""Bytes that a pipe holds."""

Take: TypeAlias = Callable[[bytes], object]
"""Gets what a program prints, as it comes."""


class TooMuch(OSError):
    """A program printed more than it may, and was ended. Like other OSErrors it has words."""

    def __init__(self, stream: str, largest: int) -> None:
        """`stream`: its name; `largest`: bytes."""
        super().__init__(errno.EFBIG, f"more than {largest / MB:g} MiB on {stream}")


@contextmanager
def begun(
    argv: Sequence[str],
    environment: Mapping[str, str],
    limit: float,
    largest: int = MAX_OUTPUT_BYTES,
    *,
    alone: bool = True,
    take: Take | None = None,
    given: bytes = b"",
) -> Iterator[Callable[[], tuple[int, bytes, bytes]]]:
    """Begin a program, and yield what waits for its exit code (negative: the signal), stdout and
    stderr; nobody has to wait. It is ended where it is not over by the end of the block.

    `limit`: seconds, after which it is ended: subprocess.TimeoutExpired. `largest`: bytes that it
    may print on each stream, else it is ended: TooMuch. Other OSErrors, and ValueError for a NUL in
    a word, where it cannot be run at all.

    `alone`: it has a process group of its own, which ends with it. Not for what may ask for a
    password: in a group of its own it would be stopped there (see has_terminal).

    `take`: gets stdout as it comes, which is returned no further than it begins then.

    `given`: what it reads on stdin, less than a pipe holds.
    """
    deadline = time.monotonic() + limit
    with ExitStack() as stack:
        with _out_of_reach():
            child = subprocess.Popen(  # nosec B603 # noqa: S603 (an argument list, no shell)
                argv,
                # A program must not read the --from list, or the answer to our question.
                stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                # After a refusal slurmdbd closes the connection, and sacctmgr may write to it once
                # more: SIGPIPE would end it before stdout is flushed (5 of 1,500 runs, 26.05).
                restore_signals=False,
                process_group=0 if alone else None,
            )
            # Any exception from here on, a timeout too, ends the program.
            ending = _Ending(child, alone=alone)
            stack.push(ending.over)
        if child.stdin is not None:
            with suppress(BrokenPipeError), child.stdin as stdin:
                stdin.write(given)

        def wait() -> tuple[int, bytes, bytes]:
            # By the error itself: whoever waits may make another one of it.
            with ExitStack() as until:
                until.push(ending.over)
                out, err = _read(child, deadline, limit, largest, take)
                child.wait(max(deadline - time.monotonic(), 0))
            return child.returncode, out, err

        yield wait


def has_terminal() -> bool:
    """Tell whether there is a terminal to ask at: ssh and sudo open it themselves."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _read(
    child: subprocess.Popen[bytes],
    deadline: float,
    limit: float,
    largest: int,
    take: Take | None,
) -> tuple[bytes, bytes]:
    """Read both streams up to their end; what else holds them open is waited for, too."""
    names = {child.stdout: "stdout", child.stderr: "stderr"}
    chunks: dict[str, list[bytes]] = {name: [] for name in names.values()}
    sizes = dict.fromkeys(chunks, 0)
    with selectors.DefaultSelector() as selector:
        for stream, name in names.items():
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(child.args, limit)
            # Both streams at once: a program that fills one
            # pipe while we read the other would wait for ever.
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, CHUNK_BYTES)
                if not chunk:
                    selector.unregister(key.fileobj)
                taken = take is not None and key.data == "stdout"
                # Of what is handed on the first piece alone is kept, for messages.
                if not (taken and chunks[key.data]):
                    chunks[key.data].append(chunk)
                sizes[key.data] += len(chunk)
                if sizes[key.data] > largest:
                    raise TooMuch(key.data, largest)
                if taken and take is not None:
                    take(chunk)
    return b"".join(chunks["stdout"]), b"".join(chunks["stderr"])


class _Ending:
    """Ends the program where an exception comes, and closes its pipes in any case."""

    def __init__(self, child: subprocess.Popen[bytes], *, alone: bool) -> None:
        self.child = child
        self.alone = alone

    def over(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End it where an exception has come; an exit callback of ExitStack."""
        del kind, at
        try:
            if self.child.returncode is None:
                with suppress(PermissionError, ProcessLookupError):  # under sudo it is root's
                    # If we are interrupted, do not wait for it to end in good order.
                    self._end(gently=isinstance(error, subprocess.TimeoutExpired | TooMuch))
        finally:
            for stream in filter(None, (self.child.stdout, self.child.stderr)):
                stream.close()

    def _end(self, *, gently: bool) -> None:
        try:
            if gently and self.alone:
                self._send(signal.SIGTERM)
                self._await()
        finally:
            self._send(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):  # not even SIGKILL reaches a dead disk
                self.child.wait(TERMINATE_TIMEOUT_S)

    def _send(self, number: signal.Signals) -> None:
        # Until it is waited for, its number is nobody else's, and the group's neither.
        if self.alone:
            os.killpg(self.child.pid, number)
        else:
            os.kill(self.child.pid, number)

    def _await(self) -> None:
        """Give it time to end, and leave it to be waited for."""
        end = time.monotonic() + TERMINATE_TIMEOUT_S
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, self.child.pid, options) is None and time.monotonic() < end:
            time.sleep(0.01)


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Start a program that no signal of the terminal's ends: we decide when it does.

    It inherits what is ignored (a session of its own would take sudo and ssh their terminal, and
    shells drop a mask). Signals that are blocked meanwhile wait for us, and are not lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not ours there
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end programs: those of a terminal, that of one that is gone, and that of `kill`."""
