"""Writing names on a map next to their places; they are moved so that they do not overlap."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from deepartist.figures.style import shorten

NAME_LOOK: dict[str, Any] = {"fontsize": 6, "ha": "center", "va": "center", "parse_math": False}
# the background of a name: half transparent, so that points below it are visible
NAME_GROUND = {"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 0.4}
NAME_RISE_PT = 5  # height above the place, so that the point there stays visible
MAX_SWEEPS = 200
NAME_GAP_PX = np.array([4, 0])


def write_names(
    panel: Axes, places: Mapping[str, np.ndarray], colours: Mapping[str, ColorType]
) -> None:
    """Write the name of each label near its place, so that no names overlap.

    Parameters
    ----------
    panel : Axes
        The panel; its limits must be final.
    places : mapping of str to np.ndarray [shape=(2,)]
        x and y of each label, in units of the panel's data.
    colours : mapping of str to colour
    """
    if not places:
        return
    texts = [
        panel.text(
            x, y, shorten(label), color=colours[label], zorder=4, bbox=NAME_GROUND, **NAME_LOOK
        )
        for label, (x, y) in places.items()
    ]
    figure = cast(Figure, panel.figure)
    figure.draw_without_rendering()  # after this the sizes of texts are known
    boxes = np.array([text.get_window_extent().extents for text in texts])
    rise = np.array([0, NAME_RISE_PT / 72 * figure.dpi])
    within = np.array(panel.bbox.extents)
    moves = rise + push_apart(boxes + np.tile(rise, 2), NAME_GAP_PX, within)
    for text, move in zip(texts, moves, strict=True):
        place = panel.transData.transform(text.get_position()) + move
        x, y = panel.transData.inverted().transform(place)
        text.set_position((x, y))


def push_apart(boxes: np.ndarray, gap: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Move boxes step by step until none overlap.

    If two boxes overlap, both are moved by half of the overlap, along the axis on which the overlap
    is smaller.

    Parameters
    ----------
    boxes : np.ndarray [shape=(n, 4)]
        Left, bottom, right and top.
    gap : np.ndarray [shape=(2,)]
        Least horizontal and vertical distance between boxes.
    within : np.ndarray [shape=(4,)]
        The box that all boxes stay in.

    Returns
    -------
    np.ndarray [shape=(n, 2)]
        How far each box moved to the right and upwards. If there is too little room, some boxes
        still overlap.
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
                distance = low[i, axis] + size[i, axis] / 2 - low[j, axis] - size[j, axis] / 2
                step = np.copysign(overlap[axis] / 2, distance)
                low[i, axis] += step
                low[j, axis] -= step
                moved = True
        if not moved:
            break
    moves: np.ndarray = np.clip(low, within[:2], within[2:] - size) - start
    return moves
