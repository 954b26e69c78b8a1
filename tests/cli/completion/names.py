"""Names, for tests of what is offered."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.cli.completion.candidates import GivenOptions

NAMES = {
    "account": ["root", "science", "physics", "phonons", "optics"],
    "user": ["root", "alice", "bob"],
    "qos": ["normal", "high"],
    "cluster": ["alps", "jura"],
    "tres": ["cpu", "mem", "gres/gpu", "gres/gpu:a100"],
    "profile": ["alps", "alps-cli"],
}


def ask(of: str, _: GivenOptions) -> Sequence[str]:
    return NAMES[of]
