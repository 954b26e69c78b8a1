"""Programs for those who work on this project: none is in the wheel."""
