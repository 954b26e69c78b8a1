"""Drives SlurmClient of waldur-site-agent-slurm: `python -m tests.clients.waldur CLUSTER FOLDER`.

Every method that runs sacctmgr is called. FOLDER is its slurm_bin_path.
"""

from __future__ import annotations

import sys

from tests.clients.playing import Step, all_called, play

TRES = {"cpu": {"unit_factor": 60000}, "mem": {"unit_factor": 61440}, "gres/gpu": {}}
NOT_HERE = {"get_version", "get_usage_report", "get_historical_usage_report"}
NOT_HERE |= {"cancel_active_user_jobs", "list_active_user_jobs", "check_user_exists"}
NOT_HERE |= {"execute_command", "create_linux_user_homedir"}
NOT_HERE |= {"calculate_billing_units", "clear_executed_commands"}
"""Methods that run another program, any program, or none."""

STEPS: tuple[Step, ...] = (
    ("validate_slurm_binary",),
    ("list_resources",),
    ("list_tres",),
    ("list_clusters",),
    ("get_resource", "physics"),
    ("get_resource", "nosuch"),
    ("create_resource", "rcproj", 'The "new"\nproject', "waldur"),
    ("create_resource", "rcnew", "Project A", "rcproj", "rcproj"),
    ("create_resource", "rcnew", "Project A", "rcproj", "rcproj"),
    ("create_resource", "RcUpper", "Upper Case", "Waldur", "nosuch"),
    ("get_account_parent", "rcnew"),
    ("get_account_parent", "nosuch"),
    ("set_account_parent", "rcnew", "science"),
    ("set_account_parent", "rcnew", "science"),
    ("set_account_parent", "rcnew", "nosuch"),
    ("account_has_users", "rcnew"),
    ("create_association", "alice", "rcnew"),
    ("create_association", "bob", "rcnew", "rcnew"),
    ("create_association", "alice", "rcnew"),
    ("create_association", "alice", "nosuch"),
    ("account_has_users", "rcnew"),
    ("get_association", "alice", "rcnew"),
    ("get_association", "carol", "rcnew"),
    ("get_association", "dave", "hpc_alloc1"),
    ("set_resource_limits", "rcnew", {"cpu": 1000, "mem": 2000, "gres/gpu": 5}),
    ("set_resource_limits", "rcnew", {"cpu": 1000, "mem": 2000, "gres/gpu": 5}),
    ("set_resource_limits", "rcnew", {"cpu": -1}),
    ("set_resource_limits", "nosuch", {"cpu": 1}),
    ("get_resource_limits", "rcnew"),
    ("get_resource_limits", "nosuch"),
    ("set_resource_user_limits", "rcnew", "alice", {"cpu": 600, "gres/gpu": 7}),
    ("get_resource_user_limits", "rcnew"),
    ("list_resource_users", "rcnew"),
    ("set_account_qos", "rcnew", "high"),
    ("set_account_qos", "rcnew", "nosuch"),
    ("get_current_account_qos", "rcnew"),
    ("set_account_qos_list", "rcnew", ["low", "normal"]),
    ("add_account_qos", "rcnew", "high"),
    ("add_account_qos", "rcnew", "high"),
    ("set_account_default_qos", "rcnew", "low"),
    ("set_account_grp_submit_jobs", "rcnew", 0),
    ("set_account_grp_submit_jobs", "rcnew", -1),
    ("qos_exists", "high"),
    ("qos_exists", "nosuch"),
    ("create_qos", "rcq", "DenyOnLimit,NoDecay", "cpu=25600,node=100", 5, 9, "1-00:00:00",
     "gres/gpu=1"),
    ("create_qos", "rcq"),
    ("set_qos_grp_tres_mins", "rcq", {"cpu": 100, "gres/gpu": 3}),
    ("get_qos_grp_tres_mins", "rcq"),
    ("reset_qos_raw_usage", "rcq"),
    ("delete_qos", "rcq"),
    ("delete_qos", "rcq"),
    ("create_association_with_partition", "carol", "rcnew", "gpu"),
    ("create_association_with_partitions", "dave", "rcnew", ["gpu", "debug"], "rcnew"),
    ("create_association_with_qos", "carol", "science", ["high", "low"], "low"),
    ("create_association_with_qos", "dave", "science", ["normal", "low"], "low", ["gpu"]),
    ("set_account_fairshare", "rcnew", 30),
    ("get_account_fairshare", "rcnew"),
    ("set_account_limits", "rcnew", "GrpTRES", {"cpu": 10, "gres/gpu": 1}),
    ("set_account_limits", "rcnew", "MaxTRESMins", {"cpu": 10}),
    ("set_account_limits", "rcnew", "NoSuch", {"cpu": 10}),
    ("get_account_limits", "rcnew"),
    ("reset_raw_usage", "rcnew"),
    ("delete_association", "bob", "rcnew"),
    ("delete_association", "alice", "rcnew"),
    ("delete_association", "alice", "rcnew"),
    ("delete_all_users_from_account", "rcnew"),
    ("delete_resource", "nosuch"),
    ("create_resource", "rcinherits", "inherits", "waldur"),
    ("add_account_qos", "rcinherits", "high"),
    ("delete_resource", "rcinherits"),
    ("delete_resource", "rcnew"),  # it is the default of bob and dave
    ("create_association", "alice", "rcproj"),
    ("delete_all_users_from_account", "rcproj"),
    ("delete_resource", "rcproj"),
)  # fmt: skip


def main(cluster: str, folder: str) -> None:
    """Call every method, on one cluster as a site's configuration names it."""
    from waldur_site_agent_slurm.client import SlurmClient  # noqa: PLC0415 (the table is read, too)

    public = {name for name in dir(SlurmClient) if callable(getattr(SlurmClient, name))}
    all_called(STEPS, {name for name in public if name[0] != "_"} - NOT_HERE)
    client = SlurmClient(TRES, folder, cluster or None)
    play(STEPS, lambda name: getattr(client, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
