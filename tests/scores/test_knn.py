import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from deepartist.scores.knn import CANDIDATES, choose_k, knn_predict
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


# without the songs of one's own artist


@pytest.mark.parametrize(
    ("artists", "k", "expected"),
    [
        ("xyz", 1, "a"),  # none of them is by the query's artist, q
        ("qyz", 1, "b"),  # the nearest is
        ("qqz", 1, "c"),
        ("qqz", 3, "c"),  # one song is left
    ],
)
def test_own_artist_is_taken_out_by_hand(artists, k, expected):
    predicted = knn_predict(
        *(directions(10, 20, 30), np.array(list("abc")), directions(0), k),
        train_artists=np.array(list(artists)),
        test_artists=np.array(["q"]),
    )
    assert predicted.tolist() == [expected]


@given(train_and_query(), st.data())
def test_own_artist_is_as_if_its_songs_were_not_there(case, data):
    train, labels, query, k = case
    n = len(labels)
    artists = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    own = data.draw(st.sampled_from([a for a in range(4) if (artists != a).any()]))
    predicted = knn_predict(
        train, labels, query, k, train_artists=artists, test_artists=np.array([own])
    )
    others = artists != own
    assert predicted.tolist() == [slow_knn(train[others], labels[others], query[0], k)]


# the choice of k


def slow_choice(train, labels, valid, valid_labels):
    """Count right answers for each k that the smallest label has songs for."""
    fewest = min(list(labels).count(label) for label in labels)
    best, best_k = -1, None
    for k in (1, 3, 5, 10, 20):
        if k > fewest:
            break
        right = sum(
            slow_knn(train, labels, song, k) == label
            for song, label in zip(valid, valid_labels, strict=True)
        )
        if right >= best:
            best, best_k = right, k
    return best_k


@given(train_and_query(), st.data())
def test_the_choice_agrees_with_slow_twin(case, data):
    train, labels, query, _ = case
    valid = np.concatenate([query, train[:3]])
    valid_labels = np.array([data.draw(st.sampled_from("abc")) for _ in valid])
    chosen = choose_k(train, labels, valid, valid_labels)
    assert chosen == slow_choice(train, labels, valid, valid_labels)
    assert chosen in CANDIDATES


@pytest.mark.parametrize(
    ("n_songs", "largest"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (9, 5), (10, 10), (50, 20)]
)
def test_k_is_no_larger_than_the_smallest_label(n_songs, largest):
    # a in one direction, b in another: all k have all songs right, so the largest is chosen
    train = directions(*[0] * n_songs, *[90] * 60)
    labels = np.repeat(["a", "b"], [n_songs, 60])
    assert choose_k(train, labels, directions(0, 90), np.array(["a", "b"])) == largest


def test_k_is_the_one_with_most_validation_songs_right():
    # each song of a lies among three of b, so that only its nearest neighbour has its label
    train = directions(0, 1, 2, 3, 40, 41, 42, 43, 80, 81, 82, 83)
    labels = np.array(list("abbb" * 3))
    valid = directions(-1, 39.6, 79.6)
    assert choose_k(train, labels, valid, np.array(list("aaa"))) == 1
    assert choose_k(train, labels, valid, np.array(list("bbb"))) == 3


def test_few_songs_of_a_label_are_not_outvoted():
    # 26 training songs of 5 artists, as a small library has; the paper's k names one of them always
    rng = np.random.default_rng(0)
    n_songs = [8, 6, 5, 4, 3]
    labels = np.repeat(list("abcde"), n_songs)
    centres = rng.normal(size=(5, 16))
    where = {label: i for i, label in enumerate("abcde")}
    train = np.array([centres[where[x]] + 0.3 * rng.normal(size=16) for x in labels])
    test_labels = np.array(list("abcde" * 4))
    test = np.array([centres[where[x]] + 0.3 * rng.normal(size=16) for x in test_labels])
    k = choose_k(train, labels, test[::2], test_labels[::2])
    assert k <= 3
    rest, rest_labels = test[1::2], test_labels[1::2]
    assert (knn_predict(train, labels, rest, k) == rest_labels).mean() > 0.9
    assert (knn_predict(train, labels, rest, 20) == rest_labels).mean() < 0.6
