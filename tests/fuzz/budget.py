"""How long fuzzing looks: a few fixed examples in `make check`, else FUZZ_EXAMPLES new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

WANTED = os.environ.get("FUZZ_EXAMPLES", "")
fuzzed = settings(
    max_examples=int(WANTED or 25),
    derandomize=not WANTED,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
