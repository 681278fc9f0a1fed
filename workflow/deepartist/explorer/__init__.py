"""A map of a library in one HTML file, to look at and to listen to."""
