"""slurmctl-rest: Slurm accounting administration over slurmrestd or over the Slurm commands."""

from slurmctl_rest.public import __getattr__ as __getattr__

__version__ = "1.0.0rc1"
