"""What `deepartist doctor` finds: as a table for people, or JSON for programs."""

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

LEVELS = ("ok", "note", "warning", "error")
HEADER = ("level", "data set", "check", "what, and what to do")
LONGEST_NAME = 80
WIDTH = 100  # of a table that is not on a terminal
NARROWEST = 40  # the least width of the last column, even where the terminal has no room for it


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    dataset : str
        Name of the data set in the config.
    check : str
        What was looked at.
    level : {"ok", "note", "warning", "error"}
        With an error, the run would stop or its scores would mean nothing.
    count : int
        How many clips, songs, labels or artists it is about.
    message : str
        What, where (an example) and what to do, in one line that can stand alone.
    """

    dataset: str
    check: str
    level: str
    count: int
    message: str


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether one of the findings is an error."""
    return any(finding.level == "error" for finding in findings)


def to_table(findings: Sequence[Finding], width: int | None = None) -> str:
    """Lay findings out in columns, and count them by level in the last line.

    Characters that a terminal would hide, or take for a command, are written as escapes.

    Parameters
    ----------
    findings : sequence of Finding
    width : int or None
        Columns of the screen, at which messages are broken between words; None: those of the
        terminal.
    """
    width = width or shutil.get_terminal_size((WIDTH, 0)).columns
    rows = [(f.level, f.dataset, f.check, _printable(f.message)) for f in findings]
    widths = [max(map(len, column)) for column in list(zip(HEADER, *rows, strict=True))[:-1]]
    indent = " " * (sum(widths) + 2 * len(widths))
    wrap = textwrap.TextWrapper(
        max(width, len(indent) + NARROWEST),
        subsequent_indent=indent,
        break_long_words=False,  # a path can be copied
        break_on_hyphens=False,
    )
    lines = [
        wrap.fill("  ".join([*map(str.ljust, row[:-1], widths), row[-1]]))
        for row in [HEADER, *rows]
    ]
    n_of = Counter(finding.level for finding in findings)
    return "\n".join([*lines, ", ".join(f"{level}: {n_of[level]}" for level in LEVELS)])


def to_json(findings: Sequence[Finding]) -> str:
    """Write findings as a JSON list of objects with the keys of `Finding`."""
    return json.dumps([asdict(finding) for finding in findings], indent=1)


def quote(name: str) -> str:
    """Put a name from the data between quotes, cut where it is very long."""
    return f"'{name[:LONGEST_NAME]}…'" if len(name) > LONGEST_NAME else f"'{name}'"


def counted(n: int, what: str) -> str:
    """Write a number and what it counts, such as ``1 clip`` or ``1,234 clips``."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
