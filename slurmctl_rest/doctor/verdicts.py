"""The verdict of a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.errors import SlurmctlError
from slurmctl_rest.model.facts import Skipped
from slurmctl_rest.model.fields import Row


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check; `error` is the failure."""

    status: str
    detail: str
    remedy: str = ""
    error: SlurmctlError | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A check by its name, and what it came to."""

    check: str
    verdict: Verdict

    def row(self, profile: str) -> Row:
        """Return the row of the entity CHECK."""
        said = self.verdict
        return {
            "Profile": profile,
            "Check": self.check,
            "Status": said.status,
            "Detail": said.detail,
            "Remedy": said.remedy or None,
        }


def first_failure(findings: Sequence[Finding]) -> Finding | None:
    """Return what explains the others."""
    return next((one for one in findings if one.verdict.error is not None), None)


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Return the first that fails, or else the first that warns."""
    warning = next((one for one in findings if one.verdict.status == "warn"), None)
    return first_failure(findings) or warning


def good(detail: str) -> Verdict:
    """Return the verdict that all is well."""
    return Verdict("ok", detail)


def warning(detail: str, remedy: str) -> Verdict:
    """Return the verdict that something should be changed."""
    return Verdict("warn", detail, remedy)


def failure(error: SlurmctlError) -> Verdict:
    """Return the verdict that something failed."""
    return Verdict("fail", error.message, error.hint, error)


def skipped(why: str) -> Verdict:
    """Return the verdict that it was not asked."""
    return Verdict("skipped", why)


def unknown(fact: SlurmctlError | Skipped) -> Verdict:
    """Return the verdict on what is not known: an error stands with its own check already."""
    return skipped(fact.why if isinstance(fact, Skipped) else fact.message)


def not_there(fact: SlurmctlError | Skipped) -> Verdict:
    """Return the verdict on a fact that is none: it failed, or was not asked."""
    return skipped(fact.why) if isinstance(fact, Skipped) else failure(fact)
