"""What `set`, and the options of `add`, say of limits and of QOS: read, applied, and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.entities import ASSOCIATION, QOS
from slurmctl_rest.model.entities.qos import PREEMPT_MODE
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Kind, Operator, Value
from slurmctl_rest.model.kinds.durations import Minutes
from slurmctl_rest.model.kinds.names import TEXT, Name, NameSet, Text
from slurmctl_rest.model.kinds.numbers import SHARES, Count, Real, Shares
from slurmctl_rest.model.kinds.tres import TRES, Tres
from slurmctl_rest.model.kinds.words import Mode, WordSet
from slurmctl_rest.model.tres_counts import GPU_MEMORY, in_megabytes, largest_unit
from slurmctl_rest.sacctmgr.conditions import SlurmFacts
from slurmctl_rest.sacctmgr.reply import Complaints, invalid_operator, unknown_option
from slurmctl_rest.sacctmgr.setting_values import (
    SIGNS,
    BadValue,
    NotSet,
    TresAmount,
    TresAmounts,
    bounded_value,
    count_value,
    duration_value,
    real_value,
    signed_names,
    tres_value,
    whole_value,
)
from slurmctl_rest.sacctmgr.spellings import COMMENT_WORD, Spelling, complaint_name, paired
from slurmctl_rest.sacctmgr.tokens import LineWord, ascii_lower, plain_text

LOWERED = frozenset(
    {"Description", "Organization", "Parent", "DefaultAccount", "DefaultWCKey", "NewName"}
) | {COMMENT_WORD}
INHERITED_LIMITS = frozenset(one.name for one in ASSOCIATION.fields if one.inherits)


@dataclass(frozen=True, slots=True)
class FlagsAsked:
    """What Flags= says: the last one counts."""

    operator: Operator
    flags: Sequence[str]


@dataclass(frozen=True, slots=True)
class QosAsked:
    """Names of QOS, each with its sign if it is added, or taken away."""

    names: Sequence[str]

    @property
    def replaces(self) -> bool:
        """Tell whether the list is set as a whole."""
        return any(name[:1] not in ("+", "-") for name in self.names)


Asked: TypeAlias = int | float | str | TresAmounts | FlagsAsked | QosAsked | None
"""What is asked for one field: a value (None clears), or what is done to the one that it has."""

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


def qos_flags(*, old: bool) -> Sequence[str]:
    """Return the flags of QOS in the order in which a release prints them.

    The first that a text begins is meant.
    """
    return FLAGS_24_11 if old else FLAGS


def _kind(noun: str, name: str) -> Kind:
    return TEXT if name == COMMENT_WORD else (QOS if noun == "qos" else ASSOCIATION)[name].kind


class Settings:
    """What is set on the associations of a noun, or on QOS, as far as it has been read."""

    def __init__(
        self,
        noun: str,
        facts: SlurmFacts,
        complaints: Complaints | None = None,
        *,
        brief: bool = False,
        adds: bool = False,
    ) -> None:
        """`brief`: of a setting that it does not know it says no more than that.

        `adds`: it is set on what is new, where counts of TRES are what they say without a sign.
        """
        self.noun = noun
        self.facts = facts
        self.complaints = Complaints() if complaints is None else complaints
        self.asked: dict[str, Asked] = {}
        self.brief = brief
        self.adds = adds
        self.sign = ""
        """The sign of the last `+=` or `-=`: to 24.11 all QOS after it have it, too."""
        self.any_operator = False
        """Later releases take any operator for `=` up to the next `where`, once they have read a
        setting that takes others, or one that they do not know."""

    @property
    def old(self) -> bool:
        """Tell whether the words are read as 24.11 reads them."""
        return not self.facts.is_newer()

    def unknown(self, text: str) -> list[str]:
        """Return what is said to a setting that is not known."""
        self.any_operator = True
        return unknown_option(text)[: 1 if self.brief else None]

    def read(self, one: LineWord, spelling: Spelling) -> bool:
        """Read the value of a setting, and tell whether sacctmgr takes it.

        What it says to it goes to the complaints.
        """
        self.sign = one.operator[:-1] or self.sign
        is_taken = True
        try:
            self._take(one, spelling)
        except NotSet:
            pass
        except BadValue as error:
            is_taken = False
            if self.noun != "qos":
                text = one.lowered if error.goes_on else one.text
                self.complaints.fail(*error.said, *self.unknown(text))
                return False
            (self.complaints.warn if error.goes_on else self.complaints.fail)(*error.said)
        self.check_operator(one, spelling)
        return is_taken

    def check_operator(self, one: LineWord, spelling: Spelling) -> None:
        """Complain of an operator where only `=` is taken; 24.11 takes any."""
        signed = spelling[2] in {"QosLevel", "Preempt", "Features"} or (
            spelling[2] == "Flags" and self.noun == "qos"
        )
        self.any_operator |= signed
        if one.operator not in {"", "="} and not self.any_operator and not self.old:
            text = one.lowered if self._is_lowered(spelling[2]) else one.text
            self.complaints.fail(invalid_operator(one.operator, text))

    def _is_lowered(self, meaning: str) -> bool:
        """Tell whether sacctmgr has put the value into lower case when it complains of the word."""
        if meaning in LOWERED or "=" in meaning:
            return True
        entity = QOS if self.noun == "qos" else ASSOCIATION
        kind = next((one.kind for one in entity.fields if one.name == meaning), None)
        is_number = isinstance(kind, Count | Real) and not isinstance(kind, Minutes)
        return is_number and meaning != "PreemptExemptTime"

    def _take(self, one: LineWord, spelling: Spelling) -> None:
        name, _, tres = spelling[2].partition("=")
        what, kind = complaint_name(self.noun, spelling), _kind(self.noun, name)
        if tres:
            amount = TresAmount(whole_value(what, one.value, old=self.old))
            self._add_amounts(name, {tres: amount})
        elif isinstance(kind, Tres):
            amounts, warnings = tres_value(one.value, self.facts.tres(), old=self.old)
            if self.noun == "qos":
                refuse_zero(one.value, warnings)
            self.complaints.warn(*warnings)
            self._add_amounts(name, amounts)
        elif isinstance(kind, WordSet):
            self._take_flags(name, one)
        elif isinstance(kind, NameSet):
            if self.old and one.operator == "=" and "==" in one.text:
                raise Unsupported(f"24.11 stores none of the QOS of {one.text}", "write one `=`")
            sign = one.operator[:-1] or (self.sign if self.old else "")
            found = signed_names(one.value, sign, self.facts.qos())
            there = self.asked.get(name)
            before = there.names if isinstance(there, QosAsked) else ()
            if any(found) and {*found} <= {*before}:
                raise BadValue("sacctmgr: error: You gave me an empty qos list")
            self.asked[name] = QosAsked(sorted({*before, *found}))
        elif name == "DefaultQOS":
            self._take_default_qos(name, one)
        else:
            self.asked[name] = self._value(name, kind, what, one)

    def _value(self, name: str, kind: Kind, what: str, one: LineWord) -> Asked:
        """Return a value that no other is added to."""
        value: Asked
        match kind:
            case Name() | Text():
                value = plain_text(one.value)
                if name == "Description":  # the first one counts
                    value = self.asked.get(name, value if self.old else value.strip(" "))
            case Mode():
                value = preempt_mode(one, old=self.old)
            case Minutes():
                value = duration_value(f"{what} time format: {one.text}", one.value, kind)
            case Real():
                value = real_value(what, one.value, old=self.old)
            case Shares():
                value = self._shares(what, one)
            case _ if name == "PreemptExemptTime":
                value = duration_value(f"{what} format: {one.text}", one.value, kind)
            case _:
                value = bounded_value(one.text, count_value(what, one.value, old=self.old))
        return value

    def _shares(self, what: str, one: LineWord) -> int | str | None:
        if ascii_lower(one.value).startswith(SHARES.PARENT):  # quotes are none of it
            return SHARES.PARENT
        number = count_value(what, one.value, old=self.old)
        return SHARES.PARENT if number == SHARES.PARENT_NUMBER else bounded_value(one.text, number)

    def _add_amounts(self, name: str, amounts: TresAmounts) -> None:
        there = self.asked.get(name)
        self.asked[name] = {**(there if isinstance(there, dict) else {}), **amounts}

    def _take_flags(self, name: str, one: LineWord) -> None:
        known = qos_flags(old=self.old)
        operator, lower = Operator(one.operator), one.value.lower()
        if lower.strip() == "-1":
            operator, found = Operator.REMOVE, list(known)
        elif self.old:
            found = [flag for flag in known if flag.lower() in lower]
        else:
            parts = lower.split(",")
            begun = [next((f for f in known if p and f.lower().startswith(p)), "") for p in parts]
            found = [flag for flag in known if flag in begun] if all(begun) else []
        if found:
            self.asked[name] = FlagsAsked(operator, found)
            return
        self.complaints.fail_on_stdout(
            " Unknown QOS flag used in:",
            f"  '{one.value}'",
            " Valid QOS flags are",
            f"  '{','.join(known)}'",
        )

    def _take_default_qos(self, name: str, one: LineWord) -> None:
        value = ascii_lower(one.value)
        if value != "-1" and value.startswith((*SIGNS,)):
            value = value[1:]  # read as one of a list of QOS, whose signs say nothing here
        if value != "-1" and value not in self.facts.qos():
            said = (
                f"You gave a bad default qos '{one.value}'.  Use 'list qos' to get complete list."
            )
            self.complaints.fail(said)
            return
        self.asked[name] = None if value == "-1" else value


def refuse_zero(text: str, warnings: Sequence[str]) -> None:
    """Raise BadValue for counts of a QOS that sacctmgr would take for 0, which would forbid all."""
    empty = (part for part in text.split(",") if part.endswith("="))
    said = [*warnings, *(f"sacctmgr: error: {part} is no count" for part in empty)]
    if said:
        raise BadValue(*said)


def preempt_mode(one: LineWord, *, old: bool) -> str:
    """Return a preempt mode as our rows have it."""
    text = ascii_lower(one.value)  # quotes are none of it
    wrong = BadValue(f" Bad Preempt Mode given: {one.text}")
    if old and "priority" in text:  # 24.11 has no such mode
        raise wrong
    try:
        return str(PREEMPT_MODE.parse(text))
    except ValueError:
        raise wrong from None


# --- what a row becomes ---------------------------------------------------------------------------


def applied(row: Row, settings: Settings) -> dict[str, Value]:
    """Return an association, or a QOS, with all that is set; no user's row gets a parent."""
    after = dict(row)
    for name, asked in settings.asked.items():
        if name == "Parent" and row.get("User") is not None:
            continue
        kind, before = _kind(settings.noun, name), row.get(name)
        match asked:
            case FlagsAsked():
                after[name] = kind.merge(before, asked.operator, tuple(asked.flags))
            case QosAsked():
                after[name] = _qos_after(name, before, asked)
            case dict():
                amounts = _merged(name, before, asked, settings)
                after[name] = TRES.merge(before, Operator.SET, amounts)
            case None:
                after[name] = kind.parse("-1")
            case "" if name == COMMENT_WORD:
                after[name] = None
            case float():
                # A LimitFactor of 0 means nothing to Slurm.
                kept = name == "LimitFactor" and not asked
                after[name] = before if kept else kind.parse(f"{asked:.6f}")
            case _:
                after[name] = asked
    return after


