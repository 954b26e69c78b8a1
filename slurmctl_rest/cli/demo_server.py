"""The emulator of slurmrestd, as the demo runs it: with QOS that keep all that is written to them.

The emulator stores few fields of a QOS, and shows no PreemptMode. Here each QOS is shown as it was
written, as real slurmrestd does. All other requests go to the emulator as they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

EMULATOR = import_module("emulator.api.slurmrestd.app").app
OF_QOS = re.compile(r"/slurmdb/v[\d.]+/qos(?:/|$)")
NO_TIME = {"set": False, "infinite": True, "number": 0}
UNWRITTEN = {"preempt": {"list": [], "mode": ["DISABLED"], "exempt_time": NO_TIME}}
"""What a QOS has that nobody has written."""

_written: dict[str, dict[str, Any]] = {}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer as the emulator does, but for QOS."""
    if scope["type"] != "http" or not OF_QOS.match(scope["path"]):
        await EMULATOR(scope, receive, send)
        return
    request = await _whole(receive)
    if scope["method"] == "POST":
        for qos in json.loads(request["body"]).get("qos", []):
            _written[qos["name"]] = merged(_written.get(qos["name"], {}), qos)
    answers: list[Message] = []

    async def again() -> Message:
        return request

    async def kept(message: Message) -> None:
        answers.append(message)

    await EMULATOR(scope, again, kept)
    body = json.loads(b"".join(answer.get("body", b"") for answer in answers))
    if "qos" in body:
        body["qos"] = [
            {**merged({**qos, **UNWRITTEN}, _written.get(qos["name"], {})), "id": qos["id"]}
            for qos in body["qos"]
        ]
    text = json.dumps(body).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text))]
    await send({**answers[0], "headers": head})
    await send({"type": "http.response.body", "body": text})


def merged(shown: Any, written: Any) -> Any:
    """Return an object with what was written into it, at any depth; lists are replaced whole.

    Example: {"a": {"b": 1, "c": 2}}, {"a": {"b": 3}} -> {"a": {"b": 3, "c": 2}}
    """
    if not (isinstance(shown, dict) and isinstance(written, dict)):
        return written
    both = {key: merged(shown[key], written[key]) for key in shown.keys() & written.keys()}
    return {**shown, **written, **both}


async def _whole(receive: Receive) -> Message:
    """Return a request with its whole body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return {"type": "http.request", "body": body, "more_body": False}
