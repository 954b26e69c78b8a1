"""Pure data: what Slurm's accounting holds, how it is spelled, and no I/O."""
