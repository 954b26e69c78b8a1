"""Candidates for the next word of a command line. Pure: words and a grammar in, candidates out.

The grammar (grammar.json) is what the program's tables say: commands, options, fields, words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypedDict


class Values(TypedDict, total=False):
    """Possible values.

    words    words that Slurm or this program defines
    names    what it is a name of: account, user, qos, cluster, tres or profile
    columns  a column of format=
    files    a file
    counts   a number comes behind each: cpu=100
    many     a comma list
    again    of an argument: as often as one likes
    """

    words: list[str]
    names: str
    columns: bool
    files: bool
    counts: bool
    many: bool
    again: bool


class FieldEntry(TypedDict):
    """A field of a table. `also`: further spellings. `acts`: the operators that it takes."""

    name: str
    help: str
    also: list[str]
    acts: list[str]
    values: Values


class OptionEntry(TypedDict):
    """An option; without `values` it takes none."""

    names: list[str]
    help: str
    values: Values | None


class TokensEntry(TypedDict):
    """The words after a verb.

    names     what bare words may be
    keywords  `where`, `set`: behind `set` stand assignments; without it anywhere
    where     conditions, and `to_set` what may be assigned: keys of Grammar.fields
    columns   of format=, where the verb takes it
    switches  with their help
    """

    names: Values
    keywords: list[str]
    where: list[str]
    to_set: list[str]
    columns: list[str]
    switches: dict[str, str]


class CommandEntry(TypedDict):
    """The program, a noun, or a verb. `hidden`: a synonym. `arguments`: values of its words."""

    help: str
    hidden: bool
    options: list[OptionEntry]
    commands: dict[str, CommandEntry]
    arguments: list[Values]
    tokens: TokensEntry | None


class Grammar(TypedDict):
    """All that the program's tables say about a command line."""

    program: CommandEntry
    fields: dict[str, FieldEntry]


class Candidate(NamedTuple):
    """A whole word that may stand in the place of the incomplete one."""

    text: str
    help: str = ""


class Completion(NamedTuple):
    """Candidates for the next word. `files`: files after this part of the word; None: no files."""

    candidates: Sequence[Candidate] = ()
    files: str | None = None


GivenOptions = Mapping[str, str]
"""Options of the line: the longest name -> value, or nothing."""

NamesOf = Callable[[str, GivenOptions], Iterable[str]]
"""From what names are of, and the options given, to the names."""

WHERE, SET, FORMAT, SORT = "where", "set", "format=", "sort="
LIST_KEYS = {
    FORMAT: "columns",
    SORT: "fields to sort by; -Field: downwards",
    "limit=": "first rows",
}
KEYWORDS = {WHERE: "conditions follow", SET: "new values follow"}


class Position(NamedTuple):
    """What the words in front of the incomplete one come to.

    unread   the option whose value comes next
    literal  behind `--`, where no option is one
    """

    command: CommandEntry
    options: Mapping[str, OptionEntry]
    given: GivenOptions
    words: Sequence[str]
    unread: OptionEntry | None
    literal: bool


def complete(grammar: Grammar, words: Sequence[str], incomplete: str, ask: NamesOf) -> Completion:
    """Return the candidates for the incomplete word, after the others."""
    place = locate(grammar["program"], words)
    columns = [grammar["fields"][key] for key in (place.command["tokens"] or NO_TOKENS)["columns"]]
    offer = _Offer(columns, lambda of: ask(of, place.given))
    if place.unread is not None:
        return offer.values(place.unread["values"] or {}, "", incomplete)
    if incomplete.startswith("-") and not place.literal:
        return _options(place, incomplete, offer)
    if place.command["commands"]:
        return Completion(_commands(place.command["commands"], incomplete))
    if place.command["tokens"] is not None:
        return _TokensBefore(grammar, place.command["tokens"], place.words).complete(
            incomplete, offer
        )
    return offer.values(_argument(place), "", incomplete)


NO_TOKENS = TokensEntry(names={}, keywords=[], where=[], to_set=[], columns=[], switches={})
NO_COMMAND = CommandEntry(help="", hidden=True, options=[], commands={}, arguments=[], tokens=None)


