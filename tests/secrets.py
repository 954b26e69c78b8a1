"""The tokens that tests use, and the one question: does a text hold any of them?

All have the shape of a JSON web token, or are among the words here. The lab's own are learnt from
their files, the keys that sign them too. What a test invents besides, it tells by `secret`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}")
"""A signed token: head, claims, signature. A documented beginning, `eyJhbGciOi...`, is none."""

WORDS = {"SECRET", "S3cret-of-a-test"}
"""Tokens without that shape, which tests use."""

HOLDERS = re.compile(r"token\w*|jwt\w*(\.key)?|.*\.(token|jwt|key|pem)")
"""Names of files that hold a token or a key on purpose."""

LARGEST = 4 << 20
"""Bytes of a file that are looked at: no log, trail or profile of a test is as large."""

MASK = "***"

PLANTED: set[Path] = set()
"""Other files in which a test has put a token, to see that it is not told from there."""


def planted(file: Path) -> Path:
    """Say of a file that a token is in it on purpose, and return it."""
    PLANTED.add(file)
    return file


def secret(text: str) -> str:
    """Learn one more, and return it."""
    WORDS.add(text)
    return text


def learn(files: Iterable[Path]) -> None:
    """Learn what these files hold: tokens, bare or as SLURM_JWT=..., and keys."""
    for file in files:
        if file.is_file():
            text = file.read_text(encoding="latin-1").strip().removeprefix("SLURM_JWT=")
            WORDS.update(line for line in text.splitlines() if len(line) >= 16)


def found(text: str) -> list[str]:
    """Return what the text tells, each masked but for its first letters and where it stands."""
    if "eyJ" not in text and not any(word in text for word in WORDS):
        return []
    words = [word for word in WORDS if word in text]
    return [_masked(text, one) for one in dict.fromkeys([*JWT.findall(text), *words])]


def _masked(text: str, one: str) -> str:
    line = next((line for line in text.splitlines() if one in line), one)
    before = line.partition(one)[0][-60:]
    return f"{JWT.sub(MASK, before)}{one[:6]}{MASK}"


def told(where: str, *texts: str) -> None:
    """Fail where a text holds a token: `where` is what printed it."""
    for text in texts:
        here = found(text)
        assert not here, f"a token was shown by {where}: {', '.join(here)}"


def files_that_tell(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield files below a folder that hold a token, though they are not there for that."""
    for path, folders, names in os.walk(folder):
        if any(name.endswith(".dist-info") for name in folders):
            folders.clear()  # installed packages, whose documents show tokens of nobody
        for name in names:
            file = Path(path, name)
            if HOLDERS.fullmatch(name) or file in PLANTED or file.is_symlink():
                continue
            if not file.is_file():
                continue
            try:
                if file.stat().st_size <= LARGEST:
                    here = found(file.read_text(encoding="latin-1"))
                    if here:
                        yield file, here
            except OSError:  # it went in this moment, or is not ours
                continue
