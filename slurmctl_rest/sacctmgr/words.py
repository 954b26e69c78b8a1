"""The words after a verb and a noun, as sacctmgr takes them apart: key, operator, value, quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.values import lower
from slurmctl_rest.sacctmgr.wordlists import added

QUOTES = "\"'"
KEYWORDS = frozenset({"set", "where"})
"""Words that say of which kind the next ones are; they are not abbreviated."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; a bare one has neither key nor operator."""

    text: str
    key: str
    operator: str
    value: str

    @property
    def bare(self) -> bool:
        """Tell whether it is a name, a switch or a keyword."""
        return not self.operator

    @property
    def keyword(self) -> str:
        """Return `set` or `where`, if it is one of these."""
        lower = self.text.lower()
        return lower if self.bare and lower in KEYWORDS else ""

    def refused_operator(self, *, old: bool) -> str:
        """Return what sacctmgr says where only `=` is taken; `old`: 24.11 takes any operator."""
        if old or self.operator in {"", "="}:
            return ""
        return f" Invalid operator '{self.operator}' in {self.text}"

    def lowered(self) -> str:
        """Return the word as sacctmgr shows it once it has read the value: in lower case."""
        end = len(self.text) - len(self.value)
        return self.text[:end] + lower(self.value)


def word(text: str) -> Word:
    """Take a word apart.

    >>> word("GrpTRES=cpu+=5")
    Word(text='GrpTRES=cpu+=5', key='grptres', operator='=', value='cpu+=5')
    """
    for at, character in enumerate(text):
        if character == "=":
            return Word(text, text[:at].lower(), "=", text[at + 1 :])
        if character in "+-" and text[at + 1 : at + 2] == "=":
            return Word(text, text[:at].lower(), f"{character}=", text[at + 2 :])
    return Word(text, "", "", text)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling of what a key may mean, and the letters from which on it is known."""

    word: str
    letters: int
    meaning: str

    def is_meant_by(self, key: str) -> bool:
        """Tell whether a key, in lower case, is this one."""
        return len(key) >= self.letters and self.word.lower().startswith(key)


def meaning(key: str, known: Sequence[Spelling]) -> str | None:
    """Return what a key means: the first of `known` that fits counts."""
    return next((one.meaning for one in known if one.is_meant_by(key)), None)


def unquoted(value: str) -> str:
    """Return a value without the quotes around it, in lower case."""
    if value[:1] not in QUOTES or not value:
        return lower(value)
    end = value.find(value[0], 1)
    return lower(value[1 : end if end > 0 else len(value)])


def names(value: str, into: Sequence[str] = (), *, lowered: bool = True) -> tuple[str, ...]:
    """Return the names of a comma list after those of `into`, each once: where it comes last.

    An empty list names the empty name.
    """
    plain = unquoted(value) if lowered else _plain(value)
    if "[" in plain:
        raise Unsupported(
            f"names in brackets ({plain}) are not possible over REST",
            f"name each of them, or {CLI}",
        )
    found = [one for one in plain.split(",") if one] if plain else [""]
    return tuple(added(into, found))


def _plain(value: str) -> str:
    return value.strip(QUOTES)
