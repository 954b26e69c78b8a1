"""Files that are read as a whole: plain ones, pipes that deliver once, and what never ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slurmctl_rest import reading
from slurmctl_rest.backends.rest.auth import token_reader
from slurmctl_rest.config.load import all_profiles, load_profile
from slurmctl_rest.config.models import RestApi
from slurmctl_rest.errors import ConfigError, NotAuthenticated
from slurmctl_rest.reading import is_file, is_file_or_pipe, read_whole
from tests.support import jwt, rest_profile

PROFILE = b'[profiles.alps]\ncluster_name = "alps"\n'


@contextmanager
def delivering(path: Path, *parts: bytes) -> Iterator[Path]:
    """A named pipe into which somebody writes these parts, one after the other, and once."""
    os.mkfifo(path)

    def deliver() -> None:
        with path.open("wb", buffering=0) as pipe:
            for part in parts:
                pipe.write(part)

    writer = threading.Thread(target=deliver)
    writer.start()
    yield path
    writer.join()


@contextmanager
def substituted(*parts: bytes) -> Iterator[Path]:
    """A pipe as a shell's <(...) is: under a number of this process."""
    reads, writes = os.pipe()
    for part in parts:
        os.write(writes, part)
    os.close(writes)
    yield Path(f"/dev/fd/{reads}")
    os.close(reads)


def test_a_pipe_delivers_once_and_is_read_as_often_as_wanted(tmp_path: Path) -> None:
    with delivering(tmp_path / "pipe", b"one ", b"two") as pipe:
        assert [read_whole(pipe, 100, is_file_or_pipe) for _ in range(3)] == [b"one two"] * 3
    with substituted(b"other") as pipe:
        assert [read_whole(pipe, 100, is_file_or_pipe) for _ in range(2)] == [b"other"] * 2


def test_a_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for text in (b"one", b"two", b""):
        file.write_bytes(text)
        assert read_whole(file, 100) == text


@pytest.mark.parametrize("size", [0, 99, 100, 101, 1000])
def test_no_more_is_read_than_shows_that_it_is_too_much(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_whole(tmp_path / "file", 100) == b"x" * min(size, 101)
    with delivering(tmp_path / "pipe", b"x" * size) as pipe:
        assert read_whole(pipe, 100, is_file_or_pipe) == b"x" * min(size, 101)
    assert read_whole(Path("/dev/zero"), 100, lambda _: True) == b"\0" * 101
    assert read_whole(Path("/dev/null"), 100, lambda _: True) == b""


def test_what_does_not_fit_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, fits, words in (
        (tmp_path / "pipe", is_file, "it is not a plain file"),
        (Path("/dev/null"), is_file_or_pipe, "it is not a plain file"),
        (tmp_path, is_file_or_pipe, "Is a directory"),
        (tmp_path / "none", is_file, "No such file"),
    ):
        with pytest.raises(OSError, match=words):
            read_whole(path, 100, fits)


def test_nobody_is_waited_for_at_a_pipe_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PIPE_TIMEOUT_S", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    late = r"no end of file within 0\.1 s"
    with pytest.raises(ConfigError, match=f"profile file {pipe}: {late}"):
        load_profile(file=pipe)
    with pytest.raises(NotAuthenticated, match=f"token_file {pipe}: {late}"):
        token_reader(of_file(pipe))()
    writer = os.open(pipe, os.O_RDWR)  # it is open, and there is no end to it
    os.write(writer, b"half")
    with pytest.raises(ConfigError, match=late):
        load_profile(file=pipe)
    os.close(writer)


def of_file(path: Path) -> RestApi:
    api = rest_profile(token_file=str(path)).rest_api
    assert api is not None
    return api


def test_all_of_a_command_has_one_token_of_a_pipe(tmp_path: Path) -> None:
    """Each connection reads it, and doctor besides; it may come in pieces."""
    token = jwt(None)
    parts = (b"SLURM_JWT=", token[:20].encode(), token[20:].encode(), b"\n")
    with delivering(tmp_path / "pipe", *parts) as pipe:
        assert [token_reader(of_file(pipe))() for _ in range(3)] == [token] * 3
    with substituted(*parts) as pipe:
        assert [token_reader(of_file(pipe))() for _ in range(3)] == [token] * 3


def test_a_token_of_a_file_is_still_read_anew(tmp_path: Path) -> None:
    read = token_reader(of_file(tmp_path / "token"))
    tokens = [jwt(None, mark) for mark in "ab"]
    found = []
    for token in tokens:
        (tmp_path / "token").write_text(token)
        found.append(read())
    assert found == tokens


def test_a_profile_may_come_through_a_pipe(tmp_path: Path) -> None:
    with delivering(tmp_path / "pipe", PROFILE[:9], PROFILE[9:]) as pipe:
        assert [load_profile(file=pipe)[0] for _ in range(2)] == ["alps"] * 2
        assert list(all_profiles(pipe).profiles) == ["alps"]
    with substituted(PROFILE) as pipe:
        assert [load_profile(file=pipe)[0] for _ in range(2)] == ["alps"] * 2
