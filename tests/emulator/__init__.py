"""End to end against slurm-emulator: these tests run everywhere, without root and without Slurm."""
