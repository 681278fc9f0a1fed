"""Choosing the songs to train, validate and test on, and their labels."""
