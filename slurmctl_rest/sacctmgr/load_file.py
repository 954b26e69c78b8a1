"""sacctmgr's file of a cluster, read: lines, the object that each is about, and its options.

What `dump` writes (dump.py), and what people write by hand: `#` begins a comment unless `\\` stands
before it, and `\\` at the end goes on in the next line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from slurmctl_rest.sacctmgr.tokens import LineWord, ascii_lower, split_word

CLUSTER_LINE, PARENT_LINE, ACCOUNT_LINE, USER_LINE, QOS_LINE = (
    "Cluster",
    "Parent",
    "Account",
    "User",
    "QOS",
)
OBJECTS = {
    "machine": CLUSTER_LINE,
    "cluster": CLUSTER_LINE,
    "parent": PARENT_LINE,
    "project": ACCOUNT_LINE,
    "account": ACCOUNT_LINE,
    "user": USER_LINE,
    "qos": QOS_LINE,
}
"""A word for an object, in lower case -> what it means."""

NOTHING_AFTER = " Nothing after object name '{}'. line({})"
MISFORMATTED = " Misformatted line({}): {}"
BAD_FORMAT = " Bad format on {}: End your option with an '=' sign"
NO_NAME = " No name given"


class FileError(Exception):
    """What is wrong with a line; `lines` is what sacctmgr says of it on stderr.

    is_fatal  sacctmgr ends at once
    is_mild   it says that there is nothing new
    out       what it says on stdout
    """

    def __init__(
        self, *lines: str, is_fatal: bool = False, is_mild: bool = False, out: Sequence[str] = ()
    ) -> None:
        """Nothing of the file is loaded then."""
        super().__init__(*lines)
        self.lines = lines
        self.is_fatal = is_fatal
        self.is_mild = is_mild
        self.out = out


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line: the number of its last physical one, its object (as written), and its options."""

    number: int
    text: str
    object: str
    rest: str

    @property
    def kind(self) -> str:
        """Return what the object means; raise FileError for one that is not known."""
        found = OBJECTS.get(self.object.lower())
        if found is None:
            raise FileError(MISFORMATTED.format(self.number, self.text))
        return found


@dataclass(slots=True)
class FileOptions:
    """The name of an object, and its options as they are written, without the quotes."""

    name: str = ""
    words: list[LineWord] = field(default_factory=list)


def file_lines(text: str) -> Iterator[FileLine]:
    """Yield the lines that say something; raise FileError for one without an object.

    >>> [(one.object, one.rest) for one in file_lines("# x\\nUser - 'alice':Fairshare=2")]
    [('User', "'alice':Fairshare=2")]
    """
    physical = text.splitlines(keepends=True)
    joined = ""
    for number, one in enumerate(physical, 1):
        part = _without_comment(one)
        continued = _continuation(part)
        joined += part if continued is None else continued
        if continued is not None and number < len(physical):
            continue
        line, joined = _unescaped(joined), ""
        if line.strip():
            yield _line(number, line)


def named_cluster(text: str) -> str:
    """Return the cluster that a file names first; empty if it names none that can be read."""
    try:
        for line in file_lines(text):
            if OBJECTS.get(line.object.lower()) == CLUSTER_LINE:
                return ascii_lower(options_of(line.rest, old=False).name)
    except FileError:  # the one who reads the file whole says what is wrong
        pass
    return ""


def _without_comment(text: str) -> str:
    escapes = 0
    for at, character in enumerate(text):
        if character == "#" and escapes % 2 == 0:
            return text[:at]
        escapes = escapes + 1 if character == "\\" else 0
    return text


def _continuation(text: str) -> str | None:
    """Return a line that goes on in the next one without its sign for that; None: it ends."""
    stripped = text.rstrip()
    signs = len(stripped) - len(stripped.rstrip("\\"))
    return stripped[:-1] if signs % 2 else None


def _unescaped(text: str) -> str:
    found, characters = [], iter(text)
    for character in characters:
        found.append(next(characters, "") if character == "\\" else character)
    return "".join(found)


def _line(number: int, text: str) -> FileLine:
    dash = text.find("-")
    if dash < 0:
        # sacctmgr leaves such a line out without a word.
        raise FileError(MISFORMATTED.format(number, text))
    object_ = text[:dash].removesuffix(" ")
    blank = text.find(" ", dash)
    if blank < 0:
        raise FileError(NOTHING_AFTER.format(object_, number))
    return FileLine(number, text, object_, text[blank + 1 :])


def options_of(text: str, *, old: bool) -> FileOptions:
    """Return the options of a line, `name:key=value:...`; raise FileError for what is none.

    `old`: sacctmgr is that of 24.11.

    >>> [(one.key, one.value) for one in options_of("x:QOS_LINE='a,b':MaxJobs=3", old=False).words]
    [('qos', 'a,b'), ('maxjobs', '3')]
    """
    found = FileOptions()
    for part in _parts(text, old=old):
        one = split_word(part)
        if one.is_bare:
            if found.name:
                raise FileError(BAD_FORMAT.format(part))
            found.name = option_text(part)
        elif value := option_text(one.value):  # what is empty says nothing
            found.words.append(LineWord(part, one.key, one.operator, value))
    if not found.name:
        raise FileError(NO_NAME)
    return found


def _parts(text: str, *, old: bool) -> Iterator[str]:
    """Yield what stands between the colons that are in no quotes."""
    part, quote = "", ""
    for at, character in enumerate(text):
        if not quote and character in ":\n":
            if part:
                yield part
            part = ""
            if character == "\n":
                return
            continue
        if character in "\"'":
            quote = "" if quote == character else quote or character
        part += character
        if quote and at == len(text) - 1:
            said = "(null)" if old else text
            raise FileError(FATAL.format(said), is_fatal=True)
    if part:
        yield part


FATAL = "sacctmgr: fatal: There is a problem with option {} with quotes."


def option_text(text: str) -> str:
    """Return a text without the quotes around it; what comes after them is dropped.

    >>> option_text("'o`x'"), option_text("plain")
    ('o`x', 'plain')
    """
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    return text[1:].partition(quote)[0] if quote else text
