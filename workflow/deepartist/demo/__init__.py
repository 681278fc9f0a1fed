"""Synthesised music in the on-disk formats of the real data sets, for a run without downloads."""
