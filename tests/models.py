"""How Slurm applies a write (slurm-facts, 4, 5 and 7): what the lab has shown, as code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.fields import Row, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind, Value
from slurmctl_rest.model.kinds.durations import Grace
from slurmctl_rest.model.kinds.names import Names
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.kinds.words import WordSet
from tests.support import LIMITS, at, mapping, names_in

# --- sacctmgr --------------------------------------------------------------------------------


def sacctmgr_applies(kind: Kind, current: Value, step: str) -> Value:
    """Return what sacctmgr makes of `current` when it is told `field` + step."""
    act, _, text = step.partition("=")
    if isinstance(kind, Names):
        return _sacctmgr_names(set(names_in(current)), act, [n for n in text.split(",") if n])
    assert not act, "this program tells += and -= of inherited QOS only"
    if isinstance(kind, Tres):
        changed = dict(mapping(current))
        for part in text.split(","):
            name, _, count = part.rpartition("=")
            if count == "-1":
                changed.pop(name, None)
            else:
                changed |= mapping(kind.parse(part))
        return changed
    if isinstance(kind, Grace):
        assert re.fullmatch(r"\d+", text), "sacctmgr reads seconds, not the clock that it prints"
        return int(text)
    if isinstance(kind, WordSet):
        assert text, "an empty list of flags is no list to sacctmgr; -1 is none"
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


# --- slurmrestd ------------------------------------------------------------------------------


def slurmrestd_applies(row: Row, item: Mapping[str, Json]) -> dict[str, Value]:
    """Return what slurmrestd makes of a row when it is POSTed in associations/."""
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


def slurmrestd_adds(row: Row, sent: Mapping[str, Json]) -> dict[str, Value]:
    """Return what slurmrestd makes of a new row with `association` of an association_condition."""
    by_key = {f.add_key: f for f in ASSOCIATION.settable(SlurmRecord.ASSOCIATION)}
    return {**row, **{by_key[key].name: by_key[key].kind.load(v) for key, v in sent.items()}}


def slurmrestd_applies_to_qos(row: Row, item: Mapping[str, Json]) -> dict[str, Value]:
    """Return what slurmrestd makes of a QOS, or of a new one, when it is POSTed in qos/."""
    after = dict(row)
    for f in QOS.fields:
        sent = at(item, f.path)
        if f.name == "Flags":
            after[f.name] = _flags(names_in(row[f.name]), sent or [])
        elif f.name == "PreemptMode":
            after[f.name] = f.kind.load(sent or ["DISABLED"])  # left out is reset
        elif f.name == "Preempt":
            after[f.name] = f.kind.load(sent) if sent else row[f.name]  # emptied is ignored
        elif isinstance(f.kind, Tres):
            after[f.name] = _merged(mapping(row[f.name]), sent or [])
        elif sent is not None and not (isinstance(sent, dict) and not sent["set"]):
            after[f.name] = f.kind.load(sent)
    return after


def _flags(current: tuple[str, ...], sent: list[str]) -> Value:
    act, *rest = sent or [""]
    if act == "NOT_SET":
        return current
    kind = QOS["Flags"].kind
    named = set(names_in(kind.load(rest if act in {"ADD", "REMOVE"} else sent)))
    if act == "REMOVE":
        return tuple(sorted({*current} - named))
    return tuple(sorted({*current, *named} if act == "ADD" else named))


def _merged(current: Mapping[str, int | None], sent: list[Mapping[str, Json]]) -> Value:
    merged = dict(current)
    for one in sent:
        name = f"{one['type']}/{one['name']}" if one["name"] else one["type"]
        if one["count"] == -1:
            merged.pop(name, None)
        else:
            merged[name] = one["count"]
    return merged
