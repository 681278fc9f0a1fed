"""A logarithmic axis of numbers, of artists or songs, with the marks of several models at each."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

# As fractions of the length between the ends of an axis:
GAP = 0.025  # between the marks of two models, or less if there are many
MARGIN = 0.1  # beyond both ends, with room for half of the marks at a number
CLOSE = 0.12  # ticks that are closer have upright texts


def find_ends(numbers: Collection[float]) -> tuple[float, float]:
    """Find the ends of an axis of some numbers; a single one stands in the middle."""
    low, high = min(numbers), max(numbers)
    return (low, high) if low < high else (low / 2, high * 2)


def move_aside(
    numbers: Sequence[float], ends: tuple[float, float], place: int, models: int
) -> np.ndarray:
    """Move the marks of one of several models aside, so that their bars stand side by side.

    Parameters
    ----------
    numbers : sequence of float
        Where the marks belong.
    ends : tuple of float
        From `find_ends`.
    place : int, 0 <= place < models
        Place of the model among all of them, from left to right.
    models : int

    Returns
    -------
    np.ndarray [shape=(len(numbers),)]
    """
    low, high = ends
    gap = min(GAP, 2 * MARGIN / models)
    moved: np.ndarray = np.array(numbers) * (high / low) ** (gap * (place - (models - 1) / 2))
    return moved


def set_number_axis(panel: Axes, ticks: Mapping[float, str], ends: tuple[float, float]) -> None:
    """Make the horizontal axis logarithmic.

    Parameters
    ----------
    panel : Axes
    ticks : mapping of float to str
        The text at each number, in ascending order.
    ends : tuple of float
        From `find_ends`.
    """
    low, high = ends
    margin = (high / low) ** MARGIN
    panel.set_xscale("log")
    panel.set_xlim(low / margin, high * margin)
    steps = np.diff(np.log(list(ticks))) / np.log(high / low)
    rotation = 90 if (steps < CLOSE).any() else 0
    panel.set_xticks(list(ticks), list(ticks.values()), rotation=rotation)
    panel.minorticks_off()
