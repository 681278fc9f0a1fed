"""The two layouts of the paper's tables, filled with scores and with the paper's own figures.

Tables 1 to 3 have a row for each data set and a column for each model; table 4 has a row for each
method and a column for each data set.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

import pandas as pd

from deepartist.config.vectors import BALANCED, EMBEDDING, MULTILEVEL
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

# Names of the second lines of tables 1 to 3, and what they are.
SECOND_NAMES = {1: "other artists only", 2: "other artists only", 3: "logistic regression"}
SECOND_NOTES = {
    1: (
        "Other artists only: songs by the query's own artist are taken out of its list. These rows "
        "have no bold values."
    ),
    2: (
        "Other artists only: training songs by a test song's own artist are not its neighbours. "
        "These rows have no bold values."
    ),
    3: (
        "Logistic regression: a second linear classifier, on dimensions that are standardised one "
        "by one, with a penalty that is chosen on the validation songs. These rows have no bold "
        "values."
    ),
}
FEW_SONGS = 200  # with fewer, a third decimal of a score says nothing

INTERVALS = (
    "In brackets: 95 % interval over {resampled}: Wilson's for right answers that are counted "
    "(k-NN, logistic regression, SVM), otherwise the bootstrap's."
)
TWO_DECIMALS = f"Two decimals: fewer than {FEW_SONGS} songs."
BEST = {
    1: "Bold: highest of the row.",
    2: "Bold: highest of the row.",
    3: "Bold: highest of the row.",
    4: "Bold: highest of this run's values in the column.",
}
VECTORS_NOTES = {
    MULTILEVEL: "Multilevel: the same songs by the maximum over time of each convolution block "
    "(768 numbers) in place of the last layer's output; features that have no such vectors are "
    "left out there.",
    BALANCED: "Balanced: the square roots of each block's shares of its multilevel vector, without "
    "their mean over the songs, each block of the same length.",
}
NO_FEATURES = "Not measured, because there are no features"
NOT_NEW = "Not measured, because a tag model learns from songs by any artist"
SEEDS = "If a model was trained with several seeds, value and interval are means over the seeds."
SEED_SPREAD = "In parentheses: lowest and highest value over seeds."
TRAINING_SPREAD = (
    "In parentheses: lowest and highest accuracy of a single training of the softmax, over all "
    "seeds."
)
PAPER = (
    "In italics: the paper's own figures, from models of 5,000 artists of the Million Song Dataset."
)
PRETRAINED = (
    "{models}: an encoder that was trained elsewhere. By its name it is of the kind and size of "
    "the paper's model; whether it is that model, nobody has said."
)
PAPER_ALONE = "Published figures, which were not measured on this run's synthesised music."
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
    second_lines: Sequence[Sequence[Score | None] | None] = (),
    vectors: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
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
        For each data set, the row of the paper to print below its rows; None for data sets that are
        not the paper's, such as synthesised ones.
    published : pd.DataFrame
        From `deepartist.tables.published.read_published`.
    second_lines : sequence of (sequence of (Score or None) or None), optional
        From `deepartist.tables.table_scores.select_second_lines`.
    vectors : sequence of str, optional
        For each data set, the vectors that its scores are of. A data set may occur several times,
        with other vectors each time; `titles` then tell them apart.
    kinds : mapping of str to str, optional
        Kind of the models whose names do not begin with it: encoders that are there already.
    """
    figures = published_figures(number, published)
    kinds = kinds or {}
    kind_of = [kinds.get(model, model.partition("-")[0]) for model in models]
    second_lines = second_lines or [None] * len(titles)
    has_settings = number == 2 and len(_settings([*scores, *filter(None, second_lines)])) > 1
    rows = []
    for dataset_scores, second, title, paper_row in zip(
        scores, second_lines, titles, paper_rows, strict=True
    ):
        rows.append([Cell(title), *_score_cells(dataset_scores, has_settings)])
        if second is not None:
            cells = [score_cell(score, None, has_settings) for score in second]
            rows.append([Cell(SECOND_NAMES[number]), *cells])
        if paper_row is not None:
            paper = [_published_cell(figures.get((paper_row, kind))) for kind in kind_of]
            rows.append([Cell(f"paper: {paper_row}", "italic"), *paper])
    notes = _score_notes(scores, number, models, titles, vectors)
    if any(second is not None for second in second_lines):
        notes.append(SECOND_NOTES[number])
    if number == 2:
        notes += _setting_notes([*scores, *filter(None, second_lines)])
    if any(paper_row is not None for paper_row in paper_rows):
        notes.append(PAPER)
        if kinds:
            notes.append(PRETRAINED.format(models=", ".join(kinds)))
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
    notes += vectors_notes(model.rpartition(", ")[2] for model in models)
    if sources:
        where = ", even if the column is another data set"
        notes += _published_notes(figures, sources, paper_rows, where)
    label, caption = CAPTIONS[4]
    return Table(4, label, caption, ["method", *titles], rows, notes)


