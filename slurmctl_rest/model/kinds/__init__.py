"""Kinds of values, a file for each sort of them; base.py says what a kind is."""
