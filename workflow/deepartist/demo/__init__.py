"""Synthesised music in the file formats of the real data sets, for a run without downloads."""
