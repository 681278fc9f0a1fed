"""Loaders: one module per kind of data set; each turns a data set on disk into a manifest."""
