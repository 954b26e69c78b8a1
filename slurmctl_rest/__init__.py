"""slurmctl-rest: Slurm accounting administration over slurmrestd or over the Slurm commands."""

__version__ = "0.1.0"