def lay_out_published(
    number: int, paper_rows: Sequence[str], published: pd.DataFrame
) -> Table | None:
    """Lay out figures of the paper alone, for data sets that are synthesised.

    Figures of a real data set must not stand in a row or column of synthesised music, where they
    would seem to be measured on the same songs.

    Parameters
    ----------
    number : {1, 2, 3, 4}
    paper_rows : sequence of str
        Rows of the paper.
    published : pd.DataFrame
        From `deepartist.tables.published.read_published`.

    Returns
    -------
    Table or None
        In the layout of the table of this number. None if it has no figure for the rows.
    """
    figures = {
        (row, model): figure
        for (row, model), figure in published_figures(number, published).items()
        if row in paper_rows
    }
    if not figures:
        return None
    rows_of = {row for row, _ in figures}
    with_figures = [row for row in dict.fromkeys(paper_rows) if row in rows_of]
    models = list(dict.fromkeys(model for _, model in figures))
    cells = {key: _published_cell(figure) for key, figure in figures.items()}
    label, caption = CAPTIONS[number]
    about = (f"{number} (published)", f"{label}published", f"{caption} {PAPER_ALONE}")
    if number == 4:
        grid = [
            [Cell(method), *(cells.get((row, method), Cell("–")) for row in with_figures)]
            for method in models
        ]
        notes = _published_notes(figures, published_methods(with_figures, published), with_figures)
        return Table(*about, ["method", *with_figures], grid, notes)
    grid = [
        [Cell(row), *(cells.get((row, model), Cell("–")) for model in models)]
        for row in with_figures
    ]
    return Table(*about, ["", *models], grid, [PAPER])


def format_csv_by_dataset(
    scores: Sequence[Sequence[Score | None]],
    models: Sequence[str],
    datasets: Sequence[str],
    vectors: Sequence[str],
) -> str:
    """Write table 1, 2 or 3 as CSV: ``dataset,vectors,<model>…``, four decimals or NA."""
    table = pd.DataFrame(_values(scores), list(datasets), list(models), dtype="float64")
    table.insert(0, "vectors", list(vectors))
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


def _score_cells(scores: Sequence[Score | None], has_settings: bool = False) -> list[Cell]:
    """Write the scores of a data set; the best are bold, compared as they are printed."""
    best = max((float(print_number(score, score.value)) for score in scores if score), default=None)
    return [score_cell(score, best, has_settings) for score in scores]


def score_cell(score: Score | None, best: float | None, has_settings: bool = False) -> Cell:
    """Write a score with its interval; it is bold if it is printed as `best` is."""
    if score is None:
        return Cell("–")
    value = print_number(score, score.value)
    details = [f"[{print_number(score, score.ci_low)}, {print_number(score, score.ci_high)}]"]
    if score.trainings > 1:
        details.append(
            f"({print_number(score, score.lowest)}–{print_number(score, score.highest)})"
        )
    if has_settings and score.settings:
        details.append(", ".join(score.settings))
    return Cell(value, "bold" if float(value) == best else "", tuple(details))


def print_number(score: Score, number: float) -> str:
    """Write the value of a score, or an end of its interval, with as many decimals as it has."""
    return f"{number:.{2 if score.n < FEW_SONGS else 4}f}"


