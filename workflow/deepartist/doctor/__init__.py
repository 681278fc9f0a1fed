"""What can be wrong with the data that a config names, looked for before a run."""
