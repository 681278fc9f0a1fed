"""Scores averaged over seeds, for figures."""

from collections.abc import Iterable

import pandas as pd

from deepartist.config.vectors import EMBEDDING
from deepartist.process.errors import InputError

KEY = ["task", "variant", "dataset", "model"]


def average_seeds(scores: pd.DataFrame, vectors: str = EMBEDDING) -> pd.DataFrame:
    """Average each score of some vectors, and the ends of its interval, over seeds.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns ``task, vectors, variant, dataset, model, value, ci_low, ci_high``.
    vectors : str
        The vectors that the scores are of.

    Returns
    -------
    pd.DataFrame [index=KEY, columns=(value, ci_low, ci_high)]
    """
    scores = scores[scores["vectors"] == vectors]
    return scores.groupby(KEY)[["value", "ci_low", "ci_high"]].mean()


def select_means(means: pd.DataFrame, keys: Iterable[tuple[str, str, str, str]]) -> pd.DataFrame:
    """Select some of the scores from `average_seeds`.

    Parameters
    ----------
    means : pd.DataFrame [index=KEY]
    keys : iterable of (task, variant, data set, model)

    Returns
    -------
    pd.DataFrame [index=KEY]
        In the order of `keys`.

    Raises
    ------
    InputError
        A score is missing.
    """
    keys = list(keys)
    missing = [key for key in keys if key not in means.index]
    if missing:
        task, _, dataset, model = missing[0]
        raise InputError(f"no score of task {task} for {model} on {dataset}; score it first")
    return means.loc[keys]


def error_bars(means: pd.DataFrame) -> "list[pd.Series[float]]":
    """Return the lengths of the error bars below and above; a negative rounding error becomes 0."""
    return [
        (means["value"] - means["ci_low"]).clip(lower=0),
        (means["ci_high"] - means["value"]).clip(lower=0),
    ]
