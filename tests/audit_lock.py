"""`make audit`: ask pip-audit whether what is locked has known vulnerabilities.

What it finds is a failure. What could not be asked is said and fails nothing: a network that is
away is no vulnerability, and a run must not depend on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

# OSV's database has that of PyPI, and an answer for each package at once. --disable-pip: the lock
# is whole, and nothing is downloaded. Of pip-audit's other service a mirror knows nothing, which
# pip-audit would call clean.
PIP_AUDIT = (sys.executable, "-m", "pip_audit", "--disable-pip", "--vulnerability-service", "osv")
OPTIONS = ("--progress-spinner", "off", "--timeout", "10", "--format", "json")


def audit(locks: Sequence[str], *options: str) -> tuple[int, str]:
    """Return the exit code and what to say; `options` are pip-audit's."""
    files = [word for lock in locks for word in ("--requirement", lock)]
    argv = [*PIP_AUDIT, *OPTIONS, *options, *files]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return verdict(done.stdout, done.stderr)


def verdict(out: str, err: str) -> tuple[int, str]:
    """Return the exit code and what to say, from what pip-audit printed."""
    try:
        found: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except ValueError:
        last = (err.strip().splitlines() or ["it said nothing"])[-1]
        return int(not is_network(err)), f"not audited: {last}"
    bad = [
        f"{one['name']} {one['version']}: {what['id']}, mended in "
        f"{', '.join(what['fix_versions']) or 'no release'}"
        for one in found
        for what in one.get("vulns", ())
    ]
    skipped = [f"not audited: {one['skip_reason']}" for one in found if "skip_reason" in one]
    asked = len(found) - len(skipped)
    return int(bool(bad)), "\n".join([*bad, *skipped, f"{asked} audited, {len(bad)} vulnerable"])


def is_network(err: str) -> bool:
    """Tell whether pip-audit failed because it could not ask; any other failure is one of ours."""
    return any(word in err for word in ("ConnectionError", "ServiceError", "Timeout", "HTTPError"))


if __name__ == "__main__":
    code, text = audit(sys.argv[1:])
    print(text)
    sys.exit(code)
