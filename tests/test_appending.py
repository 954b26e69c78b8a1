"""Lines that are appended: whole and by themselves, also where a disk was full in between."""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from slurmctl_rest import appending
from slurmctl_rest.appending import append_line
from tests.mounts import on_a_small_disk

APPEND = "import sys; from slurmctl_rest.appending import append_line; from pathlib import Path\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "new\n"),
        ("old\n", "old\nnew\n"),
        ('{"torn', '{"torn\nnew\n'),
        ("old\ntorn", "old\ntorn\nnew\n"),
        ("\n", "\nnew\n"),
    ],
)
def test_a_line_begins_by_itself(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "file"
    file.write_text(before)
    append_line(file, "new")
    assert file.read_text() == after


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    append_line(tmp_path / "file", "new")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_who_may_not_read_leaves_an_empty_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("old\n")
    real = os.open

    def write_only(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == file and flags & os.O_ACCMODE == os.O_RDONLY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", write_only)
    append_line(file, "new")
    assert file.read_text() == "old\n\nnew\n"


def test_a_disk_that_fills_and_has_room_again(tmp_path: Path) -> None:
    """The line that is cut is an error; the next one begins by itself."""
    program = (
        f"{APPEND}file = Path(sys.argv[1]) / 'trail'\n"
        "(file.parent / 'filler').write_bytes(b'x' * 3 * 4096)\n"
        "append_line(file, 'a' * 4000)\n"
        "import slurmctl_rest.appending as module\n"
        "module._refuse_without_room = lambda *_: None  # another fills it in this moment\n"
        "try: append_line(file, 'b' * 4000)\n"
        "except OSError as error: print(error.strerror)\n"
        "(file.parent / 'filler').unlink()\n"
        "append_line(file, 'c' * 10)\n"
        "print([(line[:1], len(line)) for line in file.read_text().splitlines()])\n"
    )
    script = shlex.join([sys.executable, "-c", program, str(tmp_path)])
    done = on_a_small_disk(tmp_path, 16, script, dict(os.environ))
    assert (done.stderr, done.stdout) == (
        "",
        "No space left on device\n[('a', 4000), ('b', 95), ('c', 10)]\n",
    )


def test_a_line_that_would_be_cut_is_not_begun(tmp_path: Path) -> None:
    program = (
        f"{APPEND}file = Path(sys.argv[1]) / 'trail'\n"
        "(file.parent / 'filler').write_bytes(b'x' * 3 * 4096)\n"
        "append_line(file, 'a' * 3000)\n"
        "for text, room in (('b' * 1200, 0), ('b' * 500, 1100)):\n"
        "    try: append_line(file, text, room)\n"
        "    except OSError as error: print(error.strerror, file.stat().st_size)\n"
        "append_line(file, 'b' * 500, 1000)\n"
        "print(file.stat().st_size)\n"
    )
    script = shlex.join([sys.executable, "-c", program, str(tmp_path)])
    done = on_a_small_disk(tmp_path, 16, script, dict(os.environ))
    full = "No space left on device 3001\n"
    assert (done.stderr, done.stdout) == ("", f"{full}{full}3502\n")


def test_many_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("torn")
    program = f"{APPEND}for _ in range(50): append_line(Path(sys.argv[1]), sys.argv[2] * 9000)"
    writers = [subprocess.Popen([sys.executable, "-c", program, file, letter]) for letter in "abcd"]
    assert [writer.wait() for writer in writers] == [0] * 4
    torn, *lines = file.read_text().split("\n")
    assert (torn, lines.pop()) == ("torn", "")
    assert sorted(lines) == sorted(letter * 9000 for letter in "abcd" for _ in range(50))


def test_another_writer_is_waited_for_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    with file.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer = threading.Thread(target=append_line, args=(file, "new"))
        writer.start()
        other.write("old\n")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_UN)
        writer.join()
        assert file.read_text() == "old\nnew\n"
        fcntl.flock(other, fcntl.LOCK_EX)
        monkeypatch.setattr(appending, "LOCK_TIMEOUT_S", 0.0)
        append_line(file, "newer")
    assert file.read_text() == "old\nnew\nnewer\n"


def test_a_link_of_a_stranger_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    append_line(link, "our own link is followed")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    owner = link.lstat().st_uid
    if owner == 0:
        try:
            os.lchown(link, 4321, 4321)
        except PermissionError:
            pytest.skip("only root can give a link away")
    with pytest.raises(OSError, match="belongs to another user"):
        append_line(link, "a stranger's is not")
    assert target.read_text() == "our own link is followed\n"
