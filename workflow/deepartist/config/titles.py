"""The titles of data sets in tables and figures, which rules pass on the command line."""

import argparse
import json
from collections.abc import Sequence
from typing import Any, TypedDict

from deepartist.process.errors import InputError


class Titles(TypedDict):
    """The title of a data set in tables and figures, and its row in the paper.

    Attributes
    ----------
    title : str
    paper_row : str or None
        The row of the paper's tables that it is compared with.
    """

    title: str
    paper_row: str | None


def add_titles_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--titles NAME=JSON …``, whose words `parse_titles` reads."""
    parser.add_argument(
        "--titles",
        nargs="+",
        required=True,
        metavar="NAME=JSON",
        help='data sets: NAME={"title": "…", "paper_row": "…"}, either key may be left out',
    )


def parse_titles(words: Sequence[str]) -> dict[str, Titles]:
    """Read the words of ``--titles``.

    Parameters
    ----------
    words : sequence of str
        ``<data set>={"title": str or null, "paper_row": str or null}``; either may be left out.

    Returns
    -------
    dict of str to Titles
        By data set, in the order given. By default, the title is the data set's name and
        `paper_row` is None.

    Raises
    ------
    InputError
        A word is not of this form, or a data set is given twice.
    """
    titles: dict[str, Titles] = {}
    for word in words:
        dataset, _, text = word.partition("=")
        try:
            given = json.loads(text)
        except json.JSONDecodeError:
            given = None
        if not dataset or not _are_titles(given):
            raise InputError(f'--titles {word}: write NAME={{"title": "…", "paper_row": "…"}}')
        if dataset in titles:
            raise InputError(f"--titles {word}: '{dataset}' is given twice")
        titles[dataset] = {
            "title": given.get("title") or dataset,
            "paper_row": given.get("paper_row"),
        }
    return titles


def _are_titles(given: Any) -> bool:
    return (
        isinstance(given, dict)
        and given.keys() <= {"title", "paper_row"}
        and all(value is None or isinstance(value, str) for value in given.values())
    )
