"""The scores that each table shows: selected, checked and averaged over seeds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deepartist.config.vectors import EMBEDDING
from deepartist.process.errors import InputError

# Task and variant of the scores of each table.
TABLES = {1: ("map", "all"), 2: ("knn", "test"), 3: ("softmax", "test"), 4: ("softmax", "test")}
# Scores that stand in a second line below those of tables 1 to 3, where there are any.
SECOND_LINES = {1: ("map", "other-artists"), 2: ("knn", "other-artists"), 3: ("logistic", "test")}
# Models of table 4 that are not classified by the linear softmax.
OWN_TASKS = {"librosa": "svm"}
ROUNDING = 1e-9  # largest rounding error of a mean


@dataclass(frozen=True)
class Score:
    """A value between 0 and 1 with its interval and its spread.

    Attributes
    ----------
    value, ci_low, ci_high : float
        Means over seeds.
    lowest, highest : float
        For the linear softmax, over its trainings of all seeds; for other tasks, over seeds.
    trainings : int
        Number of values that `lowest` and `highest` are taken from.
    seeds : int
    n : int
        Number of songs that the value is a mean over; the smallest over seeds.
    artists : int
        Number of artists that the interval resamples; 0 if it resamples songs.
    settings : tuple of str
        What classifiers used or chose, such as ``k = 5``: different ones in the order of seeds.
    """

    value: float
    ci_low: float
    ci_high: float
    lowest: float
    highest: float
    trainings: int
    seeds: int
    n: int
    artists: int
    settings: tuple[str, ...]


def select_scores(
    scores: pd.DataFrame,
    number: int,
    models: Sequence[str],
    datasets: Sequence[str],
    left_out: Collection[tuple[str, str]] = (),
    vectors: str = EMBEDDING,
) -> list[list[Score | None]]:
    """Select the scores of one table.

    Parameters
    ----------
    scores : pd.DataFrame
        From `deepartist.scores.gather_scores.read_scores`.
    number : {1, 2, 3, 4}
    models, datasets : sequence of str
        In the order of the table.
    left_out : collection of (model, data set)
        Pairs that have no score.
    vectors : str
        The vectors that the scores are of. Models without any score of other vectors than
        `EMBEDDING` are left out.

    Returns
    -------
    list of list of Score or None
        For each data set a list with a score for each model; None if it is left out.

    Raises
    ------
    InputError
        A score is missing, or there is one although it should be left out. A value is not finite,
        not between 0 and 1, or outside its interval. A seed of the softmax has no scores of single
        trainings.
    """
    return [
        [
            select_score(scores, number, TABLES[number], model, dataset, left_out, vectors)
            for model in models
        ]
        for dataset in datasets
    ]


def select_second_lines(
    scores: pd.DataFrame,
    number: int,
    models: Sequence[str],
    datasets: Sequence[str],
    left_out: Collection[tuple[str, str]] = (),
    vectors: str = EMBEDDING,
) -> list[list[Score | None] | None]:
    """Select the scores of `SECOND_LINES` for table 1, 2 or 3.

    The parameters and errors are those of `select_scores`.

    Returns
    -------
    list of (list of Score or None) or None
        For each data set a list as in `select_scores`; None if no model has such a score on it.
    """
    task, variant = SECOND_LINES[number]
    is_of_line = (
        (scores["task"] == task) & (scores["variant"] == variant) & (scores["vectors"] == vectors)
    )
    known = set(scores.loc[is_of_line & scores["model"].isin(models), "dataset"])
    return [
        [
            select_score(scores, number, (task, variant), model, dataset, left_out, vectors)
            for model in models
        ]
        if dataset in known
        else None
        for dataset in datasets
    ]


def select_score(
    scores: pd.DataFrame,
    number: int,
    line: tuple[str, str],
    model: str,
    dataset: str,
    left_out: Collection[tuple[str, str]],
    vectors: str,
) -> Score | None:
    """Select one score of a table, whose task and variant are `line`.

    The other parameters and the errors are those of `select_scores`.

    Returns
    -------
    Score or None
        None if it is left out, or if the model has no score of other vectors than `EMBEDDING`.
    """
    task, variant = line
    if number == 4:
        task = OWN_TASKS.get(model, task)
    about = f"task '{task}' ({variant}), data set '{dataset}', model '{model}'"
    about += "" if vectors == EMBEDDING else f", {vectors}"
    where = f"table {number}: {about}"
    of_features = scores[
        (scores["dataset"] == dataset) & (scores["model"] == model) & (scores["vectors"] == vectors)
    ]
    if of_features.empty and vectors != EMBEDDING:
        return None
    of_model = of_features[of_features["task"] == task]
    of_seeds = of_model[of_model["variant"] == variant]
    if (model, dataset) in left_out:
        if len(of_seeds):
            raise InputError(f"{where}: there is a score; take it out of --left-out")
        return None
    if of_seeds.empty:
        raise InputError(f"{where}: no score; evaluate this model on this data set")
    numbers = _check_numbers(of_seeds, where)
    spread = numbers["value"]
    if task == "softmax":
        of_trials = of_model[of_model["variant"].str.fullmatch(r"trial-\d+")]
        without = sorted(set(of_seeds["seed"]) - set(of_trials["seed"]))
        if without:
            raise InputError(
                f"{where}, seed {without[0]}: no score of a single training (variants trial-0, …); "
                "evaluate this model again"
            )
        spread = _check_numbers(of_trials, where)["value"]
    means = numbers.mean()
    return Score(
        value=float(means["value"]),
        ci_low=float(means["ci_low"]),
        ci_high=float(means["ci_high"]),
        lowest=float(spread.min()),
        highest=float(spread.max()),
        trainings=len(spread),
        seeds=len(of_seeds),
        n=int(of_seeds["n"].min()),
        artists=int(of_seeds["artists"].min()),
        settings=tuple(
            dict.fromkeys(filter(None, of_seeds.sort_values("seed")["setting"].astype(str)))
        ),
    )


def _check_numbers(scores: pd.DataFrame, where: str) -> pd.DataFrame:
    """Check that values and intervals are valid, and return them as numbers."""
    columns = scores[["value", "ci_low", "ci_high"]]
    numbers: pd.DataFrame = columns.apply(pd.to_numeric, errors="coerce")
    value, low, high = numbers["value"], numbers["ci_low"], numbers["ci_high"]
    faults = {
        "is not finite": ~np.isfinite(numbers.to_numpy(float)).all(axis=1),
        "is not between 0 and 1": ((numbers < -ROUNDING) | (numbers > 1 + ROUNDING)).any(axis=1),
        "lies outside its interval": (value < low - ROUNDING) | (value > high + ROUNDING),
    }
    for fault, is_faulty in faults.items():
        if is_faulty.any():
            first = scores[is_faulty].iloc[0]
            raise InputError(
                f"{where}: the score of seed {first['seed']} ({first['variant']}), "
                f"{first['value']} [{first['ci_low']}, {first['ci_high']}], {fault}; "
                "evaluate this model again"
            )
    return numbers
