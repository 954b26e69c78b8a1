"""The words of `add qos`, `modify qos` and `delete qos`: keys, conditions, and their values.

From how many letters on a key is known is the same on 24.11 and 26.05.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.kinds.base import Operator, Value
from slurmctl_rest.model.kinds.durations import Duration, Minutes
from slurmctl_rest.model.kinds.numbers import Count, Real
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.sacctmgr import values
from slurmctl_rest.sacctmgr.reply import Refused, lines
from slurmctl_rest.sacctmgr.values import Amounts, Invalid, Wrong, is_old


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a QOS.

    field  its field; for the limits from before TRES, that of all TRES
    words  its spellings, each with the letters from which on it is known
    tres   the TRES that a limit from before TRES counts
    label  what errors call it, where it is not the field
    """

    field: str
    words: Sequence[tuple[str, int]]
    tres: str = ""
    label: str = ""


NAME, RAW_USAGE = "Name", "RawUsage"
KEYS: Sequence[Key] = (
    Key(NAME, (("Name", 1),)),
    Key("Description", (("Description", 1),)),
    Key("Flags", (("Flags", 2),)),
    Key("GraceTime", (("GraceTime", 3),)),
    Key("GrpTRESMins", (("GrpCPUMins", 7),), "cpu", "GrpCPUMins"),
    Key("GrpTRESRunMins", (("GrpCPURunMins", 7),), "cpu", "GrpCPURunMins"),
    Key("GrpTRES", (("GrpCPUs", 7),), "cpu", "GrpCPUs"),
    Key("GrpJobs", (("GrpJobs", 4),)),
    Key("GrpJobsAccrue", (("GrpJobsAccrue", 8),)),
    Key("GrpTRES", (("GrpMemory", 4),), "mem", "GrpMemory"),
    Key("GrpTRES", (("GrpNodes", 4),), "node", "GrpNodes"),
    Key("GrpSubmitJobs", (("GrpSubmitJobs", 4),)),
    Key("GrpTRES", (("GrpTRES", 7),)),
    Key("GrpTRESMins", (("GrpTRESMins", 8),)),
    Key("GrpTRESRunMins", (("GrpTRESRunMins", 8),)),
    Key("GrpWall", (("GrpWall", 4),)),
    Key("LimitFactor", (("LimitFactor", 6),)),
    Key("MaxTRESMins", (("MaxCPUMinsPerJob", 7),), "cpu", "MaxCPUMins"),
    Key("MaxTRES", (("MaxCPUsPerJob", 7),), "cpu", "MaxCPUs"),
    Key("MaxTRESPU", (("MaxCPUsPerUser", 11),), "cpu", "MaxCPUsPerUser"),
    Key("MaxJobsPU", (("MaxJobsPerUser", 4), ("MaxJobsPU", 9))),
    Key("MaxJobsPA", (("MaxJobsPerAccount", 11), ("MaxJobsPA", 9))),
    Key("MaxJobsAccruePU", (("MaxJobsAccruePerUser", 17), ("MaxJobsAccruePU", 15))),
    Key("MaxJobsAccruePA", (("MaxJobsAccruePerAccount", 17), ("MaxJobsAccruePA", 15))),
    Key("MaxTRES", (("MaxNodesPerJob", 4),), "node", "MaxNodesPerJob"),
    Key("MaxTRESPU", (("MaxNodesPerUser", 12),), "node", "MaxNodesPerUser"),
    Key("MaxSubmitJobsPU", (("MaxSubmitJobsPerUser", 4), ("MaxSubmitJobsPU", 15))),
    Key("MaxSubmitJobsPA", (("MaxSubmitJobsPerAccount", 17), ("MaxSubmitJobsPA", 15))),
    Key("MaxTRES", (("MaxTRES", 7), ("MaxTRESPerJob", 11), ("MaxTRESPJ", 9))),
    Key("MaxTRESMins", (("MaxTRESMinsPerJob", 8), ("MaxTRESMinsPJ", 13))),
    Key("MaxTRESPU", (("MaxTRESPerUser", 11), ("MaxTRESPU", 9))),
    Key("MaxTRESPA", (("MaxTRESPerAccount", 11), ("MaxTRESPA", 9))),
    Key("MaxTRESPerNode", (("MaxTRESPerNode", 11), ("MaxTRESPN", 9))),
    Key(
        "MaxTRESRunMinsPA",
        (
            ("MaxTRESRunMinsPerAccount", 24),
            ("MaxTRESRunMinsPerAcct", 20),
            ("MaxTRESRunMinsPA", 16),
        ),
    ),
    Key("MaxTRESRunMinsPU", (("MaxTRESRunMinsPerUser", 20), ("MaxTRESRunMinsPU", 16))),
    Key("MaxWall", (("MaxWallDurationPerJob", 4),)),
    Key("MinTRES", (("MinCPUsPerJob", 7),), "cpu", "MinCPUs"),
    Key("MinPrioThresh", (("MinPrioThresh", 4),)),
    Key("MinTRES", (("MinTRESPerJob", 7),)),
    Key("PreemptMode", (("PreemptMode", 8),)),
    Key("PreemptExemptTime", (("PreemptExemptTime", 8),)),
    Key("Preempt", (("Preempt", 7),)),
    Key("Priority", (("Priority", 3),)),
    Key(RAW_USAGE, (("RawUsage", 7),)),
    Key("UsageFactor", (("UsageFactor", 6),)),
    Key("UsageThreshold", (("UsageThreshold", 6),)),
)
"""All keys of `set`, and of `add`."""

