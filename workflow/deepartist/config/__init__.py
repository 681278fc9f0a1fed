"""The config of a run: its schema, its checks, and the plan of files that follows from it."""
