"""Notes that the help of several verbs has."""

from __future__ import annotations

from slurmctl_rest.model.entities.qos import QOS_FLAGS

CLEARS = (
    "-1 clears a limit, or one TRES of it (GrpTRES=cpu=-1). A TRES that is not named stays as it "
    "is."
)
INHERITS = (
    "QosLevel='' gives up the QOS of the row's own, and it inherits again; += and -= on a row that "
    "inherits change what it inherits. slurmrestd can do neither (exit 10)."
)
OWN_ROWS = "user='' means the accounts' own rows, partition='' the rows for all partitions."
IDS = "id=12,13 takes the numbers that slurmdbd gives to associations."
OF_FLAGS = f"Flags: {', '.join(QOS_FLAGS.known)}."
REST_OF_QOS = (
    "slurmrestd knows no PreemptMode within or priority and cannot empty Preempt, and before API "
    "v0.0.42 it has no GrpSubmitJobs and no GrpTRESMins: refused by name (exit 10)."
)
ALWAYS_COMMANDS = (
    "It runs {} whatever the profile says, and needs slurm_bin_path, or command_prefix, also where "
    "execution_mode is rest."
)