NAMES, DESCRIPTIONS, IDS, MODES, FORMAT = "names", "descriptions", "ids", "modes", "format"
CONDITIONS: Sequence[tuple[str, int, str]] = (
    ("names", 1, NAMES),
    ("qoslevel", 1, NAMES),
    ("descriptions", 1, DESCRIPTIONS),
    ("format", 1, FORMAT),
    ("ids", 1, IDS),
    ("preemptmode", 8, MODES),
)
"""Words of `where`, the letters from which on each is known, and what it is about."""

OF_SIGNED = frozenset({"Flags", "Preempt"})
"""Fields that take += and -=."""

FLAGS_24_11: Sequence[str] = (
    *("DenyOnLimit", "EnforceUsageThreshold", "NoReserve", "PartitionMaxNodes"),
    *("PartitionMinNodes", "OverPartQOS", "PartitionTimeLimit", "RequiresReservation"),
    *("NoDecay", "Relative", "UsageFactorSafe"),
)
FLAGS: Sequence[str] = (
    *("DenyOnLimit", "EnforceUsageThreshold", "PartitionMinNodes", "PartitionMaxNodes"),
    *("PartitionTimeLimit", "RequiresReservation", "OverPartQOS", "NoReserve"),
    *("NoDecay", "Relative", "UsageFactorSafe"),
)
"""The flags in the order in which they are printed; the first that a text begins is meant."""

LOOP = (
    "sacctmgr: error: QOS Preemption loop detected",
    " Error with request: QOS Preemption loop detected",
)


def flags_of(release: str) -> Sequence[str]:
    """Return the flags in the order of a release."""
    return FLAGS_24_11 if is_old(release) else FLAGS


@dataclass(frozen=True, slots=True)
class FlagsAsked:
    """What Flags= says: the last one counts."""

    act: Operator
    flags: Sequence[str]


Setting: TypeAlias = Value | Amounts | FlagsAsked | list[str]


@dataclass(slots=True)
class Known:
    """What there is: QOS with their numbers, and TRES by name and number."""

    release: str
    ids: Mapping[str, int] = field(default_factory=dict)
    tres: Mapping[str, str] = field(default_factory=dict)

    @property
    def qos(self) -> list[str]:
        """Return the names of QOS in the order of their numbers."""
        return sorted(self.ids, key=lambda name: self.ids[name])


@dataclass(slots=True)
class Asked:
    """What the words of a line say.

    settings  by field: a value (None clears); of TRES the counts that are named; of Preempt the
              names with their signs
    where     by what it is about, in names
    """

    known: Known
    names: list[str] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    where: dict[str, list[str]] = field(default_factory=dict)
    conditional: bool = False
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    failed: bool = False

    def complain(self, text: str, *, stdout: bool = False) -> None:
        """Note what ends the command once all words are read."""
        (self.out if stdout else self.err).extend(text.splitlines())
        self.failed = True

    def refused(self, *texts: str) -> Refused:
        """Return what ends the command: all complaints, and these."""
        return Refused(lines(*self.err, *texts), lines(*self.out))


