"""What the paper's sentences about its evaluation could mean, and our number for each reading.

The paper does not say which songs are queries, whose neighbours are counted, or which of several
trainings is reported. Where a figure of the paper can be computed again, all readings are compared
with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepartist.config.titles import Titles
from deepartist.config.vectors import EMBEDDING
from deepartist.process.errors import InputError
from deepartist.tables.published import published_figures

BEST_TRIAL = "best-trial"  # in place of a variant: the trial with the highest accuracy
# Task, variant and reading, for each table of the paper. The first reading is ours.
RETRIEVAL = (
    ("map", "all", "every song is a query for all others"),
    ("map", "test-in-all", "test songs are queries for all other songs"),
    ("map", "test", "test songs are queries for the training songs"),
    ("map", "test-in-test", "test songs are queries for each other"),
)
NEIGHBOURS = (
    ("knn", "test", "neighbours are training songs"),
    ("knn", "train-and-valid", "neighbours are training and validation songs"),
)
LINEAR = (
    ("softmax", "test", "mean of all trainings"),
    ("softmax", BEST_TRIAL, "highest of all trainings"),
    ("logistic", "test", "logistic regression, each dimension standardised"),
)
MACHINE = (("svm", "test", "support vector machine on librosa's statistics"),)
# By number of artists: the tables of the paper that a model of this size stands in.
Readings = tuple[tuple[str, str, str], ...]
TABLES_BY_ARTISTS: Mapping[int, Mapping[int, Readings]] = {
    5000: {1: RETRIEVAL, 2: NEIGHBOURS, 3: LINEAR},
    10_000: {4: LINEAR},
}
METHODS = {"basic": "Artist-label basic model", "siamese": "Artist-label Siamese model"}
SVM = "svm"


@dataclass(frozen=True)
class Reproduced:
    """A model of the run that stands for one of the paper's.

    Attributes
    ----------
    model : str
        Its name in the run.
    kind : str
        basic, siamese, tag, or svm for the baseline of FMA's authors.
    artists : int or None
        Number of artists that it was trained on.
    """

    model: str
    kind: str
    artists: int | None


def parse_reproduced(words: Iterable[str]) -> list[Reproduced]:
    """Read words ``MODEL=KIND:ARTISTS`` or ``MODEL=svm``; raise InputError for another form."""
    parsed = []
    for word in words:
        model, _, about = word.partition("=")
        kind, _, artists = about.partition(":")
        if not model or not kind or (kind != SVM and not artists.isdecimal()):
            raise InputError(f"--models {word}: write MODEL=KIND:ARTISTS, or MODEL=svm")
        parsed.append(Reproduced(model, kind, int(artists) if artists else None))
    return parsed


def compare_readings(
    scores: pd.DataFrame,
    models: Sequence[Reproduced],
    titles: Mapping[str, Titles],
    published: pd.DataFrame,
) -> pd.DataFrame:
    """Set our numbers beside the paper's: a row for each cell of the paper and each reading.

    Parameters
    ----------
    scores : pd.DataFrame
        From `deepartist.scores.gather_scores.read_scores`.
    models : sequence of Reproduced
        Models of other numbers of artists than the paper's tables have are ignored.
    titles : mapping of str to Titles
        By data set; those without `paper_row` are ignored.
    published : pd.DataFrame
        From `deepartist.tables.published.read_published`.

    Returns
    -------
    pd.DataFrame
        Columns table, row, dataset, model, reading, paper, ours, ci_low, ci_high, difference (ours
        minus the paper's), inside (whether the paper's lies in our interval), n and setting. Values
        and intervals are means over seeds. A reading without a score, such as one that no song has
        a value for, has no row.

    Raises
    ------
    InputError
        There is no score of a cell by our own reading.
    """
    of_embedding = scores[scores["vectors"] == EMBEDDING]
    rows = []
    for number in (1, 2, 3, 4):
        figures = published_figures(number, published)
        for dataset, named in titles.items():
            for model in models:
                readings, column = _readings_of(model, number)
                figure = figures.get((named["paper_row"], column)) if column else None
                if figure is None:
                    continue
                of_model = of_embedding[
                    (of_embedding["dataset"] == dataset) & (of_embedding["model"] == model.model)
                ]
                for position, (task, variant, reading) in enumerate(readings):
                    ours = _select(of_model[of_model["task"] == task], variant)
                    if ours is None and position == 0:
                        raise InputError(
                            f"reproduction: no score of task '{task}' ({variant}) for "
                            f"{model.model} on {dataset}; evaluate this model"
                        )
                    if ours is None:
                        continue
                    rows.append(
                        {
                            "table": number,
                            "row": named["paper_row"],
                            "dataset": dataset,
                            "model": model.model,
                            "reading": reading,
                            "paper": figure,
                            **ours,
                            "difference": ours["ours"] - figure,
                            "inside": bool(ours["ci_low"] <= figure <= ours["ci_high"]),
                        }
                    )
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("table", "row", "dataset", "model", "reading", "paper", "ours", "ci_low", "ci_high"),
    *("difference", "inside", "n", "setting"),
]


def _readings_of(model: Reproduced, number: int) -> tuple[Readings, str | None]:
    """Return the readings of a table for a model, and the model's name in that table."""
    if model.kind == SVM:
        return (MACHINE, "SVM") if number == 4 else ((), None)
    readings = TABLES_BY_ARTISTS.get(model.artists or 0, {}).get(number, ())
    if not readings:
        return (), None
    return readings, METHODS.get(model.kind) if number == 4 else model.kind


def _select(scores: pd.DataFrame, variant: str) -> dict[str, Any] | None:
    """Average the scores of a variant over seeds; for `BEST_TRIAL`, each seed's best trial."""
    if variant == BEST_TRIAL:
        trials = scores[scores["variant"].str.fullmatch(r"trial-\d+")]
        chosen = trials.sort_values("value").groupby("seed").tail(1)
    else:
        chosen = scores[scores["variant"] == variant]
    if chosen.empty:
        return None
    means = chosen[["value", "ci_low", "ci_high"]].mean()
    return {
        "ours": float(means["value"]),
        "ci_low": float(means["ci_low"]),
        "ci_high": float(means["ci_high"]),
        "n": int(chosen["n"].min()),
        "setting": "; ".join(dict.fromkeys(filter(None, chosen["setting"].fillna("").astype(str)))),
    }
