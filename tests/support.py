"""What unit tests share: strategies for values, models of how Slurm applies a write, and fakes.

The fakes stand at the edge only: `Slurmrestd` answers httpx requests, `Sacctmgr` command lines.
Both answer reads from one state until the first write reaches them, then from another one, and
keep all that they were asked.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
from hypothesis import assume
from hypothesis import strategies as st

from slurmctl_rest.backends.commands.argv import CommandLine
from slurmctl_rest.backends.commands.output import Finished
from slurmctl_rest.config import Profile, RestApi
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, ENTITIES
from slurmctl_rest.model.fields import Access, Entity, Field, Record, Row
from slurmctl_rest.model.kinds import (
    LARGEST_COUNT,
    LARGEST_MEM,
    LARGEST_MINUTES,
    LARGEST_TRES,
    Act,
    Count,
    Json,
    Kind,
    Minutes,
    Name,
    Names,
    Shares,
    Text,
    Tres,
    Value,
)
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.planning import RowChange, add_accounts, modify_accounts

T = TypeVar("T")

EVERY_FIELD = [(entity, f) for entity in ENTITIES for f in entity.fields]
FIELD_IDS = [f"{entity.noun}-{f.name}" for entity, f in EVERY_FIELD]
SETTABLE = [f for f in ACCOUNT.fields if f.access is Access.SET]
LIMITS = [f for f in SETTABLE if f.record is Record.ASSOCIATION]
TRES_FIELDS = [f for f in LIMITS if isinstance(f.kind, Tres)]
NOTHING: Mapping[str, Value] = {f.name: f.kind.load(None) for f in ACCOUNT.fields}

KNOWN_TRES = ("billing", "cpu", "gres/gpu", "gres/gpu:a100", "license/matlab", "mem", "node")


# --- values ---------------------------------------------------------------------------------

names = st.from_regex(r"[a-z0-9_][a-z0-9._-]{0,11}", fullmatch=True)
few_names = st.sampled_from(["a", "b", "c", "high"])
counts = st.integers(0, LARGEST_COUNT) | st.integers(0, 3)
minutes = st.integers(0, LARGEST_MINUTES) | st.integers(0, 3)
megabytes = st.integers(0, LARGEST_MEM) | st.sampled_from([1024, 1536, 1024**3])
sizes = st.integers(0, LARGEST_TRES) | st.integers(0, 3) | st.sampled_from([1024, 1536, 1024**4])
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=string.ascii_uppercase),
    max_size=20,
).map(lambda text: text.strip(" "))


def tres_of(least: int = 0, *, clearing: bool = False) -> st.SearchStrategy[dict[str, int | None]]:
    """Draw counts by TRES; memory has a bound of its own."""
    none = st.none() if clearing else st.nothing()
    parts = [
        st.tuples(st.just(name), none | (megabytes if name == "mem" else sizes))
        for name in KNOWN_TRES
    ]
    return st.lists(st.one_of(parts), min_size=least, max_size=4).map(dict)


tres = tres_of()


def _set_of(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.frozensets(strategy, max_size=4).map(lambda found: tuple(sorted(found)))


@st.composite
def signed_sets(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw changes to an inherited set: no name is both added and taken away."""
    added = draw(st.frozensets(few_names, max_size=3))
    gone = draw(st.frozensets(few_names, max_size=3)) - added
    return tuple(sorted([*("+" + name for name in added), *("-" + name for name in gone)]))


name_sets = _set_of(few_names | names)


def values(kind: Kind) -> st.SearchStrategy[Value]:
    """Draw what a row can hold in a field of the kind."""
    if isinstance(kind, Shares):
        return st.just(kind.PARENT) | st.integers(0, kind.PARENT_NUMBER - 1)
    if isinstance(kind, Minutes):
        return st.none() | minutes
    if isinstance(kind, Count):
        return st.none() | counts
    if isinstance(kind, Names):
        return name_sets | signed_sets()
    if isinstance(kind, Tres):
        return tres
    if isinstance(kind, Name):
        return st.none() | names if kind.clears else names
    if isinstance(kind, Text):
        return texts
    raise AssertionError(f"no strategy for {type(kind).__name__}: add it here")