def _merged(
    name: str, current: Value, amounts: TresAmounts, settings: Settings
) -> dict[str, int | None]:
    there = current if isinstance(current, Mapping) else {}
    merged: dict[str, int | None] = {}
    for tres, amount in amounts.items():
        number, now = amount.number, there.get(tres) or 0
        sign = "" if settings.adds else amount.sign
        if sign == "-" and number is not None and now <= number and settings.noun == "qos":
            # sacctmgr would set 0, so that nothing may run.
            left = f"{name}: {tres}-={number} would leave 0 of {now or 'no limit'}"
            raise settings.complaints.refused(f"sacctmgr: error: {left}")
        if sign and number is not None:
            number = now + number if sign == "+" else max(now - number, 0)
        merged[tres] = number
    return merged


def _qos_after(name: str, current: Value, asked: QosAsked) -> Value:
    """Return the QOS in a list; of associations () means that they inherit them.

    Raises Unsupported for a list of these that would be empty without being inherited.
    """
    if asked.replaces:
        return tuple(sorted(one for one in asked.names if one and one[0] not in "+-"))
    after, kind = current, _kind("qos" if name == "Preempt" else "", name)
    for one in asked.names:
        after = kind.merge(after, Operator.ADD if one[0] == "+" else Operator.REMOVE, (one[1:],))
    if name == "QosLevel" and current and not after:
        raise Unsupported("slurmrestd cannot take the last QOS out of a list", USE_COMMANDS)
    return after


