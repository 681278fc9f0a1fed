import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.scores import similarity
from deepartist.scores.similarity import cosine_similarity, score_blocks
from helpers import slow_cosine, small_embeddings


def test_cosine_by_hand():
    # (3, 4)/5 with (1, 0) and (4, 3)/5: 3/5 and 24/25
    similarities = cosine_similarity([[3, 4]], [[1, 0], [4, 3], [-6, -8], [0, 0]])
    assert similarities.dtype == np.float32
    np.testing.assert_array_equal(similarities, np.float32([[0.6, 0.96, -1, 0]]))


@given(small_embeddings, st.integers(0, 2**32 - 1))
def test_cosine_agrees_with_plain_loops(embedding, seed):
    items = np.random.default_rng(seed).normal(size=(5, embedding.shape[1])).astype(np.float32)
    expected = [[slow_cosine(q, i) for i in items] for q in embedding]
    np.testing.assert_allclose(cosine_similarity(embedding, items), expected, atol=1e-7)


@given(small_embeddings)
def test_zero_vectors_are_similar_to_nothing(embedding):
    zeros = np.zeros((2, embedding.shape[1]), dtype=np.float32)
    assert not cosine_similarity(embedding, zeros).any()
    assert not cosine_similarity(zeros, embedding).any()


@given(small_embeddings, st.floats(1e-30, 1e30))
def test_cosine_ignores_scale(embedding, scale):
    scaled = embedding.astype(np.float64) * scale
    similarities = cosine_similarity(embedding, embedding)
    np.testing.assert_allclose(cosine_similarity(scaled, embedding), similarities, atol=1e-6)
    assert np.abs(similarities).max() <= 1


@given(small_embeddings)
def test_cosine_of_nonzero_vectors_with_themselves_is_one(embedding):
    nonzero = embedding[np.any(embedding != 0, axis=1)]
    np.testing.assert_array_equal(np.diag(cosine_similarity(nonzero, nonzero)), 1)


def test_equal_vectors_tie_wherever_they_stand():
    rng = np.random.default_rng(0)
    songs = np.repeat(rng.normal(size=(1, 256)).astype(np.float32), 999, axis=0)
    queries = rng.normal(size=(37, 256)).astype(np.float32)
    similarities = cosine_similarity(queries, songs)
    np.testing.assert_array_equal(similarities, np.repeat(similarities[:, :1], 999, axis=1))


@pytest.mark.parametrize("block_bytes", [1, 12 * 7 * 3, 2**20])  # 1, 3 and all queries at a time
def test_blocks_make_up_the_matrix_and_keep_to_their_size(monkeypatch, block_bytes):
    monkeypatch.setattr(similarity, "BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(0)
    queries, items = rng.normal(size=(10, 4)), rng.normal(size=(7, 4))
    blocks = {}

    def score(block, similarities):
        blocks[block.start] = similarities.copy()
        return np.arange(block.start, block.stop)

    scores = score_blocks(score, queries, items)
    np.testing.assert_array_equal(scores, np.arange(10))  # in order, whatever thread was first
    expected_size = min(10, max(1, block_bytes // (12 * 7)))
    assert sorted(blocks) == list(range(0, 10, expected_size))
    for start, similarities in blocks.items():
        block = slice(start, start + expected_size)
        np.testing.assert_array_equal(similarities, cosine_similarity(queries[block], items))
