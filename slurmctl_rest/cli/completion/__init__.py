"""Completion: what may come next on a command line, in bash, zsh and fish.

    shell's script (scripts.py) -> words (lines.py) -> candidates.py -> lines for the shell

Every TAB starts the program anew, so that nothing heavy may be loaded: neither Typer nor the tables
of fields. `make docs` (tools/docgen) writes down beforehand what they say, in grammar.json, and a
test holds the two against each other. names.py knows the names of accounts, users, QOS ...
"""
