"""The names that `import slurmctl_rest` has, each loaded when it is asked for.

The command line imports the package, too, and must not wait for what it does not need.
"""

from __future__ import annotations

HOMES = {
    **dict.fromkeys(("connect", "Connection", "Change"), "api"),
    **dict.fromkeys(("ReadResult", "ChangePlan", "WriteResult"), "api"),
    **dict.fromkeys(
        ("SlurmctlError", "UsageError", "ConfigError", "NotFound", "Conflict", "Changed",
         "PermissionDenied", "NotAuthenticated", "Unreachable", "Unanswered", "PartlyDone",
         "OverThreshold", "Refused", "Unsupported", "Interrupted", "SlurmRefused"),
        "errors",
    ),
}  # fmt: skip
"""Public name -> module; docs/python-api.md promises them."""


def __getattr__(name: str) -> object:
    """Return a public name of the package."""
    if name not in HOMES:
        raise AttributeError(f"module 'slurmctl_rest' has no attribute '{name}'")
    from importlib import import_module  # noqa: PLC0415  (each start of the program loads this file)

    # Within the package, `connect` is what backends/connect.py does.
    own = {"connect": "connect_profile"}.get(name, name)
    return getattr(import_module(f"slurmctl_rest.{HOMES[name]}"), own)
