"""Tables 1 to 4 in the paper's shape., as CSV, Markdown, LaTeX and HTML.

Tables 1 to 3 have a row for each data set and a column for each model, table 4 a row for each
method and a column for each data set.
"""

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.config.titles import add_rows_option, parse_rows
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.gather_scores import read_scores
from deepartist.tables.text import Cell, Table, to_html, to_latex, to_markdown

PUBLISHED_PATH = Path(__file__).with_name("published.csv")

# number: (task, variant, label in LaTeX, caption)
TABLES = {
    1: ("map", "all", "map", "Mean average precision of song retrieval by similarity."),
    2: ("knn", "test", "knn", "Classification accuracy of the k nearest neighbours."),
    3: ("softmax", "test", "softmax", "Classification accuracy of a linear softmax."),
    4: ("softmax", "test", "comparison", "Comparison with other methods: classification accuracy."),
}
# Models of table 4 whose classifier is their own, and what to call the models there.
OWN_TASKS = {"librosa": "svm"}
METHODS = {"librosa": "SVM on librosa statistics", "random": "random (untrained)"}
WRITERS = {".md": to_markdown, ".tex": to_latex, ".html": to_html}

INTERVALS = "In brackets: 95 % bootstrap interval over songs."
BEST = {
    1: "Bold: highest of the row.",
    2: "Bold: highest of the row.",
    3: "Bold: highest of the row.",
    4: "Bold: highest of this run's values in the column.",
}
SEEDS = "Where a model was trained with several seeds, value and interval are means over them."
SEED_SPREAD = "In parentheses: lowest and highest value of a seed."
TRAINING_SPREAD = (
    "In parentheses: lowest and highest accuracy of a single training of the softmax, over all "
    "seeds."
)
PAPER = (
    "In italics: the paper's own figures, from models of 5,000 artists of the Million Song Dataset."
)
THIS_RUN = (
    "Upright: this run, on the data sets named at the top; the classifier is a linear softmax "
    "where the row names no other."
)
ROUNDING = 1e-9  # of means


@dataclass(frozen=True)
class Score:
    """A value between 0 and 1, its interval, and what its spread is over.

    Attributes
    ----------
    value, ci_low, ci_high : float
        Means over seeds.
    lowest, highest : float
        Of the trainings of the linear softmax with all seeds, for other tasks of the seeds.
    trainings : int
        How many values the lowest and the highest are of.
    seeds : int
    """

    value: float
    ci_low: float
    ci_high: float
    lowest: float
    highest: float
    trainings: int
    seeds: int


def pick_scores(
    scores: pd.DataFrame,
    number: int,
    models: Sequence[str],
    datasets: Sequence[str],
    left_out: Collection[tuple[str, str]] = (),
) -> list[list[Score | None]]:
    """Pick the scores of one table.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns task, dataset, model, seed, variant, value, ci_low, ci_high.
    number : {1, 2, 3, 4}
    models, datasets : sequence of str
        In order.
    left_out : collection of (model, data set)
        Those that need no score.

    Returns
    -------
    list of list of Score or None
        A list for each data set, in it a score for each model; None where it is left out.

    Raises
    ------
    InputError
        A score is missing, or is there though left out; a value is not finite, not between 0 and 1
        or outside its interval; a seed of the softmax has no score of a single training.
    """
    return [
        [_pick_score(scores, number, model, dataset, left_out) for model in models]
        for dataset in datasets
    ]


def read_published() -> pd.DataFrame:
    """Read the figures of the paper's tables.

    Returns
    -------
    pd.DataFrame [columns=(table, row, model, value, source)]
        `model` is a kind of model in tables 1 to 3, a method in table 4; values are fractions.
    """
    return pd.read_csv(PUBLISHED_PATH)


def check_paper_rows(paper_rows: Sequence[str | None], published: pd.DataFrame) -> None:
    """Raise InputError if the paper's tables have no such row."""
    known = list(dict.fromkeys(published["row"]))
    for paper_row in paper_rows:
        if paper_row is not None and paper_row not in known:
            raise InputError(f"paper_row '{paper_row}': the paper's rows are {', '.join(known)}")


