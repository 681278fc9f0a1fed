"""Scores averaged over seeds, and how figures draw them."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from deepartist.config.model_names import describe_model
from deepartist.config.vectors import EMBEDDING
from deepartist.process.errors import InputError

KEY = ["task", "variant", "dataset", "model"]
Look = tuple[str, str]  # colour and marker


def average_seeds(scores: pd.DataFrame, vectors: str = EMBEDDING) -> pd.DataFrame:
    """Average each score of some vectors, and the ends of its interval, over seeds.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns ``task, vectors, variant, dataset, model, seed, value, ci_low, ci_high, artists``.
    vectors : str
        The vectors that the scores are of.

    Returns
    -------
    pd.DataFrame [index=KEY]
        Columns ``value, ci_low, ci_high``; ``lowest, highest`` value of a seed; the number of
        ``seeds``; and ``artists``, the number that intervals resample, 0 if they resample songs.
    """
    scores = scores[scores["vectors"] == vectors]
    return scores.groupby(KEY).agg(
        value=("value", "mean"),
        ci_low=("ci_low", "mean"),
        ci_high=("ci_high", "mean"),
        lowest=("value", "min"),
        highest=("value", "max"),
        seeds=("seed", "nunique"),
        artists=("artists", "max"),
    )


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


def draw_marks(
    panel: Axes,
    x: Sequence[float] | np.ndarray,
    means: pd.DataFrame,
    look: Look,
    model: str,
    line: str = "",
) -> None:
    """Draw scores as marks, with their intervals and behind them, paler, the range over seeds.

    Parameters
    ----------
    panel : Axes
    x : sequence of float [length n]
    means : pd.DataFrame [length n]
        From `average_seeds`.
    look : Look
    model : str
        The legend has its name as `deepartist.config.model_names.describe_model` writes it.
    line : {"", "-", ":"}
        Line that joins the marks.
    """
    colour, marker = look
    panel.vlines(x, means["lowest"], means["highest"], color=colour, linewidth=4.5, alpha=0.3)
    panel.errorbar(
        x,
        means["value"],
        yerr=error_bars(means),
        fmt=f"{line}{marker}",
        color=colour,
        markersize=4,
        linewidth=1,
        elinewidth=1,
        label=describe_model(model),
    )


def draw_line(
    panel: Axes,
    x: Sequence[float] | np.ndarray,
    means: pd.DataFrame,
    look: Look,
    model: str,
) -> None:
    """Draw scores as `draw_marks` does, joined by a line.

    The line is dotted if models were trained once: another training could bend it.
    """
    line = "" if len(means) == 1 else "-" if (means["seeds"] > 1).all() else ":"
    draw_marks(panel, x, means, look, model, line)


def describe_bars(means: pd.DataFrame) -> str:
    """Say what the bars of `draw_marks` are.

    Parameters
    ----------
    means : pd.DataFrame
        From `average_seeds`: all scores of a figure.
    """
    is_of_artists = means["artists"] > 0
    unit = "artists and their songs" if is_of_artists.all() else "songs"
    if is_of_artists.any() and not is_of_artists.all():
        unit = "songs or, where known, artists and their songs"
    most = means["seeds"].max()
    if most == 1:
        return f"Bars: 95 % intervals over {unit}, of one training"
    number = most if (means["seeds"] == most).all() else f"up to {most}"
    return f"Thin bars: 95 % intervals over {unit}; pale bars: range of {number} trainings"
