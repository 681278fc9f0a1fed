"""The config of a run: its schema, what is checked, and what follows from it."""