def locate(program: CommandEntry, words: Iterable[str]) -> Position:
    """Read the words in front: options of the program may stand anywhere, as cli.words has it."""
    command, literal = program, False
    options = _by_name(program)
    given: dict[str, str] = {}
    rest: list[str] = []
    unread: OptionEntry | None = None
    for word in words:
        if unread is not None:
            given[key_of(unread)], unread = word, None
        elif word == "--" and not literal:
            literal = True
        elif word.startswith("-") and not literal:
            for option, value in _read(word, options):
                given[key_of(option)] = value or ""
                unread = option if option["values"] is not None and value is None else None
        elif command["commands"]:
            command = command["commands"].get(word, NO_COMMAND)
            options = {**options, **_by_name(command)}
        else:
            rest.append(word)
    return Position(command, options, given, rest, unread, literal)


def key_of(option: OptionEntry) -> str:
    """Return the name by which an option is known: its longest."""
    return max(option["names"], key=len)


def _argument(place: Position) -> Values:
    """Return what the next word of a command without sacctmgr's tokens may be."""
    arguments = place.command["arguments"]
    if len(place.words) < len(arguments):
        return arguments[len(place.words)]
    return arguments[-1] if arguments and arguments[-1].get("again") else {}


def _by_name(command: CommandEntry) -> dict[str, OptionEntry]:
    return {name: option for option in command["options"] for name in option["names"]}


