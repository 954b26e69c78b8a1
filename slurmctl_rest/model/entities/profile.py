"""What `profile list` and `profile show` show. A field's path is the key in a profile."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds.names import TEXT
from slurmctl_rest.model.kinds.words import Mark


def _key(name: str, path: str, help_: str) -> Field:
    return Field(name, TEXT, path, help_, access=Access.READ, absent=None)


PROFILE = Entity(
    "profile",
    (
        Field("Profile", TEXT, "", "name of the profile; empty without a file", access=Access.KEY),
        Field(
            "Default", Mark("default"), "",
            "yes if it is used unless an option names another",
            access=Access.READ,
        ),
        _key("ExecutionMode", "execution_mode", "executor: rest or cli"),
        _key("Cluster", "cluster_name", "cluster of the profile"),
        _key("Url", "rest_api.url", "address of slurmrestd"),
        _key("ApiVersion", "rest_api.api_version", "API version of slurmrestd"),
        _key("Username", "rest_api.username", "user that the token is for"),
        Field("Error", TEXT, "", "error in the profile", access=Access.READ),
    ),
    (
        *("Profile", "Default", "ExecutionMode", "Cluster", "Url", "ApiVersion", "Username"),
        "Error",
    ),
)  # fmt: skip

DEFAULT_SOURCE = "default"
"""The source of a value that nobody has set."""

SETTING = Entity(
    "setting",
    (
        Field("Key", TEXT, "", "key of the profile", access=Access.KEY),
        Field("Value", TEXT, "", "value in force; a token is masked", access=Access.READ),
        Field(
            "Source",
            TEXT,
            "",
            "file, variable or default that the value comes from",
            access=Access.READ,
        ),
        Field("Note", TEXT, "", "further information", access=Access.READ),
    ),
    ("Key", "Value", "Source", "Note"),
)
