"""Adapted vectors: song vectors in a metric that is learned from artist labels, without training.

Songs of an artist differ in many ways that say nothing of the artist. The metric shrinks the
directions in which they differ most: within-class covariance normalisation, as it is used in
speaker recognition (Hatch, Kajarekar and Stolcke, Interspeech 2006). docs/real_music.md says what
that brings.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Share of the covariance that is replaced by one that is alike in all directions: a few hundred
# songs say too little of 768 directions.
SHRINKAGE = 0.5
SONGS_AT_ONCE = 4096
FEWEST_DIFFERENCES = 20  # songs beyond the first of each artist; fewer say too little


def learn_metric(
    vectors: Floats, artists: npt.NDArray[np.generic], shrinkage: float = SHRINKAGE
) -> Floats:
    """Learn the metric in which songs of an artist vary about alike in all directions.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, d), dtype=float32]
        Song vectors.
    artists : np.ndarray [shape=(n,)]
        Artist of each song.
    shrinkage : float
        From 0, the songs' own covariance, to 1, no metric at all.

    Returns
    -------
    np.ndarray [shape=(d, d), dtype=float32]
        ``vectors @ metric`` are adapted vectors. It is the identity if there are too few songs, and
        otherwise has about its size.
    """
    names, artist, n_songs = np.unique(artists, return_inverse=True, return_counts=True)
    d = vectors.shape[1]
    n_differences = len(vectors) - len(names)
    if n_differences < FEWEST_DIFFERENCES:
        return np.eye(d, dtype=np.float32)
    means = np.zeros((len(names), d))
    np.add.at(means, artist, vectors)
    means /= n_songs[:, None]
    covariance = np.zeros((d, d))
    for start in range(0, len(vectors), SONGS_AT_ONCE):
        block = slice(start, start + SONGS_AT_ONCE)
        differences = vectors[block] - means[artist[block]]
        covariance += differences.T @ differences / n_differences
    size = np.trace(covariance) / d
    covariance = (1 - shrinkage) * covariance + shrinkage * size * np.eye(d)
    powers, directions = np.linalg.eigh(covariance)
    metric: Floats = ((directions * np.sqrt(size / powers)) @ directions.T).astype(np.float32)
    return metric