def added(words: Sequence[str], known: Known) -> Asked:
    """Read the words behind `add qos`: `set` and `where` mean nothing there."""
    asked = Asked(known)
    for word in words:
        if word.lower() not in {"set", "where"}:
            _set(asked, word, named=True)
    return asked


def modified(words: Sequence[str], known: Known) -> Asked:
    """Read the words behind `modify qos`: conditions, until `set` comes, and again from `where`."""
    asked = Asked(known)
    setting = False
    for word in words:
        if word.lower() in {"set", "where"}:
            setting = word.lower() == "set"
        elif setting and not _is_key_of(word, "where"):
            _set(asked, word, named=False)
        else:
            setting = False
            _condition(asked, word)
    return asked


def deleted(words: Sequence[str], known: Known) -> Asked:
    """Read the words behind `delete qos`: conditions alone."""
    asked = Asked(known)
    for word in words:
        if word.lower() not in {"set", "where"}:
            _condition(asked, word)
    return asked


def _parts(word: str) -> tuple[str, str, str]:
    """Return key, operator and value; the key is empty where there is no `=`."""
    key, equals, value = word.partition("=")
    if not equals:
        return "", "", word
    sign = key[-1:] if key[-1:] in {"+", "-"} else ""
    return key.removesuffix(sign) if sign else key, f"{sign}=", value


def _is_key_of(word: str, switch: str) -> bool:
    return _parts(word)[0].lower() == switch


def _set(asked: Asked, word: str, *, named: bool) -> None:
    name, act, text = _parts(word)
    lower = name.lower()
    key = next((key for key in KEYS if _means(lower, key)), None) if act else KEYS[0]
    if key is None:
        asked.complain(
            f" Unknown option: {word}\n Use keyword 'where' to modify condition", stdout=True
        )
        return
    try:
        if key.field == NAME:
            asked.names += [one for one in values.names(text) if named and one not in asked.names]
        elif key.field == "Description":
            trimmed = values.unquoted(text)
            asked.settings.setdefault(
                key.field, trimmed if is_old(asked.known.release) else trimmed.strip(" ")
            )
        else:
            _READERS[key.field](asked, key, Operator(act), word, text)
    except Invalid as error:
        asked.err.append(str(error))
    except Wrong as error:
        asked.complain(str(error))
    if act not in {"", "="} and key.field not in OF_SIGNED and not is_old(asked.known.release):
        asked.complain(f" Invalid operator '{act}' in {word}")


def _means(lower: str, key: Key) -> bool:
    return any(
        len(lower) >= letters and known.lower().startswith(lower) for known, letters in key.words
    )


def _condition(asked: Asked, word: str) -> None:
    name, act, text = _parts(word)
    lower = name.lower()
    if not act and len(word) >= len("withd") and "withdeleted".startswith(word.lower()):
        return
    about = NAMES
    if act:
        found = (
            meant
            for known, letters, meant in CONDITIONS
            if len(lower) >= letters and known.startswith(lower)
        )
        about = next(found, "")
    if not about:
        asked.complain(
            f" Unknown condition: {word}\n Use keyword 'set' to modify SLURM_PRINT_VALUE"
        )
        return
    if about == FORMAT:
        return
    if about == MODES:
        given = _modes(asked, word, text)
    else:
        given = values.names(text)
        wrong = [one for one in given if about == IDS and not re.fullmatch(r"\d*", one)]
        for one in wrong:
            asked.complain(f"sacctmgr: error: Invalid value for QOS ID ({one})")
    if act != "=" and act and not is_old(asked.known.release):
        asked.complain(f" Invalid operator '{act}' in {word}")
    there = asked.where.setdefault(about, [])
    there += [one for one in given if one not in there]
    asked.conditional = True


def _modes(asked: Asked, word: str, text: str) -> list[str]:
    given = values.unquoted(text).split(",")
    for one in given:
        try:
            _mode(one, asked.known.release)
        except ValueError:
            asked.err.append(f"sacctmgr: error: Unknown preempt_mode given '{one}'")
            asked.complain(f" Bad Preempt Mode given: {word}")
            return []
    return [_mode(one, asked.known.release) for one in given]