def parse_left_out(words: Sequence[str]) -> set[tuple[str, str]]:
    """Read words ``MODEL:DATASET``; raises InputError where one is of another form."""
    pairs = [word.split(":") for word in words]
    for word, pair in zip(words, pairs, strict=True):
        if len(pair) != 2 or not all(pair):
            raise InputError(f"--left-out {word}: write MODEL:DATASET")
    return {(model, dataset) for model, dataset in pairs}


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
        From `pick_scores`.
    number : {1, 2, 3}
    models : sequence of str
        Those named ``<kind>-…`` have a figure in the paper if the kind is basic, siamese or tag.
    titles : sequence of str
        Of the data sets.
    paper_rows : sequence of str or None
        For each data set, the row of the paper to print below its own.
    published : pd.DataFrame
        From `read_published`.
    """
    figures = _figures_of(number, published)
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
    _, _, label, caption = TABLES[number]
    return Table(number, label, caption, ["", *models], rows, notes)


def lay_out_by_method(
    scores: Sequence[Sequence[Score | None]],
    models: Sequence[str],
    titles: Sequence[str],
    paper_rows: Sequence[str | None],
    published: pd.DataFrame,
) -> Table:
    """Lay out table 4: published methods that have a figure for a column, then the models.

    Parameters are those of `lay_out_by_dataset`.
    """
    figures = _figures_of(4, published)
    sources = _published_methods(paper_rows, published)
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
        measured_on = dict.fromkeys(row for row, _ in figures if row in paper_rows)
        notes.append(
            f"In italics: published figures, measured on {' and '.join(measured_on)}, not on the "
            "set of the column where that is another (a synthesised one, say); the artist-label "
            "models among them are of 10,000 artists."
        )
        cited = "; ".join(f"{method}: {source}" for method, source in sources.items())
        notes.append(f"Sources: {cited}.")
    _, _, label, caption = TABLES[4]
    return Table(4, label, caption, ["method", *titles], rows, notes)


def format_csv_by_dataset(
    scores: Sequence[Sequence[Score | None]], models: Sequence[str], datasets: Sequence[str]
) -> str:
    """Write table 1, 2 or 3 as CSV: ``dataset,<model>…``, fractions with four decimals or NA."""
    table = pd.DataFrame(_values(scores), datasets, models, dtype=float)
    return _to_csv(table.reset_index(names="dataset"))


def format_csv_by_method(
    scores: Sequence[Sequence[Score | None]],
    models: Sequence[str],
    datasets: Sequence[str],
    paper_rows: Sequence[str | None],
    published: pd.DataFrame,
) -> str:
    """Write table 4 as CSV: ``method,source,<dataset>…``, fractions with four decimals or NA."""
    figures = _figures_of(4, published)
    sources = _published_methods(paper_rows, published)
    rows = [
        [method, source, *(figures.get((row, method)) for row in paper_rows)]
        for method, source in sources.items()
    ]
    for model, values in zip(models, zip(*_values(scores), strict=True), strict=True):
        rows.append([METHODS.get(model, model), "this run", *values])
    return _to_csv(pd.DataFrame(rows, columns=["method", "source", *datasets]))


def _pick_score(
    scores: pd.DataFrame,
    number: int,
    model: str,
    dataset: str,
    left_out: Collection[tuple[str, str]],
) -> Score | None:
    task, variant, _, _ = TABLES[number]
    if number == 4:
        task = OWN_TASKS.get(model, task)
    about = f"task '{task}' ({variant}), data set '{dataset}', model '{model}'"
    where = f"table {number}: {about}"
    of_model = scores[
        (scores["task"] == task) & (scores["dataset"] == dataset) & (scores["model"] == model)
    ]
    rows = of_model[of_model["variant"] == variant]
    if (model, dataset) in left_out:
        if len(rows):
            raise InputError(f"{where}: there is a score; take it out of --left-out")
        return None
    if rows.empty:
        raise InputError(f"{where}: no score; evaluate this model on this data set")
    numbers = _check_numbers(rows, where)
    spread = numbers["value"]
    if task == "softmax":
        trials = of_model[of_model["variant"].str.fullmatch(r"trial-\d+")]
        without = sorted(set(rows["seed"]) - set(trials["seed"]))
        if without:
            raise InputError(
                f"{where}, seed {without[0]}: no score of a single training (variants trial-0, …); "
                "evaluate this model again"
            )
        spread = _check_numbers(trials, where)["value"]
    means = numbers.mean()
    return Score(
        value=float(means["value"]),
        ci_low=float(means["ci_low"]),
        ci_high=float(means["ci_high"]),
        lowest=float(spread.min()),
        highest=float(spread.max()),
        trainings=len(spread),
        seeds=len(rows),
    )


def _check_numbers(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    numbers = rows[["value", "ci_low", "ci_high"]].apply(pd.to_numeric, errors="coerce")
    value, low, high = numbers["value"], numbers["ci_low"], numbers["ci_high"]
    faults = {
        "is not finite": ~np.isfinite(numbers.to_numpy(float)).all(axis=1),
        "is not between 0 and 1": ((numbers < -ROUNDING) | (numbers > 1 + ROUNDING)).any(axis=1),
        "lies outside its interval": (value < low - ROUNDING) | (value > high + ROUNDING),
    }
    for fault, rows_at_fault in faults.items():
        if rows_at_fault.any():
            first = rows[rows_at_fault].iloc[0]
            raise InputError(
                f"{where}: the score of seed {first['seed']} ({first['variant']}), "
                f"{first['value']} [{first['ci_low']}, {first['ci_high']}], {fault}; "
                "evaluate this model again"
            )
    return numbers


def _figures_of(number: int, published: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Find the figures of a table by row of the paper and model."""
    chosen = published[published["table"] == number]
    keys = zip(chosen["row"], chosen["model"], strict=True)
    return dict(zip(keys, chosen["value"], strict=True))


