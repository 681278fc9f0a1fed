"""Checks of the data that a config names, made before a run."""
