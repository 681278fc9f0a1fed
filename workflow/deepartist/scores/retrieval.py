"""Song retrieval, scored by average precision (section 4.2)."""

import numpy as np

from deepartist.scores.similarity import score_blocks


def average_precision(similarity: np.ndarray, relevant: np.ndarray) -> float:
    """Score one ranked list by the mean of the precisions at the relevant items (equation 3).

    Items of equal similarity share the rank of the last of them, so the score does not depend on
    the order in which items are given. If all similarities are equal, it is the fraction of
    relevant items.

    Parameters
    ----------
    similarity : np.ndarray [shape=(n,)]
        Similarity of each item to the query; an item at -inf is not in the list.
    relevant : np.ndarray [shape=(n,), dtype=bool or int]
        Mask or positions of the relevant items.

    Returns
    -------
    float
        Between 0 and 1; NaN if no relevant item is in the list.
    """
    ranked = np.sort(similarity)
    hits = np.sort(similarity[relevant])
    hits = hits[np.searchsorted(hits, -np.inf, side="right") :]
    if not hits.size:
        return float("nan")
    # for each relevant item: the number of items, and of relevant ones, that are as similar or more
    retrieved = ranked.size - np.searchsorted(ranked, hits)
    correct = hits.size - np.searchsorted(hits, hits)
    return float(np.mean(correct / retrieved))


def retrieval_average_precisions(
    embedding: np.ndarray,
    labels: np.ndarray,
    queries: np.ndarray,
    items: np.ndarray,
    artists: np.ndarray | None = None,
) -> np.ndarray:
    """Score the ranked list of each query song; songs with the label of the query are relevant.

    A song that is both a query and an item is left out of its own list.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,)]
    queries, items : np.ndarray [dtype=int]
        Positions of the query songs and of the songs to rank, each without repetition.
    artists : np.ndarray [shape=(n,)], optional
        Artists of the songs. All songs by the query's own artist are then left out of its list.

    Returns
    -------
    np.ndarray [shape=(len(queries),), dtype=float64]
        Average precision of each query; NaN if it has no relevant item. The mean of the others is
        the paper's MAP (equation 4).
    """
    item_labels = labels[items]
    relevant = {label: np.flatnonzero(item_labels == label) for label in np.unique(labels[queries])}
    position_of_item = {song: position for position, song in enumerate(items)}

    def score(block: slice, similarities: np.ndarray) -> np.ndarray:
        precisions = np.empty(len(similarities))
        for i, (query, similarity) in enumerate(zip(queries[block], similarities, strict=True)):
            if query in position_of_item:
                similarity[position_of_item[query]] = -np.inf
            if artists is not None:
                similarity[artists[items] == artists[query]] = -np.inf
            precisions[i] = average_precision(similarity, relevant[labels[query]])
        return precisions

    return score_blocks(score, embedding[queries], embedding[items])
