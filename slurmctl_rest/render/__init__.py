"""How results look: one writer a format, pure functions that return lines.

formats.FORMATS maps the words of --output to writers of lists; changes.py writes what a write did.
"""
