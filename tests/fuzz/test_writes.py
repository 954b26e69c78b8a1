"""Whole commands over REST: nothing that is sent names a TRES, a QOS or an object that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.fields import Entity, SlurmRecord
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.kinds.tres import Tres
from tests.cli.conftest import Programs, programs
from tests.fakes import Seen, Slurmrestd
from tests.support import KNOWN_TRES

from .budget import fuzzed

__all__ = ["programs"]

TRES = st.sampled_from([*KNOWN_TRES, "gpu", "gres/nosuch", "CPU", "a b", "", "gres/gpu:x"])
COUNTS = st.sampled_from(["1", "7", "-1", "x"])
TRES_VALUES = st.lists(
    st.builds("{}={}".format, TRES, COUNTS), min_size=1, max_size=2, unique_by=str
).map(",".join)
NAMES = st.sampled_from(
    ["physics", "alice", "high", "new", "", ",", "a,,b", "..", ".", "a/b", "%2f", "-i"]
)
QOS_VALUES = st.lists(
    st.sampled_from(["high", "low", "high", "low", "", "nosuch", "+high", " "]), max_size=2
).map(",".join)


def limits(entity: Entity) -> st.SearchStrategy[str]:
    """Draw an assignment of TRES."""
    names = [f.name for f in entity.fields if f.settable and isinstance(f.kind, Tres)]
    return st.builds("{}={}".format, st.sampled_from(names), TRES_VALUES)


OF_ROWS = st.one_of(
    limits(ASSOCIATION),
    st.builds("QosLevel{}{}".format, st.sampled_from(["=", "+=", "-="]), QOS_VALUES),
    st.builds("DefaultQOS={}".format, QOS_VALUES),
    st.sampled_from(["MaxJobs=3", "Fairshare=parent"]),
)
OF_QOS = st.one_of(
    limits(QOS),
    st.builds("Preempt{}{}".format, st.sampled_from(["=", "+=", "-="]), QOS_VALUES),
    st.sampled_from(["Flags+=DenyOnLimit", "MaxWall=5"]),
)
PLACES = st.sampled_from(["account=physics", "account=", "parent=science", "partition=gpu,"])
ONES = {"account": ["physics", "science"], "user": ["alice", "bob"], "qos": ["high", "low"]}
"""Those that there are; with them most sentences come to a write."""


def named(noun: str) -> st.SearchStrategy[list[str]]:
    """Draw the names of a sentence: mostly of what there is."""
    there = st.lists(st.sampled_from(ONES[noun]), min_size=1, max_size=2)
    return there | there | st.lists(NAMES, max_size=2)


SENTENCES = st.sampled_from(list(ONES)).flatmap(
    lambda noun: st.one_of(
        st.builds(
            lambda names, set_: [noun, "modify", *names, "set", *set_],
            named(noun),
            st.lists(OF_QOS if noun == "qos" else OF_ROWS, min_size=1, max_size=2),
        ),
        st.builds(
            lambda names, set_: [noun, "add", *names, *set_],
            st.just(["new"]) | st.lists(NAMES, max_size=2),
            st.lists(OF_QOS if noun == "qos" else OF_ROWS | PLACES, max_size=2),
        ),
        st.builds(
            lambda names, words: [noun, "delete", *names, *words],
            named(noun),
            st.lists(PLACES | st.sampled_from(["where", "user="]), max_size=2),
        ),
    )
)


@settings(fuzzed, max_examples=max(fuzzed.max_examples, 250))  # a third of them writes
@given(sentence=SENTENCES)
def test_no_write_holds_what_is_none(programs: Programs, sentence: list[str]) -> None:
    program = programs("rest")
    ended = program(*sentence, "-i")
    assert isinstance(program.slurm, Slurmrestd)
    for seen in program.slurm.writes:
        assert complaints(seen) == [], sentence
    if not program.slurm.writes:
        assert ended.code != 0 or re.search("already so|unchanged", ended.out)


def complaints(seen: Seen) -> list[str]:
    """Return what is wrong with a request that writes."""
    wrong = [f"path {seen.path}"] if not re.fullmatch(r"(/[\w.-]+)+/?", seen.path) else []
    wrong += [f"path {seen.path}"] * bool({"", ".", ".."} & set(seen.path.strip("/").split("/")))
    if seen.method == "DELETE" and seen.path.endswith("/associations/"):
        named = [seen.query.get(key) for key in ("account", "cluster")]
        wrong += ["an empty selector"] * (not all(named))
    for key, value in inside(seen.body):
        if key in {"accounts", "users", "clusters", "partitions", "jobs"} and isinstance(
            value, list
        ):
            wrong += [f"{key}: {value}"] * (not value or not all(value))
        if key in {"qos", "qoslevel", "list"} and isinstance(value, list):
            wrong += [f"{key}: {value}"] * any(name in ("", None) for name in value)
        if isinstance(value, dict) and {"type", "count"} <= set(value):
            name = "/".join(filter(None, (value["type"], value.get("name"))))
            wrong += [f"TRES {name}"] * (name not in KNOWN_TRES)
    for item in (seen.body or {}).get("associations", []):
        wrong += [
            f"no {field.path}"
            for field in ASSOCIATION.settable(SlurmRecord.ASSOCIATION)
            if isinstance(field.kind, Tres) and not has(item, field.path)
        ]
    return wrong


def inside(document: Json, key: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every value of a document with the key that it stands under."""
    yield key, document
    if isinstance(document, dict):
        for name, value in document.items():
            yield from inside(value, name)
    if isinstance(document, list):
        for value in document:
            yield from inside(value, key if not isinstance(value, dict) else "")


def has(item: Json, path: str) -> bool:
    """Tell whether a list is there at a dotted path."""
    for step in path.split("."):
        item = item.get(step) if isinstance(item, dict) else None
    return isinstance(item, list)
