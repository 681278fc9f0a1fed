"""The error for faults that the user can correct: one line that says what, where and what to do."""


class InputError(Exception):
    """Input that cannot be used; the message is one line for the user."""
