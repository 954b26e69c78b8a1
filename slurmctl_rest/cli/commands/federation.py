"""The verbs of `federation` and `resource`, which sacctmgr alone knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slurmctl_rest.cli.commands import options
from slurmctl_rest.cli.commands.base import VerbEntry
from slurmctl_rest.cli.commands.notes import COMMANDS_ALONE
from slurmctl_rest.cli.commands.records import SYNTAX
from slurmctl_rest.cli.context import Context
from slurmctl_rest.model.entities import FEDERATION, RESOURCE
from slurmctl_rest.model.fields import Entity

SELECTION = "{names}[[where] field=value ...]"
NO_FEDERATIONS = COMMANDS_ALONE.format("no federations")
NO_RESOURCES = COMMANDS_ALONE.format("no resources")
PARTS = "Allowed=alps=20,jura=30 says what each cluster may use; Allowed=alps=-1 takes it away."


def list_(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Show federations, or resources."""
    from slurmctl_rest.cli import records

    records.list_(context, entity, tokens)


def add_objects(context: Context, entity: Entity, tokens: Sequence[str]) -> None:
    """Add what is named."""
    from slurmctl_rest.cli import objects

    objects.add_objects(context, entity, tokens)


def modify_objects(
    context: Context, entity: Entity, tokens: Sequence[str], *, everything: bool
) -> None:
    """Modify what is selected."""
    from slurmctl_rest.cli import objects

    objects.modify_objects(context, entity, tokens, everything=everything)


def delete_objects(
    context: Context, entity: Entity, tokens: Sequence[str], *, missing_ok: bool
) -> None:
    """Delete what is selected."""
    from slurmctl_rest.cli import objects

    objects.delete_objects(context, entity, tokens, missing_ok=missing_ok)


VERBS: Mapping[tuple[str, str], VerbEntry] = {
    ("list", FEDERATION.noun): VerbEntry(
        list_,
        "List federations and their clusters",
        SYNTAX,
        examples=(
            "federation list",
            "federation list mountains",
            "federation list where clusters=alps --json",
        ),
        notes=(
            "`slurmctl-rest cluster list format=Cluster,Federation,FedState,Features` shows the "
            "state of each cluster.",
            NO_FEDERATIONS,
        ),
    ),
    ("add", FEDERATION.noun): VerbEntry(
        add_objects,
        "Add federations",
        "name,... [Clusters=name,...]",
        examples=(
            "federation add mountains",
            "federation add mountains Clusters=alps,jura",
            "federation add mountains --dry-run",
        ),
        effect="A cluster that is in another federation is moved.",
        notes=(NO_FEDERATIONS,),
    ),
    ("modify", FEDERATION.noun): VerbEntry(
        modify_objects,
        "Change the clusters of federations",
        SELECTION + " set Clusters=name,...",
        examples=(
            "federation modify mountains set Clusters+=tatra",
            "federation modify mountains set Clusters-=alps -i",
            "federation modify mountains set Clusters=alps,jura",
        ),
        notes=(NO_FEDERATIONS,),
        options=(options.EVERYTHING,),
    ),
    ("delete", FEDERATION.noun): VerbEntry(
        delete_objects,
        "Delete federations",
        SELECTION,
        examples=(
            "federation delete mountains",
            "federation delete where clusters=alps -i",
            "federation delete mountains --missing-ok",
        ),
        effect="Its clusters stay, and are in no federation then.",
        notes=(NO_FEDERATIONS,),
        options=(options.MISSING_OK,),
    ),
    ("list", RESOURCE.noun): VerbEntry(
        list_,
        "List resources outside of Slurm, like licenses, and what clusters may use",
        SYNTAX,
        examples=(
            "resource list",
            "resource list matlab",
            "resource list where server=flex1 format=Name,Count,Allowed",
        ),
        notes=(NO_RESOURCES,),
    ),
    ("add", RESOURCE.noun): VerbEntry(
        add_objects,
        "Add resources",
        "name,... [Server=name] Count=number [field=value ...]",
        examples=(
            "resource add matlab Server=flex1 ServerType=flexlm Count=100",
            "resource add matlab Server=flex1 Count=9 Allowed=alps=20",
            "resource add ansys Count=10 -i",
        ),
        effect=PARTS,
        notes=(NO_RESOURCES,),
    ),
    ("modify", RESOURCE.noun): VerbEntry(
        modify_objects,
        "Change resources, and what clusters may use",
        SELECTION + " set field=value ...",
        examples=(
            "resource modify matlab where server=flex1 set Count=120",
            "resource modify matlab set Allowed=alps=40,jura=-1",
            "resource modify matlab set LastConsumed=17 -i",
        ),
        effect=PARTS,
        notes=(
            "If only Description or ServerType changes, Count is sent as well: without it slurmdbd "
            "24.11 and 26.05 reads memory that it has not set, and may end.",
            NO_RESOURCES,
        ),
        options=(options.EVERYTHING,),
    ),
    ("delete", RESOURCE.noun): VerbEntry(
        delete_objects,
        "Delete resources",
        SELECTION,
        examples=(
            "resource delete matlab where server=flex1",
            "resource delete matlab -i",
            "resource delete matlab --missing-ok",
        ),
        effect="No cluster may use them any more.",
        notes=(NO_RESOURCES,),
        options=(options.MISSING_OK,),
    ),
}
