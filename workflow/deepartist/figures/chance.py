"""Chance: the scores of songs that are ranked or labelled at random."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from deepartist.process.errors import InputError
from deepartist.splits.labels import read_labels

CHANCE = "chance"
CHANCE_LOOK: dict[str, Any] = {
    "color": "#444444",
    "linestyle": "--",
    "linewidth": 1,
}  # darker than any model's


def guess_label(labels: "pd.Series[str]") -> float:
    """Return the accuracy of naming each song after a label drawn at random, all alike likely."""
    return 1 / labels.nunique()


def rank_randomly(labels: "pd.Series[str]") -> float:
    """Return the mean average precision of all songs as queries for the others, in random order.

    If r of the n songs in a list are relevant, there is a relevant one at rank i with probability
    r / n, and then (r - 1) / (n - 1) of the i - 1 songs before it are relevant on average. The mean
    of the precisions there is ``(h + (n - h) * (r - 1) / (n - 1)) / n``, where h is the sum of
    1 / i over all ranks.

    Parameters
    ----------
    labels : pd.Series
        Label of each song. Queries whose label no other song has are left out, as in the scores.

    Returns
    -------
    float
        NaN if no label has two songs.
    """
    songs = labels.value_counts().to_numpy()
    songs = songs[songs > 1]
    if not songs.size:
        return float("nan")
    n, relevant = len(labels) - 1, songs - 1
    harmonic = (1 / np.arange(1, n + 1)).sum()
    precisions = (harmonic + (n - harmonic) * (relevant - 1) / max(n - 1, 1)) / n
    return float(np.average(precisions, weights=songs))


CHANCE_OF_TASK = {"map": rank_randomly, "knn": guess_label, "softmax": guess_label}


def find_chances(labels: Mapping[str, "pd.Series[str]"], task: str) -> dict[str, float]:
    """Find the chance of each data set.

    Parameters
    ----------
    labels : mapping of str to pd.Series
        Labels of the songs of each data set.
    task : {"map", "knn", "softmax"}

    Returns
    -------
    dict of str to float
    """
    return {dataset: CHANCE_OF_TASK[task](of_songs) for dataset, of_songs in labels.items()}


def add_labels_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--labels FILE …``, which `read_labels_of` reads."""
    parser.add_argument(
        "--labels",
        type=Path,
        nargs="+",
        required=True,
        help="CSV clip_id,label,split of each data set, in the same order",
    )


def read_labels_of(datasets: Sequence[str], paths: Sequence[Path]) -> dict[str, "pd.Series[str]"]:
    """Read the labels of the songs of data sets, whose files are in the same order.

    Raises
    ------
    InputError
        There is not one file for each data set, or a file cannot be read.
    """
    if len(paths) != len(datasets):
        raise InputError(
            f"--labels: {len(paths)} files for {len(datasets)} data sets; name one for each"
        )
    return {
        dataset: read_labels(path)["label"] for dataset, path in zip(datasets, paths, strict=True)
    }


def draw_chance(panel: Axes, chance: float) -> None:
    """Draw a level at chance across a panel, and name it to the right of the panel."""
    panel.axhline(chance, **CHANCE_LOOK)
    panel.annotate(
        CHANCE,
        (1, chance),
        xycoords=("axes fraction", "data"),
        xytext=(2, 0),
        textcoords="offset points",
        va="center",
        fontsize=6.5,
        color=CHANCE_LOOK["color"],
    )
