"""Completion: what may come next on a command line, in bash, zsh and fish.

    shell's script (scripts.py) -> words (lines.py) -> candidates.py -> lines for the shell

Every TAB starts the program anew, so that nothing heavy may be loaded: neither Typer nor the tables
of fields. What they say is written down beforehand, in grammar.json (grammar.py; `make docs`), and
a test holds the two against each other. names.py knows the names of accounts, users, QOS ...
"""
