"""The two layouts of the paper's tables, filled with scores and with the paper's own figures.

Tables 1 to 3 have a row for each data set and a column for each model; table 4 has a row for each
method and a column for each data set.
"""

from collections.abc import Sequence

import pandas as pd

from deepartist.tables.published import published_figures, published_methods
from deepartist.tables.table_scores import TABLES, Score
from deepartist.tables.text import Cell, Table

# The label in LaTeX and the caption of each table.
CAPTIONS = {
    1: ("map", "Mean average precision of song retrieval by similarity."),
    2: ("knn", "Classification accuracy of the k nearest neighbours."),
    3: ("softmax", "Classification accuracy of a linear softmax."),
    4: ("comparison", "Comparison with other methods: classification accuracy."),
}
# Names in table 4 for models whose own names are too short to be understood.
METHODS = {"librosa": "SVM on librosa statistics", "random": "random (untrained)"}

INTERVALS = "In brackets: 95 % bootstrap interval over songs."
BEST = {
    1: "Bold: highest of the row.",
    2: "Bold: highest of the row.",
    3: "Bold: highest of the row.",
    4: "Bold: highest of this run's values in the column.",
}
SEEDS = "If a model was trained with several seeds, value and interval are means over the seeds."
SEED_SPREAD = "In parentheses: lowest and highest value over seeds."
TRAINING_SPREAD = (
    "In parentheses: lowest and highest accuracy of a single training of the softmax, over all "
    "seeds."
)
PAPER = (
    "In italics: the paper's own figures, from models of 5,000 artists of the Million Song Dataset."
)
THIS_RUN = (
    "Upright: this run, on the data sets in the header; the classifier is a linear softmax unless "
    "the row names another."
)


def lay_out_by_dataset(
    scores: Sequence[Sequence[Score | None]],
    number: int,
    models: Sequence[str],
    titles: Sequence[str],
    paper_rows: Sequence[str | None],
    published: pd.DataFrame,
) -> Table:
    """Lay out table 1, 2 or 3.

    Parameters
    ----------
    scores : sequence of sequence of (Score or None)
        From `deepartist.tables.table_scores.select_scores`.
    number : {1, 2, 3}
    models : sequence of str
        A model named ``<kind>-…`` has a figure in the paper if the kind is basic, siamese or tag.
    titles : sequence of str
        Titles of the data sets.
    paper_rows : sequence of str or None
        For each data set, the row of the paper to print below its row.
    published : pd.DataFrame
        From `deepartist.tables.published.read_published`.
    """
    figures = published_figures(number, published)
    kinds = [model.partition("-")[0] for model in models]
    rows = []
    for dataset_scores, title, paper_row in zip(scores, titles, paper_rows, strict=True):
        rows.append([Cell(title), *_score_cells(dataset_scores)])
        if paper_row is not None:
            paper = [_published_cell(figures.get((paper_row, kind))) for kind in kinds]
            rows.append([Cell(f"paper: {paper_row}", "italic"), *paper])
    notes = _score_notes(scores, number, models, titles)
    if any(paper_row is not None for paper_row in paper_rows):
        notes.append(PAPER)
    label, caption = CAPTIONS[number]
    return Table(number, label, caption, ["", *models], rows, notes)


def lay_out_by_method(
    scores: Sequence[Sequence[Score | None]],
    models: Sequence[str],
    titles: Sequence[str],
    paper_rows: Sequence[str | None],
    published: pd.DataFrame,
) -> Table:
    """Lay out table 4: first published methods that have a figure for a column, then the models.

    The parameters are described in `lay_out_by_dataset`.
    """
    figures = published_figures(4, published)
    sources = published_methods(paper_rows, published)
    rows = [
        [
            Cell(method, "italic"),
            *(_published_cell(figures.get((row, method))) for row in paper_rows),
        ]
        for method in sources
    ]
    columns = [_score_cells(dataset_scores) for dataset_scores in scores]
    for model, cells in zip(models, zip(*columns, strict=True), strict=True):
        rows.append([Cell(METHODS.get(model, model)), *cells])
    notes = [THIS_RUN, *_score_notes(scores, 4, models, titles)]
    if sources:
        measured_on = dict.fromkeys(row for row, _ in figures if row and row in paper_rows)
        notes.append(
            f"In italics: published figures, measured on {' and '.join(measured_on)}, even if the "
            "column is another data set (such as a synthesised one); the artist-label models among "
            "them were trained on 10,000 artists."
        )
        cited = "; ".join(f"{method}: {source}" for method, source in sources.items())
        notes.append(f"Sources: {cited}.")
    label, caption = CAPTIONS[4]
    return Table(4, label, caption, ["method", *titles], rows, notes)


