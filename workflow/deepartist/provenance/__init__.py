"""How a file was made: the code of the stage, package versions and data."""
