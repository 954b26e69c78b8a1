"""Notes that the manual pages of several verbs have."""

from __future__ import annotations

from slurmctl_rest.model.entities.qos import QOS_FLAGS

CLEARS = "-1 clears a limit, or one TRES of it (GrpTRES=cpu=-1). TRES that you leave out are kept."
INHERITS = (
    "QosLevel='' clears the association's own QOS, so that it inherits again. On an association "
    "that inherits, += and -= add to what it inherits, and take from it. slurmrestd supports "
    "neither (exit 10)."
)
ACCOUNT_LEVEL_NOTE = (
    "user='' selects the account associations, partition='' the associations for all partitions."
)
IDS = "id=12,13 selects associations by slurmdbd's numbers."
OF_FLAGS = f"Flags: {', '.join(QOS_FLAGS.known)}."
REST_OF_QOS = (
    "slurmrestd has no PreemptMode within or priority, cannot empty Preempt, and before API "
    "v0.0.42 has no GrpSubmitJobs and no GrpTRESMins. These are refused by name (exit 10)."
)
ALWAYS_COMMANDS = (
    "This command runs {}, even if execution_mode is rest. It then needs slurm_bin_path or "
    "command_prefix."
)
COMMANDS_ALONE = (
    "slurmrestd has {}: with execution_mode rest this is refused (exit 10). A profile with "
    'execution_mode = "cli" can do it.'
)
REST_OF_CLUSTERS = (
    "slurmrestd has no Classification, Features, Federation and FedState of clusters. These are "
    "refused by name (exit 10)."
)
