"""Classification of songs by their k nearest neighbours (section 4.3)."""

import numpy as np

from deepartist.scores.similarity import score_blocks

AUTO = "auto"  # in place of a k: chosen on the validation songs
CANDIDATES = (1, 3, 5, 10, 20)  # the last is the paper's


def choose_k(
    train: np.ndarray, train_labels: np.ndarray, valid: np.ndarray, valid_labels: np.ndarray
) -> int:
    """Choose k on the validation songs.

    Of `CANDIDATES`, those are tried that are no larger than the number of training songs of the
    smallest label: with more neighbours, such a label would be outvoted even if all its songs were
    the nearest. The k with most validation songs right is chosen; of several, the largest, because
    more votes depend less on single songs.

    Parameters
    ----------
    train, valid : np.ndarray [shape=(n, d), (v, d)]
    train_labels, valid_labels : np.ndarray [shape=(n,), (v,)]

    Returns
    -------
    int
    """
    _, n_songs = np.unique(train_labels, return_counts=True)
    n_right = {
        k: np.count_nonzero(knn_predict(train, train_labels, valid, k) == valid_labels)
        for k in CANDIDATES
        if k <= n_songs.min()
    }
    return max(n_right, key=lambda k: (n_right[k], k))


def knn_predict(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    k: int,
    *,
    train_artists: np.ndarray | None = None,
    test_artists: np.ndarray | None = None,
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
        If it is larger than the number of songs that may be neighbours, all of them are used.
    train_artists, test_artists : np.ndarray [shape=(n,), (q,)], optional
        Artists of the songs. Training songs by a test song's own artist are then not among its
        neighbours; each test song needs a training song by another artist.

    Returns
    -------
    np.ndarray [shape=(q,), dtype of train_labels]
    """
    classes, codes = np.unique(train_labels, return_inverse=True)

    def score(block: slice, similarities: np.ndarray) -> np.ndarray:
        if train_artists is None or test_artists is None:
            n = min(k, len(train))
            return np.array([_vote(row, codes, len(classes), n) for row in similarities])
        predicted = np.empty(len(similarities), dtype=int)
        for i, (artist, row) in enumerate(zip(test_artists[block], similarities, strict=True)):
            others = train_artists != artist
            n = min(k, int(np.count_nonzero(others)))
            predicted[i] = _vote(row[others], codes[others], len(classes), n)
        return predicted

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
