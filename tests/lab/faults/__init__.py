"""Faults: what the program says, and what is so, when Slurm or the way to it breaks.

proxy.py stands before slurmrestd and does to answers what networks do, world.py breaks and mends a
cluster, table.py has a row for each fault, test_faults.py runs them. `make faults` prints the table
of what came of each; docs/faults.md has the one of what must.
"""
