"""The error for what the user can put right: one line that says what, where and what to do."""


class InputError(Exception):
    """Input that cannot be used; the message is one line written for the user."""
