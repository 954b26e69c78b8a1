"""Words of a fixed list: flags, modes, marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slurmctl_rest.model.kinds.base import Json, Kind, Operator, Value, as_list, as_text, truth
from slurmctl_rest.model.kinds.names import NameSet, _name_set, names_in
from slurmctl_rest.model.text import nearest_first, printable


class WordSet(NameSet):
    """A set of words that Slurm defines, like flags. `known`: sacctmgr's word -> slurmrestd's."""

    clear_text = "-1"

    def __init__(self, known: Mapping[str, str], unit: str) -> None:
        """`unit` says what the words are."""
        super().__init__(unit)
        self.schema = {"type": "array", "items": {"type": "string"}}
        self.known = known

    @property
    def words(self) -> tuple[str, ...]:
        """Return sacctmgr's words."""
        return tuple(self.known)

    def parse(self, text: str) -> Value:
        """Read a comma list of the words, in any case; empty or -1 is none."""
        if text.strip() in {"", "-1"}:
            return ()
        return _name_set(flag_of(part, self.known) for part in text.split(","))

    def load(self, json: Json) -> Value:
        """Read the list; a word that is not known here is kept as slurmrestd has it."""
        ours = {theirs: word for word, theirs in self.known.items()}
        words = [as_text(word) for word in as_list(json)]
        return _name_set(ours.get(word, word) for word in words)

    def dump(self, value: Value) -> Json:
        """Write the list."""
        return [self.known.get(word, word) for word in names_in(value)]

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Name the whole set; none is -1."""
        del before
        # Whole: of += and -= on Flags in one call sacctmgr
        # does the last alone (tests/lab/test_grammar.py).
        return [f"={self.text(after) or self.clear_text}"]


class Switch(WordSet):
    """Flags of which there is one, and a word that takes it away: (word,) or ().

    slurmdbd stores the one bit, and takes the other word for its absence, whatever else is named.
    """

    def __init__(self, on: str, off: str, unit: str) -> None:
        """`off` takes `on` away; slurmrestd has the same words."""
        super().__init__({on: on, off: off}, unit)
        self.on, self.off = on, off

    def parse(self, text: str) -> Value:
        """Read a comma list of the words: `off` wins, as in slurmdbd."""
        named = names_in(super().parse(text))
        return (self.off,) if self.off in named else named

    def load(self, json: Json) -> Value:
        """Read the list; a record that is deleted has one more word in it, which is no flag."""
        return tuple(
            word for word in names_in(super().load(json)) if word not in {"DELETED", self.off}
        )

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Put the flag there, or take it away."""
        merged = names_in(super().merge(current, operator, value))
        return _name_set(word for word in merged if word != self.off and self.off not in merged)

    def stored(self, value: Value) -> Value:
        """Return what Slurm stores where the flags are set: what takes one away is none."""
        return self.merge((), Operator.SET, value)

    def dump(self, value: Value) -> Json:
        """Write the list; an empty one would change nothing."""
        return [*names_in(value)] or [self.off]

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Name the flag, or what takes it away."""
        del before
        return [f"={self.text(after) or self.off}"]


class Word(Kind):
    """One of the words that Slurm defines. `known`: sacctmgr's word -> slurmrestd's.

    JSON: a list of one. The first word is what holds where nothing is said.
    """

    def __init__(self, known: Mapping[str, str], unit: str, short: Mapping[str, str] = {}) -> None:
        """`short`: further spellings, in lower case."""
        super().__init__({"enum": list(known)}, unit)
        self.known = known
        self.short = short
        self.first = next(iter(known))

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words of the command line."""
        return tuple(self.known)

    def parse(self, text: str) -> Value:
        """Read the word in any case; empty is the first."""
        word = text.strip().lower()
        return one_of(self.short.get(word, word), self.known) if word else self.first

    def read(self, text: str) -> Value:
        """Take it as sacctmgr prints it."""
        return text or self.first

    def load(self, json: Json) -> Value:
        """Read the list; more than one word are kept, with commas."""
        ours = {theirs: word for word, theirs in self.known.items()}
        words = [as_text(word) for word in as_list(json)]
        return ",".join(ours.get(word, word) for word in words) or self.first

    def dump(self, value: Value) -> Json:
        """Write the list."""
        return [self.known.get(word, word) for word in str(value or self.first).split(",")]


class Choice(Word):
    """One of the words that this program defines: a condition."""

    def parse(self, text: str) -> Value:
        """Read the word in any case."""
        return one_of(text, self.known)