def assigned_values(kind: Kind) -> st.SearchStrategy[Value]:
    """Draw what an assignment can hold: -1 clears one TRES, or all; names bear no sign."""
    if isinstance(kind, Tres):
        return st.none() | tres_of(1, clearing=True)
    return name_sets if isinstance(kind, Names) else values(kind)


@st.composite
def assignments(draw: st.DrawFn, fields: Sequence[Field] = SETTABLE) -> tuple[Assignment, ...]:
    """Draw what can stand behind one `set`: no field twice."""
    chosen = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=6, unique=True))
    result = []
    for f in chosen:
        act = draw(st.sampled_from(sorted(f.kind.acts)))
        value = draw(assigned_values(f.kind))
        if not value and f.kind.acts != {Act.SET}:
            act = Act.SET  # to add nothing is no assignment
        result.append(Assignment(f, act, value))
    return tuple(result)


@st.composite
def account_rows(draw: st.DrawFn, name: str = "physics", parent: str = "root") -> Row:
    """Draw an account on cluster alps with any values of its own in a few fields."""
    row = account(name, parent)
    given = draw(st.lists(st.sampled_from(SETTABLE), max_size=7, unique=True))
    drawn = {f.name: draw(values(f.kind)) for f in given if f.name != "Parent"}
    return {**row, **drawn, "Coordinators": draw(name_sets)}


@st.composite
def modifications(draw: st.DrawFn, fields: Sequence[Field] = SETTABLE) -> RowChange:
    """Draw a planned modify of an account below root that the planner has no error for."""
    movable = [f for f in fields if f.name != "Parent"]
    row = draw(account_rows())
    asked = draw(assignments(movable))
    outcome = modify_accounts(ACCOUNT, [row], asked, [row], "alps")[0]
    assume(outcome.error is None)
    return outcome.change


# --- rows, written short ---------------------------------------------------------------------


def account(name: str, parent: str | None = "root", **values_: Value) -> dict[str, Value]:
    """Return the row of an account on cluster alps; what is not given is unset."""
    base: dict[str, Value] = {
        "Account": name,
        "Description": name,
        "Organization": name if parent in {None, "root"} else parent,
        "Cluster": "alps",
        "Clusters": ("alps",),
        "Parent": parent,
        "Fairshare": 1,
    }
    return {**NOTHING, **base, **values_}


def association(
    account_: str, user: str | None, parent: str | None = None, **v: Value
) -> dict[str, Value]:
    """Return the row of an association on cluster alps."""
    base = {"Cluster": "alps", "Account": account_, "User": user, "Parent": parent, "Fairshare": 1}
    return {**{f.name: f.kind.load(None) for f in ASSOCIATION.fields}, **base, **v}


def assign(text: str) -> Assignment:
    """Return the assignment that a token means."""
    from slurmctl_rest.model.syntax import parse_modify  # noqa: PLC0415

    return parse_modify(ACCOUNT, ["x", "set", text]).assignments[0]


# --- how Slurm applies a write (shared/slurm-facts.md, 4 and 7) -------------------------------


def sacctmgr_applies(kind: Kind, current: Value, step: str) -> Value:
    """Return what sacctmgr makes of `current` when it is told `field` + step."""
    act, _, text = step.partition("=")
    if isinstance(kind, Tres):
        assert not act
        changed = dict(_mapping(current))
        for part in text.split(","):
            name, _, count = part.rpartition("=")
            if count == "-1":
                changed.pop(name, None)
            else:
                changed |= _mapping(kind.parse(part))
        return changed
    if isinstance(kind, Names):
        return _sacctmgr_names(set(_tuple(current)), act, [n for n in text.split(",") if n])
    assert not act
    return kind.parse(text)


