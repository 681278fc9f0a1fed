import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from deepartist.scores import similarity
from deepartist.scores.retrieval import average_precision, retrieval_average_precisions
from deepartist.scores.similarity import cosine_similarity
from helpers import slow_cosine, small_embeddings


@st.composite
def ranked_lists(draw):
    n = draw(st.integers(1, 15))
    levels = draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))
    relevant = draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(any))
    return np.array(levels, dtype=np.float32) / 3, np.array(relevant)


@st.composite
def labelled_embeddings(draw):
    embedding = draw(small_embeddings)
    n = len(embedding)
    labels = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    return embedding, np.array(labels)


def slow_average_precision(similarity, relevant):
    """Walk down the list block by block of equal similarity."""
    total = sum(relevant)
    seen = correct = 0
    score = 0.0
    for level in sorted(set(similarity), reverse=True):
        block = [r for s, r in zip(similarity, relevant, strict=True) if s == level]
        seen += len(block)
        correct += sum(block)
        score += sum(block) * correct / seen
    return score / total if total else math.nan


def slow_retrieval(embedding, labels, queries, items, artists=None):
    scores = []
    for q in queries:
        others = [i for i in items if i != q and (artists is None or artists[i] != artists[q])]
        # rounded, because this sum of products may differ in its last digits
        similarity = [round(slow_cosine(embedding[q], embedding[i]), 6) for i in others]
        scores.append(slow_average_precision(similarity, [labels[i] == labels[q] for i in others]))
    return np.array(scores)


# average precision


@pytest.mark.parametrize(
    ("similarity", "relevant", "expected"),
    [
        # relevant at ranks 1 and 3: (1/1 + 2/3) / 2
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], 5 / 6),
        # the same in another order
        ([0.6, 0.7, 0.8, 0.9], [0, 1, 0, 1], 5 / 6),
        # ranks 2 and 4: (1/2 + 2/4) / 2
        ([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1], 1 / 2),
        # rank 1, and a tie over ranks 2 and 3 that ends at rank 3: (1/1 + 2/3) / 2
        ([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], 5 / 6),
        ([0.9, 0.5, 0.5, 0.1], [1, 0, 1, 0], 5 / 6),
        # a tie of two relevant songs at ranks 2 and 3: (2/3 + 2/3) / 2
        ([0.9, 0.5, 0.5, 0.1], [0, 1, 1, 0], 2 / 3),
        # a song at -inf is not in the list: relevant at rank 2 of 2
        ([-np.inf, 0.5, 0.1], [1, 0, 1], 1 / 2),
    ],
)
def test_average_precision_by_hand(similarity, relevant, expected):
    score = average_precision(np.array(similarity), np.array(relevant, dtype=bool))
    assert score == pytest.approx(expected)
    positions = np.flatnonzero(relevant)
    assert average_precision(np.array(similarity), positions) == pytest.approx(expected)


@given(ranked_lists())
def test_average_precision_agrees_with_slow_twin_and_scikit_learn(ranked):
    similarity, relevant = ranked
    score = average_precision(similarity, relevant)
    assert score == pytest.approx(slow_average_precision(list(similarity), list(relevant)))
    assert score == pytest.approx(average_precision_score(relevant, similarity))


@given(ranked_lists(), st.randoms())
def test_average_precision_ignores_order_and_monotone_change(ranked, random):
    similarity, relevant = ranked
    score = average_precision(similarity, relevant)
    order = list(range(len(relevant)))
    random.shuffle(order)
    assert average_precision(similarity[order], relevant[order]) == pytest.approx(score)
    assert average_precision(similarity**3 + 5, relevant) == pytest.approx(score)


@given(ranked_lists())
def test_average_precision_bounds(ranked):
    similarity, relevant = ranked
    n, hits = len(relevant), relevant.sum()
    # at worst all relevant songs come last: precision i / (n - hits + i) at the i-th of them
    worst = sum(i / (n - hits + i) for i in range(1, hits + 1)) / hits
    assert worst - 1e-12 <= average_precision(similarity, relevant) <= 1
    assert average_precision(np.where(relevant, 1.0, 0.0), relevant) == 1
    assert average_precision(np.zeros(n), relevant) == pytest.approx(hits / n)


@pytest.mark.parametrize("similarity", [[0.3, 0.2], [-np.inf, -np.inf], []])
def test_average_precision_without_relevant_song_is_nan(similarity):
    assert math.isnan(average_precision(np.array(similarity), np.zeros(len(similarity), bool)))


# retrieval


def test_retrieval_by_hand():
    # on a circle at 0, 10, 20 and 45 degrees; labels a, b, a, b
    angles = np.deg2rad([0, 10, 20, 45])
    embedding = np.column_stack([np.cos(angles), np.sin(angles)])
    labels = np.array(["a", "b", "a", "b"])
    scores = retrieval_average_precisions(embedding, labels, np.arange(4), np.arange(4))
    # 0: 10b 20a 45b -> 1/2; 10: 0a = 20a (a tie, in exact numbers) then 45b -> 1/3
    # 20: 10b 0a 45b -> 1/2; 45: 20a 10b 0a -> 1/2
    np.testing.assert_allclose(scores, [1 / 2, 1 / 3, 1 / 2, 1 / 2])


@given(labelled_embeddings())
def test_retrieval_of_all_songs_agrees_with_slow_twin(songs):
    embedding, labels = songs
    every = np.arange(len(labels))
    scores = retrieval_average_precisions(embedding, labels, every, every)
    np.testing.assert_allclose(scores, slow_retrieval(embedding, labels, every, every))