def _published_methods(
    paper_rows: Sequence[str | None], published: pd.DataFrame
) -> Mapping[str, str]:
    """Find the sources of the methods of table 4 that were measured on one of these rows."""
    chosen = published[(published["table"] == 4) & published["row"].isin(paper_rows)]
    return dict(zip(chosen["model"], chosen["source"], strict=True))


def _score_cells(scores: Sequence[Score | None]) -> list[Cell]:
    """Write out the scores of a data set, its best in bold: values that print alike are equal."""
    best = max((round(score.value, 4) for score in scores if score is not None), default=None)
    return [_score_cell(score, best) for score in scores]


def _score_cell(score: Score | None, best: float | None) -> Cell:
    if score is None:
        return Cell("–")
    details = [f"[{score.ci_low:.4f}, {score.ci_high:.4f}]"]
    if score.trainings > 1:
        details.append(f"({score.lowest:.4f}–{score.highest:.4f})")
    mark = "bold" if round(score.value, 4) == best else ""
    return Cell(f"{score.value:.4f}", mark, tuple(details))


def _published_cell(figure: float | None) -> Cell:
    return Cell("–") if figure is None else Cell(f"{figure:.4f}", "italic")


def _score_notes(
    scores: Sequence[Sequence[Score | None]],
    number: int,
    models: Sequence[str],
    titles: Sequence[str],
) -> list[str]:
    named = {
        (model, title): score
        for dataset_scores, title in zip(scores, titles, strict=True)
        for model, score in zip(models, dataset_scores, strict=True)
    }
    known = [score for score in named.values() if score is not None]
    notes = [INTERVALS, BEST[number]]
    if any(score.seeds > 1 for score in known):
        notes.append(SEEDS)
    if any(score.trainings > 1 for score in known):
        notes.append(TRAINING_SPREAD if TABLES[number][0] == "softmax" else SEED_SPREAD)
    left_out = [f"{model} on {title}" for (model, title), score in named.items() if score is None]
    if left_out:
        notes.append(f"Not measured, for want of features: {'; '.join(left_out)}.")
    return notes


def _values(scores: Sequence[Sequence[Score | None]]) -> list[list[float | None]]:
    return [[None if score is None else score.value for score in row] for row in scores]


def _to_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.4f", na_rep="NA", lineterminator="\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Write one table: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.write_table", description=main.__doc__
    )
    parser.add_argument("--number", type=int, choices=TABLES, required=True, help="of the table")
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="in order: siamese-5000 …")
    add_rows_option(parser)
    parser.add_argument(
        "--left-out",
        nargs="*",
        default=[],
        metavar="MODEL:DATASET",
        help="models without features for a data set",
    )
    parser.add_argument(
        "--out", type=Path, nargs="+", required=True, help="to write: .csv, .md, .tex or .html"
    )
    args = parser.parse_args(argv)
    for path in args.out:
        if path.suffix not in (".csv", *WRITERS):
            raise InputError(f"--out {path}: end it in .csv, {', '.join(WRITERS)}")
    rows = parse_rows(args.rows)
    titles = [row["title"] for row in rows.values()]
    paper_rows = [row["paper_row"] for row in rows.values()]
    published = read_published()
    check_paper_rows(paper_rows, published)
    scores = pick_scores(
        read_scores(args.scores),
        args.number,
        args.models,
        list(rows),
        parse_left_out(args.left_out),
    )
    if args.number == 4:
        table = lay_out_by_method(scores, args.models, titles, paper_rows, published)
        csv = format_csv_by_method(scores, args.models, list(rows), paper_rows, published)
    else:
        table = lay_out_by_dataset(scores, args.number, args.models, titles, paper_rows, published)
        csv = format_csv_by_dataset(scores, args.models, list(rows))
    for path in args.out:
        text = csv if path.suffix == ".csv" else WRITERS[path.suffix](table)
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
    print(to_markdown(table))


if __name__ == "__main__":
    stage.run(main)