def _sacctmgr_names(current: set[str], act: str, named: list[str]) -> tuple[str, ...]:
    assert not any(name[0] in "+-" for name in named), "sacctmgr takes a sign for an operator"
    if not act:
        return tuple(sorted(named))
    inherits = all(name[0] in "+-" for name in current)
    for name in named:
        if inherits:
            current -= {"+" + name, "-" + name}
            current |= {act + name}
        elif act == "+":
            current |= {name}
        else:
            current -= {name}
    return tuple(sorted(current))


def slurmrestd_applies(row: Row, item: Mapping[str, Json]) -> dict[str, Value]:
    """Return what slurmrestd makes of an account's row when it is POSTed in associations/."""
    after = dict(row)
    for f in LIMITS:
        sent = at(item, f.path)
        if isinstance(f.kind, Tres):
            after[f.name] = f.kind.load(sent)  # final state; left out is erased
        elif isinstance(f.kind, Names):
            assert sent is not None, "left out, the inherited set becomes the row's own"
            after[f.name] = f.kind.load(sent) if sent else row[f.name]
        elif sent is not None and not (isinstance(sent, dict) and not sent["set"]):
            after[f.name] = f.kind.load(sent)
    return after


def at(document: Json, path: str) -> Json:
    """Return what stands at a dotted path, or None."""
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _mapping(value: Value) -> Mapping[str, int | None]:
    assert isinstance(value, Mapping)
    return value


def _tuple(value: Value) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value


# --- fakes at the edge ------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """What slurmdbd holds: accounts (with coordinators), associations, QOS and TRES."""

    accounts: Sequence[Row]
    associations: Sequence[Row]
    qos: Sequence[str] = ("normal", "high", "low")
    tres: Sequence[str] = KNOWN_TRES

    def account_records(self) -> list[dict[str, Json]]:
        """Return slurmrestd's and sacctmgr's JSON of accounts."""
        return [
            {
                "name": row["Account"],
                "description": row["Description"],
                "organization": row["Organization"],
                "coordinators": [{"name": n, "direct": True} for n in _tuple(row["Coordinators"])],
            }
            for row in self.accounts
        ]

    def tres_records(self) -> list[dict[str, Json]]:
        """Return the JSON of TRES."""
        parts = [name.partition("/") for name in self.tres]
        return [
            {"type": type_, "name": name, "id": number, "count": 0}
            for number, (type_, _, name) in enumerate(parts, 1)
        ]

    def qos_records(self) -> list[dict[str, Json]]:
        """Return the JSON of QOS, as much as is read."""
        return [{"name": name, "description": name} for name in self.qos]


def world(rows: Iterable[Row], users: Iterable[Row] = ()) -> World:
    """Return the world that holds these accounts with their own associations, and users' rows."""
    rows = list(rows)
    own = [association("", None) | {f.name: r[f.name] for f in LIMITS} | {
        "Cluster": cluster, "Account": r["Account"], "Parent": r["Parent"],
    } for r in rows for cluster in _tuple(r["Clusters"])]  # fmt: skip
    return World(rows, [*own, *users])


PHYSICS = account(
    "physics",
    "science",
    Description="light and matter",
    Coordinators=("alice",),
    Fairshare=20,
    GrpTRES={"cpu": 100, "mem": 2048},
    MaxJobs=5,
    QosLevel=("high", "normal"),
)
"""An account with a bit of everything."""

BEFORE = world(
    [account("root", None, QosLevel=("normal",)), account("science"), PHYSICS],
    [association("physics", "alice"), association("physics", "bob", MaxJobs=2)],
)


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json = None
    token: str = ""


Answering = Callable[[Seen], "tuple[int, Json] | None"]


def json_answer(status: int, document: Json) -> httpx.Response:
    """Return an answer of slurmrestd."""
    meta = {"slurm": {"release": "24.11.5", "cluster": "alps"}}
    return httpx.Response(status, json={"meta": meta, "errors": [], "warnings": [], **document})


