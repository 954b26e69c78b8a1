"""Limits against use, and why a job waits: pure."""
