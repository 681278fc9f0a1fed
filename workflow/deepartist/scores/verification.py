"""Verification of artists: whether two songs are by the same artist, by their similarity."""

import numpy as np

from deepartist.scores.similarity import cosine_similarity
from deepartist.scores.stats import wilson_interval

CELLS = 500  # thresholds that resamples are evaluated at
BLOCK_BYTES = 32 * 2**20  # size of the weights of the resamples that are evaluated at a time


def equal_error_rate(
    similarity: np.ndarray, same: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Compute the rate at which false acceptances are as frequent as false rejections.

    Pairs with a similarity of a threshold or more are accepted as the same. At a lower threshold,
    more different pairs are accepted, and fewer same ones rejected. Both rates change at once for
    pairs of equal similarity, and are linear between one threshold and the next.

    Parameters
    ----------
    similarity : np.ndarray [shape=(n,)]
        Similarity of each pair.
    same : np.ndarray [shape=(n,), dtype=bool]
        Whether it is the same.
    weights : np.ndarray [shape=(n,)], optional
        How often each pair counts, at least 0; by default once.

    Returns
    -------
    float
        Between 0 and 1: 0 if some threshold parts all pairs, 0.5 if all similarities are equal. NaN
        if no pair is the same or none is different.
    """
    weights = np.ones(len(similarity)) if weights is None else weights
    groups = _group(similarity)
    of_groups = (np.bincount(groups, weights * chosen)[:, None] for chosen in (same, ~same))
    return float(_rates_of_cells(*of_groups)[0])


def verify(
    embedding: np.ndarray, artists: np.ndarray, *, resamples: int, seed: int
) -> tuple[float, float, float, int]:
    """Tell by their cosine similarity whether two songs are by the same artist, for all pairs.

    The 95 % interval is between percentiles of the bootstrap over artists. Of a resample, each
    artist that is drawn several times is as many artists: so a pair of songs by different artists
    counts the product of how often they are drawn, and a pair by one artist as often as the artist
    is drawn. Pairs between two copies of an artist do not count, for they would be the same songs.
    Resamples of a single artist are left out. They are evaluated at `CELLS` thresholds, between
    which the rates are linear; thresholds are close where the rates change much. If all resamples
    agree, the interval is Wilson's over as many answers as there are artists, as in
    `deepartist.scores.stats.mean_interval`.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of each song's artist; at least two artists, one of which has two songs.
    resamples : int > 0
    seed : int >= 0

    Returns
    -------
    value, low, high : float
        The equal error rate and its interval, between 0 and 1; the interval holds the value.
    pairs : int
        Number of pairs.
    """
    of_song = np.unique(artists, return_inverse=True)[1].astype(np.int32)
    is_pair = np.triu(np.ones((len(of_song), len(of_song)), dtype=bool), 1)
    similarity = cosine_similarity(embedding, embedding)[is_pair]
    a, b = (np.broadcast_to(x, is_pair.shape)[is_pair] for x in (of_song[:, None], of_song))
    same = a == b
    value = equal_error_rate(similarity, same)
    rates = _resample(similarity, same, a, b, resamples, np.random.default_rng(seed))
    low, high = _interval(rates, value, int(of_song.max()) + 1)
    return value, low, high, len(similarity)


def error_rate_with_interval(
    similarity: np.ndarray, same: np.ndarray, artists: np.ndarray, *, resamples: int, seed: int
) -> tuple[float, float, float]:
    """Compute the equal error rate of comparisons that each belong to one artist.

    The interval is that of `verify`: a comparison counts as often as its artist is drawn.

    Parameters
    ----------
    similarity, same : np.ndarray [shape=(n,)]
        As in `equal_error_rate`; some are the same, and some are not.
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of the artist of each comparison.
    resamples : int > 0
    seed : int >= 0

    Returns
    -------
    value, low, high : float
    """
    value = equal_error_rate(similarity, same)
    number_of = np.unique(artists, return_inverse=True)[1]
    n_artists = int(number_of.max()) + 1
    cells, n_cells = _cells_of_pairs(similarity, same)
    of_same, of_different = (
        _count(cells[chosen], number_of[chosen], n_cells, n_artists) for chosen in (same, ~same)
    )
    times = _draw_times(n_artists, resamples, np.random.default_rng(seed))
    rates = _rates_of_cells(of_same @ times, of_different @ times)
    return value, *_interval(rates, value, n_artists)


def _interval(rates: np.ndarray, value: float, n_artists: int) -> tuple[float, float]:
    """Return the interval of resampled rates; it holds the value, and is Wilson's if all agree."""
    rates = rates[np.isfinite(rates)]
    low, high = np.percentile(rates, [2.5, 97.5]) if rates.size else (value, value)
    if low == high:
        low, high = wilson_interval(value * n_artists, n_artists)
    return min(float(low), value), max(float(high), value)


def _draw_times(n_artists: int, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """Draw as many artists as there are; return how often each is drawn (artists, resamples)."""
    drawn = generator.integers(n_artists, size=(resamples, n_artists))
    flat = drawn + n_artists * np.arange(resamples)[:, None]
    counts = np.bincount(flat.ravel(), minlength=resamples * n_artists)
    return counts.reshape(resamples, n_artists).T.astype(np.float64)


def _resample(
    similarity: np.ndarray,
    same: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    resamples: int,
    generator: np.random.Generator,
) -> np.ndarray:
    """Compute the equal error rate of each resample of artists; NaN if it has a single one."""
    cells, n_cells = _cells_of_pairs(similarity, same)
    n_artists = int(max(a.max(), b.max())) + 1
    left, right = np.triu_indices(n_artists, 1)
    number_of = np.zeros((n_artists, n_artists), dtype=int)
    number_of[left, right] = number_of[right, left] = np.arange(left.size)
    of_same = _count(cells[same], a[same], n_cells, n_artists)
    of_different = _count(cells[~same], number_of[a[~same], b[~same]], n_cells, left.size)
    rates = np.empty(resamples)
    size = max(1, BLOCK_BYTES // (8 * left.size))
    for start in range(0, resamples, size):
        block = rates[start : start + size]
        times = _draw_times(n_artists, block.size, generator)
        block[:] = _rates_of_cells(of_same @ times, of_different @ (times[left] * times[right]))
    return rates


def _cells_of_pairs(similarity: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, int]:
    """Divide the pairs by similarity, most similar first; pairs of equal similarity stay together.

    In each cell, the rates of false acceptance and rejection change by about as much in sum.
    """
    groups = _group(similarity)
    of_same, of_different = (np.bincount(groups, chosen) for chosen in (same, ~same))
    change = of_same / max(1, of_same.sum()) + of_different / max(1, of_different.sum())
    cells = np.minimum(np.cumsum(change) / 2 * CELLS, CELLS - 1).astype(int)
    return cells[groups], CELLS


def _group(similarity: np.ndarray) -> np.ndarray:
    """Number the pairs by similarity, from 0 for the most similar; equal ones have one number."""
    values, groups = np.unique(similarity, return_inverse=True)
    return len(values) - 1 - groups


def _count(cells: np.ndarray, of_pair: np.ndarray, n_cells: int, n: int) -> np.ndarray:
    counts = np.bincount(cells * n + of_pair, minlength=n_cells * n)
    return counts.reshape(n_cells, n).astype(np.float64)


def _rates_of_cells(same: np.ndarray, different: np.ndarray) -> np.ndarray:
    """Compute equal error rates from the weights of the pairs at each threshold.

    Parameters
    ----------
    same, different : np.ndarray [shape=(thresholds, r)]
        Weights of the pairs between a threshold and the next lower one, highest threshold first.

    Returns
    -------
    np.ndarray [shape=(r,)]
        NaN where no pair is the same, or none is different.
    """
    of_different, of_same = (
        np.vstack([np.zeros((1, weights.shape[1])), np.cumsum(weights, axis=0)])
        for weights in (different, same)
    )
    with np.errstate(invalid="ignore"):
        accepted, rejected = of_different / of_different[-1], 1 - of_same / of_same[-1]
    excess = accepted - rejected  # from -1 to 1, never falling
    after = np.maximum(np.argmax(excess >= 0, axis=0), 1)
    columns = np.arange(same.shape[1])
    below, above = excess[after - 1, columns], excess[after, columns]
    with np.errstate(invalid="ignore"):
        part = -below / (above - below)
    low, high = accepted[after - 1, columns], accepted[after, columns]
    rates: np.ndarray = low + part * (high - low)
    return rates
