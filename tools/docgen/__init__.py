"""Everything that `make docs` writes from the tables that the program runs on.

    python -m tools.docgen     writes the files in the current folder

    files.py      which files there are
    pages.py      the manual pages; roff.py: their language
    schemas.py    JSON Schema of all that --json prints
    manifest.py   the document of all commands, options, fields and codes; grammar_lines.py: how a
                  command line is written; commands_schema.py: the JSON Schema of `schema commands`
    grammar.py    what completion knows

None of it is in the wheel: the program reads the files, and does not import this.
"""
