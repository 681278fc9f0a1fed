"""The figures of the report, and the maps of songs that two of them show."""
