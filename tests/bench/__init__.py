"""Benchmarks on the lab's real Slurm: the program beside what one would do without it.

A benchmark is a function in a list (benchmarks.py) that takes a cluster and returns the ways to do
one thing; measure.py times them side by side, and report.py writes BENCHMARKS.md of it.
"""
