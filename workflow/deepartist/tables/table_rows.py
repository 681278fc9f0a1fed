"""The rows of tables 1 to 4: those of each data set or method, for each of the vectors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from deepartist.config.titles import Titles
from deepartist.config.vectors import EMBEDDING
from deepartist.scores.vectors import describe_vectors
from deepartist.tables.table_scores import Score, select_scores, select_second_lines


@dataclass(frozen=True)
class Row:
    """The scores of one data set by one kind of vectors.

    Attributes
    ----------
    dataset, vectors : str
    title : str
        Title of the data set; it names the vectors unless they are the embedding.
    paper_row : str or None
        The row of the paper that it is compared with; only of the embedding.
    scores : list of (Score or None)
        A score for each model.
    second_line : list of (Score or None), or None
        See `deepartist.tables.table_scores.select_second_lines`.
    """

    dataset: str
    vectors: str
    title: str
    paper_row: str | None
    scores: list[Score | None]
    second_line: list[Score | None] | None


def select_rows(
    scores: pd.DataFrame,
    number: int,
    models: Sequence[str],
    titles: Mapping[str, Titles],
    left_out: Collection[tuple[str, str]],
    vectors: Sequence[str],
) -> list[Row]:
    """Select the rows of table 1, 2 or 3: of each data set, one for each of the vectors.

    Vectors that no model has are left out.

    Parameters
    ----------
    scores, number, models, left_out
        See `deepartist.tables.table_scores.select_scores`.
    titles : mapping of str to Titles
        By data set, in the order of the table.
    vectors : sequence of str
        In the order of the rows.
    """
    rows = []
    for dataset, named in titles.items():
        for name in vectors:
            selection = (scores, number, models, [dataset], left_out, name)
            (of_row,), (second_line,) = select_scores(*selection), select_second_lines(*selection)
            if name != EMBEDDING and not any(of_row):
                continue
            rows.append(
                Row(
                    dataset=dataset,
                    vectors=name,
                    title=describe_vectors(named["title"], name),
                    paper_row=named["paper_row"] if name == EMBEDDING else None,
                    scores=of_row,
                    second_line=second_line,
                )
            )
    return rows


def select_methods(
    scores: pd.DataFrame,
    models: Sequence[str],
    datasets: Sequence[str],
    left_out: Collection[tuple[str, str]],
    vectors: Sequence[str],
) -> tuple[list[str], list[list[Score | None]]]:
    """Select the rows of table 4: each model, once for each of its vectors.

    Returns
    -------
    methods : list of str
        Name of each row: the model, and the vectors unless they are the embedding.
    scores : list of list of (Score or None)
        For each data set a list with a score for each method.
    """
    methods: list[str] = []
    columns: list[list[Score | None]] = [[] for _ in datasets]
    for model in models:
        for name in vectors:
            of_row = select_scores(scores, 4, [model], datasets, left_out, name)
            if name != EMBEDDING and not any(score for (score,) in of_row):
                continue
            methods.append(describe_vectors(model, name))
            for column, (score,) in zip(columns, of_row, strict=True):
                column.append(score)
    return methods, columns
