"""Synthesised music in the file formats of the real data sets, for runs without downloads."""
