"""The two executors of Slurm, with one protocol (connect.py chooses).

There is no fallback from one to the other: what an executor cannot do, it refuses by name
(errors.Unsupported).
"""
