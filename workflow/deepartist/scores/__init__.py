"""Scores of features: retrieval and classification, with their intervals."""
