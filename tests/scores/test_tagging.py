import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepartist.scores import tagging
from deepartist.scores.logistic import PENALTIES
from deepartist.scores.stats import bootstrap_interval, wilson_interval
from deepartist.scores.tagging import (
    average_precisions,
    centred_interval,
    divides,
    mean_over_tags,
    predict_tags,
    resampled_scores,
    roc_aucs,
    tag_matrix,
)


def make_parts(n=240, noise=2.0, seed=0):
    """Features (of very different scales) and tags of songs: half train, then valid and test."""
    rng = np.random.default_rng(seed)
    has_tag = rng.random((n, 3)) < (0.4, 0.2, 0.3)
    x = np.hstack([has_tag, np.zeros((n, 4))]) + noise * rng.normal(size=(n, 7))
    x = x * (1, 100, 0.01, 5, 1, 1, 0) + (0, 7, 0, -20, 3, 0, 4)  # the last says nothing
    cuts = [n // 2, 3 * n // 4]
    (train, valid, test), tags = np.split(x, cuts), np.split(has_tag, cuts)
    return train, tags[0], valid, tags[1], test, tags[2]


# tags of songs


def test_tags_by_hand():
    tags, has_tag = tag_matrix(["rock|loud", "", "loud", "jazz"])
    assert tags == ["jazz", "loud", "rock"]
    assert has_tag.tolist() == [[0, 1, 1], [0, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert divides(has_tag).tolist() == [True, True, True]
    assert divides(has_tag[:1]).tolist() == [False, False, False]
    assert divides(has_tag[[0, 2]]).tolist() == [False, False, True]


# the probe


@pytest.mark.parametrize("seed", range(4))
def test_the_probe_is_scikit_learns_one_against_the_rest(seed):
    train, train_tags, valid, valid_tags, test, _ = make_parts(seed=seed)
    best, expected = -1.0, None
    for c in PENALTIES:
        regression = LogisticRegression(C=c, max_iter=5000, tol=1e-8)
        twin = make_pipeline(StandardScaler(), OneVsRestClassifier(regression))
        twin.fit(train, train_tags.astype(int))
        # macro is scikit-learn's default
        precision = average_precision_score(valid_tags, twin.decision_function(valid))
        if precision > best:
            best, expected = precision, (twin.decision_function(test), c)
    ranking, c = predict_tags(train, train_tags, valid, valid_tags, test)
    assert c == expected[1]
    np.testing.assert_allclose(ranking, expected[0], atol=2e-2)  # logits of about 3


def test_validation_songs_choose_the_penalty_and_nothing_else(monkeypatch):
    train, train_tags, valid, valid_tags, test, _ = make_parts(noise=4)
    rankings = {}
    for c in PENALTIES:
        monkeypatch.setattr(tagging, "PENALTIES", (c,))
        on_valid, _ = predict_tags(train, train_tags, valid, valid_tags, valid)
        rankings[c] = on_valid, predict_tags(train, train_tags, valid, ~valid_tags, test)[0]
    monkeypatch.undo()
    chosen = set()
    for wanted, (on_valid, _) in rankings.items():
        # tags of which this penalty is right
        tags = on_valid > np.quantile(on_valid, 0.7, axis=0)
        ranking, c = predict_tags(train, train_tags, valid, tags, test)
        assert c <= wanted
        np.testing.assert_allclose(ranking, rankings[c][1], atol=2e-2)
        chosen.add(c)
    assert len(chosen) > 1


def test_without_tags_to_validate_on_the_weights_are_smallest():
    train, train_tags, valid, valid_tags, test, _ = make_parts()
    assert predict_tags(train, train_tags, valid, valid_tags & False, test)[1] == PENALTIES[0]


def test_scale_and_offset_of_a_column_do_not_matter(rng):
    train, train_tags, valid, valid_tags, test, _ = make_parts()
    scale, offset = rng.uniform(0.1, 10, size=7), rng.normal(size=7)
    once, c = predict_tags(train, train_tags, valid, valid_tags, test)
    moved = [x * scale + offset for x in (train, valid, test)]
    again, other = predict_tags(moved[0], train_tags, moved[1], valid_tags, moved[2])
    assert c == other
    np.testing.assert_allclose(once, again, atol=1e-6)


# the scores


rankings = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, (n, 3), elements=st.integers(-3, 3).map(float)),
        hnp.arrays(np.bool_, (n, 3)),
        hnp.arrays(np.int64, (n, 4), elements=st.integers(0, 3)),
    )
)


