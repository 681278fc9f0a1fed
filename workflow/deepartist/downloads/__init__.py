"""Data sets, lists and weights from their publishers."""
