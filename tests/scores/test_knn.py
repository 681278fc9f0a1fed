import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from deepartist.scores.knn import knn_predict
from deepartist.scores.similarity import cosine_similarity


def directions(*degrees):
    angles = np.deg2rad(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)])


def slow_knn(train, labels, query, k):
    """Share the places among songs that tie for the last ones, then count votes."""
    similarity = [float(s) for s in cosine_similarity(query[None], train)[0]]
    k = min(k, len(similarity))
    last = sorted(similarity, reverse=True)[k - 1]
    nearer = sum(s > last for s in similarity)
    tied = sum(s == last for s in similarity)
    votes, summed = {}, {}
    for s, label in zip(similarity, labels, strict=True):
        share = 1.0 if s > last else (k - nearer) / tied if s == last else 0.0
        if share:
            votes[label] = votes.get(label, 0) + share
            summed[label] = summed.get(label, 0) + share * s
    most = max(votes.values())
    leaders = [label for label in sorted(votes) if math.isclose(votes[label], most)]
    highest = max(summed[label] for label in leaders)
    return next(label for label in leaders if math.isclose(summed[label], highest, abs_tol=1e-9))


@st.composite
def train_and_query(draw):
    # few directions and labels, so that songs and votes often tie
    direction = st.sampled_from([(1, 0), (2, 1), (1, 1), (0, 3), (-1, 0), (0, 0)])
    songs = draw(st.lists(st.tuples(direction, st.sampled_from("abc")), min_size=1, max_size=10))
    query = np.array([draw(direction)], dtype=np.float32)
    k = draw(st.integers(1, len(songs) + 1))
    train = np.array([song for song, _ in songs], dtype=np.float32)
    return train, np.array([label for _, label in songs]), query, k


@pytest.mark.parametrize(
    ("degrees", "labels", "k", "expected"),
    [
        ([10, 20, 30], "abb", 1, "a"),  # the nearest
        ([10, 20, 30], "abb", 3, "b"),  # two votes to one
        ([10, 20, 30], "abb", 20, "b"),  # k is at most the number of songs
        # one vote each: cos 10 = 0.985 against cos 20 = 0.940
        ([10, 20], "ab", 2, "a"),
        ([20, 10], "ab", 2, "b"),
        # two votes each: cos 10 + cos 60 = 1.485 against cos 30 + cos 40 = 1.632
        ([10, 30, 40, 60], "abba", 4, "b"),
        # one place left for two songs in one direction, half a vote each: a has 1.5 of 2
        ([10, 30, 30], "aab", 2, "a"),
        # one place left for two: a and b have one vote each, cos 10 against cos 30
        ([10, 30, 30], "abb", 2, "a"),
        # one place left for ten, a tenth each: a and b have exactly 1.3, and b is nearer
        ([20, *[30] * 10, 10], "aaaabbbccccb", 3, "b"),
        # two places left for three: a has 1, b 2/3, c 4/3
        ([20, 30, 30, 30], "abcc", 3, "c"),
        # a place for one of two songs in one direction: equal in all, so the first of the alphabet
        ([30, 30], "ba", 1, "a"),
    ],
)
def test_knn_by_hand(degrees, labels, k, expected):
    predicted = knn_predict(directions(*degrees), np.array(list(labels)), directions(0), k)
    assert predicted.tolist() == [expected]


@given(train_and_query())
def test_knn_agrees_with_slow_twin(case):
    train, labels, query, k = case
    assert knn_predict(train, labels, query, k).tolist() == [slow_knn(train, labels, query[0], k)]


@given(train_and_query(), st.randoms())
def test_knn_does_not_depend_on_the_order_of_songs(case, random):
    train, labels, query, k = case
    order = list(range(len(labels)))
    random.shuffle(order)
    predicted = knn_predict(train[order], labels[order], query, k)
    assert predicted.tolist() == knn_predict(train, labels, query, k).tolist()


@pytest.mark.parametrize("k", [1, 5, 20])
def test_knn_agrees_with_scikit_learn_where_votes_differ(k):
    rng = np.random.default_rng(k)
    train, test = rng.normal(size=(200, 8)), rng.normal(size=(100, 8))
    labels = rng.choice(["a", "b", "c"], 200)
    classifier = KNeighborsClassifier(k, metric="cosine", algorithm="brute").fit(train, labels)
    votes = np.sort(classifier.predict_proba(test), axis=1)
    clear = votes[:, -1] > votes[:, -2]
    assert clear.sum() > 50
    predicted = knn_predict(train, labels, test, k)
    np.testing.assert_array_equal(predicted[clear], classifier.predict(test)[clear])


def test_nearest_neighbour_of_training_songs_is_themselves():
    rng = np.random.default_rng(0)
    train, labels = rng.normal(size=(30, 4)), rng.choice(["a", "b"], 30)
    np.testing.assert_array_equal(knn_predict(train, labels, 3 * train, 1), labels)
