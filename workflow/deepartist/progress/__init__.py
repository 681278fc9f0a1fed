"""What a run of the workflow shows while it runs."""
