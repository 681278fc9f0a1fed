"""What made a file: the code behind a stage, the versions, the data."""