@given(drawn=rankings)
def test_scores_are_scikit_learns_whatever_the_weights(drawn):
    ranking, has_tag, weights = drawn
    aucs, precisions = tagging._score_rankings(ranking, has_tag, weights.astype(float))
    for tag in range(3):
        for n, weight in enumerate(weights.T):
            y, kept = has_tag[:, tag], weight > 0
            if len(set(y[kept])) < 2:
                assert np.isnan(aucs[tag, n]) and np.isnan(precisions[tag, n])
                continue
            args = y[kept], ranking[kept, tag]
            expected = roc_auc_score(*args, sample_weight=weight[kept])
            assert aucs[tag, n] == pytest.approx(expected)
            expected = average_precision_score(*args, sample_weight=weight[kept])
            assert precisions[tag, n] == pytest.approx(expected)


@given(drawn=rankings)
def test_a_weight_is_a_song_so_many_times(drawn):
    ranking, has_tag, weights = drawn
    aucs, precisions = tagging._score_rankings(ranking, has_tag, weights.astype(float))
    for n, weight in enumerate(weights.T):
        rows = np.repeat(np.arange(len(ranking)), weight)
        if len(rows):
            np.testing.assert_allclose(aucs[:, n], roc_aucs(ranking[rows], has_tag[rows]))
            np.testing.assert_allclose(
                precisions[:, n], average_precisions(ranking[rows], has_tag[rows])
            )


def test_scores_by_hand():
    # from the top: with, without, with, without; then all equal; then perfect; then reversed
    has_tag = np.tile([[True], [False], [True], [False]], 4)
    ranking = np.array([[4, 3, 2, 1], [7, 7, 7, 7], [2, 1, 2, 1], [1, 2, 1, 2]]).T.astype(float)
    np.testing.assert_allclose(roc_aucs(ranking, has_tag), [0.75, 0.5, 1, 0])
    np.testing.assert_allclose(average_precisions(ranking, has_tag), [(1 + 2 / 3) / 2, 0.5, 1, 0.5])


def test_features_that_say_nothing_have_the_score_of_chance():
    has_tag = np.arange(40)[:, None] % 10 == 0
    nothing = np.zeros((40, 1))
    assert roc_aucs(nothing, has_tag) == [0.5]
    assert average_precisions(nothing, has_tag) == [0.1]  # as many as have the tag


def test_tags_without_a_score_are_left_out_of_the_mean():
    np.testing.assert_array_equal(
        mean_over_tags(np.array([[0.5, np.nan], [1, np.nan]])), [0.75, np.nan]
    )
    ranking = np.arange(4.0)[:, None].repeat(2, axis=1)
    has_tag = np.array([[0, 1], [0, 1], [1, 1], [1, 1]], dtype=bool)
    np.testing.assert_array_equal(roc_aucs(ranking, has_tag), [1, np.nan])
    np.testing.assert_array_equal(average_precisions(ranking, has_tag), [1, np.nan])


# resamples


