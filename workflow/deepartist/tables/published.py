"""The figures of the paper's own tables."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.process.errors import InputError

PUBLISHED_PATH = Path(__file__).with_name("published.csv")


def read_published() -> pd.DataFrame:
    """Read the figures of the paper's tables.

    Returns
    -------
    pd.DataFrame [columns=(table, row, model, value, source)]
        `row` is a data set of the paper; `model` is a kind of model in tables 1 to 3, a method in
        table 4; values are fractions.
    """
    return pd.read_csv(PUBLISHED_PATH)


def check_paper_rows(paper_rows: Sequence[str | None], published: pd.DataFrame) -> None:
    """Raise InputError if the paper's tables have no such row."""
    known = list(dict.fromkeys(published["row"]))
    for paper_row in paper_rows:
        if paper_row is not None and paper_row not in known:
            raise InputError(f"paper_row '{paper_row}': the paper's rows are {', '.join(known)}")


def published_figures(number: int, published: pd.DataFrame) -> dict[tuple[str | None, str], float]:
    """Return the figures of a table of the paper, by row and model."""
    of_table = published[published["table"] == number]
    keys = zip(of_table["row"], of_table["model"], strict=True)
    return dict(zip(keys, of_table["value"], strict=True))


def published_methods(paper_rows: Sequence[str | None], published: pd.DataFrame) -> dict[str, str]:
    """Return the methods of table 4 with a figure in one of these rows, and their sources."""
    of_rows = published[(published["table"] == 4) & published["row"].isin(paper_rows)]
    return dict(zip(of_rows["model"], of_rows["source"], strict=True))
