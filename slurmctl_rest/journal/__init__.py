"""Slurm's own journal made useful: who changed what, from what, and the state as it was. Pure."""
