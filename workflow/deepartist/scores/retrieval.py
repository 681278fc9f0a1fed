"""Song retrieval by cosine similarity, scored by average precision (section 4.2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

BLOCK_BYTES = 32 * 2**20  # of similarities that a thread holds at a time
RESOLUTION = 2.0**-24  # of similarities: that of float32 just below 1


def cosine_similarity(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Compare every query with every item (equation 1).

    The products are formed in double precision and then rounded to multiples of `RESOLUTION`, so
    that a tie stays a tie whatever order the terms of a product were added in.

    Parameters
    ----------
    queries : np.ndarray [shape=(q, d)]
    items : np.ndarray [shape=(n, d)]

    Returns
    -------
    np.ndarray [shape=(q, n), dtype=float32]
        Between -1 and 1; 0 where a vector is zero.
    """
    return _round_products(_unit_vectors(queries), _unit_vectors(items))


def score_blocks(
    score: Callable[[slice, np.ndarray], np.ndarray], queries: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Score queries by their `cosine_similarity` to all items, in blocks that fit in `BLOCK_BYTES`.

    Blocks are worked on side by side, by as many threads as matrix products may take.

    Parameters
    ----------
    score : callable
        ``(rows, similarity (rows, n) float32) -> values (rows,)``: `rows` says which queries. It
        may write to `similarity`.
    queries : np.ndarray [shape=(q, d)], q > 0
    items : np.ndarray [shape=(n, d)]

    Returns
    -------
    np.ndarray [shape=(q,)]
    """
    item_units = _unit_vectors(items)
    bytes_per_query = len(items) * (np.dtype(np.float64).itemsize + np.dtype(np.float32).itemsize)
    size = max(1, BLOCK_BYTES // bytes_per_query)

    def score_block(start: int) -> np.ndarray:
        rows = slice(start, min(start + size, len(queries)))
        return score(rows, _round_products(_unit_vectors(queries[rows]), item_units))

    threads = [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(max(threads, default=1)) as pool:
        return np.concatenate(list(pool.map(score_block, range(0, len(queries), size))))


def average_precision(similarity: np.ndarray, relevant: np.ndarray) -> float:
    """Score one ranked list: the precision at each relevant item, averaged (equation 3).

    Items of equal similarity share the rank of the last of them, so the score never depends on the
    order in which items are given; where all are equal it is the fraction of relevant items.

    Parameters
    ----------
    similarity : np.ndarray [shape=(n,)]
        Of each item to the query; an item at -inf is not in the list.
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
    # the number of items, and of relevant ones, that are at least as similar as each relevant one
    retrieved = ranked.size - np.searchsorted(ranked, hits)
    correct = hits.size - np.searchsorted(hits, hits)
    return float(np.mean(correct / retrieved))


def retrieval_average_precisions(
    embedding: np.ndarray, labels: np.ndarray, queries: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Score each query song's list of item songs, those with its label being relevant.

    A song that is both a query and an item is left out of its own list.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,)]
    queries, items : np.ndarray [dtype=int]
        Positions of the query songs and of the songs to rank, each without repetition.

    Returns
    -------
    np.ndarray [shape=(len(queries),), dtype=float64]
        NaN where a query has no relevant item. The mean of the others is the paper's MAP
        (equation 4).
    """
    item_labels = labels[items]
    relevant = {label: np.flatnonzero(item_labels == label) for label in np.unique(labels[queries])}
    column = {song: position for position, song in enumerate(items)}

    def score(rows: slice, block: np.ndarray) -> np.ndarray:
        scores = np.empty(len(block))
        for row, (query, similarity) in enumerate(zip(queries[rows], block, strict=True)):
            if query in column:
                similarity[column[query]] = -np.inf
            scores[row] = average_precision(similarity, relevant[labels[query]])
        return scores

    return score_blocks(score, embedding[queries], embedding[items])


def _unit_vectors(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1)


def _round_products(query_units: np.ndarray, item_units: np.ndarray) -> np.ndarray:
    product = (query_units / RESOLUTION) @ item_units.T
    np.rint(product, out=product)
    product *= RESOLUTION
    return product.astype(np.float32)