@pytest.mark.parametrize("by_artist", [False, True])
def test_resamples_are_those_of_the_bootstrap_of_a_mean(by_artist, rng):
    artists = rng.integers(7, size=40) if by_artist else None
    values = rng.random(40)
    (weights,) = tagging._draw_weights(40, artists, 300, np.random.default_rng(5))
    means = values @ weights / weights.sum(axis=0)
    expected = bootstrap_interval(values, artists, resamples=300, seed=5)
    np.testing.assert_allclose(np.percentile(means, [2.5, 97.5]), expected)
    if by_artist:
        sizes = np.bincount(artists)
        for weight in weights.T:  # of an artist, all songs are drawn or none, as often as drawn
            of_artist = np.bincount(artists, weight)
            assert (of_artist % sizes == 0).all() and (of_artist / sizes).sum() == len(sizes)
    else:
        assert (weights.sum(axis=0) == 40).all()


@pytest.mark.parametrize("by_artist", [False, True])
def test_resampled_scores_are_those_of_the_songs_drawn(by_artist, rng, monkeypatch):
    _, _, _, _, x, has_tag = make_parts(120)
    artists = rng.integers(9, size=len(x)) if by_artist else None
    monkeypatch.setattr(tagging, "BLOCK", 7 * len(x))  # several blocks, the last one smaller
    aucs, precisions = resampled_scores(x[:, :3], has_tag, artists, resamples=30, seed=2)
    generator = np.random.default_rng(2)
    weights = np.hstack(list(tagging._draw_weights(len(x), artists, 30, generator)))
    assert weights.shape == (len(x), 30)
    for n, weight in enumerate(weights.T.astype(int)):
        rows = np.repeat(np.arange(len(x)), weight)
        kept = divides(has_tag[rows])
        scores = has_tag[rows][:, kept], x[rows][:, :3][:, kept]
        np.testing.assert_allclose(aucs[kept, n], roc_auc_score(*scores, average=None))
        np.testing.assert_allclose(
            precisions[kept, n], average_precision_score(*scores, average=None)
        )
        assert np.isnan(aucs[~kept, n]).all()
        macro = roc_auc_score(*scores, average="macro")
        assert mean_over_tags(aucs[:, n]) == pytest.approx(macro)


def test_an_interval_is_around_its_value():
    resampled = np.array([0.2, np.nan, 0.4, 0.6, 0.8, np.nan])  # mean 0.5
    low, high = centred_interval(0.4, resampled, 10)
    percentiles = np.percentile([0.2, 0.4, 0.6, 0.8], [2.5, 97.5])
    assert (low, high) == pytest.approx(tuple(percentiles - 0.1))
    low, high = centred_interval(0.99, resampled, 10)
    assert high == 1 and low < 0.99
    assert centred_interval(1.0, np.array([0.9, 0.9, 0.9, 0.8]), 10)[1] == 1


def test_resamples_that_are_all_equal_are_not_certain():
    assert centred_interval(1.0, np.ones(50), 8) == wilson_interval(8, 8)
    assert centred_interval(1.0, np.full(50, np.nan), 8) == wilson_interval(8, 8)


def test_intervals_hold_the_score_that_such_songs_have_on_average():
    """Of 200 samples, 95 % of the intervals should; plain percentiles of AP fall short."""
    rng = np.random.default_rng(0)

    def sample(n):
        has_tag = rng.random((n, 5)) < (0.3, 0.2, 0.1, 0.1, 0.05)
        return 1.5 * has_tag + rng.normal(size=(n, 5)), has_tag

    found = []
    for seed in range(200):
        songs = sample(200)
        values = [mean_over_tags(score(*songs)) for score in (roc_aucs, average_precisions)]
        resampled = resampled_scores(*songs, resamples=200, seed=seed)
        found.append([(v, *centred_interval(v, mean_over_tags(r), 200))
                      for v, r in zip(values, resampled, strict=True)])  # fmt: skip
    values, lows, highs = np.moveaxis(found, -1, 0)
    held = (lows <= values.mean(axis=0)) & (values.mean(axis=0) <= highs)
    assert (held.mean(axis=0) > 0.9).all() and (held.mean(axis=0) < 0.99).all()