# --- what `add` says of it ------------------------------------------------------------------------


LINES_OF_LIMITS = paired(
    "Fairshare GrpJobs GrpJobsAccrue GrpSubmitJobs GrpTRES GrpTRESMins GrpTRESRunMins GrpWall "
    "MaxJobs MaxJobsPrioAcc=MaxJobsAccrue MaxSubmitJobs MaxTRES MaxTRESPerNode MaxTRESMins "
    "MaxTRESRUNMins=MaxTRESRunMins MaxWall MinPrioThresh Parent Priority QOS=QosLevel "
    "DefQOS=DefaultQOS Comment"
)
LINES_OF_QOS = paired(
    "Flags GraceTime GrpJobs GrpJobsAccrue GrpSubmitJobs GrpTRES GrpTRESMins GrpTRESRunMins "
    "GrpWall MaxJobsAccruePerAccount=MaxJobsAccruePA MaxJobsAccruePerUser=MaxJobsAccruePU "
    "MaxJobsPerAccount=MaxJobsPA MaxJobsPerUser=MaxJobsPU MaxSubmitJobsPerAccount=MaxSubmitJobsPA "
    "MaxSubmitJobsPerUser=MaxSubmitJobsPU MaxTRESPerAccount=MaxTRESPA MaxTRESPerJob=MaxTRES "
    "MaxTRESPerNode MaxTRESPerUser=MaxTRESPU MinPrioThresh MinTRESPerJob=MinTRES MaxTRESMins "
    "MaxTRESRUNMinsPerAccount=MaxTRESRunMinsPA MaxTRESRUNMinsPerUser=MaxTRESRunMinsPU MaxWall "
    "Preempt PreemptMode PreemptExemptTime Priority UsageFactor UsageThreshold LimitFactor"
)
"""How `add` calls each setting, in its order."""

