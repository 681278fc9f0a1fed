"""The findings of `deepartist doctor`, as a table for people or as JSON for programs."""

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

LEVELS = ("ok", "note", "warning", "error")
HEADER = ("level", "data set", "check", "what, and what to do")
LONGEST_NAME = 80
WIDTH = 100  # width of a table that is not printed on a terminal
NARROWEST = 40  # least width of the last column, even if the terminal is too narrow for it


@dataclass(frozen=True)
class Finding:
    """The result of one check of a data set.

    Attributes
    ----------
    dataset : str
        Name of the data set in the config.
    check : str
        Name of the check.
    level : {"ok", "note", "warning", "error"}
        With an error, the run would stop or its scores would be worthless.
    count : int
        Number of clips, songs, labels or artists that the finding is about.
    message : str
        One line: what is wrong, an example, and what to do about it.
    """

    dataset: str
    check: str
    level: str
    count: int
    message: str


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings is an error."""
    return any(finding.level == "error" for finding in findings)


def to_table(findings: Sequence[Finding], width: int | None = None) -> str:
    """Write findings as a table; the last line counts them by level.

    Characters that a terminal would hide or obey are written as escapes.

    Parameters
    ----------
    findings : sequence of Finding
    width : int or None
        Width in characters, at which messages are broken between words; None: the width of the
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
    """Put a name from the data in quotes; cut it if it is very long."""
    return f"'{name[:LONGEST_NAME]}…'" if len(name) > LONGEST_NAME else f"'{name}'"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
