"""The one place that runs a program: an argument list, never a shell."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress


def ended(
    argv: Sequence[str], environment: Mapping[str, str], limit: float
) -> tuple[int, bytes, bytes]:
    """Run a program and return its exit code, stdout and stderr.

    `limit`: seconds, after which it is ended: subprocess.TimeoutExpired. OSError where it cannot be
    run at all.
    """
    with ExitStack() as stack:
        with _out_of_reach():
            child = subprocess.Popen(  # nosec B603 # noqa: S603 (an argument list, no shell)
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
            )
            stack.enter_context(child)
            # Whatever ends us, or our patience, ends the program too.
            stack.callback(_end, child)
        out, err = child.communicate(timeout=limit)
    return child.returncode, out, err


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(PermissionError):  # behind sudo it is root's
        child.kill()  # nothing happens where it has ended
        child.wait()


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Start a program that the terminal's Ctrl-C does not reach: we decide when it ends.

    It inherits what is ignored (a session of its own would take sudo and ssh their terminal, and
    shells drop a mask). What is blocked besides waits for us, and is not lost.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not ours there
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


ENDING = (signal.SIGINT, signal.SIGTERM)
