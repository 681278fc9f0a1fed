"""Bootstrap intervals of a mean over songs, and of the difference of two such means."""

import numpy as np

BLOCK = 1_000_000  # songs drawn at once: about 16 MB


def bootstrap_interval(values: np.ndarray, *, resamples: int, seed: int) -> tuple[float, float]:
    """Compute the 95 % interval of the mean over songs by the percentile bootstrap.

    Parameters
    ----------
    values : np.ndarray [shape=(n,), n > 0]
        One value per song, finite.
    resamples : int > 0
        Number of times that n songs are drawn with replacement.
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
        drawn = generator.integers(values.size, size=(block.size, values.size))
        block[:] = values[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def paired_interval(
    a: np.ndarray, b: np.ndarray, *, resamples: int, seed: int
) -> tuple[float, float, float]:
    """Compute the difference of two means over the same songs, and its 95 % bootstrap interval.

    The two values of a song are drawn together, so it cancels out if a song is hard for both
    models. The interval is between percentiles, as in `bootstrap_interval`.

    Parameters
    ----------
    a, b : np.ndarray [shape=(n,), n > 0]
        One value per song each, in the same order, finite.
    resamples : int > 0
        Number of times that n songs are drawn with replacement.
    seed : int >= 0

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
    return float((a - b).mean()), *bootstrap_interval(a - b, resamples=resamples, seed=seed)
