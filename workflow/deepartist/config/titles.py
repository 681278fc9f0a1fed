"""The rows of tables and figures, as the rules hand them to a stage: data sets and their titles."""

import argparse
import json
from collections.abc import Sequence

from deepartist.process.errors import InputError


def add_rows_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--rows NAME=JSON …``, whose words `parse_rows` reads."""
    parser.add_argument(
        "--rows",
        nargs="+",
        required=True,
        metavar="NAME=JSON",
        help='data sets: NAME={"title": "…", "paper_row": "…"}, either key may be left out',
    )


def parse_rows(words: Sequence[str]) -> dict[str, dict]:
    """Read the words of ``--rows``.

    Parameters
    ----------
    words : sequence of str
        ``<data set>={"title": str or null, "paper_row": str or null}``; either may be left out.

    Returns
    -------
    dict of str to dict
        Title (by default the data set's name) and paper_row (by default None) of each data set.

    Raises
    ------
    InputError
        A word is not of this form, or a data set comes twice.
    """
    rows = {}
    for word in words:
        dataset, _, text = word.partition("=")
        try:
            row = json.loads(text)
        except json.JSONDecodeError:
            row = None
        if not dataset or not _is_row(row):
            raise InputError(f'--rows {word}: write NAME={{"title": "…", "paper_row": "…"}}')
        if dataset in rows:
            raise InputError(f"--rows {word}: '{dataset}' is given twice")
        rows[dataset] = {"title": row.get("title") or dataset, "paper_row": row.get("paper_row")}
    return rows


def _is_row(row) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() <= {"title", "paper_row"}
        and all(value is None or isinstance(value, str) for value in row.values())
    )
