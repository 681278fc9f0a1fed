"""Numbers with their nouns, for messages."""


def counted(n: int, what: str) -> str:
    """Write a number with its noun, such as ``1 clip`` or ``1,234 clips``."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
