"""What slurmdbd keeps of a job and lets people change, whether the job is over or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slurmctl_rest.model.fields import Access, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind, Value
from slurmctl_rest.model.kinds.names import OPTIONAL_NAME, JobText, Name


class DerivedExitCode(Kind):
    """An exit code that somebody has given a job: `code:signal`, as sacct prints it.

    Slurm is told one number, as sacctmgr tells it: 256 * code, or the signal. It shows no code
    beside a signal, and none from 128 on.
    """

    def __init__(self) -> None:
        """Make the one kind of it that there is."""
        super().__init__({"type": ["string", "null"]}, "code:0 or 0:signal, or 256 * code")

    def parse(self, text: str) -> Value:
        """Read either form."""
        match = re.fullmatch(r"(\d{1,5})(?::(\d{1,3}))?", text.strip(), re.ASCII)
        if match is None:
            raise ValueError(f"'{text}' is neither code:signal nor a number")
        code, signal = int(match[1]), int(match[2] or 0)
        if match[2] is None:
            code, signal = divmod(code, CODE)
            code = 0 if signal else code
        if max(code, signal) > HIGHEST_CODE or (code and signal):
            raise ValueError(
                f"'{text}' is not one of 0:0 to {HIGHEST_CODE}:0, or 0:1 to 0:{HIGHEST_CODE}"
            )
        return f"{code}:{signal}"

    def read(self, text: str) -> Value:
        """Take it as it is."""
        return text or None

    def load(self, json: Json) -> Value:
        """Read {return_code, signal: {id}}."""
        if json is None:
            return None
        if not isinstance(json, Mapping):
            raise ValueError("it is not an exit code")  # noqa: TRY004 (the codecs' one error)
        numbers = (json.get("return_code"), (json.get("signal") or {}).get("id"))
        code, signal = (n.get("number", 0) if isinstance(n, Mapping) else 0 for n in numbers)
        return f"{code}:{signal}"

    def dump(self, value: Value) -> Json:
        """Write the one number, in the place of the code."""
        return {"return_code": {"set": True, "infinite": False, "number": raw(value)}}

    def to_argument(self, value: Value) -> str:
        """Write the one number."""
        return str(raw(value))


CODE, HIGHEST_CODE = 256, 127


def raw(value: Value) -> int:
    """Return the number that Slurm keeps.

    >>> raw("3:0")
    768
    """
    code, _, signal = str(value or "0:0").partition(":")
    return CODE * int(code) + int(signal)


class WCKeyOfJob(Name):
    """The WCKey of a job; slurmrestd tells it with flags, and is told the name alone."""

    def load(self, json: Json) -> Value:
        """Read {wckey, flags}."""
        return super().load(json.get("wckey") if isinstance(json, Mapping) else json)

    def read(self, text: str) -> Value:
        """Take it as sacct prints it: one that nobody has asked for has a `*` before it."""
        return OPTIONAL_NAME.read(text.removeprefix("*"))


def _note(name: str, kind: Kind, path: str, help_: str, *aliases: str) -> Field:
    return Field(
        name,
        kind,
        path,
        help_,
        aliases=aliases,
        access=Access.MODIFY,
        record=SlurmRecord.OBJECT,
        absent=None,
    )


JOB_NOTES = (
    _note("Comment", JobText(), "comment.job", "comment of the job's owner; '' clears it"),
    _note("AdminComment", JobText(), "comment.administrator", "comment of an administrator"),
    _note("SystemComment", JobText(), "comment.system", "comment of a part of Slurm"),
    _note("Extra", JobText(), "extra", "any other text"),
    _note(
        "DerivedExitCode", DerivedExitCode(), "derived_exit_code",
        "exit code that people give the job", "DerivedES",
    ),
    _note("WCKey", WCKeyOfJob(clears=True), "wckey", "WCKey of the job", "NewWCKey"),
)  # fmt: skip
