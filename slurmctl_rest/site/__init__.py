"""Accounting as code: a site's file, and what leads from a cluster to it."""
