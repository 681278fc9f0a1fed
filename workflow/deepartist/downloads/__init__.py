"""Downloading data sets, lists and weights from their publishers."""
