"""From facts about a profile and its Slurm to findings: ok, warn, fail or skipped. Pure."""
