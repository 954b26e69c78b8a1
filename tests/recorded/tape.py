"""Tapes: what real slurmrestd answered to the program, and what the program made of it.

A tape is one JSON file for each Slurm release (by its Debian suite) and API version: for each
sentence of sentences.txt the exchanges in their order, and stdout, stderr and exit code. An answer,
and a record in it (an account, an association ...), stands once, under a label made of its name and
its text, so that the file stays small and a difference shows what differs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from unittest import mock

import httpx

from slurmctl_rest.backends.rest import transport as real
from slurmctl_rest.model.kinds.base import Json
from tests.lab.cells import Cell, Cli, Result
from tests.lab.cluster import Cluster
from tests.support import jwt

HERE = Path(__file__).parent
URL = "http://localhost:6820"
"""Where the program thinks that slurmrestd is, when it is recorded and when it is replayed."""

EXPIRED = "expired"
"""The prompt of sentences with root's token that has ended."""

LONG_AGO = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One line of sentences.txt: what `%` runs is a preparation, what `$` runs is recorded."""

    who: str
    sign: str
    words: str

    def __str__(self) -> str:
        return f"{self.who}{self.sign} {self.words}"

    @property
    def user(self) -> str:
        """Return whose token goes with it."""
        return self.who if self.who not in {"", EXPIRED} else "root"


def lines() -> list[Line]:
    """Read sentences.txt."""
    text = (HERE / "sentences.txt").read_text(encoding="utf-8")
    found = re.findall(r"^(\w*)([$%]) (?:sacctmgr|slurmctl-rest) (.+)$", text, re.MULTILINE)
    return [Line(*parts) for parts in found]


@dataclass(frozen=True)
class Exchange:
    """One request, and what slurmrestd answered: JSON, or a text."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    status: int
    type: str
    answer: Json

    @property
    def request(self) -> Sequence[Json]:
        """Return what the program is responsible for."""
        return self.method, self.path, self.query, self.body

    @property
    def response(self) -> httpx.Response:
        """Return the answer as it came."""
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return httpx.Response(self.status, headers={"Content-Type": self.type}, content=text)


def request_of(request: httpx.Request) -> tuple[str, str, Mapping[str, str], Json]:
    """Return the parts of a request that are recorded; the headers hold the token."""
    path = request.url.raw_path.decode().partition("?")[0]
    body = json.loads(request.content) if request.content else None
    return request.method, path, dict(request.url.params), body


@dataclass(frozen=True)
class Scene:
    """One sentence, and all that came of it. Texts are lists of their lines."""

    sentence: str
    code: int
    out: Sequence[str]
    err: Sequence[str]
    exchanges: Sequence[Exchange]


@dataclass(frozen=True)
class Tape:
    """All scenes of one release and API version."""

    suite: str
    release: str
    api_version: str
    scenes: Sequence[Scene]

    def __str__(self) -> str:
        return f"{self.suite}-{self.api_version}"

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Yield the exchanges of all scenes."""
        return (exchange for scene in self.scenes for exchange in scene.exchanges)

    @cached_property
    def file(self) -> Path:
        """Return where it is kept."""
        return HERE / f"{self}.json"

    @classmethod
    def read(cls, file: Path) -> Tape:
        """Read a file that `text` wrote."""
        document = json.loads(file.read_text(encoding="utf-8"))
        parts = document.pop("parts")
        scenes = [
            Scene(**{**scene, "exchanges": [_unfolded(e, parts) for e in scene["exchanges"]]})
            for scene in document.pop("scenes")
        ]
        return cls(**document, scenes=scenes)

    def text(self) -> str:
        """Write it with one line for each exchange, each part, and each line of the program's."""
        parts: dict[str, Json] = {}
        scenes = [_scene_text(scene, parts) for scene in self.scenes]
        head = [f'"{key}": "{getattr(self, key)}"' for key in ("suite", "release", "api_version")]
        kept = [f"{_dumped(label)}: {_dumped(part)}" for label, part in sorted(parts.items())]
        lists = f'"parts": {_block("{}", kept)},\n"scenes": {_block("[]", scenes)}'
        return _block("{}", [*head, lists]) + "\n"


