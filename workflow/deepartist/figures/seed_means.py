"""Scores averaged over seeds, and how figures draw them."""

from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes

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


def draw_line(
    panel: Axes, x: Sequence[float], means: pd.DataFrame, look: tuple[str, str], label: str
) -> None:
    """Draw scores as marks with 95 % intervals, joined by a line.

    Parameters
    ----------
    panel : Axes
    x : sequence of float [length n]
    means : pd.DataFrame [length n, columns=(value, ci_low, ci_high)]
    look : tuple of str
        Colour and marker.
    label : str
        Name in the legend.
    """
    colour, marker = look
    panel.errorbar(
        x,
        means["value"],
        yerr=error_bars(means),
        fmt=f"-{marker}",
        color=colour,
        markersize=4,
        linewidth=1,
        elinewidth=1,
        capsize=2,
        label=label,
    )
