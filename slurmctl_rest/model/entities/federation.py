"""Federations of clusters, and resources outside of Slurm that clusters share, like licenses.

sacctmgr alone knows them.
"""

from __future__ import annotations

from slurmctl_rest.model.fields import Access, Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.names import NAME, NAME_SET, TEXT
from slurmctl_rest.model.kinds.numbers import NUMBER
from slurmctl_rest.model.kinds.percentages import CLUSTER_PARTS
from slurmctl_rest.model.kinds.words import SteppedWords, Word

FEDERATION = Entity(
    "federation",
    (
        Field(
            "Federation", NAME, "",
            "name of the federation",
            aliases=("Names",), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Clusters", NAME_SET, "",
            "its clusters; takes =, += and -=",
            word="Cluster", where=True, record=SlurmRecord.OBJECT,
        ),
    ),
    ("Federation", "Clusters"),
)  # fmt: skip

LICENSE = "License"
RESOURCE_TYPE = Word(
    {LICENSE: LICENSE}, "type", {LICENSE[:n].lower(): LICENSE for n in range(1, len(LICENSE))}
)
"""Slurm has one so far, and takes its beginning for it."""
RESOURCE_FLAGS = SteppedWords({"Absolute": "Absolute", "SharedPool": "SharedPool"}, "flags")

RESOURCE = Entity(
    "resource",
    (
        Field(
            "Name", NAME, "",
            "name of the resource",
            aliases=("Names",), where=True, access=Access.KEY, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Server", NAME, "",
            "name of the server that gives the resource out; slurmdb, if none is given",
            aliases=("Servers",), where=True, access=Access.SCOPE, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Type", RESOURCE_TYPE, "",
            "type of the resource: License, the only one that there is",
            where=True, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Count", NUMBER, "",
            "how many there are",
            record=SlurmRecord.OBJECT,
        ),
        Field(
            "LastConsumed", NUMBER, "",
            "how many are in use, as somebody reported it last",
            record=SlurmRecord.OBJECT,
        ),
        Field(
            "Allocated", NUMBER, "",
            "sum of what clusters may use, in percent (with the flag Absolute a count)",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Allowed", CLUSTER_PARTS, "",
            "what each cluster may use, in percent (with the flag Absolute a count): alps=20",
            record=SlurmRecord.OBJECT,
        ),
        Field(
            "ServerType", TEXT, "",
            "kind of the server, like flexlm",
            where=True, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Flags", RESOURCE_FLAGS, "",
            "flags; takes =, += and -=",
            where=True, record=SlurmRecord.OBJECT,
        ),
        Field(
            "Description", TEXT, "",
            "description",
            header="Descr", record=SlurmRecord.OBJECT,
        ),
        Field(
            "ID", NUMBER, "",
            "slurmdbd's number of the resource",
            access=Access.READ, record=SlurmRecord.OBJECT,
        ),
    ),
    ("Name", "Server", "Type", "Count", "LastConsumed", "Allocated", "Allowed", "ServerType",
     "Flags"),
    naming="{Name}@{Server}",
)  # fmt: skip

OWN_SERVER = "slurmdb"
"""The server of a resource that is added without one."""
