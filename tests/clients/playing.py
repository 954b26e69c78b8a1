"""Calls methods of a client one after the other, and says what came of each.

This runs on the client's own Python, with nothing installed but the client.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

Step = tuple[Any, ...]
"""The name of a method, and its arguments."""


def play(steps: Iterable[Step], method: Callable[[str], Callable[..., Any]]) -> None:
    """Call each method, print a line of JSON for each, and wait for one on stdin before the next.

    Whoever reads looks at Slurm in between. `{"step": ["list_tres"], "value": ["cpu"]}`, or with
    "raised" and "text" where the method raises.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the client logs goes elsewhere
    for step in steps:
        name, *arguments = step
        try:
            came: dict[str, Any] = {"value": method(name)(*arguments)}
        except Exception as error:  # noqa: BLE001 (whatever the client raises is its answer)
            came = {"raised": type(error).__name__, "text": str(error)}
        print(json.dumps({"step": step, **came}, default=plain), file=out, flush=True)
        if not sys.stdin.readline():
            return


def all_called(steps: Iterable[Step], methods: set[str]) -> None:
    """Refuse to go on where a method of the client is called by no step, or there is none such."""
    called = {step[0] for step in steps}
    if called != methods:
        sys.exit(f"called and methods differ: {sorted(called ^ methods)}")


def plain(value: object) -> object:
    """Return what JSON has for a value of the client."""
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, bytes):
        return value.decode()
    return vars(value)
