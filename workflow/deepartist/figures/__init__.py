"""The figures, and the maps that two of them show."""