WIDTH_OF_LIMITS, WIDTH_OF_QOS = 14, 25
ODD_WIDTHS = {("", "GrpJobsAccrue"): 25, ("qos", "MaxJobsPU"): 15}
"""Those that sacctmgr does not line up with the others."""


TEXTS_OF_NONE = {"DefaultQOS": "(null)", "GrpJobsAccrue": "None"}
"""How `add` tells that a limit is none, but for NONE."""


def setting_lines(settings: Settings) -> list[str]:
    """Return what `add` says of what it sets, a line each."""
    noun = "qos" if settings.noun == "qos" else ""
    names, width = (LINES_OF_QOS, WIDTH_OF_QOS) if noun else (LINES_OF_LIMITS, WIDTH_OF_LIMITS)
    texts = ((word, name, _text(name, settings)) for word, name in names if name in settings.asked)
    return [
        f"  {word:<{ODD_WIDTHS.get((noun, name), width)}}= {text}"
        for word, name, text in texts
        if text is not None
    ]


def _text(name: str, settings: Settings) -> str | None:
    """Return the text of a setting; None where it has no line."""
    asked = settings.asked[name]
    text: str | None
    match asked:
        case FlagsAsked():
            text = _flags_text(asked, old=settings.old)
        case QosAsked():
            text = ",".join(asked.names)
        case dict():
            counts = sorted(asked.items())
            signed = settings.noun != "qos"
            text = ",".join(f"{n}={_amount_text(n, one, signed=signed)}" for n, one in counts)
        case None:
            text = TEXTS_OF_NONE.get(name, "NONE")
        case float():
            text = f"{asked:.4f}"
        case str() if name == "PreemptMode":
            text = asked.upper() if asked != PREEMPT_MODE.first else None
        case _:
            plain = name == "GraceTime"
            text = str(asked) if plain else _kind(settings.noun, name).text(asked)
    return text


def _flags_text(asked: FlagsAsked, *, old: bool) -> str | None:
    words = [flag for flag in qos_flags(old=old) if flag in asked.flags]
    if not old:
        return None if asked.operator is Operator.REMOVE else ",".join(words)
    sign = {Operator.ADD: ["Add"], Operator.REMOVE: ["Remove"], Operator.SET: []}[asked.operator]
    return ",".join([*sign, *words])


def _amount_text(name: str, amount: TresAmount, *, signed: bool) -> str:
    if amount.number is None:
        return "NONE"
    with_unit = in_megabytes(name) or name == GPU_MEMORY
    text = largest_unit(amount.number) if with_unit else str(amount.number)
    return f"{amount.sign if signed else ''}{text}"
