"""Loaders: one module per kind of data set, each turning what lies on disk into a manifest."""
