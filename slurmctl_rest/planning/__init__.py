"""From an operation and the current rows to row changes: what will change, and nothing else.

Pure functions; no executor is imported here. Rows are own values (no inherited limits): what an
account inherits is never written back, or it would be frozen. Each noun has a file of its own.
"""
