"""Figures 6 and 7: songs in two dimensions, coloured by artist or genre."""

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    LABEL_LOOKS,
    OTHERS_COLOUR,
    draw_legend,
    save_figure,
    shorten,
)
from deepartist.files.csv_files import read_csv
from deepartist.process import stage
from deepartist.process.errors import InputError

MAP_COLUMNS = ("clip_id", "label", "x", "y")
TITLE_LETTERS = 50  # in a line
MARGIN = 0.04  # around the songs, as a fraction of their extent


def draw_map(songs: pd.DataFrame, coloured: int, title: str) -> Figure:
    """Draw songs as points; the labels with most songs have a colour and marker each.

    Parameters
    ----------
    songs : pd.DataFrame [columns=(clip_id, label, x, y)]
    coloured : int, 0 <= coloured <= 16
        Number of coloured labels; ties go to the first in alphabetical order. The others are grey.
    title : str
    """
    if songs.empty:
        return _draw_nothing(title)
    n_songs = songs["label"].value_counts()
    ranked = sorted(n_songs.index, key=lambda label: (-n_songs[label], label))
    shown, others = sorted(ranked[:coloured]), sorted(ranked[coloured:])
    points = {label: of_label[["x", "y"]].to_numpy() for label, of_label in songs.groupby("label")}
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 3.2))
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
    panel.set(xticks=[], yticks=[])
    panel.grid(False)
    panel.spines[:].set(visible=True, color="#CCCCCC")
    panel.set_xlabel("t-SNE", loc="left", fontsize=6.5, color="#666666")
    panel.set_title(textwrap.fill(title, TITLE_LETTERS), parse_math=False)
    draw_legend(figure, handles, names)
    figure.draw_without_rendering()  # after this the size of the panel is known
    _fill_panel(panel, songs[["x", "y"]].to_numpy())
    return figure


def _fill_panel(panel: Axes, points: np.ndarray) -> None:
    """Show points as large as the panel allows, in one scale: only distances have a meaning."""
    low, high, size = points.min(axis=0), points.max(axis=0), np.array(panel.bbox.size)
    scale = ((high - low) / size).max() or 1  # songs at one place have no extent
    extent = size * scale * (1 + 2 * MARGIN)
    (left, bottom), (right, top) = (low + high - extent) / 2, (low + high + extent) / 2
    panel.set(xlim=(left, right), ylim=(bottom, top))
    panel.set_aspect("equal", adjustable="datalim")


def _draw_nothing(title: str) -> Figure:
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 1.2))
    panel.set_axis_off()
    panel.set_title(textwrap.fill(title, TITLE_LETTERS), parse_math=False)
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
