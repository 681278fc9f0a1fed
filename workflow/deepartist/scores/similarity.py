"""Cosine similarity of songs (equation 1), and scores of queries, computed from it in blocks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

BLOCK_BYTES = 32 * 2**20  # size of the similarities that a thread holds at a time
RESOLUTION = 2.0**-24  # step between similarities: the one of float32 just below 1


def cosine_similarity(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Compute the cosine similarity of every query and every item (equation 1).

    Products are computed in double precision and then rounded to multiples of `RESOLUTION`. So
    equal similarities stay equal, although the order in which terms are added may differ.

    Parameters
    ----------
    queries : np.ndarray [shape=(q, d)]
    items : np.ndarray [shape=(n, d)]

    Returns
    -------
    np.ndarray [shape=(q, n), dtype=float32]
        Between -1 and 1; 0 if a vector is zero.
    """
    return _round_products(_unit_vectors(queries), _unit_vectors(items))


def score_blocks(
    score: Callable[[slice, np.ndarray], np.ndarray], queries: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Score queries by their `cosine_similarity` to all items, in blocks that fit in `BLOCK_BYTES`.

    Blocks are computed in parallel, in as many threads as matrix products may use.

    Parameters
    ----------
    score : callable
        ``(block, similarity (b, n) float32) -> values (b,)``. `block` is a slice of the queries,
        and `similarity` is theirs to all items; the function may overwrite it.
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
        block = slice(start, min(start + size, len(queries)))
        return score(block, _round_products(_unit_vectors(queries[block]), item_units))

    threads = [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(max(threads, default=1)) as pool:
        return np.concatenate(list(pool.map(score_block, range(0, len(queries), size))))


def _unit_vectors(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: np.ndarray = vectors / np.where(norms > 0, norms, 1)
    return units


def _round_products(query_units: np.ndarray, item_units: np.ndarray) -> np.ndarray:
    product: np.ndarray = (query_units / RESOLUTION) @ item_units.T
    np.rint(product, out=product)
    product *= RESOLUTION
    return product.astype(np.float32)
