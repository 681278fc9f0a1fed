"""Vectors that are derived from the multilevel ones of a library's songs, all at once.

They depend on what the songs have in common, so a song that is not in the library is treated by
what was found for the library.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.config.vectors import ADAPTED, BALANCED
from deepartist.datasets.artist_names import normalise
from deepartist.embeddings.adapted import learn_metric
from deepartist.embeddings.balanced import balance, find_centre, take_roots

Floats = npt.NDArray[np.float32]


class Common(NamedTuple):
    """What a library's songs have in common.

    Attributes
    ----------
    centre : np.ndarray [shape=(768,), dtype=float32]
        See `embeddings.balanced.find_centre`.
    metric : np.ndarray [shape=(768, 768), dtype=float32]
        See `embeddings.adapted.learn_metric`.
    """

    centre: Floats
    metric: Floats


def find_common(multilevel: Floats, artists: Sequence[str]) -> Common:
    """Find the centre of songs, and the metric that their artists give.

    Parameters
    ----------
    multilevel : np.ndarray [shape=(n, 768), dtype=float32]
        Of songs that can be used.
    artists : sequence of str
        As in the tags; a song whose artist is not known tells nothing of the metric.
    """
    roots = take_roots(multilevel)
    centre = find_centre(roots)
    names = np.array([normalise(artist) for artist in artists], str)
    is_known = names != ""
    return Common(centre, learn_metric(balance(roots, centre)[is_known], names[is_known]))


def derive(multilevel: Floats, common: Common) -> dict[str, Floats]:
    """Make the derived vectors (n, 768) of unit length, by name, of multilevel ones (n, 768)."""
    balanced = balance(take_roots(multilevel), common.centre)
    adapted = balanced @ common.metric
    lengths = np.linalg.norm(adapted, axis=1, keepdims=True)
    np.divide(adapted, lengths, out=adapted, where=lengths > 0)
    return {BALANCED: balanced, ADAPTED: adapted}
