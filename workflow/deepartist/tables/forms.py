"""The forms that a table is written in: CSV for programs, Markdown, LaTeX and HTML for people."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.tables.text import Table, to_html, to_latex, to_markdown

WRITERS = {".md": to_markdown, ".tex": to_latex, ".html": to_html}


def add_out_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--out FILE …``; the ending of a file says its form."""
    parser.add_argument(
        "--out",
        type=Path,
        nargs="+",
        required=True,
        help="files to write; their endings say in which form: .csv, .md, .tex, .html",
    )


def check_forms(paths: Sequence[Path]) -> None:
    """Raise InputError if a file has another ending than those of the forms."""
    for path in paths:
        if path.suffix not in (".csv", *WRITERS):
            raise InputError(f"--out {path}: end it in .csv, {', '.join(WRITERS)}")


def write_forms(paths: Sequence[Path], csv: str, tables: Sequence[Table]) -> None:
    """Write tables, one below the other, in the form of each path; `csv` is the text of a CSV."""
    texts: Mapping[str, str] = {".csv": csv} | {
        suffix: write(*tables) for suffix, write in WRITERS.items()
    }
    for path in paths:
        with replacing(path) as partial:
            partial.write_text(texts[path.suffix], encoding="utf-8")
