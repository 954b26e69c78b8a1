"""Profiles: which cluster, and by which executor. All but `paths` load pydantic."""
