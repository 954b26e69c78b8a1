"""Texts and names, and sets of names."""

from __future__ import annotations

from collections.abc import Iterable

from slurmctl_rest.model.kinds.base import (
    MAX_TEXT_BYTES,
    Json,
    Kind,
    Operator,
    Value,
    _shown,
    as_list,
    as_text,
)
from slurmctl_rest.model.names import REFUSED, why_not
from slurmctl_rest.model.text import printable


class Text(Kind):
    """Free text of one line, in lower case because sacctmgr stores it so."""

    def __init__(self) -> None:
        """Make the one kind of free text that there is."""
        super().__init__({"type": ["string", "null"]}, "text")

    def parse(self, text: str) -> Value:
        """Lower the ASCII letters, as sacctmgr's tolower() does, and cut spaces around the text.

        sacctmgr of 26.05 cuts them too.
        """
        # A newline in a text breaks the lines of sacctmgr -P, for every program that reads them.
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("the text contains a control character or a newline")
        # What Python makes of bytes of the command line that are not UTF-8.
        if any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise ValueError("the text is not UTF-8")
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise ValueError(f"the text is longer than {MAX_TEXT_BYTES} bytes")
        return self.stored(text.strip(" "))

    @staticmethod
    def stored(text: str) -> str:
        """Return the text as Slurm stores it."""
        return _lower(text)

    def read(self, text: str) -> Value:
        """Take it as it is."""
        return text

    def load(self, json: Json) -> Value:
        """Read the string."""
        return None if json is None else as_text(json)


class Exact(Text):
    """Free text that Slurm keeps as it is, like the name of a node or of a file."""

    def parse(self, text: str) -> Value:
        """Take it as it is; a control character is refused."""
        super().parse(text)
        return text.strip(" ")

    def load(self, json: Json) -> Value:
        """Read the string; an empty one is unset."""
        return super().load(json) or None

    def read(self, text: str) -> Value:
        """Take it as it is; empty is unset."""
        return text or None


class Note(Text):
    """Free text that need not be there: empty is unset."""

    clear_text = ""

    def parse(self, text: str) -> Value:
        """Read it as any text; empty clears."""
        return super().parse(text) or None

    def read(self, text: str) -> Value:
        """Take it as it is; empty is unset."""
        return text or None

    def load(self, json: Json) -> Value:
        """Read the string; empty is unset."""
        return super().load(json) or None

    def dump(self, value: Value) -> Json:
        """Write the string; empty clears."""
        return value or ""


class JobText(Note):
    """Free text about a job, which Slurm stores as it is."""

    @staticmethod
    def stored(text: str) -> str:
        """Return it as it is."""
        return text


class Name(Kind):
    """The name of an account, a cluster, a QOS ...; empty clears where a field may be cleared."""

    def __init__(self, *, clears: bool = False, clear_text: str = "-1") -> None:
        """`clears`: empty text (or -1) is allowed, and unsets; sacctmgr is told `clear_text`."""
        super().__init__({"type": ["string", "null"]}, "name")
        self.clears = clears
        self.clear_text = clear_text

    def parse(self, text: str) -> Value:
        """Check the name and lower its case."""
        if self.clears and text in {"", "-1"}:
            return None
        return parse_name(text)

    def read(self, text: str) -> Value:
        """Take it as it is; empty is unset."""
        return text or None

    def load(self, json: Json) -> Value:
        """Read the string; empty is unset."""
        return None if json is None else as_text(json) or None

    def dump(self, value: Value) -> Json:
        """Write the string; empty clears."""
        return value or ""


