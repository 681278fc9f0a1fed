"""Intervals of a mean over songs, and of the difference of two such means."""

import math

import numpy as np
from scipy.stats import binomtest

BLOCK = 1_000_000  # songs drawn at once: about 16 MB
ROUNDING = 1e-9  # largest rounding error of a sum of values


def mean_interval(
    values: np.ndarray, artists: np.ndarray | None = None, *, resamples: int, seed: int
) -> tuple[float, float]:
    """Compute the 95 % interval of the mean over songs; it is never a single point.

    - If each value is 0 or 1, the mean is a fraction of right answers, and the interval is
      Wilson's. The bootstrap is too narrow for few songs, and for fractions near 0 or 1.
    - Otherwise it is that of the bootstrap.
    - If artists are known, songs of an artist are not independent. So artists are resampled, then
      their songs. For right answers, each end is the outer one of this bootstrap's and Wilson's.
    - If all values are equal, the bootstrap knows no spread. The interval is then Wilson's interval
      of their mean, over as many answers as there are songs or, if known, artists.

    Parameters
    ----------
    values : np.ndarray [shape=(n,), n > 0]
        One value per song, between 0 and 1.
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist.
    resamples, seed : int
        See `bootstrap_interval`.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    values = np.asarray(values, dtype=np.float64)
    if artists is None and np.isin(values, (0, 1)).all():
        return wilson_interval(float(values.sum()), values.size)
    low, high = bootstrap_interval(values, artists, resamples=resamples, seed=seed)
    if low == high:
        n = values.size if artists is None else len(np.unique(artists))
        return wilson_interval(float(values.mean()) * n, n)
    if np.isin(values, (0, 1)).all():
        wilson_low, wilson_high = wilson_interval(float(values.sum()), values.size)
        return min(low, wilson_low), max(high, wilson_high)
    return low, high


def wilson_interval(right: float, n: int) -> tuple[float, float]:
    """Compute Wilson's 95 % interval of a fraction of right answers, by SciPy.

    Parameters
    ----------
    right : float
        Number of right answers, from 0 to n. If it is not whole, as with a sum of fractions, the
        ends are those of the whole numbers below and above it.
    n : int > 0
        Number of answers.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    below, above = math.floor(right + ROUNDING), math.ceil(right - ROUNDING)
    low, high = (
        binomtest(count, n).proportion_ci(0.95, method="wilson") for count in (below, above)
    )
    return float(low.low), float(high.high)


def bootstrap_interval(
    values: np.ndarray, artists: np.ndarray | None = None, *, resamples: int, seed: int
) -> tuple[float, float]:
    """Compute the 95 % interval of the mean over songs by the percentile bootstrap.

    Parameters
    ----------
    values : np.ndarray [shape=(n,), n > 0]
        One value per song, finite.
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist. As many artists as there are are then drawn, and of each as
        many songs as it has; both with replacement.
    resamples : int > 0
        Number of times that songs are drawn with replacement; without `artists`, n songs.
    seed : int >= 0

    Returns
    -------
    low, high : float
        The 2.5th and 97.5th percentiles of the resampled means. If all values are equal, both are
        the mean.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.min() == values.max():  # resampled means would differ from the mean by rounding
        return float(values.mean()), float(values.mean())
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    resamples_at_once = max(1, BLOCK // values.size)
    for start in range(0, resamples, resamples_at_once):
        block = means[start : start + resamples_at_once]
        if artists is None:
            drawn = generator.integers(values.size, size=(block.size, values.size))
            block[:] = values[drawn].mean(axis=1)
        else:
            block[:] = _means_by_artist(values, artists, block.size, generator)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def paired_interval(
    a: np.ndarray,
    b: np.ndarray,
    artists: np.ndarray | None = None,
    *,
    resamples: int,
    seed: int,
) -> tuple[float, float, float]:
    """Compute the difference of two means over the same songs, and its 95 % bootstrap interval.

    The two values of a song are drawn together, so it cancels out if a song is hard for both
    models. The interval is between percentiles, as in `bootstrap_interval`.

    Parameters
    ----------
    a, b : np.ndarray [shape=(n,), n > 0]
        One value per song each, in the same order, finite.
    artists, resamples, seed
        See `bootstrap_interval`.

    Returns
    -------
    difference, low, high : float
        The mean of a - b, and the 2.5th and 97.5th percentiles of its resamples.

    Raises
    ------
    ValueError
        The numbers of values differ.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:  # numpy would use a single value for all songs
        raise ValueError(f"values of shape {a.shape} and {b.shape} are not pairs")
    low, high = bootstrap_interval(a - b, artists, resamples=resamples, seed=seed)
    return float((a - b).mean()), low, high


def draw_by_artist(
    artists: np.ndarray, resamples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw as many artists as there are and of each as many songs as it has, with replacement.

    Parameters
    ----------
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of each song's artist.
    resamples : int > 0
    generator : np.random.Generator

    Returns
    -------
    songs : np.ndarray [shape=(sum of totals,), dtype=int]
        Positions of the songs drawn, one resample after another.
    totals : np.ndarray [shape=(resamples,), dtype=int]
        Number of songs in each resample.
    """
    by_artist = np.argsort(artists, kind="stable")
    n_songs = np.unique(artists, return_counts=True)[1]
    first_song = np.cumsum(n_songs) - n_songs
    drawn = generator.integers(n_songs.size, size=(resamples, n_songs.size))
    sizes = n_songs[drawn]  # (resamples, artists)
    of_artist = np.repeat(drawn.ravel(), sizes.ravel())  # a row of songs after another
    songs = by_artist[first_song[of_artist] + generator.integers(n_songs[of_artist])]
    return songs, sizes.sum(axis=1)


def _means_by_artist(
    values: np.ndarray, artists: np.ndarray, resamples: int, generator: np.random.Generator
) -> np.ndarray:
    """Draw artists, then songs of each, and average the songs of each resample."""
    songs, totals = draw_by_artist(artists, resamples, generator)
    means: np.ndarray = np.add.reduceat(values[songs], np.cumsum(totals) - totals) / totals
    return means
