"""Training of the three models."""
