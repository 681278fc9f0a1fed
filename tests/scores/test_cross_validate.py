import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deepartist.process.errors import InputError
from deepartist.scores.cross_validate import cross_validate, draw_folds
from deepartist.scores.knn import choose_k, knn_predict
from deepartist.scores.logistic import logistic_predict
from deepartist.scores.score_features import retrieval_outcomes
from helpers import make_songs

SETTINGS = {"neighbours": "auto", "softmax_trials": 2, "softmax_max_epochs": 5}


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), min_size=6, max_size=50),
    st.integers(3, 5),
    st.booleans(),
)
def test_folds_hold_each_song_once_and_no_artist_twice(songs, folds, by_artist):
    labels = np.array([label for label, _ in songs])
    artists = np.array([artist for _, artist in songs])
    # each label by two artists, so that they are no labels themselves
    assume(len(set(songs)) > len(set(labels)))
    try:
        fold_of = draw_folds(labels, artists if by_artist else None, folds=folds, seed=0)
    except InputError:
        return  # too few of them
    assert set(fold_of) == set(range(folds))
    if by_artist:
        assert all(len(set(fold_of[artists == artist])) == 1 for artist in set(artists))
    else:
        for label in set(labels):
            in_fold = np.bincount(fold_of[labels == label], minlength=folds)
            assert in_fold.max() - in_fold.min() <= 1


def test_folds_change_with_the_seed_alone():
    labels = np.repeat(list("abc"), 20)
    folds = [draw_folds(labels, None, folds=5, seed=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(folds[0], folds[1])
    assert (folds[0] != folds[2]).any()


def test_artists_as_labels_are_in_all_folds():
    labels = np.repeat(list("abc"), 10)
    fold_of = draw_folds(labels, np.repeat([2, 0, 1], 10), folds=5, seed=0)
    assert all(set(fold_of[labels == label]) == set(range(5)) for label in "abc")


@pytest.mark.parametrize("by_artist", [False, True])
def test_outcomes_agree_with_slow_twin(by_artist):
    embedding, labels, _ = make_songs(60, noise=2)
    artists = np.arange(60) // 4 if by_artist else None
    outcomes = cross_validate(embedding, labels, artists, folds=4, seed=3, **SETTINGS)
    fold_of = draw_folds(labels, artists, folds=4, seed=3)
    right = {"knn": {}, "logistic": {}}
    chosen = []
    for fold in range(4):
        valid, test = fold_of == (fold + 1) % 4, fold_of == fold
        train = ~valid & ~test
        known = embedding[train], labels[train], embedding[valid], labels[valid]
        chosen.append(choose_k(*known))
        predicted = {
            "knn": knn_predict(*known[:2], embedding[test], chosen[-1]),
            "logistic": logistic_predict(*known, embedding[test])[0],
        }
        for task, names in predicted.items():
            for song, name in zip(np.flatnonzero(test), names, strict=True):
                right[task][song] = float(name == labels[song])
    for task, of_songs in right.items():
        outcome = outcomes[task, "test"]
        assert outcome.songs.tolist() == sorted(of_songs) == list(range(60))
        assert outcome.values.tolist() == [of_songs[song] for song in range(60)]
    assert outcomes["knn", "test"].setting == {"k": chosen}
    whole = retrieval_outcomes(embedding, labels, artists)
    for key, outcome in whole.items():
        np.testing.assert_array_equal(outcomes[key].values, outcome.values)
    assert {key[1] for key in outcomes} - {"other-artists"} == {"all", "test"}


@pytest.mark.parametrize(
    ("labels", "artists", "folds", "message"),
    [
        ("ababab", None, 2, "--folds 2: give at least 3"),
        ("ab", None, 3, "there are only 2 songs"),
        ("aabbab", [0, 0, 0, 1, 1, 1], 3, "there are only 2 artists"),
        ("abcdef", None, 3, "no label has more than 1 songs"),
    ],
)
def test_too_few_songs_are_refused(labels, artists, folds, message):
    artists = artists and np.array(artists)
    with pytest.raises(InputError, match=message):
        draw_folds(np.array(list(labels)), artists, folds=folds, seed=0)


def test_what_is_wrong_in_a_fold_names_it():
    # two of the three labels have one artist, whose songs are all in one fold
    labels, artists = np.repeat(list("abc"), 8), np.repeat([0, 1, 2, 3], [8, 8, 4, 4])
    with pytest.raises(InputError, match=r"fold [1-3] of 3: map \(test\): no query song has"):
        cross_validate(np.eye(24), labels, artists, folds=3, seed=0, **SETTINGS)