class NameSet(Kind):
    """A set of names. The value is sorted."""

    acts = frozenset(Operator)
    clear_text = ""

    def __init__(self, unit: str = "names") -> None:
        """`unit` is what the names are of."""
        super().__init__({"type": "array", "items": {"type": "string"}}, unit)

    def parse(self, text: str) -> Value:
        """Read a comma list of names without signs; empty is none."""
        return _name_set(parse_name(part) for part in text.split(",") if text)

    def read(self, text: str) -> Value:
        """Split the comma list."""
        return _name_set(name for name in text.split(",") if name)

    def load(self, json: Json) -> Value:
        """Read the list of strings."""
        return _name_set(as_text(name) for name in as_list(json))

    def text(self, value: Value) -> str:
        """Write the comma list."""
        return ",".join(names_in(value))

    def dump(self, value: Value) -> Json:
        """Write the list. An empty name in it would end slurmrestd 26.05 (see parse)."""
        return list(names_in(value))

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Put the named in the place of the current ones, add them, or take them away."""
        own, named = set(names_in(current)), set(names_in(value))
        if operator is Operator.SET:
            return _name_set(named)
        return _name_set(own | named if operator is Operator.ADD else own - named)


class CommaList(NameSet):
    """Names that are shown. JSON: a string with commas between them."""

    def load(self, json: Json) -> Value:
        """Split the string."""
        return self.read("" if json is None else as_text(json))


class Phrases(NameSet):
    """Parts of a sentence, in their order. Only shown."""

    def load(self, json: Json) -> Value:
        """Read the list as it is."""
        return tuple(as_text(part) for part in as_list(json))

    def text(self, value: Value) -> str:
        """Write them one after the other."""
        return "; ".join(names_in(value))


class Names(NameSet):
    """A set of names that may be inherited. A leading sign (`+high`) is a change to what is above.

    The empty set means: the row has none of its own, and inherits.
    """

    # Changes to an inherited set are values ("+high", "-low"), so that planners and the read-back
    # see them. slurmrestd can show them but not make them: writing one over REST is Unsupported.

    def merge(self, current: Value, operator: Operator, value: Value) -> Value:
        """Add or remove; on an inherited set that becomes a signed change, as Slurm stores it."""
        own, named = set(names_in(current)), set(names_in(value))
        if operator is Operator.SET:
            return _name_set(named)
        sign, other = ("+", "-") if operator is Operator.ADD else ("-", "+")
        if self.inherits(current):
            kept = own - {other + name for name in named}
            return _name_set(kept | {sign + name for name in named})
        return _name_set(own | named if operator is Operator.ADD else own - named)

    def to_assignments(self, before: Value, after: Value) -> list[str]:
        """Signed changes go as += and -=, own sets as a whole."""
        own, wanted = names_in(before), names_in(after)
        if not wanted or not self.inherits(after):
            return [f"={self.text(after)}"]
        # Never `=`, which would make the inherited list the row's own.
        return [f"{name[0]}={name[1:]}" for name in wanted if name not in own]

    @staticmethod
    def signed(name: str) -> tuple[str, str]:
        """Split a name in its sign and itself; most have none."""
        return (name[0], name[1:]) if name[0] in "+-" else ("", name)

    def inherits(self, value: Value) -> bool:
        """Tell whether the value is none of its own: empty, or only changes to what is above."""
        return all(name[0] in "+-" for name in names_in(value))

    def added(self, value: Value) -> frozenset[str]:
        """Return the names that a change to an inherited set adds."""
        return frozenset(name for name in names_in(value) if name[0] == "+")

    def applied(self, above: Value, changes: Value) -> Value:
        """Return the inherited set with the signed changes applied, or without any itself."""
        if not changes:
            return names_in(above)
        names, signed = set(names_in(above)), names_in(changes)
        names |= {name[1:] for name in signed if name[0] == "+"}
        return _name_set(names - {name[1:] for name in signed if name[0] == "-"})


class Officers(NameSet):
    """Users who coordinate an account, or the accounts that a user coordinates.

    JSON: a list of {name, direct}. Those of an account above are not direct, and none of this
    object's.
    """

    def __init__(self, *, direct: bool = True) -> None:
        """`direct`: whether the object's own are meant, or those through an account above."""
        super().__init__()
        self.direct = direct

    def load(self, json: Json) -> Value:
        """Read those that are meant."""
        officers = [_officer(one) for one in as_list(json)]
        return _name_set(name for name, direct in officers if direct is self.direct)

    def dump(self, value: Value) -> Json:
        """Write the list: slurmrestd takes it as the final state."""
        return [{"name": name} for name in names_in(value)]


def parse_name(text: str) -> str:
    """Return the name in lower case; raise ValueError for one that Slurm or SQL would choke on.

    sacctmgr lowers names, slurmrestd does not: a mixed-case account made by REST could not be
    addressed by sacctmgr again.
    """
    if wrong := why_not(text):
        raise ValueError(f"'{printable(text)}' is not a name: {wrong}")
    return text.lower()


def means_itself(name: str) -> bool:
    """Tell whether a name that Slurm holds means itself alone, wherever it is written.

    Another client may have made any. What no name may hold breaks it here too, but for a blank in
    its middle, and a sign before it, which stands for a change to a list. A list of QOS that holds
    one with a first `~` ends slurmrestd (24.11, 26.05).
    """
    plain = name.isprintable() and not set(name) & ({*REFUSED} - {" ", "="})
    return plain and name == name.strip() and bool(name.strip(".")) and name[0] != "~"


def _officer(json: Json) -> tuple[str, bool]:
    match json:
        case {"name": str(name), "direct": bool(direct)}:
            return name, direct
    raise ValueError(f"{_shown(json)} is not {{name, direct}}")


def _lower(text: str) -> str:
    # str.lower() would change letters beyond ASCII, too, which sacctmgr's tolower() leaves.
    return "".join(c.lower() if c.isascii() else c for c in text)


def _name_set(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def names_in(value: Value) -> tuple[str, ...]:
    """Return the names in a value that is a set of them; none of what is not told."""
    return value if isinstance(value, tuple) else ()


TEXT = Text()


EXACT = Exact()


NOTE = Note()


NAME = Name()


OPTIONAL_NAME = Name(clears=True)


NAMES = Names()


NAME_SET = NameSet()


COMMA_LIST = CommaList()


OFFICERS = Officers()


INDIRECT_OFFICERS = Officers(direct=False)