def format_csv_by_dataset(
    scores: Sequence[Sequence[Score | None]], models: Sequence[str], datasets: Sequence[str]
) -> str:
    """Write table 1, 2 or 3 as CSV: ``dataset,<model>…``, fractions with four decimals or NA."""
    table = pd.DataFrame(_values(scores), list(datasets), list(models), dtype="float64")
    return _to_csv(table.reset_index(names="dataset"))


def format_csv_by_method(
    scores: Sequence[Sequence[Score | None]],
    models: Sequence[str],
    datasets: Sequence[str],
    paper_rows: Sequence[str | None],
    published: pd.DataFrame,
) -> str:
    """Write table 4 as CSV: ``method,source,<dataset>…``, fractions with four decimals or NA."""
    figures = published_figures(4, published)
    sources = published_methods(paper_rows, published)
    rows = [
        [method, source, *(figures.get((row, method)) for row in paper_rows)]
        for method, source in sources.items()
    ]
    for model, values in zip(models, zip(*_values(scores), strict=True), strict=True):
        rows.append([METHODS.get(model, model), "this run", *values])
    return _to_csv(pd.DataFrame(rows, columns=["method", "source", *datasets]))


def _score_cells(scores: Sequence[Score | None]) -> list[Cell]:
    """Write the scores of a data set; the best are bold, compared as they are printed."""
    best = max((round(score.value, 4) for score in scores if score is not None), default=None)
    return [_score_cell(score, best) for score in scores]


def _score_cell(score: Score | None, best: float | None) -> Cell:
    if score is None:
        return Cell("–")
    details = [f"[{score.ci_low:.4f}, {score.ci_high:.4f}]"]
    if score.trainings > 1:
        details.append(f"({score.lowest:.4f}–{score.highest:.4f})")
    is_best = round(score.value, 4) == best
    return Cell(f"{score.value:.4f}", "bold" if is_best else "", tuple(details))


def _published_cell(figure: float | None) -> Cell:
    return Cell("–") if figure is None else Cell(f"{figure:.4f}", "italic")


def _score_notes(
    scores: Sequence[Sequence[Score | None]],
    number: int,
    models: Sequence[str],
    titles: Sequence[str],
) -> list[str]:
    score_of = {
        (model, title): score
        for dataset_scores, title in zip(scores, titles, strict=True)
        for model, score in zip(models, dataset_scores, strict=True)
    }
    known = [score for score in score_of.values() if score is not None]
    notes = [INTERVALS, BEST[number]]
    if any(score.seeds > 1 for score in known):
        notes.append(SEEDS)
    if any(score.trainings > 1 for score in known):
        task, _ = TABLES[number]
        notes.append(TRAINING_SPREAD if task == "softmax" else SEED_SPREAD)
    left_out = [
        f"{model} on {title}" for (model, title), score in score_of.items() if score is None
    ]
    if left_out:
        notes.append(f"Not measured, because there are no features: {'; '.join(left_out)}.")
    return notes


def _values(scores: Sequence[Sequence[Score | None]]) -> list[list[float | None]]:
    return [
        [None if score is None else score.value for score in dataset_scores]
        for dataset_scores in scores
    ]


def _to_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.4f", na_rep="NA", lineterminator="\n")
