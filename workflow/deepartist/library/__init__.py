"""A library: the songs of a collection with their tags and vectors, and what is asked of it."""
