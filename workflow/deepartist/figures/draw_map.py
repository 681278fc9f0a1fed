"""Figures 6 and 7: songs in two dimensions, artists or genres in colour."""

import argparse
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial.distance import cdist

from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    LABEL_LOOKS,
    OTHERS_COLOUR,
    save_figure,
    shorten,
)
from deepartist.process import stage
from deepartist.process.errors import InputError

MAP_COLUMNS = ("clip_id", "label", "x", "y")
# More grey labels than this go without their names.
MAX_NAMED_OTHERS = 10
LEGEND_COLUMNS = 2
NAME_LOOK = {"fontsize": 6, "ha": "center", "va": "center", "parse_math": False}
# so that points shine through below a name, and it can still be read
NAME_GROUND = {"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 0.4}
NAME_RISE_PT = 5  # above its point, which is seen then
MAX_SWEEPS = 200
NAME_GAP_PX = np.array([4, 0])


def draw_map(songs: pd.DataFrame, coloured: int, title: str) -> Figure:
    """Draw songs as points; the labels with most songs have a colour and marker each.

    Parameters
    ----------
    songs : pd.DataFrame [columns=(clip_id, label, x, y)]
    coloured : int, 0 <= coloured <= 16
        How many labels are coloured; ties go to the first name. All others are grey, named if
        there are up to ten.
    title : str
    """
    if songs.empty:
        return _draw_nothing(title)
    n_songs = songs["label"].value_counts()
    ranked = sorted(n_songs.index, key=lambda label: (-n_songs[label], label))
    shown, others = sorted(ranked[:coloured]), sorted(ranked[coloured:])
    points = {label: rows[["x", "y"]].to_numpy() for label, rows in songs.groupby("label")}
    legend_rows = math.ceil((len(shown) + bool(others)) / LEGEND_COLUMNS)
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 3.2 + 0.13 * legend_rows))
    handles, names = [], []
    for label in others:
        panel.plot(*points[label].T, ".", color=OTHERS_COLOUR, markersize=3, label=label)
    for label, (colour, marker) in zip(shown, LABEL_LOOKS, strict=False):
        look = {"color": colour, "marker": marker, "markersize": 4, "linestyle": "none"}
        look |= {"markeredgecolor": "#222222", "markeredgewidth": 0.3}
        panel.plot(*points[label].T, **look, label=label)
        handles.append(Line2D([], [], **look))
        names.append(shorten(label))
    if others:
        handles.append(Line2D([], [], color=OTHERS_COLOUR, marker=".", linestyle="none"))
        names.append(f"others ({len(others)})")
    panel.set_aspect("equal", adjustable="datalim")  # only distances mean something
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
    # darker than the points, so that names of light colours can be read
    colour_of = {
        label: np.multiply(to_rgb(colour), 0.6)
        for label, (colour, _) in zip(shown, LABEL_LOOKS, strict=False)
    }
    if len(others) <= MAX_NAMED_OTHERS:
        colour_of |= dict.fromkeys(others, "#666666")
    places = {label: find_medoid(points[label]) for label in colour_of}
    _write_names(panel, places, colour_of)
    return figure


def find_medoid(points: np.ndarray) -> np.ndarray:
    """Find the one of some points (n, 2) that is nearest to all of them together."""
    return points[cdist(points, points).sum(axis=1).argmin()]


def push_apart(boxes: np.ndarray, gap: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Move boxes until none overlap, as little as a simple rule can.

    Each of two that overlap goes half of the way, along the axis on which that is shorter.

    Parameters
    ----------
    boxes : np.ndarray [shape=(n, 4)]
        Left, bottom, right and top.
    gap : np.ndarray [shape=(2,)]
        To leave between boxes side by side, and above each other.
    within : np.ndarray [shape=(4,)]
        A box that they stay in.

    Returns
    -------
    np.ndarray [shape=(n, 2)]
        How far each one moved to the right and upwards. Where there is too little room, some still
        overlap.
    """
    start, size = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    low = start.astype(float)
    for _ in range(MAX_SWEEPS):
        low = np.clip(low, within[:2], within[2:] - size)
        moved = False
        for i in range(len(low)):
            for j in range(i):
                overlap = np.minimum(low[i] + size[i], low[j] + size[j])
                overlap = overlap - np.maximum(low[i], low[j]) + gap
                if (overlap <= 1e-6).any():
                    continue
                axis = overlap.argmin()
                way = low[i, axis] + size[i, axis] / 2 - low[j, axis] - size[j, axis] / 2
                step = np.copysign(overlap[axis] / 2, way)
                low[i, axis] += step
                low[j, axis] -= step
                moved = True
        if not moved:
            break
    return np.clip(low, within[:2], within[2:] - size) - start


def _write_names(panel: plt.Axes, places: Mapping[str, np.ndarray], colours: Mapping) -> None:
    """Write the name of each label near its place (x, y), none across another."""
    if not places:
        return
    texts = [
        panel.text(
            *place, shorten(label), color=colours[label], zorder=4, bbox=NAME_GROUND, **NAME_LOOK
        )
        for label, place in places.items()
    ]
    panel.figure.draw_without_rendering()  # sizes are known from here on
    boxes = np.array([text.get_window_extent().extents for text in texts])
    rise = np.array([0, NAME_RISE_PT / 72 * panel.figure.dpi])
    moves = rise + push_apart(boxes + np.tile(rise, 2), NAME_GAP_PX, panel.bbox.extents)
    for text, move in zip(texts, moves, strict=True):
        place = panel.transData.transform(text.get_position()) + move
        text.set_position(panel.transData.inverted().transform(place))


def _draw_nothing(title: str) -> Figure:
    figure, panel = plt.subplots(figsize=(COLUMN_WIDTH_IN, 1.2))
    panel.set_axis_off()
    panel.set_title(textwrap.fill(title, 55), parse_math=False)
    panel.text(0.5, 0.5, "Too few songs to draw a map", ha="center", va="center")
    return figure


def read_map(path: Path) -> pd.DataFrame:
    """Read what `deepartist.figures.map_songs` writes; raises InputError if it is another file."""
    try:
        text = {"clip_id": str, "label": str}
        table = pd.read_csv(path, dtype=text, keep_default_na=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as a CSV file: {reason}") from error
    if tuple(table.columns) != MAP_COLUMNS:
        raise InputError(
            f"{path}: columns are {', '.join(table.columns)}; a map has {', '.join(MAP_COLUMNS)}"
        )
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
        help=f"labels in colour: those with most songs, at most {len(LABEL_LOOKS)} (default 15)",
    )
    parser.add_argument("--title", required=True)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    save_figure(draw_map(read_map(args.map), args.coloured, args.title), args.out)


if __name__ == "__main__":
    stage.run(main)
