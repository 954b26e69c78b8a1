"""stdout and stderr of the program: every byte of stdout gets there, or an error says so.

Python's own streams do less. With PYTHONUNBUFFERED they forget what a short write has left, and a
short write is what a disk gives that fills up, a pipe that does not wait (O_NONBLOCK), and any pipe
where the program is stopped and continued. And at the end of the program they turn an exit code
into 120 where stderr cannot be written.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDOUT = "stdout"
"""Its name in errors: `filename` of the OSError."""


class Output(io.FileIO):
    """Writes some of the bytes, or raises OSError; io.BufferedWriter above it writes the rest."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Wait for a pipe that does not wait itself; name stdout in errors."""
        try:
            while (written := super().write(data)) is None:  # EAGAIN
                _wait(self.fileno())
        except OSError as error:
            # With the number it is a BrokenPipeError again, where it was one.
            raise OSError(error.errno, error.strerror, STDOUT) from error
        return written


class Messages(io.FileIO):
    """Writes what it can: a message that nobody can hear changes nothing of what was done."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of the bytes; all are gone where none can be written."""
        with suppress(OSError):
            while (written := super().write(data)) is None:
                _wait(self.fileno())
            return written
        return memoryview(data).nbytes


def _wait(file: int) -> None:
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    poll.poll()


def prepare() -> None:
    """Put these streams in place of Python's, and open what the caller closed.

    Python leaves a closed stream as None, and would then print errors among the rows. In the
    locale C it takes a terminal for one that shows UTF-8, which may be so or not. No character of a
    name ends the program.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), (STDOUT, "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(_null(number), mode, closefd=False))
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    sys.stdout = _text(sys.stdout, Output)
    sys.stderr = _text(sys.stderr, Messages)


def _text(stream: TextIO, kind: type[io.FileIO]) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # of a Python program that calls us
    plain = stream.isatty() and _is_plain(os.environ)
    return io.TextIOWrapper(
        io.BufferedWriter(kind(stream.fileno(), "w", closefd=False)),
        encoding="ascii" if plain else stream.encoding,
        errors="backslashreplace",
        # A reader that sets PYTHONUNBUFFERED waits for lines.
        line_buffering=stream.line_buffering or isinstance(stream.buffer, io.RawIOBase),
    )


AS_THEY_CAME = "as they came"


def pass_bytes_on() -> None:
    """Let bytes of words that are not UTF-8 leave as they came, as those of a C program do."""
    codecs.register_error(AS_THEY_CAME, _as_they_came)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=AS_THEY_CAME)


def _as_they_came(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    data = b""
    for character in error.object[error.start : error.end]:
        byte = ord(character) - 0xDC00
        is_byte = 0x80 <= byte <= 0xFF
        data += bytes([byte]) if is_byte else character.encode("ascii", "backslashreplace")
    return data, error.end


def finish() -> None:
    """Write what stdout still holds; OSError where it, or what was written before, is lost.

    A disk of the network may say only when a file is closed that there was no room.
    """
    sys.stdout.flush()
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):  # no file, in tests
        return
    try:
        os.close(os.dup(number))
    except OSError as error:
        raise OSError(error.errno, error.strerror, STDOUT) from error


def drop() -> None:
    """Let what stdout still holds go nowhere: Python would try once more, and exit with 120."""
    with suppress(OSError, ValueError):  # no file, in tests
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def take_sigpipe() -> None:
    """Let SIGPIPE end this process, as it ends sacctmgr whose output nobody reads.

    Python ignores it, and so would a program that takes the place of this one.
    """
    import signal  # noqa: PLC0415  (its enums are a tenth of a short start)

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def end_by_sigpipe() -> None:
    """End this process by SIGPIPE, of which a shell makes 141."""
    import signal  # noqa: PLC0415  (as above)

    take_sigpipe()
    os.kill(os.getpid(), signal.SIGPIPE)


def is_of_stdout(error: BaseException) -> bool:
    """Tell whether stdout is what could not be written: all other files have a name in errors."""
    return isinstance(error, OSError) and bool(error.strerror) and error.filename in {STDOUT, None}


def unwritten(error: OSError) -> str:
    """Return the words for it."""
    return f"the output cannot be written: {error.strerror}"


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Tell whether the locale is C: the terminal shows ASCII, and may show nothing else."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next((name for name in names if name), "C") in {"C", "POSIX"}


def _null(number: int) -> int:
    """Return /dev/null under the number of a closed stream, so that no socket gets it."""
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return number
