"""A file for each verb or odd noun: its options, help, examples and notes, and what it calls.

The work of a verb stands one folder above (cli/add.py ...), and is loaded when the verb runs: help
and completion load these files alone.
"""
