"""What the log of a job says last."""

import re
from pathlib import Path

TAIL_BYTES = 4096
LINE_LENGTH = 200


def last_lines(path: str, count: int) -> list[str]:
    """Read the last lines of a log that are not empty.

    Parameters
    ----------
    path : str
        The log. One that is not there, or cannot be read, has no lines.
    count : int
        How many lines to read at most.

    Returns
    -------
    list of str
        Without characters that cannot be printed: a log holds names from the data, and they could
        steer the terminal. Long ones are cut. A progress bar counts as lines, one for each of its
        states.
    """
    try:
        with Path(path).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = (_printable(line) for line in re.split(r"[\r\n]+", text))
    return [line for line in lines if line.strip()][-count:]


def cut(text: str, length: int) -> str:
    """Cut a text that has more letters than `length`; ``…`` stands for the rest."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _printable(line: str) -> str:
    letters = cut(line, LINE_LENGTH)
    return "".join(letter if letter.isprintable() else " " for letter in letters).rstrip()
