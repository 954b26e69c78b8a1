"""A request or a command line, as it is logged, shown and recorded."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from slurmctl_rest.model.kinds.base import Json


@dataclass(frozen=True, slots=True)
class SentCommand:
    """One request or one command line, as it is logged and shown; it never holds a token."""

    argv: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None

    def __str__(self) -> str:
        """Return a line that can be pasted into a shell, or read as a request."""
        if self.argv:
            return shlex.join(self.argv)
        query = f"?{urlencode(self.query)}" if self.query else ""
        body = f" {json.dumps(self.body)}" if self.body is not None else ""
        return f"{self.method} {self.path}{query}{body}"

    @property
    def writes(self) -> bool:
        """Tell whether it changes anything in Slurm."""
        if self.argv:
            # sacctmgr gets -i with every write, so that nothing
            # asks, and with nothing else (commands/argv.py).
            return self.argv[0] == "scancel" or "-i" in self.argv
        return self.method != "GET"

    def as_json(self) -> Json:
        """Return the object that stands in `commands`."""
        if self.argv:
            return {"argv": list(self.argv)}
        request = {"method": self.method, "path": self.path, "query": dict(self.query)}
        return request if self.body is None else {**request, "body": self.body}
