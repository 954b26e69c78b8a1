"""The MCP server on real Slurm, with the SDK's own client: read, plan, apply by the digest."""

from __future__ import annotations

import anyio
from mcp import Client

from slurmctl_rest import api, mcp_server
from tests.emulator.test_mcp import call

from .cells import PROFILE, Cli


def test_an_agent_changes_a_limit_by_an_approved_digest(executor: Cli) -> None:
    assert executor("account add physics MaxJobs=3 -i").code == 0
    slurm = api.connect_profile(PROFILE, config=executor.config)
    show = {"command": "account list", "arguments": ["physics", "format=MaxJobs"]}
    plan = {"command": "account modify", "arguments": ["physics", "set", "MaxJobs=5"]}

    async def run() -> None:
        async with Client(mcp_server.server(slurm)) as client:
            _, first = await call(client, "plan", **plan)
            assert executor("account modify physics set MaxJobs=4 -i").code == 0
            error, told = await call(client, "apply", digest=first["digest"])
            assert (error, told["error"]["code"]) == (True, "changed_under_us")
            _, second = await call(client, "plan", **plan)
            _, done = await call(client, "apply", digest=second["digest"])
            assert done["changes"][0]["fields"] == {"MaxJobs": {"before": 4, "after": 5}}
            _, told = await call(client, "read", **show)
            assert told["items"] == [{"MaxJobs": 5}]

    anyio.run(run)