class OptionalWord(Word):
    """One of the words that Slurm defines, or none."""

    def __init__(self, known: Iterable[str], unit: str, clear_text: str = "") -> None:
        """`clear_text`: what sacctmgr takes for none; by default it cannot be unset."""
        super().__init__({word: word for word in known}, unit)
        self.schema = {"type": ["string", "null"]}  # Slurm may show another word
        self.clear_text = clear_text

    def parse(self, text: str) -> Value:
        """Read the word in any case; -1 or nothing is none."""
        if self.clear_text and text.strip() in {"", "-1", self.clear_text}:
            return None
        return one_of(text, self.known)

    def read(self, text: str) -> Value:
        """Take it as sacctmgr prints it."""
        return text or None

    def load(self, json: Json) -> Value:
        """Return none: slurmrestd does not tell it."""
        del json
        return None


class SteppedWords(WordSet):
    """A set of words of which sacctmgr can set some, and take some away, but not set none."""

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Name the whole set, or what is to go."""
        return [f"={self.text(after)}"] if after else [f"-={self.text(before)}"]


class Mode(Word):
    """What preempts jobs: one word, and before it `gang`, `within` or `priority`.

    slurmrestd can neither show nor set the latter two: `within,cancel` it shows as CANCEL, `within`
    alone as nothing at all, which is UNREPORTED here. `gang` it shows, and takes in any order.
    """

    GANG = "gang"
    QUALIFIERS = ("within", "priority")
    UNREPORTED = "unreported"

    def __init__(self, known: Mapping[str, str], unit: str, short: Mapping[str, str] = {}) -> None:
        """Take the words that slurmrestd knows too; others may come with them."""
        super().__init__(known, unit, short)
        self.schema = {"type": "string", "pattern": "^[a-z,]+$"}

    @property
    def words(self) -> tuple[str, ...]:
        """Return all of them, those that slurmrestd does not know too."""
        return (*self.known, *self.QUALIFIERS)

    def parse(self, text: str) -> Value:
        """Read the words in any order; empty or `off` is the first, and nothing beside others."""
        words = [part.strip().lower() for part in text.split(",")]
        before = (self.GANG, *self.QUALIFIERS)
        front = [word for word in before if word in words]
        rest = [str(super(Mode, self).parse(w)) for w in words if w not in before]
        if len(front) > 1 or len(rest) > 1:
            raise ValueError(f"'{printable(text)}' is more than one mode")
        return ",".join([*front, *(word for word in rest if not front or word != self.first)])

    def load(self, json: Json) -> Value:
        """Read the list. An empty one is none of slurmrestd's words."""
        if json in ([], ()):
            return self.UNREPORTED
        words = str(super().load(json)).split(",")
        return ",".join(sorted(words, key=lambda word: word != self.GANG))  # as sacctmgr has them

    def needs_argument(self, value: Value) -> bool:
        """Tell whether slurmrestd has words for it."""
        return all(word in self.known for word in str(value).split(","))

    def is_sure(self, value: Value) -> bool:
        """Tell whether what slurmrestd shows is all of it: neither of the two stands with `gang`.

        Where there is one of them, the first word would be shown as nothing.
        """
        return value == self.first or self.GANG in str(value).split(",")


class Mark(Kind):
    """Something that a row has or has not: `word` in sacctmgr's comma list, or a JSON truth."""

    def __init__(self, word: str, *, listed: bool = False) -> None:
        """`word` is what sacctmgr prints where it is so. `listed`: JSON has it in a list, too."""
        super().__init__({"type": "boolean"}, "yes or no")
        self.word = word
        self.listed = listed

    @property
    def words(self) -> tuple[str, ...]:
        """Return both answers."""
        return ("yes", "no")

    def parse(self, text: str) -> Value:
        """Read yes or no."""
        word = text.strip().lower()
        if word not in self.words:
            raise ValueError(f"'{printable(text)}' is neither yes nor no")
        return word == "yes"

    def read(self, text: str) -> Value:
        """Look for the word."""
        return self.word.lower() in text.lower().split(",")

    def load(self, json: Json) -> Value:
        """Read true, or a list of flags that holds the word."""
        if not self.listed:
            return False if json is None else truth(json)
        return self.word.upper() in [as_text(word) for word in as_list(json)]

    def dump(self, value: Value) -> Json:
        """Write the truth, or the list."""
        return [self.word.upper()] * bool(value) if self.listed else value

    def text(self, value: Value) -> str:
        """Write `yes`, or nothing."""
        return "yes" if value else ""


def one_of(text: str, known: Iterable[str]) -> str:
    """Return the one of the known words that the text spells, in any case."""
    for word in known:
        if word.lower() == text.strip().lower():
            return word
    raise ValueError(f"'{printable(text)}' is not one of {nearest_first(text, [*known])}")


def flag_of(text: str, known: Iterable[str]) -> str:
    """Return the flag that the text spells, or begins like no other, as sacctmgr 26.05 has it.

    >>> flag_of("deny", ["DenyOnLimit", "NoDecay"])
    'DenyOnLimit'
    """
    lower = text.strip().lower()
    begun = [word for word in known if lower and word.lower().startswith(lower)]
    return begun[0] if len(begun) == 1 else one_of(text, known)
