"""`profile list`, `show` and `check`: the profiles of the configuration file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.doctor import columns_of, failure_of_findings, gather, put
from slurmctl_rest.doctor import checks, verdicts
from slurmctl_rest.doctor.verdicts import Finding, Verdict
from slurmctl_rest.errors import PartlyDone, SlurmctlError
from slurmctl_rest.model.columns import Column
from slurmctl_rest.model.entities.check import CHECK
from slurmctl_rest.model.entities.profile import PROFILE, SETTING
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json, Value

if TYPE_CHECKING:
    from slurmctl_rest.config.explain import Explanation
    from slurmctl_rest.config.models import Profile


def list_(context: Context) -> None:
    """Show every profile of the file, those that are wrong with what is wrong; ask nobody."""
    from slurmctl_rest.config.load import all_profiles  # noqa: PLC0415

    columns = columns_of(context, PROFILE)
    found = all_profiles(context.options.config)
    if found.default is not None and found.default not in found.profiles:
        context.console.warn(f"default profile '{found.default}' is not in {found.file}")
    rows = [_row(name, profile, found.default) for name, profile in found.profiles.items()]
    put(context, PROFILE, rows, columns)


def show(context: Context, name: str | None) -> None:
    """Show every key of a profile with its value, and where that comes from; ask nobody."""
    from slurmctl_rest.config.explain import explain_profile  # noqa: PLC0415

    columns = columns_of(context, SETTING)
    found = explain_profile(name or context.options.profile, context.options.config)
    rows: list[Row] = [
        {
            "Key": setting.key,
            "Value": _text(setting.value),
            "Source": setting.source,
            "Note": _note(setting.key, found),
        }
        for setting in found.settings
    ]
    meta = {
        "profile": found.name or None,
        "cluster": found.profile.cluster_name,
        "executor": found.profile.execution_mode,
    }
    put(context, SETTING, rows, columns, meta)


def check_profiles(context: Context, names: Sequence[str]) -> None:
    """Examine profiles as doctor does, all of the file unless some are named: a row for each."""
    from slurmctl_rest.config.load import all_profiles  # noqa: PLC0415

    asked = columns_of(context, CHECK)
    columns = asked or tuple(Column(field) for field in CHECK.fields)
    named = names or [context.options.profile] if context.options.profile else names
    named = [name for words in named for name in words.split(",") if name]
    chosen = named or list(all_profiles(context.options.config).profiles)
    findings = {name: _examined(context, name) for name in dict.fromkeys(chosen)}
    rows = [_summary(some).row(name) for name, some in findings.items()]
    put(context, CHECK, rows, columns, chosen=bool(asked))
    errors = [
        failure_of_findings(some, f"profile '{name}', " * bool(name))
        for name, some in findings.items()
    ]
    _raise([error for error in errors if error is not None], len(findings))


def _row(name: str, profile: Profile | SlurmctlError, default: str | None) -> Row:
    row: dict[str, Value] = {field.name: None for field in PROFILE.fields}
    row |= {"Profile": name, "Default": name == default}
    if isinstance(profile, SlurmctlError):
        return {**row, "Error": f"{profile.message}{f' ({profile.hint})' * bool(profile.hint)}"}
    keys = profile.model_dump(mode="json")
    return row | {field.name: field.load(keys) for field in PROFILE.fields if field.path}


def _text(value: Json) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _note(key: str, found: Explanation) -> str | None:
    """Say of the token's variable whether it is set, and never what it holds."""
    api = found.profile.rest_api
    if api is None or key != "rest_api.token_env":
        return None
    if api.token_file is not None:
        return "not used: token_file is set"
    return "is set" if os.environ.get(api.token_env) else "is not set"


def _examined(context: Context, name: str) -> list[Finding]:
    other = context.beside(profile=name or None)
    try:
        return checks.examine(gather(other))
    finally:
        other.close()


def _summary(findings: Sequence[Finding]) -> Finding:
    """Return what is worst, or that nothing is."""
    good = sum(finding.verdict.status == "ok" for finding in findings)
    return verdicts.worst(findings) or Finding("", Verdict("ok", f"{good} checks are ok"))


def _raise(errors: Sequence[SlurmctlError], checked: int) -> None:
    """Raise the one error, or PartlyDone where other profiles are good."""
    if not errors:
        return
    if len(errors) == checked == 1:
        raise errors[0]
    messages = "; ".join(error.message for error in errors)
    if len(errors) < checked:
        raise PartlyDone(f"{len(errors)} of {checked} profiles fail: {messages}", errors[0].hint)
    raise type(errors[0])(messages, errors[0].hint)
