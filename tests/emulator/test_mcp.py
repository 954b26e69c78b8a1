"""The MCP server with the SDK's own client, over the emulator."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import util
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from slurmctl_rest import api, mcp_server
from slurmctl_rest.cli.app import main

from .conftest import Run

Talk = Callable[[Client], Awaitable[None]]
ROOT = Path(__file__).parents[2]


async def call(client: Client, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """Return whether it is an error, and the document."""
    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert content.type == "text"
    return bool(result.is_error), json.loads(content.text)


def in_process(talk: Talk, *, readonly: bool = False) -> None:
    async def run() -> None:
        async with Client(mcp_server.server(api.connect_profile(), readonly=readonly)) as client:
            await talk(client)

    anyio.run(run)


@pytest.mark.usefixtures("accounts")
def test_an_agent_reads_plans_and_applies_by_the_digest(run: Run) -> None:
    del run  # its environment

    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert [*tools] == ["commands", "read", "plan", "apply"]
        hints = {name: tool.annotations for name, tool in tools.items()}
        assert [n for n, hint in hints.items() if hint and hint.read_only_hint is False] == [
            "apply"
        ]
        assert sum(len(tool.model_dump_json()) for tool in tools.values()) < 8_000
        error, told = await call(client, "commands", noun="account", verb="modify")
        assert (error, told["words"]) == (False, ["account", "modify"])

        show = ["physics", "format=Account,MaxJobs"]
        error, told = await call(client, "read", command="account list", arguments=show)
        assert (error, told["items"]) == (False, [{"Account": "physics", "MaxJobs": None}])
        words = ["physics", "set", "MaxJobs=5"]
        error, plan = await call(client, "plan", command="account modify", arguments=words)
        assert (error, plan["changed"]) == (False, True)
        assert [one["fields"] for one in plan["changes"]] == [
            {"MaxJobs": {"before": None, "after": 5}}
        ]
        unchanged = await call(client, "read", command="account list", arguments=show)
        assert unchanged == (
            False,
            {**unchanged[1], "items": [{"Account": "physics", "MaxJobs": None}]},
        )
        error, done = await call(client, "apply", digest=plan["digest"])
        assert (error, done["changed"]) == (False, True)
        _, told = await call(client, "read", command="account list", arguments=show)
        assert told["items"] == [{"Account": "physics", "MaxJobs": 5}]
        error, told = await call(client, "apply", digest=plan["digest"])
        assert (error, told["error"]["code"], told["error"]["exit"]) == (True, "refused", 9)

    in_process(talk)


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("tool", "given", "code", "message"),
    [
        ("plan", {"command": "account delete", "arguments": ["phisics"]}, "not_found",
         "account 'phisics' does not exist on cluster 'demo'"),
        ("read", {"command": "account delete", "arguments": ["physics"]}, "usage",
         "'account delete' is no command that reads"),
        ("plan", {"command": "account list"}, "usage", "'account list' is no command that writes"),
        ("plan", {"command": "load", "arguments": ["/etc/passwd"]}, "usage",
         "'load' is no command that writes"),
        ("plan", {"command": "apply", "arguments": ["/etc/slurm/token"]}, "usage",
         "'/etc/slurm/token' is no site's file"),
        ("plan", {"command": "account delete", "arguments": ["--all"]}, "usage",
         "'--all' begins with -"),
        ("plan", {"command": "account delete", "arguments": ["physics"],
                  "options": {"from": "/etc/passwd"}}, "usage",
         "account delete has no option 'from'"),
        ("plan", {"command": "account delete"}, "refused",
         "no selection given, and a write never acts on everything by default"),
        ("apply", {"digest": "sha256:0"}, "refused", "no plan of this session has that digest"),
        ("commands", {"noun": "acount"}, "usage", "'acount' is no command"),
    ],
)  # fmt: skip
def test_an_error_has_its_code_exit_and_remedy(
    run: Run, tool: str, given: Mapping[str, Any], code: str, message: str
) -> None:
    del run

    async def talk(client: Client) -> None:
        error, told = await call(client, tool, **given)
        assert error
        assert (told["error"]["code"], told["error"]["message"]) == (code, message)
        assert told["error"]["do"]
        assert isinstance(told["error"]["exit"], int)

    in_process(talk)


def test_readonly_has_no_tool_that_writes() -> None:
    async def talk(client: Client) -> None:
        assert "apply" not in [tool.name for tool in (await client.list_tools()).tools]

    in_process(talk, readonly=True)


@pytest.mark.usefixtures("accounts")
def test_over_stdio(emulator: Mapping[str, str]) -> None:
    """As a client starts it: a process of its own, whose stdout is the protocol."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "slurmctl_rest", "mcp", "--readonly"],
        env={**emulator, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
    )

    async def run() -> None:
        async with Client(stdio_client(server)) as client:
            error, told = await call(client, "read", command="account list", arguments=["physics"])
            assert (error, told["items"][0]["Account"]) == (False, "physics")

    anyio.run(run)


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _: None)
    assert main(["mcp"]) == 2
    assert capsys.readouterr() == (
        "",
        "slurmctl-rest: mcp needs the Model Context Protocol SDK, which is not installed "
        "(pip install 'slurmctl-rest[mcp]')\n",
    )
