"""How sure a mean over songs is."""

import numpy as np


def bootstrap_interval(values: np.ndarray, *, resamples: int, seed: int) -> tuple[float, float]:
    """95 % interval of the mean over songs, by the percentile bootstrap.

    Parameters
    ----------
    values : np.ndarray [shape=(n,), n > 0]
        One value per song, finite.
    resamples : int > 0
        How many times n songs are drawn with replacement.
    seed : int >= 0

    Returns
    -------
    low, high : float
        The 2.5th and 97.5th percentiles of the resampled means; equal if all values are.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.min() == values.max():  # exactly, where means of equal values are off by rounding
        return float(values[0]), float(values[0])
    generator = np.random.default_rng(seed)
    means = [
        values[generator.integers(values.size, size=values.size)].mean() for _ in range(resamples)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
