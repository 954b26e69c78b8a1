"""Names: the profiles of a file; Slurm's from a cache, or asked for by a process of its own."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from slurmctl_rest.backends import connect
from slurmctl_rest.cli.completion import names
from slurmctl_rest.cli.completion.names import (
    GivenOptions,
    cache_key,
    cached,
    complete_names,
    fetch,
    profiles,
)
from slurmctl_rest.config.models import Profile
from slurmctl_rest.errors import Unreachable
from slurmctl_rest.model.fields import Entity
from tests.support import write_config

CONFIG = """
default_profile = "alps"
[profiles.alps]
cluster_name = "alps"
[profiles.jura]
"""


@pytest.fixture
def folder(home: Path) -> Path:
    return home / ".cache/slurmctl-rest"


class Slurm:
    """Says names, or nothing; each question leaves a line, for it comes in another process."""

    def __init__(self, asked: Path, *said: str, fails: bool = False) -> None:
        self.asked, self.said, self.fails = asked, said, fails

    def __call__(self, of: str, _: GivenOptions) -> Sequence[str]:
        with self.asked.open("a") as file:
            file.write(f"{of}\n")
        if self.fails:
            raise Unreachable("slurmrestd cannot be reached")
        return self.said

    @property
    def questions(self) -> list[str]:
        return self.asked.read_text().split() if self.asked.exists() else []


def age(folder: Path, seconds: float) -> None:
    """Let all that is in the cache be older."""
    for file in folder.iterdir():
        then = file.stat().st_mtime - seconds
        os.utime(file, (then, then))


def test_names_are_asked_for_once(tmp_path: Path, folder: Path) -> None:
    slurm = Slurm(tmp_path / "asked", "physics", "optics", "physics")
    assert [cached("account", {}, slurm) for _ in range(3)] == [["optics", "physics"]] * 3
    assert cached("user", {}, slurm) == ["optics", "physics"]
    assert slurm.questions == ["account", "user"]
    assert {file.suffix for file in folder.iterdir()} == {".account", ".user"}


def test_no_names_are_an_answer_too(tmp_path: Path) -> None:
    slurm = Slurm(tmp_path / "asked")
    assert [cached("account", {}, slurm) for _ in range(2)] == [[], []]
    assert slurm.questions == ["account"]


def test_old_names_are_asked_for_anew(tmp_path: Path, folder: Path) -> None:
    slurm = Slurm(tmp_path / "asked", "physics")
    cached("account", {}, slurm)
    age(folder, names.FRESH)
    slurm.said = ("optics",)
    assert cached("account", {}, slurm) == ["optics"]


def test_where_none_came_slurm_is_left_alone_for_a_while(tmp_path: Path, folder: Path) -> None:
    slurm = Slurm(tmp_path / "asked", fails=True)
    assert [cached(of, {}, slurm) for of in ("account", "account", "user")] == [[], [], []]
    assert slurm.questions == ["account"]
    age(folder, names.SILENT)
    assert cached("user", {}, slurm) == []
    assert slurm.questions == ["account", "user"]


def test_nobody_else_reads_the_cache(tmp_path: Path, folder: Path) -> None:
    before = os.umask(0)
    try:
        cached("account", {}, Slurm(tmp_path / "asked", "physics"))
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


def test_it_lies_where_xdg_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    cached("account", {}, Slurm(tmp_path / "asked", "physics"))
    assert [file.suffix for file in (tmp_path / "xdg/slurmctl-rest").iterdir()] == [".account"]
    assert not folder.exists()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # is to be ignored
    cached("account", {}, Slurm(tmp_path / "asked", "physics"))
    assert folder.exists()


def test_what_is_very_old_is_removed(tmp_path: Path, folder: Path) -> None:
    slurm = Slurm(tmp_path / "asked", "physics")
    cached("account", {"--profile": "gone"}, slurm)
    age(folder, names.MAX_AGE_S)
    cached("account", {}, slurm)
    assert [file.stem for file in folder.iterdir()] == [cache_key({})]


def test_without_a_place_for_the_cache_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    slurm = Slurm(tmp_path / "asked", "physics")
    monkeypatch.setattr(names, "fetch", slurm)
    assert (complete_names("account", {}), slurm.questions) == ([], [])


def test_what_is_too_slow_is_there_at_the_next_tab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)

    def slow(of: str, _: GivenOptions) -> list[str]:
        go.read_text()  # until somebody writes
        return [of]

    monkeypatch.setattr(names, "ANSWER_TIMEOUT_S", 0)
    assert cached("account", {}, slow) == []
    go.write_text("now")
    os.wait()
    assert cached("account", {}, slow) == ["account"]


def test_who_asks_says_nothing_and_hears_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def loud(of: str, _: GivenOptions) -> list[str]:
        for stream in (1, 2):
            os.write(stream, b"loud")
        return [of, f"heard{os.read(0, 9).decode()}"]

    assert cached("account", {}, loud) == ["account", "heard"]
    assert capfd.readouterr() == ("", "")


def test_the_key_tells_apart_what_may_have_other_names(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = [cache_key({})]
    write_config(home, CONFIG)
    keys.append(cache_key({}))
    write_config(home, CONFIG + "\n")
    keys += [cache_key({}), cache_key({"--profile": "jura"})]
    (tmp_path / "x.toml").write_text(CONFIG)
    keys.append(cache_key({"--config": str(tmp_path / "x.toml")}))
    for variable in ("SLURMCTL_REST_PROFILE", "SLURMCTL_REST_REST_API__URL", "SLURM_CONF", "PATH"):
        monkeypatch.setenv(variable, "jura")
        keys.append(cache_key({}))
    assert len(set(keys)) == len(keys)
    assert cache_key({"--cluster": "jura", "--noheader": ""}) == keys[-1]
    monkeypatch.setenv("SLURM_JWT", "secret")
    assert cache_key({}) == keys[-1]


def test_profiles_are_those_of_the_file(home: Path, tmp_path: Path) -> None:
    assert profiles({}) == []
    write_config(home, CONFIG)
    assert profiles({}) == ["alps", "jura"]
    (tmp_path / "x.toml").write_text("[profiles.x]\n")
    assert profiles({"--config": str(tmp_path / "x.toml")}) == ["x"]


@pytest.mark.parametrize("text", ["[", "profiles = 3", "\xff", "", "[profiles]"])
def test_a_broken_file_has_no_profiles(home: Path, text: str) -> None:
    write_config(home, "").write_text(text, encoding="latin-1")
    assert list(complete_names("profile", {})) == []


def test_a_file_that_is_not_there_has_neither_profiles_nor_names(home: Path) -> None:
    options = {"--config": str(home / "missing.toml")}
    assert [list(complete_names(of, options)) for of in ("profile", "account")] == [[], []]


def test_without_a_home_there_are_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert list(complete_names("account", {})) == []


class Names:
    """A backend that has names, and knows whether it was closed."""

    closed = False

    def __init__(self, *said: str) -> None:
        self.said = said

    def names(self, entity: Entity) -> list[str]:
        return [entity.noun, *self.said]

    def close(self) -> None:
        self.closed = True


def test_the_profile_of_the_line_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_config(home, CONFIG)
    (tmp_path / "x.toml").write_text('[profiles.x]\ncluster_name = "x"\n')
    seen: list[tuple[str | None, float | None]] = []
    backend = Names()

    def connected(profile: Profile, timeout: float | None, waits: object = ()) -> Names:
        seen.append((profile.cluster_name, timeout))
        return backend

    monkeypatch.setattr(connect, "connect", connected)
    assert fetch("account", {}) == ["account"]
    assert fetch("qos", {"--profile": "jura"}) == ["qos"]
    assert fetch("user", {"--config": str(tmp_path / "x.toml"), "--profile": ""}) == ["user"]
    assert [name for name, _ in seen] == ["alps", None, "x"]
    assert {timeout for _, timeout in seen} == {names.MAX_FETCH_S - 1}
    assert backend.closed


def test_names_that_the_program_could_not_address_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = ("a.b-c_1", "Mixed", "-x", "a b", "$(x)", "a\n", "a,b", "", "gres/gpu:a100")
    monkeypatch.setattr(connect, "connect", lambda *_, **__: Names(*said))
    assert fetch("account", {}) == ["account", "a.b-c_1", "$(x)"]  # lines.py offers no such
    assert fetch("tres", {}) == ["tres", "a.b-c_1", "Mixed", "gres/gpu:a100"]
