"""Figures 6 and 7: songs in two dimensions, coloured by artist or genre."""

import argparse
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial.distance import cdist

from deepartist.figures.name_places import write_names
from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    LABEL_LOOKS,
    OTHERS_COLOUR,
    save_figure,
    shorten,
)
from deepartist.files.csv_files import read_csv
from deepartist.process import stage
from deepartist.process.errors import InputError

MAP_COLUMNS = ("clip_id", "label", "x", "y")
# If there are more grey labels than this, their names are left out.
MAX_NAMED_OTHERS = 10
LEGEND_COLUMNS = 2


def draw_map(songs: pd.DataFrame, coloured: int, title: str) -> Figure:
    """Draw songs as points; the labels with most songs have a colour and marker each.

    Parameters
    ----------
    songs : pd.DataFrame [columns=(clip_id, label, x, y)]
    coloured : int, 0 <= coloured <= 16
        Number of coloured labels; ties go to the first in alphabetical order. The others are grey;
        their names are written if there are at most ten of them.
    title : str
    """
    if songs.empty:
        return _draw_nothing(title)
    n_songs = songs["label"].value_counts()
    ranked = sorted(n_songs.index, key=lambda label: (-n_songs[label], label))
    shown, others = sorted(ranked[:coloured]), sorted(ranked[coloured:])
    points = {label: of_label[["x", "y"]].to_numpy() for label, of_label in songs.groupby("label")}
    legend_rows = math.ceil((len(shown) + bool(others)) / LEGEND_COLUMNS)
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 3.2 + 0.13 * legend_rows))
    handles, names = [], []
    for label in others:
        panel.plot(*points[label].T, ".", color=OTHERS_COLOUR, markersize=3, label=label)
    for label, (colour, marker) in zip(shown, LABEL_LOOKS, strict=False):
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 4}
        look |= {"linestyle": "none", "markeredgecolor": "#222222", "markeredgewidth": 0.3}
        panel.plot(*points[label].T, **look, label=label)
        handles.append(Line2D([], [], **look))
        names.append(shorten(label))
    if others:
        handles.append(Line2D([], [], color=OTHERS_COLOUR, marker=".", linestyle="none"))
        names.append(f"others ({len(others)})")
    panel.set_aspect("equal", adjustable="datalim")  # only distances have a meaning
    panel.set(xticks=[], yticks=[])
    panel.grid(False)
    panel.spines[:].set(visible=True, color="#CCCCCC")
    panel.set_xlabel("t-SNE", loc="left", fontsize=6.5, color="#666666")
    panel.set_title(textwrap.fill(title, 55), parse_math=False)
    legend = figure.legend(
        handles,
        ["name"] * len(names),
        loc="outside lower center",
        ncols=LEGEND_COLUMNS,
        fontsize=7,
        handletextpad=0.2,
        labelspacing=0.2,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)
    # darker than the points, so that names in light colours can be read
    colour_of: dict[str, Any] = {
        label: np.multiply(to_rgb(colour), 0.6)
        for label, (colour, _) in zip(shown, LABEL_LOOKS, strict=False)
    }
    if len(others) <= MAX_NAMED_OTHERS:
        colour_of |= dict.fromkeys(others, "#666666")
    places = {label: find_medoid(points[label]) for label in colour_of}
    write_names(panel, places, colour_of)
    return figure


def find_medoid(points: np.ndarray) -> np.ndarray:
    """Find the point that has the smallest sum of distances to all points.

    Parameters
    ----------
    points : np.ndarray [shape=(n, 2)], n > 0

    Returns
    -------
    np.ndarray [shape=(2,)]
    """
    medoid: np.ndarray = points[cdist(points, points).sum(axis=1).argmin()]
    return medoid


def _draw_nothing(title: str) -> Figure:
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 1.2))
    panel.set_axis_off()
    panel.set_title(textwrap.fill(title, 55), parse_math=False)
    panel.text(0.5, 0.5, "Too few songs to draw a map", ha="center", va="center")
    return figure


def read_map(path: Path) -> pd.DataFrame:
    """Read the map that `deepartist.figures.map_songs` writes.

    Returns
    -------
    pd.DataFrame [columns=MAP_COLUMNS]

    Raises
    ------
    InputError
        The file cannot be read, has wrong columns, or a coordinate is not finite.
    """
    table = read_csv(path, MAP_COLUMNS, "a map", text=("clip_id", "label"))
    table[["x", "y"]] = table[["x", "y"]].apply(pd.to_numeric, errors="coerce")
    is_finite = np.isfinite(table[["x", "y"]].to_numpy(float)).all(axis=1)
    if not is_finite.all():
        raise InputError(
            f"{path}: clip '{table['clip_id'][~is_finite].iloc[0]}' has no finite x, y"
        )
    return table


def main(argv: Sequence[str] | None = None) -> None:
    """Draw figure 6 or 7: a map of songs."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_map", description=main.__doc__
    )
    parser.add_argument(
        "--map", type=Path, required=True, help="CSV of deepartist.figures.map_songs"
    )
    parser.add_argument(
        "--coloured",
        type=int,
        choices=range(len(LABEL_LOOKS) + 1),
        default=15,
        metavar="N",
        help=f"number of coloured labels, at most {len(LABEL_LOOKS)} (default 15)",
    )
    parser.add_argument("--title", required=True, help="title of the figure")
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    save_figure(draw_map(read_map(args.map), args.coloured, args.title), args.out)


if __name__ == "__main__":
    stage.run(main)
