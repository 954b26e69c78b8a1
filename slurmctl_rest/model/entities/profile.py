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
        Field("Profile", TEXT, "", "its name; empty where there is no file", access=Access.KEY),
        Field(
            "Default", Mark("default"), "",
            "taken where no option names another",
            access=Access.READ,
        ),
        _key("ExecutionMode", "execution_mode", "the executor"),
        _key("Cluster", "cluster_name", "the cluster"),
        _key("Url", "rest_api.url", "where slurmrestd is"),
        _key("ApiVersion", "rest_api.api_version", "of slurmrestd"),
        _key("Username", "rest_api.username", "whose the token is"),
        Field("Error", TEXT, "", "what is wrong with it", access=Access.READ),
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
        Field("Key", TEXT, "", "the key of the profile", access=Access.KEY),
        Field("Value", TEXT, "", "what holds; a token would be masked", access=Access.READ),
        Field("Source", TEXT, "", "the file, the variable, or default", access=Access.READ),
        Field("Note", TEXT, "", "what else is known of it", access=Access.READ),
    ),
    ("Key", "Value", "Source", "Note"),
)
