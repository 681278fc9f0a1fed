"""Places of songs on a two-dimensional map, by t-SNE; new songs are placed among the others."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

PERPLEXITY = 30.0
COMPONENTS = 50  # principal components, as is usual before t-SNE
EARLY_ITERATIONS, ALL_ITERATIONS = 250, 750  # openTSNE's defaults
ITERATIONS_AT_ONCE = 25
FEWEST_SONGS = 5  # fewer are placed on a circle


def place_songs(units: Floats, tell: Callable[[int], object] | None = None) -> Floats:
    """Place songs so that similar ones are near each other, by t-SNE of principal components.

    Parameters
    ----------
    units : np.ndarray [shape=(n, d), dtype=float32]
        Vectors of unit length, of songs that differ in content.
    tell : function, optional
        Called after each 25 of the 750 iterations with 25.

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
        On t-SNE's own scale.
    """
    if len(units) < FEWEST_SONGS:
        angles = 2 * np.pi * np.arange(len(units)) / max(1, len(units))
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    import openTSNE

    def report(iteration: int, error: float, embedding: object) -> None:
        if tell:
            tell(ITERATIONS_AT_ONCE)

    reduction = openTSNE.TSNE(
        perplexity=_perplexity(len(units)),
        early_exaggeration_iter=EARLY_ITERATIONS,
        n_iter=ALL_ITERATIONS - EARLY_ITERATIONS,
        n_jobs=-1,
        random_state=0,
        callbacks=report,
        callbacks_every_iters=ITERATIONS_AT_ONCE,
    )
    places: Floats = np.asarray(reduction.fit(_reduce(units)[0]), np.float32)
    return places


def place_among(units: Floats, places: Floats, new: Floats) -> Floats:
    """Place new songs on a map without moving those that are on it.

    Parameters
    ----------
    units, places : np.ndarray [shape=(n, d) and (n, 2), dtype=float32], n >= 5
        Songs that are on the map, placed by `place_songs`.
    new : np.ndarray [shape=(m, d), dtype=float32], m >= 1

    Returns
    -------
    np.ndarray [shape=(m, 2), dtype=float32]
        Each place depends on the songs of the map, not on other new songs.
    """
    import openTSNE
    from openTSNE.affinity import PerplexityBasedNN

    reduced, reduced_new = _reduce(units, new)
    affinities = PerplexityBasedNN(
        reduced, perplexity=_perplexity(len(units)), n_jobs=-1, random_state=0
    )
    on_map = openTSNE.TSNEEmbedding(
        places.astype(np.float64), affinities, n_jobs=-1, random_state=0
    )
    placed: Floats = np.asarray(on_map.transform(reduced_new), np.float32)
    return placed


def _perplexity(n: int) -> float:
    return min(PERPLEXITY, (n - 1) / 3)  # the number of neighbours is three times as high


def _reduce(units: Floats, *others: Floats) -> list[Floats]:
    """Project vectors to the principal components of the first ones."""
    from sklearn.decomposition import PCA

    reduction = PCA(min(COMPONENTS, *units.shape), random_state=0).fit(units)
    return [reduction.transform(vectors) for vectors in (units, *others)]
