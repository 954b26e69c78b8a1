"""`slurmctl-rest mcp`: a Model Context Protocol server over stdio, on the official SDK.

Four tools, because an agent's context is small: what commands there are, read, plan, apply. They
are the Python API, so that an agent has the rights of the profile and the guards of the command
line. It may apply what was planned in this session, by its digest, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from slurmctl_rest import api
from slurmctl_rest.cli import commands_document
from slurmctl_rest.cli.console import Options
from slurmctl_rest.cli.exits import REMEDIES, error_document
from slurmctl_rest.errors import Refused, SlurmctlError, UsageError
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import masked

NOT_FOR_AGENTS = frozenset(
    (
        *("demo", "dump", "edit", "explain", "export", "help"),
        *("load", "mcp", "plan", "sacctmgr", "schema", "watch"),
    )
)
"""Commands for a terminal, and those that write files of this machine, or read any of them."""
SITE_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
"""A file whose content may be shown in an answer is a site's: no token has such a name."""
OF_A_SITE = {"apply": "arguments", "diff": "options"}
"""Commands that read a site's file, and where its name stands."""
INSTRUCTIONS = (
    "Administers Slurm accounting: accounts, users, associations, QOS, limits, jobs and usage. "
    "Call `commands` first; with a noun (and a verb) it has fields and options. `read` runs a "
    "command that reads; keep answers short with format=FIELD,... and limit=N. To write, call "
    "`plan`, show its changes to the person who decides, and call `apply` with its digest."
)
MAX_PLANS = 100
"""Plans that are kept; the oldest is forgotten first."""


OptionValues = Mapping[str, str | bool]


@dataclass(slots=False)
class Tools:
    """The tools over one connection, with the plans of the session."""

    slurm: api.Connection
    plans: dict[str, api.ChangePlan] = field(default_factory=dict)

    @cached_property
    def manifest(self) -> Json:
        """Return the document of all commands."""
        file = resources.files("slurmctl_rest") / "schemas/manifest.json"
        return json.loads(file.read_text(encoding="utf-8"))

    def commands(self, noun: str = "", verb: str = "") -> CallToolResult:
        """All commands and fields; with a noun its verbs and fields, with a verb that command."""
        words = [word for word in (noun, verb) if word]
        return answered(lambda: commands_document.view_of(self.manifest, words))

    def read(
        self,
        command: str,
        arguments: list[str] | None = None,
        options: dict[str, str | bool] | None = None,
    ) -> CallToolResult:
        """Run a command that reads, like "assoc list" with arguments ["account=physics"].

        Options are those of the command without dashes, like {"over": "80"}.
        """
        return answered(
            lambda: (
                self.slurm.read(
                    *self._line(command, arguments or [], options or {}, writes=False),
                    **keywords(options or {}),
                ).document
            )
        )

    def plan(
        self,
        command: str,
        arguments: list[str] | None = None,
        options: dict[str, str | bool] | None = None,
    ) -> CallToolResult:
        """Show what a command that writes would change, like "account modify" with arguments
        ["physics", "set", "MaxJobs=20"]; nothing is written. `apply` takes the digest.
        """

        def planned() -> Json:
            words = self._line(command, arguments or [], options or {}, writes=True)
            plan = self.slurm.plan(*words, **keywords(options or {}))
            self.plans[plan.digest] = plan
            while len(self.plans) > MAX_PLANS:
                del self.plans[next(iter(self.plans))]
            return {
                "digest": plan.digest,
                "cluster": plan.cluster,
                "changed": plan.changed,
                "changes": [shown_change(one) for one in plan.changes],
                "warnings": list(plan.warnings),
            }

        return answered(planned)

    def apply(self, digest: str) -> CallToolResult:
        """Carry out the plan with this digest, after a person has approved its changes.

        If Slurm has changed since, nothing is written (changed_under_us).
        """

        def applied() -> Json:
            plan = self.plans.get(digest)
            if plan is None:
                raise Refused("no plan of this session has that digest", "call plan first")
            outcome = self.slurm.apply(plan)
            del self.plans[digest]
            return {
                "changed": outcome.changed,
                "changes": [shown_change(one) for one in outcome.changes],
                "warnings": list(outcome.warnings),
            }

        return answered(applied)

    def _line(
        self, command: str, arguments: Sequence[str], options: OptionValues, *, writes: bool
    ) -> list[str]:
        """Return the words of a command that an agent may run; raise UsageError for any other."""
        known = {
            " ".join(one["words"]): one
            for one in self.manifest["commands"]
            if one["words"][0] not in NOT_FOR_AGENTS and one["writes"] is writes
        }
        if command not in known:
            raise UsageError(
                f"'{command}' is no command that {'writes' if writes else 'reads'}",
                suggestion(command, [*known]),
            )
        allowed = {
            name.lstrip("-"): one
            for one in known[command]["options"]
            for name in one["names"]
            if one["metavar"] not in {"FILE", "PLAN"} or OF_A_SITE.get(command) == "options"
        }
        if unknown := sorted({*options} - {*allowed}):
            raise UsageError(
                f"{command} has no option '{unknown[0]}'", suggestion(unknown[0], [*allowed])
            )
        files = {"arguments": arguments[:1], "options": [str(one) for one in options.values()]}
        for file in files.get(OF_A_SITE.get(command, ""), ()):
            if not file.endswith(SITE_SUFFIXES):
                raise UsageError(
                    f"'{file}' is no site's file", f"end in {', '.join(SITE_SUFFIXES)}"
                )
        return [*command.split(), *arguments]


def keywords(options: OptionValues) -> dict[str, str | bool]:
    """Return options as the API takes them: missing-ok is missing_ok."""
    return {name.replace("-", "_"): value for name, value in options.items()}


def shown_change(change: api.Change) -> Json:
    """Return a change as the command line prints it, without what is empty."""
    return {
        "entity": change.entity,
        "name": change.name,
        "action": change.action,
        "changed": change.changed,
        "fields": {n: {"before": old, "after": new} for n, (old, new) in change.fields.items()},
        **({"error": change.error, "message": change.message} if change.error else {}),
    }


def answered(work: Callable[[], Json]) -> CallToolResult:
    """Return what the work returns, or its error as the command line prints it, with the remedy."""
    try:
        return _result(work())
    except SlurmctlError as error:
        done = [shown_change(one) for one in api.changes_of(error)]
        document = {
            "error": {**error_document(error), "do": REMEDIES[type(error)]},
            **({"changes": done} if done else {}),
        }
        return _result(document, is_error=True)


def _result(document: Json, *, is_error: bool = False) -> CallToolResult:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=masked(text))], is_error=is_error)


def server(slurm: api.Connection, *, readonly: bool = False) -> MCPServer[Any]:
    """Return the server over a connection; `readonly`: without the tool that writes."""
    tools = Tools(slurm)
    made: MCPServer[Any] = MCPServer("slurmctl-rest", instructions=INSTRUCTIONS, log_level="ERROR")
    for tool in (tools.commands, tools.read, tools.plan):
        made.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True))
    if not readonly:
        writes = ToolAnnotations(read_only_hint=False, destructive_hint=True)
        made.add_tool(tools.apply, annotations=writes)
    return made


def serve_stdio(options: Options) -> None:
    """Serve over stdin and stdout until the client ends."""
    config: Path | None = options.config
    slurm = api.connect_profile(
        options.profile, config=config, cluster=options.cluster, timeout=options.timeout
    )
    server(slurm, readonly=options.readonly).run("stdio")