def _read(
    word: str, options: Mapping[str, OptionEntry]
) -> Iterator[tuple[OptionEntry, str | None]]:
    """Yield the options of `--name=value`, `-nP` or `-Malps`; None: the value is the next word."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        if option := options.get(name):
            yield option, value if equals else None
        return
    for at, letter in enumerate(word[1:], 2):
        option = options.get(f"-{letter}")
        if option is None:
            return
        if option["values"] is not None:
            yield option, word[at:] or None
            return
        yield option, None


def _commands(commands: Mapping[str, CommandEntry], typed: str) -> list[Candidate]:
    """Return the commands; a synonym only where nothing else fits."""
    fitting = {name: one for name, one in commands.items() if name.startswith(typed)}
    shown = {name: one for name, one in fitting.items() if not one["hidden"]} or fitting
    return [Candidate(name, one["help"]) for name, one in shown.items()]


def _options(place: Position, typed: str, offer: _Offer) -> Completion:
    """Return the options that are not given yet, or values after `--output=` or `-M`."""
    name, equals, value = typed.partition("=")
    if not equals and not typed.startswith("--"):
        name, value = typed[:2], typed[2:]
    option = place.options.get(name)
    if option is not None and option["values"] is not None and (equals or value):
        return offer.values(option["values"], typed.removesuffix(value), value)
    return Completion(
        [
            Candidate(name, option["help"])
            for name, option in place.options.items()
            if name.startswith(typed) and key_of(option) not in place.given
        ]
    )


class _Offer:
    """Who knows what values may be."""

    def __init__(self, columns: Sequence[FieldEntry], ask: Callable[[str], Iterable[str]]) -> None:
        self.columns = columns
        self.ask = ask

    def values(self, values: Values, front: str, typed: str) -> Completion:
        """Return the candidates after `front`, of which `typed` is there already."""
        if values.get("files"):
            return Completion(files=front)
        done, comma, last = typed.rpartition(",") if values.get("many") else ("", "", typed)
        used = {part.partition("=")[0].partition("%")[0].lower() for part in done.split(",")}
        end = "=" if values.get("counts") else ""
        return Completion(
            [
                Candidate(f"{front}{done}{comma}{word}{end}", help_)
                for word, help_ in self._words(values)
                if word.lower().startswith(last.lower()) and word.lower() not in used
            ]
        )

    def _words(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from ((word, "") for word in values.get("words", ()))
        if values.get("columns"):
            yield from ((field["name"], field["help"]) for field in self.columns)
        if of := values.get("names"):
            yield from ((name, of) for name in self.ask(of))


class _TokensBefore:
    """The words after a verb, as model/syntax.py reads them."""

    def __init__(self, grammar: Grammar, tokens: TokensEntry, words: Sequence[str]) -> None:
        self.tokens = tokens
        lowered = [word.lower() for word in words]
        self.assigns = SET in tokens["keywords"] and SET in lowered
        self.words = words[lowered.index(SET) + 1 :] if self.assigns else words
        self.said = {word.lower() for word in self.words}
        where, to_set = (
            [grammar["fields"][key] for key in keys] for keys in (tokens["where"], tokens["to_set"])
        )
        parted = SET in tokens["keywords"]
        self.conditions = [] if self.assigns else where
        self.assigned = to_set if self.assigns or not parted else []

    def complete(self, typed: str, offer: _Offer) -> Completion:
        """Return names, keywords, fields and switches; after a field's `=` its values."""
        spelling, equals, text = typed.partition("=")
        if not equals:
            return Completion([*self._bare(typed, offer), *self._fields(typed)])
        front = f"{spelling}="
        if self.tokens["columns"] and front.lower() == FORMAT:
            return offer.values({"columns": True, "many": True}, front, text)
        if self.tokens["columns"] and front.lower() == SORT:
            done, comma, last = text.rpartition(",")
            sign = "-" * last.startswith("-")
            front = f"{front}{done}{comma}{sign}"
            return offer.values({"columns": True}, front, last.removeprefix("-"))
        spelling = spelling.rstrip("+-")
        if condition := _chosen(spelling, self.conditions):
            return offer.values({**condition["values"], "many": True}, front, text)
        if field := _chosen(spelling, self.assigned):
            return offer.values(field["values"], front, text)
        return Completion()

    def _bare(self, typed: str, offer: _Offer) -> Iterator[Candidate]:
        if self.assigns:
            return
        words = {word: KEYWORDS[word] for word in self.tokens["keywords"]}
        if self.tokens["columns"]:
            unsaid = (w for w in LIST_KEYS if not any(said.startswith(w) for said in self.said))
            words |= {word: LIST_KEYS[word] for word in unsaid}
        words |= self.tokens["switches"]
        for word, help_ in words.items():
            if word.lower().startswith(typed.lower()) and word.lower() not in self.said:
                yield Candidate(word, help_)
        if WHERE not in self.said:
            yield from offer.values(self.tokens["names"], "", typed).candidates

    def _fields(self, typed: str) -> list[Candidate]:
        """Return fields with their operators; further spellings only where no name fits."""
        fields = [(field, ["="]) for field in self.conditions]
        fields += [(field, field["acts"] if self.assigns else ["="]) for field in self.assigned]
        said = {_with_act(word, [*self.conditions, *self.assigned]) for word in self.words}
        named, spelled = [], []
        for field, acts in fields:
            for act in acts:
                if f"{field['name']}{act}" not in said:
                    named += _fitting([field["name"]], act, typed, field)
                    spelled += _fitting(field["also"], act, typed, field)
        return named or spelled


def _fitting(words: Iterable[str], act: str, typed: str, field: FieldEntry) -> list[Candidate]:
    return [
        Candidate(f"{word}{act}", field["help"])
        for word in words
        if f"{word}{act}".lower().startswith(typed.lower())
    ]


def _with_act(word: str, fields: Sequence[FieldEntry]) -> str:
    """Return the name of the field that a word assigns or asks for, with its operator."""
    spelling, equals, _ = word.partition("=")
    name = spelling.rstrip("+-")
    field = _chosen(name, fields) if equals else None
    return f"{field['name']}{spelling[len(name) :]}=" if field else ""


def _chosen(spelling: str, fields: Iterable[FieldEntry]) -> FieldEntry | None:
    """Return the field that a spelling means: a name, an alias or a unique abbreviation."""
    word = spelling.lower()
    spellings = [(field, [s.lower() for s in (field["name"], *field["also"])]) for field in fields]
    exact = [field for field, words in spellings if word in words]
    near = [field for field, words in spellings if any(s.startswith(word) for s in words)]
    found = exact or (near if word else [])
    return found[0] if len(found) == 1 else None
