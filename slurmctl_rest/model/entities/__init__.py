"""The tables: one module an entity, and the list of them."""

from __future__ import annotations

from slurmctl_rest.model.entities.account import ACCOUNT
from slurmctl_rest.model.entities.association import ASSOCIATION
from slurmctl_rest.model.entities.qos import QOS
from slurmctl_rest.model.entities.tres import TRES_TYPE

ENTITIES = (ACCOUNT, ASSOCIATION, QOS, TRES_TYPE)

__all__ = ["ACCOUNT", "ASSOCIATION", "ENTITIES", "QOS", "TRES_TYPE"]
