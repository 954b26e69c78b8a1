"""Facts in slurmrestd's records that only sacctmgr's lists show, beside those of model/entities."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.model.fields import MUST_BE_THERE, Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind, Value, as_list, as_text
from slurmctl_rest.model.kinds.names import OPTIONAL_NAME, TEXT, NameSet
from slurmctl_rest.model.kinds.numbers import NUMBER, Number
from slurmctl_rest.model.kinds.tres import TRES
from slurmctl_rest.model.versions import V41, ApiVersion


class RawAssociationNumber(Number):
    """The number of an association: in v0.0.40 beside its names, and 0 where it is not told."""

    def load(self, json: Json) -> Value:
        """Read the number."""
        return super().load(json.get("id") if isinstance(json, Mapping) else json)


class SlurmWords(NameSet):
    """SlurmWords in the order of their list; `known`: slurmrestd's word -> sacctmgr's."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """SlurmWords that are not known stay as they are."""
        super().__init__("words")
        self.known = known

    def load(self, json: Json) -> Value:
        """Read the list."""
        words = [as_text(word) for word in as_list(json)]
        return tuple(self.known.get(word, word) for word in words)


class WCKeysByCluster(NameSet):
    """The WCKeys of a user, each as `cluster/name`."""

    def load(self, json: Json) -> Value:
        """Read the list of records."""
        return tuple(f"{as_text(one['cluster'])}/{as_text(one['name'])}" for one in as_list(json))


def _shown(
    name: str,
    kind: Kind,
    path: str,
    *,
    record: SlurmRecord = SlurmRecord.OBJECT,
    since: ApiVersion | None = None,
    absent: Json = MUST_BE_THERE,
) -> Field:
    return Field(
        name,
        kind,
        path,
        "",
        access=Access.READ,
        record=record,
        since=since,
        absent=absent,
    )


DELETED_WORD = {"DELETED": "Deleted"}

_OF = SlurmRecord.ASSOCIATION
NUMBER_OF_ASSOCIATION = _shown("ID", RawAssociationNumber("number"), "id", record=_OF)
ASSOCIATION_COMMENT = _shown("Comment", TEXT, "comment", record=_OF, absent="")
ASSOCIATION_FLAGS = _shown(
    "AssociationFlags", SlurmWords(DELETED_WORD), "flags", record=_OF, absent=None
)

# Before v0.0.41 the list is empty, whatever the flags are.
FLAGS_OF_ACCOUNT = _shown("AccountFlags", SlurmWords(DELETED_WORD), "flags", since=V41, absent=None)

USER_DEFAULT_WCKEY = _shown("DefaultWCKey", OPTIONAL_NAME, "default.wckey")
USER_WCKEYS = _shown("WCKeysByCluster", WCKeysByCluster("WCKeys"), "wckeys")

FLAGS_OF_CLUSTER = _shown(
    "ClusterFlags",
    SlurmWords(
        {
            "CRAY_NATIVE": "Cray",
            "EXTERNAL": "External",
            "FRONT_END": "FrontEnd",
            "MULTIPLE_SLURMD": "MultipleSlurmd",
        }
    ),
    "flags",
)
TRES_OF_CLUSTERS = _shown("ClusterTRES", TRES, "tres")

QOS_ID = _shown("ID", NUMBER, "id")

WCKEY_LIST = Entity(
    "wckey",
    (
        _shown("WCKey", OPTIONAL_NAME, "name"),
        _shown("Cluster", OPTIONAL_NAME, "cluster"),
        _shown("User", OPTIONAL_NAME, "user"),
        _shown("ID", NUMBER, "id"),
    ),
    ("WCKey", "Cluster", "User"),
)
