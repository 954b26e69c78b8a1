"""The cache of completion touches nothing but what completion has made itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slurmctl_rest.cli.completion import cache, names
from slurmctl_rest.cli.completion.names import GivenOptions, cache_key, cached, complete_names
from slurmctl_rest.cli.completion.scripts import VARIABLE
from tests.support import give_away, write_config

LONG_AGO = 1_000_000_000
STRANGERS = ("thesis.tex", "x.account", f"{'0' * 31}.account", f"{'0' * 32}.account.old", ".asked")
"""Names of files in a folder that is somebody's; those of completion's own are no wider."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the folder of the cache is to be: in one that is there, and this user's."""
    (tmp_path / "xdg").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg/slurmctl-rest"


def physics(*_: object) -> list[str]:
    return ["physics"]


@pytest.fixture(autouse=True)
def slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "fetch", physics)


def furnished(folder: Path, *more: str) -> Path:
    """Make somebody's folder, with old files in it, and more of these names."""
    folder.mkdir()
    for name in (*STRANGERS, *more):
        (folder / name).write_text(name)
        os.utime(folder / name, (LONG_AGO, LONG_AGO))
    (folder / "thesis").mkdir()
    return folder


def stands(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def test_a_folder_with_files_of_somebodys_loses_completions_own_alone(place: Path) -> None:
    gone, temporary = f"{'0' * 32}.account", f"{'0' * 32}.qos.4711"
    furnished(place, gone, temporary)
    assert cached("account", {}, physics) == ["physics"]
    assert stands(place) == {
        **{name: name for name in STRANGERS},
        f"{cache_key({})}.account": "physics\n",
    }


def test_what_is_no_file_is_no_old_one(place: Path, tmp_path: Path) -> None:
    place.mkdir()
    target = tmp_path / "target"
    target.write_text("somebody's")
    os.utime(target, (LONG_AGO, LONG_AGO))
    link, pipe, folder = (place / f"{digit * 32}.account" for digit in "123")
    link.symlink_to(target)
    os.utime(link, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    os.mkfifo(pipe)
    os.utime(pipe, (LONG_AGO, LONG_AGO))
    folder.mkdir()
    os.utime(folder, (LONG_AGO, LONG_AGO))
    assert cached("account", {}, physics) == ["physics"]
    assert {link, pipe, folder} < set(place.iterdir())
    assert target.read_text() == "somebody's"


def a_link(place: Path, home: Path) -> Path:
    place.symlink_to(furnished(home / "somebodys"))
    return home / "somebodys"


def a_link_to_nothing(place: Path, home: Path) -> Path:
    place.symlink_to(home / "missing")
    return home


def a_file(place: Path, home: Path) -> Path:
    place.write_text("a file")
    return home


def a_pipe(place: Path, home: Path) -> Path:
    os.mkfifo(place)
    return home


def one_that_the_group_writes_to(place: Path, _: Path) -> Path:
    furnished(place).chmod(0o770)
    return place


def one_that_all_write_to(place: Path, _: Path) -> Path:
    furnished(place).chmod(0o777)
    return place


def a_link_that_leads_nowhere_else(place: Path, home: Path) -> Path:
    (home / "xdg/real").mkdir()
    place.symlink_to("real")
    return home / "xdg/real"


@pytest.mark.parametrize(
    "made",
    [
        a_link,
        a_link_to_nothing,
        a_link_that_leads_nowhere_else,
        a_file,
        a_pipe,
        one_that_the_group_writes_to,
        one_that_all_write_to,
    ],
)
def test_a_folder_that_completion_has_not_made_is_not_used(
    made: Callable[[Path, Path], Path], place: Path, tmp_path: Path
) -> None:
    looked_at = made(place, tmp_path)
    before = (sorted(tmp_path.rglob("*")), stands(looked_at))
    assert list(complete_names("account", {})) == []
    assert (sorted(tmp_path.rglob("*")), stands(looked_at)) == before


def test_a_folder_of_another_is_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnished(place, f"{'0' * 32}.account")
    before = stands(place)
    us = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    assert list(complete_names("account", {})) == []
    assert stands(place) == before


@pytest.mark.parametrize("is_there", [True, False])
def test_nothing_is_made_in_the_home_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """As root would, who has kept somebody's HOME."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    home = tmp_path / "alice"
    home.mkdir()
    if is_there:
        (home / ".cache").mkdir()
    for folder in home.rglob("*"):
        give_away(folder)
    give_away(home)
    monkeypatch.setenv("HOME", str(home))
    before = sorted(home.rglob("*"))
    assert list(complete_names("account", {})) == []
    assert sorted(home.rglob("*")) == before


def test_a_link_of_a_strangers_on_the_way_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    (target / "cache").mkdir(parents=True)
    (tmp_path / "link").symlink_to(target)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "link/cache"))
    assert list(complete_names("account", {})) == ["physics"]  # one's own is, as to a larger disk
    (target / f"cache/slurmctl-rest/{cache_key({})}.account").unlink()
    give_away(tmp_path / "link")
    assert list(complete_names("account", {})) == []


def another_file(file: Path) -> None:
    os.mkfifo(file)


def another_folder(file: Path) -> None:
    file.mkdir()


def another_link(file: Path) -> None:
    (file.parent / "target").write_text("optics\n")
    file.symlink_to("target")


def another_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["account", "asked"])
@pytest.mark.parametrize("made", [another_file, another_folder, another_link, another_device])
def test_what_stands_in_the_place_of_a_file_is_left_alone(
    place: Path, made: Callable[[Path], None], kind: str
) -> None:
    place.mkdir(mode=0o700)
    file = place / f"{cache_key({})}.{kind}"
    made(file)
    before = (file.lstat(), sorted(place.iterdir()))
    assert list(complete_names("account", {})) == []
    assert (file.lstat(), sorted(place.iterdir())) == before


def test_folders_on_the_way_are_made_for_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a/b"))
    assert list(complete_names("account", {})) == ["physics"]
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a/b")]
    assert modes == [0o700, 0o700]


def test_a_full_disk_leaves_no_half_of_a_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with cache.opened() as kept:
        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space"):
            kept.write(f"{'0' * 32}.account", ["physics"])
    assert list(place.iterdir()) == []


def loud(_: str, __: GivenOptions) -> list[str]:
    raise AssertionError("it is asked")


@pytest.mark.parametrize("words", [("account", "list", "ph"), ("--profile", "a")])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_pipe_as_profile_file_is_left_for_the_command(
    words: tuple[str, ...], by: str, tmp_path: Path, place: Path
) -> None:
    """A TAB ends, and what somebody writes to the pipe is not taken from it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for ready in (False, True):
        opened = os.open(pipe, os.O_RDWR) if ready else -1
        if ready:
            os.write(opened, b"[profiles.alps]\n")
        option = ("--config", str(pipe)) if by == "option" else ()
        variable = {} if option else {"SLURMCTL_REST_CONFIG": str(pipe)}
        done = subprocess.run(
            [sys.executable, "-m", "slurmctl_rest", *option, *words],
            env={**os.environ, **variable, VARIABLE: "zsh"},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        if ready:
            assert os.read(opened, 100) == b"[profiles.alps]\n"
            os.close(opened)
    assert not place.exists()


def test_one_tab_of_the_program_itself(place: Path, tmp_path: Path) -> None:
    place.symlink_to(furnished(tmp_path / "somebodys"))
    (tmp_path / "sacctmgr").write_text("#!/bin/sh\nprintf 'Account|\\nphysics|\\n'\n")
    (tmp_path / "sacctmgr").chmod(0o755)
    write_config(Path(os.environ["HOME"]), f'[profiles.alps]\nslurm_bin_path = "{tmp_path}"\n')
    tab = [sys.executable, "-m", "slurmctl_rest", "account", "modify", "ph"]
    world = {**os.environ, VARIABLE: "zsh"}
    done = subprocess.run(tab, env=world, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stands(tmp_path / "somebodys") == {name: name for name in STRANGERS}
    place.unlink()
    done = subprocess.run(tab, env=world, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("physics")