def _mode(text: str, release: str) -> str:
    if is_old(release) and "priority" in text.lower():
        raise ValueError(text)  # 24.11 has no such mode
    return str(PREEMPT_MODE.parse(text))


Reader: TypeAlias = Callable[[Asked, Key, Operator, str, str], None]
"""Reads the value of a key: with its operator, the whole word, and the text behind it."""

# --- values -------------------------------------------------------------------------------------


def _number(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act, word
    asked.settings[key.field] = values.number(key.label or key.field, text, asked.known.release)


def _real(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act, word
    asked.settings[key.field] = values.real(key.field, text, asked.known.release)


def _minutes(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act
    asked.settings[key.field] = values.minutes(f"{key.field} time format: {word}", text)


def _seconds(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act
    asked.settings[key.field] = values.seconds(f"{key.field} format: {word}", text)


def _tres(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act, word
    counts: Amounts
    if key.tres:
        count = values.number(key.label, text, asked.known.release)
        counts = {key.tres: (Operator.SET, count)}
    else:
        counts = values.tres(text, asked.known.tres, asked.known.release)
    before = asked.settings.get(key.field)
    asked.settings[key.field] = {**(before if isinstance(before, dict) else {}), **counts}


def _flags(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del word
    known = flags_of(asked.known.release)
    if text.strip() == "-1":
        asked.settings[key.field] = FlagsAsked(Operator.REMOVE, known)
        return
    lower = text.lower()
    if is_old(asked.known.release):
        found = [flag for flag in known if flag.lower() in lower]
    else:
        parts = lower.split(",")
        begun = [next((f for f in known if p and f.lower().startswith(p)), "") for p in parts]
        found = [flag for flag in known if flag in begun] if all(begun) else []
    if not found:
        asked.complain(
            f" Unknown QOS flag used in:\n  '{text}'\n Valid QOS flags are\n  '{','.join(known)}'",
            stdout=True,
        )
        return
    asked.settings[key.field] = FlagsAsked(act, found)


def _preempt(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    """Note names, each with a sign of its own or the operator's."""
    del word
    named = values.names(text)
    if not named:
        raise Wrong("sacctmgr: error: You gave me an empty qos list")
    sign = act.removesuffix("=")
    signed = [one if one[:1] in {"+", "-"} else f"{sign}{one}" for one in named if one]
    for one in signed:
        if one.lstrip("+-") not in asked.known.qos:
            raise Wrong(
                f"sacctmgr: error: You gave a bad qos '{one.lstrip('+-')}'. "
                f"Valid QOS's are {','.join(asked.known.qos)}"
            )
    if len({one[:1] in {"+", "-"} for one in signed}) > 1:
        raise Wrong(
            "sacctmgr: error: You can't set qos equal to something and then add or subtract from "
            "it in the same line"
        )
    before = asked.settings.get(key.field)
    there = before if isinstance(before, list) else []
    asked.settings[key.field] = [*there, *(one for one in signed or [""] if one not in there)]


def _preempt_mode(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act
    try:
        asked.settings[key.field] = _mode(text, asked.known.release)  # a quote is none
    except ValueError as error:
        raise Wrong(f" Bad Preempt Mode given: {word}") from error


def _raw_usage(asked: Asked, key: Key, act: Operator, word: str, text: str) -> None:
    del act, word
    try:
        asked.settings[key.field] = values.real(key.field, text, asked.known.release)
    except Invalid as error:
        raise Wrong(f"{error}\n Bad RawUsage value: {text}") from error


def _reader_of(name: str) -> Reader:
    """Return the function that reads values of a field, by its kind."""
    kind = QOS[name].kind
    by_kind = (
        (Tres, _tres),
        (Minutes, _minutes),
        (Real, _real),
        (Duration, _seconds if name == "PreemptExemptTime" else _number),
        (Count, _number),
    )
    return next(read for one, read in by_kind if isinstance(kind, one))


OTHERS: Mapping[str, Reader] = {
    "Flags": _flags,
    "Preempt": _preempt,
    "PreemptMode": _preempt_mode,
    RAW_USAGE: _raw_usage,
}
_READERS = {
    key.field: OTHERS.get(key.field) or _reader_of(key.field)
    for key in KEYS
    if key.field not in {NAME, "Description"}
}
