"""slurmctl-rest: Slurm accounting administration over slurmrestd or over the Slurm commands."""

__version__ = "1.0.0rc1"