@given(labelled_embeddings(), st.data())
def test_retrieval_from_other_songs_agrees_with_slow_twin(songs, data):
    embedding, labels = songs
    positions = st.lists(st.integers(0, len(labels) - 1), min_size=1, unique=True)
    queries, items = np.array(data.draw(positions)), np.array(data.draw(positions))
    scores = retrieval_average_precisions(embedding, labels, queries, items)
    np.testing.assert_allclose(scores, slow_retrieval(embedding, labels, queries, items))


@given(labelled_embeddings(), st.randoms())
def test_retrieval_does_not_depend_on_the_order_of_songs(songs, random):
    embedding, labels = songs
    order = list(range(len(labels)))
    random.shuffle(order)
    every = np.arange(len(labels))
    scores = retrieval_average_precisions(embedding, labels, every, every)
    shuffled = retrieval_average_precisions(embedding[order], labels[order], every, every)
    np.testing.assert_allclose(shuffled, scores[order])


def test_retrieval_in_blocks_is_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    embedding, labels = rng.normal(size=(50, 8)), rng.choice(list("abc"), 50)
    every = np.arange(50)
    whole = retrieval_average_precisions(embedding, labels, every, every)
    monkeypatch.setattr(similarity, "BLOCK_BYTES", 12 * 50 * 7)
    np.testing.assert_array_equal(
        retrieval_average_precisions(embedding, labels, every, every), whole
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_scores_do_not_depend_on_the_number_of_threads(monkeypatch, threads):
    monkeypatch.setattr(similarity, "BLOCK_BYTES", 12 * 60)
    blas = {"user_api": "blas", "num_threads": threads}
    monkeypatch.setattr(similarity, "threadpool_info", lambda: [blas])
    rng = np.random.default_rng(0)
    embedding, labels = rng.normal(size=(60, 8)), rng.choice(list("ab"), 60)
    every = np.arange(60)
    scores = retrieval_average_precisions(embedding, labels, every, every)
    similarities = cosine_similarity(embedding, embedding)
    for query in every:
        others = every != query
        relevant = (labels == labels[query])[others]
        assert scores[query] == average_precision(similarities[query][others], relevant)


def test_one_direction_per_label_is_perfect_and_one_for_all_is_chance():
    labels = np.repeat(["a", "b", "c"], 5)
    every = np.arange(15)
    perfect = np.repeat(np.eye(3), 5, axis=0) * np.arange(1, 16)[:, None]
    scores = retrieval_average_precisions(perfect, labels, every, every)
    np.testing.assert_array_equal(scores, 1)
    # 4 of 14 other songs are relevant
    scores = retrieval_average_precisions(np.ones((15, 3)), labels, every, every)
    np.testing.assert_allclose(scores, 4 / 14)


def test_song_alone_with_its_label_has_no_score():
    labels = np.array(["a", "a", "b"])
    scores = retrieval_average_precisions(np.eye(3), labels, np.arange(3), np.arange(3))
    assert np.isnan(scores).tolist() == [False, False, True]


# without the songs of one's own artist


def test_own_artist_is_taken_out_by_hand():
    # on a circle at 0, 10, 20 and 45 degrees; labels a, a, a, b; the first two by one artist
    angles = np.deg2rad([0, 10, 20, 45])
    embedding = np.column_stack([np.cos(angles), np.sin(angles)])
    labels, every = np.array(list("aaab")), np.arange(4)
    artists = np.array(["x", "x", "y", "z"])
    scores = retrieval_average_precisions(embedding, labels, every, every, artists)
    # 0: 20a 45b -> 1; 10: 20a 45b -> 1; 20: 10a 0a 45b -> 1; 45: no other b
    np.testing.assert_array_equal(scores, [1, 1, 1, np.nan])
    labels = np.array(list("aaba"))
    scores = retrieval_average_precisions(embedding, labels, every, every, artists)
    # 0: 20b 45a -> 1/2; 10: 20b 45a -> 1/2; 20: no other b; 45: 20b 10a 0a -> (1/2 + 2/3) / 2
    np.testing.assert_allclose(scores, [1 / 2, 1 / 2, np.nan, 7 / 12])


@given(labelled_embeddings(), st.data())
def test_retrieval_from_other_artists_agrees_with_slow_twin(songs, data):
    embedding, labels = songs
    n = len(labels)
    positions = st.lists(st.integers(0, n - 1), min_size=1, unique=True)
    queries, items = np.array(data.draw(positions)), np.array(data.draw(positions))
    artists = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    scores = retrieval_average_precisions(embedding, labels, queries, items, artists)
    expected = slow_retrieval(embedding, labels, queries, items, artists)
    np.testing.assert_allclose(scores, expected)


@given(labelled_embeddings())
def test_artists_of_one_song_each_change_nothing(songs):
    embedding, labels = songs
    every = np.arange(len(labels))
    scores = retrieval_average_precisions(embedding, labels, every, every, every)
    np.testing.assert_array_equal(
        scores, retrieval_average_precisions(embedding, labels, every, every)
    )


def test_a_model_that_hears_nothing_but_artists_finds_no_song_of_others():
    # four labels of five artists with four songs each; a direction for each artist
    artists = np.repeat(np.arange(20), 4)
    labels, every = artists % 4, np.arange(80)
    embedding = np.eye(20)[artists]
    scores = retrieval_average_precisions(embedding, labels, every, every)
    others = retrieval_average_precisions(embedding, labels, every, every, artists)
    # 3 songs by the same artist come first; the other 16 of the label tie with 60 others
    np.testing.assert_allclose(scores, (3 * 1 + 16 * 19 / 79) / 19)
    np.testing.assert_allclose(others, 16 / 76)
