"""Which songs train, validate and test, and what they are labelled."""