def _published_cell(figure: float | None) -> Cell:
    return Cell("–") if figure is None else Cell(f"{figure:.4f}", "italic")


def _published_notes(
    figures: Mapping[tuple[str | None, str], float],
    sources: Mapping[str, str],
    paper_rows: Sequence[str | None],
    where: str = "",
) -> list[str]:
    measured_on = dict.fromkeys(row for row, _ in figures if row and row in paper_rows)
    cited = "; ".join(f"{method}: {source}" for method, source in sources.items())
    return [
        f"In italics: published figures, measured on {' and '.join(measured_on)}{where}; the "
        "artist-label models among them were trained on 10,000 artists.",
        f"Sources: {cited}.",
    ]


def _settings(scores: Sequence[Sequence[Score | None]]) -> list[str]:
    """List the different settings of all scores."""
    known = [score for dataset_scores in scores for score in dataset_scores if score is not None]
    return list(dict.fromkeys(setting for score in known for setting in score.settings))


def _setting_notes(scores: Sequence[Sequence[Score | None]]) -> list[str]:
    settings = _settings(scores)
    if len(settings) > 1:
        return ["k-NN: the number of neighbours, k, stands with each value."]
    return [f"k-NN: {settings[0]} throughout."] if settings else []


def _intervals_note(scores: Sequence[Sequence[Score | None]], titles: Sequence[str]) -> str:
    by_artist = [
        title
        for dataset_scores, title in zip(scores, titles, strict=True)
        if any(score is not None and score.artists for score in dataset_scores)
    ]
    if not by_artist:
        resampled = "songs"
    elif len(by_artist) == len(titles):
        resampled = "artists and their songs"
    else:
        resampled = f"songs (on {', '.join(by_artist)}: over artists and their songs)"
    return INTERVALS.format(resampled=resampled)


def _score_notes(
    scores: Sequence[Sequence[Score | None]],
    number: int,
    models: Sequence[str],
    titles: Sequence[str],
    vectors: Sequence[str] = (),
) -> list[str]:
    is_main = [name == EMBEDDING for name in vectors or [EMBEDDING] * len(titles)]
    of_main = list(compress(scores, is_main))
    score_of = {
        (model, title): score
        for dataset_scores, title in zip(of_main, compress(titles, is_main), strict=True)
        for model, score in zip(models, dataset_scores, strict=True)
    }
    known = [score for score in score_of.values() if score is not None]
    notes = [_intervals_note(of_main, list(compress(titles, is_main))), BEST[number]]
    if any(score.n < FEW_SONGS for score in known):
        notes.append(TWO_DECIMALS)
    if any(score.seeds > 1 for score in known):
        notes.append(SEEDS)
    if any(score.trainings > 1 for score in known):
        task, _ = TABLES[number]
        notes.append(TRAINING_SPREAD if task == "softmax" else SEED_SPREAD)
    notes += left_out_notes([pair for pair, score in score_of.items() if score is None])
    return notes + vectors_notes(vectors)


def vectors_notes(vectors: Iterable[str]) -> list[str]:
    """Say what the vectors are that a table shows besides the embedding."""
    shown = set(vectors)
    return [note for name, note in VECTORS_NOTES.items() if name in shown]


def left_out_notes(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Say which models have no scores on which data sets, and why.

    Parameters
    ----------
    pairs : sequence of (model, title of the data set)
        Tag models are left out where artists are to be new, all others where they have no features.
    """
    by_reason: dict[str, list[str]] = {}
    for model, title in pairs:
        reason = NOT_NEW if model.startswith("tag-") else NO_FEATURES
        by_reason.setdefault(reason, []).append(f"{model} on {title}")
    return [f"{reason}: {'; '.join(named)}." for reason, named in by_reason.items()]


def _values(scores: Sequence[Sequence[Score | None]]) -> list[list[float | None]]:
    return [
        [None if score is None else score.value for score in dataset_scores]
        for dataset_scores in scores
    ]


def _to_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.4f", na_rep="NA", lineterminator="\n")
