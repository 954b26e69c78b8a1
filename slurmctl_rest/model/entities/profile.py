"""What `profile list` and `profile show` show. A field's path is the key in a profile."""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field
from slurmctl_rest.model.kinds import TEXT, Mark

PROFILE = Entity(
    "profile",
    (
        Field("Profile", TEXT, "", "its name; empty where there is no file", access=Access.KEY),
        Field(
            "Default", Mark("default"), "",
            "taken where no option names another",
            access=Access.READ,
        ),
        Field("ExecutionMode", TEXT, "execution_mode", "the executor", access=Access.READ),
        Field("Cluster", TEXT, "cluster_name", "the cluster", access=Access.READ),
        Field("Url", TEXT, "rest_api.url", "where slurmrestd is", access=Access.READ),
        Field("ApiVersion", TEXT, "rest_api.api_version", "of slurmrestd", access=Access.READ),
        Field("Username", TEXT, "rest_api.username", "whose the token is", access=Access.READ),
        Field("Error", TEXT, "", "what is wrong with it", access=Access.READ),
    ),
    (
        *("Profile", "Default", "ExecutionMode", "Cluster", "Url", "ApiVersion", "Username"),
        "Error",
    ),
)  # fmt: skip

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