NOT_SERVED = (404, "text/plain", b"Unable find requested URL. Please view documentation.")


def plain(status: int, type_: str, body: bytes) -> httpx.Response:
    """Return an answer that is no JSON."""
    return httpx.Response(status, headers={"Content-Type": type_}, content=body)


@dataclass
class Slurmrestd:
    """A slurmrestd with a state: httpx.MockTransport(Slurmrestd(...)) takes the network's place."""

    before: World = BEFORE
    after: World | None = None
    serves: Sequence[str] = ("v0.0.41", "v0.0.42", "v0.0.43")
    answer: Callable[[Seen], httpx.Response | None] = lambda _: None
    """May answer instead, for errors."""
    seen: list[Seen] = field(default_factory=list)

    @property
    def writes(self) -> list[Seen]:
        """Return what came in that is not a GET."""
        return [one for one in self.seen if one.method != "GET"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        seen = Seen(
            request.method,
            request.url.path,
            dict(request.url.params),
            body,
            request.headers["X-SLURM-USER-TOKEN"],
        )
        self.seen.append(seen)
        _, api, version, path = seen.path.split("/", 3)
        if version not in self.serves:
            return plain(*NOT_SERVED)
        own = self.answer(seen)
        if own is not None:
            return own
        if seen.method != "GET":
            self.before = self.after or self.before
            return json_answer(200, {})
        return json_answer(200, self._document(api, path, seen.query))

    def _document(self, api: str, path: str, query: Mapping[str, str]) -> Json:
        noun, _, name = path.rstrip("/").partition("/")
        if noun == "ping":
            return {"pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        if noun in {"accounts", "account"}:
            accounts = self.before.account_records()
            return {"accounts": [a for a in accounts if not name or a["name"] == name]}
        found = self.before.associations
        if noun == "associations":
            return {"associations": [self._record(r, query) for r in found if _is(r, query)]}
        if noun == "qos":
            return {"qos": self.before.qos_records()}
        assert noun == "tres", f"the fake does not know {api}/{path}"
        return {"TRES": self.before.tres_records()}

    def _record(self, row: Row, query: Mapping[str, str]) -> dict[str, Json]:
        """Return the record; of QOS, slurmrestd shows one of three views."""
        record: dict[str, Json] = {}
        for f in ASSOCIATION.fields:
            f.put(record, row[f.name])
        qos = _tuple(row["QosLevel"])
        if "Include the raw QOS or delta_qos" in query:
            record["qos"] = [name for name in qos if name[0] not in "+-"]
        elif "Exclude limits from parents" in query:
            record["qos"] = [name.lstrip("+") for name in qos if name[0] != "-"]
        else:
            record["qos"] = sorted(self._qos_in_the_end(row))
        return record

    def _qos_in_the_end(self, row: Row) -> set[str]:
        qos = _tuple(row["QosLevel"])
        if any(name[0] not in "+-" for name in qos):
            return set(qos)
        above = [
            r
            for r in self.before.associations
            if not r["User"]
            and r["Cluster"] == row["Cluster"]
            and r["Account"] == (row["Account"] if row["User"] else row["Parent"])
        ]
        names_ = self._qos_in_the_end(above[0]) if above else set()
        return (names_ | {n[1:] for n in qos if n[0] == "+"}) - {n[1:] for n in qos if n[0] == "-"}


def _is(row: Row, query: Mapping[str, str]) -> bool:
    wanted = query.get("account", "").split(",")
    return (
        ("account" not in query or row["Account"] in wanted)
        and query.get("cluster", row["Cluster"]) == row["Cluster"]
        and not (query.get("user") == " " and row["User"])
    )


@dataclass
class Sacctmgr:
    """sacctmgr and scontrol with a state, in the place of subprocess."""

    before: World = BEFORE
    after: World | None = None
    answer: Callable[[tuple[str, ...]], Finished | None] = lambda _: None
    seen: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def writes(self) -> list[tuple[str, ...]]:
        """Return the command lines that are not plain reads."""
        return [argv for argv in self.seen if not {"list", "ping", "show"} & set(argv)]

    def __call__(self, line: CommandLine) -> Finished:
        self.seen.append(line.argv)
        own = self.answer(line.argv)
        if own is not None:
            return own
        if line.argv[1] == "-i":
            self.before = self.after or self.before
            return Finished(0, " done\n", "")
        where = dict(word.split("=", 1) for word in line.argv if "=" in word)
        if line.argv[1] == "-nP":
            assert line.argv[2:4] == ("list", "association")
            return Finished(0, self._lines(where), "")
        return Finished(0, json.dumps(self._document(line.argv, where)), "")

    def _lines(self, where: Mapping[str, str]) -> str:
        query = {k: v for k, v in where.items() if k in {"account", "cluster"}}
        query |= {"user": " "} if where.get("user") == "" else {}
        lines = [
            "|".join(f.kind.text(row[f.name]) for f in ASSOCIATION.fields)
            for row in self.before.associations
            if _is(row, query)
        ]
        return "".join(f"{line}\n" for line in lines)

    def _document(self, argv: tuple[str, ...], where: Mapping[str, str]) -> Json:
        meta = {"slurm": {"release": "24.11.5", "cluster": "alps"}}
        if "ping" in argv:
            return {"meta": meta, "pings": [{"hostname": "head", "pinged": "UP", "primary": True}]}
        assert argv[1:3] == ("--json", "list"), f"the fake does not know {argv}"
        wanted = where.get("name", "").split(",")
        accounts = [
            a for a in self.before.account_records() if "name" not in where or a["name"] in wanted
        ]
        lists = {
            "account": {"accounts": accounts},
            "qos": {"qos": self.before.qos_records()},
            "tres": {"TRES": self.before.tres_records()},
        }
        return {"meta": meta, **lists[argv[3]]}


# --- profiles and tokens ----------------------------------------------------------------------


def rest_profile(**api: Json) -> Profile:
    """Return a profile for slurmrestd; its token is in $SLURM_JWT unless `api` says otherwise."""
    table = {"url": "http://slurm:6820", "api_version": "v0.0.43", "username": "admin", **api}
    return profile(
        execution_mode="rest", cluster_name="alps", rest_api=RestApi.model_validate(table)
    )


def cli_profile() -> Profile:
    """Return a profile for the Slurm commands."""
    return profile(execution_mode="cli", cluster_name="alps")


def profile(**table: Json) -> Profile:
    """Return a profile with these keys; the others have their defaults."""
    return Profile(**table)


def jwt(exp: int | None, mark: str = "s") -> str:
    """Return a token like Slurm's, that says when it ends; `mark` tells tokens apart."""
    claims = {"sun": "admin", **({} if exp is None else {"exp": exp})}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{middle}.{mark * 20}"


def write_config(home: Path, text: str) -> Path:
    """Write the user's profile file where it is looked for."""
    path = home / ".config" / "slurmctl-rest" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def only(found: Sequence[T]) -> T:
    """Return the one element."""
    assert len(found) == 1, found
    return found[0]


def noun_of(entity: Entity) -> str:
    """Return an entity's noun, for test ids."""
    return entity.noun


@st.composite
def changes(draw: st.DrawFn) -> RowChange:
    """Draw an add, a modify or a delete."""
    action = draw(st.sampled_from(["add", "modify", "modify", "delete"]))
    if action == "modify":
        return draw(modifications())
    if action == "delete":
        clusters = draw(st.sampled_from([("alps",), ("alps", "jura")]))
        row = {**draw(account_rows()), "Clusters": clusters}
        return RowChange(ACCOUNT, "delete", "physics", row, None)
    asked = [a for a in draw(assignments()) if a.act is Act.SET and a.field.name != "Parent"]
    return only(add_accounts(ACCOUNT, ["physics"], asked, [account("root", None)], "alps")).change
