"""What only Slurm can tell of the words of the voice `sacctmgr`, over REST."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import QOS, TRES_TYPE
from slurmctl_rest.model.entities.tres import tres_names
from slurmctl_rest.sacctmgr import list_fields
from slurmctl_rest.sacctmgr.tokens import is_old


def rest_backend(context: Context) -> RestBackend:
    """Return the executor, which is REST: over the commands the real sacctmgr answers."""
    backend = context.backend
    if not isinstance(backend, RestBackend):
        raise AssertionError("over the commands nothing is asked so")  # noqa: TRY004
    return backend


class LiveFacts:
    """What only Slurm can tell of words (conditions.SlurmFacts), asked for where it is needed."""

    def __init__(self, context: Context, *, with_deleted: bool = False) -> None:
        """`with_deleted`: lists know QOS that are deleted, too."""
        self.context = context
        self.backend = rest_backend(context)
        self.with_deleted = with_deleted

    def is_newer(self) -> bool:
        """Tell whether the release is as new as 26.05."""
        return self._newer

    @cached_property
    def _newer(self) -> bool:
        return not is_old(self.backend.release())

    def qos(self) -> Mapping[str, str]:
        """Return the numbers of all QOS by their names, the first number first."""
        return self._qos

    @cached_property
    def _qos(self) -> Mapping[str, str]:
        if not self.with_deleted:
            return {name: str(number) for name, number in self.backend.qos_ids().items()}
        fields = [QOS["Name"], list_fields.QOS_ID]
        found = self.backend.lister.records(QOS, fields, (), {"WithDeleted"})
        return {str(row["Name"]): str(row["ID"]) for row in found}

    def tres(self) -> Mapping[str, str]:
        """Return the names of all TRES, by themselves in lower case, and by their numbers."""
        return self._tres

    @cached_property
    def _tres(self) -> Mapping[str, str]:
        return tres_names(self.context.read(TRES_TYPE, ""))
