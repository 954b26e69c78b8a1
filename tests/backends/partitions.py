"""What both executors tell of one partition."""

from __future__ import annotations

from slurmctl_rest.model.partition_rules import PartitionRules

GPU_RULES = PartitionRules(
    state="DRAIN",
    allow_accounts=("ja", "jb"),
    deny_qos=("normal",),
    allow_groups=("root", "users"),
    root_only=True,
    max_time=1445,
    default_time=30,
    min_nodes=1,
    max_cpus_per_node=2,
    nodes=1,
    tres={"cpu": 64, "mem": 64000, "node": 1, "gres/gpu:a100": 2},
)
