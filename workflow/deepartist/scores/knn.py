"""Classification of songs by their k nearest neighbours (section 4.3)."""

import numpy as np

from deepartist.scores.similarity import score_blocks


def knn_predict(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, k: int
) -> np.ndarray:
    """Give each test song the most frequent label among its k nearest training songs.

    The nearest songs have the highest cosine similarity. Among labels with equally many votes, the
    one with the largest sum of similarities wins, then the first in alphabetical order. Songs that
    tie for the last of the k places share the remaining votes, so the order of the training songs
    never matters.

    Parameters
    ----------
    train : np.ndarray [shape=(n, d)]
    train_labels : np.ndarray [shape=(n,)]
    test : np.ndarray [shape=(q, d)]
    k : int > 0
        If it is larger than n, n is used.

    Returns
    -------
    np.ndarray [shape=(q,), dtype of train_labels]
    """
    classes, codes = np.unique(train_labels, return_inverse=True)
    k = min(k, len(train))

    def score(_: slice, similarities: np.ndarray) -> np.ndarray:
        return np.array([_vote(similarity, codes, len(classes), k) for similarity in similarities])

    predicted: np.ndarray = classes[score_blocks(score, test, train)]
    return predicted


def _vote(similarity: np.ndarray, codes: np.ndarray, classes: int, k: int) -> int:
    last = np.partition(similarity, -k)[-k]  # similarity of the k-th nearest
    near = np.flatnonzero(similarity >= last)
    similarity = similarity[near].astype(np.float64)
    nearer = similarity > last
    # Votes are multiplied by the number of songs that tie for the last places, so that they are
    # integers.
    places, tied = k - nearer.sum(), near.size - nearer.sum()
    weights = np.where(nearer, tied, places)
    votes = np.bincount(codes[near], weights, minlength=classes)
    summed = np.bincount(codes[near], weights * similarity, minlength=classes)
    return int(np.argmax(np.where(votes == votes.max(), summed, -np.inf)))
