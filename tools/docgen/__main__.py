"""Write the generated files in the current folder."""

from .files import write

write()