def _scene_text(scene: Scene, parts: dict[str, Json]) -> str:
    exchanges = [asdict(one) | {"answer": _folded(one.answer, parts)} for one in scene.exchanges]
    lists = {"out": scene.out, "err": scene.err, "exchanges": exchanges}
    head = f'"sentence": {_dumped(scene.sentence)}, "code": {scene.code}'
    blocks = [f'"{key}": {_block("[]", map(_dumped, items))}' for key, items in lists.items()]
    return "{" + ",\n".join([head, *blocks]) + "}"


def _block(brackets: str, texts: Iterable[str]) -> str:
    """Return a list or an object with a line for each element."""
    inside = ",\n".join(texts)
    return f"{brackets[0]}\n{inside}\n{brackets[1]}" if inside else brackets


def _dumped(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False)


SAID = ("errors", "warnings")
"""Lists of an answer that hold no records."""


def _folded(answer: Json, parts: dict[str, Json]) -> Json:
    """Return the label of an answer; it and its records go into `parts`. A text stays."""
    if not isinstance(answer, dict):
        return answer
    folded: dict[str, Json] = {}
    for key, value in answer.items():
        folded[key] = value
        if key not in SAID and isinstance(value, list) and all(isinstance(v, dict) for v in value):
            labels = [_label(key, _name(record), record) for record in value]
            parts |= zip(labels, value, strict=True)
            folded[key] = labels
    label = _label("answer", next(iter(folded), ""), folded)
    parts[label] = folded
    return label


def _name(record: Mapping[str, Json]) -> str:
    words = [record.get(key) for key in ("type", "account", "user", "partition", "name")]
    return "/".join(word for word in words if isinstance(word, str) and word)


def _label(kind: str, name: str, part: Json) -> str:
    return f"{kind} {name} {hashlib.sha256(_dumped(part).encode()).hexdigest()[:6]}"


def _unfolded(exchange: dict[str, Json], parts: Mapping[str, Json]) -> Exchange:
    answer = parts.get(exchange["answer"], exchange["answer"])
    if isinstance(answer, dict):
        answer = {
            key: [parts.get(label, label) for label in value]
            if key not in SAID and isinstance(value, list)
            else value
            for key, value in answer.items()
        }
    return Exchange(**{**exchange, "answer": answer})


def perform(
    line: Line, suite: str, version: str, folder: Path, transport: httpx.BaseTransport
) -> Result:
    """Run the program in this process, with `transport` in the place of the network.

    It is given a token that is none: the one that Slurm knows is the recorder's.
    """
    token = folder / "token"
    token.write_text(jwt(LONG_AGO if line.who == EXPIRED else None), encoding="ascii")
    token.chmod(0o600)
    there = Cluster(suite, suite, "", (version,), URL, "", folder, token, folder)
    cli = Cli(Cell(there, "rest", version), folder)
    cli.configure(username=line.user)
    # Other writers are looked for in the journal, or by further looks: tests/lab/test_together.py.
    alone = "second_look = false\njournal = false\n"
    head, mark, keys = cli.config.read_text().partition("[profiles.cell.rest_api]\n")
    cli.config.write_text(head + alone + mark + keys)
    with (
        mock.patch.object(real, "_transport", return_value=transport),
        mock.patch("time.monotonic", return_value=0.0),  # no latency
        # On a slow machine a plan would be looked at again, which is another request.
        mock.patch("slurmctl_rest.cli.turn.FRESH_S", float("inf")),
    ):
        return cli(line.words)


def tapes() -> list[Tape]:
    """Read every tape."""
    return [Tape.read(file) for file in sorted(HERE.glob("*.json"))]
